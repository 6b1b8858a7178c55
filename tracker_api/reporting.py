"""Exception reports as JSON, and as the files that people keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from types import MappingProxyType
from typing import Any

from fleet.reports import KINDS, STATES, Entry, Report
from shipment import exceptions
from shipment.ledger import Summary, Tally
from tracker_api.plain import iso

_TIMES = (
    "found_at", "assigned_at", "due_at", "breached_at", "new_eta", "told_customer_at",
    "claim_due_at", "claimed_at", "closed_at", "recorded_at",
)  # fmt: skip

Cell = str | datetime | None

#: Columns of 异常订单处理台账, domain rule 1.6: heading, and what stands there.
COLUMNS: Mapping[str, Callable[[Report], Cell]] = MappingProxyType(
    {
        "报告编号": lambda report: report.number,
        "订单编号": lambda report: report.order_no,
        "物流单号": lambda report: report.waybill,
        "异常类型": lambda report: KINDS[report.kind][0],
        "发觉时间": lambda report: report.found_at,
        "异常描述": lambda report: report.description,
        "凭证": lambda report: " ".join(report.files),
        "状态": lambda report: STATES[report.state][0],
        "处理专员": lambda report: report.assigned_to,
        "移交时间": lambda report: report.assigned_at,
        "超时时间": lambda report: report.breached_at,
        "原因": lambda report: report.cause,
        "新预计送达": lambda report: report.new_eta,
        "告知客户时间": lambda report: report.told_customer_at,
        "理赔启动时间": lambda report: report.claimed_at,
        "处理结果": lambda report: report.result,
        "责任人": lambda report: report.responsible,
        "客户反馈": lambda report: report.feedback,
        "关闭时间": lambda report: report.closed_at,
        "登记人": lambda report: report.author,
    }
)


def report_out(report: Report, now: datetime) -> dict[str, Any]:
    """``report`` as a ``ReportOut``."""
    kind_zh, kind_en = KINDS[report.kind]
    state_zh, state_en = STATES[report.state]
    plain = asdict(report) | {name: _iso(getattr(report, name)) for name in _TIMES}
    taken = report.assigned_at
    return plain | {
        "kind_zh": kind_zh,
        "kind_en": kind_en,
        "state_zh": state_zh,
        "state_en": state_en,
        "overdue": exceptions.is_late(report, now),
        "hand_over_s": None if taken is None else (taken - report.found_at).total_seconds(),
        "next": [{"act": act, "needs": needs} for act, needs in exceptions.todo(report)],
    }


def entries_out(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """The ledger of a report, as ``ReportEntryOut``."""
    return [asdict(entry) | {"at": iso(entry.at)} for entry in entries]


def summary_out(week: str, span: tuple[datetime, datetime], summary: Summary) -> dict[str, Any]:
    """A ``ReportSummaryOut``."""
    ways = {
        name: [_tally(each) for each in getattr(summary, name)]
        for name in ("by_kind", "by_cause", "by_site", "by_carrier")
    }
    return {
        "week": week,
        "from": iso(span[0]),
        "to": iso(span[1]),
        "total": _tally(summary.total),
        **ways,
        "exceptions": summary.numbers,
    }


def _tally(tally: Tally) -> dict[str, Any]:
    return {
        "group": tally.group,
        "reports": tally.reports,
        "closed": tally.closed,
        "breached": tally.breached,
        "handed_over": tally.handed_over,
        "in_time": tally.in_time,
        "hand_over_s": tally.hand_over,
        "longest_hand_over_s": tally.longest_hand_over,
        "handling_s": tally.handling,
        "longest_handling_s": tally.longest_handling,
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else iso(at)
