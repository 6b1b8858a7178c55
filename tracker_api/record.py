"""Visits and nodes as the plain values of JSON; the models are in ``node_schemas``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from fleet.nodes import Basis, Cause, NodeKind, VisitState
from fleet.views import ExpectedVisit, NodeVersion, Site, Stay, VisitEnd
from tracker_api.plain import iso

#: What happened where, in Chinese and in English.
NAMES: dict[NodeKind, tuple[str, str]] = {
    NodeKind.ARRIVED: ("到达 {}", "Arrived at {}"),
    NodeKind.DEPARTED: ("离开 {}", "Departed from {}"),
    NodeKind.PASSED: ("经过 {}", "Passed {}"),
}

#: Of the versions of a node, those that say something that was not known.
TELLING = frozenset({Cause.FIRST, Cause.CORRECTED, Cause.EDITED})

#: After that long an arrival is history: nobody is to be rung up for it.
FRESH = timedelta(hours=2)

#: What people call the states of a visit that lasts.
SHOWN: dict[VisitState, str] = {
    VisitState.ENTERING: "entering",
    VisitState.ARRIVED: "inside",
    VisitState.LEAVING: "leaving",
}


@dataclass(frozen=True, slots=True)
class Board:
    """What is known of a site."""

    site: Site
    inside: Iterable[Stay]  #: visits that last
    ended: Iterable[Stay]  #: visits that ended in the window
    arrivals: Iterable[NodeVersion]
    departures: Iterable[NodeVersion]


def is_news(node: NodeVersion) -> bool:
    """Whether live alerts may be raised from it.

    Not from what was found there when one began to look: nobody has seen it come.
    """
    found_there = node.basis is Basis.GAP_BOUNDED and node.earliest_at is None
    return (
        node.valid
        and not found_there
        and node.cause in TELLING
        and not node.backfilled
        and node.recorded_at - node.actual_at <= FRESH
    )


def node_out(node: NodeVersion) -> dict[str, Any]:
    """``node`` as a ``NodeOut``."""
    zh, en = NAMES[node.kind]
    fence = node.fence
    return {
        "id": node.id,
        "version": node.version,
        "valid": node.valid,
        "cause": node.cause.value,
        "kind": node.kind.value,
        "name": {"zh": zh.format(node.site.name_zh), "en": en.format(node.site.name_en)},
        "vehicle": node.vehicle,
        "site": site_out(node.site),
        "operator": node.operator,
        "fence": None if fence is None else {"code": fence[0], "version": fence[1]},
        "visit": node.visit,
        "planned_at": _iso(node.planned_at),
        "estimated_at": _iso(node.estimated_at),
        "actual_at": iso(node.actual_at),
        "earliest_at": _iso(node.earliest_at),
        "latest_at": _iso(node.latest_at),
        "stopped_at": _iso(node.stopped_at),
        "confirmed_at": _iso(node.confirmed_at),
        "basis": node.basis.value,
        "source": node.source.value,
        "author": node.author,
        "reason": node.reason,
        "note": node.note,
        "evidence": [{"device": device, "time": iso(time)} for device, time in node.evidence],
        "attachments": list(node.attachments),
        "was_at": _iso(node.was_at),
        "machine_at": _iso(node.machine_at),
        "conflict": node.conflict,
        "provisional": node.provisional,
        "near_fence": node.near_fence,
        "backfilled": node.backfilled,
        "is_news": is_news(node),
        "recorded_at": iso(node.recorded_at),
    }


def visit_out(stay: Stay, now: datetime) -> dict[str, Any]:
    """``stay`` as a ``VisitOut``, seen at ``now``."""
    return {
        "id": stay.id,
        "vehicle": stay.vehicle,
        "fence": stay.fence,
        "site": site_out(stay.site),
        "node_level": stay.node_level,
        "state": stay.state.value,
        "entered": _end(stay.entered),
        "left": None if stay.left is None else _end(stay.left),
        "stopped_at": _iso(stay.stopped_at),
        "dwell_s": _dwell(stay, now),
        "flaps": stay.flaps,
        "yielded_to": stay.yielded_to,
    }


def board_out(board: Board, now: datetime) -> dict[str, Any]:
    """``board`` as a ``BoardOut``, seen at ``now``."""
    dwell = [
        (stay.left.at - stay.entered.at).total_seconds()
        for stay in board.ended
        if stay.left is not None and stay.state is VisitState.DEPARTED and stay.node_level
    ]
    return {
        "site": site_out(board.site),
        "now": iso(now),
        "inside": _inside(board.inside),
        "arrivals": [node_out(node) for node in board.arrivals],
        "departures": [node_out(node) for node in board.departures],
        "dwell": {
            "count": len(dwell),
            "median_s": median(dwell) if dwell else None,
            "longest_s": max(dwell, default=None),
        },
    }


def expected_out(expected: ExpectedVisit) -> dict[str, Any]:
    """``expected`` as an ``ExpectedOut``."""
    return {
        "id": expected.id,
        "vehicle": expected.vehicle,
        "site": expected.site,
        "from": iso(expected.start),
        "to": iso(expected.end),
        "author": expected.author,
    }


def site_out(site: Site) -> dict[str, str]:
    """``site`` as a ``PlaceOut``."""
    return {
        "code": site.code,
        "name_zh": site.name_zh,
        "name_en": site.name_en,
        "zone": site.zone,
    }


def _inside(stays: Iterable[Stay]) -> list[dict[str, Any]]:
    """Each vehicle once, by its visit at a fence whose visits become nodes if it has one."""
    chosen: dict[str, Stay] = {}
    for stay in sorted(stays, key=lambda each: (not each.node_level, each.entered.at)):
        if stay.state in SHOWN:
            chosen.setdefault(stay.vehicle, stay)
    return [
        {
            "vehicle": stay.vehicle,
            "state": SHOWN[stay.state],
            "since": iso(stay.entered.at),
            "stopped_at": _iso(stay.stopped_at),
            "fence": stay.fence,
        }
        for stay in sorted(chosen.values(), key=lambda each: each.entered.at)
    ]


def _dwell(stay: Stay, now: datetime) -> float | None:
    """Seconds inside; None for a visit that nobody saw the end of."""
    if stay.left is not None:
        return (stay.left.at - stay.entered.at).total_seconds()
    return (now - stay.entered.at).total_seconds() if stay.state in SHOWN else None


def _end(end: VisitEnd) -> dict[str, Any]:
    return {
        "at": iso(end.at),
        "earliest": _iso(end.earliest),
        "latest": _iso(end.latest),
        "basis": end.basis.value,
    }


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else iso(instant)
