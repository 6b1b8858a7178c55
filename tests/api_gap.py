"""What happens while the API is away, and what a console hears of it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from playwright.sync_api import Page, WebSocket

from fleet.wire import EventKind, Kind, topic
from tests.e2e.test_shuffled import operator, publish
from tests.factories import epoch, frame
from tests.fix_product import VEHICLES, Product
from tests.journeys import drawn
from tests.waiting import await_true


def stand(product: Product, east: float) -> None:
    """Every lorry of the demonstration says that it stands, so many degrees east of a place."""
    now = time.time()
    frames = [
        frame(f"sim-{n + 1:04d}", epoch(now, 105.0 + 0.1 * n + east, 26.0, speed=0.0))
        for n in range(VEHICLES)
    ]
    publish(product, frames)
    await_true(
        lambda: (
            product.rows(f"SELECT count(*) FROM fix WHERE time > to_timestamp({now - 1})")  # noqa: S608 - a number
            == [(VEHICLES,)]
        ),
        "what they say is stored",
    )


def cry(product: Product, device: str) -> None:
    """The driver presses the red button."""
    body = {"time": time.time(), "kind": EventKind.SOS, "value": True}
    with operator(product) as client:
        sent = client.publish(topic(device, Kind.EVENT), json.dumps(body), qos=1)
        sent.wait_for_publish(30)
        assert sent.is_published()


@dataclass(frozen=True)
class Happened:
    """Versions of nodes, and entries in the life of alerts."""

    nodes: frozenset[str]
    entries: frozenset[str]

    def __sub__(self, other: Happened) -> Happened:
        return Happened(self.nodes - other.nodes, self.entries - other.entries)


NOTHING = Happened(frozenset(), frozenset())


def happened(product: Product) -> Happened:
    """What the database knows."""
    nodes = product.rows("SELECT id || ' ' || version FROM node")
    entries = product.rows("SELECT alert_id || ' ' || act FROM alert_entry")
    return Happened(frozenset(row[0] for row in nodes), frozenset(row[0] for row in entries))


class Heard:
    """What the console's sockets said of nodes and alerts, and how often they said anything."""

    def __init__(self, page: Page) -> None:
        self._nodes: set[str] = set()
        self._entries: set[str] = set()
        self.said = 0
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._hear)

    def _hear(self, said: str | bytes) -> None:
        if isinstance(said, bytes):  # positions
            return
        message = json.loads(said)
        nodes = [f"{node['id']} {node['version']}" for node in message.get("nodes", ())]
        entries = [f"{one['id']} {one['entry']['act']}" for one in message.get("alerts", ())]
        self.said += len(nodes) + len(entries)
        self._nodes.update(nodes)
        self._entries.update(entries)

    def all(self) -> Happened:
        return Happened(frozenset(self._nodes), frozenset(self._entries))


def misplaced(page: Page, product: Product) -> list[str]:
    """Vehicles that the map has elsewhere than the database; half a metre is drawing."""
    places = product.rows(
        "SELECT v.plate, s.lon, s.lat FROM vehicle_state s JOIN vehicle v ON v.id = s.vehicle_id "
        "WHERE s.lon IS NOT NULL"
    )
    assert len(places) == VEHICLES + 1
    wrong = []
    for plate, lon, lat in places:
        at = drawn(page, plate)
        if at is None or abs(at["lon"] - lon) > 5e-6 or abs(at["lat"] - lat) > 5e-6:
            wrong.append(plate)
    return wrong
