"""The budget of a delay: it sums, names what happened, and never guesses the weather."""

from __future__ import annotations

from math import isfinite, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.trips import DelayCause, StopFact, StopStatus
from shipment.cause import Budget, split, top
from tests.shipment.trips import HOUR, MINUTE, at, ordinary, plan, stop

C, S = DelayCause, StopStatus
SPOKEN_ONLY = set(list(C)[8:])

PLAN = ordinary()  # off at 8, B 9:00 to 9:30, C 10:30


def left(key: int, arrived: float, departed: float) -> StopFact:
    return StopFact(key, S.DEPARTED, arrived=at(arrived), departed=at(departed))


def there(key: int, arrived: float) -> StopFact:
    return StopFact(key, S.ARRIVED, arrived=at(arrived))


def ahead(key: int) -> StopFact:
    return StopFact(key, S.PLANNED)


def late(*facts: StopFact, reached: float, now: float = 11, **other: float) -> Budget:
    """A delay at the last stop; hours after midnight."""
    return Budget(PLAN, facts, 2, at(reached), at(now), **other)


def test_a_trip_in_time_has_no_cause() -> None:
    assert split(late(left(101, 7, 8), left(102, 9, 9.5), there(103, 10.5), reached=10.5)) == {}
    assert top({}) == ""


def test_what_happened_at_the_origin_at_a_stop_and_on_the_way_is_told_apart() -> None:
    # 20 min late off, 10 more to B, 30 more there, 60 more to C, of which 45 standing
    facts = left(101, 7, 8 + 20 / 60), left(102, 9.5, 10.5), there(103, 12.5)
    parts = split(late(*facts, reached=12.5, standing=45 * MINUTE))
    assert parts == pytest.approx(
        {
            C.LATE_DEPARTURE: 20 * MINUTE,
            C.LONG_DWELL: 30 * MINUTE,
            C.STOPPED_ENROUTE: 45 * MINUTE,
            C.TRAFFIC_SLOW: 25 * MINUTE,
        }
    )
    assert top(parts) == C.STOPPED_ENROUTE
    assert top(parts, "weather") == C.WEATHER


def test_to_wait_for_a_gate_is_nobodys_delay() -> None:
    facts = left(101, 7, 8), left(102, 8.5, 9.5), there(103, 11.5)  # half an hour early at B
    assert split(late(*facts, reached=11.5)) == pytest.approx({C.TRAFFIC_SLOW: HOUR})


def test_time_made_good_makes_every_part_smaller() -> None:
    facts = left(101, 7, 9), left(102, 9.5, 10.5), there(103, 11)  # 60 late, 30 made good twice
    parts = split(late(*facts, reached=11))
    assert parts == pytest.approx({C.LATE_DEPARTURE: 20 * MINUTE, C.LONG_DWELL: 10 * MINUTE})


@pytest.mark.parametrize(
    ("seen", "cause"),
    [
        ({}, C.TRAFFIC_SLOW),
        ({"standing": 3000.0}, C.STOPPED_ENROUTE),
        ({"standing": 3000.0, "resting": 3000.0}, C.DRIVER_REST),
        ({"off_route": 4500.0}, C.OFF_ROUTE),
        ({"silent": 3000.0}, C.SIGNAL_LOST),
    ],
)
def test_what_was_seen_on_the_way_names_the_cause(
    seen: dict[str, float], cause: DelayCause
) -> None:
    facts = left(101, 7, 8), left(102, 9, 9.5), there(103, 11.5)
    assert top(split(late(*facts, reached=11.5, **seen))) == cause


def test_before_the_departure_the_clock_makes_it_late() -> None:
    waiting = (there(101, 7), ahead(102), ahead(103))
    parts = split(late(*waiting, reached=11.25, now=8.75, dwell=1800.0))
    assert parts == pytest.approx({C.LATE_DEPARTURE: 45 * MINUTE})
    unseen = (ahead(101), ahead(102), ahead(103))
    assert split(late(*unseen, reached=11.25, now=8.75, dwell=1800.0)) == pytest.approx(parts)


def test_to_stand_longer_at_the_origin_is_a_late_departure() -> None:
    waiting = (there(101, 7), ahead(102), ahead(103))
    parts = split(late(*waiting, reached=11.5, now=8.75, dwell=1800.0 + 900.0))
    assert parts == pytest.approx({C.LATE_DEPARTURE: 60 * MINUTE})


def test_a_rest_that_the_law_asks_for_is_no_cause() -> None:
    facts = left(101, 7, 8), left(102, 9, 9.5), there(103, 11.25)
    rested = {"standing": 1500.0, "resting": 1500.0}
    assert split(late(*facts, reached=11.25, due_rest=1200.0, **rested)) == pytest.approx(
        {C.TRAFFIC_SLOW: 40 * MINUTE, C.DRIVER_REST: 5 * MINUTE}
    )


def test_what_is_expected_counts_as_what_was() -> None:
    on_the_way = left(101, 7, 8), ahead(102), ahead(103)
    # at 8:30 it is expected at 11:30, with 50 min at B instead of 30, and a rest of 20
    parts = split(late(*on_the_way, reached=11.5, now=8.5, dwell=3000.0, rest=1200.0))
    assert parts == pytest.approx(
        {C.LONG_DWELL: 20 * MINUTE, C.DRIVER_REST: 20 * MINUTE, C.TRAFFIC_SLOW: 20 * MINUTE}
    )
    at_stop = left(101, 7, 8), there(102, 9), ahead(103)
    parts = split(late(*at_stop, reached=11.5, now=10, dwell=1800.0))
    assert parts == pytest.approx({C.LONG_DWELL: 60 * MINUTE})
    early = split(late(*at_stop, reached=11.5, now=9.25, dwell=900.0))
    assert early == pytest.approx({C.TRAFFIC_SLOW: 60 * MINUTE})


def test_without_planned_times_the_cause_is_unknown() -> None:
    bare = plan(stop(1, nan, nan), stop(2, nan, nan))
    facts = ahead(101), ahead(102)
    assert split(Budget(bare, facts, 1, at(9), at(8), delay=600.0)) == {C.UNKNOWN: 600.0}
    assert split(Budget(bare, facts, 1, at(9), at(8))) == {}


SECONDS = st.floats(0, 4 * 3600)
KNOWN = st.one_of(st.none(), st.floats(7, 14))


@given(
    st.tuples(KNOWN, KNOWN, KNOWN, KNOWN),
    st.tuples(*[SECONDS] * 7),
    st.floats(7, 16),
    st.floats(7, 16),
    st.one_of(st.just(nan), st.floats(-3600, 36000)),
)
def test_the_parts_sum_to_the_delay_and_never_name_what_cannot_be_seen(
    ends: tuple[float | None, ...],
    seen: tuple[float, ...],
    reached: float,
    now: float,
    delay: float,
) -> None:
    begin, come, go, final = (nan if end is None else at(end) for end in ends)
    facts = (
        StopFact(101, S.DEPARTED if isfinite(begin) else S.PLANNED, departed=begin),
        StopFact(102, _status(come, go), arrived=come, departed=go),
        StopFact(103, S.ARRIVED if isfinite(final) else S.PLANNED, arrived=final),
    )
    names = ("standing", "resting", "off_route", "silent", "dwell", "rest", "due_rest")
    given = dict(zip(names, seen, strict=True))
    parts = split(late(*facts, reached=reached, now=now, delay=delay, **given))
    wanted = delay if isfinite(delay) else at(reached) - at(10.5)
    assert sum(parts.values()) == pytest.approx(max(wanted, 0.0), abs=1.0)
    assert all(value > 0 for value in parts.values())
    assert not SPOKEN_ONLY & set(parts)


def _status(come: float, go: float) -> StopStatus:
    if isfinite(go):
        return S.DEPARTED
    return S.ARRIVED if isfinite(come) else S.PLANNED
