"""One vehicle, fix by fix: what is remembered of it, and what a fix changes.

``gateway.judge`` does most vehicles in arrays; this is the rule for the others, and the
measure of both.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan, pi
from operator import attrgetter
from typing import NamedTuple

from fleet.geo import EARTH, distance_of
from fleet.records import Flag, Grade


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
PER_DEGREE = EARTH * pi / 180


class Row(NamedTuple):
    """One fix, in plain numbers."""

    time: float
    lon: float
    lat: float
    sigma: float
    grade: int
    slow: bool


@dataclass(slots=True)
class Vehicle:
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
    seen: float
    ignition_time: float
    ignition_off: float

    def as_tuple(self) -> tuple[float, ...]:
        """The row again."""
        row: tuple[float, ...] = _columns(self)
        return row

    def take(self, fix: Row, rules: Rules) -> tuple[int, float, float, float]:
        """The flags of the next fix, where to draw the vehicle, and since when it stands."""
        if self._is_apart(fix, rules):
            strikes = self._strikes(fix, rules)
            if strikes < rules.relocation:
                self._hold(fix, strikes)
                return int(Flag.JUMP), fix.lon, fix.lat, nan
            self._believe(fix)
            self._begin_to_stand(fix)
            return int(Flag.RELOCATION), fix.lon, fix.lat, nan
        stands = fix.slow and self._is_where_it_stood(fix, rules)
        parked = stands and fix.time - self.stand_since >= rules.standing
        self._believe(fix)
        if parked:
            return int(Flag.DRIFT), self.stand_lon, self.stand_lat, self.stand_since
        if not stands:
            self._begin_to_stand(fix)
        return 0, fix.lon, fix.lat, nan

    def _is_apart(self, fix: Row, rules: Rules) -> bool:
        """Whether no road vehicle gets from the last A/B fix to here in that time.

        The two accuracies are taken off the distance first: noise alone is no speed.
        """
        if isnan(self.lon):
            return False
        reach = rules.max_speed * max(fix.time - self.at, 0.0) + self.sigma + fix.sigma
        return _metres(self.lon, self.lat, fix.lon, fix.lat, reach) > reach

    def _strikes(self, fix: Row, rules: Rules) -> int:
        """How many jumped fixes in a row agree with each other, this one included."""
        since = fix.time - self.strike_time  # NaN: no strike before; then nothing agrees
        reach = rules.max_speed * since + 2 * fix.sigma
        agrees = since > 0 and (
            _metres(self.strike_lon, self.strike_lat, fix.lon, fix.lat, reach) <= reach
        )
        return self.strikes + 1 if agrees else 1

    def _hold(self, fix: Row, strikes: int) -> None:
        """Remember a jump."""
        self.strikes = strikes
        self.strike_time, self.strike_lon, self.strike_lat = fix.time, fix.lon, fix.lat

    def _is_where_it_stood(self, fix: Row, rules: Rules) -> bool:
        """Whether it is still where it stood; no, if it stood nowhere."""
        return (
            _metres(self.stand_lon, self.stand_lat, fix.lon, fix.lat, rules.spread) <= rules.spread
        )

    def _believe(self, fix: Row) -> None:
        """The vehicle was here."""
        self.time = fix.time
        if fix.grade <= Grade.B:
            self.at, self.lon, self.lat, self.sigma = fix.time, fix.lon, fix.lat, fix.sigma
        self.strikes = 0
        self.strike_time = self.strike_lon = self.strike_lat = nan

    def _begin_to_stand(self, fix: Row) -> None:
        """It stands here from now on, or nowhere if it moves."""
        self.stand_since, self.stand_lon, self.stand_lat = (
            (fix.time, fix.lon, fix.lat) if fix.slow else (nan, nan, nan)
        )


_columns = attrgetter(*Vehicle.__slots__)


def _metres(lon1: float, lat1: float, lon2: float, lat2: float, enough: float) -> float:
    """Metres between two places, or an upper bound where that is at most ``enough``."""
    bound = (abs(lat2 - lat1) + abs(lon2 - lon1)) * PER_DEGREE
    return bound if bound <= enough else distance_of(lon1, lat1, lon2, lat2)
