"""Companies and places of business."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter

from store import admin
from store import sites as store_sites
from tracker_api.auth import Operator, Reader
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, Store
from tracker_api.schemas import PartyIn, PartyOut, SiteIn, SiteOut

router = APIRouter(prefix=PREFIX, tags=["sites"])


@router.get("/sites", operation_id="listSites", responses=describe())
def list_sites(scope: Reader, store: Store) -> list[SiteOut]:
    """Every site, by code."""
    with store.reading() as conn:
        return [SiteOut(**asdict(site)) for site in store_sites.list_sites(conn, scope)]


@router.post("/sites", status_code=201, operation_id="addSite", responses=describe(409, 413))
def add_site(asked: SiteIn, _scope: Operator, store: Store) -> SiteOut:
    """Register a site."""
    with store.writing() as conn:
        admin.add_site(conn, asked.record())
    return SiteOut(**asked.model_dump())


@router.get("/parties", operation_id="listParties", responses=describe())
def list_parties(scope: Reader, store: Store) -> list[PartyOut]:
    """Every company, by code."""
    with store.reading() as conn:
        return [PartyOut(**asdict(party)) for party in store_sites.list_parties(conn, scope)]


@router.post("/parties", status_code=201, operation_id="addParty", responses=describe(409, 413))
def add_party(asked: PartyIn, _scope: Operator, store: Store) -> PartyOut:
    """Register a company."""
    with store.writing() as conn:
        admin.add_party(conn, asked.record())
    return PartyOut(**asked.model_dump())
