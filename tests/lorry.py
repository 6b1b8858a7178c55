"""A lorry that a test drives: along a straight road between sites of its own, also in the past.

What it sends is what the simulator's terminal sends, through the real broker.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np
from paho.mqtt.client import Client, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from firmware_sim import radio, scenario, service
from firmware_sim.device import Message, Settings
from firmware_sim.vehicle import Line, Road, Span, State, Stop
from fleet.wire import Kind, topic

LAT = 27.5  #: of all roads of tests: south of where the demonstration drives
WEST = 104.0  #: of their first site
ZONE = "Asia/Shanghai"
RADIUS = 400.0  #: m, of the fence round a site
KM = 1000.0
STEP = 400.0  #: m between the vertices of a road


def longitude(along: float) -> float:
    """Of the place so many m east of the first site."""
    return float(WEST + along / (111_195.0 * np.cos(np.radians(LAT))))


@dataclass(frozen=True)
class Way:
    """A road to the east; ``sites`` by their m along it, each with a fence."""

    code: str
    sites: dict[str, float]
    dwell: dict[str, float] = field(default_factory=dict)  #: s at a site
    rests: dict[float, float] = field(default_factory=dict)  #: s that it stands at an m of the road
    dark: tuple[float, float] | None = None  #: from and to, m, where there is no network
    south: float = 0.0  #: degrees; so that no fence of one story lies in another's way

    def fleet(self, *trucks: scenario.Truck) -> scenario.Fleet:
        """``trucks`` on this road, each from its beginning."""
        along = np.arange(0.0, max(self.sites.values()) + STEP, STEP)
        line = Line.of(
            np.array([longitude(m) for m in along]), np.full(len(along), LAT - self.south)
        )
        stops = [Stop(m, self.dwell.get(code, 0.0), code) for code, m in self.sites.items()]
        stops += [Stop(m, s, f"rest {m:.0f}") for m, s in self.rests.items()]
        dark = () if self.dark is None else (Span(*self.dark),)
        route = scenario.Route(
            self.code, tuple(self.sites), Road(line, stops=tuple(stops), dead_zones=dark)
        )
        geography = scenario.china_trunk(1)
        sites = tuple(
            scenario.Site(
                code, f"测试{code}", f"Site {code}", ZONE, longitude(m), LAT - self.south, RADIUS
            )
            for code, m in self.sites.items()
        )
        placed = tuple(replace(truck, route=self.code) for truck in trucks)
        return replace(
            geography, name="tests", sites=sites, routes={self.code: route}, trucks=placed
        )


def truck(device: str, plate: str, settings: Settings | None = None) -> scenario.Truck:
    """At the beginning of its road, of the first company of the demonstration."""
    party = scenario.china_trunk(1).parties[0].code
    return scenario.Truck(device, plate, party, "", 0.0, settings=settings or Settings())


@dataclass(frozen=True)
class Story:
    """What the only lorry of a fleet really does; s from when it is switched on."""

    arrived: dict[str, float]
    departed: dict[str, float]
    lost: float  #: it drives into the dead zone; -1: there is none
    found: float  #: and out of it


def story(fleet: scenario.Fleet, hours: float = 8.0) -> Story:
    """Of the first ``hours``, to the second."""
    (unit,) = scenario.assemble(fleet, 0.0, service.seeds(1))
    states = [unit.truth(float(second)) for second in range(int(hours * 3600))]
    arrived, departed = _visits(states)
    dark = [state.dead_zone for state in states]
    lost = dark.index(True) if any(dark) else -1
    return Story(arrived, departed, lost, dark.index(False, lost) if any(dark) else -1)


def _visits(states: Sequence[State]) -> tuple[dict[str, float], dict[str, float]]:
    arrived: dict[str, float] = {}
    departed: dict[str, float] = {}
    for second in range(1, len(states)):
        before, now = states[second - 1].stop, states[second].stop
        if now != before and now is not None:
            arrived.setdefault(now, float(second))
        if now != before and before is not None:
            departed.setdefault(before, float(second))
    return arrived, departed


class Cab:
    """The simulator's terminal of the only lorry of a fleet, stepped by the test.

    Its past takes no time; it is online when the test says so, and connects as itself.
    """

    def __init__(self, fleet: scenario.Fleet, broker: radio.Broker, start: float) -> None:
        (self._unit,) = scenario.assemble(fleet, start, service.seeds(1))
        self._broker = broker
        self._client: Client | None = None
        self._lock = threading.Lock()  # commands come in another thread
        self.fixes = 0  #: handed over, each counted once

    @property
    def shown(self) -> list[str]:
        """Messages that the driver has read."""
        return list(self._unit.terminal.counters.shown)

    def drive(self, until: float) -> None:
        """On to ``until``, s since 1970; what there is to say is said, or kept while offline."""
        while self._unit.due <= until:
            with self._lock:
                messages, _ = self._unit.step()
            self._send(messages)

    def connect(self) -> None:
        """There is a network; returns when everything kept is acknowledged."""
        device, opened = self._unit.device, self._unit.due
        user, password = self._broker.identity(device)
        client = Client(CallbackAPIVersion.VERSION2, device, protocol=MQTTv311)
        client.username_pw_set(user, password)
        client.on_message = self._obey
        client.connect(self._broker.host, self._broker.port)
        client.subscribe(topic(device, Kind.CMD), qos=1)
        client.loop_start()
        self._client = client
        self._send(self._unit.terminal.connected(opened))

    def lose(self) -> None:
        """The network is gone: the broker tells the will, and the terminal keeps what it has."""
        self._send([self._unit.terminal.will(self._unit.due)])
        self._unit.terminal.disconnected()
        self.close()

    def close(self) -> None:
        """Free the connection, if there is one."""
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()
            self._client = None

    def _obey(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        with self._lock:
            answers = self._unit.terminal.received(time.time(), bytes(message.payload))
        assert self._client is not None
        for answer in answers:
            self._client.publish(answer.topic, answer.payload, qos=1, retain=answer.retain)
            with self._lock:
                self._unit.terminal.acknowledged(answer.token)

    def _send(self, messages: list[Message]) -> None:
        waiting = deque(messages)
        while waiting:
            message = waiting.popleft()
            assert self._client is not None, "a terminal without a network says nothing"
            sent = self._client.publish(
                message.topic, message.payload, qos=1, retain=message.retain
            )
            sent.wait_for_publish(30)
            assert sent.is_published()
            self.fixes += len(message.fixes)
            if message.token:
                with self._lock:
                    waiting += self._unit.terminal.acknowledged(message.token)


@contextmanager
def aboard(fleet: scenario.Fleet, broker: radio.Broker, start: float) -> Iterator[Cab]:
    """A cab whose lorry is switched on at ``start``, s since 1970; offline at first."""
    cab = Cab(fleet, broker, start)
    try:
        yield cab
    finally:
        cab.close()
