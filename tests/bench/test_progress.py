"""The benchmark of progress runs, and its baseline is the nearest place on the line."""

from __future__ import annotations

import numpy as np
import pytest

from bench import progress
from bench.roads import Manner, drive, line_of, shapes
from route.lines import Lines
from route.progress import Rules, empty_progress, locate


def test_it_measures_errors_and_costs() -> None:
    report = progress.run(quick=True)
    at = {ratio.what: ratio for ratio in report.ratios}
    for shape in shapes():
        assert at[f"{shape}: limit"].met
        assert at[f"{shape}, gaps of 10 min: limit"].met
    for shape in ("out and back", "three laps", "parallel carriageway"):
        assert at[f"{shape}: p95"].ratio > 10
    assert at["cost, budget"].required == 1.0
    assert at["cost, budget"].product > 0


def test_on_a_plain_road_the_nearest_place_is_the_progress() -> None:
    line = line_of(shapes()["road"])
    _, fixes = drive(line, np.random.default_rng(1), Manner(noise=1.0))
    ours = locate(fixes, Lines.build([line]), empty_progress(1), Rules()).s
    assert ours == pytest.approx(progress.nearest(line, fixes), abs=30.0)


def test_the_same_seed_gives_the_same_traffic() -> None:
    first, second = (progress.Traffic(np.random.default_rng(3), 20).batch(10) for _ in range(2))
    assert first.lon.tolist() == second.lon.tolist()
    assert len(set(first.vehicle.tolist())) == 10
