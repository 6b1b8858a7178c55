"""Who judges open sockets, without a database: the wire is in the acceptance tests of rights."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from typing import cast

import pytest

from fleet.errors import StoreAway
from fleet.rights import Role
from fleet.scope import OPERATOR, Scope
from tracker_api.gate import Admitted, Gate
from tracker_api.live.hub import Client, Hub
from tracker_api.live.judge import Judge
from tracker_api.live.messages import Filter
from tracker_api.metrics import Metrics

ANN = Scope("ann", None, Role.DISPATCHER)
BADGE = b"ann"
DEADLINE = 30.0  #: s; a bound for what takes milliseconds


class GateOf:
    """Knows what it is told, and fails when it is told so."""

    def __init__(self) -> None:
        self.held: dict[bytes, Scope] = {BADGE: ANN}
        self.anybody = False
        self.error: Exception | None = None
        self.asked = threading.Semaphore(0)

    def judge(self, badges: Iterable[bytes]) -> dict[bytes, Scope]:
        self.asked.release()
        if self.error is not None:
            raise self.error
        return {badge: self.held[badge] for badge in badges if badge in self.held}

    def look_again(self) -> None:
        pass

    def is_anybody(self) -> bool:
        return self.anybody


def client(admitted: Admitted) -> Client:
    return Client(admitted, Filter())


def judged(gate: GateOf, *clients: Client) -> Hub:
    """The hub after one round."""

    async def play() -> Hub:
        hub = Hub(Metrics(), pace=0.01, max_nodes=10)
        for each in clients:
            hub.join(each)
        await Judge(hub, cast("Gate", gate)).round()
        return hub

    return asyncio.run(play())


def test_whose_rights_hold_is_left_alone() -> None:
    one, other = client(Admitted(ANN, BADGE)), client(Admitted(OPERATOR))
    hub = judged(GateOf(), one, other)
    assert hub.clients == {one, other}


@pytest.mark.parametrize("scope", [None, Scope("ann", None, Role.IT_ADMIN)])
def test_whose_right_to_look_has_ended_is_told_nothing_more(scope: Scope | None) -> None:
    gate, ann, operator = GateOf(), client(Admitted(ANN, BADGE)), client(Admitted(OPERATOR))
    gate.held = {} if scope is None else {BADGE: scope}
    hub = judged(gate, ann, operator)
    assert hub.clients == {operator}
    assert ann.dismissal is not None
    assert ann.dismissal.code == "forbidden"


def test_who_may_see_less_gets_another_mailbox_and_a_snapshot() -> None:
    gate, ann = GateOf(), client(Admitted(ANN, BADGE))
    gate.held = {BADGE: Scope("ann", frozenset({"acme"}), Role.DISPATCHER)}
    hub = judged(gate, ann)
    assert hub.clients == {ann}
    assert ann.admitted.scope == gate.held[BADGE]
    assert ann.begins


def test_the_first_person_ends_what_was_open_to_this_machine() -> None:
    gate, local = GateOf(), client(Admitted(OPERATOR, is_open=True))
    hub = judged(gate, local)
    assert hub.clients == {local}
    gate.anybody = True
    hub = judged(gate, client(Admitted(OPERATOR, is_open=True)))
    assert not hub.clients


def test_a_database_that_is_away_ends_nobody_and_the_next_round_is_held() -> None:
    gate, ann = GateOf(), client(Admitted(ANN, BADGE))
    gate.error = StoreAway("away")

    async def play() -> None:
        hub = Hub(Metrics(), pace=0.01, max_nodes=10)
        hub.join(ann)
        judging = asyncio.create_task(Judge(hub, cast("Gate", gate)).run())
        hub.rights.set()
        await asyncio.to_thread(gate.asked.acquire, timeout=DEADLINE)
        assert hub.clients == {ann}
        gate.error = None
        gate.held = {}
        hub.rights.set()
        async with asyncio.timeout(DEADLINE):
            await ann.bell.wait()
        assert hub.is_judged
        judging.cancel()
        await asyncio.wait([judging])

    asyncio.run(play())
    assert ann.dismissal is not None
    assert ann.dismissal.code == "forbidden"


def test_without_a_judge_nobody_looks() -> None:
    gate, ann = GateOf(), client(Admitted(ANN, BADGE))
    gate.error = RuntimeError("a mistake of ours")

    async def play() -> Hub:
        hub = Hub(Metrics(), pace=0.01, max_nodes=10)
        hub.join(ann)
        hub.rights.set()
        with pytest.raises(RuntimeError, match="mistake"):
            await Judge(hub, cast("Gate", gate)).run()
        return hub

    assert not asyncio.run(play()).is_judged
    assert ann.dismissal is not None
    assert ann.dismissal.code == "restart"
