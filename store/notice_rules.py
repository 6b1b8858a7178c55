"""Rules and channels of notices, as people edit them."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from fleet.errors import AlreadyExists, Conflict, Invalid, NotFound
from fleet.notice_rules import TOLD_BY_ROLE, Channel, ChannelKind, Rule, To
from fleet.notices import Topic
from fleet.rights import Role
from fleet.scope import Scope
from store import trail
from store.notices import channel_of, rule_of
from store.queries import load

_SQL = load("notice_rules")

#: What a new installation tells consignees of, once there is a channel and somebody wants it.
DEFAULTS = (
    ("picked-up", "已揽收", (Topic.PICKED_UP,)),
    ("out-for-delivery", "即将派送", (Topic.OUT_FOR_DELIVERY,)),
    ("arrived", "到达目的地", (Topic.ARRIVED_DESTINATION,)),
    ("delivered", "已签收", (Topic.DELIVERED,)),
    ("delay", "延迟", (Topic.RISK, Topic.WORSE)),
)
#: What supervisors of customer service are told of from the first channel on that can reach them.
LEADS = (Topic.EXCEPTION_BREACHED, Topic.QUERY_REMINDER, Topic.SUMMARY)


def list_channels(conn: Connection[Any]) -> list[Channel]:
    """Every one, by code."""
    return [channel_of(row) for row in conn.execute(_SQL["list_channels"])]


def load_channel(conn: Connection[Any], code: str) -> Channel:
    """One.  Raises ``NotFound``."""
    for channel in list_channels(conn):
        if channel.code == code:
            return channel
    raise NotFound("channel", code)


def add_channel(conn: Connection[Any], scope: Scope, channel: Channel, secret: str | None) -> None:
    """Add one, and with the first one that reaches people the usual rules.

    The one that tells supervisors what waits too long holds at once; those that tell consignees,
    of the first channel that can, are switched off.

    Raises:
        AlreadyExists: the code is taken.
    """
    given = _of_channel(channel, secret, scope)
    if not conn.execute(_SQL["add_channel"], given).rowcount:
        raise AlreadyExists("channel", channel.code)
    trail.record(conn, scope, "create", "channel", channel.code, detail={"after": _told(channel)})
    if channel.is_direct and not channel.is_mail:
        seed_defaults(conn, scope, channel.code)
    if channel.is_direct:
        seed_leads(conn, scope, channel.code)


def change_channel(
    conn: Connection[Any], scope: Scope, channel: Channel, secret: str | None
) -> None:
    """Name, address, whether it is on; ``secret`` None keeps the one that it has.

    Raises:
        NotFound: there is none.
        Conflict: it would become one of another kind.
    """
    before = load_channel(conn, channel.code)
    if before.kind is not channel.kind:
        raise Conflict(f"channel {channel.code} stays what it is: add another one")
    conn.execute(_SQL["change_channel"], _of_channel(channel, secret, scope))
    detail = {"before": _told(before), "after": _told(channel), "secret_changed": bool(secret)}
    trail.record(conn, scope, "change", "channel", channel.code, detail=detail)


def remove_channel(conn: Connection[Any], scope: Scope, code: str) -> None:
    """Remove one that was never used.

    Raises:
        NotFound: there is none.
        Conflict: rules use it, or the log of deliveries names it.
    """
    found = conn.execute(_SQL["uses_of_channel"], {"code": code}).fetchone()
    if found is None:
        raise NotFound("channel", code)
    rules, notices = found
    if rules:
        raise Conflict(f"channel {code} is used by the rules {', '.join(rules)}")
    if notices:
        raise Conflict(f"channel {code} stands in the log of deliveries; switch it off instead")
    detail = {"before": _told(load_channel(conn, code))}
    conn.execute(_SQL["remove_channel"], {"code": code})
    trail.record(conn, scope, "remove", "channel", code, detail=detail)


def list_rules(conn: Connection[Any]) -> list[Rule]:
    """Every one, by code."""
    return [rule_of(row)[0] for row in conn.execute(_SQL["list_rules"])]


def put_rule(conn: Connection[Any], scope: Scope, rule: Rule, *, new: bool) -> None:
    """Add a rule, or have it say something else from now on.

    Raises:
        AlreadyExists: ``new``, and the code is taken.
        NotFound: not ``new``, and there is none; or there is no such channel.
        Invalid: it would tell nobody.
    """
    before = {known.code: known for known in list_rules(conn)}.get(rule.code)
    if new and before is not None:
        raise AlreadyExists("rule", rule.code)
    if not new and before is None:
        raise NotFound("rule", rule.code)
    require_sense(rule, load_channel(conn, rule.channel))
    hours = [asdict(one.hours) | {"zone": one.zone} for one in rule.hours]
    given = asdict(rule) | {"hours": Jsonb(hours), "to": rule.to.value, "author": scope.principal}
    for name in ("topics", "customers", "origins", "destinations"):
        given[name] = list(given[name])
    conn.execute(_SQL["put_rule"], given)
    detail = {"before": None if before is None else _plain(before), "after": _plain(rule)}
    trail.record(conn, scope, "create" if new else "change", "notice_rule", rule.code, "", detail)


def remove_rule(conn: Connection[Any], scope: Scope, code: str) -> None:
    """Remove one; what it has put into the outbox is sent.  Raises ``NotFound``."""
    before = [rule for rule in list_rules(conn) if rule.code == code]
    if not before:
        raise NotFound("rule", code)
    conn.execute(_SQL["remove_rule"], {"code": code})
    detail = {"before": _plain(before[0])}
    trail.record(conn, scope, "remove", "notice_rule", code, detail=detail)


def seed_defaults(conn: Connection[Any], scope: Scope, channel: str) -> int:
    """The usual rules, telling consignees by ``channel``, all switched off; how many were added."""
    known = {rule.code for rule in list_rules(conn)}
    added = [
        Rule(code, name, tuple(topics), channel, To.CONSIGNEE, enabled=False)
        for code, name, topics in DEFAULTS
        if code not in known
    ]
    for rule in added:
        put_rule(conn, scope, rule, new=True)
    return len(added)


def seed_leads(conn: Connection[Any], scope: Scope, channel: str) -> None:
    """The rule that tells supervisors by ``channel``; one that is there stays as it is."""
    if all(rule.code != "leads" for rule in list_rules(conn)):
        rule = Rule("leads", "主管", LEADS, channel, To.ROLE, Role.CS_LEAD.value)
        put_rule(conn, scope, rule, new=True)


def require_sense(rule: Rule, channel: Channel) -> None:
    """Raises ``Invalid``, if the rule would tell nobody or the wrong ones."""
    is_hook = channel.kind is ChannelKind.WEBHOOK
    if is_hook != (rule.to is To.SYSTEM):
        told = "a webhook tells a system" if is_hook else "a system is told by a webhook"
        raise Invalid("/to", f"{told}, and people are told by other channels")
    if rule.to is To.SYSTEM and rule.digest_minutes:
        raise Invalid("/digest_minutes", "systems are told of each transition at once")
    if rule.to is To.ROLE and rule.recipient not in TOLD_BY_ROLE:
        raise Invalid("/recipient", f"one of {', '.join(sorted(TOLD_BY_ROLE))}")
    if rule.to is To.PERSON and not rule.recipient:
        raise Invalid("/recipient", "the name of a person")
    if rule.to is To.ADDRESS and channel.is_direct and not rule.recipient:
        raise Invalid("/recipient", "each recipient has an address of their own on this channel")
    if rule.to is To.CONSIGNEE and (channel.is_mail or not channel.is_direct):
        raise Invalid("/channel", "consignees are told by telephone: it needs {to} in its address")


def _of_channel(channel: Channel, secret: str | None, scope: Scope) -> dict[str, Any]:
    return {
        "code": channel.code,
        "kind": channel.kind.value,
        "name": channel.name,
        "address": channel.address,
        "secret": secret,
        "enabled": channel.enabled,
        "author": scope.principal,
    }


def _told(channel: Channel) -> dict[str, Any]:
    """For the trail: nothing that may be secret."""
    return {"name": channel.name, "address": channel.shown, "enabled": channel.enabled}


def _plain(rule: Rule) -> dict[str, Any]:
    return asdict(replace(rule, key=0))
