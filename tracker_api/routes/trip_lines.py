"""The planned ways of many trips at once, for a map."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from fleet.rights import Right
from fleet.scope import Scope
from store import lines, trip_lines
from tracker_api.auth import may
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, Running, answer
from tracker_api.trip_schemas import PlannedLinesOut
from tracker_api.trips import risk_word
from tracker_api.ways import Way, in_sight, read_box

router = APIRouter(prefix=f"{PREFIX}/trips", tags=["trips"])


@router.get(
    "/lines", operation_id="listPlannedLines", response_model=PlannedLinesOut, responses=describe()
)
def list_planned_lines(
    scope: Annotated[Scope, Depends(may(Right.LOOK_TRIPS))],
    running: Running,
    bbox: Annotated[
        str,
        Query(
            max_length=200,
            description="West, south, east, north in degrees; west > east: the antimeridian.",
            examples=["120.5,30.5,122.5,32.5"],
        ),
    ],
) -> Response:
    """Planned ways of open trips whose own box meets `bbox`, the latest first, at most 500.

    They are simplified to 200 m: for a map of many, not for judging a place on one.
    """
    box = read_box(bbox)
    with running.door.reading() as conn:

        def ways(keys: Iterable[int]) -> dict[int, Way]:
            return running.ways.of(keys, lambda missing: lines.load_lines(conn, missing))

        found, complete = in_sight(trip_lines.list_open_lines(conn, scope), box, ways)
    told = [
        {"code": line.code, "risk": risk_word(line.risk, known=True), "line": way.vertices.tolist()}
        for line, way in found
    ]
    return answer({"lines": told, "complete": complete})
