"""Links to one waybill: made, listed, revoked."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

import uuid_utils
from fastapi import APIRouter, Depends, Path, Request, Response

from fleet.rights import Right
from fleet.scope import Scope
from store import shares
from store.shares import NewShare, Share
from tracker_api.auth import may
from tracker_api.plain import iso
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, Running, Store, answer, utc
from tracker_api.schemas import PRINTABLE
from tracker_api.share_schemas import NewShareOut, ShareIn, ShareOut, SharesOut
from tracker_api.waybill_out import instant_out

router = APIRouter(prefix=PREFIX, tags=["shares"])

#: bytes of randomness in a link: nobody guesses one of 2 to the 256
RANDOM = 32

Sharer = Annotated[Scope, Depends(may(Right.SHARE))]
NumberInPath = Annotated[str, Path(max_length=32, pattern=PRINTABLE, examples=["JD20241028000001"])]


@router.post(
    "/waybills/{number}/shares",
    status_code=201,
    operation_id="shareWaybill",
    response_model=NewShareOut,
    responses=describe(404, 409, 413),
)
def share_waybill(
    number: NumberInPath, asked: ShareIn, scope: Sharer, running: Running, request: Request
) -> Response:
    """Make a link; its address is told now and never again."""
    now, token = datetime.now(UTC), secrets.token_urlsafe(RANDOM)
    expires_at = None if asked.expires_at is None else utc("/expires_at", asked.expires_at)
    new = NewShare(str(uuid_utils.uuid7()), number, token, asked.note, expires_at)
    with running.door.writing() as conn:
        share = shares.add_share(conn, scope, new, now)
    told = {"token": token, "url": f"{request.base_url}s/{token}"}
    response = answer(share_out(share, now) | told, HTTPStatus.CREATED)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get(
    "/waybills/{number}/shares",
    operation_id="listShares",
    response_model=SharesOut,
    responses=describe(404),
)
def list_shares(number: NumberInPath, scope: Sharer, store: Store) -> Response:
    """The links to a waybill, without their addresses."""
    now = datetime.now(UTC)
    with store.reading() as conn:
        found = shares.list_shares(conn, scope, number)
    return answer({"shares": [share_out(share, now) for share in found]})


@router.delete(
    "/shares/{share_id}",
    operation_id="revokeShare",
    response_model=ShareOut,
    responses=describe(404),
)
def revoke_share(share_id: UUID, scope: Sharer, running: Running) -> Response:
    """Have a link lead nowhere; who has it open is sent away within seconds."""
    now = datetime.now(UTC)
    with running.door.writing() as conn:
        share = shares.revoke_share(conn, scope, str(share_id), now)
    return answer(share_out(share, now))


def share_out(share: Share, now: datetime) -> dict[str, Any]:
    """``share`` as a ``ShareOut``."""
    return {
        "id": share.id,
        "waybill": share.number,
        "note": share.note,
        "created_by": share.created_by,
        "created_at": iso(share.created_at),
        "expires_at": iso(share.expires_at),
        "revoked_at": instant_out(share.revoked_at),
        "revoked_by": share.revoked_by,
        "views": share.views,
        "viewed_at": instant_out(share.viewed_at),
        "works": share.revoked_at is None and share.expires_at > now,
    }
