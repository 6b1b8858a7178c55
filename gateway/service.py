"""The gateway's loop: take what has arrived, write it, acknowledge it.

One thread writes.  A batch is whatever has arrived while the previous one was committed, so
latency is low when idle and the work amortises itself under load.  A message is acknowledged
when the commit that holds its last fix is done, never before.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import structlog

import store
from fleet.errors import BrokerAway, SettingInvalid, StoreAway
from fleet.records import FixBatch
from gateway import errands, repair, trial
from gateway.inbox import Broker, Delivery, Inbox
from gateway.metrics import Metrics
from gateway.pipeline import Rules
from gateway.suspects import BUGS, Suspects
from gateway.writer import Writer
from store import commit, database
from store.maintenance import Retention

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Loop:
    """Rhythm and size of the batches."""

    batch_messages: int = 5000  #: per batch; a message has at least one fix
    batch_bytes: int = 2 * 1024 * 1024  #: of payload per batch; 15,000 fixes of RMC + GGA
    waiting: int = 30_000  #: decoded fixes beyond which no more is taken; two devices' backlogs
    #: s between the beginnings of two commits, at least: one costs ten milliseconds of a core
    #: whatever is in it, so that many small ones would leave none for broker, API and terminals.
    pace: float = 0.06
    idle: float = 0.1  #: s to wait for a message before looking at errands
    errands: float = 0.25  #: s between two looks at commands, re-injections, refolds
    retry_max: float = 10.0  #: s between two attempts to reach the database, by doubling
    repairs: float = 0.1  #: s of repairing in a row; then the live batches have their turn
    model: float = 60.0  #: s between two looks at the travel-time model and at who sends with QoS 0
    sweep: float = 3600.0  #: s between two burials of torn halves, which wait a day or so


@dataclass(frozen=True, slots=True)
class Settings:
    """How the gateway runs."""

    broker: Broker = field(default_factory=Broker)
    database: store.Database = field(default_factory=store.Database)
    rules: Rules = field(default_factory=Rules)
    loop: Loop = field(default_factory=Loop)
    retention: Retention = field(default_factory=Retention)  #: for torn halves
    coalescing: repair.Coalescing = field(default_factory=repair.Coalescing)


class Gateway:
    """Runs until ``stop`` is set; start it in a thread that may block."""

    def __init__(
        self,
        settings: Settings,
        stop: threading.Event,
        read: Callable[[], None] = lambda: None,
    ) -> None:
        """``read`` is called when world and memory were read, before the first message."""
        self._settings, self._stop, self._read = settings, stop, read
        self.metrics = Metrics()
        self.inbox = Inbox(settings.broker)
        self._writer = Writer(settings.database, settings.rules, self.metrics)
        self._suspects = Suspects(self._writer, self.metrics)
        self._waiting = FixBatch.empty()
        self._bound = self._writer.world  # the one whose rows the waiting fixes name
        self._open: dict[int, tuple[Delivery, int]] = {}  # number -> delivery, fixes to come
        self._next = 0
        self._looked = self._swept = self._modelled = self._began = -np.inf
        self._database_problem = "not connected yet"

    def problems(self) -> dict[str, str]:
        """What is wrong with the broker and the database, in plain words; "" for nothing."""
        return {"broker": self.inbox.problem, "database": self._database_problem}

    def run(self) -> None:
        """Work until ``stop`` is set, then finish the batch in hand and leave the broker.

        Raises:
            SettingInvalid: it is to share a subscription, and the broker delivers nothing so.
        """
        self._trust_share()
        self._patiently(lambda: None)  # connects
        self._read()
        self.inbox.start()
        try:
            while not self._stop.is_set():
                self._patiently(self._turn)
        finally:
            self.inbox.stop()
            self._writer.close()
            log.info("stopped", unacknowledged=len(self._open))

    def _trust_share(self) -> None:
        """Try a shared subscription, where one is set, as soon as the broker answers."""
        broker = self._settings.broker
        while broker.share and not self._stop.is_set():
            try:
                if trial.delivers_shared(broker):
                    return
            except BrokerAway as away:
                log.warning("broker away", reason=str(away))
                self._stop.wait(self._settings.loop.retry_max)
            else:
                raise SettingInvalid(
                    "MILEPOST_BROKER__SHARE: this broker grants shared subscriptions and delivers "
                    "nothing by them; use partitions, or one gateway"
                )

    def _turn(self) -> None:
        self._run_errands()
        if self._suspects:
            self._suspects.settle(self.inbox.ack)
            return
        loop = self._settings.loop
        pause = 0.0 if len(self._waiting) or self._writer.looks.owed else loop.idle
        room = loop.batch_messages if len(self._waiting) < loop.waiting else 0
        deliveries: list[Delivery] = []
        if not len(self._waiting):
            self._rest(loop.pace)
        if room > 0:
            deliveries = self.inbox.take(room, loop.batch_bytes, pause)
        if deliveries or len(self._waiting):
            self._patiently(lambda: self._commit(deliveries))
        else:
            self._writer.look_at_owed(time.time())

    def _rest(self, pace: float) -> None:
        """Let ``pace`` s pass since the last commit began; looks that are owed fit into that."""
        if self._began + pace / 2 > time.monotonic():  # commits are quick: there is time
            self._patiently(lambda: self._writer.look_at_owed(time.time()))
        self._stop.wait(max(self._began + pace - time.monotonic(), 0.0))

    def _commit(self, deliveries: list[Delivery]) -> None:
        began = self._began = time.monotonic()
        if self._writer.world is not self._bound:
            self._waiting = self._writer.world.rebind(self._waiting, self._bound)
            self._bound = self._writer.world
        frames = [delivery.frame for delivery in deliveries]
        first = self._number(len(frames))
        try:
            written = self._writer.write(frames, self._waiting, first)
        except BUGS:
            log.exception("a batch failed", messages=len(frames))
            self._suspect(deliveries)
            return
        self._next = first + len(frames)
        done = self._settle(deliveries, first, written.committed, written.waiting)
        self._waiting, self._bound = written.waiting, self._writer.world
        self.inbox.ack(done)
        self._observe(began, frames_done=done, fixes=len(written.committed))
        for kind, number in Counter(frame.kind for frame in frames).items():
            self.metrics.count("milepost_frames", number, kind or "unknown")

    def _suspect(self, deliveries: list[Delivery]) -> None:
        """Take the batch, and what waits of earlier ones, again, in parts.

        What of the earlier ones is committed already is then a duplicate.
        """
        self._writer.open()  # whatever it remembers, and had begun, is forgotten
        earlier = [delivery for delivery, _ in self._open.values()]
        self._suspects.add([*earlier, *deliveries])
        self._open.clear()
        self._waiting, self._bound = FixBatch.empty(), self._writer.world

    def _number(self, count: int) -> int:
        """The number of the next frame; starts again at 0 when nothing is open."""
        if not self._open and self._next + count > np.iinfo(np.int32).max // 2:
            self._next = 0
        return self._next

    def _settle(
        self, deliveries: list[Delivery], first: int, committed: FixBatch, waiting: FixBatch
    ) -> list[Delivery]:
        """The deliveries of which every fix is committed now."""
        left: dict[int, int] = {}
        numbers, counts = np.unique(waiting.frame, return_counts=True)
        left.update(zip(numbers.tolist(), counts.tolist(), strict=True))
        for number, delivery in enumerate(deliveries, first):
            self._open[number] = (delivery, left.get(number, 0))
        touched = {*np.unique(committed.frame).tolist(), *range(first, first + len(deliveries))}
        done = [number for number in touched if number in self._open and number not in left]
        return [self._open.pop(number)[0] for number in sorted(done)]

    def _observe(self, began: float, *, frames_done: list[Delivery], fixes: int) -> None:
        now = time.time()
        self.metrics.count("milepost_commits")
        self.metrics.observe("milepost_commit_seconds", time.monotonic() - began)
        self.metrics.observe("milepost_batch_fixes", fixes)
        if frames_done:  # one sample a batch and end of it: what waited longest, and shortest
            ends = (frames_done[0].frame.received, frames_done[-1].frame.received)
            self.metrics.observe("milepost_delay_seconds", *(now - end for end in ends))
        self.metrics.set("milepost_inbox_waiting", self.inbox.waiting)
        self.metrics.set("milepost_fixes_waiting", len(self._waiting))
        self.metrics.set("milepost_redelivered", self.inbox.redelivered)
        self.metrics.set("milepost_overflowed", self.inbox.overflowed)
        self.metrics.set("milepost_session_forgotten", self.inbox.forgotten)

    def _run_errands(self) -> None:
        now = time.monotonic()
        if now - self._looked < self._settings.loop.errands:
            return
        self._looked = now
        with database.away():
            waiting = commit.load_errands(self._writer.conn)
        if waiting.world_revision != self._writer.world.revision:
            self._writer.reload()
        if waiting.commands:
            errands.send_commands(self._writer, self.inbox, self.metrics, datetime.now(UTC))
        if waiting.reinjects:
            errands.take_letters(self._writer, self.metrics)
        if waiting.refolds:
            self._repair()
        if now - self._modelled >= self._settings.loop.model:
            self._modelled = now
            self._writer.refresh_model()
            errands.note_unconfirmed(self._writer, self.inbox, self.metrics, datetime.now(UTC))
        if now - self._swept >= self._settings.loop.sweep:
            self._swept, today, keep = now, datetime.now(UTC), self._settings.retention
            errands.bury_streams(self._writer, keep, today)
            errands.look_at_numbers(self._writer, self.metrics, keep, today)

    def _repair(self) -> None:
        """Fold vehicles again whose past changed, at least one that is due."""
        settings, began, writer = self._settings, time.monotonic(), self._writer
        wait = settings.coalescing
        try:
            while repair.refold(writer, settings.rules, wait, self.metrics, time.time()):
                if time.monotonic() - began > settings.loop.repairs:
                    return
        except BUGS:
            log.exception("a refold failed")
            errands.put_off_refold(writer, wait, self.metrics)

    def _patiently(self, work: Callable[[], object]) -> None:
        """Do ``work``; when the database is away, wait, connect anew and do it again.

        Gives up only when the gateway stops: nothing of the batch is acknowledged then.
        """
        pause = 0.25
        while not self._stop.is_set():
            try:
                if self._database_problem:
                    self._writer.open()
                work()
            except StoreAway as away:
                self._database_problem = str(away)
                self.metrics.set("milepost_ready", 0, "database")
                log.warning("database away", reason=str(away), retry_s=pause)
                self._stop.wait(pause)
                pause = min(2 * pause, self._settings.loop.retry_max)
            else:
                self._database_problem = ""
                self.metrics.set("milepost_ready", 1, "database")
                self.metrics.set("milepost_ready", 0 if self.inbox.problem else 1, "broker")
                self.metrics.set("milepost_session_taken", self.inbox.taken)
                return
