"""Trips out of files: those that can be are kept, with a report line by line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request, Response

from fleet.errors import Invalid, NotFound
from fleet.rights import Right
from fleet.scope import Scope
from store.trip_edits import NewTrip
from store.trip_import import Imported
from store.trip_import import import_trips as bring
from tracker_api.auth import author_of, may, tell_change
from tracker_api.node_schemas import Author
from tracker_api.planning import Planner, trip_of
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, Running, answer
from tracker_api.trip_files import Clocks, FileFault, FileTrip, Import, read_csv, read_json
from tracker_api.trip_gtfs import read_gtfs
from tracker_api.trip_schemas import TripImportOut

router = APIRouter(prefix=f"{PREFIX}/trips", tags=["trips"])

Editor = Annotated[Scope, Depends(may(Right.EDIT_TRIPS, everywhere=True))]

_FILE = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


async def body(request: Request) -> bytes:
    """The bytes of the request, whatever they say they are."""
    return await request.body()


@router.post(
    "/import",
    operation_id="importTrips",
    response_model=TripImportOut,
    responses=describe(413),
    openapi_extra=_FILE,
)
def import_trips(
    scope: Editor,
    running: Running,
    data: Annotated[bytes, Depends(body)],
    form: Annotated[Literal["csv", "json", "gtfs"], Query(alias="format")],
    author: Annotated[Author, Query()],
    day: Annotated[
        date | None,
        Query(
            alias="date", description="Of `gtfs`: the day whose trips are taken. Default: today."
        ),
    ] = None,
) -> Response:
    """Make or replan the trips of a file; the same file again changes nothing.

    csv: a line per stop, with the columns `trip`, `stop`, `site`, `arrive`, `depart`, `opens`,
    `closes`, `service_min`, `early_min`, `late_min`, `via`, `vehicle`, `driver`, `route`; the
    first three are needed; or a line per trip with `trip`, `route` and `depart`. Times are ISO
    8601; without an offset they are of the site's zone.
    json: a list of trips as `POST /trips` takes them, each with its code. gtfs: a feed as a zip,
    of which the trips of `date` are taken; a stop is the site whose code is its `stop_id`.
    """
    most = running.settings.max_import_trips
    planner = Planner(running.door, scope, running.settings.routing)
    if form == "csv":
        read = read_csv(data, most, Clocks(planner.zone, planner.zone_of_route))
    elif form == "json":
        read = read_json(data, most)
    else:
        read = read_gtfs(
            data, most, day or datetime.now(ZoneInfo(running.zone)).date(), planner.zone
        )
    good, faults = _planned(planner, read)
    # Not in one transaction: it writes in portions, so that positions need not wait for them all.
    with running.door.reading() as conn:
        outcomes = bring(conn, scope, [made for _, made in good], author_of(scope, author))
        tell_change(conn, scope, "import", "trip", f"{len(good)} trips")
    return answer(_report(good, outcomes, faults))


def _planned(
    planner: Planner, read: Import
) -> tuple[list[tuple[FileTrip, NewTrip]], list[FileFault]]:
    """What the store is to keep, and why the rest is refused."""
    good: list[tuple[FileTrip, NewTrip]] = []
    faults = list(read.faults)
    for trip in read.trips:
        try:
            good.append((trip, trip_of(planner, trip.said, "imported")[0]))
        except Invalid as error:
            faults.append(trip.fault(error))
        except NotFound as error:
            faults.append(FileFault(trip.line, trip.code, str(error)))
    return good, faults


def _report(
    good: Sequence[tuple[FileTrip, NewTrip]],
    outcomes: Sequence[Imported],
    faults: Sequence[FileFault],
) -> dict[str, Any]:
    """A ``TripImportOut``, by line."""
    rows: list[dict[str, Any]] = [
        {
            "line": trip.line,
            "trip": trip.code,
            "result": outcome.result,
            "reason": outcome.reason,
        }
        for (trip, _), outcome in zip(good, outcomes, strict=True)
    ]
    rows += [
        {"line": fault.line, "trip": fault.trip, "result": "refused", "reason": fault.why}
        for fault in faults
    ]
    rows.sort(key=lambda row: int(row["line"]))
    told = [row["result"] for row in rows]
    words = ("created", "unchanged", "replanned", "refused")
    return {word: told.count(word) for word in words} | {"rows": rows}
