"""All fence versions as one immutable snapshot, asked by whole batches or by single positions.

An edit builds a new index, with a higher revision, and swaps it between two batches; versions
that did not change are taken over as they are prepared.  A **slot** is the place of a version
in one index; it means nothing in another.

Every version is judged in the flat frame of its own outline.  With d the signed distance
(negative inside, m) and sigma the accuracy of the fix (m, one sigma), the evidence is

* IN: d <= 0 and -d >= min(sigma, half the equivalent radius of the outline);
* OUT: d > margin and d > sigma;
* AMBIGUOUS otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import inf
from operator import attrgetter
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from fleet.fences import FenceVersion
from geofence.coarse import Coarse
from geofence.frame import Floats
from geofence.hours import is_open
from geofence.measure import Bools, Places, is_beyond, signed, signed_of
from geofence.segments import crossings, touched
from geofence.spines import Ints, Spines, choose, prepare, short_way


class Side(IntEnum):
    """What a fix says about a fence."""

    OUT = -1
    AMBIGUOUS = 0
    IN = 1


@dataclass(frozen=True, slots=True)
class Relations:
    """The pairs of a fix and a fence version that matter, by row and then by slot."""

    row: Ints  #: of what was asked
    slot: NDArray[np.int32]
    evidence: NDArray[np.int8]  #: a ``Side``
    inside: Bools  #: signed distance <= 0, whatever the accuracy
    crossed: Bools  #: inside nowhere but between the fix before and this one

    def __len__(self) -> int:
        return len(self.row)


def _joined(parts: Sequence[Relations]) -> Relations:
    def column(name: str, kind: type[np.generic]) -> NDArray[Any]:
        return np.concatenate([np.empty(0, kind), *(getattr(part, name) for part in parts)])

    return Relations(
        column("row", np.intp),
        column("slot", np.int32),
        column("evidence", np.int8),
        column("inside", np.bool_),
        column("crossed", np.bool_),
    )


#: Candidates that are sooner measured one by one than in arrays: some 15 us each, 150 us in all.
FEW = 10
#: Rows of which those that are near no fence are left out first: a geometry for each costs more.
MANY = 100
#: Rows asked in one go: thousands of long segments over a dense city are millions of pairs.
ROWS = 2048
_TURN, _HALF_TURN = 360.0, 180.0


@dataclass(frozen=True, slots=True)
class Groups:
    """Numbers by key; without a tuple for each key, which would wake the garbage collector."""

    place: Mapping[int, int]  #: of a key within ``bounds``
    bounds: Sequence[int]
    members: Sequence[int]

    @classmethod
    def build(cls, keys: NDArray[np.int64], members: NDArray[np.integer[Any]]) -> Groups:
        """Of keys in ascending order, and the member that stands beside each."""
        first = np.flatnonzero(np.diff(keys, prepend=np.nan) != 0)
        place = dict(zip(keys[first].tolist(), range(len(first)), strict=True))
        return cls(place, [*first.tolist(), len(keys)], members.tolist())

    def of(self, key: int) -> Sequence[int]:
        """The members, in their order; none of a key that is not known."""
        at = self.place.get(key)
        return () if at is None else self.members[self.bounds[at] : self.bounds[at + 1]]


@dataclass(frozen=True, slots=True)
class Index:
    """An immutable snapshot; see the module."""

    versions: tuple[FenceVersion, ...]  #: slot to version
    revision: int
    spines: Spines  #: by slot
    margin: Floats  #: m, by slot
    valid_from: Floats
    valid_to: Floats
    tree: shapely.STRtree  #: boxes in degrees, margins included; across the antimeridian twice
    coarse: Coarse  #: of the same boxes
    slot_of: Ints  #: entry of the tree to slot
    fence: NDArray[np.int64]  #: key of the fence, by slot
    number: NDArray[np.int64]  #: number of the version, by slot
    by_fence: Groups  #: slots of each fence, by ``valid_from``
    by_site: Groups  #: keys of the fences of each site, ascending

    @classmethod
    def build(
        cls, versions: Sequence[FenceVersion], revision: int, before: Index | None = None
    ) -> Index:
        """The index of ``versions``, whose outlines are valid (``geofence.shapes``).

        Args:
            versions: in any order; their places are the slots.
            revision: of the fences.
            before: an index whose versions, where they are equal, are not prepared again.
        """
        kept = [-1 if before is None else before.find(version) for version in versions]
        new = [version for version, slot in zip(versions, kept, strict=True) if slot < 0]
        spines = prepare([version.terms.outline for version in new])
        if before is not None:
            chosen = np.array(kept, np.intp)
            chosen[chosen < 0] = len(before.versions) + np.arange(len(new))
            spines = choose(before.spines, spines, chosen)
        margin, valid_from, valid_to = (
            np.fromiter(map(attrgetter(name), versions), np.float64, len(versions))
            for name in ("terms.margin", "valid_from", "valid_to")
        )
        fence, number, site = (
            np.fromiter(map(attrgetter(name), versions), np.int64, len(versions))
            for name in ("fence", "version", "site")
        )
        order = np.lexsort((valid_from, fence))
        pairs = np.unique(np.column_stack([site, fence]), axis=0)
        return cls(
            tuple(versions), revision, spines, margin, valid_from, valid_to,
            *_plant(spines, margin), fence, number,
            Groups.build(fence[order], order), Groups.build(pairs[:, 0], pairs[:, 1]),
        )  # fmt: skip

    # One version.

    def find(self, version: FenceVersion) -> int:
        """The slot of an equal version; -1: there is none."""
        for slot in self.slots_of(version.fence):
            own = self.versions[slot]
            if own is version or own == version:
                return slot
        return -1

    def slots_of(self, fence: int) -> Sequence[int]:
        """All versions of a fence, by ``valid_from``; none of a fence that is not known."""
        return self.by_fence.of(fence)

    def of_site(self, site: int) -> Sequence[int]:
        """Keys of the fences that have a version of that site, ascending."""
        return self.by_site.of(site)

    def slot_at(self, fence: int, time: float) -> int:
        """The version of a fence that is valid at ``time``; -1: none."""
        for slot in self.slots_of(fence):
            version = self.versions[slot]
            if version.valid_from <= time < version.valid_to:
                return slot
        return -1

    def is_open(self, slot: int, time: float) -> bool:
        """Whether the fence can be entered at ``time``, by its hours."""
        version = self.versions[slot]
        return is_open(version.terms.hours, version.zone, time)

    # One position.

    def distance(self, slot: int, lon: float, lat: float) -> float:
        """Signed metres from the outline, negative inside."""
        x, y = self._local(slot, lon, lat)
        return signed_of(self.spines, slot, x, y)

    def is_beyond(self, slot: int, lon: float, lat: float, reach: float) -> bool:
        """Whether the ``distance`` is more than ``reach``, m; seldom needs to measure it."""
        return is_beyond(self.spines, slot, *self._local(slot, lon, lat), reach)

    def side(self, slot: int, lon: float, lat: float, sigma: float) -> Side:
        """The evidence of one position; the same that ``relate`` gives."""
        reach = max(float(self.margin[slot]), sigma)
        distance = signed_of(self.spines, slot, *self._local(slot, lon, lat), reach)
        if distance <= 0:
            deep = min(sigma, float(self.spines.size[slot]) / 2)
            return Side.IN if -distance >= deep else Side.AMBIGUOUS
        return Side.OUT if distance > reach else Side.AMBIGUOUS

    def crossings(
        self, slot: int, lon1: float, lat1: float, lon2: float, lat2: float
    ) -> tuple[float, ...]:
        """Fractions along the straight segment at which it crosses the outline, ascending.

        Their number is odd where one end is inside and the other is not.  Where the segment
        only grazes the outline from outside, the same fraction stands twice.
        """
        x, y = self._local(slot, lon2, lat2)
        along_x = _short_way(lon2 - lon1) * float(self.spines.kx[slot])
        along_y = (lat2 - lat1) * float(self.spines.ky[slot])
        segment = (x - along_x, y - along_y, along_x, along_y)
        first = signed_of(self.spines, slot, segment[0], segment[1], 0.0)
        last = signed_of(self.spines, slot, x, y, 0.0)
        return crossings(self.spines, slot, segment, (first <= 0, last <= 0))

    def _local(self, slot: int, lon: float, lat: float) -> tuple[float, float]:
        own = self.spines
        x = _short_way(lon - float(own.lon0[slot])) * float(own.kx[slot])
        return x, (lat - float(own.lat0[slot])) * float(own.ky[slot])

    # A batch.

    def relate(
        self,
        time: Floats,
        lon: Floats,
        lat: Floats,
        sigma: Floats,
        before_lon: Floats,
        before_lat: Floats,
    ) -> Relations:
        """All pairs of a fix and a version valid at its time that are not OUT, or crossed.

        Args:
            time: s; all columns are of shape (n,).
            lon: degrees, -180 to 180; position and accuracy are finite.
            lat: degrees.
            sigma: m.
            before_lon: of the fix before; NaN where there is none, or it is too long ago for a
                straight line.
            before_lat: likewise.
        """
        columns = time, lon, lat, sigma, short_way(lon - before_lon), lat - before_lat
        rows = range(0, len(time) if self.versions else 0, ROWS)
        parts = [
            self._relate(begin, _Asked(*(column[begin : begin + ROWS] for column in columns)))
            for begin in rows
        ]
        return parts[0] if len(parts) == 1 else _joined(parts)

    def _relate(self, begin: int, asked: _Asked) -> Relations:
        row, slot = self._candidates(asked)
        if len(row) <= FEW:
            return self._relate_few(begin, asked, zip(row.tolist(), slot.tolist(), strict=True))
        time, sigma = asked.time[row], asked.sigma[row]
        valid = (self.valid_from[slot] <= time) & (time < self.valid_to[slot])
        row, slot, sigma = row[valid], slot[valid], sigma[valid]
        own = self.spines
        x = short_way(asked.lon[row] - own.lon0[slot]) * own.kx[slot]
        y = (asked.lat[row] - own.lat0[slot]) * own.ky[slot]
        reach = np.maximum(self.margin[slot], sigma)
        deep = np.minimum(sigma, own.size[slot] / 2)
        away = self._away(slot, (x, y), reach, deep)
        inside = away <= 0
        surely = inside & (-away >= deep)
        evidence = np.where(away > reach, np.int8(Side.OUT), surely.view(np.int8))

        along_x, along_y = asked.east[row] * own.kx[slot], asked.north[row] * own.ky[slot]
        length = along_x * along_x + along_y * along_y
        least = np.minimum(away, reach)
        crossed = ~inside & (length >= least * least)  # NaN: no segment
        which = np.flatnonzero(crossed)
        crossed[which] = self._crossed(slot[which], *(c[which] for c in (x, y, along_x, along_y)))
        matters = np.flatnonzero((evidence != Side.OUT) | crossed)
        return Relations(
            row[matters] + begin,
            slot[matters].astype(np.int32),
            evidence[matters],
            inside[matters],
            crossed[matters],
        )

    def _relate_few(
        self, begin: int, asked: _Asked, candidates: Iterable[tuple[int, int]]
    ) -> Relations:
        """The same of a few candidates, one by one."""
        pairs = [self._pair(asked, row, slot) for row, slot in candidates]
        found = [pair for pair in pairs if pair[2] is not Side.OUT or pair[4]]
        if not found:
            return _joined(())
        row, slot, side, inside, crossed = zip(*found, strict=True)
        return Relations(
            np.array(row, np.intp) + begin,
            np.array(slot, np.int32),
            np.array(side, np.int8),
            np.array(inside, np.bool_),
            np.array(crossed, np.bool_),
        )

    def _pair(self, asked: _Asked, row: int, slot: int) -> tuple[int, int, Side, bool, bool]:
        time, sigma = asked.time[row], float(asked.sigma[row])
        if not self.valid_from[slot] <= time < self.valid_to[slot]:
            return row, slot, Side.OUT, False, False
        own = self.spines
        x, y = self._local(slot, float(asked.lon[row]), float(asked.lat[row]))
        reach = max(float(self.margin[slot]), sigma)
        west, south, east, north = own.box[slot].tolist()
        far = reach + float(own.radius[slot])
        near = west - far <= x <= east + far and south - far <= y <= north + far
        away = signed_of(own, slot, x, y) if near else inf
        if away <= 0:
            surely = -away >= min(sigma, float(own.size[slot]) / 2)
            return row, slot, Side.IN if surely else Side.AMBIGUOUS, True, False
        along_x, along_y = asked.east[row] * own.kx[slot], asked.north[row] * own.ky[slot]
        least = min(away, reach)
        crossed = along_x * along_x + along_y * along_y >= least * least  # NaN: no segment
        if crossed:
            columns = (np.array([value]) for value in (x, y, along_x, along_y))
            crossed = self._crossed(np.array([slot], np.intp), *columns)[0]
        return row, slot, Side.OUT if away > reach else Side.AMBIGUOUS, False, bool(crossed)

    def _candidates(self, asked: _Asked) -> tuple[Ints, Ints]:
        """Pairs whose boxes touch, each once, by row and then by slot."""
        lon, lat = asked.lon, asked.lat
        aside, above = asked.sigma / self.spines.kx.min(), asked.sigma / self.spines.ky.min()
        box = np.array(
            [
                lon - np.fmax(asked.east, 0.0) - aside,
                lat - np.fmax(asked.north, 0.0) - above,
                lon - np.fmin(asked.east, 0.0) + aside,
                lat - np.fmin(asked.north, 0.0) + above,
            ]
        ).T
        row, box = _both_ways(box)
        if len(row) > MANY:
            near = np.flatnonzero(self.coarse.may_touch(box))
            row, box = row[near], box[near]
        found, entry = self.tree.query(shapely.linestrings(box.reshape(-1, 2, 2)))
        pairs = np.sort(row[found] * len(self.versions) + self.slot_of[entry])
        if len(pairs):
            pairs = pairs[np.append(True, pairs[1:] != pairs[:-1])]
        rows, slots = np.divmod(pairs, len(self.versions))
        return rows, slots

    def _away(self, slot: Ints, where: Places, reach: Floats, deep: Floats) -> Floats:
        """As ``signed``; the boxes first."""
        x, y = where
        west, south, east, north = self.spines.box[slot].T
        far = reach + self.spines.radius[slot]
        near = (x >= west - far) & (x <= east + far) & (y >= south - far) & (y <= north + far)
        which = np.flatnonzero(near)
        away = np.full(len(slot), np.inf)
        away[which] = signed(
            self.spines, slot[which], (x[which], y[which]), reach[which], deep[which]
        )
        return away

    def _crossed(self, slot: Ints, x: Floats, y: Floats, along_x: Floats, along_y: Floats) -> Bools:
        """Whether the segment that ends outside at (x, y) began outside and touches the outline."""
        x, y = x - along_x, y - along_y
        crossed = touched(self.spines, slot, (x, y, along_x, along_y))
        which = np.flatnonzero(crossed)
        none = np.zeros(len(which))
        at_once = signed(self.spines, slot[which], (x[which], y[which]), none, none)
        crossed[which] = at_once > 0
        return crossed


@dataclass(frozen=True, slots=True)
class _Asked:
    """Rows that are asked about; ``east`` and ``north`` lead to them from the fix before."""

    time: Floats
    lon: Floats
    lat: Floats
    sigma: Floats
    east: Floats  #: degrees; NaN: there is no segment
    north: Floats


def _short_way(degrees: float) -> float:
    # As ``short_way``: the same sums of the same numbers.
    return degrees - _TURN * round(degrees / _TURN)


def _both_ways(box: Floats) -> tuple[Ints, Floats]:
    """Boxes west, south, east, north, those across the antimeridian once more from its other side.

    Returns:
        The number of the box that each came from, and the boxes.
    """
    number = np.arange(len(box))
    west, east = np.flatnonzero(box[:, 0] < -_HALF_TURN), np.flatnonzero(box[:, 2] > _HALF_TURN)
    if not len(west) and not len(east):
        return number, box
    turn = np.array([_TURN, 0.0, _TURN, 0.0])
    more = np.concatenate([number, west, east])
    return more, np.concatenate([box, box[west] + turn, box[east] - turn])


def _plant(spines: Spines, margin: Floats) -> tuple[shapely.STRtree, Coarse, Ints]:
    """The tree of all within the margins; a diagonal is a box that is made faster."""
    far = (spines.radius + margin)[:, None] * (-1, -1, 1, 1)
    scale, shift = (spines.kx, spines.ky) * 2, (spines.lon0, spines.lat0) * 2
    box = (spines.box + far) / np.column_stack(scale) + np.column_stack(shift)
    slot_of, box = _both_ways(box)
    diagonals: Any = shapely.linestrings(box.reshape(-1, 2, 2))
    tree = shapely.STRtree(diagonals)
    tree.query(shapely.Point(0, 0))  # it is built when it is first asked
    return tree, Coarse.build(box), slot_of
