"""One fix, the one before, and one fence: where on the way it came in or went out.

A crossing is interpolated on the straight segment between two fixes that are near in time, at
an even pace.  Where they are not, or nothing is known before, only the bounds are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isnan, nan
from typing import NamedTuple, Protocol

from fleet.fences import FenceVersion
from fleet.nodes import Basis
from geofence.index import Side
from geofence.memory import BASES, Edge

_GAP, _NEAR = BASES.index(Basis.GAP_BOUNDED), BASES.index(Basis.NEAR_FENCE)
_OBSERVED, _INTERPOLATED = BASES.index(Basis.OBSERVED), BASES.index(Basis.INTERPOLATED)


@dataclass(frozen=True, slots=True)
class Rules:
    """What makes a visit; times in s, lengths in m."""

    min_fixes: int = 2  #: one fix may be noise, whichever side it is on
    stay: float = 300.0  #: inside for as long, it need not be seen standing: longer than a light
    pass_speed: float = 30 / 3.6  #: m/s over all of that stay: a large fence, and it drives through
    merge: float = (
        600.0  #: back within as long, it had not departed: round the block to another gate
    )
    merge_reach: float = 1000.0  #: further away than this meanwhile, it had
    gap: float = 330.0  #: longest straight line between two fixes: a report every 5 min, and slack
    far: float = 500.0  #: one fix this far outside is no noise that the screen of jumps lets pass
    far_margins: float = 3.0  #: the same, for fences of a large margin
    near_stand: float = 300.0  #: standing beside the outline for as long is no traffic light
    max_speed: float = 160 / 3.6  #: m/s; as the screen of jumps: how far it may have been meanwhile
    observed: float = 1.0  #: two fixes this near in time have seen the crossing


class Ground(Protocol):
    """What is asked of the index one fix at a time; see ``geofence.index.Index``."""

    @property
    def versions(self) -> Sequence[FenceVersion]: ...  # noqa: D102 - as of the index

    def slots_of(self, fence: int) -> Sequence[int]: ...  # noqa: D102 - as of the index

    def slot_at(self, fence: int, time: float) -> int: ...  # noqa: D102 - as of the index

    def distance(self, slot: int, lon: float, lat: float) -> float: ...  # noqa: D102 - likewise

    def is_beyond(self, slot: int, lon: float, lat: float, reach: float) -> bool: ...  # noqa: D102

    def side(self, slot: int, lon: float, lat: float, sigma: float) -> Side: ...  # noqa: D102

    def crossings(  # noqa: D102 - as of the index
        self, slot: int, lon1: float, lat1: float, lon2: float, lat2: float
    ) -> tuple[float, ...]: ...

    def is_open(self, slot: int, time: float) -> bool: ...  # noqa: D102 - as of the index


class Spot(NamedTuple):
    """The last fix that decided; ``time`` is NaN where there was none."""

    device: int
    time: float
    lon: float
    lat: float


class Fix(NamedTuple):
    """One believed fix, in plain numbers."""

    device: int
    time: float
    lon: float
    lat: float
    sigma: float
    decides: bool
    stood: float  #: since when it stands; NaN: it moves


class Look(NamedTuple):
    """What the index says of one fix and one fence."""

    slot: int  #: of the version that judges
    side: Side
    inside: bool
    near: bool  #: within the margin of a fence where it is expected, or stands beside
    crossed: bool = False  #: it was inside between the two fixes only


@dataclass(frozen=True, slots=True)
class Segment:
    """From the last fix that decided to this one, at one version of a fence."""

    fix: Fix
    before: Spot
    look: Look
    ground: Ground
    rules: Rules

    @property
    def version(self) -> FenceVersion:
        """The version that judges."""
        return self.ground.versions[self.look.slot]

    def is_beyond(self, reach: float) -> bool:
        """Whether the fix is further than ``reach``, m, outside the outline."""
        return self.ground.is_beyond(self.look.slot, self.fix.lon, self.fix.lat, reach)

    def way_in(self) -> Edge:
        """Of the segment from the fix before; its last crossing."""
        at, before = self.fix, self.before
        if isnan(before.time) or not self._could_be_outside():
            return self._edge(at.time, nan, at.time, _GAP)._replace(before=nan, before_device=0)
        if at.time - before.time > self.rules.gap:
            return self._edge(at.time, before.time, at.time, _GAP)
        crossings = self._crossings()
        return self._interpolated(crossings[-1] if crossings else 1.0)

    def _could_be_outside(self) -> bool:
        """Whether the fix before was outside a fence that one could enter."""
        before, version = self.before, self.version
        if before.time < version.valid_from:
            return False
        if not version.terms.hours or self.ground.is_open(self.look.slot, before.time):
            return True
        return self.ground.distance(self.look.slot, before.lon, before.lat) > 0

    def way_out(self) -> Edge:
        """Of the segment from the fix before; its first crossing."""
        at, before = self.fix, self.before
        if at.time - before.time > self.rules.gap:
            return self._edge(before.time, before.time, at.time, _GAP)
        crossings = self._crossings()
        return self._interpolated(crossings[0] if crossings else 0.0)

    def near_since(self) -> Edge:
        """It is within the margin at this fix; since when, if it was not at the one before."""
        at, before = self.fix, self.before
        was_near = isnan(before.time) or (
            self.ground.distance(self.look.slot, before.lon, before.lat)
            <= self.version.terms.margin
        )
        return self._edge(at.time, nan if was_near else before.time, at.time, _NEAR)

    def through(self) -> tuple[Edge, Edge] | None:
        """The two ends of a passage between the two fixes; None if it only grazed the outline.

        What would be IN for a fix must be so for the middle of a stretch inside.  A vehicle that
        stands crosses nothing.
        """
        crossings = self._crossings()
        if self._stands() or len(crossings) < 2:  # noqa: PLR2004 - in and out
            return None
        stretches = pairwise(crossings)
        if not any(self._is_in_at((begin + end) / 2) for begin, end in stretches):
            return None
        return self._interpolated(crossings[0]), self._interpolated(crossings[-1])

    def was_deep(self, edge: Edge) -> bool:
        """Whether the middle of what lies inside, of the segment of ``edge``, was surely inside."""
        span = self.fix.time - self.before.time
        if self._stands() or isnan(edge.before) or edge.basis == _GAP:
            return False
        share = (edge.time - self.before.time) / span
        return self._is_in_at((share + 1) / 2 if self.look.inside else share / 2)

    def was_deep_between(self) -> bool:
        """Whether, on the way from one fix inside to the next, it was surely inside."""
        silent = self.fix.time - self.before.time > self.rules.gap
        return not silent and not self._stands() and self._is_in_at(0.5)

    def _stands(self) -> bool:
        """Whether it stood all the way; what its fixes then do is wander."""
        return self.fix.stood <= self.before.time  # not so where it moves: NaN

    def _is_in_at(self, share: float) -> bool:
        at, before = self.fix, self.before
        east = (at.lon - before.lon + 180.0) % 360.0 - 180.0
        lon, lat = before.lon + share * east, before.lat + share * (at.lat - before.lat)
        return self.ground.side(self.look.slot, lon, lat, at.sigma) is Side.IN

    def _crossings(self) -> tuple[float, ...]:
        at, before = self.fix, self.before
        return self.ground.crossings(self.look.slot, before.lon, before.lat, at.lon, at.lat)

    def _interpolated(self, share: float) -> Edge:
        at, before = self.fix, self.before
        span = at.time - before.time
        basis = _OBSERVED if span <= self.rules.observed else _INTERPOLATED
        return self._edge(before.time + share * span, before.time, at.time, basis)

    def _edge(self, time: float, earliest: float, latest: float, basis: int) -> Edge:
        before, at = self.before, self.fix
        return Edge(
            round(time, 3), earliest, latest, basis, self.version.version,
            before.device, before.time, at.device, at.time,
        )  # fmt: skip

    def last_beside(self) -> Edge:
        """It stood beside the outline at the fix before, and is gone at this one."""
        last = self.before.time
        return self._edge(last, last, self.fix.time, _NEAR)
