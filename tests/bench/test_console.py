"""The load of the console's benchmark is the one that it claims."""

from __future__ import annotations

import numpy as np
import pytest

from bench.browser import Clocks, flatness
from bench.console_load import EAST, INTERVAL, NORTH, SOUTH, SPEED, WEST, Fleet
from fleet.geo import distance

NOW = 1_800_000_000.0
COUNT = 500


def test_every_vehicle_has_one_fix_an_interval() -> None:
    fleet = Fleet(list(range(COUNT)), NOW)
    due = [len(fleet.due(NOW + second)) for second in range(1, 31)]
    assert sum(due) == 3 * COUNT
    assert max(due) < 0.2 * COUNT, "spread over the interval"


def test_vehicles_drive_as_fast_as_they_say_and_stay_in_the_area() -> None:
    fleet = Fleet(list(range(COUNT)), NOW)
    lon, lat, course = fleet.lon.copy(), fleet.lat.copy(), fleet.course.copy()
    rows = fleet.due(NOW + INTERVAL)
    straight = rows[fleet.course[rows] == course[rows]]
    metres = distance(lon[straight], lat[straight], fleet.lon[straight], fleet.lat[straight])
    assert metres == pytest.approx(fleet.speed[straight] * INTERVAL, rel=0.01, abs=0.1)
    assert np.median(metres[metres > 0]) == pytest.approx(SPEED * INTERVAL, rel=0.05)
    for second in range(11, 5000, 10):
        fleet.due(NOW + second)
    assert ((fleet.lon >= WEST) & (fleet.lon <= EAST)).all()
    assert ((fleet.lat >= SOUTH) & (fleet.lat <= NORTH)).all()


def test_memory_is_flat_when_its_last_third_is_as_its_first() -> None:
    assert flatness([20.0, 30.0, 20.0, 25.0, 20.0, 20.0]) == pytest.approx(0.8)
    assert flatness([10.0] * 9) == 1.0
    assert flatness([7.0]) == 1.0


def test_shares_are_of_one_core_over_the_time_between() -> None:
    before, after = Clocks(10.0, 1.0, 2.0, 3.0, 0.5), Clocks(20.0, 2.0, 5.0, 3.5, 0.5)
    shares = after.since(before)
    assert (shares.main, shares.renderer, shares.gpu, shares.waited) == (10.0, 30.0, 5.0, 0.0)
