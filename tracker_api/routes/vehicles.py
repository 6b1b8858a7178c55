"""Vehicles and where they are."""

from __future__ import annotations

from fastapi import APIRouter

from store import admin
from store import vehicles as store_vehicles
from tracker_api.auth import Operator, Reader
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, PlateInPath, Store
from tracker_api.schemas import (
    PointGeometry,
    PositionCollection,
    PositionFeature,
    VehicleIn,
    VehicleOut,
)

router = APIRouter(prefix=PREFIX, tags=["vehicles"])


@router.get("/vehicles", operation_id="listVehicles", responses=describe())
def list_vehicles(scope: Reader, store: Store) -> list[VehicleOut]:
    """Every vehicle with its newest believed fix, by plate."""
    with store.reading() as conn:
        found = store_vehicles.list_vehicles(conn, scope)
    return [VehicleOut.of(vehicle) for vehicle in found]


@router.post(
    "/vehicles", status_code=201, operation_id="addVehicle", responses=describe(404, 409, 413)
)
def add_vehicle(asked: VehicleIn, scope: Operator, store: Store) -> VehicleOut:
    """Register a vehicle."""
    with store.writing() as conn:
        admin.add_vehicle(conn, asked.plate, asked.party)
        return VehicleOut.of(store_vehicles.load_vehicle(conn, scope, asked.plate))


@router.get("/vehicles/{plate}", operation_id="getVehicle", responses=describe(404))
def get_vehicle(plate: PlateInPath, scope: Reader, store: Store) -> VehicleOut:
    """One vehicle with its newest believed fix."""
    with store.reading() as conn:
        return VehicleOut.of(store_vehicles.load_vehicle(conn, scope, plate))


@router.get("/positions", operation_id="listPositions", responses=describe())
def list_positions(scope: Reader, store: Store) -> PositionCollection:
    """The newest believed positions as GeoJSON; a vehicle without one is left out."""
    with store.reading() as conn:
        found = store_vehicles.list_vehicles(conn, scope)
    return PositionCollection(
        features=[
            PositionFeature(
                id=vehicle.plate,
                geometry=PointGeometry(coordinates=[vehicle.position.lon, vehicle.position.lat]),
                properties=VehicleOut.of(vehicle),
            )
            for vehicle in found
            if vehicle.position is not None
        ]
    )
