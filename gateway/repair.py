"""One vehicle folded again because its past changed.

From the newest checkpoint before the change its stored fixes are judged again in the order
of their own time; flags, memory, checkpoints, state, visits and nodes are written anew in
one transaction.  Late fixes, re-injected letters, edited fences and bindings all come this
way: it is the only door to the past.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fleet.records import FixBatch, Flag, Live
from gateway import ignition, memory
from gateway.memory import Memory
from gateway.metrics import Metrics
from gateway.pipeline import Outcome, Rules, conclude_again
from gateway.writer import Writer
from geofence.nodes import Found
from store import commit, database, visits
from store import world as stored_world

_HALF_MS = 0.0005  #: s; fixes have whole milliseconds


@dataclass(frozen=True, slots=True)
class Coalescing:
    """How long changes of one vehicle's past are collected before it is folded again."""

    quiet: float = 0.5  #: s without another change: the backlog has come to its end
    longest: float = 5.0  #: s after the first change, however long the backlog goes on


def refold(
    writer: Writer,
    rules: Rules,
    wait: Coalescing,
    metrics: Metrics,
    now: float | None = None,
) -> bool:
    """Fold one vehicle again; whether there was one that is due.

    A change further back than the repair limit is history: it moves nothing before that
    limit, which is counted from the newest fix of the vehicle.  Its trips are looked at as
    of ``now``; without, as of that fix.
    """
    with database.away(), writer.conn.transaction():
        errand = commit.take_refold(writer.conn, wait.quiet, wait.longest)
        if errand is None:
            return False
        key, since, numbers = errand
        writer.catch_up()
        vehicle = int(np.searchsorted(writer.world.rows.vehicle_key, key))
        held = commit.lock(writer.conn, writer.world.rows, np.array([vehicle], np.int32))
        newest = float(writer.load_memory(np.array([vehicle], np.int32)).screen["seen"][0])
        if not np.isfinite(newest):  # no memory of this format
            newest = stored_world.load_newest(writer.conn, key)
        after, visited = _fold_again(writer, rules, vehicle, since, held, newest)
        looked = writer.look(after, visited, newest if now is None else now)
        commit.end_refolds(writer.conn, numbers)
        commit.ring(writer.conn, "positions", np.array([key], np.int32))
    writer.remember(vehicle, after, int(held[0]) + 1)
    writer.looks.settle(looked)
    metrics.count("milepost_refolds")
    return True


def _fold_again(
    writer: Writer,
    rules: Rules,
    vehicle: int,
    since: float,
    held: NDArray[np.int64],
    newest: float,
) -> tuple[Memory, frozenset[int]]:
    """Judge the vehicle's past again and write it.

    Returns its memory, of one row, and the vehicle's row if one of its visits changed.
    """
    conn, rows = writer.conn, writer.world.rows
    key = int(rows.vehicle_key[vehicle])
    since = max(since, newest - rules.age.repair) if np.isfinite(newest) else since
    start, before, begun = _begin(conn, key, since, rules.age.repair)
    commit.forget_checkpoints(conn, key, start)
    believed = float(before.screen["time"][0])
    shown = min(start, believed) if np.isfinite(believed) else start
    history = stored_world.load_history(conn, rows, vehicle, shown - _HALF_MS)
    known = history.time <= start  # the checkpoint was made after these
    last = history.rows(known & (history.time == believed))
    history = history.rows(~known)
    whole = memory.blank(len(rows.plate)).put(np.array([vehicle], np.int32), before)
    said = _words(conn, writer, vehicle, start, rules)
    outcome = conclude_again(history, said, whole, writer.world, rules)
    if len(outcome.fixes):
        commit.rewrite_flags(conn, rows, outcome.fixes)
    _draw(conn, writer, vehicle, outcome, last, before)
    row = np.array([vehicle], np.int32)
    after = outcome.memory if len(outcome.touched) else before
    if np.isfinite(begun):
        kept, _ = visits.load_kept(conn, rows, row, np.array([start]))
        after = memory.resumed(after, [each.visit for each in kept], begun)
    keys, body = np.array([key], np.int32), memory.pack(after)
    commit.keep_memories(conn, keys, held + 1, memory.FORMAT, body)
    seen, ignited = after.screen["seen"], after.screen["ignition_time"]
    if np.isfinite(seen[0]) and ignited[0] <= seen[0]:
        commit.keep_checkpoints(conn, keys, seen, memory.FORMAT, body)
    found = outcome.visits.get(vehicle)
    if found is None:  # nothing stirred: what was open at the start is open still
        found = memory.still_open(before)
    return after, writer.keep_visits(row, [Found(vehicle, found, newest, begun)], np.array([start]))


def _begin(conn: Any, key: int, since: float, reach: float) -> tuple[float, Memory, float]:  # noqa: ANN401 - only the store names the type
    """Where to begin, the memory there, and where again if there was none; else -inf."""
    found = stored_world.find_checkpoint(conn, key, since, memory.FORMAT)
    if found is not None:
        start, body = found
        return start, memory.unpack([body]), -np.inf
    start = max(since - reach, 0.0)
    return start, memory.blank(1), start if start > 0 else -np.inf


def _words(
    conn: Any,  # noqa: ANN401 - only the store names the type
    writer: Writer,
    vehicle: int,
    start: float,
    rules: Rules,
) -> ignition.Said:
    """What the vehicle's ignition said since the start, by a clock that can be believed."""
    age = rules.age
    words = stored_world.load_ignition(
        conn, writer.world.rows, vehicle, start, ahead=age.future, behind=age.repair
    )
    return ignition.Said.of([(vehicle, time, off) for time, off in words])


def _draw(
    conn: Any,  # noqa: ANN401 - only the store names the type
    writer: Writer,
    vehicle: int,
    outcome: Outcome,
    last: FixBatch,
    before: Memory,
) -> None:
    """Show the newest believed fix, or the one of the checkpoint, or nothing."""
    rows, live, fixes = writer.world.rows, outcome.live, outcome.fixes
    if not len(live.vehicle):
        commit.clear_state(conn, int(rows.vehicle_key[vehicle]))
        live, fixes = _still(last, before), last
    commit.move_states(conn, rows, np.array([vehicle], np.int32), live, fixes)


def _still(last: FixBatch, before: Memory) -> Live:
    """The last fix that the checkpoint believed, drawn where the vehicle stood."""
    parked = (last.flags & np.uint16(Flag.DRIFT)) > 0
    lon = np.where(parked, before.screen["stand_lon"][0], last.lon)
    lat = np.where(parked, before.screen["stand_lat"][0], last.lat)
    return Live(last.vehicle, np.arange(len(last)), lon, lat)
