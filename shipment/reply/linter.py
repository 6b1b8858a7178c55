"""What must not be said to a customer, whoever wrote it.

``faults`` looks at a text and at what it is about; ``about`` makes that of the facts of an
answer.  The names of places and cases are taken out first: a hub may be called whatever it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

from fleet.waybills import WaybillState
from shipment.reply import spoken
from shipment.reply.facts import Facts, Reply
from shipment.reply.short import MOST


class Refused(Exception):
    """A text has faults: ``faults`` says which."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class About:
    """What a text is about."""

    language: str = "zh"  #: or en
    stale: bool = False  #: the position is old
    late: bool = False  #: it is late, and the text is to say so
    on_time: bool = False  #: an estimate says that it is in time
    signed: bool = False
    sms: bool = False
    today: frozenset[str] | None = None  #: times of the day that may stand without a day; None any
    names: tuple[str, ...] = ()  #: not looked into
    secrets: tuple[str, ...] = ()  #: must not be told


#: Words that customers are not told (domain 2-10: 忌用词), in either language.
FORBIDDEN = (
    "喂，", "喂!", "喂！", "不知道", "不清楚", "没办法", "不归我", "不可能", "随便", "自己看",
    "急什么", "无可奉告", "don't know", "do not know", "no idea", "not my job", "not our problem",
    "calm down", "impossible",
)  # fmt: skip

_UNFILLED = re.compile(
    r"[{}\[\]]|\bNone\b|\bnan\b|\bNaT\b|（）|\(\)|，，|。。|，。|  | ,|\.\.", re.IGNORECASE
)
_PRESENT = re.compile(
    r"目前|现在|现位于|此刻|正在运输|\bnow\b|currently|at the moment|is on its way"
)
_LATE = re.compile(r"延误|晚约|晚到|晚于|delayed|later than|will be late", re.IGNORECASE)
_CAUSE = re.compile(
    r"因|由于|核实|because of|due to|is being checked|checking the cause", re.IGNORECASE
)
_ACTION = re.compile(
    r"我们(已|正在|将)|前(给您)?回复|专员|已(请|通知|安排|登记)"
    r"|\bwe (have|are(?! sorry)|will)\b|specialist will",
    re.IGNORECASE,
)
_IN_TIME = re.compile(r"运输正常|准时|正点|按时|on schedule|on time", re.IGNORECASE)
_SIGNED = re.compile(r"已(于[^，。]{1,20})?签收|签收人|signed for|was signed", re.IGNORECASE)
_TIME_ZH = re.compile(r"([天日])?(\d\d:\d\d)(?:至([^，。]{0,12}?[天日])?(\d\d:\d\d))?")
_DAY_EN = r"(?: (?:tomorrow|yesterday|on \d{1,2} [A-Z][a-z]{2}(?: \d{4})?))"
_TIME_EN = re.compile(
    rf"(\d\d:\d\d)({_DAY_EN})?(?: and (\d\d:\d\d)({_DAY_EN})?)?",
)


def require(answer: Reply, facts: Facts) -> None:
    """Raise ``Refused`` if one of the sentences has a fault."""
    found = [
        *(f"zh: {fault}" for fault in faults(answer.zh, about(facts))),
        *(f"en: {fault}" for fault in faults(answer.en, about(facts, "en"))),
        *(f"sms: {fault}" for fault in faults(answer.sms, about(facts, sms=True))),
    ]
    if found:
        raise Refused(tuple(found))


def about(facts: Facts, language: str = "zh", *, sms: bool = False) -> About:
    """What a text on these facts is about."""
    both = (
        facts.place, facts.place_short, facts.origin, facts.destination, facts.next_stop, facts.hub,
    )  # fmt: skip
    names = {name for each in both for name in (each.zh, each.en) if name}
    names |= {facts.number, facts.salutation, *facts.suggestions}
    names |= {facts.trouble.number} if facts.trouble else set()
    told = facts.state not in _NOT_LATE_ANY_MORE and facts.trouble is None
    signer = facts.signer.strip()
    return About(
        language=language,
        stale=facts.is_told_stale,
        late=facts.is_late and told and not sms,
        on_time=facts.is_on_time,
        signed=facts.state in {WaybillState.DELIVERED, WaybillState.COMPLETED},
        sms=sms,
        today=_today(facts),
        names=tuple(sorted(names - {""}, key=len, reverse=True)),
        secrets=(signer,) if len(signer) > 1 else (),
    )


_NOT_LATE_ANY_MORE = frozenset(
    {
        WaybillState.DELIVERED,
        WaybillState.COMPLETED,
        WaybillState.CANCELLED,
        WaybillState.REFUSED,
    }
)


def faults(text: str, subject: About) -> tuple[str, ...]:
    """What is wrong with ``text``, in plain words; nothing: it may be said."""
    bare = text
    for name in subject.names:
        bare = bare.replace(name, "◇")
    return tuple(_faults(text, bare, subject))


def _faults(text: str, bare: str, subject: About) -> Iterator[str]:
    if subject.sms and len(text) > MOST:
        yield f"{len(text)} characters; an SMS has {MOST}"
    if not text.strip() or _UNFILLED.search(bare):
        yield "a slot is not filled"
    yield from (f"forbidden: {word}" for word in FORBIDDEN if word in bare.lower())
    if subject.stale and (found := _PRESENT.search(bare)):
        yield f"an old position is spoken of as the present one: {found[0]}"
    yield from _of_delay(bare, subject)
    if not subject.on_time and (found := _IN_TIME.search(bare)):
        yield f"nothing says that it is in time: {found[0]}"
    if not subject.signed and (found := _SIGNED.search(bare)):
        yield f"nobody signed: {found[0]}"
    yield from (f"{time} without its day" for time in _dayless(bare, subject))
    yield from ("a name is told in full" for secret in subject.secrets if secret in bare)


def _of_delay(bare: str, subject: About) -> Iterator[str]:
    spoken_of = _LATE.search(bare)
    if subject.late and not spoken_of:
        yield "it is late, and the text does not say so"
    if not (subject.late or spoken_of):
        return
    if not _CAUSE.search(bare):
        yield "late without a cause"
    if not _ACTION.search(bare):
        yield "late without an action"


def _dayless(bare: str, subject: About) -> Iterator[str]:
    if subject.today is None:
        return
    for time, dated in _clocks(bare, subject.language):
        if not dated and time not in subject.today:
            yield time


def _clocks(bare: str, language: str) -> Iterator[tuple[str, bool]]:
    """Times of the day in a text, and whether each has its day."""
    if language == "zh":
        for day, first, then, last in _TIME_ZH.findall(bare):
            yield first, bool(day)
            if last:
                yield last, bool(then or day)
        return
    for first, day, last, then in _TIME_EN.findall(bare):
        yield first, bool(day or then)
        if last:
            yield last, bool(then or day)


def _today(facts: Facts) -> frozenset[str]:
    """The times that the sentences may name and that are of today."""
    low, high = spoken.bounds(facts)
    instants = [
        facts.fix, facts.arrived, facts.signed, facts.leaves, low, high, spoken.call_back(facts),
    ]  # fmt: skip
    if isfinite(facts.leaves):
        instants.append(spoken.quarter(facts.leaves))
    if facts.trouble is not None:
        instants += [facts.trouble.found, facts.trouble.due]
    return frozenset(
        f"{spoken.local(instant, facts.zone):%H:%M}"
        for instant in instants
        if isfinite(instant) and spoken.days_off(instant, facts) == 0
    )
