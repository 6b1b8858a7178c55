"""The record of arrivals and departures: for readers, and what people add to it.

A person's word is one more version.  It is written as the gateway writes (``store.visits``):
with the vehicle's state held, so that no fold is under way that has not seen it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import isnan, nan
from typing import Any

import uuid_utils
from psycopg import Connection

from fleet.errors import Conflict, Invalid, NotFound
from fleet.nodes import Basis, Cause, KeptNode, Node, NodeKind, Source, VisitState
from fleet.scope import Scope
from fleet.views import NodeVersion, Site, Stay, VisitEnd
from store import admin, queries, vehicles, visits

_SQL = queries.load("nodes")

#: A person and the fixes may differ by as much, and two people mean the same event.
APART = timedelta(minutes=15)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which nodes to list; None is all."""

    vehicle: str | None  #: plate
    site: str | None  #: code
    kind: NodeKind | None
    start: datetime  #: of the actual time
    end: datetime  #: exclusive
    retracted: bool  #: also those that did not occur


@dataclass(frozen=True, slots=True)
class WantedVisits:
    """Which visits to list; None is all."""

    vehicle: str | None  #: plate
    site: str | None  #: code
    fence: str | None  #: code
    start: datetime  #: visits that touch the time from here
    end: datetime  #: until before here
    is_open: bool | None  #: those that last, or those that do not


def list_nodes(
    conn: Connection[Any], scope: Scope, wanted: Wanted, limit: int = 1000
) -> list[NodeVersion]:
    """The versions that hold, newest actual time first.  Raises ``NotFound`` (vehicle, site)."""
    _check(conn, scope, wanted.vehicle, wanted.site)
    given = queries.within(
        scope,
        vehicle=wanted.vehicle,
        site=wanted.site,
        kind=None if wanted.kind is None else wanted.kind.value,
        start=wanted.start,
        end=wanted.end,
        retracted=wanted.retracted,
        limit=limit,
    )
    return _nodes(conn, "list_nodes", given)


def read_after(conn: Connection[Any], scope: Scope, number: int, limit: int) -> list[NodeVersion]:
    """Every version with a change number above ``number``, in order, at most ``limit``.

    Nodes are never removed, so this begins anywhere; numbers commit in order, so that no
    smaller one appears later.
    """
    return _nodes(conn, "read_after", queries.within(scope, after=number, newest=None, limit=limit))


def read_between(
    conn: Connection[Any], scope: Scope, number: int, newest: int
) -> list[NodeVersion]:
    """Every version above ``number`` and up to ``newest``, in order."""
    given = queries.within(scope, after=number, newest=newest, limit=None)
    return _nodes(conn, "read_after", given)


def served_at(conn: Connection[Any], versions: Sequence[NodeVersion]) -> dict[int, frozenset[str]]:
    """Of those that happened on a trip: who drove it, by change number; nobody known: empty."""
    if not versions:
        return {}
    given = {"numbers": [version.number for version in versions]}
    found = conn.execute(_SQL["served_at"], given).fetchall()
    return {number: frozenset(filter(None, drivers)) for number, drivers in found}


def load_versions(conn: Connection[Any], scope: Scope, number: str) -> list[NodeVersion]:
    """All versions of the node with the id ``number``, newest first.  Raises ``NotFound``."""
    found = _nodes(conn, "load_versions", queries.within(scope, id=number))
    if not found:
        raise NotFound("node", number)
    return found


def list_visits(
    conn: Connection[Any], scope: Scope, wanted: WantedVisits, limit: int = 1000
) -> list[Stay]:
    """Visits, newest entry first.  Raises ``NotFound`` (vehicle, site, fence)."""
    _check(conn, scope, wanted.vehicle, wanted.site)
    if wanted.fence is not None:
        found = conn.execute(_SQL["fence_key"], {"name": wanted.fence}).fetchone()
        if found is None:
            raise NotFound("fence", wanted.fence)
    given = queries.within(
        scope,
        vehicle=wanted.vehicle,
        site=wanted.site,
        fence=wanted.fence,
        start=wanted.start,
        end=wanted.end,
        is_open=wanted.is_open,
        limit=limit,
    )
    return [_stay(row) for row in conn.cursor(binary=True).execute(_SQL["list_visits"], given)]


def add_node(  # noqa: PLR0913 - the fields of a record
    conn: Connection[Any],
    scope: Scope,
    *,
    vehicle: str,
    site: str,
    kind: NodeKind,
    actual_at: datetime,
    author: str,
    reason: str,
    note: str = "",
    attachments: Sequence[str] = (),
    basis: str = Basis.MANUAL,
) -> NodeVersion:
    """What a person says happened; the fixes may confirm it later.

    Raises:
        NotFound: the vehicle, or the site.
        Conflict: there is such a node within 15 minutes; that one is to be corrected.
        Invalid: a text that cannot be kept.
    """
    _check_words(author, reason, note, attachments)
    number = str(uuid_utils.uuid7())
    with conn.transaction():
        key = _hold(conn, scope, vehicle)
        place = admin.key_of(conn, "site", site)
        given: dict[str, Any] = {"vehicle": key, "site": place, "kind": kind.value}
        given |= {"actual": actual_at, "apart": APART}
        found = conn.execute(_SQL["same_event"], given).fetchone()
        if found is not None:
            raise Conflict(f"{vehicle} has {kind} at {site} about then: correct node {found[0]}")
        node = Node(
            vehicle=key,
            site=place,
            fence=0,
            fence_version=0,
            visit="",
            kind=kind,
            valid=True,
            actual=_seconds(actual_at),
            earliest=nan,
            latest=nan,
            stopped=nan,
            confirmed=nan,
            basis=Basis(basis),
            source=Source.PERSON,
            evidence=(),
            cause=Cause.FIRST,
            author=author,
            reason=reason,
            note=note,
            attachments=tuple(attachments),
        )
        visits.append(conn, [KeptNode(number, 1, node)], [key])
    return load_versions(conn, scope, number)[0]


def correct_node(  # noqa: PLR0913 - the fields of a record
    conn: Connection[Any],
    scope: Scope,
    number: str,
    *,
    version: int,
    author: str,
    reason: str,
    actual_at: datetime | None = None,
    valid: bool | None = None,
    note: str | None = None,
    attachments: Sequence[str] | None = None,
) -> NodeVersion:
    """What a person says instead, in place of ``version``; None leaves what it says.

    From now on it is the person's: what the fixes say beside it is only noted.

    Raises:
        NotFound: the node.
        Conflict: there is a newer version; or it is to hold again, and another node of that
            kind holds of the same visit.
        Invalid: a text that cannot be kept.
    """
    _check_words(author, reason, note or "", attachments or ())
    with conn.transaction():
        found = conn.execute(_SQL["plate_of"], {"id": number}).fetchone()
        if found is None:
            raise NotFound("node", number)
        try:
            key = _hold(conn, scope, found[0])
        except NotFound:
            raise NotFound("node", number) from None
        kept = visits.load_node(conn, number)
        if kept is None or kept.version != version:
            newest = 0 if kept is None else kept.version
            raise Conflict(f"node {number} is of version {newest} by now, not {version}")
        old = kept.node
        actual = old.actual if actual_at is None else _seconds(actual_at)
        said = replace(
            old,
            valid=old.valid if valid is None else valid,
            note=old.note if note is None else note,
            attachments=old.attachments if attachments is None else tuple(attachments),
            author=author,
            reason=reason,
        )
        if said.valid and not old.valid:
            _check_alone(conn, number, said)
        said = _against_the_fixes(conn, _by_hand(said, actual))
        visits.append(conn, [KeptNode(number, version + 1, said)], [key])
    return load_versions(conn, scope, number)[0]


def _by_hand(node: Node, actual: float) -> Node:
    """``node`` as a person's word; the bounds of the fixes hold for their own time only."""
    said = replace(node, source=Source.PERSON, cause=Cause.EDITED, provisional=False, was=nan)
    if actual == node.actual:
        return said
    return replace(
        said, actual=actual, was=node.actual, earliest=nan, latest=nan, basis=Basis.MANUAL
    )


def _against_the_fixes(conn: Connection[Any], node: Node) -> Node:
    """``node`` with what the fixes say otherwise, by the rule of ``geofence.nodes.reconcile``.

    Of a visit that is no more the fixes say nothing; the node waits for another.
    """
    given = {"visit": node.visit or None, "kind": node.kind.value}
    found = conn.cursor(binary=True).execute(_SQL["crossing"], given).fetchone()
    if found is None:
        return replace(node, visit="", conflict=False, machine=nan)
    machine = nan if found[0] is None else found[0]
    apart = isnan(machine) or abs(machine - node.actual) > APART.total_seconds()
    conflict = node.valid and apart
    return replace(node, conflict=conflict, machine=machine if conflict else nan)


def _check_alone(conn: Connection[Any], number: str, node: Node) -> None:
    given = {"id": number, "visit": node.visit or None, "kind": node.kind.value}
    found = conn.execute(_SQL["holds_already"], given).fetchone()
    if found is not None:
        raise Conflict(f"the visit has {node.kind} already: correct node {found[0]}")


def _hold(conn: Connection[Any], scope: Scope, plate: str) -> int:
    found = conn.execute(_SQL["hold_vehicle"], queries.within(scope, plate=plate)).fetchone()
    if found is None:
        raise NotFound("vehicle", plate)
    key: int = found[0]
    return key


def _check(conn: Connection[Any], scope: Scope, vehicle: str | None, site: str | None) -> None:
    if vehicle is not None:
        vehicles.require_vehicle(conn, scope, vehicle)
    if site is not None:
        admin.key_of(conn, "site", site)


def _check_words(author: str, reason: str, note: str, attachments: Sequence[str]) -> None:
    admin.need("author", author)
    admin.need("reason", reason)
    for where, texts in (("note", [note]), ("attachments", attachments)):
        if any(not text.replace("\n", " ").isprintable() for text in texts):
            raise Invalid(where, "must be printable")


def _seconds(at: datetime) -> float:
    return (at - _EPOCH) // timedelta(milliseconds=1) / 1000


def _nodes(conn: Connection[Any], statement: str, given: dict[str, Any]) -> list[NodeVersion]:
    return [_node(row) for row in conn.cursor(binary=True).execute(_SQL[statement], given)]


def _node(row: tuple[Any, ...]) -> NodeVersion:
    number, identity, version, valid, cause, kind, plate, party = row[:8]
    operator, fence, fence_version, visit, planned, estimated, actual = row[14:21]
    earliest, latest, stopped, confirmed, basis, source, author, reason, note = row[21:30]
    evidence, attachments, was, machine, conflict, provisional, near, backfilled = row[30:38]
    return NodeVersion(
        number=number,
        id=identity,
        version=version,
        valid=valid,
        cause=Cause(cause),
        kind=NodeKind(kind),
        vehicle=plate,
        party=party,
        site=Site(*row[8:14]),
        operator=operator,
        fence=None if fence is None else (fence, fence_version),
        visit=visit,
        planned_at=planned,
        estimated_at=estimated,
        actual_at=actual,
        earliest_at=earliest,
        latest_at=latest,
        stopped_at=stopped,
        confirmed_at=confirmed,
        basis=Basis(basis),
        source=Source(source),
        author=author,
        reason=reason,
        note=note,
        evidence=tuple((code, _instant(ms)) for code, ms in evidence or ()),
        attachments=tuple(attachments),
        was_at=was,
        machine_at=machine,
        conflict=conflict,
        provisional=provisional,
        near_fence=near,
        backfilled=backfilled,
        recorded_at=row[38],
    )


def _instant(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _stay(row: tuple[Any, ...]) -> Stay:
    number, plate, fence = row[:3]
    node_level, state = row[9:11]
    return Stay(
        number,
        plate,
        fence,
        Site(*row[3:9]),
        node_level=node_level,
        state=VisitState(state),
        entered=_end(row[11:15]),
        left=None if row[15] is None else _end(row[15:19]),
        stopped_at=row[19],
        flaps=row[20],
        yielded_to=row[21],
    )


def _end(row: tuple[Any, ...]) -> VisitEnd:
    at, earliest, latest, basis = row
    return VisitEnd(at, earliest, latest, Basis(basis))
