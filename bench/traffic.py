"""Seeded input: what the terminals of a fleet send, a message an epoch, RMC and GGA.

The mix is of an ordinary day: half the vehicles drive, half stand; a few per cent of the
vehicles send six epochs at once, because they were offline; one message in two hundred
is sent twice, one in two hundred has no position, one in two hundred has an old one (void),
one in two hundred is 50 km off, one in five hundred is damaged.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from fleet.fences import FenceVersion
from fleet.records import Frame, WorldRows
from gateway.world import World

INTERVAL = 10.0  #: s between two epochs of a vehicle
START = 1_732_190_400.0  #: s; 2024-11-21 12:00 UTC, a Thursday


@dataclass(frozen=True, slots=True)
class Mix:
    """Shares of messages, by fate."""

    twice: float = 0.005
    blind: float = 0.005
    void: float = 0.005
    jump: float = 0.005
    damaged: float = 0.002
    backlog: float = 0.03  #: share of vehicles that send ``held`` epochs at once
    held: int = 6


DAY = Mix()
PLAIN = Mix(0, 0, 0, 0, 0, 0)


def device_code(number: int) -> str:
    """The name of a terminal."""
    return f"bench-{number:05d}"


def world_of(vehicles: int, fences: tuple[FenceVersion, ...] = ()) -> World:
    """So many devices, each in a vehicle of its own since ever."""
    rows = np.arange(vehicles, dtype=np.int32)
    return World.build(
        WorldRows(
            revision=1,
            device_code=tuple(device_code(i) for i in range(vehicles)),
            device_key=rows + 1,
            plate=tuple(f"plate-{i:05d}" for i in range(vehicles)),
            vehicle_key=rows + 1,
            bound_device=rows,
            bound_vehicle=rows,
            bound_from=np.zeros(vehicles),
            bound_to=np.full(vehicles, np.inf),
            bound_primary=np.ones(vehicles, bool),
            fence_revision=1,
            fences=fences,
        )
    )


def checksum(body: bytes) -> int:
    """The exclusive or of all bytes; at most 128 of them."""
    folded = int.from_bytes(body)
    for bits in (512, 256, 128, 64, 32, 16, 8):
        folded ^= folded >> bits
    return folded & 0xFF


def sentence(body: str) -> bytes:
    """``body`` with its ``$``, checksum and line end."""
    raw = body.encode("ascii")
    return b"$%b*%02X\r\n" % (raw, checksum(raw))


@dataclass(slots=True)
class Lorry:
    """One vehicle on its way, and how well its receiver hears."""

    device: str
    lon: float
    lat: float
    course: float
    speed: float  #: m/s
    satellites: int
    hdop: float

    def move(self, seconds: float) -> None:
        """Drive on; a standing one only wanders in its receiver's noise."""
        metres = self.speed * seconds
        self.lat += metres * math.cos(math.radians(self.course)) / 111_200
        self.lon += metres * math.sin(math.radians(self.course)) / 95_000

    def epoch(self, time: float, fate: str, rng: random.Random) -> bytes:
        """RMC and GGA of one instant."""
        moment = datetime.fromtimestamp(time, UTC)
        clock = f"{moment:%H%M%S}.{round(time * 1000) % 1000:03d}"
        off = 0.45 if fate == "jump" else 0.0
        noise = rng.gauss(0, 3e-5)
        place = position(self.lat + off + noise, self.lon + noise)
        valid = fate not in {"void", "blind"}
        place = ",,," if fate == "blind" else place
        knots = f"{self.speed * 3600 / 1852 + rng.random() * 0.2:.2f}"
        course = f"{self.course:.1f}" if self.speed else ""
        rmc = f"GNRMC,{clock},{'A' if valid else 'V'},{place},{knots},{course},{moment:%d%m%y},,,"
        heard = f"1,{self.satellites:02d},{self.hdop:.1f}" if valid else "0,00,99.9"
        gga = f"GNGGA,{clock},{place},{heard},{43.0 + noise:.1f},M,0.0,M,,"
        payload = sentence(rmc + ("A" if valid else "N")) + sentence(gga)
        return (
            payload.replace(b",M,", b",m,").replace(b",,,", b",,;")
            if fate == "damaged"
            else payload
        )


def position(lat: float, lon: float) -> str:
    """Latitude and longitude as NMEA writes them: five decimals of a minute."""
    a, o = round(abs(lat) * 6_000_000), round(abs(lon) * 6_000_000)
    south, west = "NS"[lat < 0], "EW"[lon < 0]
    return (
        f"{a // 6_000_000:02d}{a % 6_000_000 / 100_000:08.5f},{south},"
        f"{o // 6_000_000:03d}{o % 6_000_000 / 100_000:08.5f},{west}"
    )


def lorries(vehicles: int, rng: random.Random) -> list[Lorry]:
    """A fleet, all over the country, half of it driving."""
    return [
        Lorry(
            device_code(number),
            rng.uniform(100, 120),
            rng.uniform(24, 40),
            rng.uniform(0, 360),
            rng.choice((0.0, rng.uniform(8, 25))),
            rng.randint(5, 14),
            rng.choice((0.8, 1.1, 1.9, 2.4)),
        )
        for number in range(vehicles)
    ]


def frames(
    vehicles: int,
    seed: int,
    start: float = START,
    mix: Mix = DAY,
    interval: float = INTERVAL,
) -> Iterator[Frame]:
    """Messages without end, in order of arrival, evenly in time from ``start`` on.

    Every vehicle sends once per ``interval`` seconds, in an order that is drawn once: in another
    order each time, one that drives evenly would seem to jump.
    """
    rng = random.Random(seed)  # noqa: S311 - seeded on purpose
    fleet, fates = lorries(vehicles, rng), _fates(mix)
    rng.shuffle(fleet)
    for turn in itertools.count():
        for place, lorry in enumerate(fleet):
            now = round(start + interval * (turn + place / vehicles), 3)
            held = mix.held if rng.random() < mix.backlog else 1
            for back in range(held - 1, -1, -1):
                lorry.move(interval / held)
                fate = rng.choices(*fates)[0]
                payload = lorry.epoch(round(now - back * interval / held, 3), fate, rng)
                for _ in range(2 if fate == "twice" else 1):
                    yield Frame(lorry.device, "nmea", payload, now + 0.25)


class Standing:
    """A fleet whose positions stay and whose clocks go: what a publisher can encode at once.

    An exclusive or can be taken piece by piece, so a message costs two small numbers and one
    formatting, a tenth of ``Lorry.epoch``.  All on the UTC day of ``start``.
    """

    def __init__(self, vehicles: int, seed: int, start: float) -> None:
        rng = random.Random(seed)  # noqa: S311 - seeded on purpose
        self.midnight = start // 86_400 * 86_400
        self.devices = [device_code(number) for number in range(vehicles)]
        self._parts = [self._split(lorry, rng) for lorry in lorries(vehicles, rng)]

    def _split(self, lorry: Lorry, rng: random.Random) -> tuple[bytes, int, bytes, int]:
        """What stands behind the clock in RMC and GGA, and the checksums without the clock."""
        rmc, gga = lorry.epoch(self.midnight, "", rng).splitlines()
        rest = [line[1:].partition(b"*")[0].split(b",", 2) for line in (rmc, gga)]
        (first, _, behind_rmc), (second, _, behind_gga) = rest
        return (
            behind_rmc,
            checksum(first + b",," + behind_rmc),
            behind_gga,
            checksum(second + b",," + behind_gga),
        )

    def payload(self, vehicle: int, time: float) -> bytes:
        """RMC and GGA of the vehicle with this number at ``time``."""
        seconds, ms = divmod(round((time - self.midnight) * 1000), 1000)
        minutes, second = divmod(seconds, 60)
        clock = b"%02d%02d%02d.%03d" % (minutes // 60, minutes % 60, second, ms)
        own = checksum(clock)
        rmc, of_rmc, gga, of_gga = self._parts[vehicle]
        text = b"$GNRMC,%b,%b*%02X\r\n$GNGGA,%b,%b*%02X\r\n"
        return text % (clock, rmc, of_rmc ^ own, clock, gga, of_gga ^ own)


def _fates(mix: Mix) -> tuple[list[str], list[float]]:
    names = ["twice", "blind", "void", "jump", "damaged"]
    shares = [mix.twice, mix.blind, mix.void, mix.jump, mix.damaged]
    return ["", *names], [1 - sum(shares), *shares]
