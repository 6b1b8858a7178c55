"""What becomes of a waybill: its rides, its milestones and its state, out of facts.

``derive`` is pure, and blind to the order in which facts came: bookings, who served the trips,
what became of their stops, scans and proofs make the same account whenever they are put
together.  When goods are aboard says ``shipment.carriage``.  From the arrival on they are at
the site.  A position proves an arrival, never a delivery: that takes somebody's word, of which
the newest holds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf, isfinite, isnan, nan

from fleet.trips import StopStatus
from fleet.waybills import (
    Account,
    Booking,
    Haul,
    Leg,
    Milestone,
    Outcome,
    Proof,
    Ride,
    ScanKind,
    Waybill,
    WaybillState,
)
from shipment import carriage, story
from shipment.carriage import Carried, Known
from shipment.story import Story

_S = WaybillState

#: Kinds of milestones after which goods are at the site that they name.
_THERE = frozenset(
    {
        *(_S.CREATED, _S.ARRIVED_ORIGIN, _S.ARRIVED_HUB, _S.ARRIVED_DEST_HUB),
        *(_S.ARRIVED_DESTINATION, _S.DELIVERED, _S.REFUSED, _S.COMPLETED),
        *(ScanKind.UNLOADED, ScanKind.RECEIVED, ScanKind.RELEASED),
    }
)
_ARRIVALS = frozenset({_S.ARRIVED_HUB, _S.ARRIVED_DEST_HUB, _S.ARRIVED_DESTINATION})
_SCANS = frozenset(ScanKind)


def derive(waybill: Waybill, hauls: Mapping[int, Haul], now: float) -> Account:
    """The account of a waybill; ``hauls`` are the trips that its legs are or were booked on.

    A trip that is not in ``hauls`` is as if nothing was booked on it.  ``now`` only says which
    of its places is the present one, and which booking holds.
    """
    scans = tuple(sorted(set(waybill.scans), key=lambda s: (s.at, s.kind, s.id)))
    told = Story(waybill, scans, _latest(waybill))
    told.tell(_word(_S.CREATED, waybill.placed, waybill.origin), _S.CREATED)
    told.turn()
    held = _booked(waybill.legs[0], now) if waybill.legs else None
    if held is not None:
        told.state, told.since = _S.AWAITING_PICKUP, max(held.valid_from, waybill.placed)
    ready, on = -inf, 0
    for number, leg in enumerate(waybill.legs):
        ready = _follow(told, number, leg, hauls, ready)
        told.turn()
        if not isnan(ready):
            on = min(number + 1, len(waybill.legs) - 1)
    _conclude(told, hauls)
    account = _account(told, on, now)
    vehicle, site = place_at(account.rides, account.milestones, now)
    return replace(account, vehicle=vehicle, site=site)


def place_at(rides: Sequence[Ride], milestones: Sequence[Milestone], at: float) -> tuple[int, int]:
    """Keys of the vehicle that it was aboard of at a time, and of the site that it was at.

    Both: aboard, at a stop that is ridden through.  Neither: nobody knows.
    """
    before = milestones[: bisect_right([m.at for m in milestones], at)]
    for ride in rides:
        if ride.valid_from <= at < ride.valid_to:
            here = _stands(ride, before)
            if here is None:
                return ride.vehicle, 0
            return (0 if _is_unloading(milestones, ride, here) else ride.vehicle), here.site
    for milestone in reversed(before):
        if milestone.kind != _S.CANCELLED:
            stored = milestone.kind == _S.PICKED_UP and not milestone.vehicle
            return 0, milestone.site if stored or milestone.kind in _THERE else 0
    return 0, 0


def _stands(ride: Ride, before: Sequence[Milestone]) -> Milestone | None:
    """The arrival at the stop where the vehicle of the ride stands; ``before``: until then."""
    for milestone in reversed(before):
        if milestone.at < ride.valid_from:
            return None
        if milestone.kind in _ARRIVALS:
            return milestone
        if milestone.kind not in _SCANS:
            return None
    return None


def _is_unloading(milestones: Sequence[Milestone], ride: Ride, here: Milestone) -> bool:
    """Whether the goods leave the vehicle there: the ride has ended, and it never left with them.

    An open ride has not come to its end, or that would have closed it.
    """
    left = here.key.replace(here.kind, _S.DEPARTED_HUB)
    return bool(ride.to_basis) and all(each.key != left for each in milestones)


def _account(told: Story, on: int, now: float) -> Account:
    legs = told.waybill.legs
    held = _booked(legs[on], now) if legs else None
    first = {each.key: each for each in reversed(told.milestones)}  # the same trip twice: once
    order = {each.key: place for place, each in enumerate(told.milestones)}
    milestones = tuple(sorted(first.values(), key=lambda each: (each.at, order[each.key])))
    shipped = [m.at for m in milestones if m.kind == _S.DEPARTED_ORIGIN]
    return Account(
        rides=tuple(carriage.apart(told.rides)),
        milestones=milestones,
        state=told.state,
        since=told.since,
        leg=legs[on].number if legs else 0,
        trip=0 if held is None else held.trip,
        vehicle=0,
        site=0,
        shipped=shipped[0] if shipped else nan,
        told=milestones[-1].at,
    )


def _latest(waybill: Waybill) -> Known:
    """When every ride ends at the latest: signed for, or cancelled."""
    proof = _newest(waybill)
    latest = (inf, "")
    if proof is not None and proof.outcome is Outcome.SIGNED:
        latest = (proof.at, "proof")
    return (waybill.cancelled, "cancelled") if waybill.cancelled < latest[0] else latest


def _newest(waybill: Waybill) -> Proof | None:
    """What holds of the delivery."""
    newest = waybill.proofs[-1] if waybill.proofs else None
    return None if newest is None or newest.outcome is Outcome.WITHDRAWN else newest


def _booked(leg: Leg, now: float) -> Booking | None:
    """What holds of a leg now, or will."""
    held = [b for b in leg.bookings if b.valid_from < b.valid_to and now < b.valid_to]
    return min(held, key=lambda b: b.valid_from, default=None)


def _follow(told: Story, number: int, leg: Leg, hauls: Mapping[int, Haul], ready: float) -> float:
    """Tell of one leg; since when the goods are ready at its end, NaN not yet.

    ``ready``: since when they were at its begin; NaN: nobody knows that they are.
    """
    reached, since = nan, ready
    found = list(carriage.carried(leg, hauls))
    for each in found:
        if isnan(reached):
            reached, began = _carry(told, number, each, ready)
            since = began if isfinite(began) else since
    if number == 0:
        story.picked_up(told, leg, found[-1] if found else None, gone=False)
    unloaded = carriage.unloading(told.scans, leg.destination, since)
    if unloaded is None:
        return reached
    if isnan(reached):
        story.scanned(told, number, unloaded)
        return unloaded.at
    return max(unloaded.at, reached)


def _carry(told: Story, number: int, each: Carried, ready: float) -> tuple[float, float]:
    """Tell of a leg on one booking: when it came to its end, and since when it was aboard."""
    scan = carriage.loading(told.scans, each, ready)
    if number == 0:
        story.at_origin(told, each)
    since = carriage.begin(each, scan, ready)
    if isnan(since[0]):
        return _blind(told, number, each, ready), nan
    unloaded = carriage.unloading(told.scans, each.leg.destination, since[0])
    until = carriage.finish(each, since[0], unloaded, told.latest)
    if not since[0] < until[0]:
        return nan, nan
    went_on = any(ride.leg == each.leg.key for ride in told.rides)
    found = carriage.rides(each, since, until, went_on=went_on)
    told.rides += found
    if number == 0:
        story.picked_up(told, each.leg, each, gone=True)
    story.departed(told, number, each, presumed=scan is None)
    story.handed_over(told, number, found)
    story.rode_through(told, number, each, (since[0], until[0]))
    if since[0] <= each.unload.arrived <= until[0]:  # NaN is never within
        return story.arrived(told, number, each, presumed=scan is None), since[0]
    return nan, since[0]


def _blind(told: Story, number: int, each: Carried, ready: float) -> float:
    """It arrived on a vehicle that nobody saw leave: only where nothing was heard of that."""
    at, booking = each.unload.arrived, each.booking
    unseen = each.load.status is StopStatus.UNVERIFIED
    if not unseen or isnan(ready) or not booking.valid_from <= at < booking.valid_to:
        return nan
    return story.arrived(told, number, each, presumed=True)


def _conclude(told: Story, hauls: Mapping[int, Haul]) -> None:
    """The scans that nothing else tells of, and what people said of the end."""
    waybill, proof = told.waybill, _newest(told.waybill)
    told.milestones += [
        story.of_scan(scan.kind, f"{scan.kind}:{scan.id}", scan)
        for scan in told.scans
        if scan.id not in told.used
    ]
    if proof is not None:
        kind = _S.DELIVERED if proof.outcome is Outcome.SIGNED else _S.REFUSED
        word = replace(
            _word(kind, proof.at, waybill.destination),
            author=proof.author,
            note=proof.note,
            files=proof.files,
        )
        told.tell(word, kind)
        filed = _filed(waybill, hauls)
        if kind is _S.DELIVERED and isfinite(filed):
            done = _word(_S.COMPLETED, max(filed, proof.at), waybill.destination)
            told.tell(done, _S.COMPLETED)
    told.turn()
    if isfinite(waybill.cancelled):
        told.tell(_word(_S.CANCELLED, waybill.cancelled, 0), _S.CANCELLED)
        told.turn()


def _word(kind: WaybillState, at: float, site: int) -> Milestone:
    return Milestone(str(kind), kind, at, site, 0, 0, "person")


def _filed(waybill: Waybill, hauls: Mapping[int, Haul]) -> float:
    """When the papers of the trip that brought it were filed; NaN they are not."""
    if not waybill.legs:
        return nan
    held = [b for b in waybill.legs[-1].bookings if b.valid_from < b.valid_to == inf]
    haul = hauls.get(held[-1].trip) if held else None
    return nan if haul is None else haul.filed
