"""The log of deliveries: what was sent to whom, every attempt, and sending it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import uuid_utils
from psycopg import Connection
from psycopg.types.json import Jsonb

from fleet.errors import Conflict, Invalid, NotFound
from fleet.notice_rules import Channel, ChannelKind
from fleet.notice_views import NoticeBrief, NoticeFull, NoticeState, NoticeTry
from fleet.scope import Scope
from store import trail
from store.queries import load, within

_SQL = load("notice_log")

#: What may be sent again; of what was sent only a webhook, whose receiver knows its id.
_AGAIN = frozenset({NoticeState.FAILED, NoticeState.WAITING})

#: How far back the counts of the log go: to see what is wrong now.
_COUNTED = timedelta(days=7)

TEST = {
    "zh": {"title": "测试", "text": "这是一条测试通知。"},
    "en": {"title": "Test", "text": "This is a test notice."},
    "data": {"test": True},
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which notices; ``None`` all."""

    state: NoticeState | None = None
    subject: str | None = None  #: number of a waybill, plate, code
    channel: str | None = None
    before: str | None = None  #: older than that one


def list_notices(
    conn: Connection[Any], scope: Scope, wanted: Wanted, *, limit: int
) -> list[NoticeBrief]:
    """The newest ``limit`` of them, newest first."""
    return _list(conn, scope, wanted, None, limit)


def count_notices(conn: Connection[Any], scope: Scope, now: datetime) -> dict[str, int]:
    """By state, how many were made in the last seven days."""
    given = within(scope, since=now - _COUNTED)
    return dict(conn.execute(_SQL["count_notices"], given).fetchall())


def load_notice(conn: Connection[Any], scope: Scope, notice: str) -> NoticeFull:
    """One with every attempt.  Raises ``NotFound``: there is none, or it is outside ``scope``."""
    found = _list(conn, scope, Wanted(), notice, 1)
    if not found:
        raise NotFound("notice", notice)
    tries = conn.execute(_SQL["list_tries"], {"id": notice}).fetchall()
    return NoticeFull(found[0], tuple(NoticeTry(*row) for row in tries))


def replay(conn: Connection[Any], scope: Scope, notice: str, now: datetime, why: str = "") -> None:
    """Have it sent again, under the same id; quiet hours and limits hold as ever.

    Args:
        conn: in a transaction.
        scope: whose wish it is; for the trail.
        notice: id.
        now: when it is due.
        why: in the words of whoever asks.

    Raises:
        NotFound: there is none, or it is outside ``scope``.
        Conflict: it is being sent, was sent to people, was wrong, or its channel is off.
    """
    full = load_notice(conn, scope, notice)
    state, kind, enabled = conn.execute(_SQL["lock_notice"], {"id": notice}).fetchone() or (
        full.notice.state,
        ChannelKind.APPRISE,
        False,
    )
    may = state in _AGAIN or (state == NoticeState.SENT and kind == ChannelKind.WEBHOOK)
    if not may:
        raise Conflict(f"notice {notice} is {state}: it cannot be sent again")
    if not enabled:
        raise Conflict(f"channel {full.notice.channel} is off")
    conn.execute(_SQL["replay"], {"id": notice, "now": now})
    trail.record(conn, scope, "replay", "notice", notice, why, {"before": {"state": state}})


def replay_failed(
    conn: Connection[Any], scope: Scope, since: datetime, channel: str | None, now: datetime
) -> int:
    """Have everything sent again that was given up since; returns how many.  In a transaction."""
    found = conn.execute(_SQL["failed"], {"since": since, "channel": channel}).fetchall()
    for (notice,) in found:
        replay(conn, scope, notice, now, "all that failed")
    return len(found)


def send_test(
    conn: Connection[Any], scope: Scope, channel: Channel, address: str, now: datetime
) -> str:
    """Have a test sent by the channel; returns the notice's id, whose log says what became of it.

    Raises:
        Invalid: the channel needs an address.
        Conflict: the channel is off.
    """
    if channel.is_direct and not address:
        raise Invalid("/to", "each recipient has an address of their own on this channel")
    if not channel.enabled:
        raise Conflict(f"channel {channel.code} is off")
    notice = str(uuid_utils.uuid7())
    given = {
        "id": notice,
        "channel": channel.code,
        "recipient": f"address:{address}",
        "address": address if channel.is_direct else "",
        "body": Jsonb(TEST),
        "now": now,
    }
    conn.execute(_SQL["add_test"], given)
    trail.record(conn, scope, "test", "channel", channel.code)
    return notice


def _list(
    conn: Connection[Any], scope: Scope, wanted: Wanted, notice: str | None, limit: int
) -> list[NoticeBrief]:
    given = within(
        scope,
        id=notice,
        state=wanted.state,
        subject=wanted.subject,
        channel=wanted.channel,
        before=wanted.before,
        limit=limit,
    )
    return [_brief(row) for row in conn.execute(_SQL["list_notices"], given)]


def _brief(row: tuple[Any, ...]) -> NoticeBrief:
    return NoticeBrief(NoticeState(row[0]), *row[1:])
