"""Exception reports: the five steps, what each needs, and the timers to the second."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fleet.errors import Conflict, Invalid
from fleet.reports import NO_FEEDBACK, Report, ReportKind, ReportState
from shipment import exceptions
from shipment.exceptions import STEPS, Act, Said
from tests.shipment.reports import MINUTE, NOW, SECOND, report

CLOSING = Said(result="delivered", responsible="the carrier", feedback=NO_FEEDBACK)
WHOLE = replace(
    CLOSING, assigned_to="wu", note="x", cause="weather", new_eta=NOW, claimed_at=NOW,
    told_customer_at=NOW,
)  # fmt: skip


def walk(told: Report, *acts: tuple[Act, Said]) -> Report:
    for number, (act, said) in enumerate(acts):
        told = exceptions.step(told, act, said, "wu", NOW + number * MINUTE)
    return told


def test_a_delay_goes_through_its_five_steps() -> None:
    told = walk(
        report(),
        (Act.CONTACT, Said()),
        (Act.REPORT, Said(note="to the carrier")),
        (Act.INVESTIGATE, Said(cause="breakdown")),
        (Act.SETTLE, Said(new_eta=NOW + 90 * MINUTE)),
        (Act.CLOSE, CLOSING),
    )
    assert told.state is ReportState.CLOSED
    assert (told.told_customer_at, told.closed_at, told.closed_by) == (NOW, NOW + 4 * MINUTE, "wu")
    assert (told.assigned_to, told.assigned_at) == ("wu", NOW)


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("state", ReportState)
def test_a_step_is_legal_where_the_table_says_so(state: ReportState, act: Act) -> None:
    told = report(state=state)
    legal, after = STEPS[act]
    if state not in legal:
        with pytest.raises(Conflict, match=told.number):
            exceptions.step(told, act, WHOLE, "wu", NOW)
        return
    kept = act is Act.CONTACT and state is not ReportState.RECEIVED
    expected = state if after is None or kept else after
    assert exceptions.step(told, act, WHOLE, "wu", NOW).state is expected


def test_a_refused_step_says_what_comes_before_it() -> None:
    with pytest.raises(Conflict, match="is received: settle is the step after it is investigating"):
        exceptions.step(report(), Act.SETTLE, WHOLE, "wu", NOW)
    with pytest.raises(Conflict, match="only notes"):
        exceptions.step(report(state=ReportState.CLOSED), Act.ASSIGN, WHOLE, "wu", NOW)


def missing(told: Report, act: Act, said: Said) -> str:
    with pytest.raises(Invalid) as refused:
        exceptions.step(told, act, said, "wu", NOW)
    return refused.value.where


@pytest.mark.parametrize("name", ["cause", "new_eta", "told_customer_at"])
def test_a_delay_is_not_settled_without_cause_estimate_and_word_to_the_customer(name: str) -> None:
    known = report(
        state=ReportState.INVESTIGATING, cause="weather", new_eta=NOW, told_customer_at=NOW
    )
    unknown: dict[str, Any] = {name: None}
    assert missing(replace(known, **unknown), Act.SETTLE, Said()) == name
    assert exceptions.step(known, Act.SETTLE, Said(), "wu", NOW).state is ReportState.SETTLED


@pytest.mark.parametrize("kind", [ReportKind.LOST, ReportKind.DAMAGED])
def test_what_is_lost_or_damaged_is_not_settled_without_a_claim(kind: ReportKind) -> None:
    known = report(kind, state=ReportState.INVESTIGATING)
    assert missing(known, Act.SETTLE, Said()) == "claimed_at"
    exceptions.step(known, Act.SETTLE, Said(claimed_at=NOW), "wu", NOW)


def test_wrong_information_is_settled_by_what_was_put_right() -> None:
    known = report(ReportKind.INFO_ERROR, state=ReportState.INVESTIGATING)
    assert missing(known, Act.SETTLE, Said()) == "result"


@pytest.mark.parametrize("act", [Act.CLOSE, Act.DISMISS])
@pytest.mark.parametrize("name", ["result", "responsible", "feedback"])
def test_nothing_is_closed_without_result_responsible_and_feedback(name: str, act: Act) -> None:
    told = report(state=ReportState.SETTLED)
    for nothing in (None, ""):
        unsaid: dict[str, Any] = {name: nothing}
        assert missing(told, act, replace(CLOSING, **unsaid)) == name


def test_a_false_alarm_is_closed_at_any_step_and_nobody_is_said_to_have_worked_on_it() -> None:
    told = exceptions.step(report(), Act.DISMISS, CLOSING, "wu", NOW)
    assert (told.state, told.assigned_at, told.closed_by) == (ReportState.CLOSED, None, "wu")


def test_the_cause_of_a_delay_is_one_that_is_counted() -> None:
    for cause in ("unknown", "bad luck"):
        assert missing(report(), Act.CONTACT, Said(cause=cause)) == "cause"
    lost = exceptions.step(report(ReportKind.LOST), Act.CONTACT, Said(cause="theft"), "wu", NOW)
    assert lost.cause == "theft"


def test_nobody_was_told_in_the_future() -> None:
    later = Said(told_customer_at=NOW + SECOND)
    assert missing(report(), Act.CONTACT, later) == "told_customer_at"


def test_the_timer_runs_for_30_minutes_to_the_second() -> None:
    due = NOW + 30 * MINUTE
    assert not exceptions.is_breached(report(), due - SECOND)
    assert exceptions.is_breached(report(), due)
    taken = exceptions.step(report(), Act.ASSIGN, Said(assigned_to="wu"), "lead", due - SECOND)
    assert not exceptions.is_breached(taken, due + MINUTE)
    assert taken.breached_at is None


def test_who_takes_it_too_late_keeps_the_breach() -> None:
    due = NOW + 30 * MINUTE
    at = due + SECOND
    taken = exceptions.step(report(), Act.ASSIGN, Said(assigned_to="wu"), "lead", at)
    assert (taken.assigned_at, taken.breached_at) == (at, at)
    on_time = exceptions.step(report(), Act.ASSIGN, Said(assigned_to="wu"), "lead", due)
    assert on_time.breached_at is None


def test_a_report_that_changes_hands_was_taken_when_it_was_first() -> None:
    taken = walk(
        report(), (Act.ASSIGN, Said(assigned_to="wu")), (Act.ASSIGN, Said(assigned_to="li"))
    )
    assert (taken.assigned_to, taken.assigned_at) == ("li", NOW)


def test_a_claim_is_due_within_a_day_to_the_second() -> None:
    lost = report(ReportKind.LOST)
    due = NOW + timedelta(days=1)
    assert not exceptions.is_overdue_claim(lost, due - SECOND)
    assert exceptions.is_overdue_claim(lost, due)
    assert not exceptions.is_overdue_claim(replace(lost, claimed_at=NOW), due)
    assert not exceptions.is_overdue_claim(report(), due)


def test_a_note_is_welcome_at_any_time_and_changes_nothing_else() -> None:
    closed = report(state=ReportState.CLOSED, files=("a",))
    noted = exceptions.step(closed, Act.NOTE, Said(note="found", files=("a", "b")), "wu", NOW)
    assert noted == replace(closed, files=("a", "b"))
    assert missing(closed, Act.NOTE, Said()) == "note"
