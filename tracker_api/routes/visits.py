"""Stays of vehicles at fences, as the fixes show them now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from fleet.rights import Right
from fleet.scope import Scope
from store import nodes as store_nodes
from tracker_api.auth import may
from tracker_api.node_schemas import VisitOut
from tracker_api.problems import describe
from tracker_api.record import visit_out
from tracker_api.routes.parameters import (
    PREFIX,
    FenceQuery,
    FromTime,
    PlateQuery,
    Running,
    SiteQuery,
    ToTime,
    answer,
    window,
)

router = APIRouter(prefix=PREFIX, tags=["nodes"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_VEHICLES))]


@router.get(
    "/visits", operation_id="listVisits", response_model=list[VisitOut], responses=describe(404)
)
def list_visits(  # noqa: PLR0913, PLR0917 (what to filter by, and who asks)
    scope: Looker,
    running: Running,
    vehicle: PlateQuery = None,
    site: SiteQuery = None,
    fence: FenceQuery = None,
    start: FromTime = None,
    end: ToTime = None,
    is_open: Annotated[
        bool | None, Query(alias="open", description="Only those that last, or that have ended.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """Visits that touch the time from `from` until before `to`, newest entry first."""
    since, until = window(start, end, running.settings.max_record_days)
    with running.door.reading() as conn:
        found = store_nodes.list_visits(
            conn,
            scope,
            store_nodes.WantedVisits(vehicle, site, fence, since, until, is_open),
            limit=limit,
        )
    now = datetime.now(UTC)
    return answer([visit_out(visit, now) for visit in found])
