"""The inbox of alerts: alarms that devices sent, found by the worker, acted on by people."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.alarming import Running, on_laptop, plate_of, press_button
from tests.browser.preferences import prefer

pytestmark = [pytest.mark.browser, pytest.mark.e2e]


def get(page: Page, product: Running, path: str) -> Any:  # noqa: ANN401 (JSON)
    return page.request.get(f"{product.url}/api/v1{path}").json()


@pytest.fixture
def inbox(page: Page, product: Running) -> Locator:
    on_laptop(page)
    page.goto(f"{product.url}/?lang=en&theme=light#/alerts")
    page.wait_for_selector("body[data-ready=true]")
    expect(page.get_by_test_id("alerts-page")).to_be_visible()
    return page.get_by_test_id("alerts-page")


def alarm(page: Page, product: Running, inbox: Locator, place: int) -> Locator:
    """The row of a new emergency: the socket brings it, nobody asks for it."""
    plate = plate_of(page, product, place)
    press_button(product, plate)
    row = inbox.locator("[data-alert=sos]", has_text=plate)
    expect(row).to_be_visible()
    return row


def life(page: Page) -> Locator:
    return page.get_by_test_id("alert-life").get_by_role("listitem")


def test_an_emergency_appears_by_itself_above_what_is_less_grave(
    page: Page, product: Running, inbox: Locator
) -> None:
    row = alarm(page, product, inbox, 0)
    marks = inbox.locator(".alert-row .severity").all_inner_texts()
    assert marks == sorted(marks)
    row.click()
    detail = page.get_by_test_id("alert")
    expect(detail.locator(".playbook li")).not_to_have_count(0)
    expect(life(page)).to_have_count(1)
    expect(life(page)).to_contain_text("opened")
    page.reload()
    expect(inbox.locator("[data-alert=sos]").first).to_be_visible()


def test_an_alert_is_acknowledged_assigned_and_snoozed_by_keys(
    page: Page, product: Running, inbox: Locator
) -> None:
    row = alarm(page, product, inbox, 1)
    row.click()
    expect(life(page)).to_have_count(1)
    page.keyboard.press("a")
    expect(row).to_contain_text("acknowledged")
    expect(life(page).last).to_contain_text("acknowledged")
    page.keyboard.press("o")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("wu.min")
    dialog.get_by_role("button", name="Assign").click()
    expect(dialog).to_have_count(0)
    expect(row).to_contain_text("with wu.min")
    page.keyboard.press("s")
    dialog.get_by_role("radio", name="1 hour").click()
    dialog.get_by_role("button", name="Snooze").click()
    expect(dialog).to_have_count(0)
    expect(row).to_contain_text("quiet until")
    expect(inbox.locator(".alert-row").last).to_contain_text("quiet until")
    expect(life(page)).to_have_count(4)


def test_two_are_chosen_and_closed_together_with_a_reason(
    page: Page, product: Running, inbox: Locator
) -> None:
    rows = [alarm(page, product, inbox, place) for place in (2, 3)]
    plates = [plate_of(page, product, place) for place in (2, 3)]
    rows[0].click()
    page.keyboard.press("x")
    here = page.locator("[data-alert=sos]")
    emergency = inbox.get_by_role("listitem").filter(has=here, has_text=plates[1])
    emergency.get_by_role("checkbox").check()
    expect(inbox.get_by_text("2 chosen")).to_be_visible()
    page.keyboard.press("e")
    dialog = page.get_by_role("dialog")
    go = dialog.get_by_role("button", name="Close…")
    expect(go).to_be_disabled()
    dialog.get_by_label("Reason").fill("a drill")
    go.click()
    expect(dialog).to_have_count(0)
    for row in rows:
        expect(row).to_have_count(0)
    inbox.get_by_role("tab", name="Closed", exact=True).click()
    inbox.locator("[data-alert=sos]", has_text=plates[0]).click()
    expect(page.get_by_test_id("alert")).to_contain_text("a drill")
    expect(inbox.get_by_role("button", name="Acknowledge")).to_be_disabled()


def test_a_severity_and_a_word_narrow_the_list(
    page: Page, product: Running, inbox: Locator
) -> None:
    row = alarm(page, product, inbox, 4)
    inbox.get_by_test_id("severity-4").click()
    expect(row).to_have_count(0)
    inbox.get_by_test_id("severity-1").click()
    expect(row).to_be_visible()
    assert set(inbox.locator(".alert-row .severity").all_inner_texts()) <= {"1", "4"}
    page.keyboard.press("/")
    page.keyboard.type(plate_of(page, product, 4).lower())
    expect(inbox.locator(".alert-row")).to_have_count(1)
    page.keyboard.type("zzz")
    expect(inbox.get_by_text("All quiet")).to_be_visible()


def test_the_inbox_is_told_in_chinese_too_and_fits_a_small_screen(
    page: Page, product: Running, inbox: Locator
) -> None:
    row = alarm(page, product, inbox, 5)
    row.click()
    detail = page.get_by_test_id("alert")
    expect(detail.locator(".playbook li")).not_to_have_count(0)
    prefer(page, "lang", "zh")
    expect(inbox.get_by_role("heading", level=1)).to_have_text("告警")
    expect(detail.locator(".alert-text")).to_have_text(re.compile("[\u4e00-\u9fff]{4}"))
    expect(detail.locator(".playbook")).to_have_text(re.compile("[\u4e00-\u9fff]{4}"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
