"""Where a vehicle has been."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response

from fleet.rights import Right
from fleet.scope import Scope
from store.vehicles import Track, load_track
from tracker_api import tracks
from tracker_api.auth import Visitor, may, tell_read
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, PlateInPath, Running, window
from tracker_api.schemas import TrackOut

router = APIRouter(prefix=PREFIX, tags=["vehicles"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_VEHICLES))]

Format = Literal["geojson", "gpx", "csv"]

DEFAULT_SPAN = timedelta(hours=24)  #: what a card shows: the last day

MEDIA_TYPE: dict[Format, str] = {
    "geojson": "application/geo+json",
    "gpx": "application/gpx+xml",
    "csv": "text/csv",
}

_CONTENT: dict[str, Any] = {
    MEDIA_TYPE["geojson"]: {"schema": {"$ref": "#/components/schemas/TrackOut"}},
    MEDIA_TYPE["gpx"]: {"schema": {"type": "string"}},
    MEDIA_TYPE["csv"]: {"schema": {"type": "string"}},
}

#: Models that only ``_CONTENT`` refers to, so that the document must be told of them.
REFERRED = (TrackOut,)


@router.get(
    "/vehicles/{plate}/track",
    operation_id="getTrack",
    response_class=Response,
    responses={200: {"description": "The track", "content": _CONTENT}, **describe(404)},
)
def get_track(  # noqa: PLR0913, PLR0917 (a window, a format and who asks)
    plate: PlateInPath,
    scope: Looker,
    visitor: Visitor,
    running: Running,
    start: Annotated[
        datetime | None, Query(alias="from", description="Default: 24 h before `to`.")
    ] = None,
    end: Annotated[datetime | None, Query(alias="to", description="Default: now.")] = None,
    form: Annotated[Format, Query(alias="format")] = "geojson",
    simplify_m: Annotated[
        float | None,
        Query(ge=0, le=100_000, allow_inf_nan=False, description="Metres that a line may be off."),
    ] = None,
) -> Response:
    """Believed fixes from `from` until before `to`, split where ten minutes are missing."""
    first, last = window(start, end, running.settings.max_track_days, DEFAULT_SPAN)
    limit = running.settings.max_track_fixes
    with running.door.reading() as conn:
        track = load_track(conn, scope, plate, first, last, limit=limit)
        asked = {"from": first.isoformat(), "to": last.isoformat(), "format": form}
        tell_read(conn, visitor, "track", plate, asked)
    content = _WRITERS[form](plate, track, simplify_m)
    name = f"track-{first:%Y%m%dT%H%M%SZ}.{form}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"' if form != "geojson" else "inline"
    }
    return Response(content, headers=headers, media_type=MEDIA_TYPE[form])


_WRITERS: dict[Format, Callable[[str, Track, float | None], str | bytes]] = {
    "geojson": lambda plate, track, off: tracks.geojson(plate, track, off, complete=track.complete),
    "gpx": tracks.gpx,
    "csv": lambda _, track, off: tracks.as_csv(track, off),
}
