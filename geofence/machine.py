"""The machine of one vehicle at one fence: what a fix changes.

``NEXT`` is the whole of it: a state, what a fix says there (``Seen``), and the state after.
A pair that is not in the table changes nothing.  What is remembered on the way (times, counts,
the two ends) is kept by the functions below; which fence version judges is for the caller.

Evidence comes from the index: IN, OUT, or AMBIGUOUS, which decides nothing and breaks nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, auto
from math import inf, isfinite, isnan, nan

from fleet.fences import FenceTerms, StopRule
from fleet.geo import distance_of
from fleet.nodes import Crossing, Evidence, Visit, VisitState
from geofence.ends import Fix, Look, Rules, Segment
from geofence.index import Side
from geofence.memory import BASES, Edge, Machine, Phase


class Seen(IntEnum):
    """What a fix says, weighed against what its machine remembers."""

    NOTHING = auto()
    IN = auto()  #: inside
    ENOUGH = auto()  #: inside, and that makes an arrival
    BESIDE = auto()  #: it has stood beside the outline for long, and is expected
    AWAY = auto()  #: not at the outline any more, and never surely inside
    THROUGH = auto()  #: the same, but on the way it was surely inside
    OUT = auto()  #: outside; perhaps noise
    GONE = auto()  #: outside beyond doubt
    OVER = auto()  #: away for too long, or too far, to have merely gone round the block


NEXT: dict[tuple[Phase, Seen], Phase] = {
    (Phase.NEAR, Seen.IN): Phase.ENTERING,
    (Phase.NEAR, Seen.ENOUGH): Phase.ARRIVED,
    (Phase.NEAR, Seen.BESIDE): Phase.ARRIVED,
    (Phase.NEAR, Seen.AWAY): Phase.NOTHING,
    (Phase.NEAR, Seen.THROUGH): Phase.PASSED,
    (Phase.ENTERING, Seen.ENOUGH): Phase.ARRIVED,
    (Phase.ENTERING, Seen.OUT): Phase.WAVERING,
    (Phase.ENTERING, Seen.GONE): Phase.PASSED,
    (Phase.WAVERING, Seen.IN): Phase.ENTERING,
    (Phase.WAVERING, Seen.ENOUGH): Phase.ARRIVED,
    (Phase.WAVERING, Seen.GONE): Phase.PASSED,
    (Phase.ARRIVED, Seen.OUT): Phase.LEAVING,
    (Phase.ARRIVED, Seen.GONE): Phase.DEPARTED,
    (Phase.LEAVING, Seen.IN): Phase.ARRIVED,
    (Phase.LEAVING, Seen.GONE): Phase.DEPARTED,
    (Phase.DEPARTED, Seen.IN): Phase.ARRIVED,
    (Phase.DEPARTED, Seen.OVER): Phase.SETTLED,
}

#: Changes that take back a leave.
_RETURNS = {
    (Phase.WAVERING, Phase.ENTERING),
    (Phase.WAVERING, Phase.ARRIVED),
    (Phase.LEAVING, Phase.ARRIVED),
    (Phase.DEPARTED, Phase.ARRIVED),
}
_HELD = (Phase.ENTERING, Phase.WAVERING, Phase.ARRIVED, Phase.LEAVING)
_BEFORE_ARRIVAL = (Phase.NEAR, Phase.ENTERING, Phase.WAVERING)
_MAY_COME_IN = (Phase.NEAR, Phase.LEAVING, Phase.DEPARTED)


@dataclass(frozen=True, slots=True)
class Step(Segment):
    """One fix that decides, at one fence."""

    stand: float  #: the name of the standstill that ``fix`` is part of; NaN: it moves

    def take(self, machine: Machine) -> None:
        """Move the machine on."""
        self._mark_ends(machine)
        self._go(machine, self._weigh(machine))
        if machine.phase is Phase.DEPARTED and self._is_over(machine):
            self._go(machine, Seen.OVER)
        machine.inside = self.look.inside
        machine.judged = self.version.version

    # What the fix says.

    def _weigh(self, machine: Machine) -> Seen:
        look, phase = self.look, machine.phase
        if look.side is Side.IN or (machine.beside and look.near):
            return self._weigh_in(machine)
        if phase is Phase.NEAR:
            return self._weigh_near(machine)
        if look.side is not Side.OUT or phase is Phase.DEPARTED:
            return Seen.NOTHING
        machine.outs += 1
        if machine.outs == 1:
            machine.first_out = self.fix.time
        return Seen.GONE if has_left(machine, self) or self._is_far() else Seen.OUT

    def _weigh_in(self, machine: Machine) -> Seen:
        if machine.phase is Phase.DEPARTED:
            return Seen.NOTHING if self._is_over(machine) else Seen.IN
        if machine.phase not in _BEFORE_ARRIVAL:
            return Seen.IN
        if not machine.ins:
            machine.first_in = self.fix.time
            machine.first_lon, machine.first_lat = self.fix.lon, self.fix.lat
        machine.ins = _counted(machine.ins, self.rules)
        stands = isfinite(self.stand) or isfinite(machine.stand)
        arrived = has_arrived(machine, self.fix, self.version.terms, self.rules, stands=stands)
        return Seen.ENOUGH if arrived else Seen.IN

    def _weigh_near(self, machine: Machine) -> Seen:
        look, near = self.look, machine.near
        if near is not None and look.near:
            since = max(self.fix.stood, near.time)  # NaN stays NaN: it moves
            if self.fix.stood <= self.fix.time and self.fix.time - since >= self.rules.near_stand:
                return Seen.BESIDE
        if machine.leave is not None:
            return Seen.THROUGH
        return Seen.NOTHING if look.inside or look.near else Seen.AWAY

    def _is_far(self) -> bool:
        far = max(self.rules.far, self.rules.far_margins * self.version.terms.margin)
        return self.is_beyond(far)

    def _is_over(self, machine: Machine) -> bool:
        assert machine.leave is not None, "it has departed"  # noqa: S101 - for the type checker
        if self.fix.time - machine.leave.time > self.rules.merge:
            return True
        return self.look.side is Side.OUT and self.is_beyond(self.rules.merge_reach)

    # What it changes.

    def _go(self, machine: Machine, seen: Seen) -> None:
        was = machine.phase
        machine.phase = NEXT.get((was, seen), was)
        if (was, machine.phase) in _RETURNS:
            machine.flaps += 1
            machine.departed = nan
        if seen in (Seen.IN, Seen.ENOUGH):
            self._be_inside(machine)
        elif seen is Seen.BESIDE:
            self._be_beside(machine)
        if machine.phase in (Phase.DEPARTED, Phase.PASSED) and machine.phase is not was:
            machine.departed, machine.departed_device = self.fix.time, self.fix.device
            machine.came = None

    def _be_inside(self, machine: Machine) -> None:
        if machine.beside:
            self._be_inside_at_last(machine)
        elif machine.entry is None:
            machine.entry = machine.came
        if not machine.beside:
            machine.came = None
        machine.near = machine.leave = None
        machine.outs, machine.first_out = 0, nan
        if machine.phase is Phase.ARRIVED and isnan(machine.arrived):
            machine.arrived, machine.arrived_device = self.fix.time, self.fix.device
        if isfinite(self.stand) and isnan(machine.stand) and machine.entry is not None:
            machine.stand = self.stand
            machine.stopped = max(self.fix.stood, machine.entry.time)

    def _be_inside_at_last(self, machine: Machine) -> None:
        """It stood beside the outline; if by now it is inside to stay, it arrived when it came in.

        Not while it stands there still, nor for a fix or two: that is noise.
        """
        if self.look.side is not Side.IN or self.stand == machine.stand:
            machine.ins = 0
            return
        machine.ins += 1
        if machine.ins == 1:
            machine.first_in = self.fix.time
        span = self.fix.time - machine.first_in
        if machine.ins >= self.rules.min_fixes and span >= self.version.terms.dwell_in:
            machine.entry, machine.beside = machine.came, False
            machine.arrived = machine.stand = machine.stopped = nan

    def _be_beside(self, machine: Machine) -> None:
        assert machine.near is not None, "or it had not been weighed so"  # noqa: S101 - likewise
        since = max(self.fix.stood, machine.near.time)
        machine.entry = machine.near._replace(time=since, latest=since)
        machine.beside, machine.near, machine.leave = True, None, None
        machine.stand, machine.stopped = self.stand, since
        machine.arrived, machine.arrived_device = self.fix.time, self.fix.device

    # Where it came in and went out.

    def _mark_ends(self, machine: Machine) -> None:
        """Remember the crossings on the segment that ends at this fix."""
        if self.look.inside and not machine.inside:
            if machine.phase in _MAY_COME_IN or machine.beside:
                machine.came = self.way_in()
                machine.deep = machine.phase is Phase.NEAR and self.was_deep(machine.came)
        elif machine.inside and not self.look.inside:
            self._mark_way_out(machine)
        elif machine.inside and machine.phase is Phase.NEAR and not machine.deep:
            machine.deep = self.was_deep_between()
        if machine.phase is Phase.NEAR:
            machine.near = (machine.near or self.near_since()) if self.look.near else None
        if machine.beside and self.look.side is Side.OUT and machine.leave is None:
            machine.leave = self.last_beside()

    def _mark_way_out(self, machine: Machine) -> None:
        if machine.phase is Phase.NEAR:
            out = self.way_out()
            came, machine.came = machine.came, None
            deep = machine.deep or self.was_deep(out)
            if deep and came is not None and not (came.is_bounded or out.is_bounded):
                machine.entry, machine.leave = came, out
            machine.deep = False
        elif machine.phase in _MAY_COME_IN or machine.beside:
            machine.came = None
        elif machine.leave is None:
            machine.leave = self.way_out()


def _counted(ins: int, rules: Rules) -> int:
    """One more fix inside; more than it takes are not counted, so that they change nothing."""
    return min(ins + 1, max(rules.min_fixes, 1))


def can_arrive(machine: Machine, terms: FenceTerms, rules: Rules) -> float:
    """When a vehicle that is entering and does not stand may have arrived; inf: never."""
    if terms.stop_rule is not StopRule.STAY:
        return inf
    return machine.first_in + max(rules.stay, terms.dwell_in)


def has_arrived(
    machine: Machine, fix: Fix, terms: FenceTerms, rules: Rules, *, stands: bool
) -> bool:
    """Whether the fix, which is inside and counted, makes an arrival."""
    span = fix.time - machine.first_in
    if terms.stop_rule is StopRule.PASS or machine.ins < rules.min_fixes or span < terms.dwell_in:
        return False
    if stands or terms.stop_rule is StopRule.STAND:
        return stands
    if span < rules.stay:
        return False
    way = distance_of(machine.first_lon, machine.first_lat, fix.lon, fix.lat)
    return way <= rules.pass_speed * span


def rests(machine: Machine, rules: Rules) -> bool:
    """Whether another fix inside changes nothing; if it is entering, as long as it moves."""
    if not machine.inside or machine.beside or machine.leave is not None:
        return False
    if machine.phase is Phase.ENTERING:
        return machine.ins >= rules.min_fixes and isnan(machine.stand)
    return machine.phase is Phase.ARRIVED and isfinite(machine.stand)


def is_told(machine: Machine, fix: Fix, look: Look, terms: FenceTerms, rules: Rules) -> bool:
    """Whether a fix that decides changes nothing; if in doubt it does.

    A shortcut past ``Step.take`` for what most fixes say; ``look`` is of the version that has
    judged the machine.
    """
    if machine.phase not in _HELD or machine.beside or look.inside != machine.inside:
        return False
    if look.side is not Side.IN:
        return look.side is Side.AMBIGUOUS
    news = machine.outs or machine.came is not None or machine.near is not None
    if news or not rests(machine, rules):
        return False
    if machine.phase is Phase.ARRIVED:
        return isfinite(machine.arrived)
    if machine.ins < 1 or isfinite(fix.stood):
        return False
    return not has_arrived(machine, fix, terms, rules, stands=False)


def has_left(machine: Machine, step: Step) -> bool:
    """Whether the fix, which is outside and counted, makes a departure."""
    span = step.fix.time - machine.first_out
    return machine.outs >= step.rules.min_fixes and span >= step.version.terms.dwell_out


def confirm(machine: Machine, step: Step) -> None:
    """A fix that does not decide may only say once more what holds already."""
    fix, side = step.fix, step.look.side
    if side is Side.IN and machine.phase is Phase.ENTERING:
        machine.ins = _counted(machine.ins, step.rules)
        stands = isfinite(machine.stand)
        if has_arrived(machine, fix, step.version.terms, step.rules, stands=stands):
            machine.phase = Phase.ARRIVED
            machine.arrived, machine.arrived_device = fix.time, fix.device
    elif side is Side.OUT and machine.phase in (Phase.WAVERING, Phase.LEAVING):
        machine.outs += 1
        if has_left(machine, step):
            machine.phase = NEXT[machine.phase, Seen.GONE]
            machine.departed, machine.departed_device = fix.time, fix.device


def resume(machine: Machine, known: Visit) -> None:
    """Take over the arrival of ``known``: the machine was begun in the middle of that visit."""
    entry = known.entry
    confirmed = [fix for fix in entry.evidence if fix[1] == known.arrived]
    beside = [fix for fix in entry.evidence if fix[1] != known.arrived] or confirmed
    before, after = (beside[0] if len(beside) > 1 else (0, nan)), beside[-1]
    machine.entry = Edge(
        *(entry.time, entry.earliest, entry.latest, BASES.index(entry.basis), known.version),
        *before,
        *after,
    )
    machine.arrived, machine.stopped = known.arrived, known.stopped
    machine.arrived_device = confirmed[0][0] if confirmed else machine.arrived_device
    machine.flaps, machine.yielded_to = known.flaps, known.yielded_to


_STATES = {
    Phase.ENTERING: VisitState.ENTERING,
    Phase.WAVERING: VisitState.ENTERING,
    Phase.ARRIVED: VisitState.ARRIVED,
    Phase.LEAVING: VisitState.LEAVING,
    Phase.DEPARTED: VisitState.DEPARTED,
    Phase.PASSED: VisitState.PASSED,
    Phase.SETTLED: VisitState.DEPARTED,
    Phase.CLOSED: VisitState.CLOSED,
}
_LEFT = (Phase.LEAVING, Phase.DEPARTED, Phase.SETTLED, Phase.PASSED)


def visit_of(machine: Machine, settled: float = inf) -> Visit | None:
    """The visit that the machine stands for; None: it is none (yet)."""
    state = _STATES.get(machine.phase)
    if state is None or machine.entry is None:
        return None
    leave = machine.leave if machine.phase in _LEFT else None
    departed = machine.departed if state is VisitState.DEPARTED else nan
    return Visit(
        fence=machine.fence,
        version=machine.entry.version,
        state=state,
        entry=crossing(machine.entry, (machine.arrived_device, machine.arrived)),
        exit=leave and crossing(leave, (machine.departed_device, machine.departed)),
        left_version=leave.version if leave else 0,
        stopped=machine.stopped,
        arrived=machine.arrived,
        departed=departed,
        flaps=machine.flaps,
        yielded_to=machine.yielded_to,
        settled=settled,
    )


def crossing(edge: Edge, confirmed: Evidence) -> Crossing:
    """One end with its evidence: the fixes on both sides, and the one that confirms."""
    fixes = {(edge.before_device, edge.before), (edge.after_device, edge.after), confirmed}
    known = sorted((fix for fix in fixes if not isnan(fix[1])), key=lambda fix: (fix[1], fix[0]))
    return Crossing(edge.time, edge.earliest, edge.latest, BASES[edge.basis], tuple(known))
