"""Where vehicles are expected: a near miss counts there, and a silent gap is no miss."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from fleet.errors import Invalid
from fleet.rights import Right
from fleet.scope import Scope
from store import expected as store_expected
from tracker_api.auth import author_of, may, tell_change
from tracker_api.node_schemas import ExpectedIn, ExpectedOut
from tracker_api.problems import describe
from tracker_api.record import expected_out
from tracker_api.routes.parameters import (
    LATEST,
    PREFIX,
    PlateQuery,
    SiteQuery,
    Store,
    answer,
    utc,
)

router = APIRouter(prefix=PREFIX, tags=["nodes"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_VEHICLES))]
Editor = Annotated[Scope, Depends(may(Right.EDIT_TRIPS))]

ExpectedId = Annotated[UUID, Path(examples=["0193f1c2-6f4e-7c3b-9d51-8f2f3a5b7c11"])]

#: Longest time in which one visit is expected: a voyage overland takes less.
LONGEST = timedelta(days=31)


@router.get(
    "/expected",
    operation_id="listExpected",
    response_model=list[ExpectedOut],
    responses=describe(404),
)
def list_expected(  # noqa: PLR0913, PLR0917 (what to filter by, and who asks)
    scope: Looker,
    store: Store,
    vehicle: PlateQuery = None,
    site: SiteQuery = None,
    start: Annotated[datetime | None, Query(alias="from", description="Default: now.")] = None,
    end: Annotated[
        datetime | None, Query(alias="to", description="Default: 31 days after `from`.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """Expectations that touch the time from `from` until before `to`, earliest first."""
    since = datetime.now(UTC) if start is None else utc("from", start)
    until = min(since + LONGEST, LATEST) if end is None else utc("to", end)
    if since >= until:
        raise Invalid("from", "must be before `to`")
    with store.reading() as conn:
        found = store_expected.list_expected(
            conn, scope, vehicle=vehicle, site=site, start=since, end=until, limit=limit
        )
    return answer([expected_out(each) for each in found])


@router.post(
    "/expected",
    status_code=201,
    operation_id="addExpected",
    response_model=ExpectedOut,
    responses=describe(404, 413),
)
def add_expected(asked: ExpectedIn, scope: Editor, store: Store) -> Response:
    """Expect a vehicle at a site; a time in the past has the past folded again."""
    since, until = utc("/from", asked.start), utc("/to", asked.end)
    if not since < until <= since + LONGEST:
        raise Invalid("/to", f"must be after `from`, and at most {LONGEST.days} days")
    with store.writing() as conn:
        added = store_expected.add_expected(
            conn,
            scope,
            asked.vehicle,
            asked.site,
            since,
            until,
            author=author_of(scope, asked.author),
        )
        tell_change(conn, scope, "create", "expected", added.id, asked)
    return answer(expected_out(added), HTTPStatus.CREATED)


@router.delete(
    "/expected/{number}",
    status_code=204,
    response_class=Response,
    operation_id="removeExpected",
    responses=describe(404),
)
def remove_expected(number: ExpectedId, scope: Editor, store: Store) -> None:
    """Expect it no longer."""
    with store.writing() as conn:
        before = store_expected.remove_expected(conn, scope, str(number))
        tell_change(conn, scope, "remove", "expected", str(number), before=before)
