"""Rules: a system is told by a rule, its secret is seen once, limits are set and set back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import Any, Protocol

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

SERIALS = count(1)
LOOKS: dict[str, Any] = {
    "name": "li.na", "shown": "李娜", "role": "cs_agent", "sees": {}, "language": "en",
    "rights": ["look_queries", "look_notices"], "parties": None, "customers": None, "sites": [],
}  # fmt: skip


class Running(Protocol):
    """What these tests know of the product."""

    @property
    def url(self) -> str: ...


@pytest.fixture
def channel(page: Page, product: Running) -> Iterator[str]:
    """A webhook that is switched off: nothing of a test leaves the machine."""
    code = f"hook-{next(SERIALS)}"
    said = {"code": code, "kind": "webhook", "name": f"Hook {code}", "enabled": False,
            "address": "https://erp.example.com/hooks/secret"}  # fmt: skip
    answer = page.request.post(f"{product.url}/api/v1/channels", data=said)
    assert answer.status == 201, answer.text()
    yield code
    page.request.delete(f"{product.url}/api/v1/channels/{code}")


def part(page: Page, product: Running, name: str) -> Locator:
    """A part of the page about rules."""
    page.goto(f"{product.url}/?lang=en#/rules/{name}")
    return page.get_by_test_id("rules-page")


def test_a_webhooks_secret_is_seen_once_and_its_address_never_again(
    page: Page, product: Running
) -> None:
    here = part(page, product, "channels")
    here.get_by_role("button", name="New channel").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("For whom").select_option("webhook")
    dialog.get_by_label("Name").fill("ERP of a customer")
    dialog.get_by_label("Code").fill("erp-once")
    dialog.get_by_label("Address").fill("https://erp.example.com/hooks/password")
    dialog.get_by_label("Switched on").uncheck()
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_test_id("secret")).to_have_text(re.compile("^whsec_"))
    page.get_by_role("button", name="Done").click()
    row = here.locator("[data-channel=erp-once]")
    expect(row).to_contain_text("https://erp.example.com/…")
    expect(row.get_by_role("button", name="Test")).to_be_disabled()
    expect(page.locator("body")).not_to_contain_text("whsec_")
    expect(page.locator("body")).not_to_contain_text("hooks/password")
    row.get_by_role("button", name="ERP of a customer").click()
    for _ in range(2):  # the link, and what it asks
        dialog.get_by_role("button", name="Remove", exact=True).last.click()
    expect(row).to_have_count(0)


def test_a_rule_is_made_changed_and_removed(page: Page, product: Running, channel: str) -> None:
    here = part(page, product, "rules")
    here.get_by_role("button", name="New rule").click()
    dialog = page.get_by_role("dialog")
    save = dialog.get_by_role("button", name="Save")
    dialog.get_by_label("Name").fill("Tell the ERP")
    dialog.get_by_label("Code").fill(f"rule-{channel}")
    expect(save).to_be_disabled()  # about nothing yet
    dialog.get_by_label("Everything of waybills").check()
    expect(dialog.get_by_label("Delivered")).to_have_count(0)
    dialog.get_by_role("combobox", name="By", exact=True).select_option(channel)
    expect(dialog.get_by_label("Tells")).to_have_value("system")
    dialog.get_by_text("Lane, hours, gathering").click()
    dialog.get_by_role("button", name="Add hours").click()
    dialog.get_by_role("checkbox", name="Fri").click()
    dialog.get_by_label("To", exact=True).fill("06:00")
    save.click()
    row = here.locator(f"[data-rule=rule-{channel}]")
    expect(row).to_contain_text("Everything of waybills")
    expect(row).to_contain_text("Mon-Thu 08:00-06:00 +1")
    row.get_by_role("button", name="Tell the ERP").click()
    dialog.get_by_label("Switched on").uncheck()
    save.click()
    expect(row).to_contain_text("off")
    row.get_by_role("button", name="Tell the ERP").click()
    for _ in range(2):  # the link, and what it asks
        dialog.get_by_role("button", name="Remove", exact=True).last.click()
    expect(row).to_have_count(0)


def test_what_the_server_says_against_a_rule_is_read_in_its_form(
    page: Page, product: Running, channel: str
) -> None:
    page.route(
        "**/api/v1/notice-rules",
        lambda route: (
            route.fulfill(status=409, json={"status": 409, "detail": "rule 'a' exists already"})
            if route.request.method == "POST"
            else route.continue_()
        ),
    )
    here = part(page, product, "rules")
    here.get_by_role("button", name="New rule").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("A")
    dialog.get_by_label("Code").fill("a")
    dialog.get_by_role("combobox", name="By", exact=True).select_option(channel)
    dialog.get_by_label("Delivered", exact=True).check()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("rule 'a' exists already")
    expect(dialog.get_by_label("Name")).to_have_value("A")


def test_a_limit_is_set_in_its_own_unit_and_set_back(page: Page, product: Running) -> None:
    here = part(page, product, "detectors")
    row = here.locator("[data-detector=overspeed]")
    expect(row).to_contain_text("Speed limit 80 km/h")
    row.get_by_role("button").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Speed limit").fill("90")
    dialog.get_by_role("button", name="Save").click()
    expect(row.locator(".changed")).to_have_text("Speed limit 90 km/h")
    told = page.request.get(f"{product.url}/api/v1/detectors").json()["detectors"]
    [limits] = [each["limits"] for each in told if each["kind"] == "overspeed"]
    assert {each["name"]: each["value"] for each in limits}["limit"] == pytest.approx(25.0)
    row.get_by_role("button").click()
    dialog.get_by_role("button", name="As it came").click()
    dialog.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("Speed limit 80 km/h")
    expect(row.locator(".changed")).to_have_count(0)


def test_a_delivery_shows_its_attempts(page: Page, product: Running) -> None:
    notice = {
        "id": "0193f1c2-6f4e-7c3b-9d51-8f2f3a5b7c11", "topic": "waybill.delivered",
        "subject_kind": "waybill", "subject": "HX1", "severity": 4, "rule": "erp",
        "channel": "erp", "recipient": "system", "address": "", "title_zh": "已签收",
        "title_en": "Delivered", "text_zh": "", "text_en": "HX1 was delivered.",
        "state": "failed", "happened_at": "2026-11-22T08:00:00Z",
        "created_at": "2026-11-22T08:00:00Z", "due_at": None, "sent_at": None, "tries": 2,
        "corrects": None,
    }  # fmt: skip
    attempts = [{"at": f"2026-11-22T08:0{i}:00Z", "ok": False, "status": 503, "detail": "busy",
                 "seconds": 0.4, "unknown": i == 1} for i in range(2)]  # fmt: skip
    full = notice | {"attempts": attempts}
    page.route("**/api/v1/notices", lambda route: route.fulfill(
        json={"notices": [notice], "counts": {"failed": 1}, "more": False}))  # fmt: skip
    page.route(f"**/api/v1/notices/{notice['id']}", lambda route: route.fulfill(json=full))
    here = part(page, product, "log")
    here.get_by_role("button", name="Delivered").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_test_id("attempts").get_by_role("listitem")).to_have_count(2)
    expect(dialog).to_contain_text("it may have been taken all the same")
    expect(dialog.get_by_role("button", name="Send again")).to_be_visible()


def test_who_may_only_look_is_offered_no_change(page: Page, product: Running) -> None:
    page.route("**/api/v1/session", lambda route: route.fulfill(json=LOOKS))
    here = part(page, product, "detectors")
    expect(here.locator("[data-detector=overspeed]")).to_contain_text("Speed limit")
    expect(here.locator("[data-detector]").get_by_role("button")).to_have_count(0)
    page.goto(f"{product.url}/?lang=en#/rules/channels")
    expect(here.get_by_role("button", name="New channel")).to_have_count(0)
