"""The hub and its clients without a network, in both forms: what each was told, and never was."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.rights import Role
from fleet.scope import OPERATOR, Scope
from fleet.views import Cursor
from tests import segments
from tracker_api.gate import Admitted
from tracker_api.live import reach
from tracker_api.live.cells import view_of
from tracker_api.live.feed import News
from tracker_api.live.hub import Client, Hub
from tracker_api.live.mailbox import Mailbox
from tracker_api.live.messages import (
    Course,
    Filter,
    Form,
    NodeNews,
    State,
    Subscribe,
    packed,
    parse_subscribe,
)
from tracker_api.metrics import Metrics

EAST, WEST = 121.0, 100.0
EAST_BOX, WEST_BOX = (120.0, 30.0, 122.0, 32.0), (99.0, 30.0, 101.0, 32.0)
SCOPES = (
    OPERATOR,
    Scope("ann", None, Role.DISPATCHER),
    Scope("carrier", frozenset({"acme"}), Role.PARTNER),
    Scope("bob", None, Role.DRIVER, driver="bob"),
    Scope("ben", frozenset({"acme"}), Role.DISPATCHER),
)
DEADLINE = 30.0  #: s; a bound for what takes milliseconds


def state(
    key: int, lon: float, version: int, party: str | None = "acme", driver: str | None = None
) -> State:
    """A vehicle near latitude 31, on a trip if it has a driver."""
    end = (None, None, None, None if driver is None else "T", *[None] * 4)
    row = ("P" + str(key), party, 1000 * version, 1000 * version, round(lon * 1e7), 310_000_000)
    course = None if driver is None else Course(None, None, None, driver)
    cells = (*row, version, None, 0, 0, *end)
    return State(f"P{key}", party, lon, 31.0, cells, course, packed(cells))


@dataclass
class Ear:
    """A client that applies whatever it is told."""

    hub: Hub
    client: Client
    plates: dict[str, int | None] = field(default_factory=dict)  #: to the time last told
    slots: dict[int, str] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)
    takes: bool = True  #: whether it takes what is written past its sender
    carried: int = 0  #: messages that came that way

    def carry(self, messages: bytes) -> bool:
        """As the server's transport does."""
        while self.takes and messages:
            part, messages = unwrapped(messages)
            self._apply(part)
            self.carried += 1
        return self.takes

    def read(self, *, is_due: bool = False) -> list[str]:
        """Take what waits; the types of the messages."""
        self.client.bell.clear()
        return [self._apply(part) for part in self.hub.messages(self.client, is_due=is_due)]

    def _apply(self, part: str | bytes) -> str:
        if isinstance(part, bytes):
            for slot, spot in segments.spots(part).items():
                self.plates[self.slots[slot]] = spot.time  # a slot that was not told is a KeyError
            return "positions"
        message: dict[str, Any] = json.loads(part)
        if message["type"] == "snapshot":
            self.plates, self.slots = {}, {}
        for plate in message.get("gone", ()):
            self.plates.pop(plate, None)
            self.slots = {slot: name for slot, name in self.slots.items() if name != plate}
        vehicles = message["vehicles"]
        self.slots |= dict(zip(vehicles.get("slot", ()), vehicles["plate"], strict=False))
        told = vehicles.get("time") or [self.plates.get(plate) for plate in vehicles["plate"]]
        self.plates |= dict(zip(vehicles["plate"], told, strict=True))
        self.numbers += [node["number"] for node in message["nodes"]]
        return str(message["type"])


def unwrapped(data: bytes) -> tuple[str | bytes, bytes]:
    """The first message on the wire, whole and unmasked (RFC 6455, 5.2), and what follows it."""
    assert data[0] in {0x81, 0x82}
    layout = {126: "!H", 127: "!Q"}.get(data[1], "!B")
    start = 1 + struct.calcsize(layout) + (data[1] > 125)
    (size,) = struct.unpack_from(layout, data, start - struct.calcsize(layout))
    payload = data[start : start + size]
    return payload.decode() if data[0] == 0x81 else payload, data[start + size :]


class Stage:
    """A hub in a running loop, the fleet as it is, and who listens."""

    def __init__(self, elsewhere: float = 0.0) -> None:
        self.hub = Hub(Metrics(), pace=0.0, max_nodes=1000, elsewhere=elsewhere)
        self.fleet: dict[int, State] = {}
        self.number = 0

    async def play(
        self,
        states: Mapping[int, State] | None = None,
        gone: Iterable[int] = (),
        parties: Iterable[str | None] = (),
    ) -> None:
        """One round; ``parties`` have a node each."""
        for key in gone:
            self.fleet.pop(key, None)
        self.fleet |= states or {}
        nodes = []
        for party in parties:
            self.number += 1
            text = json.dumps({"number": self.number}).encode()
            nodes.append(NodeNews(self.number, "P1", party, text))
        self.number += 1
        cursor = Cursor("e", self.number)
        news = News(cursor, dict(self.fleet), whole=True, world=False, nodes=tuple(nodes))
        self.hub.take(news)
        assert await self.hub.reach(cursor, DEADLINE)

    def listen(
        self,
        scope: Scope = OPERATOR,
        form: Form = "json",
        box: tuple[float, float, float, float] | None = None,
        *,
        is_carried: bool = False,
    ) -> Ear:
        """A client that has joined; told past its sender if ``is_carried``."""
        is_binary = form == "binary"
        wanted = Filter(None if is_binary else box)
        mailbox = Mailbox(view_of(box) if is_binary else None)
        client = Client(Admitted(scope), wanted, form, mailbox)
        self.hub.join(client)
        ear = Ear(self.hub, client)
        if is_carried:
            client.carry = ear.carry
        return ear

    def admitted(self, scope: Scope) -> dict[str, Any]:
        """Plates that ``scope`` may see, and the times of their fixes."""
        return {s.plate: s.row[2] for s in self.fleet.values() if reach.admits(scope, s)}


STATES = st.builds(
    lambda lon, party, driver: (lon, party, driver),
    st.sampled_from([EAST, WEST, 121.9, 122.1]),
    st.sampled_from(["acme", "other", None]),
    st.sampled_from([None, "bob", "eve"]),
)
ROUNDS = st.dictionaries(st.integers(0, 4), st.none() | STATES, max_size=4)
KINDS: tuple[tuple[Form, bool], ...] = (
    ("json", False),
    ("binary", False),
    ("json", True),
    ("binary", True),
)
WHO = st.integers(0, len(KINDS) * len(SCOPES) - 1)
ACTS = st.one_of(
    st.tuples(st.just("round"), ROUNDS),
    st.tuples(st.just("read"), st.sets(WHO)),
    st.tuples(st.just("look"), st.tuples(WHO, st.sampled_from([None, EAST_BOX, WEST_BOX]))),
    st.tuples(st.just("stall"), WHO),
    st.tuples(st.just("narrow"), st.tuples(WHO, st.sampled_from(SCOPES))),
)


def check(stage: Stage, ear: Ear, *, is_exact: bool) -> None:
    """What ``ear`` has now is what its scope admits, no more and no less."""
    admitted = stage.admitted(ear.client.admitted.scope)
    assert ear.plates.keys() == admitted.keys()
    assert set(ear.slots.values()) == (admitted.keys() if ear.slots else set())
    for plate, time in ear.plates.items():
        if is_exact:
            assert time == admitted[plate]
        else:  # elsewhere, and not yet its turn: older, never unknown
            assert time is not None
            assert time <= admitted[plate]


def look(stage: Stage, ear: Ear, box: tuple[float, float, float, float] | None) -> None:
    """Move the map of ``ear``; only the binary form has one."""
    if ear.client.form == "binary":
        asked = Subscribe(type="subscribe", v=1, format="binary", bbox=box)
        stage.hub.turn(ear.client, ear.client.admitted, asked)


def read(stage: Stage, ear: Ear, *, elsewhere: float) -> None:
    """Take what waits, and what follows a snapshot."""
    ear.read()
    ear.read()
    check(stage, ear, is_exact=elsewhere == 0.0 or ear.client.mailbox.view is None)


async def perform(acts: Iterable[tuple[str, Any]], elsewhere: float) -> None:
    stage = Stage(elsewhere)
    await stage.play({1: state(1, EAST, 0), 2: state(2, WEST, 0, "other", "bob")})
    ears = [stage.listen(scope, form, is_carried=past) for scope in SCOPES for form, past in KINDS]
    for version, (what, given_) in enumerate(acts, 1):
        if what == "round":
            states = {key: state(key, g[0], version, *g[1:]) for key, g in given_.items() if g}
            gone = [key for key, g in given_.items() if g is None]
            await stage.play(states, gone, [None] * (version % 2))
        elif what == "look":
            look(stage, ears[given_[0]], given_[1])
        elif what == "stall":
            ears[given_].takes = not ears[given_].takes
        elif what == "narrow":
            stage.hub.narrow(ears[given_[0]].client, given_[1])
        else:
            for who in given_:
                read(stage, ears[who], elsewhere=elsewhere)
    for ear in ears:
        look(stage, ear, None)
        read(stage, ear, elsewhere=elsewhere)
        assert ear.numbers == sorted(set(ear.numbers))


@settings(max_examples=150)
@given(st.lists(ACTS, max_size=25), st.sampled_from([0.0, 1e9]))
def test_nobody_is_told_of_a_vehicle_outside_its_scope_and_everybody_of_all_inside(
    acts: list[tuple[str, Any]], elsewhere: float
) -> None:
    """In either form, however seldom it reads, wherever it looks, whatever rights are withdrawn."""
    asyncio.run(perform(acts, elsewhere))


def test_who_has_equal_rights_is_told_the_same_bytes() -> None:
    async def play() -> None:
        stage = Stage()
        await stage.play({1: state(1, EAST, 0)})
        one, other = (stage.listen(Scope(name, None), "binary") for name in ("ann", "bea"))
        driver = stage.listen(SCOPES[3], "binary")
        for ear in (one, other, driver):
            ear.read()
        await stage.play({1: state(1, EAST, 1)})
        (mine,) = stage.hub.messages(one.client, is_due=False)
        (yours,) = stage.hub.messages(other.client, is_due=False)
        assert mine is yours
        assert stage.hub.messages(driver.client, is_due=False) == []
        assert not driver.client.bell.is_set()

    asyncio.run(play())


def test_what_is_in_sight_is_told_at_once_and_elsewhere_when_its_turn_comes() -> None:
    async def play() -> None:
        stage = Stage(elsewhere=0.05)
        await stage.play({1: state(1, EAST, 0), 2: state(2, WEST, 0)})
        ear = stage.listen(form="binary", box=EAST_BOX)
        ear.read()
        await stage.play({1: state(1, EAST, 1), 2: state(2, WEST, 1)})
        assert ear.read() == ["positions"]
        assert ear.plates == {"P1": 1000, "P2": 0}
        async with asyncio.timeout(DEADLINE):
            await ear.client.bell.wait()  # no news, only its time
        assert ear.read() == ["positions"]
        assert ear.plates == {"P1": 1000, "P2": 1000}

    asyncio.run(play())


def test_a_map_that_is_moved_is_told_what_it_lacks_there_and_no_snapshot() -> None:
    async def play() -> None:
        stage = Stage(elsewhere=1e9)
        await stage.play({1: state(1, EAST, 0), 2: state(2, WEST, 0)})
        ear = stage.listen(form="binary", box=EAST_BOX)
        ear.read()
        await stage.play({1: state(1, EAST, 1), 2: state(2, WEST, 1)})
        ear.read()
        asked = parse_subscribe(
            json.dumps({"type": "subscribe", "v": 1, "format": "binary", "bbox": WEST_BOX})
        )
        assert isinstance(asked, Subscribe)
        stage.hub.turn(ear.client, ear.client.admitted, asked)
        assert ear.read() == ["positions"]
        assert ear.plates == {"P1": 1000, "P2": 1000}

    asyncio.run(play())


def test_a_vehicle_that_drives_out_of_sight_is_told_where_it_went() -> None:
    async def play() -> None:
        stage = Stage(elsewhere=1e9)
        await stage.play({1: state(1, EAST, 0)})
        ear = stage.listen(form="binary", box=EAST_BOX)
        ear.read()
        await stage.play({1: state(1, WEST, 1)})
        ear.read()
        assert ear.plates == {"P1": 1000}

    asyncio.run(play())


def test_a_sign_of_life_is_sent_only_when_it_is_due() -> None:
    async def play() -> None:
        stage = Stage()
        await stage.play({1: state(1, EAST, 0)})
        for form in ("json", "binary"):
            ear = stage.listen(form=form)
            assert ear.read()[0] == "snapshot"
            assert ear.read() == []
            assert ear.read(is_due=True) == ["delta"]

    asyncio.run(play())


def test_who_keeps_up_is_told_past_its_sender_and_in_order_once_it_does_not() -> None:
    async def play() -> None:
        stage = Stage()
        await stage.play({1: state(1, EAST, 0)})
        ear = stage.listen(form="binary", is_carried=True)
        await stage.play({1: state(1, EAST, 1)})
        assert ear.carried == 0  # it has no snapshot yet
        ear.read()
        await stage.play({2: state(2, WEST, 2)}, parties=[None])
        assert (ear.carried, ear.numbers) == (2, [stage.number - 1])  # text and positions
        assert not ear.client.bell.is_set()
        ear.takes = False
        await stage.play({1: state(1, EAST, 3)})
        assert ear.client.bell.is_set()
        ear.takes = True
        await stage.play({1: state(1, EAST, 4)})
        assert ear.carried == 2  # what waits is older, and goes first
        ear.read()
        ear.client.is_sending = True
        await stage.play({1: state(1, EAST, 5)})
        assert ear.plates == {"P1": 4000, "P2": 2000}

    asyncio.run(play())
