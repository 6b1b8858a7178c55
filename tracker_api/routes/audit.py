"""The trail: who read an exact position, and who changed what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from fleet.rights import Right
from fleet.scope import Scope
from store import trail
from tracker_api.auth import may
from tracker_api.live.resume import LARGEST
from tracker_api.people_schemas import AuditOut, EntryOut
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, Store, utc
from tracker_api.schemas import PRINTABLE

router = APIRouter(prefix=PREFIX, tags=["people"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_AUDIT))]
Word = Annotated[str | None, Query(max_length=200, pattern=PRINTABLE)]


@router.get("/audit", operation_id="listAudit", responses=describe())
def list_audit(  # noqa: PLR0913, PLR0917 (what to filter by, and who asks)
    _scope: Looker,
    store: Store,
    principal: Word = None,
    act: Word = None,
    kind: Word = None,
    subject: Word = None,
    start: Annotated[datetime | None, Query(alias="from")] = None,
    end: Annotated[datetime | None, Query(alias="to")] = None,
    before: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> AuditOut:
    """Rows of the trail, newest first."""
    wanted = trail.Wanted(
        principal,
        act,
        kind,
        subject,
        None if start is None else utc("from", start),
        None if end is None else utc("to", end),
    )
    with store.reading() as conn:
        found = trail.list_entries(conn, wanted, before, limit + 1)
    return AuditOut(
        entries=[EntryOut.of(entry) for entry in found[:limit]], more=len(found) > limit
    )
