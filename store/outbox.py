"""The outbox as the sender works it: what is due, what became of it.

A notice is ``waiting``, then ``sending`` with a claim that runs out, then ``sent`` or ``failed``;
each step is committed before the next one begins.  So whoever takes over from a sender that died
sees which notices it may have sent.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import uuid_utils
from psycopg import Connection
from psycopg.types.json import Jsonb

from fleet.notice_rules import Channel, ChannelKind
from store.queries import load

_SQL = load("outbox")


@dataclass(frozen=True, slots=True)
class Pending:
    """A notice that is due."""

    channel: Channel
    secret: str | None  #: of a webhook
    id: str
    state: str  #: waiting; sending: its sender has not said what became of it
    key: str
    topic: str
    subject_kind: str
    subject: str
    transition: str
    severity: int
    recipient: str
    address: str
    body: Mapping[str, Any]
    happened_at: datetime
    created_at: datetime
    language: str
    zone: str  #: "" the installation's
    quiet: bool
    delay: bool
    digest_minutes: int
    tries: int  #: that ended; of a lost one nobody knows the end
    corrects: str | None  #: id
    wrong: Mapping[str, Any] | None  #: body of what it corrects
    corrected: bool  #: it turned out wrong
    unknown: int  #: tries of which nobody knows what became
    last_delay: datetime | None  #: when its recipient was last told of a delay of the same subject
    newer: bool  #: something newer about that delay waits, too


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one try."""

    id: str
    channel: int  #: key
    claim: datetime  #: until which it was ours
    at: datetime
    ok: bool
    again: datetime | None  #: not ok: when to try again; None it is given up
    status: int | None = None  #: of HTTP
    detail: str = ""
    seconds: float = 0.0
    unknown: bool = False  #: it may have been taken all the same
    gone: bool = False  #: the receiver wants nothing any more


def take_due(
    conn: Connection[Any], now: datetime, each: int, busy: Mapping[int, int]
) -> list[Pending]:
    """What is due, at most ``each`` of every channel less what is ``busy`` there (by its key).

    They stay locked until the transaction ends, in which the caller says what becomes of each:
    ``claim``, ``put_off``, ``replace``, ``gather``.  What the caller says nothing of is due again.
    """
    conn.execute(_SQL["lock_claims"])
    rows = conn.execute(
        _SQL["due"],
        {"now": now, "each": each, "channels": list(busy), "busy": list(busy.values())},
    )
    return [_pending(row) for row in rows]


def claim(conn: Connection[Any], ids: Sequence[str], until: datetime) -> None:
    """These are about to be sent; when ``until`` has passed without a word, others take them."""
    if ids:
        conn.execute(_SQL["claim"], {"ids": list(ids), "until": until})


def put_off(conn: Connection[Any], until: Mapping[str, datetime]) -> None:
    """These wait; ``until`` is by id."""
    if until:
        conn.execute(_SQL["put_off"], {"ids": list(until), "until": list(until.values())})


def replace(conn: Connection[Any], ids: Sequence[str]) -> None:
    """Something newer says what these say."""
    if ids:
        conn.execute(_SQL["replace"], {"ids": list(ids)})


def load_digest(
    conn: Connection[Any], notice: str, now: datetime
) -> list[tuple[str, datetime, Mapping[str, Any]]]:
    """What goes together with ``notice``, itself among it, by time: id, written when, body."""
    return conn.execute(_SQL["digest_of"], {"id": notice, "now": now}).fetchall()


def gather(
    conn: Connection[Any], ids: Sequence[str], body: Mapping[str, object], now: datetime
) -> None:
    """These, all of one recipient and channel, are told in one, ``body``, which is due at once."""
    given = {"id": str(uuid_utils.uuid7()), "ids": list(ids), "first": ids[0]}
    conn.execute(_SQL["gather"], given | {"body": Jsonb(dict(body)), "now": now})


def finish(conn: Connection[Any], tried: Sequence[Tried]) -> None:
    """Write down what became of tries, in one transaction.

    What was accepted is sent, whatever has happened in between.  A failure counts only while the
    notice is still ours: somebody else may be sending it.
    """
    tried = sorted(
        tried, key=lambda one: one.id
    )  # as corrections lock them: nobody waits in a ring
    with conn.pipeline(), conn.transaction():
        _log(conn, tried)
        if good := [one for one in tried if one.ok]:
            conn.execute(
                _SQL["sent"], {"ids": [one.id for one in good], "at": [one.at for one in good]}
            )
        if bad := [one for one in tried if not one.ok]:
            conn.execute(
                _SQL["not_sent"],
                {
                    "ids": [one.id for one in bad],
                    "until": [one.claim for one in bad],
                    "again": [one.again for one in bad],
                },
            )
        _tell_channels(conn, tried)


def log_lost(conn: Connection[Any], lost: Sequence[Pending], now: datetime, detail: str) -> None:
    """The sender of these ended while it sent them: nobody knows whether they were taken."""
    ended = Tried("", 0, now, now, ok=False, again=None, detail=detail, unknown=True)
    if lost:
        _log(conn, [dataclasses.replace(ended, id=one.id) for one in lost])


def give_up(conn: Connection[Any], lost: Sequence[Pending]) -> None:
    """Nobody knows whether these were taken, and they are not sent again."""
    if lost:
        conn.execute(_SQL["give_up"], {"ids": [one.id for one in lost]})


def backlog(conn: Connection[Any], now: datetime) -> tuple[int, int, float, int]:
    """How many wait, how many are being sent, age (s) of what is longest due, failing channels."""
    waiting, sending, age = conn.execute(_SQL["backlog"], {"now": now}).fetchone() or (0, 0, 0.0)
    (failing,) = conn.execute(_SQL["failing"]).fetchone() or (0,)
    return waiting, sending, age, failing


def _log(conn: Connection[Any], tried: Sequence[Tried]) -> None:
    conn.execute(
        _SQL["tell"],
        {
            "id": [one.id for one in tried],
            "at": [one.at for one in tried],
            "ok": [one.ok for one in tried],
            "status": [one.status for one in tried],
            "detail": [one.detail for one in tried],
            "seconds": [one.seconds for one in tried],
            "unknown": [one.unknown for one in tried],
        },
    )


def _tell_channels(conn: Connection[Any], tried: Sequence[Tried]) -> None:
    """The last try of each channel says whether it works."""
    last = {one.channel: one for one in sorted(tried, key=lambda one: one.at)}
    if works := [key for key, one in last.items() if one.ok]:
        conn.execute(_SQL["channel_works"], {"ids": sorted(works)})
    if fails := [key for key, one in last.items() if not one.ok]:
        first = min(last[key].at for key in fails)
        conn.execute(_SQL["channel_fails"], {"ids": sorted(fails), "at": first})
    if gone := {one.channel: one for one in tried if one.gone}:
        why, at = next((one.detail, one.at) for one in gone.values())
        conn.execute(_SQL["channel_gone"], {"ids": sorted(gone), "why": why, "at": at})


def _pending(row: tuple[Any, ...]) -> Pending:
    key, code, kind, *rest = row[:8]
    return Pending(Channel(key, code, ChannelKind(kind), *rest), *row[8:])
