"""Devices: registering and adopting them, and which vehicle they are in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from fleet.rights import Right
from fleet.scope import Scope
from store import admin, identity
from store import devices as store_devices
from tracker_api.auth import may, tell_change
from tracker_api.credentials import new_credential
from tracker_api.device_schemas import CredentialOut
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, DeviceInPath, Store, utc
from tracker_api.schemas import (
    AdoptIn,
    AdoptOut,
    BindingIn,
    DeviceIn,
    DeviceOut,
    UnknownDeviceOut,
)

router = APIRouter(prefix=PREFIX, tags=["devices"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_DEVICES))]
Editor = Annotated[Scope, Depends(may(Right.EDIT_DEVICES, everywhere=True))]


@router.get("/devices", operation_id="listDevices", responses=describe())
def list_devices(scope: Looker, store: Store) -> list[DeviceOut]:
    """Every registered device, by code."""
    with store.reading() as conn:
        return [DeviceOut.of(device) for device in store_devices.list_devices(conn, scope)]


@router.post("/devices", status_code=201, operation_id="addDevice", responses=describe(409, 413))
def add_device(asked: DeviceIn, scope: Editor, store: Store) -> CredentialOut:
    """Register a device; the answer holds its MQTT password, which is not kept."""
    credential = new_credential()
    with store.writing() as conn:
        admin.add_device(conn, asked.code, credential.hash)
        identity.note_other_hash(conn, asked.code, credential.pbkdf2)
        tell_change(conn, scope, "create", "device", asked.code)
    return CredentialOut(code=asked.code, password=credential.password)


@router.get("/devices/unknown", operation_id="listUnknownDevices", responses=describe())
def list_unknown(scope: Looker, store: Store) -> list[UnknownDeviceOut]:
    """Devices that send and that nobody has registered."""
    with store.reading() as conn:
        return [UnknownDeviceOut.of(device) for device in store_devices.list_unknown(conn, scope)]


@router.get("/devices/{code}", operation_id="getDevice", responses=describe(404))
def get_device(code: DeviceInPath, scope: Looker, store: Store) -> DeviceOut:
    """One registered device."""
    with store.reading() as conn:
        return DeviceOut.of(store_devices.load_device(conn, scope, code))


@router.post("/devices/{code}/adopt", operation_id="adoptDevice", responses=describe(404, 409, 413))
def adopt(code: DeviceInPath, asked: AdoptIn, scope: Editor, store: Store) -> AdoptOut:
    """Register an unknown device; what it sent so far comes in again."""
    credential = new_credential()
    with store.writing() as conn:
        reinjected = admin.adopt(
            conn, code, plate=asked.plate, party=asked.party, credential_hash=credential.hash
        )
        identity.note_other_hash(conn, code, credential.pbkdf2)
        tell_change(conn, scope, "adopt", "device", code, asked)
    return AdoptOut(reinjected=reinjected, password=credential.password)


@router.post(
    "/devices/{code}/binding", operation_id="bindDevice", responses=describe(404, 409, 413)
)
def bind(code: DeviceInPath, asked: BindingIn, scope: Editor, store: Store) -> DeviceOut:
    """Put the device into a vehicle; a time in the past has the past folded again."""
    given = asked.valid_from
    valid_from = datetime.now(UTC) if given is None else utc("/valid_from", given)
    with store.writing() as conn:
        before = store_devices.load_device(conn, scope, code)
        admin.bind(conn, code, asked.plate, valid_from, primary=asked.primary)
        tell_change(conn, scope, "bind", "device", code, asked, before=before)
        return DeviceOut.of(store_devices.load_device(conn, scope, code))


@router.delete(
    "/devices/{code}/binding",
    status_code=204,
    response_class=Response,
    operation_id="unbindDevice",
    responses=describe(404, 409),
)
def unbind(code: DeviceInPath, scope: Editor, store: Store) -> None:
    """Take the device out of its vehicle, as of now."""
    with store.writing() as conn:
        before = store_devices.load_device(conn, scope, code)
        admin.unbind(conn, code, datetime.now(UTC))
        tell_change(conn, scope, "unbind", "device", code, before=before)
