"""People: who may sign in, keys that are shown once, what each role may, and the audit."""

from __future__ import annotations

import re
from typing import Any, Protocol

import pytest
from playwright.sync_api import Locator, Page, Route, expect

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

QA: dict[str, Any] = {
    "name": "qi", "shown": "Qi", "role": "qa", "sees": {}, "language": "en", "parties": None,
    "customers": None, "sites": [], "rights": ["look_audit", "look_trips"],
}  # fmt: skip


class Running(Protocol):
    """What these tests know of the product."""

    @property
    def url(self) -> str: ...


def said_of(route: Route) -> dict[str, Any]:
    """The body of a request."""
    body = route.request.post_data_json
    assert isinstance(body, dict)
    return body


class Persons:
    """Answers for the API about people: whom the real one lets in closes it for other tests."""

    def __init__(self, page: Page) -> None:
        self.known: dict[str, dict[str, Any]] = {}
        self.said: list[dict[str, Any]] = []
        page.route("**/api/v1/people", self.all)
        page.route("**/api/v1/people/*", self.one)

    def all(self, route: Route) -> None:
        if route.request.method == "GET":
            route.fulfill(json={"people": list(self.known.values())})
            return
        body = said_of(route)
        self.said.append(body)
        added: dict[str, Any] = {
            "parties": None, "customers": None, "sites": [], "disabled_at": None,
            "created_by": "operator", "created_at": "2026-11-22T08:00:00Z",
            "seen_at": None, "has_password": "password" in body,
        }  # fmt: skip
        self.known[body["name"]] = added | {k: v for k, v in body.items() if k != "password"}
        route.fulfill(status=201, json=self.known[body["name"]])

    def one(self, route: Route) -> None:
        body, name = said_of(route), route.request.url.rpartition("/")[2]
        self.said.append(body)
        at = "2026-11-22T09:00:00Z" if body.pop("disabled") else None
        self.known[name] |= body | {"disabled_at": at}
        route.fulfill(json=self.known[name])


def part(page: Page, product: Running, name: str) -> Locator:
    """A part of the page about people."""
    page.goto(f"{product.url}/?lang=en#/people/{name}")
    return page.get_by_test_id("people-page")


def test_a_person_is_let_in_confined_and_shut_out(page: Page, product: Running) -> None:
    persons = Persons(page)
    here = part(page, product, "people")
    expect(here).to_contain_text("The first user must be an owner")
    here.get_by_role("button", name="New user").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name to sign in with").fill("wang.wei")
    dialog.get_by_label("Password").fill("correct horse")
    dialog.get_by_label("As others read it").fill("王伟")
    dialog.get_by_label("Role").select_option("warehouse")
    site = dialog.locator("select[aria-label=Sites] option").nth(1).get_attribute("value")
    dialog.locator("select[aria-label=Sites]").select_option(site)
    dialog.get_by_role("button", name="Save").click()
    row = here.locator("[data-person='wang.wei']")
    expect(row).to_contain_text("Warehouse")
    expect(row).to_contain_text("Sites: ")
    [first] = persons.said
    assert (first["sites"], first["parties"], first["customers"]) == ([site], None, None)
    row.get_by_role("button", name="王伟").click()
    dialog.get_by_label("Cannot sign in any more").check()
    dialog.get_by_label("Why").fill("left")
    dialog.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("shut out")
    assert (persons.said[-1]["why"], persons.said[-1]["sites"]) == ("left", [site])


def test_a_customers_user_without_a_company_sees_nobodys_waybills(
    page: Page, product: Running
) -> None:
    persons = Persons(page)
    part(page, product, "people").get_by_role("button", name="New user").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name to sign in with").fill("zhang")
    dialog.get_by_label("As others read it").fill("Zhang")
    dialog.get_by_label("Role").select_option("customer")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    assert persons.said[0]["customers"] == []


def test_a_key_is_shown_once_and_revoked(page: Page, product: Running) -> None:
    here = part(page, product, "keys")
    here.get_by_role("button", name="New key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What it is for").fill("WMS import")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_test_id("secret")).to_have_text(re.compile("^mp_"))
    page.get_by_role("button", name="Done").click()
    row = here.locator("[data-key='WMS import']").first
    expect(row).to_contain_text("never used")
    expect(page.locator("body")).not_to_contain_text("mp_")
    row.get_by_role("button", name="Revoke").click()
    dialog.get_by_role("button", name="Revoke").click()
    expect(row).to_contain_text("revoked")
    page.goto(f"{product.url}/?lang=en#/people/audit")
    here.get_by_label("Kind", exact=True).select_option("key")
    last = here.get_by_role("row").nth(1)
    expect(last).to_contain_text("removed")
    expect(last).to_contain_text("API key")


def test_the_table_of_rights_says_what_the_api_enforces(page: Page, product: Running) -> None:
    here = part(page, product, "rights")
    told = page.request.get(f"{product.url}/api/v1/rights").json()
    rows = here.get_by_test_id("may").get_by_role("row")
    expect(rows).to_have_count(len(told["may"]["owner"]) + 1)
    ticks = here.get_by_test_id("may").locator(".yes")
    expect(ticks).to_have_count(sum(len(acts) for acts in told["may"].values()))
    sees = here.get_by_test_id("sees").get_by_role("row", name="Warehouse")
    expect(sees).to_contain_text("inbound, 50 km")


def test_who_only_audits_sees_no_users(page: Page, product: Running) -> None:
    page.route("**/api/v1/session", lambda route: route.fulfill(json=QA))
    here = part(page, product, "people")
    expect(here.get_by_role("link", name="Audit")).to_be_visible()
    expect(here.get_by_role("link", name="Users")).to_have_count(0)
    expect(here.get_by_test_id("sees")).to_be_visible()
