"""From visits to nodes: what has to be written so that the record says what the fixes show.

``reconcile`` compares the visits that a fold has found with those that are kept, and the
nodes that follow from them with the versions that hold.  The same visits give no writes, so
that it can be run as often as one likes: after every batch, after every repair.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite, isnan, nan
from typing import TypeVar

from fleet.fences import FenceVersion, StopRule
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

#: By fence and version: what a visit's fence was.
Fences = Mapping[tuple[int, int], FenceVersion]


@dataclass(frozen=True, slots=True)
class Rules:
    """How loudly a node changes."""

    silent: float = 60.0  #: s; a time that moves no further is nobody's news
    conflict: float = 900.0  #: s; a person and the fixes may differ by as much
    attach: float = 6 * 3600.0  #: s; a person's node is of the nearest visit not further off
    fresh: float = 600.0  #: s behind the newest fix; found further back, a node is no news


@dataclass(frozen=True, slots=True)
class Found:
    """What a fold says of one vehicle."""

    vehicle: int  #: row in the world
    visits: tuple[Visit, ...]  #: all that may differ from what is kept
    edge: float = -inf  #: newest fix of the vehicle before a repair; in order: -inf
    #: s; the fold began here, in the middle of history, without a memory; -inf: it had one
    begun: float = -inf


def reconcile(
    found: Iterable[Found],
    visits: Sequence[KeptVisit],
    nodes: Sequence[KeptNode],
    fences: Fences,
    new_id: Callable[[], str],
    rules: Rules | None = None,
) -> Changes:
    """What to write about the vehicles ``found``.

    Args:
        found: each vehicle once.
        visits: what is kept of them that can still change: every kept visit that one of
            ``found`` may stand for.
        nodes: the latest version of each node of these visits, and a person's nodes of these
            vehicles that no visit stands behind.
        fences: by fence and version, and by fence and 0 one of its versions, for those that
            an edit of the past has replaced since.  Of a fence that, by such an edit, never
            was, there is none: nodes of visits that still speak of it stay as they are.
        new_id: draws an id for a new visit or node.
        rules: thresholds.
    """
    by_vehicle = _grouped(visits, lambda kept: kept.vehicle)
    nodes_by = _grouped(nodes, lambda kept: kept.node.vehicle)
    writes: list[KeptVisit] = []
    gone: list[str] = []
    versions: list[KeptNode] = []
    for each in found:
        kept = by_vehicle.get(each.vehicle, [])
        pairs, left = match([k.visit for k in kept], each.visits)
        record = _Record(nodes_by.get(each.vehicle, []), each, fences, new_id, rules or Rules())
        for row in left:
            gone.append(kept[row].id)
            record.drop(kept[row].id)
        now: list[tuple[str, Visit]] = []
        for match_row, visit in pairs:
            before = None if match_row is None else kept[match_row]
            after = visit if before is None else as_it_was_entered(before.visit, visit, each.begun)
            number = new_id() if before is None else before.id
            if before is None or not _equal(before.visit, after):
                writes.append(KeptVisit(number, each.vehicle, after))
            now.append((number, after))
        record.claim(now)
        for number, visit in now:
            record.follow(number, visit)
        versions += record.versions
    versions.sort(key=lambda kept: (kept.node.vehicle, kept.node.actual))
    return Changes(tuple(writes), tuple(gone), tuple(versions))


def match(
    before: Sequence[Visit], after: Sequence[Visit]
) -> tuple[list[tuple[int | None, Visit]], list[int]]:
    """Which of the visits ``before`` each of ``after`` is.

    Visits of one fence are matched by greatest overlap of their intervals, ties by start.

    Returns:
        ``after`` in order of start, each with the index of its match or None; and the
        indices of ``before`` that match nothing.
    """
    ends = [_end(visit) for visit in (*before, *after)]
    last = max((end for end in ends if isfinite(end)), default=0.0)
    last = max([last, *(visit.entry.time for visit in (*before, *after))]) + 1.0
    pairs = []
    by_fence = _grouped(range(len(before)), lambda i: before[i].fence)
    for j, new in enumerate(after):
        for i in by_fence.get(new.fence, []):
            old = before[i]
            overlap = min(_end(old), _end(new), last) - max(old.entry.time, new.entry.time)
            if overlap >= 0:
                apart = abs(old.entry.time - new.entry.time)
                pairs.append((-overlap, apart, old.entry.time, new.entry.time, i, j))
    taken: dict[int, int] = {}  # after -> before
    used: set[int] = set()
    for *_, i, j in sorted(pairs):
        if i not in used and j not in taken:
            taken[j] = i
            used.add(i)
    order = sorted(range(len(after)), key=lambda j: (after[j].entry.time, after[j].fence))
    return [(taken.get(j), after[j]) for j in order], [
        i for i in range(len(before)) if i not in used
    ]


def are_same(before: Sequence[Visit], after: Sequence[Visit]) -> bool:
    """Whether they are the same visits in the same order, and nothing is new about any."""
    return len(before) == len(after) and all(map(_equal, before, after))


def ends(visit: Visit, fence: FenceVersion) -> dict[NodeKind, Crossing]:
    """The nodes that a visit proves, with the crossing that each is."""
    if not fence.terms.node_level or visit.yielded_to:
        return {}
    if visit.state is VisitState.PASSED:
        return {NodeKind.PASSED: visit.entry} if fence.terms.stop_rule is StopRule.PASS else {}
    if isnan(visit.arrived):
        return {}
    proved = {NodeKind.ARRIVED: visit.entry}
    if visit.state is VisitState.DEPARTED and visit.exit is not None:
        proved[NodeKind.DEPARTED] = visit.exit
    return proved


class _Record:
    """The nodes of one vehicle, and their new versions."""

    def __init__(
        self,
        nodes: Sequence[KeptNode],
        found: Found,
        fences: Fences,
        new_id: Callable[[], str],
        rules: Rules,
    ) -> None:
        self._found, self._fences, self._new_id, self._rules = found, fences, new_id, rules
        self._of = {(n.node.visit, n.node.kind): n for n in nodes if n.node.visit and _holds(n)}
        self._alone = [n for n in nodes if not n.node.visit and n.node.valid]
        self._left: list[KeptNode] = []  # of people, whose visit was none
        self.versions: list[KeptNode] = []

    def drop(self, visit: str) -> None:
        """The visit was none; to be told of all that were before ``claim``."""
        for kind in NodeKind:
            if (kept := self._of.get((visit, kind))) is None:
                continue
            if kept.node.source is Source.PERSON and kept.node.valid:
                self._left.append(kept)
            else:
                self._vanish(kept, Cause.RETRACTED)

    def claim(self, visits: Sequence[tuple[str, Visit]]) -> None:
        """Let the nodes of people that nobody stands behind find their visits, nearest first."""
        waiting = [*self._alone, *self._left]
        if not waiting:
            return
        pairs = [
            (apart, said.actual, kept.id, kept, said)
            for said in self._unclaimed(visits)
            for kept in waiting
            if (kept.node.site, kept.node.kind) == (said.site, said.kind)
            and (apart := abs(kept.node.actual - said.actual)) <= self._rules.attach
        ]
        taken: set[str] = set()
        for *_, kept, said in sorted(pairs, key=lambda pair: pair[:3]):
            if kept.id not in taken and (said.visit, said.kind) not in self._of:
                taken.add(kept.id)
                self._of[said.visit, said.kind] = kept
        for kept in self._left:
            if kept.id not in taken:
                self._vanish(kept, Cause.RETRACTED)

    def _unclaimed(self, visits: Sequence[tuple[str, Visit]]) -> Iterator[Node]:
        """What the fixes say for the first time."""
        for number, visit in visits:
            fence = self._fence(visit.fence, visit.version)
            for kind, crossing in ends(visit, fence).items() if fence else ():
                if (number, kind) not in self._of:
                    yield self._say(number, visit, kind, crossing)

    def follow(self, number: str, visit: Visit) -> None:
        """Bring the nodes of one visit up to what it says."""
        fence = self._fence(visit.fence, visit.version)
        if fence is None:  # gone for good: the repair of that edit decides, as far as it reaches
            return
        proved = ends(visit, fence)
        for kind in NodeKind:
            kept = self._of.get((number, kind))
            crossing = proved.get(kind)
            if crossing is None:
                if kept is not None:
                    merged = kind is NodeKind.DEPARTED and not visit.yielded_to
                    self._vanish(kept, Cause.MERGED if merged else Cause.RETRACTED)
                continue
            said = self._say(number, visit, kind, crossing)
            if kept is None:
                self.versions.append(KeptNode(self._new_id(), 1, said))
            elif kept.node.source is Source.PERSON:
                self._compare(kept, said)
            else:
                self._move(kept, said)

    def _fence(self, fence: int, version: int) -> FenceVersion | None:
        return self._fences.get((fence, version)) or self._fences.get((fence, 0))

    def _say(self, number: str, visit: Visit, kind: NodeKind, crossing: Crossing) -> Node:
        version = visit.left_version if kind is NodeKind.DEPARTED else visit.version
        fence = self._fence(visit.fence, version)
        assert fence is not None, "else nobody would have asked"  # noqa: S101 - for mypy
        confirmed = visit.departed if kind is NodeKind.DEPARTED else visit.arrived
        if kind is NodeKind.PASSED:
            confirmed = visit.settled
        return Node(
            vehicle=self._found.vehicle,
            site=fence.site,
            fence=visit.fence,
            fence_version=version,
            visit=number,
            kind=kind,
            valid=True,
            actual=crossing.time,
            earliest=crossing.earliest,
            latest=crossing.latest,
            stopped=visit.stopped if kind is NodeKind.ARRIVED else nan,
            confirmed=confirmed,
            basis=crossing.basis,
            source=Source.GPS,
            evidence=crossing.evidence,
            cause=Cause.FIRST,
            provisional=fence.terms.confidence.is_provisional,
            near_fence=crossing.basis is Basis.NEAR_FENCE,
            backfilled=confirmed < self._found.edge - self._rules.fresh,
        )

    def _move(self, kept: KeptNode, said: Node) -> None:
        """A new version of the machine's own node, where it says something else."""
        old = kept.node
        like = replace(said, cause=old.cause, was=old.was, backfilled=old.backfilled)
        if _same(like, old):
            return
        moved = abs(said.actual - old.actual)
        cause = Cause.CORRECTED if moved > self._rules.silent else Cause.UPDATED
        was = old.actual if moved > 0 else nan
        carried = replace(
            said,
            cause=cause,
            was=was,
            backfilled=old.backfilled,
            planned=old.planned,
            estimated=old.estimated,
            note=old.note,
        )
        self.versions.append(KeptNode(kept.id, kept.version + 1, carried))

    def _compare(self, kept: KeptNode, said: Node) -> None:
        """A person's word stands; say so where the fixes differ by much, or no longer do."""
        old = kept.node
        apart = old.valid and abs(said.actual - old.actual) > self._rules.conflict
        machine = said.actual if apart else nan
        same = old.visit == said.visit and old.conflict == apart
        if same and not abs(machine - old.machine) > self._rules.silent:
            return
        cause = Cause.CONFLICT if apart and not old.conflict else Cause.UPDATED
        # Still the person's: only what the fixes add is new.
        after = replace(
            old,
            visit=said.visit,
            fence=said.fence,
            fence_version=said.fence_version,
            conflict=apart,
            machine=machine,
            cause=cause,
            was=nan,
        )
        self.versions.append(KeptNode(kept.id, kept.version + 1, after))

    def _vanish(self, kept: KeptNode, cause: Cause) -> None:
        """The fixes no longer show it."""
        old = kept.node
        if old.source is Source.PERSON:
            if not old.valid and cause is not Cause.RETRACTED:
                return
            # It waits for another visit; a merged departure keeps its visit, which goes on.
            visit = "" if cause is Cause.RETRACTED else old.visit
            if visit == old.visit and old.conflict and isnan(old.machine):
                return
            after = replace(
                old, visit=visit, conflict=old.valid, machine=nan, cause=Cause.CONFLICT, was=nan
            )
        else:
            after = replace(old, valid=False, cause=cause, was=nan)
        self.versions.append(KeptNode(kept.id, kept.version + 1, after))


def _holds(kept: KeptNode) -> bool:
    """Whether it speaks for its visit: it is valid, or a person said that it did not occur."""
    return kept.node.valid or kept.node.source is Source.PERSON


def as_it_was_entered(known: Visit, visit: Visit, begun: float) -> Visit:
    """``visit`` with what is ``known`` of its arrival, where the fold began after that, blind."""
    began_inside = isnan(visit.entry.earliest) and known.entry.time <= begun
    if not began_inside or isnan(visit.arrived) or isnan(known.arrived):
        return visit
    return replace(
        visit,
        entry=known.entry,
        version=known.version,
        stopped=known.stopped,
        arrived=known.arrived,
        flaps=known.flaps,
        yielded_to=known.yielded_to,
    )


def _end(visit: Visit) -> float:
    if visit.exit is not None and visit.state is not VisitState.LEAVING:
        return visit.exit.time
    return visit.settled


def _same(one: Node, other: Node) -> bool:
    """Whether two versions say the same."""
    return _alike(_fields(one), _fields(other))


def _equal(one: Visit, other: Visit) -> bool:
    """Whether two visits are the same."""
    return _alike(_flat(one), _flat(other))


def _alike(one: Iterable[object], other: Iterable[object]) -> bool:
    """Whether all values are equal; unknown equals unknown."""
    values = zip(one, other, strict=True)
    return all(a == b or (a != a and b != b) for a, b in values)  # noqa: PLR0124 - NaN


def _flat(visit: Visit) -> tuple[object, ...]:
    values = tuple(getattr(visit, name) for name in _VISIT)
    ends = (visit.entry, visit.exit)
    return values + tuple(
        None if end is None else getattr(end, name) for end in ends for name in _CROSSING
    )


_VISIT = tuple(name for name in Visit.__slots__ if name not in ("entry", "exit"))
_CROSSING = Crossing.__slots__


def _fields(node: Node) -> tuple[object, ...]:
    """What a machine's node says by itself."""
    return (
        *(node.site, node.fence, node.fence_version, node.visit, node.kind, node.valid),
        *(node.actual, node.earliest, node.latest, node.stopped, node.confirmed, node.basis),
        *(node.evidence, node.provisional, node.near_fence),
    )


_Item = TypeVar("_Item")


def _grouped(items: Iterable[_Item], key: Callable[[_Item], int]) -> dict[int, list[_Item]]:
    groups: dict[int, list[_Item]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups
