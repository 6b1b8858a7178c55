"""The endpoints about the past, and the pure parts behind them."""

from __future__ import annotations

import csv
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import gpxpy
import httpx
import numpy as np
import orjson
import pytest

from fleet.rights import Role
from store.replay import Samples
from store.vehicles import Track
from tests.fix_api import BOUND, NOON, FleetHand, Start
from tests.fix_people import Desk
from tests.fix_record import RecordHand
from tests.fix_trips import TRIPS, TripHand, lane, made, refused, text
from tracker_api import replay_wire
from tracker_api.replay import gaps
from tracker_api.settings import Replay

FIRST, SECOND, THIRD = (f"沪A{number:05}" for number in range(3))
MINUTE = timedelta(minutes=1)
API = "/api/v1"
HOUR = {"from": text(NOON), "to": text(NOON + timedelta(hours=1))}


@dataclass
class Told:
    """Samples as a reader of the wire has them."""

    plates: list[str]
    start: float
    end: float
    step: float
    rows: dict[str, list[tuple[int, ...]]]  #: time, lon, lat, speed, course, flags, lag


def read(body: bytes) -> Told:
    """The wire read by its description, in another way than it is written."""
    magic, version, zero, m, n, p, start, end, step = struct.unpack_from("<BBHIIIddd", body)
    assert (magic, version, zero) == (0x52, 1, 0)
    first = struct.unpack_from(f"<{m + 1}I", body, 40)
    place = 40 + 4 * (m + 1)
    columns = []
    for letter, size in (*[("i", 4)] * 3, *[("H", 2)] * 4):
        columns.append(struct.unpack_from(f"<{n}{letter}", body, place))
        place += size * n
    assert len(body) == place + p
    names = orjson.loads(body[place:])
    assert len(names["parties"]) == m
    rows = list(zip(*columns, strict=True))
    parts = {plate: rows[first[i] : first[i + 1]] for i, plate in enumerate(names["plates"])}
    return Told(names["plates"], start, end, step, parts)


def samples(**columns: list[int]) -> Samples:
    """Two vehicles with two samples each, some columns set."""
    ordinary = dict.fromkeys(("time", "lon", "lat", "speed", "course", "flags", "lag"), [0] * 4)
    given = {name: np.array(values, np.int32) for name, values in (ordinary | columns).items()}
    return Samples(("A", "B"), ("acme", None), np.array([0, 2, 4], np.int32), **given)


def drive(hand: FleetHand, device: str = "dev00000", minutes: int = 10) -> None:
    """A fix a minute from noon on."""
    fixes = [(NOON + n * MINUTE, 121 + n * 0.01, 31.0) for n in range(minutes)]
    hand.drive(device, fixes)


def ask(client: httpx.Client, path: str, **params: Any) -> httpx.Response:  # noqa: ANN401 (of a query)
    return client.get(API + path, params=HOUR | params)


def test_the_wire_says_what_was_sampled() -> None:
    given = samples(
        time=[-5000, 0, 10_000, 20_000],
        lon=[1_210_000_000, -1, 2, 3],
        speed=[-1, 250, 70_000, 0],
        lag=[0, 1, 65_535, 2],
    )
    got = read(replay_wire.encode(given, NOON, NOON + MINUTE, timedelta(seconds=10)))
    assert (got.start, got.end, got.step) == (
        NOON.timestamp() * 1000,
        NOON.timestamp() * 1000 + 60_000,
        10_000,
    )
    assert [row[0] for row in got.rows["A"]] == [-5000, 0]
    assert got.rows["A"][0] == (-5000, 1_210_000_000, 0, 65_535, 0, 0, 0)
    assert [row[3] for row in got.rows["B"]] == [65_535, 0]
    assert got.rows["B"][0][6] == 65_535


#: What the console's own test reads (``dashboards/test/replay.test.ts``).
GOLDEN = Path(__file__).parents[2] / "dashboards/test/golden/replay.bin"


def test_the_wire_is_the_one_that_the_console_is_tested_with(pytestconfig: pytest.Config) -> None:
    columns = {
        "time": [-5000, 10_000, 0, 60_000, 620_000],
        "lon": [1_210_000_000, 1_210_100_000, -1_790_000_000, 0, 1],
        "lat": [310_000_000, 310_000_000, -10, 0, 1],
        "speed": [0, 2500, -1, 1, -1],
        "course": [900, -1, 0, 3599, 1],
        "flags": [0, 1024, 0, 256, 0],
        "lag": [1, 7200, 0, 65_535, 2],
    }
    given = Samples(
        (FIRST, SECOND, THIRD),
        ("acme", None, "other"),
        np.array([0, 2, 2, 5], np.int32),
        **{name: np.array(values, np.int32) for name, values in columns.items()},
    )
    body = replay_wire.encode(given, NOON, NOON + 10 * MINUTE, timedelta(seconds=10))
    if pytestconfig.getoption("--golden-write"):
        GOLDEN.write_bytes(body)
    assert body == GOLDEN.read_bytes()


def test_a_box_keeps_whole_vehicles_that_were_inside_also_across_the_antimeridian() -> None:
    given = samples(lon=[1_790_000_000, 1_700_000_000, 0, 10], time=[1, 2, 3, 4])
    across = replay_wire.within(given, (175, -1, -175, 1))
    assert (across.plates, across.parties) == (("A",), ("acme",))
    assert (across.first.tolist(), across.time.tolist()) == ([0, 2], [1, 2])
    greenwich = replay_wire.within(given, (-1, -1, 1, 1))
    assert (greenwich.plates, greenwich.time.tolist()) == (("B",), [3, 4])
    assert len(replay_wire.within(given, (50, -1, 60, 1))) == 0


def column(*values: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array(values, float)


def test_who_stood_all_along_a_silence_left_no_gap() -> None:
    none = column(0, 0, 0, 0)
    # Parked for 30 min; then silent while driving; then standing, and found elsewhere.
    got = gaps(
        Track(
            time=column(0, 1800, 3600, 5400),
            lon=column(121, 121.001, 121.3, 121.6),
            lat=column(31, 31, 31, 31),
            speed=column(0, 15, np.nan, 0),
            altitude=none,
            course=none,
            grade=np.zeros(4, np.uint8),
            flags=np.zeros(4, np.uint16),
            lag=none,
            complete=True,
        )
    )
    at = [(a.timestamp(), b.timestamp()) for a, b in got]
    assert at == [(1800, 3600), (3600, 5400)]


def test_the_fleet_is_told_at_every_step(api: httpx.Client, hand: FleetHand) -> None:
    drive(hand)
    drive(hand, "dev00001", 3)
    answer = ask(api, "/replay/fleet", step_s=120)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/vnd.milepost.replay"
    got = read(answer.content)
    assert got.plates == [FIRST, SECOND]
    assert [row[0] for row in got.rows[FIRST]] == [n * 60_000 for n in (0, 2, 4, 6, 8, 9)]
    assert got.rows[FIRST][1][1:] == (1_210_200_000, 310_000_000, 1000, 65_535, 0, 0)
    inside = ask(api, "/replay/fleet", step_s=120, bbox="121.05,30,122,32")
    assert read(inside.content).plates == [FIRST]
    one = ask(api, "/replay/fleet", vehicles=SECOND)
    assert read(one.content).plates == [SECOND]
    assert ask(api, "/replay/fleet", vehicles="nobody").status_code == 404
    assert ask(api, "/replay/fleet", bbox="0,0,400,1").status_code == 422
    # Its times are 32 bits of milliseconds.
    long_ago = {"from": text(NOON - timedelta(days=30)), "to": text(NOON), "step_s": "3600"}
    answer = api.get(f"{API}/replay/fleet", params={**long_ago, "vehicles": FIRST})
    assert answer.status_code == 422, answer.text


def test_too_much_is_refused_with_what_is_allowed(start_api: Start, hand: FleetHand) -> None:
    hand.seed(3)
    limits = Replay(max_days=2, max_samples=600, max_vehicle_hours=3, max_export_vehicle_days=3)
    with start_api(replay=limits) as running, running.client() as client:
        assert ask(client, "/replay/fleet", step_s=60).status_code == 200
        told = refused(ask(client, "/replay/fleet", step_s=10))
        assert "at most 1990 s before `to` for 3 vehicles" in told["detail"]
        longer = {"to": text(NOON + timedelta(hours=2))}
        told = refused(ask(client, "/replay/fleet", step_s=600, **longer))
        assert "at most 3600 s" in told["detail"]
        assert ask(client, "/replay/fleet", step_s=600, vehicles=FIRST, **longer).status_code == 200
        days = {"to": text(NOON + timedelta(days=2, hours=1))}
        refused(ask(client, f"/vehicles/{FIRST}/replay", **days))
        told = refused(ask(client, "/replay/export", **days))
        assert "at most 86400 s" in told["detail"]
        assert ask(client, "/replay/export", vehicles=FIRST, **days).status_code == 200


def test_a_vehicles_past_has_its_fixes_gaps_and_the_versions_of_its_nodes(
    api: httpx.Client, hand: FleetHand, record: RecordHand
) -> None:
    drive(hand)
    hand.drive("dev00000", [(NOON + 40 * MINUTE, 121.5, 31.0)])
    hand.conn.execute("UPDATE fix SET received_at = time + interval '90 seconds', flags = 1024")
    node = record.node(FIRST, actual_at=NOON + 5 * MINUTE)
    record.node(FIRST, id=node, actual_at=NOON + 4 * MINUTE, cause="corrected", backfilled=True)
    record.node(SECOND, actual_at=NOON + 5 * MINUTE)
    got = ask(api, f"/vehicles/{FIRST}/replay").json()
    fixes = got["fixes"]
    assert fixes["time"][0] == NOON.timestamp() * 1000
    assert (len(fixes["time"]), fixes["speed"][0], fixes["course"][0]) == (11, 10.0, None)
    assert (set(fixes["lag_s"]), set(fixes["flags"])) == ({90.0}, {1024})
    assert got["gaps"] == [{"from": text(NOON + 9 * MINUTE), "to": text(NOON + 40 * MINUTE)}]
    assert [(each["version"], each["cause"]) for each in got["nodes"]] == [
        (2, "corrected"),
        (1, "first"),
    ]
    assert (got["complete"], got["vehicle"]) == (True, FIRST)
    assert ask(api, "/vehicles/nobody/replay").status_code == 404


def test_a_vehicles_past_has_its_trips_with_plan_line_and_delay(
    api: httpx.Client, hand: FleetHand, judge: TripHand
) -> None:
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    hand.conn.execute("UPDATE binding SET valid_from = %s", [BOUND])
    made(api.post(TRIPS, json=lane(start, vehicle=FIRST)))
    judge.evaluate("T-1", start + MINUTE, p50=(1, 3))
    judge.evaluate("T-1", start + 2 * MINUTE)
    around = {"from": text(start - 30 * MINUTE), "to": text(start + 30 * MINUTE)}
    got = made(ask(api, f"/vehicles/{FIRST}/replay", **around), 200)
    assert [trip["code"] for trip in got["trips"]] == ["T-1"]
    assert got["trips"][0]["line"]["coordinates"]
    # Due after 2.5 h, expected 3 h after the first minute.
    late = 30 * 60.0 + 60
    assert [(each["delay_s"], each["high_s"]) for each in got["delay"]] == [
        (late, late + 600),
        (None, None),
    ]
    assert got["delay"][1]["no_estimate"] == "no_position"
    assert ask(api, f"/vehicles/{SECOND}/replay", **around).json()["trips"] == []


def test_marks_are_nodes_and_alerts_in_order_of_time(
    api: httpx.Client, hand: FleetHand, record: RecordHand
) -> None:
    record.node(FIRST, actual_at=NOON + 5 * MINUTE)
    record.node(SECOND, actual_at=NOON + 3 * MINUTE, kind="departed", backfilled=True)
    record.node(SECOND, actual_at=NOON + 90 * MINUTE)
    raise_alert(hand, FIRST, NOON + 4 * MINUTE)
    got = ask(api, "/replay/marks").json()["marks"]
    assert [(each["what"], each["vehicle"], each["late"]) for each in got] == [
        ("node", SECOND, True),
        ("alert", FIRST, False),
        ("node", FIRST, False),
    ]
    assert got[0]["name_en"] == "Departed from Shanghai"
    assert (got[1]["severity"], got[1]["kind"]) == (1, "sos")
    past = ask(api, f"/vehicles/{FIRST}/replay").json()
    assert [each["kind"] for each in past["alerts"]] == ["sos"]


def test_of_many_marks_some_stand_for_several(
    start_api: Start, hand: FleetHand, record: RecordHand
) -> None:
    hand.seed(3)
    for n in range(12):
        record.node(FIRST, actual_at=NOON + 5 * n * MINUTE)
    with start_api(replay=Replay(max_marks=10)) as running, running.client() as client:
        got = ask(client, "/replay/marks").json()["marks"]
    assert len(got) == 5
    assert sum(each["count"] for each in got) == 12
    assert [each["at"] for each in got] == sorted(each["at"] for each in got)


def raise_alert(hand: FleetHand, plate: str, began: datetime) -> None:
    hand.conn.execute(
        """
        INSERT INTO alert (id, kind, subject_kind, subject, episode, severity, state, began_at,
                           opened_at, changed_at, vehicle_id)
        SELECT gen_random_uuid(), 'sos', 'vehicle', v.plate, %(at)s::text, 1, 'open', %(at)s,
               %(at)s, %(at)s, v.id
        FROM vehicle v WHERE v.plate = %(plate)s
        """,
        {"plate": plate, "at": began},
    )


def test_an_export_of_the_fleet_is_read_by_other_programs(
    api: httpx.Client, hand: FleetHand
) -> None:
    formula = "=1+1"
    hand.conn.execute("UPDATE vehicle SET plate = %s WHERE plate = %s", [formula, SECOND])
    drive(hand)
    drive(hand, "dev00001", 2)
    answer = ask(api, "/replay/export")
    rows = list(csv.DictReader(answer.content.decode("utf-8-sig").splitlines()))
    assert [row["plate"] for row in rows] == ["'=1+1"] * 2 + [FIRST] * 10
    assert (rows[2]["time"], rows[2]["speed_kmh"]) == (text(NOON), "36.0")
    read_gpx = gpxpy.parse(ask(api, "/replay/export", format="gpx").text)
    assert [(each.name, each.get_points_no()) for each in read_gpx.tracks] == [
        (formula, 2),
        (FIRST, 10),
    ]
    features = ask(api, "/replay/export", format="geojson").json()["features"]
    assert [each["properties"]["plate"] for each in features] == [formula, FIRST]
    one = ask(api, "/replay/export", vehicles=FIRST, format="geojson")
    assert len(one.json()["features"]) == 1
    assert "attachment" in one.headers["content-disposition"]
    quiet = {"from": text(NOON - timedelta(days=1)), "to": text(NOON)}
    assert ask(api, "/replay/export", format="geojson", **quiet).json()["features"] == []


def test_an_export_of_several_days_is_one_track(api: httpx.Client, hand: FleetHand) -> None:
    hand.drive("dev00000", [(NOON + n * timedelta(hours=12), 121.0, 31.0) for n in range(4)])
    days = {"to": text(NOON + timedelta(days=2))}
    answer = ask(api, "/replay/export", **days)
    assert answer.text.count("\n") == 5


PATHS = ("/replay/fleet", f"/vehicles/{FIRST}/replay", "/replay/marks", "/replay/export")


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.DISPATCHER, PATHS),
        (Role.CS_LEAD, PATHS),  # without fixes between trips: tests/store/test_replay.py
        (Role.CS_AGENT, PATHS[:3]),
        (Role.WAREHOUSE, ()),
        (Role.DATA_ADMIN, ()),
        (Role.CUSTOMER, ()),
    ],
)
def test_who_may_look_back(
    desk: Desk, hand: FleetHand, role: Role, allowed: tuple[str, ...]
) -> None:
    hand.seed(3)
    reach = {"customers": ["acme"]} if role is Role.CUSTOMER else {"sites": ["SHA-1"]}
    desk.people.let_in("pat", role, **reach)
    client = desk.sign_in("pat")
    answered = {path for path in PATHS if ask(client, path).status_code == 200}
    assert answered == set(allowed)


def test_every_look_back_is_on_the_trail(desk: Desk, hand: FleetHand) -> None:
    hand.seed(1)
    desk.people.let_in("dora", Role.DISPATCHER)
    client = desk.sign_in("dora")
    for path in PATHS:
        assert ask(client, path).status_code == 200
    owner = desk.sign_in("olga")
    told = owner.get(f"{API}/audit", params={"principal": "dora", "act": "read"}).json()
    read_of = {(each["kind"], each["subject"]) for each in told["entries"]}
    assert read_of == {("replay", "fleet"), ("replay", FIRST), ("replay_export", "fleet")}
