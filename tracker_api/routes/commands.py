"""Orders to devices; the gateway sends them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends

from fleet.rights import Right
from fleet.scope import Scope
from store import commands as store_commands
from tracker_api.auth import may, tell_change
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, DeviceInPath, Store
from tracker_api.schemas import CommandIn, CommandOut

router = APIRouter(prefix=PREFIX, tags=["commands"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_DEVICES))]
Editor = Annotated[Scope, Depends(may(Right.EDIT_DEVICES))]


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
