"""Messages of a device that were lost on the way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends

from fleet.rights import Right
from fleet.scope import Scope
from store import devices as store_devices
from store import gaps as store_gaps
from tracker_api.auth import may
from tracker_api.gap_schemas import GapsOut
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, DeviceInPath, FromTime, Store, ToTime, window

router = APIRouter(prefix=PREFIX, tags=["devices"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_DEVICES))]

_LONGEST = 92.0  #: days
_EVER = datetime.fromtimestamp(0, UTC)


@router.get("/devices/{code}/gaps", operation_id="getDeviceGaps", responses=describe(404))
def get_gaps(
    code: DeviceInPath,
    scope: Looker,
    store: Store,
    start: FromTime = None,
    end: ToTime = None,
) -> GapsOut:
    r"""Which messages of a terminal that numbers them never came, within a time of its own clock.

    A terminal numbers a message by a TAG block (NMEA 0183 4.10) before its first sentence,
    `\n:123*hh\`, counting up by one; one that restarts begins at 0 or 1.
    """
    first, last = window(start, end, _LONGEST)
    with store.reading() as conn:
        store_devices.load_device(conn, scope, code)
        hours = store_gaps.load_seen(conn, code, first, last)
        found = store_gaps.list_unconfirmed(conn, _EVER, code)
    return GapsOut.of(hours, found[0][1:] if found else None)
