"""Queries: what customers ask, from the asking to the reply; domain rules 3-02 to 3-19."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType


class Channel(StrEnum):
    """The way by which a query came, or its reply goes."""

    PHONE = "phone"
    WEB = "web"
    EMAIL = "email"
    SOCIAL = "social"
    SMS = "sms"
    APP = "app"
    IM = "im"


class QueryState(StrEnum):
    """How far a query has got."""

    NEW = "new"
    ROUTED = "routed"  #: another department is to find out
    ANSWERED = "answered"  #: what is to be said is known
    REPLIED = "replied"  #: the customer knows
    CLOSED = "closed"

    @property
    def is_waiting(self) -> bool:
        """Whether the customer still waits."""
        return self in _WAITING


_WAITING = frozenset({QueryState.NEW, QueryState.ROUTED, QueryState.ANSWERED})


class Department(StrEnum):
    """Who finds out."""

    SERVICE = "service"
    DISPATCH = "dispatch"  #: of what is on the road
    WAREHOUSE = "warehouse"  #: of what is in a hub


class Finding(StrEnum):
    """Where an answer is from."""

    GPS = "gps"
    NODE = "node"
    PERSON = "person"
    CARRIER = "carrier"


#: Chinese and English, for screens and files.
CHANNELS: Mapping[Channel, tuple[str, str]] = MappingProxyType(
    {
        Channel.PHONE: ("电话", "telephone"),
        Channel.WEB: ("网站", "web site"),
        Channel.EMAIL: ("电子邮件", "e-mail"),
        Channel.SOCIAL: ("社交媒体", "social media"),
        Channel.SMS: ("短信", "text message"),
        Channel.APP: ("应用", "app"),
        Channel.IM: ("在线咨询", "chat"),
    }
)
STATES: Mapping[QueryState, tuple[str, str]] = MappingProxyType(
    {
        QueryState.NEW: ("新建", "new"),
        QueryState.ROUTED: ("已转交", "passed on"),
        QueryState.ANSWERED: ("已有结果", "answered"),
        QueryState.REPLIED: ("已回复", "replied"),
        QueryState.CLOSED: ("已关闭", "closed"),
    }
)
DEPARTMENTS: Mapping[Department, tuple[str, str]] = MappingProxyType(
    {
        Department.SERVICE: ("客服", "customer service"),
        Department.DISPATCH: ("调度", "dispatch"),
        Department.WAREHOUSE: ("仓库", "warehouse"),
    }
)
SOURCES: Mapping[Finding, tuple[str, str]] = MappingProxyType(
    {
        Finding.GPS: ("车载定位", "positions"),
        Finding.NODE: ("节点记录", "node record"),
        Finding.PERSON: ("人工", "a person"),
        Finding.CARRIER: ("物流商", "the carrier"),
    }
)


@dataclass(frozen=True, slots=True)
class Query:
    """One query as it stands; None or "" where not known."""

    id: str
    number: str  #: Q-YYYYMMDD-nnnn
    asked_at: datetime
    channel: Channel
    urgent: bool
    asker: str
    contact: str  #: telephone or address of the asker
    asked: str  #: the number that was asked for, as it was typed
    question: str
    waybill: str | None  #: number
    customer: str | None  #: code of the waybill's customer
    state: QueryState
    department: Department
    handler: str | None
    answer_id: str | None  #: of the answer to "where is it" that is attached
    finding: str
    source: str  #: a ``Finding``, or ""
    reply: str
    reply_channel: Channel | None
    routed_at: datetime | None
    answered_at: datetime | None
    replied_at: datetime | None
    closed_at: datetime | None
    remind_at: datetime | None  #: then somebody is reminded again
    reminded: int  #: how often somebody was
    author: str


@dataclass(frozen=True, slots=True)
class QueryEntry:
    """Something done about a query."""

    at: datetime
    act: str
    author: str
    detail: Mapping[str, object]
