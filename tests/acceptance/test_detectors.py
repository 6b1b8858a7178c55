"""Every detector of the table, through the store: at its limit to the second, once per episode.

An alert opens when its limit is reached and not a second before, stays one however often it is
found, closes by itself, and is taken back when late data show that it never was.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from fleet.alerts import AlertKind
from fleet.records import Flag, Grade
from fleet.trips import Risk
from store import Database
from store.database import connect
from tests.fix_watch import HOUR, PLATE, Scene, judged, moment

pytestmark = pytest.mark.db

DAY = 86_400.0


@pytest.fixture(scope="module")
def shared(module_database_url: str) -> Iterator[Connection[Any]]:
    """One database for all: what a test writes is rolled back."""
    with closing(connect(Database(module_database_url), application="test")) as conn:
        yield conn


@pytest.fixture
def scene(shared: Connection[Any]) -> Iterator[Scene]:
    with shared.transaction(force_rollback=True):
        yield Scene(shared)


def test_24_hours_without_a_milestone(scene: Scene) -> None:
    scene.ship(promised=moment(9 * DAY))
    assert scene.open(DAY - 1) == []
    assert scene.open(DAY) == ["no_update_after_pickup"]
    assert scene.open(DAY + 1) == ["no_update_after_pickup"]
    scene.goods(state="arrived_hub", since=moment(DAY + 2), told_at=moment(DAY + 2), site="hub")
    scene.happened("arrived_hub", DAY + 2)
    assert scene.look(DAY + 10) == [("no_update_after_pickup", "closed", "over")]


def test_a_milestone_that_came_late_disproves_24_hours_of_silence(scene: Scene) -> None:
    scene.ship(promised=moment(9 * DAY))
    assert scene.open(DAY) == ["no_update_after_pickup"]
    scene.goods(state="arrived_hub", since=moment(DAY - 9), told_at=moment(DAY - 9), site="hub")
    scene.happened("arrived_hub", DAY - 9)
    assert scene.look(DAY + 10) == [("no_update_after_pickup", "closed", "disproved")]


def test_before_the_pickup_nothing_need_be_recorded(scene: Scene) -> None:
    scene.ship(state="awaiting_pickup", promised=moment(9 * DAY))
    assert scene.open(3 * DAY) == []


def test_48_hours_in_a_hub(scene: Scene) -> None:
    scene.ship(state="arrived_hub", site="hub", promised=moment(9 * DAY))
    scene.happened("arrived_hub", 0)
    assert "transit_stall" not in scene.open(2 * DAY - 1)
    assert "transit_stall" in scene.open(2 * DAY)
    scene.goods(state="departed_hub", since=moment(2 * DAY + 5), told_at=moment(2 * DAY + 5))
    scene.happened("departed_hub", 2 * DAY + 5)
    assert ("transit_stall", "closed", "over") in scene.look(2 * DAY + 10)


def test_an_arrival_that_is_taken_back_disproves_the_stall(scene: Scene) -> None:
    scene.ship(state="arrived_hub", site="hub", promised=moment(9 * DAY))
    assert "transit_stall" in scene.open(2 * DAY)
    scene.goods(state="in_transit", since=moment(1))
    assert ("transit_stall", "closed", "disproved") in scene.look(2 * DAY + 10)


def test_planned_storage_is_no_stall(scene: Scene) -> None:
    scene.ship(state="arrived_hub", site="hub", promised=moment(9 * DAY))
    scene.conn.execute("UPDATE waybill SET stored = true")
    assert "transit_stall" not in scene.open(5 * DAY)


def test_a_promise_goes_from_risk_to_late_to_overdue_and_is_kept_or_not(scene: Scene) -> None:
    due = 6 * HOUR
    scene.ship(promised=moment(due), risk=2, risks=judged(Risk.AT_RISK, due))
    assert scene.open(60) == ["at_risk"]
    scene.goods(risk=3, risks=judged(Risk.LATE, due, turned=120), told_at=moment(0))
    assert scene.open(120) == ["late"]
    assert scene.open(180) == ["late"]
    # While there is no estimate the last word holds.
    gone = judged(Risk.LATE, due, turned=120)
    scene.goods(risk=0, risks=bytes([Risk.UNKNOWN]) + gone[1:])
    assert scene.open(240) == ["late"]
    scene.goods(risk=4, risks=judged(Risk.OVERDUE, due, turned=120))
    assert scene.open(due + 1) == ["overdue"]
    scene.goods(
        state="arrived_destination",
        told_at=moment(due + 60),
        risk=3,
        risks=judged(Risk.LATE, due, arrived=True),
    )
    scene.happened("arrived_destination", due + 60)
    assert scene.look(due + 65) == [
        ("at_risk", "closed", "over"),
        ("late", "closed", "over"),
        ("overdue", "closed", "over"),
    ]


def test_an_arrival_in_time_that_became_known_late_disproves_overdue(scene: Scene) -> None:
    due = 6 * HOUR
    scene.ship(promised=moment(due), risk=4, risks=judged(Risk.OVERDUE, due))
    assert scene.open(due + 1) == ["overdue"]
    scene.goods(state="arrived_destination", risk=1, risks=judged(Risk.ON_TIME, due, arrived=True))
    scene.happened("arrived_destination", due)
    assert scene.look(due + 600) == [("overdue", "closed", "disproved")]


def test_a_trip_is_late_itself_only_where_it_carries_no_promise(scene: Scene) -> None:
    scene.plan()
    due = 2 * HOUR + 900
    late = judged(Risk.LATE, due, turned=60)
    calm = judged(Risk.ON_TIME, due)
    scene.stands(risk=3, risks=calm + late + late)
    assert scene.open(60) == ["late"]  # one, of the first stop that is
    assert scene.facts()["number"] == 1
    scene.ship()
    scene.conn.execute(
        "WITH l AS (INSERT INTO leg (waybill_id, number, from_id, to_id)"
        " SELECT id, 0, origin_id, destination_id FROM waybill RETURNING id)"
        " INSERT INTO booking (leg_id, trip_id, load_id, unload_id, valid_from, author, reason)"
        " SELECT l.id, t.id, min(s.id), max(s.id), '2024-11-21', 'li.na', 'planned'"
        " FROM l, trip t JOIN stop s ON s.trip_id = t.id GROUP BY l.id, t.id"
    )
    assert scene.open(120) == []


def test_a_stop_that_is_overdue(scene: Scene) -> None:
    scene.plan()
    due = 2 * HOUR + 900
    calm = judged(Risk.ON_TIME, due)
    scene.stands(risk=4, risks=calm + judged(Risk.OVERDUE, due) + calm)
    assert scene.open(due + 1) == ["overdue"]
    scene.became(1, "arrived", arrived=due + 300)
    scene.stands(risk=1, risks=calm + judged(Risk.LATE, due, arrived=True) + calm)
    assert scene.look(due + 400) == [("overdue", "closed", "over")]


@pytest.mark.parametrize(
    ("condition", "kind", "limit", "stop"),
    [
        ("unplanned_stop", "stopped", 1200.0, None),
        ("overstay", "overstay", 5400.0, 1),
        ("not_departed", "not_departed", 900.0, 0),
        ("wrong_stop", "wrong_stop", 600.0, None),
        ("no_vehicle", "no_vehicle", 0.0, None),
        ("signal_lost", "signal_lost", 1800.0, None),
    ],
)
def test_what_time_tells_of_a_trip(
    scene: Scene, condition: str, kind: str, limit: float, stop: int | None
) -> None:
    scene.plan()
    scene.condition(condition, 0, limit, stop)
    assert scene.open(limit - 1) == []
    assert scene.open(limit) == [kind]
    assert scene.open(limit + 1) == [kind]
    scene.stands(conditions=[])
    assert scene.look(limit + 5) == [(kind, "closed", "over")]


def test_a_departure_that_became_known_late_disproves_an_overstay(scene: Scene) -> None:
    scene.plan()
    scene.condition("overstay", 0, 5400, 1)
    assert scene.open(5400) == ["overstay"]
    scene.became(1, "departed", arrived=0, departed=5399)
    scene.stands(conditions=[])
    assert scene.look(5500) == [("overstay", "closed", "disproved")]


def test_fixes_that_came_late_disprove_a_standstill(scene: Scene) -> None:
    scene.plan()
    scene.condition("unplanned_stop", 0, 1200)
    assert scene.open(1200) == ["stopped"]
    scene.drive([(0, 20.0), (30, 20.0), (600, 20.0)])
    scene.stands(conditions=[])
    assert ("stopped", "closed", "disproved") in scene.look(1210)


def test_a_standstill_that_began_otherwise_is_the_same_alert(scene: Scene) -> None:
    scene.plan()
    scene.condition("unplanned_stop", 0, 1200)
    assert scene.open(1200) == ["stopped"]
    scene.condition("unplanned_stop", -45, 1155)
    assert scene.look(1205) == [("stopped", "open", None)]


def test_a_broken_connection_under_way_is_told_at_once(scene: Scene) -> None:
    scene.plan()
    scene.stands()
    scene.heard(0)
    scene.conn.execute(
        "INSERT INTO device_link (device_id, online, time, reason, since)"
        " SELECT id, false, %s, 'lost', %s FROM device WHERE code = 'a1'",
        [moment(-60), moment(5)],
    )
    assert scene.open(6) == ["signal_lost"]
    scene.heard(20)
    assert scene.look(21) == [("signal_lost", "closed", "over")]


def test_a_vehicle_on_no_trip_is_lost_after_half_an_hour_moving(scene: Scene) -> None:
    scene.heard(0, speed=20)
    assert scene.open(1799) == []
    assert scene.open(1800) == ["signal_lost"]
    scene.heard(1900)
    assert scene.look(1901) == [("signal_lost", "closed", "over")]


def test_a_vehicle_on_no_trip_is_lost_after_a_day_parked(scene: Scene) -> None:
    scene.heard(0, speed=0)
    assert scene.open(DAY - 1) == []
    assert scene.open(DAY) == ["signal_lost"]


def test_a_stop_that_was_missed_and_then_was_not(scene: Scene) -> None:
    scene.plan()
    scene.stands()
    assert scene.open(2 * HOUR) == []
    scene.became(1, "missed")
    assert scene.open(3 * HOUR) == ["missed_stop"]
    scene.became(1, "departed", arrived=2 * HOUR, departed=2.2 * HOUR)
    assert scene.look(3 * HOUR + 5) == [("missed_stop", "closed", "disproved")]


def test_too_fast_for_a_minute(scene: Scene) -> None:
    fast = 80 / 3.6 * 1.1 + 0.1
    scene.drive([(at, fast) for at in range(0, 60, 10)])
    assert scene.open(59) == []
    scene.drive([(60, fast)])
    assert scene.open(60) == ["overspeed"]
    scene.drive([(70, 20.0), (99, 20.0)])
    assert scene.open(99) == ["overspeed"]
    scene.drive([(100, 20.0)])
    assert scene.look(101) == [("overspeed", "closed", "over")]
    assert scene.look(106) == [("overspeed", "closed", "over")]


def test_ten_percent_above_the_limit_is_not_too_fast_and_doubtful_fixes_say_nothing(
    scene: Scene,
) -> None:
    scene.drive([(at, 80 / 3.6 * 1.1 - 0.01) for at in range(0, 200, 10)])
    assert scene.open(200) == []
    scene.drive([(at, 60.0) for at in range(300, 500, 10)], grade=Grade.C)
    assert scene.open(500) == []


def test_fixes_that_came_late_disprove_speeding(scene: Scene) -> None:
    fast = 30.0
    scene.drive([(at, fast) for at in range(0, 80, 20)])
    assert scene.open(60) == ["overspeed"]
    scene.drive([(30, 10.0)])
    assert scene.open(65) == ["overspeed"]  # it is not folded again yet
    scene.refolded(30)
    assert scene.look(70) == [("overspeed", "closed", "disproved")]


def test_speeding_that_is_found_late_is_kept_without_an_alarm(scene: Scene) -> None:
    scene.drive([(0, 20.0)])
    assert scene.open(0) == []
    scene.drive([(at, 20.0) for at in range(3600, 7200, 600)])
    assert scene.open(7000) == []
    scene.drive([(at, 30.0) for at in range(1800, 1900, 10)] + [(1900, 10.0), (1940, 10.0)])
    scene.refolded(1800)
    assert scene.look(7300) == [("overspeed", "closed", "over")]
    assert scene.facts()["backfilled"] is True


def test_four_hours_at_the_wheel_with_a_warning_before(scene: Scene) -> None:
    # From 06:00 in Shanghai: no night until 22:00.
    morning = 10 * HOUR
    scene.drive([(morning + at, 20.0) for at in range(0, int(3.5 * HOUR), 60)])
    assert scene.open(morning + 3.5 * HOUR) == []
    scene.drive([(morning + 3.5 * HOUR, 20.0)])
    scene.refolded(morning)  # where it is followed from the start
    assert scene.open(morning + 3.5 * HOUR) == ["fatigue"]
    severity = "SELECT severity FROM alert WHERE kind = 'fatigue'"
    assert scene.rows(severity) == [(3,)]
    scene.drive([(morning + at, 20.0) for at in range(int(3.5 * HOUR) + 60, int(4 * HOUR), 60)])
    assert scene.open(morning + 4 * HOUR - 1) == ["fatigue"]
    assert scene.rows(severity) == [(3,)]
    scene.drive([(morning + 4 * HOUR, 20.0)])
    assert scene.open(morning + 4 * HOUR) == ["fatigue"]
    assert scene.rows(severity) == [(1,)]
    scene.drive([(morning + 4 * HOUR + at, 0.0) for at in (60, 660, 1259)])
    assert scene.open(morning + 4 * HOUR + 1259) == ["fatigue"]
    assert ("fatigue", "closed", "over") in scene.look(morning + 4 * HOUR + 1260)


def test_a_vehicle_that_is_elsewhere_without_a_drive(scene: Scene) -> None:
    scene.drive([(0, 0.0)])
    scene.drive([(60, 0.0)], flags=int(Flag.RELOCATION))
    assert scene.open(60) == ["relocation"]
    assert scene.open(60 + DAY - 1)[0] == "relocation"
    assert ("relocation", "closed", "over") in scene.look(60 + DAY)


def test_half_a_minute_in_a_forbidden_zone(scene: Scene) -> None:
    scene.conn.execute(
        """
        WITH f AS (INSERT INTO fence (code, site_id)
                   SELECT 'no-go', id FROM site WHERE code = 'hub' RETURNING id),
        w AS (INSERT INTO fence_version (fence_id, version, revision, valid_from, shape, geometry,
                  radius, west, south, east, north, role, node_level, margin, dwell_in,
                  dwell_out, stop_rule, confidence, datum, author, reason)
              SELECT id, 1, 1, '2024-01-01', 'circle', ''::bytea, 100, 0, 0, 0, 0, 'forbidden',
                     false, 30, 120, 120, 'stay', 'drawn', 'wgs84', 'li.na', 'drawn' FROM f)
        INSERT INTO visit (id, vehicle_id, fence_id, version, left_version, state, entered_at,
                           entered_latest, entered_basis, entered_evidence, flaps, yielded_to,
                           settled_at)
        SELECT gen_random_uuid(), v.id, f.id, 1, 0, 'entering', %s, %s, 'observed', '[]', 0, 0,
               'infinity'
        FROM f, vehicle v WHERE v.plate = %s
        """,
        [moment(0), moment(0), PLATE],
    )
    assert scene.open(29) == []
    assert scene.open(30) == ["forbidden_zone"]
    scene.conn.execute("DELETE FROM visit")
    assert scene.look(35) == [("forbidden_zone", "closed", "disproved")]


def test_a_call_for_help_and_its_end(scene: Scene) -> None:
    scene.said("sos", 0, on=True)
    assert scene.open(1) == ["sos"]
    assert scene.rows("SELECT severity, subject_kind, subject FROM alert") == [
        (1, "vehicle", PLATE)
    ]
    scene.said("sos", 60, on=False)
    assert scene.look(61) == [("sos", "closed", "over")]


def test_a_device_without_power_and_one_that_sends_rubbish(scene: Scene) -> None:
    scene.said("power_cut", 0, on=True)
    assert scene.open(1) == ["device_fault"]
    scene.said("power_cut", 60, on=False)
    for number in range(20):
        scene.conn.execute(
            "INSERT INTO dead_letter (digest, received_at, device, kind, reason, raw)"
            " VALUES (sha256(%s), %s, 'b2', 'nmea', 'checksum', '')",
            [str(number).encode(), moment(60 + number)],
        )
        assert len(scene.open(60 + number)) == (number == 19)
    assert scene.open(679) == []
    assert [how for *_, how in scene.look(680)] == ["over", "over"]


def test_off_route_as_its_progress_says(scene: Scene) -> None:
    import numpy as np  # noqa: PLC0415 - of this test alone

    from route.memory import State, empty_progress  # noqa: PLC0415 - likewise
    from shipment.cases import ADVANCED  # noqa: PLC0415 - likewise

    scene.plan()
    record = empty_progress(1)
    record["state"], record["off_since"] = State.OFF, moment(0).timestamp()
    place = ADVANCED.pack(np.nan, np.nan) + record.tobytes()
    scene.stands(off_route=True, place=place)
    assert scene.open(180) == ["off_route"]
    assert scene.open(185) == ["off_route"]
    scene.stands(off_route=False)
    assert scene.look(190) == [("off_route", "closed", "over")]


def test_the_daily_check_of_a_waybill(scene: Scene) -> None:
    # Shipped at 20:00 in Shanghai; the first check is at 09:00 the next morning, 13 h later.
    scene.ship(shipped_at=moment(0), told_at=moment(-12 * HOUR), promised=moment(9 * DAY))
    assert "day_check" not in scene.open(13 * HOUR - 1)
    assert "day_check" in scene.open(13 * HOUR)
    scene.goods(told_at=moment(14 * HOUR), state="arrived_hub", since=moment(14 * HOUR), site="hub")
    scene.happened("arrived_hub", 14 * HOUR)
    assert ("day_check", "closed", "over") in scene.look(14 * HOUR + 1)


def test_a_person_closes_for_good_and_grave_ones_open_a_report(scene: Scene) -> None:
    scene.ship(promised=moment(9 * DAY))
    assert scene.open(DAY) == ["no_update_after_pickup"]
    assert scene.rows("SELECT count(*) FROM exception_report")[0][0] == 1
    scene.conn.execute(
        "UPDATE alert SET state = 'closed', closed_how = 'person', closed_at = now()"
    )
    assert scene.open(DAY + 60) == []
    assert scene.rows("SELECT count(*) FROM alert")[0][0] == 1


def test_the_end_of_a_grave_alert_stands_in_the_ledger_of_its_report(scene: Scene) -> None:
    scene.ship(promised=moment(9 * DAY))
    assert scene.open(DAY) == ["no_update_after_pickup"]
    scene.happened("arrived_hub", DAY + 60)
    scene.look(DAY + 61)
    ended = "SELECT after ->> 'how' FROM exception_entry WHERE act = 'alert_ended'"
    assert scene.rows(ended) == [("over",)]


def test_an_alert_that_nobody_takes_up_is_told_to_somebody_else(scene: Scene) -> None:
    scene.said("sos", 0, on=True)
    scene.look(0)
    told = "SELECT escalated_at IS NOT NULL FROM alert"
    scene.look(299)
    assert scene.rows(told) == [(False,)]
    scene.look(300)
    assert scene.rows(told) == [(True,)]
    acts = "SELECT act FROM alert_entry ORDER BY id"
    assert scene.rows(acts) == [("opened",), ("escalated",)]


def test_a_detector_that_is_switched_off_finds_nothing(scene: Scene) -> None:
    scene.said("sos", 0, on=True)
    assert scene.open(1) == ["sos"]
    scene.conn.execute(
        "INSERT INTO detector (kind, enabled, author) VALUES ('sos', false, 'li.na')"
    )
    assert scene.look(6) == [("sos", "closed", "over")]


def test_48_hours_on_the_road_aboard_a_vehicle_that_stands(scene: Scene) -> None:
    scene.plan()
    scene.ship(promised=moment(9 * DAY), told_at=moment(2 * DAY - 60))
    scene.conn.execute(
        "UPDATE waybill_state SET vehicle_id = (SELECT id FROM vehicle WHERE plate = %s),"
        " trip_id = (SELECT id FROM trip)",
        [PLATE],
    )
    scene.condition("unplanned_stop", 0, 1200)
    assert "transit_stall" not in scene.open(2 * DAY - 1)
    assert "transit_stall" in scene.open(2 * DAY)
    scene.stands(conditions=[])
    assert ("transit_stall", "closed", "over") in scene.look(2 * DAY + 5)


def test_that_a_vehicle_went_on_is_noted_and_no_update(scene: Scene) -> None:
    scene.plan()
    scene.ship(promised=moment(9 * DAY))
    scene.conn.execute("UPDATE waybill_state SET vehicle_id = (SELECT min(id) FROM vehicle)")
    scene.happened("departed_origin", 0)
    scene.conn.execute(
        "UPDATE milestone SET site_id = (SELECT id FROM site WHERE code = 'hub')"  # a degree away
    )
    scene.heard(DAY - 30)
    assert "no_update_after_pickup" in scene.open(DAY)
    found = scene.rows("SELECT facts FROM alert WHERE kind = 'no_update_after_pickup'")
    assert found[0][0]["moved_m"] == pytest.approx(95_300, rel=0.01)


def test_a_missed_stop_is_shown_for_a_day_after_the_trip(scene: Scene) -> None:
    scene.plan()
    scene.stands(state="completed")
    scene.conn.execute("UPDATE trip SET over_at = %s", [moment(5 * HOUR)])
    scene.became(1, "missed")
    assert scene.open(5 * HOUR + DAY - 1) == ["missed_stop"]
    assert scene.look(5 * HOUR + DAY) == [("missed_stop", "closed", "over")]


def test_every_kind_of_alert_has_been_met_here() -> None:
    written = Path(__file__).read_text(encoding="utf-8")
    assert [kind for kind in AlertKind if f'"{kind.value}"' not in written] == []
