"""Late fixes, and what they correct: exactly that, once, and without holding anything up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from bench import order
from bench.order import MORNING
from fleet.records import FixBatch, Flag
from gateway import memory, repair
from gateway.pipeline import Rules
from store import admin, fences
from tests.fleet_day import WHOLE, Stand, asked, said

pytestmark = pytest.mark.db

Make = Callable[[order.Day], Stand]

HOUR = 3600.0
_EAST = 95_900.0  # m per degree of longitude at 30.6 degrees


def day_of(*legs: tuple[float, float]) -> order.Day:
    """A vehicle that is at ``x`` metres east at each ``time``, straight in between, every 60 s."""
    given = order.day(order.Plan(vehicles=1, fixes=2), np.random.default_rng(0))
    ends, places = zip(*legs, strict=True)
    time = MORNING + np.arange(0.0, ends[-1], 60.0)
    x = np.interp(time - MORNING, ends, places)
    speed = np.abs(np.gradient(x, time))
    n = len(time)
    batch = {name: np.resize(getattr(given.fixes, name), n) for name in FixBatch.__slots__}
    batch |= {"time": time, "lon": 114.0 + x / _EAST, "lat": np.full(n, 30.6), "speed": speed}
    batch |= {"hdop": np.full(n, 0.9), "grade": np.zeros(n, np.uint8), "received": time + 0.4}
    batch |= {"flags": np.zeros(n, np.uint16)}
    return replace(given, fixes=FixBatch(**batch), edits=())


#: To hub 1 (at 0 m) in ten minutes, an hour there, to hub 2 (at 9 km), an hour, and on.
TWO_HUBS = ((0, -9000), (600, 0), (4200, 0), (4800, 9000), (8400, 9000), (9000, 15000))


def between(day: order.Day, start: float, end: float) -> FixBatch:
    time = day.fixes.time - MORNING
    return day.fixes.rows((time >= start) & (time < end))


def versions(stand: Stand) -> list[tuple[Any, ...]]:
    """Every version in the order of the feed: fence, kind, version, cause, whether it holds."""
    with stand.connect() as conn:
        found = conn.execute(
            "SELECT f.code, n.kind, n.version, n.cause, n.valid, n.backfilled FROM node n "
            "JOIN fence f ON f.id = n.fence_id ORDER BY n.change_id"
        )
        return list(found.fetchall())


def shown(stand: Stand) -> float:
    """How far the vehicle's marker is."""
    with stand.connect() as conn:
        found = conn.execute("SELECT extract(epoch FROM max(time))::float8 FROM vehicle_state")
        return float(found.fetchone()[0]) - MORNING


def test_a_missing_hour_yields_exactly_its_corrections_and_again_none(on: Make) -> None:
    day = day_of(*TWO_HUBS)
    stand = on(day)
    early, hour, rest = (between(day, *span) for span in ((0, 4000), (4000, 7600), (7600, 9000)))
    stand.take([early, rest])
    before = versions(stand)
    # A silent hour is bounded, not guessed: it left hub 1 and came to hub 2 some time in it.
    assert [(code, kind) for code, kind, *_ in before] == [
        ("F1", "arrived"),
        ("F1", "departed"),
        ("F2", "arrived"),
        ("F2", "departed"),
    ]
    with stand.connect() as conn:
        bases = conn.execute("SELECT basis FROM node ORDER BY actual_at").fetchall()
    assert [basis for (basis,) in bases] == [
        "interpolated",
        "gap_bounded",
        "gap_bounded",
        "interpolated",
    ]
    stand.take([hour])
    new = versions(stand)[len(before) :]
    assert [(code, kind, version, cause) for code, kind, version, cause, *_ in new] == [
        ("F1", "departed", 2, "corrected"),
        ("F2", "arrived", 2, "corrected"),
    ]
    stand.take([hour, early, rest])
    assert len(versions(stand)) == len(before) + 2
    assert stand.owed() == 0


def test_a_visit_that_the_missing_hour_disproves_is_retracted(on: Make) -> None:
    """Seen at both ends of the gap at one hub, it was thought to have stayed."""
    away = ((0, -9000), (600, 0), (3000, 0), (3600, 9000), (5400, 9000), (6000, 0), (9000, 0))
    day = day_of(*away)
    stand = on(day)
    stand.take([between(day, 0, 2900), between(day, 6400, 9000)])
    assert [row[:2] for row in versions(stand)] == [("F1", "arrived")]
    stand.take([between(day, 2900, 6400)])
    told = asked(stand.nodes())
    assert [(row[2], row[4]) for row in told] == [
        ("F1", "arrived"),
        ("F1", "departed"),
        ("F2", "arrived"),
        ("F2", "departed"),
        ("F1", "arrived"),
    ]
    assert {row[5] for row in versions(stand)[1:4]} == {True}  # found far behind: no live alert


def test_a_stop_that_the_missing_hour_shows_to_be_a_jam_elsewhere_is_retracted(on: Make) -> None:
    """A jump without the fixes between it and the rest is believed; with them it is none."""
    day = day_of((0, -9000), (600, 0), (4200, 0), (4800, 9000))
    stand = on(day)
    far = replace(between(day, 600, 4200), lon=between(day, 600, 4200).lon + 0.01)
    stand.take([between(day, 600, 4200)])
    assert [row[4] for row in asked(stand.nodes())] == ["arrived"]
    better = replace(far, hdop=np.full(len(far), 0.5), satellites=np.full(len(far), 12.0))
    better = replace(better, altitude=np.full(len(far), 40.0), course=np.full(len(far), 90.0))
    stand.take([better])
    assert asked(stand.nodes()) == []
    assert [row[3] for row in versions(stand)] == ["first", "retracted"]


def test_the_marker_of_a_vehicle_is_not_delayed_by_its_own_backlog(on: Make) -> None:
    """Newest first, a hundred at a time, live fixes in between, and no repair in time."""
    day = day_of(*TWO_HUBS)
    stand = on(day)
    backlog = between(day, 0, 7000)
    backlog = backlog.rows(np.arange(len(backlog))[::-1])
    live = between(day, 7000, 9000)
    for number in range(len(live)):
        part = backlog.rows(slice(4 * number, 4 * number + 4))
        stand.writer.write(
            [], FixBatch.concat([live.rows(slice(number, number + 1)), part]), 0, WHOLE
        )
        assert shown(stand) == live.time[number] - MORNING
    debts = stand.owed()
    assert debts > 10
    patient = repair.Coalescing(quiet=3600.0, longest=3600.0)
    assert not repair.refold(stand.writer, Rules(), patient, stand.metrics)
    assert repair.refold(stand.writer, Rules(), repair.Coalescing(0.0, 0.0), stand.metrics)
    assert stand.owed() == 0  # all of them at once
    assert len(asked(stand.nodes())) == 4


def test_a_repair_that_dies_is_done_again(on: Make) -> None:
    day = day_of(*TWO_HUBS)
    stand = on(day)
    stand.take([between(day, 4000, 9000)])
    stand.writer.write([], between(day, 0, 4000), 0, WHOLE)
    assert stand.owed() == 1
    stand.die()
    stand.repair()
    assert len(asked(stand.nodes())) == 4


def test_the_memory_after_a_repair_is_that_of_the_day_in_order(on: Make) -> None:
    rng = np.random.default_rng(3)
    day = order.day(order.Plan(fixes=200), rng)
    straight = order.deliver(day, order.in_order(day, 40), Rules())
    stand = on(day)
    stand.take(order.shuffled(day, rng))
    stand.writer.catch_up()
    plates = stand.writer.world.rows.plate
    kept = dict(zip(plates, memory.pack(stand.writer.memory), strict=True))
    assert [kept[plate] for plate in day.before.rows.plate] == memory.pack(straight.memory)


def test_what_is_found_and_what_is_stored_agree_on_visits_too(on: Make) -> None:
    day = day_of(*TWO_HUBS)
    stand = on(day)
    stand.take([between(day, 0, 9000)])
    with stand.connect() as conn:
        found = conn.execute(
            "SELECT f.code, v.state, v.flaps FROM visit v JOIN fence f ON f.id = v.fence_id "
            "ORDER BY v.entered_at"
        ).fetchall()
    assert found == [("F1", "departed", 0), ("F2", "departed", 0)]


def test_a_memory_of_another_version_is_made_anew_and_visits_go_on(on: Make) -> None:
    """What was seen of an entry long ago is not forgotten where the new fold began later."""
    day = day_of(
        (0, -9000), (600, 0), (4 * 86_400, 0), (4 * 86_400 + 600, 9000), (4 * 86_400 + 1800, 9000)
    )
    day = replace(day, fixes=day.fixes.rows(np.arange(len(day.fixes)) % 10 == 0))
    stand = on(day)
    stand.take([between(day, 0, 3.9 * 86_400)])
    before = asked(stand.nodes())
    with stand.connect() as conn:
        conn.execute("UPDATE vehicle_memory SET format = 1")
        conn.execute("UPDATE checkpoint SET format = 1")
    stand.die()
    assert stand.owed() == 1
    stand.repair()
    assert asked(stand.nodes()) == before
    stand.take([between(day, 3.9 * 86_400, 5 * 86_400)])
    arrived, departed, *_ = asked(stand.nodes())
    assert [arrived] == before
    assert (departed[2], departed[4]) == ("F1", "departed")


@pytest.mark.parametrize("days", [1, 5])
def test_a_fence_that_never_was_round_a_parked_vehicle_stops_nobody(on: Make, days: int) -> None:
    """Ended from before its beginning on; also where that is further back than a repair reaches."""
    day = day_of((0, -9000), (600, 0), (days * 86_400, 0))
    stand = on(day)
    hours = [between(day, hour * HOUR, (hour + 1) * HOUR) for hour in range(24 * days)]
    stand.take([*hours[:-1]])
    assert [row[1] for row in versions(stand)] == ["arrived"]
    with stand.connect() as conn:
        fences.end_fence(conn, "F1", 1, said(0.0))
    stand.die()
    stand.writer.write([], hours[-1], 0, WHOLE)
    stand.repair()
    # Before the limit nothing moves: there the arrival stays.
    assert [row[3] for row in versions(stand)] == ["first", "retracted"][: 2 if days == 1 else 1]


def other_version(stand: Stand) -> None:
    """The gateway is stopped; another version, with memories of another form, is started."""
    with stand.connect() as conn:
        conn.execute("UPDATE vehicle_memory SET format = 1")
        conn.execute("UPDATE checkpoint SET format = 1")
    stand.die()


def hourly(day: order.Day, start: float, end: float) -> list[FixBatch]:
    """The fixes of some hours, each in a batch of its own."""
    return [between(day, at, min(at + HOUR, end)) for at in np.arange(start, end, HOUR).tolist()]


def test_a_memory_of_another_version_costs_the_record_nothing_while_fixes_come_in(
    on: Make,
) -> None:
    """Fixes do not wait for the repair; what they alone show is not the record."""
    legs: list[tuple[float, float]] = []
    for start in np.arange(8) * 86_400.0:
        way = ((0, -9000), (600, 0), (7200, 0), (8400, 9000), (40_000, 9000), (41_000, -9000))
        legs += [(start + after, x) for after, x in way]
    day = day_of(*legs)
    stand = on(day)
    stand.take([*hourly(day, 0, 7 * 86_400 + 1800)])
    before = versions(stand)
    other_version(stand)
    for piece in hourly(day, 7 * 86_400 + 1800, 7 * 86_400 + 6000):
        stand.writer.write([], piece, 0, WHOLE)
    assert shown(stand) == 7 * 86_400 + 5940  # the marker moves on
    stand.repair()
    assert versions(stand) == before


def test_a_vehicle_that_stood_longer_than_a_new_fold_reaches_keeps_its_arrival(on: Make) -> None:
    stood = 8 * 86_400
    day = day_of((0, -9000), (600, 0), (stood, 0), (stood + 600, 9000), (stood + 1800, 9000))
    day = replace(day, fixes=day.fixes.rows(np.arange(len(day.fixes)) % 5 == 0))
    stand = on(day)
    stand.take([*hourly(day, 0, stood)])
    (arrived,) = asked(stand.nodes())
    other_version(stand)
    stand.repair()
    stand.take([between(day, stood, stood + 1800)])
    assert asked(stand.nodes())[0] == arrived
    assert [row[1:4] for row in versions(stand)][:2] == [
        ("arrived", 1, "first"),
        ("departed", 1, "first"),
    ]


def test_a_repair_leaves_the_checkpoint_that_it_began_from(on: Make) -> None:
    """Else each repair of one stretch would begin further back, and the last without any."""
    day = day_of((0, -9000), (600, 0), (3 * HOUR, 0))
    stand = on(day)
    stand.take([*hourly(day, 0, 3 * HOUR)])

    def oldest() -> float:
        with stand.connect() as conn:
            found = conn.execute("SELECT extract(epoch FROM min(time))::float8 FROM checkpoint")
            return float(found.fetchone()[0])

    first = oldest()
    for _ in range(5):
        with stand.connect() as conn:
            since = datetime.fromtimestamp(MORNING + 2.5 * HOUR, UTC)
            admin.refold(conn, [1], since, "again")
        stand.repair()
    assert oldest() == first
    assert [row[3] for row in versions(stand)] == ["first"]


def test_better_copies_that_come_after_days_change_nothing_at_the_next_repair(on: Make) -> None:
    day = day_of(*TWO_HUBS)
    stand = on(day)
    stand.take([between(day, 0, 9000)])
    before = asked(stand.nodes())
    entry = between(day, 540, 960)
    late = replace(entry, received=entry.time + 80 * HOUR, lon=entry.lon - 0.1)
    stand.take([replace(late, flags=np.full(len(late), int(Flag.OLD), np.uint16))])
    with stand.connect() as conn:
        assert conn.execute("SELECT count(*) FROM fix_conflict").fetchone() == (len(late),)
        admin.refold(conn, [1], datetime.fromtimestamp(MORNING, UTC), "of something else")
    stand.repair()
    assert asked(stand.nodes()) == before
