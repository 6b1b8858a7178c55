"""Queries of customers: who finds out, whose turn it is, when somebody is reminded, the way back.

Domain rules 3-13 (routing), 3-14 (urgent first), 3-04 (chasing), 3-19 and 4-03 (the channel).
Pure: a step takes a query and what is said, and returns the query after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from fleet.calls import Channel, Department, Query, QueryState
from fleet.errors import Conflict, Invalid
from fleet.waybills import WaybillState

_W, _D, _Q, _C = WaybillState, Department, QueryState, Channel


@dataclass(frozen=True, slots=True)
class Rules:
    """How patient customers are thought to be."""

    urgent: float = 300.0  #: s without a reply until somebody is reminded of an urgent query
    normal: float = 1800.0  #: s of any other
    routed: float = 900.0  #: s after it was passed on; an urgent one keeps the shorter time
    lift: float = 3600.0  #: s after which a normal query stands among the urgent ones


RULES = Rules()

#: In transit: those who steer the vehicles.  In a hub: those who have it in hand.
DEPARTMENT: Mapping[WaybillState, Department] = MappingProxyType(
    {
        _W.CREATED: _D.SERVICE,
        _W.AWAITING_PICKUP: _D.SERVICE,
        _W.ARRIVED_ORIGIN: _D.DISPATCH,
        _W.PICKED_UP: _D.DISPATCH,
        _W.DEPARTED_ORIGIN: _D.DISPATCH,
        _W.IN_TRANSIT: _D.DISPATCH,
        _W.ARRIVED_HUB: _D.WAREHOUSE,
        _W.DEPARTED_HUB: _D.DISPATCH,
        _W.ARRIVED_DEST_HUB: _D.WAREHOUSE,
        _W.OUT_FOR_DELIVERY: _D.DISPATCH,
        _W.ARRIVED_DESTINATION: _D.DISPATCH,
        _W.DELIVERED: _D.SERVICE,
        _W.REFUSED: _D.SERVICE,
        _W.COMPLETED: _D.SERVICE,
        _W.CANCELLED: _D.SERVICE,
    }
)


def department(state: WaybillState | None) -> Department:
    """Who finds out about goods that stand so; None: nobody knows which goods are meant."""
    return Department.SERVICE if state is None else DEPARTMENT[state]


def is_lifted(query: Query, now: datetime, rules: Rules = RULES) -> bool:
    """Whether it stands among the urgent ones although it is not one, having waited so long."""
    waited = now - query.asked_at
    return not query.urgent and query.state.is_waiting and waited.total_seconds() > rules.lift


def order(queries: Iterable[Query], now: datetime, rules: Rules = RULES) -> list[Query]:
    """Whose turn it is: urgent ones first, then the oldest; what is replied to comes last.

    A normal query that has waited ``Rules.lift`` joins the urgent ones as if it were asked at
    that moment.  So an urgent query never waits behind a normal one, except one that had waited
    an hour before the urgent one came; and no flood of urgent ones keeps a normal one for ever.
    """
    lift = timedelta(seconds=rules.lift)

    def turn(query: Query) -> tuple[bool, bool, datetime, bool, str]:
        lifted = is_lifted(query, now, rules)
        since = query.asked_at + lift if lifted else query.asked_at
        normal = not (query.urgent or lifted)
        return not query.state.is_waiting, normal, since, not query.urgent, query.number

    return sorted(queries, key=turn)


def patience(query: Query, rules: Rules = RULES) -> timedelta:
    """How long until somebody is reminded: of a query that was passed on, counted from then."""
    own = rules.urgent if query.urgent else rules.normal
    if query.state is QueryState.ROUTED:
        return timedelta(seconds=min(own, rules.routed))
    return timedelta(seconds=own)


def first_reminder(query: Query, rules: Rules = RULES) -> datetime:
    """When the first reminder is due; the later ones follow at the same distance."""
    passed_on = query.state is QueryState.ROUTED and query.routed_at is not None
    since = query.routed_at if passed_on and query.routed_at else query.asked_at
    return since + patience(query, rules)


def is_overdue(query: Query, now: datetime, rules: Rules = RULES) -> bool:
    """Whether the customer has waited too long."""
    return query.state.is_waiting and now >= first_reminder(query, rules)


@dataclass(frozen=True, slots=True)
class Way:
    """The channel that a reply takes, and why where it is not simply the one asked by."""

    channel: Channel
    why_zh: str = ""
    why_en: str = ""


#: Word among a waybill's requirements: text before you call; domain rule 4-03.
TEXT_FIRST = "text_first"

_BY_EMAIL = Way(Channel.EMAIL, "收货人要求邮件联系", "the consignee wants e-mail instead of calls")
_BY_TEXT = Way(Channel.SMS, "收货人要求短信联系", "the consignee wants a text message, no calls")
_NO_CALLS = Way(
    Channel.PHONE, "收货人不接受回电", "the consignee takes no calls: say it while on the line"
)


def way_back(asked: Channel, contact: str = "", requirements: Sequence[str] = ()) -> Way:
    """The channel of the reply: the one asked by, unless the consignee takes no calls.

    Args:
        asked: the channel that the query came by.
        contact: how the waybill's consignee wants to be reached: phone, sms, email, none.
        requirements: of the waybill; ``text_first`` stands against calls, too.
    """
    if asked is not Channel.PHONE:
        return Way(asked)
    if contact == "email":
        return _BY_EMAIL
    if contact == "sms" or TEXT_FIRST in requirements:
        return _BY_TEXT
    return _NO_CALLS if contact == "none" else Way(asked)


class Act(StrEnum):
    """What is done about a query."""

    TAKE = "take"
    ROUTE = "route"
    ANSWER = "answer"
    REPLY = "reply"
    CLOSE = "close"


_OPEN = frozenset(_Q) - {_Q.CLOSED}
_UNSAID = frozenset({_Q.NEW, _Q.ROUTED, _Q.ANSWERED})

#: From which states an act is legal, and the state after it; None leaves it.
STEPS: Mapping[Act, tuple[frozenset[QueryState], QueryState | None]] = MappingProxyType(
    {
        Act.TAKE: (_OPEN, None),
        Act.ROUTE: (_UNSAID, _Q.ROUTED),
        Act.ANSWER: (_UNSAID, _Q.ANSWERED),
        Act.REPLY: (_OPEN, _Q.REPLIED),
        Act.CLOSE: (_OPEN, _Q.CLOSED),
    }
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says with an act; None leaves it as it is."""

    handler: str | None = None  #: of TAKE and ROUTE
    department: Department | None = None  #: of ROUTE
    finding: str | None = None  #: of ANSWER
    source: str | None = None  #: of ANSWER and REPLY
    answer_id: str | None = None  #: likewise
    reply: str | None = None  #: of REPLY
    channel: Channel | None = None  #: of REPLY: the one it went by
    why: str = ""  #: of CLOSE without a reply, of REPLY by another channel than the way back


def step(query: Query, act: Act, said: Said, now: datetime, rules: Rules = RULES) -> Query:
    """``query`` after the act.

    Raises:
        Conflict: the act does not fit the state of the query.
        Invalid: something that the act needs is not said.
    """
    legal, after = STEPS[act]
    if query.state not in legal:
        raise Conflict(f"query {query.number} is {query.state.value}: too late to {act.value}")
    changes: dict[str, Any] = dict(_CHANGES[act](query, said, now))
    if after is not None:
        changes["state"] = after
    own = rules.urgent if query.urgent else rules.normal
    if act is Act.ROUTE:
        changes["remind_at"] = now + timedelta(seconds=min(own, rules.routed))
    elif after is not None:
        changes["remind_at"] = now + timedelta(seconds=own) if act is Act.ANSWER else None
    return replace(query, **changes)


def _take(_query: Query, said: Said, _now: datetime) -> Mapping[str, Any]:
    if not said.handler:
        raise Invalid("handler", "say who takes it")
    return {"handler": said.handler}


def _route(query: Query, said: Said, now: datetime) -> Mapping[str, Any]:
    to = said.department or query.department
    return {"department": to, "handler": said.handler, "routed_at": now}


def _answer(query: Query, said: Said, now: datetime) -> Mapping[str, Any]:
    if not (said.finding or said.answer_id):
        raise Invalid("finding", "say what was found, or name the answer that says it")
    found = {"finding": said.finding or query.finding, "answered_at": now}
    return found | _attached(query, said)


def _reply(query: Query, said: Said, now: datetime) -> Mapping[str, Any]:
    if not said.reply or said.channel is None:
        raise Invalid("text", "say what the customer was told")
    answered = {"answered_at": query.answered_at or now, "replied_at": now}
    return {"reply": said.reply, "reply_channel": said.channel} | answered | _attached(query, said)


def _attached(query: Query, said: Said) -> dict[str, Any]:
    return {
        "source": said.source or query.source,
        "answer_id": said.answer_id or query.answer_id,
    }


def _close(query: Query, said: Said, now: datetime) -> Mapping[str, Any]:
    if query.state is not QueryState.REPLIED and not said.why:
        raise Invalid("reason", "nobody has replied: say why it is closed")
    return {"closed_at": now}


_CHANGES = MappingProxyType(
    {Act.TAKE: _take, Act.ROUTE: _route, Act.ANSWER: _answer, Act.REPLY: _reply, Act.CLOSE: _close}
)
