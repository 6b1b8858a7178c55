"""What must come out of nested, overlapping and neighbouring fences, round trips and edits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf, isnan

import numpy as np
import pytest

from fleet.fences import Expected, FenceVersion, Hours, StopRule
from fleet.nodes import Basis, VisitState
from geofence.index import Index
from geofence.visits import Memory, Rules, empty_places, follow
from tests.geofence.tracks import START, Drive, box, circle, expect, said, together, visits_of

ROUND = Drive.at(-3000, 0).to(0, 0).wait(900).to(3000, 0)
HUB = circle(1, 0, 0, 300)


@dataclass(frozen=True)
class Case:
    """Fences, a drive, and what is said of it."""

    fences: tuple[FenceVersion, ...]
    said: list[str]
    drive: Drive = ROUND
    expected: tuple[Expected, ...] = ()


NESTED = {
    "a dock in a hub": Case((HUB, circle(2, 0, 0, 60, parent=1)), ["1 departed", "2 departed"]),
    "a dock in a yard in a hub": Case(
        (HUB, box(2, -150, -150, 150, 150, parent=1), circle(3, 0, 0, 50, parent=2)),
        ["1 departed", "2 departed", "3 departed"],
    ),
    "a yard in a hub, passed on the way to another dock": Case(
        (HUB, circle(2, -200, 0, 60, parent=1)), ["1 departed", "2 passed"]
    ),
    "a dock that sticks out of its hub takes the hub along": Case(
        (circle(1, -340, 0, 200), circle(2, 0, 0, 100, parent=1)), ["1 departed", "2 departed"]
    ),
    "overlapping hubs: the smaller one": Case(
        (HUB, circle(2, 150, 0, 280)), ["1 departed yields to 2", "2 departed"]
    ),
    "overlapping hubs: the one where it is expected": Case(
        (HUB, circle(2, 150, 0, 280)), ["1 departed", "2 departed yields to 1"],
        expected=expect(1),
    ),
    "overlapping hubs of one size: the nearer one": Case(
        (HUB, circle(2, 100, 0, 300)), ["1 departed", "2 departed yields to 1"]
    ),
    "three overlapping hubs: one arrival": Case(
        (HUB, circle(2, 100, 0, 310), circle(3, -100, 0, 320)),
        ["3 departed yields to 1", "1 departed", "2 departed yields to 1"],
    ),
    "an overlapping fence of visits only": Case(
        (HUB, circle(2, 100, 0, 280, node_level=False)), ["1 departed", "2 departed"]
    ),
    "neighbours that do not overlap": Case(
        (HUB, circle(2, 620, 0, 300)), ["1 departed", "2 passed"]
    ),
    "a neighbour a few metres off, where it is not expected": Case(
        (HUB, box(2, 20, 310, 200, 500)), ["1 departed"],
        drive=Drive.at(-3000, 0).to(100, 270).wait(900).to(3000, 0),
    ),
    "two standstills, one in each of two that overlap": Case(
        (HUB, circle(2, 400, 0, 250)), ["1 departed", "2 departed"],
        drive=Drive.at(-3000, 0).to(-100, 0).wait(900).to(500, 0).wait(900).to(3000, 0),
    ),
    "a child of the smaller of two that overlap keeps its own arrival": Case(
        (HUB, circle(2, 150, 0, 280), circle(3, 0, 0, 60, parent=2)),
        ["1 departed yields to 2", "2 departed", "3 departed"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NESTED.values(), ids=NESTED.keys())
def test_nested_overlapping_and_neighbouring_fences(case: Case) -> None:
    assert said(visits_of(case.drive.fixes(), *case.fences, expected=case.expected)) == case.said


@pytest.mark.parametrize("case", NESTED.values(), ids=NESTED.keys())
def test_no_standstill_is_two_arrivals_unless_one_lies_in_the_other(case: Case) -> None:
    visits = visits_of(case.drive.fixes(), *case.fences, expected=case.expected)
    parents = {fence.fence: fence.parent for fence in case.fences}
    nodes = {fence.fence for fence in case.fences if fence.terms.node_level}
    arrived = [v for v in visits if v.fence in nodes and not isnan(v.arrived) and not v.yielded_to]
    for one in arrived:
        for other in arrived:
            related = other.fence in _above(parents, one.fence) or one.fence in _above(
                parents, other.fence
            )
            assert one is other or related or one.stopped != other.stopped


def _above(parents: dict[int, int], fence: int) -> set[int]:
    found: set[int] = set()
    while fence := parents.get(fence, 0):
        found.add(fence)
    return found


STAY = Drive.at(-3000, 0).to(0, 0).wait(1200)
ROUNDS = {
    "there and back the same day": (
        STAY.to(5000, 0).wait(600).to(0, 0).wait(1200).to(5000, 0), ["departed", "departed"]
    ),
    "three times": (
        STAY.to(5000, 0).to(0, 0).wait(900).to(5000, 0).to(0, 0).wait(900).to(5000, 0),
        ["departed", "departed", "departed"],
    ),
    "round the block": (STAY.to(600, 0).wait(240).to(0, 0).wait(1200).to(5000, 0), ["departed"]),
    "round the block, too long": (
        STAY.to(600, 0).wait(900).to(0, 0).wait(1200).to(5000, 0), ["departed", "departed"]
    ),
    "round the block, too far": (
        STAY.to(1400, 0, 20).to(0, 0, 20).wait(1200).to(5000, 0), ["departed", "departed"]
    ),
    "out and in within the dwell": (
        STAY.to(420, 0).wait(60).to(0, 0).wait(1200).to(5000, 0), ["departed"]
    ),
    "back without a stop": (STAY.to(5000, 0).to(-5000, 0), ["departed", "passed"]),
    "passed first, and came back to stay": (
        Drive.at(-3000, 0).to(3000, 0).to(0, 0).wait(1200).to(-5000, 0), ["passed", "departed"]
    ),
    "still there in the evening": (STAY.to(5000, 0).to(0, 0).wait(9000), ["departed", "arrived"]),
}  # fmt: skip


@pytest.mark.parametrize(("drive", "states"), ROUNDS.values(), ids=ROUNDS.keys())
def test_round_trips(drive: Drive, states: list[str]) -> None:
    visits = visits_of(drive.fixes(), HUB)
    assert [str(visit.state) for visit in visits] == states
    merged = [visit for visit in visits if visit.flaps]
    assert bool(merged) == (states == ["departed"])
    for one, other in pairwise(visits):
        assert one.exit is not None
        assert one.exit.time < other.entry.time


GAPS = {
    "over the entry": ((200, 700), ("gap_bounded", "interpolated")),
    "over the exit": ((1000, 1400), ("interpolated", "gap_bounded")),
    "over the entry and most of the stay": ((200, 1130), ("gap_bounded", "interpolated")),
}


@pytest.mark.parametrize(("gap", "bases"), GAPS.values(), ids=GAPS.keys())
def test_a_gap_gives_bounds_that_hold_the_truth(
    gap: tuple[float, float], bases: tuple[str, str]
) -> None:
    (visit,) = visits_of(ROUND.fixes(without=[gap]), HUB)
    assert visit.exit is not None
    assert (visit.entry.basis, visit.exit.basis) == bases
    assert visit.entry.earliest <= START + 225 <= visit.entry.latest
    assert visit.exit.earliest <= START + 1175 <= visit.exit.latest


def test_a_gap_over_a_whole_stop_is_not_known_and_not_missed() -> None:
    fixes = ROUND.fixes(without=[(200, 1190)])
    assert not visits_of(fixes, HUB)
    (visit,) = visits_of(fixes, HUB, expected=expect(1))
    assert visit.state is VisitState.UNVERIFIED
    assert visit.entry.earliest <= START + 225
    assert visit.entry.latest >= START + 1175


# Edits.


def edited(before: FenceVersion, after: FenceVersion | None, when: float) -> list[FenceVersion]:
    """A fence that changes, or ends, at a time (s after the start)."""
    versions = [replace(before, valid_to=START + when)]
    if after is not None:
        versions.append(replace(after, version=2, valid_from=START + when))
    return versions


def test_an_edit_that_keeps_the_vehicle_inside_goes_on_and_each_end_has_its_version() -> None:
    (visit,) = visits_of(ROUND.fixes(), *edited(HUB, circle(1, 0, 0, 200), 600))
    assert (visit.state, visit.version, visit.left_version) == (VisitState.DEPARTED, 1, 2)
    assert visit.exit is not None
    assert visit.exit.time - START == pytest.approx(250 + 900 + 200 / 12, abs=0.2)


@pytest.mark.parametrize("after", [circle(1, 900, 0, 300), None], ids=["moved away", "ended"])
def test_an_edit_that_leaves_the_vehicle_outside_closes_the_visit(
    after: FenceVersion | None,
) -> None:
    visits = visits_of(ROUND.fixes(), *edited(HUB, after, 600))
    closed, *others = visits
    assert closed.state is VisitState.CLOSED
    assert closed.exit is None
    assert closed.settled == START + 600
    assert not isnan(closed.arrived)
    assert [(visit.state, visit.version) for visit in others] == [(VisitState.PASSED, 2)] * (
        after is not None
    )


def test_an_edit_while_it_leaves_is_judged_by_the_old_version() -> None:
    # Between its last fix inside and the first outside the fence is moved far away.
    (visit,) = visits_of(ROUND.fixes(), *edited(HUB, circle(1, 0, 9000, 300), 1175))
    assert visit.state is VisitState.LEAVING or visit.state is VisitState.DEPARTED
    assert visit.exit is not None
    assert visit.left_version == 1
    assert visit.exit.time - START == pytest.approx(1175, abs=0.2)


def test_a_fence_drawn_round_a_standing_vehicle_knows_nothing_before() -> None:
    (visit,) = visits_of(ROUND.fixes(), replace(HUB, valid_from=START + 605))
    assert visit.state is VisitState.DEPARTED
    assert visit.entry.basis is Basis.GAP_BOUNDED
    assert isnan(visit.entry.earliest)
    assert visit.entry.time == START + 610
    assert visit.stopped == START + 610  # it stood before, but not inside


def test_a_fence_that_ended_before_is_nothing() -> None:
    assert not visits_of(ROUND.fixes(), replace(HUB, valid_to=START))


# Hours; it is 16:00 on a Sunday where the fence is.


def test_a_closed_fence_starts_nothing_and_a_running_visit_goes_on() -> None:
    until = Hours((6,), 8 * 60, 16 * 60 + 10)
    (visit,) = visits_of(ROUND.fixes(), circle(1, 0, 0, 300, hours=(until,)))
    assert visit.state is VisitState.DEPARTED  # it came at 16:03
    closed = Hours((0,), 0, 24 * 60)
    assert not visits_of(ROUND.fixes(), circle(1, 0, 0, 300, hours=(closed,)))


def test_a_fence_that_opens_round_a_vehicle_knows_nothing_before() -> None:
    opens = Hours((6,), 16 * 60 + 10, 20 * 60)
    (visit,) = visits_of(ROUND.fixes(), circle(1, 0, 0, 300, hours=(opens,)))
    assert visit.entry.basis is Basis.GAP_BOUNDED
    assert isnan(visit.entry.earliest)
    assert visit.entry.time == START + 600


def test_a_fence_that_opens_while_it_comes_in_was_crossed() -> None:
    opens = Hours((6,), 16 * 60 + 4, 20 * 60)
    drive = Drive.at(-3000, 0).to(-305, 0).wait(12.0).to(0, 0).wait(900)
    fixes = drive.fixes()
    (visit,) = visits_of(fixes, circle(1, 0, 0, 300, hours=(opens,)))
    assert visit.entry.basis is Basis.INTERPOLATED


# Several vehicles.


def test_vehicles_do_not_meet() -> None:
    one, other = ROUND.fixes(), Drive.at(0, 0).wait(1400).fixes()
    other = replace(other, vehicle=np.ones(len(other), np.int32))
    done = follow(
        together(one, other), Index.build([HUB], 1), Memory(empty_places(2)), Rules(), gate=True
    )
    assert [str(v.state) for v in done.visits[0]] == ["departed"]
    assert [str(v.state) for v in done.visits[1]] == ["arrived"]


def test_a_via_point_yields_to_nobody() -> None:
    visits = visits_of(ROUND.fixes(), HUB, circle(2, 100, 0, 300, stop_rule=StopRule.PASS))
    assert said(visits) == ["1 departed", "2 passed"]


def test_a_visit_that_goes_on_has_not_settled() -> None:
    (visit,) = visits_of(STAY.fixes(), HUB)
    assert visit.settled == inf
