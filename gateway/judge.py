"""The screen that compares a fix with those before it: jumps, relocations, standstill.

A fix is *believed* when it is not void, graded C or better, no jump and not old.  Believed
fixes move the live state; all others are history with their flags.

``judge`` is a fold over memory that can be run again: the same fixes in event-time order
over the same memory give the same flags, so repair is running it from a checkpoint.

Most rows touch nothing: a vehicle that drives no faster than it can, or stands where it
stood, is done in one pass over all its rows.  The others are taken one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isnan, nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fleet.geo import EARTH, distance_of
from fleet.records import FixBatch, Flag, Grade, Live

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

MEMORY_FORMAT = 1
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
    ]
)


@dataclass(frozen=True, slots=True)
class Rules:
    """When a fix is doubted."""

    max_speed: float = 160 / 3.6  #: m/s; no lorry or van covers ground faster
    relocation: int = 3  #: consistent jumped fixes after which the vehicle really is there
    slow: float = 5 / 3.6  #: m/s; below it a receiver's speed is noise and the course is unreliable
    spread: float = 50.0  #: m; how far a standing vehicle's fixes may lie apart
    standing: float = 60.0  #: s of slow fixes within the spread before it counts as parked
    sigma_per_hdop: float = 5.0  #: m of one-sigma error per unit of HDOP
    min_sigma: float = 5.0  #: m; no receiver in a cab does better
    no_hdop: float = 2.0  #: assumed where the receiver does not say


#: m; the way along the meridian and then along the equator is never shorter than the way
_PER_DEGREE = EARTH * np.pi / 180
FEW = 16  #: rows; about 5 us each one by one, 80 us in all in arrays
_SILENT = np.uint16(Flag.VOID | Flag.OLD)


@dataclass(frozen=True, slots=True)
class Judged:
    """What ``judge`` concludes."""

    fixes: FixBatch  #: as given, with the contextual flags
    touched: NDArray[np.int32]  #: rows of the vehicles of the batch, ascending
    memory: NDArray[np.void]  #: of those vehicles, after the batch
    live: Live


def empty_memory(vehicles: int) -> NDArray[np.void]:
    """Memory of vehicles that nothing is known of."""
    memory = np.zeros(vehicles, MEMORY)
    for name in MEMORY.names or ():
        if name != "strikes":
            memory[name] = np.nan
    memory["time"] = -np.inf
    return memory


def sigma(hdop: Floats, rules: Rules) -> Floats:
    """Horizontal accuracy, m, one sigma: max(5 m, 5 m x HDOP)."""
    known = np.where(np.isnan(hdop), rules.no_hdop, hdop)
    return np.maximum(rules.min_sigma, rules.sigma_per_hdop * known)


def judge(fixes: FixBatch, memory: NDArray[np.void], rules: Rules, *, few: int = FEW) -> Judged:
    """Raise the contextual flags and move the memory on.

    Args:
        fixes: sorted by vehicle and time, at most one per device and time, as ``screen.once``
            leaves them.
        memory: ``MEMORY`` rows, one per vehicle of the world; not written to.
        rules: thresholds.
        few: eligible rows; as many are sooner done one by one than in arrays.
    """
    bound = fixes.vehicle >= 0
    newest = np.full(len(fixes), -np.inf)
    newest[bound] = memory["time"][fixes.vehicle[bound]]
    older = fixes.time < newest
    flags = fixes.flags | (np.uint16(Flag.BACKFILLED) * older)
    eligible = bound & ~older & ((fixes.flags & _SILENT) == 0) & (fixes.grade < Grade.X)
    rows = np.flatnonzero(eligible)
    touched = _firsts(fixes.vehicle[bound])
    after = memory[touched]
    if not len(rows):
        none = np.empty(0)
        live = Live(np.empty(0, np.int32), rows, none, none)
        return Judged(replace(fixes, flags=flags), touched, after, live)
    fold = _Fold(fixes, rows, np.searchsorted(touched, fixes.vehicle[rows]), after, rules)
    if len(rows) > few:
        fold.pass_plainly()
    fold.step_through()
    flags[rows] |= fold.raised
    return Judged(replace(fixes, flags=flags), touched, after, fold.live())


def _firsts(vehicle: NDArray[np.int32]) -> NDArray[np.int32]:
    """Each value of a sorted array once."""
    return vehicle[np.append(True, vehicle[1:] != vehicle[:-1])] if len(vehicle) else vehicle


class _Row(NamedTuple):
    """One fix, in plain numbers."""

    time: float
    lon: float
    lat: float
    sigma: float
    grade: int
    slow: bool


@dataclass(slots=True)
class _Vehicle:
    """One row of ``MEMORY``, unpacked: what is remembered while its fixes are taken."""

    time: float
    lon: float
    lat: float
    sigma: float
    at: float
    strikes: int
    strike_time: float
    strike_lon: float
    strike_lat: float
    stand_since: float
    stand_lon: float
    stand_lat: float

    def as_tuple(self) -> tuple[float, ...]:
        """The row again."""
        return tuple(getattr(self, name) for name in self.__slots__)

    def take(self, fix: _Row, rules: Rules) -> tuple[int, float, float]:
        """The flags of the next fix in event order, and where to draw the vehicle."""
        if self._is_apart(fix, rules):
            strikes = self._strikes(fix, rules)
            if strikes < rules.relocation:
                self._hold(fix, strikes)
                return int(Flag.JUMP), fix.lon, fix.lat
            self._believe(fix)
            self._begin_to_stand(fix)
            return int(Flag.RELOCATION), fix.lon, fix.lat
        stands = fix.slow and self._is_where_it_stood(fix, rules)
        parked = stands and fix.time - self.stand_since >= rules.standing
        place = (self.stand_lon, self.stand_lat) if parked else (fix.lon, fix.lat)
        # A fix that the memory knows already, delivered again, must not count again.
        if fix.time > self.time:
            self._believe(fix)
            if not stands:
                self._begin_to_stand(fix)
        return int(Flag.DRIFT) if parked else 0, *place

    def _is_apart(self, fix: _Row, rules: Rules) -> bool:
        """Whether no road vehicle gets from the last A/B fix to here in that time.

        The two accuracies are taken off the distance first: noise alone is no speed.
        """
        if isnan(self.lon):
            return False
        reach = rules.max_speed * max(fix.time - self.at, 0.0) + self.sigma + fix.sigma
        return _metres(self.lon, self.lat, fix.lon, fix.lat, reach) > reach

    def _strikes(self, fix: _Row, rules: Rules) -> int:
        """How many jumped fixes in a row agree with each other, this one included."""
        since = fix.time - self.strike_time  # NaN: no strike before; then nothing agrees
        reach = rules.max_speed * since + 2 * fix.sigma
        agrees = since > 0 and (
            _metres(self.strike_lon, self.strike_lat, fix.lon, fix.lat, reach) <= reach
        )
        return self.strikes + 1 if agrees else 1

    def _hold(self, fix: _Row, strikes: int) -> None:
        """Remember a jump, unless it is a known one delivered again."""
        if fix.time > self.time and not fix.time <= self.strike_time:
            self.strikes = strikes
            self.strike_time, self.strike_lon, self.strike_lat = fix.time, fix.lon, fix.lat

    def _is_where_it_stood(self, fix: _Row, rules: Rules) -> bool:
        """Whether it is still where it stood; no, if it stood nowhere."""
        return (
            _metres(self.stand_lon, self.stand_lat, fix.lon, fix.lat, rules.spread) <= rules.spread
        )

    def _believe(self, fix: _Row) -> None:
        """The vehicle was here."""
        self.time = fix.time
        if fix.grade <= Grade.B:
            self.at, self.lon, self.lat, self.sigma = fix.time, fix.lon, fix.lat, fix.sigma
        self.strikes = 0
        self.strike_time = self.strike_lon = self.strike_lat = nan

    def _begin_to_stand(self, fix: _Row) -> None:
        """It stands here from now on, or nowhere if it moves."""
        self.stand_since, self.stand_lon, self.stand_lat = (
            (fix.time, fix.lon, fix.lat) if fix.slow else (nan, nan, nan)
        )


def _metres(lon1: float, lat1: float, lon2: float, lat2: float, enough: float) -> float:
    """Metres between two places, or an upper bound where that is at most ``enough``."""
    bound = (abs(lat2 - lat1) + abs(lon2 - lon1)) * _PER_DEGREE
    return bound if bound <= enough else distance_of(lon1, lat1, lon2, lat2)


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
        self.slow = ~(fixes.speed[rows] > rules.slow)  # or the receiver does not say
        self.sigma = sigma(fixes.hdop[rows], rules)
        self.raised = np.zeros(len(rows), np.uint16)
        self.drawn_lon, self.drawn_lat = self.lon.copy(), self.lat.copy()
        self.first = np.append(True, slot[1:] != slot[:-1])
        self.pending = np.ones(len(rows), np.bool_)

    def pass_plainly(self) -> None:
        """Do the vehicles that only drive, or only stand where they stood: no jump, no doubt.

        What is compared are upper bounds of distances, so whoever passes here would pass
        ``_Vehicle.take`` with the same result.
        """
        starts = np.flatnonzero(self.first)
        ends = np.append(starts[1:], len(self.slot))
        was = self.memory[self.slot[starts]]
        way = np.abs(self._since(self.lat, was["lat"], starts))
        way += np.abs(self._since(self.lon, was["lon"], starts))
        took = self._since(self.time, was["at"], starts)
        clear = (way * _PER_DEGREE <= self.rules.max_speed * took) & (took > 0)
        clear &= self.grade <= Grade.B
        known = self.time[starts] > was["time"]
        drive = known & np.logical_and.reduceat(clear & ~self.slow, starts)
        stand = known & self._stand(was, starts, ends, clear)
        whole = drive | stand
        self.pending = ~np.repeat(whole, ends - starts)
        self._remember(was, starts, ends, drive, whole)

    def _stand(self, was: NDArray[np.void], starts: Rows, ends: Rows, clear: Bools) -> Bools:
        """Which vehicles stand in all their rows; flags those rows and draws them there."""
        each = np.repeat(np.arange(len(starts)), ends - starts)
        lon, lat, since = (was[f"stand_{name}"][each] for name in ("lon", "lat", "since"))
        off = (np.abs(self.lat - lat) + np.abs(self.lon - lon)) * _PER_DEGREE
        stands = np.logical_and.reduceat(clear & self.slow & (off <= self.rules.spread), starts)
        stands &= self.time[starts] > was["time"]
        parked = stands[each] & (self.time - since >= self.rules.standing)
        self.raised[parked] = np.uint16(Flag.DRIFT)
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
        self.memory[self.slot[starts[whole]]] = after[whole]

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
        vehicles: dict[int, _Vehicle] = {}
        raised, lons, lats = [], [], []
        for slot, row in zip(slots, rows, strict=True):
            vehicle = vehicles.get(slot)
            if vehicle is None:
                vehicle = vehicles[slot] = _Vehicle(*self.memory[slot].item())
            flags, lon, lat = vehicle.take(_Row(*row), rules)
            raised.append(flags)
            lons.append(lon)
            lats.append(lat)
        self.raised[left], self.drawn_lon[left], self.drawn_lat[left] = raised, lons, lats
        after = [vehicle.as_tuple() for vehicle in vehicles.values()]
        self.memory[list(vehicles)] = np.array(after, MEMORY)

    def live(self) -> Live:
        """The last believed row of each vehicle."""
        believed = np.flatnonzero((self.raised & np.uint16(Flag.JUMP)) == 0)
        vehicle = self.vehicle[believed]
        last = believed[np.append(vehicle[1:] != vehicle[:-1], True)] if len(believed) else believed
        return Live(self.vehicle[last], self.rows[last], self.drawn_lon[last], self.drawn_lat[last])
