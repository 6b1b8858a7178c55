"""What is kept how long, what is known of a person, and where private vehicles were."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from fleet.errors import Conflict
from fleet.rights import Right
from fleet.scope import Scope
from store import erasure, holds, privates, purging, trail, words
from tracker_api import personal_export, tracks
from tracker_api.auth import may
from tracker_api.live.resume import LARGEST
from tracker_api.privacy_schemas import (
    DemandIn,
    ErasedOut,
    HoldIn,
    HoldOut,
    HoldsOut,
    KnownOut,
    PrivateIn,
    PrivateOut,
    PrivateTrackIn,
    PurgeOut,
    PurgesOut,
    RetainedOut,
    RetentionOut,
    SubjectIn,
)
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, PlateInPath, Running, Store, window

router = APIRouter(prefix=PREFIX, tags=["privacy"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_AUDIT))]
Keeper = Annotated[Scope, Depends(may(Right.EDIT_PRIVACY))]
Prier = Annotated[Scope, Depends(may(Right.LOOK_PRIVATE))]

_ZIP = {"application/zip": {"schema": {"type": "string", "format": "binary"}}}
_TRACK = {"application/geo+json": {"schema": {"$ref": "#/components/schemas/TrackOut"}}}


@router.get("/privacy/retention", operation_id="getRetention", responses=describe())
def get_retention(_scope: Looker, running: Running) -> RetentionOut:
    """What is kept how long, and by which rule."""
    keep = running.retention
    return RetentionOut(profile=keep.profile, rules=[RetainedOut.of(rule) for rule in keep.rules])


@router.get("/privacy/purges", operation_id="listPurges", responses=describe())
def list_purges(
    _scope: Looker,
    store: Store,
    *,
    people: Annotated[bool, Query(description="Erasures only.")] = False,
    before: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> PurgesOut:
    """What was removed, how much, up to when and by which rule; newest first."""
    with store.reading() as conn:
        found = purging.list_purges(conn, before, limit + 1, people=people)
    return PurgesOut(purges=[PurgeOut.of(one) for one in found[:limit]], more=len(found) > limit)


@router.post("/privacy/find", operation_id="findPerson", responses=describe(404, 413))
def find_person(asked: SubjectIn, scope: Keeper, store: Store) -> KnownOut:
    """By which words a person is known and where they stand; also on the trail."""
    with store.writing() as conn:
        erasure.be_patient(conn)
        known = erasure.find(conn, asked.subject)
        rows = erasure.count(conn, known)
        try:
            erasure.require_free(conn, known)
            obstacle = None
        except Conflict as standing:
            obstacle = str(standing)
        trail.record(conn, scope, "read", "person", asked.name, detail={"rows": rows})
    return KnownOut(words=list(known.words), rows=rows, obstacle=obstacle)


@router.post(
    "/privacy/export",
    operation_id="exportPerson",
    response_class=Response,
    responses={200: {"description": "A ZIP", "content": _ZIP}, **describe(404, 413)},
)
def export_person(asked: DemandIn, scope: Keeper, store: Store) -> Response:
    """Everything that is known of a person, with what they drove, as a ZIP."""
    now = datetime.now(UTC)
    with store.writing() as conn:
        erasure.be_patient(conn)
        known = erasure.find(conn, asked.subject)
        body = personal_export.pack(
            asked.subject,
            known,
            erasure.rows_of(conn, known),
            erasure.drives_of(conn, known),
            erasure.files_of(conn, known),
            at=now,
        )
        trail.record(conn, scope, "export", "person", asked.name, asked.why)
    headers = {"Content-Disposition": f'attachment; filename="person-{now:%Y%m%dT%H%M%SZ}.zip"'}
    return Response(body, media_type="application/zip", headers=headers)


@router.post("/privacy/erase", operation_id="erasePerson", responses=describe(404, 409, 413))
def erase_person(asked: DemandIn, scope: Keeper, store: Store) -> ErasedOut:
    """Put a pseudonym in the place of every word by which a person is known; for good."""
    stand_in = words.stand_in(secrets.token_bytes(4))
    with store.writing() as conn:
        known = erasure.find(conn, asked.subject)
        done = erasure.erase(conn, scope, known, asked.why, stand_in, datetime.now(UTC))
    return ErasedOut.of(done)


@router.get("/privacy/holds", operation_id="listHolds", responses=describe())
def list_holds(_scope: Keeper, store: Store) -> HoldsOut:
    """What is neither purged nor erased until somebody lifts the hold."""
    with store.reading() as conn:
        return HoldsOut(holds=[HoldOut.of(hold) for hold in holds.in_force(conn)])


@router.post(
    "/privacy/holds", status_code=201, operation_id="addHold", responses=describe(409, 413)
)
def add_hold(asked: HoldIn, scope: Keeper, store: Store) -> HoldsOut:
    """Keep a person's, a waybill's or a trip's data; what is in force then."""
    with store.writing() as conn:
        holds.add(conn, scope, asked.kind, asked.subject, asked.why)
        return HoldsOut(holds=[HoldOut.of(hold) for hold in holds.in_force(conn)])


@router.delete(
    "/privacy/holds/{hold}",
    status_code=204,
    response_class=Response,
    operation_id="liftHold",
    responses=describe(404),
)
def lift_hold(
    hold: Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")], scope: Keeper, store: Store
) -> None:
    """Let retention and erasure go on."""
    with store.writing() as conn:
        holds.lift(conn, scope, hold)


@router.get("/privacy/vehicles", operation_id="listPrivateVehicles", responses=describe())
def list_private_vehicles(_scope: Keeper, store: Store) -> PrivateOut:
    """Vehicles that are hidden between their trips."""
    with store.reading() as conn:
        return PrivateOut(plates=privates.list_private(conn))


@router.put(
    "/vehicles/{plate}/private",
    status_code=204,
    response_class=Response,
    operation_id="setPrivate",
    responses=describe(404, 413),
)
def set_private(plate: PlateInPath, asked: PrivateIn, scope: Keeper, store: Store) -> None:
    """Hide a vehicle between its trips, or show it again; open maps follow at once."""
    with store.writing() as conn:
        privates.set_private(conn, scope, plate, asked.why, private=asked.private)


@router.post(
    "/privacy/track",
    operation_id="revealTrack",
    response_class=Response,
    responses={200: {"description": "The track", "content": _TRACK}, **describe(404, 413)},
)
def reveal_track(asked: PrivateTrackIn, scope: Prier, running: Running) -> Response:
    """Where a private vehicle was, also between its trips; who asked and why is on the trail."""
    first, last = window(asked.start, asked.end, running.settings.max_track_days)
    with running.door.writing() as conn:
        track = privates.reveal_track(conn, scope, asked.plate, first, last, why=asked.why)
    content = tracks.geojson(asked.plate, track, None, complete=track.complete)
    return Response(content, media_type="application/geo+json")
