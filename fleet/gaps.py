"""Which numbers of a terminal's messages are missing.  Pure.

What is known is the set of numbers that came in each hour of the terminal's own time; so the
order of arrival, repetitions and batches cannot matter.  A terminal counts up by one and
begins again at 0 or 1 when it restarts.  Where the numbers leave open whether messages were
lost or the terminal restarted, nothing is missing: a false alarm is worse than a missed one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

Interval = tuple[int, int]  #: first and last number, both included

_BEGINNING = 1  #: a terminal that restarts counts from 0 or from 1
#: Numbers an hour; ten messages a second, more than any terminal sends.  A wider hole is a
#: counter that was set, not messages that were lost.
_FASTEST = 36_000


@dataclass(frozen=True, slots=True)
class Hour:
    """The numbers that came of one hour."""

    at: datetime  #: its beginning
    dated: bool  #: False: these messages have no fix that says of which hour they are
    numbers: tuple[Interval, ...]  #: ascending, none touching the next


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers that never came."""

    first: int
    last: int
    after: datetime | None  #: hour of the message before; None: the terminal had restarted
    before: datetime  #: hour of the message behind

    @property
    def count(self) -> int:
        """How many messages."""
        return self.last - self.first + 1


@dataclass(slots=True)
class _Run:
    """What came between two restarts."""

    seen: list[tuple[Interval, datetime]] = field(default_factory=list)
    restarted: bool = False  #: its beginning is known to be 0 or 1

    @property
    def lowest(self) -> int:
        return min(interval[0] for interval, _ in self.seen)

    @property
    def highest(self) -> int:
        return max(interval[1] for interval, _ in self.seen)

    @property
    def latest(self) -> datetime:
        return max(at for _, at in self.seen)

    def add(self, intervals: Sequence[Interval], at: datetime) -> None:
        self.seen += [(interval, at) for interval in intervals]

    def has_any(self, intervals: Sequence[Interval]) -> bool:
        return any(
            first <= known[1] and known[0] <= last
            for first, last in intervals
            for known, _ in self.seen
        )


def find_gaps(hours: Sequence[Hour]) -> list[Gap]:
    """What is missing of the numbers in ``hours``, in the order of time.

    The beginning of the first run and the end of each are unknown: nothing is missing there.
    """
    undated = [interval for hour in hours if not hour.dated for interval in hour.numbers]
    gaps = [gap for run in _runs([hour for hour in hours if hour.dated]) for gap in _holes(run)]
    return [part for gap in gaps for part in _without(gap, undated)]


def _runs(hours: Sequence[Hour]) -> list[_Run]:
    runs: list[_Run] = []
    ordered = sorted(hours, key=lambda each: each.at)
    for number, hour in enumerate(ordered):
        after = ordered[number + 1].numbers[0][0] if number + 1 < len(ordered) else None
        runs += _continue(runs[-1], hour, after) if runs else _begin(hour, after)
    return runs


def _begin(hour: Hour, after: int | None) -> list[_Run]:
    """The first run, or two where the terminal restarted in its first hour.

    Then the hour after goes on behind the low numbers, not behind the high ones.
    """
    low, *high = hour.numbers
    if high and low[0] <= _BEGINNING and after is not None and low[1] < after < high[0][0]:
        return [_Run([(each, hour.at) for each in high]), _restarted([low], hour.at)]
    return [_Run([(each, hour.at) for each in hour.numbers])]


def _continue(run: _Run, hour: Hour, after: int | None) -> list[_Run]:
    """Add an hour to its run; returns the run that begins in it, if one does.

    After a restart the hour's high numbers may be of either run: the next hour tells.
    """
    top = run.highest
    low = [interval for interval in hour.numbers if interval[0] <= top]
    high = [interval for interval in hour.numbers if interval[0] > top]
    if low and (run.has_any(low) or low[0][0] <= _BEGINNING or low[0][0] < run.lowest):
        if low[-1][1] > top or (high and after is not None and after > high[-1][1]):
            low, high = [*low, *high], []  # it has gone past where the run before ended
        if high and after is not None and low[-1][1] < after < high[0][0]:
            run.add(_near(high, top, run.latest, hour.at), hour.at)
        return [_restarted(low, hour.at)]
    if high and not low and not _near(high[:1], top, run.latest, hour.at):
        return [_Run([(each, hour.at) for each in high])]
    run.add(hour.numbers, hour.at)
    return []


def _restarted(intervals: Sequence[Interval], at: datetime) -> _Run:
    return _Run([(interval, at) for interval in intervals], restarted=True)


def _near(high: Sequence[Interval], top: int, since: datetime, at: datetime) -> Sequence[Interval]:
    """``high`` where a terminal can have counted so far in the time."""
    hours = (at - since).total_seconds() / 3600 + 1
    return high if high and high[0][0] - top <= _FASTEST * hours else ()


def _holes(run: _Run) -> list[Gap]:
    """What is missing between the numbers of a run."""
    gaps: list[Gap] = []
    seen = sorted(run.seen)
    at: datetime | None = None
    reached = _BEGINNING - 1 if run.restarted else seen[0][0][0] - 1
    for (first, last), hour in seen:
        if first > reached + 1:
            gaps.append(Gap(reached + 1, first - 1, at, hour))
        if last >= reached:
            reached, at = last, hour
    return [gap for gap in gaps if gap.count <= _FASTEST * _hours(gap)]


def _hours(gap: Gap) -> float:
    """Within which the missing ones were sent."""
    if gap.after is None:
        return 1.0
    return abs((gap.before - gap.after).total_seconds()) / 3600 + 1


def _without(gap: Gap, intervals: Sequence[Interval]) -> list[Gap]:
    """What is left of ``gap``."""
    parts: list[Gap] = []
    begin = gap.first
    for first, last in sorted(intervals):
        if last < begin or first > gap.last:
            continue
        if first > begin:
            parts.append(Gap(begin, first - 1, gap.after, gap.before))
        begin = max(begin, last + 1)
    if begin <= gap.last:
        parts.append(Gap(begin, gap.last, gap.after, gap.before))
    return parts
