"""The endpoints below ``/api/v1``, a module per subject."""

from __future__ import annotations

from fastapi import APIRouter

from tracker_api.routes import (
    accuracy,
    audit,
    commands,
    console,
    dead_letters,
    devices,
    exceptions,
    expected,
    fences,
    keys,
    nodes,
    notices,
    people,
    queries,
    routes,
    sessions,
    shared,
    shares,
    sites,
    tracks,
    trip_import,
    trips,
    vehicles,
    visits,
    where,
)

router = APIRouter()
for part in (
    vehicles,
    tracks,
    nodes,
    visits,
    expected,
    fences,
    routes,
    trip_import,
    trips,
    accuracy,
    sites,
    devices,
    commands,
    dead_letters,
    where,
    shares,
    shared,
    sessions,
    people,
    keys,
    audit,
    queries,
    exceptions,
    notices,
    console,
):
    router.include_router(part.router)
