"""The map's tools: distances, circles, planned ways, the chosen vehicle's trip, who is at a hub."""

from __future__ import annotations

import re
from math import hypot
from typing import Any, Protocol

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

KILOMETRES = re.compile(r"\d km")
#: The pixel of the largest circle that no panel lies over.
OPEN_CIRCLE = """() => __milepost.clusters()
    .map(([lon, lat]) => __milepost.pixel(lon, lat))
    .find(({x, y}) => document.elementFromPoint(x, y)?.tagName === 'CANVAS')"""


class Running(Protocol):
    """What these tests know of the product."""

    @property
    def url(self) -> str: ...


def open_map(page: Page, product: Running, more: str = "") -> None:
    page.set_viewport_size(
        {"width": 1280, "height": 800}
    )  # the card of alerts leaves the middle free
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{product.url}/?lang=en&theme=dark{more}")
    page.wait_for_selector("body[data-ready=true]")


def under_way(page: Page, product: Running) -> dict[str, Any]:
    """A trip that is driven just now."""
    trips = page.request.get(f"{product.url}/api/v1/trips").json()["trips"]
    driven = {"en_route", "at_stop"}
    return next(trip for trip in trips if trip["vehicle"] and trip["state"] in driven)


def loneliest(page: Page, product: Running) -> dict[str, Any]:
    """The site that vehicles are furthest from: one under the pointer goes before a hub."""
    vehicles = page.request.get(f"{product.url}/api/v1/vehicles").json()
    places = [each["position"] for each in vehicles if each["position"]]

    def room(site: dict[str, Any]) -> float:
        return min(hypot(p["lon"] - site["lon"], p["lat"] - site["lat"]) for p in places)

    sites: list[dict[str, Any]] = page.request.get(f"{product.url}/api/v1/sites").json()
    return max(sites, key=room)


def test_a_distance_is_measured_by_keys_alone(page: Page, product: Running) -> None:
    open_map(page, product)
    page.get_by_test_id("measure").press("Enter")
    panel = page.get_by_test_id("measure-panel")
    expect(panel).to_contain_text("Enter sets one")
    page.keyboard.press("Enter")
    expect(panel).to_contain_text("next point")
    middle = page.evaluate("__milepost.pixel(110, 30)")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("(x) => Math.abs(__milepost.pixel(110, 30).x - x) > 20", arg=middle["x"])
    page.keyboard.press("Enter")
    expect(panel.get_by_role("status")).to_contain_text(KILOMETRES)
    page.keyboard.press("Backspace")
    expect(panel).to_contain_text("next point")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)


def test_a_distance_is_measured_by_clicks_that_choose_nothing(page: Page, product: Running) -> None:
    open_map(page, product)
    page.get_by_test_id("measure").click()
    box = page.locator(".map canvas").bounding_box()
    assert box is not None
    # Beside the card of alerts, which lies over the lower left.
    x, y = box["x"] + box["width"] * 0.75, box["y"] + 150
    page.mouse.click(x, y)
    page.mouse.click(x + 80, y + 40)
    expect(page.get_by_test_id("measure-panel").get_by_role("status")).to_contain_text(KILOMETRES)
    expect(page.get_by_test_id("card")).to_have_count(0)
    page.get_by_role("button", name="End", exact=True).click()
    expect(page.get_by_test_id("measure-panel")).to_have_count(0)


def test_planned_ways_are_shown_when_they_are_asked_for(page: Page, product: Running) -> None:
    open_map(page, product)
    code = under_way(page, product)["code"]
    switch = page.get_by_role("button", name="Planned routes")
    expect(switch).to_have_attribute("aria-pressed", "false")
    with page.expect_response("**/api/v1/trips/lines?bbox=*"):
        switch.click()
    page.wait_for_function("(code) => __milepost.planned().includes(code)", arg=code)
    switch.click()
    page.wait_for_function("() => __milepost.planned().length === 0")


def test_the_trip_of_the_chosen_vehicle_is_on_the_map(page: Page, product: Running) -> None:
    open_map(page, product)
    trip = under_way(page, product)
    page.goto(f"{product.url}/?lang=en&vehicle={trip['vehicle']}")
    page.wait_for_selector("body[data-ready=true]")
    end = trip["destination"]["code"]
    page.wait_for_function("(code) => __milepost.stops().at(-1) === code", arg=end)
    page.keyboard.press("Escape")
    page.wait_for_function("() => __milepost.stops().length === 0")


def test_a_hub_under_the_pointer_says_who_is_inside(page: Page, product: Running) -> None:
    open_map(page, product)
    site = loneliest(page, product)
    page.evaluate("([lon, lat]) => __milepost.goTo(lon, lat, 12)", [site["lon"], site["lat"]])
    page.wait_for_function("() => __milepost.zoom() === 12")
    tip = page.locator(".map-tip")
    at = page.evaluate("([lon, lat]) => __milepost.pixel(lon, lat)", [site["lon"], site["lat"]])
    page.mouse.move(at["x"] + 4, at["y"] - 4)
    page.mouse.move(at["x"] + 5, at["y"] - 5)
    expect(tip).to_contain_text(site["name_en"])
    expect(tip).to_contain_text("inside")


def test_vehicles_are_gathered_and_a_circle_is_entered(page: Page, product: Running) -> None:
    open_map(page, product)
    page.get_by_role("button", name="Cluster").click()
    before = page.evaluate("__milepost.zoom()")
    found = page.wait_for_function(OPEN_CIRCLE).json_value()
    page.mouse.click(found["x"], found["y"])
    page.wait_for_function("(zoom) => __milepost.zoom() > zoom + 0.5", arg=before)
    expect(page.get_by_test_id("card")).to_have_count(0)
