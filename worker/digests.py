"""What supervisors are told by the calendar: yesterday in short, and the week of the ledger."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fleet.notices import Topic, Transition
from fleet.reports import KINDS, ReportKind
from fleet.scope import Scope
from shipment.ledger import Summary, summarise, week, week_of
from shipment.wording import body
from store import calls, ledger

#: Reports of one week; more than that add up to nothing a person could read.
MOST = 100_000


def last_morning(now: datetime, zone: str, hour: int, *, monday: bool = False) -> datetime:
    """The latest full hour ``hour`` of a day, or of a Monday, on the clocks of ``zone``."""
    wall = now.astimezone(ZoneInfo(zone))
    day = wall.date() - timedelta(days=wall.weekday() if monday else 0)
    due = datetime.combine(day, time(hour), ZoneInfo(zone))
    if due > now:
        back = timedelta(days=7 if monday else 1)
        due = datetime.combine(day - back, time(hour), ZoneInfo(zone))
    return due


def daily(conn: Any, due: datetime) -> Transition:  # noqa: ANN401 - only the store names the type
    """每日异常简报 of the 24 hours until ``due``: domain rule 0-28."""
    start = due - timedelta(days=1)
    bad, asked = ledger.count_day(conn, start, due), calls.count_day(conn, start, due)
    oldest = 0.0 if bad.oldest is None else bad.oldest / 3600
    wait = 0.0 if asked.wait is None else asked.wait / 60
    zh = (
        f"异常：新增{bad.opened}，关闭{bad.closed}，超时移交{bad.breached}；"
        f"未结{bad.open}（无人处理{bad.overdue}，最久{oldest:.0f}小时）。"
        f"咨询：新增{asked.asked}，已回复{asked.replied}（中位{wait:.0f}分钟），"
        f"待回复{asked.waiting}（紧急{asked.urgent}）。"
    )
    en = (
        f"Exceptions: {bad.opened} new, {bad.closed} closed, {bad.breached} not handed over in"
        f" time; {bad.open} open ({bad.overdue} in nobody's hand, oldest {oldest:.0f} h)."
        f" Queries: {asked.asked} new, {asked.replied} replied to (median {wait:.0f} min),"
        f" {asked.waiting} waiting ({asked.urgent} urgent)."
    )
    data = {"exceptions": _plain(bad), "queries": _plain(asked)}
    told = body(("每日异常简报", zh), ("Exceptions of the day", en), data)
    return _summary(f"{due:%Y-%m-%d}", "daily", due, told)


def weekly(conn: Any, scope: Scope, due: datetime, zone: str) -> Transition:  # noqa: ANN401 - only the store names the type
    """The ledger of the week before ``due``, added up: domain rule 1-22."""
    name = week_of(due - timedelta(days=7), zone)
    start, end = week(name, zone)
    wanted = ledger.Wanted(start=start, end=end)
    summary = summarise(ledger.list_reports(conn, scope, wanted, MOST))
    total = summary.total
    zh = (
        f"{name}：异常{total.reports}，已关闭{total.closed}，30分钟内移交"
        f"{total.in_time}，超时{total.breached}。{_kinds(summary, 0)}"
    )
    en = (
        f"{name}: {total.reports} exceptions, {total.closed} closed, {total.in_time} handed over"
        f" within 30 minutes, {total.breached} not. {_kinds(summary, 1)}"
    )
    data = {
        "week": name,
        "reports": total.reports,
        "closed": total.closed,
        "breached": total.breached,
        "by_kind": {tally.group: tally.reports for tally in summary.by_kind},
        "by_cause": {tally.group: tally.reports for tally in summary.by_cause},
    }
    return _summary(
        name, "weekly", due, body(("异常周报", zh), ("Exceptions of the week", en), data)
    )


def _summary(subject: str, name: str, due: datetime, told: dict[str, object]) -> Transition:
    return Transition(Topic.SUMMARY, "exception", subject, name, due.timestamp(), body=told)


def _kinds(summary: Summary, language: int) -> str:
    return " ".join(
        f"{KINDS[ReportKind(tally.group)][language]} {tally.reports}" for tally in summary.by_kind
    )


def _plain(day: ledger.Day | calls.Day) -> dict[str, object]:
    return {name: getattr(day, name) for name in type(day).__slots__}
