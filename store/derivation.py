"""What the worker derives waybills from, and what it keeps of it.

All of it happens in one transaction: the waybills that are due are held, the rows that said so
taken, the facts read after that, and what is new is written.  A fact that comes meanwhile
leaves another row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from math import inf
from typing import Any, TypeVar

import numpy as np
import uuid_utils
from psycopg import Connection
from psycopg.rows import tuple_row

from fleet.trips import StopStatus
from fleet.waybill_cases import (
    AheadRow,
    Derived,
    KeptMilestone,
    Named,
    NewVersion,
    PromiseCase,
    PromiseJudged,
    Subject,
    WaybillCase,
)
from fleet.waybills import (
    Booking,
    Halt,
    Haul,
    Leg,
    Milestone,
    Outcome,
    Proof,
    Ride,
    Scan,
    ScanKind,
    Served,
    Waybill,
)
from store import queries
from store.arrays import Bytes, Float4, Instant, Int2, Int4

_SQL = queries.load("derivation")

#: Rows that are looked at for each waybill that is taken: a trip that moves makes some for each.
AHEAD = 10

Row = tuple[Any, ...]
_T = TypeVar("_T")


def take_due(conn: Connection[Any], limit: int) -> list[int]:
    """Keys of waybills that are due, ascending, at most ``limit``; held until the end."""
    given = {"limit": limit, "ahead": limit * AHEAD}
    held = [row[0] for row in conn.execute(_SQL["hold_due"], given)]
    if held:
        conn.execute(_SQL["take_due"], {"waybills": held})
    return held


def load_cases(conn: Connection[Any], waybills: Sequence[int]) -> list[WaybillCase]:
    """All that the accounts of these waybills (keys) are derived from, and what is kept."""
    given = {"waybills": list(waybills)}
    legs = _legs(_read(conn, "load_legs", given))
    scans = _group(
        (row[0], Scan(row[1], ScanKind(row[2]), *row[3:]))
        for row in _read(conn, "load_scans", given)
    )
    proofs = _group((row[0], _proof(row)) for row in _read(conn, "load_proofs", given))
    kept = _group((row[0], _kept(row)) for row in _read(conn, "load_kept", given))
    trips = {b.trip for each in legs.values() for leg in each for b in leg.bookings}
    hauls = _hauls(conn, sorted(trips))
    rows = _read(conn, "load_waybills", given)
    places = _places(conn, rows, legs, hauls, kept)
    return [
        WaybillCase(
            subject=_subject(row[:7], places),
            waybill=_waybill(row, legs, scans, proofs),
            hauls={
                booking.trip: hauls[booking.trip]
                for leg in legs.get(row[0], ())
                for booking in leg.bookings
                if booking.trip in hauls
            },
            kept=tuple(kept.get(row[0], ())),
            places=places,
        )
        for row in rows
    ]


def keep(conn: Connection[Any], derived: Sequence[Derived], now: datetime) -> list[str]:
    """Write accounts and what is new in them; numbers of those of which anything is."""
    if not derived:
        return []
    changed = _keep_rides(conn, derived)
    conn.execute(_SQL["keep_states"], _state_columns(derived) | {"now": now})
    versions = [(each.waybill, version) for each in derived for version in each.versions]
    if versions:
        columns = _version_columns(versions)
        conn.execute(_SQL["retire_milestones"], {"id": columns["id"]})
        conn.execute(_SQL["append_milestones"], columns)
    return [each.number for each in derived if each.versions or each.waybill in changed]


def ring(conn: Connection[Any], numbers: Sequence[str]) -> None:
    """Tell the feed of these waybills: the last act of a transaction."""
    if numbers:
        conn.execute(_SQL["ring_waybills"], {"numbers": list(numbers)})


def find_stale(conn: Connection[Any], now: datetime, before: datetime, limit: int) -> list[int]:
    """Keys of open waybills whose promise is to be judged anew, held until the end.

    Those that never were; those whose trip was evaluated since, last judged until ``before``;
    and those whose promised time has come since.
    """
    given = {"now": now, "before": before, "limit": limit}
    return sorted(row[0] for row in conn.execute(_SQL["find_stale"], given))


def load_promises(
    conn: Connection[Any], waybills: Sequence[int], now: datetime
) -> list[PromiseCase]:
    """What the promises of these waybills (keys) are judged by."""
    given = {"waybills": list(waybills), "now": now}
    rows = _read(conn, "load_promises", given)
    ahead = _group((row[0], AheadRow(*row[1:])) for row in _read(conn, "load_ahead", given))
    places = _named(conn, {key for row in rows for key in row[5:7]})
    return [
        PromiseCase(_subject(row[:7], places), tuple(ahead.get(row[0], ())), *row[7:])
        for row in rows
    ]


def keep_promises(conn: Connection[Any], judged: Sequence[PromiseJudged], now: datetime) -> None:
    """Write how promises stand."""
    if not judged:
        return
    columns = {
        "waybill": _ints(each.waybill for each in judged),
        "p50": _instants(each.p50 for each in judged),
        "p90": _instants(each.p90 for each in judged),
        "risks": Bytes([each.risks for each in judged]),
        "risk": Int2(np.array([each.risk for each in judged])),
        "delay": Float4(np.array([each.delay for each in judged])),
        "cause": [each.cause for each in judged],
    }
    conn.execute(_SQL["keep_promises"], columns | {"now": now})


def _read(conn: Connection[Any], name: str, given: Mapping[str, Any]) -> list[Row]:
    cursor = conn.cursor(row_factory=tuple_row, binary=True)
    return cursor.execute(_SQL[name], given).fetchall()


def _group(pairs: Iterable[tuple[int, _T]]) -> dict[int, list[_T]]:
    found: dict[int, list[_T]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def _waybill(
    row: Row,
    legs: Mapping[int, Sequence[Leg]],
    scans: Mapping[int, Sequence[Scan]],
    proofs: Mapping[int, Sequence[Proof]],
) -> Waybill:
    key, origin, destination = row[0], row[5], row[6]
    placed, opens, promised, cancelled, stored = row[7:12]
    return Waybill(
        key,
        origin,
        destination,
        placed,
        opens,
        promised,
        cancelled,
        stored,
        tuple(legs.get(key, ())),
        tuple(scans.get(key, ())),
        tuple(proofs.get(key, ())),
    )


def _legs(rows: Sequence[Row]) -> dict[int, list[Leg]]:
    found: dict[int, dict[int, tuple[Row, list[Booking]]]] = {}
    for row in rows:
        _, booked = found.setdefault(row[0], {}).setdefault(row[1], (row, []))
        if row[5] is not None:
            booked.append(Booking(*row[5:10]))
    return {
        waybill: [
            Leg(row[1], row[2], row[3], row[4], tuple(booked)) for row, booked in legs.values()
        ]
        for waybill, legs in found.items()
    }


def _proof(row: Row) -> Proof:
    _, outcome, at, signer, author, note, files = row
    return Proof(Outcome(outcome), at, signer, author, note, tuple(files))


def _kept(row: Row) -> KeptMilestone:
    _, number, version, valid, *more, files, presumed = row
    key, kind, at, site, vehicle, trip, source, planned, estimated, visit, author, note = more
    told = Milestone(
        key, kind, at, site, vehicle, trip, source, planned, estimated, visit, author, note,
        tuple(files), presumed,
    )  # fmt: skip
    return KeptMilestone(number, version, valid, told)


def _hauls(conn: Connection[Any], trips: Sequence[int]) -> dict[int, Haul]:
    if not trips:
        return {}
    given = {"trips": list(trips)}
    halts = _group((row[0], _halt(row)) for row in _read(conn, "load_halts", given))
    served = _group((row[0], Served(*row[1:])) for row in _read(conn, "load_served", given))
    return {
        trip: Haul(trip, tuple(halts[trip]), tuple(served.get(trip, ())), over, filed)
        for trip, over, filed in _read(conn, "load_ends", given)
        if trip in halts
    }


def _halt(row: Row) -> Halt:
    _, stop, site, number, arrive, depart, status, *more = row
    return Halt(stop, site, number, arrive, depart, StopStatus(status), *more)


def _places(
    conn: Connection[Any],
    rows: Sequence[Row],
    legs: Mapping[int, Sequence[Leg]],
    hauls: Mapping[int, Haul],
    kept: Mapping[int, Sequence[KeptMilestone]],
) -> dict[int, Named]:
    """Every site that a text about these waybills may name."""
    keys = {key for row in rows for key in row[5:7]}
    keys |= {key for each in legs.values() for leg in each for key in (leg.origin, leg.destination)}
    keys |= {halt.site for haul in hauls.values() for halt in haul.halts}
    keys |= {one.milestone.site for each in kept.values() for one in each}
    return _named(conn, keys)


def _named(conn: Connection[Any], sites: Iterable[int]) -> dict[int, Named]:
    found = _read(conn, "load_places", {"sites": sorted(sites)})
    return {row[0]: Named(*row[1:]) for row in found}


def _subject(row: Row, places: Mapping[int, Named]) -> Subject:
    key, number, customer, phone, contact, origin, destination = row
    return Subject(key, number, customer, places[origin], places[destination], phone, contact)


def _keep_rides(conn: Connection[Any], derived: Sequence[Derived]) -> set[int]:
    """Write the rides that are others than those kept; the waybills of which that is so."""
    given = {"waybills": [each.waybill for each in derived]}
    kept = _group((row[0], _ride(row)) for row in _read(conn, "load_rides", given))
    changed = [
        each for each in derived if _exact(each.account.rides) != _exact(kept.get(each.waybill, ()))
    ]
    if not changed:
        return set()
    conn.execute(_SQL["drop_rides"], {"waybills": [each.waybill for each in changed]})
    rows = [(each.waybill, ride) for each in changed for ride in each.account.rides]
    columns = {
        "waybill": _ints(waybill for waybill, _ in rows),
        "leg": _ints(ride.leg for _, ride in rows),
        "trip": _ints(ride.trip for _, ride in rows),
        "vehicle": _ints(ride.vehicle for _, ride in rows),
        "since": _instants(ride.valid_from for _, ride in rows),
        "until": _instants(ride.valid_to for _, ride in rows),
        "from_basis": [ride.from_basis for _, ride in rows],
        "to_basis": [ride.to_basis for _, ride in rows],
        "presumed": [ride.presumed for _, ride in rows],
    }
    conn.execute(_SQL["add_rides"], columns)
    return {each.waybill for each in changed}


def _ride(row: Row) -> Ride:
    return Ride(*row[1:])


def _exact(rides: Sequence[Ride]) -> list[tuple[Any, ...]]:
    """As they are kept: times to the millisecond."""
    return [
        (
            *(ride.leg, ride.trip, ride.vehicle, round(ride.valid_from * 1000)),
            inf if ride.valid_to == inf else round(ride.valid_to * 1000),
            *(ride.from_basis, ride.to_basis, ride.presumed),
        )
        for ride in rides
    ]


def _state_columns(derived: Sequence[Derived]) -> dict[str, Any]:
    accounts = [each.account for each in derived]
    return {
        "waybill": _ints(each.waybill for each in derived),
        "state": [each.state.value for each in accounts],
        "since": _instants(each.since for each in accounts),
        "over": [each.state.is_over for each in accounts],
        "leg": _ints(each.leg for each in accounts),
        "trip": _ints(each.trip for each in accounts),
        "vehicle": _ints(each.vehicle for each in accounts),
        "site": _ints(each.site for each in accounts),
        "shipped": _instants(each.shipped for each in accounts),
        "told": _instants(each.told for each in accounts),
    }


def _version_columns(versions: Sequence[tuple[int, NewVersion]]) -> dict[str, Any]:
    told = [version.milestone for _, version in versions]
    return {
        "id": [version.id or str(uuid_utils.uuid7()) for _, version in versions],
        "version": _ints(version.version for _, version in versions),
        "valid": [version.valid for _, version in versions],
        "waybill": _ints(waybill for waybill, _ in versions),
        "key": [each.key for each in told],
        "kind": [str(each.kind) for each in told],
        "at": _instants(each.at for each in told),
        "site": _ints(each.site for each in told),
        "vehicle": _ints(each.vehicle for each in told),
        "trip": _ints(each.trip for each in told),
        "planned": _instants(each.planned for each in told),
        "estimated": _instants(each.estimated for each in told),
        "source": [each.source for each in told],
        "visit": [each.visit for each in told],
        "author": [each.author for each in told],
        "note": [each.note for each in told],
        "files": [",".join(each.files) for each in told],
        "presumed": [each.presumed for each in told],
        "cause": [version.cause.value for _, version in versions],
        "was": _instants(version.was for _, version in versions),
    }


def _ints(values: Iterable[int]) -> Int4:
    return Int4(np.array(list(values), np.int32))


def _instants(values: Iterable[float]) -> Instant:
    return Instant(np.array(list(values), np.float64))
