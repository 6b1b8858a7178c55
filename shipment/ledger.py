"""What a week's exception reports add up to: by type, cause, site and carrier; domain rule 1-22.

A summary is made of the reports themselves, so that its totals are those of the detail; each
way of grouping holds every report once.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from fleet.errors import Invalid
from fleet.reports import Report, ReportState

_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tally:
    """What reports of one group add up to; spans in s, None where there is nothing to measure."""

    group: str  #: "" not said
    reports: int
    closed: int
    breached: int  #: nobody took them in hand within 30 minutes
    handed_over: int  #: somebody has, or had, them in hand
    in_time: int  #: of these, within the 30 minutes
    hand_over: float | None  #: median from the finding until then
    longest_hand_over: float | None
    handling: float | None  #: median from the finding to the closing
    longest_handling: float | None


@dataclass(frozen=True, slots=True)
class Summary:
    """A week, and its reports seen four ways."""

    total: Tally
    by_kind: tuple[Tally, ...]  #: most reports first
    by_cause: tuple[Tally, ...]
    by_site: tuple[Tally, ...]
    by_carrier: tuple[Tally, ...]
    numbers: tuple[str, ...]  #: of the reports that it is made of


def summarise(reports: Sequence[Report]) -> Summary:
    """What these reports, of one stretch of time, add up to."""
    return Summary(
        _tally("", reports),
        _grouped(reports, lambda report: report.kind.value),
        _grouped(reports, lambda report: report.cause or ""),
        _grouped(reports, lambda report: report.site or ""),
        _grouped(reports, lambda report: report.carrier or ""),
        tuple(report.number for report in reports),
    )


def week(text: str, zone: str) -> tuple[datetime, datetime]:
    """From when until before when the ISO week ``2026-W47`` lasts on the clocks of ``zone``.

    Raises:
        Invalid: there is no such week.
    """
    found = _WEEK.fullmatch(text)
    year, number = (int(found[1]), int(found[2])) if found is not None else (0, 0)
    try:
        monday = date.fromisocalendar(year, number, 1)
        return _midnight(monday, zone), _midnight(monday + timedelta(days=7), zone)
    except (ValueError, OverflowError):
        raise Invalid("week", f"{text!r} is no ISO week such as 2026-W47") from None


def week_of(at: datetime, zone: str) -> str:
    """The ISO week of an instant on the clocks of ``zone``."""
    year, number, _ = at.astimezone(ZoneInfo(zone)).isocalendar()
    return f"{year}-W{number:02}"


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def _grouped(reports: Sequence[Report], name: Callable[[Report], str]) -> tuple[Tally, ...]:
    groups = defaultdict[str, list[Report]](list)
    for report in reports:
        groups[name(report)].append(report)
    tallies = (_tally(group, members) for group, members in groups.items())
    return tuple(sorted(tallies, key=lambda tally: (-tally.reports, tally.group)))


def _tally(group: str, reports: Sequence[Report]) -> Tally:
    taken = [(report, at) for report in reports if (at := report.assigned_at) is not None]
    closed = [
        (report, at)
        for report in reports
        if (at := report.closed_at) is not None and report.state is ReportState.CLOSED
    ]
    waits = _spans(taken)
    spans = _spans(closed)
    return Tally(
        group,
        len(reports),
        len(closed),
        sum(report.breached_at is not None for report in reports),
        len(taken),
        sum(at <= report.due_at for report, at in taken),
        median(waits) if waits else None,
        max(waits, default=None),
        median(spans) if spans else None,
        max(spans, default=None),
    )


def _spans(ends: Iterable[tuple[Report, datetime]]) -> list[float]:
    """From the finding to each end, s."""
    return [(at - report.found_at).total_seconds() for report, at in ends]
