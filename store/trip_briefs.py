"""Rows of the board into records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fleet.scope import Scope
from fleet.trip_views import Expectation, TripBrief
from fleet.trips import DelayCause, NoEstimate, Risk, TripState
from fleet.views import Site
from store import veil

Row = tuple[Any, ...]

#: What can only be said of a stop with an estimate or an arrival.
_FOUNDED = frozenset({Risk.ON_TIME, Risk.AT_RISK, Risk.LATE, Risk.EARLY})


@dataclass(frozen=True, slots=True)
class Estimates:
    """The latest estimates of a trip: of the stops of one revision, from ``first`` to the last."""

    revision: int  #: -1 none
    first: int
    p50: list[datetime]
    p90: list[datetime]
    parts: list[float]  #: four to each stop

    def of(self, revision: int | None, number: int | None) -> Expectation | None:
        """Of the stop ``number`` in ``revision``; None: there is none."""
        if number is None or revision is None or revision != self.revision:
            return None
        place = number - self.first
        if not 0 <= place < len(self.p50):
            return None
        return Expectation(self.p50[place], self.p90[place], *self.parts[4 * place : 4 * place + 4])


@dataclass(frozen=True, slots=True)
class Known:
    """A row of the board, and what the stops of the trip need of it."""

    brief: TripBrief
    estimates: Estimates
    is_near: bool  #: its vehicle is within the reader's reach, so where it is may be told


def known(scope: Scope, row: Row) -> Known:
    """A row of ``list_trips``, as ``scope`` sees it."""
    code, route, state, plate, driver, party, starts, ends = row[1:9]
    due, next_number, last_number = row[27:30]
    risk, reason, evaluated, delay, baseline, late_stop, cause, split = row[30:38]
    share, left, off_route, evaluated_at, heard_at, conditions, revision = row[38:45]
    none = NoEstimate(reason)
    estimates = _estimates(none, evaluated, row[45:49])
    over = TripState(state).is_over
    next_eta = estimates.of(revision, next_number)
    final_eta = estimates.of(revision, last_number)
    brief = TripBrief(
        code=code,
        route=route,
        state=TripState(state),
        vehicle=plate,
        driver=driver,
        party=party,
        starts_at=starts,
        ends_at=ends,
        origin=_site(row[9:15]),
        destination=_site(row[15:21]),
        next_stop=None if over else _site(row[21:27]),
        next_due=None if over else due,
        next_eta=None if over else next_eta,
        final_eta=None if over else final_eta,
        risk=Risk(risk),
        no_estimate=none,
        delay=delay,
        baseline_delay=baseline,
        late_stop=late_stop,
        cause=None if cause is None else DelayCause(cause),
        split=split or {},
        share=share,
        left=None if left is None else max(left, 0.0),
        off_route=off_route,
        evaluated_at=evaluated_at,
        heard_at=heard_at,
        conditions=tuple(conditions or ()),
        plan_revision=revision,
    )
    return Known(veil.brief(scope, brief, is_near=row[49]), estimates, is_near=row[49])


def founded(risk: Risk, *, estimated: bool, arrived: bool) -> Risk:
    """``risk``, or that nothing is known where nothing is: "on time" takes an estimate."""
    return risk if estimated or arrived or risk not in _FOUNDED else Risk.UNKNOWN


def _estimates(reason: NoEstimate, revision: int | None, columns: Row) -> Estimates:
    first, p50, p90, parts = columns
    if reason is not NoEstimate.NONE or revision is None or not p50:
        return Estimates(-1, 0, [], [], [])
    return Estimates(revision, first, p50, p90, parts)


def _site(columns: Row) -> Site | None:
    return None if columns[0] is None else Site(*columns)
