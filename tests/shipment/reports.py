"""Exception reports for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from fleet.reports import Report, ReportKind, ReportState

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def report(kind: ReportKind = ReportKind.DELAY, **changes: Any) -> Report:  # noqa: ANN401 - a record
    """A report that was found now and that nobody has yet."""
    return replace(
        Report(
            id="r1",
            number="EX-20261122-0001",
            kind=kind,
            detail="",
            severity=2,
            state=ReportState.RECEIVED,
            waybill="YS20261122000001",
            customer="acme",
            origin="SHA-1",
            destination="WUX-1",
            carrier=None,
            order_no="A-1",
            trip=None,
            vehicle=None,
            site=None,
            alert=None,
            found_at=NOW,
            description="not there yet",
            files=(),
            assigned_to=None,
            assigned_at=None,
            due_at=NOW + 30 * MINUTE,
            breached_at=None,
            cause=None,
            new_eta=None,
            told_customer_at=None,
            claim_due_at=NOW + timedelta(days=1) if kind.is_claim else None,
            claimed_at=None,
            result=None,
            responsible=None,
            feedback=None,
            closed_at=None,
            closed_by=None,
            author="li.na",
            recorded_at=NOW,
        ),
        **changes,
    )
