"""Orders to devices, and words to the drivers beside them; the gateway sends them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from fleet.errors import Conflict
from fleet.rights import Right
from fleet.scope import Scope
from fleet.wire import CommandKind
from store import commands as store_commands
from store import vehicles as store_vehicles
from tracker_api.auth import may, tell_change
from tracker_api.command_schemas import IntervalSaid, MessageSaid, VehicleCommandOut
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, DeviceInPath, PlateInPath, Store
from tracker_api.schemas import CommandIn, CommandOut

router = APIRouter(prefix=PREFIX, tags=["commands"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_DEVICES))]
Editor = Annotated[Scope, Depends(may(Right.EDIT_DEVICES))]
Writer = Annotated[Scope, Depends(may(Right.MESSAGE))]


@router.get("/devices/{code}/commands", operation_id="listCommands", responses=describe(404))
def list_commands(code: DeviceInPath, scope: Looker, store: Store) -> list[CommandOut]:
    """Orders to the device and what became of them, newest first."""
    with store.reading() as conn:
        return [CommandOut.of(c) for c in store_commands.list_commands(conn, scope, code)]


@router.post(
    "/devices/{code}/commands",
    status_code=201,
    operation_id="requestCommand",
    responses=describe(404, 413),
)
def request_command(
    code: DeviceInPath, asked: CommandIn, scope: Editor, store: Store
) -> CommandOut:
    """Order the device to do something; it is sent as soon as the gateway sees it."""
    with store.writing() as conn:
        ordered = store_commands.request(
            conn,
            scope,
            code,
            asked.kind,
            asked.body.model_dump(),
            by=scope.principal,
            expires_at=datetime.now(UTC) + timedelta(seconds=asked.expires_in_s),
        )
        tell_change(conn, scope, "command", "device", code, asked)
    return CommandOut.of(ordered)


@router.get(
    "/vehicles/{plate}/commands", operation_id="listVehicleCommands", responses=describe(404)
)
def list_vehicle_commands(
    plate: PlateInPath, scope: Writer, store: Store
) -> list[VehicleCommandOut]:
    """Messages and orders to what was in the vehicle when they were made, newest first."""
    now = datetime.now(UTC)
    with store.reading() as conn:
        found = store_commands.list_of_vehicle(conn, scope, plate)
    return [VehicleCommandOut.of(each, now) for each in found]


@router.post(
    "/vehicles/{plate}/messages",
    status_code=201,
    operation_id="writeMessage",
    responses=describe(404, 409, 413),
)
def write_message(
    plate: PlateInPath, said: MessageSaid, scope: Writer, store: Store
) -> VehicleCommandOut:
    """Show the driver a message, on the terminal that is in the vehicle now."""
    return _order(store, scope, plate, CommandKind.MESSAGE, {"text": said.text}, said)


@router.post(
    "/vehicles/{plate}/interval",
    status_code=201,
    operation_id="setInterval",
    responses=describe(404, 409, 413),
)
def set_interval(
    plate: PlateInPath, said: IntervalSaid, scope: Writer, store: Store
) -> VehicleCommandOut:
    """Have the terminal that is in the vehicle now report this often while it moves."""
    return _order(store, scope, plate, CommandKind.INTERVAL, {"seconds": said.seconds}, said)


def _order(
    store: Store,
    scope: Scope,
    plate: str,
    kind: CommandKind,
    body: dict[str, Any],
    said: MessageSaid | IntervalSaid,
) -> VehicleCommandOut:
    """Order it from the primary device.

    Raises:
        NotFound: no such vehicle in ``scope``.
        Conflict: no device is in it.
    """
    now = datetime.now(UTC)
    with store.writing() as conn:
        device = store_vehicles.load_vehicle(conn, scope, plate).device
        if device is None:
            raise Conflict(f"no device is in {plate}: nothing can be told to it")
        ordered = store_commands.request(
            conn,
            scope,
            device,
            kind,
            body,
            by=scope.principal,
            expires_at=now + timedelta(seconds=said.expires_in_s),
        )
        tell_change(conn, scope, kind, "vehicle", plate, said)
    return VehicleCommandOut.of(ordered, now)
