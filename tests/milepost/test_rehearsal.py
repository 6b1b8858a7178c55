"""The judge of ``demo --check``: one sentence per promise that was not kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from firmware_sim.service import Report
from milepost.rehearsal import COMMIT_P99, LIVE_P99, Result, judge

KEPT = Result(
    report=Report(published=1000, void=4, broken=3, duplicates=20, drained=True),
    stored=996,
    dead_letters=7,
    ws_deltas=900,
    commit=np.linspace(0.01, 0.2, 996),
    live=np.linspace(0.02, 0.4, 900),
    problem="",
)


def slow(
    count: int, usual: float, worst: float, share: float
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """``count`` delays of ``usual`` seconds, a ``share`` of them ``worst``."""
    delays = np.full(count, usual)
    delays[: round(count * share)] = worst
    return delays


def test_promises_that_were_kept_give_no_sentence() -> None:
    assert judge(KEPT) == []


def test_the_figures_are_those_of_the_contract() -> None:
    assert KEPT.figures() == {
        "published": 1000,
        "stored": 996,
        "duplicates": 20,
        "dead_letters": 7,
        "ws_deltas": 900,
        "commit_p50_ms": 105.0,
        "commit_p99_ms": 198.1,
        "live_p50_ms": 210.0,
        "live_p99_ms": 396.2,
    }


@pytest.mark.parametrize(("stored", "dead_letters"), [(995, 7), (997, 7), (996, 6), (996, 8)])
def test_a_fix_too_few_or_too_many_is_told(stored: int, dead_letters: int) -> None:
    broken = replace(KEPT, stored=stored, dead_letters=dead_letters)
    assert judge(broken) == [
        f"{stored} stored and {dead_letters} dead letters are not 1003 published"
    ]


def test_positions_that_ended_as_dead_letters_are_told() -> None:
    assert judge(replace(KEPT, stored=990, dead_letters=13)) == []
    assert judge(replace(KEPT, stored=989, dead_letters=14)) == [
        "only 989 of 1000 published were stored"
    ]


def test_what_was_not_acknowledged_is_told() -> None:
    broken = replace(KEPT, report=replace(KEPT.report, drained=False))
    assert judge(broken) == ["not everything published was acknowledged"]


def test_a_client_that_saw_nothing_is_told_with_the_reason() -> None:
    assert judge(replace(KEPT, ws_deltas=0)) == ["the WebSocket client saw no updates"]
    told = "the WebSocket client saw no updates token needed"
    assert judge(replace(KEPT, problem="token needed")) == [told]


def test_a_commit_that_took_too_long_is_told() -> None:
    assert judge(replace(KEPT, commit=slow(1000, 0.05, 2.0, 0.009))) == []
    told = judge(replace(KEPT, commit=slow(1000, 0.05, 2.0, 0.02)))
    assert told == [f"commit p99 is 2000.0 ms, the budget {COMMIT_P99 * 1000:.0f} ms"]


def test_a_screen_that_lagged_is_told() -> None:
    told = judge(replace(KEPT, live=np.full(10, LIVE_P99)))  # the border is too late
    assert told == ["live p99 is 500.0 ms, the budget 500 ms"]


def test_a_delay_that_nobody_measured_is_no_promise_kept() -> None:
    nothing = np.empty(0)
    assert judge(replace(KEPT, commit=nothing, live=nothing)) == [
        "commit p99 is None ms, the budget 250 ms",
        "live p99 is None ms, the budget 500 ms",
    ]


def test_every_broken_promise_has_its_own_sentence() -> None:
    nothing = np.empty(0)
    broken = Result(Report(published=10), 0, 0, 0, nothing, nothing, "gone")
    assert len(judge(broken)) == 6
