"""Vehicles and where they are."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from fleet.rights import Right
from fleet.scope import Scope
from store import admin
from store import vehicles as store_vehicles
from tracker_api.auth import Visitor, may, tell_change, tell_read
from tracker_api.plain import vehicle_out
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, PlateInPath, Store, answer
from tracker_api.schemas import (
    PositionCollection,
    VehicleIn,
    VehicleOut,
)

router = APIRouter(prefix=PREFIX, tags=["vehicles"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_VEHICLES))]
Editor = Annotated[Scope, Depends(may(Right.EDIT_DEVICES, everywhere=True))]


@router.get(
    "/vehicles", response_model=list[VehicleOut], operation_id="listVehicles", responses=describe()
)
def list_vehicles(scope: Looker, visitor: Visitor, store: Store) -> Response:
    """Every vehicle with its newest believed fix, by plate."""
    with store.reading() as conn:
        found = store_vehicles.list_vehicles(conn, scope)
        tell_read(conn, visitor, "vehicle", "all")
    return answer([vehicle_out(vehicle) for vehicle in found])


@router.post(
    "/vehicles",
    status_code=201,
    response_model=VehicleOut,
    operation_id="addVehicle",
    responses=describe(404, 409, 413),
)
def add_vehicle(asked: VehicleIn, scope: Editor, store: Store) -> Response:
    """Register a vehicle."""
    with store.writing() as conn:
        admin.add_vehicle(conn, asked.plate, asked.party)
        tell_change(conn, scope, "create", "vehicle", asked.plate, asked)
        added = store_vehicles.load_vehicle(conn, scope, asked.plate)
    return answer(vehicle_out(added), HTTPStatus.CREATED)


@router.get(
    "/vehicles/{plate}",
    response_model=VehicleOut,
    operation_id="getVehicle",
    responses=describe(404),
)
def get_vehicle(plate: PlateInPath, scope: Looker, visitor: Visitor, store: Store) -> Response:
    """One vehicle with its newest believed fix."""
    with store.reading() as conn:
        found = store_vehicles.load_vehicle(conn, scope, plate)
        tell_read(conn, visitor, "vehicle", plate)
    return answer(vehicle_out(found))


@router.get(
    "/positions",
    response_model=PositionCollection,
    operation_id="listPositions",
    responses=describe(),
)
def list_positions(scope: Looker, visitor: Visitor, store: Store) -> Response:
    """The newest believed positions as GeoJSON; a vehicle without one is left out."""
    with store.reading() as conn:
        found = store_vehicles.list_vehicles(conn, scope)
        tell_read(conn, visitor, "vehicle", "all")
    features = [
        {
            "type": "Feature",
            "id": vehicle.plate,
            "geometry": {
                "type": "Point",
                "coordinates": (vehicle.position.lon, vehicle.position.lat),
            },
            "properties": vehicle_out(vehicle),
        }
        for vehicle in found
        if vehicle.position is not None
    ]
    return answer({"type": "FeatureCollection", "features": features})
