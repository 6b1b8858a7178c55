"""What a set of recordings is, whatever it was read from.

Times are seconds since 1970, lengths metres, NaN unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from route.score import BUCKETS

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
#: Borders of the buckets of the first hour, minutes: those that the product scores by.
HOUR = (BUCKETS[0].begin / 60, *(one.end / 60 for one in BUCKETS if one.end <= 3600))  # noqa: PLR2004 - an hour
Said = Callable[[str], None]  #: takes one sentence about what is being done


@dataclass(frozen=True, slots=True)
class Way:
    """Where a kind of journey runs; many journeys share one."""

    lon: Floats  #: of the line's vertices, degrees
    lat: Floats
    stop_lon: Floats  #: of its stops, in order
    stop_lat: Floats
    stop_s: Floats  #: m along the line at which they are about; empty: nobody says
    names: tuple[str, ...]  #: code of each stop, the same in all ways that serve it


@dataclass(frozen=True, slots=True)
class Journeys:
    """Journeys with their plans; the stops of journey ``j`` are ``start[j]:start[j + 1]``."""

    name: tuple[str, ...]
    vehicle: Ints
    way: Ints  #: row in ``DataSet.ways``
    day: Ints  #: number of the day of service, for what is learned of days
    start: NDArray[np.intp]
    planned: Floats  #: planned arrival per stop; NaN: no timetable
    along: Floats  #: m per stop from the first, for baselines; straight where no line is known
    stop: Ints  #: row in ``DataSet.stops``

    def __len__(self) -> int:
        return len(self.name)


@dataclass(frozen=True, slots=True)
class Positions:
    """Positions in the order in which they were received."""

    vehicle: Ints
    journey: Ints  #: what the vehicle said it was serving; -1 nothing that is known
    time: Floats
    lon: Floats
    lat: Floats
    speed: Floats  #: m/s
    course: Floats  #: degrees

    def __len__(self) -> int:
        return len(self.time)

    def rows(self, which: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Positions:
        """The chosen rows, in the order chosen."""
        return Positions(
            self.vehicle[which], self.journey[which], self.time[which], self.lon[which],
            self.lat[which], self.speed[which], self.course[which],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Passages:
    """When journeys were at their stops, sorted by journey and time."""

    journey: Ints
    stop: Ints  #: number of the stop in its journey
    time: Floats

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Questions: at ``now``, when will ``journey`` be at ``stop``?  Sorted by ``now``."""

    journey: Ints
    now: Floats
    seen: Floats  #: time of the newest position by then; NaN: none of this journey
    origin: Ints  #: number of the stop that this position had passed; -1 none
    share: Floats  #: of the way from there to the next stop that was covered, 0 to 1
    stop: Ints
    truth: Floats

    def __len__(self) -> int:
        return len(self.now)

    @property
    def ahead(self) -> Floats:
        """True time to the arrival, s."""
        return self.truth - self.now

    def rows(self, which: NDArray[np.intp] | NDArray[np.bool_]) -> Pairs:
        """The chosen ones, in the order chosen."""
        return Pairs(
            self.journey[which], self.now[which], self.seen[which], self.origin[which],
            self.share[which], self.stop[which], self.truth[which],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class DataSet:
    """A set of recordings: what the model may learn from, and what it is asked."""

    name: str
    zone: str  #: IANA zone of the clock that people there live by
    about: str  #: one sentence: what was learned from, and what is asked
    stops: tuple[str, ...]  #: code of each stop
    ways: tuple[Way, ...]
    journeys: Journeys
    positions: Positions  #: history and test, in the order received
    passages: Passages  #: of all journeys
    since: float  #: what is received from then on is the test; what was before is history
    rehearsal: Pairs  #: of the last days of history and the test, at all lengths, for the bands
    pairs: Pairs  #: all within the test
    edges: tuple[float, ...]  #: borders of the buckets, minutes; (a, b]
    answers: Mapping[str, Floats] = field(default_factory=dict)  #: recorded with the set, per pair
    stays: tuple[Floats, Floats] | None = None  #: arrivals and departures per stop, if recorded
    whole: str = ""  #: name of a bucket of questions asked at departure about the last stop
