"""The screen that compares a fix with those before it: jumps, relocations, standstill.

A fix is *believed* when it is not void, graded C or better, no jump and not old.  Believed
fixes move the live state; all others are history with their flags.

``judge`` is a fold over memory that can be run again: the same fixes in event-time order
over the same memory give the same flags, so repair is running it from a checkpoint.

Most rows touch nothing: a vehicle that drives no faster than it can, or stands where it
stood, is done in one pass over all its rows.  The others go through ``_step`` in rounds,
every vehicle's first row, then every second, because each depends on the one before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fleet.geo import EARTH, distance
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


def judge(fixes: FixBatch, memory: NDArray[np.void], rules: Rules) -> Judged:
    """Raise the contextual flags and move the memory on.

    Args:
        fixes: sorted by vehicle and time, at most one per device and time, as ``screen.once``
            leaves them.
        memory: ``MEMORY`` rows, one per vehicle of the world; not written to.
        rules: thresholds.
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
    fold.pass_plainly()
    fold.step_through()
    flags[rows] |= fold.raised
    return Judged(replace(fixes, flags=flags), touched, after, fold.live())


def _firsts(vehicle: NDArray[np.int32]) -> NDArray[np.int32]:
    """Each value of a sorted array once."""
    return vehicle[np.append(True, vehicle[1:] != vehicle[:-1])] if len(vehicle) else vehicle


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
        ``_step`` with the same result.
        """
        starts = np.flatnonzero(self.first)
        ends = np.append(starts[1:], len(self.slot))
        was = self.memory[self.slot[starts]]
        way = np.abs(self._since(self.lat, was["lat"], starts))
        way += np.abs(self._since(self.lon, was["lon"], starts))
        took = self._since(self.time, was["at"], starts)
        clear = (way * _PER_DEGREE <= self.rules.max_speed * took) & (took > 0)
        clear &= self.grade <= Grade.B
        known = (was["strikes"] == 0) & (self.time[starts] > was["time"])
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
        stands &= (was["strikes"] == 0) & (self.time[starts] > was["time"])
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
        """Do the rows of all other vehicles, one of each vehicle at a time."""
        left = np.flatnonzero(self.pending)
        for turn in rounds(self.slot[left]):
            self._step(left[turn])

    def live(self) -> Live:
        """The last believed row of each vehicle."""
        believed = np.flatnonzero((self.raised & np.uint16(Flag.JUMP)) == 0)
        vehicle = self.vehicle[believed]
        last = believed[np.append(vehicle[1:] != vehicle[:-1], True)] if len(believed) else believed
        return Live(self.vehicle[last], self.rows[last], self.drawn_lon[last], self.drawn_lat[last])

    def _step(self, now: Rows) -> None:
        """Judge one row of each of several different vehicles and write their memory on."""
        slot, time, rules = self.slot[now], self.time[now], self.rules
        was = self.memory[slot]
        jumped = self._apart(now, was)
        strikes = np.where(jumped, self._strikes(now, was), 0)
        moved = strikes >= rules.relocation
        believed = ~jumped | moved
        slow = self.slow[now]
        stands = believed & ~moved & slow & self._near_stand(now, was)
        drifted = stands & (time - was["stand_since"] >= rules.standing)

        self.raised[now] = (
            np.uint16(Flag.JUMP) * (jumped & ~moved)
            | np.uint16(Flag.RELOCATION) * moved
            | np.uint16(Flag.DRIFT) * drifted
        )
        self.drawn_lon[now] = np.where(drifted, was["stand_lon"], self.lon[now])
        self.drawn_lat[now] = np.where(drifted, was["stand_lat"], self.lat[now])

        place = (("time", time), ("lon", self.lon[now]), ("lat", self.lat[now]))
        after = was.copy()
        after["time"] = np.where(believed, time, was["time"])
        anchor = believed & (self.grade[now] <= Grade.B)
        for name, value in (("at", time), ("sigma", self.sigma[now]), *place[1:]):
            after[name] = np.where(anchor, value, was[name])
        held = jumped & ~moved
        after["strikes"] = np.where(held, strikes, 0)
        for name, value in place:
            after[f"strike_{name}"] = np.where(held, value, np.nan)
        fresh = believed & slow & ~stands
        kept = stands | ~believed
        for name, value in (("since", time), *place[1:]):
            old = np.where(kept, was[f"stand_{name}"], np.nan)
            after[f"stand_{name}"] = np.where(fresh, value, old)
        # A fix that the memory knows already, delivered again, must not count again.
        known = (time <= was["time"]) | (jumped & (time <= was["strike_time"]))
        self.memory[slot] = np.where(known, was, after)

    def _apart(self, now: Rows, was: NDArray[np.void]) -> Bools:
        """Whether no road vehicle gets from the last A/B fix to here in that time.

        The two accuracies are taken off the distance first: noise alone is no speed.
        """
        way = distance(was["lon"], was["lat"], self.lon[now], self.lat[now])
        way -= was["sigma"] + self.sigma[now]
        reach = self.rules.max_speed * np.maximum(self.time[now] - was["at"], 0)
        jumped: Bools = ~np.isnan(was["lon"]) & (way > reach)
        return jumped

    def _strikes(self, now: Rows, was: NDArray[np.void]) -> NDArray[np.int32]:
        """How many jumped fixes in a row agree with each other, this one included."""
        way = distance(was["strike_lon"], was["strike_lat"], self.lon[now], self.lat[now])
        since = self.time[now] - was["strike_time"]  # NaN: no strike before; then nothing agrees
        agrees = (way - 2 * self.sigma[now] <= self.rules.max_speed * since) & (since > 0)
        return np.where(agrees, was["strikes"] + 1, 1).astype(np.int32)

    def _near_stand(self, now: Rows, was: NDArray[np.void]) -> Bools:
        """Which vehicles are still where they stood."""
        way = distance(was["stand_lon"], was["stand_lat"], self.lon[now], self.lat[now])
        near: Bools = way <= self.rules.spread
        return near


def rounds(vehicle: NDArray[np.integer[Any]]) -> Iterator[Rows]:
    """Every vehicle's first row, then every second, and so on; ``vehicle`` must be grouped."""
    if not len(vehicle):
        return
    first = np.append(True, vehicle[1:] != vehicle[:-1])
    starts = np.flatnonzero(first)
    place = np.arange(len(vehicle)) - starts[np.cumsum(first) - 1]
    for number in range(int(place.max()) + 1):
        yield np.flatnonzero(place == number)
