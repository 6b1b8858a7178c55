"""Who is due at a site: by the estimate, by the plan where there is none, and not who is there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx import Client

from fleet.trips import Risk
from tests.fix_trips import LANE, TRIPS, TripHand, lane, made, risks

pytestmark = pytest.mark.db

PLATES = ("沪A00000", "沪A00001", "沪A00002")


def due(api: Client, site: str, **asked: float) -> list[dict[str, Any]]:
    told = made(api.get(f"/api/v1/sites/{site}/due", params=asked), 200)
    found: list[dict[str, Any]] = told["due"]
    return found


def add(api: Client, plate: str, code: str, start: datetime) -> None:
    made(api.post(TRIPS, json=lane(start, code=code, vehicle=plate)))


def test_a_site_lists_who_is_expected_by_estimate_or_else_by_plan(
    api: Client, judge: TripHand
) -> None:
    now = datetime.now(UTC)
    first, second, third = PLATES
    add(api, first, "T-LATE", now - timedelta(minutes=30))  # planned at Suzhou in half an hour
    add(api, second, "T-PLAN", now + timedelta(minutes=20))  # in 80 minutes, nothing known yet
    add(api, third, "T-FAR", now + timedelta(hours=5))
    judge.evaluate("T-LATE", now, p50=(1.25, 2.75), risks=risks(*[Risk.LATE] * 3))
    late, planned = due(api, "SUZ-1")
    assert (late["trip"], late["vehicle"], late["stop"], late["risk"]) == (
        *("T-LATE", first, 1, "late"),
    )
    assert late["delay_s"] == pytest.approx(2700, abs=2)
    assert late["origin"]["code"] == LANE[0]
    assert (planned["trip"], planned["p50"], planned["risk"]) == ("T-PLAN", None, "unknown")
    assert [one["trip"] for one in due(api, "SUZ-1", hours=1)] == []
    assert [one["trip"] for one in due(api, "SUZ-1", hours=7)] == ["T-LATE", "T-PLAN", "T-FAR"]
    assert due(api, "WUX-1", hours=1) == []
    assert due(api, "SHA-1", hours=48) == []  # where a trip begins nobody is due


def test_who_has_arrived_is_not_due_any_more_and_a_stranger_site_is_unknown(
    api: Client, judge: TripHand
) -> None:
    now = datetime.now(UTC)
    add(api, PLATES[0], "T-1", now - timedelta(minutes=30))
    judge.evaluate("T-1", now, p50=(1.0,), facts=(judge.fact("T-1", 1, now),))
    assert due(api, "SUZ-1") == []
    assert [one["trip"] for one in due(api, "WUX-1")] == ["T-1"]
    assert api.get("/api/v1/sites/NOWHERE/due").status_code == 404
