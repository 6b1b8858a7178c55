"""What an answer says of a waybill, cut to what the asker may know.

Facts for the reply, a place in words, a position.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from math import nan
from typing import Any

from fleet.geo import distance_of
from fleet.rights import NEAR_REACH, NEAR_STOPS, NEAR_TIME, Grant
from fleet.views import Site
from fleet.waybill_views import MilestoneView, WaybillFull
from fleet.waybills import Outcome, WaybillState
from shipment.clock import RULES
from shipment.reply import places
from shipment.reply.facts import NOTHING, Both, Facts, Trouble
from shipment.reply.places import Near, Where, Words
from store.whereabouts import Place, Ride, Spot, Whereabouts
from tracker_api import towns, waybill_out
from tracker_api.waybill_out import Sight

#: m/s; slower than a walk is standing: a parked terminal reports every half hour only
STANDING = 1.4

#: m from the line beyond which a place along it says nothing of where the vehicle is
AWAY = 2_000.0

Nearest = Callable[[float, float], Place | None]  #: the site closest to a lon, lat


@dataclass(frozen=True, slots=True)
class Eyes:
    """Who asks, and when."""

    sight: Sight
    now: datetime
    zone: str  #: IANA, of the installation
    salutation: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """All that is told of one waybill."""

    facts: Facts
    words: Words
    spot: Spot | None  #: as it may be shown
    exact: bool
    stale: bool
    near: bool
    site: Site | None  #: that it is at
    distance: float | None  #: m to the next stop along the way; None: unknown, or not told
    source: str  #: gps, scan, person, plan
    as_of: datetime


def not_found(eyes: Eyes, asked: str, suggestions: tuple[str, ...], *, misread: bool) -> Facts:
    """The facts when nothing was found."""
    return Facts(
        now=eyes.now.timestamp(),
        zone=eyes.zone,
        asked=asked,
        suggestions=suggestions,
        check_failed=misread,
        salutation=eyes.salutation,
    )


def know(full: WaybillFull, where: Whereabouts, eyes: Eyes, asked: str, nearest: Nearest) -> Known:
    """What is told of ``full`` to those eyes."""
    brief, ride = full.brief, _ride(full, where, eyes)
    own = own_sites(full)
    near = ride is not None and is_near(ride, brief.p50, eyes.now)
    spot, exact = _spot(ride, eyes, near=near)
    site = _site_of(full, ride, eyes, own)
    where_is = Where() if site else _where(ride, spot, eyes, own, exact=exact, nearest=nearest)
    words = places.words(replace(where_is, site=_at(site)))
    stale = ride is not None and _is_stale(ride.spot, eyes.now)
    facts = _facts(full, where, eyes, asked)
    told = ride is not None and sight_of(eyes).is_told(ride.ahead, own)
    facts = replace(
        facts,
        aboard=ride is not None,
        place=words.text,
        place_short=words.short,
        fix=_s(spot.time) if spot else nan,
        stale=stale,
        next_stop=_both(ride.ahead) if ride is not None and told else NOTHING,
        near=ride is not None and _is_arriving(ride, brief.p50, eyes.now),
        left=_n(ride.left) if ride is not None and exact else nan,
    )
    source, as_of = _source(full, spot, eyes)
    distance = ride.ahead_left if ride is not None and exact and told and not site else None
    return Known(facts, words, spot, exact, stale, near, site, distance, source, as_of)


def own_sites(full: WaybillFull) -> set[str]:
    """Codes of the sites that are of these goods, not of others in the same vehicle."""
    own = {site.code for leg in full.legs for site in (leg.origin, leg.destination)}
    return own | {full.brief.origin.code, full.brief.destination.code}


def sight_of(eyes: Eyes) -> Sight:
    """How much those eyes are shown."""
    return eyes.sight


def is_near(ride: Ride, p50: datetime | None, now: datetime) -> bool:
    """Whether coarse eyes see the exact position: about to be with *this* consignee."""
    if not ride.is_last:
        return False
    few = ride.stops_left is not None and ride.stops_left <= NEAR_STOPS
    return few or _is_close(ride) or _is_soon(p50, now)


def _is_arriving(ride: Ride, p50: datetime | None, now: datetime) -> bool:
    """Whether it is told to be about to come: by the estimate, without one by the distance."""
    return ride.is_last and (_is_close(ride) if p50 is None else _is_soon(p50, now))


def _is_close(ride: Ride) -> bool:
    return ride.left is not None and ride.left <= NEAR_REACH


def _is_soon(p50: datetime | None, now: datetime) -> bool:
    return p50 is not None and (p50 - now).total_seconds() <= NEAR_TIME


def _ride(full: WaybillFull, where: Whereabouts, eyes: Eyes) -> Ride | None:
    """The ride; without a position, where those eyes may see none.

    From the arrival where the goods are unloaded, they are at that site, whatever the vehicle does.
    """
    ride = where.ride
    if ride is None or full.brief.vehicle is None:
        return None
    ride = _on_line(ride, full)
    hidden = eyes.sight.position is Grant.NONE or not ride.seen
    return replace(ride, spot=None, past=None, here=None) if hidden else ride


def _on_line(ride: Ride, full: WaybillFull) -> Ride:
    """The ride with what is left along its line, as far as the vehicle is on it.

    It is never less than as the crow flies: progress may lag behind the newest fix.
    """
    if not is_on_route(ride) or ride.spot is None:
        return replace(ride, ahead_left=None, left=None)
    ahead = _at_least(ride.ahead_left, ride.spot, ride.ahead)
    left = _at_least(ride.left, ride.spot, full.brief.destination if ride.is_last else None)
    return replace(ride, ahead_left=ahead, left=left)


def is_on_route(ride: Ride) -> bool:
    """Whether the vehicle follows its line."""
    return not ride.off_route and ride.away is not None and ride.away <= AWAY


def _at_least(left: float | None, spot: Spot, site: Site | None) -> float | None:
    if left is None or site is None:
        return left
    return max(left, distance_of(spot.lon, spot.lat, site.lon, site.lat))


def _spot(ride: Ride | None, eyes: Eyes, *, near: bool) -> tuple[Spot | None, bool]:
    """The position that is told, and whether it is the exact one."""
    if ride is None:
        return None, False
    if eyes.sight.position is not Grant.COARSE or near:
        return ride.spot, ride.spot is not None
    if ride.past is None:
        return None, False
    lon, lat = places.snapped(ride.past.lon, ride.past.lat)
    return Spot(ride.past.time, lon, lat), False


def _is_stale(spot: Spot | None, now: datetime) -> bool:
    if spot is None:
        return True
    parked = spot.speed is not None and spot.speed < STANDING
    limit = RULES.stale_parked if parked else RULES.stale_moving
    return (now - spot.time).total_seconds() >= limit


def _site_of(full: WaybillFull, ride: Ride | None, eyes: Eyes, own: set[str]) -> Site | None:
    """The site that the goods are at, aboard or not, as far as it is told."""
    here = full.brief.site if ride is None else full.brief.site or ride.here
    return here if eyes.sight.is_told(here, own) else None


def _where(
    ride: Ride | None,
    spot: Spot | None,
    eyes: Eyes,
    own: set[str],
    *,
    exact: bool,
    nearest: Nearest,
) -> Where:
    if ride is None or spot is None:
        return Where()
    town = places.nearest(towns.load(), spot.lon, spot.lat)
    ahead = _both(ride.ahead) if eyes.sight.is_told(ride.ahead, own) else NOTHING
    behind = _both(ride.behind) if eyes.sight.is_told(ride.behind, own) else NOTHING
    if not exact:
        return Where(town=town, origin=behind, ahead=ahead)
    road = NOTHING if not is_on_route(ride) else places.road_in(ride.route_zh, ride.route_en)
    hub = None if ahead or eyes.sight.outside else _hub(spot, nearest)
    return Where(NOTHING, town, behind, ahead, _n(ride.ahead_left), road, hub)


def _hub(spot: Spot, nearest: Nearest) -> Near | None:
    place = nearest(spot.lon, spot.lat)
    if place is None:
        return None
    name = Both(place.name_zh, place.name_en)
    away = distance_of(place.lon, place.lat, spot.lon, spot.lat)
    return Near(name, name, away, places.bearing(place.lon, place.lat, spot.lon, spot.lat))


def _facts(full: WaybillFull, where: Whereabouts, eyes: Eyes, asked: str) -> Facts:
    """What does not depend on where it is."""
    brief = full.brief
    blind = eyes.sight.estimates is Grant.NONE
    signed = next((p for p in reversed(full.proofs) if p.outcome is Outcome.SIGNED), None)
    arrived = _arrival(full)
    facts = Facts(
        now=eyes.now.timestamp(),
        zone=brief.destination.zone,
        asked=asked,
        number=brief.number,
        state=brief.state,
        origin=_both(brief.origin),
        destination=_both(brief.destination),
        hub=_both(brief.site) if brief.site is not None else NOTHING,
        arrived=nan if arrived is None else _s(arrived.actual_at),
        leaves=_s(where.leaves),
        promised=_s(brief.promised_at),
        signer="" if signed is None else signed.signer,
        signed=nan if signed is None else _s(signed.at),
        trouble=_trouble(where),
        salutation=eyes.salutation,
        foreign=brief.destination.zone != eyes.zone,
    )
    if blind:
        return facts
    return replace(
        facts,
        p50=_s(brief.p50),
        p90=_s(brief.p90),
        risk=brief.risk,
        delay=_n(brief.delay),
        cause=brief.cause,
    )


def _arrival(full: WaybillFull) -> MilestoneView | None:
    """When it came to where it is; of one at its destination, there."""
    brief = full.brief
    site = brief.destination if brief.state is WaybillState.ARRIVED_DESTINATION else brief.site
    found = (
        each
        for each in reversed(full.milestones)
        if each.kind.startswith("arrived") and each.site is not None and each.site == site
    )
    return next(found, None)


def _trouble(where: Whereabouts) -> Trouble | None:
    report = where.trouble
    if report is None:
        return None
    return Trouble(report.kind, report.number, _s(report.found_at), _s(report.due_at))


def _source(full: WaybillFull, spot: Spot | None, eyes: Eyes) -> tuple[str, datetime]:
    """What it rests on, and of when that is."""
    if spot is not None:
        return "gps", spot.time
    last = full.brief.last
    return ("plan", eyes.now) if last is None else (last.source, last.actual_at)


def _at(site: Site | None) -> Both:
    return NOTHING if site is None else Both(site.name_zh, f"at {site.name_en}")


def _both(site: Site | None) -> Both:
    return NOTHING if site is None else Both(site.name_zh, site.name_en)


def _s(at: datetime | None) -> float:
    return nan if at is None else at.timestamp()


def _n(value: float | None) -> float:
    return nan if value is None else value


def position_out(known: Known) -> dict[str, Any] | None:
    """The position that is told, as JSON."""
    spot = known.spot
    if spot is None:
        return None
    return {
        "lon": spot.lon,
        "lat": spot.lat,
        "time": waybill_out.instant_out(spot.time),
        "speed_mps": spot.speed if known.exact else None,
        "exact": known.exact,
    }


def age(known: Known, now: datetime) -> float:
    """Seconds since what is told was so; never negative."""
    return max((now - known.as_of).total_seconds(), 0.0)
