"""The back-test on a street of one's own, and its definitions on the recordings."""

from __future__ import annotations

import csv
import json
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.errors import Invalid
from milepost.backtest import (
    baselines,
    figures,
    own,
    plot,
    report,
)
from milepost.backtest.figures import Bucket, Forecasts
from milepost.backtest.ground import ground, plan
from milepost.backtest.replay import Options, replay
from milepost.backtest.sets import DataSet, Floats, Pairs, Positions
from milepost.backtest.truth import ordered
from milepost.settings import Settings
from tests.milepost.typing_user import Milepost

STOPS = 12
APART = 600.0  #: m between stops
SCHEDULED = 90.0  #: s between stops
DAYS = 2
TRIPS = 6  #: a day, 20 minutes apart
FIRST = 7 * 3600.0  #: s after midnight
EVERY = 30.0  #: s between positions
PER_DEGREE = 111_195.0  #: m of latitude
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LAST_DAY = date(2024, 5, 15)
SCREEN = Settings().screen


def nothing(_: object) -> None:
    """For who is not asked to tell how far it came."""


def write_feed(folder: Path) -> None:
    folder.mkdir()
    tables: dict[str, list[list[object]]] = {
        "agency": [["agency_id", "agency_timezone"], ["a", "Asia/Shanghai"]],
        "stops": [["stop_id", "stop_lat", "stop_lon"]],
        "routes": [["route_id", "route_short_name"], ["r", "1"]],
        "calendar": [
            ["service_id", "start_date", "end_date", *WEEK],
            ["daily", "20240101", "20241231", *([1] * 7)],
        ],
        "trips": [["trip_id", "route_id", "service_id"]],
        "stop_times": [["trip_id", "stop_sequence", "stop_id", "arrival_time"]],
    }
    for stop in range(STOPS):
        tables["stops"].append([f"s{stop}", 30 + stop * APART / PER_DEGREE, 120.0])
    for trip in range(TRIPS):
        tables["trips"].append([f"t{trip}", "r", "daily"])
        for stop in range(STOPS):
            at = int(FIRST + trip * 1200 + stop * SCHEDULED)
            clock = f"{at // 3600}:{at // 60 % 60:02}:{at % 60:02}"
            tables["stop_times"].append([f"t{trip}", stop, f"s{stop}", clock])
    for name, rows in tables.items():
        with (folder / f"{name}.txt").open("w", newline="") as text:
            csv.writer(text).writerows(rows)


def write_positions(path: Path) -> None:
    """Every vehicle needs 99 s from stop to stop, not 90, and some begin late."""
    rng = np.random.default_rng(5)
    rows: list[list[object]] = []
    for back in range(DAYS):
        day = LAST_DAY - timedelta(DAYS - 1 - back)
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() - 8 * 3600
        for trip in range(TRIPS):
            late, pace = rng.uniform(0, 120), APART / rng.normal(99.0, 3.0)
            begins = midnight + FIRST + trip * 1200 + late
            for after in np.arange(0, (STOPS - 1) * APART / pace + EVERY, EVERY).tolist():
                metres = min(after * pace, (STOPS - 1) * APART)
                told = datetime.fromtimestamp(begins + after, UTC).isoformat()
                lat = 30 + (metres + rng.normal(0, 3)) / PER_DEGREE
                rows.append([f"v{trip % 4}", told, f"{lat:.6f}", "120.0", f"t{trip}"])
    with path.open("w", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(["vehicle_id", "timestamp", "latitude", "longitude", "trip_id"])
        writer.writerows(rows)


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A feed, and two days of positions."""
    home = tmp_path_factory.mktemp("street")
    write_feed(home / "feed")
    write_positions(home / "seen.csv")
    return home / "feed", home / "seen.csv"


@pytest.fixture(scope="module")
def days(street: tuple[Path, Path]) -> DataSet:
    return own.read(*street, nothing)


@pytest.fixture(scope="module")
def model(days: DataSet) -> Forecasts:
    return replay(days, SCREEN, Options(), nothing, nothing)


def by_name(found: list[Bucket]) -> dict[str, Bucket]:
    return {bucket.name: bucket for bucket in found}


def test_a_feed_is_read_alike_from_a_folder_and_from_an_archive(
    street: tuple[Path, Path], days: DataSet, tmp_path: Path
) -> None:
    feed, seen = street
    packed = tmp_path / "feed.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in feed.iterdir():
            archive.write(path, path.name)
    again = own.read(packed, seen, nothing)
    assert again.pairs.truth.tolist() == days.pairs.truth.tolist()
    assert again.journeys.name == days.journeys.name


def test_the_last_day_is_asked_about_and_those_before_are_history(days: DataSet) -> None:
    day = days.journeys.day[days.pairs.journey]
    assert set(day.tolist()) == {LAST_DAY.toordinal()}
    assert len(set(days.journeys.day.tolist())) == DAYS
    assert (days.pairs.now >= days.since).all()
    assert (np.diff(days.pairs.now) >= 0).all()


def test_a_shape_is_the_line_of_its_trips(street: tuple[Path, Path], tmp_path: Path) -> None:
    feed = tmp_path / "feed"
    write_feed(feed)
    trips = [f"t{i},r,daily,way\n" for i in range(5)]
    (feed / "trips.txt").write_text("trip_id,route_id,service_id,shape_id\n" + "".join(trips))
    points = [f"way,{30 + i * 0.01},120.001,{9 - i}\n" for i in range(5)]
    header = "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n"
    (feed / "shapes.txt").write_text(header + "".join(points))
    found = own.read(feed, street[1], nothing)
    shaped = {way.lat.tolist()[0] for way in found.ways if set(way.lon.tolist()) == {120.001}}
    assert shaped == {30.04}  # by sequence, not by line
    assert len(found.ways) == 1


def test_the_timetable_as_late_as_now_is_right_about_a_constant_delay(days: DataSet) -> None:
    told = baselines.answers(days)
    asked, start = days.pairs, days.journeys.start
    planned = days.journeys.planned
    due = planned[start[asked.journey] + asked.stop]
    late = asked.now - planned[start[asked.journey] + asked.origin]
    assert np.allclose(told["schedule"], due)
    assert np.allclose(told["schedule_plus_delay"], due + late)


def test_segment_means_know_that_the_timetable_is_too_fast(days: DataSet) -> None:
    told = baselines.answers(days)
    hops = days.pairs.stop - days.pairs.origin
    pace = (told["segment_means"] - days.pairs.now) / hops
    assert abs(float(pace.mean()) - 99.0) < 2.0
    error = {name: np.abs(answer - days.pairs.truth).mean() for name, answer in told.items()}
    assert error["segment_means"] < error["schedule_plus_delay"] < error["schedule"]


def test_no_baseline_knows_the_test_before_it_happens(days: DataSet) -> None:
    """All truths of the test moved by an hour: the first answers do not change."""
    first = days.pairs.now == days.pairs.now[0]
    late = days.passages.time + 3600.0 * (days.passages.time > days.pairs.now[0])
    moved = replace(days, passages=ordered(days.passages.journey, days.passages.stop, late))
    before, after = baselines.answers(days), baselines.answers(moved)
    for name, answer in before.items():
        assert np.array_equal(answer[first], after[name][first], equal_nan=True), name


def test_intervals_are_the_same_for_the_same_seed_and_hold_the_mean() -> None:
    rng = np.random.default_rng(3)
    journey = np.repeat(np.arange(40, dtype=np.int32), 25)
    values = rng.normal(-5.0, 10.0, 1000) + np.repeat(rng.normal(0, 4.0, 40), 25)
    low, high = figures.interval(journey, values, np.random.default_rng(1))
    assert (low, high) == figures.interval(journey, values, np.random.default_rng(1))
    assert low < values.mean() < high
    alone, _ = figures.interval(np.arange(1000, dtype=np.int32), values, rng)
    assert low < alone  # pairs of one journey are not so many witnesses
    assert np.isnan(figures.interval(journey[:0], values[:0], rng)).all()


def test_figures_are_of_the_pairs_that_the_model_answered(days: DataSet) -> None:
    p50 = days.pairs.truth + np.where(days.pairs.stop % 2, 10.0, -20.0)
    p50[days.pairs.stop == 3] = np.nan
    told = {"sure": days.pairs.truth + 30.0, "mute": np.full(len(p50), np.nan)}
    found = by_name(figures.buckets(days, Forecasts(p50, p50 + 15), told, np.random.default_rng(1)))
    one = found["3-6"]
    asked = (days.pairs.ahead > 180) & (days.pairs.ahead <= 360)
    odd = days.pairs.stop[asked & (days.pairs.stop != 3)] % 2 == 1
    assert (one.due, one.predicted) == (asked.sum(), len(odd))
    assert one.mae == pytest.approx(np.where(odd, 10.0, 20.0).mean())
    assert one.coverage == pytest.approx(odd.mean())
    assert one.baselines["sure"].mae == pytest.approx(30.0)
    assert one.baselines["sure"].high < 0
    assert np.isnan(one.baselines["mute"].mae)
    line = json.loads(json.dumps(report.record(days, list(found.values()), 1.0)))
    assert line["buckets"][1]["baselines_mae_s"] == {"sure": 30.0, "mute": None}


def test_the_model_answers_and_beats_the_timetable(days: DataSet, model: Forecasts) -> None:
    told = baselines.answers(days)
    found = figures.buckets(days, model, told, np.random.default_rng(1))
    for bucket in found[1:4]:
        assert bucket.predicted >= 0.95 * bucket.due
        assert bucket.mae < bucket.baselines["schedule_plus_delay"].mae
    asked = ~np.isnan(model.p50)
    assert (model.p50[asked] >= days.pairs.now[asked]).all()
    assert (model.p90[asked] >= model.p50[asked]).all()


def same_until(moment: float, asked: Pairs, one: Floats, other: Floats) -> bool:
    before = asked.now < moment
    return np.array_equal(one[before], other[before], equal_nan=True)


@settings(max_examples=5, deadline=None)
@given(
    share=st.floats(0.0, 1.0),
    metres=st.floats(-2000, 9000),
    journey=st.integers(0, DAYS * TRIPS - 1),
)
def test_a_position_of_the_future_changes_no_earlier_prediction(
    days: DataSet, model: Forecasts, share: float, metres: float, journey: int
) -> None:
    """Wherever a row is planted in the test, what was told before it came stays to the bit."""
    begins, ends = days.since, float(days.positions.time[-1])
    moment = begins + share * (ends - begins)
    at = int(np.searchsorted(days.positions.time, moment))
    columns = {
        "vehicle": days.journeys.vehicle[journey],
        "journey": journey,
        "time": moment,
        "lon": 120.0,
        "lat": 30 + metres / PER_DEGREE,
        "speed": np.nan,
        "course": np.nan,
    }
    planted = Positions(
        **{name: np.insert(getattr(days.positions, name), at, columns[name]) for name in columns}
    )
    again = replay(replace(days, positions=planted), SCREEN, Options(), nothing, nothing)
    assert same_until(moment, days.pairs, model.p50, again.p50)
    assert same_until(moment, days.pairs, model.p90, again.p90)


def test_what_was_learned_in_the_test_is_left_out_when_frozen(
    days: DataSet, model: Forecasts
) -> None:
    frozen = replay(days, SCREEN, Options(online=False), nothing, nothing)
    assert not np.isnan(frozen.p50).all()
    assert not np.array_equal(frozen.p50, model.p50, equal_nan=True)


def test_a_journey_has_a_plan_on_its_line(days: DataSet) -> None:
    base = ground(days, nothing)
    made = plan(days, base, 0)
    assert len(made.stops) == len(made.names) == STOPS
    assert np.allclose(np.diff(made.stops["s"]), APART, atol=5.0)  # sphere against ellipsoid
    assert made.line == base.lines.key[0]


def test_the_command_ends_with_one_line_of_json(
    milepost: Milepost, street: tuple[Path, Path], tmp_path: Path
) -> None:
    feed, seen = map(str, street)
    picture = tmp_path / "eta.svg"
    told = milepost(
        "backtest", "--gtfs", feed, "--positions", seen, "--plot", str(picture), "--json"
    )
    assert told.status == 0, told.err
    *table, last = told.out.splitlines()
    line = json.loads(last)
    assert [one["bucket_min"] for one in line["buckets"]] == [
        "1-3", "3-6", "6-10", "10-15", "15-30", "30-60",
    ]  # fmt: skip
    one = line["buckets"][2]
    assert {"due", "predicted", "n", "model_mae_s", "bias_s", "p90_coverage"} <= one.keys()
    assert {"schedule", "schedule_plus_delay", "last_vehicle"} <= one["baselines_mae_s"].keys()
    assert "segment means by hour" in "".join(table)
    assert picture.read_text().lstrip().startswith("<?xml")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "--set: is needed, or --gtfs and --positions together"),
        (["--set", "capmetro"], "MILEPOST_DATA: is not set and no --data is given"),
        (["--set", "kandy", "--data", "."], "is no folder; kandy is looked for in bus/kandy"),
        (["--gtfs", "none.zip", "--positions", "p.csv"], "none.zip: is not there"),
        (["--set", "kandy", "--gtfs", "x"], "a set of your own are two things: give one"),
        (["--set", "kandy", "--plot", "eta.pdf"], "eta.pdf: is to end in .svg or .png"),
        (["--set", "kandy", "--plot", "no/eta.svg"], "lies in a folder that is not there"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    milepost: Milepost, arguments: list[str], sentence: str
) -> None:
    told = milepost("backtest", *arguments)
    assert told.status == 1
    assert sentence in told.err
    assert told.err.count("\n") == 1


def test_positions_of_no_trip_of_the_feed_are_refused(
    street: tuple[Path, Path], tmp_path: Path
) -> None:
    seen = tmp_path / "seen.csv"
    seen.write_text("vehicle_id,timestamp,latitude,longitude,trip_id\nv,1715000000,30,120,x\n")
    with pytest.raises(Invalid, match="no position is of a trip"):
        own.read(street[0], seen, nothing)


def test_a_picture_is_drawn_where_nothing_was_predicted(days: DataSet, tmp_path: Path) -> None:
    none = np.full(len(days.pairs), np.nan)
    found = figures.buckets(days, Forecasts(none, none), {}, np.random.default_rng(1))
    plot.draw(tmp_path / "eta.png", days, found)
    assert (tmp_path / "eta.png").read_bytes().startswith(b"\x89PNG")
