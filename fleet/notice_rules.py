"""Who is told of a transition: rules, channels and people put together.  When is not said here.

What decides whether somebody is told is judged at the moment of the transition, with the rules
and the people of that moment; when it is sent (quiet hours, digests, limits) at the moment of
sending, because a channel may have been away in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from fleet.alerts import AlertKind
from fleet.fences import MINUTES_PER_DAY, Hours
from fleet.notices import Topic, Transition
from fleet.rights import Role

#: Where an address of an Apprise channel takes the recipient's own.
PLACE = "{to}"

#: s: people are not told of what a waybill did longer ago; systems are.  An import of last
#: month's waybills must not ring anybody's telephone.
FRESH = 86_400.0

#: Topics whose severity a rule may ask about.
SEVERE = ("alert", "exception.")

#: Roles that a rule may tell as such.  Customers are told of their own waybills
#: (``To.CUSTOMER``); carriers and drivers see less than a transition says.
TOLD_BY_ROLE = frozenset(Role) - {Role.CUSTOMER, Role.PARTNER, Role.DRIVER, Role.SHARE}

_MAIL = ("mailto:", "mailtos:")
_DAYS = 7
#: Days back on which hours that still last may have begun: they last at most two.
_BACK = range(2)


class To(StrEnum):
    """Whom a rule tells."""

    ROLE = "role"  #: every person of a role who can be reached on the channel
    PERSON = "person"
    CONSIGNEE = "consignee"  #: of the waybill, by telephone, unless they want none
    CUSTOMER = "customer"  #: persons who sign in for the waybill's customer
    ADDRESS = "address"  #: as the rule says; empty: whoever the channel reaches by itself
    SYSTEM = "system"  #: a webhook


class ChannelKind(StrEnum):
    """How something is sent."""

    APPRISE = "apprise"  #: mail, SMS gateways, WeCom, DingTalk, Feishu, ...
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to reach people or a system."""

    key: int
    code: str
    kind: ChannelKind
    name: str
    address: str  #: a webhook's URL, or an Apprise URL with ``PLACE``; may hold a password
    enabled: bool = True
    failing_since: datetime | None = None
    disabled_why: str | None = None

    @property
    def is_direct(self) -> bool:
        """Whether each recipient has an address of their own on it."""
        return self.kind is ChannelKind.APPRISE and PLACE in self.address

    @property
    def is_mail(self) -> bool:
        """Whether it is electronic mail, which has titles and addresses of its own kind."""
        return self.address.startswith(_MAIL)

    @property
    def shown(self) -> str:
        """The address without what may be secret; of an Apprise URL nearly all of it may be."""
        scheme, _, rest = self.address.partition("://")
        if self.kind is ChannelKind.APPRISE:
            return f"{scheme}://…"
        return f"{scheme}://{rest.partition('/')[0].rpartition('@')[2]}/…"


@dataclass(frozen=True, slots=True)
class RuleHours:
    """A weekly stretch in which a rule holds."""

    hours: Hours
    zone: str  #: IANA; for transitions that name no zone of their own


@dataclass(frozen=True, slots=True)
class Rule:
    """Who is told what, by which channel."""

    code: str
    name: str
    topics: tuple[str, ...]  #: a trailing ``*`` takes all that begin so
    channel: str  #: code
    to: To
    recipient: str = ""  #: role, name of a person, address
    enabled: bool = True
    least: int = 4  #: of alerts and exceptions: severities up to this number
    customers: tuple[str, ...] = ()  #: party codes; none: whoever's
    origins: tuple[str, ...] = ()  #: site codes
    destinations: tuple[str, ...] = ()
    language: str = "zh"  #: zh, en, both
    hours: tuple[RuleHours, ...] = ()  #: none: always
    quiet: bool = True  #: it waits through the quiet hours, unless it is of severity 1
    digest_minutes: int = 0  #: gathered and sent together so often; 0 at once
    key: int = 0


@dataclass(frozen=True, slots=True)
class Reachable:
    """A person as notices need them."""

    name: str
    role: Role
    customers: frozenset[str] | None  #: whose waybills they may know of; None everyone's
    sites: frozenset[str]
    contact: Mapping[str, str]  #: email, phone, channel code: address

    def may_know(self, transition: Transition) -> bool:
        """Whether what the transition tells of is inside for them."""
        if self.role is Role.CUSTOMER:
            return bool(transition.customer) and transition.customer in (self.customers or ())
        ours = (
            self.customers is None
            or not transition.customer
            or transition.customer in self.customers
        )
        ends = {transition.origin, transition.destination} - {""}
        return ours and (self.role is not Role.WAREHOUSE or not ends or bool(ends & self.sites))

    def address_on(self, channel: Channel) -> str:
        """Where the channel reaches them; "" nowhere."""
        usual = "email" if channel.is_mail else "phone"
        return self.contact.get(channel.code) or self.contact.get(usual, "")


@dataclass(frozen=True, slots=True)
class Note:
    """That one recipient is to be told of one transition by one channel."""

    transition: Transition
    rule: Rule
    channel: Channel
    recipient: str  #: who, the same whatever their address is by then
    address: str  #: "" where the channel's own says it all

    @property
    def key(self) -> str:
        """The same again is no second notice."""
        told = self.transition
        subject = f"{told.subject_kind}:{told.subject}"
        return f"{told.topic}|{subject}|{told.name}|{self.recipient}|{self.channel.code}"

    @property
    def is_limited(self) -> bool:
        """Whether it is one of the messages about a delay that customers get few of."""
        return self.transition.delay and self.rule.to in {To.CUSTOMER, To.CONSIGNEE}

    @property
    def digest_minutes(self) -> int:
        """How often it is sent with others; what is a matter of safety never waits for others."""
        return 0 if self.transition.severity == 1 else self.rule.digest_minutes


def plan(
    transitions: Sequence[Transition],
    rules: Sequence[tuple[Rule, Channel]],
    people: Sequence[Reachable],
    now: float,
) -> list[Note]:
    """Who is told, each recipient once per transition and channel, in the order of keys.

    Where two rules would tell the same recipient by the same channel, the first one decides how.
    """
    notes: dict[str, Note] = {}
    for transition in transitions:
        for rule, channel in rules:
            if not (channel.enabled and matches(rule, transition, now)):
                continue
            for recipient, address in recipients(rule, channel, transition, people):
                note = Note(transition, rule, channel, recipient, address)
                notes.setdefault(note.key, note)
    return [notes[key] for key in sorted(notes)]


def matches(rule: Rule, transition: Transition, now: float) -> bool:
    """Whether the rule is about the transition; ``now`` (UTC s) is when it is looked at."""
    if not rule.enabled or not any(takes(pattern, transition.topic) for pattern in rule.topics):
        return False
    if transition.topic.startswith(SEVERE) and transition.severity > rule.least:
        return False
    old = transition.topic.startswith("waybill.") and now - transition.at > FRESH
    if old and rule.to is not To.SYSTEM:
        return False
    return _is_on_lane(rule, transition) and _holds(rule.hours, transition.zone, now)


def recipients(
    rule: Rule, channel: Channel, transition: Transition, people: Sequence[Reachable]
) -> Iterator[tuple[str, str]]:
    """Who is told by the rule, and the address of each."""
    match rule.to:
        case To.SYSTEM:
            yield "system", ""
        case To.ADDRESS:
            yield f"address:{rule.recipient}", rule.recipient if channel.is_direct else ""
        case To.CONSIGNEE:
            if transition.consignee and transition.contact in {"phone", "sms"}:
                yield "consignee", transition.consignee
        case To.ROLE | To.PERSON | To.CUSTOMER:
            yield from _persons(rule, channel, transition, people)


def _persons(
    rule: Rule, channel: Channel, transition: Transition, people: Sequence[Reachable]
) -> Iterator[tuple[str, str]]:
    if not channel.is_direct:  # a group: one message reaches all of it
        if rule.to is not To.CUSTOMER or transition.customer:
            named = transition.customer if rule.to is To.CUSTOMER else rule.recipient
            yield f"{rule.to.value}:{named}", ""
        return
    for person in people:
        wanted = {
            To.ROLE: person.role in TOLD_BY_ROLE and person.role == rule.recipient,
            To.PERSON: person.name == rule.recipient,
            To.CUSTOMER: person.role is Role.CUSTOMER,
        }[rule.to]
        address = person.address_on(channel)
        if wanted and address and person.may_know(transition):
            yield f"person:{person.name}", address


def takes(pattern: str, topic: str) -> bool:
    """Whether a rule with that pattern is about the topic."""
    return topic.startswith(pattern[:-1]) if pattern.endswith("*") else topic == pattern


def _is_on_lane(rule: Rule, transition: Transition) -> bool:
    return all(
        not wanted or given in wanted
        for wanted, given in (
            (rule.customers, transition.customer),
            (rule.origins, transition.origin),
            (rule.destinations, transition.destination),
        )
    )


def _holds(stretches: Sequence[RuleHours], zone: str, time: float) -> bool:
    """Whether ``time`` is in one of them, on the clock of ``zone``, else of the stretch's own."""
    if not stretches:
        return True
    for one in stretches:
        wall = datetime.fromtimestamp(time, UTC).astimezone(ZoneInfo(zone or one.zone))
        minute = wall.hour * 60 + wall.minute
        if any(
            (wall.weekday() - back) % _DAYS in one.hours.days
            and one.hours.opens <= minute + back * MINUTES_PER_DAY < one.hours.closes
            for back in _BACK
        ):
            return True
    return False


def known_topics() -> list[str]:
    """Every topic that a transition may have, as a rule may name it."""
    kinds = [kind.value for kind in AlertKind]
    alerts = [
        f"{what}.{kind}" for what in ("alert", "alert_over", "alert_escalated") for kind in kinds
    ]
    return [topic.value for topic in Topic] + alerts
