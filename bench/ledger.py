"""The tables of the store that the fold needs, in memory: for thousands of deliveries.

Everything else is the product's own: the fold, the comparison, the memory as it is packed.
The tests take a smaller number of deliveries through PostgreSQL.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fleet.nodes import KeptNode, KeptVisit
from fleet.records import COLUMNS, FixBatch
from gateway import ignition, memory, screen
from gateway.pipeline import Outcome, Rules, conclude, conclude_again
from gateway.world import World
from geofence.nodes import Found, reconcile

#: What is compared: all that a node says but ids, version numbers and recording times.
Canon = frozenset[tuple[object, ...]]

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of the past: a new world, and which vehicles it concerns since when."""

    world: World
    since: dict[int, float]


class Ledger:
    """The tables of the store that the fold needs, in memory."""

    def __init__(self, world: World, rules: Rules) -> None:
        self._world, self._rules = world, rules
        self.memory = memory.blank(len(world.rows.plate))
        self._fixes: dict[int, dict[float, tuple[Row, Row]]] = defaultdict(dict)  # rank, values
        self._checkpoints: dict[int, dict[float, bytes]] = defaultdict(dict)
        self._visits: dict[int, dict[str, KeptVisit]] = defaultdict(dict)
        self._nodes: dict[str, KeptNode] = {}
        self._owed: dict[int, float] = {}
        self._ids = map(str, count(1))
        self.written = 0  #: versions of nodes

    def write(self, fixes: FixBatch) -> None:
        """One commit."""
        vehicle = self._world.find_vehicles(fixes.device, fixes.time)
        now = replace(fixes, vehicle=vehicle)
        outcome = conclude(now, (), self.memory, self._world, self._rules)
        for row in np.flatnonzero(self._keep(outcome)).tolist():
            self._owe(int(outcome.fixes.vehicle[row]), float(outcome.fixes.time[row]))
        for place, row in enumerate(outcome.touched.tolist()):
            if outcome.due[place]:
                one = outcome.memory.rows(np.array([place], np.int32))
                self._checkpoints[row][float(one.screen["seen"][0])] = memory.pack(one)[0]
        since = self.memory.screen["seen"]
        self._conclude(
            [Found(row, found) for row, found in sorted(outcome.visits.items())],
            {row: float(since[row]) for row in outcome.visits},
        )
        self.memory.update(outcome.touched, outcome.memory)

    def edit(self, edit: Edit) -> None:
        """Change the past."""
        self._world = edit.world
        for vehicle, since in edit.since.items():
            self._owe(vehicle, since)

    def repair(self) -> None:
        """Fold all vehicles again whose past has changed."""
        while self._owed:
            vehicle, since = self._owed.popitem()
            self._fold_again(vehicle, since)

    def canon(self) -> Canon:
        """The nodes that hold."""
        return frozenset(
            (
                *(node.vehicle, node.site, node.fence, node.fence_version, node.kind),
                *(node.actual, node.latest, node.basis, node.evidence),
                None if np.isnan(node.earliest) else node.earliest,
            )
            for node in (kept.node for kept in self._nodes.values())
            if node.valid
        )

    def _owe(self, vehicle: int, since: float) -> None:
        if vehicle >= 0:
            self._owed[vehicle] = min(since, self._owed.get(vehicle, since))

    def _keep(self, outcome: Outcome) -> NDArray[np.bool_]:
        """Store the fixes; which of them changed what a fold had gone past."""
        fixes, changed = outcome.fixes, np.zeros(len(outcome.fixes), np.bool_)
        columns = [getattr(fixes, name).tolist() for name in COLUMNS]
        said = zip(_ranks(fixes), zip(*columns, strict=True), strict=True)
        for row, (rank, values) in enumerate(said):
            of, time = self._fixes[values[0]], values[2]
            kept = of.get(time)
            if kept is None:
                of[time] = (rank, values)
                changed[row] = outcome.late[row]
            elif rank < kept[0]:
                of[time] = (rank, values)
                changed[row] = True
            elif rank > kept[0]:  # else it came twice, which changes nothing
                changed[row] = not outcome.late[row]
        return changed

    def _fold_again(self, vehicle: int, since: float) -> None:
        known = self._checkpoints[vehicle]
        start = max((time for time in known if time < since), default=-np.inf)
        blank = memory.blank(1)
        before = memory.unpack([known[start]]) if np.isfinite(start) else blank
        for time in [time for time in known if time > start]:
            del known[time]
        whole = memory.blank(len(self._world.rows.plate)).put(np.array([vehicle], np.int32), before)
        nothing = ignition.Said.of(())
        history = self._history(vehicle, start)
        outcome = conclude_again(history, nothing, whole, self._world, self._rules)
        after = outcome.memory if len(outcome.touched) else before
        edge = float(self.memory.screen["seen"][vehicle])
        if np.isfinite(after.screen["seen"][0]):
            known[float(after.screen["seen"][0])] = memory.pack(after)[0]
        found = outcome.visits.get(vehicle)
        if found is None:
            found = memory.still_open(before)
        self._conclude([Found(vehicle, found, edge)], {vehicle: start})
        self.memory.update(np.array([vehicle], np.int32), after)

    def _history(self, vehicle: int, after: float) -> FixBatch:
        rows = self._world.rows
        found = [
            values
            for device, to in zip(
                rows.bound_device.tolist(), rows.bound_vehicle.tolist(), strict=True
            )
            if to == vehicle
            for _, values in self._fixes[device].values()
            if values[2] > after
        ]
        batch = _batch(sorted(set(found), key=lambda values: values[2]))
        batch = replace(batch, vehicle=self._world.find_vehicles(batch.device, batch.time))
        return batch.rows(batch.vehicle == vehicle)

    def _conclude(self, found: Sequence[Found], since: dict[int, float]) -> None:
        of = [
            kept
            for each in found
            for kept in self._visits[each.vehicle].values()
            if kept.visit.settled > since[each.vehicle]
        ]
        ids = {kept.id for kept in of}
        nodes = [kept for kept in self._nodes.values() if kept.node.visit in ids]
        changes = reconcile(found, of, nodes, self._world.versions, lambda: next(self._ids))
        for vehicle in since:
            for gone in changes.gone:
                self._visits[vehicle].pop(gone, None)
        for kept in changes.visits:
            self._visits[kept.vehicle][kept.id] = kept
        for node in changes.nodes:
            self._nodes[node.id] = node
        self.written += len(changes.nodes)


def _ranks(fixes: FixBatch) -> Iterator[Row]:
    """The sort keys of every row, to compare: what is unknown comes last."""
    keys = [np.where(np.isnan(key), np.inf, key).tolist() for key in screen.rank(fixes)]
    return zip(*keys, strict=True)


def _batch(rows: Sequence[Row]) -> FixBatch:
    if not rows:
        return FixBatch.empty()
    columns = zip(COLUMNS.items(), zip(*rows, strict=True), strict=True)
    return FixBatch(**{name: np.array(values, dtype) for (name, dtype), values in columns})
