"""What detectors look at, made of what the store has; and what they find."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from math import isfinite, nan
from typing import Any

import numpy as np

from fleet.alert_views import Ending, KeptAlert
from fleet.alerts import AlertKind, Episode
from fleet.geo import distance_of
from fleet.trips import Risk, StopStatus, TripState
from fleet.waybills import WaybillState
from route.memory import PROGRESS, State
from shipment.cases import unpack_place
from shipment.detect import daycheck, endings, limits, trips, vehicles, waybills
from shipment.detect.limits import DayCheck, Detector, Detectors, Faults, Kept, NoUpdate, Silence
from shipment.detect.limits import Stall as StallLimits
from shipment.detect.waybills import NO_PROMISE, Promise
from shipment.risk import RISK
from store import alert_facts
from store import detectors as settings
from store.alert_facts import StopRow, TripRow, WaybillRow

_RISKS = tuple(Risk)

#: Found by a look at everything; the others are of vehicles whose fixes were read.
EVERYWHERE = frozenset(AlertKind) - vehicles.DRIVING


def load_detectors(conn: Any) -> dict[AlertKind, Detector]:  # noqa: ANN401 - only the store names the type
    """Every detector as it is set."""
    return limits.settled(settings.load_settings(conn).values())


def find(
    conn: Any,  # noqa: ANN401 - as above
    at: datetime,
    known: Detectors,
    zone: str,
    *,
    missed: bool = True,
) -> list[Episode]:
    """Every episode that holds, but for those of driving; ``missed``: also stops gone by."""
    now = at.timestamp()
    found = [*_waybills(conn, at, known), *_trips(conn, at, known, missed=missed)]
    heard_of = {each.subject for each in found if each.kind is AlertKind.SIGNAL_LOST}
    silent = _silent(conn, at, known[AlertKind.SIGNAL_LOST])
    found += [each for each in silent if each.subject not in heard_of]
    for row in alert_facts.load_zones(conn, at):
        facts = vehicles.VehicleFacts(row.vehicle, row.plate, row.party)
        visit = vehicles.ZoneVisit(facts, *row[3:])
        found += vehicles.zone(visit, now, known[AlertKind.FORBIDDEN_ZONE])
    found += vehicles.said(_alarms(conn, at), known)
    found += _letters(conn, at, known[AlertKind.DEVICE_FAULT])
    return [_zoned(each, zone) for each in found]


def find_endings(
    conn: Any,  # noqa: ANN401 - as above
    missing: Sequence[KeptAlert],
    detectors: Detectors,
) -> dict[str, Ending]:
    """How alerts ended that are no longer found, by id."""
    off = Ending(why="the detector was switched off")
    found = {alert.id: off for alert in missing if not detectors[alert.kind].enabled}
    by_id = {alert.id: alert for alert in missing if alert.id not in found}
    for row in alert_facts.load_evidence(conn, list(by_id)):
        arrived, departed, recorded, heard, moved = (
            nan if time is None else time for time in row[1:6]
        )
        known = endings.Evidence(arrived, departed, recorded, heard, moved, row.withdrawn)
        found[row.id] = endings.ending(by_id[row.id], known)
    return found


def _zoned(episode: Episode, zone: str) -> Episode:
    """With the zone in which its times are told, where no place decides."""
    if "zone" in episode.facts:
        return episode
    return replace(episode, facts={**episode.facts, "zone": zone})


def _waybills(conn: Any, at: datetime, known: Detectors) -> Iterator[Episode]:  # noqa: ANN401 - as above
    update = known[AlertKind.NO_UPDATE_AFTER_PICKUP].limits
    stall = known[AlertKind.TRANSIT_STALL].limits
    check = known[AlertKind.DAY_CHECK].limits
    told, shipped = limits.DAY, 3 * limits.DAY
    if isinstance(check, DayCheck):
        told, shipped = check.recent, max(check.signed - 1, 0) * limits.DAY
    rows = alert_facts.load_waybills(
        conn,
        at,
        told=min(told, update.after) if isinstance(update, NoUpdate) else told,
        stalled=stall.after if isinstance(stall, StallLimits) else limits.DAY,
        shipped=shipped,
    )
    now = at.timestamp()
    for row, promise in zip(rows, _promises(row.risks for row in rows), strict=True):
        facts = _waybill(row, promise)
        for each in waybills.detect(facts, now, known):
            yield replace(each, facts={**each.facts, "zone": row.zone})
        for each in daycheck.detect(facts, now, known[AlertKind.DAY_CHECK]):
            yield replace(each, facts={**each.facts, "zone": row.zone})


def _waybill(row: WaybillRow, promise: Promise) -> waybills.WaybillFacts:
    moved = nan
    if None not in (row.last_lon, row.last_lat, row.lon, row.lat) and row.vehicle:
        moved = distance_of(*map(float, (row.last_lon, row.last_lat, row.lon, row.lat)))  # type: ignore[arg-type]  # checked above
    return waybills.WaybillFacts(
        key=row.key,
        number=row.number,
        state=WaybillState(row.state),
        since=row.since,
        told=row.told,
        shipped=row.shipped,
        promise=promise,
        promised=row.promised,
        stored=row.stored,
        delay=row.delay,
        cause=row.cause,
        p50=row.p50,
        stands=row.stands,
        seen=row.seen,
        share=row.share,
        starts=row.starts,
        ends=row.ends,
        moved=moved,
        zone=row.zone,
        vehicle=row.vehicle,
        trip=row.trip,
        site=row.site,
        party=row.party,
        plate=row.plate,
        trip_code=row.trip_code,
        site_code=row.site_code,
        site_zh=row.site_zh,
        site_en=row.site_en,
        to_zh=row.to_zh,
        to_en=row.to_en,
    )


def _promises(kept: Iterable[bytes]) -> list[Promise]:
    """The first record of each, as it is remembered; nothing of those without."""
    return [(_risks(body) or [NO_PROMISE])[0] for body in kept]


def _risks(body: bytes) -> list[Promise]:
    """What is remembered of due times; nothing where the bytes are of another format."""
    if not body or len(body) % RISK.itemsize:
        return []
    return [
        Promise(_RISKS[state], _RISKS[held], since, turned, due, arrived)
        for state, held, since, due, turned, *_, arrived in np.frombuffer(body, RISK).tolist()
    ]


def _trips(
    conn: Any,  # noqa: ANN401 - as above
    at: datetime,
    known: Detectors,
    *,
    missed: bool,
) -> Iterator[Episode]:
    said = known[AlertKind.MISSED_STOP].limits
    span = said.stands if isinstance(said, Kept) else limits.DAY
    rows, stops = alert_facts.load_trips(conn, at, span if missed else None)
    of_trip = {trip: tuple(group) for trip, group in groupby(stops, key=lambda stop: stop.trip)}
    for row in rows:
        yield from trips.detect(_trip(row, of_trip.get(row.key, ())), at.timestamp(), known)


def _trip(row: TripRow, stops: Sequence[StopRow]) -> trips.TripFacts:
    risks = _risks(row.risks)
    if len(risks) != len(stops):
        risks = [NO_PROMISE] * len(stops)
    return trips.TripFacts(
        key=row.key,
        code=row.code,
        state=TripState(row.state),
        stops=tuple(
            trips.StopFacts(
                stop.site,
                stop.code,
                stop.zh,
                stop.en,
                stop.due,
                StopStatus(stop.status),
                stop.promised,
                stop.via,
                promise,
            )
            for stop, promise in zip(stops, risks, strict=True)
        ),
        conditions=row.conditions,
        off_since=_off_since(row) if row.off_route else nan,
        cut_since=row.cut_since,
        carries=row.carries,
        delay=row.delay,
        cause=row.cause,
        over=row.over,
        seen=row.seen,
        vehicle=row.vehicle,
        party=row.party,
        plate=row.plate,
    )


def _off_since(row: TripRow) -> float:
    """Since when it is off its route; of one that turned back since when the trip is on."""
    _, packed = unpack_place(row.place)
    if len(packed) != PROGRESS.itemsize:
        return nan
    record = np.frombuffer(packed, PROGRESS)[0]
    since = float(record["off_since"])
    if int(record["state"]) == State.TURNED_BACK or not isfinite(since):
        return float(record["begun"])
    return since


def _silent(conn: Any, at: datetime, detector: Detector) -> Iterator[Episode]:  # noqa: ANN401 - as above
    said = detector.limits
    if not isinstance(said, Silence):
        return
    for row in alert_facts.load_silent(conn, at, said.moving, said.parked):
        facts = vehicles.VehicleFacts(row.key, row.plate, row.party, row.seen, row.moving)
        yield from vehicles.silent(facts, at.timestamp(), detector)


def _alarms(conn: Any, at: datetime) -> Iterator[vehicles.DeviceSaid]:  # noqa: ANN401 - as above
    for row in alert_facts.load_alarms(conn, at):
        inside = vehicles.VehicleFacts(row.vehicle, row.plate, row.party) if row.vehicle else None
        yield vehicles.DeviceSaid(row.device, row.kind, row.time, row.on, inside)


def _letters(conn: Any, at: datetime, detector: Detector) -> Iterator[Episode]:  # noqa: ANN401 - as above
    said = detector.limits
    if not isinstance(said, Faults):
        return
    rows = alert_facts.load_letters(conn, at, said.within, said.letters)
    bursts = [
        vehicles.Letters(
            row.device,
            row.letters,
            row.first,
            row.reason,
            vehicles.VehicleFacts(row.vehicle, row.plate, row.party) if row.vehicle else None,
        )
        for row in rows
    ]
    yield from vehicles.letters(bursts, detector)
