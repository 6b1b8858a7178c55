"""Trips as JSON: what may never be said without a ground, and what a plot must keep."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fleet.errors import NotFound
from fleet.trip_views import (
    Assigned,
    EstimatePoint,
    Expectation,
    PlannedStop,
    PlanRevision,
    RiskChange,
    Route,
    RouteStop,
    Step,
    Trip,
    TripBrief,
    TripStop,
)
from fleet.trips import DelayCause, NoEstimate, Risk, StopStatus, TripState
from fleet.views import Site, TripTag
from shipment.clock import Kind
from tracker_api import trips
from tracker_api.trip_schemas import (
    ConditionWord,
    EstimatesOut,
    NoEstimateWord,
    RiskWord,
    RouteOut,
    TripBriefOut,
    TripOut,
    TripStopOut,
)

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SITE = Site("SHA-1", "上海", "Shanghai", "Asia/Shanghai", 121.47, 31.23)
PROMISING = {"on_time", "at_risk", "late", "early"}

instants = st.none() | st.timedeltas(timedelta(0), timedelta(days=30)).map(lambda d: NOON + d)
numbers = st.none() | st.floats(-1e6, 1e6)
texts = st.none() | st.sampled_from(["a", "沪A00000", "1"])
expectations = st.none() | st.builds(
    Expectation, *(instants.filter(bool) for _ in range(2)), *(st.floats(0, 9e4) for _ in range(4))
)
planned_stops = st.builds(
    PlannedStop,
    number=st.integers(0, 3),
    stop=st.sampled_from(["1", "2"]),
    site=st.just(SITE),
    s=numbers,
    **dict.fromkeys(("arrive_at", "depart_at", "opens_at", "closes_at"), instants),
    **dict.fromkeys(("service", "early", "late"), st.floats(0, 9e4)),
    via=st.booleans(),
)
trip_stops = st.builds(
    TripStop,
    baseline=st.none() | planned_stops,
    planned=planned_stops,
    estimate=expectations,
    risk=st.sampled_from(Risk),
    status=st.sampled_from(StopStatus),
    **dict.fromkeys(
        ("arrived_at", "departed_at", "earliest_at", "latest_at", "estimated_at"), instants
    ),
    **dict.fromkeys(("delay", "baseline_delay", "departure_delay"), numbers),
    **dict.fromkeys(("visit", "author", "reason"), texts),
)
briefs = st.builds(
    TripBrief,
    code=st.just("T-1"),
    state=st.sampled_from(TripState),
    risk=st.sampled_from(Risk),
    no_estimate=st.sampled_from(NoEstimate),
    cause=st.none() | st.sampled_from(DelayCause),
    split=st.dictionaries(
        st.sampled_from([cause.value for cause in DelayCause]), st.floats(0, 1e4)
    ),
    conditions=st.just(({"kind": "overstay", "since": NOON.timestamp(), "stop": 2},)),
    next_eta=expectations,
    final_eta=expectations,
    late_stop=st.none() | st.integers(0, 3),
    plan_revision=st.none() | st.integers(0, 3),
    **dict.fromkeys(("origin", "destination", "next_stop"), st.none() | st.just(SITE)),
    **dict.fromkeys(("route", "vehicle", "driver", "party"), texts),
    **dict.fromkeys(("starts_at", "ends_at", "next_due", "evaluated_at", "heard_at"), instants),
    **dict.fromkeys(("delay", "baseline_delay", "share", "left"), numbers),
)
tags = st.builds(
    TripTag,
    st.just("T-1"),
    st.sampled_from(Risk),
    numbers,
    st.none() | st.just("SHA-1"),
    instants,
)


def brief(**changes: Any) -> TripBrief:  # noqa: ANN401 (any field)
    ordinary: dict[str, Any] = dict.fromkeys(TripBrief.__slots__)
    ordinary |= {
        "code": "T-1",
        "state": TripState.EN_ROUTE,
        "risk": Risk.UNKNOWN,
        "no_estimate": NoEstimate.NO_POSITION,
        "split": {},
        "conditions": (),
        "off_route": False,
    }
    return TripBrief(**ordinary | changes)


def planned(number: int, **changes: Any) -> PlannedStop:  # noqa: ANN401 (any field)
    at = NOON + timedelta(hours=number)
    made = PlannedStop(
        number, str(number + 1), SITE, 1e3 * number, at, at, at, at, 600.0, 1800.0, 900.0, via=False
    )
    return replace(made, **changes)


def stop(number: int, **changes: Any) -> TripStop:  # noqa: ANN401 (any field)
    ordinary: dict[str, Any] = dict.fromkeys(TripStop.__slots__)
    ordinary |= {
        "baseline": planned(number),
        "planned": planned(number),
        "dropped": False,
        "status": StopStatus.PLANNED,
        "risk": Risk.UNKNOWN,
        "out_of_sequence": False,
        "shared": False,
    }
    return TripStop(**ordinary | changes)


def trip(*stops: TripStop, **changes: Any) -> Trip:  # noqa: ANN401 (any field)
    made = Trip(
        brief=brief(),
        stops=stops or (stop(0), stop(1)),
        plans=(
            PlanRevision(
                revision=0,
                valid_from=None,
                strict=False,
                author="li.na",
                reason="planned",
                recorded_at=NOON,
                stops=(planned(0), planned(1)),
            ),
        ),
        assigned=(Assigned("沪A00000", None, NOON, None, "li.na", "planned"),),
        steps=(
            Step(
                NOON,
                "assign",
                TripState.PLANNED,
                TripState.ASSIGNED,
                "person",
                "li.na",
                "planned",
                NOON,
            ),
        ),
        line=((121.47, 31.23), (120.6, 31.3)),
        corridor=500.0,
        at=(121.0, 31.25),
        s=1e3,
        away=12.0,
        model="pace-1",
        said_note=None,
        said_by=None,
    )
    return replace(made, **changes)


def test_a_risk_becomes_a_word_in_one_module_alone() -> None:
    risks = {"risk", "from_risk", "to_risk"}
    package = Path(trips.__file__).parent
    for file in sorted(package.rglob("*.py")):
        if file == Path(trips.__file__):
            continue
        found = [
            node
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.Attribute)
        ]
        words = [
            ast.unparse(node)
            for node in found
            if node.attr in {"name", "_name_"}
            for part in ast.walk(node.value)
            if (isinstance(part, ast.Attribute) and part.attr in risks)
            or (isinstance(part, ast.Name) and part.id in risks | {"Risk"})
        ]
        assert not words, file
        assert "ON_TIME" not in {node.attr for node in found}, file


@given(briefs)
def test_no_trip_is_shown_on_time_without_an_estimate_or_an_arrival(found: TripBrief) -> None:
    told = trips.brief_out(found)
    TripBriefOut.model_validate(told)
    if told["next_eta"] is None and told["final_eta"] is None:
        arrived = told["delay_s"] is not None and told["next_stop"] is None
        assert arrived or told["risk"] in {"unknown", "overdue"}
    if told["risk"] != "unknown":
        assert told["risk"] == found.risk.name.lower()


@given(trip_stops)
def test_no_stop_is_shown_on_time_without_an_estimate_or_an_arrival(found: TripStop) -> None:
    told = trips.trip_out(trip(found), [])["stops"][0]
    TripStopOut.model_validate(told)
    if told["eta"] is None and told["arrived_at"] is None:
        assert told["risk"] in {"unknown", "overdue"}
    else:
        assert told["risk"] == found.risk.name.lower()


@given(tags)
def test_no_vehicle_is_shown_on_time_without_an_estimate_or_an_arrival(tag: TripTag) -> None:
    _, risk, delay, site, at = trips.tag_cells(tag)
    if at is None and (delay is None or site is not None):
        assert risk in {"unknown", "overdue"}


@pytest.mark.parametrize("risk", sorted(PROMISING))
def test_the_models_refuse_a_promise_without_a_ground(risk: str) -> None:
    told = trips.trip_out(trip(), [])
    with pytest.raises(ValidationError, match="without an estimate or an arrival"):
        TripOut.model_validate(told | {"risk": risk})
    with pytest.raises(ValidationError, match="without an estimate or an arrival"):
        TripStopOut.model_validate(told["stops"][0] | {"risk": risk})


def test_a_trip_has_every_field_of_the_schema_and_no_other() -> None:
    told = trips.trip_out(trip(), ["cancel"], "straight")
    TripOut.model_validate(told)
    assert told.keys() == TripOut.model_fields.keys()
    assert told["stops"][0].keys() == TripStopOut.model_fields.keys()
    assert told["assigned"][0].keys() == {"vehicle", "driver", "from", "to", "author", "reason"}
    assert told["line"] == {"type": "LineString", "coordinates": [[121.47, 31.23], [120.6, 31.3]]}
    assert (told["legal"], told["notice"], told["said"]) == (["cancel"], "straight", None)


def test_an_estimate_stands_beside_the_plan_and_leaves_it_as_it_is() -> None:
    bare = trips.trip_out(trip(stop(0), stop(1)), [])
    late = Expectation(NOON + timedelta(hours=9), NOON + timedelta(hours=10), 1.0, 2.0, 3.0, 4.0)
    told = trips.trip_out(trip(stop(0), stop(1, estimate=late, risk=Risk.LATE)), [])
    assert told["stops"][1]["eta"]["p50"] == "2026-05-04T21:00:00Z"
    for name in ("planned", "baseline"):
        assert told["stops"][1][name] == bare["stops"][1][name]
    assert told["plans"] == bare["plans"]


def test_a_word_on_the_cause_and_a_condition_are_told_with_their_instants() -> None:
    since = {"kind": "unplanned_stop", "since": NOON.timestamp(), "began": NOON.timestamp() - 60}
    found = brief(conditions=(since, {"kind": "overstay", "since": None, "stop": 2}))
    told = trips.trip_out(trip(brief=found, said_by="li.na", said_note="snow"), [])
    TripOut.model_validate(told)
    assert told["said"] == {"note": "snow", "by": "li.na"}
    assert told["conditions"] == [
        {
            "kind": "unplanned_stop",
            "since": "2026-05-04T12:00:00Z",
            "began": "2026-05-04T11:59:00Z",
            "stop": None,
        },
        {"kind": "overstay", "since": None, "began": None, "stop": 2},
    ]


def test_the_words_of_the_schema_are_those_of_the_engines() -> None:
    assert set(get_args(ConditionWord)) == {kind.value for kind in Kind}
    assert list(get_args(RiskWord)) == [risk.name.lower() for risk in Risk]
    assert list(get_args(NoEstimateWord)) == [why.name.lower() for why in NoEstimate if why]


@pytest.mark.parametrize("why", list(NoEstimate))
def test_why_there_is_no_estimate_is_told_in_a_word(why: NoEstimate) -> None:
    told = trips.brief_out(brief(no_estimate=why))
    TripBriefOut.model_validate(told)
    assert told["no_estimate"] == (None if why is NoEstimate.NONE else why.name.lower())


def test_a_trip_that_nobody_has_looked_at_yet_is_not_told_to_have_no_vehicle() -> None:
    new = brief(no_estimate=NoEstimate.NO_VEHICLE, vehicle="沪A1")
    assert trips.brief_out(new)["no_estimate"] == "not_under_way"
    for other in (replace(new, evaluated_at=NOON), replace(new, vehicle=None)):
        assert trips.brief_out(other)["no_estimate"] == "no_vehicle"


def test_a_route_is_told_with_its_line_and_in_lists_without() -> None:
    halt = RouteStop(0, SITE, 0.0, None, 0.0, 600.0, 1800.0, 900.0, via=False)
    found = Route(
        code="R1",
        name_zh="路",
        name_en="Way",
        strict=False,
        length=9e4,
        corridor=500.0,
        source="osrm",
        line=((1.0, 2.0), (3.0, 4.0)),
        stops=(halt,),
        author="li.na",
        changed_at=NOON,
    )
    told = trips.route_out(found)
    RouteOut.model_validate(told)
    assert told.keys() == RouteOut.model_fields.keys()
    assert told["line"]["coordinates"] == [[1.0, 2.0], [3.0, 4.0]]
    assert trips.route_out(replace(found, line=()))["line"] is None


def test_the_counts_name_every_risk() -> None:
    told = trips.counts_out({Risk.LATE: 3})
    assert told == {risk.name.lower(): 3 * (risk is Risk.LATE) for risk in Risk}


def test_a_stop_is_found_by_its_number_in_the_latest_plan() -> None:
    found = trip(stop(0), stop(1, dropped=True), stop(1), stop(2))
    assert trips.stop_of(found, 1) is found.stops[2]
    assert trips.stop_of(found, None) is found.stops[3]
    for number in (3, None):
        with pytest.raises(NotFound):
            trips.stop_of(trip(stop(0, dropped=True)), number)


def point(minute: int, why: NoEstimate = NoEstimate.NONE, plan: int = 0) -> EstimatePoint:
    at = NOON + timedelta(minutes=minute)
    return EstimatePoint(at, None if why else at, None if why else at, why, "pace-1", plan)


def test_few_estimates_are_all_told() -> None:
    points = [point(minute) for minute in range(600)]
    assert trips.thin(points, []) == points
    assert trips.thin([], []) == []


def test_of_many_estimates_ends_and_turns_are_kept() -> None:
    points = [point(minute) for minute in range(5000)]
    points[1234] = point(1234, NoEstimate.SILENT)
    points[3000:] = [point(minute, plan=1) for minute in range(3000, 5000)]
    turned = NOON + timedelta(minutes=2222.5)
    told = trips.thin(points, [turned])
    assert 590 <= len(told) <= 600
    minutes = [round((each.at - NOON).total_seconds() / 60) for each in told]
    assert minutes == sorted(minutes)
    must = {0, 4999, 1233, 1234, 1235, 2222, 2223, 2999, 3000}
    assert must <= set(minutes)
    gaps = [b - a for a, b in pairwise(minutes)]
    assert max(gaps) <= 10, "evenly: no hole in the plot"


def test_estimates_are_told_with_what_was_due_and_what_happened() -> None:
    due = NOON + timedelta(hours=2)
    halt = stop(1, planned=planned(1, closes_at=due), arrived_at=NOON)
    change = RiskChange(NOON, 1, Risk.ON_TIME, Risk.LATE, NOON, due, DelayCause.WEATHER)
    told = trips.estimates_out([point(0), point(1, NoEstimate.SILENT)], [change], halt)
    EstimatesOut.model_validate(told)
    assert (told["due"], told["baseline_due"]) == ("2026-05-04T14:00:00Z", "2026-05-04T13:00:00Z")
    assert told["actual"] == "2026-05-04T12:00:00Z"
    assert told["points"][1]["no_estimate"] == "silent"
    assert told["changes"][0] == {
        "at": "2026-05-04T12:00:00Z",
        "stop": 1,
        "from": "on_time",
        "to": "late",
        "p50_at": "2026-05-04T12:00:00Z",
        "due_at": "2026-05-04T14:00:00Z",
        "cause": "weather",
    }


@given(
    st.lists(st.tuples(st.sampled_from(Risk), st.sampled_from(Risk), instants), max_size=5),
    st.lists(st.booleans(), max_size=5),
    instants,
)
def test_no_change_is_told_to_or_from_a_promise_without_a_ground(
    turns: list[tuple[Risk, Risk, datetime | None]], known: list[bool], arrived: datetime | None
) -> None:
    changes = [
        RiskChange(NOON + timedelta(minutes=n), 1, before, after, p50, None, None)
        for n, (before, after, p50) in enumerate(turns)
    ]
    points = [
        point(n, NoEstimate.NONE if estimated else NoEstimate.SILENT)
        for n, estimated in enumerate(known)
    ]
    told = trips.estimates_out(points, changes, stop(1, arrived_at=arrived))
    EstimatesOut.model_validate(told)
    for change, was in zip(told["changes"], changes, strict=True):
        there = arrived is not None and arrived <= was.at
        before = any(p.p50 is not None and p.at <= was.at for p in points)
        assert change["to"] not in PROMISING or was.p50_at is not None or there
        assert change["from"] not in PROMISING or before or there
