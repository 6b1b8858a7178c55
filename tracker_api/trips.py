"""Routes, trips and the ledger as the plain values of JSON; the models are in ``trip_schemas``.

Here is the one place where a risk becomes a word of the API: without an estimate or an
arrival it is ``unknown``, whatever else is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fleet.errors import NotFound
from fleet.trip_views import (
    Assigned,
    EstimatePoint,
    Expectation,
    PlannedStop,
    PlanRevision,
    RiskChange,
    Route,
    RouteStop,
    Step,
    Trip,
    TripBrief,
    TripStop,
)
from fleet.trips import NoEstimate, Risk
from fleet.views import Site, TripTag
from tracker_api.plain import iso

#: Points of a plot of estimates: more than a screen has columns for.
MOST_POINTS = 600

#: What may be said without an estimate and without an arrival.
_GROUNDLESS = frozenset({Risk.UNKNOWN, Risk.OVERDUE})

Coordinates = Sequence[tuple[float, float]]


def risk_word(risk: Risk, *, known: bool) -> str:
    """``risk`` in the API's word; ``known``: there is an estimate or an arrival."""
    shown = risk if known or risk in _GROUNDLESS else Risk.UNKNOWN
    return shown.name.lower()


def _why_none(brief: TripBrief) -> NoEstimate:
    """Why ``brief`` has no estimate; until the first look at a trip with a vehicle: too early."""
    unseen = brief.evaluated_at is None and brief.vehicle is not None
    if unseen and brief.no_estimate is NoEstimate.NO_VEHICLE:
        return NoEstimate.NOT_UNDER_WAY
    return brief.no_estimate


def no_estimate_word(why: NoEstimate) -> str | None:
    """Why there is no estimate; None where there is one."""
    return None if why is NoEstimate.NONE else why.name.lower()


def due(planned: PlannedStop) -> datetime | None:
    """By when the vehicle is to be there: the end of the window; of the first stop its start."""
    return planned.closes_at or planned.arrive_at or planned.depart_at


def route_out(route: Route, notice: str | None = None) -> dict[str, Any]:
    """``route`` as a ``RouteOut``."""
    return {
        "code": route.code,
        "name_zh": route.name_zh,
        "name_en": route.name_en,
        "strict": route.strict,
        "length_m": route.length,
        "corridor_m": route.corridor,
        "source": route.source,
        "stops": [_route_stop_out(stop) for stop in route.stops],
        "author": route.author,
        "changed_at": iso(route.changed_at),
        "line": _line_out(route.line),
        "notice": notice,
    }


def brief_out(brief: TripBrief) -> dict[str, Any]:
    """``brief`` as a ``TripBriefOut``."""
    expected = brief.next_eta is not None or brief.final_eta is not None
    # Without an estimate only an arrival says how late it is, and none does while a stop is open;
    # what there is then is of an earlier plan.
    known = brief.delay is not None and (expected or brief.next_stop is None)
    certain = known or brief.risk is Risk.OVERDUE
    return {
        "code": brief.code,
        "route": brief.route,
        "state": brief.state.value,
        "vehicle": brief.vehicle,
        "driver": brief.driver,
        "party": brief.party,
        "starts_at": _iso(brief.starts_at),
        "ends_at": _iso(brief.ends_at),
        "origin": _site(brief.origin),
        "destination": _site(brief.destination),
        "next_stop": _site(brief.next_stop),
        "next_due": _iso(brief.next_due),
        "next_eta": _eta(brief.next_eta),
        "final_eta": _eta(brief.final_eta),
        "risk": risk_word(brief.risk, known=known),
        "no_estimate": no_estimate_word(_why_none(brief)),
        "delay_s": brief.delay if certain else None,
        "baseline_delay_s": brief.baseline_delay if certain else None,
        "late_stop": brief.late_stop if certain else None,
        "cause": None if brief.cause is None else brief.cause.value,
        "split": dict(brief.split),
        "share": brief.share,
        "left_m": brief.left,
        "off_route": brief.off_route,
        "evaluated_at": _iso(brief.evaluated_at),
        "heard_at": _iso(brief.heard_at),
        "conditions": [_condition(each) for each in brief.conditions],
        "plan_revision": brief.plan_revision,
    }


def counts_out(counts: Mapping[Risk, int]) -> dict[str, int]:
    """``counts`` as ``RiskCounts``."""
    return {risk.name.lower(): counts.get(risk, 0) for risk in Risk}


def trip_out(trip: Trip, legal: Sequence[str], notice: str | None = None) -> dict[str, Any]:
    """``trip`` as a ``TripOut``; ``legal``: the steps that a person may take now."""
    said = None
    if trip.said_by is not None:
        said = {"note": trip.said_note or "", "by": trip.said_by}
    return brief_out(trip.brief) | {
        "stops": [_stop_out(stop) for stop in trip.stops],
        "plans": [_plan_out(plan) for plan in trip.plans],
        "assigned": [_assigned_out(each) for each in trip.assigned],
        "steps": [_step_out(step) for step in trip.steps],
        "line": _line_out(trip.line),
        "corridor_m": trip.corridor,
        "at": None if trip.at is None else list(trip.at),
        "s_m": trip.s,
        "away_m": trip.away,
        "model": trip.model,
        "said": said,
        "legal": list(legal),
        "notice": notice,
    }


def estimates_out(
    points: Sequence[EstimatePoint], changes: Sequence[RiskChange], stop: TripStop
) -> dict[str, Any]:
    """How the expectation of ``stop`` went, as an ``EstimatesOut``."""
    turned = [change.at for change in changes]
    grounds = [point.at for point in points if point.p50 is not None]
    grounds += [] if stop.arrived_at is None else [stop.arrived_at]
    first = min(grounds, default=None)
    return {
        "points": [_point_out(point) for point in thin(points, turned)],
        "due": _iso(due(stop.planned)),
        "baseline_due": None if stop.baseline is None else _iso(due(stop.baseline)),
        "actual": _iso(stop.arrived_at),
        "changes": [_change_out(change, first, stop.arrived_at) for change in changes],
    }


def stop_of(trip: Trip, number: int | None) -> TripStop:
    """The stop with that number in the latest plan, or the last one; raises ``NotFound``."""
    standing = [stop for stop in trip.stops if not stop.dropped]
    wanted = standing[-1:] if number is None else standing[number : number + 1]
    if not wanted:
        raise NotFound("stop", "of a draft" if number is None else str(number))
    return wanted[0]


def thin(
    points: Sequence[EstimatePoint], turned: Iterable[datetime], most: int = MOST_POINTS
) -> list[EstimatePoint]:
    """At most ``most`` of ``points``, evenly by number, and among them what a plot must show.

    Always kept, be they more than ``most``, are the first and the last, and around each change
    (of the risk, by ``turned``; of the plan; of why there is none) the points on both sides.
    """
    if len(points) <= most:
        return list(points)
    kept = {0, len(points) - 1}
    times = [point.at for point in points]
    for at in turned:
        after = _first_at(times, at)
        kept |= {max(after - 1, 0), min(after, len(points) - 1)}
    for number in range(1, len(points)):
        before, now = points[number - 1], points[number]
        if (before.plan, before.no_estimate) != (now.plan, now.no_estimate):
            kept |= {number - 1, number}
    room = most - len(kept)
    if room > 0:
        step = (len(points) - 1) / (room + 1)
        kept |= {round(step * number) for number in range(1, room + 1)}
    return [points[number] for number in sorted(kept)]


def tag_cells(tag: TripTag | None) -> tuple[str | int | None, ...]:
    """The cells of the live socket: trip, risk, delay in s, next site, its estimate."""
    if tag is None:
        return (None,) * 5
    known = tag.next_at is not None or (tag.delay is not None and tag.next_site is None)
    return (
        tag.code,
        risk_word(tag.risk, known=known),
        None if tag.delay is None else round(tag.delay),
        tag.next_site,
        _iso(tag.next_at),
    )


def _first_at(times: Sequence[datetime], at: datetime) -> int:
    """Number of the first of ``times``, which rise, that is not before ``at``."""
    low, high = 0, len(times)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if times[middle] < at else (low, middle)
    return low


def _stop_out(stop: TripStop) -> dict[str, Any]:
    planned = stop.planned
    known = stop.estimate is not None or stop.arrived_at is not None
    return {
        "number": planned.number,
        "stop": planned.stop,
        "site": _site_out(planned.site),
        "baseline": None if stop.baseline is None else _planned_out(stop.baseline),
        "planned": _planned_out(planned),
        "dropped": stop.dropped,
        "status": stop.status.value,
        "eta": _eta(stop.estimate),
        "risk": risk_word(stop.risk, known=known),
        "arrived_at": _iso(stop.arrived_at),
        "departed_at": _iso(stop.departed_at),
        "earliest_at": _iso(stop.earliest_at),
        "latest_at": _iso(stop.latest_at),
        "estimated_at": _iso(stop.estimated_at),
        "delay_s": stop.delay,
        "baseline_delay_s": stop.baseline_delay,
        "departure_delay_s": stop.departure_delay,
        "out_of_sequence": stop.out_of_sequence,
        "shared": stop.shared,
        "visit": stop.visit,
        "author": stop.author,
        "reason": stop.reason,
    }


def _planned_out(planned: PlannedStop) -> dict[str, Any]:
    return {
        "number": planned.number,
        "stop": planned.stop,
        "site": planned.site.code,
        "arrive_at": _iso(planned.arrive_at),
        "depart_at": _iso(planned.depart_at),
        "opens_at": _iso(planned.opens_at),
        "closes_at": _iso(planned.closes_at),
        "service_s": planned.service,
        "early_s": planned.early,
        "late_s": planned.late,
        "via": planned.via,
        "s_m": planned.s,
    }


def _plan_out(plan: PlanRevision) -> dict[str, Any]:
    return {
        "revision": plan.revision,
        "valid_from": _iso(plan.valid_from),
        "strict": plan.strict,
        "author": plan.author,
        "reason": plan.reason,
        "recorded_at": iso(plan.recorded_at),
        "stops": [_planned_out(stop) for stop in plan.stops],
    }


def _assigned_out(assigned: Assigned) -> dict[str, Any]:
    return {
        "vehicle": assigned.vehicle,
        "driver": assigned.driver,
        "from": iso(assigned.valid_from),
        "to": _iso(assigned.valid_to),
        "author": assigned.author,
        "reason": assigned.reason,
    }


def _step_out(step: Step) -> dict[str, Any]:
    return {
        "at": iso(step.at),
        "event": step.event,
        "from_state": step.from_state.value,
        "to_state": step.to_state.value,
        "source": step.source,
        "author": step.author,
        "reason": step.reason,
        "recorded_at": iso(step.recorded_at),
    }


def _point_out(point: EstimatePoint) -> dict[str, Any]:
    return {
        "at": iso(point.at),
        "p50": _iso(point.p50),
        "p90": _iso(point.p90),
        "no_estimate": no_estimate_word(point.no_estimate),
        "model": point.model,
        "plan": point.plan,
    }


def _change_out(
    change: RiskChange, first: datetime | None, arrived: datetime | None
) -> dict[str, Any]:
    """``first``: when an estimate or the arrival was first known, the ground of what was before."""
    known = first is not None and first <= change.at
    now_known = change.p50_at is not None or (arrived is not None and arrived <= change.at)
    return {
        "at": iso(change.at),
        "stop": change.stop,
        "from": risk_word(change.from_risk, known=known),
        "to": risk_word(change.to_risk, known=now_known),
        "p50_at": _iso(change.p50_at),
        "due_at": _iso(change.due_at),
        "cause": None if change.cause is None else change.cause.value,
    }


def _route_stop_out(stop: RouteStop) -> dict[str, Any]:
    return {
        "number": stop.number,
        "site": _site_out(stop.site),
        "s_m": stop.s,
        "arrive_s": stop.arrive,
        "depart_s": stop.depart,
        "service_s": stop.service,
        "early_s": stop.early,
        "late_s": stop.late,
        "via": stop.via,
    }


def _eta(expected: Expectation | None) -> dict[str, Any] | None:
    if expected is None:
        return None
    return {
        "p50": iso(expected.p50),
        "p90": iso(expected.p90),
        "parts": {
            "driving_s": expected.driving,
            "dwell_s": expected.dwell,
            "rest_s": expected.rest,
            "deviation_s": expected.deviation,
        },
    }


def _condition(condition: Mapping[str, Any]) -> dict[str, Any]:
    """``condition``, whose instants are s since 1970 as the engine keeps them, for people."""
    instants = {name: condition.get(name) for name in ("since", "began")}
    told = {
        name: None if at is None else iso(datetime.fromtimestamp(float(at), UTC))
        for name, at in instants.items()
    }
    return {"kind": condition["kind"], **told, "stop": condition.get("stop")}


def _line_out(line: Coordinates) -> dict[str, Any] | None:
    if not line:
        return None
    return {"type": "LineString", "coordinates": [list(place) for place in line]}


def _site_out(site: Site) -> dict[str, Any]:
    """``site`` as a ``SiteOut``; by hand, since ``asdict`` costs ten times as much."""
    return {
        "code": site.code,
        "name_zh": site.name_zh,
        "name_en": site.name_en,
        "zone": site.zone,
        "lon": site.lon,
        "lat": site.lat,
    }


def _site(site: Site | None) -> dict[str, Any] | None:
    return None if site is None else _site_out(site)


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else iso(instant)
