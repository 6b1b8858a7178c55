"""The story of a waybill while it is told: milestones, and the state that they lead to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import inf, isfinite, nan

from fleet.waybills import (
    Halt,
    Leg,
    Milestone,
    Ride,
    Scan,
    ScanKind,
    Waybill,
    WaybillState,
)
from shipment.carriage import HANDOVER, Carried, Known

_S = WaybillState

_TAKES = frozenset({ScanKind.LOADED, ScanKind.RECEIVED})


@dataclass(slots=True)
class Story:
    """What is told so far.

    What is told of one leg is put in order of time before it moves the state; legs follow one
    another whatever the clocks say.
    """

    waybill: Waybill
    scans: tuple[Scan, ...]  #: by time
    latest: Known = (inf, "")  #: when every ride ends at the latest
    rides: list[Ride] = field(default_factory=list)
    milestones: list[Milestone] = field(default_factory=list)  #: in the order of the story
    state: WaybillState = _S.CREATED
    since: float = nan
    used: set[str] = field(default_factory=set)  #: scans that another milestone tells of
    _leg: list[tuple[Milestone, WaybillState | None]] = field(default_factory=list)

    def tell(self, milestone: Milestone, state: WaybillState | None = None) -> None:
        """Add a milestone of this leg, and what it makes of the state; None: nothing."""
        self._leg.append((milestone, state))

    def turn(self) -> None:
        """Turn to the next leg."""
        for milestone, state in sorted(self._leg, key=lambda pair: pair[0].at):
            self.milestones.append(milestone)
            if state is not None:
                self.state, self.since = state, milestone.at
        self._leg.clear()

    def has(self, kind: str) -> bool:
        """Whether such a milestone was told, of this leg or before."""
        known = [*self.milestones, *(milestone for milestone, _ in self._leg)]
        return any(each.kind == kind for each in known)

    def is_last(self, number: int) -> bool:
        """Whether the leg with that number ends at the destination."""
        return number == len(self.waybill.legs) - 1

    @property
    def delivers(self) -> bool:
        """Whether it is told of the last leg of several: then it is out for delivery."""
        return len(self.waybill.legs) > 1


def at_origin(story: Story, each: Carried) -> None:
    """The vehicle that shall fetch it is there."""
    halt, booking = each.load, each.booking
    holds = halt.arrived < booking.valid_to and not halt.departed <= booking.valid_from
    if isfinite(halt.arrived) and holds and not story.has(_S.PICKED_UP):
        story.tell(of_halt(_S.ARRIVED_ORIGIN, each, halt), _S.ARRIVED_ORIGIN)


def picked_up(story: Story, leg: Leg, each: Carried | None, *, gone: bool) -> None:
    """The goods were taken over: by a scan, or, when they are ``gone``, by the departure."""
    if story.has(_S.PICKED_UP):
        return
    scan = next((s for s in story.scans if s.site == leg.origin and s.kind in _TAKES), None)
    if scan is not None:
        story.used.add(scan.id)
        story.tell(_taken(scan, each), _S.PICKED_UP)
    elif each is not None and gone:
        left = of_halt(_S.PICKED_UP, each, each.load, leaves=True, presumed=True)
        story.tell(replace(left, key=str(_S.PICKED_UP)), _S.PICKED_UP)


def _taken(scan: Scan, each: Carried | None) -> Milestone:
    at, vehicle, trip = scan.at, scan.vehicle, 0
    if each is not None and scan.kind is ScanKind.LOADED:
        left = each.load.departed
        at = min(at, left) if left >= each.booking.valid_from else at  # scanned on the way
        trip, vehicle = each.haul.trip, vehicle or each.vehicle_at(at)
    milestone = of_scan(_S.PICKED_UP, str(_S.PICKED_UP), scan)
    return replace(milestone, at=at, vehicle=vehicle, trip=trip)


def departed(story: Story, number: int, each: Carried, *, presumed: bool) -> None:
    """It left the stop where it was loaded."""
    if not isfinite(each.load.departed) or not each.load.departed < each.booking.valid_to:
        return
    kind = _S.DEPARTED_HUB
    if number == 0:
        kind = _S.DEPARTED_ORIGIN
    elif story.is_last(number):
        kind = _S.OUT_FOR_DELIVERY
    story.tell(of_halt(kind, each, each.load, leaves=True, presumed=presumed), kind)


def handed_over(story: Story, number: int, found: Sequence[Ride]) -> None:
    """Other vehicles took it on, on the way."""
    keeps = story.delivers and story.is_last(number)
    for index, ride in enumerate(found):
        if ride.from_basis == HANDOVER:
            times = sum(before.vehicle == ride.vehicle for before in found[:index])
            key = f"{HANDOVER}:{number}:{ride.trip}:{ride.vehicle}:{times}"
            over = Milestone(key, HANDOVER, ride.valid_from, 0, ride.vehicle, ride.trip, "person")
            story.tell(over, None if keeps else _S.IN_TRANSIT)


def rode_through(story: Story, number: int, each: Carried, aboard: tuple[float, float]) -> None:
    """Stops between loading and unloading."""
    presumed = bool(story.rides) and story.rides[-1].presumed
    keeps = story.delivers and story.is_last(number)
    for halt in each.between:
        for kind, at in ((_S.ARRIVED_HUB, halt.arrived), (_S.DEPARTED_HUB, halt.departed)):
            if aboard[0] <= at < aboard[1]:  # NaN is never within
                leaves = kind is _S.DEPARTED_HUB
                milestone = of_halt(kind, each, halt, leaves=leaves, presumed=presumed)
                story.tell(milestone, None if keeps else kind)


def arrived(story: Story, number: int, each: Carried, *, presumed: bool) -> float:
    """It came to the end of the leg; returns when."""
    kind = arrival(story, number)
    story.tell(of_halt(kind, each, each.unload, presumed=presumed), kind)
    return each.unload.arrived


def scanned(story: Story, number: int, scan: Scan) -> None:
    """It came to the end of the leg, as a scan there shows."""
    kind = arrival(story, number)
    story.used.add(scan.id)
    story.tell(of_scan(kind, f"{kind}:{number}:scan", scan), kind)


def arrival(story: Story, number: int) -> WaybillState:
    """What it is to come to the end of the leg with that number."""
    left = len(story.waybill.legs) - 1 - number
    if not left:
        return _S.ARRIVED_DESTINATION
    return _S.ARRIVED_DEST_HUB if left == 1 else _S.ARRIVED_HUB


def of_halt(
    kind: WaybillState, each: Carried, halt: Halt, *, leaves: bool = False, presumed: bool = False
) -> Milestone:
    """What a stop of a trip says of a waybill on it."""
    at = halt.departed if leaves else halt.arrived
    return Milestone(
        key=f"{kind}:{each.leg.number}:{halt.stop}",
        kind=kind,
        at=at,
        site=halt.site,
        vehicle=each.vehicle_at(at),
        trip=each.haul.trip,
        source="person" if halt.author else "gps",
        planned=halt.depart if leaves else halt.arrive,
        estimated=nan if leaves else halt.estimated,
        visit=halt.visit,
        author=halt.author,
        presumed=presumed,
    )


def of_scan(kind: str, key: str, scan: Scan) -> Milestone:
    """What a scan says of it."""
    return Milestone(
        key, kind, scan.at, scan.site, scan.vehicle, 0, "scan", author=scan.author, note=scan.note
    )
