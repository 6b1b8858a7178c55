"""The customer service desk: from a number to the copied reply, the queue, a waybill's page."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import count
from typing import Any, Protocol

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

SERIALS = count(1)
MOST_KEYS = 5  #: from the empty box to the copied reply, beside the number itself
SMALL = {"width": 1366, "height": 768}  #: of the laptops at a service desk


class Running(Protocol):
    """What these tests know of the product."""

    @property
    def url(self) -> str: ...


def get(page: Page, product: Running, path: str) -> Any:  # noqa: ANN401 (JSON)
    return page.request.get(f"{product.url}/api/v1{path}").json()


@pytest.fixture
def number(page: Page, product: Running) -> str:
    """Of a waybill that is not over: one that is there, or else a new one."""
    found = get(page, product, "/waybills?open=true&limit=1")["waybills"]
    if found:
        return str(found[0]["number"])
    origin, end = (each["code"] for each in get(page, product, "/sites")[:2])
    customer = get(page, product, "/parties")[0]["code"]
    made = f"TST{datetime.now(UTC):%Y%m%d}{next(SERIALS):06d}"
    said = {"number": made, "customer": customer, "origin": origin, "destination": end}
    answer = page.request.post(f"{product.url}/api/v1/waybills", data=said)
    assert answer.status == 201, answer.text()
    return made


def open_console(page: Page, product: Running, place: str) -> None:
    page.set_viewport_size(SMALL)  # type: ignore[arg-type] # a dict is documented
    page.goto(f"{product.url}/?lang=en&theme=light{place}")
    # The map behind the desk begins with a stall where graphics are drawn in software.
    page.wait_for_selector("body[data-ready=true]")


def copied(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


@pytest.fixture
def desk(page: Page, product: Running) -> Locator:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=product.url)
    open_console(page, product, "#/desk")
    expect(page.locator("#desk-box")).to_be_focused()
    return page.get_by_test_id("desk-detail")


def test_from_an_empty_box_to_the_copied_reply_takes_three_keys(
    page: Page, desk: Locator, number: str
) -> None:
    page.evaluate("text => navigator.clipboard.writeText(text)", number)
    keys = ["Control+v", "Enter", "c"]
    for key in keys:
        page.keyboard.press(key)
    expect(desk.get_by_test_id("copied")).to_have_text("Copied")
    assert len(keys) <= MOST_KEYS
    reply = desk.get_by_test_id("reply-text").inner_text()
    assert copied(page) == reply
    assert number in desk.get_by_test_id("answer").inner_text()


def test_the_other_language_and_the_text_message_are_a_key_away(
    page: Page, desk: Locator, number: str
) -> None:
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    expect(desk.get_by_test_id("answer")).to_be_visible()
    page.keyboard.press("l")
    page.keyboard.press("c")
    expect(desk.get_by_test_id("copied")).to_have_text("Copied")
    assert re.search("[\u4e00-\u9fff]", copied(page))
    page.keyboard.press("s")
    expect(desk.get_by_test_id("copied")).to_have_text("Copied")
    page.wait_for_function("navigator.clipboard.readText().then(text => text.length <= 70)")
    page.keyboard.press("/")
    expect(page.locator("#desk-box")).to_be_focused()


def test_queue_map_and_answer_are_on_one_small_screen(
    page: Page, desk: Locator, number: str
) -> None:
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    expect(desk.get_by_test_id("reply")).to_be_in_viewport(ratio=1)
    expect(page.get_by_test_id("desk-queue")).to_be_in_viewport(ratio=1)
    expect(page.locator(".map-pane .map")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_wrong_number_is_answered_too_and_never_with_a_shrug(page: Page, desk: Locator) -> None:
    page.keyboard.type("ZZZ20200101999999")
    page.keyboard.press("Enter")
    expect(desk).to_contain_text("Nothing is found for")
    expect(desk.get_by_test_id("reply-text")).not_to_be_empty()


def test_a_call_is_logged_and_waits_in_the_queue(page: Page, desk: Locator, number: str) -> None:
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    expect(desk.get_by_test_id("answer")).to_be_visible()
    page.keyboard.press("n")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Number asked for")).to_have_value(number)
    dialog.get_by_label("Question", exact=True).fill("will it come before noon?")
    dialog.get_by_label("Urgent").check()
    dialog.get_by_role("button", name="Log it").click()
    expect(dialog).to_have_count(0)
    queue = page.get_by_test_id("desk-queue")
    row = queue.locator(".queue-row", has_text="will it come before noon?").first
    expect(row).to_contain_text("Urgent")
    expect(desk.get_by_test_id("query")).to_contain_text("will it come before noon?")
    desk.get_by_role("button", name="Reply…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Reply", exact=True)).not_to_be_empty()
    dialog.get_by_role("button", name="Keep it as replied").click()
    expect(dialog).to_have_count(0)
    expect(desk.get_by_test_id("query")).to_contain_text("replied")


def test_the_search_of_every_page_leads_to_the_answer(
    page: Page, product: Running, number: str
) -> None:
    open_console(page, product, "#/waybills")
    page.keyboard.press("Control+k")
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("answer")).to_contain_text(number)
    expect(page).to_have_url(re.compile(f"#/desk/{number}$"))


def test_a_waybill_has_a_page_with_its_record(page: Page, product: Running, number: str) -> None:
    open_console(page, product, "#/waybills")
    row = page.locator(f"[data-waybill='{number}']")
    row.get_by_role("link", name=number).click()
    waybill = page.get_by_test_id("waybill")
    expect(waybill.get_by_role("heading", level=1)).to_have_text(number)
    expect(waybill.get_by_test_id("leg").first).to_be_visible()
    expect(waybill.get_by_test_id("timeline").get_by_role("row")).not_to_have_count(0)
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("#/waybills$"))


def test_a_scan_and_a_signature_are_entered_and_stay_with_the_name(
    page: Page, product: Running, number: str
) -> None:
    open_console(page, product, f"#/waybills/{number}")
    waybill = page.get_by_test_id("waybill")
    waybill.get_by_role("button", name="Scan…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What").select_option("received")
    dialog.get_by_label("Place in the warehouse").fill("A-17")
    dialog.get_by_role("button", name="Enter").click()
    expect(dialog).to_have_count(0)
    scan = waybill.get_by_test_id("scan").last
    expect(scan).to_contain_text("Into a warehouse")
    expect(scan).to_contain_text("A-17")
    scan.get_by_role("button", name="Withdraw…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("other parcel")
    dialog.get_by_role("button", name="Withdraw", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(scan).to_contain_text("other parcel")
    waybill.get_by_role("button", name="Delivery…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Signed by").fill("王芳")
    picture = {"name": "receipt.png", "mimeType": "image/png", "buffer": PNG}
    dialog.locator("input[type=file]").set_input_files(picture)  # type: ignore[arg-type] # a dict is documented
    dialog.get_by_role("button", name="Enter").click()
    expect(dialog).to_have_count(0)
    proofs = waybill.get_by_test_id("proofs")
    expect(proofs).to_contain_text("Signed by")
    expect(proofs.get_by_role("button", name=re.compile("receipt.png"))).to_be_visible()


#: one pixel
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
