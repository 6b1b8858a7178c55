"""Waybills: lists, one with everything, where it was; and what was agreed of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from fleet import numbers
from fleet.errors import Invalid
from fleet.rights import Right
from fleet.scope import Scope
from fleet.trips import Risk
from fleet.waybills import WaybillState
from store import trail, waybill_moves, waybill_reads
from store import waybills as store_waybills
from store.waybill_reads import Wanted
from store.waybills import NewWaybill, Terms
from tracker_api import waybills
from tracker_api.auth import Visitor, may, tell_read
from tracker_api.problems import describe
from tracker_api.routes.parameters import (
    PREFIX,
    PlateQuery,
    Running,
    SiteQuery,
    Store,
    answer,
    utc,
)
from tracker_api.runtime import Runtime
from tracker_api.schemas import CODE, PRINTABLE
from tracker_api.trip_schemas import RiskWord
from tracker_api.waybill_bodies import ChangeIn, ReasonIn, WaybillIn
from tracker_api.waybill_out import Sight, brief_out
from tracker_api.waybill_page_schemas import (
    WaybillOut,
    WaybillPositionOut,
    WaybillsOut,
    WaybillTrackOut,
)

router = APIRouter(prefix=f"{PREFIX}/waybills", tags=["waybills"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_WAYBILLS))]
Editor = Annotated[Scope, Depends(may(Right.EDIT_WAYBILLS))]
Revealer = Annotated[Scope, Depends(may(Right.REVEAL))]

NumberInPath = Annotated[
    str, Path(pattern=r"^[A-Z]{2,4}[0-9]{8}[0-9]{5,6}$", examples=["JD20241028000001"])
]

#: By how much a clock may be ahead of ours: a scanner's is set by hand.
SKEW = timedelta(minutes=5)


@router.get("", operation_id="listWaybills", response_model=WaybillsOut, responses=describe())
def list_waybills(  # noqa: PLR0913, PLR0917 (what to filter by, and who asks)
    scope: Looker,
    store: Store,
    q: Annotated[
        str | None,
        Query(
            max_length=64,
            pattern=PRINTABLE,
            description="Part of a number, a code, an order number, a telephone's last four.",
        ),
    ] = None,
    state: Annotated[list[WaybillState] | None, Query(max_length=15)] = None,
    risk: Annotated[list[RiskWord] | None, Query(max_length=6)] = None,
    customer: Annotated[str | None, Query(pattern=CODE, description="Code of a party.")] = None,
    site: SiteQuery = None,
    trip: Annotated[str | None, Query(pattern=CODE, description="Code of a trip.")] = None,
    vehicle: PlateQuery = None,
    is_open: Annotated[  # noqa: FBT002 (a parameter of the request)
        bool, Query(alias="open", description="Only those that are not over.")
    ] = False,
    late_first: Annotated[  # noqa: FBT002 (a parameter of the request)
        bool, Query(description="The latest first, the unknown last; else the newest first.")
    ] = True,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Response:
    """Waybills inside the reader's scope."""
    text = numbers.normalise(q or "")
    wanted = Wanted(
        q=text or None,
        states=tuple(state or ()),
        risks=tuple(Risk[word.upper()] for word in risk or ()),
        customer=customer,
        site=site,
        trip=trip,
        vehicle=vehicle,
        open=is_open,
        late_first=late_first,
    )
    with store.reading() as conn:
        found = waybill_reads.list_waybills(conn, scope, wanted, limit)
        states, risks = waybill_reads.count_waybills(conn, scope, wanted)
    sight = Sight.of(scope)
    return answer(
        {
            "waybills": [brief_out(each, sight) for each in found],
            "counts": {each.value: states.get(each, 0) for each in WaybillState},
            "risks": {each.name.lower(): risks.get(each, 0) for each in Risk},
        }
    )


@router.post(
    "",
    operation_id="addWaybill",
    status_code=HTTPStatus.CREATED,
    response_model=WaybillOut,
    responses=describe(404, 409),
)
def add_waybill(said: WaybillIn, scope: Editor, running: Running) -> Response:
    """Place a waybill; without a number one is drawn, of its company and day."""
    new = new_waybill(said, datetime.now(UTC))
    with running.door.writing() as conn:
        number = store_waybills.add_waybill(conn, scope, new, running.zone)
    return _told(running, scope, number, HTTPStatus.CREATED)


@router.get(
    "/{number}", operation_id="getWaybill", response_model=WaybillOut, responses=describe(404)
)
def get_waybill(number: NumberInPath, scope: Looker, running: Running) -> Response:
    """One waybill with its way, its record, what was scanned, signed and reported."""
    return _told(running, scope, number)


@router.patch(
    "/{number}",
    operation_id="changeWaybill",
    response_model=WaybillOut,
    responses=describe(404, 409),
)
def change_waybill(
    number: NumberInPath, said: ChangeIn, scope: Editor, running: Running
) -> Response:
    """Change what was agreed: the promise, the consignee, the goods; with a reason."""
    with running.door.writing() as conn:
        store_waybills.change(conn, scope, number, Terms(said.given()), said.reason)
    return _told(running, scope, number)


@router.post(
    "/{number}/cancellation",
    operation_id="cancelWaybill",
    response_model=WaybillOut,
    responses=describe(404, 409),
)
def cancel_waybill(
    number: NumberInPath, said: ReasonIn, scope: Editor, running: Running
) -> Response:
    """It will not be carried; not once it was picked up."""
    with running.door.writing() as conn:
        store_waybills.cancel(conn, scope, number, datetime.now(UTC), said.reason)
    return _told(running, scope, number)


@router.get(
    "/{number}/position",
    operation_id="getWaybillPosition",
    response_model=WaybillPositionOut,
    responses=describe(404),
)
def get_position(
    number: NumberInPath,
    scope: Looker,
    visitor: Visitor,
    running: Running,
    at: Annotated[datetime | None, Query(description="Default: now.")] = None,
) -> Response:
    """Where it was: aboard, at a site, or unknown; never where a vehicle went without it."""
    now = datetime.now(UTC)
    when = now if at is None else utc("at", at)
    if when > now + SKEW:
        raise Invalid("at", "must not be ahead of now")
    with running.door.writing() as conn:
        moves = waybill_moves.load_moves(conn, scope, number)
        told = waybills.position_out(conn, scope, moves, min(when, now), now)
        if told["position"] is not None:
            tell_read(conn, visitor, "waybill", number, {"position": told["at"]})
    return answer(told)


@router.get(
    "/{number}/track",
    operation_id="getWaybillTrack",
    response_model=WaybillTrackOut,
    responses=describe(404),
)
def get_track(number: NumberInPath, scope: Looker, visitor: Visitor, running: Running) -> Response:
    """Where it rode, as GeoJSON: nothing of its vehicles before and after."""
    with running.door.writing() as conn:
        moves = waybill_moves.load_moves(conn, scope, number)
        told = waybills.track_out(conn, scope, moves, datetime.now(UTC))
        tell_read(conn, visitor, "waybill", number, {"track": len(told["features"])})
    return answer(told)


@router.post(
    "/{number}/revealed",
    operation_id="revealConsignee",
    response_model=dict[str, str],
    responses=describe(404),
)
def reveal(number: NumberInPath, said: ReasonIn, scope: Revealer, running: Running) -> Response:
    """Name and telephone of the consignee in full; who asked, and why, is kept."""
    with running.door.writing() as conn:
        full = waybill_reads.load_waybill(conn, scope, number)
        trail.record(conn, scope, "reveal", "waybill", number, said.reason)
    return answer({"consignee": full.consignee, "phone": full.phone})


def new_waybill(said: WaybillIn, now: datetime) -> NewWaybill:
    """What the store is to keep; raises ``Invalid``."""
    placed = now if said.placed_at is None else utc("placed_at", said.placed_at)
    if placed > now + SKEW:
        raise Invalid("placed_at", "must not be ahead of now")
    return NewWaybill(
        customer=said.customer,
        origin=said.origin,
        destination=said.destination,
        placed_at=min(placed, now),
        number=said.number,
        company=said.company,
        legs=tuple(leg.record() for leg in said.legs),
        **said.terms(),
    )


def _told(
    running: Runtime, scope: Scope, number: str, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    with running.door.reading() as conn:
        full = waybill_reads.load_waybill(conn, scope, number)
    return answer(waybills.full_out(full, scope), status)
