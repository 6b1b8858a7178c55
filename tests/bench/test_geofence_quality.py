"""The quality of visits is measured, on days that a seed decides, and says what it found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely

from bench.motion import BEGIN, Leg, Noise, believed, path, place, stays
from bench.stops import Claim, Day, plain, score
from bench.stops import stops as stops_of

ROOT = Path(__file__).parents[2]


def test_it_prints_what_is_asked_for() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "MILEPOST_DATA"}
    done = subprocess.run(
        [sys.executable, "bench/geofence_quality.py", "--quick", "--json", "--seed", "7"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert "MILEPOST_DATA is not set" in " ".join(done.stderr.split())
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["seed"] == 7
    assert found["precision"] >= 0.99
    assert found["recall"] >= 0.99
    assert 0 < found["arrival_error_p95_s"] <= 15
    assert 0 < found["departure_error_p95_s"] <= 15
    assert found["plain_precision"] < 0.9
    assert found["plain_recall"] >= 0.99


def test_a_seed_decides_the_day() -> None:
    days = [stops_of(np.random.default_rng(seed), 1, 3) for seed in (5, 5, 6)]
    ends = [[stay.end for stay in day.truth] for day in days]
    assert ends[0] == ends[1] != ends[2]


def test_truth_is_when_it_really_was_inside() -> None:
    hub = place(1, shapely.box(0, -100, 200, 100))
    motion = path(
        (-1000.0, 0.0), [Leg(((100.0, 0.0),), (10.0,), 600.0), Leg(((900.0, 0.0),), (10.0,))]
    )
    (stay,) = stays(0, motion, [hub])
    assert stay.stands
    x, _ = motion.at(np.array([stay.begin - BEGIN, stay.end - BEGIN]))
    assert x == pytest.approx([0.0, 200.0], abs=0.3)


def test_the_plain_rule_takes_every_spike_for_a_departure() -> None:
    day = Day()
    hub = place(1, shapely.Point(0, 0), 100.0)
    day.add(path((-900.0, 0.0), [Leg(((0.0, 0.0),), (10.0,), 3000.0)]), [hub])
    noise = Noise(white=1.0, wander=0.0, bursts=0.0, spikes=0.05)
    track = believed(day.fixes(np.random.default_rng(1), 10.0, noise))
    assert len(plain(track, day.places)) > 5


def test_a_claim_without_a_stop_costs_precision_and_a_stop_without_a_claim_recall() -> None:
    day = stops_of(np.random.default_rng(3), 1, 4)
    right = [Claim(s.vehicle, s.fence, s.begin + 3, s.end - 5) for s in day.truth if s.stands]
    assert score(right, day.truth).precision == score(right, day.truth).recall == 1
    assert score(right, day.truth).arrivals == pytest.approx([3.0] * 4)
    assert score(right, day.truth).departures == pytest.approx([-5.0] * 4)
    wrong = [*right, Claim(0, 1, 0.0, 1.0)]
    assert score(wrong, day.truth).precision == pytest.approx(8 / 10)
    assert score(right[1:], day.truth).recall == pytest.approx(6 / 8)
