"""Every kind of fault: what it does, and how long."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import numpy as np

from fleet.wire import Kind
from tests.factories import epoch
from tests.faults.scene import Scene
from tests.faults.stand import Stand
from tests.faults.terminals import Parcel, Terminals
from tests.faults.wires import Wire
from tests.waiting import await_true

THOUSAND = 1000  #: terminals that come back at once
STORM = "1,000 terminals come back at once"
PARCEL = 900_000  #: bytes; the wire's limit is 64 KiB, the broker's 1 MiB
FLOOD = 80  #: of those: half as many again as the broker has room for


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fault happens."""

    stand: Stand
    terminals: Terminals
    scene: Scene
    rng: np.random.Generator
    number: int  #: of faults before it


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault; it lasts at least and at most so many seconds."""

    least: float
    most: float
    make: Callable[[Place], AbstractContextManager[None]]
    long: float = 0.0  #: s that it lasts once in a long run; 0: not


def _kill(*names: str) -> Callable[[Place], AbstractContextManager[None]]:
    return lambda at: at.stand.killed(*names)


def _freeze(name: str) -> Callable[[Place], AbstractContextManager[None]]:
    return lambda at: at.stand.frozen(name)


def _wire(at: Place, name: str) -> Wire:
    supervisor = at.stand.supervisor
    return {"air": at.stand.air, "broker": supervisor.broker, "database": supervisor.database}[name]


def _cut(name: str) -> Callable[[Place], AbstractContextManager[None]]:
    @contextmanager
    def cut(at: Place) -> Iterator[None]:
        wire = _wire(at, name)
        wire.cut()
        try:
            yield
        finally:
            wire.mend()

    return cut


def _hang(name: str) -> Callable[[Place], AbstractContextManager[None]]:
    @contextmanager
    def hang(at: Place) -> Iterator[None]:
        """In the end the other side is there again, or is found to be gone."""
        wire = _wire(at, name)
        wire.hang()
        try:
            yield
        finally:
            if at.rng.random() < 0.5:
                wire.cut()
            wire.mend()

    return hang


@contextmanager
def _slow(at: Place) -> Iterator[None]:
    enough, wire = threading.Event(), _wire(at, "database")
    crawl = threading.Thread(target=wire.crawl, args=(enough,), name="crawl")
    crawl.start()
    try:
        yield
    finally:
        enough.set()
        crawl.join()


@contextmanager
def _full_disk(at: Place) -> Iterator[None]:
    at.stand.disk.fill()
    try:
        yield
    finally:
        at.stand.disk.free()


@contextmanager
def _full_store(at: Place) -> Iterator[None]:
    """Nobody takes what the broker keeps, until it has no room for more."""
    name = f"{at.scene.prefix}poison"
    flood = [
        Parcel(name, Kind.NMEA, b"%d %d " % (at.number, n) + b"x" * PARCEL) for n in range(FLOOD)
    ]
    with at.stand.frozen("gateway"):
        at.terminals.add(flood)
        yield


@contextmanager
def _clock(at: Place) -> Iterator[None]:
    with at.stand.clock(float(at.rng.choice([-3600.0, 3600.0]))):
        yield


@contextmanager
def _storm(at: Place) -> Iterator[None]:
    """A thousand terminals lose their connections in one moment, and all have something to say."""
    names = [f"storm{n:03d}" for n in range(THOUSAND)]
    at.stand.enlist(names)
    began = at.scene.started + at.number

    def said(after: float) -> list[Parcel]:
        time = began + after
        payload = epoch(time, 100.0, 31.0)
        return [Parcel(name, Kind.NMEA, payload, (round(time * 1000),)) for name in names]

    before = at.terminals.up
    at.terminals.add(said(0.001))
    await_true(
        lambda: at.terminals.up >= min(before, 1) + THOUSAND, "all terminals are connected", 60
    )
    at.stand.air.cut()
    at.terminals.add(said(0.002))
    try:
        yield
    finally:
        at.stand.air.mend()


KINDS: Mapping[str, Fault] = {
    "gateway killed": Fault(0.0, 0.5, _kill("gateway")),
    "broker killed": Fault(0.0, 0.5, _kill("broker")),
    "database killed": Fault(0.0, 0.5, _kill("database")),
    "api killed": Fault(0.0, 0.5, _kill("api")),
    "worker killed": Fault(0.0, 0.5, _kill("worker")),
    "all killed": Fault(0.0, 0.5, _kill("database", "broker", "gateway", "worker", "api")),
    "database down": Fault(2.0, 4.0, _kill("database"), long=60.0),
    "database frozen": Fault(1.0, 3.0, _freeze("database")),
    "broker down": Fault(2.0, 4.0, _kill("broker"), long=60.0),
    "broker frozen": Fault(1.0, 3.0, _freeze("broker")),
    "gateway frozen": Fault(1.0, 3.0, _freeze("gateway")),
    "disk of the database full": Fault(1.0, 3.0, _full_disk),
    "store of the broker full": Fault(2.0, 3.0, _full_store),
    "gateway cut off the broker": Fault(0.5, 2.0, _cut("broker")),
    "gateway half-open to the broker": Fault(1.0, 3.0, _hang("broker")),
    "gateway cut off the database": Fault(0.5, 2.0, _cut("database")),
    "gateway half-open to the database": Fault(1.0, 3.0, _hang("database")),
    "terminals cut off": Fault(0.5, 2.0, _cut("air")),
    "terminals half-open": Fault(1.0, 3.0, _hang("air")),
    "database slow": Fault(2.0, 4.0, _slow),
    "gateway's clock jumps": Fault(1.0, 3.0, _clock),
    STORM: Fault(0.2, 0.5, _storm),
}
