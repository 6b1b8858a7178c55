"""What is new in an account: versions of milestones, and what there is to tell of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import isnan, nan

import numpy as np

from fleet.nodes import Cause
from fleet.notices import Topic, Transition
from fleet.trips import DelayCause, Risk
from fleet.waybill_cases import (
    Derived,
    KeptMilestone,
    Named,
    NewVersion,
    PromiseCase,
    PromiseJudged,
    Subject,
    WaybillCase,
)
from fleet.waybills import Milestone, WaybillState
from shipment import promise, risk, waybills
from shipment.promise import Ahead, Due
from shipment.reply.reasons import reason_of
from shipment.wording import WaybillFacts, waybill_text

#: s by which a time may move without being news: the same limit as of nodes (domain 3.4).
APART = 60.0

#: What is told of a milestone; others are kept and told to nobody.
_TOPICS: Mapping[str, Topic] = {
    WaybillState.PICKED_UP: Topic.PICKED_UP,
    WaybillState.DEPARTED_ORIGIN: Topic.DEPARTED_ORIGIN,
    WaybillState.ARRIVED_HUB: Topic.ARRIVED_HUB,
    WaybillState.ARRIVED_DEST_HUB: Topic.ARRIVED_HUB,
    WaybillState.DEPARTED_HUB: Topic.DEPARTED_HUB,
    WaybillState.OUT_FOR_DELIVERY: Topic.OUT_FOR_DELIVERY,
    WaybillState.ARRIVED_DESTINATION: Topic.ARRIVED_DESTINATION,
    WaybillState.DELIVERED: Topic.DELIVERED,
    WaybillState.REFUSED: Topic.REFUSED,
}

_LATE = frozenset({Risk.AT_RISK, Risk.LATE, Risk.OVERDUE})
_WORDS = {r: r.name.lower() for r in Risk}
#: How bad it is for a customer: a certain or predicted delay is late, a possible one a risk.
_SEVERITY = {Risk.LATE: 2, Risk.OVERDUE: 2, Risk.AT_RISK: 3}


def derive(case: WaybillCase, now: float) -> Derived:
    """The account of a waybill, and how it differs from what is kept."""
    account = waybills.derive(case.waybill, case.hauls, now)
    versions = tuple(compare(case.kept, account.milestones))
    return Derived(case.subject.key, case.subject.number, account, versions)


def compare(kept: Sequence[KeptMilestone], told: Sequence[Milestone]) -> Iterator[NewVersion]:
    """The versions that bring what is kept to what is told, in order of time; then retractions."""
    known = {each.milestone.key: each for each in kept}
    for milestone in told:
        old = known.pop(milestone.key, None)
        if old is None:
            yield NewVersion("", 1, True, Cause.FIRST, milestone)  # noqa: FBT003 - it holds
        elif not old.valid or not same(old.milestone, milestone):
            yield _again(old, milestone)
    for old in known.values():
        if old.valid:
            yield NewVersion(
                old.id, old.version + 1, False, Cause.RETRACTED, old.milestone  # noqa: FBT003
            )  # fmt: skip


def _again(old: KeptMilestone, milestone: Milestone) -> NewVersion:
    moved = abs(old.milestone.at - milestone.at) > APART
    cause, was = Cause.UPDATED, nan
    if moved or not old.valid:
        cause = Cause.CORRECTED
        was = old.milestone.at if moved else nan
    return NewVersion(old.id, old.version + 1, True, cause, milestone, was)  # noqa: FBT003


def same(one: Milestone, two: Milestone) -> bool:
    """Whether two milestones say the same; times to the millisecond, as they are kept."""
    return all(_alike(getattr(one, name), getattr(two, name)) for name in _FIELDS)


_FIELDS = tuple(each.name for each in fields(Milestone))


def _alike(one: object, two: object) -> bool:
    if isinstance(one, float) and isinstance(two, float):
        return abs(one - two) < 0.001 or (isnan(one) and isnan(two))  # noqa: PLR2004
    return one == two


def transitions(case: WaybillCase, derived: Derived) -> list[Transition]:
    """What there is to tell: milestones that are new, and those that turned out wrong."""
    found = []
    for version in derived.versions:
        topic = _TOPICS.get(version.milestone.kind)
        if topic is None:
            continue
        told = _transition(case.subject, topic, version.milestone, case.places)
        if not version.valid:
            name = f"{told.name}:wrong:{version.version}"
            found.append(replace(told, name=name, corrects=told.name, body=None))
        elif version.cause is Cause.FIRST or not _held(case, version):
            found.append(told)
    return found


def _held(case: WaybillCase, version: NewVersion) -> bool:
    """Whether the version before held."""
    return any(each.id == version.id and each.valid for each in case.kept)


def _transition(
    subject: Subject, topic: Topic, milestone: Milestone, places: Mapping[int, Named]
) -> Transition:
    place = places.get(milestone.site)
    zone = subject.destination.zone if place is None else place.zone
    facts = WaybillFacts(
        number=subject.number,
        at=milestone.at,
        zone=zone,
        site_zh="" if place is None else place.name_zh,
        site_en="" if place is None else place.name_en,
    )
    return Transition(
        topic=topic,
        subject_kind="waybill",
        subject=subject.number,
        name=milestone.key,
        at=milestone.at,
        customer=subject.customer,
        origin=subject.origin.code,
        destination=subject.destination.code,
        body=waybill_text(topic, facts),
        consignee=subject.phone,
        contact=subject.contact,
        zone=subject.destination.zone,
    )


@dataclass(frozen=True, slots=True)
class Verdict:
    """How promises stand, and what there is to tell of them."""

    judged: tuple[PromiseJudged, ...]
    told: tuple[Transition, ...]


def judge(cases: Sequence[PromiseCase], now: float) -> Verdict:
    """Judge the promises of waybills at ``now``."""
    if not cases:
        return Verdict((), ())
    before = _memory(cases)
    dues = [_due(case) for case in cases]
    after = promise.judge(before, now, dues)
    news = risk.news(before, after)
    judged, told = [], []
    for row, (case, due) in enumerate(zip(cases, dues, strict=True)):
        one = _judged(case, due, after[row : row + 1])
        judged.append(one)
        was = Risk(int(before["state"][row]))
        if case.is_open and isnan(case.arrived) and _is_told(was, one, int(news[row])):
            told.append(_risk_told(case, one, after[row], now, further=news[row] == _FURTHER))
    return Verdict(tuple(judged), tuple(told))


_FURTHER = int(risk.News.FURTHER)


def _memory(cases: Sequence[PromiseCase]) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    memory = risk.empty(len(cases))
    for row, case in enumerate(cases):
        if len(case.risks) == risk.RISK.itemsize:
            memory[row] = np.frombuffer(case.risks, risk.RISK)[0]
    return memory


def _due(case: PromiseCase) -> Due:
    """A cancelled waybill is due no more."""
    if not case.is_open and isnan(case.arrived):
        return Due(nan, nan, nan, nan, nan)
    p50, p90 = promise.estimate(
        [Ahead(row.departs, row.arrives, row.p50, row.p90) for row in case.ahead]
    )
    if not isnan(case.arrived):
        p50 = p90 = nan
    return Due(p50, p90, case.promised, case.opens, case.arrived)


def _judged(
    case: PromiseCase, due: Due, after: np.ndarray[tuple[int], np.dtype[np.void]]
) -> PromiseJudged:
    state = Risk(int(after["state"][0]))
    late = state in _LATE
    cause = (case.cause or DelayCause.UNKNOWN.value) if late else ""
    return PromiseJudged(
        case.subject.key, due.p50, due.p90, after.tobytes(), int(state), due.delay, cause
    )


def _is_told(was: Risk, judged: PromiseJudged, news: int) -> bool:
    """Lateness is told, and its end; that all is well from the start is no news."""
    state = Risk(judged.risk)
    if news == risk.News.FURTHER:
        return True
    return news == risk.News.CHANGED and (
        state in _LATE or (state is Risk.ON_TIME and was in _LATE)
    )


def _risk_told(
    case: PromiseCase, judged: PromiseJudged, memory: np.void, now: float, *, further: bool
) -> Transition:
    state, subject = Risk(judged.risk), case.subject
    word = _WORDS[state]
    reason = reason_of(DelayCause(judged.cause) if judged.cause else None).cause
    facts = WaybillFacts(
        number=subject.number,
        at=now,
        cause_zh=reason.zh,
        cause_en=reason.en,
        zone=subject.destination.zone,
        eta=judged.p50,
        late=judged.delay,
        risk=word,
    )
    topic = Topic.WORSE if further else Topic.RISK
    mark = memory["told"] if further else memory["since"]
    return Transition(
        topic=topic,
        subject_kind="waybill",
        subject=subject.number,
        name=f"{topic.value.rpartition('.')[2]}:{word}:{float(mark):.0f}",
        at=now,
        severity=_SEVERITY.get(state, 4),
        customer=subject.customer,
        origin=subject.origin.code,
        destination=subject.destination.code,
        body=waybill_text(topic, facts),
        consignee=subject.phone,
        contact=subject.contact,
        zone=subject.destination.zone,
        delay=True,
    )
