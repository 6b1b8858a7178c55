"""Positions as bytes: what is written is read again, here and by the console."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.views import Position, Vehicle
from tests import segments
from tests.segments import Spot
from tracker_api.live import frames, messages
from tracker_api.live.messages import State

#: The console's tests read the same files.
GOLDEN = Path(__file__).parents[2] / "dashboards/test/golden"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
TICK = timedelta(milliseconds=10)


def spot(slot: int, **more: int | None) -> Spot:
    """A lorry near Shanghai at noon."""
    noon = round(NOON.timestamp() * 1000)
    usual = {
        "time": noon,
        "received": noon + 1250,
        "lon": 1_214_737_000,
        "lat": 312_304_000,
        "speed": 2222,
        "course": 2715,
        "grade": 1,
        "flags": 2,
    }
    return Spot(slot, **(usual | more))  # type: ignore[arg-type] # only the two that may be None are


def state(told: Spot) -> State:
    """The vehicle that ``told`` tells of, as the store has it."""
    fix = Position(
        datetime.fromtimestamp(told.time / 1000, UTC),
        datetime.fromtimestamp(told.received / 1000, UTC),
        told.lon / 1e7,
        told.lat / 1e7,
        None,
        None if told.speed is None else told.speed / 100,
        None if told.course is None else told.course / 10,
        None,
        None,
        told.grade,
        told.flags,
    )
    return messages.state(Vehicle(f"P{told.slot}", None, None, fix, None, 0))


def frame(*told: Spot, number: int = 7) -> bytes:
    return frames.frame([(each.slot, state(each)) for each in told], number)


LATEST = NOON + timedelta(days=365)
TIMES = st.integers(-90 * 24 * 360_000, 0).map(lambda ticks: LATEST + ticks * TICK)
SPOTS = st.builds(
    lambda slot, time, late, rest: Spot(
        slot, round(time.timestamp() * 1000), round(time.timestamp() * 1000) + 10 * late, *rest
    ),
    st.integers(0, 2**32 - 1),
    TIMES,
    st.integers(-12_000, 180 * 24 * 360_000),
    st.tuples(
        st.integers(-(180 * 10**7), 180 * 10**7),
        st.integers(-(90 * 10**7), 90 * 10**7),
        st.none() | st.integers(0, 20_000),
        st.none() | st.integers(0, 3599),
        st.integers(0, 3),
        st.integers(0, 4095),
    ),
)


@given(st.lists(SPOTS, max_size=20, unique_by=lambda each: each.slot), st.integers(0, 2**53))
def test_what_is_written_is_read_again(told: list[Spot], number: int) -> None:
    written = frame(*told, number=number)
    assert len(written) % 8 == 0
    read = segments.read(written)
    assert {each.slot: each for part in read for each in part.spots} == {s.slot: s for s in told}
    assert all((part.number, part.is_snapshot) == (number, False) for part in read)


def test_a_speed_that_has_no_room_is_unknown() -> None:
    assert segments.spots(frame(spot(1, speed=70_000)))[1].speed is None


def test_a_vehicle_takes_27_bytes() -> None:
    many = [spot(slot) for slot in range(800)]
    assert len(frame(*many)) == 24 + 800 * 27


def test_who_never_had_a_fix_is_left_out_and_nothing_is_no_bytes() -> None:
    silent = messages.state(Vehicle("P", None, None, None, None, 0))
    assert frames.frame([(1, silent)], 7) == b""


def test_a_snapshot_is_flagged_and_has_a_segment_even_if_it_is_empty() -> None:
    (empty,) = segments.read(frames.snapshot([], 0))
    (one,) = segments.read(frames.snapshot([(3, state(spot(3)))], 0))
    assert (empty.is_snapshot, empty.spots) == (True, [])
    assert (one.is_snapshot, one.spots) == (True, [spot(3)])


def test_who_was_silent_for_a_year_has_a_segment_of_its_own() -> None:
    noon = round(NOON.timestamp() * 1000)
    old = spot(1, time=noon - 400 * 86_400_000, received=noon - 400 * 86_400_000)
    assert len(segments.read(frame(spot(0), old, spot(2)))) == 2
    assert segments.spots(frame(spot(0), old, spot(2)))[1] == old


def test_a_receive_time_too_far_from_its_fix_is_told_as_far_as_there_is_room() -> None:
    noon = round(NOON.timestamp() * 1000)
    replayed = spot(1, time=noon - 4000 * 86_400_000)
    told = segments.spots(frame(replayed))[1]
    assert told.time == replayed.time
    assert told.time + 180 * 86_400_000 < told.received < replayed.received


#: What the console must read; the second holds a vehicle that has been silent since last year.
CASES = {
    "snapshot": [
        spot(0),
        spot(7, speed=None, course=None, lon=-583_816_000, lat=-346_037_000),
        spot(4_000_000_000, speed=0, course=3599, grade=3, flags=3141, lon=-1_800_000_000),
    ],
    "delta": [
        spot(2, time=1_777_895_999_990, received=1_777_895_999_990, speed=20_000),
        spot(1, time=1_740_000_000_000, received=1_740_000_061_230),
    ],
    "empty": [],
}


@pytest.mark.parametrize("name", CASES)
def test_the_console_reads_what_is_written(name: str, request: pytest.FixtureRequest) -> None:
    """Its own test reads the same files: ``dashboards/test/frames.test.ts``."""
    placed = [(each.slot, state(each)) for each in CASES[name]]
    written = frames.frame(placed, 41) if name == "delta" else frames.snapshot(placed, 0)
    told = {
        "snapshot": name != "delta",
        "number": 41 if name == "delta" else 0,
        "spots": [asdict(each) for each in CASES[name]],
    }
    if request.config.getoption("--golden-write"):
        (GOLDEN / f"{name}.bin").write_bytes(written)
        (GOLDEN / f"{name}.json").write_text(json.dumps(told, indent=1) + "\n")
    assert (GOLDEN / f"{name}.bin").read_bytes() == written
    assert json.loads((GOLDEN / f"{name}.json").read_text()) == told
