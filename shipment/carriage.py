"""Carriage: from when until when a vehicle that is booked for a leg had the goods aboard.

* Aboard from the scan that loaded them; without one from the departure of the vehicle that is
  booked, **presumed**, if they were there when it left.  A scan onto a vehicle that is not
  booked contradicts the plan: then nobody knows where they are.
* Aboard until the scan that unloads them, at the latest until the vehicle leaves that stop;
  without a scan until it arrives there.  What it does later is nobody's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from math import inf, isfinite, isnan, nan

from fleet.waybills import Booking, Halt, Haul, Leg, Ride, Scan, ScanKind, Served

HANDOVER = "handover"

#: Scans that say the goods are off a vehicle.
OFF = frozenset({ScanKind.UNLOADED, ScanKind.RECEIVED})

#: A time, and how it is known.
Known = tuple[float, str]


@dataclass(frozen=True, slots=True)
class Carried:
    """A leg on one booking, as far as it is known."""

    leg: Leg
    booking: Booking
    haul: Haul
    load: Halt
    unload: Halt

    @property
    def between(self) -> tuple[Halt, ...]:
        """The stops that are ridden through."""
        first, last = self.load.number, self.unload.number
        return tuple(halt for halt in self.haul.halts if first < halt.number < last)

    def vehicle_at(self, at: float) -> int:
        """Key of the vehicle that served the trip then; 0 none."""
        served = (s.vehicle for s in self.haul.served if s.valid_from <= at < s.valid_to)
        return next(served, 0)


def carried(leg: Leg, hauls: Mapping[int, Haul]) -> Iterator[Carried]:
    """The bookings of a leg that ever held, oldest first, with their trips."""
    for booking in sorted(set(leg.bookings), key=lambda b: (b.valid_from, b.valid_to, b.trip)):
        haul = hauls.get(booking.trip)
        if haul is None or not booking.valid_from < booking.valid_to:
            continue
        halts = {halt.stop: halt for halt in haul.halts}
        if booking.load in halts and booking.unload in halts:
            yield Carried(leg, booking, haul, halts[booking.load], halts[booking.unload])


def loading(scans: Sequence[Scan], each: Carried, ready: float) -> Scan | None:
    """The scan that loaded the goods for this booking, unless they were taken off again."""
    last = min(each.booking.valid_to, _known(each.unload.arrived))
    first = max(each.booking.valid_from, ready if isfinite(ready) else -inf)
    aboard = None
    for scan in scans:
        if scan.site == each.leg.origin and first <= scan.at < last:
            if scan.kind is ScanKind.LOADED:
                aboard = scan
            elif scan.kind in OFF:
                aboard = None
    return aboard


def unloading(scans: Sequence[Scan], site: int, after: float) -> Scan | None:
    """The first scan off a vehicle or into a warehouse there; NaN: whenever."""
    floor = after if isfinite(after) else -inf
    found = (s for s in scans if s.site == site and s.kind in OFF and s.at > floor)
    return next(found, None)


def begin(each: Carried, scan: Scan | None, ready: float) -> Known:
    """Since when they were aboard; NaN: they were not.

    ``ready``: since when they were there to be loaded; NaN: nobody knows that they were.
    """
    left = each.load.departed
    if scan is not None:
        serves = {served.vehicle for served in each.haul.served}
        if scan.vehicle and scan.vehicle not in serves:
            return nan, ""
        return (min(scan.at, left) if left >= ready else scan.at), "scan"  # NaN is never more
    if left >= ready and left < each.booking.valid_to:
        return max(left, each.booking.valid_from), "departed"
    return nan, ""


def finish(each: Carried, since: float, unloaded: Scan | None, latest: Known) -> Known:
    """Until when they were aboard; inf and "" while they are.

    ``latest``: when every ride of the waybill ends at the latest.
    """
    there = each.unload
    ends = [latest, (each.haul.over, "over"), (each.booking.valid_to, HANDOVER)]
    if unloaded is not None and unloaded.at > since:
        ends += [(unloaded.at, "scan"), (_after(there.departed, since), "departed")]
    else:
        ends.append((_after(there.arrived, since), "arrived"))
    if isnan(there.arrived):  # driven past its goal: at the end of the trip at the latest
        ends.append((_after(each.haul.halts[-1].arrived, since), "arrived"))
    end, why = min(ends, key=lambda known: known[0])
    return end, why if isfinite(end) else ""


def rides(each: Carried, since: Known, until: Known, *, went_on: bool) -> list[Ride]:
    """The rides of a carriage, one per vehicle.

    ``went_on``: they came from another vehicle on the same leg.
    """
    found: list[Ride] = []
    presumed = since[1] != "scan"
    for served in _serving(each.haul.served):
        first, last = max(since[0], served.valid_from), min(until[0], served.valid_to)
        if not first < last:
            continue
        from_basis = HANDOVER if found or went_on else since[1]
        to_basis = until[1] if last == until[0] else HANDOVER
        found.append(
            Ride(
                each.leg.key, each.haul.trip, served.vehicle, first, last,
                from_basis, to_basis, presumed,
            )
        )  # fmt: skip
    return found


def apart(found: Sequence[Ride]) -> Iterator[Ride]:
    """Rides by time, cut where facts that contradict each other let them overlap."""
    ordered = sorted(found, key=lambda r: (r.valid_from, r.leg, r.trip, r.vehicle))
    for ride, following in zip_longest(ordered, ordered[1:]):
        if following is None or following.valid_from >= ride.valid_to:
            yield ride
        elif ride.valid_from < following.valid_from:
            yield replace(ride, valid_to=following.valid_from, to_basis=HANDOVER)


def _serving(served: Sequence[Served]) -> Iterator[Served]:
    """Who served a trip; a change of the driver alone is none."""
    held: Served | None = None
    for each in sorted(served, key=lambda s: (s.valid_from, s.valid_to)):
        if not each.valid_from < each.valid_to:
            continue
        if held is not None and (held.vehicle, held.valid_to) == (each.vehicle, each.valid_from):
            held = replace(held, valid_to=each.valid_to)
            continue
        if held is not None:
            yield held
        held = each
    if held is not None:
        yield held


def _known(at: float) -> float:
    return at if isfinite(at) else inf


def _after(at: float, since: float) -> float:
    return at if at > since else inf
