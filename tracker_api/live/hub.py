"""The fleet as the clients see it, and the round that fills their mailboxes.

Everything here happens on the event loop.  News is gathered and told in rounds, at most
one per ``pace``: all clients wake at the same cursor, so that an audience shares what is
encoded.  A client that keeps up costs a round one write, however much changed.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from fleet.scope import Scope
from fleet.views import Cursor
from tracker_api.gate import Admitted
from tracker_api.live import messages
from tracker_api.live.audience import Audience, Letter, Round, Wish, encode
from tracker_api.live.cells import View
from tracker_api.live.feed import News
from tracker_api.live.mailbox import Mailbox
from tracker_api.live.messages import Farewell, Filter, Form, State, Subscribe, Told
from tracker_api.metrics import Metrics

Frames = list[str | bytes]  #: messages on the socket, in order

#: Takes whole messages as they are on the wire; False: the client has not taken what was before.
Carry = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Dismissal:
    """Why a conversation ends."""

    code: Farewell
    reason: str


@dataclass(eq=False, slots=True)
class Client:
    """One live socket: what it asked for, its mailbox, and the bell that wakes its sender."""

    admitted: Admitted
    filter: Filter
    form: Form = "json"
    mailbox: Mailbox = field(default_factory=Mailbox)
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    begins: bool = True  #: its next message is a snapshot
    awaits_word: bool = False  #: its next message is sent though nothing happened
    told: Cursor | None = None  #: up to where it heard every node; None: it begins now
    dismissal: Dismissal | None = None
    carry: Carry | None = None  #: writes what is ready, past the sender; None: there is no such way
    is_sending: bool = False  #: its sender has something in hand
    sent: float = 0.0  #: when something was sent last, s on the loop's clock

    @property
    def is_free(self) -> bool:
        """Whether nothing has to go out before the next round; its mailbox is empty, too."""
        waits = self.begins or self.awaits_word or self.is_sending or self.mailbox
        return not waits and self.dismissal is None

    @property
    def wish(self) -> Wish:
        """Whom it is like."""
        return Wish(replace(self.admitted.scope, principal=""), self.filter, self.form)

    def dismiss(self, dismissal: Dismissal) -> None:
        """Have its sender say bye."""
        self.dismissal = self.dismissal or dismissal
        self.bell.set()


class Hub:
    """Newest state per vehicle, and the clients who want to know."""

    def __init__(
        self, metrics: Metrics, *, pace: float, max_nodes: int, elsewhere: float = 10.0
    ) -> None:
        self._metrics, self._pace, self._max_nodes = metrics, pace, max_nodes
        self._elsewhere = elsewhere
        self.process = secrets.token_hex(8)  #: slots of another process mean other vehicles
        self.sockets = 0  #: open ones, subscribed or not yet
        self.rights = asyncio.Event()  #: rights were given or withdrawn: judge everybody anew
        self.is_judged = True  #: somebody judges; else nobody may listen
        self.cursor: Cursor | None = None
        self._states: dict[int, State] = {}
        self._slots: dict[int, int] = {}
        self._next_slot = 0  #: of one that is gone none is given again
        self._audiences: dict[Wish, Audience] = {}
        self._members: dict[Audience, set[Client]] = {}
        self._clients: dict[Client, Audience] = {}
        self._news: list[News] = []
        self._round: asyncio.TimerHandle | None = None
        self._last_round = float("-inf")
        self._moved = asyncio.Event()  #: of the round to come; each round has its own
        metrics.clients.set_function(lambda: self.sockets)

    @property
    def clients(self) -> frozenset[Client]:
        """Who is told what happens."""
        return frozenset(self._clients)

    def take(self, news: News) -> None:
        """Take in what the feed's reader found; it is told with the next round."""
        self._news.append(news)
        self._plan(self._last_round + self._pace)

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
        wish = client.wish
        audience = self._audiences.get(wish)
        if audience is None:
            audience = self._audiences[wish] = Audience(wish, self._slots, self._states)
            self._members[audience] = set()
        self._members[audience].add(client)
        self._clients[client] = audience

    def leave(self, client: Client) -> None:
        """Forget ``client``; idempotent."""
        audience = self._clients.pop(client, None)
        if audience is None:
            return
        members = self._members[audience]
        members.remove(client)
        if not members:
            del self._members[audience], self._audiences[audience.wish]

    def expel(self, client: Client, why: Dismissal) -> None:
        """Have ``client`` told nothing more but bye."""
        self.leave(client)
        client.dismiss(why)

    def narrow(self, client: Client, scope: Scope) -> None:
        """Have ``client`` see what is in ``scope`` from now on, beginning with a snapshot."""
        client.admitted = replace(client.admitted, scope=scope)
        self._move(client, client.mailbox.view)

    def turn(self, client: Client, admitted: Admitted, asked: Subscribe) -> None:
        """Have ``client`` see what it asks for now: a snapshot, unless only its map was moved."""
        audience = self._clients.get(client)
        if audience is None:  # it was told bye, and has not heard it yet
            return
        client.admitted, client.filter, client.form = admitted, asked.filter(), asked.format
        if client.form == "json" or client.wish != audience.wish:
            self._move(client, asked.view())
            return
        client.mailbox.look(asked.view(), audience)
        if client.mailbox:
            client.bell.set()

    def _move(self, client: Client, view: View) -> None:
        if client not in self._clients:  # it left meanwhile
            return
        self.leave(client)
        self.join(client)
        before, client.mailbox = client.mailbox, Mailbox(view)
        client.mailbox.inherit(before, self._clients[client])
        client.begins = True  # what the client has says nothing about it
        client.bell.set()

    def recover(self, client: Client, told: Cursor, nodes: Iterable[Told]) -> bool:
        """Have ``client``, which heard of nodes up to ``told``, hear of those that it missed.

        ``nodes`` are all after ``told`` that the store had after ``client`` joined.  Those
        beyond the hub's cursor are left out: they are on their way here.  False, and nothing
        is owed, if the database was replaced meanwhile.
        """
        audience = self._clients.get(client)
        if audience is None or self.cursor is None or self.cursor.epoch != told.epoch:
            return False
        at = self.cursor.number
        admitted = filter(audience.admits_told, nodes)
        client.mailbox.recover(node for node in admitted if node.number <= at)
        client.told = told
        return True

    def catch_up(self, client: Client, keys: frozenset[int]) -> None:
        """Have the next message of ``client`` tell what became of ``keys``."""
        client.mailbox.catch_up(keys, self._clients[client], self._states)
        client.begins, client.awaits_word = False, True

    def dismiss_all(self, reason: str) -> None:
        """Say bye to everybody: the process ends."""
        for client in self._clients:
            client.dismiss(Dismissal("restart", reason))

    def messages(self, client: Client, *, is_due: bool) -> Frames:
        """What ``client`` must be told to be as of the hub's cursor; its mailbox is empty then.

        Nothing, if nothing happened; a delta without content if it ``is_due`` a sign of life.
        A client whose fleet is not known yet must have waited for ``reach``.
        """
        cursor = self.cursor
        if cursor is None:
            raise RuntimeError("the fleet is not known yet")
        audience = self._clients.get(client)
        if audience is None:
            return []  # bye comes next
        if client.begins:
            return self._snapshot(client, audience, cursor)
        is_due |= client.awaits_word
        client.told, client.awaits_word = cursor, False
        text, frame = self._news_for(client, audience, cursor)
        if text is None and is_due and not frame:
            text = Letter().text(cursor, audience.slots)
        self._metrics.deltas.inc(text is not None)
        return [part for part in (text, frame) if part]

    def _news_for(
        self, client: Client, audience: Audience, cursor: Cursor
    ) -> tuple[str | None, bytes]:
        """What waits in the mailbox of ``client``, as text and as positions."""
        mailbox = client.mailbox
        self._metrics.nodes.inc(mailbox.owed)
        self._metrics.conflated.inc(mailbox.conflated)
        mailbox.conflated = 0
        if (shared := mailbox.shared) is not None:
            mailbox.clear()
            return shared.text(), shared.frame(mailbox.view)
        letter = mailbox.drain()
        text = letter.text(cursor, audience.slots) if letter.has_text else None
        slots = audience.slots
        return text, b"" if slots is None else encode(letter.moved, cursor, slots)

    def _snapshot(self, client: Client, audience: Audience, cursor: Cursor) -> Frames:
        """Everything that ``client`` may see; nodes and an edit of the world are told after it."""
        self._metrics.snapshots.inc()
        client.begins = client.awaits_word = False
        mailbox = client.mailbox
        if client.told is None:  # what waits is older than the client
            client.told = cursor
            mailbox.forget_told()
        mailbox.restart()
        if mailbox:
            client.bell.set()
        vehicles, frame = audience.snapshot(is_shared=len(self._members[audience]) > 1)
        return [part for part in (messages.snapshot(client.told, vehicles), frame) if part]

    def _is_at(self, cursor: Cursor | None) -> bool:
        if self.cursor is None:
            return False
        return (
            cursor is None
            or self.cursor.epoch != cursor.epoch
            or self.cursor.number >= cursor.number
        )

    def _plan(self, when: float) -> None:
        """Have a round at ``when``, or earlier if one is planned."""
        loop = asyncio.get_running_loop()
        when = max(when, loop.time())
        if self._round is not None:
            if self._round.when() <= when:
                return
            self._round.cancel()
        self._round = loop.call_at(when, self._tell)

    def _tell(self) -> None:
        """One round: apply all news, fill the mailboxes, wake who has something."""
        self._round = None
        self._last_round = now = asyncio.get_running_loop().time()
        news, self._news = self._news, []
        changed: dict[int, State | None] = {}
        for each in news:
            self._apply(each, changed)
            self.cursor = each.cursor
        self._metrics.feed_vehicles.inc(len(changed))
        if any(each.people for each in news):
            self.rights.set()
        if any(each.reset for each in news):
            self._start_over()
        told = [one for each in news for one in each.nodes]
        self._offer(changed, told, now, world=any(each.world for each in news))
        for key in [key for key, state in changed.items() if state is None]:
            del self._slots[key]
        self._moved.set()
        self._moved = asyncio.Event()

    def _offer(
        self, changed: dict[int, State | None], told: list[Told], now: float, *, world: bool
    ) -> None:
        """Give every audience its part of a round, and plan the next that is due by the clock."""
        if self.cursor is None:
            return
        dues: list[float] = []
        for audience in tuple(self._members):
            ours = audience.take(changed, told, self.cursor, world=world)
            audience.turn(ours, now, self._elsewhere)
            if ours:
                self._fill(audience, ours)
            if (due := audience.due(self._elsewhere)) is not None:
                dues.append(due)
        if dues:
            self._plan(max(min(dues), now + self._pace))

    def _fill(self, audience: Audience, news: Round) -> None:
        """Tell an audience, or fill its mailboxes; a client that takes no nodes is given up."""
        carried = 0
        for client in tuple(self._members[audience]):
            mailbox = client.mailbox
            if not mailbox and not news.concerns(mailbox.view):
                continue
            if client.is_free and client.carry and client.carry(news.wire(mailbox.view)):
                client.told, client.sent = news.cursor, self._last_round
                carried += 1
                continue
            mailbox.offer(news)
            if mailbox.owed > self._max_nodes:
                self.expel(
                    client, Dismissal("too-slow", f"more than {self._max_nodes} nodes waited")
                )
            else:
                client.bell.set()
        self._metrics.deltas.inc(carried * news.letter.has_text)
        self._metrics.nodes.inc(carried * len(news.letter.told))

    def _start_over(self) -> None:
        """The news is no continuation: everybody begins with a snapshot."""
        epoch = None if self.cursor is None else self.cursor.epoch
        for client in self._clients:
            client.begins = True
            client.bell.set()
            if client.told is not None and client.told.epoch != epoch:
                client.told = None  # of a database that was replaced: its numbers mean nothing
                client.mailbox.forget_told()

    def _apply(self, news: News, changed: dict[int, State | None]) -> None:
        """Bring the states up to ``news``; what differs goes to ``changed``."""
        for key, state in news.states.items():
            if self._states.get(key) != state:
                self._states[key] = state
                changed[key] = state
                if key not in self._slots:
                    self._slots[key], self._next_slot = self._next_slot, self._next_slot + 1
        gone = self._states.keys() - news.states.keys() if news.whole else news.gone
        for key in gone & self._states.keys():
            del self._states[key]
            changed[key] = None
