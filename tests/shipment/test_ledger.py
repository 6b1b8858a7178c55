"""The weekly summary: its totals are those of the detail, however it is grouped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import Invalid
from fleet.reports import Report, ReportKind, ReportState
from shipment import ledger
from shipment.ledger import Tally
from tests.shipment.reports import NOW, report

MINUTES = st.integers(0, 10_000).map(lambda minutes: NOW + timedelta(minutes=minutes))


@st.composite
def reports(draw: st.DrawFn) -> Report:
    kind = draw(st.sampled_from(ReportKind))
    assigned = draw(st.none() | MINUTES)
    closed = draw(st.none() | MINUTES)
    return report(
        kind,
        cause=draw(st.sampled_from([None, "weather", "breakdown"])),
        site=draw(st.sampled_from([None, "SHA-1", "WUH-1"])),
        carrier=draw(st.sampled_from([None, "acme"])),
        assigned_at=assigned,
        breached_at=NOW if assigned and assigned > NOW + timedelta(minutes=30) else None,
        closed_at=closed,
        state=ReportState.CLOSED if closed else ReportState.RECEIVED,
    )


@given(st.lists(reports(), max_size=30))
def test_every_way_of_grouping_adds_up_to_the_detail(detail: list[Report]) -> None:
    summary = ledger.summarise(detail)
    total = summary.total
    assert total.reports == len(detail) == len(summary.numbers)
    assert total.closed == sum(each.state is ReportState.CLOSED for each in detail)
    assert total.breached == sum(each.breached_at is not None for each in detail)
    for groups in (summary.by_kind, summary.by_cause, summary.by_site, summary.by_carrier):
        for name in ("reports", "closed", "breached", "handed_over", "in_time"):
            assert sum(getattr(each, name) for each in groups) == getattr(total, name)
        assert len({each.group for each in groups}) == len(groups)


def test_spans_are_measured_from_the_finding() -> None:
    detail = [
        report(assigned_at=NOW + timedelta(minutes=n), state=ReportState.CLOSED,
               closed_at=NOW + timedelta(hours=n))
        for n in (10, 20, 60)
    ]  # fmt: skip
    assert ledger.summarise(detail).total == Tally(
        group="",
        reports=3,
        closed=3,
        breached=0,
        handed_over=3,
        in_time=2,
        hand_over=1200.0,
        longest_hand_over=3600.0,
        handling=72_000.0,
        longest_handling=216_000.0,
    )


def test_of_nothing_there_is_nothing_to_measure() -> None:
    total = ledger.summarise([]).total
    assert (total.reports, total.hand_over, total.longest_handling) == (0, None, None)


def test_a_week_begins_on_monday_on_the_clocks_of_the_zone() -> None:
    start, end = ledger.week("2026-W47", "Asia/Shanghai")
    assert start == datetime(2026, 11, 15, 16, tzinfo=UTC)
    assert end - start == timedelta(days=7)
    assert ledger.week_of(start, "Asia/Shanghai") == "2026-W47"
    assert ledger.week_of(start - timedelta(seconds=1), "Asia/Shanghai") == "2026-W46"


@pytest.mark.parametrize(
    "text", ["2026-W54", "2026-W00", "2026-47", "W47", "", "9999-W53", "0000-W01"]
)
def test_a_week_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="ISO week"):
        ledger.week(text, "UTC")
