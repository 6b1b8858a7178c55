"""The outbox: what people and systems are to be told, written with the fact that it tells of.

Whoever writes a fact calls ``enqueue`` in the same transaction, so that no fact is kept without
its notices and no notice is sent of a fact that was not kept.  The sender takes it from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import uuid_utils
from psycopg import Connection
from psycopg.types.json import Jsonb

from fleet.fences import Hours
from fleet.notice_rules import Channel, ChannelKind, Note, Reachable, Rule, RuleHours, To, plan
from fleet.notices import Transition
from fleet.rights import Role
from store.queries import load

_SQL = load("notices")

#: States of a notice of which the recipient may know, others only if it was tried; a digest tells
#: of what it gathered.
_TOLD = frozenset({"sent", "sending", "gathered"})


def enqueue(conn: Connection[Any], transitions: Sequence[Transition], now: datetime) -> int:
    """Have told whoever the rules say; returns how many notices were added.

    A transition that was enqueued before, by whatever derivation, adds nothing.  One with
    ``corrects`` goes to whoever was told what it corrects, and to nobody else.

    Args:
        conn: in the transaction of the facts.
        transitions: what came about.
        now: when the rules are asked: their hours, and how old a transition is.
    """
    added = sum(correct(conn, one, now) for one in transitions if one.corrects)
    fresh = [one for one in transitions if not one.corrects]
    if not fresh:
        return added
    rules = [rule_of(row) for row in conn.execute(_SQL["enabled_rules"])]
    if not rules:
        return added
    asked = {rule.to for rule, _ in rules} & {To.ROLE, To.PERSON, To.CUSTOMER}
    people = [_reachable(row) for row in conn.execute(_SQL["reachable"])] if asked else []
    notes = plan(fresh, rules, people, now.timestamp())
    if notes:
        added += conn.execute(_SQL["enqueue"], {"now": now, **_columns(notes)}).rowcount
    return added


def correct(conn: Connection[Any], correction: Transition, now: datetime) -> int:
    """Take back what ``correction.corrects`` names; returns how many corrections are sent.

    Of a notice that was sent, or may have been, its recipient gets a correction, once; one that
    nobody has tried to send is cancelled.  When the same comes true again later, it is told again.

    Args:
        conn: in the transaction that takes the fact back.
        correction: its ``subject``, ``corrects``, own ``name``, ``at``, and ``body``; without a
            body the sender says that what it told was wrong.
        now: from when on it may be sent.
    """
    wrong = conn.execute(
        _SQL["lock_wrong"],
        {
            "subject_kind": correction.subject_kind,
            "subject": correction.subject,
            "transition": correction.corrects,
            "topic": correction.topic,
        },
    ).fetchall()
    if not wrong:
        return 0
    conn.execute(_SQL["withdraw"], {"ids": [row[0] for row in wrong]})
    told = [key for key, state, tries in wrong if state in _TOLD or tries > 0]
    done = conn.execute(
        _SQL["correct"],
        {
            "ids": _new_ids(len(told)),
            "wrong": told,
            "transition": correction.name,
            "body": Jsonb(dict(correction.body or {})),
            "happened_at": datetime.fromtimestamp(correction.at, UTC),
            "now": now,
        },
    )
    return done.rowcount


def _columns(notes: Sequence[Note]) -> dict[str, list[Any]]:
    told = [note.transition for note in notes]
    return {
        "id": _new_ids(len(notes)),
        "key": [note.key for note in notes],
        "topic": [one.topic for one in told],
        "subject_kind": [one.subject_kind for one in told],
        "subject": [one.subject for one in told],
        "transition": [one.name for one in told],
        "severity": [one.severity for one in told],
        "rule_id": [note.rule.key for note in notes],
        "channel_id": [note.channel.key for note in notes],
        "recipient": [note.recipient for note in notes],
        "address": [note.address for note in notes],
        "body": [Jsonb(dict(one.body or {})) for one in told],
        "happened_at": [datetime.fromtimestamp(one.at, UTC) for one in told],
        "language": [note.rule.language for note in notes],
        "zone": [one.zone for one in told],
        "quiet": [note.rule.quiet for note in notes],
        "delay": [note.is_limited for note in notes],
        "digest_minutes": [note.digest_minutes for note in notes],
    }


def _new_ids(count: int) -> list[str]:
    return [str(uuid_utils.uuid7()) for _ in range(count)]


def rule_of(row: tuple[Any, ...]) -> tuple[Rule, Channel]:
    """A rule and its channel, of a row: fifteen columns of the rule, then those of the channel."""
    channel = channel_of(row[15:])
    key, code, name, topics, least, customers, origins, destinations, to, recipient = row[:10]
    language, hours, quiet, digest, enabled = row[10:15]
    rule = Rule(
        code,
        name,
        tuple(topics),
        channel.code,
        To(to),
        recipient,
        enabled,
        least,
        tuple(customers),
        tuple(origins),
        tuple(destinations),
        language,
        tuple(_hours(one) for one in hours),
        quiet,
        digest,
        key,
    )
    return rule, channel


def channel_of(row: Sequence[Any]) -> Channel:
    """A channel, of a row: key, code, kind, name, address, on, failing since, why it is off."""
    key, code, kind, name, address, enabled, failing_since, disabled_why = row
    return Channel(
        key, code, ChannelKind(kind), name, address, enabled, failing_since, disabled_why
    )


def _hours(stored: dict[str, Any]) -> RuleHours:
    hours = Hours(tuple(stored["days"]), stored["opens"], stored["closes"])
    return RuleHours(hours, stored["zone"])


def _reachable(row: tuple[Any, ...]) -> Reachable:
    name, role, customers, sites, contact = row
    inside = None if customers is None else frozenset(customers)
    return Reachable(name, Role(role), inside, frozenset(sites), contact)
