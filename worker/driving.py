"""How vehicles are driven, followed in the worker: stored fixes in, episodes out.

What is remembered of each vehicle is held here and kept in the store now and then; after a start,
or a fault, it is read again and so are the fixes since, which comes to the same.  A vehicle that
was folded again is followed anew from some hours before the change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from math import nan
from operator import attrgetter
from typing import Any

from fleet.alerts import AlertKind, Episode
from shipment.detect.driving import FORMAT, Driving, Row, Rules, Spell, drive, lasting, pack, unpack
from shipment.detect.limits import Detectors, Fatigue, Kept, Overspeed
from shipment.detect.vehicles import VehicleFacts, driven
from store import alert_facts
from store import driving as stored

BACK = 12 * 3600.0  #: s before a change from which a vehicle is followed anew: a shift
FIRST = 900.0  #: s before its newest fix from which a vehicle is followed that is new here
SHARES = 12  #: rounds in which every record is kept once: a minute at a round each five seconds
AT_ONCE = 1000  #: vehicles in a query
ROWS = 2000  #: fixes of one vehicle in a round; five hours of one each ten seconds
REMADE = 10  #: vehicles that are followed anew in a round; some 20 ms each


@dataclass(slots=True)
class _Followed:
    """One vehicle."""

    record: Driving
    read_to: float
    dirty: bool = False  #: it is not kept as it is
    urgent: bool = False  #: what is kept is wrong: nobody will say again that it is


class Follower:
    """What the worker knows of driving."""

    def __init__(self, shift: float) -> None:
        self._shift = shift
        self._known: dict[int, _Followed] | None = None  # by key; None: to be read
        self._round = 0

    def forget(self) -> None:
        """What was not committed never was: read again."""
        self._known = None

    @property
    def followed(self) -> frozenset[int]:
        """Keys of the vehicles whose driving is known up to their newest fix."""
        return frozenset(self._known or ())

    def round(self, conn: Any, now: float, detectors: Detectors) -> list[Episode]:  # noqa: ANN401 - only the store names the type
        """Follow every vehicle to its newest fix; what there is to tell of.

        Raises:
            StoreAway: the database did not answer; then ``forget``.
        """
        rules = self._rules(detectors)
        known = self._load(conn)
        spells = self._advance(conn, known, rules)
        for key, one in known.items():
            spells += ((key, spell) for spell in lasting(one.record, now, rules))
        self._keep(conn, known)
        vehicles = alert_facts.load_vehicles(conn, sorted({key for key, _ in spells}))
        found = (
            (VehicleFacts(row.key, row.plate, row.party, trip=row.trip, trip_code=row.trip_code), s)
            for key, s in spells
            if (row := vehicles.get(key)) is not None
        )
        return [each for facts, spell in found for each in driven(facts, spell, detectors)]

    def _rules(self, detectors: Detectors) -> Rules:
        speed = detectors[AlertKind.OVERSPEED].limits
        fatigue = detectors[AlertKind.FATIGUE].limits
        moved = detectors[AlertKind.RELOCATION].limits
        return Rules(
            speed if isinstance(speed, Overspeed) else Overspeed(),
            fatigue if isinstance(fatigue, Fatigue) else Fatigue(),
            stands=moved.stands if isinstance(moved, Kept) else Kept().stands,
            shift=self._shift,
        )

    def _load(self, conn: Any) -> dict[int, _Followed]:  # noqa: ANN401 - as above
        if self._known is None:
            self._known = {
                key: _Followed(unpack(body), read_to)
                for key, (read_to, body) in stored.load_driving(conn, FORMAT).items()
            }
        return self._known

    def _advance(
        self,
        conn: Any,  # noqa: ANN401 - as above
        known: dict[int, _Followed],
        rules: Rules,
    ) -> list[tuple[int, Spell]]:
        """Read what is new; spells that ended."""
        newest = stored.load_newest(conn)
        for key, since in stored.take_due(conn, REMADE).items():
            if (before := known.get(key)) is not None:
                known[key] = _anew(before, since - BACK)
        after: dict[int, float] = {}
        for key, time in newest.items():
            one = known.get(key)
            if one is None:
                one = known[key] = _Followed(Driving(), time - FIRST)
            if time > one.read_to:
                after[key] = one.read_to
        ended: list[tuple[int, Spell]] = []
        keys = list(after)
        for begin in range(0, len(keys), AT_ONCE):
            part = {key: after[key] for key in keys[begin : begin + AT_ONCE]}
            ended += self._read(conn, known, part, newest, rules)
        return ended

    @staticmethod
    def _read(
        conn: Any,  # noqa: ANN401 - as above
        known: Mapping[int, _Followed],
        after: Mapping[int, float],
        newest: Mapping[int, float],
        rules: Rules,
    ) -> Iterator[tuple[int, Spell]]:
        while after:
            rows = stored.load_fixes(conn, after, ROWS)
            changes = stored.load_changes(conn, list(after), min(after.values()))
            more: dict[int, float] = {}
            for key in after:
                known[key].read_to = max(known[key].read_to, newest[key])
            for key, group in groupby(rows, key=attrgetter("vehicle")):
                fixes = [Row(*row[1:]) for row in group]
                one = known[key]
                ended = drive(one.record, fixes, changes.get(key, ()), rules)
                one.dirty = True
                if len(fixes) == ROWS:
                    more[key] = fixes[-1].time
                one.read_to = max(one.read_to, fixes[-1].time)
                yield from ((key, spell) for spell in ended)
            after = more

    def _keep(self, conn: Any, known: Mapping[int, _Followed]) -> None:  # noqa: ANN401 - as above
        """Keep a share of the records, so that no round keeps them all."""
        self._round += 1
        share = self._round % SHARES
        chosen = {
            key: one
            for key, one in known.items()
            if one.urgent or (one.dirty and key % SHARES == share)
        }
        kept = {key: (one.read_to, pack(one.record)) for key, one in chosen.items()}
        stored.keep_driving(conn, FORMAT, kept)
        for one in chosen.values():
            one.dirty = one.urgent = False


def _anew(before: _Followed, start: float) -> _Followed:
    """Followed from ``start`` on; what was found before that stays."""
    moved = before.record.moved
    record = Driving(moved=moved if moved < start else nan)
    return _Followed(record, start, dirty=True, urgent=True)
