from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from firmware_sim.receiver import Quality, Reading, Receiver
from firmware_sim.vehicle import State

DRIVING = State(
    lon=113.0,
    lat=30.0,
    altitude=50.0,
    speed=20.0,
    course=90.0,
    along=0.0,
    stop=None,
    engine=True,
    tunnel=False,
    dead_zone=False,
)
PARKED = replace(DRIVING, speed=0.0, stop="HUB")
STEADY = Quality(bursts=0)


def errors(readings: list[Reading], truth: State = DRIVING) -> np.ndarray:
    """Metres east and north of the truth, one row per reading."""
    east = [(r.lon - truth.lon) * 111_195 * np.cos(np.radians(truth.lat)) for r in readings]
    return np.array([east, [(r.lat - truth.lat) * 111_195 for r in readings]]).T


def drive(
    quality: Quality,
    truth: State = DRIVING,
    *,
    count: int = 6_000,
    step: float = 1.0,
    seed: int = 3,
) -> list[Reading]:
    receiver = Receiver(quality, np.random.default_rng(seed))
    return [receiver.read(1_000 + i * step, truth) for i in range(count)]


@pytest.mark.parametrize("step", [1.0, 10.0])
def test_the_error_has_the_promised_size_at_any_rate(step: float) -> None:
    quality = replace(STEADY, bias_time=60.0)  # short, so that the sample holds many walks
    readings = drive(quality, count=8_000, step=step)
    hdop = np.mean([r.hdop**2 for r in readings])
    expected = np.sqrt(quality.bias**2 + quality.noise**2 * hdop)
    assert errors(readings).std(axis=0) == pytest.approx([expected, expected], rel=0.15)


def test_neighbours_err_alike_because_the_bias_walks_slowly() -> None:
    wrong = errors(drive(STEADY))[:, 0]
    change = np.diff(wrong).std()
    assert change < wrong.std()


def test_parked_it_wanders_further_but_stays_near() -> None:
    parked = errors(drive(STEADY, PARKED, count=20_000))
    assert parked.std() > 1.5 * errors(drive(STEADY, count=20_000)).std()
    assert np.abs(parked).max() < 40


def test_a_tunnel_is_a_gap_and_a_poor_beginning() -> None:
    receiver = Receiver(STEADY, np.random.default_rng(1))
    before = receiver.read(0, DRIVING)
    inside = [receiver.read(t, replace(DRIVING, tunnel=True)) for t in range(1, 60)]
    after = [receiver.read(t, DRIVING) for t in range(60, 120)]
    assert before.valid
    assert not any(r.valid for r in inside)
    assert not after[0].valid
    found = [r for r in after if r.valid]
    assert found[0].hdop > 2 * found[-1].hdop
    assert found[0].satellites < found[-1].satellites


def test_a_cold_start_takes_its_time() -> None:
    readings = drive(replace(STEADY, cold=30.0), count=60)
    assert [r.valid for r in readings] == [False] * 30 + [True] * 30


def test_bursts_of_multipath_come_and_go() -> None:
    quality = Quality(bursts=6.0)
    far = np.hypot(*errors(drive(quality, count=20_000)).T) > 15
    starts = np.count_nonzero(np.diff(far.astype(int)) == 1)
    assert 0.01 < far.mean() < 0.06
    assert starts > 10


def test_switched_off_it_is_exact() -> None:
    perfect = Quality(noise=0, bias=0, drift=0, bursts=0, speed=0)
    assert np.abs(errors(drive(perfect, count=50))).max() < 1e-6


def test_the_same_seed_reads_the_same() -> None:
    assert drive(Quality(), count=200) == drive(Quality(), count=200)
    assert drive(Quality(), count=200, seed=4) != drive(Quality(), count=200)
