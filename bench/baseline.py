"""The obvious way to fold: a message at a time, pynmea2, an object per vehicle, a tuple per row.

Written as a competent engineer would write it without arrays, with the product's rules for
the ordinary messages of ``traffic``: the benchmark asserts that both give the same rows.
It leaves out what the product does besides (torn streams, week rollover, other sentences,
bytes that are no NMEA, live positions), so the comparison is in its favour.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import pynmea2

from fleet.geo import EARTH
from fleet.records import Flag, Frame, Grade
from gateway.pipeline import Rules

KNOT = 1852 / 3600  #: m/s


class Fix(NamedTuple):
    """One row, as it would be given to ``COPY``; None is unknown."""

    device: int
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


@dataclass(slots=True)
class Vehicle:
    """What is remembered of one vehicle; None where nothing is."""

    time: float = -math.inf
    anchor: Fix | None = None  # last believed fix of grade A or B
    strikes: int = 0
    strike: Fix | None = None
    stand: Fix | None = None  # where and since when it stands


class Baseline:
    """The fold with its state."""

    def __init__(self, devices: dict[str, int], rules: Rules) -> None:
        self._devices, self._rules = devices, rules
        self._vehicles: dict[int, Vehicle] = {}
        self.rejects = 0

    def fold(self, frames: Sequence[Frame]) -> list[Fix]:
        """The rows of one batch, judged, by device and time."""
        seen: dict[tuple[int, float], Fix] = {}
        for frame in frames:
            fix = self._decode(frame)
            if fix is None:
                self.rejects += 1
                continue
            key = (fix.device, fix.time)
            known = seen.get(key)
            if known is None or _rank(fix) < _rank(known):
                seen[key] = fix
        return [self._judge(seen[key]) for key in sorted(seen)]

    def _decode(self, frame: Frame) -> Fix | None:
        """The one epoch of an ordinary message; None if it gives no fix."""
        device = self._devices.get(frame.device)
        rmc = gga = None
        for line in frame.payload.decode("ascii").splitlines():
            try:
                message = pynmea2.parse(line, check=True)
            except pynmea2.ParseError:
                continue
            if isinstance(message, pynmea2.RMC):
                rmc = message
            elif isinstance(message, pynmea2.GGA):
                gga = message
        if device is None or rmc is None or not rmc.lat or not rmc.lon:
            return None
        return self._fix(device, frame, rmc, gga)

    def _fix(self, device: int, frame: Frame, rmc: pynmea2.RMC, gga: pynmea2.GGA) -> Fix | None:
        moment = datetime.combine(rmc.datestamp, rmc.timestamp.replace(tzinfo=None), UTC)
        time = round(moment.timestamp(), 3)
        late, age = frame.received - time, self._rules.age
        if -late > age.future or late > age.history:
            return None
        void = rmc.status != "A" or gga is None or not gga.gps_qual
        hdop = float(gga.horizontal_dil) if gga is not None and gga.horizontal_dil else None
        satellites = int(gga.num_sats) if gga is not None and gga.num_sats else None
        flags = Flag.VOID if void else Flag(0)
        return Fix(
            device,
            time,
            rmc.latitude,
            rmc.longitude,
            gga.altitude if gga is not None else None,
            rmc.spd_over_grnd * KNOT if rmc.spd_over_grnd is not None else None,
            rmc.true_course,
            hdop,
            satellites,
            Grade.X if void else _grade(hdop, satellites),
            int(flags | Flag.OLD if late > age.repair else flags),
            frame.received,
        )

    def _judge(self, fix: Fix) -> Fix:
        vehicle = self._vehicles.setdefault(fix.device, Vehicle())
        if fix.time < vehicle.time:
            return fix._replace(flags=fix.flags | Flag.BACKFILLED)
        if fix.flags & (Flag.VOID | Flag.OLD) or fix.grade >= Grade.X:
            return fix
        rules, flags = self._rules.screen, Flag(0)
        moved = False
        if vehicle.anchor is not None and self._unreachable(vehicle.anchor, fix):
            self._strike(vehicle, fix)
            if vehicle.strikes < rules.relocation:
                return fix._replace(flags=fix.flags | Flag.JUMP)
            moved, flags = True, Flag.RELOCATION
        vehicle.strikes, vehicle.strike = 0, None
        vehicle.time = fix.time
        if fix.grade <= Grade.B:
            vehicle.anchor = fix
        if self._stands(vehicle, fix, moved=moved):
            flags |= Flag.DRIFT
        return fix._replace(flags=fix.flags | flags)

    def _unreachable(self, anchor: Fix, fix: Fix) -> bool:
        way = _distance(anchor, fix) - self._sigma(anchor) - self._sigma(fix)
        return way > self._rules.screen.max_speed * max(fix.time - anchor.time, 0)

    def _strike(self, vehicle: Vehicle, fix: Fix) -> None:
        before, rules = vehicle.strike, self._rules.screen
        agrees = before is not None and (
            _distance(before, fix) - 2 * self._sigma(fix)
            <= rules.max_speed * (fix.time - before.time)
        )
        vehicle.strikes = vehicle.strikes + 1 if agrees else 1
        vehicle.strike = fix

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
    unknown = sum(value is None for value in fix[4:9])
    return fix.grade, unknown, fix.lat, fix.lon


def _distance(one: Fix, two: Fix) -> float:
    phi1, phi2 = math.radians(one.lat), math.radians(two.lat)
    half_phi, half_lambda = (phi2 - phi1) / 2, math.radians(two.lon - one.lon) / 2
    a = math.sin(half_phi) ** 2 + math.cos(phi1) * math.cos(phi2) * math.sin(half_lambda) ** 2
    return 2 * EARTH * math.asin(math.sqrt(min(a, 1.0)))
