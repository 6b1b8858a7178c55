"""Fences: drawn, edited, ended, confirmed, imported and exported."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from fleet.errors import Invalid, NotFound
from fleet.fences import Datum, Role
from fleet.rights import Right
from fleet.scope import Scope
from geofence.exchange import Form, Import, ImportRow, Limits, LineFault, read_fences, write_fences
from store import admin
from store import fences as store_fences
from store import sites as store_sites
from store.fences import Edit
from tracker_api import fencing
from tracker_api.auth import author_of, may, tell_change
from tracker_api.fence_schemas import (
    ConfirmIn,
    ExportOut,
    FenceCollection,
    FenceEditIn,
    FenceFeature,
    FenceIn,
    FenceSaved,
    FenceVersions,
    ImportOut,
)
from tracker_api.node_schemas import Author, Reason
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, Running, Store, answer, utc
from tracker_api.schemas import CODE, PRINTABLE
from tracker_api.ways import read_box

router = APIRouter(prefix=PREFIX, tags=["fences"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_PLACES))]
Editor = Annotated[Scope, Depends(may(Right.EDIT_PLACES, everywhere=True))]

FenceInPath = Annotated[str, Path(pattern=CODE, examples=["SHA-1"])]

#: Fences of one answer: a province in view, and with 55 vertices each about 25 MB.
MOST_FENCES = 10_000

_FILE = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class GeoJson(JSONResponse):
    """A file of features, as RFC 7946 calls it."""

    media_type = "application/geo+json"

    def render(self, content: object) -> bytes:
        """``content`` as it stands; 100,000 fences take a second."""
        return orjson.dumps(content)


async def body(request: Request) -> bytes:
    """The bytes of the request, whatever they say they are."""
    return await request.body()


@router.get(
    "/fences",
    operation_id="listFences",
    response_model=FenceCollection,
    responses=describe(),
)
def list_fences(
    scope: Looker,
    store: Store,
    bbox: Annotated[
        str | None,
        Query(
            max_length=200,
            description="West, south, east, north in degrees; west > east: the antimeridian.",
            examples=["121.3,31.1,121.6,31.4"],
        ),
    ] = None,
    role: Role | None = None,
    q: Annotated[
        str | None,
        Query(max_length=100, pattern=PRINTABLE, description="Part of a code or of a site's name."),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_FENCES)] = MOST_FENCES,
) -> Response:
    """Fences in force, or to come, by code; with `bbox` those whose surroundings touch it."""
    box = None if bbox is None else read_box(bbox)
    with store.reading() as conn:
        found = store_fences.list_fences(conn, scope, box, role, q, limit + 1)
    features = [fencing.fence_out(fence) for fence in found[:limit]]
    complete = len(found) <= limit
    return answer({"type": "FeatureCollection", "complete": complete, "features": features})


@router.get(
    "/fences/export",
    operation_id="exportFences",
    response_model=ExportOut,
    response_class=GeoJson,
    responses=describe(),
)
def export_fences(scope: Looker, store: Store) -> Response:
    """All fences in force, or to come, as a GeoJSON file that an import understands."""
    with store.reading() as conn:
        found = store_fences.list_fences(conn, scope)
    content = write_fences(fencing.fence_in_file(fence) for fence in found)
    headers = {"Content-Disposition": 'attachment; filename="fences.geojson"'}
    return GeoJson(content, headers=headers)


@router.post(
    "/fences",
    status_code=201,
    operation_id="addFence",
    response_model=FenceSaved,
    responses=describe(404, 409, 413),
)
def add_fence(asked: FenceIn, scope: Editor, store: Store) -> Response:
    """Make a fence; one that begins in the past has the past folded again."""
    draft, edit = fencing.draft_of(asked.code, asked), _edit(scope, asked)
    with store.writing() as conn:
        if draft.site is not None:
            admin.key_of(conn, "site", draft.site)
        saved = store_fences.add_fence(conn, draft, edit)
        tell_change(conn, scope, "create", "fence", saved.code, asked)
        overlapping = fencing.overlapping(conn, [draft], edit.at)[draft.code]
    told = {"fence": fencing.fence_out(saved), "warnings": fencing.warnings_out(overlapping)}
    return answer(told, HTTPStatus.CREATED)


@router.post(
    "/fences/import",
    operation_id="importFences",
    response_model=ImportOut,
    responses=describe(404, 413),
    openapi_extra=_FILE,
)
def import_fences(  # noqa: PLR0913, PLR0917 (how to read, and who says so)
    scope: Editor,
    running: Running,
    data: Annotated[bytes, Depends(body)],
    form: Annotated[Form, Query(alias="format")],
    author: Annotated[Author, Query()],
    datum: Annotated[Datum, Query(description="What the file's positions are in.")] = Datum.WGS84,
    reason: Annotated[Reason, Query()] = "import",
    dry_run: Annotated[bool, Query(description="Tell what would be, and save nothing.")] = False,  # noqa: FBT002 (a parameter of HTTP)
) -> Response:
    """Make or change the fences of a file: those that can be, in one edit; a report per line.

    Known by `code`; read are `name_zh`, `name_en`, `site`, `parent`, `role`, `radius_m`,
    `node_level`, `margin_m`, `dwell_in_s`, `dwell_out_s`, `stop_rule`, `hours`, `confidence`:
    properties in GeoJSON, extended data in KML (where the id or name may be the code), columns in
    CSV, which has `lon` and `lat`, or `wkt`, too. A spreadsheet may be UTF-8 or GB18030.
    """
    limits = Limits(running.settings.max_import, running.settings.max_import_fences)
    read = read_fences(data, form, datum, limits)
    if read.faults and read.faults[0].line == 0:
        fault = read.faults[0]
        raise Invalid("body", f"{fault.field}: {fault.why}")
    edit = Edit(author_of(scope, author), reason, datetime.now(UTC))
    with running.door.writing() as conn:
        rows, faults = _placed(conn, scope, read)
        drafts = [fencing.to_store(row.draft) for row in rows]
        outcomes = store_fences.import_fences(conn, drafts, edit, dry_run=dry_run)
        if not dry_run:
            tell_change(conn, scope, "import", "fence", f"{len(drafts)} fences", why=reason)
        overlapping = fencing.overlapping(conn, drafts, edit.at)
    told = [outcome.value for outcome in outcomes]
    return answer(
        {
            "saved": not dry_run,
            **{word: told.count(word) for word in ("added", "changed", "unchanged")},
            "rows": [
                {
                    "line": row.line,
                    "code": row.draft.code,
                    "outcome": outcome,
                    "warnings": fencing.warnings_out(overlapping[row.draft.code]),
                }
                for row, outcome in zip(rows, told, strict=True)
            ],
            "faults": [_fault_out(fault) for fault in faults],
            "ignored": list(read.ignored),
            "encoding": read.encoding,
        }
    )


@router.get(
    "/fences/{code}",
    operation_id="getFence",
    response_model=FenceFeature,
    responses=describe(404),
)
def get_fence(code: FenceInPath, scope: Looker, store: Store) -> Response:
    """The newest version of a fence, also when it has ended."""
    with store.reading() as conn:
        return answer(fencing.fence_out(store_fences.load_fence(conn, scope, code)))


@router.get(
    "/fences/{code}/versions",
    operation_id="listFenceVersions",
    response_model=FenceVersions,
    responses=describe(404),
)
def list_versions(code: FenceInPath, scope: Looker, store: Store) -> Response:
    """All versions of a fence, newest first."""
    with store.reading() as conn:
        found = store_fences.list_versions(conn, scope, code)
    return answer({"versions": [fencing.fence_out(fence) for fence in found]})


@router.put(
    "/fences/{code}",
    operation_id="editFence",
    response_model=FenceSaved,
    responses=describe(404, 409, 413),
)
def edit_fence(code: FenceInPath, asked: FenceEditIn, scope: Editor, store: Store) -> Response:
    """Give a fence its next version, from `valid_from` on; what was judged before stays so.

    An edit that begins in the past takes the place of all that held since, and the vehicles
    concerned are folded again from then on. 409 where `version` is not the newest.
    """
    if asked.code not in (None, code):
        raise Invalid("/code", f"the path says {code!r}")
    draft, edit = fencing.draft_of(code, asked), _edit(scope, asked)
    with store.writing() as conn:
        before = fencing.plain(store_fences.load_fence(conn, scope, code))
        saved = store_fences.edit_fence(conn, draft, asked.version, edit)
        tell_change(conn, scope, "change", "fence", code, asked, before=before)
        overlapping = fencing.overlapping(conn, [draft], edit.at)[code]
    told = {"fence": fencing.fence_out(saved), "warnings": fencing.warnings_out(overlapping)}
    return answer(told)


@router.delete(
    "/fences/{code}",
    operation_id="endFence",
    response_model=FenceFeature,
    responses=describe(404, 409),
)
def end_fence(  # noqa: PLR0913, PLR0917 (which, since when, and who says so)
    code: FenceInPath,
    scope: Editor,
    store: Store,
    version: Annotated[int, Query(ge=1, le=2**31 - 1, description="The newest version.")],
    author: Annotated[Author, Query()],
    reason: Annotated[Reason, Query()],
    at: Annotated[
        datetime | None, Query(description="It may lie in the past. Default: now.")
    ] = None,
) -> Response:
    """End a fence; its versions and the nodes that were made by them stay."""
    since = datetime.now(UTC) if at is None else utc("at", at)
    with store.writing() as conn:
        before = fencing.plain(store_fences.load_fence(conn, scope, code))
        ended = store_fences.end_fence(
            conn, code, version, Edit(author_of(scope, author), reason, since)
        )
        tell_change(conn, scope, "remove", "fence", code, why=reason, before=before)
    return answer(fencing.fence_out(ended))


@router.post(
    "/fences/{code}/confirm",
    operation_id="confirmFence",
    response_model=FenceFeature,
    responses=describe(404, 409, 413),
)
def confirm_fence(code: FenceInPath, asked: ConfirmIn, scope: Editor, store: Store) -> Response:
    """Say that the outline is right: its nodes are provisional no more."""
    with store.writing() as conn:
        author = author_of(scope, asked.author)
        before = fencing.plain(store_fences.load_fence(conn, scope, code))
        confirmed = store_fences.confirm_fence(conn, code, asked.confidence, author)
        tell_change(conn, scope, "confirm", "fence", code, asked, before=before)
    return answer(fencing.fence_out(confirmed))


def _edit(scope: Scope, asked: FenceIn | FenceEditIn) -> Edit:
    """Who edits, why, and since when it holds."""
    now = datetime.now(UTC)
    at = now if asked.valid_from is None else utc("/valid_from", asked.valid_from)
    return Edit(author_of(scope, asked.author), asked.reason, at)


def _placed(conn: Any, scope: Scope, read: Import) -> tuple[list[ImportRow], list[LineFault]]:  # noqa: ANN401 - a connection
    """The rows whose site and parent are there, and all faults by line."""
    sites = {site.code for site in store_sites.list_sites(conn, scope)}
    parents = {row.draft.parent for row in read.rows if row.draft.parent is not None}
    there = {parent for parent in parents if _is_there(conn, scope, parent)}
    good, faults = list(read.rows), list(read.faults)
    while True:
        # Again while some fall out: those that lie in them do, too.
        present = there | {row.draft.code for row in good}
        found = [(row, _fault_of(row, sites, present)) for row in good]
        bad = [fault for _, fault in found if fault is not None]
        if not bad:
            return good, sorted(faults, key=lambda fault: fault.line)
        good = [row for row, fault in found if fault is None]
        faults += bad


def _fault_of(row: ImportRow, sites: set[str], fences: set[str]) -> LineFault | None:
    """Why a fence that could be drawn cannot be saved."""
    code, site, parent = row.draft.code, row.draft.site, row.draft.parent
    if code in fencing.RESERVED:
        return LineFault(row.line, code, "code", f"{code!r} is a word of the API")
    if site is not None and site not in sites:
        return LineFault(row.line, code, "site", f"there is no site {site!r}")
    if parent is not None and parent not in fences:
        why = f"there is no fence {parent!r}, nor can it be made of the file"
        return LineFault(row.line, code, "parent", why)
    return None


def _is_there(conn: Any, scope: Scope, code: str) -> bool:  # noqa: ANN401 - a connection
    """Whether there is such a fence."""
    try:
        store_fences.load_fence(conn, scope, code)
    except NotFound:
        return False
    return True


def _fault_out(fault: LineFault) -> dict[str, Any]:
    return {"line": fault.line, "code": fault.code, "field": fault.field, "why": fault.why}
