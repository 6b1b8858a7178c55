"""Samples against the track itself; marks against what they stand for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection

from fleet.errors import Forbidden, NotFound
from fleet.records import Flag
from fleet.rights import Role
from fleet.scope import OPERATOR, Scope
from store import replay, vehicles
from store.replay import Samples
from store.vehicles import Track

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("two_parties")]

ALPHA = Scope("someone of alpha", frozenset({"alpha"}))
KEEPER = Scope("keeper", None, Role.WAREHOUSE, sites=frozenset({"SHA"}))
MINUTE = timedelta(minutes=1)
Keep = Callable[..., None]


def of(samples: Samples, plate: str) -> list[float]:
    """Seconds after the beginning of a vehicle's samples."""
    row = samples.plates.index(plate)
    part = slice(samples.first[row], samples.first[row + 1])
    return [each / 1000 for each in samples.time[part].tolist()]


def held(times: Sequence[float], border: float) -> float | None:
    """The newest of ``times`` at a border, seconds after the beginning."""
    return max((each for each in times if each <= border), default=None)


def test_of_each_step_the_newest_fix_is_told_once(
    conn: Connection[Any], keep_fixes: Keep, noon: datetime
) -> None:
    keep_fixes("a1", [noon + timedelta(seconds=n) for n in (1, 4, 10, 11, 35, 61)], speed=12.5)
    got = replay.sample_fleet(
        conn, OPERATOR, noon, noon + timedelta(seconds=40), timedelta(seconds=10)
    )
    assert got.plates == ("沪A1",)
    assert got.parties == ("alpha",)
    # At 10, at 20 and 30 (the same), at 40; and what came next.
    assert of(got, "沪A1") == [10, 11, 35, 61]
    assert got.lon.tolist() == [1_210_020_000, 1_210_030_000, 1_210_040_000, 1_210_050_000]
    assert set(got.speed.tolist()) == {1250}
    assert set(got.course.tolist()) == {-1}


def test_what_held_at_the_beginning_and_what_comes_next_are_told(
    conn: Connection[Any], keep_fixes: Keep, noon: datetime
) -> None:
    start = noon + timedelta(hours=30)
    keep_fixes("a1", [noon, start - 3 * MINUTE, start - MINUTE, start + 9 * MINUTE])
    keep_fixes("b1", [noon, start + 30 * MINUTE])
    got = replay.sample_fleet(conn, OPERATOR, start, start + MINUTE, timedelta(seconds=10))
    assert of(got, "沪A1") == [-60, 540]
    assert got.plates == ("沪A1",)  # the other was lost before, and is not heard of soon


def test_doubted_fixes_are_no_samples_and_the_way_of_late_ones_is_told(
    conn: Connection[Any], keep_fixes: Keep, noon: datetime
) -> None:
    keep_fixes("a1", [noon + MINUTE])
    keep_fixes("a1", [noon + 2 * MINUTE], flags=int(Flag.JUMP))
    keep_fixes("a1", [noon + 3 * MINUTE], grade=3)
    conn.execute(
        "UPDATE fix SET received_at = time + interval '2 hours', flags = 1024"
        " WHERE flags = 0 AND grade = 0"
    )
    got = replay.sample_fleet(conn, OPERATOR, noon, noon + 5 * MINUTE, MINUTE)
    assert of(got, "沪A1") == [60]
    assert (got.flags.tolist(), got.lag.tolist()) == ([1024], [7200])
    drive = vehicles.load_track(conn, OPERATOR, "沪A1", noon, noon + 5 * MINUTE, limit=10)
    assert (drive.flags.tolist(), drive.lag.tolist()) == ([1024], [7200])


def test_a_replay_is_of_the_vehicles_of_the_scope(
    conn: Connection[Any], keep_fixes: Keep, noon: datetime
) -> None:
    for device in ("a1", "b1", "c1"):
        keep_fixes(device, [noon + MINUTE])
    end = noon + 5 * MINUTE

    def seen(scope: Scope, plates: Sequence[str] | None = None) -> tuple[str, ...]:
        got = replay.sample_fleet(conn, scope, noon, end, MINUTE, plates=plates)
        assert replay.list_fleet(conn, scope, noon, end, plates) == list(got.plates)
        assert replay.count_fleet(conn, scope, noon, end, plates) == len(got.plates)
        return got.plates

    assert seen(OPERATOR) == ("沪A1", "沪B1", "沪C1")
    assert seen(OPERATOR, ["沪B1", "沪X9"]) == ("沪B1",)
    assert seen(ALPHA) == ("沪A1",)
    assert seen(ALPHA, ["沪B1"]) == ()
    # A dispatcher looks back half a year.
    dispatcher = Scope("dispatcher", None, Role.DISPATCHER)
    assert not len(replay.sample_fleet(conn, dispatcher, noon, end, MINUTE))
    for ask in (replay.count_fleet, replay.list_fleet):
        with pytest.raises(Forbidden, match="keeper"):
            ask(conn, KEEPER, noon, end)
    with pytest.raises(Forbidden, match="keeper"):
        replay.list_marks(conn, KEEPER, noon, end, 10)
    with pytest.raises(NotFound):
        vehicles.load_track(conn, ALPHA, "沪B1", noon, end, limit=10)


def test_a_role_that_sees_trips_sees_the_fixes_of_trips(
    conn: Connection[Any], keep_fixes: Keep
) -> None:
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=4)
    conn.execute("UPDATE binding SET valid_from = '-infinity'")
    keep_fixes("a1", [start + n * 10 * MINUTE for n in range(24)])
    conn.execute(
        "INSERT INTO trip (code, starts_at, over_at, created_by) VALUES ('T-1', %s, %s, 'x')",
        [start + timedelta(hours=2), start + timedelta(hours=3)],
    )
    conn.execute(
        "INSERT INTO assignment (trip_id, vehicle_id, valid_from, author, reason)"
        " SELECT t.id, v.id, %s, 'x', 'x' FROM trip t, vehicle v WHERE v.plate = '沪A1'",
        [start],
    )
    agent = Scope("agent", None, Role.CS_AGENT)
    end = start + timedelta(hours=4)
    got = replay.sample_fleet(conn, agent, start, end, 10 * MINUTE)
    # From an hour before the planned start until before it was over.
    inside = [n * 600.0 for n in range(6, 18)]
    assert of(got, "沪A1") == inside
    drive = vehicles.load_track(conn, agent, "沪A1", start, end, limit=100)
    assert (drive.time - start.timestamp()).tolist() == inside
    assert replay.count_fleet(conn, agent, start, start + 30 * MINUTE) == 0
    assert replay.list_served(conn, "沪A1", start, end) == ["T-1"]
    assert replay.list_served(conn, "沪A1", start, start + 30 * MINUTE) == []


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seconds=st.sets(st.integers(0, 3600), max_size=60),
    begins=st.integers(0, 1800),
    span=st.integers(1, 1800),
    step=st.integers(1, 700),
)
def test_samples_are_the_fixes_of_the_track_at_every_border(  # noqa: PLR0913, PLR0917
    conn: Connection[Any],
    keep_fixes: Keep,
    noon: datetime,
    seconds: set[int],
    begins: int,
    span: int,
    step: int,
) -> None:
    conn.execute("TRUNCATE fix")
    keep_fixes("a1", [noon + timedelta(seconds=n) for n in seconds], flags=0)
    start, end = noon + timedelta(seconds=begins), noon + timedelta(seconds=begins + span)
    got = replay.sample_fleet(conn, OPERATOR, start, end, timedelta(seconds=step))
    track: Track = vehicles.load_track(conn, OPERATOR, "沪A1", noon, noon + timedelta(hours=2))
    truth = (track.time - start.timestamp()).tolist()
    told = of(got, "沪A1") if got.plates else []
    assert told == sorted(set(told))
    for border in [*range(0, span, step), span]:
        # The last border may lie less than a step after the one before.
        assert held(told, border) == held(truth, border)
    assert set(told) <= set(truth)
    after = [each for each in truth if span < each <= span + 600]
    assert [each for each in told if each > span] == after[:1]
    by_time = {round(time * 1000): lon for time, lon in zip(truth, track.lon, strict=True)}
    for time, lon in zip(got.time.tolist(), got.lon.tolist(), strict=True):
        assert lon == np.rint(by_time[time] * 1e7)
