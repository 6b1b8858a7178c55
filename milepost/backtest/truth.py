"""Truth out of positions, and the questions that can be asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from math import pi

import numpy as np
from numpy.typing import NDArray

from fleet.geo import EARTH
from milepost.backtest.sets import Floats, Ints, Journeys, Pairs, Passages, Positions

REACH = 60.0  #: m; a position as near to a stop is at it (definition of the CapMetro figures)
WITHIN = 3600.0  #: s between planned and actual; beyond it the trip is mistaken (likewise)
PER_DEGREE = EARTH * pi / 180  #: m of latitude
AHEAD = 60.0, 3600.0  #: s; questions are asked between these, borders left out (likewise)


def ranges(first: NDArray[np.integer], count: NDArray[np.integer]) -> NDArray[np.intp]:
    """``first[i], first[i] + 1, …``, ``count[i]`` of them, for each ``i``."""
    ends = np.cumsum(count)
    total = int(ends[-1]) if len(ends) else 0
    found: NDArray[np.intp] = np.arange(total) + np.repeat(first - (ends - count), count)
    return found


def passages(
    journeys: Journeys,
    positions: Positions,
    stop_lon: Floats,
    stop_lat: Floats,
    rank: NDArray[np.intp],
) -> Passages:
    """The position of each journey that is nearest to each stop, if near enough.

    A vehicle that waits sends the same position many times.  Which of equally near ones
    counts is left to numpy's sort, as the definition of the CapMetro figures leaves it: both
    then choose the same, and the figures agree to the last pair.

    Args:
        journeys: with planned times.
        positions: in the order of their file, no two of one vehicle at one time.
        stop_lon: degrees, per stop of ``journeys``.
        stop_lat: likewise.
        rank: per stop, its place in the file among those of its trip: equal ones keep that order.
    """
    rows = np.flatnonzero(positions.journey >= 0)
    of = positions.journey[rows]
    first, count = journeys.start[of], np.diff(journeys.start)[of]
    at, row = ranges(first, count), np.repeat(rows, count)
    near = np.abs(positions.lat[row] - stop_lat[at]) * PER_DEGREE < REACH  # most are not
    at, row = at[near], row[near]
    late = positions.time[row] - journeys.planned[at]
    far = _far(positions.lon[row], positions.lat[row], stop_lon[at], stop_lat[at])
    fits = (far < REACH) & (np.abs(late) < WITHIN)
    at, row, far = at[fits], row[fits], far[fits]
    listed = np.lexsort((rank[at], row))
    at, row, far = at[listed], row[listed], far[listed]
    nearest = np.argsort(far, kind="quicksort")
    _, only = np.unique(at[nearest], return_index=True)
    chosen = nearest[only]
    at, row = at[chosen], row[chosen]
    of = positions.journey[row]
    return ordered(of, (at - journeys.start[of]).astype(np.int32), positions.time[row])


def _far(lon1: Floats, lat1: Floats, lon2: Floats, lat2: Floats) -> Floats:
    """``fleet.geo.distance``, differences taken in degrees: as the definition rounds."""
    half_phi, half_lambda = np.radians(lat2 - lat1) / 2, np.radians(lon2 - lon1) / 2
    cosines = np.cos(np.radians(lat1)) * np.cos(np.radians(lat2))
    a = np.sin(half_phi) ** 2 + cosines * np.sin(half_lambda) ** 2
    metres: Floats = 2 * EARTH * np.arcsin(np.sqrt(a))
    return metres


def ordered(journey: Ints, stop: Ints, time: Floats) -> Passages:
    """Passages in their order."""
    order = np.lexsort((stop, time, journey))
    return Passages(journey[order], stop[order], time[order])


def pairs(found: Passages, asked: NDArray[np.bool_], ahead: tuple[float, float] = AHEAD) -> Pairs:
    """At each passage, a question about each later one of the same journey.

    Args:
        found: all passages.
        asked: per journey, whether it is asked about.
        ahead: s; the truth lies between these.
    """
    journey = found.journey
    last = np.searchsorted(journey, journey, side="right")
    here = np.arange(len(found))
    count = np.where(asked[journey], last - here - 1, 0)
    origin, target = np.repeat(here, count), ranges(here + 1, count)
    left = found.time[target] - found.time[origin]
    fits = (left > ahead[0]) & (left < ahead[1])
    origin, target = origin[fits], target[fits]
    now = found.time[origin]
    made = Pairs(
        journey[origin], now, now, found.stop[origin], np.zeros(len(now)), found.stop[target],
        found.time[target],
    )  # fmt: skip
    return made.rows(np.argsort(made.now, kind="stable"))


def joined(found: Sequence[Passages]) -> Passages:
    """Passages of several cuts of the positions, no journey in two of them, in order."""
    names = ("journey", "stop", "time")
    return ordered(*(np.concatenate([getattr(one, name) for one in found]) for name in names))


def by_day(journeys: Journeys, positions: Positions) -> list[Positions]:
    """The positions of known journeys, cut by day of service."""
    day = np.where(positions.journey >= 0, journeys.day[positions.journey], -1)
    return [positions.rows(day == one) for one in np.unique(day).tolist() if one >= 0]


def received(found: Sequence[Positions]) -> Positions:
    """Positions of several files in the order in which they came, which is that of their times."""
    names = Positions.__dataclass_fields__
    every = Positions(*(np.concatenate([getattr(one, n) for one in found]) for n in names))
    return every.rows(np.argsort(every.time, kind="stable"))


REHEARSED = 3  #: days of service


def rehearsal(journeys: Journeys, found: Passages, since: float, days: int = REHEARSED) -> Pairs:
    """Questions about the journeys of the last days before ``since`` and of all after it.

    At all lengths: of those that are a minute or more ahead only, the bands would learn that
    whatever is said to be near comes late.
    """
    begun = np.full(len(journeys), np.inf)
    np.minimum.at(begun, found.journey, found.time)
    past = np.unique(journeys.day[begun < since])[-days:]
    asked = (begun >= since) | np.isin(journeys.day, past)
    return pairs(found, asked, (0.0, np.inf))
