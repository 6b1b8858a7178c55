"""One vehicle, fix by fix: its machines, and what concerns several of them at once.

Here are the rules that no single fence can decide: which version of a fence judges, that the
inside of a fence is inside its parent, which fence a standstill is allotted to, fences jumped
between two fixes, and places where it may have been while it was silent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from math import inf, isfinite, isnan, nan

import numpy as np

from fleet.fences import Expected, FenceVersion, Outline
from fleet.geo import distance_of
from fleet.nodes import Visit
from geofence.ends import Fix, Look, Rules, Spot
from geofence.index import Side
from geofence.machine import Step, can_arrive, confirm, is_told, rests, visit_of
from geofence.memory import Machine, Phase
from geofence.outline import area, centre
from geofence.silence import Grounds, may_stop_at, unverified

#: A pair of the index: slot, evidence, inside, crossed.
Pair = tuple[int, int, bool, bool]

_SIDES = {int(side): side for side in Side}
_SAME_STAND = 100.0  #: m; twice the spread of one standstill: begun anew there by noise, it is one


class Vehicle:
    """What is remembered of one vehicle, unpacked, while its fixes are taken."""

    def __init__(
        self,
        place: np.void,
        machines: Iterable[Machine],
        ground: Grounds,
        rules: Rules,
        expected: tuple[Expected, ...],
    ) -> None:
        self._ground, self._rules, self._expected = ground, rules, expected
        self._machines = {machine.fence: machine for machine in machines}  # ascending
        self._mine: set[int] = set()  # fences of the machines that are copied, and may be changed
        self._slots: dict[int, int] = {}  # by fence: of a version that may have judged the machine
        self._restless: bool | None = None  # not known since the last fix
        self._ended: list[Visit] = []
        known = tuple(place.item())
        self.newest = known[0]
        self._last = Spot(int(known[4]), known[1], known[2], known[3])
        self.until, self._moving = float(known[6]), bool(known[7])
        self.stood, self._stand, self._stand_lon, self._stand_lat = known[9:]

    @property
    def machines(self) -> tuple[Machine, ...]:
        """Those that are open now, by fence."""
        return tuple(machine for _, machine in sorted(self._machines.items()))

    @property
    def visits(self) -> tuple[Visit, ...]:
        """Those that were open, or have been since, as they stand now; in order of entry."""
        known = self._ended.copy()
        for fence, machine in self._machines.items():
            if machine.shown is None or fence in self._mine:
                machine.shown = visit_of(machine)
            if machine.shown is not None:
                known.append(machine.shown)
        known.sort(key=lambda visit: (visit.entry.time, visit.fence))
        return tuple(known)

    def place(self, signature: int) -> tuple[float, ...]:
        """The row of ``PLACE``."""
        last = self._last
        restless = self.is_restless()
        return (
            self.newest, last.time, last.lon, last.lat, last.device,
            restless, self.until, self._moving, signature,
            self.stood, self._stand, self._stand_lon, self._stand_lat,
        )  # fmt: skip

    def rests_in(self) -> tuple[tuple[int, int], ...]:
        """Fence and version of the machines that another fix inside does not change."""
        rules = self._rules
        return tuple((m.fence, m.judged) for m in self._machines.values() if rests(m, rules))

    def is_news(self, fix: Fix, inside: int, rests: int) -> bool:
        """Whether a fix says something else than that it rests where it did (signatures)."""
        if inside != rests:
            return True
        return rests != 0 and isfinite(fix.stood) and (self._moving or fix.stood != self.stood)

    def pass_by(self, spot: Spot | None, newest: float) -> None:
        """Fixes up to ``newest`` that change nothing; ``spot`` is the last that decides."""
        self.newest, self._restless = newest, None
        self._last = spot or self._last

    def take(self, fix: Fix, pairs: Sequence[Pair]) -> None:
        """The next fix in event order, and what the index says of it."""
        self.newest, self._restless = fix.time, None
        if not self._machines and not pairs and not self._expected:
            if fix.decides:
                self._last = Spot(*fix[:4])
            return
        looks = self._looks(fix, pairs)
        if fix.decides:
            self._decide(fix, looks)
            self._last = Spot(*fix[:4])
        else:
            self._confirm(fix, looks)

    # Evidence.

    def _looks(self, fix: Fix, pairs: Sequence[Pair]) -> dict[int, Look]:
        """By fence; a fence that is not there is OUT."""
        looks: dict[int, Look] = {}
        for slot, side, inside, crossed in pairs:
            version = self._ground.versions[slot]
            near = self._is_near(version, slot, fix)
            looks[version.fence] = Look(slot, _SIDES[side], inside, near, crossed)
        for look in [look for look in looks.values() if look.side is Side.IN]:
            if self._ground.versions[look.slot].parent:
                self._lift(look, fix, looks)
        return looks

    def _is_near(self, version: FenceVersion, slot: int, fix: Fix) -> bool:
        machine = self._machines.get(version.fence)
        if not (machine is not None and machine.beside) and not self._expects(version, fix.time):
            return False
        return self._ground.distance(slot, fix.lon, fix.lat) <= version.terms.margin

    def _expects(self, version: FenceVersion, time: float) -> bool:
        """Whether it is expected at a fence where it is to stop."""
        if not self._expected or not may_stop_at(version):
            return False
        return any(
            each.site == version.site and each.valid_from <= time < each.valid_to
            for each in self._expected
        )

    def _lift(self, look: Look, fix: Fix, looks: dict[int, Look]) -> None:
        """Inside a fence is inside all that it lies in."""
        for parent in self._above(self._ground.versions[look.slot], fix.time):
            slot = self._ground.slot_at(parent, fix.time)
            near = parent in looks and looks[parent].near
            looks[parent] = Look(slot, Side.IN, inside=True, near=near)

    def _above(self, version: FenceVersion, time: float) -> list[int]:
        """Keys of the fences that it lies in at that time, the innermost first."""
        found: list[int] = []
        while version.parent and version.parent not in found:
            slot = self._ground.slot_at(version.parent, time)
            if slot < 0:
                break
            found.append(version.parent)
            version = self._ground.versions[slot]
        return found

    def _judging(self, machine: Machine, fix: Fix, look: Look | None) -> Look | None:
        """What judges a machine: its own version as long as that lasts; None: nothing does.

        An edit round a vehicle is no departure: only what the old version calls outside is.
        """
        ground = self._ground
        slot = ground.slot_at(machine.fence, fix.time)
        if look is None and slot >= 0:
            look = Look(slot, Side.OUT, inside=False, near=False)
        if slot >= 0 and ground.versions[slot].version == machine.judged:
            return look
        if machine.phase is Phase.NEAR:
            return look
        old = self._slot_of(machine)
        if old >= 0 and ground.side(old, fix.lon, fix.lat, fix.sigma) is Side.OUT:
            return Look(old, Side.OUT, inside=False, near=False)
        inside = machine.phase in (Phase.ENTERING, Phase.ARRIVED)
        return None if look is None or (inside and look.side is Side.OUT) else look

    def _slot_of(self, machine: Machine) -> int:
        versions = self._ground.versions
        known = self._slots.get(machine.fence)
        if known is not None and versions[known].version == machine.judged:
            return known
        for slot in self._ground.slots_of(machine.fence):
            if versions[slot].version == machine.judged:
                self._slots[machine.fence] = slot
                return slot
        return -1

    def _own(self, machine: Machine) -> Machine:
        """Itself, or a copy in its place: what the memory has is not written to."""
        if machine.fence in self._mine:
            return machine
        self._mine.add(machine.fence)
        self._machines[machine.fence] = own = machine.copy()
        return own

    def _by_fence(self) -> list[tuple[int, Machine]]:
        return sorted(self._machines.items())  # keys differ, so machines are not compared

    # A fix that only confirms.

    def _confirm(self, fix: Fix, looks: Mapping[int, Look]) -> None:
        for fence, known in self._by_fence():
            look = looks.get(fence)
            slot = self._ground.slot_at(fence, fix.time)
            if slot < 0 or self._ground.versions[slot].version != known.judged:
                continue
            look = look or Look(slot, Side.OUT, inside=False, near=False)
            machine = self._own(known)
            confirm(machine, self._step(fix, look, nan))
            if machine.phase is Phase.PASSED:
                self._end(machine, fix.time)

    # A fix that decides.

    def _decide(self, fix: Fix, looks: Mapping[int, Look]) -> None:
        silent = bool(self._expected) and fix.time - self._last.time > self._rules.gap
        before = self._machines.items() if silent else ()
        held = {fence for fence, machine in before if machine.phase is not Phase.NEAR}
        stand = self._name_stand(fix, looks) if isfinite(fix.stood) else nan
        for fence, machine in self._by_fence():
            look = looks.get(fence)
            if look is None or not self._is_told(machine, fix, look):
                self._advance(self._own(machine), fix, look, stand)
        for fence, look in sorted(looks.items()):
            if fence not in self._machines and self._ground.is_open(look.slot, fix.time):
                self._begin(Machine(fence, self._ground.versions[look.slot].version), fix, look)
        if isfinite(stand):
            self._allot(fix, stand)
        if silent:
            self._suspect(fix, held)

    def _is_told(self, machine: Machine, fix: Fix, look: Look) -> bool:
        version = self._ground.versions[look.slot]
        if version.version != machine.judged:
            return False
        self._slots[machine.fence] = look.slot
        return is_told(machine, fix, look, version.terms, self._rules)

    def _begin(self, machine: Machine, fix: Fix, look: Look) -> None:
        """A fence that no machine is at."""
        if look.crossed:
            self._jump(fix, look)
        if look.inside or look.near:
            self._machines[machine.fence] = machine
            self._mine.add(machine.fence)
            self._step(fix, look, self._standing(fix)).take(machine)

    def _jump(self, fix: Fix, look: Look) -> None:
        """A fence that it was inside of between two fixes only."""
        ends = self._step(fix, look, nan).through()
        if ends is not None:
            version = self._ground.versions[look.slot]
            passed = Machine(version.fence, version.version, Phase.PASSED)
            passed.entry, passed.leave = ends
            passed.departed, passed.departed_device = fix.time, fix.device
            self._end(passed, fix.time)

    def _step(self, fix: Fix, look: Look, stand: float) -> Step:
        return Step(fix, self._last, look, self._ground, self._rules, stand)

    def _advance(self, machine: Machine, fix: Fix, look: Look | None, stand: float) -> None:
        """A fence that a machine is at."""
        judging = self._judging(machine, fix, look)
        if judging is None:
            near = {Phase.NEAR: Phase.NOTHING, Phase.DEPARTED: Phase.SETTLED}
            machine.phase = near.get(machine.phase, Phase.CLOSED)
            self._end(machine, fix.time)
            return
        self._step(fix, judging, stand).take(machine)
        slot = self._ground.slot_at(machine.fence, fix.time)
        if slot >= 0:
            machine.judged = self._ground.versions[slot].version
        if machine.phase > Phase.DEPARTED:
            self._end(machine, fix.time)
            if machine.phase is Phase.SETTLED and judging.inside:
                self._begin_again(machine, fix, judging)
        elif judging.crossed and machine.phase in (Phase.NEAR, Phase.DEPARTED):
            self._jump(fix, judging)

    def _begin_again(self, machine: Machine, fix: Fix, look: Look) -> None:
        """It had departed for good, and is inside: another visit, since it came in."""
        if self._ground.is_open(look.slot, fix.time):
            again = Machine(machine.fence, machine.judged, inside=True, came=machine.came)
            self._begin(again, fix, look)

    def _end(self, machine: Machine, time: float) -> None:
        if self._machines.get(machine.fence) is machine:
            del self._machines[machine.fence]
        if (visit := visit_of(machine, time)) is not None:
            self._ended.append(visit)

    # Standstills.

    def _name_stand(self, fix: Fix, looks: Mapping[int, Look]) -> float:
        """The standstill that the fix is part of, NaN if it moves.

        Noise begins a standstill anew; at the same place it keeps its name.
        """
        concerned = self._machines or any(look.inside or look.near for look in looks.values())
        if isfinite(fix.stood) and fix.stood != self.stood and concerned:
            self.stood = fix.stood
            way = distance_of(self._stand_lon, self._stand_lat, fix.lon, fix.lat)
            if isnan(self._stand) or way > _SAME_STAND:
                self._stand, self._stand_lon, self._stand_lat = fix.stood, fix.lon, fix.lat
        return self._standing(fix)

    def _standing(self, fix: Fix) -> float:
        return self._stand if isfinite(fix.stood) else nan

    def _allot(self, fix: Fix, stand: float) -> None:
        """Of fences that overlap, the standstill is an arrival at one.

        A fence loses only the standstill that made its arrival.
        """
        rivals = self._rivals()
        if len(rivals) < 2 or not any(rival.stand == stand for rival in rivals):  # noqa: PLR2004
            return
        rivals.sort(key=lambda machine: self._rank(machine, fix))
        for place, loser in enumerate(rivals):
            if loser.stand != stand:
                continue
            for winner in rivals[:place]:
                if not winner.yielded_to and not self._related(winner, loser, fix.time):
                    rivals[place] = self._own(loser)
                    rivals[place].yielded_to = winner.fence
                    break

    def _rivals(self) -> list[Machine]:
        """Machines that have arrived and are there, at fences whose visits become nodes."""
        if len(self._machines) < 2:  # noqa: PLR2004 - nobody to compete with
            return []
        return [
            machine
            for machine in self._machines.values()
            if machine.phase is Phase.ARRIVED
            and (machine.inside or machine.beside)
            and not machine.yielded_to
            and (slot := self._slot_of(machine)) >= 0
            and self._ground.versions[slot].terms.node_level
        ]

    def _rank(self, machine: Machine, fix: Fix) -> tuple[bool, bool, float, float, int]:
        """Less is better: truly inside, expected, smaller, nearer its centre."""
        version = self._ground.versions[self._slot_of(machine)]
        size, lon, lat = _extent(version.terms.outline)
        way = distance_of(lon, lat, fix.lon, fix.lat)
        awaited = self._expects(version, fix.time)
        return machine.beside, not awaited, size, way, machine.fence

    def _related(self, one: Machine, other: Machine, time: float) -> bool:
        """Whether one lies in the other."""
        versions = [self._ground.versions[self._slot_of(machine)] for machine in (one, other)]
        return other.fence in self._above(versions[0], time) or one.fence in self._above(
            versions[1], time
        )

    def is_restless(self) -> bool:
        """Whether another fix like the last may change something.  Yes, if in doubt.

        Finds out as well until when not, and whether only as long as it moves.
        """
        if self._restless is None:
            self._restless = self._find_out()
        return self._restless

    def _find_out(self) -> bool:
        self._moving, self.until, still = False, inf, True
        for machine in self._machines.values():
            slot = self._slot_of(machine)
            version = self._ground.versions[slot] if slot >= 0 else None
            if machine.phase is Phase.ENTERING:
                terms = version and version.terms
                due = can_arrive(machine, terms, self._rules) if terms else self.newest
                self._moving, self.until = True, min(self.until, due)
            parent = version.parent if version else 0
            still = still and (not parent or parent in self._machines)
            still = still and rests(machine, self._rules)
        if not still:
            return True
        rivals = self._rivals()
        return any(
            one.stand == self._stand and not self._related(one, other, self.newest)
            for one in rivals
            for other in rivals
            if one is not other
        )

    # Silence.

    def _suspect(self, fix: Fix, held: set[int]) -> None:
        """Places where it is expected, and may have been since the last fix."""
        if fix.stood <= self._last.time:  # it stood where it was
            return
        last = self._last
        due = [e for e in self._expected if e.valid_from <= fix.time and e.valid_to > last.time]
        fences = {fence for each in due for fence in self._ground.of_site(each.site)}
        for fence in sorted(fences - held - self._machines.keys()):
            slot = self._ground.slot_at(fence, fix.time)
            if slot < 0 or not any(self._ground.versions[slot].site == e.site for e in due):
                continue
            visit = unverified(self._ground, slot, (last, fix), self._rules)
            if visit is not None and any(
                visit.entry.earliest < e.valid_to and visit.entry.latest >= e.valid_from
                for e in due
                if e.site == self._ground.versions[slot].site
            ):
                self._ended.append(visit)


@lru_cache(4096)
def _extent(outline: Outline) -> tuple[float, float, float]:
    """Area, m2, and centre of an outline; asked again for every fix of a crowded yard."""
    return area(outline), *centre(outline)
