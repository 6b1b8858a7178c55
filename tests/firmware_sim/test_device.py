from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.device import Message, Settings, Terminal, Void, reconnect_delay
from firmware_sim.receiver import NOTHING, Reading
from fleet import wire
from fleet.wire import Kind

START = 1_800_000_000.0
ROLLING = Reading(
    valid=True, lon=113.0, lat=30.0, altitude=40, speed=20, course=90, hdop=1, satellites=12
)
PARKED = replace(ROLLING, speed=0.0)
QUIET = Settings(distance=0, turn=0)


def positions(messages: list[Message]) -> list[Message]:
    return [m for m in messages if m.kind is Kind.NMEA]


def run(
    terminal: Terminal, reading: Reading, seconds: int, *, begin: float = START
) -> list[Message]:
    """Steps once a second; the network acknowledges everything at once."""
    sent: list[Message] = []
    for i in range(seconds):
        fresh = terminal.step(begin + i, reading, ignition=True)
        while fresh:
            sent += fresh
            fresh = [more for m in fresh for more in terminal.acknowledged(m.token)]
    return sent


def online(device: str = "d", setup: Settings = QUIET) -> Terminal:
    terminal = Terminal(device, setup)
    terminal.connected(START)
    return terminal


def test_it_samples_every_ten_seconds_moving_and_every_minute_parked() -> None:
    assert [m.fixes[0] - START for m in positions(run(online(), ROLLING, 31))] == [0, 10, 20, 30]
    assert [m.fixes[0] - START for m in positions(run(online(), PARKED, 121))] == [0, 60, 120]


def test_a_turn_and_a_distance_are_sampled_too() -> None:
    terminal = online(setup=Settings(moving=300, distance=500, turn=25))
    run(terminal, ROLLING, 5)
    bent = replace(ROLLING, course=120.0)
    assert len(positions(run(terminal, bent, 5, begin=START + 5))) == 1
    far = replace(bent, lon=113.006)  # 578 m
    assert len(positions(run(terminal, far, 5, begin=START + 10))) == 1


def test_ignition_is_reported_with_the_odometer_when_it_goes_off() -> None:
    terminal = online()
    first = terminal.step(START, ROLLING, ignition=True)
    moved = replace(ROLLING, lat=30.01)
    terminal.step(START + 10, moved, ignition=True)
    last = terminal.step(START + 11, PARKED, ignition=False)
    bodies = [json.loads(m.payload) for m in [*first, *last] if m.kind is Kind.EVENT]
    assert [(b["kind"], b["value"]) for b in bodies[:2]] == [
        ("ignition", True),
        ("ignition", False),
    ]
    held = [m for note in last for m in terminal.acknowledged(note.token)]
    bodies += [json.loads(m.payload) for m in held if m.kind is Kind.EVENT]
    assert ("odometer", pytest.approx(1112, abs=2)) in [(b["kind"], b["value"]) for b in bodies]


def test_offline_it_keeps_and_afterwards_sends_several_epochs_in_a_message() -> None:
    terminal = Terminal("d", replace(QUIET, batch=30))
    assert run(terminal, ROLLING, 600) == []
    assert terminal.backlog == 60
    back = terminal.connected(START + 600)
    assert back[0].kind is Kind.STATUS
    loads = [len(m.fixes) for m in positions(back)]
    assert loads == [30, 30]
    times = [t for m in positions(back) for t in m.fixes]
    assert times == sorted(times)
    assert all(len(m.payload) <= wire.MAX_PAYLOAD for m in back)


def test_a_backlog_never_exceeds_the_payload_limit() -> None:
    terminal = Terminal("d", replace(QUIET, moving=1, batch=10_000, detail=1, window=1_000))
    run(terminal, ROLLING, 3_000)
    sent = positions(terminal.connected(START + 3_000))
    assert max(len(m.payload) for m in sent) > wire.MAX_PAYLOAD - 1_000
    assert all(len(m.payload) <= wire.MAX_PAYLOAD for m in sent)
    assert sum(len(m.fixes) for m in sent) == 3_000


def test_a_backwards_backlog_begins_with_the_newest() -> None:
    terminal = Terminal("d", replace(QUIET, batch=10, newest_first=True))
    run(terminal, ROLLING, 300)
    sent = positions(terminal.connected(START + 300))
    assert sent[0].fixes[0] == START + 290
    assert sent[-1].fixes[-1] == START


def test_a_full_buffer_overwrites_the_oldest_and_counts_it() -> None:
    terminal = Terminal("d", replace(QUIET, capacity=5))
    run(terminal, ROLLING, 100)
    assert (terminal.backlog, terminal.counters.overwritten) == (5, 5)
    assert positions(terminal.connected(START))[0].fixes[0] == START + 50


class Network:
    """Carries positions as badly as it is told to, and everything else at once."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.air: list[Message] = []
        self.handed: list[float] = []
        self.stored: set[float] = set()

    def take(self, messages: list[Message]) -> None:
        for message in messages:
            if message.kind is Kind.NMEA:
                assert len(message.fixes) + message.again == len(times(message))
                self.handed.extend(message.fixes)
                self.air.append(message)
            elif message.token:
                self.take(self.terminal.acknowledged(message.token))

    def acknowledge(self, i: int) -> None:
        message = self.air.pop(i % len(self.air))
        self.stored |= set(times(message))
        self.take(self.terminal.acknowledged(message.token))

    def lose(self) -> None:
        self.terminal.disconnected()
        self.air.clear()

    def does(self, what: str, i: int) -> None:
        if what == "ack" and self.air:
            self.acknowledge(i)
        elif what == "lose":
            self.lose()
        elif what == "up" and not self.terminal.online:
            self.take(self.terminal.connected(START))


@given(
    st.lists(st.tuples(st.sampled_from(["ack", "lose", "up", "wait"]), st.integers(0, 9))),
    st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_store_and_forward_loses_nothing_whatever_the_network_does(
    fate: list[tuple[str, int]],
    newest_first: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    setup = replace(QUIET, moving=1, batch=3, window=2, newest_first=newest_first)
    network = Network(Terminal("d", setup))
    for i, (what, which) in enumerate(fate):
        network.take(network.terminal.step(START + i, ROLLING, ignition=True))
        network.does(what, which)
    network.does("up", 0)
    while network.air:
        network.acknowledge(0)
    everything = [START + i for i in range(len(fate))]
    assert sorted(network.handed) == sorted(network.stored) == everything
    assert network.terminal.counters.acknowledged == len(fate)
    assert not network.terminal.owes


def times(message: Message) -> tuple[float, ...]:
    """Times of the RMCs in a payload, read here by hand; all on the day of START."""
    midnight = START // 86_400 * 86_400
    clocks = [line.split(b",")[1] for line in message.payload.split(b"\r\n") if b"RMC" in line]
    return tuple(midnight + int(c[:2]) * 3600 + int(c[2:4]) * 60 + float(c[4:]) for c in clocks)


def test_what_never_reached_mqtt_is_not_counted_as_handed_over() -> None:
    terminal = online()
    sent = positions(terminal.step(START, ROLLING, ignition=True))
    terminal.returned(sent[0])
    terminal.disconnected()
    again = positions(terminal.connected(START))
    assert (again[0].fixes, again[0].again) == (sent[0].fixes, 0)


def command(kind: str, body: object, name: str = "c1") -> bytes:
    return json.dumps({"id": name, "kind": kind, "body": body}).encode()


def test_an_interval_command_is_obeyed_and_acknowledged() -> None:
    terminal = online()
    run(terminal, ROLLING, 1)
    (answer,) = terminal.received(START + 1, command("interval", {"seconds": 2}))
    assert json.loads(answer.payload) == {"id": "c1", "time": START + 1, "ok": True, "detail": ""}
    sent = positions(run(terminal, ROLLING, 10, begin=START + 1))
    assert [m.fixes[0] - START for m in sent] == [2, 4, 6, 8, 10]


def test_a_repeated_command_is_obeyed_once_and_answered_twice() -> None:
    terminal = online()
    for _ in range(2):
        (answer,) = terminal.received(START, command("message", {"text": "call home"}))
        assert json.loads(answer.payload)["ok"]
    assert terminal.counters.shown == ["call home"]


def test_locate_reports_at_once() -> None:
    terminal = online()
    run(terminal, PARKED, 2)
    terminal.received(START + 2, command("locate", {}))
    assert len(positions(run(terminal, PARKED, 1, begin=START + 2))) == 1


@pytest.mark.parametrize(
    ("kind", "body", "detail"),
    [
        ("interval", {"seconds": 0}, "1 to 3600"),
        ("interval", {"seconds": "x"}, "no number"),
        ("interval", {"seconds": True}, "no number"),
        ("interval", [1], "no object"),
        ("dance", {}, "unknown"),
    ],
)
def test_a_command_that_cannot_be_obeyed_is_refused_with_a_reason(
    kind: str, body: object, detail: str
) -> None:
    terminal = online()
    answer = json.loads(terminal.received(START, command(kind, body))[0].payload)
    assert not answer["ok"]
    assert detail in answer["detail"]
    assert terminal.moving == QUIET.moving


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b"\xff", b'{"kind": "locate"}', b"1"])
def test_a_command_that_cannot_be_read_is_counted(payload: bytes) -> None:
    terminal = online()
    assert terminal.received(START, payload) == []
    assert terminal.counters.refused == 1


def test_the_will_is_newer_than_the_hello_and_older_than_the_next_one() -> None:
    terminal = Terminal("d", QUIET)
    will = json.loads(terminal.will(START).payload)
    hello = json.loads(terminal.connected(START)[0].payload)
    terminal.disconnected()
    again = json.loads(terminal.connected(START + 5)[0].payload)
    assert hello["time"] < will["time"] < again["time"]
    assert (hello["online"], will["online"]) == (True, False)
    assert terminal.will(START).retain


@pytest.mark.parametrize(
    ("void", "first", "second"),
    [(Void.NOTHING, 0, 0), (Void.EMPTY, 1, 1), (Void.LAST, 0, 1)],
)
def test_epochs_without_a_fix_are_sent_as_the_terminal_is_set_up(
    void: Void, first: int, second: int
) -> None:
    terminal = online(setup=replace(QUIET, void=void))
    assert len(positions(run(terminal, NOTHING, 1))) == first
    run(terminal, ROLLING, 1, begin=START + 100)
    sent = positions(run(terminal, NOTHING, 1, begin=START + 200))
    assert len(sent) == second
    assert [m.void for m in sent] == [int(void is Void.EMPTY)] * second


def test_a_wrong_clock_is_written_everywhere() -> None:
    terminal = online(setup=replace(QUIET, skew=-86_400.0))
    sent = run(terminal, ROLLING, 1)
    assert positions(sent)[0].fixes == (START - 86_400,)
    assert json.loads(sent[0].payload)["time"] == START - 86_400


def test_reconnecting_backs_off_with_jitter() -> None:
    rng = np.random.default_rng(1)
    delays = [[reconnect_delay(n, rng) for _ in range(200)] for n in (0, 3, 50)]
    assert [max(d) > 0.9 * limit for d, limit in zip(delays, (1.2, 8.2, 60.2), strict=True)]
    assert all(0.2 <= x <= 60.2 for d in delays for x in d)
    assert len(set(delays[0])) == 200


def test_a_device_needs_a_name_the_wire_allows() -> None:
    with pytest.raises(ValueError, match="no device name"):
        Terminal("a/b", QUIET)


def test_a_terminal_that_numbers_its_messages_sends_one_again_as_it_was() -> None:
    terminal = online(setup=replace(QUIET, numbered=True, window=2))
    sent = positions(run(terminal, ROLLING, 21))
    assert [m.payload.partition(b"\\$")[0] for m in sent] == [
        b"\\n:1*65",
        b"\\n:2*66",
        b"\\n:3*67",
    ]
    flying = positions(
        [m for i in (30, 40) for m in terminal.step(START + i, ROLLING, ignition=True)]
    )
    terminal.disconnected()
    terminal.step(START + 50, ROLLING, ignition=True)
    again = positions(terminal.connected(START + 60))
    assert [m.payload for m in again] == [m.payload for m in flying]
    assert [m.again for m in again] == [1, 1]
    [more] = positions(terminal.acknowledged(again[0].token))
    assert more.payload.startswith(b"\\n:6*62\\$")
    assert terminal.owes
