"""The one reader of the change feed: a thread with a connection of its own.

The bell only says "look"; what there is to see follows from the reader's own cursor, so a
bell that is lost costs one poll interval and no data.  When the database goes away the
reader tries again, with growing pauses, and goes on from where it was.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from fleet.errors import StoreAway
from fleet.views import Cursor, NodeVersion
from store import alert_acts, database, feed, nodes
from store.database import Database
from tracker_api.live.messages import State, Told, state
from tracker_api.live.writing import in_order
from tracker_api.metrics import Metrics

FIRST_PAUSE = 0.2  #: s; a restart of the database takes about as long
LONGEST_PAUSE = 5.0  #: s; bounds how long the map lags after the database is back
BEHIND = 5.0  #: s without having reached the end of the feed: readiness says "behind"


@dataclass(frozen=True, slots=True)
class News:
    """What the reader found as of ``cursor``: the newest states of what changed, and nodes."""

    cursor: Cursor
    states: dict[int, State]
    whole: bool  #: ``states`` is the whole fleet; who is not in it is no more
    world: bool  #: devices, vehicles, sites or bindings were edited
    reset: bool = False  #: not a continuation of the states: everybody needs a snapshot
    nodes: tuple[Told, ...] = ()  #: every version, and every entry of an alert, in order
    people: bool = False  #: rights were given or withdrawn
    gone: frozenset[int] = frozenset()  #: nobody sees these now: no more, or private off a trip


class FeedReader:
    """Follows the feed until it is stopped and hands every finding to ``publish``.

    ``publish`` is called on the reader's thread and must not block.
    """

    def __init__(
        self,
        settings: Database,
        publish: Callable[[News], None],
        metrics: Metrics,
        *,
        poll: float,
    ) -> None:
        self._settings, self._publish, self._metrics = settings, publish, metrics
        self._poll = poll
        self._stop = threading.Event()
        self._cursor: Cursor | None = None
        self._caught_up = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="live-feed", daemon=True)
        metrics.feed_lag.set_function(self.lag)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end and wait for it; it may be waiting for a bell or a connection."""
        self._stop.set()
        self._thread.join(self._poll + self._settings.connect_timeout)

    def lag(self) -> float:
        """Time in s since the reader last knew that it had read everything."""
        return time.monotonic() - self._caught_up

    def is_current(self) -> bool:
        """Whether what the clients see can be called the present."""
        return self._cursor is not None and self.lag() < BEHIND and self._thread.is_alive()

    def _run(self) -> None:
        log = structlog.get_logger()
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                with database.away():
                    self._follow()
            except StoreAway as error:
                self._metrics.feed_errors.inc()
                log.warning("the live feed waits for the database", reason=str(error))
                if time.monotonic() - began > LONGEST_PAUSE:  # it had worked: a new trouble
                    pause = FIRST_PAUSE
                self._stop.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    def _follow(self) -> None:
        with database.connect(self._settings, application="milepost api feed") as conn:
            feed.listen(conn)  # before the first read, or a bell in between would be lost
            while not self._stop.is_set():
                if not self._step(conn):
                    self._caught_up = time.monotonic()
                    feed.wait(conn, self._poll)

    def _step(self, conn: Any) -> bool:  # noqa: ANN401 (only the store names the type)
        """Read once; whether there was anything, so that there may be more."""
        if self._cursor is None:
            self._begin(conn)
            return True
        changes = feed.read(conn, self._cursor)
        if not changes.complete:  # restored from a backup, or away for longer than changes are kept
            self._begin(conn)
            return True
        if changes.cursor == self._cursor:
            return False
        keys = None if changes.world else sorted(changes.vehicles)
        states = _states(conn, keys) if keys is None or keys else {}
        told = in_order(conn, changes.nodes, changes.alerts)
        self._cursor = changes.cursor
        self._publish(
            News(
                changes.cursor,
                states,
                keys is None,
                changes.world,
                nodes=told,
                people=changes.people,
                gone=frozenset(keys or ()) - states.keys(),
            )
        )
        return True

    def _begin(self, conn: Any) -> None:  # noqa: ANN401 (only the store names the type)
        # The place first, then the states: a change in between is read twice, never missed.
        place = feed.position(conn)
        told = _nodes_between(conn, self._cursor, place)
        states = _states(conn, None)
        self._cursor = place
        self._publish(
            News(place, states, whole=True, world=True, reset=True, nodes=told, people=True)
        )


def _states(conn: Any, keys: list[int] | None) -> dict[int, State]:  # noqa: ANN401 (as above)
    return {key: state(vehicle) for key, vehicle in feed.load_states(conn, feed.EVERYTHING, keys)}


def _nodes_between(
    conn: Any,  # noqa: ANN401 (as above)
    before: Cursor | None,
    now: Cursor,
) -> tuple[Told, ...]:
    """What was told in a time whose changes are removed already; nodes and alerts never are."""
    if before is None or before.epoch != now.epoch:
        return ()
    found: list[NodeVersion] = []
    after = before.number
    while after < now.number and (
        page := nodes.read_after(conn, feed.EVERYTHING, after, feed.LIMIT)
    ):
        found += (node for node in page if node.number <= now.number)
        after = page[-1].number
    alerts = alert_acts.read_after(conn, feed.EVERYTHING, before.number, now.number, None)
    return in_order(conn, found, alerts)
