"""What detectors look at, set by set: only what some limit may be reached for.

Everything is read in the transaction in which alerts are kept, so that facts and alerts agree.
Times are seconds since 1970, NaN unknown; keys are opaque, 0 none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import tuple_row

from fleet.records import Flag
from store.queries import load

_SQL = load("alert_facts")

SLOW = 5 / 3.6  #: m/s; below it a vehicle stands
AWAY = 300.0  #: m; a vehicle so far away has gone on (domain 3.9)
ALARMS = timedelta(days=7)  #: an emergency that nobody took back for so long is over
ZONES = timedelta(days=1)  #: so long a stay that has ended may still be corrected by late fixes
NEWEST = 5000  #: dead letters that are looked at: a flood is found in fewer


class WaybillRow(NamedTuple):
    """A waybill that is not over."""

    key: int
    number: str
    state: str
    since: float
    told: float
    shipped: float
    risks: bytes  #: one ``shipment.risk.RISK``, or nothing
    promised: float
    stored: bool
    delay: float
    cause: str
    p50: float
    stands: float  #: since when the vehicle that it is aboard of stands away from stops
    seen: float  #: newest fix of that vehicle
    share: float  #: of the way of its trip
    starts: float  #: planned
    ends: float
    last_lon: float | None  #: of the place of its newest milestone
    last_lat: float | None
    lon: float | None  #: of the vehicle
    lat: float | None
    zone: str  #: of its destination
    vehicle: int
    trip: int
    site: int
    party: int
    plate: str
    trip_code: str
    site_code: str
    site_zh: str
    site_en: str
    to_zh: str
    to_en: str


class TripRow(NamedTuple):
    """A trip that a look has found something of."""

    key: int
    code: str
    state: str
    plan: int
    risks: bytes  #: ``shipment.risk.RISK``, one per stop
    conditions: list[dict[str, Any]]
    off_route: bool
    place: bytes  #: as ``Standing.place``
    cut_since: float
    carries: bool
    delay: float
    cause: str
    over: float
    seen: float
    vehicle: int
    party: int
    plate: str


class StopRow(NamedTuple):
    """A stop of such a trip."""

    trip: int
    site: int
    code: str
    zh: str
    en: str
    due: float
    status: str
    promised: bool
    via: bool


class SilentRow(NamedTuple):
    """A vehicle that was not heard of for long."""

    key: int
    plate: str
    party: int
    seen: float
    moving: bool


class ZoneRow(NamedTuple):
    """A stay where none may be."""

    vehicle: int
    plate: str
    party: int
    fence: str
    site: int
    code: str
    zh: str
    en: str
    entered: float
    left: float
    arrived: bool


class AlarmRow(NamedTuple):
    """A device said that something is so, or no longer so."""

    device: str
    kind: str
    time: float
    on: bool
    vehicle: int
    plate: str
    party: int


class LettersRow(NamedTuple):
    """A device whose messages cannot be read."""

    device: str
    letters: int
    first: float
    reason: str
    vehicle: int
    plate: str
    party: int


class VehicleRow(NamedTuple):
    """A vehicle, and the trip that it is on."""

    key: int
    plate: str
    party: int
    trip: int
    trip_code: str


class EvidenceRow(NamedTuple):
    """What is known around an alert; None unknown."""

    id: str
    arrived: float | None
    departed: float | None
    recorded: float | None
    heard: float | None
    moved: float | None
    withdrawn: bool


def load_waybills(
    conn: Connection[Any], now: datetime, *, told: float, stalled: float, shipped: float
) -> list[WaybillRow]:
    """Waybills to look at: endangered, or for so many s without a milestone, in a hub, shipped."""
    given = {
        "now": now,
        "told": now - timedelta(seconds=told),
        "stalled": now - timedelta(seconds=stalled),
        "shipped": now - timedelta(seconds=shipped),
    }
    return [WaybillRow._make(row) for row in _rows(conn, "load_waybills", given)]


def load_trips(
    conn: Connection[Any], now: datetime, missed: float | None
) -> tuple[list[TripRow], list[StopRow]]:
    """Trips to look at, and their stops in order.

    ``missed``: with those over for at most so many s that have gone by a stop; None without.
    """
    gone: list[int] = []
    if missed is not None:
        given: dict[str, Any] = {"now": now, "since": now - timedelta(seconds=missed)}
        gone = [row[0] for row in _rows(conn, "find_missed", given)]
    trips = [TripRow._make(row) for row in _rows(conn, "load_trips", {"missed": gone})]
    if not trips:
        return [], []
    keys, plans = [row.key for row in trips], [row.plan for row in trips]
    stops = _rows(conn, "load_stops", {"trips": keys, "plans": plans})
    return trips, [StopRow._make(row) for row in stops]


def load_silent(
    conn: Connection[Any], now: datetime, moving: float, parked: float
) -> list[SilentRow]:
    """Vehicles on no trip of which nothing was heard for so many s."""
    given = {
        "now": now,
        "moving": now - timedelta(seconds=moving),
        "parked": now - timedelta(seconds=parked),
        "slow": SLOW,
        "drift": int(Flag.DRIFT),
    }
    return [SilentRow._make(row) for row in _rows(conn, "load_silent", given)]


def load_zones(conn: Connection[Any], now: datetime) -> list[ZoneRow]:
    """Stays inside fences that must not be entered."""
    rows = _rows(conn, "load_zones", {"since": now - ZONES})
    return [ZoneRow._make(row) for row in rows]


def load_alarms(conn: Connection[Any], now: datetime) -> list[AlarmRow]:
    """Emergencies and power cuts, and their ends, by device, kind and time."""
    rows = _rows(conn, "load_alarms", {"since": now - ALARMS})
    return [AlarmRow._make(row) for row in rows]


def load_letters(
    conn: Connection[Any], now: datetime, within: float, least: float
) -> list[LettersRow]:
    """Devices with at least so many dead letters within so many s."""
    given = {
        "now": now,
        "since": now - timedelta(seconds=within),
        "least": least,
        "newest": NEWEST,
    }
    return [LettersRow._make(row) for row in _rows(conn, "load_letters", given)]


def load_vehicles(conn: Connection[Any], keys: Sequence[int]) -> dict[int, VehicleRow]:
    """The vehicles with these keys, by key."""
    if not keys:
        return {}
    rows = _rows(conn, "load_vehicles", {"keys": list(keys)})
    return {row[0]: VehicleRow._make(row) for row in rows}


def load_lanes(conn: Connection[Any], keys: Sequence[int]) -> dict[int, tuple[str, str, str]]:
    """By key of a waybill: codes of its customer, its origin and its destination."""
    if not keys:
        return {}
    rows = _rows(conn, "load_lanes", {"keys": list(keys)})
    return {key: (customer, origin, destination) for key, customer, origin, destination in rows}


def load_evidence(conn: Connection[Any], ids: Sequence[str]) -> list[EvidenceRow]:
    """What is known around the alerts with these ids."""
    if not ids:
        return []
    given = {"ids": list(ids), "doubted": int(Flag.VOID | Flag.JUMP | Flag.DRIFT), "away": AWAY}
    return [EvidenceRow._make(row) for row in _rows(conn, "load_evidence", given)]


def _rows(conn: Connection[Any], name: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    cursor = conn.cursor(row_factory=tuple_row, binary=True)
    return cursor.execute(_SQL[name], given).fetchall()
