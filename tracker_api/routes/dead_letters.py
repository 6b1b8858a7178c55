"""Input that became no fix: reading it, and having it taken in again."""

from __future__ import annotations

import base64
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from fleet.errors import Forbidden
from fleet.records import Reason
from fleet.rights import Datum, Grant, Right
from fleet.scope import Scope
from store import dead_letters as letters
from tracker_api.auth import Visitor, may, tell_change, tell_read
from tracker_api.live.resume import LARGEST
from tracker_api.plain import printable
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, Store
from tracker_api.schemas import (
    PRINTABLE,
    DeadLetterOut,
    DeadLetterWhole,
    ReinjectOut,
)

router = APIRouter(prefix=f"{PREFIX}/dead-letters", tags=["dead letters"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_DEVICES))]
Editor = Annotated[Scope, Depends(may(Right.EDIT_DEVICES))]

Number = Annotated[int, Path(ge=1, le=LARGEST, examples=[1])]


@router.get("", operation_id="listDeadLetters", responses=describe())
def list_dead_letters(
    scope: Looker,
    store: Store,
    device: Annotated[str | None, Query(max_length=256, pattern=PRINTABLE)] = None,
    reason: Reason | None = None,
    before: Annotated[
        int | None, Query(ge=1, le=LARGEST, description="Older than this one.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[DeadLetterOut]:
    """Dead letters without their content, newest first."""
    with store.reading() as conn:
        found = letters.list_dead_letters(
            conn, scope, device=device, reason=reason, before_id=before, limit=limit
        )
    return [DeadLetterOut.of(letter) for letter in found]


@router.get("/summary", operation_id="countDeadLetters", responses=describe())
def summary(scope: Looker, store: Store) -> dict[str, int]:
    """How many there are, by reason."""
    with store.reading() as conn:
        return letters.count_by_reason(conn, scope)


@router.get("/{number}", operation_id="getDeadLetter", responses=describe(404))
def get_dead_letter(
    number: Number, scope: Looker, visitor: Visitor, store: Store
) -> DeadLetterWhole:
    """One dead letter, whole."""
    if scope.sees(Datum.POSITION) is not Grant.ALL:
        raise Forbidden(f"{scope.principal} may not read what terminals say: it has positions")
    with store.reading() as conn:
        letter = letters.load_dead_letter(conn, scope, number)
        tell_read(conn, visitor, "dead letter", str(number))
    return DeadLetterWhole(
        **DeadLetterOut.of(letter).model_dump(),
        raw_base64=base64.b64encode(letter.raw).decode(),
        text=printable(letter.raw),
    )


@router.post("/{number}/reinject", operation_id="reinjectDeadLetter", responses=describe(404))
def reinject(number: Number, scope: Editor, store: Store) -> ReinjectOut:
    """Have the gateway take it in again; 0 if that was requested already."""
    with store.writing() as conn:
        letters.load_dead_letter(conn, scope, number)
        requested = letters.request_reinject(conn, scope, [number])
        tell_change(conn, scope, "reinject", "dead letter", str(number))
    return ReinjectOut(requested=requested)
