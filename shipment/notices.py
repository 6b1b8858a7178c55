"""When a notice is sent, gathered or given up: judged at the moment of sending.

Not when it is written: a channel may come back in the middle of the night, and what has waited
for it must not ring anybody then.

Times are UTC s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from math import inf, nan
from zoneinfo import ZoneInfo

_MINUTES_PER_HOUR = 60
#: Severity that waits for nothing.
_SAFETY = 1


@dataclass(frozen=True, slots=True)
class Rules:
    """Limits of what people are told."""

    quiet_from: int = 22  #: h on the recipient's clock; nobody is rung in their sleep
    quiet_to: int = 8  #: h; equal to ``quiet_from``: no quiet hours
    delay_gap: float = 7200.0  #: s between two messages to a customer about one waybill's delay
    retries: tuple[float, ...] = (
        5.0,
        300.0,
        1800.0,
        7200.0,
        18_000.0,
        36_000.0,
        50_400.0,
        72_000.0,
        86_400.0,
    )  #: s from a failed try to the next, as Standard Webhooks has them; then it is given up
    jitter: float = 0.1  #: part of a pause that chance adds, so that not all come back at once
    unknown_repeats: int = 1  #: times that people are sent again what they may have got already


class Verdict(StrEnum):
    """What becomes of a notice that is due."""

    SEND = "send"
    WAIT = "wait"
    GATHER = "gather"  #: with the others of its recipient and channel
    CANCEL = "cancel"  #: something newer says it


@dataclass(frozen=True, slots=True)
class Due:
    """A notice that is due, as the rules see it."""

    created: float
    severity: int
    zone: str  #: IANA, the recipient's
    quiet: bool
    digest_minutes: int  #: 0 it is no matter of a digest
    delay: bool  #: it is one of those about a delay that customers get few of
    last_delay: float = nan  #: when they were last told of a delay of it; NaN never
    newer: bool = False  #: something newer about the same delay waits, too


@dataclass(frozen=True, slots=True)
class When:
    """The verdict, and for ``WAIT`` until when."""

    verdict: Verdict
    until: float = nan


def judge(due: Due, rules: Rules, now: float) -> When:
    """What becomes of a notice at ``now``."""
    if due.delay and due.newer:
        return When(Verdict.CANCEL)
    until = now
    if due.quiet and due.severity > _SAFETY:
        until = quiet_until(now, due.zone, rules)
    if due.digest_minutes:
        slot = slot_of(due.created, due.zone, due.digest_minutes)
        if max(slot, until) <= now:
            return When(Verdict.GATHER)
        until = max(slot, until)
    if due.delay and due.last_delay + rules.delay_gap > until:
        until = due.last_delay + rules.delay_gap
    return When(Verdict.SEND) if until <= now else When(Verdict.WAIT, until)


def quiet_until(now: float, zone: str, rules: Rules) -> float:
    """When the quiet hours end in which ``now`` is; ``now`` itself outside of them.

    On the clock of ``zone``: where it is put forward over the end, they end at once after.
    """
    if rules.quiet_from == rules.quiet_to:
        return now
    wall = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(zone))
    over_midnight = rules.quiet_from > rules.quiet_to
    late, early = wall.hour >= rules.quiet_from, wall.hour < rules.quiet_to
    if not (late or early if over_midnight else late and early):
        return now
    day = wall.date() + timedelta(days=1 if over_midnight and late else 0)
    end = datetime.combine(day, time(rules.quiet_to), ZoneInfo(zone))
    return end.timestamp()


def slot_of(created: float, zone: str, minutes: int) -> float:
    """When the digest is sent that takes what was written at ``created``.

    Slots are whole multiples of ``minutes`` on the recipient's clock since midnight; the last one
    of a day is midnight.
    """
    tz = ZoneInfo(zone)
    wall = datetime.fromtimestamp(created, UTC).astimezone(tz)
    since_midnight = wall.hour * _MINUTES_PER_HOUR + wall.minute
    midnight = datetime.combine(wall.date(), time(), tz)
    tomorrow = datetime.combine(wall.date() + timedelta(days=1), time(), tz)
    slot = midnight + timedelta(minutes=(since_midnight // minutes + 1) * minutes)
    return min(slot, tomorrow).timestamp()


def next_try(tries: int, at: float, rules: Rules, chance: float, asked: float = 0.0) -> float:
    """When to try again; inf: it is given up.

    Args:
        tries: that have failed so far, at least 1.
        at: of the last one.
        rules: the pauses.
        chance: 0 to 1, drawn by the caller.
        asked: s that the receiver asked us to wait (Retry-After); it lengthens a pause, never
            beyond the longest one.
    """
    if tries > len(rules.retries):
        return inf
    pause = rules.retries[tries - 1] * (1.0 + rules.jitter * chance)
    return at + max(pause, min(asked, rules.retries[-1]))


def together(keys: Sequence[tuple[str, ...]]) -> list[list[int]]:
    """Positions of those with one key, in order; keys are recipient, channel, address, language."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for position, key in enumerate(keys):
        groups.setdefault(key, []).append(position)
    return list(groups.values())
