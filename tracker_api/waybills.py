"""One waybill as the plain values of JSON, where it was, and where it rode.

Cut to what the reader's role sees: ``tracker_api.waybill_out`` says how.  Where exact positions
are told, they are those of the vehicle while the goods were aboard; of a customer's rides only
those that are over, simplified.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

import numpy as np

from fleet.errors import Forbidden
from fleet.rights import TRIP_AFTER, Datum, Grant
from fleet.scope import Scope
from fleet.waybill_views import BookingView, LegView, MilestoneView, RideView, ScanView, WaybillFull
from shipment.reply.spoken import masked, masked_phone
from shipment.waybills import place_at
from store import waybill_moves
from store.waybill_moves import Moves
from tracker_api import tracks
from tracker_api.plain import iso
from tracker_api.waybill_out import Sight, brief_out, instant_out, milestone_out, site_out

#: m that a line may be off which is shown to those outside the company
SIMPLE = 500.0
_LEAST = 2  # positions of a line

#: Grants of positions with which a vehicle is shown where it is while it is on its trip.
_LIVE = frozenset({Grant.ALL, Grant.ACTIVE})


def full_out(full: WaybillFull, scope: Scope) -> dict[str, Any]:
    """``full`` as a ``WaybillOut``, cut to what ``scope`` sees."""
    sight = Sight.of(scope)
    own = own_sites(full)
    whole = scope.sees(Datum.DRIVER) is Grant.ALL  # who may call a driver may call a consignee
    inside = not sight.outside
    return brief_out(full.brief, sight) | {
        "shipper": full.shipper,
        "consignee": full.consignee if whole or not inside else masked(full.consignee),
        "phone": full.phone if whole else masked_phone(full.phone),
        "address": full.address,
        "goods": [dict(each) for each in full.brief.goods],
        "requirements": list(full.requirements),
        "contact": full.contact,
        "author": full.author if inside else None,
        "legs": [_leg(leg, sight) for leg in full.legs],
        "rides": [_ride(ride, sight) for ride in full.rides],
        "milestones": _milestones(full.milestones, sight, own),
        "retracted": _milestones(full.retracted, sight, own) if inside else [],
        "scans": [_scan(scan, sight) for scan in full.scans] if inside else [],
        "proofs": [
            {
                "id": each.id,
                "outcome": each.outcome.value,
                "at": iso(each.at),
                "signer": each.signer,
                "note": each.note if inside else "",
                "files": list(each.files),
                "author": each.author if inside else None,
                "recorded_at": iso(each.recorded_at),
            }
            for each in full.proofs
        ],
        "files": [
            {
                "id": each.id,
                "name": each.name,
                "media": each.media,
                "size": each.size,
                "author": each.author if inside else None,
                "recorded_at": iso(each.recorded_at),
            }
            for each in full.files
        ],
        "exceptions": [
            {
                "number": each.number,
                "kind": each.kind,
                "state": each.state,
                "severity": each.severity,
                "found_at": iso(each.found_at),
            }
            for each in full.exceptions
        ],
        "shares": full.shares,
    }


def own_sites(full: WaybillFull) -> set[str]:
    """Codes of the sites of these goods, not of others in the same vehicle."""
    own = {site.code for leg in full.legs for site in (leg.origin, leg.destination)}
    return own | {full.brief.origin.code, full.brief.destination.code}


def position_out(
    conn: Any,  # noqa: ANN401 (only the store names the type)
    scope: Scope,
    moves: Moves,
    at: datetime,
    now: datetime,
) -> dict[str, Any]:
    """Where it was at ``at`` as a ``WaybillPositionOut``.

    Raises ``Forbidden``: the reader sees no such thing of that time.
    """
    vehicle, site = place_at(moves.rides, moves.milestones, at.timestamp())
    carrier = moves.carriers.get(vehicle)
    place = moves.sites.get(site)
    shown: dict[str, Any] | None = None
    if carrier is not None:
        _check_seen(scope, carrier.party, at, now)
        fix = waybill_moves.load_fix(conn, vehicle, at)
        if fix is not None:
            age = (at - fix.time).total_seconds()
            shown = {"lon": fix.lon, "lat": fix.lat, "time": iso(fix.time), "age_s": age}
    kind = "aboard" if carrier is not None else "unknown" if place is None else "at_site"
    return {
        "kind": kind,
        "at": iso(at),
        "vehicle": None if carrier is None else Sight.of(scope).plate(carrier.plate),
        "position": shown,
        "site": None if place is None else site_out(place),
    }


def track_out(conn: Any, scope: Scope, moves: Moves, now: datetime) -> dict[str, Any]:  # noqa: ANN401 (only the store names the type)
    """Its rides as a ``WaybillTrackOut``.  Raises ``Forbidden``: tracks are not for that role."""
    grant = scope.sees(Datum.TRACK)
    if grant not in {Grant.ALL, Grant.TRIP, Grant.RIDE, Grant.LEGS}:
        raise Forbidden(f"{scope.principal} may not see where vehicles have been")
    features = []
    for ride in moves.rides:
        carrier = moves.carriers[ride.vehicle]
        if not _is_shown(scope, grant, carrier.party, ride.valid_to, now):
            continue
        track = waybill_moves.load_ride(conn, carrier, ride, now)
        rows = tracks.chosen(track, SIMPLE if grant is Grant.RIDE else None)
        line = np.column_stack([track.lon[rows], track.lat[rows]]).round(6).tolist()
        features.append(
            {
                "type": "Feature",
                "geometry": (
                    {"type": "LineString", "coordinates": line} if len(line) >= _LEAST else None
                ),
                "properties": {
                    "vehicle": Sight.of(scope).plate(carrier.plate),
                    "from": _iso(ride.valid_from),
                    "to": None if ride.valid_to == inf else _iso(ride.valid_to),
                    "presumed": ride.presumed,
                },
            }
        )
    return {"type": "FeatureCollection", "features": features}


def _check_seen(scope: Scope, party: str | None, at: datetime, now: datetime) -> None:
    """Refuse exact positions to those who see coarse ones, or none of that time."""
    live, track = scope.sees(Datum.POSITION), scope.sees(Datum.TRACK)
    is_past = now - at > timedelta(minutes=1)
    if live is Grant.LEGS:
        seen = scope.allows(party)
    elif is_past:
        recent = now - at < timedelta(seconds=TRIP_AFTER)
        seen = track is Grant.ALL or (track is Grant.TRIP and recent)
    else:
        seen = live in _LIVE
    if not seen:
        raise Forbidden(f"{scope.principal} may not see where vehicles are; ask where-is")


def _is_shown(scope: Scope, grant: Grant, party: str | None, end: float, now: datetime) -> bool:
    if grant is Grant.LEGS:
        return scope.allows(party)
    if grant is Grant.TRIP:
        return now.timestamp() - end < TRIP_AFTER
    return grant is not Grant.RIDE or end <= now.timestamp()


def _milestones(
    every: Iterable[MilestoneView], sight: Sight, own: set[str]
) -> list[dict[str, Any]]:
    """Those that may be told: stops of other customers are not."""
    return [
        milestone_out(each, sight)
        for each in every
        if each.site is None or sight.is_told(each.site, own)
    ]


def _leg(leg: LegView, sight: Sight) -> dict[str, Any]:
    shown = leg.booking is not None and not sight.outside
    return {
        "number": leg.number,
        "from": site_out(leg.origin),
        "to": site_out(leg.destination),
        "booking": _booking(leg.booking) if leg.booking is not None and shown else None,
        "past": [] if sight.outside else [_booking(each) for each in leg.past],
    }


def _booking(booking: BookingView) -> dict[str, Any]:
    return {
        "trip": booking.trip,
        "load_stop": booking.load_stop,
        "unload_stop": booking.unload_stop,
        "from": iso(booking.valid_from),
        "to": instant_out(booking.valid_to),
        "void": booking.is_void,
        "author": booking.author,
        "reason": booking.reason,
        "ended_by": booking.ended_by,
        "ended_why": booking.ended_why,
    }


def _ride(ride: RideView, sight: Sight) -> dict[str, Any]:
    return {
        "leg": ride.leg,
        "trip": None if sight.outside else ride.trip,
        "vehicle": sight.plate(ride.vehicle),
        "from": iso(ride.valid_from),
        "to": instant_out(ride.valid_to),
        "from_basis": ride.from_basis,
        "to_basis": ride.to_basis,
        "presumed": ride.presumed,
    }


def _scan(scan: ScanView, sight: Sight) -> dict[str, Any]:
    return {
        "id": scan.id,
        "kind": scan.kind.value,
        "site": site_out(scan.site),
        "vehicle": sight.plate(scan.vehicle),
        "at": iso(scan.at),
        "slot": scan.slot,
        "note": scan.note,
        "author": scan.author,
        "withdrawn_by": scan.withdrawn_by,
        "withdrawn_why": scan.withdrawn_why,
    }


def _iso(at: float) -> str:
    return iso(datetime.fromtimestamp(at, UTC))
