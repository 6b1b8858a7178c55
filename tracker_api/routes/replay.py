"""The past played again: the whole fleet, one vehicle, marks on the line of time, files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse

from fleet.errors import Invalid
from fleet.rights import Right
from fleet.scope import Scope
from fleet.trip_views import EstimatePoint, Trip
from store import alert_acts, nodes, replay, trip_reads
from store.vehicles import LONGEST, Track, load_track, require_vehicle
from tracker_api import replay_export, replay_wire
from tracker_api.auth import Visitor, may, tell_read
from tracker_api.door import Door
from tracker_api.problems import describe
from tracker_api.replay import Past, marks_out, past_out
from tracker_api.replay_export import Form
from tracker_api.replay_schemas import MarksOut, ReplayOut
from tracker_api.routes.parameters import PREFIX, PlateInPath, Running, answer, window
from tracker_api.schemas import PRINTABLE
from tracker_api.trips import stop_of

router = APIRouter(prefix=PREFIX, tags=["replay"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_VEHICLES))]
Taker = Annotated[Scope, Depends(may(Right.EXPORT))]

Start = Annotated[datetime | None, Query(alias="from", description="Default: one hour before.")]
DayStart = Annotated[datetime | None, Query(alias="from", description="Default: 24 h before.")]
End = Annotated[datetime | None, Query(alias="to", description="Default: now.")]
Plates = Annotated[
    list[Annotated[str, Query(max_length=64, pattern=PRINTABLE)]],
    Query(alias="vehicles", max_length=200, description="Plates. Default: the whole fleet."),
]
Box = Annotated[
    str | None,
    Query(
        pattern=r"^-?\d{1,3}(\.\d{1,9})?(,-?\d{1,3}(\.\d{1,9})?){3}$",
        description="west,south,east,north in degrees: vehicles that were inside at some step.",
        examples=["116.2,39.7,116.6,40.1"],
    ),
]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: Times are i32 ms after the beginning, up to the next fix after the end.
_LONGEST = timedelta(milliseconds=2**31 - 1) - replay.NEXT

#: Versions of nodes and visits of one vehicle: fifty a day for a week are 350.
MOST = 1000

_BINARY: dict[str, Any] = {
    "description": "Samples, see the description of the operation.",
    "content": {replay_wire.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
}
_FILES: dict[str, Any] = {
    "description": "The file.",
    "content": {
        media.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
        for media in replay_export.MEDIA_TYPE.values()
    },
}


@router.get(
    "/replay/fleet",
    operation_id="replayFleet",
    response_class=Response,
    responses={200: _BINARY, **describe(404)},
)
def replay_fleet(  # noqa: PLR0913, PLR0917 (a window, what of it, and who asks)
    scope: Looker,
    visitor: Visitor,
    running: Running,
    start: Start = None,
    end: End = None,
    step_s: Annotated[int, Query(ge=1, le=3600, description="Seconds between borders.")] = 10,
    bbox: Box = None,
    vehicles: Plates = [],  # noqa: B006 (never changed; FastAPI copies it)
) -> Response:
    """Where every vehicle was at the borders `from`, `from` + `step_s`, ... `to`.

    Told is the newest believed fix at each border, with its own time, and only where it is another
    than at the border before; first the one that held at `from` (at most a day old), last the first
    one after `to` (at most ten minutes later). Too long a time for so many vehicles is refused
    with the span that is allowed.

    Little endian: u8 magic 0x52, u8 version 1, u16 0, u32 vehicles m, u32 samples n, u32 bytes of
    names p; f64 beginning, end (ms since 1970) and step (ms); u32 first[m + 1]; i32 time[n] (ms
    after the beginning), lon[n], lat[n] (1e-7 degrees); u16 speed[n] (cm/s), course[n] (0.1
    degrees), both 65535 unknown, flags[n], lag[n] (s from fix to arrival); p bytes of JSON
    `{"plates": [...], "parties": [...]}`. Of vehicle i are samples first[i] to first[i + 1].
    """
    limits = running.settings.replay
    first, last = window(start, end, limits.max_vehicle_hours / 24, HOUR)
    box = None if bbox is None else _box(bbox)
    step = timedelta(seconds=step_s)
    wanted = vehicles or None
    with running.door.reading() as conn:
        for plate in vehicles:
            require_vehicle(conn, scope, plate)
        count = replay.count_fleet(conn, scope, first, last, wanted)
        by_steps = step * (limits.max_samples // max(count, 1) - 1)
        by_hours = timedelta(hours=min(limits.max_vehicle_hours / max(count, 1), 1e6))
        _require_span(last - first, min(by_steps, by_hours, _LONGEST), count)
        samples = replay.sample_fleet(conn, scope, first, last, step, plates=wanted)
        tell_read(conn, visitor, "replay", "fleet", _asked(first, last, vehicles, step_s=step_s))
    shown = samples if box is None else replay_wire.within(samples, box)
    return Response(replay_wire.encode(shown, first, last, step), media_type=replay_wire.MEDIA_TYPE)


@router.get(
    "/vehicles/{plate}/replay",
    operation_id="replayVehicle",
    response_model=ReplayOut,
    responses=describe(404),
)
def replay_vehicle(
    plate: PlateInPath,
    scope: Looker,
    visitor: Visitor,
    running: Running,
    start: DayStart = None,
    end: End = None,
) -> Response:
    """Every believed fix of that time, with gaps, visits, nodes, alerts, trips and delays."""
    first, last = window(start, end, running.settings.replay.max_days, DAY)
    limit = running.settings.max_track_fixes
    with running.door.reading() as conn:
        drive = load_track(conn, scope, plate, first, last, limit=limit)
        past = Past(
            plate,
            first,
            last,
            drive,
            visits=nodes.list_visits(
                conn, scope, nodes.WantedVisits(plate, None, None, first, last, None), MOST
            ),
            nodes=_versions(conn, scope, plate, first, last),
            alerts=_alerts(conn, scope, plate, first, last),
            trips=_trips(conn, scope, plate, first, last),
        )
        tell_read(conn, visitor, "replay", plate, _asked(first, last, ()))
    return answer(past_out(past, datetime.now(UTC)))


@router.get(
    "/replay/marks", operation_id="replayMarks", response_model=MarksOut, responses=describe()
)
def replay_marks(
    scope: Looker, running: Running, start: DayStart = None, end: End = None
) -> Response:
    """Nodes and alerts of the whole fleet; of very many, some tell of all that lie close by."""
    settings = running.settings
    first, last = window(start, end, settings.replay.max_days, DAY)
    with running.door.reading() as conn:
        found = replay.list_marks(conn, scope, first, last, settings.replay.max_marks)
    return answer({"marks": marks_out(found)})


@router.get(
    "/replay/export",
    operation_id="replayExport",
    response_class=StreamingResponse,
    responses={200: _FILES, **describe(404)},
)
def replay_export_file(  # noqa: PLR0913, PLR0917 (a window, a format and who asks)
    scope: Taker,
    looker: Looker,
    visitor: Visitor,
    running: Running,
    start: DayStart = None,
    end: End = None,
    form: Annotated[Form, Query(alias="format")] = "csv",
    vehicles: Plates = [],  # noqa: B006 (never changed; FastAPI copies it)
) -> Response:
    """Believed fixes of one vehicle, some, or all, by vehicle and time."""
    del looker  # both rights are needed
    settings = running.settings
    first, last = window(start, end, settings.max_track_days, DAY)
    with running.door.reading() as conn:
        for plate in vehicles:
            require_vehicle(conn, scope, plate)
        plates = replay.list_fleet(conn, scope, first, last, vehicles or None)
        most = settings.replay.max_export_vehicle_days / max(len(plates), 1)
        _require_span(last - first, timedelta(days=min(most, 1e4)), len(plates))
        tell_read(
            conn, visitor, "replay_export", "fleet", _asked(first, last, vehicles, format=form)
        )
    drives = _drives(running.door, scope, plates, first, last)
    name = f"replay-{first:%Y%m%dT%H%M%SZ}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(
        replay_export.written(form, drives),
        headers=headers,
        media_type=replay_export.MEDIA_TYPE[form],
    )


def _require_span(span: timedelta, allowed: timedelta, count: int) -> None:
    if span <= allowed:
        return
    seconds = max(allowed.total_seconds(), 0.0)
    raise Invalid(
        "from",
        f"may be at most {seconds:.0f} s before `to` for {count} vehicles; "
        "ask for a shorter time, a longer step or fewer vehicles",
    )


def _asked(
    first: datetime,
    last: datetime,
    vehicles: Sequence[str],
    **more: Any,  # noqa: ANN401 (JSON)
) -> dict[str, Any]:
    plates = {"vehicles": list(vehicles)} if vehicles else {}
    return {"from": first.isoformat(), "to": last.isoformat(), **plates, **more}


def _box(text: str) -> replay_wire.Box:
    west, south, east, north = (float(each) for each in text.split(","))
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):  # noqa: PLR2004 (degrees)
        raise Invalid("bbox", "must be west,south,east,north in degrees")
    return west, south, east, north


def _versions(
    conn: Any,  # noqa: ANN401 (only the store names the type)
    scope: Scope,
    plate: str,
    first: datetime,
    last: datetime,
) -> list[Any]:
    """Every version of the nodes of that time; of most there is one."""
    wanted = nodes.Wanted(plate, None, None, first, last, retracted=True)
    found = []
    for node in nodes.list_nodes(conn, scope, wanted, MOST):
        found += [node] if node.version == 1 else nodes.load_versions(conn, scope, node.id)
    return found


def _alerts(
    conn: Any,  # noqa: ANN401 (only the store names the type)
    scope: Scope,
    plate: str,
    first: datetime,
    last: datetime,
) -> list[Any]:
    if not scope.may(Right.LOOK_ALERTS):
        return []
    keys = replay.list_alert_ids(conn, plate, first, last)
    return alert_acts.load_alerts(conn, scope, keys)


def _trips(
    conn: Any,  # noqa: ANN401 (only the store names the type)
    scope: Scope,
    plate: str,
    first: datetime,
    last: datetime,
) -> list[tuple[Trip, list[EstimatePoint]]]:
    """Trips that it served then and that the scope may see, with estimates of their ends."""
    if not scope.may(Right.LOOK_TRIPS):
        return []
    found = []
    for code in replay.list_served(conn, plate, first, last):
        trip = trip_reads.find_trip(conn, scope, code)
        if trip is not None:
            number = stop_of(trip, None).planned.number
            found.append((trip, trip_reads.list_estimates(conn, scope, code, number)))
    return found


def _drives(
    door: Door, scope: Scope, plates: Sequence[str], first: datetime, last: datetime
) -> Iterator[tuple[str, Track]]:
    """Whole tracks; each is read with a connection of its own, which no slow client holds."""
    days = [first]
    while days[-1] < last:
        days.append(min(days[-1] + DAY, last))
    for plate in plates:
        with door.reading() as conn:
            # Day by day: no day has more than a fix a second, which is below the limit.
            parts = [load_track(conn, scope, plate, a, b, limit=LONGEST) for a, b in pairwise(days)]
        yield plate, _joined(parts)


def _joined(parts: Sequence[Track]) -> Track:
    names = ("time", "lon", "lat", "altitude", "speed", "course", "grade", "flags")
    whole = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return replace(parts[0], **whole, complete=all(part.complete for part in parts))
