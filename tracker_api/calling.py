"""Queries as JSON, and the query log as the file that people keep; replies before they are said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from types import MappingProxyType
from typing import Any

from fleet.calls import CHANNELS, SOURCES, STATES, Channel, Finding, Query, QueryEntry
from fleet.errors import Invalid
from fleet.rights import Role
from fleet.scope import Scope
from fleet.waybill_views import WaybillBrief
from fleet.waybills import WaybillState
from shipment import calls
from shipment.calls import Way
from shipment.reply.linter import About, faults
from tracker_api.plain import iso
from tracker_api.waybill_out import Sight, brief_out

_TIMES = ("asked_at", "routed_at", "answered_at", "replied_at", "closed_at", "remind_at")

#: Of a query that is about one's own goods, what concerns only those who work on it.
_INSIDE = ("handler", "finding", "source", "author")

Cell = str | datetime | None

#: Columns of 客服查询记录, domain rule 1.6: heading, and what stands there.
COLUMNS: Mapping[str, Callable[[Query], Cell]] = MappingProxyType(
    {
        "查询编号": lambda query: query.number,
        "客户姓名": lambda query: query.asker,
        "联系方式": lambda query: query.contact,
        "货物单号": lambda query: query.waybill or query.asked,
        "查询时间": lambda query: query.asked_at,
        "查询内容": lambda query: query.question,
        "渠道": lambda query: CHANNELS[query.channel][0],
        "紧急程度": lambda query: "紧急" if query.urgent else "普通",
        "状态": lambda query: STATES[query.state][0],
        "处理人": lambda query: query.handler,
        "查询结果": lambda query: query.finding or query.reply,
        "信息来源": lambda query: _source(query.source),
        "回复内容": lambda query: query.reply,
        "回复渠道": lambda query: _channel(query.reply_channel),
        "回复时间": lambda query: query.replied_at,
    }
)

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_SIGNED = frozenset({WaybillState.DELIVERED, WaybillState.COMPLETED})


def query_out(
    query: Query,
    brief: WaybillBrief | None,
    scope: Scope,
    now: datetime,
    patience: calls.Rules,
) -> dict[str, Any]:
    """``query`` as a ``QueryOut``; a customer does not see who worked on it and what they found."""
    plain = asdict(query) | {name: _iso(getattr(query, name)) for name in _TIMES}
    if scope.role is Role.CUSTOMER:
        plain |= dict.fromkeys(_INSIDE, "")
    state_zh, state_en = STATES[query.state]
    return plain | {
        "waybill": None if brief is None else brief_out(brief, Sight.of(scope)),
        "state_zh": state_zh,
        "state_en": state_en,
        "age_s": (now - query.asked_at).total_seconds(),
        "lifted": calls.is_lifted(query, now, patience),
        "overdue": calls.is_overdue(query, now, patience),
    }


def entries_out(entries: Sequence[QueryEntry], scope: Scope) -> list[dict[str, Any]]:
    """The log of a query, as ``QueryEntryOut``; it is for those who work there."""
    if scope.role is Role.CUSTOMER:
        return []
    return [asdict(entry) | {"at": iso(entry.at)} for entry in entries]


def way_out(way: Way) -> dict[str, str]:
    """A ``WayOut``."""
    return {"channel": way.channel, "why_zh": way.why_zh, "why_en": way.why_en}


def by_number(briefs: Iterable[WaybillBrief]) -> dict[str, WaybillBrief]:
    """Waybills by their number."""
    return {brief.number: brief for brief in briefs}


def check_reply(
    text: str, channel: Channel, state: WaybillState | None, content: Mapping[str, Any] | None
) -> None:
    """Refuse what is not said to customers.

    Args:
        text: what they are to be told.
        channel: by which it goes: a text message is short.
        state: of the waybill, as far as one is known.
        content: the answer to "where is it" that the reply rests on.

    Raises:
        Invalid: forbidden words, an old position told as the present one, a delay without cause
            or action, a delivery that nobody signed for, ...
    """
    known = content or {}
    risk = known.get("risk")
    about = About(
        language="zh" if _CHINESE.search(text) else "en",
        stale=bool(known.get("stale")),
        late=risk in {"late", "overdue"} and state not in _SIGNED and channel is not Channel.SMS,
        on_time=risk == "on_time",
        signed=state in _SIGNED,
        sms=channel is Channel.SMS,
    )
    if found := faults(text, about):
        raise Invalid("/reply", "; ".join(found))


def _source(source: str) -> str:
    return SOURCES[Finding(source)][0] if source else ""


def _channel(channel: Channel | None) -> str:
    return "" if channel is None else CHANNELS[channel][0]


def _iso(at: datetime | None) -> str | None:
    return None if at is None else iso(at)
