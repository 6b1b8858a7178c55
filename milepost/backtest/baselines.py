"""Simple ways to answer the pairs: what a model has to beat.

Each is computed from the same truth as the model is judged by, from what was known at the
moment of the question; an answer that a way cannot give is NaN.

* ``schedule``: the timetable.
* ``schedule_plus_delay``: the timetable, as late as the vehicle is now.
* ``trip_average_speed``: the distance left at the speed of the trip so far; of a trip that has
  just begun, at the mean speed of history.
* ``historical_pace``: the distance left at the mean speed of history.
* ``segment_means``: the mean time of history from stop to stop, stop by stop.
* ``segment_means_by_hour``: the same by hour of the day.
* ``segment_means_by_hour_to_date``: the same, of all passages up to the question.
* ``last_vehicle``: stop by stop, the time of the last vehicle that went there.

Where nothing is known of a stretch, those from ``segment_means`` on take the next coarser one:
all hours, then the timetable, then the mean speed of history.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from milepost.backtest.sets import DataSet, Floats, Ints, Journeys, Passages
from milepost.backtest.truth import ranges

Rows = NDArray[np.intp]

_BEGUN = 300.0  #: s on the way and
_GONE = 500.0  #: m driven before a trip's own speed says anything
_RECENT = 7200.0  #: s; who went there longer ago is no guide
_ENOUGH = 3  #: passages in an hour of the day before its mean is taken
_HOURS = 24


@dataclass(frozen=True, slots=True)
class _Hops:
    """What vehicles took from one stop to the next."""

    segment: Rows
    known: Floats  #: when the passage that ended it was known
    took: Floats  #: s
    hour: Ints  #: of the local day when it ended


def answers(data: DataSet) -> dict[str, Floats]:
    """Every baseline's answers to the pairs of ``data``, as instants; recorded ones included."""
    return dict(data.answers) | _Asked(data).answers()


def hours(zone: str, time: Floats) -> Ints:
    """Hour of the local day, 0 to 23."""
    half, of = np.unique(np.floor(time / 1800.0), return_inverse=True)  # no offset is finer
    place = ZoneInfo(zone)
    known = [datetime.fromtimestamp(one * 1800.0, place).hour for one in half.tolist()]
    return np.array(known, np.int32)[of]


def segments(journeys: Journeys) -> tuple[Rows, int]:
    """The stretch that ends at each stop, numbered by the two stops; -1 of first stops."""
    before = np.append(-1, journeys.stop[:-1]).astype(np.int64)
    number = np.unique(before * (journeys.stop.max(initial=0) + 1) + journeys.stop,
                       return_inverse=True)[1]  # fmt: skip
    number[journeys.start[:-1][np.diff(journeys.start) > 0]] = -1
    return number, int(number.max(initial=-1)) + 1


class _Asked:
    """One set: what is known of its stretches, and the stretches that each question spans."""

    def __init__(self, data: DataSet) -> None:
        self._data, self._pairs = data, data.pairs
        journeys = data.journeys
        self._segment, self._count = segments(journeys)
        self._metres = np.append(0.0, np.diff(journeys.along))
        self._planned = np.append(np.nan, np.diff(journeys.planned))
        self._hops = self._driven(data.passages)
        past = self._hops.known < data.since
        self._past = _Hops(
            self._hops.segment[past], self._hops.known[past], self._hops.took[past],
            self._hops.hour[past],
        )  # fmt: skip
        self._speed = self._mean_speed()
        self._span()

    def _driven(self, passages: Passages) -> _Hops:
        """Times from passage to passage, spread over the stops between as planned, or evenly."""
        journeys = self._data.journeys
        end = np.flatnonzero(
            (passages.journey[1:] == passages.journey[:-1])
            & (passages.stop[1:] > passages.stop[:-1])
        ) + 1  # fmt: skip
        base = journeys.start[passages.journey[end]]
        span = passages.stop[end] - passages.stop[end - 1]
        took = passages.time[end] - passages.time[end - 1]
        at = ranges(base + passages.stop[end - 1] + 1, span)
        row = np.repeat(np.arange(len(end)), span)
        weight = np.where(np.isnan(self._planned[at]), self._metres[at], self._planned[at]) + 1e-3
        whole = np.bincount(row, weight, minlength=len(end))
        known = passages.time[end][row]
        return _Hops(
            self._segment[at], known, took[row] * weight / whole[row],
            hours(self._data.zone, known),
        )  # fmt: skip

    def _mean_speed(self) -> float:
        """Of history, m/s, stops included."""
        passages, journeys = self._data.passages, self._data.journeys
        past = np.flatnonzero(
            (passages.journey[1:] == passages.journey[:-1])
            & (passages.stop[1:] > passages.stop[:-1])
            & (passages.time[1:] < self._data.since)
        )
        along = journeys.along[journeys.start[passages.journey] + passages.stop]
        took = (passages.time[past + 1] - passages.time[past]).sum()
        return float((along[past + 1] - along[past]).sum() / took) if took > 0 else np.nan

    def _span(self) -> None:
        """Stretch by stretch what lies between each question's place and its stop."""
        pairs, journeys = self._pairs, self._data.journeys
        possible = (pairs.origin >= 0) & (pairs.stop > pairs.origin)
        base = journeys.start[pairs.journey]
        count = np.where(possible, pairs.stop - pairs.origin, 0)
        self._possible = possible
        self._at = ranges(base + pairs.origin + 1, count)
        self._row = np.repeat(np.arange(len(pairs)), count)
        self._share = np.ones(len(self._at))
        first = (np.cumsum(count) - count)[possible]
        self._share[first] = 1 - pairs.share[possible]

    def answers(self) -> dict[str, Floats]:
        """All ways that this set lets one go."""
        found: dict[str, Floats] = {}
        if np.isfinite(self._data.journeys.planned[self._at]).any():
            found |= self._by_schedule()
        means, by_hour = self._means(), self._means_by_hour()
        found["trip_average_speed"] = self._at_own_speed()
        found["historical_pace"] = self._sum(self._metres[self._at] / self._speed)
        found["segment_means"] = self._sum(means)
        found["segment_means_by_hour"] = self._sum(by_hour)
        found["segment_means_by_hour_to_date"] = self._sum(self._means_to_date(means))
        found["last_vehicle"] = self._sum(self._last(by_hour))
        return found

    def _sum(self, took: Floats) -> Floats:
        """The answer out of the time of each stretch; no earlier than the question."""
        pairs = self._pairs
        total = np.bincount(self._row, took * self._share, minlength=len(pairs))
        reached = np.maximum(pairs.seen + total, pairs.now)
        return np.where(self._possible, reached, np.nan)

    def _by_schedule(self) -> dict[str, Floats]:
        pairs, journeys = self._pairs, self._data.journeys
        base = journeys.start[pairs.journey]
        here = base + np.maximum(pairs.origin, 0)
        there = np.minimum(here + 1, len(journeys.planned) - 1)
        step = np.where(pairs.share > 0, journeys.planned[there] - journeys.planned[here], 0.0)
        due = journeys.planned[base + pairs.stop]
        delay = pairs.seen - (journeys.planned[here] + step * pairs.share)
        return {
            "schedule": due,
            "schedule_plus_delay": np.where(pairs.origin >= 0, due + delay, np.nan),
        }

    def _at_own_speed(self) -> Floats:
        pairs, journeys, passages = self._pairs, self._data.journeys, self._data.passages
        along = journeys.along
        base = journeys.start[pairs.journey]
        here = base + np.maximum(pairs.origin, 0)
        there = np.minimum(here + 1, len(along) - 1)
        metres = along[here] + pairs.share * np.where(
            pairs.share > 0, along[there] - along[here], 0
        )
        begun = np.minimum(
            np.searchsorted(passages.journey, pairs.journey), max(0, len(passages) - 1)
        )
        went = metres - along[base + passages.stop[begun]]
        took = pairs.seen - passages.time[begun]
        own = (passages.journey[begun] == pairs.journey) & (took >= _BEGUN) & (went >= _GONE)
        speed = np.where(own, went / np.where(own, took, 1.0), self._speed)
        reached = pairs.seen + (along[base + pairs.stop] - metres) / speed
        return np.where(self._possible, np.maximum(reached, pairs.now), np.nan)

    def _coarse(self) -> Floats:
        """Of each stretch spanned: as planned, else at the mean speed of history."""
        planned = self._planned[self._at]
        return np.where(np.isnan(planned), self._metres[self._at] / self._speed, planned)

    def _means(self) -> Floats:
        past = self._past
        number = np.bincount(past.segment, minlength=self._count)
        total = np.bincount(past.segment, past.took, minlength=self._count)
        asked = self._segment[self._at]
        some = number[asked] > 0
        return np.where(some, total[asked] / np.maximum(number[asked], 1), self._coarse())

    def _means_by_hour(self) -> Floats:
        past = self._past
        group = past.segment * _HOURS + past.hour
        number = np.bincount(group, minlength=self._count * _HOURS)
        total = np.bincount(group, past.took, minlength=self._count * _HOURS)
        asked = self._groups()
        enough = number[asked] >= _ENOUGH
        return np.where(enough, total[asked] / np.maximum(number[asked], 1), self._means())

    def _groups(self) -> Rows:
        hour = hours(self._data.zone, self._pairs.now)
        groups: Rows = self._segment[self._at] * _HOURS + hour[self._row]
        return groups

    def _means_to_date(self, otherwise: Floats) -> Floats:
        """By hour, of all that was known at the question."""
        hops = self._hops
        key, order = _keys(hops.segment * _HOURS + hops.hour, hops.known)
        total = np.append(0.0, np.cumsum(hops.took[order]))
        asked, now = self._groups(), self._pairs.now[self._row]
        first = np.searchsorted(key, _key(asked, np.zeros(len(asked))))
        last = np.searchsorted(key, _key(asked, now), side="right")
        number = last - first
        mean = (total[last] - total[first]) / np.maximum(number, 1)
        return np.where(number >= _ENOUGH, mean, otherwise)

    def _last(self, otherwise: Floats) -> Floats:
        """What the last one took that is known of at the question."""
        hops = self._hops
        key, order = _keys(hops.segment, hops.known)
        if not len(order):
            return otherwise
        asked, now = self._segment[self._at], self._pairs.now[self._row]
        last = np.searchsorted(key, _key(asked, now), side="right") - 1
        found = order[np.maximum(last, 0)]
        fresh = (last >= 0) & (hops.segment[found] == asked) & (now - hops.known[found] <= _RECENT)
        return np.where(fresh, hops.took[found], otherwise)


def _key(group: Rows, time: Floats) -> Rows:
    """Sorts by group, then time to the millisecond: 41 bits of it, 22 of groups."""
    milliseconds = np.rint(np.clip(time, 0, 2**31) * 1000).astype(np.int64)
    key: Rows = (group.astype(np.int64) << 41) + milliseconds
    return key


def _keys(group: Rows, time: Floats) -> tuple[Rows, Rows]:
    key = _key(group, time)
    order = np.argsort(key, kind="stable")
    return key[order], order
