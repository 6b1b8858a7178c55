"""The live socket: one conversation per client, with one task that sends.

A client cannot delay others: its sender waits for its own socket, and what happens
meanwhile is conflated in its mailbox.  Deflate is off: it costs a core at 1,000 clients
for 13 % fewer bytes.
"""

from __future__ import annotations

import asyncio

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from fleet.errors import Forbidden, StoreAway
from fleet.rights import Right
from fleet.views import Cursor
from tracker_api.auth import tell_read
from tracker_api.gate import Admitted, Shown
from tracker_api.live import messages
from tracker_api.live.hub import Client, Dismissal, Frames
from tracker_api.live.mailbox import Mailbox
from tracker_api.live.messages import Farewell, Refusal, Subscribe
from tracker_api.live.resume import missed_since
from tracker_api.problems import Foreign, NotLocal, TooOften, Unauthorized
from tracker_api.runtime import Runtime, runtime_of

PATH = "/api/v1/live"

#: RFC 6455 and its registry: 1008 policy, 1012 service restart, 1013 try again later.
CLOSE_CODE: dict[Farewell, int] = {
    "restart": 1012,
    "too-slow": 1013,
    "forbidden": 1008,
    "bad-request": 1008,
    "limit": 1013,
}

REFUSED: dict[type[Exception], str] = {
    Unauthorized: "the token is missing or wrong, or the session has ended",
    NotLocal: "no token is configured, so only this machine is answered",
    Foreign: "a session may be used by pages of this address only",
    Forbidden: "the live map is not for this role",
}

MINUTE = 60.0  #: s
#: Each subscription asks the database who may look, and may be answered by the whole fleet.
TOO_MANY_TURNS = Dismissal("limit", "too many subscriptions within a minute")

#: s; how long a resuming client waits for the fleet to be as new as the store
CATCH_UP = 2.0

router = APIRouter()


@router.websocket(PATH)
async def live(socket: WebSocket) -> None:
    """Tell a client what moves, until it leaves."""
    await socket.accept()
    runtime = runtime_of(socket)
    runtime.hub.sockets += 1
    try:
        await _Conversation(socket, runtime).run()
    except WebSocketDisconnect:
        pass  # leaving is not an error
    finally:
        runtime.hub.sockets -= 1


class _Conversation:
    """hello, subscribe, snapshot or delta, deltas, bye."""

    def __init__(self, socket: WebSocket, runtime: Runtime) -> None:
        self._socket, self._runtime = socket, runtime
        self._hub, self._rules = runtime.hub, runtime.settings.live
        self._turns, self._since = 0, 0.0  #: subscriptions, and since when they are counted
        self._looked: object = None  #: who looked at which vehicles, as the trail has it

    async def run(self) -> None:
        if self._hub.sockets > self._rules.max_clients:
            await self._bye(
                Dismissal("limit", f"{self._rules.max_clients} clients are connected already")
            )
            return
        if not self._hub.is_judged:
            await self._bye(Dismissal("restart", "nobody can say who may look"))
            return
        await self._send(self._hello())
        client = await self._open()
        if client is None:
            return
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._listen(client))
                both.create_task(self._tell(client))
        except* WebSocketDisconnect:
            pass  # the one way in which a conversation ends
        finally:
            self._hub.leave(client)

    async def _open(self) -> Client | None:
        """The client of the first message; None if it was told bye."""
        try:
            async with asyncio.timeout(self._rules.first_message):
                text = await self._receive()
        except TimeoutError:
            await self._bye(Dismissal("bad-request", "the first message did not come in time"))
            return None
        asked = await self._understand(text)
        if isinstance(asked, Dismissal):
            await self._bye(asked)
            return None
        if not await self._hub.reach(None, self._rules.first_message):
            await self._bye(Dismissal("restart", "the database does not answer yet"))
            return None
        subscribe, admitted = asked
        client = Client(
            admitted,
            subscribe.filter(),
            subscribe.format,
            Mailbox(subscribe.view()),
            carry=self._socket.scope["state"].get("carry"),
        )
        self._hub.join(client)
        if (place := subscribe.place()) is not None:
            await self._resume(client, subscribe, place)
        client.bell.set()
        return client

    async def _understand(self, text: str | bytes) -> tuple[Subscribe, Admitted] | Dismissal:
        """What a message asks for and for whom, or the bye that answers it."""
        asked = messages.parse_subscribe(text)
        if isinstance(asked, Refusal):
            return Dismissal("bad-request", asked.why)
        if asked.vehicles is not None and len(asked.vehicles) > self._rules.max_vehicles:
            return Dismissal(
                "limit", f"at most {self._rules.max_vehicles} vehicles in one subscription"
            )
        try:
            admitted = await asyncio.to_thread(self._admit, asked)
        except (Unauthorized, NotLocal, Foreign, Forbidden) as refusal:
            return Dismissal("forbidden", REFUSED[type(refusal)])
        except TooOften as refusal:
            return Dismissal("limit", str(refusal))
        except StoreAway:
            return Dismissal("restart", "the database does not answer yet")
        return asked, admitted

    def _admit(self, asked: Subscribe) -> Admitted:
        """Whom the socket is from; who looks is on the trail."""
        shown = Shown.by(self._socket, token=asked.token)
        admitted = self._runtime.gate.admit(shown)
        if not admitted.scope.may(Right.LOOK_VEHICLES):
            raise Forbidden(admitted.scope.principal)
        looked = (admitted.scope.principal, asked.filter().plates)
        if looked != self._looked:  # not at every move of the map
            what = {"vehicles": asked.vehicles} if asked.vehicles else {}
            with self._runtime.door.reading() as conn:
                tell_read(conn, admitted, "vehicle", "live", what)
            self._looked = looked
        return admitted

    async def _resume(self, client: Client, asked: Subscribe, place: Cursor) -> None:
        """Owe the client every node since ``place``; a delta for a snapshot if that can be.

        Where it returns early the client gets a snapshot under the hub's cursor, and knows
        by that cursor that nodes in between were not told.
        """
        most = self._rules.max_nodes
        try:
            missed = await asyncio.to_thread(missed_since, self._runtime.door, place, most)
        except StoreAway:
            return  # a snapshot from memory is right, too, under its own cursor
        if missed is None:
            return
        # Else states that are newer in the store than here would be told twice.
        is_there = await self._hub.reach(missed.changes.cursor, CATCH_UP)
        if not is_there or not self._hub.recover(client, place, missed.nodes):
            return
        if missed.changes.world:  # also the scope of vehicles may have changed
            client.mailbox.edit()
        elif missed.changes.complete and (
            asked.format == "json" or asked.process == self._hub.process
        ):
            self._hub.catch_up(client, missed.changes.vehicles)
            self._runtime.metrics.resumes.inc()

    async def _listen(self, client: Client) -> None:
        """Take new filters until the client leaves, which raises."""
        while True:
            text = await self._receive()
            if client.dismissal is not None:
                continue  # it is over: nothing is worked for who goes on talking
            asked = await self._understand(text) if self._may_turn() else TOO_MANY_TURNS
            if isinstance(asked, Dismissal):
                client.dismiss(asked)
                continue
            subscribe, admitted = asked
            self._hub.turn(client, admitted, subscribe)

    def _may_turn(self) -> bool:
        """Count a subscription; False: there were too many within a minute."""
        now = asyncio.get_running_loop().time()
        if now - self._since > MINUTE:
            self._turns, self._since = 0, now
        self._turns += 1
        return self._turns <= self._rules.max_turns

    async def _tell(self, client: Client) -> None:
        """Send what is in the mailbox, and a heartbeat when nothing was sent for so long."""
        clock = asyncio.get_running_loop().time
        client.sent = clock()
        while True:
            try:
                async with asyncio.timeout_at(client.sent + self._rules.heartbeat):
                    await client.bell.wait()
            except TimeoutError:
                pass  # the heartbeat is a delta without content
            client.bell.clear()
            if client.dismissal is not None:
                await self._bye(client.dismissal)
                return
            is_due = clock() >= client.sent + self._rules.heartbeat
            if not await self._send_all(client, self._hub.messages(client, is_due=is_due)):
                return

    async def _send_all(self, client: Client, parts: Frames) -> bool:
        """Send in order, nothing in between; False if the client was given up."""
        client.is_sending = True
        for part in parts:
            client.sent = asyncio.get_running_loop().time()
            if not await self._try_send(part):
                return False
        client.is_sending = False
        return True

    async def _try_send(self, part: str | bytes) -> bool:
        """Send; False if the client took nothing for too long and was given up."""
        try:
            async with asyncio.timeout(self._rules.stuck_send):
                await self._send(part)
        except TimeoutError:
            self._count("too-slow")
            self._socket.scope["state"]["give_up"](CLOSE_CODE["too-slow"])
            return False
        return True

    async def _receive(self) -> str | bytes:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        text: str | bytes = message.get("text") or message.get("bytes") or b""
        return text

    async def _send(self, part: str | bytes) -> None:
        kind = "text" if isinstance(part, str) else "bytes"
        await self._socket.send({"type": "websocket.send", kind: part})

    def _hello(self) -> str:
        rules, hub = self._rules, self._hub
        return messages.hello(self._runtime.version, rules.heartbeat, hub.process)

    async def _bye(self, why: Dismissal) -> None:
        self._count(why.code)
        if await self._try_send(messages.bye(why.code, why.reason)):
            await self._socket.close(CLOSE_CODE[why.code])

    def _count(self, code: Farewell) -> None:
        self._runtime.metrics.refused.labels(code).inc()
        if code != "restart":  # everybody at once, and the log says already that it restarts
            structlog.get_logger().info("live socket dismissed", code=code)
