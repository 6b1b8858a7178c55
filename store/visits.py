"""Visits and nodes, as the gateway keeps them in the transaction of their fixes.

A visit is what the fixes show now and is written over; a node is the record, and only ever
gets new versions.  Each version is drawn into the feed: ``keep`` must be the last write of
its transaction but the bell of the positions.  Whoever writes nodes of a vehicle, a person
too, holds the row of its state first, so that versions follow each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import nan
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.rows import tuple_row

from fleet.nodes import (
    Basis,
    Cause,
    Changes,
    Crossing,
    Evidence,
    KeptNode,
    KeptVisit,
    Node,
    NodeKind,
    Source,
    Visit,
    VisitState,
)
from fleet.records import WorldRows
from store.arrays import Instant, Int4
from store.queries import load

_SQL = load("visits")

#: s; a person's node is of a visit that is at most so far off (``geofence.nodes.Rules.attach``)
ATTACH = 6 * 3600.0

Row = tuple[Any, ...]


def load_kept(
    conn: Connection,
    rows: WorldRows,
    vehicles: NDArray[np.int32],
    since: NDArray[np.float64],
) -> tuple[list[KeptVisit], list[KeptNode]]:
    """What is kept of ``vehicles`` (rows, ascending) and can still change.

    Args:
        conn: inside the transaction that holds the vehicles' states.
        rows: the world.
        vehicles: shape (n,).
        since: shape (n,), of each vehicle; -inf: everything.

    Returns:
        Visits that are open or were settled after ``since``; and, of the nodes of these
        visits, the versions that hold, valid or not, with those of people that no visit
        stands behind and whose actual time is later than 6 h before ``since``.  Both by
        vehicle and time.
    """
    if not len(vehicles):
        return [], []
    keys = rows.vehicle_key[vehicles]
    cursor = conn.cursor(row_factory=tuple_row, binary=True)
    asked = {"vehicle": Int4(keys), "since": Instant(since)}
    visits = cursor.execute(_SQL["load_visits"], asked).fetchall()
    more = asked | {"visits": [row[0] for row in visits], "since": Instant(since - ATTACH)}
    nodes = cursor.execute(_SQL["load_nodes"], more).fetchall()
    row_of = dict(zip(keys.tolist(), vehicles.tolist(), strict=True))
    return (
        [KeptVisit(row[0], row_of[row[1]], _visit(row[2:])) for row in visits],
        [kept_node(row, row_of) for row in nodes],
    )


def keep(conn: Connection, rows: WorldRows, changes: Changes) -> None:
    """Write ``changes``; their vehicles' states must be held.

    From the first node on it holds the feed until the commit.
    """
    if changes.gone:
        conn.execute(_SQL["forget_visits"], {"gone": list(changes.gone)})
    if changes.visits:
        conn.execute(_SQL["keep_visits"], _visit_columns(rows, changes.visits))
    keys = rows.vehicle_key
    append(conn, changes.nodes, [int(keys[kept.node.vehicle]) for kept in changes.nodes])


def append(conn: Connection, versions: Sequence[KeptNode], vehicles: Sequence[int]) -> None:
    """Add ``versions``, in this order, of nodes of ``vehicles`` (their keys); tell the feed.

    The vehicles' states must be held.  The feed is held from here until the commit.
    """
    if not versions:
        return
    columns = _node_columns(versions) | {"vehicle": Int4(np.array(vehicles))}
    if any(kept.version > 1 for kept in versions):
        conn.execute(_SQL["retire_nodes"], {"id": columns["id"]})
    conn.execute(_SQL["append_nodes"], columns)


def load_provisional(
    conn: Connection, fence: int, versions: Sequence[int]
) -> tuple[list[KeptNode], list[int]]:
    """Valid nodes of versions of a fence that are provisional, and their vehicles' keys.

    The ``vehicle`` of these nodes is the key.  The vehicles are held until the commit.
    """
    given = {"fence": fence, "versions": list(versions)}
    cursor = conn.cursor(row_factory=tuple_row, binary=True)
    cursor.execute(_SQL["hold_provisional"], given)
    found = cursor.execute(_SQL["load_provisional"], given).fetchall()
    return [kept_node(row) for row in found], [row[2] for row in found]


def load_node(conn: Connection, number: str) -> KeptNode | None:
    """The version of a node that holds, its ``vehicle`` being the key; None if there is none."""
    cursor = conn.cursor(row_factory=tuple_row, binary=True)
    row = cursor.execute(_SQL["load_node"], {"id": number}).fetchone()
    return None if row is None else kept_node(row)


def kept_node(row: Row, row_of: Mapping[int, int] | None = None) -> KeptNode:
    """A row of ``load_nodes``; ``vehicle`` is its row in the world, or its key without that."""
    number, version, vehicle, site, fence, fence_version, visit, kind, valid = row[:9]
    actual, earliest, latest, stopped, confirmed = _times(row[9:14])
    basis, source, evidence, cause = row[14:18]
    was, machine = _times(row[18:20])
    conflict, provisional, near_fence, backfilled = row[20:24]
    planned, estimated = _times(row[24:26])
    author, reason, note, attachments = row[26:30]
    return KeptNode(
        number,
        version,
        Node(
            vehicle=vehicle if row_of is None else row_of[vehicle],
            site=site,
            fence=fence,
            fence_version=fence_version,
            visit=visit,
            kind=NodeKind(kind),
            valid=valid,
            actual=actual,
            earliest=earliest,
            latest=latest,
            stopped=stopped,
            confirmed=confirmed,
            basis=Basis(basis),
            source=Source(source),
            evidence=_evidence(evidence),
            cause=Cause(cause),
            was=was,
            machine=machine,
            conflict=conflict,
            provisional=provisional,
            near_fence=near_fence,
            backfilled=backfilled,
            planned=planned,
            estimated=estimated,
            author=author,
            reason=reason,
            note=note,
            attachments=tuple(attachments),
        ),
    )


def _visit(row: Row) -> Visit:
    """Columns of ``load_visits`` from the fence on."""
    fence, version, state = row[:3]
    stopped, arrived, departed = _times(row[14:17])
    return Visit(
        fence=fence,
        version=version,
        state=VisitState(state),
        entry=_crossing(row[3:8]),
        exit=None if row[8] is None else _crossing(row[8:13]),
        left_version=row[13],
        stopped=stopped,
        arrived=arrived,
        departed=departed,
        flaps=row[17],
        yielded_to=row[18],
        settled=row[19],
    )


def _crossing(row: Row) -> Crossing:
    time, earliest, latest = _times(row[:3])
    return Crossing(time, earliest, latest, Basis(row[3]), _evidence(row[4]))


def _times(values: Iterable[float | None]) -> list[float]:
    """As ``decode`` makes them of whole milliseconds; NULL is NaN."""
    return [nan if value is None else value for value in values]


def _evidence(pairs: Iterable[tuple[int, int]]) -> tuple[Evidence, ...]:
    return tuple((device, ms / 1000) for device, ms in pairs)


def _say_evidence(evidence: Iterable[Evidence]) -> str:
    # Not all that counts is a plain int here: keys come out of arrays.
    return orjson.dumps([[int(d), round(float(s) * 1000)] for d, s in evidence]).decode()


def _visit_columns(rows: WorldRows, kept: Sequence[KeptVisit]) -> dict[str, Any]:
    visits = [each.visit for each in kept]
    exits = [visit.exit for visit in visits]
    vehicles = rows.vehicle_key[[each.vehicle for each in kept]]
    return {
        "id": [each.id for each in kept],
        "vehicle": Int4(vehicles),
        "fence": _ints(v.fence for v in visits),
        "version": _ints(v.version for v in visits),
        "left_version": _ints(v.left_version for v in visits),
        "state": [v.state.value for v in visits],
        "entered": _instants(v.entry.time for v in visits),
        "entered_earliest": _instants(v.entry.earliest for v in visits),
        "entered_latest": _instants(v.entry.latest for v in visits),
        "entered_basis": [v.entry.basis.value for v in visits],
        "entered_evidence": [_say_evidence(v.entry.evidence) for v in visits],
        "left": _instants(nan if e is None else e.time for e in exits),
        "left_earliest": _instants(nan if e is None else e.earliest for e in exits),
        "left_latest": _instants(nan if e is None else e.latest for e in exits),
        "left_basis": ["" if e is None else e.basis.value for e in exits],
        "left_evidence": ["" if e is None else _say_evidence(e.evidence) for e in exits],
        "stopped": _instants(v.stopped for v in visits),
        "arrived": _instants(v.arrived for v in visits),
        "departed": _instants(v.departed for v in visits),
        "flaps": _ints(v.flaps for v in visits),
        "yielded_to": _ints(v.yielded_to for v in visits),
        "settled": _instants(v.settled for v in visits),
    }


def _node_columns(kept: Sequence[KeptNode]) -> dict[str, Any]:
    nodes = [each.node for each in kept]
    columns: dict[str, Any] = {
        "id": [each.id for each in kept],
        "version": _ints(each.version for each in kept),
        "evidence": [_say_evidence(n.evidence) for n in nodes],
        "attachments": [orjson.dumps(n.attachments).decode() for n in nodes],
    }
    for name in ("site", "fence", "fence_version"):
        columns[name] = _ints(getattr(n, name) for n in nodes)
    for name in _TIMES:
        columns[name] = _instants(getattr(n, name) for n in nodes)
    for name in ("kind", "basis", "source", "cause"):
        columns[name] = [getattr(n, name).value for n in nodes]
    for name in ("visit", "author", "reason", "note"):
        columns[name] = [getattr(n, name) for n in nodes]
    for name in ("valid", "conflict", "provisional", "near_fence", "backfilled"):
        columns[name] = [bool(getattr(n, name)) for n in nodes]
    return columns


_TIMES = (
    *("actual", "earliest", "latest", "stopped", "confirmed"),
    *("was", "machine", "planned", "estimated"),
)


def _ints(values: Iterable[int]) -> Int4:
    return Int4(np.array(list(values), np.int32))


def _instants(values: Iterable[float]) -> Instant:
    return Instant(np.array(list(values), np.float64))
