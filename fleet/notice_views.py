"""Notices as readers get them: the log of deliveries.

Aware instants in UTC; ``None`` is unknown.  ``address`` is whole here: who shows it masks it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class NoticeState(StrEnum):
    """Where a notice stands."""

    WAITING = "waiting"  #: for its time, or to be tried again
    SENDING = "sending"
    SENT = "sent"  #: accepted by the receiver
    FAILED = "failed"  #: given up; it can be replayed
    CANCELLED = "cancelled"  #: wrong before it was sent, or something newer said it
    GATHERED = "gathered"  #: sent in a digest


@dataclass(frozen=True, slots=True)
class NoticeBrief:
    """One line of the log."""

    state: NoticeState
    id: str
    topic: str
    subject_kind: str
    subject: str
    transition: str
    severity: int
    rule: str | None  #: code; None it was removed, or there was none
    channel: str  #: code
    recipient: str
    address: str  #: "" where the channel's own says it all
    body: Mapping[str, object]
    happened_at: datetime
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    tries: int
    corrects: str | None  #: id
    digest: str | None  #: id of the notice that it was sent in


@dataclass(frozen=True, slots=True)
class NoticeTry:
    """One attempt to deliver."""

    at: datetime
    ok: bool
    status: int | None  #: of HTTP
    detail: str
    seconds: float | None
    unknown: bool  #: it may have been taken all the same


@dataclass(frozen=True, slots=True)
class NoticeFull:
    """A notice and every attempt to deliver it, oldest first."""

    notice: NoticeBrief
    tries: tuple[NoticeTry, ...]
