"""What the table of a look passes over would have stayed as it is."""

from __future__ import annotations

from math import inf, nan

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fleet.trips import (
    STOP,
    Assignment,
    Place,
    Plan,
    Standing,
    StopFact,
    StopStatus,
    TripRow,
    TripState,
)
from route.answer import answer
from route.model import VERSION, Model, Rules
from route.plans import Plans
from shipment import clock
from shipment.cases import Case, ask
from shipment.stops import Course, pending
from shipment.table import Table

NOW = 1_700_000_000.0
STATUSES = st.sampled_from(StopStatus)
BORDERS = st.sampled_from([-30_000.0, -4501.0, -4500.0, -3600.0, -901.0, -900.0, -1.0, 0.0, 900.0])
TIMES = BORDERS | st.just(nan) | st.floats(-40_000, 40_000)
PLACES = st.sampled_from([nan, 0.0, 4999.0, 5000.0, 5001.0, 14_999.0, 15_001.0, 40_000.0])


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A trip of a few stops 10 km apart, in whatever state."""
    count = draw(st.integers(2, 5))
    stops = np.zeros(count, STOP)
    stops["key"] = np.arange(count) + 1
    stops["s"] = np.arange(count) * 10_000.0
    for name in ("arrive", "depart", "opens", "closes"):
        stops[name] = NOW + np.array([draw(TIMES) for _ in range(count)])
    stops["late"] = draw(st.sampled_from([0.0, 900.0, nan]))
    stops["via"] = [draw(st.booleans()) for _ in range(count)]
    plan = Plan(1, 0, -inf, 1, strict=True, stops=stops, names=tuple("abcde"[:count]))
    facts = tuple(
        StopFact(key, draw(st.just(StopStatus.PLANNED) | STATUSES)) for key in range(1, count + 1)
    )
    state = draw(st.just(TripState.EN_ROUTE) | st.sampled_from(TripState))
    heard = NOW - draw(st.sampled_from([0.0, 299.0, 300.0, 301.0, 2100.0]))
    stands = NOW - draw(st.sampled_from([nan, 0.0, 1199.0, 1200.0, 1201.0]))
    place = Place(draw(PLACES), heard, stand_since=stands)
    got_on = NOW - draw(st.sampled_from([nan, 1799.0, 1800.0]))
    row = TripRow(1, "t", (plan,), (Assignment(1, 0, -inf, inf),))
    standing = Standing(1, state, facts, (), (), b"", -1, nan, nan)
    return Case(row, standing, facts, 0, place, b"", (0.0, got_on))


@given(cases())
def test_what_is_passed_over_would_have_stayed_as_it_is(case: Case) -> None:
    plan = case.trip.plans[0]
    asked = ask([case], NOW)
    forecast = answer(asked.question, Plans.build([plan]), Model.empty(VERSION), Rules())
    table = Table([case], asked, forecast, NOW)
    assert case.place is not None
    expected = dict(zip(plan.stops["key"].tolist(), table.p50.tolist(), strict=True))
    facts = pending(plan, case.facts, Course(case.place.s, expected), NOW)
    assert table.settled[0] == (facts == case.facts)
    view = clock.View(
        case.standing.state,
        plan,
        case.facts,
        seen=case.place.seen,
        stand_since=case.place.stand_since,
        inside=any(fact.is_there for fact in case.facts),
        advanced=case.advanced[1],
    )
    if case.standing.state.is_under_way and table.timely[0] and clock.is_calm(view, NOW):
        assert not clock.conditions(view, NOW)
