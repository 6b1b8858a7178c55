"""What the gateway does besides taking messages: commands out, letters in again."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import orjson
import structlog

from fleet.errors import BrokerAway
from fleet.records import FixBatch
from gateway import nmea
from gateway.inbox import Inbox
from gateway.metrics import Metrics
from gateway.repair import Coalescing
from gateway.suspects import AT_ONCE, BUGS
from gateway.writer import Writer
from store import commands, commit, database, faults, gaps, maintenance
from store.maintenance import Retention
from store.retention import Kept

log = structlog.get_logger()

_COMMANDS_WAIT = 1.0  #: s to wait for the broker to take all of them; the rest is asked next time
_RECENT = timedelta(hours=2)  #: of numbers that may be missing
_LETTERS = 200  #: re-injected per transaction
_LETTER_BYTES = 512 * 1024  #: of payload per transaction; 3,500 fixes, a quarter of a second
_LATER = 3600.0  #: s until a vehicle is folded again on which the gateway failed


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
    """Take dead letters in again, in one transaction; whether there were any.

    Where the gateway fails on them they are taken one by one, and the one at fault stays an
    open letter that nobody asks for any more.
    """
    try:
        return _take_letters(writer, metrics, _LETTERS)
    except BUGS as error:
        log.error("letters failed", exc_info=error)  # noqa: TRY400 - the same with its trace
    for _ in range(_LETTERS):
        try:
            if not _take_letters(writer, metrics, 1):
                break
        except BUGS:
            log.exception("a letter failed")
            _drop_letter(writer)
            metrics.count("milepost_faults", 1, "letter")
    return True


def _take_letters(writer: Writer, metrics: Metrics, limit: int) -> bool:
    with database.away(), writer.conn.transaction():
        letters = commit.take_reinjects(writer.conn, limit, _LETTER_BYTES)
        if not letters:
            return False
        commit.end_reinjects(writer.conn, [number for number, _ in letters])
        # At once, not in portions: whoever has rung keeps all others out until the commit.
        writer.write([frame for _, frame in letters], FixBatch.empty(), 0, AT_ONCE)
        metrics.count("milepost_reinjected", len(letters))
    return True


def _drop_letter(writer: Writer) -> None:
    with database.away(), writer.conn.transaction():
        letters = commit.take_reinjects(writer.conn, 1, _LETTER_BYTES)
        faults.drop_reinjects(writer.conn, [number for number, _ in letters])


def put_off_refold(writer: Writer, wait: Coalescing, metrics: Metrics) -> None:
    """The vehicle that would be folded again now made the gateway fail: leave it for an hour."""
    with database.away(), writer.conn.transaction():
        errand = commit.take_refold(writer.conn, wait.quiet, wait.longest)
        if errand is not None:
            faults.postpone_refolds(writer.conn, errand[2], _LATER)
            metrics.count("milepost_faults", 1, "refold")


def note_unconfirmed(writer: Writer, inbox: Inbox, metrics: Metrics, now: datetime) -> None:
    """Keep which devices publish with QoS 0."""
    told = inbox.take_unconfirmed()
    if told:
        metrics.count("milepost_unconfirmed", sum(told.values()))
        with database.away():
            gaps.note_unconfirmed(writer.conn, told, now)


def look_at_numbers(writer: Writer, metrics: Metrics, keep: Retention, now: datetime) -> None:
    """Count what is missing of numbered messages, and forget what is older than the history."""
    with database.away():
        metrics.set("milepost_numbers_missing", gaps.count_missing(writer.conn, now - _RECENT))
        gaps.forget_seen(writer.conn, now - keep.age(Kept.HISTORY))


def bury_streams(writer: Writer, keep: Retention, now: datetime) -> int:
    """Make dead letters of torn halves whose other half never came; returns the devices."""
    with database.away():
        devices = maintenance.sweep_streams(writer.conn, now, keep, nmea.unfinished)
    writer.forget_streams(devices)
    return len(devices)
