"""The sender: takes what is due from the outbox, sends it, and writes down what became of it.

``sending`` is committed before anything is sent and the outcome after, so that a sender that
dies leaves notices of which nobody knows whether they were taken.  Whoever finds them, when
their claim has run out, sends them again: a webhook under the same id, by which its receiver
knows it; a channel without ids at most ``Rules.unknown_repeats`` times, and the log says so.
"""

from __future__ import annotations

import secrets
import threading
import traceback
from collections import Counter as Tally
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import inf, nan
from time import monotonic
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge

import store
from fleet.errors import StoreAway
from fleet.notice_rules import ChannelKind
from shipment import notices, wording
from shipment.notices import Due, Rules, Verdict
from shipment.targets import Guard
from store import database, outbox
from store.outbox import Pending, Tried
from worker import letters
from worker.messengers import Messengers
from worker.webhooks import Hooks, Outcome, Patience

log = structlog.get_logger()

#: name, kind, labels, what it means
METRICS = (
    ("milepost_notices_sent", Counter, ("channel",), "Notices that were accepted"),
    ("milepost_notice_failures", Counter, ("channel",), "Tries that were not accepted"),
    ("milepost_notices_given_up", Counter, (), "Notices that are not tried again"),
    ("milepost_notices_waiting", Gauge, (), "Notices that are to be sent, now or later"),
    ("milepost_notices_age", Gauge, (), "s since the notice was due that waits longest"),
    ("milepost_channels_failing", Gauge, (), "Channels that do not take what they are sent"),
    ("milepost_sender_failures", Counter, (), "Rounds of the sender that the database refused"),
)

_CHANCE = secrets.SystemRandom()

LOST = "outcome unknown: the sender ended while it was being sent"


@dataclass(frozen=True, slots=True)
class Sending:
    """How notices are sent."""

    look: float = 1.0  #: s between two looks at an empty outbox: an alert is told within that
    linger: float = 0.01  #: s that outcomes wait for others to be written down with
    threads: int = 16  #: sent at once, over all channels
    each: int = 4  #: sent at once by one channel: a slow receiver holds up no other
    lease: float = 90.0  #: s until others take what a sender has not said a word of
    connect: float = 5.0  #: s until a receiver must have taken a connection
    timeout: float = 20.0  #: s until it must have answered; well below ``lease``
    retry: float = 5.0  #: s until the next look when the database was away
    source: str = "urn:milepost"  #: of CloudEvents: by it receivers tell installations apart
    allowed_hosts: tuple[str, ...] = ()
    """Hosts inside the house that may be sent to (names or addresses): none by default, as whoever
    may name a webhook could otherwise have us ask what only we can reach."""
    rules: Rules = field(default_factory=Rules)


class Sender:
    """Runs until ``stop`` is set; several may work on one outbox."""

    def __init__(
        self,
        db: store.Database,
        sending: Sending,
        zone: str,
        stop: threading.Event,
        registry: CollectorRegistry,
        chance: Callable[[], float] = _CHANCE.random,
    ) -> None:
        self._db, self._sending, self._zone, self._stop = db, sending, zone, stop
        self._chance = chance
        self._conn: Any = None  # a psycopg connection; only the store knows what that is
        self._flying: dict[Future[Outcome], _Flight] = {}
        guard = Guard(tuple(host.lower() for host in sending.allowed_hosts))
        patience = Patience(sending.connect, sending.timeout)
        self._hooks, self._messengers = Hooks(guard, patience), Messengers(guard, patience)
        self._counted = -inf
        self.problem = "nothing was sent yet"
        self._sent = Counter(METRICS[0][0], METRICS[0][3], METRICS[0][2], registry=registry)
        self._failed = Counter(METRICS[1][0], METRICS[1][3], METRICS[1][2], registry=registry)
        self._given_up = Counter(METRICS[2][0], METRICS[2][3], registry=registry)
        self._waiting = Gauge(METRICS[3][0], METRICS[3][3], registry=registry)
        self._age = Gauge(METRICS[4][0], METRICS[4][3], registry=registry)
        self._failing = Gauge(METRICS[5][0], METRICS[5][3], registry=registry)
        self._refused = Counter(METRICS[6][0], METRICS[6][3], registry=registry)

    @property
    def is_sending(self) -> bool:
        """Whether something is under way, or was and is not written down yet."""
        return bool(self._flying)

    def run(self, clock: Callable[[], datetime]) -> None:
        """Send what is due until ``stop`` is set; what is being sent then is finished first."""
        with ThreadPoolExecutor(self._sending.threads, "sender") as pool:
            try:
                while not self._stop.is_set():
                    self._try(pool, clock)
                self._settle(clock)
            finally:
                self.close()

    def _try(self, pool: ThreadPoolExecutor, clock: Callable[[], datetime]) -> None:
        try:
            moved = self.round(pool, clock)
        except StoreAway as away:
            self.problem = str(away)
            self._refused.inc()
            self.close()
            log.warning("notices put off", reason=str(away), retry_s=self._sending.retry)
            self._stop.wait(self._sending.retry)
            return
        if self._flying:
            wait(self._flying, self._sending.look, FIRST_COMPLETED)
            wait(self._flying, self._sending.linger)
        elif not moved:
            self._stop.wait(self._sending.look)

    def round(self, pool: ThreadPoolExecutor, clock: Callable[[], datetime]) -> int:
        """Write down what has come of tries, begin what is due; returns how many were moved.

        Raises:
            StoreAway: the database did not answer; outcomes are kept and written down later.
        """
        with database.away():
            if self._conn is None:
                self._conn = database.connect(self._db, application="milepost-worker-sender")
            done = self._write_down(clock)
            begun = self._begin(pool, clock)
            self._count(clock())
        self.problem = ""
        return done + begun

    def _begin(self, pool: ThreadPoolExecutor, clock: Callable[[], datetime]) -> int:
        """Judge what is due and send what may be; returns how many were looked at."""
        free = self._sending.threads - len(self._flying)
        if free <= 0:
            return 0
        now = clock()
        until = now + timedelta(seconds=self._sending.lease)
        busy = Tally(flight.notice.channel.key for flight in self._flying.values())
        with self._conn.transaction():
            due = outbox.take_due(self._conn, now, self._sending.each, busy)
            send = self._sort_out(due, now)
            mine, later = send[:free], send[free:]
            outbox.put_off(self._conn, {notice.id: now for notice in later})
            outbox.claim(self._conn, [notice.id for notice in mine], until)
        for notice in mine:
            flight = _Flight(notice, until, monotonic())
            self._flying[pool.submit(self._send, notice, now)] = flight
        return len(due)

    def _sort_out(self, due: list[Pending], now: datetime) -> list[Pending]:
        """Say of each what becomes of it; returns those that are to be sent."""
        send: list[Pending] = []
        later: dict[str, datetime] = {}
        dropped: list[str] = []
        for notice in self._without_spent(due, now):
            when = notices.judge(self._as_due(notice), self._sending.rules, now.timestamp())
            if notice.corrected or when.verdict is Verdict.CANCEL:
                dropped.append(notice.id)
            elif when.verdict is Verdict.WAIT:
                later[notice.id] = datetime.fromtimestamp(when.until, UTC)
            elif when.verdict is Verdict.SEND or not self._gather(notice, now):
                send.append(notice)
        outbox.put_off(self._conn, later)
        outbox.replace(self._conn, dropped)
        return send

    def _without_spent(self, due: list[Pending], now: datetime) -> list[Pending]:
        """Log those whose sender has gone, and give up those that may not be repeated any more."""
        lost = [notice for notice in due if notice.state == "sending"]
        outbox.log_lost(self._conn, lost, now, LOST)
        spent = [notice for notice in lost if self._is_spent(notice)]
        outbox.give_up(self._conn, spent)
        self._given_up.inc(len(spent))
        return [notice for notice in due if notice not in spent]

    def _is_spent(self, lost: Pending) -> bool:
        """Whether a channel without ids was asked often enough."""
        has_ids = lost.channel.kind is ChannelKind.WEBHOOK
        return not has_ids and lost.unknown >= self._sending.rules.unknown_repeats

    def _as_due(self, notice: Pending) -> Due:
        last = notice.last_delay
        return Due(
            notice.created_at.timestamp(),
            notice.severity,
            notice.zone or self._zone,
            notice.quiet,
            notice.digest_minutes,
            notice.delay,
            nan if last is None else last.timestamp(),
            notice.newer,
        )

    def _gather(self, notice: Pending, now: datetime) -> bool:
        """Make one of all that goes with ``notice``; False: there is nothing else."""
        others = outbox.load_digest(self._conn, notice.id, now)
        zone = notice.zone or self._zone
        ready = [
            (key, body)
            for key, created, body in others
            if notices.slot_of(created.timestamp(), zone, notice.digest_minutes) <= now.timestamp()
        ]
        if not ready:
            return True  # another one of them has taken it along
        if len(ready) == 1:
            return False
        body = wording.digest([body for _, body in ready])
        outbox.gather(self._conn, [key for key, _ in ready], body, now)
        return True

    def _send(self, notice: Pending, now: datetime) -> Outcome:
        if notice.channel.kind is ChannelKind.APPRISE:
            title, text = letters.message(notice)
            return self._messengers.tell(notice.channel.address, notice.address, title, text)
        content = letters.event(notice, self._sending.source)
        try:
            signed = letters.headers(notice, content, now)
        except ValueError as error:
            return Outcome(ok=False, detail=f"refused: {error}")
        return self._hooks.post(notice.channel.address, signed, content)

    def _write_down(self, clock: Callable[[], datetime]) -> int:
        """Write down what has come of tries that ended; what is not written is kept."""
        ended = [(future, flight) for future, flight in self._flying.items() if future.done()]
        if not ended:
            return 0
        now = clock()
        tried = [self._tried(flight, _outcome(future), now) for future, flight in ended]
        outbox.finish(self._conn, tried)
        for (future, flight), one in zip(ended, tried, strict=True):
            del self._flying[future]
            self._tell(flight.notice, one)
        return len(ended)

    def _tried(self, flight: _Flight, outcome: Outcome, now: datetime) -> Tried:
        notice = flight.notice
        return Tried(
            notice.id,
            notice.channel.key,
            flight.claim,
            now,
            ok=outcome.ok,
            again=None if outcome.ok else self._again(notice, outcome, now),
            status=outcome.status,
            detail=f"outcome unknown: {outcome.detail}" if outcome.unknown else outcome.detail,
            seconds=monotonic() - flight.began,
            unknown=outcome.unknown,
            gone=outcome.gone,
        )

    def _again(self, notice: Pending, outcome: Outcome, now: datetime) -> datetime | None:
        """When to try again; None: it is given up."""
        if outcome.gone:
            return None
        unknown = notice.unknown + (notice.state == "sending")
        has_ids = notice.channel.kind is ChannelKind.WEBHOOK
        if outcome.unknown and not has_ids and unknown >= self._sending.rules.unknown_repeats:
            return None
        at = notices.next_try(
            notice.tries + 1,
            now.timestamp(),
            self._sending.rules,
            self._chance(),
            outcome.wait,
        )
        return None if at == inf else datetime.fromtimestamp(at, UTC)

    def _tell(self, notice: Pending, tried: Tried) -> None:
        code = notice.channel.code
        if tried.ok:
            self._sent.labels(code).inc()
            return
        self._failed.labels(code).inc()
        said = {"notice": notice.id, "channel": code, "reason": tried.detail}
        if tried.again is None:
            self._given_up.inc()
            log.warning("notice given up", **said)
        elif notice.channel.failing_since is None:
            log.warning("channel fails", **said, again=tried.again.isoformat())

    def _count(self, now: datetime) -> None:
        """Tell how much there is to do, every ten looks: counting a backlog takes its time."""
        if monotonic() - self._counted < 10 * self._sending.look:
            return
        self._counted = monotonic()
        waiting, _, age, failing = outbox.backlog(self._conn, now)
        self._waiting.set(waiting)
        self._age.set(age)
        self._failing.set(failing)

    def _settle(self, clock: Callable[[], datetime]) -> None:
        """Wait for what is being sent, which does not last long, and write down what came of it."""
        wait(self._flying, self._sending.lease)
        if not self._flying:
            return
        try:
            with database.away():
                self._write_down(clock)
        except StoreAway as away:
            log.warning("outcomes of notices are lost", reason=str(away), notices=len(self._flying))

    def close(self) -> None:
        """Leave the database; the next round comes back to it."""
        if self._conn is not None:
            self._conn.close()
            self._conn = None


def _outcome(future: Future[Outcome]) -> Outcome:
    """What came of a try.  A fault of ours is told, and holds up no other notice."""
    fault = future.exception()
    if fault is None:
        return future.result()
    # Without local variables: those hold addresses and secrets.
    log.error("a notice cannot be sent", exception="".join(traceback.format_exception(fault)))
    return Outcome(ok=False, detail=f"a fault of ours: {type(fault).__name__}", unknown=True)


@dataclass(frozen=True, slots=True)
class _Flight:
    """A notice that is being sent."""

    notice: Pending
    claim: datetime
    began: float  #: monotonic s
