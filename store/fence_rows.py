"""Rows of ``fence_version`` into fences: 100,000 of them in some seconds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from psycopg import Connection
from psycopg.rows import tuple_row

from fleet.fences import (
    Confidence,
    Datum,
    FenceTerms,
    FenceVersion,
    Hours,
    Outline,
    Role,
    ShapeKind,
    StopRule,
)
from fleet.records import WorldRows
from store.queries import load

_SQL = load("world")

#: By stored text; an enum's own look-up costs more than all else of a row.
_SHAPES = {str(member): member for member in ShapeKind}
_ROLES = {str(member): member for member in Role}
_STOP_RULES = {str(member): member for member in StopRule}
_CONFIDENCES = {str(member): member for member in Confidence}
_DATUMS = {str(member): member for member in Datum}


def load_fences(
    conn: Connection[Any], known: WorldRows | None
) -> tuple[int, tuple[FenceVersion, ...]]:
    """The revision of the fences, and all versions by fence and version, inside a transaction."""
    cursor = conn.cursor(row_factory=tuple_row, binary=True)
    revision: int = cursor.execute(_SQL["fence_revision"]).fetchall()[0][0]
    if known is not None and known.fence_revision == revision:
        return revision, known.fences
    # A revision that has gone back is of another database: nothing is known of this one.
    after = known.fence_revision if known is not None and known.fence_revision < revision else 0
    found = cursor.execute(_SQL["fences"], {"after": after}).fetchall()
    touched = [version(row) for row in found]
    if not after or known is None:
        return revision, tuple(touched)
    merged = {(v.fence, v.version): v for v in known.fences}
    merged |= {(v.fence, v.version): v for v in touched}
    kept = [v for v in merged.values() if v.valid_from < v.valid_to]
    return revision, tuple(sorted(kept, key=lambda v: (v.fence, v.version)))


def version(row: tuple[Any, ...]) -> FenceVersion:
    """From fence to datum, as the statement ``fences`` has them."""
    fence, number, site, parent, zone, valid_from, valid_to = row[:7]
    return FenceVersion(fence, number, site, parent, zone, valid_from, valid_to, terms(row[7:]))


def terms(row: tuple[Any, ...]) -> FenceTerms:
    """From shape to datum, likewise."""
    shape, geometry, radius, role, node_level, margin, dwell_in, dwell_out = row[:8]
    stop_rule, hours, confidence, datum = row[8:]
    return FenceTerms(
        Outline(_SHAPES[shape], geometry, radius),
        _ROLES[role],
        node_level,
        margin,
        dwell_in,
        dwell_out,
        _STOP_RULES[stop_rule],
        _hours(hours) if hours else (),
        _CONFIDENCES[confidence],
        _DATUMS[datum],
    )


def say_hours(hours: Iterable[Hours]) -> list[dict[str, Any]]:
    """As they are stored."""
    return [{"days": list(h.days), "opens": h.opens, "closes": h.closes} for h in hours]


def _hours(stored: list[dict[str, Any]]) -> tuple[Hours, ...]:
    return tuple(Hours(tuple(each["days"]), each["opens"], each["closes"]) for each in stored)
