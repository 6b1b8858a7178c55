"""Busy days, in whatever order they are delivered: do the stop times come out the same?

As ``bench.order`` asks of nodes; besides fences and terminals, plans and vehicles of trips are
changed at any moment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import inf, nan
from typing import Any

import numpy as np

from bench import order
from bench.ledger import Edit
from bench.order import MORNING
from fleet.records import FixBatch, WorldRows
from fleet.scope import OPERATOR
from fleet.trips import TRACK_BEFORE, Assignment, TripRow
from gateway.world import World
from store import trips
from store.trip_rows import expectations
from tests.trip_day import (
    HOUR,
    MINUTE,
    Call,
    Change,
    Trip,
    TripDay,
    TripLedger,
    plan_of,
    row_of,
    with_trips,
)
from tests.trip_stand import moment, new_plan


def busy(rng: np.random.Generator, fixes: int = 200, *, edited: bool = True) -> TripDay:
    """A day of ``bench.order`` with two trips of each vehicle, one after the other.

    Besides its own edits a trip is planned anew, another gets the spare vehicle, both at
    fixed times; ``edited`` False: no edit of a trip.
    """
    given = order.day(order.Plan(fixes=fixes), rng)
    planned = tuple(
        Trip(f"T{vehicle}{half}", _calls(fixes * part / 2, fixes / 2, rng), vehicle, strict)
        for vehicle in range(3)
        for half, part, strict in (("a", 0, True), ("b", 1, bool(rng.integers(2))))
    )
    rows = [row_of(trip, n) for n, trip in enumerate(planned, 1)]
    before = World.build(with_trips(given.before.rows, rows))
    edits: list[Edit] = [
        Edit(World.build(with_trips(edit.world.rows, rows)), edit.since) for edit in given.edits
    ]
    if edited:
        last = given.edits[-1].world.rows
        when = rng.uniform(0, fixes, 2).round(1).tolist()
        rows[2], replanned = _replanned(planned[2], rows[2], when[0], rng)
        edits.append(_change(last, rows, (1,), replanned))
        rows[1], swapped = _swapped(rows[1], when[1])
        edits.append(_change(last, rows, (0, 3), swapped))
    return TripDay(order.Day(before, tuple(edits), given.fixes), planned)


def _calls(begin: float, whole: float, rng: np.random.Generator) -> tuple[Call, ...]:
    """All hubs, to the east or to the west, spread over ``whole`` minutes."""
    sites = [1, 2, 3, 4][:: int(rng.choice([1, -1]))]
    step = whole / 4
    times = [begin + step * n for n in range(4)]
    first, *more = zip(sites, times, strict=True)
    return (
        Call(first[0], nan, first[1]),
        *(Call(site, at, at + step / 2) for site, at in more[:-1]),
        Call(more[-1][0], more[-1][1]),
    )


def _change(
    last: WorldRows, rows: Sequence[TripRow], vehicles: Sequence[int], make: Callable[[Any], None]
) -> Change:
    world = World.build(with_trips(last, rows))
    return Change(world, dict.fromkeys(vehicles, MORNING - TRACK_BEFORE), make)


def _replanned(
    trip: Trip, row: TripRow, minute: float, rng: np.random.Generator
) -> tuple[TripRow, Callable[[Any], None]]:
    """From a minute on without its third stop, and everything later."""
    late = float(rng.integers(5, 40))
    calls = tuple(
        replace(call, arrive=call.arrive + late, depart=call.depart + late)
        for n, call in enumerate(trip.calls)
        if n != 2  # the third
    )
    new = replace(trip, calls=calls)
    plan = plan_of(new, row.key, 1, MORNING + MINUTE * minute)
    whole = replace(row, plans=(*row.plans, replace(plan, line=row.key + 100)))
    whole = replace(whole, expected=expectations(whole.plans[-1], whole.assigned, inf))

    def make(conn: Any) -> None:  # noqa: ANN401 - only the store names the type
        trips.replan(
            conn, OPERATOR, trip.code, new_plan(new), "li.na", "a stop less", moment(minute)
        )

    return whole, make


def _swapped(row: TripRow, minute: float) -> tuple[TripRow, Callable[[Any], None]]:
    """From a minute on the spare vehicle serves it."""
    at = MORNING + MINUTE * minute
    one = row.assigned[0]
    served = tuple(
        each
        for each in (
            replace(one, valid_to=at),
            Assignment(row.key, 3, max(at, one.valid_from), inf),
        )
        if each.valid_from < each.valid_to
    )
    whole = replace(row, assigned=served)
    whole = replace(whole, expected=expectations(whole.plan, served, inf))  # type: ignore[arg-type]  # planned

    def make(conn: Any) -> None:  # noqa: ANN401 - only the store names the type
        trips.assign(conn, OPERATOR, row.code, "v3", "Zhao", moment(minute), "li.na", "broken down")

    return whole, make


def deliver(given: TripDay, pieces: Sequence[FixBatch | Edit | None]) -> TripLedger:
    """As ``bench.order.deliver``, with trips."""
    ledger = TripLedger(given.day.before)
    for piece in pieces:
        if piece is None:
            ledger.repair()
        elif isinstance(piece, Edit):
            ledger.edit(piece)
        else:
            ledger.write(piece)
    ledger.repair()
    return ledger


def outcome(ledger: TripLedger, now: float) -> tuple[list[tuple[Any, ...]], ...]:
    """Stop times by visits as they are kept; then all that holds once the clock has looked."""
    kept = ledger.facts(by_visits=True)
    ledger.clock(now)
    whole = ledger.facts(by_visits=True)
    states = [(key, str(one.state)) for key, one in sorted(ledger.standings.items())]
    return kept, whole, [tuple(each) for each in states]


def same(number: int, seed: int, *, edited: bool) -> int:
    """How many of so many deliveries of a day end with the stop times of the ordered one."""
    rng = np.random.default_rng([20261122, seed])
    given = busy(rng, fixes=90, edited=edited)
    now = float(given.fixes.time.max()) + HOUR
    expected = outcome(deliver(given, order.in_order(given.day, 4)), now)
    found = (outcome(deliver(given, order.shuffled(given.day, rng)), now) for _ in range(number))
    # Who edits trips has the clock look at them: what is kept until then is of before.
    return sum(each[edited:] == expected[edited:] for each in found)
