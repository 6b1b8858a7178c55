"""Keys of programs."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Response

from fleet.errors import Invalid
from fleet.rights import Right
from fleet.scope import Scope
from store import keys
from store.keys import NewKey
from store.people import Reach
from tracker_api.auth import may
from tracker_api.people_schemas import KeyIn, KeyOut, KeysOut, KeyTurnIn, NewKeyOut
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, Store, utc

router = APIRouter(prefix=f"{PREFIX}/keys", tags=["people"])

Admin = Annotated[Scope, Depends(may(Right.EDIT_PEOPLE))]

KeyId = Annotated[UUID, Path(examples=["0193f1c2-6f4e-7c3b-9d51-8f2f3a5b7c11"])]


@router.get("", operation_id="listKeys", responses=describe())
def list_keys(_scope: Admin, store: Store) -> KeysOut:
    """Every key, newest first; also those that hold no more."""
    with store.reading() as conn:
        return KeysOut(keys=[KeyOut.of(key) for key in keys.list_keys(conn)])


@router.post("", status_code=201, operation_id="addKey", responses=describe(404, 413))
def add_key(asked: KeyIn, scope: Admin, store: Store) -> NewKeyOut:
    """Make a key; the answer holds it, and it is not kept."""
    expires_at = None if asked.expires_at is None else utc("/expires_at", asked.expires_at)
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise Invalid("/expires_at", "must lie in the future")
    secret = keys.PREFIX + secrets.token_urlsafe(32)
    reach = Reach(asked.parties, asked.customers, asked.sites)
    with store.writing() as conn:
        made = keys.add_key(
            conn, scope, NewKey(asked.name, asked.role, asked.rights, reach, expires_at), secret
        )
    return NewKeyOut(**KeyOut.of(made).model_dump(), key=secret)


@router.post(
    "/{number}/rotation",
    status_code=201,
    operation_id="rotateKey",
    responses=describe(404, 409, 413),
)
def rotate_key(number: KeyId, asked: KeyTurnIn, scope: Admin, store: Store) -> NewKeyOut:
    """Make the same key under another secret; the old one holds for a while, to change over in."""
    secret = keys.PREFIX + secrets.token_urlsafe(32)
    with store.writing() as conn:
        made = keys.rotate_key(conn, scope, str(number), secret, timedelta(seconds=asked.keep_s))
    return NewKeyOut(**KeyOut.of(made).model_dump(), key=secret)


@router.delete(
    "/{number}",
    status_code=204,
    response_class=Response,
    operation_id="revokeKey",
    responses=describe(404),
)
def revoke_key(number: KeyId, scope: Admin, store: Store) -> None:
    """End a key now, also on sockets that are open."""
    with store.writing() as conn:
        keys.revoke_key(conn, scope, str(number))
