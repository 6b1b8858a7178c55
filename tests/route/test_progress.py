"""Progress: right, steady, and the same however the fixes come."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bench.roads import Manner, drive, follow, line_of, shapes
from fleet.trips import Line
from route.line import build_line
from route.lines import Halts, Lines
from route.progress import PROGRESS, Located, Roads, State, empty_progress, locate
from tests.route.ways import KM, RULES, STRAIGHT, THERE_AND_BACK, located


def together(tracks: list[Roads]) -> Roads:
    """Track ``i`` as of vehicle ``i``, on trip ``i + 1`` and the line of row ``i``."""
    columns = {
        name: np.concatenate([getattr(track, name) for track in tracks])
        for name in ("time", "lon", "lat", "sigma", "speed", "course")
    }
    vehicle = np.repeat(np.arange(len(tracks), dtype=np.int32), [len(track) for track in tracks])
    return Roads(vehicle=vehicle, trip=vehicle + np.int32(1), line=vehicle, **columns)


MANNERS = {
    "every 10 s": Manner(),
    "every second": Manner(interval=1.0),
    "every minute": Manner(interval=60.0),
    "without a course": Manner(course=False),
    "with gaps of ten minutes": Manner(gap=600.0),
}


@pytest.mark.parametrize("manner", MANNERS.values(), ids=MANNERS.keys())
@pytest.mark.parametrize("shape", shapes())
def test_progress_is_monotone_and_within_100_m_of_the_truth(shape: str, manner: Manner) -> None:
    line = line_of(shapes()[shape])
    for seed in range(2):
        truth, fixes = drive(line, np.random.default_rng([3, seed]), manner)
        found = located(line, fixes)
        assert np.abs(found.s - truth).max() < 100
        assert (np.diff(found.s) >= 0).all()
        assert (found.state == State.ON).all()
        assert found.on.all()


@pytest.mark.parametrize("shape", ["road", "out and back", "figure eight"])
def test_a_vehicle_whose_receiver_tells_neither_speed_nor_course_is_followed(shape: str) -> None:
    line = line_of(shapes()[shape])
    truth, fixes = drive(line, np.random.default_rng(5))
    unknown = np.full(len(fixes), np.nan)
    found = located(line, replace(fixes, speed=unknown, course=unknown))
    assert np.abs(found.s - truth).max() < 100


def test_at_most_one_false_alarm_in_a_thousand_kilometres_of_noisy_driving() -> None:
    # 60 lorries, 35 km each; every half an hour all fixes of a minute are 600 m off.
    line = line_of(shapes()["road"])
    manners = [Manner(noise=12.0, burst=600.0), Manner(interval=30.0, noise=12.0, burst=600.0)]
    drives = [drive(line, np.random.default_rng([7, n]), manners[n % 2])[1] for n in range(60)]
    lines = Lines.build([replace(line, key=key) for key in range(1, 61)])
    found = locate(together(drives), lines, empty_progress(60), RULES)
    kilometres = 60 * line.length / KM
    assert kilometres > 2000
    vehicle = np.repeat(np.arange(60), [len(track) for track in drives])
    alarms = (found.state[1:] == State.OFF) & (found.state[:-1] != State.OFF)
    alarms &= vehicle[1:] == vehicle[:-1]
    assert alarms.sum() <= kilometres / KM
    assert not found.on.all()  # the bursts were there


def test_offsets_are_negative_to_the_left() -> None:
    line = line_of(STRAIGHT)
    for north, sign in ((50.0, -1), (-50.0, 1)):
        fixes = follow(STRAIGHT + np.array([0.0, north]), np.random.default_rng(1))
        assert located(line, fixes).offset == pytest.approx(sign * 50, abs=30)


def test_a_line_across_the_antimeridian_is_a_line() -> None:
    lon, lat = np.array([179.8, 179.9, -179.9, -179.7]), np.full(4, -17.0)
    line = build_line(1, lon, lat)
    truth, fixes = drive(line, np.random.default_rng(2))
    assert (fixes.lon > 0).any()
    assert (fixes.lon < 0).any()
    assert np.abs(located(line, fixes).s - truth).max() < 100


def test_a_revised_line_goes_on_near_the_same_place_and_keeps_the_sums() -> None:
    old, new = line_of(STRAIGHT), line_of(KM * np.array([[0, 0], [25, 0], [40, 8]]), key=2)
    lines = Lines.build([old, new])
    fixes = follow(STRAIGHT[:1] + KM * np.array([[0, 0], [24, 0]]), np.random.default_rng(1))
    row = (np.arange(len(fixes)) >= 100).astype(np.int32)
    found = locate(replace(fixes, line=row), lines, empty_progress(1), RULES)
    assert (found.state == State.ON).all()
    assert np.abs(np.diff(found.s) - 150).max() < 60
    assert found.memory["moved"][0] == fixes.time[-1] - fixes.time[0]
    assert found.memory["line"][0] == 2


def test_another_trip_begins_at_the_beginning() -> None:
    line = line_of(THERE_AND_BACK)
    fixes = follow(np.vstack([THERE_AND_BACK, THERE_AND_BACK]), np.random.default_rng(1))
    half = len(fixes) // 2 + 1
    trip = np.where(np.arange(len(fixes)) < half, 1, 2).astype(np.int32)
    found = located(line, replace(fixes, trip=trip))
    assert found.s[half - 1] > line.length - 300
    assert found.s[half] < 300
    assert found.memory["begun"][0] == fixes.time[half]
    assert found.memory["moved"][0] == fixes.time[-1] - fixes.time[half]


def test_without_a_line_there_is_no_progress() -> None:
    fixes = follow(STRAIGHT, np.random.default_rng(1))
    for trip in (0, 1):
        nowhere = replace(
            fixes,
            line=np.full(len(fixes), -1, np.int32),
            trip=np.full(len(fixes), trip, np.int32),
        )
        for lines in (Lines.build([]), Lines.build([line_of(STRAIGHT)])):
            found = locate(nowhere, lines, empty_progress(1), RULES)
            assert np.isnan(found.s).all()
            assert (found.state == State.LOST).all()
            assert not found.on.any()


def test_no_fixes_touch_nobody() -> None:
    fixes = follow(STRAIGHT, np.random.default_rng(1)).rows(slice(0))
    found = located(line_of(STRAIGHT), fixes)
    assert len(found.touched) == len(found.memory) == len(found.s) == 0


def test_a_fix_that_is_not_newer_changes_nothing() -> None:
    line, fixes = line_of(STRAIGHT), follow(STRAIGHT, np.random.default_rng(1))
    first = located(line, fixes)
    again = located(line, fixes.rows(slice(100, None)), first.memory)
    assert again.memory.tobytes() == first.memory.tobytes()


def test_speed_and_course_count_as_the_store_keeps_them() -> None:
    line = line_of(shapes()["figure eight"])
    _, fixes = drive(line, np.random.default_rng(1))
    kept = replace(
        fixes,
        speed=fixes.speed.astype(np.float32).astype(np.float64),
        course=fixes.course.astype(np.float32).astype(np.float64),
    )
    assert located(line, kept).memory.tobytes() == located(line, fixes).memory.tobytes()


def a_day(seed: int, vehicles: int) -> tuple[list[Line], Roads, Halts]:
    """Vehicles on lines of all shapes: they stand, turn, leave the line, fall silent."""
    rng = np.random.default_rng(seed)
    paths = list(shapes().values())
    lines, tracks = [], []
    for number in range(vehicles):
        lines.append(line_of(paths[rng.integers(len(paths))], number + 1))
        interval = float(rng.choice([5.0, 10.0, 30.0]))
        manner = Manner(interval, course=bool(rng.random() < 0.8), gap=600.0 * (rng.random() < 0.3))
        _, fixes = drive(lines[-1], rng, manner)
        begin = int(rng.integers(max(len(fixes) - 60, 1)))
        tracks.append(disturbed(fixes.rows(slice(begin, begin + 60)), rng))
    track = together(tracks)
    served = rng.random(len(track)) < 0.98
    line = np.where(served, track.line, -1).astype(np.int32)
    halts = Halts.build({line.key: np.linspace(0, line.length, 5) for line in lines})
    return lines, replace(track, trip=track.trip * served, line=line), halts


def disturbed(fixes: Roads, rng: np.random.Generator) -> Roads:
    """A detour, a turn, a standstill of up to an hour, and words left out; each or none."""
    number = len(fixes)
    index, lat, time = np.arange(number), fixes.lat.copy(), fixes.time.copy()
    lat[slice(*sorted(rng.integers(number, size=2)))] += rng.choice([0.0, 0.001, 0.01])
    if rng.random() < 0.4:
        turn = int(rng.integers(number))  # back the way it came, as far as that was seen
        index[turn:] = np.abs(turn - np.arange(number - turn))
    if rng.random() < 0.5:
        stand = slice(*sorted(rng.integers(number, size=2)))
        index[stand] = index[stand.start]
        time += np.append(0, np.cumsum(np.isin(np.arange(1, number), np.r_[stand]) * 50.0))
    still = np.append(False, index[1:] == index[:-1])
    speed = np.where(still, 0.0, fixes.speed[index])
    return replace(
        fixes,
        time=time + rng.uniform(-0.4, 0.4, number).round(3),
        lon=fixes.lon[index] + rng.normal(0, 1e-5, number),
        lat=lat[index],
        speed=np.where(rng.random(number) < 0.1, np.nan, speed),
        course=fixes.course[index],
    )


def driven(vehicles: int) -> NDArray[np.void]:
    """Memory of drivers who have driven four hours, and of others who have not."""
    memory = empty_progress(vehicles)
    memory["driven"][::2] = 4 * 3600.0
    return memory


def same(one: Located, other: Located) -> bool:
    names = ("s", "offset", "on", "state", "touched", "memory")
    return all(getattr(one, n).tobytes() == getattr(other, n).tobytes() for n in names)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_arrays_and_single_fixes_give_the_same_bytes(seed: int) -> None:
    lines, track, halts = a_day(seed, 12)
    block = Lines.build(lines)
    found = [locate(track, block, driven(12), RULES, halts, few=few) for few in (0, 10**6)]
    assert same(*found)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.integers(0, 60), max_size=6), st.booleans())
def test_where_the_fixes_are_cut_does_not_matter(seed: int, cuts: list[int], moved: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    lines, track, halts = a_day(seed, 5)
    whole = locate(track, Lines.build(lines), driven(5), RULES, halts)
    # Other lines in the block, and another order of them, as after a restart.
    order = [line_of(STRAIGHT, 99), *reversed(lines)] if moved else lines
    block = Lines.build(order, Lines.build(lines) if moved else None)
    rows = np.array([block.row_of(line.key) for line in lines], np.int32)
    line = np.where(track.line >= 0, rows[track.line], np.int32(-1)).astype(np.int32)
    rank = np.concatenate([np.arange(size) for size in np.bincount(track.vehicle)])
    memory, s = driven(5), np.full(len(track), np.nan)
    for begin, end in pairwise([0, *sorted(cuts), 1000]):
        part = np.flatnonzero((rank >= begin) & (rank < end))
        found = locate(replace(track, line=line).rows(part), block, memory, RULES, halts)
        memory[found.touched] = found.memory
        s[part] = found.s
    assert s.tobytes() == whole.s.tobytes()
    assert memory[whole.touched].tobytes() == whole.memory.tobytes()


def test_the_memory_has_no_holes_in_it() -> None:
    # What is kept is compared byte by byte: padding would be noise.
    assert PROGRESS.itemsize == sum(PROGRESS[name].itemsize for name in PROGRESS.names or ())
