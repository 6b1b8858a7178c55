"""What the journeys through the console have in common."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from paho.mqtt.client import MQTT_ERR_SUCCESS, Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode
from playwright.sync_api import Locator, Page

from tests.fix_product import Product
from tests.waiting import await_true

SCREEN = {"width": 1366, "height": 768}  #: of the laptops at a dispatch desk
SHANGHAI = ZoneInfo("Asia/Shanghai")


def open_console(page: Page, product: Product, place: str = "") -> None:
    page.set_viewport_size(SCREEN)  # type: ignore[arg-type] # a dict is documented
    page.goto(f"{product.url}/?lang=en&theme=light{place}")
    page.wait_for_selector("body[data-ready=true]")


def choose(page: Page, plate: str) -> Locator:
    """The card of a vehicle, by its row on the board."""
    page.fill("#filter", plate)
    page.locator(f".row[data-plate='{plate}']").click()
    return page.get_by_test_id("card")


def asked(product: Product, path: str) -> Any:  # noqa: ANN401 - JSON
    return product.get(f"/api/v1{quote(path, safe='/?&=')}")


def drawn(page: Page, plate: str) -> dict[str, float] | None:
    """Where the map has the vehicle now."""
    place: dict[str, float] | None = page.evaluate("plate => window.__milepost.drawn(plate)", plate)
    return place


def admitted(product: Product, device: str) -> None:
    """Return when the broker knows a device that was enlisted while all is running."""
    broker = product.broker()

    def is_let_in() -> bool:
        client = Client(CallbackAPIVersion.VERSION2, f"{device}-asks", protocol=MQTTv311)
        client.username_pw_set(*broker.identity(device))
        codes: list[ReasonCode] = []
        client.on_connect = lambda *said: codes.append(said[3])
        client.connect(broker.host, broker.port)
        while not codes and client.loop(1.0) == MQTT_ERR_SUCCESS:
            pass
        client.disconnect()
        return bool(codes) and not codes[0].is_failure

    await_true(is_let_in, f"{device} is let in")


def clock(iso: str) -> str:
    """As the console shows an instant of today."""
    return datetime.fromisoformat(iso).astimezone(SHANGHAI).strftime("%H:%M")
