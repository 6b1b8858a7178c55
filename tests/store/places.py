"""Builders of fences, visits and nodes: a test names only what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import shapely
from psycopg import Connection

from fleet.fences import FenceTerms, Outline, Role, ShapeKind, StopRule
from fleet.nodes import (
    Basis,
    Cause,
    Changes,
    Crossing,
    KeptNode,
    KeptVisit,
    Node,
    NodeKind,
    Source,
    Visit,
    VisitState,
)
from fleet.records import WorldRows
from fleet.views import NodeVersion
from store import fences, visits, world
from store.fences import Draft, Edit
from tests.store.conftest import NOON

MINUTE = timedelta(minutes=1)


def terms(lon: float = 121.0, lat: float = 31.0, **more: Any) -> FenceTerms:  # noqa: ANN401 - a builder
    outline = Outline(ShapeKind.CIRCLE, shapely.to_wkb(shapely.Point(lon, lat)), 300.0)
    ordinary = FenceTerms(outline, Role.HUB, True, 60.0, 120.0, 120.0, StopRule.STAY)  # noqa: FBT003 - a builder
    return replace(ordinary, **more)


def draft(code: str = "f1", lon: float = 121.0, **more: Any) -> Draft:  # noqa: ANN401 - a builder
    ordinary = Draft(
        code,
        "站",
        "Hub",
        None,
        None,
        terms(lon),
        (lon - 0.004, 30.996, lon + 0.004, 31.004),
        (lon, 31),
    )
    return replace(ordinary, **more)


def edit(at: datetime = NOON, reason: str = "drawn") -> Edit:
    return Edit("li.na", reason, at)


def ident(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012}"


def moment(minutes: float) -> datetime:
    return NOON + minutes * MINUTE


def crossing(minutes: float) -> Crossing:
    time = moment(minutes).timestamp()
    return Crossing(
        time, time - 10, time + 10, Basis.INTERPOLATED, ((1, time - 10), (1, time + 10))
    )


def visit(entered: float = 0, left: float | None = None, **more: Any) -> Visit:  # noqa: ANN401 - a builder
    ordinary = Visit(1, 1, VisitState.ARRIVED, crossing(entered), arrived=NOON.timestamp() + 120)
    if left is not None:
        settled = moment(left + 10).timestamp()
        state = VisitState.DEPARTED
        ordinary = replace(
            ordinary, state=state, exit=crossing(left), left_version=1, settled=settled
        )
    return replace(ordinary, **more)


def node(minutes: float = 0, **more: Any) -> Node:  # noqa: ANN401 - a builder
    at = crossing(minutes)
    ordinary = Node(
        vehicle=0,
        site=1,
        fence=1,
        fence_version=1,
        visit=ident(1),
        kind=NodeKind.ARRIVED,
        valid=True,
        actual=at.time,
        earliest=at.earliest,
        latest=at.latest,
        stopped=at.time + 60,
        confirmed=at.time + 120,
        basis=at.basis,
        source=Source.GPS,
        evidence=at.evidence,
        cause=Cause.FIRST,
        provisional=True,
    )
    return replace(ordinary, **more)


def keep(
    conn: Connection[Any],
    rows: WorldRows,
    stays: Sequence[tuple[int, int, Visit]] = (),
    versions: Sequence[tuple[int, int, Node]] = (),
) -> None:
    """Visits as id, vehicle and what; nodes as id, version and what."""
    with conn.transaction():
        changes = Changes(
            tuple(KeptVisit(ident(n), vehicle, what) for n, vehicle, what in stays),
            nodes=tuple(KeptNode(ident(n), version, what) for n, version, what in versions),
        )
        visits.keep(conn, rows, changes)


def numbers(found: Sequence[NodeVersion]) -> list[tuple[int, int]]:
    return [(int(each.id[-12:]), each.version) for each in found]


def register(conn: Connection[Any]) -> WorldRows:
    """A gate and a dock at the site hub, and a rest area: fences 1 to 3."""
    said = edit(NOON - timedelta(days=1))
    fences.add_fence(conn, draft("gate", site="hub"), said)
    fences.add_fence(conn, draft("dock", site="hub", terms=terms(node_level=False)), said)
    fences.add_fence(conn, draft("rest", terms=terms(role=Role.REST_AREA)), said)
    return world.load_world(conn)
