"""How far each vehicle is along its planned line: a fold over fixes in event-time order.

``locate`` takes the believed fixes of a batch and what is remembered of their vehicles, and gives
each fix its place on the line and the vehicle's progress there; and what is remembered then.
Where a batch is cut does not matter, and the same fixes from the same memory give the same bytes.

Rows are taken in rounds: every vehicle's first row, then every second row, and so on.  A vehicle
that follows its line within a hundred metres, as most do, is done in arrays; the others, and the
rounds of a few rows that a long history of one vehicle consists of, one by one by
``route.vehicle``, which says what the rules are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fleet.geo import metres_per_degree
from route.ground import Fix, Ground
from route.line import UNITS
from route.lines import NO_HALTS, Halts, Lines
from route.match import Asks, match
from route.memory import FORMAT, PROGRESS, Rules, State, empty_progress
from route.vehicle import BEHIND, DOUBT, HASTE, MARGIN, NOISE, Vehicle

__all__ = ["FORMAT", "PROGRESS", "Located", "Roads", "Rules", "State", "empty_progress", "locate"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Memory = NDArray[np.void]
Rows = NDArray[np.intp]

FEW = 24  #: rows; about 15 us each one by one, 400 us in all in arrays

_TENTHS = np.radians(np.arange(3600) / 10.0)
#: By tenths of a degree, which is all that a course is worth: looked up, it is the same everywhere.
_EAST, _NORTH = np.sin(_TENTHS), np.cos(_TENTHS)


@dataclass(frozen=True, slots=True)
class Roads:
    """``n`` believed fixes, sorted by vehicle and time; all columns of shape (n,)."""

    vehicle: Ints  #: row in the memory
    time: Floats
    lon: Floats
    lat: Floats
    sigma: Floats  #: m
    speed: Floats  #: m/s; NaN unknown
    course: Floats  #: degrees; NaN unknown
    trip: Ints  #: key of the trip that the vehicle serves then; 0 none
    line: Ints  #: row of its planned line in the block; -1 none
    inside: Bools | None = None  #: within the fence of a planned stop: that is no detour

    def __len__(self) -> int:
        return len(self.time)

    def rows(self, which: Rows | Bools | slice) -> Roads:
        """The chosen rows, in the order chosen."""
        inside = None if self.inside is None else self.inside[which]
        columns = {name: getattr(self, name)[which] for name in Roads.__slots__[:-1]}
        return Roads(**columns, inside=inside)


@dataclass(frozen=True, slots=True)
class Located:
    """What ``locate`` concludes; the first four of shape (n,), a row for each fix."""

    s: Floats  #: m along the line: progress; NaN while the vehicle has not been on it
    offset: Floats  #: m beside the line, negative to its left; NaN: it was not looked for
    on: Bools  #: within the corridor
    state: NDArray[np.uint8]  #: ``State``
    touched: Ints  #: vehicles of the batch, ascending
    memory: Memory  #: of those, afterwards


class Fixes(NamedTuple):
    """Rows in columns; see ``Fix``."""

    trip: Ints
    line: Ints
    key: Ints
    time: Floats
    lon: Floats
    lat: Floats
    sigma: Floats
    speed: Floats
    kx: Floats
    ky: Floats
    east: Floats
    north: Floats
    x: Floats
    y: Floats
    inside: Bools

    def pick(self, which: Rows | Bools) -> Fixes:
        """The chosen rows."""
        return Fixes._make(column[which] for column in self)


class _Chosen(NamedTuple):
    """Rows that seem plain, and what is remembered of their vehicles."""

    rows: Rows
    fix: Fixes
    was: Memory
    dt: Floats


def locate(
    track: Roads,
    lines: Lines,
    memory: Memory,
    rules: Rules,
    halts: Halts = NO_HALTS,
    *,
    few: int = FEW,
) -> Located:
    """Follow the vehicles of a batch along their lines.

    Args:
        track: the fixes; of a vehicle's, none as old as what its memory has seen changes anything.
        lines: all lines that the track refers to.
        memory: ``PROGRESS`` rows, one per vehicle of the world; not written to.
        rules: thresholds.
        halts: where the trips are to stop.
        few: rows; as many are sooner done one by one than in arrays.
    """
    number = len(track)
    first = np.append(True, track.vehicle[1:] != track.vehicle[:-1])[:number]
    touched = track.vehicle[first]
    slot = np.cumsum(first) - 1
    fold = _Fold(track, Ground(lines, halts, rules), slot, memory.take(touched))
    for rows in _rounds(first):
        if len(rows) > few:
            left = fold.pass_plainly(rows)
            fold.step_through(left)
        else:
            rank = np.arange(number) - np.flatnonzero(first)[slot]
            fold.step_through(np.flatnonzero(rank >= rank[rows[0]]))
            break
    return Located(fold.s, fold.offset, fold.on, fold.state, touched, fold.memory)


def _rounds(first: Bools) -> Iterator[Rows]:
    """Every vehicle's first row, then every second row, and so on."""
    rows = np.flatnonzero(first)
    ends = np.append(rows[1:], len(first)) if len(rows) else rows
    while len(rows):
        yield rows
        more = rows + 1 < ends
        rows, ends = rows[more] + 1, ends[more]


class _Fold:
    """The rows of a batch over the memory of its vehicles, which is written to."""

    def __init__(self, track: Roads, ground: Ground, slot: Rows, memory: Memory) -> None:
        self.ground, self.slot, self.memory = ground, slot, memory
        number = len(track)
        self.columns = _columns(track, ground.lines, ground.rules)
        self.s, self.offset = np.full((2, number), np.nan)
        self.on = np.zeros(number, np.bool_)
        self.state = np.full(number, State.LOST, np.uint8)

    def step_through(self, rows: Rows) -> None:
        """Take rows one by one."""
        if not len(rows):
            return
        slots = self.slot[rows].tolist()
        fixes = zip(*(column[rows].tolist() for column in self.columns), strict=True)
        vehicles: dict[int, Vehicle] = {}
        told = []
        for slot, fix in zip(slots, fixes, strict=True):
            vehicle = vehicles.get(slot)
            if vehicle is None:
                vehicle = vehicles[slot] = Vehicle(*self.memory[slot].item())
            told.append(vehicle.take(Fix(*fix), self.ground))
        self.s[rows], self.offset[rows], self.on[rows], self.state[rows] = zip(*told, strict=True)
        after = np.array([vehicle.as_tuple() for vehicle in vehicles.values()], PROGRESS)
        self.memory.put(np.fromiter(vehicles, np.intp), after)

    def pass_plainly(self, rows: Rows) -> Rows:
        """Do the vehicles of which nothing but place and time changes; the rows that are left.

        At most one row of each vehicle.  Whoever passes here would pass ``Vehicle.take`` with the
        same result to the bit.
        """
        rules = self.ground.rules
        was = self.memory.take(self.slot[rows])
        fix = self.columns.pick(rows)
        dt = fix.time - was["time"]
        plain = (dt > 0) & (dt <= rules.gap) & (fix.trip == was["trip"]) & (fix.key == was["line"])
        lined = fix.line >= 0
        plain &= ~lined | (
            (was["state"] == State.ON) & (was["seen"] == was["time"]) & (was["agreed"] == 0)
        )
        if plain.all():
            chosen = _Chosen(rows, fix, was, dt)
        else:
            chosen = _Chosen(rows[plain], fix.pick(plain), was[plain], dt[plain])
        if not len(chosen.rows):
            return rows
        done = self._pass(chosen, lined[plain])
        missed = rows[~plain]
        return np.append(missed, chosen.rows[~done]) if len(missed) else chosen.rows[~done]

    def _pass(self, chosen: _Chosen, lined: Bools) -> Bools:
        """Do those of the chosen rows that are as plain as they seem; which they are."""
        rules, (rows, fix, was, dt) = self.ground.rules, chosen
        x, y = _half_turn(fix.lon - was["lon"]) * fix.kx, (fix.lat - was["lat"]) * fix.ky
        way = np.sqrt(x * x + y * y)
        after = was.copy()
        after["time"], after["lon"], after["lat"] = fix.time, fix.lon, fix.lat
        after["offset"] = np.nan
        done = np.ones(len(rows), np.bool_)
        if lined.all():
            done = self._match(chosen, way, after)
        elif lined.any():
            part = after[lined]
            some = _Chosen(rows[lined], fix.pick(lined), was[lined], dt[lined])
            done[lined] = self._match(some, way[lined], part)
            after[lined] = part
        known = ~np.isnan(fix.speed)
        slow = np.where(known, fix.speed <= rules.slow, way <= rules.slow * dt + fix.sigma)
        done &= self._count(chosen, slow, after)
        kept = slice(None) if done.all() else done
        self.memory.put(self.slot[rows[kept]], after[kept])
        to = rows[kept]
        self.s[to], self.offset[to] = after["s"][kept], after["offset"][kept]
        self.on[to], self.state[to] = lined[kept], after["state"][kept]
        return done

    def _match(self, chosen: _Chosen, way: Floats, after: Memory) -> Bools:
        """Find the places on the line, as ``Vehicle._follow`` does at first; who is near it."""
        rules, lines, (_, fix, was, dt) = self.ground.rules, self.ground.lines, chosen
        known = ~np.isnan(fix.speed)
        speed = np.where(known, fix.speed, 0.0)
        pace, start = was["pace"], was["at"]
        far = np.maximum(np.maximum(pace, speed), way / dt) * dt
        drive = np.where(known, (pace + speed) * 0.5, pace)
        moves = np.isnan(was["stand_since"]) & ~(known & (speed <= rules.slow))
        due = start + np.maximum(np.where(moves, drive * dt, 0.0), way)
        asks = Asks(
            row=fix.line.astype(np.intp),
            low=start - BEHIND - HASTE * way,
            high=start + MARGIN + HASTE * far,
            x=fix.x,
            y=fix.y,
            kx=fix.kx * 1e-7,
            ky=fix.ky * 1e-7,
            east=fix.east,
            north=fix.north,
            due=due,
            pull=NOISE / (BEHIND + DOUBT * far),
        )
        place = match(lines, asks)
        gained = np.maximum(place.s - start, 0.0) / dt
        after["pace"] = pace + (gained - pace) * (dt / (dt + rules.pace_time))
        after["at"], after["s"] = place.s, np.maximum(was["s"], place.s)
        after["seen"], after["offset"] = fix.time, place.offset
        near: Bools = np.abs(place.offset) <= np.minimum(rules.near, lines.corridor.take(fix.line))
        return near & (was["s"] - place.s <= rules.turned)

    def _count(self, chosen: _Chosen, slow: Bools, after: Memory) -> Bools:
        """What they do with their time, as ``Vehicle._move``; all but those whose break begins."""
        rules, (_, fix, was, dt) = self.ground.rules, chosen
        x = _half_turn(fix.lon - was["stand_lon"]) * fix.kx
        y = (fix.lat - was["stand_lat"]) * fix.ky
        stays = slow & (np.sqrt(x * x + y * y) <= rules.spread)
        before, now = was["time"] - was["stand_since"], fix.time - was["stand_since"]
        begins = stays & (before < rules.rest) & (now >= rules.rest)
        goes = ~stays
        drives = np.where(goes, dt, 0.0) + np.where(
            goes & (before < rules.stop), was["counted"], 0.0
        )
        after["moved"] += drives
        after["driven"] += drives
        stand = {"stand_since": fix.time, "stand_lon": fix.lon, "stand_lat": fix.lat}
        for name, value in stand.items():
            np.copyto(after[name], np.where(slow, value, np.nan), where=goes)
        after["counted"][goes] = 0.0
        after["rests"][goes] = False
        if stays.any():
            counts = stays & ~self.ground.halts.near(fix.trip, after["at"], rules.halt)
            spent = np.where(counts, dt, 0.0)
            after["counted"] += spent
            long = stays & (now >= rules.stop)
            after["standing"] += np.where(long & (before < rules.stop), after["counted"], 0.0)
            after["standing"] += np.where(long & (before >= rules.stop), spent, 0.0)
            after["resting"] += np.where(was["rests"], spent, 0.0)
        kept: Bools = ~begins
        return kept


def _columns(track: Roads, lines: Lines, rules: Rules) -> Fixes:
    """What ``Fix`` has, of all rows; speed and course as the store gives them back."""
    speed = track.speed.astype(np.float32).astype(np.float64)
    course = track.course.astype(np.float32).astype(np.float64)
    heads = (speed > rules.slow) & ~np.isnan(course)
    tenth = (np.where(heads, course, 0.0) * 10.0 + 0.5).astype(np.intp) % len(_TENTHS)
    kx, ky = metres_per_degree(track.lat)
    middle = lines.middle.take(track.line, mode="clip") if len(lines) else track.lon
    lon = middle + _half_turn((track.lon - middle) % 360.0)
    inside = track.inside if track.inside is not None else np.zeros(len(track), np.bool_)
    return Fixes(
        trip=track.trip,
        line=track.line,
        key=lines.keys_of(track.line),
        time=track.time,
        lon=track.lon,
        lat=track.lat,
        sigma=track.sigma,
        speed=speed,
        kx=kx,
        ky=ky,
        east=np.where(heads, _EAST[tenth], 0.0),
        north=np.where(heads, _NORTH[tenth], 0.0),
        x=lon * UNITS,
        y=track.lat * UNITS,
        inside=inside,
    )


def _half_turn(degrees: Floats) -> Floats:
    """Differences of longitudes, the short way round."""
    turned = np.where(degrees > 180.0, degrees - 360.0, degrees)  # noqa: PLR2004 - half a turn
    return np.where(turned < -180.0, turned + 360.0, turned)  # noqa: PLR2004
