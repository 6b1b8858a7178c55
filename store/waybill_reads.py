"""Waybills for readers: lists, and one waybill with all that is known of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Any

from psycopg import Connection

from fleet.errors import NotFound
from fleet.scope import Scope
from fleet.trips import DelayCause, Risk
from fleet.views import Party, Site
from fleet.waybill_views import (
    BookingView,
    ExceptionTag,
    FileView,
    Headline,
    LegView,
    MilestoneView,
    ProofView,
    RideView,
    ScanView,
    WaybillBrief,
    WaybillFull,
)
from fleet.waybills import Outcome, ScanKind, WaybillState
from store import queries

_SQL = queries.load("waybill_reads")

#: What one waybill is read by.
_PARTS = (
    "load_milestones",
    "count_shares",
    "load_legs",
    "load_rides",
    "load_scans",
    "load_proofs",
    "load_files",
    "load_exceptions",
)

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which waybills to list; None and empty are all."""

    q: str | None = None  #: normalised: part of a number, a code, an order number, a phone's tail
    states: tuple[WaybillState, ...] = ()
    risks: tuple[Risk, ...] = ()
    customer: str | None = None  #: code
    site: str | None = None  #: code; it comes from there, goes there or by it, or is there
    trip: str | None = None  #: code; it is booked on it
    vehicle: str | None = None  #: plate; it is aboard now
    open: bool = True  #: only those that are not over
    late_first: bool = True  #: else the newest first
    numbers: tuple[str, ...] | None = None  #: only these


def list_waybills(
    conn: Connection[Any], scope: Scope, wanted: Wanted, limit: int = 200
) -> list[WaybillBrief]:
    """Waybills inside ``scope``: late ones first, those that nobody knows of last."""
    found = _rows(conn, scope, wanted, limit)
    last = _last(conn, [row[0] for row in found])
    return [replace(_brief(row), last=last.get(row[0])) for row in found]


def count_waybills(
    conn: Connection[Any], scope: Scope, wanted: Wanted
) -> tuple[dict[WaybillState, int], dict[Risk, int]]:
    """How many there are of each state and of each risk, but for its ``states`` and ``risks``."""
    found = conn.cursor(binary=True).execute(_SQL["count_waybills"], _given(scope, wanted))
    states: Counter[WaybillState] = Counter()
    risks: Counter[Risk] = Counter()
    for state, risk, count in found:
        states[WaybillState(state)] += count
        risks[Risk(risk)] += count
    return dict(states), dict(risks)


def load_waybill(conn: Connection[Any], scope: Scope, number: str) -> WaybillFull:
    """One waybill by its number.  Raises ``NotFound``, also when it is outside ``scope``."""
    found = _rows(conn, scope, Wanted(open=False, numbers=(number,)), 1)
    if not found:
        raise NotFound("waybill", number)
    [row] = found
    given = {"waybill": row[0], "waybills": [row[0]]}
    read = _read_all(conn, _PARTS, given)
    milestones = [_milestone(each[1:]) for each in read["load_milestones"]]
    held = tuple(each for each in milestones if each.valid)
    [(shares,)] = read["count_shares"]
    return WaybillFull(
        brief=replace(_brief(row), last=held[-1] if held else None),
        shipper=row[58],
        consignee=row[59],
        phone=row[60],
        address=row[61],
        requirements=tuple(row[62]),
        contact=row[63],
        author=row[64],
        legs=_legs(read["load_legs"]),
        rides=tuple(RideView(*each) for each in read["load_rides"]),
        milestones=held,
        retracted=tuple(each for each in milestones if not each.valid),
        scans=tuple(_scan(each) for each in read["load_scans"]),
        proofs=tuple(_proof(each) for each in read["load_proofs"]),
        files=tuple(FileView(*each) for each in read["load_files"]),
        exceptions=tuple(ExceptionTag(*each) for each in read["load_exceptions"]),
        shares=shares,
    )


def _rows(conn: Connection[Any], scope: Scope, wanted: Wanted, limit: int) -> list[Row]:
    given = _given(scope, wanted) | {"limit": limit}
    return _read(conn, "list_waybills", given)


def _read(conn: Connection[Any], name: str, given: dict[str, Any]) -> list[Row]:
    return conn.cursor(binary=True).execute(_SQL[name], given).fetchall()


def _read_all(
    conn: Connection[Any], names: Sequence[str], given: dict[str, Any]
) -> dict[str, list[Row]]:
    """Several at once: one way to the server and back, not one each."""
    with conn.pipeline():
        asked = {name: conn.cursor(binary=True).execute(_SQL[name], given) for name in names}
        return {name: cursor.fetchall() for name, cursor in asked.items()}


def _given(scope: Scope, wanted: Wanted) -> dict[str, Any]:
    return queries.within(
        scope,
        q=wanted.q,
        states=[state.value for state in wanted.states],
        risks=[int(risk) for risk in wanted.risks],
        customer=wanted.customer,
        site=wanted.site,
        trip=wanted.trip,
        vehicle=wanted.vehicle,
        open=wanted.open,
        late_first=wanted.late_first,
        numbers=None if wanted.numbers is None else list(wanted.numbers),
    )


def _last(conn: Connection[Any], keys: Sequence[int]) -> dict[int, MilestoneView]:
    if not keys:
        return {}
    found = _read(conn, "last_milestones", {"waybills": list(keys)})
    return {row[0]: _milestone(row[1:]) for row in found}


def _brief(row: Row) -> WaybillBrief:
    headline = None if row[24] is None else Headline(*row[24:27])
    return WaybillBrief(
        number=row[1],
        code=row[2],
        order_no=row[3],
        customer=Party(*row[4:7]),
        carrier=None if row[7] is None else Party(*row[7:10]),
        origin=Site(*row[10:16]),
        destination=Site(*row[16:22]),
        state=WaybillState(row[22]),
        since=row[23],
        headline=headline,
        trip=row[27],
        vehicle=row[28],
        site=_site(row[29:35]),
        risk=Risk(row[35]),
        delay=row[36],
        cause=None if row[37] is None else DelayCause(row[37]),
        p50=row[38],
        p90=row[39],
        promised_at=row[40],
        opens_at=row[41],
        next_stop=_site(row[42:48]),
        next_p50=row[48],
        next_p90=row[49],
        last=None,
        shipped_at=row[50],
        placed_at=row[51],
        cancelled_at=row[52],
        derived_at=row[53],
        judged_at=row[54],
        goods=tuple(row[55]),
        stored=row[56],
        alerts=row[57],
    )


def _milestone(row: Row) -> MilestoneView:
    """Columns of ``load_milestones`` without the first."""
    return MilestoneView(
        key=row[0],
        kind=row[1],
        planned_at=row[2],
        estimated_at=row[3],
        actual_at=row[4],
        site=_site(row[5:11]),
        operator=row[11],
        vehicle=row[12],
        trip=row[13],
        note=row[14],
        source=row[15],
        author=row[16],
        presumed=row[17],
        visit=row[18],
        files=tuple(row[19]),
        version=row[20],
        cause=row[21],
        was_at=row[22],
        recorded_at=row[23],
        valid=row[24],
    )


def _legs(found: Iterable[Row]) -> tuple[LegView, ...]:
    legs = []
    for number, group in groupby(found, key=itemgetter(0)):
        rows = list(group)
        booked = [BookingView(*row[13:]) for row in rows if row[13] is not None]
        held = [each for each in booked if each.valid_to is None]
        past = tuple(each for each in booked if each.valid_to is not None)
        first = rows[0]
        origin, destination = Site(*first[1:7]), Site(*first[7:13])
        legs.append(LegView(number, origin, destination, held[0] if held else None, past))
    return tuple(legs)


def _scan(row: Row) -> ScanView:
    return ScanView(row[0], ScanKind(row[1]), Site(*row[2:8]), *row[8:])


def _proof(row: Row) -> ProofView:
    id_, outcome, at, signer, note, files, author, recorded_at = row
    return ProofView(id_, Outcome(outcome), at, signer, note, tuple(files), author, recorded_at)


def _site(columns: Row) -> Site | None:
    return None if columns[0] is None else Site(*columns)
