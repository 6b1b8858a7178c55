"""The stops of a trip with plan, estimate and actual side by side; and its other rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fleet.trip_views import Assigned, PlannedStop, PlanRevision, Step, TripStop
from fleet.trips import Risk, StopStatus, TripState
from fleet.views import Site
from store.trip_briefs import Known, founded

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Risks:
    """What is stored of the risk of each stop of one revision."""

    revision: int  #: -1 none
    records: bytes  #: of equal lengths, each beginning with a ``Risk``

    def of(self, revision: PlanRevision, number: int) -> Risk:
        """Of the stop ``number`` in ``revision``."""
        size = len(self.records) // max(len(revision.stops), 1)
        if not size or revision.revision != self.revision:
            return Risk.UNKNOWN
        return Risk(self.records[number * size])


def revisions(found: Sequence[Row], stops: Iterable[Row]) -> tuple[PlanRevision, ...]:
    """Rows of ``load_plans`` and ``load_plan_stops``."""
    planned: dict[int, list[PlannedStop]] = {}
    for revision, number, stop, *more in stops:
        planned.setdefault(revision, []).append(
            PlannedStop(number, stop, Site(*more[:6]), *more[6:])
        )
    return tuple(
        PlanRevision(
            revision=row[0],
            valid_from=row[1],
            strict=row[2],
            author=row[3],
            reason=row[4],
            recorded_at=row[5],
            stops=tuple(planned.get(row[0], ())),
        )
        for row in found
    )


def side_by_side(
    plans: Sequence[PlanRevision], facts: Iterable[Row], known: Known, risks: Risks
) -> tuple[TripStop, ...]:
    """Every stop that any revision had, in order of the latest; dropped ones where they were."""
    if not plans:
        return ()
    by_stop = {row[0]: row[1:] for row in facts}
    baseline = {stop.stop: stop for stop in plans[0].stops}
    latest = {stop.stop for stop in plans[-1].stops}
    now = _Now(plans[-1], known, risks)
    return tuple(
        _stop(
            stop,
            baseline.get(stop.stop),
            by_stop.get(stop.stop),
            now if stop.stop in latest else None,
        )
        for stop in _in_order(plans)
    )


def assigned(found: Iterable[Row]) -> tuple[Assigned, ...]:
    """Rows of ``load_assigned``."""
    return tuple(Assigned(*row) for row in found)


def steps(found: Iterable[Row]) -> tuple[Step, ...]:
    """Rows of ``load_steps``."""
    return tuple(
        Step(at, event, TripState(before), TripState(after), *more)
        for at, event, before, after, *more in found
    )


@dataclass(frozen=True, slots=True)
class _Now:
    """What is thought of the stops of the latest revision."""

    plan: PlanRevision
    known: Known
    risks: Risks


def _in_order(plans: Sequence[PlanRevision]) -> list[PlannedStop]:
    """Each stop as the latest revision that has it says it."""
    order = list(plans[-1].stops)
    for plan in reversed(plans[:-1]):
        placed = {stop.stop for stop in order}
        before: str | None = None
        for stop in plan.stops:
            if stop.stop not in placed:
                at = next((n for n, other in enumerate(order) if other.stop == before), -1)
                order.insert(at + 1, stop)
            before = stop.stop
    return order


def _stop(
    planned: PlannedStop, baseline: PlannedStop | None, fact: Row | None, now: _Now | None
) -> TripStop:
    status, arrived, departed, earliest, latest, estimated, *more = fact or _NOTHING
    out_of_sequence, shared, visit, author, reason = more
    estimate, risk = None, Risk.UNKNOWN
    if now is not None:
        over = now.known.brief.state.is_over
        if arrived is None and not over:
            estimate = now.known.estimates.of(now.plan.revision, planned.number)
        risk = founded(
            now.risks.of(now.plan, planned.number),
            estimated=estimate is not None,
            arrived=arrived is not None,
        )
    time = arrived if estimate is None else estimate.p50
    return TripStop(
        baseline=baseline,
        planned=planned,
        dropped=now is None,
        status=StopStatus(status),
        estimate=estimate,
        risk=risk,
        arrived_at=arrived,
        departed_at=departed,
        earliest_at=earliest,
        latest_at=latest,
        estimated_at=estimated,
        delay=_delay(time, planned),
        baseline_delay=_delay(time, baseline),
        departure_delay=_after(departed, planned.depart_at),
        out_of_sequence=out_of_sequence,
        shared=shared,
        visit=visit,
        author=author,
        reason=reason,
    )


_NOTHING: Row = (StopStatus.PLANNED, *(None,) * 5, False, False, None, None, None)


def _delay(time: datetime | None, planned: PlannedStop | None) -> float | None:
    """Seconds late (positive) or early against a window; 0 within it."""
    if time is None or planned is None or planned.closes_at is None:
        return None
    late = (time - planned.closes_at).total_seconds()
    if late > 0 or planned.opens_at is None:
        return late
    return min((time - planned.opens_at).total_seconds(), 0.0)


def _after(time: datetime | None, planned: datetime | None) -> float | None:
    return None if time is None or planned is None else (time - planned).total_seconds()
