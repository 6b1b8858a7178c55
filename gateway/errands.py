"""What the gateway does besides taking messages: commands out, letters in again, refolds."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from datetime import datetime

import numpy as np
import orjson
import structlog
from numpy.typing import NDArray

from fleet.errors import BrokerAway
from fleet.records import FixBatch, Flag, Live
from gateway import nmea
from gateway.inbox import Inbox
from gateway.judge import MEMORY, MEMORY_FORMAT, empty_memory, judge
from gateway.metrics import Metrics
from gateway.pipeline import Limits, Rules
from gateway.writer import Writer
from store import commands, commit, database, maintenance
from store import world as stored_world
from store.maintenance import Retention

log = structlog.get_logger()

_COMMANDS_WAIT = 1.0  #: s to wait for the broker to take all of them; the rest is asked next time
_HALF_MS = 0.0005  #: s; fixes have whole milliseconds
_LETTERS = 200  #: re-injected per transaction
_LETTER_BYTES = 512 * 1024  #: of payload per transaction; 3,500 fixes, a quarter of a second
_AT_ONCE = Limits(fixes=sys.maxsize, per_vehicle=sys.maxsize)


def send_commands(writer: Writer, inbox: Inbox, metrics: Metrics, now: datetime) -> None:
    """Publish open commands; those that the broker has taken are marked as sent.

    A crash in between sends a command again: devices know commands by their id.
    """
    with database.away(), writer.conn.transaction():
        taken = []
        for command in commands.take_open(writer.conn, now):
            body = {"id": command.id, "kind": command.kind, "body": command.body}
            try:
                taken.append((command, inbox.publish(command.device, orjson.dumps(body))))
            except BrokerAway as away:
                log.warning("command not sent", device=command.device, reason=str(away))
                break
        sent, end = [], time.monotonic() + _COMMANDS_WAIT
        for command, info in taken:
            info.wait_for_publish(max(end - time.monotonic(), 0.0))
            if info.is_published():
                sent.append(command.id)
        commands.mark_sent(writer.conn, sent, now)
        if sent:
            metrics.count("milepost_commands_sent", len(sent))


def take_letters(writer: Writer, metrics: Metrics) -> bool:
    """Take dead letters in again, in one transaction; whether there were any."""
    with database.away(), writer.conn.transaction():
        letters = commit.take_reinjects(writer.conn, _LETTERS, _LETTER_BYTES)
        if not letters:
            return False
        commit.end_reinjects(writer.conn, [number for number, _ in letters])
        # At once, not in portions: whoever has rung keeps all others out until the commit.
        writer.write([frame for _, frame in letters], FixBatch.empty(), 0, _AT_ONCE)
        metrics.count("milepost_reinjected", len(letters))
    return True


def bury_streams(writer: Writer, keep: Retention, now: datetime) -> int:
    """Make dead letters of torn halves whose other half never came; returns the devices."""
    with database.away():
        devices = maintenance.sweep_streams(writer.conn, now, keep, nmea.unfinished)
    writer.forget_streams(devices)
    return len(devices)


def refold(writer: Writer, rules: Rules, metrics: Metrics) -> bool:
    """Fold one vehicle again whose past changed; whether there was one.

    From the newest checkpoint before the change its stored fixes are judged again in event
    order; contextual flags, memory, checkpoints and state are written anew.  A change
    further back than the repair limit is history: it moves nothing before that limit.
    """
    with database.away(), writer.conn.transaction():
        errand = commit.take_refold(writer.conn)
        if errand is None:
            return False
        key, since, numbers = errand
        writer.catch_up()
        vehicle = int(np.searchsorted(writer.world.rows.vehicle_key, key))
        held = commit.lock(writer.conn, writer.world.rows, np.array([vehicle], np.int32))
        memory = _fold_again(writer, rules, vehicle, since, held)
        commit.end_refolds(writer.conn, numbers)
        commit.ring(writer.conn, "positions", np.array([key], np.int32))
    writer.remember(vehicle, memory, int(held[0]) + 1)
    metrics.count("milepost_refolds")
    return True


def _fold_again(
    writer: Writer, rules: Rules, vehicle: int, since: float, held: NDArray[np.int64]
) -> NDArray[np.void]:
    """Judge the vehicle's past again and write it; returns its memory, shape (1,)."""
    conn, rows = writer.conn, writer.world.rows
    key = int(rows.vehicle_key[vehicle])
    newest = writer.memory["time"][vehicle]
    since = max(since, newest - rules.age.repair) if np.isfinite(newest) else since
    memory = empty_memory(len(rows.plate))
    start = max(since - rules.age.repair, 0.0)
    found = stored_world.find_checkpoint(conn, key, since, MEMORY_FORMAT, MEMORY)
    if found is not None:
        start, memory[vehicle : vehicle + 1] = found
    commit.forget_checkpoints(conn, key, start)
    history = stored_world.load_history(conn, rows, vehicle, start - _HALF_MS)
    known = history.time <= start  # the fix that the checkpoint was made after
    last, history = history.rows(known), history.rows(~known)
    found_again = judge(_unjudged(history), memory, rules.screen)
    told = history.flags & np.uint16(Flag.BACKFILLED)  # a fact of the delivery
    judged = replace(found_again.fixes, flags=found_again.fixes.flags | told)
    if len(judged):
        commit.rewrite_flags(conn, rows, judged)
    live = found_again.live
    if not len(live.vehicle):
        commit.clear_state(conn, key)
        live, judged = _still(last, memory, vehicle), last
    commit.move_states(conn, rows, np.array([vehicle], np.int32), live, judged)
    body = found_again.memory if len(found_again.memory) else memory[vehicle : vehicle + 1]
    keys = np.array([key], np.int32)
    commit.keep_memories(conn, keys, held + 1, MEMORY_FORMAT, body)
    if np.isfinite(body["time"][0]):
        commit.keep_checkpoints(conn, keys, body["time"], MEMORY_FORMAT, body)
    return body


def _still(last: FixBatch, memory: NDArray[np.void], vehicle: int) -> Live:
    """The fix of the checkpoint, if it is the vehicle's own: drawn where the vehicle stood."""
    parked = (last.flags & np.uint16(Flag.DRIFT)) > 0
    lon = np.where(parked, memory["stand_lon"][vehicle], last.lon)
    lat = np.where(parked, memory["stand_lat"][vehicle], last.lat)
    return Live(last.vehicle, np.arange(len(last)), lon, lat)


def _unjudged(fixes: FixBatch) -> FixBatch:
    """``fixes`` without what followed from their order of arrival."""
    kept = ~int(Flag.CONTEXTUAL | Flag.BACKFILLED) & 0xFFFF
    return replace(fixes, flags=fixes.flags & np.uint16(kept))
