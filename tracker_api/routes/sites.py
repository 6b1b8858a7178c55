"""Companies and places of business."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from fleet.errors import NotFound
from fleet.nodes import NodeKind
from fleet.rights import Right
from fleet.scope import Scope
from fleet.views import NodeVersion, Site
from store import admin
from store import due as store_due
from store import nodes as store_nodes
from store import sites as store_sites
from tracker_api.auth import may, tell_change
from tracker_api.due_schemas import DueOut, due_out
from tracker_api.node_schemas import BoardOut
from tracker_api.plain import iso
from tracker_api.problems import describe
from tracker_api.record import Board, board_out
from tracker_api.routes.parameters import (
    EARLIEST,
    PREFIX,
    Running,
    Store,
    ToTime,
    answer,
    window,
)
from tracker_api.schemas import CODE, PartyIn, PartyOut, SiteIn, SiteOut

router = APIRouter(prefix=PREFIX, tags=["sites"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_PLACES))]
Guard = Annotated[Scope, Depends(may(Right.LOOK_VEHICLES))]
Planner = Annotated[Scope, Depends(may(Right.LOOK_TRIPS))]
Editor = Annotated[Scope, Depends(may(Right.EDIT_PLACES, everywhere=True))]

SiteInPath = Annotated[str, Path(pattern=CODE, examples=["SHA-1"])]

#: Visits of one board: a hub of a thousand docks that each turn ten lorries a day.
MOST_VISITS = 10_000

DAY = timedelta(hours=24)  #: what a board shows unless asked for another time


@router.get("/sites", operation_id="listSites", responses=describe())
def list_sites(scope: Looker, store: Store) -> list[SiteOut]:
    """Every site, by code."""
    with store.reading() as conn:
        return [SiteOut(**asdict(site)) for site in store_sites.list_sites(conn, scope)]


@router.post("/sites", status_code=201, operation_id="addSite", responses=describe(409, 413))
def add_site(asked: SiteIn, scope: Editor, store: Store) -> SiteOut:
    """Register a site."""
    with store.writing() as conn:
        admin.add_site(conn, asked.record())
        tell_change(conn, scope, "create", "site", asked.code, asked)
    return SiteOut(**asked.model_dump())


@router.get(
    "/sites/{code}/board",
    operation_id="getBoard",
    response_model=BoardOut,
    responses=describe(404),
)
def get_board(
    code: SiteInPath,
    scope: Guard,
    running: Running,
    start: Annotated[
        datetime | None, Query(alias="from", description="Default: 24 h before `to`.")
    ] = None,
    end: ToTime = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Of each list.")] = 200,
) -> Response:
    """Who is at the site now, and who arrived and departed from `from` until before `to`."""
    since, until = window(start, end, running.settings.max_record_days, DAY)
    now = datetime.now(UTC)
    with running.door.reading() as conn:
        site = _site(store_sites.list_sites(conn, scope), code)
        here = store_nodes.WantedVisits(None, code, None, EARLIEST, now, is_open=True)
        touched = store_nodes.WantedVisits(None, code, None, since, until, is_open=False)

        def said(kind: NodeKind) -> list[NodeVersion]:
            wanted = store_nodes.Wanted(None, code, kind, since, until, retracted=False)
            return store_nodes.list_nodes(conn, scope, wanted, limit=limit)

        board = Board(
            site,
            inside=store_nodes.list_visits(conn, scope, here, limit=MOST_VISITS),
            ended=[
                visit
                for visit in store_nodes.list_visits(conn, scope, touched, limit=MOST_VISITS)
                if visit.left is not None and since <= visit.left.at < until
            ],
            arrivals=said(NodeKind.ARRIVED),
            departures=said(NodeKind.DEPARTED),
        )
    return answer(board_out(board, now))


@router.get(
    "/sites/{code}/due",
    operation_id="listDue",
    response_model=DueOut,
    responses=describe(404),
)
def list_due(
    code: SiteInPath,
    scope: Planner,
    running: Running,
    hours: Annotated[float, Query(gt=0, le=48, description="How far ahead.")] = 2.0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Response:
    """Who is still to arrive at the site within `hours`: estimated, or else planned so."""
    now = datetime.now(UTC)
    until = now + timedelta(hours=hours)
    with running.door.reading() as conn:
        found = store_due.list_due(conn, scope, code, until, limit)
    return answer({"now": iso(now), "until": iso(until), "due": [due_out(one) for one in found]})


@router.get("/parties", operation_id="listParties", responses=describe())
def list_parties(scope: Looker, store: Store) -> list[PartyOut]:
    """Every company, by code."""
    with store.reading() as conn:
        return [PartyOut(**asdict(party)) for party in store_sites.list_parties(conn, scope)]


@router.post("/parties", status_code=201, operation_id="addParty", responses=describe(409, 413))
def add_party(asked: PartyIn, scope: Editor, store: Store) -> PartyOut:
    """Register a company."""
    with store.writing() as conn:
        admin.add_party(conn, asked.record())
        tell_change(conn, scope, "create", "party", asked.code, asked)
    return PartyOut(**asked.model_dump())


def _site(sites: list[Site], code: str) -> Site:
    """The one of ``sites`` with that code; raises ``NotFound``."""
    for site in sites:
        if site.code == code:
            return site
    raise NotFound("site", code)
