"""Which trip a vehicle is on, by time and progress; and that no cut of the fixes changes it."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bench.order import MORNING
from fleet.records import FixBatch
from fleet.trips import Assignment, TripRow
from gateway.roads import follow
from gateway.runs import Runs
from route.progress import PROGRESS, Roads, Rules, empty_progress
from tests.trip_day import (
    HOUR,
    MINUTE,
    PUNCTUAL,
    THREE,
    Call,
    Trip,
    drive,
    fleet,
    row_of,
    with_trips,
)

#: Back to where ``THREE`` began; its window is open while that is driven.
BACK = (Call(3, depart=150), Call(2, 160, 170), Call(1, 180))
OUT_AND_BACK = (*PUNCTUAL[:6], (150, 18_000), (160, 9000), (170, 9000), (180, 0), (240, 0))


def runs_of(*rows: TripRow, vehicles: int = 2) -> Runs:
    return Runs.build(with_trips(fleet(vehicles), rows))


def served(row: TripRow, *spans: tuple[int, float, float]) -> TripRow:
    """The trip with other vehicles: row, from and to in minutes."""
    since = [(v, MORNING + MINUTE * begin, MORNING + MINUTE * end) for v, begin, end in spans]
    return replace(row, assigned=tuple(Assignment(row.key, *each) for each in since))


def roads(fixes: FixBatch) -> Roads:
    none = np.zeros(len(fixes), np.int32)
    return Roads(
        fixes.vehicle,
        fixes.time,
        fixes.lon,
        fixes.lat,
        np.full(len(fixes), 5.0),
        fixes.speed,
        fixes.course,
        none,
        none,
    )


def followed(
    runs: Runs, fixes: FixBatch, cuts: list[int], memory: NDArray[np.void] | None = None
) -> NDArray[np.void]:
    """The memory after the fixes, which are in the order of time, cut there into batches."""
    memory = empty_progress(3) if memory is None else memory.copy()
    for part in np.split(np.arange(len(fixes)), sorted(cuts)):
        batch = fixes.rows(part)
        batch = batch.rows(np.lexsort((batch.time, batch.vehicle)))
        after = follow(roads(batch), runs, memory, Rules())
        memory[after.touched] = after.memory
    return memory


def by_time(*batches: FixBatch) -> FixBatch:
    fixes = FixBatch.concat(list(batches))
    return fixes.rows(np.argsort(fixes.time, kind="stable"))


@pytest.fixture(scope="module")
def swapped() -> Runs:
    """Out and back by vehicle 0, which the spare one relieves for an hour."""
    out, back = row_of(Trip("out", THREE), 1), row_of(Trip("back", BACK), 2)
    out = served(out, (0, -60, 70), (1, 70, 100), (0, 100, 9999))
    return runs_of(out, back)


FIXES = by_time(drive(*OUT_AND_BACK), drive((0, 0), (100, 12_000), (240, 20_000), vehicle=1))
WHOLE = len(FIXES)


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(0, WHOLE), max_size=12))
def test_a_cut_anywhere_leaves_the_same_memory(swapped: Runs, cuts: list[int]) -> None:
    assert followed(swapped, FIXES, cuts).tobytes() == followed(swapped, FIXES, []).tobytes()


def test_each_fix_by_itself_leaves_the_same_memory(swapped: Runs) -> None:
    singly = followed(swapped, FIXES, list(range(1, WHOLE)))
    assert singly.tobytes() == followed(swapped, FIXES, []).tobytes()


@pytest.mark.parametrize(
    ("minute", "trip"), [(-61, 0), (5, 1), (60, 1), (89, 1), (92, 2), (170, 2), (539, 2), (540, 0)]
)
def test_a_vehicle_goes_on_to_its_next_trip_at_the_end_of_the_line(minute: int, trip: int) -> None:
    runs = runs_of(row_of(Trip("out", THREE), 1), row_of(Trip("back", BACK), 2))
    fixes = drive((-70, -9000), *OUT_AND_BACK, (600, 0))
    fixes = fixes.rows(fixes.time <= MORNING + MINUTE * minute)
    memory = followed(runs, replace(fixes, time=fixes.time), [])
    assert int(memory["trip"][0]) == trip


def test_a_vehicle_that_was_relieved_says_no_more_of_the_trip() -> None:
    runs = runs_of(served(row_of(Trip("out", THREE), 1), (0, -60, 60), (1, 60, inf)))
    fixes = drive(*PUNCTUAL)
    before = fixes.rows(fixes.time < MORNING + HOUR)
    assert followed(runs, before, [])["trip"][0] == 1
    assert followed(runs, fixes, [])["trip"][0] == 0


def test_a_vehicle_without_trips_is_not_touched() -> None:
    runs = runs_of(row_of(Trip("out", THREE, vehicle=1), 1))
    after = follow(roads(drive(*PUNCTUAL)), runs, empty_progress(3), Rules())
    assert not len(after.touched)
    assert after.memory.dtype == PROGRESS


def test_a_draft_and_a_trip_without_times_are_driven_by_nobody() -> None:
    draft = replace(row_of(Trip("out", THREE), 1), plans=(), assigned=(Assignment(1, 0, 0, inf),))
    timeless = row_of(Trip("t", (Call(1), Call(2))), 2, since=0.0)
    assert not runs_of(draft, timeless)
    assert not runs_of()


def test_a_trip_without_a_line_lasts_until_the_next_one_is_due() -> None:
    """Nothing tells how far it has got."""
    out = row_of(Trip("out", THREE, lined=False), 1)
    runs = runs_of(out, row_of(Trip("back", BACK), 2))
    fixes = drive(*OUT_AND_BACK)
    early = followed(runs, fixes.rows(fixes.time < MORNING + 150 * MINUTE), [])
    assert int(early["trip"][0]) == 1
    assert np.isnan(early["s"][0])
    assert int(followed(runs, fixes, [])["trip"][0]) == 2


def test_a_plan_with_other_places_goes_on_from_where_the_vehicle_is() -> None:
    """Another line from a moment on: what was summed up since the beginning stays."""
    row = row_of(Trip("out", THREE), 1)
    longer = row_of(Trip("out", (*THREE, Call(4, 110))), 1).plans[0]
    since = MORNING + 60 * MINUTE
    row = replace(row, plans=(*row.plans, replace(longer, revision=1, valid_from=since, line=2)))
    runs = runs_of(row)
    fixes = drive(*PUNCTUAL[:6], (110, 27_000), (115, 27_000))
    memory = followed(runs, fixes, [])
    assert memory["s"][0] == pytest.approx(27_000, abs=100)
    assert memory["begun"][0] <= MORNING + MINUTE
    assert followed(runs, fixes, list(range(1, len(fixes)))).tobytes() == memory.tobytes()


def test_the_lines_that_are_known_are_not_prepared_again() -> None:
    rows = with_trips(fleet(), [row_of(Trip("out", THREE), 1)])
    before = Runs.build(rows)
    again = Runs.build(rows, before)
    assert again.lines.length.tolist() == before.lines.length.tolist()
