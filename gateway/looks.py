"""Looking at the trips of vehicles that moved: with their fixes, or a little later.

A look costs more than a fix.  A commit looks at the trips of all its vehicles while these are
not more in a second than are granted; of more it looks at those first that have waited longest,
and the others are *owed* a look: with a later fix of theirs, or as soon as nothing else is to be
done.  So a fleet
that reports faster than trips can be looked at is stored and seen as fast as ever, and what is
conflated are estimates in between, never fixes, visits or nodes.

What is owed is remembered by this process alone: after a crash the worker looks at every open
trip that nobody has looked at for a minute.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fleet.trips import Evaluation
from gateway.metrics import Metrics
from gateway.pipeline import Share
from gateway.world import World
from route import model as travel
from route.answer import answer, place_of
from route.model import VERSION, Model, from_rows
from route.plans import Plans
from shipment.desk import Desk, Doors
from shipment.evaluate import Law
from store import learned, standings


@dataclass(frozen=True, slots=True)
class Looked:
    """What a commit did about trips, all by their keys."""

    left: frozenset[int]  #: owed a look now
    chosen: frozenset[int]  #: looked at
    evaluations: tuple[Evaluation, ...]


AT_ONCE = 50  #: trips looked at before a gateway that has time asks whether messages came; 20 ms
NOTHING = Looked(frozenset(), frozenset(), ())


class Looks:
    """What the gateway knows of trips, and whose turn it is."""

    def __init__(self, share: Share, rules: travel.Rules, metrics: Metrics) -> None:
        self._share, self._rules, self._metrics = share, rules, metrics
        self.desk = Desk()
        self.model = Model.empty(VERSION)
        self._stamp: str | None = None  # of the model
        self._plans = Plans.build(())
        self._owed: dict[int, None] = {}  # keys of trips, the longest waiting first
        self._granted, self._counted = float(share.burst), 0.0  # looks, as of when (s)

    @property
    def owed(self) -> int:
        """How many trips wait for a look."""
        return len(self._owed)

    def follow(self, world: World) -> None:
        """The world was edited."""
        latest = [row.plan for row in world.rows.trips if row.plan is not None]
        self._plans = Plans.build(latest, self._plans)
        self.desk.follow(world.runs.timetable)

    def refresh_model(self, conn: Any) -> None:  # noqa: ANN401 - only the store names the type
        """Read the travel-time model again if it has learned something."""
        stamp = learned.load_stamp(conn, VERSION)
        if stamp != self._stamp:
            self.model = from_rows(VERSION, learned.load_learned(conn, VERSION), self._rules)
            self._stamp = stamp

    def most(self, now: float) -> int:
        """How many trips are granted a look at ``now`` (s), of those that could wait."""
        passed = max(now - self._counted, 0.0)
        share = self._share
        self._granted = min(self._granted + passed * share.per_second, float(share.burst))
        self._counted = max(now, self._counted)
        return int(self._granted)

    def next_owed(self) -> list[int]:
        """Keys of the trips whose turn it is when there is time."""
        return list(itertools.islice(self._owed, AT_ONCE))

    def look(
        self,
        conn: Any,  # noqa: ANN401 - only the store names the type
        world: World,
        roads: NDArray[np.void],
        visited: Iterable[int],
        now: float,
        most: int,
    ) -> Looked:
        """Look at trips of vehicles that moved, and keep what that says.

        Part of a transaction; ``settle`` belongs after its commit.

        Args:
            conn: of that transaction.
            world: which trips there are.
            roads: ``progress.PROGRESS`` of vehicles that moved.
            visited: rows of vehicles of which a visit changed: their trips are all looked at.
            now: of the look.
            most: so many trips of the others.
        """
        runs = world.runs
        if not runs:
            return NOTHING
        roads = roads[roads["trip"] != 0]
        moved = roads["trip"].astype(np.int32)
        again = {key for vehicle in visited for key in runs.timetable.near(vehicle, now)}
        chosen = self._choose(moved.tolist(), again, most)
        places = {
            key: bytes(road)
            for key, road in zip(moved.tolist(), roads, strict=True)
            if key in chosen
        }
        ports = Doors(
            partial(standings.load_standings, conn),
            partial(standings.load_visits, conn, world.rows),
            partial(place_of, lines=runs.lines),
            partial(answer, plans=self._plans, model=self.model, rules=self._rules),
        )
        rest = self._rules.rest
        looked = self.desk.look(
            ports, places, again, now, self.model.version, law=Law(rest.day, rest.pause)
        )
        standings.keep_evaluations(conn, world.rows, looked)
        self._metrics.count("milepost_evaluations", len(looked))
        return Looked(frozenset(moved.tolist()) - chosen, chosen | again, tuple(looked))

    def _choose(self, moved: Sequence[int], again: set[int], most: int) -> frozenset[int]:
        """Whose turn it is: whose visits changed, who waits, the longest first, then others."""
        if len(moved) <= most:
            return frozenset(moved)
        others = dict.fromkeys(key for key in moved if key not in again)
        waiting = [key for key in self._owed if key in others]
        new = [key for key in others if key not in self._owed]
        return frozenset((waiting + new)[:most]).union(again.intersection(moved))

    def settle(self, looked: Looked) -> None:
        """It was committed."""
        self.desk.settle(looked.evaluations)
        self._granted = max(self._granted - len(looked.chosen), 0.0)
        for key in looked.chosen:
            self._owed.pop(key, None)
        for key in sorted(looked.left):
            self._owed.setdefault(key)
        self._metrics.set("milepost_looks_owed", len(self._owed))

    def drop(self, keys: Iterable[int]) -> None:
        """Nobody waits for a look at these: somebody else looked, or there are none."""
        for key in keys:
            self._owed.pop(key, None)
        self._metrics.set("milepost_looks_owed", len(self._owed))
