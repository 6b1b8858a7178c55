"""One batch into one transaction, again until it holds.

The writer owns what the fold needs between batches: the world, the memory, the revisions,
the torn streams.  They change only after a commit, so a batch that failed is simply folded
again.  Two gateways may write the same vehicle: whoever finds that the other has moved it
folds again from the other's memory, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import uuid_utils
from numpy.typing import NDArray

import store
from fleet.errors import StoreAway
from fleet.nodes import Visit
from fleet.records import Event, FixBatch, Flag, Frame
from fleet.trips import Evaluation
from gateway import looks, memory
from gateway.assemble import Assembled
from gateway.memory import Memory
from gateway.messages import keep_messages
from gateway.metrics import Metrics
from gateway.pipeline import Limits, Outcome, Rules, conclude, cut, read
from gateway.world import World
from geofence.nodes import Found, are_same, reconcile
from store import commit, database, partitions, standings, visits
from store import world as stored_world

#: A batch is written again at most so often because somebody removes its days meanwhile.
_TRIES = 3


def new_id() -> str:
    """A public id: time-ordered, so that the newest lie together."""
    return str(uuid_utils.uuid7())


class WorldMovedError(Exception):
    """The registered world was edited since the batch was read."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one batch."""

    committed: FixBatch  #: the fixes in this commit, ``frame`` as given
    waiting: FixBatch  #: the fixes left for a later commit
    stored: int
    duplicates: int
    letters: int  #: new parts among the dead letters


class Writer:
    """A connection to the store and the state of the fold."""

    def __init__(self, db: store.Database, rules: Rules, metrics: Metrics) -> None:
        self._db, self._rules, self._metrics = db, rules, metrics
        self._conn: Any = None  # a psycopg connection; only the store knows what that is
        self._days: set[date] = set()
        self.world = World.build(stored_world.empty())
        self.memory = memory.blank(0)
        self._revision = np.empty(0, np.int64)
        self._carried: dict[str, bytes] = {}
        self._kept: dict[int, tuple[Visit, ...]] = {}  # by row: what was kept of its visits last
        self.looks = looks.Looks(rules.looks, rules.estimates, metrics)

    @property
    def conn(self) -> Any:  # noqa: ANN401 - see __init__
        """The writer's connection; only for functions of the store."""
        return self._conn

    def open(self) -> None:
        """Connect and read everything anew.

        Raises:
            StoreAway: it does not work now.
        """
        self.close()
        self._conn = database.connect(self._db, application="milepost-gateway")
        self._days.clear()
        self.looks.desk.clear()
        self.reload()
        self.refresh_model()

    def close(self) -> None:
        """Give the connection back."""
        if self._conn is not None:
            self._conn.close()
            self._conn = None

    def reload(self) -> None:
        """Read the world, the memory and the torn streams of the store.

        Raises:
            StoreAway: it does not work now.
        """
        with database.away():
            rows = stored_world.load_world(self._conn, self.world.rows)
            bodies, revision, foreign = stored_world.load_memories(
                self._conn, rows.vehicle_key, memory.FORMAT
            )
            carried = dict(stored_world.load_streams(self._conn))
            self._fold_all_again(rows.vehicle_key[foreign])
        before, self.world = self.world, World.build(rows, self.world)
        if self.world.runs is not before.runs:
            self.looks.follow(self.world)
        self.memory, self._revision = memory.unpack(bodies, foreign), revision
        self._carried = carried
        self._kept.clear()

    def _fold_all_again(self, keys: NDArray[np.int32]) -> None:
        """Have vehicles folded again whose memory this version cannot read."""
        why = "memory of another version"
        commit.add_refolds(self._conn, keys, np.zeros(len(keys)), why)

    def refresh_model(self) -> None:
        """Read the travel-time model again if it has learned something.

        Raises:
            StoreAway: it does not work now.
        """
        with database.away():
            self.looks.refresh_model(self._conn)

    def load_memory(self, vehicles: NDArray[np.int32]) -> Memory:
        """What the store remembers of the vehicles in these rows (ascending), at this moment."""
        return self._load_memory(vehicles)[0]

    def _load_memory(self, vehicles: NDArray[np.int32]) -> tuple[Memory, NDArray[np.int32]]:
        """``load_memory``, and the rows of those whose memory is of another version."""
        keys = self.world.rows.vehicle_key[vehicles]
        bodies, _, foreign = stored_world.load_memories(self._conn, keys, memory.FORMAT)
        return memory.unpack(bodies, foreign), vehicles[foreign]

    def catch_up(self) -> None:
        """Read the world again if it was edited; inside a transaction it then stays as it is."""
        if stored_world.load_revision(self._conn) != self.world.revision:
            self.reload()

    def forget_streams(self, devices: Sequence[str]) -> None:
        """The stream state of ``devices`` is no more."""
        for device in devices:
            self._carried.pop(device, None)

    def remember(self, vehicle: int, after: Memory, revision: int) -> None:
        """Take over what was committed about the vehicle in row ``vehicle``."""
        self.memory.update(np.array([vehicle], np.int32), after)
        self._revision[vehicle] = revision
        self._kept.pop(vehicle, None)

    def keep_visits(
        self, vehicles: NDArray[np.int32], found: Sequence[Found], since: NDArray[np.float64]
    ) -> frozenset[int]:
        """Write what has changed about visits and nodes; part of a transaction, at its end.

        Returns the rows of the vehicles of which a visit changed.

        Args:
            vehicles: rows, ascending; of ``found``, in this order.
            found: what the fold says of each.
            since: of each: where the fold began; visits settled until then are untouched.
        """
        if not len(vehicles):
            return frozenset()
        kept, nodes = visits.load_kept(self._conn, self.world.rows, vehicles, since)
        changes = reconcile(found, kept, nodes, self.world.versions, new_id, self._rules.nodes)
        visits.keep(self._conn, self.world.rows, changes)
        for node in changes.nodes:
            self._metrics.count("milepost_nodes", 1, str(node.node.cause))
        gone = set(changes.gone)
        without = {each.vehicle for each in kept if each.id in gone}
        return frozenset(without.union(each.vehicle for each in changes.visits))

    def look(self, after: Memory, visited: frozenset[int], now: float) -> looks.Looked:
        """Look at the trips of vehicles that moved, and keep what that says.

        Part of a transaction; ``looks.settle`` belongs after its commit.

        Args:
            after: their memory.
            visited: rows of vehicles of which a visit changed.
            now: when their fixes came; of many vehicles in a short time not all are looked at.
        """
        most = self.looks.most(now)
        return self.looks.look(self._conn, self.world, after.roads, visited, now, most)

    def look_at_owed(self, now: float) -> int:
        """Look at some of the trips that commits have left out; returns how many were due.

        A vehicle that somebody else has written meanwhile is left to whoever did.

        Raises:
            StoreAway: nothing was committed.
        """
        due = self.looks.next_owed()
        if not due:
            return 0
        with database.away(), self._conn.transaction():
            self.catch_up()
            rows = self.world.rows
            vehicles = np.flatnonzero(np.isin(self.memory.roads["trip"], due)).astype(np.int32)
            held = commit.lock(self._conn, rows, vehicles)
            still = held == self._revision[vehicles]
            ours, at = vehicles[still], held[still]
            roads = self.memory.roads[ours]
            looked = self.looks.look(self._conn, self.world, roads, (), now, len(due))
            if looked.evaluations:
                standings.touch(self._conn, rows, ours)
                at += 1
                told = np.union1d(ours, _vehicles(looked.evaluations)).astype(np.int32)
                commit.ring(self._conn, "positions", rows.vehicle_key[told])
        self._revision[ours] = at
        self.looks.settle(looked)
        self.looks.drop(due)
        return len(due)

    def write(
        self,
        frames: Sequence[Frame],
        waiting: FixBatch,
        first: int,
        limits: Limits | None = None,
    ) -> Written:
        """Commit ``frames`` and as many of their and the ``waiting`` fixes as one commit takes.

        Args:
            frames: new messages, in order of arrival.
            waiting: fixes of earlier messages, left by an earlier commit.
            first: number of the first frame; ``frame`` of all fixes counts on from there.
            limits: of this commit, where not those of the rules.

        Raises:
            StoreAway: nothing was committed; ``open`` again and repeat the call.
        """
        try:
            return self._attempt(frames, waiting, first, limits or self._rules.limits)
        except WorldMovedError:
            self._metrics.count("milepost_retries", 1, "world")
        before = self.world
        with database.away(), self._conn.transaction():
            self.catch_up()  # from here on the world stands still
            waiting = self.world.rebind(waiting, before)
            return self._attempt(frames, waiting, first, limits or self._rules.limits)

    def _attempt(
        self, frames: Sequence[Frame], waiting: FixBatch, first: int, limits: Limits
    ) -> Written:
        """``write`` against the world as it is known here.

        Raises:
            StoreAway: nothing was committed.
            WorldMovedError: nothing was committed, and there is a newer world.
        """
        said = read(frames, self.world, self._carried, self._rules)
        fresh = replace(said.fixes, frame=said.fixes.frame + np.int32(first))
        now, later = cut(FixBatch.concat([waiting, fresh]), limits)
        for _ in range(_TRIES):
            try:
                return self._transact(frames, said, now, later)
            except partitions.DayGoneError:
                self._metrics.count("milepost_retries", 1, "day")
                self._days.clear()
        raise StoreAway("days of history are removed faster than a batch can be committed")

    def _transact(
        self, frames: Sequence[Frame], said: Assembled, now: FixBatch, later: FixBatch
    ) -> Written:
        self._make_room(now)
        with database.away(), self._conn.transaction():
            outcome, held = self._settle(now, said.events)
            rows = self.world.rows
            kept = commit.keep_fixes(self._conn, rows, outcome.fixes, outcome.losers)
            changed = self._keep_vehicles(outcome, held)
            letters, new_events = keep_messages(self._conn, self.world, frames, said, self._metrics)
            self._owe(outcome, kept, [said.events[i] for i in outcome.late_events if new_events[i]])
            changed = np.union1d(changed, self._keep_links(said)).astype(np.int32)
            stirred = np.array(self._stirred(outcome), np.int32)
            found = [Found(vehicle, outcome.visits[vehicle]) for vehicle in stirred.tolist()]
            visited = self.keep_visits(stirred, found, self.memory.screen["seen"][stirred])
            came = max([frame.received for frame in frames], default=-np.inf)
            came = max(came, float(now.received.max(initial=came)))
            looked = self.look(outcome.memory, visited, came)
            told = _vehicles(looked.evaluations)
            changed = np.union1d(changed, told).astype(np.int32)
            if len(changed):
                commit.ring(self._conn, "positions", rows.vehicle_key[changed])
        self.memory.update(outcome.touched, outcome.memory)
        self._revision[outcome.touched] = held + 1
        self._kept.update(outcome.visits)
        self.looks.settle(looked)
        self._carried.update(said.carried)
        duplicates = len(now) - kept.stored - kept.replaced - kept.conflicts
        self._count(outcome, kept)
        return Written(now, later, kept.stored, max(duplicates, 0), letters)

    def _stirred(self, outcome: Outcome) -> list[int]:
        """Rows of the vehicles whose visits are not those that were kept last, ascending.

        Most of the others move about inside a fence: as long as that changes nothing about a
        visit there is nothing to compare with the store, where nobody else writes visits of a
        vehicle without raising its revision, or the world's.
        """
        kept = self._kept
        return [
            vehicle
            for vehicle, found in sorted(outcome.visits.items())
            if vehicle not in kept or not are_same(kept[vehicle], found)
        ]

    def _make_room(self, fixes: FixBatch) -> None:
        days = commit.days(fixes.time) - self._days
        if days:
            with database.away():
                partitions.ensure_days(self._conn, sorted(days))
            self._days |= days

    def _settle(self, now: FixBatch, events: Sequence[Event]) -> tuple[Outcome, NDArray[np.int64]]:
        """The conclusion that holds, and the revisions it holds at; the vehicles are locked.

        Raises:
            WorldMovedError: the batch was read against a world that is no more.
        """
        if stored_world.load_revision(self._conn) != self.world.revision:
            raise WorldMovedError
        outcome = conclude(now, events, self.memory, self.world, self._rules)
        held = commit.lock(self._conn, self.world.rows, outcome.touched)
        stale = outcome.touched[held != self._revision[outcome.touched]]
        if len(stale):  # another gateway was here: its memory, not ours, is true
            self._metrics.count("milepost_retries", 1, "vehicle")
            theirs, again = self._load_memory(stale)
            self._fold_all_again(self.world.rows.vehicle_key[again])
            self.memory.update(stale, theirs)
            self.looks.desk.forget(stale.tolist())
            for vehicle in stale.tolist():
                self._kept.pop(vehicle, None)
            outcome = conclude(now, events, self.memory, self.world, self._rules)
        return outcome, held

    def _owe(self, outcome: Outcome, kept: commit.Kept, events: Sequence[Event]) -> None:
        """Note which vehicles must be repaired: with the fixes, so that no crash forgets it."""
        fixes = outcome.fixes.rows(kept.changed & outcome.late)
        bound = fixes.vehicle >= 0
        vehicle, time = fixes.vehicle[bound], fixes.time[bound]
        if events:
            device = np.array([event.device for event in events], np.int32)
            said = np.array([event.time for event in events])
            of = self.world.find_vehicles(device, said)
            vehicle, time = np.append(vehicle, of[of >= 0]), np.append(time, said[of >= 0])
        if not len(vehicle):
            return
        order = np.lexsort((time, vehicle))
        first = np.append(True, np.diff(vehicle[order]) > 0)
        commit.add_refolds(
            self._conn,
            self.world.rows.vehicle_key[vehicle[order][first]],
            time[order][first],
            "late",
        )

    def _keep_vehicles(self, outcome: Outcome, held: NDArray[np.int64]) -> NDArray[np.int32]:
        rows, touched = self.world.rows, outcome.touched
        if not len(touched):
            return touched
        commit.move_states(self._conn, rows, touched, outcome.live, outcome.fixes)
        keys, bodies = rows.vehicle_key[touched], memory.pack(outcome.memory)
        commit.keep_memories(self._conn, keys, held + 1, memory.FORMAT, bodies)
        if outcome.due.any():
            due = np.flatnonzero(outcome.due)
            commit.keep_checkpoints(
                self._conn,
                keys[due],
                outcome.memory.screen["seen"][due],
                memory.FORMAT,
                [bodies[row] for row in due.tolist()],
            )
        return touched

    def _keep_links(self, said: Assembled) -> NDArray[np.int32]:
        """Rows of the vehicles whose device's connection changed."""
        news = commit.keep_links(self._conn, self.world.rows, said.links)
        at = {link.device: link.time for link in said.links}
        times = np.array([at[row] for row in news.tolist()], np.float64)
        vehicles = self.world.find_vehicles(news, times)
        return vehicles[vehicles >= 0]

    def _count(self, outcome: Outcome, kept: commit.Kept) -> None:
        count = self._metrics.count
        count("milepost_fixes_stored", kept.stored)
        count("milepost_fixes_replaced", kept.replaced)
        count("milepost_fixes_conflict", kept.conflicts)
        repeated = len(outcome.fixes) - kept.stored - kept.replaced
        count("milepost_fixes_duplicate", max(repeated, 0) + outcome.repeats)
        flags = outcome.fixes.flags[outcome.fixes.flags > 0]
        for flag in Flag.__members__.values() if len(flags) else ():
            if number := int(((flags & np.uint16(flag)) > 0).sum()):
                count("milepost_fixes_flagged", number, str(flag.name).lower())


def _vehicles(evaluations: Sequence[Evaluation]) -> NDArray[np.int32]:
    return np.array([each.vehicle for each in evaluations if each.vehicle >= 0], np.int32)
