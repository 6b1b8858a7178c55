"""Where the back-test takes its truth from: its definitions, and what the recordings say."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from fleet.errors import Invalid
from milepost.backtest import baselines, capmetro, figures, files, kandy, madison, mend
from milepost.backtest.drawn import Streets
from milepost.backtest.figures import Forecasts
from milepost.backtest.sets import DataSet, Floats, Journeys, Positions
from milepost.backtest.truth import ordered, pairs, passages, ranges

PER_DEGREE = 111_195.0  #: m of latitude


def nothing(_: object) -> None:
    """For who is not asked to tell how far it came."""


def journeys_of(planned: list[float]) -> Journeys:
    """One journey whose stops are as far apart in metres as in planned seconds."""
    count = len(planned)
    return Journeys(
        ("one",), np.zeros(1, np.int32), np.zeros(1, np.int32), np.zeros(1, np.int32),
        np.array([0, count]), np.array(planned), np.array(planned) - planned[0],
        np.arange(count, dtype=np.int32),
    )  # fmt: skip


def test_ranges_are_laid_end_to_end() -> None:
    assert ranges(np.array([5, 0, 9]), np.array([2, 0, 3])).tolist() == [5, 6, 9, 10, 11]


def test_a_passage_is_the_nearest_position_within_sixty_metres() -> None:
    journeys = journeys_of([1000.0, 1100.0])
    lat = np.array([0.0, 100.0, 140.0, 330.0]) / PER_DEGREE
    positions = Positions(
        np.zeros(4, np.int32), np.zeros(4, np.int32), np.array([1000.0, 1030, 1060, 1090]),
        np.zeros(4), lat, np.zeros(4), np.zeros(4),
    )  # fmt: skip
    stop_lat = np.array([-61.0, 150.0]) / PER_DEGREE
    found = passages(journeys, positions, np.zeros(2), stop_lat, np.arange(2))
    assert (found.stop.tolist(), found.time.tolist()) == ([1], [1060.0])


def test_a_position_an_hour_off_its_time_is_no_passage() -> None:
    journeys = journeys_of([1000.0, 1100.0])
    at = np.zeros(1)
    row = np.zeros(1, np.int32)
    positions = Positions(row, row, np.array([4600.0]), at, at, at, at)
    found = passages(journeys, positions, np.zeros(2), np.array([0.0, 1.0]), np.arange(2))
    assert len(found) == 0


def test_questions_are_asked_between_a_minute_and_an_hour_ahead() -> None:
    journey, stop = np.array([0, 0, 0, 0, 1], np.int32), np.array([0, 1, 2, 3, 0], np.int32)
    found = ordered(journey, stop, np.array([0.0, 60.0, 61.0, 3661.0, 500.0]))
    asked = pairs(found, np.array([True, True]))
    told = zip(asked.origin.tolist(), asked.stop.tolist(), asked.ahead.tolist(), strict=True)
    assert sorted(told) == [(0, 2, 61.0)]
    assert len(pairs(found, np.array([True, True]), (0.0, np.inf))) == 6
    assert len(pairs(found, np.array([False, True]))) == 0


def test_times_carry_their_offset_or_are_seconds() -> None:
    told = files.instants("x", ["2016-12-16T05:34:02-06:00", "2016-12-16T11:34:02Z"])
    assert told.tolist() == [1481888042.0, 1481888042.0]
    assert files.instants("x", ["1481888042"]).tolist() == [1481888042.0]
    with pytest.raises(Invalid, match="offset"):
        files.instants("column", ["2016-12-16T05:34:02"])


def test_hours_after_midnight_count_on() -> None:
    assert files.clock_seconds("x", ["25:00:01", " 6:00:00", ""]).tolist()[:2] == [90001, 21600]
    with pytest.raises(Invalid, match="HH:MM:SS"):
        files.clock_seconds("column", ["six"])


def test_stops_of_one_time_are_put_in_the_order_of_a_short_way() -> None:
    second = np.array([0.0, 0, 0, 0, 0, 600, 600, 900])
    x = np.array([300.0, 0, 200, 400, 100, 500, 600, 700])
    found = mend.order(second, x, np.zeros(8))
    assert x[found].tolist() == sorted(x.tolist())
    even = mend.evened(second, x[found])
    assert even.tolist() == [0, 120, 240, 360, 480, 600, 600, 900]


def test_times_that_are_unknown_stay_unknown() -> None:
    assert np.isnan(mend.evened(np.full(5, np.nan), np.arange(5.0))).all()


def test_lines_along_one_street_share_its_via_points_and_opposite_lanes_do_not() -> None:
    rng = np.random.default_rng(2)
    streets = Streets()
    metres = np.sort(rng.uniform(0, 8000, 600))
    east = 120 + metres / PER_DEGREE / np.cos(np.radians(30))
    lat = 30 + rng.normal(0, 5, 600) / PER_DEGREE
    first = streets.draw(metres, east, lat, {"market": 3000.0, "beyond": 9000.0})
    assert "market" in first.way.names
    assert "beyond" not in first.way.names
    assert np.diff(first.metres).min() >= 250.0
    assert np.diff(first.metres).max() <= 1000.0
    part = metres > 4000
    second = streets.draw(metres[part] - 4000, east[part], lat[part], {})
    shared = [name for name in first.way.names if name in second.way.names]
    assert len(shared) >= 4
    back = streets.draw(8000 - metres, east, lat + 10 / PER_DEGREE, {})
    assert not set(back.way.names) & set(first.way.names)
    assert streets.draw(metres[:9], east[:9], lat[:9], {}).way.names == ()


def test_a_file_that_is_no_such_table_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with pytest.raises(Invalid, match=r"x\.csv: cannot be read"):
        files.table(path, ("a",))
    path.write_text("a,b\n1,2\n3\n")
    with pytest.raises(Invalid, match=r"x\.csv: has no column c"):
        files.table(path, ("a", "c"))
    with pytest.raises(Invalid, match=r"x\.csv, line 3"):
        files.table(path, ("a", "b"))
    assert files.table(path, ("a",), ("c",)) == {"a": ["1", "3"]}
    broken = tmp_path / "x.csv.gz"
    broken.write_bytes(b"no gzip")
    with pytest.raises(Invalid, match="cannot be read"):
        files.table(broken, ("a",))


@pytest.fixture(scope="module")
def recordings() -> Path:
    """The folder of recordings."""
    named = os.environ.get("MILEPOST_DATA")
    if named is None:
        pytest.skip("MILEPOST_DATA is not set: the definitions are not held against recordings")
    return Path(named)


def maes(data: DataSet, answer: Floats) -> list[float]:
    found = figures.buckets(data, Forecasts(answer, answer), {}, np.random.default_rng(1))
    return [round(bucket.mae, 1) for bucket in found]


def test_capmetro_has_the_pairs_and_the_baselines_of_its_definition(recordings: Path) -> None:
    """The figures that ``capmetro_baseline.py`` beside the recording prints."""
    data = capmetro.read(recordings, nothing)
    told = baselines.answers(data)
    found = figures.buckets(
        data, Forecasts(told["schedule"], told["schedule"]), {}, np.random.default_rng(1)
    )
    assert [one.name for one in found] == ["1-3", "3-6", "6-10", "10-15", "15-30", "30-60"]
    due = [4609, 8491, 8712, 8463, 23941, 21866]
    assert np.allclose([one.due for one in found], due, rtol=0.01)  # ties fall as numpy sorts
    schedule, carried = maes(data, told["schedule"]), maes(data, told["schedule_plus_delay"])
    assert np.allclose(schedule, [131.3, 131.9, 139.2, 151.7, 168.6, 204.9], rtol=0.1)
    assert np.allclose(carried, [45.4, 72.3, 91.5, 109.3, 146.0, 195.3], rtol=0.1)


def test_madisons_operator_is_as_right_as_the_notes_on_the_recording_say(recordings: Path) -> None:
    data = madison.read(recordings, nothing)
    told = maes(data, data.answers["operator"])
    assert np.allclose(told[:5], [42, 61, 75, 95, 121], rtol=0.1)


def test_kandys_later_trips_are_asked_about_at_departure(recordings: Path) -> None:
    data = kandy.read(recordings, nothing)
    told = baselines.answers(data)
    whole = figures.buckets(
        data, Forecasts(told["historical_pace"], told["historical_pace"]), told,
        np.random.default_rng(1),
    )[0]  # fmt: skip
    assert (whole.name, whole.due) == ("terminal", 376)
    by_hour = whole.baselines["segment_means_by_hour"].mae
    assert by_hour < whole.baselines["segment_means"].mae < 400
    assert "schedule" not in told
