from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fleet.nodes import Basis, Cause, NodeKind, Source, VisitState
from fleet.views import NodeVersion, Site, Stay, VisitEnd
from tracker_api import record
from tracker_api.node_schemas import BoardOut, NodeOut, VisitOut

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HUB = Site("SHA-1", "上海", "Shanghai", "Asia/Shanghai", 121.47, 31.23)


def minutes(count: float) -> datetime:
    return NOON + timedelta(minutes=count)


ARRIVED = NodeVersion(
    number=7,
    id="0193f1c2-6f4e-7c3b-9d51-8f2f3a5b7c11",
    version=1,
    valid=True,
    cause=Cause.FIRST,
    kind=NodeKind.ARRIVED,
    vehicle="沪A1",
    party="acme",
    site=HUB,
    operator="acme",
    fence=("gate", 3),
    visit="0193f1c2-6f4e-7c3b-9d51-8f2f3a5b7c12",
    planned_at=None,
    estimated_at=None,
    actual_at=NOON,
    earliest_at=minutes(-0.5),
    latest_at=minutes(0.5),
    stopped_at=minutes(1),
    confirmed_at=minutes(3),
    basis=Basis.INTERPOLATED,
    source=Source.GPS,
    author=None,
    reason=None,
    note=None,
    evidence=(("dev1", minutes(-0.5)), ("dev1", minutes(0.5))),
    attachments=(),
    was_at=None,
    machine_at=None,
    conflict=False,
    provisional=False,
    near_fence=False,
    backfilled=False,
    recorded_at=minutes(3.01),
)


def stay(**changes: Any) -> Stay:  # noqa: ANN401 (columns)
    ordinary = Stay(
        "0193f1c2-6f4e-7c3b-9d51-8f2f3a5b7c12",
        "沪A1",
        "gate",
        HUB,
        node_level=True,
        state=VisitState.ARRIVED,
        entered=VisitEnd(NOON, minutes(-0.5), minutes(0.5), Basis.INTERPOLATED),
        left=None,
        stopped_at=None,
        flaps=0,
        yielded_to=None,
    )
    return replace(ordinary, **changes)


def ended(after: float) -> dict[str, Any]:
    left = VisitEnd(minutes(after), minutes(after), minutes(after), Basis.OBSERVED)
    return {"state": VisitState.DEPARTED, "left": left}


@pytest.mark.parametrize(
    ("kind", "zh", "en"),
    [
        (NodeKind.ARRIVED, "到达 上海", "Arrived at Shanghai"),
        (NodeKind.DEPARTED, "离开 上海", "Departed from Shanghai"),
        (NodeKind.PASSED, "经过 上海", "Passed Shanghai"),
    ],
)
def test_a_node_is_named_in_both_languages(kind: NodeKind, zh: str, en: str) -> None:
    assert record.node_out(replace(ARRIVED, kind=kind))["name"] == {"zh": zh, "en": en}


def test_a_node_has_the_six_fields_and_whence_it_is() -> None:
    told = record.node_out(ARRIVED)
    NodeOut.model_validate(told)
    assert told.keys() == NodeOut.model_fields.keys()
    six = ("name", "planned_at", "actual_at", "site", "operator", "note", "evidence")
    assert set(six) <= told.keys()
    assert (told["source"], told["version"]) == ("gps", 1)
    assert told["fence"] == {"code": "gate", "version": 3}
    assert told["evidence"] == [
        {"device": "dev1", "time": "2026-05-04T11:59:30Z"},
        {"device": "dev1", "time": "2026-05-04T12:00:30Z"},
    ]


@pytest.mark.parametrize(
    ("changes", "news"),
    [
        ({}, True),
        ({"cause": Cause.CORRECTED, "version": 2}, True),
        ({"cause": Cause.EDITED, "version": 2, "source": Source.PERSON}, True),
        ({"cause": Cause.UPDATED, "version": 2}, False),
        ({"cause": Cause.CONFIRMED, "version": 2}, False),
        ({"cause": Cause.CONFLICT, "version": 3}, False),
        ({"cause": Cause.RETRACTED, "version": 2, "valid": False}, False),
        ({"cause": Cause.MERGED, "version": 2, "valid": False}, False),
        ({"backfilled": True}, False),
        ({"basis": Basis.GAP_BOUNDED}, True),
        ({"basis": Basis.GAP_BOUNDED, "earliest_at": None}, False),
        ({"recorded_at": minutes(120)}, True),
        ({"recorded_at": minutes(120.01)}, False),
    ],
)
def test_only_what_is_new_and_fresh_is_news(changes: dict[str, Any], *, news: bool) -> None:
    assert record.is_news(replace(ARRIVED, **changes)) is news


def test_a_visit_that_lasts_has_stayed_until_now() -> None:
    told = record.visit_out(stay(), minutes(10))
    VisitOut.model_validate(told)
    assert told.keys() == VisitOut.model_fields.keys()
    assert (told["dwell_s"], told["left"]) == (600, None)


def test_a_visit_that_ended_has_stayed_until_it_was_left() -> None:
    told = record.visit_out(stay(**ended(5)), minutes(60))
    assert (told["dwell_s"], told["left"]["at"]) == (300, "2026-05-04T12:05:00Z")


@pytest.mark.parametrize("state", [VisitState.CLOSED, VisitState.UNVERIFIED])
def test_a_visit_whose_end_nobody_saw_has_no_dwell(state: VisitState) -> None:
    assert record.visit_out(stay(state=state), minutes(60))["dwell_s"] is None


def board(inside: list[Stay], gone: list[Stay]) -> dict[str, Any]:
    told = record.board_out(record.Board(HUB, inside, gone, [ARRIVED], []), minutes(60))
    BoardOut.model_validate(told)
    return told


def test_a_board_names_each_vehicle_once_longest_there_first() -> None:
    at_dock = stay(fence="dock", node_level=False)
    at_gate = stay(entered=VisitEnd(minutes(-5), None, None, Basis.GAP_BOUNDED))
    other = stay(
        vehicle="沪B1",
        fence="dock",
        node_level=False,
        state=VisitState.LEAVING,
        entered=VisitEnd(minutes(-60), None, None, Basis.OBSERVED),
    )
    told = board([at_dock, at_gate, other], [])
    assert [(each["vehicle"], each["state"], each["fence"]) for each in told["inside"]] == [
        ("沪B1", "leaving", "dock"),
        ("沪A1", "inside", "gate"),
    ]
    assert [node["kind"] for node in told["arrivals"]] == ["arrived"]


def test_dwell_counts_stays_that_were_left_and_neither_passes_nor_docks() -> None:
    gone = [
        stay(**ended(10)),
        stay(**ended(20)),
        stay(**ended(90)),
        stay(**ended(1) | {"state": VisitState.PASSED}),
        stay(**ended(9), node_level=False),
    ]
    assert board([], gone)["dwell"] == {"count": 3, "median_s": 1200, "longest_s": 5400}
    assert board([], [])["dwell"] == {"count": 0, "median_s": None, "longest_s": None}
