"""The console in a real browser, on a running product whose fleet drives."""

import json
import re
from typing import Protocol

import pytest
from playwright.sync_api import Page, Route, WebSocket, expect

from tests.browser.preferences import prefer

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

MOVING = ".row[data-state=moving]"


class Running(Protocol):
    """What these tests know of the product."""

    @property
    def url(self) -> str: ...
    def restart_api(self) -> None: ...


def open_console(page: Page, product: Running, query: str = "?lang=en&theme=dark") -> None:
    """Open the map and wait until the first snapshot is drawn on it."""
    page.goto(f"{product.url}/{query}")
    page.wait_for_selector("body[data-ready=true]")


def moving_plate(page: Page) -> str:
    """A vehicle that drives and was heard of last."""
    page.select_option(".tools select", "age")
    plate = page.locator(MOVING).first.get_attribute("data-plate")
    assert plate is not None
    return plate


def drawn(page: Page, plate: str) -> dict[str, float]:
    """Where the map draws a vehicle, once it does."""
    found = page.wait_for_function(
        "plate => window.__milepost.drawn(plate)", arg=plate, polling=200
    )
    place: dict[str, float] = found.json_value()
    return place


def wait_until_moved(page: Page, plate: str, before: dict[str, float]) -> None:
    page.wait_for_function(
        """([plate, before]) => {
            const now = window.__milepost.drawn(plate);
            return now && (now.lon !== before.lon || now.lat !== before.lat);
        }""",
        arg=[plate, before],
        polling=200,
    )


def wait_until_live(page: Page) -> None:
    page.wait_for_function("() => window.__milepost.phase() === 'live'", polling=200)


def test_a_marker_moves_with_the_fixes_of_its_vehicle(page: Page, product: Running) -> None:
    open_console(page, product)
    plate = moving_plate(page)
    before = drawn(page, plate)
    wait_until_moved(page, plate, before)


def test_the_list_shows_what_the_filter_lets_through(page: Page, product: Running) -> None:
    open_console(page, product)
    total = int(page.get_by_test_id("shown").inner_text())
    plate = page.locator(".row").first.get_attribute("data-plate")
    assert plate is not None
    page.fill("#filter", plate)
    expect(page.get_by_test_id("shown")).to_have_text(f"1 of {total}")
    expect(page.locator(".row")).to_have_attribute("data-plate", plate)
    page.fill("#filter", "no such plate")
    expect(page.locator(".row")).to_have_count(0)
    page.get_by_role("button", name="Clear the filters").click()
    expect(page.get_by_test_id("shown")).to_have_text(str(total))


def test_the_language_switches_and_is_remembered(page: Page, product: Running) -> None:
    open_console(page, product, "")
    expect(page.locator("h1")).to_have_text("Vehicles")
    prefer(page, "lang", "zh")
    expect(page.locator("h1")).to_have_text("车辆")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.reload()
    expect(page.locator("h1")).to_have_text("车辆")


def test_a_card_opens_with_the_track_of_its_vehicle(page: Page, product: Running) -> None:
    open_console(page, product)
    plate = moving_plate(page)
    page.locator(f'.row[data-plate="{plate}"]').click()
    card = page.get_by_test_id("card")
    expect(card.get_by_role("heading", level=2)).to_contain_text(plate)
    expect(card.get_by_test_id("track")).to_contain_text(re.compile(r"\d k?m · "))
    expect(card.get_by_test_id("age")).to_contain_text("ago")
    expect(page).to_have_url(re.compile("vehicle="))
    with page.expect_download() as download:
        card.get_by_role("button", name="CSV").click()
    assert download.value.suggested_filename.endswith(".csv")
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)


def test_an_address_opens_the_vehicle_it_names(page: Page, product: Running) -> None:
    open_console(page, product)
    plate = moving_plate(page)
    open_console(page, product, f"?lang=en&vehicle={plate}")
    expect(page.get_by_test_id("card").get_by_role("heading", level=2)).to_contain_text(plate)


def test_the_keyboard_reaches_every_vehicle(page: Page, product: Running) -> None:
    open_console(page, product)
    page.keyboard.press("j")
    first = page.locator(".row[aria-selected=true]").get_attribute("data-plate")
    page.keyboard.press("j")
    expect(page.locator(".row[aria-selected=true]")).not_to_have_attribute(
        "data-plate", first or ""
    )
    page.keyboard.press("Control+k")
    page.keyboard.type(first or "")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("card").get_by_role("heading", level=2)).to_contain_text(first or "")


def test_the_socket_resumes_from_its_cursor_after_the_api_was_restarted(
    page: Page, product: Running
) -> None:
    connections: list[tuple[list[str], list[str]]] = []  # what each socket sent and heard

    def listen(socket: WebSocket) -> None:
        sent: list[str] = []
        received: list[str] = []
        connections.append((sent, received))
        socket.on("framesent", lambda frame: sent.append(str(frame)))
        socket.on("framereceived", lambda frame: received.append(str(frame)))

    page.on("websocket", listen)
    open_console(page, product)
    size = page.evaluate("window.__milepost.size()")
    plate = moving_plate(page)
    product.restart_api()
    wait_until_live(page)
    before = drawn(page, plate)
    wait_until_moved(page, plate, before)
    wait_until_live(page)
    page.wait_for_function("size => window.__milepost.size() === size", arg=size, polling=200)
    assert len(connections) >= 2
    sent, received = connections[-1]
    asked = next(json.loads(each) for each in sent if '"subscribe"' in each)
    assert re.fullmatch(r"[^:]+:\d+", asked["cursor"])
    # Slots are of one process: the fleet is told anew, nodes and alerts go on from the cursor.
    answer = next(json.loads(each) for each in received if '"type":"snapshot"' in each)
    assert answer["cursor"] == asked["cursor"], "what happened meanwhile was passed over"


def test_the_page_asks_nobody_but_this_machine(
    page: Page, product: Running, requests_elsewhere: list[str]
) -> None:
    open_console(page, product)
    page.locator(".row").first.click()
    prefer(page, "lang", "zh")
    prefer(page, "theme", "light")
    page.locator(".nav-menu summary").first.click()  # devices stand behind "More"
    page.locator('a[href="#/devices"]').click()
    page.wait_for_selector("[data-testid=devices] .panel")
    assert requests_elsewhere == []


def test_an_online_map_that_does_not_answer_is_replaced_by_the_built_in_one(
    page: Page, product: Running, requests_elsewhere: list[str]
) -> None:
    def with_online_style(route: Route) -> None:
        answer = route.fetch()
        style = {"kind": "style", "url": "https://maps.invalid/style.json"}
        route.fulfill(response=answer, json={**answer.json(), "basemap": style})

    page.route("**/api/v1/console", with_online_style)
    with page.expect_response("**/basemap.pmtiles"):
        open_console(page, product)
    expect(page.get_by_test_id("banner")).to_contain_text("built-in map")
    assert set(requests_elsewhere) <= {"https://maps.invalid/style.json"}


def test_without_webgl_the_list_and_the_cards_work(page: Page, product: Running) -> None:
    page.add_init_script(
        """const real = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
            return kind.startsWith('webgl') ? null : real.call(this, kind, ...rest);
        };"""
    )
    open_console(page, product)
    expect(page.get_by_text("WebGL 2 is missing")).to_be_visible()
    page.locator(".row").first.click()
    expect(page.get_by_test_id("card")).to_be_visible()


def test_devices_are_listed_with_their_link(page: Page, product: Running) -> None:
    page.goto(f"{product.url}/?lang=en#/devices")
    rows = page.locator("[data-testid=devices] table").first.locator("tbody tr")
    expect(rows.first).to_be_visible()
    expect(rows.first).to_contain_text(re.compile("Online|Offline|unknown"))
