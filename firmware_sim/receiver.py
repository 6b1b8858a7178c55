"""A satellite receiver: what it says about where it truly is.

The error is the sum of a slow bias (a Gauss-Markov walk: orbits, clocks, air), white noise
that grows with the dilution of precision, bursts of multipath, and the wander of a parked
vehicle.  All of it is exact for any distance between two readings, so a terminal that looks
once in ten seconds errs as one that looks every second.  Metres, seconds, m/s, degrees.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from firmware_sim.vehicle import DEGREE, State


@dataclass(frozen=True, slots=True)
class Quality:
    """How good the receiver and its sky are."""

    noise: float = 1.2  #: m per axis and unit of HDOP, white
    bias: float = 2.0  #: m per axis, of the walk
    bias_time: float = 600.0  #: s in which the bias forgets itself
    drift: float = 5.0  #: m per axis while parked: reflections do not average out
    drift_time: float = 240.0  #: s
    bursts: float = 0.6  #: multipath bursts an hour: bridges, gantries, towns
    burst_length: float = 15.0  #: s, mean
    burst: float = 18.0  #: m per axis during a burst
    speed: float = 0.08  #: m/s, Doppler noise per unit of HDOP
    satellites: float = 13.0  #: mean number used, two constellations
    cold: float = 0.0  #: s without a fix after power-up; 30 s is a good cold start
    reacquire: float = 4.0  #: s without a fix after a tunnel
    settle: float = 25.0  #: s of poor geometry after any first fix


@dataclass(frozen=True, slots=True)
class Reading:
    """One epoch of the receiver; position, speed and course mean nothing unless ``valid``."""

    valid: bool
    lon: float
    lat: float
    altitude: float
    speed: float
    course: float
    hdop: float
    satellites: int


NOTHING = Reading(
    valid=False, lon=0, lat=0, altitude=0, speed=0, course=0, hdop=99.99, satellites=0
)


class Receiver:
    """Reads the truth with errors; ask it in order of time."""

    def __init__(self, quality: Quality, rng: np.random.Generator) -> None:
        self._quality = quality
        self._rng = rng
        first = rng.standard_normal(3)
        self._bias = (quality.bias * first[0], quality.bias * first[1])
        self._drift = (0.0, 0.0)
        self._sky = float(first[2])  # satellites above or below their mean, in standard deviations
        self._last: float | None = None
        self._blind_until = -math.inf
        self._burst_until = -math.inf

    def read(self, now: float, truth: State) -> Reading:
        """What the receiver reports at ``now``."""
        elapsed = self._begin(now)
        z = self._rng.standard_normal(8).tolist()
        chance, duration = self._rng.random(2).tolist()
        self._walk(elapsed, truth.speed <= 0, z)
        quality = self._quality
        if truth.tunnel:
            self._blind_until = now + quality.reacquire
        if now < self._blind_until:
            return NOTHING
        hdop, satellites = self._geometry(now)
        sigma = quality.noise * hdop
        if self._in_burst(now, elapsed, chance, duration):
            sigma = math.hypot(sigma, quality.burst)
        east = self._bias[0] + self._drift[0] + sigma * z[5]
        north = self._bias[1] + self._drift[1] + sigma * z[6]
        spread = quality.speed * hdop
        return Reading(
            valid=True,
            lon=truth.lon + east / (DEGREE * math.cos(math.radians(truth.lat))),
            lat=truth.lat + north / DEGREE,
            altitude=truth.altitude
            + 1.7 * (self._bias[0] + sigma * z[7]),  # VDOP is about 1.7 HDOP
            speed=abs(truth.speed + spread * z[3]),
            course=(truth.course + math.degrees(spread * z[4] / max(truth.speed, 0.5))) % 360,
            hdop=hdop,
            satellites=satellites,
        )

    def _begin(self, now: float) -> float:
        if self._last is None:
            self._last = now
            if self._quality.cold > 0:
                self._blind_until = now + self._quality.cold
        elapsed, self._last = now - self._last, now
        return elapsed

    def _walk(self, elapsed: float, parked: bool, z: list[float]) -> None:  # noqa: FBT001 - a fact, not a switch
        quality = self._quality
        self._bias = _markov(self._bias, elapsed / quality.bias_time, quality.bias, z[0], z[1])
        wander = quality.drift if parked else 0.0
        # Rolling, the reflections average out ten times faster than they built up.
        pace = elapsed / (quality.drift_time if parked else quality.drift_time / 10)
        self._drift = _markov(self._drift, pace, wander, z[2], z[3])
        keep = math.exp(-elapsed / 900.0)  # the sky turns in about a quarter of an hour
        self._sky = keep * self._sky + math.sqrt(1 - keep * keep) * z[4]

    def _geometry(self, now: float) -> tuple[float, int]:
        """HDOP and satellites used; poor at first, after a cold start or a tunnel."""
        since = now - self._blind_until
        green = max(0.0, 1 - since / self._quality.settle) if math.isfinite(since) else 0.0
        count = max(4, round(self._quality.satellites + 1.8 * self._sky - 8 * green))
        return round(0.45 + 4.5 / count + 3.5 * green, 2), count

    def _in_burst(self, now: float, elapsed: float, chance: float, duration: float) -> bool:
        quality = self._quality
        if now < self._burst_until:
            return True
        if chance < 1 - math.exp(-quality.bursts * elapsed / 3600):
            self._burst_until = now - quality.burst_length * math.log1p(-duration)
            return True
        return False


def _markov(
    value: tuple[float, float], pace: float, sigma: float, z0: float, z1: float
) -> tuple[float, float]:
    """One step of a Gauss-Markov walk in two axes; ``pace`` is time over its constant."""
    keep = math.exp(-pace)
    fresh = sigma * math.sqrt(1 - keep * keep)
    return keep * value[0] + fresh * z0, keep * value[1] + fresh * z1
