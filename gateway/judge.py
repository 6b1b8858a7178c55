"""The screen that compares a fix with those before it: jumps, relocations, standstill.

A fix is *believed* when it is not void, graded C or better, no jump and not old.  Believed
fixes move the live state and are what visits are made of; all others are history.

``judge`` is a fold over memory in event-time order.  A fix at or before the newest that the
fold has seen of its vehicle is *late*: the fold passes over it, and if it is news the vehicle
is repaired, which is running the same fold again from a checkpoint.

Most rows touch nothing: a vehicle that drives no faster than it can, or stands where it
stood, is done in one pass over all its rows.  The others are taken one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import nan

import numpy as np
from numpy.typing import NDArray

from fleet.records import FixBatch, Flag, Grade, Live
from gateway.vehicle import PER_DEGREE, Row, Rules, Vehicle

__all__ = [
    "MEMORY", "Judged", "Rules", "as_stored", "empty_memory", "is_slow", "judge", "sigma",
]  # fmt: skip

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

#: What is remembered of one vehicle; NaN where nothing is.  Positions in degrees.
MEMORY = np.dtype(
    [
        ("time", "<f8"),  # newest believed fix
        ("lon", "<f8"),  # last believed fix of grade A or B: what jumps are measured from
        ("lat", "<f8"),
        ("sigma", "<f8"),
        ("at", "<f8"),
        ("strikes", "<i4"),  # consecutive fixes that disagree with it and agree with each other
        ("strike_time", "<f8"),
        ("strike_lon", "<f8"),
        ("strike_lat", "<f8"),
        ("stand_since", "<f8"),  # first slow fix of the present standstill
        ("stand_lon", "<f8"),
        ("stand_lat", "<f8"),
        ("seen", "<f8"),  # newest fix of any kind that the fold has gone past
        ("ignition_time", "<f8"),  # newest word of the ignition
        ("ignition_off", "<f8"),  # since when it is off; NaN on, or never heard of
    ]
)


FEW = 16  #: rows; about 5 us each one by one, 150 us in all in arrays
_OLD, _BACKFILLED, _JUMP = int(Flag.OLD), int(Flag.BACKFILLED), int(Flag.JUMP)
_SILENT = int(Flag.VOID) | _OLD
_NOBODY = np.empty(0, np.int32)


@dataclass(frozen=True, slots=True)
class Judged:
    """What ``judge`` concludes."""

    fixes: FixBatch  #: as given, with the contextual flags
    late: Bools  #: rows that the fold passed over: not newer than what it has seen
    believed: Rows  #: rows that the vehicle really was at, ascending
    stood: Floats  #: of all rows: since when the vehicle stands there; NaN where it does not
    touched: NDArray[np.int32]  #: rows of the vehicles of the batch, ascending
    memory: NDArray[np.void]  #: of those vehicles, after the batch
    live: Live


def empty_memory(vehicles: int) -> NDArray[np.void]:
    """Memory of vehicles that nothing is known of."""
    memory = np.zeros(vehicles, MEMORY)
    for name in MEMORY.names or ():
        if name != "strikes":
            memory[name] = np.nan
    for name in ("time", "seen", "ignition_time"):
        memory[name] = -np.inf
    return memory


def as_stored(column: Floats) -> Floats:
    """The values that the store gives back: a repair must judge by the same numbers."""
    return column.astype(np.float32).astype(np.float64)


def is_slow(speed: Floats, rules: Rules) -> Bools:
    """Where a receiver says that it hardly moves, or does not say."""
    return ~(as_stored(speed) > rules.slow)


def sigma(hdop: Floats, rules: Rules) -> Floats:
    """Horizontal accuracy, m, one sigma: max(5 m, 5 m x HDOP)."""
    known = np.where(np.isnan(hdop), rules.no_hdop, as_stored(hdop))
    return np.maximum(rules.min_sigma, rules.sigma_per_hdop * known)


def judge(
    fixes: FixBatch,
    memory: NDArray[np.void],
    rules: Rules,
    *,
    also: NDArray[np.int32] = _NOBODY,
    few: int = FEW,
) -> Judged:
    """Raise the contextual flags and move the memory on.

    Args:
        fixes: sorted by vehicle and time, at most one per device and time, as ``screen.once``
            leaves them.
        memory: ``MEMORY`` rows, one per vehicle of the world; not written to.
        rules: thresholds.
        also: rows of vehicles to call touched, though they have no fix here.
        few: rows; as many are sooner done one by one than in arrays.
    """
    if len(fixes) <= few:
        return _Few(fixes, memory, rules, also).judge()
    bound = fixes.vehicle >= 0
    known = memory.take(fixes.vehicle) if len(memory) else memory  # of the unbound: of anybody
    recent = bound & ((fixes.flags & np.uint16(Flag.OLD)) == 0)
    older, late = np.zeros((2, len(fixes)), np.bool_)
    if bound.any():
        older = bound & (fixes.time < known["time"])
        # An ignition event holds for the fix of its own instant: that one may come after it.
        late = recent & ((fixes.time <= known["seen"]) | (fixes.time < known["ignition_time"]))
    flags = fixes.flags | (np.uint16(Flag.BACKFILLED) * older)
    eligible = recent & ~late & ((fixes.flags & np.uint16(_SILENT)) == 0) & (fixes.grade < Grade.X)
    rows = np.flatnonzero(eligible)
    touched = _firsts(fixes.vehicle[bound])
    if len(also):
        touched = np.union1d(touched, also).astype(np.int32)
    after = memory.take(touched)
    passed = np.flatnonzero(recent)
    of = fixes.vehicle[passed]
    newest = passed[np.append(of[1:] != of[:-1], True)] if len(passed) else passed
    seen = np.searchsorted(touched, fixes.vehicle[newest])
    after["seen"][seen] = np.maximum(after["seen"][seen], fixes.time[newest])
    stood = np.full(len(fixes), np.nan)
    if not len(rows):
        none = np.empty(0)
        live = Live(np.empty(0, np.int32), rows, none, none)
        return Judged(replace(fixes, flags=flags), late, rows, stood, touched, after, live)
    fold = _Fold(fixes, rows, np.searchsorted(touched, fixes.vehicle[rows]), after, rules)
    fold.pass_plainly()
    fold.step_through()
    flags[rows] |= fold.raised
    stood[rows] = fold.stood
    judged = replace(fixes, flags=flags)
    return Judged(judged, late, fold.believed(), stood, touched, after, fold.live())


def _firsts(vehicle: NDArray[np.int32]) -> NDArray[np.int32]:
    """Each value of a sorted array once."""
    return vehicle[np.append(True, vehicle[1:] != vehicle[:-1])] if len(vehicle) else vehicle


class _Few:
    """A handful of rows, all taken one by one: the same results to the bit."""

    def __init__(
        self,
        fixes: FixBatch,
        memory: NDArray[np.void],
        rules: Rules,
        also: NDArray[np.int32],
    ) -> None:
        self._fixes, self._rules = fixes, rules
        self._of = fixes.vehicle.tolist()
        touched = sorted({row for row in self._of if row >= 0}.union(also.tolist()))
        self._touched = np.array(touched, np.int32)
        known = memory.take(self._touched).tolist()
        self._before = {row: Vehicle(*own) for row, own in zip(touched, known, strict=True)}
        self._vehicles = {row: Vehicle(*own) for row, own in zip(touched, known, strict=True)}
        self._flags, self._late = fixes.flags.tolist(), [False] * len(fixes)
        self._stood = [nan] * len(fixes)
        self._believed: list[int] = []
        self._live: dict[int, tuple[int, float, float]] = {}

    def judge(self) -> Judged:
        """What ``judge`` concludes."""
        fixes, rules = self._fixes, self._rules
        columns = (fixes.time, fixes.lon, fixes.lat, sigma(fixes.hdop, rules), fixes.grade)
        listed = (column.tolist() for column in (*columns, is_slow(fixes.speed, rules)))
        for place, fix in enumerate(map(Row, *listed)):
            if self._of[place] >= 0:
                self._take(place, self._of[place], fix)
        after = [vehicle.as_tuple() for vehicle in self._vehicles.values()]
        live = [(row, *where) for row, where in self._live.items()]
        seen, at, lon, lat = zip(*live, strict=True) if live else ((), (), (), ())
        return Judged(
            replace(fixes, flags=np.array(self._flags, np.uint16)),
            np.array(self._late, np.bool_),
            np.array(self._believed, np.intp),
            np.array(self._stood, np.float64),
            self._touched,
            np.array(after, MEMORY),
            Live(np.array(seen, np.int32), np.array(at, np.intp), np.array(lon), np.array(lat)),
        )

    def _take(self, place: int, row: int, fix: Row) -> None:
        before, vehicle, flags = self._before[row], self._vehicles[row], self._flags[place]
        if fix.time < before.time:
            self._flags[place] |= _BACKFILLED
        if flags & _OLD:
            return
        vehicle.seen = max(vehicle.seen, fix.time)
        if fix.time <= before.seen or fix.time < before.ignition_time:
            self._late[place] = True
        elif not flags & _SILENT and fix.grade < Grade.X:
            raised, lon, lat, self._stood[place] = vehicle.take(fix, self._rules)
            self._flags[place] |= raised
            if not raised & _JUMP:
                self._believed.append(place)
                self._live[row] = place, lon, lat


class _Fold:
    """The eligible rows of a batch over the memory of its vehicles.

    All columns are of the eligible rows; ``slot`` is the row of the vehicle in ``memory``,
    which is written to.
    """

    def __init__(
        self,
        fixes: FixBatch,
        rows: Rows,
        slot: Rows,
        memory: NDArray[np.void],
        rules: Rules,
    ) -> None:
        self.rows, self.slot, self.memory, self.rules = rows, slot, memory, rules
        self.vehicle = fixes.vehicle[rows]
        self.time, self.lon, self.lat = fixes.time[rows], fixes.lon[rows], fixes.lat[rows]
        self.grade = fixes.grade[rows]
        self.slow = is_slow(fixes.speed[rows], rules)
        self.sigma = sigma(fixes.hdop[rows], rules)
        self.raised = np.zeros(len(rows), np.uint16)
        self.stood = np.full(len(rows), np.nan)
        self.drawn_lon, self.drawn_lat = self.lon.copy(), self.lat.copy()
        self.first = np.append(True, slot[1:] != slot[:-1])
        self.pending = np.ones(len(rows), np.bool_)

    def pass_plainly(self) -> None:
        """Do the vehicles that only drive, or only stand where they stood: no jump, no doubt.

        What is compared are upper bounds of distances, so whoever passes here would pass
        ``Vehicle.take`` with the same result.
        """
        starts = np.flatnonzero(self.first)
        ends = np.append(starts[1:], len(self.slot))
        was = self.memory.take(self.slot[starts])
        way = np.abs(self._since(self.lat, was["lat"], starts))
        way += np.abs(self._since(self.lon, was["lon"], starts))
        took = self._since(self.time, was["at"], starts)
        clear = (way * PER_DEGREE <= self.rules.max_speed * took) & (took > 0)
        clear &= self.grade <= Grade.B
        drive = np.logical_and.reduceat(clear & ~self.slow, starts)
        stand = self._stand(was, starts, ends, clear)
        whole = drive | stand
        self.pending = ~np.repeat(whole, ends - starts)
        self._remember(was, starts, ends, drive, whole)

    def _stand(self, was: NDArray[np.void], starts: Rows, ends: Rows, clear: Bools) -> Bools:
        """Which vehicles stand in all their rows; flags those rows and draws them there."""
        each = np.repeat(np.arange(len(starts)), ends - starts)
        lon, lat, since = (was[f"stand_{name}"][each] for name in ("lon", "lat", "since"))
        off = (np.abs(self.lat - lat) + np.abs(self.lon - lon)) * PER_DEGREE
        stands = np.logical_and.reduceat(clear & self.slow & (off <= self.rules.spread), starts)
        parked = stands[each] & (self.time - since >= self.rules.standing)
        self.raised[parked] = np.uint16(Flag.DRIFT)
        self.stood[parked] = since[parked]
        self.drawn_lon[parked], self.drawn_lat[parked] = lon[parked], lat[parked]
        return stands

    def _remember(
        self, after: NDArray[np.void], starts: Rows, ends: Rows, drive: Bools, whole: Bools
    ) -> None:
        """Keep the last row of the vehicles that passed; those that drive stand nowhere."""
        last = ends - 1
        for name, column in (
            *(("time", self.time), ("at", self.time), ("sigma", self.sigma)),
            *(("lon", self.lon), ("lat", self.lat)),
        ):
            after[name] = column[last]
        after["strikes"] = 0
        for name in ("strike_time", "strike_lon", "strike_lat"):
            after[name] = np.nan
        for name in ("stand_since", "stand_lon", "stand_lat"):
            after[name][drive] = np.nan
        self.memory.put(self.slot[starts[whole]], after.compress(whole))

    def _since(self, column: Floats, before: Floats, starts: Rows) -> Floats:
        """Difference to the row before, or to what is remembered (NaN: nothing)."""
        step = np.empty_like(column)
        step[1:] = column[1:] - column[:-1]
        step[starts] = column[starts] - before
        return step

    def step_through(self) -> None:
        """Do the rows of all other vehicles, one after the other."""
        left = np.flatnonzero(self.pending)
        if not len(left):
            return
        rules, slots = self.rules, self.slot[left].tolist()
        columns = (self.time, self.lon, self.lat, self.sigma, self.grade, self.slow)
        rows = zip(*(column[left].tolist() for column in columns), strict=True)
        vehicles: dict[int, Vehicle] = {}
        raised, lons, lats, stood = [], [], [], []
        for slot, row in zip(slots, rows, strict=True):
            vehicle = vehicles.get(slot)
            if vehicle is None:
                vehicle = vehicles[slot] = Vehicle(*self.memory[slot].item())
            flags, lon, lat, since = vehicle.take(Row(*row), rules)
            raised.append(flags)
            lons.append(lon)
            lats.append(lat)
            stood.append(since)
        self.raised[left], self.stood[left] = raised, stood
        self.drawn_lon[left], self.drawn_lat[left] = lons, lats
        after = [vehicle.as_tuple() for vehicle in vehicles.values()]
        self.memory[list(vehicles)] = np.array(after, MEMORY)

    def believed(self) -> Rows:
        """Rows of the batch that are no jumps."""
        rows: Rows = self.rows[(self.raised & np.uint16(Flag.JUMP)) == 0]
        return rows

    def live(self) -> Live:
        """The last believed row of each vehicle."""
        believed = np.flatnonzero((self.raised & np.uint16(Flag.JUMP)) == 0)
        vehicle = self.vehicle[believed]
        last = believed[np.append(vehicle[1:] != vehicle[:-1], True)] if len(believed) else believed
        return Live(self.vehicle[last], self.rows[last], self.drawn_lon[last], self.drawn_lat[last])
