"""Days with planned trips: who drives where, what was planned, and who looks at it.

Four hubs 9 km apart on a road to the east, as in ``bench.order``: site 1 at 0 m to site 4.
A day can be delivered to tables in memory (``TripLedger``) or to a database (``TripStand``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf, isfinite, nan
from typing import Any

import numpy as np

from bench import order
from bench.ledger import Edit, Ledger
from bench.order import MORNING
from fleet.nodes import KeptVisit, VisitState
from fleet.records import FixBatch, WorldRows
from fleet.trips import (
    STOP,
    TRACK_BEFORE,
    Assignment,
    Evaluation,
    Line,
    Place,
    Plan,
    Question,
    Standing,
    StopFact,
    StopStatus,
    TripRow,
    TripState,
    VisitRow,
    span,
)
from gateway.pipeline import Rules
from gateway.world import World
from geofence.nodes import Found
from route import model
from route.answer import answer, place_of
from route.eta import Forecast
from route.line import build_line
from route.model import VERSION, Model
from route.plans import Plans
from shipment.cases import after
from shipment.desk import Desk
from store.trip_rows import expectations
from tests import factories

EAST = 95_900.0  #: m per degree of longitude at 30.6 degrees
MINUTE, HOUR = 60.0, 3600.0
OPEN = (StopStatus.PLANNED, StopStatus.APPROACHING, StopStatus.MISSED)


@dataclass(frozen=True, slots=True)
class Call:
    """A planned stop; minutes after ``MORNING``, NaN none."""

    site: int
    arrive: float = nan
    depart: float = nan
    terms: Mapping[str, Any] = field(default_factory=dict)  #: other columns of ``STOP``


@dataclass(frozen=True, slots=True)
class Trip:
    """A planned trip; its calls are in the order of the road."""

    code: str
    calls: tuple[Call, ...]
    vehicle: int | None = 0
    strict: bool = True
    lined: bool = True


#: Off at 40 minutes, at the second hub from 50 to 80 minutes, at the third at 90.
THREE = (Call(1, nan, 40), Call(2, 50, 80), Call(3, 90))
#: Time (minutes) and place (m) of a drive that keeps that plan.
PUNCTUAL = ((0, -9000), (10, 0), (40, 0), (50, 9000), (80, 9000), (90, 18_000), (120, 18_000),
            (130, 26_000))  # fmt: skip


def drive(*legs: tuple[float, float], vehicle: int = 0, every: float = 60.0) -> FixBatch:
    """Good fixes of a vehicle that is ``x`` m east at each minute, straight in between."""
    minutes, places = zip(*legs, strict=True)
    time = MORNING + np.arange(0.0, MINUTE * minutes[-1], every)
    x = np.interp(time - MORNING, MINUTE * np.array(minutes), places)
    speed = np.gradient(x, time)
    return factories.fixes(
        len(time),
        device=vehicle,
        vehicle=vehicle,
        time=time,
        lon=114.0 + x / EAST,
        lat=30.6,
        speed=np.abs(speed),
        course=np.where(speed > 1, 90.0, np.where(speed < -1, 270.0, nan)),
        frame=-1,
    )


def between(fixes: FixBatch, start: float, end: float) -> FixBatch:
    """The fixes of some minutes."""
    minute = (fixes.time - MORNING) / MINUTE
    return fixes.rows((minute >= start) & (minute < end))


def without(fixes: FixBatch, start: float, end: float) -> FixBatch:
    """All but the fixes of some minutes."""
    minute = (fixes.time - MORNING) / MINUTE
    return fixes.rows((minute < start) | (minute >= end))


def parts(fixes: FixBatch, size: int) -> list[FixBatch]:
    """So many fixes to a commit."""
    return [fixes.rows(slice(n, n + size)) for n in range(0, len(fixes), size)]


def singly(fixes: FixBatch) -> list[FixBatch]:
    """Each fix in a commit of its own."""
    return parts(fixes, 1)


def way_of(calls: Sequence[Call], key: int = 1) -> Line:
    """The road from the first call to the last."""
    x = np.array([9000.0 * (call.site - 1) for call in calls])
    return build_line(key, 114.0 + x / EAST, np.full(len(x), 30.6))


def plan_of(trip: Trip, key: int, revision: int = 0, valid_from: float = -inf) -> Plan:
    """Its plan; stop keys are ten times the trip's, plus the site (a site once in a trip)."""
    stops = np.zeros(len(trip.calls), STOP)
    line = way_of(trip.calls)
    for number, call in enumerate(trip.calls):
        at, leaves = (MORNING + MINUTE * time for time in (call.arrive, call.depart))
        row = {
            "key": 10 * key + call.site,
            "site": call.site,
            "s": line.s[number] if trip.lined else nan,
            "arrive": at,
            "depart": leaves,
            "opens": at,
            "closes": at,
            "service": 1800.0,
            "early": 1800.0,
            "late": 900.0,
        }
        for name, value in (row | dict(call.terms)).items():
            stops[name][number] = value
    names = tuple(f"F{call.site}" for call in trip.calls)
    return Plan(key, revision, valid_from, key if trip.lined else 0, trip.strict, stops, names)


def row_of(trip: Trip, key: int, since: float | None = None) -> TripRow:
    """The trip as the engines know it; ``since``: when its vehicle begins to serve it."""
    plan = plan_of(trip, key)
    begin = span(plan.stops)[0] - TRACK_BEFORE if since is None else since
    served = () if trip.vehicle is None else (Assignment(key, trip.vehicle, begin, inf),)
    return TripRow(key, trip.code, (plan,), served, inf, expectations(plan, served, inf))


def with_trips(rows: WorldRows, known: Iterable[TripRow]) -> WorldRows:
    """The world with these trips and no others."""
    found = tuple(sorted(known, key=lambda row: row.key))
    lines = {
        plan.line: way_of([Call(int(site)) for site in plan.stops["site"]], plan.line)
        for row in found
        for plan in row.plans
        if plan.line
    }
    return replace(
        rows,
        revision=rows.revision + 1,
        trip_revision=rows.trip_revision + 1,
        trips=found,
        lines=tuple(lines[key] for key in sorted(lines)),
        expected=tuple(each for row in found for each in row.expected),
    )


def fleet(vehicles: int = 1) -> WorldRows:
    """So many vehicles, a spare one, and the hubs."""
    given = order.day(order.Plan(vehicles=vehicles, fixes=2), np.random.default_rng(0))
    return given.before.rows


def day(fixes: FixBatch, *planned: Trip, vehicles: int = 1) -> TripDay:
    """A day of some trips, without edits."""
    rows = with_trips(fleet(vehicles), [row_of(trip, n) for n, trip in enumerate(planned, 1)])
    ordered = fixes.rows(np.argsort(fixes.time, kind="stable"))
    return TripDay(order.Day(World.build(rows), (), ordered), planned)


@dataclass(frozen=True, slots=True)
class Change(Edit):
    """An edit of trips, and how people make it in a database."""

    make: Callable[[Any], None] = print


@dataclass(frozen=True, slots=True)
class TripDay:
    """A day, and the trips planned in it: their keys count from 1 in this order."""

    day: order.Day
    trips: tuple[Trip, ...]

    @property
    def fixes(self) -> FixBatch:
        """All of them."""
        return self.day.fixes


class Ports:
    """What a desk asks for, of tables in memory."""

    def __init__(self, ledger: TripLedger) -> None:
        self._ledger = ledger

    def load_standings(self, trips: Sequence[int]) -> Mapping[int, Standing]:
        """How these trips stand."""
        return {key: self._ledger.standing(key) for key in trips if key in self._ledger.standings}

    def load_visits(self, vehicles: Sequence[int], start: float, end: float) -> list[VisitRow]:
        """As ``store.standings.load_visits``."""
        return [
            row
            for vehicle in vehicles
            for row in self._ledger.visits(vehicle)
            if row.settled >= start and row.entered < end and _ends(row) >= start
        ]

    def place(self, packed: bytes) -> Place | None:
        """Where a vehicle is."""
        return place_of(packed, self._ledger.runs.lines)

    def forecast(self, asked: Question) -> Forecast:
        """When stops will be reached."""
        return answer(asked, self._ledger.plans, self._ledger.model, model.Rules())


def _ends(row: VisitRow) -> float:
    going_on = (VisitState.ENTERING, VisitState.ARRIVED, VisitState.LEAVING)
    if row.state in going_on:
        return inf
    return row.left if isfinite(row.left) else row.settled


class TripLedger(Ledger):
    """``bench.ledger.Ledger`` with the desk beside it, as in the gateway's writer."""

    def __init__(self, world: World, rules: Rules | None = None) -> None:
        super().__init__(world, rules or Rules())
        self.standings: dict[int, Standing] = {}
        self.model = Model.empty(VERSION)
        self.plans = Plans.build(())
        self.log: list[list[Evaluation]] = []  #: what each look concluded
        self._desk = Desk()
        self._stirred: set[int] = set()
        self._follow()

    @property
    def runs(self) -> Any:  # noqa: ANN401 - of the gateway
        """Who is on which trip."""
        return self._world.runs

    def standing(self, trip: int) -> Standing:
        """As the store reads it: what is kept of the stops of the latest plan, in its order."""
        kept, plan = self.standings[trip], self.runs.timetable.trips[trip].plan
        if plan is None:
            return kept
        facts = {fact.stop: fact for fact in kept.facts}
        keys = [key for key in plan.stops["key"].tolist() if key in facts]
        return replace(kept, facts=tuple(facts[key] for key in keys))

    def visits(self, vehicle: int) -> list[VisitRow]:
        """Of one vehicle, in order."""
        sites = {fence.fence: fence.site for fence in self._world.rows.fences}
        found = [_row(kept, sites) for kept in self._visits[vehicle].values()]
        return sorted(found, key=lambda row: (row.entered, row.fence, row.id))

    def write(self, fixes: FixBatch) -> None:
        """One commit, and the look at the trips that belongs to it."""
        self._stirred.clear()
        super().write(fixes)
        vehicle = self._world.find_vehicles(fixes.device, fixes.time)
        touched = np.unique(vehicle[vehicle >= 0]).astype(np.int32)
        self._look(touched, float(fixes.received.max()))

    def edit(self, edit: Edit) -> None:
        """Change the past."""
        super().edit(edit)
        self._follow()

    def clock(self, now: float) -> list[Evaluation]:
        """The worker looks at every trip."""
        return self.look({}, set(self.runs.timetable.trips), now)

    def look(
        self, places: Mapping[int, bytes], again: Iterable[int], now: float
    ) -> list[Evaluation]:
        """A look, kept."""
        looked = self._desk.look(Ports(self), places, again, now, self.model.version)
        for each in looked:
            self.standings[each.trip] = after(self.standing(each.trip), each)
        self._desk.settle(looked)
        self.log.append(looked)
        return looked

    def facts(self, *, by_visits: bool) -> list[tuple[Any, ...]]:
        """What is kept of each stop; ``by_visits``: without what only the clock says."""
        found = []
        for key, row in sorted(self.runs.timetable.trips.items()):
            facts = self.standing(key).facts
            found += [told(row.code, n, f, by_visits=by_visits) for n, f in enumerate(facts)]
        return found

    def _follow(self) -> None:
        rows = self._world.rows
        self.plans = Plans.build([row.plan for row in rows.trips if row.plan], self.plans)
        self._desk.follow(self.runs.timetable)
        for row in rows.trips:
            state = TripState.ASSIGNED if row.assigned else TripState.PLANNED
            if row.plan is None:
                state = TripState.DRAFT
            self.standings.setdefault(row.key, blank(row.key, state))
        self._desk.clear()

    def _look(self, touched: Any, now: float) -> None:  # noqa: ANN401 - rows
        roads = self.memory.roads[touched]
        on = roads["trip"] != 0
        places = dict(zip(roads["trip"][on].tolist(), map(bytes, roads[on]), strict=True))
        timetable = self.runs.timetable
        again = {key for vehicle in self._stirred for key in timetable.near(vehicle, now)}
        self.look(places, again, now)

    def _fold_again(self, vehicle: int, since: float) -> None:
        self._stirred.clear()
        super()._fold_again(vehicle, since)
        row = np.array([vehicle], np.int32)
        newest = float(self.memory.screen["seen"][vehicle])
        if isfinite(newest):
            self._look(row, newest)

    def _conclude(self, found: Sequence[Found], since: dict[int, float]) -> None:
        before = {vehicle: dict(self._visits[vehicle]) for vehicle in since}
        super()._conclude(found, since)
        self._stirred |= {vehicle for vehicle in since if self._visits[vehicle] != before[vehicle]}


def blank(trip: int, state: TripState = TripState.ASSIGNED, **more: Any) -> Standing:  # noqa: ANN401 - a builder
    """A trip that nobody has looked at."""
    ordinary = Standing(trip, state, (), (), (), b"", -1, nan, nan)
    return replace(ordinary, **more)


def told(code: str, number: int, fact: StopFact, *, by_visits: bool) -> tuple[Any, ...]:
    """A fact without keys and ids."""
    status = StopStatus.PLANNED if by_visits and fact.status in OPEN else fact.status
    times = [
        None if not isfinite(time) else round(time, 3)
        for time in (fact.arrived, fact.departed, fact.earliest, fact.latest)
    ]
    return (code, number, str(status), *times, fact.out_of_sequence, fact.shared)


def _row(kept: KeptVisit, sites: Mapping[int, int]) -> VisitRow:
    """As ``store.standings.load_visits`` reads it."""
    visit = kept.visit
    ended = visit.state in (VisitState.DEPARTED, VisitState.PASSED) and visit.exit is not None
    return VisitRow(
        kept.id,
        kept.vehicle,
        sites[visit.fence],
        visit.fence,
        visit.state,
        True,  # noqa: FBT003 - node level
        visit.entry.time,
        visit.entry.earliest,
        visit.entry.latest,
        visit.stopped,
        visit.exit.time if ended and visit.exit is not None else nan,
        visit.yielded_to != 0,
        visit.settled,
    )
