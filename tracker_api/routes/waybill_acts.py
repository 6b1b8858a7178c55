"""What people do with a waybill: book it on trips, scan it, prove its delivery, keep evidence."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from fleet.errors import Invalid
from fleet.rights import Right
from fleet.scope import Scope
from store import bookings, waybill_facts
from store.waybill_facts import NewProof, NewScan
from store.waybills import MOST_LEGS, NewBooking
from tracker_api import evidence
from tracker_api.auth import may
from tracker_api.node_schemas import Reason
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, Running, answer, utc
from tracker_api.routes.waybills import SKEW, Editor, Looker, NumberInPath
from tracker_api.schemas import PRINTABLE
from tracker_api.waybill_bodies import BookingIn, ProofIn, ReasonIn, ScanIn
from tracker_api.waybill_page_schemas import KeptOut

router = APIRouter(prefix=f"{PREFIX}/waybills/{{number}}", tags=["waybills"])

Scanner = Annotated[Scope, Depends(may(Right.SCAN))]

_ID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
IdInPath = Annotated[str, Path(pattern=_ID)]
LegInPath = Annotated[int, Path(ge=0, lt=MOST_LEGS)]

#: A file travels as it is.
_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            media: {"schema": {"type": "string", "format": "binary"}}
            for media in ("image/jpeg", "image/png", "image/webp", "application/pdf")
        },
    }
}


@router.post(
    "/bookings",
    operation_id="bookLeg",
    status_code=HTTPStatus.NO_CONTENT,
    responses=describe(404, 409),
)
def book(number: NumberInPath, said: BookingIn, scope: Editor, running: Running) -> Response:
    """Let a trip carry a leg, in place of any other; `wrong` takes the one before back.

    What was derived of a wrong booking is retracted, and whoever was told of it is told so.
    """
    at = None if said.at is None else utc("at", said.at)
    new = NewBooking(said.trip, said.load, said.unload, at)
    with running.door.writing() as conn:
        bookings.book(
            conn, scope, number, said.leg, new, said.reason, now=datetime.now(UTC), wrong=said.wrong
        )
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.delete(
    "/bookings/{leg}",
    operation_id="unbookLeg",
    status_code=HTTPStatus.NO_CONTENT,
    responses=describe(404, 409),
)
def unbook(
    number: NumberInPath,
    leg: LegInPath,
    scope: Editor,
    running: Running,
    reason: Annotated[Reason, Query()],
) -> Response:
    """From now on no trip carries the leg."""
    with running.door.writing() as conn:
        bookings.unbook(conn, scope, number, leg, datetime.now(UTC), reason)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.post(
    "/scans",
    operation_id="addScan",
    status_code=HTTPStatus.CREATED,
    response_model=KeptOut,
    responses=describe(404, 409),
)
def add_scan(number: NumberInPath, said: ScanIn, scope: Scanner, running: Running) -> Response:
    """Goods onto a vehicle, off it, into a warehouse, out of it; the same again changes nothing."""
    new = NewScan(said.kind, said.site, _past(said.at), said.vehicle, said.slot, said.note)
    with running.door.writing() as conn:
        kept = waybill_facts.add_scan(conn, scope, number, new)
    return answer({"id": kept}, HTTPStatus.CREATED)


@router.post(
    "/scans/{scan}/withdrawal",
    operation_id="withdrawScan",
    status_code=HTTPStatus.NO_CONTENT,
    responses=describe(404),
)
def withdraw_scan(
    number: NumberInPath, scan: IdInPath, said: ReasonIn, scope: Scanner, running: Running
) -> Response:
    """A scan was wrong; what was derived of it is taken back."""
    with running.door.writing() as conn:
        waybill_facts.withdraw_scan(conn, scope, number, scan, said.reason)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.post(
    "/proof",
    operation_id="addProof",
    status_code=HTTPStatus.CREATED,
    response_model=KeptOut,
    responses=describe(404, 409),
)
def add_proof(number: NumberInPath, said: ProofIn, scope: Scanner, running: Running) -> Response:
    """What a person says of the delivery: signed, refused, or that what was said was wrong."""
    new = NewProof(said.outcome, _past(said.at), said.signer, said.note, tuple(said.files))
    with running.door.writing() as conn:
        kept = waybill_facts.add_proof(conn, scope, number, new)
    return answer({"id": kept}, HTTPStatus.CREATED)


async def body(request: Request) -> bytes:
    """The bytes of the request, whatever they say they are."""
    return await request.body()


@router.post(
    "/files",
    operation_id="addEvidence",
    status_code=HTTPStatus.CREATED,
    response_model=KeptOut,
    responses=describe(404, 409, 413),
    openapi_extra=_FILE,
)
def add_file(
    number: NumberInPath,
    scope: Scanner,
    running: Running,
    data: Annotated[bytes, Depends(body)],
    name: Annotated[str, Query(min_length=1, max_length=400, pattern=PRINTABLE)],
) -> Response:
    """Keep a photograph or a paper; the same bytes again are the file that is there."""
    new = evidence.file_of(name, data)
    with running.door.writing() as conn:
        kept = waybill_facts.add_file(conn, scope, number, new)
    return answer({"id": kept}, HTTPStatus.CREATED)


@router.get(
    "/files/{file}",
    operation_id="getEvidence",
    response_class=Response,
    responses={200: {"description": "The file, to be saved"}, **describe(404)},
)
def get_file(number: NumberInPath, file: IdInPath, scope: Looker, running: Running) -> Response:
    """A file of a waybill, as a download."""
    with running.door.reading() as conn:
        return evidence.download(waybill_facts.load_file(conn, scope, number, file))


def _past(at: datetime | None) -> datetime:
    """``at`` in UTC, else now.  Raises ``Invalid``: it has not come yet."""
    now = datetime.now(UTC)
    when = now if at is None else utc("at", at)
    if when > now + SKEW:
        raise Invalid("at", "must not be ahead of now")
    return when
