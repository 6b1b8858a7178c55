"""One batch into one transaction: idempotent, order-free, safe between two gateways."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest

import store
from fleet.errors import StoreAway
from fleet.records import FixBatch, Frame
from fleet.wire import Kind
from gateway import errands, memory, repair
from gateway.pipeline import Limits, Rules
from gateway.writer import Writer
from store import admin, database
from store.maintenance import Retention
from tests.factories import MORNING, epoch, frame, sentence

pytestmark = pytest.mark.db

Ask = Callable[..., list[tuple[Any, ...]]]
MakeWriter = Callable[..., Writer]

FIXES = (
    "SELECT device_id, time, lat, lon, altitude, speed, hdop, grade, flags & 15 FROM fix "
    "ORDER BY device_id, time"
)
AT_ONCE = repair.Coalescing(0.0, 0.0)
CONFLICTS = "SELECT device_id, time, lat, lon, grade FROM fix_conflict ORDER BY 1, 2, 3, 4"


def write(writer: Writer, frames: list[Frame]) -> None:
    """Commit frames and whatever waits after them."""
    written = writer.write(frames, FixBatch.empty(), 0)
    while len(written.waiting):
        written = writer.write([], written.waiting, len(frames))


def drive(device: str, count: int, *, start: float = MORNING, lat: float = 30.6) -> list[Frame]:
    """One message per fix, each received as it happens."""
    return [
        frame(device, epoch(at, 114.3 + 0.002 * i, lat), at + 0.2)
        for i in range(count)
        for at in [start + 10 * i]
    ]


def test_a_drive_is_stored_and_its_vehicle_shows_the_newest_fix(
    make_writer: MakeWriter, rows: Ask
) -> None:
    write(make_writer(), drive("d1", 5))
    assert len(rows(FIXES)) == 5
    shown = rows("SELECT time, lon, revision FROM vehicle_state WHERE time IS NOT NULL")
    assert [(t.timestamp(), lon, r) for t, lon, r in shown] == [(MORNING + 40, 114.308, 1)]


def test_frames_delivered_again_change_nothing(make_writer: MakeWriter, rows: Ask) -> None:
    writer, frames = make_writer(), drive("d0", 6)
    write(writer, frames)
    before, state = (
        rows(FIXES),
        rows("SELECT time, lat, lon FROM vehicle_state ORDER BY vehicle_id"),
    )
    write(writer, frames)
    write(make_writer(), frames)  # and by another gateway
    assert rows(FIXES) == before
    assert rows("SELECT time, lat, lon FROM vehicle_state ORDER BY vehicle_id") == state
    assert rows("SELECT count(*) FROM fix_conflict") == [(0,)]


@pytest.mark.parametrize("seed", range(8))
def test_the_same_fixes_in_any_order_and_any_batches_give_the_same_rows(
    make_writer: MakeWriter, rows: Ask, seed: int
) -> None:
    """With duplicates, and three positions that claim the same instant."""
    frames = [f for device in ("d0", "d1") for f in drive(device, 20)]
    for lat in (30.61, 30.62):
        frames += [frame("d0", epoch(MORNING + 50, 114.31, lat), MORNING + 51)]
    rng = np.random.default_rng(seed)
    shuffled = [frames[i] for i in rng.permutation(np.repeat(np.arange(len(frames)), 3))]
    writer = make_writer()
    while shuffled:
        size = int(rng.integers(1, 30))
        write(writer, shuffled[:size])
        shuffled = shuffled[size:]
    expected_lat = min(30.6, 30.61, 30.62)  # all of one grade: the canonical values decide
    assert len(rows(FIXES)) == 40
    at_instant = rows(
        "SELECT lat FROM fix f JOIN device d ON d.id = device_id WHERE code = 'd0' AND time = %s",
        datetime.fromtimestamp(MORNING + 50, UTC),
    )
    assert [round(lat, 6) for (lat,) in at_instant] == [expected_lat]
    assert [round(lat, 6) for (_, _, lat, _, _) in rows(CONFLICTS)] == [30.61, 30.62]


def test_a_poorer_row_of_the_same_instant_is_replaced_and_the_state_follows(
    make_writer: MakeWriter, rows: Ask
) -> None:
    writer = make_writer()
    whole = epoch(MORNING, 114.3, 30.6)
    rmc = whole.split(b"\r\n")[0] + b"\r\n"
    write(writer, [frame("d0", rmc, MORNING + 1)])
    assert rows("SELECT altitude FROM vehicle_state WHERE time IS NOT NULL") == [(None,)]
    write(writer, [frame("d0", whole, MORNING + 1)])
    assert rows("SELECT altitude FROM fix") == [(40.0,)]
    assert repair.refold(writer, Rules(), AT_ONCE, writer._metrics)  # noqa: SLF001 - as the service does
    assert rows("SELECT altitude FROM vehicle_state WHERE time IS NOT NULL") == [(40.0,)]
    assert rows("SELECT count(*) FROM fix_conflict") == [(0,)]


def test_two_gateways_on_one_vehicle_leave_what_one_would(
    make_writer: MakeWriter, rows: Ask
) -> None:
    """The second folds from the first one's memory: jumps and standstill go on across both."""
    far = [epoch(MORNING + 100 + 10 * i, 114.3, 31.6) for i in range(4)]
    frames = drive("d0", 5) + [frame("d0", p, MORNING + 200) for p in far]
    one, other = make_writer(), make_writer()
    for number, each in enumerate(frames):
        write((one, other)[number % 2], [each])
    flags = [f for (f,) in rows("SELECT flags FROM fix ORDER BY time")]
    assert flags == [0] * 5 + [64, 64, 256, 0]  # two jumps, then a relocation
    [(revision, memory)] = rows(
        "SELECT s.revision, m.revision FROM vehicle_state s "
        "JOIN vehicle_memory m USING (vehicle_id)"
    )
    assert (revision, memory) == (9, 9)


def test_a_gateway_that_starts_again_goes_on_from_the_stored_memory(
    make_writer: MakeWriter, rows: Ask
) -> None:
    frames = drive("d0", 3) + [
        frame("d0", epoch(MORNING + 100 + 10 * i, 114.3, 31.6), MORNING + 200) for i in range(3)
    ]
    for each in frames:
        write(make_writer(), [each])
    assert [f for (f,) in rows("SELECT flags FROM fix ORDER BY time")] == [0, 0, 0, 64, 64, 256]


def test_a_device_registered_meanwhile_is_known_to_the_next_batch(
    make_writer: MakeWriter, rows: Ask, fleet_url: str
) -> None:
    writer = make_writer()
    write(writer, [frame("newcomer", epoch(MORNING, 114.3, 30.6))])
    assert rows("SELECT device, reason FROM dead_letter") == [("newcomer", "unknown-device")]
    conn = database.connect(store.Database(fleet_url), application="test")
    admin.add_device(conn, "newcomer", None)
    conn.close()
    write(writer, [frame("newcomer", epoch(MORNING + 10, 114.3, 30.6))])
    assert rows("SELECT count(*) FROM fix") == [(1,)]


def test_an_adopted_device_gets_its_frames_back(
    make_writer: MakeWriter, rows: Ask, fleet_url: str
) -> None:
    writer = make_writer()
    payload = b"".join(epoch(MORNING + 10 * i, 114.3 + 0.002 * i, 30.6) for i in range(3))
    write(writer, [frame("stray", payload, MORNING + 60)])
    conn = database.connect(store.Database(fleet_url), application="test")
    with conn.transaction():
        assert admin.adopt(conn, "stray", plate="plate-9", party=None, credential_hash=None) == 1
    conn.close()
    assert errands.take_letters(writer, writer._metrics)  # noqa: SLF001 - as the service does
    assert not errands.take_letters(writer, writer._metrics)  # noqa: SLF001 - no more wait
    assert rows("SELECT count(*) FROM fix") == [(3,)]
    assert rows("SELECT reinjected_at IS NOT NULL FROM dead_letter") == [(True,)]
    assert rows("SELECT count(*) FROM reinject") == [(0,)]


def test_a_letter_that_fails_again_is_open_again(make_writer: MakeWriter, rows: Ask) -> None:
    writer = make_writer()
    write(writer, [frame("d0", b"rubbish", MORNING)])
    rows_id = rows("SELECT id FROM dead_letter")[0][0]
    rows("INSERT INTO reinject (dead_letter_id) VALUES (%s) RETURNING 1", rows_id)
    errands.take_letters(writer, writer._metrics)  # noqa: SLF001 - as the service does
    assert rows("SELECT id, reinjected_at FROM dead_letter") == [(rows_id, None)]


def test_a_backlog_waits_in_portions_and_loses_nothing(make_writer: MakeWriter, rows: Ask) -> None:
    payload = b"".join(epoch(MORNING + i, 114.3 + 0.0002 * i, 30.6) for i in range(100))
    writer = make_writer(replace(Rules(), limits=Limits(per_vehicle=32)))
    written = writer.write([frame("d0", payload, MORNING + 200)], FixBatch.empty(), 0)
    assert (len(written.committed), len(written.waiting)) == (32, 68)
    assert written.waiting.frame.tolist() == [0] * 68
    while len(written.waiting):
        written = writer.write([], written.waiting, 1)
    assert rows("SELECT count(*), count(DISTINCT time) FROM fix") == [(100, 100)]


def test_events_links_and_replies_are_kept_once_and_newest(
    make_writer: MakeWriter, rows: Ask
) -> None:
    def said(kind: Kind, body: str, received: float = MORNING) -> Frame:
        return frame("d0", body.encode(), received, kind)

    event = said(Kind.EVENT, f'{{"time": {MORNING}, "kind": "ignition", "value": true}}')
    up = said(Kind.STATUS, f'{{"time": {MORNING + 5}, "online": true, "reason": "hello"}}')
    stale = said(Kind.STATUS, f'{{"time": {MORNING - 500}, "online": false, "reason": "will"}}')
    writer = make_writer()
    write(writer, [event, event, up])
    write(writer, [stale, event])
    assert rows("SELECT kind, value FROM device_event") == [("ignition", True)]
    assert rows("SELECT online, reason FROM device_link") == [(True, "hello")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"time": "now"}',
        b'{"time": true}',
        b'{"time": 1e30, "kind": "sos"}',
        b"\xff\xfe",
    ],
)
@pytest.mark.parametrize("kind", [Kind.EVENT, Kind.STATUS, Kind.ACK])
def test_a_message_that_is_not_as_defined_is_a_dead_letter(
    make_writer: MakeWriter, rows: Ask, kind: Kind, body: bytes
) -> None:
    write(make_writer(), [frame("d0", body, MORNING, kind)])
    assert rows("SELECT kind, reason, raw FROM dead_letter") == [(kind, "bad-event", body)]


def test_nothing_is_written_and_nothing_remembered_when_the_commit_fails(
    make_writer: MakeWriter, rows: Ask, fleet_url: str
) -> None:
    writer = make_writer()
    write(writer, drive("d0", 1))
    with psycopg.connect(fleet_url, autocommit=True) as killer:
        killer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'milepost-gateway'"
        )
    before = memory.pack(writer.memory)
    with pytest.raises(StoreAway):
        write(writer, drive("d0", 3))
    assert memory.pack(writer.memory) == before
    writer.open()
    write(writer, drive("d0", 3))
    assert rows("SELECT count(*) FROM fix") == [(3,)]


def test_a_refold_judges_the_past_again_in_event_order(make_writer: MakeWriter, rows: Ask) -> None:
    """Fixes that came newest first carry no jump until the repair that they ask for."""
    writer = make_writer()
    frames = drive("d0", 5)
    jump = frame("d0", epoch(MORNING + 25, 114.3, 33.0), MORNING + 60)
    for each in [*frames[::-1], jump]:
        write(writer, [each])
    assert rows("SELECT count(*) FROM fix WHERE flags & 64 > 0") == [(0,)]
    assert repair.refold(writer, Rules(), AT_ONCE, writer._metrics)  # noqa: SLF001 - as the service does
    assert not repair.refold(writer, Rules(), AT_ONCE, writer._metrics)  # noqa: SLF001 - none is left
    flagged = rows("SELECT time FROM fix WHERE flags & 64 > 0")
    assert [t.timestamp() for (t,) in flagged] == [MORNING + 25]
    write(writer, drive("d0", 1, start=MORNING + 60))
    [(shown,)] = rows("SELECT time FROM vehicle_state WHERE time IS NOT NULL")
    assert shown.timestamp() == MORNING + 60


def test_every_commit_of_positions_rings_with_the_vehicles_it_moved(
    make_writer: MakeWriter, rows: Ask
) -> None:
    start = rows("SELECT coalesce(max(id), 0) FROM change")[0][0]
    write(make_writer(), drive("d0", 1) + drive("d2", 1) + [frame("d1", b"rubbish")])
    found = rows(
        "SELECT c.kind, array_agg(v.plate ORDER BY v.plate) "
        "FROM change c JOIN vehicle v ON v.id = ANY(c.vehicles) WHERE c.id > %s GROUP BY c.id",
        start,
    )
    assert found == [("positions", ["plate-0", "plate-2"])]


def test_checkpoints_follow_the_vehicle_s_own_time(make_writer: MakeWriter, rows: Ask) -> None:
    writer = make_writer()
    for each in [f for i in range(4) for f in drive("d0", 1, start=MORNING + 600 * i)]:
        write(writer, [each])
    kept = [t.timestamp() - MORNING for (t,) in rows("SELECT time FROM checkpoint ORDER BY time")]
    assert kept == [0, 1200, 1800]  # the first fix after each full quarter of an hour


def test_a_torn_stream_is_joined_across_a_restart(make_writer: MakeWriter, rows: Ask) -> None:
    whole = epoch(MORNING, 114.3, 30.6) + epoch(MORNING + 10, 114.302, 30.6)
    cut = len(whole) // 2 - 20
    write(make_writer(), [frame("d0", whole[:cut], MORNING + 1)])
    write(make_writer(), [frame("d0", whole[cut:], MORNING + 11)])
    assert rows("SELECT count(*) FROM fix") == [(2,)]
    assert rows("SELECT altitude FROM fix ORDER BY time") == [(40.0,), (40.0,)]
    assert rows("SELECT count(*) FROM dead_letter") == [(0,)]


def test_a_bad_checksum_costs_its_sentence_only(make_writer: MakeWriter, rows: Ask) -> None:
    good = epoch(MORNING, 114.3, 30.6)
    bad = sentence("GPGSV,1,1,00").replace(b"*", b"*F", 1)[:-3] + b"\r\n"
    write(make_writer(), [frame("d0", good + bad, MORNING)])
    assert rows("SELECT count(*) FROM fix") == [(1,)]
    assert rows("SELECT reason FROM dead_letter") == [("checksum",)]


def test_a_torn_half_that_nobody_continues_becomes_a_dead_letter(
    make_writer: MakeWriter, rows: Ask
) -> None:
    writer = make_writer()
    half = epoch(MORNING, 114.3, 30.6)[:-20]
    write(writer, [frame("d0", half, MORNING)])
    now = datetime.fromtimestamp(MORNING, UTC)
    assert errands.bury_streams(writer, Retention(), now + timedelta(hours=23)) == 0
    assert errands.bury_streams(writer, Retention(), now + timedelta(hours=25)) == 1
    [(reason, raw)] = rows("SELECT reason, raw FROM dead_letter")
    assert (reason, half.endswith(raw)) == ("torn", True)
    write(writer, drive("d0", 1, start=MORNING + 30))  # and the next message stands alone
    assert rows("SELECT count(*) FROM dead_letter") == [(1,)]
