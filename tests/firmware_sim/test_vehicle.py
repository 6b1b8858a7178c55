from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.vehicle import Limit, Line, Lorry, Road, Span, Stop, jams, plan, temper

LORRY = Lorry()


@st.composite
def roads(draw: st.DrawFn) -> Road:
    """Crooked roads with limits, stops and tunnels anywhere, overlapping too."""
    count = draw(st.integers(3, 30))
    turns = draw(st.lists(st.floats(-1.5, 1.5), min_size=count, max_size=count))
    steps = draw(st.lists(st.floats(30, 5_000), min_size=count, max_size=count))
    course = np.cumsum(turns)
    lon = 110 + np.cumsum(np.array(steps) * np.sin(course)) / 95_000
    lat = 30 + np.cumsum(np.array(steps) * np.cos(course)) / 111_195
    line = Line.of(lon, lat)
    where = st.floats(0, 1).map(lambda share: share * line.length)
    stops = draw(st.lists(st.builds(Stop, where, st.floats(1, 2_000), st.just("s")), max_size=4))
    limits = draw(
        st.lists(
            st.builds(lambda a, n, v: Limit(Span(a, a + n), v), where, where, st.floats(3, 30)),
            max_size=4,
        )
    )
    return Road(line, limits=tuple(limits), stops=tuple(stops))


@given(roads())
@settings(max_examples=80, deadline=None)
def test_a_drive_breaks_no_limit_and_never_goes_back(road: Road) -> None:
    drive = plan(road)
    times = np.linspace(0, drive.duration, 400)
    states = [drive.at(t) for t in times]
    along = np.array([s.along for s in states])
    speed = np.array([s.speed for s in states])
    assert (np.diff(along) >= -1e-6).all()
    assert along[0] == 0
    assert along[-1] == pytest.approx(road.line.length, abs=1e-3)
    assert (speed >= 0).all()
    for limit in road.limits:
        inside = (along > limit.span.begin + 1) & (along < limit.span.end - 1)
        assert (speed[inside] <= limit.speed * 1.02).all()
    assert speed.max() <= LORRY.top * 1.02


@given(roads())
@settings(max_examples=80, deadline=None)
def test_engine_and_brakes_are_never_asked_too_much(road: Road) -> None:
    drive = plan(road)
    step = 0.25
    speed = np.array([drive.at(t).speed for t in np.arange(0, min(drive.duration, 400), step)])
    change = np.diff(speed) / step
    assert change.max(initial=0) <= LORRY.accelerate * 1.001 + 1e-9
    assert change.min(initial=0) >= -LORRY.brake * 1.001 - 1e-9


def straight(length: float) -> Line:
    lat = 30 + np.linspace(0, length, 50) / 111_195
    return Line.of(np.full(50, 110.0), lat)


def test_a_stop_is_visited_for_its_dwell_with_the_engine_off() -> None:
    drive = plan(Road(straight(20_000), stops=(Stop(8_000, 900, "HUB"),)))
    (visit,) = drive.visits
    assert visit.depart - visit.arrive == pytest.approx(900)
    middle = drive.at(visit.arrive + 450)
    assert (middle.stop, middle.speed, middle.engine) == ("HUB", 0.0, False)
    assert middle.along == pytest.approx(8_000)
    assert drive.at(visit.arrive - 1).stop is None
    assert drive.at(visit.depart + 1).engine


def test_a_short_halt_keeps_the_engine_running() -> None:
    drive = plan(Road(straight(20_000), stops=(Stop(8_000, 120, "gate"),)))
    assert drive.at(drive.visits[0].arrive + 90).engine


def test_a_round_trip_ends_where_it_began_and_meets_everything_twice() -> None:
    road = Road(
        straight(60_000),
        stops=(Stop(0, 600, "A"), Stop(30_000, 300, "M"), Stop(60_000, 600, "B")),
        tunnels=(Span(10_000, 12_000),),
    )
    drive = plan(road.there_and_back())
    assert [v.name for v in drive.visits] == ["A", "M", "B", "M"]
    first, last = drive.at(0), drive.at(drive.duration)
    assert (first.lon, first.lat) == pytest.approx((last.lon, last.lat))
    dark = [drive.at(t).along for t in np.arange(0, drive.duration, 5) if drive.at(t).tunnel]
    assert min(dark) >= 10_000
    assert max(dark) <= 110_000
    assert not any(12_100 < along < 107_900 for along in dark)


def test_a_sharp_bend_slows_the_lorry() -> None:
    lon = np.concatenate([np.linspace(110, 110.05, 30), np.full(29, 110.05)])
    lat = np.concatenate([np.full(30, 30.0), 30 + np.linspace(0.0017, 0.05, 29)])
    drive = plan(Road(Line.of(lon, lat)))
    corner = Line.of(lon, lat).along[29]
    states = [drive.at(t) for t in np.arange(0, drive.duration, 0.5)]
    at_corner = min(states, key=lambda s: abs(s.along - corner))
    assert at_corner.speed < 12 < max(s.speed for s in states)


def test_jams_and_tempers_come_from_the_generator_alone() -> None:
    one, two = np.random.default_rng(4), np.random.default_rng(4)
    assert jams(500_000, 2, one) == jams(500_000, 2, two)
    assert temper(500_000, one) == temper(500_000, two)


def test_a_line_needs_two_places() -> None:
    with pytest.raises(ValueError, match="two different"):
        Line.of(np.array([1.0, 1.0]), np.array([2.0, 2.0]))
