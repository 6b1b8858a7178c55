"""Queries for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from fleet.calls import Channel, Department, Query, QueryState

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def query(number: int = 1, **changes: Any) -> Query:  # noqa: ANN401 - a record
    """A normal query by telephone, asked now."""
    return replace(
        Query(
            id=f"q{number}",
            number=f"Q-20261122-{number:04}",
            asked_at=NOW,
            channel=Channel.PHONE,
            urgent=False,
            asker="王女士",
            contact="13800000000",
            asked="YS20261122000001",
            question="到哪了",
            waybill=None,
            customer=None,
            state=QueryState.NEW,
            department=Department.SERVICE,
            handler=None,
            answer_id=None,
            finding="",
            source="",
            reply="",
            reply_channel=None,
            routed_at=None,
            answered_at=None,
            replied_at=None,
            closed_at=None,
            remind_at=None,
            reminded=0,
            author="li.na",
        ),
        **changes,
    )
