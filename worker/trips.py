"""Trips by the clock: the band of a silent vehicle widens, and what should have happened is said.

The gateway looks at a trip when its vehicle is heard of; this looks at those of which nothing
was heard, and at those that people have edited since.  Both write under the revision of the
trip's vehicle, so that neither overwrites what it has not seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fleet.trips import Evaluation
from route.answer import answer, place_of
from route.lines import Lines
from route.model import VERSION, Model, Rules
from route.plans import Course, Plans
from shipment.desk import Desk, Doors
from shipment.evaluate import Law
from shipment.runs import Timetable
from store import commit, standings
from store import world as stored_world
from worker import learning


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often, and how many at once."""

    look: float = 5.0  #: s between two rounds: an overdue trip is said to be so within that
    quiet: float = 60.0  #: s without a look after which the clock takes one
    at_once: int = 500  #: trips in a transaction: it keeps their vehicles from the gateway
    learn: float = 60.0  #: s between two looks at what trips teach, and at how good estimates were
    retry: float = 5.0  #: s until the next try when the database was away


class Watch:
    """What the worker knows of trips."""

    def __init__(self, rhythm: Rhythm, rules: Rules) -> None:
        self._rhythm, self._rules = rhythm, rules
        self._rows = stored_world.empty()
        self._timetable = Timetable.build(())
        self._lines = Lines.build(())
        self._plans = Plans.build(())
        self.model: Model | None = None  # as it is kept, read at first

    def study(self, conn: Any, now: float) -> tuple[int, int]:  # noqa: ANN401 - only the store names the type
        """Learn from trips and score estimates; how many completed trips and stops they were.

        Raises:
            StoreAway: the database did not answer; what was kept stays kept.
        """
        portions, rules = learning.Portions(), self._rules
        self.model = learning.watch_ways(conn, self._known(conn), rules, self._course, now)
        self.model, taught = learning.learn_more(conn, self.model, rules, portions)
        self.model, scored = learning.score_more(conn, self.model, rules, portions)
        return taught, scored

    def _course(self, trip: int) -> Course | None:
        row = self._plans.row_of(trip)
        return None if row < 0 else self._plans.courses[row]

    def _known(self, conn: Any) -> Model:  # noqa: ANN401 - only the store names the type
        if self.model is None:
            self.model = learning.load_model(conn, VERSION, self._rules)
        return self.model

    def round(self, conn: Any, now: float) -> int:  # noqa: ANN401 - only the store names the type
        """Look at every trip that is due; returns how many were looked at.

        Raises:
            StoreAway: the database did not answer; what was kept stays kept.
        """
        looked = 0
        while found := self._look(conn, now):
            looked += found
            if found < self._rhythm.at_once:
                break
        return looked

    def _look(self, conn: Any, now: float) -> int:  # noqa: ANN401 - only the store names the type
        with conn.transaction():
            self._catch_up(conn)
            due = standings.find_due(conn, now, self._rhythm.quiet, self._rhythm.at_once)
            if not due:
                return 0
            together = self._timetable.together(due, now)
            vehicles = self._vehicles(together)
            commit.lock(conn, self._rows, vehicles)
            desk = Desk()  # what the gateway has written meanwhile is not known here
            desk.follow(self._timetable)
            model = self._known(conn)
            ports = Doors(
                partial(standings.load_standings, conn),
                partial(standings.load_visits, conn, self._rows),
                partial(place_of, lines=self._lines),
                partial(answer, plans=self._plans, model=model, rules=self._rules),
            )
            rest = self._rules.rest
            law = Law(rest.day, rest.pause)
            evaluations = desk.look(ports, {}, due, now, model.version, law=law)
            self._keep(conn, evaluations)
        return len(due) if evaluations else 0

    def _keep(self, conn: Any, evaluations: Sequence[Evaluation]) -> None:  # noqa: ANN401 - only the store names the type
        standings.keep_evaluations(conn, self._rows, evaluations)
        vehicles = self._vehicles(each.trip for each in evaluations)
        if len(vehicles):
            standings.touch(conn, self._rows, vehicles)
            commit.ring(conn, "positions", self._rows.vehicle_key[vehicles])

    def _catch_up(self, conn: Any) -> None:  # noqa: ANN401 - only the store names the type
        """Read the world again if it was edited; until the transaction ends it stays as it is."""
        if stored_world.load_revision(conn) == self._rows.revision:
            return
        self._rows = stored_world.load_world(conn, self._rows)
        self._timetable = Timetable.build(self._rows.trips)
        self._lines = Lines.build(self._rows.lines, self._lines)
        latest = [row.plan for row in self._rows.trips if row.plan is not None]
        self._plans = Plans.build(latest, self._plans)

    def _vehicles(self, trips: Iterable[int]) -> NDArray[np.int32]:
        """Rows of all vehicles that serve these trips at any time, ascending."""
        known = (self._timetable.trips[key] for key in trips if key in self._timetable.trips)
        rows = {one.vehicle for row in known for one in row.assigned}
        return np.array(sorted(rows), np.int32)
