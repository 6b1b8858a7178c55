"""The desk: what it asks and keeps, and that nothing is in time without a ground."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf, isfinite, nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.trips import (
    Assignment,
    Evaluation,
    NoEstimate,
    Place,
    Plan,
    Question,
    Risk,
    Standing,
    StopFact,
    StopStatus,
    StopWord,
    TripRow,
    TripState,
    VisitRow,
)
from shipment import risk
from shipment.desk import SKEW, TICK, Desk
from shipment.runs import Timetable
from tests.shipment.trips import A, B, C, at, ordinary, plan, stop, visit


@dataclass
class Told:
    """A forecast."""

    start: Any
    stop: Any
    p50: Any
    p90: Any
    parts: Any
    reason: Any


@dataclass
class Ports:
    """What is known; the forecast is ``ahead`` s to each stop that is asked of, as many again."""

    standings: dict[int, Standing]
    plans: Mapping[int, Plan | None]
    visits: list[VisitRow] = field(default_factory=list)
    ahead: float = 3600.0
    reason: NoEstimate = NoEstimate.NONE
    places: dict[bytes, Place] = field(default_factory=dict)
    loaded: list[int] = field(default_factory=list)

    def load_standings(self, trips: Sequence[int]) -> Mapping[int, Standing]:
        self.loaded += trips
        return {key: self.standings[key] for key in trips if key in self.standings}

    def load_visits(self, vehicles: Sequence[int], start: float, end: float) -> list[VisitRow]:
        return [v for v in self.visits if v.vehicle in vehicles and start <= v.entered < end]

    def place(self, packed: bytes) -> Place | None:
        return self.places.get(packed)

    def forecast(self, asked: Question) -> Told:
        plans = [self.plans[key] for key in asked.trip.tolist()]
        size = [len(p.stops) if p is not None and not self.reason else 0 for p in plans]
        stops = [np.arange(f, n) for f, n in zip(asked.first.tolist(), size, strict=True)]
        start = np.append(0, np.cumsum([len(each) for each in stops])).astype(np.intp)
        index = np.concatenate([*stops, np.empty(0)]).astype(np.intp)
        now = np.repeat(asked.now, np.diff(start))
        p50 = now + self.ahead
        parts = np.zeros((len(index), 4), np.float32)
        parts[:, 0] = self.ahead
        reason = np.full(len(plans), int(self.reason), np.uint8)
        return Told(start, index, p50, p50 + self.ahead, parts, reason)


def blank(trip: int = 1, state: TripState = TripState.ASSIGNED, **more: Any) -> Standing:  # noqa: ANN401 - a builder
    return replace(Standing(trip, state, (), (), (), b"", -1, nan, nan), **more)


def row(*plans: Plan, served: Sequence[tuple[int, float, float]] = ((0, -inf, inf),)) -> TripRow:
    key = plans[0].trip if plans else 1
    return TripRow(key, f"T{key}", plans, tuple(Assignment(key, *each) for each in served))


def desk(*rows: TripRow) -> Desk:
    made = Desk()
    made.follow(Timetable.build(rows))
    return made


def ports(*rows: TripRow, **more: Any) -> Ports:  # noqa: ANN401 - a builder
    return Ports({r.key: blank(r.key) for r in rows}, {r.key: r.plan for r in rows}, **more)


def look(
    of: Desk, asked: Ports, now: float, places: Mapping[int, bytes] | None = None
) -> Evaluation:
    """Of the only trip, kept."""
    (found,) = of.look(asked, places or {}, {1}, now, "m")
    of.settle([found])
    return found


HERE = {b"here": Place(10_000.0, at(8.2))}


def test_a_look_estimates_and_keeps_what_it_saw() -> None:
    trip = row(ordinary())
    asked = ports(trip, places=HERE, visits=[visit(A, 7.5, 8.0)])
    of = desk(trip)
    first = look(of, asked, at(8.2), {1: b"here"})
    assert (first.no_estimate, first.first, len(first.p50)) == (NoEstimate.NONE, 1, 2)
    assert first.state is TripState.EN_ROUTE
    assert [step.event for step in first.steps] == ["arm", "reach_origin", "depart"]
    again = look(of, asked, at(8.3), {1: b"here"})
    assert not again.steps
    assert not again.facts  # as they were
    assert asked.loaded == [1]


def test_a_failed_commit_is_looked_at_again_with_the_same_result() -> None:
    trip = row(ordinary())
    asked = ports(trip, places=HERE, visits=[visit(A, 7.5, 8.0)])
    of = desk(trip)
    one = of.look(asked, {1: b"here"}, {1}, at(8.2), "m")
    two = of.look(asked, {1: b"here"}, {1}, at(8.2), "m")
    assert [each.steps for each in one] == [each.steps for each in two]
    assert [each.facts for each in one] == [each.facts for each in two]


def test_a_stop_put_in_by_a_new_plan_does_not_shift_what_is_known_of_others() -> None:
    base = ordinary()
    more = plan(
        stop(A, nan, 8, key=101, opens=nan, closes=nan),
        stop(4, 8.5, 8.6, key=104, s=20_000.0),
        stop(B, 9, 9.5, key=102),
        stop(C, 10.5, key=103),
    )
    visits = [visit(A, 7.5, 8.0), visit(B, 8.9, 9.4)]
    asked = ports(row(base), places={b"x": Place(70_000.0, at(9.5))}, visits=visits)
    of = desk(row(base))
    look(of, asked, at(9.5), {1: b"x"})
    changed = row(base, replace(more, revision=1, valid_from=at(9.6)))
    asked.plans = {1: changed.plan}
    known = of._standings[1]  # noqa: SLF001 - what a store would give back
    asked.standings[1] = known
    of.follow(Timetable.build([changed]))
    (found,) = of.look(asked, {1: b"x"}, (), at(9.7), "m")
    status = {fact.stop: str(fact.status) for fact in found.facts}
    assert status[102] == "departed"
    assert status[104] != "departed"
    assert len(found.risks) == 4 * risk.RISK.itemsize


def test_a_look_by_a_clock_that_is_a_little_behind_is_just_after_the_last() -> None:
    trip = row(ordinary())
    asked = ports(trip, visits=[visit(A, 7.5, 8.0)], places=HERE)
    of = desk(trip)
    look(of, asked, at(8.2), {1: b"here"})
    for behind in (0.0, 5.0, SKEW):
        found = of.look(asked, {1: b"here"}, {1}, at(8.2) - behind, "m")
        assert found[0].at == pytest.approx(at(8.2) + TICK, abs=TICK / 10)
    far = of.look(asked, {1: b"here"}, {1}, at(8.2) - SKEW - 1, "m")
    assert far[0].at == at(8.2) - SKEW - 1  # the other clock was wrong


def test_the_place_of_who_took_over_stands_against_one_who_handed_over() -> None:
    swap = at(8.5)
    trip = row(ordinary(), served=((0, -inf, swap), (1, swap, inf)))
    places = {b"old": Place(10_000.0, swap - 60), b"new": Place(30_000.0, swap + 600)}
    asked = ports(trip, visits=[visit(A, 7.5, 8.0)], places=places)
    of = desk(trip)
    assert look(of, asked, swap, {1: b"old"}).s == 10_000.0
    found = look(of, asked, swap + 700, {1: b"new"})
    assert (found.s, found.vehicle) == (30_000.0, 1)
    asked.standings[1] = replace(asked.standings[1], place=found.place)
    assert look(of, asked, swap + 800, {1: b"old"}).s == 30_000.0


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (TripRow(1, "T1", (), ()), NoEstimate.NOT_UNDER_WAY),
        (row(ordinary(), served=()), NoEstimate.NO_VEHICLE),
        (row(ordinary()), NoEstimate.NO_POSITION),
        (row(ordinary(), served=((0, at(1), at(2)),)), NoEstimate.NO_VEHICLE),
    ],
)
def test_without_a_ground_the_reason_is_told(rows: TripRow, reason: NoEstimate) -> None:
    found = look(desk(rows), ports(rows), at(8.2))
    assert (found.no_estimate, found.risk, found.p50) == (reason, Risk.UNKNOWN, ())


def test_a_trip_that_is_gone_or_unknown_is_passed_over() -> None:
    trip = row(ordinary())
    asked = ports(trip)
    asked.standings.clear()  # removed since the world was read
    assert desk(trip).look(asked, {1: b"x", 7: b"y"}, {1, 9}, at(8), "m") == []
    assert Desk().look(asked, {1: b"x"}, {1}, at(8), "m") == []


def test_two_hundred_stops_are_one_look() -> None:
    stops = [stop(A, nan, 8, opens=nan, closes=nan)]
    stops += [stop(n + 2, 8 + n / 10, 8 + n / 10 + 0.05, s=1000.0 * n) for n in range(199)]
    trip = row(plan(*stops))
    asked = ports(trip, visits=[visit(A, 7.5, 8.0)], places=HERE, ahead=60.0)
    found = look(desk(trip), asked, at(8.2), {1: b"here"})
    assert found.first + len(found.p50) == 200


#: Anything that a place, a clock or a plan may hold.
ODD = st.one_of(
    st.sampled_from([nan, inf, -inf, 0.0, -1.0, 1e300, -1e300]),
    st.floats(at(-48), at(72)),
    st.floats(-1e5, 3e5),
)
TIMES = st.one_of(st.just(nan), st.floats(-2, 30))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Of two to five stops; any time may be missing, any place unknown."""
    stops = [
        stop(
            draw(st.integers(1, 4)),
            draw(TIMES),
            draw(TIMES),
            opens=at(draw(TIMES)),
            closes=at(draw(TIMES)),
            s=draw(st.one_of(st.just(nan), st.just(10_000.0 * n))),
            via=draw(st.booleans()),
            service=draw(st.sampled_from([0.0, nan, 1800.0])),
        )
        for n in range(draw(st.integers(2, 5)))
    ]
    return plan(*stops, strict=draw(st.booleans()))


@st.composite
def visits_of(draw: st.DrawFn) -> list[VisitRow]:
    entered = draw(st.lists(st.floats(0, 30), max_size=4))
    return [
        visit(draw(st.integers(1, 4)), time, draw(st.one_of(st.just(nan), st.just(time + 0.5))))
        for time in sorted(entered)
    ]


def has_ground(found: Evaluation, number: int, facts: Sequence[StopFact]) -> bool:
    """Whether an estimate or an arrival speaks of the stop."""
    estimated = found.first <= number < found.first + len(found.p50)
    return estimated or isfinite(facts[number].arrived)


def assert_grounded(found: Evaluation, facts: Sequence[StopFact]) -> None:
    risks = np.frombuffer(found.risks, risk.RISK)["state"]
    for number, level in enumerate(risks.tolist()):
        assert level in {Risk.UNKNOWN, Risk.OVERDUE} or has_ground(found, number, facts)
    assert found.risk in {Risk.UNKNOWN, Risk.OVERDUE} or has_ground(found, found.late_stop, facts)
    assert found.no_estimate is NoEstimate.NONE or not found.p50
    assert all(isfinite(time) for time in (*found.p50, *found.p90))


@settings(max_examples=150, deadline=None)
@given(
    planned=plans(),
    seen=visits_of(),
    there=st.lists(st.tuples(st.floats(-1, 40), ODD, ODD, st.booleans()), min_size=1, max_size=4),
    told=st.sampled_from([0.0, 60.0, 36_000.0, 1e9, NoEstimate.SILENT, NoEstimate.NO_LINE]),
    word=st.one_of(st.none(), st.sampled_from(list(StopStatus))),
)
def test_nothing_is_in_time_without_an_estimate_or_an_arrival(
    planned: Plan,
    seen: list[VisitRow],
    there: list[tuple[float, float, float, bool]],
    told: float | NoEstimate,
    word: StopStatus | None,
) -> None:
    """Whatever is planned, seen and said; and the plan is as it was."""
    before = planned.stops.tobytes()
    trip = row(planned)
    asked = ports(trip, visits=seen)
    if isinstance(told, NoEstimate):
        asked.reason = told
    else:
        asked.ahead = told
    if word is not None:
        said = StopWord(101, word, nan, nan, "Li", "")
        asked.standings[1] = blank(words=(said,))
    of, facts = desk(trip), None
    for hour, s, time, off in there:
        asked.places[b"x"] = Place(s, time, off=off)
        found = look(of, asked, at(hour), {1: b"x"} if s < inf else {})
        facts = found.facts or facts
        assert facts is not None
        assert_grounded(found, facts)
    assert planned.stops.tobytes() == before
