"""The record of arrivals and departures: reading it, following it, and what people add to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from fleet.errors import Invalid
from fleet.nodes import NodeKind
from fleet.rights import Right
from fleet.scope import Scope
from fleet.views import Cursor
from store import feed
from store import nodes as store_nodes
from tracker_api.auth import author_of, may, tell_change
from tracker_api.node_schemas import NodeFeedOut, NodeIn, NodeOut, NodeVersionIn, NodeVersionsOut
from tracker_api.problems import CursorGone, describe
from tracker_api.record import node_out
from tracker_api.routes.parameters import (
    PREFIX,
    FromTime,
    PlateQuery,
    Running,
    SiteQuery,
    Store,
    ToTime,
    answer,
    utc,
    window,
)

router = APIRouter(prefix=f"{PREFIX}/nodes", tags=["nodes"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_VEHICLES))]
Editor = Annotated[Scope, Depends(may(Right.EDIT_NODES))]

#: By how much a person's clock may be ahead of ours.
SKEW = timedelta(minutes=1)

NodeId = Annotated[UUID, Path(examples=["0193f1c2-6f4e-7c3b-9d51-8f2f3a5b7c11"])]
PageSize = Annotated[int, Query(ge=1, le=1000)]


@router.get("", operation_id="listNodes", response_model=list[NodeOut], responses=describe(404))
def list_nodes(  # noqa: PLR0913, PLR0917 (what to filter by, and who asks)
    scope: Looker,
    running: Running,
    vehicle: PlateQuery = None,
    site: SiteQuery = None,
    kind: NodeKind | None = None,
    start: FromTime = None,
    end: ToTime = None,
    retracted: Annotated[bool, Query(description="Also those that did not occur.")] = False,  # noqa: FBT002 (a parameter of the request)
    limit: PageSize = 100,
) -> Response:
    """The version that holds of each node of `from` <= actual time < `to`, newest first."""
    since, until = window(start, end, running.settings.max_record_days)
    with running.door.reading() as conn:
        found = store_nodes.list_nodes(
            conn,
            scope,
            store_nodes.Wanted(vehicle, site, kind, since, until, retracted),
            limit=limit,
        )
    return answer([node_out(node) for node in found])


@router.get(
    "/feed", operation_id="readNodeFeed", response_model=NodeFeedOut, responses=describe(410)
)
def read_feed(
    scope: Looker,
    store: Store,
    cursor: Annotated[
        str | None,
        Query(max_length=100, description="Where the last page ended; `now`: the present end."),
    ] = None,
    limit: PageSize = 100,
) -> Response:
    """Every version of every node exactly once, in order, from the beginning or after `cursor`.

    A cursor of the live socket continues here, and one of this feed there.  410: the database
    was replaced by a backup since, so numbers of before mean nothing; begin anew.
    """
    with store.reading() as conn:
        newest = feed.position(conn)  # before the nodes, so that it claims none it has not seen
        place = newest if cursor == "now" else _place(cursor, newest)
        found = store_nodes.read_after(conn, scope, place.number, limit + 1)
    page, more = found[:limit], len(found) > limit
    if page:
        place = Cursor(newest.epoch, page[-1].number)
    content: dict[str, Any] = {"nodes": [node_out(node) for node in page]}
    return answer(content | {"cursor": str(place), "more": more})


@router.get(
    "/{number}", operation_id="getNode", response_model=NodeVersionsOut, responses=describe(404)
)
def get_node(number: NodeId, scope: Looker, store: Store) -> Response:
    """Everything that was ever said of one node."""
    with store.reading() as conn:
        versions = store_nodes.load_versions(conn, scope, str(number))
    return answer({"versions": [node_out(version) for version in versions]})


@router.post(
    "",
    status_code=201,
    operation_id="addNode",
    response_model=NodeOut,
    responses=describe(404, 409, 413),
)
def add_node(asked: NodeIn, scope: Editor, store: Store) -> Response:
    """Record what a person says happened; it outranks what the fixes say."""
    given = asked.model_dump() | {
        "actual_at": _happened(asked.actual_at),
        "author": author_of(scope, asked.author),
    }
    with store.writing() as conn:
        added = store_nodes.add_node(conn, scope, **given)
        tell_change(conn, scope, "create", "node", added.id, asked)
    return answer(node_out(added), HTTPStatus.CREATED)


@router.post(
    "/{number}/versions",
    status_code=201,
    operation_id="correctNode",
    response_model=NodeOut,
    responses=describe(404, 409, 413),
)
def correct_node(number: NodeId, asked: NodeVersionIn, scope: Editor, store: Store) -> Response:
    """Record what a person says instead, as a new version; 409 when it is not the newest."""
    given = asked.model_dump() | {"author": author_of(scope, asked.author)}
    if asked.actual_at is not None:
        given["actual_at"] = _happened(asked.actual_at)
    with store.writing() as conn:
        before = store_nodes.load_versions(conn, scope, str(number))[0]
        added = store_nodes.correct_node(conn, scope, str(number), **given)
        tell_change(conn, scope, "change", "node", str(number), asked, before=before)
    return answer(node_out(added), HTTPStatus.CREATED)


def _place(cursor: str | None, newest: Cursor) -> Cursor:
    """Where to read on; raises ``Invalid``, ``CursorGone``."""
    if cursor is None:
        return Cursor(newest.epoch, 0)
    place = Cursor.parse(cursor)
    if place is None:
        raise Invalid("cursor", "is not one that this API gave")
    if place.epoch != newest.epoch or place.number > newest.number:
        raise CursorGone
    return place


def _happened(at: datetime) -> datetime:
    instant = utc("/actual_at", at)
    if instant > datetime.now(UTC) + SKEW:
        raise Invalid("/actual_at", "must not lie in the future")
    return instant
