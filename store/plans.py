"""Plans to be: what people give, checked and put into rows.

A revision that is kept never changes; these only ever add the next one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection

from fleet.errors import Invalid
from fleet.trips import STOP, Plan, span
from store import queries
from store.arrays import Float8, Instant, Int4
from store.lines import Way
from store.routes import check_stops

_SQL = queries.load("trips")

#: What makes two revisions say the same of a stop, besides its key and its place on the line.
_TERMS = (
    *("site", "arrive", "depart", "opens", "closes"),
    *("service", "early", "late", "via"),
)


@dataclass(frozen=True, slots=True)
class NewStop:
    """A stop of a plan to be."""

    site: str  #: code
    stop: str | None  #: ``PlannedStop.stop`` of the revision before; None: matched by its site
    s: float | None  #: m along the line; None: not on it
    arrive_at: datetime | None
    depart_at: datetime | None
    opens_at: datetime | None  #: window; None: as ``arrive_at``
    closes_at: datetime | None
    service: float  #: s
    early: float  #: s
    late: float  #: s
    via: bool


@dataclass(frozen=True, slots=True)
class NewPlan:
    """A plan to be, or its next revision."""

    stops: tuple[NewStop, ...]
    way: Way | None
    strict: bool
    keeps_line: bool = False  #: ``way`` is None: on the line of the revision before


def stop_rows(plan: NewPlan, sites: Mapping[str, int]) -> NDArray[np.void]:
    """The stops as ``STOP``, without keys; ``sites`` are keys by code.

    Raises ``Invalid``: what cannot be.
    """
    check_stops(plan.stops)
    rows = np.zeros(len(plan.stops), STOP)
    for row, stop in zip(rows, plan.stops, strict=True):
        arrive, depart, opens, closes = map(
            _seconds, (stop.arrive_at, stop.depart_at, stop.opens_at, stop.closes_at)
        )
        row["site"], row["via"] = sites[stop.site], stop.via
        row["s"] = nan if stop.s is None else stop.s
        row["arrive"], row["depart"] = arrive, depart
        row["opens"] = _first(opens, arrive, closes)
        row["closes"] = _first(closes, arrive, opens)
        row["service"], row["early"], row["late"] = stop.service, stop.early, stop.late
    if (rows["opens"] > rows["closes"]).any():
        raise Invalid("stops", "a window must close after it opens")
    times = np.column_stack([rows["arrive"], rows["depart"]]).reshape(-1)
    if (np.diff(times[~np.isnan(times)]) < 0).any():
        raise Invalid("stops", "each must follow the one before in time")
    return rows


def same(one: Plan, other: Plan) -> bool:
    """Whether two revisions say the same of the same stops, wherever these are on the line."""
    return (
        one.strict == other.strict
        and len(one.stops) == len(other.stops)
        and all(
            np.array_equal(one.stops[name], other.stops[name], equal_nan=name not in _EXACT)
            for name in _TERMS
        )
    )


_EXACT = ("site", "via")  # neither is a float


def number_stops(
    rows: NDArray[np.void], given: Sequence[str | None], before: Sequence[Plan]
) -> NDArray[np.void]:
    """``rows`` with the keys of stops that were planned before; 0 is a new one.

    By the key that is given, which must be of this trip; else the k-th stop at a site is the
    k-th one there of the latest revision that no other has taken.
    """
    rows = rows.copy()
    known = {int(stop["key"]) for plan in before for stop in plan.stops}
    taken = [int(text) for text in given if text is not None and text.isdecimal()]
    named = [text for text in given if text is not None]
    if len(taken) != len(named) or len(set(taken)) != len(taken) or not known.issuperset(taken):
        raise Invalid("stops", "a stop named twice, or of another trip")
    rest = [stop for stop in (before[-1].stops if before else ()) if stop["key"] not in taken]
    for row, text in zip(rows, given, strict=True):
        if text is not None:
            row["key"] = int(text)
            continue
        place = next((n for n, stop in enumerate(rest) if stop["site"] == row["site"]), None)
        if place is not None:
            row["key"] = rest.pop(place)["key"]
    return rows


def write(
    conn: Connection[Any], plans: Sequence[Plan], author: str, reasons: Sequence[str]
) -> None:
    """Add these revisions, one of each trip; stops whose key is 0 get one."""
    if not plans:
        return
    stops = np.concatenate([plan.stops for plan in plans])
    size = [len(plan.stops) for plan in plans]
    trip = np.repeat([plan.trip for plan in plans], size)
    new = np.flatnonzero(stops["key"] == 0)
    stops["key"][new] = draw(conn, "stops", len(new))
    conn.execute(
        _SQL["add_plans"],
        {
            "trip": Int4(np.array([plan.trip for plan in plans])),
            "revision": Int4(np.array([plan.revision for plan in plans])),
            "valid_from": Instant(np.array([plan.valid_from for plan in plans])),
            "line": Int4(np.array([plan.line for plan in plans])),
            "strict": [plan.strict for plan in plans],
            "author": author,
            "reason": list(reasons),
        },
    )
    conn.execute(_SQL["add_stops"], {"stop": Int4(stops["key"][new]), "trip": Int4(trip[new])})
    columns: dict[str, Any] = {
        "trip": Int4(trip),
        "revision": Int4(np.repeat([plan.revision for plan in plans], size)),
        "number": Int4(np.concatenate([np.arange(n) for n in size])),
        "stop": Int4(stops["key"]),
        "site": Int4(stops["site"]),
        "via": stops["via"].tolist(),
    }
    columns |= {name: Float8(stops[name]) for name in ("s", "service", "early", "late")}
    columns |= {name: Instant(stops[name]) for name in ("arrive", "depart", "opens", "closes")}
    conn.execute(_SQL["add_plan_stops"], columns)
    spans = np.array([span(plan.stops) for plan in plans]).reshape(-1, 2)
    keys = Int4(np.array([plan.trip for plan in plans]))
    given = {"trip": keys, "starts": Instant(spans[:, 0]), "ends": Instant(spans[:, 1])}
    conn.execute(_SQL["time_trips"], given)


def draw(conn: Connection[Any], what: str, count: int) -> list[int]:
    """Keys for ``count`` new ``trips`` or ``stops``."""
    return [row[0] for row in conn.execute(_SQL[f"draw_{what}"], {"count": count})]


def following(before: Plan, after: Plan) -> Plan:
    """``after`` on the line of ``before``, whose stops at the same sites it has."""
    stops = after.stops.copy()
    stops["s"] = before.stops["s"]
    return replace(after, line=before.line, stops=stops)


def goes_alike(one: Plan, other: Plan) -> bool:
    """Whether two revisions visit the same sites in the same order."""
    return np.array_equal(one.stops["site"], other.stops["site"])


def _seconds(at: datetime | None) -> float:
    """Whole milliseconds, as the store keeps instants."""
    return nan if at is None else int(at.timestamp() * 1000 + 1e-3) / 1000


def _first(*values: float) -> float:
    return next((value for value in values if value == value), nan)  # noqa: PLR0124 - not NaN


#: From when on revision 0 is in force.
ALWAYS = -inf
