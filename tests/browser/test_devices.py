"""The devices page: strangers knock, are adopted, and what they sent comes in."""

from __future__ import annotations

import time
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Page, expect

from fleet.wire import Kind, topic
from tests.factories import epoch
from tests.fix_product import Product

pytestmark = [pytest.mark.browser, pytest.mark.e2e]


@pytest.fixture
def running(product: Any) -> Product:  # noqa: ANN401 - the fake is not of the real one's type
    """The real product: nobody can knock at the fake one."""
    if not isinstance(product, Product):
        pytest.skip("the fake product has no broker to which an unknown device could send")
    return product


def knock(product: Product, device: str, payloads: list[bytes]) -> None:
    """Send position messages as a device, registered or not."""
    broker = product.bench_broker()
    client = Client(CallbackAPIVersion.VERSION2, f"knock-{device}", protocol=MQTTv311)
    client.username_pw_set(broker.shared_user, broker.shared_password)
    client.connect(broker.host, broker.port)
    client.loop_start()
    try:
        for payload in payloads:
            sent = client.publish(topic(device, Kind.NMEA), payload, qos=1)
            sent.wait_for_publish(30)
            assert sent.is_published()
    finally:
        client.disconnect()
        client.loop_stop()


def open_devices(page: Page, product: Product, stranger: str) -> None:
    """The devices page with the stranger on it; the page looks for strangers by itself."""
    page.goto(f"{product.url}/?lang=en#/devices")
    expect(page.locator(".strangers")).to_contain_text(stranger)


def test_an_unknown_device_is_adopted_and_what_it_sent_comes_in(
    page: Page, running: Product
) -> None:
    # A clock that is a little fast: a vehicle has its device from the arrival of the first letter.
    now = time.time() + 10
    fixes = [epoch(now + later, 114.0 + later / 1000, 30.0) for later in (0, 10)]
    knock(running, "stranger-1", fixes)
    open_devices(page, running, "stranger-1")
    row = page.locator(".strangers li", has_text="stranger-1")
    expect(row).to_contain_text("2 messages kept")
    row.get_by_role("button", name="Adopt").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Plate of its vehicle").fill("鄂A·STRANGER")
    dialog.get_by_role("button", name="Adopt").click()
    password = page.get_by_test_id("password").inner_text()
    assert len(password) > 12
    expect(dialog).to_contain_text("2 kept messages are coming in")
    dialog.get_by_role("button", name="Done").click()
    expect(page.locator("body")).not_to_contain_text(password)
    expect(page.locator(".strangers li", has_text="stranger-1")).to_have_count(0)
    page.locator("td a", has_text="鄂A·STRANGER").click()
    card = page.get_by_test_id("card")
    expect(card.get_by_test_id("age")).to_contain_text("ago")
    expect(card.get_by_test_id("speed")).to_contain_text("68")


def test_an_adoption_that_is_refused_says_why(page: Page, running: Product) -> None:
    knock(running, "stranger-2", [epoch(time.time(), 114.0, 30.0)])
    taken = running.get("/api/v1/devices")[0]["code"]
    open_devices(page, running, "stranger-2")
    page.route(
        "**/api/v1/devices/stranger-2/adopt",
        lambda route: route.continue_(url=route.request.url.replace("stranger-2", taken)),
    )
    row = page.locator(".strangers li", has_text="stranger-2")
    row.get_by_role("button", name="Adopt").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Adopt").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Not done")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)


def test_a_dead_letter_is_sent_in_again_and_may_be_refused_again(
    page: Page, running: Product
) -> None:
    knock(running, "stranger-3", [epoch(time.time(), 114.0, 30.0)])
    open_devices(page, running, "stranger-3")
    row = page.locator("tr", has_text="stranger-3").first
    again = row.get_by_role("button", name="Send in again")
    again.click()
    expect(row).to_contain_text("on its way in")
    expect(again).to_be_visible()
