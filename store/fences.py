"""Fences: drawn, edited, ended, confirmed, imported by people; listed for readers.

A version never changes: an edit from a time on ends what holds then, takes back what would
come later, and adds one version.  Every edit is an edit of the world (``store.admin``); the
vehicles whose stored fixes it may concern are folded again from that time on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
import orjson
from psycopg import Connection

from fleet.errors import AlreadyExists, Conflict, Invalid, NotFound
from fleet.fences import Confidence, FenceTerms, FenceVersion, Role
from fleet.nodes import Cause, KeptNode, Source
from fleet.scope import Scope
from fleet.views import Fence, Site
from store import admin, fence_rows, queries, visits
from store.arrays import Bytes, Float8
from store.boxes import Box, widen

_SQL = queries.load("fences")

#: m round a fence: nobody jumps it from further off between two fixes that are joined, 330 s
#: apart at 160 km/h.
REACH = 15_000.0

#: Above as many boxes it is cheaper to fold all vehicles again that have moved since.
FEW = 100


@dataclass(frozen=True, slots=True)
class Draft:
    """A fence to be made, or what an existing one shall be."""

    code: str
    name_zh: str  #: of the site, where that is new
    name_en: str
    site: str | None  #: code; None: a site of its own, with the fence's code
    parent: str | None  #: code of the fence that it lies in
    terms: FenceTerms
    box: Box  #: round the outline, margin included
    centre: tuple[float, float]  #: lon, lat: where a new site is


class Outcome(StrEnum):
    """What became of a draft."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Edit:
    """Who edits fences, why, and from when on it holds."""

    author: str
    reason: str
    at: datetime  #: cut to the millisecond; it may lie in the past


@dataclass(frozen=True, slots=True)
class _Known:
    """The newest version of a fence."""

    site: str
    version: int
    parent: str | None
    lasts: bool
    terms: FenceTerms


def add_fence(conn: Connection[Any], draft: Draft, edit: Edit) -> Fence:
    """A new fence.  Raises ``AlreadyExists``, ``Invalid``, ``NotFound`` (its parent)."""
    with admin.edit(conn):
        if _known(conn, [draft.code]):
            raise AlreadyExists("fence", draft.code)
        _write(conn, [draft], _checked(edit))
    return _newest(conn, draft.code)


def edit_fence(conn: Connection[Any], draft: Draft, version: int, edit: Edit) -> Fence:
    """The next version of a fence, in place of ``version``; one that had ended begins again.

    Its site stays: ``draft.site`` may name it or be None.

    Raises:
        NotFound: the fence, or its parent.
        Conflict: there is a newer version than ``version``.
        Invalid: a value that cannot be.
    """
    with admin.edit(conn):
        known = _replaced(conn, draft.code, version)
        if draft.site not in (None, known.site):
            raise Invalid("site", f"a fence stays at its site, {known.site}")
        _write(conn, [replace(draft, site=known.site)], _checked(edit))
    return _newest(conn, draft.code)


def end_fence(conn: Connection[Any], code: str, version: int, edit: Edit) -> Fence:
    """From ``edit.at`` on it is no more; an empty version says who ended it, and why.

    Raises ``NotFound``, and ``Conflict`` where there is a newer version or it has ended.
    """
    edit = _checked(edit)
    with admin.edit(conn):
        _replaced(conn, code, version)
        revision = _raise_revision(conn)
        boxes = _end(conn, [code], edit.at, revision)
        if not boxes:
            raise Conflict(f"fence {code} has ended already")
        given = {"code": code, "at": edit.at, "revision": revision}
        conn.execute(_SQL["end_fence"], given | {"author": edit.author, "reason": edit.reason})
        _refold(conn, [code], boxes, edit)
    return _newest(conn, code)


def confirm_fence(conn: Connection[Any], code: str, confidence: Confidence, author: str) -> Fence:
    """A person has looked at the version in force: its nodes are provisional no more.

    Raises:
        NotFound: the fence.
        Conflict: it has ended.
        Invalid: a confidence that leaves it to be confirmed.
    """
    admin.need("author", author)
    if confidence.is_provisional:
        raise Invalid("confidence", "a confirmed fence is drawn or surveyed")
    with admin.edit(conn):
        known = _known(conn, [code]).get(code)
        if known is None:
            raise NotFound("fence", code)
        if not known.lasts:
            raise Conflict(f"fence {code} has ended")
        given = {"code": code, "version": known.version, "confidence": confidence.value}
        given |= {"author": author, "revision": _raise_revision(conn)}
        fence = conn.execute(_SQL["confirm"], given).fetchall()[0][0]
        nodes, vehicles = visits.load_provisional(conn, fence, [known.version])
        visits.append(conn, [_confirmed(node, author) for node in nodes], vehicles)
    return _newest(conn, code)


def import_fences(
    conn: Connection[Any], drafts: Sequence[Draft], edit: Edit, *, dry_run: bool = False
) -> list[Outcome]:
    """Bring fences to what ``drafts`` say, in one edit; what became of each.

    What is so already is left alone, and if that is all there is no edit.  A fence that a
    person has confirmed is not put in doubt again by a file that does not know of it.

    Raises:
        Invalid: a value that cannot be, a code twice, or another site than the fence's.
        NotFound: a parent that is neither there nor among ``drafts``.
    """
    edit = _checked(edit)
    for code, times in Counter(draft.code for draft in drafts).items():
        if times > 1:
            raise Invalid("code", f"{code} is there {times} times")
    with admin.edit(conn, announce=False):
        known = _known(conn, [draft.code for draft in drafts])
        given = [_adapted(draft, known.get(draft.code)) for draft in drafts]
        outcomes = [_compare(draft, known.get(draft.code)) for draft in given]
        pairs = zip(given, outcomes, strict=True)
        new = [draft for draft, outcome in pairs if outcome is not Outcome.UNCHANGED]
        if new and not dry_run:
            _write(conn, new, edit)
            admin.announce_edit(conn)
    return outcomes


def list_fences(
    conn: Connection[Any],
    scope: Scope,
    box: Box | None = None,
    role: Role | None = None,
    q: str | None = None,
    limit: int | None = None,
) -> list[Fence]:
    """Fences in force or to come, by code: places are common knowledge, as sites are.

    ``box``: those whose own box (margin included) touches it.  ``q``: part of a code or of a
    name of the site, whatever the case.
    """
    west, south, east, north = box or (None,) * 4
    given = queries.within(
        scope,
        west=west,
        south=south,
        east=east,
        north=north,
        role=None if role is None else role.value,
        q=q,
        limit=limit,
    )
    cursor = conn.cursor(binary=True)
    return [_fence(row) for row in cursor.execute(_SQL["list_fences"], given)]


def list_versions(conn: Connection[Any], scope: Scope, code: str) -> list[Fence]:
    """All versions of a fence, newest first.  Raises ``NotFound``."""
    given = queries.within(scope, code=code)
    found = conn.cursor(binary=True).execute(_SQL["list_versions"], given).fetchall()
    if not found:
        raise NotFound("fence", code)
    return [_fence(row) for row in found]


def load_fence(conn: Connection[Any], scope: Scope, code: str) -> Fence:
    """The newest version of a fence, the one that an edit replaces.  Raises ``NotFound``."""
    return list_versions(conn, scope, code)[0]


def near(
    conn: Connection[Any], box: Box, role: Role, since: datetime
) -> list[tuple[str, FenceVersion]]:
    """Versions of fences of a role, with their codes, that overlap might be found with.

    Those in force at or after ``since`` whose box (margin included) touches ``box``.
    """
    west, south, east, north = box
    given: dict[str, Any] = {"west": west, "south": south, "east": east, "north": north}
    given |= {"role": role.value, "since": since}
    cursor = conn.cursor(binary=True)
    return [(row[0], fence_rows.version(row[1:])) for row in cursor.execute(_SQL["near"], given)]


def _checked(edit: Edit) -> Edit:
    """``edit`` from a whole millisecond on, as fixes have; raises ``Invalid``."""
    admin.need("author", edit.author)
    admin.need("reason", edit.reason)
    at = edit.at - timedelta(microseconds=edit.at.microsecond % 1000)
    return replace(edit, at=at)


def _known(conn: Connection[Any], codes: list[str]) -> dict[str, _Known]:
    found = conn.cursor(binary=True).execute(_SQL["newest"], {"codes": codes})
    return {
        code: _Known(site, version, parent, lasts, fence_rows.terms(tuple(terms)))
        for code, _, site, version, parent, lasts, *terms in found
    }


def _replaced(conn: Connection[Any], code: str, version: int) -> _Known:
    known = _known(conn, [code]).get(code)
    if known is None:
        raise NotFound("fence", code)
    if known.version != version:
        raise Conflict(f"fence {code} is of version {known.version} by now, not {version}")
    return known


def _newest(conn: Connection[Any], code: str) -> Fence:
    return load_fence(conn, Scope("the editor", None), code)


def _adapted(draft: Draft, known: _Known | None) -> Draft:
    """``draft`` at the fence's own site, and as sure as a person has made the outline."""
    if known is None:
        return draft
    if draft.site not in (None, known.site):
        raise Invalid("site", f"fence {draft.code} stays at its site, {known.site}")
    draft = replace(draft, site=known.site)
    told = replace(draft.terms, confidence=known.terms.confidence)
    doubts = draft.terms.confidence.is_provisional and not known.terms.confidence.is_provisional
    return replace(draft, terms=told) if doubts and told == known.terms else draft


def _compare(draft: Draft, known: _Known | None) -> Outcome:
    if known is None:
        return Outcome.ADDED
    same = known.lasts and (draft.parent, draft.terms) == (known.parent, known.terms)
    return Outcome.UNCHANGED if same else Outcome.CHANGED


def _write(conn: Connection[Any], drafts: Sequence[Draft], edit: Edit) -> None:
    """The next version of each of ``drafts``, within an edit of the world."""
    codes = [draft.code for draft in drafts]
    _make_places(conn, drafts)
    revision = _raise_revision(conn)
    boxes = _end(conn, codes, edit.at, revision)
    given = {"at": edit.at, "revision": revision, "author": edit.author, "reason": edit.reason}
    conn.execute(_SQL["add_versions"], _columns(drafts) | given)
    circle = conn.execute(_SQL["circle_of_parents"], {"codes": codes}).fetchone()
    if circle is not None:
        raise Invalid("parent", f"fence {circle[0]} would lie in itself")
    _refold(conn, codes, boxes + [draft.box for draft in drafts], edit)


def _make_places(conn: Connection[Any], drafts: Sequence[Draft]) -> None:
    """Sites and fences that are not there; raises ``Invalid``, ``NotFound``."""
    zone = conn.execute(_SQL["zone"]).fetchall()[0][0]
    for draft in drafts:
        admin.need("code", draft.code)
    sites = {
        draft.site or draft.code: Site(
            draft.site or draft.code, draft.name_zh, draft.name_en, zone, *draft.centre
        )
        for draft in drafts
    }
    admin.seed_sites(conn, list(sites.values()))
    codes = [draft.code for draft in drafts]
    homes = [draft.site or draft.code for draft in drafts]
    conn.execute(_SQL["add_fences"], {"codes": codes, "sites": homes})
    parents = sorted({draft.parent for draft in drafts if draft.parent is not None})
    absent = conn.execute(_SQL["absent_fence"], {"names": parents}).fetchone()
    if absent is not None:
        raise NotFound("fence", absent[0])


def _columns(drafts: Sequence[Draft]) -> dict[str, Any]:
    terms = [draft.terms for draft in drafts]
    boxes = np.array([draft.box for draft in drafts], np.float64).T
    columns: dict[str, Any] = {
        "code": [draft.code for draft in drafts],
        "parent": [draft.parent or "" for draft in drafts],
        "shape": [t.outline.kind.value for t in terms],
        "geometry": Bytes([t.outline.wkb for t in terms]),
        "radius": Float8(np.array([t.outline.radius for t in terms])),
        "node_level": [t.node_level for t in terms],
        "hours": [orjson.dumps(fence_rows.say_hours(t.hours)).decode() for t in terms],
    }
    for name, column in zip(_BOX, boxes, strict=True):
        columns[name] = Float8(column)
    for name in ("margin", "dwell_in", "dwell_out"):
        columns[name] = Float8(np.array([getattr(t, name) for t in terms]))
    for name in ("role", "stop_rule", "confidence", "datum"):
        columns[name] = [getattr(t, name).value for t in terms]
    return columns


_BOX = ("west", "south", "east", "north")


def _raise_revision(conn: Connection[Any]) -> int:
    revision: int = conn.execute(_SQL["raise_fence_revision"]).fetchall()[0][0]
    return revision


def _end(conn: Connection[Any], codes: list[str], at: datetime, revision: int) -> list[Box]:
    """End these fences at ``at``; the boxes of the versions that this concerned."""
    given = {"codes": codes, "at": at, "revision": revision}
    return [(w, s, e, n) for w, s, e, n in conn.execute(_SQL["end_versions"], given)]


def _refold(conn: Connection[Any], codes: list[str], boxes: list[Box], edit: Edit) -> None:
    """Have the vehicles folded again that were, or might have been, at these fences."""
    given: dict[str, Any] = {"codes": codes, "since": edit.at}
    vehicles = {row[0] for row in conn.execute(_SQL["stayed"], given)}
    wide = np.array([widen(box, REACH) for box in set(boxes)], np.float64).reshape(-1, 4).T
    given |= {name: Float8(column) for name, column in zip(_BOX, wide, strict=True)}
    given["reach"] = 2 * admin.BACKLOG  # twice, since "newest" is another for the engines
    statement = "passed" if len(set(boxes)) <= FEW else "moved"
    vehicles.update(row[0] for row in conn.execute(_SQL[statement], given))
    what = f"fence {codes[0]}" if len(codes) == 1 else f"{len(codes)} fences"
    admin.refold(conn, sorted(vehicles), edit.at, f"{what}: {edit.reason} ({edit.author})")


def _confirmed(kept: KeptNode, author: str) -> KeptNode:
    """The same word of the same node, without doubt about the fence."""
    node = replace(kept.node, provisional=False, cause=Cause.CONFIRMED, was=float("nan"))
    if node.source is Source.GPS:
        node = replace(node, author=author, reason="the fence was confirmed")
    return KeptNode(kept.id, kept.version + 1, node)


def _fence(row: tuple[Any, ...]) -> Fence:
    code, *site = row[:7]
    version, parent, valid_from, valid_to, author, reason, recorded_at = row[7:14]
    return Fence(
        code,
        Site(*site),
        version,
        parent,
        valid_from,
        valid_to,
        author,
        reason,
        recorded_at,
        fence_rows.terms(row[14:]),
    )
