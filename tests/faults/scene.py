"""What is sent in a round, drawn from a seed, and what must come of it.

A day of ``bench.order`` (three lorries between four hubs, with a fence redrawn and a terminal
moved), some of it late and some of it doubled; a terminal whose clock jumps; lorries on the
open road, for load; emergencies, of which somebody is to be told; and poison.
Every round has lorries, fences and a stretch of the world of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from bench import order
from bench.ledger import Edit
from fleet.fences import FenceVersion
from fleet.records import FixBatch, Frame, WorldRows
from fleet.wire import Kind
from gateway.pipeline import Rules, read
from gateway.world import World
from store import admin, fences
from tests.factories import epoch, frame, sentence, world
from tests.faults.terminals import Parcel
from tests.fleet_day import draft, said, told

PLAN = order.Plan(fixes=300, conflicts=0.0)
LOAD = 12  #: lorries on the open road
HOUR = 3600.0
BEGAN = 12 * HOUR  #: s before now that the day begins: it is over when it is sent
#: Degrees of longitude between two rounds: the road of a day is a third of that long.
APART, ROUNDS_ROUND = 1.0, 90
#: s that the clock of a lorry in the day is ahead for a while: nobody can tell.
UNSEEN = 1800.0
#: s that the clock of the loose terminal is off: ahead, too old for a repair, a week rollover.
SEEN = (6 * HOUR, -80 * HOUR, -1024 * 7 * 86_400.0)


@dataclass(frozen=True, slots=True)
class Scene:
    """One round's traffic and its truth."""

    prefix: str
    day: order.Day  #: as the gateway decodes it
    script: tuple[Parcel, ...]  #: the day, the clock, the emergencies and the poison, mixed
    alarms: frozenset[tuple[str, str]]  #: topic and subject of what somebody is to be told
    loose: frozenset[str]  #: terminals whose messages need not all be fixes
    started: float

    @property
    def devices(self) -> list[str]:
        """Every terminal of the round."""
        return [*self.of_day, *self.of_load, *sorted(self.loose)]

    @property
    def of_day(self) -> list[str]:
        """The terminals of the day."""
        return [self.prefix + code for code in self.day.before.rows.device_code]

    @property
    def of_load(self) -> list[str]:
        """The terminals on the open road."""
        return [f"{self.prefix}load{number}" for number in range(LOAD)]

    @property
    def plates(self) -> list[str]:
        """Every lorry; the terminals of the day and of the load are in those of their number."""
        return [self.prefix + plate for plate in self.day.before.rows.plate] + self.of_load

    def registrations(self, credential: str) -> list[admin.Registration]:
        """Every terminal, in its lorry from the beginning."""
        ever = datetime.fromtimestamp(0, UTC)
        inside = dict(zip(self.of_day, self.plates, strict=False))
        inside |= {name: name for name in self.of_load}
        return [
            admin.Registration(name, credential, inside.get(name), ever if name in inside else None)
            for name in self.devices
        ]

    def drafts(self) -> list[fences.Draft]:
        """The fences as they are at first."""
        return [self.draft(fence) for fence in self.day.before.rows.fences]

    def draft(self, fence: FenceVersion) -> fences.Draft:
        """A fence under the name that it has in this round."""
        code = self.prefix + f"F{fence.fence}"
        return replace(draft(fence), code=code, name_zh=code, name_en=code)

    def edit(self, number: int, conn: Any) -> None:  # noqa: ANN401 - only the store names the type
        """What people do to the past: first a fence is redrawn, then a terminal moves."""
        change, rows = self.day.edits[number], self.day.before.rows
        if number == 0:
            (new,) = (fence for fence in change.world.rows.fences if fence.version == 2)
            fences.edit_fence(conn, self.draft(new), 1, said(new.valid_from))
        else:
            moved = datetime.fromtimestamp(change.since[0], UTC)
            admin.bind(conn, self.of_day[0], self.prefix + rows.plate[-1], moved)

    def nodes(self, devices: dict[str, int]) -> list[tuple[Any, ...]]:
        """The nodes of the day in order; ``devices``: keys of the terminals in the store."""
        expected = order.deliver(self.day, order.in_order(self.day, 20), Rules()).canon()
        keys = {row + 1: devices[name] for row, name in enumerate(self.of_day)}
        return told(expected, keys)

    def road(self) -> Iterator[Parcel]:
        """What the lorries on the open road send, for ever: 5 s of driving a message."""
        step = 0
        while True:
            at = self.started + 5.0 * step
            for number, name in enumerate(self.of_load):
                place = -170.0 + (step % 10_000) * 0.001, -60.0 + 0.5 * number
                yield Parcel(name, Kind.NMEA, epoch(at, *place), (round(at * 1000),))
            step += 1


class Traffic:
    """A scene's script mixed among the load, which never ends."""

    def __init__(self, scene: Scene, share: float, rng: np.random.Generator) -> None:
        """``share``: part of the messages that is of the script, until it ends."""
        self._left, self._road = deque(scene.script), scene.road()
        self._share, self._rng = share, rng

    def __next__(self) -> Parcel:
        """The next message."""
        if self._left and self._rng.random() < self._share:
            return self._left.popleft()
        return next(self._road)

    def rest(self) -> list[Parcel]:
        """What is left of the script; once."""
        left = list(self._left)
        self._left.clear()
        return left


def draw(number: int, rng: np.random.Generator, now: float) -> Scene:
    """The scene of a round."""
    prefix = f"R{number}-"
    began = float(np.floor(now)) - BEGAN
    given = _elsewhere(order.day(replace(PLAN, start=began), rng), APART * (number % ROUNDS_ROUND))
    sent, skewed = _as_sent(_skewed(given.fixes, rng))
    decoded = read(sent, given.before, {}, Rules())
    assert len(decoded.fixes) == len(sent), "every message of the day is a fix"
    day = replace(given, fixes=decoded.fixes)
    keys = np.round(decoded.fixes.time * 1000).astype(np.int64).tolist()
    parcels = [
        Parcel(prefix + each.device, Kind.NMEA, each.payload, (keys[row],))
        for row, each in enumerate(sent)
    ]
    mixed = [parcels[row] for row in _late(skewed, rng).tolist()]
    scene = Scene(
        prefix, day, (), frozenset(), frozenset({f"{prefix}clock", f"{prefix}poison"}), began
    )
    alarms, alarmed = _alarms(scene, rng)
    others = [*_clock(f"{prefix}clock", now), *_poison(f"{prefix}poison", rng), *alarms]
    for parcel in others:
        mixed.insert(int(rng.integers(len(mixed) + 1)), parcel)
    return replace(scene, script=tuple(mixed), alarms=alarmed)


def _elsewhere(day: order.Day, degrees: float) -> order.Day:
    """The day so far to the west; on the ground it is the same."""

    def moved(rows: WorldRows) -> World:
        return World.build(replace(rows, fences=tuple(_moved(f, degrees) for f in rows.fences)))

    edits = tuple(Edit(moved(edit.world.rows), edit.since) for edit in day.edits)
    fixes = replace(day.fixes, lon=day.fixes.lon - degrees)
    return order.Day(moved(day.before.rows), edits, fixes)


def _moved(fence: FenceVersion, degrees: float) -> FenceVersion:
    outline = fence.terms.outline
    point = shapely.transform(shapely.from_wkb(outline.wkb), lambda xy: xy - [degrees, 0.0])
    terms = replace(fence.terms, outline=replace(outline, wkb=shapely.to_wkb(point)))
    return replace(fence, terms=terms)


def _skewed(fixes: FixBatch, rng: np.random.Generator) -> FixBatch:
    """One lorry's clock is ahead for a while."""
    own = np.flatnonzero(fixes.device == 1)
    first = int(rng.integers(len(own) - 30))
    time = fixes.time.copy()
    time[own[first : first + 30]] += UNSEEN
    return replace(fixes, time=time)


def _as_sent(fixes: FixBatch) -> tuple[list[Frame], FixBatch]:
    """One message per fix, in the order of time, and of each instant only one."""
    fixes = fixes.rows(np.argsort(fixes.time, kind="stable"))
    _, once = np.unique(
        np.stack([fixes.device, np.round(fixes.time * 1000)]), axis=1, return_index=True
    )
    fixes = fixes.rows(np.sort(once))
    columns = zip(
        *(getattr(fixes, name).tolist() for name in ("device", "time", "lon", "lat", "speed")),
        strict=True,
    )
    late = float(fixes.time.max()) + 1.0
    sent = [
        frame(f"d{device}", epoch(at, lon, lat, speed=speed), late)
        for device, at, lon, lat, speed in columns
    ]
    return sent, fixes


def _late(fixes: FixBatch, rng: np.random.Generator) -> NDArray[np.intp]:
    """Rows in an order of arrival: some an hour late or so, some twice."""
    count = len(fixes)
    delay = np.where(rng.random(count) < 0.2, rng.exponential(HOUR, count), 0.0)
    rows = np.argsort(fixes.time + delay, kind="stable")
    again = rng.choice(count, count // 10)
    return np.insert(rows, rng.integers(0, count + 1, len(again)), again)


def _clock(name: str, now: float) -> list[Parcel]:
    """A terminal in no lorry, whose clock is right, and then is not."""
    parcels = []
    for number, skew in enumerate((0.0, *SEEN) * 3):
        payload = epoch(np.floor(now) - 2 * HOUR + 10 * number + skew, 100.0, 30.0)
        decoded = read([frame(name, payload, now)], world([name]), {}, Rules()).fixes
        kept = tuple(np.round(decoded.time * 1000).astype(np.int64).tolist())
        parcels.append(Parcel(name, Kind.NMEA, payload, kept))
    return parcels


def _alarms(
    scene: Scene, rng: np.random.Generator
) -> tuple[list[Parcel], frozenset[tuple[str, str]]]:
    """Some drivers press the button, and some terminals lose their power."""
    parcels, alarmed = [], set()
    for name in [*scene.of_load, *scene.of_day[1:]]:
        at = scene.started + float(rng.integers(0, round(BEGAN - 2 * HOUR)))
        kind = "sos" if rng.random() < 0.5 else "power_cut"
        body = orjson.dumps({"time": at, "kind": kind, "value": True})
        parcels.append(Parcel(name, Kind.EVENT, body))
        plates = dict(zip(scene.of_day, scene.plates, strict=False))
        if kind == "sos":
            alarmed.add(("alert.sos", plates.get(name, name)))
        else:
            alarmed.add(("alert.device_fault", name))
    return parcels, frozenset(alarmed)


def _poison(name: str, rng: np.random.Generator) -> list[Parcel]:
    """What no terminal would send."""
    time = b'{"time": 1772352000, "kind": "sos", "value": %b}'
    hostile = [
        (Kind.EVENT, time % (b"[" * 400 + b"]" * 400)),
        (Kind.EVENT, time % (b"[" * 5000 + b"]" * 5000)),
        (Kind.EVENT, time % b"1e999"),
        (Kind.STATUS, b'{"time": 1e18, "online": true}'),
        (Kind.ACK, b'{"id": "\\u0000", "ok": true, "time": 0}'),
        (Kind.NMEA, b"\xff\xfe\x00" * 100),
        (Kind.NMEA, rng.bytes(2000)),
        (Kind.NMEA, b"$" * 60_000),
        (Kind.NMEA, sentence("GNRMC,240000,A,9999.9,N,99999.9,E,1e308,nan,320199,,,A")),
        (Kind.NMEA, b"x" * 900_000),
    ]
    return [Parcel(name, kind, payload) for kind, payload in hostile]
