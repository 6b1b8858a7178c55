"""The ledger over HTTP: sums become means, nothing is divided by nothing, worse is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from fleet.trip_views import Accuracy
from route.score import BUCKETS
from store.accuracy import ModelVersion
from tests.fix_api import Start
from tests.fix_trips import TRIPS, TripHand, lane, made, refused, soon
from tracker_api.ledger import ENOUGH, accuracy_out, models_out
from tracker_api.trip_schemas import AccuracyOut

ACCURACY = "/api/v1/accuracy"
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
ROW = Accuracy(
    group="",
    model="pace-1",
    bucket=2,
    arrivals=40,
    estimates=100,
    absolute=9000.0,
    signed=-500.0,
    covered=91,
    within=80,
    relative=12.5,
    relatives=50,
    planned=20_000.0,
    carried=10_000.0,
)
OLD, NEW = (ModelVersion(f"pace-{n}", NOW + timedelta(days=n), "") for n in (1, 2))


@pytest.fixture
def api(judge: TripHand, start_api: Start) -> Iterator[httpx.Client]:
    """A client of the API on a database with three vehicles and the sites of a lane."""
    del judge
    with start_api() as running, running.client() as client:
        yield client


def test_sums_become_means_and_shares() -> None:
    told = accuracy_out([ROW], [ROW], [OLD])
    AccuracyOut.model_validate(told)
    (group,) = told["groups"]
    assert (group["group"], group["model"]) == ("", "pace-1")
    assert group["buckets"] == [
        {
            "bucket": BUCKETS[2].name,
            "arrivals": 40,
            "estimates": 100,
            "mae_s": 90.0,
            "bias_s": -5.0,
            "p90_coverage": 0.91,
            "within": 0.8,
            "mape": 0.25,
            "planned_mae_s": 200.0,
            "carried_mae_s": 100.0,
        }
    ]
    assert [bucket["name"] for bucket in told["buckets"]] == [bucket.name for bucket in BUCKETS]


def test_what_there_is_none_of_is_unknown_and_not_zero() -> None:
    none = replace(ROW, estimates=0, relatives=0)
    (group,) = accuracy_out([none], [], [])["groups"]
    figures = group["buckets"][0]
    assert {name for name, value in figures.items() if value is None} == {
        "mae_s",
        "bias_s",
        "p90_coverage",
        "within",
        "mape",
        "planned_mae_s",
        "carried_mae_s",
    }


def test_groups_are_told_by_name_and_model_with_their_horizons_in_order() -> None:
    rows = [replace(ROW, group=g, model=m, bucket=b) for g in "ba" for m in "yx" for b in (2, 1)]
    told = accuracy_out(rows, [], [])["groups"]
    assert [(group["group"], group["model"]) for group in told] == [
        ("a", "x"),
        ("a", "y"),
        ("b", "x"),
        ("b", "y"),
    ]
    names = [BUCKETS[1].name, BUCKETS[2].name]
    assert all([each["bucket"] for each in group["buckets"]] == names for group in told)


def worse(*rows: Accuracy) -> tuple[bool | None, str | None]:
    first, last = models_out([OLD, NEW], rows)
    assert (first["worse"], first["why"]) == (None, None)
    return last["worse"], last["why"]


def test_a_model_that_errs_more_than_the_one_before_it_is_named() -> None:
    new = replace(ROW, model="pace-2", absolute=9500.0)
    said, why = worse(ROW, new)
    assert said is True
    assert why == "over 1 horizon it errs 0.950 times as much as plan plus delay; pace-1: 0.900"
    assert worse(ROW, replace(new, absolute=8000.0))[0] is False
    assert worse(ROW, replace(new, absolute=9100.0))[0] is False, "within what chance may do"


def test_a_month_of_snow_is_no_fault_of_the_model() -> None:
    snow = replace(ROW, model="pace-2", absolute=17_000.0, carried=20_000.0)
    assert worse(ROW, snow)[0] is False


def test_too_little_is_known_of_a_model_without_arrivals_of_its_own() -> None:
    assert worse(ROW)[0] is None
    few = replace(ROW, model="pace-2", arrivals=ENOUGH - 1, absolute=1e6)
    elsewhere = replace(ROW, model="pace-2", bucket=3, absolute=1e6)
    for new in (few, elsewhere):
        said, why = worse(ROW, new)
        assert said is None
        assert why is not None
        assert "pace-1" in why


def score(hand: TripHand, code: str, number: int, model: str, **columns: Any) -> None:  # noqa: ANN401 (a row)
    """What the ledger has of one stop."""
    plan = hand.trip(code).plan
    assert plan is not None
    given = {
        "stop": int(plan.stops["key"][number]),
        "site": int(plan.stops["site"][number]),
        "trip": hand.trip(code).key,
        "model": model,
        "bucket": 2,
        "at": NOW,
        "estimates": 4,
        "absolute": 400.0,
    } | columns
    hand.conn.execute(
        """
        INSERT INTO score (stop_id, model, bucket, trip_id, site_id, actual_at, estimates, absolute,
            signed, covered, within, relative, relatives, planned, carried)
        VALUES (%(stop)s, %(model)s, %(bucket)s, %(trip)s, %(site)s, %(at)s, %(estimates)s,
            %(absolute)s, 0, 4, 3, 0.5, 2, 800, 600)
        """,
        given,
    )


def test_the_ledger_is_told_by_hub_lane_and_day(api: httpx.Client, judge: TripHand) -> None:
    made(api.post(TRIPS, json=lane(soon())))
    judge.conn.execute("INSERT INTO model (version, began_at) VALUES ('pace-1', now())")
    score(judge, "T-1", 1, "pace-1")
    score(judge, "T-1", 2, "pace-1", absolute=800.0, at=NOW + timedelta(hours=6))
    wish = {"from": "2026-05-01T00:00:00Z", "to": "2026-06-01T00:00:00Z"}
    told = api.get(ACCURACY, params=wish).json()
    AccuracyOut.model_validate(told)
    (group,) = told["groups"]
    (figures,) = group["buckets"]
    assert (figures["arrivals"], figures["estimates"], figures["mae_s"]) == (2, 8, 150.0)
    assert [model["version"] for model in told["models"]] == ["pace-1"]
    for by, groups in (
        ("hub", ["SUZ-1", "WUX-1"]),
        ("day", ["2026-05-04", "2026-05-05"]),
        ("lane", ["SHA-1 - WUX-1"]),
    ):
        found = api.get(ACCURACY, params=wish | {"by": by}).json()
        AccuracyOut.model_validate(found)
        assert [group["group"] for group in found["groups"]] == groups
    assert api.get(ACCURACY, params=wish | {"model": "pace-7"}).json()["groups"] == []
    assert api.get(ACCURACY).json()["groups"] == [], "of the last seven days"
    assert refused(api.get(ACCURACY, params=wish | {"by": "moon"}))["where"] == "by"
