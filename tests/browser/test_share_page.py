"""The page behind a link: on a telephone, in two languages, and gone when it is revoked."""

from __future__ import annotations

import re
from typing import Protocol

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_desk import get, number, open_console

__all__ = ["number"]

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

PHONE = {"width": 390, "height": 844}
MOST_SCRIPT = 40 * 1024  #: bytes before the map


class Running(Protocol):
    """What these tests know of the product."""

    @property
    def url(self) -> str: ...


@pytest.fixture
def link(page: Page, product: Running, number: str) -> str:
    """Made as people make it; shown once."""
    open_console(page, product, f"#/waybills/{number}")
    page.get_by_test_id("waybill").get_by_role("button", name="Share…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("For whom").fill("Ms Chen")
    dialog.get_by_role("button", name="Make a link").click()
    address = dialog.get_by_test_id("share-url").inner_text()
    expect(dialog.get_by_test_id("share").first).to_contain_text("Ms Chen")
    return address


def on_a_phone(browser: Browser, language: str) -> Page:
    window = browser.new_context(
        viewport=PHONE,  # type: ignore[arg-type] # a dict is documented
        locale=language,
        is_mobile=True,
        has_touch=True,
        reduced_motion="reduce",
    )
    return window.new_page()


def test_a_link_shows_one_waybill_on_a_phone_in_the_readers_language(
    browser: Browser, link: str, number: str
) -> None:
    phone = on_a_phone(browser, "zh-CN")
    scripts: list[int] = []
    phone.on(
        "response",
        lambda answer: scripts.append(len(answer.body())) if answer.url.endswith(".js") else None,
    )
    phone.goto(link)
    expect(phone.get_by_test_id("shared")).to_contain_text(number)
    expect(phone.locator("html")).to_have_attribute("lang", "zh-CN")
    phone.get_by_role("button", name="English").click()
    expect(phone.locator("html")).to_have_attribute("lang", "en")
    expect(phone.get_by_test_id("shared")).to_contain_text("On its way")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert sum(scripts[:2]) <= MOST_SCRIPT
    assert phone.context.cookies() == []
    phone.context.close()


def test_a_revoked_link_shows_nothing_like_one_that_never_was(
    browser: Browser, page: Page, product: Running, link: str, number: str
) -> None:
    phone = on_a_phone(browser, "en-GB")
    phone.goto(link)
    expect(phone.get_by_test_id("shared")).to_contain_text(number)
    page.get_by_role("dialog").get_by_role("button", name="Revoke").first.click()
    expect(page.get_by_test_id("share").first).to_contain_text("revoked")
    ended = phone.get_by_test_id("share-ended")
    expect(ended).to_contain_text("This link shows nothing", timeout=5_000)
    words = ended.inner_text()
    phone.goto(re.sub("/s/.*", "/s/" + "x" * 43, link))
    expect(ended).to_have_text(re.compile(".+"))
    assert ended.inner_text() == words
    assert number not in phone.content()
    phone.context.close()
    assert get(page, product, f"/waybills/{number}")["number"] == number


def test_a_place_is_shown_with_its_age_and_the_map_is_fetched_only_then(
    browser: Browser, link: str
) -> None:
    phone = on_a_phone(browser, "en-GB")
    site = {"name_zh": "上海站", "name_en": "Shanghai hub", "zone": "Asia/Shanghai"}
    told: dict[str, object] = {
        "number": "HX1", "state": "in_transit", "state_zh": "运输中", "state_en": "In transit",
        "place": {"text_zh": "昆山附近", "text_en": "near Kunshan"},
        "position": {"lon": 121.0, "lat": 31.4, "time": "2026-11-22T02:00:00Z", "exact": False},
        "eta": None, "promised_at": None, "is_late": False, "cause_zh": None, "cause_en": None,
        "zone": "Asia/Shanghai", "age_s": 9000.0, "reply": "stale", "expires_at": None,
        "milestones": [], "plate_tail": "345", "origin": site, "destination": site,
        "as_of": "2026-11-22T02:00:00Z", "stale": True, "reply_zh": "。", "reply_en": ".",
    }  # fmt: skip
    phone.route(re.compile("/api/v1/shared/(?!live)"), lambda route: route.fulfill(json=told))
    phone.route_web_socket(re.compile("/shared/live"), lambda _socket: None)  # and says nothing
    phone.goto(link)
    expect(phone.get_by_test_id("share-age")).to_contain_text("It may be elsewhere by now")
    expect(phone.get_by_test_id("shared")).to_contain_text("The place is rounded")
    expect(phone.get_by_test_id("shared")).not_to_contain_text(re.compile(r"\bnow\b(?<!by now)"))
    expect(phone.get_by_test_id("share-map").locator("canvas")).to_be_visible()
    phone.context.close()
