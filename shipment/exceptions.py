"""The handling of an exception report: five steps, what each needs, and the timers.

Received, customer contacted, reported, investigated, settled; then it is closed.  A delay is not
settled before its cause is known, a new time is estimated and the customer was told (domain rule
1-18); what is lost or damaged not before a claim is made (1-19); nothing is closed without
result, somebody responsible and the customer's feedback, be it that there was none (1-21).
Pure: a step takes a report and what is said, and returns the report after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from fleet.errors import Conflict, Invalid
from fleet.notices import Topic, Transition
from fleet.reports import KINDS, Report, ReportKind, ReportState
from fleet.trips import DelayCause
from shipment import wording

_S, _K = ReportState, ReportKind


class Act(StrEnum):
    """What is done about a report."""

    ASSIGN = "assign"
    CONTACT = "contact"
    REPORT = "report"
    INVESTIGATE = "investigate"
    SETTLE = "settle"
    CLOSE = "close"
    DISMISS = "dismiss"  #: closed at any step: there was no exception
    NOTE = "note"


_OPEN = frozenset(_S) - {_S.CLOSED}

#: From which states an act is legal, and the state after it; None leaves it.
STEPS: Mapping[Act, tuple[frozenset[ReportState], ReportState | None]] = MappingProxyType(
    {
        Act.ASSIGN: (_OPEN, None),
        Act.CONTACT: (_OPEN, _S.CONTACTED),  # again, too: a customer is told more than once
        Act.REPORT: (frozenset({_S.CONTACTED}), _S.REPORTED),
        Act.INVESTIGATE: (frozenset({_S.REPORTED}), _S.INVESTIGATING),
        Act.SETTLE: (frozenset({_S.INVESTIGATING}), _S.SETTLED),
        Act.CLOSE: (frozenset({_S.SETTLED}), _S.CLOSED),
        Act.DISMISS: (_OPEN, _S.CLOSED),
        Act.NOTE: (frozenset(_S), None),  # what turns up after the closing belongs there, too
    }
)

_CLOSING = ("result", "responsible", "feedback")

#: What must be known after an act, whichever the kind.
NEEDS: Mapping[Act, tuple[str, ...]] = MappingProxyType(
    {
        Act.ASSIGN: ("assigned_to",),
        Act.CONTACT: ("told_customer_at",),
        Act.CLOSE: _CLOSING,
        Act.DISMISS: _CLOSING,
    }
)
#: What must be known besides before a report of a kind is settled.
SETTLED_BY: Mapping[ReportKind, tuple[str, ...]] = MappingProxyType(
    {
        _K.DELAY: ("cause", "new_eta", "told_customer_at"),
        _K.LOST: ("claimed_at",),
        _K.DAMAGED: ("claimed_at",),
        _K.INFO_ERROR: ("result",),  # what was put right
    }
)

#: Why a field is asked for, in the words of the refusal.
_WHY: Mapping[str, str] = MappingProxyType(
    {
        "assigned_to": "say who takes it in hand",
        "cause": "a delay is not settled before its cause is known",
        "new_eta": "a delay is not settled before a new time is estimated",
        "told_customer_at": "say when the customer was told",
        "claimed_at": "say when the claim was made",
        "result": "say what came of it",
        "responsible": "say who is responsible",
        "feedback": "say what the customer said to it, or `none`",
    }
)

_CAUSES = frozenset(DelayCause) - {DelayCause.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says with an act; None leaves it as it is."""

    assigned_to: str | None = None
    severity: int | None = None
    cause: str | None = None  #: of a delay a ``DelayCause``
    new_eta: datetime | None = None
    told_customer_at: datetime | None = None
    claimed_at: datetime | None = None
    result: str | None = None
    responsible: str | None = None
    feedback: str | None = None  #: ``fleet.reports.NO_FEEDBACK``: there was none
    files: tuple[str, ...] = ()  #: more of them
    note: str = ""


def step(report: Report, act: Act, said: Said, author: str, now: datetime) -> Report:
    """``report`` after the act.

    Whoever works on a report that nobody has yet takes it in hand by that; where this comes
    after the 30 minutes, the breach is kept with it.

    Raises:
        Conflict: the act is not the next step.
        Invalid: something that must be known is not; ``where`` names it.
    """
    legal, after = STEPS[act]
    if report.state not in legal:
        raise Conflict(_refusal(report, act, legal))
    if act is Act.NOTE:
        return _with_note(report, said)
    told = replace(report, **_said(report, act, said, now))
    for name in _needed(report.kind, act):
        if not getattr(told, name):
            raise Invalid(name, _WHY[name])
    _check_cause(told)
    if act is not Act.DISMISS:
        told = _taken(told, author, now)
    if after is _S.CLOSED:
        return replace(told, state=after, closed_at=now, closed_by=author)
    if after is None or (act is Act.CONTACT and report.state is not _S.RECEIVED):
        return told
    return replace(told, state=after)


def is_late(report: Report, now: datetime) -> bool:
    """Whether nobody has it in hand although it is time."""
    return report.state is not _S.CLOSED and report.assigned_at is None and now >= report.due_at


def is_breached(report: Report, now: datetime) -> bool:
    """Whether that is to be said now: it was not yet."""
    return report.breached_at is None and is_late(report, now)


def is_overdue_claim(report: Report, now: datetime) -> bool:
    """Whether a claim should have been made by now."""
    due = report.claim_due_at
    if due is None or report.state is _S.CLOSED or report.claimed_at is not None:
        return False
    return now >= due


def _refusal(report: Report, act: Act, legal: frozenset[ReportState]) -> str:
    if report.state is _S.CLOSED:
        return f"{report.number} is closed: only notes can be added"
    expected = " or ".join(state.value for state in _S if state in legal)
    return (
        f"{report.number} is {report.state.value}: {act.value} is the step after it is {expected}"
    )


def _with_note(report: Report, said: Said) -> Report:
    if not (said.note or said.files):
        raise Invalid("note", "say something")
    return replace(report, files=_more(report.files, said.files))


def _said(report: Report, act: Act, said: Said, now: datetime) -> dict[str, Any]:
    """The fields that change by what is said."""
    names = ("severity", "cause", "new_eta", "told_customer_at", "claimed_at", *_CLOSING)
    changes = {name: getattr(said, name) for name in names if getattr(said, name) is not None}
    if act is Act.CONTACT:
        changes.setdefault("told_customer_at", now)
    if act is Act.ASSIGN:
        changes["assigned_to"] = said.assigned_to
    for name in ("told_customer_at", "claimed_at"):
        if (at := changes.get(name)) is not None and at > now:
            raise Invalid(name, "is yet to come")
    return changes | {"files": _more(report.files, said.files)}


def _needed(kind: ReportKind, act: Act) -> tuple[str, ...]:
    return SETTLED_BY.get(kind, ()) if act is Act.SETTLE else NEEDS.get(act, ())


def _check_cause(report: Report) -> None:
    """A delay's cause is one of ours: causes are counted by the week."""
    if report.kind is _K.DELAY and report.cause and report.cause not in _CAUSES:
        words = ", ".join(sorted(_CAUSES))
        raise Invalid("cause", f"must be one of {words}")


def _taken(report: Report, author: str, now: datetime) -> Report:
    """Somebody has it in hand from the first act on; was that too late, it is said."""
    if report.assigned_at is not None:
        return report
    late = report.breached_at is None and now > report.due_at
    return replace(
        report,
        assigned_to=report.assigned_to or author,
        assigned_at=now,
        breached_at=now if late else report.breached_at,
    )


def _more(files: tuple[str, ...], added: tuple[str, ...]) -> tuple[str, ...]:
    return files + tuple(name for name in added if name not in files)


def todo(report: Report) -> list[tuple[Act, tuple[str, ...]]]:
    """The acts that are legal now, in order, each with what must still be known for it."""
    return [
        (act, tuple(name for name in _needed(report.kind, act) if not _is_known(report, act, name)))
        for act, (legal, _) in STEPS.items()
        if report.state in legal
    ]


def transition(report: Report, topic: Topic, name: str, at: float) -> Transition:
    """What is told of a report; ``name`` is the same whenever this is told of it.

    ``at`` is UTC s.  The subject is the report, whose severity decides which rules hold.
    """
    kind_zh, kind_en = KINDS[report.kind]
    about = report.waybill or report.trip or report.vehicle or ""
    return Transition(
        topic=topic,
        subject_kind="exception",
        subject=report.number,
        name=name,
        at=at,
        severity=report.severity,
        customer=report.customer or "",
        origin=report.origin or "",
        destination=report.destination or "",
        body=wording.exception_text(topic, report.number, kind_zh, kind_en, about),
    )


def told(before: Report, after: Report, at: float) -> list[Transition]:
    """What a step is told of: another state, another hand, a hand-over that came too late."""
    found = []
    if after.breached_at is not None and before.breached_at is None:
        found.append(transition(after, Topic.EXCEPTION_BREACHED, "breached", at))
    if after.state is _S.CLOSED and before.state is not _S.CLOSED:
        found.append(transition(after, Topic.EXCEPTION_CLOSED, "closed", at))
    elif after.state is not before.state:
        found.append(transition(after, Topic.EXCEPTION_CHANGED, after.state.value, at))
    elif after.assigned_to != before.assigned_to:
        found.append(transition(after, Topic.EXCEPTION_CHANGED, f"assigned:{at:.0f}", at))
    return found


def _is_known(report: Report, act: Act, name: str) -> bool:
    """Whether an act need not say it; who it is assigned to, and when told, is said anew."""
    return act not in {Act.ASSIGN, Act.CONTACT} and bool(getattr(report, name))
