"""The obvious way to fold: a message at a time, pynmea2, an object per fix and per vehicle.

Written as a competent engineer would write it without arrays, with the product's rules for
the ordinary messages of ``traffic``: the benchmark asserts that both give the same rows.
It leaves out what the product does besides (torn streams, week rollover, sentences other
than RMC and GGA, bytes that are no NMEA), so the comparison is in its favour.

Fences are followed in the obvious way too: an STRtree is asked for every point, and a dictionary
per vehicle says since when it is inside of what.  That knows neither accuracy nor margins, nor
what happened between two fixes, so its visits are not the product's and are not compared.
"""

from __future__ import annotations

import math
import struct
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pynmea2
import shapely

from bench.fences import polygons
from fleet.fences import FenceVersion
from fleet.geo import EARTH
from fleet.records import Flag, Frame, Grade, Reason, Reject
from gateway.pipeline import Rules
from gateway.world import World

KNOT = 1852 / 3600  #: m/s
Row = tuple[float | None, ...]

#: The columns of a row, in order; ``device`` and ``vehicle`` are rows of the world.
COLUMNS = (
    "device",
    "vehicle",
    "time",
    "lat",
    "lon",
    "altitude",
    "speed",
    "course",
    "hdop",
    "satellites",
    "grade",
    "flags",
    "received",
)


@dataclass(slots=True)
class Fix:
    """One fix; None is unknown."""

    device: int
    vehicle: int
    time: float
    lat: float
    lon: float
    altitude: float | None
    speed: float | None
    course: float | None
    hdop: float | None
    satellites: int | None
    grade: int
    flags: int
    received: float

    def row(self) -> Row:
        """As ``COPY`` takes it."""
        return (
            self.device,
            self.vehicle,
            self.time,
            self.lat,
            self.lon,
            self.altitude,
            self.speed,
            self.course,
            self.hdop,
            self.satellites,
            self.grade,
            self.flags,
            self.received,
        )


@dataclass(slots=True)
class Inside:
    """A vehicle inside of a fence, or just outside again."""

    since: float
    entered: bool = False  # it has dwelt
    left: float | None = None  # since when it is outside


@dataclass(slots=True)
class Vehicle:
    """What is remembered of one vehicle; None where nothing is."""

    time: float = -math.inf  # newest believed fix
    seen: float = -math.inf  # newest fix of any kind
    anchor: Fix | None = None  # last believed fix of grade A or B
    strikes: int = 0
    strike: Fix | None = None
    stand: Fix | None = None  # where and since when it stands
    inside: dict[int, Inside] = field(default_factory=dict)  # by fence

    def body(self) -> bytes:
        """As it is stored with the rows."""
        anchor, strike, stand = (_place(fix) for fix in (self.anchor, self.strike, self.stand))
        fixed = struct.pack(
            "<2d3di3d3d", self.time, self.seen, *anchor, self.strikes, *strike, *stand
        )
        visits = (
            struct.pack("<id?d", fence, one.since, one.entered, one.left or math.nan)
            for fence, one in self.inside.items()
        )
        return fixed + b"".join(visits)


@dataclass(slots=True)
class Folded:
    """What a batch gave."""

    rows: list[Row] = field(default_factory=list)  # by vehicle and time
    rejects: list[Reject] = field(default_factory=list)
    live: dict[int, tuple[float, float]] = field(default_factory=dict)  # where to draw a vehicle
    memory: dict[int, bytes] = field(default_factory=dict)  # of the vehicles that were touched
    #: vehicle, fence, when, and whether it came in
    passages: list[tuple[int, int, float, bool]] = field(default_factory=list)


class Gates:
    """Who goes into which fence, and out of it."""

    def __init__(self, versions: Sequence[FenceVersion]) -> None:
        self._fences = versions
        self._tree = shapely.STRtree(polygons(versions))

    def pass_through(self, vehicle: Vehicle, fix: Fix, folded: Folded) -> None:
        """Move the visits of ``vehicle`` on to ``fix``."""
        point = shapely.Point(fix.lon, fix.lat)
        found = set(self._tree.query(point, predicate="intersects").tolist())
        for place in found:
            one = vehicle.inside.get(place)
            if one is None:
                one = vehicle.inside[place] = Inside(fix.time)
            one.left = None
            terms = self._fences[place].terms
            if not one.entered and fix.time - one.since >= terms.dwell_in:
                one.entered = True
                folded.passages.append((fix.vehicle, place, one.since, True))
        for place in [place for place in vehicle.inside if place not in found]:
            one = vehicle.inside[place]
            if one.left is None:
                one.left = fix.time
            if not one.entered:
                del vehicle.inside[place]
            elif fix.time - one.left >= self._fences[place].terms.dwell_out:
                del vehicle.inside[place]
                folded.passages.append((fix.vehicle, place, one.left, False))


class Baseline:
    """The fold with its state."""

    def __init__(self, world: World, rules: Rules) -> None:
        self._rules = rules
        self._gates = Gates(world.fences.versions)
        self._devices = world.device_row
        self._vehicles: dict[int, Vehicle] = {}
        rows = world.rows
        self._bindings: dict[int, list[tuple[float, float, int]]] = {}
        for device, vehicle, since, until in zip(
            rows.bound_device.tolist(),
            rows.bound_vehicle.tolist(),
            rows.bound_from.tolist(),
            rows.bound_to.tolist(),
            strict=True,
        ):
            self._bindings.setdefault(device, []).append((since, until, vehicle))

    def fold(self, frames: Sequence[Frame]) -> Folded:
        """Decode and judge one batch."""
        folded = Folded()
        seen: dict[tuple[int, float], Fix] = {}
        for number, frame in enumerate(frames):
            fix = self._decode(frame)
            if isinstance(fix, Reason):
                folded.rejects.append(Reject(fix, frame.payload, number))
                continue
            key = (fix.device, fix.time)
            known = seen.get(key)
            if known is None or _rank(fix) < _rank(known):
                seen[key] = fix
        for fix in sorted(seen.values(), key=lambda f: (f.vehicle, f.time)):
            if fix.vehicle >= 0:
                self._judge(fix, folded)
            folded.rows.append(fix.row())
        for vehicle in {fix.vehicle for fix in seen.values() if fix.vehicle >= 0}:
            folded.memory[vehicle] = self._vehicles[vehicle].body()
        return folded

    def _decode(self, frame: Frame) -> Fix | Reason:
        """The one epoch of an ordinary message, or why it gives no fix."""
        device = self._devices.get(frame.device)
        if device is None:
            return Reason.UNKNOWN_DEVICE
        rmc = gga = None
        for line in frame.payload.decode("ascii").splitlines():
            try:
                message = pynmea2.parse(line, check=True)
            except pynmea2.ParseError:
                return Reason.CHECKSUM
            if message.sentence_type == "RMC":
                rmc = message
            elif message.sentence_type == "GGA":
                gga = message
        if rmc is None or gga is None or rmc.timestamp != gga.timestamp:
            return Reason.NO_DATE
        if not rmc.lat or not rmc.lon:  # pynmea2 makes a blank position 0.0
            return Reason.NO_POSITION
        return self._fix(device, frame, rmc, gga)

    def _fix(self, device: int, frame: Frame, rmc: Any, gga: Any) -> Fix | Reason:  # noqa: ANN401
        if not isinstance(rmc.datestamp, str):  # what it cannot read comes back as text
            moment = datetime.combine(rmc.datestamp, rmc.timestamp)
        else:
            return Reason.NO_DATE
        time = round(moment.replace(tzinfo=UTC).timestamp(), 3)
        lat, lon = rmc.latitude, rmc.longitude
        refused = self._refused(time, lat, lon, frame.received)
        if refused is not None:
            return refused
        void = rmc.status != "A" or not gga.gps_qual
        hdop = float(gga.horizontal_dil) if gga.horizontal_dil else None
        satellites = int(gga.num_sats) if gga.num_sats else None
        speed = rmc.spd_over_grnd
        flags = Flag.VOID if void else Flag(0)
        if frame.received - time > self._rules.age.repair:
            flags |= Flag.OLD
        return Fix(
            device=device,
            vehicle=self._vehicle_of(device, time),
            time=time,
            lat=lat,
            lon=lon,
            altitude=gga.altitude,
            speed=None if speed is None else speed * KNOT,
            course=rmc.true_course,
            hdop=hdop,
            satellites=satellites,
            grade=Grade.X if void else _grade(hdop, satellites),
            flags=flags,
            received=frame.received,
        )

    def _refused(self, time: float, lat: float, lon: float, received: float) -> Reason | None:
        if abs(lat) > 90 or abs(lon) > 180:
            return Reason.OUT_OF_RANGE
        if lat == 0 and lon == 0:
            return Reason.NULL_ISLAND
        if time - received > self._rules.age.future:
            return Reason.FUTURE
        return Reason.TOO_OLD if received - time > self._rules.age.history else None

    def _vehicle_of(self, device: int, time: float) -> int:
        bindings = self._bindings.get(device, [])
        place = bisect_right(bindings, time, key=lambda b: b[0]) - 1
        return bindings[place][2] if place >= 0 and time < bindings[place][1] else -1

    def _judge(self, fix: Fix, folded: Folded) -> None:
        """Raise the flags of ``fix`` and move what is remembered on."""
        vehicle = self._vehicles.get(fix.vehicle)
        if vehicle is None:
            vehicle = self._vehicles[fix.vehicle] = Vehicle()
        if fix.time < vehicle.time:
            fix.flags |= Flag.BACKFILLED
        if fix.time <= vehicle.seen or fix.flags & Flag.OLD:  # delivered again, or late
            return
        vehicle.seen = fix.time
        if fix.flags & Flag.VOID or fix.grade >= Grade.X:
            return
        moved = vehicle.anchor is not None and self._unreachable(vehicle.anchor, fix)
        if moved and self._strike(vehicle, fix) < self._rules.screen.relocation:
            fix.flags |= Flag.JUMP
            return
        drawn = self._believe(vehicle, fix, moved=moved)
        self._gates.pass_through(vehicle, fix, folded)
        folded.live[fix.vehicle] = (drawn.lon, drawn.lat)

    def _believe(self, vehicle: Vehicle, fix: Fix, *, moved: bool) -> Fix:
        """Move on to ``fix``; the fix at whose place the vehicle is drawn."""
        if moved:
            fix.flags |= Flag.RELOCATION
        vehicle.strikes, vehicle.strike = 0, None
        vehicle.time = fix.time
        if fix.grade <= Grade.B:
            vehicle.anchor = fix
        if self._stands(vehicle, fix, moved=moved) and vehicle.stand is not None:
            fix.flags |= Flag.DRIFT
            return vehicle.stand
        return fix

    def _unreachable(self, anchor: Fix, fix: Fix) -> bool:
        way = _distance(anchor, fix) - self._sigma(anchor) - self._sigma(fix)
        return way > self._rules.screen.max_speed * max(fix.time - anchor.time, 0)

    def _strike(self, vehicle: Vehicle, fix: Fix) -> int:
        """How many jumped fixes in a row agree with each other, this one included."""
        before = vehicle.strike
        agrees = before is not None and (
            _distance(before, fix) - 2 * self._sigma(fix)
            <= self._rules.screen.max_speed * (fix.time - before.time)
        )
        vehicle.strikes = vehicle.strikes + 1 if agrees else 1
        vehicle.strike = fix
        return vehicle.strikes

    def _stands(self, vehicle: Vehicle, fix: Fix, *, moved: bool) -> bool:
        """Move the standstill on; whether this fix is the wander of a parked vehicle."""
        rules, stand = self._rules.screen, vehicle.stand
        if fix.speed is not None and fix.speed > rules.slow:
            vehicle.stand = None
            return False
        if stand is None or moved or _distance(stand, fix) > rules.spread:
            vehicle.stand = fix
            return False
        return fix.time - stand.time >= rules.standing

    def _sigma(self, fix: Fix) -> float:
        rules = self._rules.screen
        hdop = rules.no_hdop if fix.hdop is None else fix.hdop
        return max(rules.min_sigma, rules.sigma_per_hdop * hdop)


def _grade(hdop: float | None, satellites: int | None) -> Grade:
    if hdop is not None and hdop > 10:
        return Grade.X
    if (hdop is not None and hdop > 5) or (satellites is not None and satellites < 4):
        return Grade.C
    best = hdop is not None and hdop <= 2 and satellites is not None and satellites >= 6
    return Grade.A if best else Grade.B


def _rank(fix: Fix) -> tuple[int, int, float, float]:
    values = (fix.altitude, fix.speed, fix.course, fix.hdop, fix.satellites)
    return fix.grade, sum(value is None for value in values), fix.lat, fix.lon


def _place(fix: Fix | None) -> tuple[float, float, float]:
    return (math.nan, math.nan, math.nan) if fix is None else (fix.time, fix.lon, fix.lat)


def _distance(one: Fix, two: Fix) -> float:
    phi1, phi2 = math.radians(one.lat), math.radians(two.lat)
    half_phi, half_lambda = (phi2 - phi1) / 2, math.radians(two.lon - one.lon) / 2
    a = math.sin(half_phi) ** 2 + math.cos(phi1) * math.cos(phi2) * math.sin(half_lambda) ** 2
    return 2 * EARTH * math.asin(math.sqrt(min(a, 1.0)))
