"""The trips of a commit: what the desk asks for comes from the store and the route engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fleet.trips import Place, Question, Standing, VisitRow
from gateway.world import World
from route.answer import answer, place_of
from route.eta import Forecast
from route.model import Model, Rules
from route.plans import Plans
from store import standings


@dataclass(frozen=True, slots=True)
class Ports:
    """``shipment.desk.Ports`` within one transaction."""

    conn: Any  #: a psycopg connection; only the store knows what that is
    world: World
    plans: Plans
    model: Model
    rules: Rules

    def load_standings(self, trips: Sequence[int]) -> Mapping[int, Standing]:
        """How these trips stand."""
        return standings.load_standings(self.conn, trips)

    def load_visits(self, vehicles: Sequence[int], start: float, end: float) -> list[VisitRow]:
        """Visits of vehicles whose stay touches a stretch of time."""
        rows = np.array(vehicles, np.int32)
        return standings.load_visits(self.conn, self.world.rows, rows, start, end)

    def place(self, packed: bytes) -> Place | None:
        """Where a vehicle is."""
        return place_of(packed, self.world.runs.lines)

    def forecast(self, asked: Question) -> Forecast:
        """When stops will be reached."""
        return answer(asked, self.plans, self.model, self.rules)
