"""The endpoints below ``/api/v1``, a module per subject."""

from __future__ import annotations

from fastapi import APIRouter

from tracker_api.routes import (
    accuracy,
    commands,
    console,
    dead_letters,
    devices,
    expected,
    fences,
    nodes,
    routes,
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
    console,
):
    router.include_router(part.router)
