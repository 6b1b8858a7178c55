"""A reply out of the facts: the case, its first template whose slots are known, filled.

Nothing leaves here that the linter refuses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import isfinite

from fleet.reports import ReportKind
from fleet.waybills import WaybillState
from shipment.reply import linter, short, spoken
from shipment.reply.cases import Case, choose
from shipment.reply.facts import Facts, Reply
from shipment.reply.reasons import TROUBLES, reason_of
from shipment.reply.texts import TEXTS

Slots = Mapping[str, str]

_PART = re.compile(r"\[([^]]*)\]")
_SLOT = re.compile(r"{(\w+)}")
_NOTE = {"zh": "（时间为{dest}当地时间）", "en": " (Times are local to {dest}.)"}
_SHORT_NOTE = "（当地时间）"


def reply(facts: Facts) -> Reply:
    """What is said of ``facts``.

    A signer whose name reads like part of the sentence ("本人" is none, "an" or "{x}" is) is left
    out: whatever somebody typed at the door, where the goods are can be said.

    Raises:
        Refused: the linter found a fault; the templates are such that this does not happen.
    """
    try:
        return _reply(facts)
    except linter.Refused:
        if not facts.signer:
            raise
        return _reply(replace(facts, signer=""))


def _reply(facts: Facts) -> Reply:
    case = choose(facts)
    said = {language: _sentence(case, facts, language) for language in ("zh", "en")}
    answer = Reply(case.value, said["zh"], said["en"], _sms(case, facts))
    linter.require(answer, facts)
    return answer


def fill(template: str, known: Slots) -> str | None:
    """``template`` filled; None: a slot outside brackets is unknown."""
    whole = _PART.sub(lambda part: part[1] if _fits(part[1], known) else "", template)
    return _SLOT.sub(lambda slot: known[slot[1]], whole) if _fits(whole, known) else None


def _fits(text: str, known: Slots) -> bool:
    return all(name in known for name in _SLOT.findall(text))


def _sentence(case: Case, facts: Facts, language: str) -> str:
    known = slots(facts, language)
    filled = (fill(t.zh if language == "zh" else t.en, known) for t in TEXTS[case])
    text = next(text for text in filled if text is not None)
    note = fill(_NOTE[language], known) if facts.foreign and re.search(r"\d:\d\d", text) else None
    return text + (note or "")


def _sms(case: Case, facts: Facts) -> str:
    known = slots(facts, "zh", dated=True)
    for template in (*short.SHORT[case], short.LAST):
        text = fill(template, known)
        if text is None:
            continue
        if facts.foreign and re.search(r"\d:\d\d", text):
            text += _SHORT_NOTE
        if len(text) <= short.MOST:
            return text
    raise linter.Refused((f"no SMS of {case.value} fits",))


def slots(facts: Facts, language: str, *, dated: bool = False) -> dict[str, str]:
    """Every slot that is known; with ``dated`` as an SMS has them."""

    def at(instant: float) -> str:
        return spoken.clock(instant, facts, language, dated=dated) if isfinite(instant) else ""

    found: dict[str, str] = {}
    for part in (_names, _times, _delay, _trouble):
        found |= part(facts, language, at)
    if dated:
        found["place"] = facts.place_short.of(language)
    found["eta"] = spoken.expected(facts, language, dated=dated)
    found["seen"] = _seen(facts, language, found)
    found["seen_first"] = found["seen"][:1].upper() + found["seen"][1:]
    known = {name: text for name, text in found.items() if text}
    return known | dict.fromkeys(_flags(facts), "")


def _names(facts: Facts, language: str, _at: Callable[[float], str]) -> Iterator[tuple[str, str]]:
    onward = facts.next_stop if facts.next_stop != facts.destination else None
    suggested = (" / " if language == "en" else "、").join(facts.suggestions)
    yield "hello", f"{facts.salutation}您好，"
    yield "dear", f"{facts.salutation}您好，" if facts.salutation else ""
    yield "no", facts.number
    yield "place", facts.place.of(language)
    yield "next", "" if onward is None else onward.of(language)
    yield "dest", facts.destination.of(language)
    yield "origin", facts.origin.of(language)
    yield "hub", facts.hub.of(language)
    yield "signer", spoken.masked(facts.signer)
    yield "suggest", suggested
    yield "km", spoken.kilometres(facts.left) if isfinite(facts.left) else ""


def _times(facts: Facts, language: str, at: Callable[[float], str]) -> Iterator[tuple[str, str]]:
    ahead = facts.leaves > facts.now
    about = at(spoken.quarter(facts.leaves)) if ahead else ""
    yield "t", at(facts.arrived)
    yield "t_fix", at(facts.fix)
    yield "age", spoken.span(facts.now - facts.fix, language) if isfinite(facts.fix) else ""
    yield "t_signed", at(facts.signed)
    yield "etd", f"约{about}" if about and language == "zh" else about
    yield "pln", at(facts.leaves) if ahead else ""
    yield "pln_past", "" if ahead else at(facts.leaves)
    yield "callback", at(spoken.call_back(facts))


def _delay(facts: Facts, language: str, _at: Callable[[float], str]) -> Iterator[tuple[str, str]]:
    reason, late = reason_of(facts.cause), spoken.later(facts)
    promised = isfinite(facts.promised)
    agreed = {"zh": "约定时间", "en": "agreed"} if promised else {"zh": "原计划", "en": "planned"}
    yield "cause", reason.cause.of(language)
    yield "doing", reason.doing.of(language)
    yield "done", reason.done.of(language)
    yield "n", spoken.span(late, language) if isfinite(late) else ""
    yield "than", agreed[language]


def _trouble(facts: Facts, language: str, at: Callable[[float], str]) -> Iterator[tuple[str, str]]:
    trouble = facts.trouble
    refused = facts.state is WaybillState.REFUSED
    kind = trouble.kind if trouble else ReportKind.REFUSED if refused else None
    yield "type", TROUBLES[kind].of(language) if kind else ""
    if trouble is None:
        return
    due = trouble.due if trouble.due > facts.now else spoken.call_back(facts)
    registered = {"zh": f"（异常编号{trouble.number}）", "en": f"(Case {trouble.number}.)"}
    yield "case", trouble.number
    yield "t_case", at(trouble.found)
    yield "due", at(due)
    yield "registered", registered[language]


def _flags(facts: Facts) -> Sequence[str]:
    known = bool(reason_of(facts.cause).cause)
    holds = {
        "on_time": facts.is_on_time,
        "late": facts.is_late,
        "caused": known,
        "uncaused": not known,
        "picked": facts.state is WaybillState.PICKED_UP,
        "misread": facts.check_failed,
        "delayed": facts.trouble is not None and facts.trouble.kind is ReportKind.DELAY,
    }
    return [name for name, so in holds.items() if so]


def _seen(facts: Facts, language: str, found: Slots) -> str:
    """Where it was when, or is; "" unknown."""
    if facts.aboard:
        if facts.is_told_stale or not (found["t_fix"] and found["place"]):
            return ""
        moment, place = found["t_fix"], found["place"]
        return f"{moment}位于{place}" if language == "zh" else f"at {moment} it was {place}"
    if not found["hub"]:
        return ""
    return f"现位于{found['hub']}" if language == "zh" else f"it is at {found['hub']}"
