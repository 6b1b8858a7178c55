"""Where the goods of a waybill are, beyond what lists say; and what was answered, kept.

The waybill is one that the caller has read inside its scope; of its vehicle ``seen`` says
whether the scope may see where it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from fleet.errors import NotFound
from fleet.records import Grade
from fleet.reports import ReportKind
from fleet.rights import COARSE_AGE, Datum, Grant
from fleet.scope import Scope
from fleet.views import Site
from store import queries
from store.vehicles import DOUBTED

_SQL = queries.load("whereabouts")

Row = tuple[Any, ...]

#: How far back a coarse position is looked for; an older one tells nobody where goods are.
BACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Spot:
    """A believed fix."""

    time: datetime
    lon: float
    lat: float
    speed: float | None = None  #: m/s


@dataclass(frozen=True, slots=True)
class Ride:
    """The vehicle that it is aboard."""

    vehicle: str  #: plate
    seen: bool  #: the scope may see where it is
    spot: Spot | None  #: its newest; whoever sees coarsely is told the one before
    past: Spot | None  #: of coarse eyes: the newest of this ride that is old enough
    away: float | None  #: m from its line
    off_route: bool
    route_zh: str  #: names of the route that the trip is on; "" none
    route_en: str
    behind: Site | None  #: the stop that it left last
    ahead: Site | None  #: the first open one
    ahead_left: float | None  #: m to that one along the line
    here: Site | None  #: the stop that it stands at
    left: float | None  #: m to where the goods are unloaded
    stops_left: int | None  #: until there, that one included
    is_last: bool  #: they are unloaded at their destination


@dataclass(frozen=True, slots=True)
class OpenReport:
    """An open exception."""

    number: str
    kind: ReportKind
    found_at: datetime
    due_at: datetime  #: somebody is to have it in hand by then


@dataclass(frozen=True, slots=True)
class Place:
    """A named place."""

    name_zh: str
    name_en: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Kept:
    """What was said, to be kept."""

    id: str
    at: datetime
    asked: str
    number: str | None  #: of the waybill
    reply: str  #: a ``shipment.reply.cases.Case``
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What an answer needs beside the waybill."""

    ride: Ride | None  #: None: it is aboard of nothing
    leaves: datetime | None  #: planned, of the vehicle that is to carry it on
    trouble: OpenReport | None


def load(conn: Connection[Any], scope: Scope, number: str, now: datetime) -> Whereabouts:
    """The whereabouts of the waybill ``number``; for coarse eyes also a fix that is old enough."""
    coarse = scope.sees(Datum.POSITION) is Grant.COARSE
    given = queries.within(scope, number=number, coarse=coarse)
    with conn.pipeline():  # one way to the server and back, not three
        names = ("load_ride", "load_departure", "load_trouble")
        asked = [conn.cursor(binary=True).execute(_SQL[name], given) for name in names]
        row, leaves, trouble = (cursor.fetchone() for cursor in asked)
    past = _past(conn, row[0], row[2], now) if row is not None and coarse else None
    return Whereabouts(
        None if row is None else _ride(row, past),
        None if leaves is None else leaves[0],
        None if trouble is None else _report(trouble),
    )


def nearest_site(conn: Connection[Any], lon: float, lat: float) -> Place | None:
    """The site closest to a position; None: there are no sites."""
    row = conn.execute(_SQL["nearest_site"], {"lon": lon, "lat": lat}).fetchone()
    return None if row is None else Place(*row)


def keep_answer(conn: Connection[Any], scope: Scope, answer: Kept) -> None:
    """Keep what was said; it is never changed."""
    conn.execute(
        _SQL["keep_answer"],
        {
            "id": answer.id,
            "at": answer.at,
            "principal": scope.principal,
            "role": scope.role.value,
            "asked": answer.asked,
            "number": answer.number,
            "reply": answer.reply,
            "content": Jsonb(dict(answer.content)),
        },
    )


def load_answer(conn: Connection[Any], scope: Scope, answer: str) -> Mapping[str, Any]:
    """What was said, exactly: to whoever asked it, and to who sees the log of queries of all.

    Raises ``NotFound``, also when it is outside ``scope``.
    """
    others = scope.sees(Datum.LOG) in {Grant.ALL, Grant.READ}
    given = queries.within(scope, id=answer, principal=scope.principal, others=others)
    row = conn.execute(_SQL["load_answer"], given).fetchone()
    if row is None:
        raise NotFound("answer", answer)
    content: Mapping[str, Any] = row[0]
    return content


def _past(conn: Connection[Any], vehicle: int, since: datetime, now: datetime) -> Spot | None:
    """The newest position of the ride that is old enough for coarse eyes."""
    until = now - timedelta(seconds=COARSE_AGE)
    given = {
        "vehicle": vehicle,
        "since": max(since, until - BACK),
        "until": until,
        "doubted": int(DOUBTED),
        "worst": int(Grade.C),
    }
    row = conn.cursor(binary=True).execute(_SQL["load_past"], given).fetchone()
    return None if row is None else Spot(*row)


def _ride(row: Row, past: Spot | None) -> Ride:
    return Ride(
        vehicle=row[1],
        seen=row[3],
        spot=None if row[4] is None else Spot(*row[4:8]),
        past=past,
        away=row[8],
        off_route=row[9],
        route_zh=row[10],
        route_en=row[11],
        behind=_site(row[12:18]),
        ahead=_site(row[18:24]),
        ahead_left=row[24],
        here=_site(row[25:31]),
        left=row[31],
        stops_left=row[32],
        is_last=bool(row[33]),
    )


def _report(row: Row) -> OpenReport:
    number, kind, found_at, due_at = row
    return OpenReport(number, ReportKind(kind), found_at, due_at)


def _site(columns: Row) -> Site | None:
    return None if columns[0] is None else Site(*columns)
