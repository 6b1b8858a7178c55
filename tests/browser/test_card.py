"""The card of a vehicle: words to its driver and its customer; new emergencies, wherever one is."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.alarming import Running, on_laptop, plate_of, press_button

pytestmark = [pytest.mark.browser, pytest.mark.e2e]


def open_card(page: Page, product: Running, plate: str, lang: str = "en") -> Locator:
    """The card with all its parts, on a laptop's screen."""
    on_laptop(page)
    page.goto(f"{product.url}/?lang={lang}&theme=light&vehicle={quote(plate)}#/")
    page.wait_for_selector("body[data-ready=true]")
    card = page.get_by_test_id("card")
    expect(card.get_by_test_id("card-messages")).to_be_attached()
    return card


def test_a_message_to_the_driver_is_sent_and_its_way_is_told(page: Page, product: Running) -> None:
    card = open_card(page, product, plate_of(page, product, 2))
    card.get_by_role("button", name="Message", exact=True).click()
    box = card.get_by_label("Message to the driver", exact=True)
    expect(box).to_be_focused()
    card.get_by_role("button", name="Why the delay?").click()
    box.press("Enter")
    said = card.get_by_test_id("card-messages").get_by_test_id("command").first
    expect(said).to_contain_text("Why the delay?")
    expect(box).to_have_value("")
    expect(said).to_have_attribute("data-state", re.compile("^(sent|confirmed)$"))


def test_how_often_a_terminal_reports_is_asked_for(page: Page, product: Running) -> None:
    card = open_card(page, product, plate_of(page, product, 3))
    part = card.get_by_test_id("card-interval")
    part.get_by_role("button", name="Reporting interval").click()
    part.get_by_role("radio", name="1 min", exact=True).click()
    part.get_by_role("button", name="Set", exact=True).click()
    said = part.get_by_test_id("command").first
    expect(said).to_contain_text("every 1 min")
    expect(said).to_have_attribute("data-state", re.compile("^(sent|confirmed)$"))


def test_the_parts_of_the_card_fold_by_keys_and_stay_folded(page: Page, product: Running) -> None:
    plate = plate_of(page, product, 2)
    card = open_card(page, product, plate)
    head = card.get_by_test_id("card-messages").get_by_role("button", name="Messages to the driver")
    head.focus()
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-expanded", "false")
    card = open_card(page, product, plate)
    expect(card.get_by_label("Message to the driver", exact=True)).to_have_count(0)


def test_a_new_emergency_comes_as_one_toast_and_leads_to_its_alert(
    page: Page, product: Running
) -> None:
    plate = plate_of(page, product, 6)
    open_card(page, product, plate_of(page, product, 2))
    toast = page.get_by_test_id("toast")
    mine = toast.filter(has_text=plate)
    expect(page.get_by_test_id("alarms-card")).to_be_visible()
    expect(mine).to_have_count(0)
    press_button(product, plate)
    expect(mine).to_have_count(1)
    expect(page.get_by_test_id("toasts")).to_have_attribute("aria-live", "polite")
    expect(page).to_have_title(re.compile(r"^\(\d+\) "))
    expect(page.get_by_test_id("unread")).to_be_visible()
    expect(page.get_by_test_id("alarm").first).to_contain_text(plate)
    replay = mine.get_by_role("link", name="Replay")
    expect(replay).to_have_attribute("href", re.compile(r"^#/replay\?vehicle=.*&at=\d{4}-"))
    mine.get_by_role("link", name="Open").click()
    expect(page.get_by_test_id("alert")).to_contain_text(plate)
    expect(toast).to_have_count(0)
    page.reload()
    expect(page.get_by_test_id("alert")).to_contain_text(plate)
    expect(toast).to_have_count(0)


def test_the_inbox_keeps_its_filters_in_the_address(page: Page, product: Running) -> None:
    page.goto(f"{product.url}/?lang=en#/alerts?severity=1,2&q=nothing-like-it")
    page.wait_for_selector("body[data-ready=true]")
    inbox = page.get_by_test_id("alerts-page")
    expect(inbox.get_by_test_id("severity-2")).to_have_attribute("aria-pressed", "true")
    expect(inbox.get_by_role("searchbox")).to_have_value("nothing-like-it")
    inbox.get_by_test_id("severity-1").click()
    inbox.get_by_role("searchbox").fill("")
    expect(page).to_have_url(re.compile(r"#/alerts\?severity=2$"))
    inbox.get_by_role("tab", name="Closed", exact=True).click()
    expect(page).to_have_url(re.compile(r"#/alerts\?state=closed&severity=2$"))
