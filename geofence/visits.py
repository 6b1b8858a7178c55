"""Visits: what the fixes of vehicles say about fences, batch by batch.

``follow`` is a fold: cutting a track into batches anywhere gives the same visits and the same
memory.  Visits depend on the fixes, the history of the fences and what was expected, and on
nothing else.

Most vehicles rest, on the road or in a yard: the fences they are inside of are those of their
signature, nothing is undecided.  They are done in columns.  The others, from their first row
that says something new, are taken fix by fix (``geofence.vehicle``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache, reduce
from math import isfinite, nan
from operator import xor
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fleet.fences import Expected
from fleet.nodes import Visit
from geofence.ends import Fix, Rules, Spot
from geofence.index import Index, Relations
from geofence.memory import FORMAT, PLACE, Machine, Memory, empty_places, pack, unpack
from geofence.vehicle import Pair, Vehicle

__all__ = [
    "FORMAT", "PLACE", "Followed", "Machine", "Memory", "Rules", "Track",
    "empty_places", "follow", "pack", "unpack",
]  # fmt: skip

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

_NOBODY: Mapping[int, tuple[Expected, ...]] = MappingProxyType({})

FEW = 16  #: rows; as many are sooner done one by one (5 us each) than in arrays (150 us in all)


@dataclass(frozen=True, slots=True)
class Track:
    """``n`` believed fixes, sorted by vehicle and time; all columns of shape (n,)."""

    vehicle: NDArray[np.int32]  #: row in the world
    device: NDArray[np.int32]  #: opaque key, for evidence
    time: Floats
    lon: Floats
    lat: Floats
    sigma: Floats  #: m
    decides: Bools  #: grade A or B; another may only confirm what holds already
    stood: Floats  #: since when it stands; NaN while it moves

    def __len__(self) -> int:
        return len(self.time)

    def rows(self, which: Rows | Bools | slice) -> Track:
        """The chosen rows, in the order chosen."""
        return Track(*(getattr(self, name)[which] for name in Track.__slots__))


@dataclass(frozen=True, slots=True)
class Followed:
    """What ``follow`` concludes."""

    touched: NDArray[np.int32]  #: vehicles of the track, ascending
    places: NDArray[np.void]  #: of those, afterwards
    #: of the stirred vehicles only: their open machines (none: an empty tuple) ...
    machines: dict[int, tuple[Machine, ...]]
    #: ... and every visit that was open before, or was opened or ended, in order of entry
    visits: dict[int, tuple[Visit, ...]]


def follow(
    track: Track,
    index: Index,
    memory: Memory,
    rules: Rules,
    expected: Mapping[int, tuple[Expected, ...]] = _NOBODY,
    *,
    gate: bool = True,
) -> Followed:
    """Follow vehicles through the fences.

    Args:
        track: what is no newer than the last fix that the memory knows of its vehicle, is
            passed over.
        index: the fences, all versions that the track and the memory may need.
        memory: not written to; a place for every vehicle of the track.
        rules: thresholds.
        expected: by vehicle row.
        gate: without, every fix of a vehicle is taken by itself; the result is the same.
    """
    if gate and len(track) <= FEW:
        return _Few(track, index, memory, rules, expected).follow()
    touched = np.unique(track.vehicle)
    track = track.rows(_is_news(track, memory))
    if not len(track):
        return Followed(touched, memory.places[touched], {}, {})
    batch = _Batch(track, index, memory, rules, expected)
    first = batch.first_news() if gate else batch.starts
    places = memory.places.take(touched)
    slot = np.searchsorted(touched, track.vehicle[batch.starts])
    batch.rest(places, slot)
    machines: dict[int, tuple[Machine, ...]] = {}
    visits: dict[int, tuple[Visit, ...]] = {}
    stirred = np.flatnonzero(first < batch.ends)
    after = []
    for number in stirred.tolist():
        vehicle, done = batch.take(number, int(first[number]), gate=gate)
        after.append(done.place(_signature(done.rests_in())))
        machines[vehicle], visits[vehicle] = done.machines, done.visits
    places[slot[stirred]] = np.array(after, PLACE)
    return Followed(touched, places, machines, visits)


def _is_news(track: Track, memory: Memory) -> Bools:
    """Which rows are newer than all before them of their vehicle."""
    newest = memory.places["newest"][track.vehicle]
    newest[1:] = np.where(
        track.vehicle[1:] == track.vehicle[:-1], np.maximum(newest[1:], track.time[:-1]), newest[1:]
    )
    news: Bools = track.time > newest
    return news


class _Batch:
    """The rows of a batch, the fixes before them, and what the index says of both."""

    def __init__(
        self,
        track: Track,
        index: Index,
        memory: Memory,
        rules: Rules,
        expected: Mapping[int, tuple[Expected, ...]],
    ) -> None:
        self._track, self._index, self._memory = track, index, memory
        self._rules, self._expected = rules, expected
        first = np.append(True, track.vehicle[1:] != track.vehicle[:-1])
        self.starts = np.flatnonzero(first)
        self.ends = np.append(self.starts[1:], len(track))
        self._each = np.cumsum(first) - 1  # number of the vehicle, per row
        self._was = memory.places.take(track.vehicle[self.starts])
        self._before = self._rows_before()
        self._gap = track.time - self._from("time")
        self._pairs = self._relate()
        self._signature, self._odd = self._inside(), self._is_odd()

    def _rows_before(self) -> Rows:
        """The row before each, of the same vehicle, that decides; -1: none in this batch."""
        mine = np.where(self._track.decides, np.arange(len(self._track)), -1)
        last = np.append(-1, np.maximum.accumulate(mine)[:-1])
        return np.where(last >= self.starts[self._each], last, -1)

    def _from(self, name: str) -> Floats:
        """A column of the fix before each row; NaN: there is none."""
        column: Floats = getattr(self._track, name)
        known: Floats = np.where(
            self._before >= 0, column[self._before], self._was[name][self._each]
        )
        return known

    def _relate(self) -> Relations:
        track = self._track
        near = track.decides & (self._gap <= self._rules.gap)
        lon, lat = (np.where(near, self._from(name), np.nan) for name in ("lon", "lat"))
        return self._index.relate(track.time, track.lon, track.lat, track.sigma, lon, lat)

    # Who rests.

    def first_news(self) -> Rows:
        """The first row of each vehicle that may change something; its end: there is none."""
        track, was = self._track, self._was
        rests = was["signature"][self._each]
        news = self._odd | (self._signature != rests)
        begins = (track.stood != was["stood"][self._each]) | was["moving"][self._each]
        news |= begins & ~np.isnan(track.stood) & (rests != 0)
        news = (news & track.decides) | was["restless"][self._each]
        news |= track.time >= was["until"][self._each]
        news_at = np.where(news, np.arange(len(track)), len(track))
        first: Rows = np.minimum(np.minimum.reduceat(news_at, self.starts), self.ends)
        return first

    def _inside(self) -> NDArray[np.uint64]:
        """The signature of the fences that each row is inside of."""
        signature = np.zeros(len(self._track), np.uint64)
        inside = np.flatnonzero(self._pairs.inside)
        keys = self._slot_keys(self._pairs.slot[inside])
        np.bitwise_xor.at(signature, self._pairs.row[inside], keys)
        return signature

    def _is_odd(self) -> Bools:
        """Rows that say something wherever their vehicle rests."""
        odd = np.zeros(len(self._track), np.bool_)
        odd[self._pairs.row[self._pairs.crossed]] = True
        self._add_expected(odd)
        return odd

    def _add_expected(self, odd: Bools) -> None:
        """A vehicle that is expected somewhere: near is not nothing, and silence is not either."""
        if not self._expected:
            return
        vehicles = self._track.vehicle[self.starts].tolist()
        awaited = np.array([bool(self._expected.get(v)) for v in vehicles])[self._each]
        odd |= awaited & (self._gap > self._rules.gap)
        beside = self._pairs.row[~self._pairs.inside]
        odd[beside[awaited[beside]]] = True

    def _slot_keys(self, slots: NDArray[np.int32]) -> NDArray[np.uint64]:
        return _keys(self._index.fence[slots], self._index.number[slots])

    def rest(self, places: NDArray[np.void], slot: Rows) -> None:
        """Move the places on as if nobody had news."""
        track, last = self._track, self.ends - 1
        after = self._was.copy()
        after["newest"] = track.time[last]
        decided = np.where(track.decides[last], last, self._before[last])
        known = decided >= 0
        for name in ("time", "lon", "lat", "device"):
            after[name][known] = getattr(track, name)[decided[known]]
        places.put(slot, after)

    # Who does not.

    def take(self, number: int, first: int, *, gate: bool) -> tuple[int, Vehicle]:
        """Take the rows of a vehicle from ``first`` on, one by one; while it rests, lightly."""
        track, start, end = self._track, int(self.starts[number]), int(self.ends[number])
        row = int(track.vehicle[start])
        vehicle = Vehicle(
            self._was[number],
            self._memory.machines.get(row, ()),
            self._index,
            self._rules,
            self._expected.get(row, ()),
        )
        if first > start:
            vehicle.pass_by(self._spot(int(self._before[first])), float(track.time[first - 1]))
        fixes, insides, odds = self._in_rows
        rests: int | None = None  # where it does; the first row is news
        for at in range(first, end):
            fix = fixes[at]
            due = rests is None or fix.time >= vehicle.until
            if due or (fix.decides and (odds[at] or vehicle.is_news(fix, insides[at], rests or 0))):
                vehicle.take(fix, self._pairs_of(at))
                if at + 1 < end and gate and not vehicle.is_restless():
                    rests = _signature(vehicle.rests_in())
                else:
                    rests = None
            else:
                vehicle.pass_by(Spot(*fix[:4]) if fix.decides else None, fix.time)
        return row, vehicle

    @cached_property
    def _in_rows(self) -> tuple[list[Fix], list[int], list[bool]]:
        """The fixes, the signatures of what they are inside of, and whether they are odd."""
        columns = (getattr(self._track, name).tolist() for name in Fix._fields)
        fixes = list(map(Fix, *columns))
        return fixes, self._signature.tolist(), self._odd.tolist()

    def _spot(self, row: int) -> Spot | None:
        if row < 0:
            return None
        return Spot(*(getattr(self._track, name)[row].item() for name in Spot._fields))

    @cached_property
    def _in_pairs(self) -> tuple[list[int], list[Pair]]:
        """Where the pairs of each row begin, and the pairs."""
        pairs = self._pairs
        columns = (pairs.slot, pairs.evidence, pairs.inside, pairs.crossed)
        bounds = np.searchsorted(pairs.row, np.arange(len(self._track) + 1))
        return bounds.tolist(), list(zip(*(column.tolist() for column in columns), strict=True))

    def _pairs_of(self, row: int) -> list[Pair]:
        bounds, pairs = self._in_pairs
        return pairs[bounds[row] : bounds[row + 1]]


class _Few:
    """``_Batch`` of a handful of rows, in plain numbers: the same results to the bit."""

    def __init__(
        self,
        track: Track,
        index: Index,
        memory: Memory,
        rules: Rules,
        expected: Mapping[int, tuple[Expected, ...]],
    ) -> None:
        self._index, self._memory, self._rules, self._expected = index, memory, rules, expected
        self._vehicles = list(dict.fromkeys(track.vehicle.tolist()))
        self._touched = np.array(self._vehicles, np.int32)
        self._was = memory.places.take(self._touched)
        #: by vehicle: the row of ``PLACE``, moved on from fix to fix as if nobody had news
        self._places: dict[int, tuple[Any, ...]] = dict(
            zip(self._vehicles, self._was.tolist(), strict=True)
        )
        self._fixes: list[tuple[int, Fix]] = []  # that are news, with their vehicle
        self._stirred: set[int] = set()
        self._asked = [ask for ask in map(self._pass, self._rows_of(track)) if ask]

    @staticmethod
    def _rows_of(track: Track) -> Iterable[tuple[int, Fix]]:
        columns = (getattr(track, name).tolist() for name in Fix._fields)
        return zip(track.vehicle.tolist(), map(Fix, *columns), strict=True)

    def _pass(self, row: tuple[int, Fix]) -> tuple[float, ...]:
        """Move the place of a vehicle on; what the index is to be asked; nothing: it is no news."""
        vehicle, fix = row
        newest, at, lon, lat, device, *known = self._places[vehicle]
        restless, until, moving, rests, stood, *_ = known
        if fix.time <= newest:
            return ()
        restless = restless or fix.time >= until
        begins = fix.decides and rests and isfinite(fix.stood) and (moving or fix.stood != stood)
        silent = fix.time - at > self._rules.gap
        if restless or begins or (silent and fix.decides and self._expected.get(vehicle)):
            self._stirred.add(vehicle)
        self._fixes.append(row)
        near = fix.decides and fix.time - at <= self._rules.gap  # NaN: there is none before
        before = (lon, lat) if near else (nan, nan)
        spot = (fix.time, fix.lon, fix.lat, fix.device) if fix.decides else (at, lon, lat, device)
        self._places[vehicle] = (fix.time, *spot, *known)
        return fix.time, fix.lon, fix.lat, fix.sigma, *before

    def follow(self) -> Followed:
        """What ``follow`` concludes."""
        pairs = self._relate() if self._asked else []
        machines: dict[int, tuple[Machine, ...]] = {}
        visits: dict[int, tuple[Visit, ...]] = {}
        for place, vehicle in enumerate(self._vehicles):
            if vehicle in self._stirred:
                done = self._take(self._was[place], vehicle, pairs)
                self._places[vehicle] = done.place(_signature(done.rests_in()))
                machines[vehicle], visits[vehicle] = done.machines, done.visits
        places = np.array(list(self._places.values()), PLACE)
        return Followed(self._touched, places, machines, visits)

    def _relate(self) -> list[list[Pair]]:
        """The pairs of each fix; notes whose fixes say something new."""
        found = self._index.relate(*np.array(self._asked).T)
        columns = (found.slot, found.evidence, found.inside, found.crossed)
        pairs: list[list[Pair]] = [[] for _ in self._fixes]
        listed = zip(*(column.tolist() for column in columns), strict=True)
        for row, pair in zip(found.row.tolist(), listed, strict=True):
            pairs[row].append(pair)
        for (vehicle, fix), own in zip(self._fixes, pairs, strict=True):
            if fix.decides and self._says_something(vehicle, own):
                self._stirred.add(vehicle)
        return pairs

    def _says_something(self, vehicle: int, pairs: list[Pair]) -> bool:
        """Whether a fix may change anything, by where it is."""
        here = 0
        for slot, _, inside, crossed in pairs:
            if crossed or (not inside and self._expected.get(vehicle)):
                return True
            if inside:
                version = self._index.versions[slot]
                here ^= _signature(((version.fence, version.version),))
        return bool(here != self._places[vehicle][_RESTS])

    def _take(self, was: np.void, vehicle: int, pairs: list[list[Pair]]) -> Vehicle:
        """Take all fixes of a vehicle by themselves."""
        machines, expected = self._memory.machines.get(vehicle, ()), self._expected.get(vehicle, ())
        done = Vehicle(was, machines, self._index, self._rules, expected)
        for (own, fix), found in zip(self._fixes, pairs, strict=True):
            if own == vehicle:
                done.take(fix, found)
        return done


_RESTS = (PLACE.names or ()).index("signature")


@lru_cache(4096)
def _signature(fences: tuple[tuple[int, int], ...]) -> int:
    """Of the fences that a vehicle rests in; most rest in the same few."""
    columns = np.array(fences, np.int64).reshape(-1, 2).T
    return reduce(xor, _keys(*columns).tolist(), 0)


def _keys(fence: NDArray[np.int64], version: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A number for each fence and version, well mixed, so that their XOR stands for a set.

    The mixing is splitmix64's; a chance of 2**-64 that two sets share a number is none.
    """
    mixed = (fence << 32 | version).astype(np.uint64)
    mixed += np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    return mixed
