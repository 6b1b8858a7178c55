"""What is written when the visits that the fixes show are not those that are kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from math import inf, isnan, nan

import shapely
from hypothesis import given
from hypothesis import strategies as st

from fleet.fences import (
    Confidence,
    FenceTerms,
    FenceVersion,
    Outline,
    Role,
    ShapeKind,
    StopRule,
)
from fleet.nodes import (
    Basis,
    Cause,
    Changes,
    Crossing,
    KeptNode,
    KeptVisit,
    Node,
    NodeKind,
    Source,
    Visit,
    VisitState,
)
from geofence.nodes import Found, match, reconcile

T = 1_772_352_000.0


def fence(key: int = 1, **terms: object) -> FenceVersion:
    outline = Outline(ShapeKind.CIRCLE, shapely.to_wkb(shapely.Point(114.0, 30.6)), 300.0)
    usual = FenceTerms(outline, Role.HUB, True, 60.0, 120.0, 120.0, StopRule.STAY)  # noqa: FBT003 - node level
    return FenceVersion(key, 1, 10 * key, 0, "UTC", -inf, inf, replace(usual, **terms))  # type: ignore[arg-type]


FENCES = {(1, 1): fence(), (1, 0): fence(), (2, 1): fence(2), (2, 0): fence(2)}


def crossing(time: float, basis: Basis = Basis.INTERPOLATED) -> Crossing:
    return Crossing(time, time - 5, time + 5, basis, ((7, time - 5), (7, time + 5)))


def visit(start: float, end: float | None = None, **given: object) -> Visit:
    """Arrived at ``start``; departed at ``end``, if there is one."""
    usual = Visit(
        1,
        1,
        VisitState.ARRIVED,
        crossing(T + start),
        stopped=T + start + 60,
        arrived=T + start + 120,
    )
    if end is not None:
        usual = replace(
            usual,
            state=VisitState.DEPARTED,
            exit=crossing(T + end),
            left_version=1,
            departed=T + end + 120,
            settled=T + end + 600,
        )
    return replace(usual, **given)  # type: ignore[arg-type]


class Table:
    """What a store would keep."""

    def __init__(self) -> None:
        self.visits: dict[str, KeptVisit] = {}
        self.nodes: dict[str, KeptNode] = {}
        self._ids = map(str, count(1))

    def take(self, *visits: Visit, edge: float = -inf, since: float = -inf) -> Changes:
        """Reconcile with ``visits`` of vehicle 0 and write what follows."""
        kept = [k for k in self.visits.values() if k.visit.settled > since]
        changes = reconcile(
            [Found(0, visits, edge)],
            kept,
            list(self.nodes.values()),
            FENCES,
            lambda: next(self._ids),
        )
        for gone in changes.gone:
            del self.visits[gone]
        self.visits.update({k.id: k for k in changes.visits})
        for node in changes.nodes:
            before = self.nodes.get(node.id)
            assert node.version == (before.version + 1 if before else 1)
            self.nodes[node.id] = node
        return changes

    def person(self, kind: NodeKind, **said: object) -> None:
        """A person edits the node of that kind."""
        (kept,) = (k for k in self.nodes.values() if k.node.kind is kind)
        usual = {
            "source": Source.PERSON,
            "cause": Cause.EDITED,
            "author": "A. Li",
            "reason": "saw it",
        }
        node = replace(kept.node, **{**usual, **said})  # type: ignore[arg-type]
        self.nodes[kept.id] = KeptNode(kept.id, kept.version + 1, node)


def causes(changes: Changes) -> list[tuple[NodeKind, Cause]]:
    return [(k.node.kind, k.node.cause) for k in changes.nodes]


def test_a_stay_makes_two_nodes_and_the_same_stay_makes_no_more() -> None:
    table = Table()
    first = table.take(visit(0, 3600))
    assert causes(first) == [(NodeKind.ARRIVED, Cause.FIRST), (NodeKind.DEPARTED, Cause.FIRST)]
    arrived = first.nodes[0].node
    assert (arrived.site, arrived.fence, arrived.fence_version) == (10, 1, 1)
    assert (arrived.actual, arrived.earliest, arrived.latest) == (T, T - 5, T + 5)
    assert arrived.stopped == T + 60
    assert isnan(first.nodes[1].node.stopped)
    assert table.take(visit(0, 3600)) == Changes()


def test_states_that_prove_nothing_make_visits_and_no_nodes() -> None:
    for state in (VisitState.ENTERING, VisitState.PASSED, VisitState.UNVERIFIED):
        changes = Table().take(visit(0, state=state, arrived=nan))
        assert len(changes.visits) == 1
        assert changes.nodes == ()


def test_leaving_is_no_departure() -> None:
    changes = Table().take(visit(0, state=VisitState.LEAVING, exit=crossing(T + 900)))
    assert causes(changes) == [(NodeKind.ARRIVED, Cause.FIRST)]


def test_going_through_a_via_point_is_a_node() -> None:
    FENCES[3, 1] = FENCES[3, 0] = fence(3, stop_rule=StopRule.PASS)
    passed = visit(0, fence=3, state=VisitState.PASSED, exit=crossing(T + 40), settled=T + 45)
    changes = Table().take(replace(passed, arrived=nan))
    assert causes(changes) == [(NodeKind.PASSED, Cause.FIRST)]
    assert changes.nodes[0].node.actual == T


def test_a_dock_and_a_stay_that_was_allotted_elsewhere_make_no_nodes() -> None:
    FENCES[4, 1] = FENCES[4, 0] = fence(4, node_level=False)
    assert Table().take(visit(0, fence=4)).nodes == ()
    assert Table().take(visit(0, yielded_to=2)).nodes == ()


def test_a_minute_is_silent_and_more_is_a_correction() -> None:
    table = Table()
    table.take(visit(0))
    moved = table.take(visit(60))
    assert causes(moved) == [(NodeKind.ARRIVED, Cause.UPDATED)]
    corrected = table.take(visit(-1))
    assert causes(corrected) == [(NodeKind.ARRIVED, Cause.CORRECTED)]
    assert corrected.nodes[0].node.was == T + 60
    assert corrected.nodes[0].version == 3


def test_a_visit_that_was_none_retracts_its_nodes() -> None:
    table = Table()
    table.take(visit(0, 3600))
    changes = table.take()
    assert causes(changes) == [
        (NodeKind.ARRIVED, Cause.RETRACTED),
        (NodeKind.DEPARTED, Cause.RETRACTED),
    ]
    assert not any(kept.node.valid for kept in changes.nodes)
    assert table.visits == {}


def test_coming_back_at_once_takes_the_departure_back() -> None:
    table = Table()
    table.take(visit(0, 3600))
    assert causes(table.take(visit(0, flaps=1))) == [(NodeKind.DEPARTED, Cause.MERGED)]
    again = table.take(visit(0, 7200, flaps=1))
    assert causes(again) == [(NodeKind.DEPARTED, Cause.FIRST)]


def test_a_stay_split_in_two_keeps_the_greater_part_and_its_identity() -> None:
    table = Table()
    table.take(visit(0, 7200))
    (identity,) = table.visits
    changes = table.take(visit(0, 1200), visit(2400, 7200))
    assert table.visits[identity].visit.entry.time == T + 2400
    arrived = [k.node for k in changes.nodes if k.node.kind is NodeKind.ARRIVED]
    assert [(n.actual - T, n.cause) for n in arrived] == [(0, Cause.FIRST), (2400, Cause.CORRECTED)]


def test_a_person_outranks_the_machine_and_a_difference_of_more_than_15_minutes_is_a_conflict() -> (
    None
):
    table = Table()
    table.take(visit(0))
    table.person(NodeKind.ARRIVED, actual=T - 600)
    assert table.take(visit(300)).nodes == ()  # 900 s apart: the border is no conflict
    (flagged,) = table.take(visit(301)).nodes
    assert flagged.node.actual == T - 600
    assert (flagged.node.conflict, flagged.node.machine) == (True, T + 301)
    assert (flagged.node.cause, flagged.node.author) == (Cause.CONFLICT, "A. Li")
    assert table.take(visit(301)).nodes == ()
    (settled,) = table.take(visit(200)).nodes
    assert not settled.node.conflict
    assert isnan(settled.node.machine)


def test_what_a_person_denied_is_not_claimed_again() -> None:
    table = Table()
    table.take(visit(0))
    table.person(NodeKind.ARRIVED, valid=False)
    assert table.take(visit(10)).nodes == ()


def test_a_persons_node_survives_the_visit_and_finds_another() -> None:
    table = Table()
    table.take(visit(0))
    table.person(NodeKind.ARRIVED)
    (alone,) = table.take().nodes
    assert alone.node.valid
    assert (alone.node.conflict, alone.node.visit) == (True, "")
    (found,) = table.take(visit(120)).nodes
    assert found.id == alone.id
    assert not found.node.conflict
    assert found.node.actual == T


def test_a_persons_node_of_another_site_or_day_is_not_claimed() -> None:
    for moved in ({"site": 99}, {"actual": T - 7 * 3600}):
        table = Table()
        table.take(visit(0))
        table.person(NodeKind.ARRIVED, visit="", **moved)
        table.visits.clear()
        assert causes(table.take(visit(0))) == [(NodeKind.ARRIVED, Cause.FIRST)]


def alone(actual: float) -> KeptNode:
    """What a person said of an arrival, before any fix did."""
    (made,) = Table().take(visit(0)).nodes
    said = {"fence": 0, "fence_version": 0, "visit": "", "source": Source.PERSON, "evidence": ()}
    node = replace(made.node, **said, actual=T + actual, author="A. Li", reason="saw it")  # type: ignore[arg-type]
    return KeptNode("said", 1, node)


def test_a_persons_node_is_of_the_nearest_visit_not_of_the_first() -> None:
    """Said at noon, while the terminal was silent; the backlog then shows the morning as well."""
    table = Table()
    table.nodes["said"] = alone(4 * 3600)
    table.take(visit(0, 3600), visit(4 * 3600 + 120))
    valid = {n.node.actual - T: k for k, n in table.nodes.items() if n.node.kind == "arrived"}
    assert valid[4 * 3600] == "said"
    assert sorted(valid) == [0, 4 * 3600]
    assert not table.nodes["said"].node.conflict


def test_a_persons_node_whose_visit_was_none_goes_to_the_one_found_instead() -> None:
    table = Table()
    table.take(visit(0, 1200))
    table.person(NodeKind.ARRIVED)
    changes = table.take(visit(1800))
    (arrived,) = (n for n in table.nodes.values() if n.node.kind is NodeKind.ARRIVED)
    assert (arrived.node.source, arrived.node.actual) == (Source.PERSON, T)
    assert arrived.node.conflict  # half an hour apart
    assert arrived.node.visit == changes.visits[0].id


def test_an_unconfirmed_fence_makes_provisional_nodes() -> None:
    FENCES[5, 1] = FENCES[5, 0] = fence(5, confidence=Confidence.GEOCODED)
    (made,) = Table().take(visit(0, fence=5)).nodes
    assert made.node.provisional


def test_what_is_found_far_behind_the_newest_fix_is_backfilled() -> None:
    for ahead, told in ((599.0, False), (601.0, True)):
        (made,) = Table().take(visit(0), edge=T + 120 + ahead).nodes
        assert made.node.backfilled is told


def test_a_version_of_a_fence_that_is_no_more_stands_for_its_last() -> None:
    (made,) = Table().take(visit(0, version=9)).nodes
    assert (made.node.site, made.node.fence_version) == (10, 9)


def test_nodes_of_a_fence_that_never_was_stay_until_the_repair_of_that_edit() -> None:
    table = Table()
    table.take(visit(0))
    closed = visit(0, state=VisitState.CLOSED, settled=T + 3600)
    (kept,) = table.visits.values()
    nodes = list(table.nodes.values())
    changes = reconcile([Found(0, (closed,))], [kept], nodes, {}, lambda: "new")
    assert [each.visit.state for each in changes.visits] == [VisitState.CLOSED]
    assert changes.nodes == ()


stays = st.lists(
    st.tuples(st.integers(0, 200), st.integers(1, 50), st.sampled_from([1, 2])), max_size=6
)


def as_visits(stays: Iterable[tuple[int, int, int]]) -> list[Visit]:
    """Stays of one fence one after the other, as an engine finds them."""
    ends: dict[int, int] = {}
    found = []
    for start, length, key in sorted(stays):
        begin = max(start, ends.get(key, -1) + 1)
        ends[key] = begin + length
        found.append(visit(begin * 60.0, (begin + length) * 60.0, fence=key))
    return found


@given(stays, stays)
def test_after_any_change_the_record_says_what_the_visits_say_and_repeating_says_nothing(
    before: list[tuple[int, int, int]], after: list[tuple[int, int, int]]
) -> None:
    table = Table()
    table.take(*as_visits(before))
    now = as_visits(after)
    table.take(*now)
    valid = sorted(
        (n.node.fence, n.node.kind, n.node.actual) for n in table.nodes.values() if n.node.valid
    )
    expected = [(v.fence, NodeKind.ARRIVED, v.entry.time) for v in now]
    expected += [(v.fence, NodeKind.DEPARTED, v.exit.time) for v in now if v.exit]
    assert valid == sorted(expected)
    assert table.take(*now) == Changes()
    assert sorted(k.visit.entry.time for k in table.visits.values()) == sorted(
        v.entry.time for v in now
    )


@given(stays, stays)
def test_each_visit_is_matched_at_most_once_and_only_with_one_of_its_fence(
    before: list[tuple[int, int, int]], after: list[tuple[int, int, int]]
) -> None:
    old, new = as_visits(before), as_visits(after)
    pairs, left = match(old, new)
    taken = [row for row, _ in pairs if row is not None]
    assert sorted([*taken, *left]) == list(range(len(old)))
    assert all(row is None or old[row].fence == v.fence for row, v in pairs)


def test_a_node_is_its_visit_seen_by_people() -> None:
    node: Node = Table().take(visit(0)).nodes[0].node
    assert node.evidence == ((7, T - 5), (7, T + 5))
    assert node.source is Source.GPS
