"""Signing in, and what a role sees of the console."""

from __future__ import annotations

from typing import Any, Protocol

import pytest
from playwright.sync_api import Page, Route, expect

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

SERVICE = {
    "name": "li.na", "shown": "李娜", "role": "cs_agent", "sees": {}, "language": "zh",
    "rights": ["look_vehicles", "look_trips", "look_places", "look_waybills", "look_queries",
               "look_exceptions", "answer"],
}  # fmt: skip
IT = {"name": "ops", "shown": "Ops", "role": "it_admin", "sees": {}, "language": "en",
      "rights": ["look_devices", "look_places", "look_audit", "edit_people"]}  # fmt: skip


class Running(Protocol):
    """What these tests know of the product."""

    @property
    def url(self) -> str: ...


def as_person(page: Page, person: dict[str, Any]) -> None:
    """The API says that this person is signed in."""
    page.route("**/api/v1/session", lambda route: route.fulfill(json=person))


def test_a_name_and_a_password_open_the_console(page: Page, product: Running) -> None:
    inside = False

    def door(route: Route) -> None:
        nonlocal inside
        if route.request.method == "POST":
            inside = route.request.post_data_json == {"name": "li.na", "password": "right"}
        refused = {"title": "Unauthorized", "status": 401, "detail": "no"}
        if inside:
            route.fulfill(json=SERVICE)
        else:
            route.fulfill(status=401, content_type="application/problem+json", json=refused)

    page.route("**/api/v1/session", door)
    page.goto(f"{product.url}/?lang=en#/desk")
    dialog = page.get_by_role("dialog", name="Sign in")
    expect(dialog.get_by_label("Name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Name").fill("li.na")
    dialog.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("do not belong together")
    expect(dialog.get_by_label("Password")).to_have_value("")
    dialog.get_by_label("Password").fill("right")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.get_by_test_id("person")).to_have_attribute(
        "title", "Signed in as 李娜, Customer service"
    )


def test_only_the_pages_of_a_role_are_offered(page: Page, product: Running) -> None:
    as_person(page, SERVICE)
    page.goto(f"{product.url}/?lang=en#/desk")
    pages = page.get_by_role("navigation")
    expect(pages.get_by_role("link", name="Desk")).to_be_visible()
    expect(pages.get_by_role("link", name="Alerts")).to_have_count(0)
    expect(pages.get_by_role("link", name="Sites")).to_be_visible()
    expect(pages.get_by_role("link", name="Devices")).to_have_count(0)
    page.goto(f"{product.url}/?lang=en#/devices")
    expect(page.get_by_role("alert")).to_contain_text("Your role (Customer service) does not see")


def test_who_sees_no_vehicle_begins_on_a_page_of_their_own(page: Page, product: Running) -> None:
    as_person(page, IT)
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.goto(f"{product.url}/?lang=en")
    expect(page.get_by_role("navigation").get_by_role("link", name="Map")).to_have_count(0)
    page.wait_for_url("**#/sites")
    assert sockets == []


def test_signing_out_leaves_nothing_behind(page: Page, product: Running) -> None:
    methods: list[str] = []

    def door(route: Route) -> None:
        methods.append(route.request.method)
        if route.request.method == "DELETE":
            route.fulfill(status=204)
        elif "DELETE" in methods:
            route.fulfill(status=401, json={"title": "Unauthorized", "status": 401})
        else:
            route.fulfill(json=SERVICE)

    page.route("**/api/v1/session", door)
    page.goto(f"{product.url}/?lang=en#/waybills")
    page.get_by_test_id("person").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("dialog", name="Sign in")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0
