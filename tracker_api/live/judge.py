"""Judges open sockets anew: a right that is withdrawn ends what it let see.

All sockets are judged by one statement, at once when the feed says that a right has changed, and
every ``PACE`` in any case: a lost bell, and what ends by the clock alone, cost no more than that.
"""

from __future__ import annotations

import asyncio

import structlog

from fleet.errors import StoreAway
from fleet.rights import Right
from fleet.scope import Scope
from tracker_api.gate import Gate
from tracker_api.live.hub import Client, Dismissal, Hub

#: s; nobody sees for 5 s what they may see no more (docs/decisions/0017)
PACE = 2.0

GONE = Dismissal("forbidden", "the session, the key or its right to look has ended")


class Judge:
    """Keeps the scopes of the hub's clients true."""

    def __init__(self, hub: Hub, gate: Gate) -> None:
        self._hub, self._gate = hub, gate

    async def run(self) -> None:
        """Judge until cancelled; should it end otherwise, everybody is sent away with it."""
        try:
            await self._rounds()
        finally:
            self._hub.is_judged = False
            self._hub.dismiss_all("nobody can say any more who may look")

    async def _rounds(self) -> None:
        while True:
            try:
                async with asyncio.timeout(PACE):
                    await self._hub.rights.wait()
            except TimeoutError:
                pass  # nobody rang, and it is time
            self._hub.rights.clear()
            try:
                await self.round()
            except StoreAway as error:
                # What the clients see comes from the same store: nothing new is told meanwhile.
                structlog.get_logger().warning("sockets are not judged", reason=str(error))

    async def round(self) -> None:
        """Judge everybody once.  Raises ``StoreAway``."""
        clients = [client for client in self._hub.clients if not client.admitted.is_for_ever]
        badges = {badge for client in clients if (badge := client.admitted.badge) is not None}
        held = await asyncio.to_thread(self._gate.judge, badges) if badges else {}
        is_open = any(client.admitted.is_open for client in clients)
        if is_open:
            self._gate.look_again()
            is_open = not await asyncio.to_thread(self._gate.is_anybody)
        for client in clients:
            self._judge(client, held, is_open=is_open)

    def _judge(self, client: Client, held: dict[bytes, Scope], *, is_open: bool) -> None:
        """Dismiss ``client``, or have it see what it may see now."""
        admitted = client.admitted
        scope = admitted.scope if is_open else None
        if admitted.badge is not None:
            scope = held.get(admitted.badge)
        if scope is None or not scope.may(Right.LOOK_VEHICLES):
            self._hub.expel(client, GONE)
        elif scope != admitted.scope:
            self._hub.narrow(client, scope)
