"""The fleet as the clients see it, and the round that fills their mailboxes.

Everything here happens on the event loop.  News is gathered and told in rounds, at most
one per ``pace``: all clients wake at the same cursor, so that clients with like filters
share one encoded message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from fleet.scope import Scope
from fleet.views import Cursor
from tracker_api.gate import Admitted
from tracker_api.live import messages
from tracker_api.live.feed import News
from tracker_api.live.mailbox import Mailbox
from tracker_api.live.messages import Farewell, Filter, State, Told
from tracker_api.metrics import Metrics

#: Encoded messages kept until the next round; a client with a rare filter shares with nobody.
MEMO = 64


@dataclass(frozen=True, slots=True)
class Dismissal:
    """Why a conversation ends."""

    code: Farewell
    reason: str


@dataclass(eq=False, slots=True)
class Client:
    """One live socket: its mailbox, and the bell that wakes its sender."""

    admitted: Admitted
    mailbox: Mailbox
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    since: Cursor | None = None  #: what its last message was as of; None: it needs a snapshot
    told: Cursor | None = None  #: up to where it heard every node; None: it begins now
    alone: bool = False  #: its next message is like nobody else's
    dismissal: Dismissal | None = None

    def turn(self, wanted: Filter) -> None:
        """Have it see what its scope and ``wanted`` admit, beginning with a snapshot."""
        before, self.mailbox = self.mailbox, Mailbox(self.admitted.scope, wanted)
        self.mailbox.inherit(before)
        self.since = None  # what the client has says nothing about it
        self.bell.set()

    def dismiss(self, dismissal: Dismissal) -> None:
        """Have its sender say bye."""
        self.dismissal = self.dismissal or dismissal
        self.bell.set()


class Hub:
    """Newest state per vehicle, and the clients who want to know."""

    def __init__(self, metrics: Metrics, *, pace: float, max_nodes: int) -> None:
        self._metrics, self._pace, self._max_nodes = metrics, pace, max_nodes
        self.sockets = 0  #: open ones, subscribed or not yet
        self.clients: set[Client] = set()
        self.rights = asyncio.Event()  #: rights were given or withdrawn: judge everybody anew
        self.is_judged = True  #: somebody judges; else nobody may listen
        self.cursor: Cursor | None = None
        self._states: dict[int, State] = {}
        self._news: list[News] = []
        self._round: asyncio.TimerHandle | None = None
        self._last_round = float("-inf")
        self._memo: dict[tuple[Scope, Filter, Cursor], str] = {}
        self._moved = asyncio.Event()  #: of the round to come; each round has its own
        metrics.clients.set_function(lambda: self.sockets)

    def take(self, news: News) -> None:
        """Take in what the feed's reader found; it is told with the next round."""
        self._news.append(news)
        if self._round is None:
            loop = asyncio.get_running_loop()
            when = max(loop.time(), self._last_round + self._pace)
            self._round = loop.call_at(when, self._tell)

    async def reach(self, cursor: Cursor | None, within: float) -> bool:
        """Wait until the fleet is as of ``cursor`` or later (None: is known at all)."""
        try:
            async with asyncio.timeout(within):
                while not self._is_at(cursor):
                    await self._moved.wait()
        except TimeoutError:
            return False
        return True

    def join(self, client: Client) -> None:
        """Count ``client`` in; its mailbox is filled from now on."""
        client.mailbox.restart(self._states)
        self.clients.add(client)

    def leave(self, client: Client) -> None:
        """Forget ``client``; idempotent."""
        self.clients.discard(client)

    def expel(self, client: Client, why: Dismissal) -> None:
        """Have ``client`` told nothing more but bye."""
        self.leave(client)
        client.dismiss(why)

    def narrow(self, client: Client, scope: Scope) -> None:
        """Have ``client`` see what is in ``scope`` from now on, beginning with a snapshot."""
        client.admitted = replace(client.admitted, scope=scope)
        client.turn(client.mailbox.filter)

    def recover(self, client: Client, told: Cursor, nodes: Iterable[Told]) -> bool:
        """Have ``client``, which heard of nodes up to ``told``, hear of those that it missed.

        ``nodes`` are all after ``told`` that the store had after ``client`` joined.  Those
        beyond the hub's cursor are left out: they are on their way here.  False, and nothing
        is owed, if the database was replaced meanwhile.
        """
        if self.cursor is None or self.cursor.epoch != told.epoch:
            return False
        at = self.cursor.number
        client.mailbox.recover(node for node in nodes if node.number <= at)
        client.told = told
        return True

    def catch_up(self, client: Client, keys: frozenset[int]) -> None:
        """Have the next message of ``client`` tell what became of ``keys``."""
        client.mailbox.catch_up(keys, self._states)
        client.since, client.alone = self.cursor, True

    def dismiss_all(self, reason: str) -> None:
        """Say bye to everybody: the process ends."""
        for client in self.clients:
            client.dismiss(Dismissal("restart", reason))

    def message(self, client: Client) -> str:
        """What ``client`` must be told to be as of the hub's cursor; its mailbox is empty then.

        A client whose fleet is not known yet must have waited for ``reach``.
        """
        cursor = self.cursor
        if cursor is None:
            raise RuntimeError("the fleet is not known yet")
        mailbox, since = client.mailbox, client.since
        client.since = cursor
        if since is None:
            self._metrics.snapshots.inc()
            if client.told is None:  # what waits is older than the client
                client.told = cursor
                mailbox.nodes.clear()
            return messages.snapshot(client.told, self._restart(client))
        client.told = cursor
        self._metrics.deltas.inc()
        self._metrics.conflated.inc(mailbox.conflated)
        mailbox.conflated = 0
        letter = mailbox.drain()
        self._metrics.nodes.inc(len(letter.nodes))
        # Equal rights, equal filter, the same two cursors: the same message, encoded once.
        key = (replace(mailbox.scope, principal=""), mailbox.filter, since)
        text = None if client.alone else self._memo.get(key)
        if text is None:
            text = messages.delta(
                cursor, letter.states, letter.gone, letter.nodes, world=letter.world
            )
            if letter and not client.alone and len(self._memo) < MEMO:
                self._memo[key] = text
        client.alone = False
        return text

    def _restart(self, client: Client) -> tuple[State, ...]:
        """Everything that ``client`` may see; nodes and an edit of the world are told after it."""
        world, mailbox = client.mailbox.world, client.mailbox
        states = mailbox.restart(self._states)
        mailbox.world = world
        if mailbox:
            client.alone = True
            client.bell.set()
        return states

    def _is_at(self, cursor: Cursor | None) -> bool:
        if self.cursor is None:
            return False
        return (
            cursor is None
            or self.cursor.epoch != cursor.epoch
            or self.cursor.number >= cursor.number
        )

    def _tell(self) -> None:
        """One round: apply all news, fill the mailboxes, wake who has something."""
        self._round = None
        self._last_round = asyncio.get_running_loop().time()
        changed: dict[int, State | None] = {}
        nodes: list[Told] = []
        world = reset = False
        for news in self._news:
            self._apply(news, changed)
            nodes += news.nodes
            world |= news.world
            if news.people:
                self.rights.set()
            reset |= news.reset
        self.cursor = self._news[-1].cursor
        self._news.clear()
        self._memo.clear()
        self._metrics.feed_vehicles.inc(len(changed))
        for client in tuple(self.clients):
            if reset:
                client.since = None
            if client.told is not None and client.told.epoch != self.cursor.epoch:
                client.told = None  # of a database that was replaced: its numbers mean nothing
                client.mailbox.nodes.clear()
            self._fill(client, changed, nodes, world=world)
        self._moved.set()
        self._moved = asyncio.Event()

    def _fill(
        self,
        client: Client,
        changed: dict[int, State | None],
        nodes: list[Told],
        *,
        world: bool,
    ) -> None:
        """Fill one mailbox and wake its sender; a client that takes no nodes is given up."""
        mailbox = client.mailbox
        mailbox.offer(changed, nodes, world=world)
        if len(mailbox.nodes) > self._max_nodes:
            client.dismiss(Dismissal("too-slow", f"more than {self._max_nodes} nodes waited"))
            self.leave(client)
            mailbox.nodes.clear()
        elif mailbox or client.since is None:
            client.bell.set()

    def _apply(self, news: News, changed: dict[int, State | None]) -> None:
        """Bring the states up to ``news``; what differs goes to ``changed``."""
        for key, state in news.states.items():
            if self._states.get(key) != state:
                self._states[key] = state
                changed[key] = state
        if news.whole:
            for key in self._states.keys() - news.states.keys():
                del self._states[key]
                changed[key] = None
