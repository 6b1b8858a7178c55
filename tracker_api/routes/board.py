"""The board of the console: what vehicles are filtered by, their groups, and what is found."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Header, Path, Query, Response

from fleet.rights import Right
from fleet.scope import Scope
from store import facets, groups
from store import find as store_find
from tracker_api.auth import Reader, may
from tracker_api.board_schemas import (
    FacetsOut,
    FoundOut,
    GroupIn,
    GroupOut,
    GroupTermsIn,
    HitOut,
)
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, Running, Store
from tracker_api.schemas import CODE, PRINTABLE

router = APIRouter(prefix=PREFIX, tags=["board"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_VEHICLES))]
Clerk = Annotated[Scope, Depends(may(Right.LOOK_DEVICES))]
Editor = Annotated[Scope, Depends(may(Right.EDIT_DEVICES, everywhere=True))]

GroupInPath = Annotated[str, Path(pattern=CODE, examples=["reefers"])]
Asked = Annotated[
    str, Query(max_length=64, pattern=PRINTABLE, description="Part of a name.", examples=["20417"])
]
Limit = Annotated[int, Query(ge=1, le=50, description="Of each kind no more.")]

#: Characters of a digest: 16 million million contents before two are mixed up by chance.
_SHORT = 22


@router.get(
    "/fleet/facets",
    response_model=FacetsOut,
    operation_id="getFacets",
    responses=describe() | {304: {"description": "As it was, by If-None-Match."}},
)
def get_facets(
    scope: Looker,
    store: Store,
    running: Running,
    if_none_match: Annotated[str | None, Header(max_length=1000)] = None,
) -> Response:
    """What vehicles are filtered by: groups, customers, routes, stops to come, drivers.

    Trips move on, so ask again now and then; with `If-None-Match` what has not changed is not
    sent again.  It may be some seconds old.
    """

    def make() -> bytes:
        with store.reading() as conn:
            return orjson.dumps(facets.load_facets(conn, scope))

    content = running.facets.get(replace(scope, principal=""), make)  # equal rights see the same
    revision = sha256(content).hexdigest()[:_SHORT]
    tag = f'"{revision}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if if_none_match is not None and tag in if_none_match:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    body = b'{"revision":"%b",%b' % (revision.encode(), content[1:])
    return Response(body, headers=headers, media_type="application/json")


@router.get("/find", operation_id="find", responses=describe())
def find(q: Asked, scope: Reader, store: Store, limit: Limit = 8) -> FoundOut:
    """Vehicles, trips, waybills, drivers and hubs by part of their name, in any case and width.

    What the reader has no right to look at is not looked for.
    """
    with store.reading() as conn:
        found = store_find.find(conn, scope, q, limit)
    return FoundOut(hits=[HitOut.of(hit) for hit in found])


@router.get("/groups", operation_id="listGroups", responses=describe())
def list_groups(scope: Clerk, store: Store) -> list[GroupOut]:
    """Every group of vehicles, by code."""
    with store.reading() as conn:
        return [GroupOut.of(group) for group in groups.list_groups(conn, scope)]


@router.post("/groups", status_code=201, operation_id="addGroup", responses=describe(404, 409, 413))
def add_group(asked: GroupIn, scope: Editor, store: Store, running: Running) -> GroupOut:
    """Make a group of vehicles."""
    with store.writing() as conn:
        made = groups.add_group(conn, scope, asked.record(asked.code))
    running.facets.clear()
    return GroupOut.of(made)


@router.put("/groups/{code}", operation_id="putGroup", responses=describe(404, 413))
def put_group(
    code: GroupInPath, asked: GroupTermsIn, scope: Editor, store: Store, running: Running
) -> GroupOut:
    """Give a group these names, and exactly these vehicles."""
    with store.writing() as conn:
        changed = groups.put_group(conn, scope, asked.record(code))
    running.facets.clear()
    return GroupOut.of(changed)


@router.delete(
    "/groups/{code}",
    status_code=204,
    response_class=Response,
    operation_id="removeGroup",
    responses=describe(404),
)
def remove_group(code: GroupInPath, scope: Editor, store: Store, running: Running) -> None:
    """End a group; its vehicles stay."""
    with store.writing() as conn:
        groups.remove_group(conn, scope, code)
    running.facets.clear()
