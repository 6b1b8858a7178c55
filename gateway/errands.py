"""What the gateway does besides taking messages: commands out, letters in again."""

from __future__ import annotations

import sys
import time
from datetime import datetime

import orjson
import structlog

from fleet.errors import BrokerAway
from fleet.records import FixBatch
from gateway import nmea
from gateway.inbox import Inbox
from gateway.metrics import Metrics
from gateway.pipeline import Limits
from gateway.writer import Writer
from store import commands, commit, database, maintenance
from store.maintenance import Retention

log = structlog.get_logger()

_COMMANDS_WAIT = 1.0  #: s to wait for the broker to take all of them; the rest is asked next time
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
