"""What the console says when it may not, cannot or need not show a fleet, and with a large one."""

from __future__ import annotations

import json
from typing import Any, Protocol

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

LIVE = "**/api/v1/live"
COLUMNS = [
    *("plate", "party", "time", "received", "lon", "lat"),
    *("speed", "course", "grade", "flags", "online"),
]
LONG_PLATE = "粤Z·港 A-VERY-LONG-REGISTRATION-NUMBER-0001"


class Running(Protocol):
    """What these tests know of the product."""

    @property
    def url(self) -> str: ...


def open_console(page: Page, product: Running) -> None:
    page.goto(f"{product.url}/?lang=en&theme=light")
    page.wait_for_selector("body[data-ready=true]")


def told(page: Page, rows: list[tuple[Any, ...]]) -> None:
    """Let the live stream tell of these vehicles and no others."""
    columns = {name: [row[i] for row in rows] for i, name in enumerate(COLUMNS)}

    def serve(socket: WebSocketRoute) -> None:
        hello = {"type": "hello", "v": 1, "version": "0", "heartbeat_s": 5}
        snapshot = {"type": "snapshot", "v": 1, "cursor": "e:1", "vehicles": columns}
        socket.send(json.dumps(hello))
        socket.on_message(lambda _: socket.send(json.dumps(snapshot)))

    page.route_web_socket(LIVE, serve)


def test_a_token_is_asked_for_until_it_is_accepted(page: Page, product: Running) -> None:
    refusal = {"type": "about:blank", "title": "Unauthorized", "status": 401}

    def guard(route: Route) -> None:
        if route.request.headers.get("authorization") == "Bearer right":
            # The product itself asks for none here and would refuse a strange one.
            headers = {k: v for k, v in route.request.headers.items() if k != "authorization"}
            route.continue_(headers=headers)
        else:
            route.fulfill(status=401, content_type="application/problem+json", json=refusal)

    page.route("**/api/v1/**", guard)
    page.goto(f"{product.url}/?lang=en")
    page.get_by_role("dialog").get_by_role("button", name="I have the operator").click()
    dialog = page.get_by_role("dialog", name="Operator token")
    expect(dialog.get_by_label("Token", exact=True)).to_be_focused()
    expect(dialog.get_by_role("alert")).to_have_count(0)
    page.keyboard.press("Escape")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("does not accept")
    dialog.get_by_label("Token", exact=True).fill("right")
    dialog.get_by_role("button", name="Continue").click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".row").first).to_be_visible()


def test_a_cut_is_told_with_the_time_of_the_positions_and_its_end(
    page: Page, product: Running
) -> None:
    sockets: list[WebSocketRoute] = []
    cut = False

    def relay(socket: WebSocketRoute) -> None:
        if cut:
            socket.close()
            return
        socket.connect_to_server()
        sockets.append(socket)

    page.route_web_socket(LIVE, relay)
    open_console(page, product)
    cut = True
    sockets[-1].close()
    banner = page.get_by_test_id("banner")
    expect(banner).to_contain_text("Connection lost. What is shown is")
    expect(page.get_by_test_id("live")).to_contain_text("Offline")
    assert banner.get_attribute("aria-live") == "polite"
    # Not clicked: the console tries by itself too, and then there is nothing left to click.
    expect(page.get_by_role("button", name="Try now")).to_be_visible()
    cut = False
    expect(banner).to_contain_text("Connected again", timeout=40_000)  # pauses reach 30 s
    expect(banner).to_be_empty()


def test_an_empty_fleet_says_what_to_do(page: Page, product: Running) -> None:
    told(page, [])
    open_console(page, product)
    expect(page.get_by_text("No vehicle yet")).to_be_visible()
    expect(page.get_by_test_id("shown")).to_have_text("0")


def test_vehicles_that_were_never_heard_of_leave_a_word_on_the_map(
    page: Page, product: Running
) -> None:
    told(page, [("A1", None, *[None] * 9)])
    open_console(page, product)
    expect(page.get_by_text("No vehicle has sent a position yet")).to_be_visible()
    page.locator(".row").click()
    expect(page.get_by_test_id("card")).to_contain_text("no position")


def fleet(count: int) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = [(LONG_PLATE, "x" * 60, *[None] * 9)]
    for i in range(1, count):
        lon, lat = round((100 + i % 97 / 5) * 1e7), round((22 + i % 89 / 5) * 1e7)
        rows.append((f"京B{i:05}", None, 0, 0, lon, lat, 0, 0, 0, 0, True))
    return rows


@pytest.mark.parametrize("width", [390, 1280])
def test_five_thousand_vehicles_and_a_long_plate_break_no_layout(
    page: Page, product: Running, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    told(page, fleet(5000))
    open_console(page, product)
    expect(page.get_by_test_id("shown")).to_have_text("5000")
    page.select_option(".tools select", "age")  # what was never heard of stands last
    page.wait_for_function("() => document.querySelectorAll('.row').length < 40", polling=100)
    page.locator("#list").evaluate("list => { list.scrollTop = list.scrollHeight; }")
    expect(page.locator(f'.row[data-plate="{LONG_PLATE}"]')).to_be_visible()
    page.locator(f'.row[data-plate="{LONG_PLATE}"]').click()
    expect(page.get_by_test_id("card").get_by_role("heading", level=2)).to_contain_text(LONG_PLATE)
    too_wide = page.evaluate(
        """() => [document.documentElement, document.querySelector('#list'),
                  document.querySelector('.card')]
            .filter((each) => each.scrollWidth > each.clientWidth)
            .map((each) => each.tagName + each.className)"""
    )
    assert too_wide == []


def test_the_list_is_driven_by_the_keyboard_alone(page: Page, product: Running) -> None:
    open_console(page, product)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    listing = page.locator("#list")
    expect(listing).to_be_focused()
    page.keyboard.press("ArrowDown")
    chosen = page.locator(".row[aria-selected=true]")
    first = chosen.get_attribute("data-plate")
    page.keyboard.press("ArrowDown")
    expect(chosen).not_to_have_attribute("data-plate", first or "")
    page.keyboard.press("Home")
    expect(chosen).to_have_attribute("data-plate", first or "")
    identity = chosen.get_attribute("id")
    assert identity is not None
    expect(listing).to_have_attribute("aria-activedescendant", identity)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("card")).to_have_count(0)


def test_following_ends_when_somebody_drags_the_map(page: Page, product: Running) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    open_console(page, product)
    page.select_option(".tools select", "age")
    page.locator(".row[data-state=moving]").first.click()
    button = page.get_by_test_id("card").locator(".actions button").first
    expect(button).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("f")
    expect(button).to_have_attribute("aria-pressed", "true")
    box = page.locator(".map canvas").bounding_box()
    assert box is not None
    # Between the card of alerts, which grows from below, the switches above and the vehicle's card.
    x, y = box["x"] + 440, box["y"] + box["height"] * 0.3
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 40, steps=4)
    page.mouse.up()
    expect(button).to_have_attribute("aria-pressed", "false")


def test_the_card_tells_since_when_the_link_is_up(page: Page, product: Running) -> None:
    open_console(page, product)
    page.select_option(".tools select", "age")
    page.locator(".row[data-state=moving]").first.click()
    expect(page.get_by_test_id("link")).to_contain_text("Online since ")
