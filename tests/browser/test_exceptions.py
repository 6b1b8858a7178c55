"""The ledger of exceptions: from the report over its steps to the closing, and the week."""

from __future__ import annotations

import re
from typing import Any, Protocol

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.preferences import prefer

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

SMALL = {"width": 1366, "height": 768}  #: of the laptops at a control room


class Running(Protocol):
    """What these tests know of the product."""

    @property
    def url(self) -> str: ...


def post(page: Page, product: Running, path: str, said: dict[str, Any]) -> dict[str, Any]:
    answer = page.request.post(f"{product.url}/api/v1{path}", data=said)
    assert answer.ok, answer.text()
    told: dict[str, Any] = answer.json()
    return told


def report(page: Page, product: Running, kind: str, *steps: str) -> str:
    """Number of a new report that has come as far as ``steps``."""
    said = {"kind": kind, "description": f"{kind}, found at the gate"}
    number = str(post(page, product, "/exceptions", said)["number"])
    for act in steps:
        post(page, product, f"/exceptions/{number}/{act}", {})
    return number


def open_report(page: Page, product: Running, number: str) -> Locator:
    page.set_viewport_size(SMALL)  # type: ignore[arg-type] # a dict is documented
    page.goto(f"{product.url}/?lang=en&theme=light#/exceptions/{number}")
    page.wait_for_selector("body[data-ready=true]")
    return page.get_by_test_id("exception")


def do(page: Page, detail: Locator, act: str) -> Locator:
    """The form of an act."""
    detail.get_by_test_id("exception-acts").get_by_role("button", name=act).click()
    return page.get_by_role("dialog")


def send(dialog: Locator) -> None:
    dialog.locator("button[type=submit]").click()
    expect(dialog).to_have_count(0)


def here(detail: Locator) -> Locator:
    return detail.locator("[aria-current=step]")


def test_a_report_runs_against_time_until_somebody_has_it(page: Page, product: Running) -> None:
    number = report(page, product, "other")
    detail = open_report(page, product, number)
    row = page.locator(f"[data-exception='{number}']")
    expect(row).to_contain_text(re.compile(r"hand over in (30|29|28) min"))
    dialog = do(page, detail, "Hand over…")
    dialog.get_by_label("To whom").fill("wu.min")
    dialog.get_by_label("Note").fill("please call them")
    send(dialog)
    expect(row).to_contain_text("with wu.min")
    ledger = detail.get_by_test_id("ledger")
    expect(ledger).to_contain_text("handed over")
    expect(ledger).to_contain_text("please call them")
    expect(here(detail)).to_contain_text("received")


def test_a_delay_goes_all_its_steps_and_each_asks_for_what_it_needs(
    page: Page, product: Running
) -> None:
    detail = open_report(page, product, report(page, product, "delay"))
    send(do(page, detail, "Customer told…"))
    expect(here(detail)).to_contain_text("contacted")
    send(do(page, detail, "Reported on…"))
    expect(here(detail)).to_contain_text("reported")
    send(do(page, detail, "Investigate…"))
    expect(here(detail)).to_contain_text("investigating")
    dialog = do(page, detail, "Settle…")
    go = dialog.locator("button[type=submit]")
    expect(go).to_be_disabled()
    dialog.get_by_label("Cause").select_option("breakdown")
    dialog.get_by_label("New expected time").fill("2030-01-02T18:30")
    send(dialog)
    expect(here(detail)).to_contain_text("settled")
    dialog = do(page, detail, "Close…")
    dialog.get_by_label("Result").fill("delivered the day after")
    dialog.get_by_label("Responsible").fill("carrier")
    expect(dialog.locator("button[type=submit]")).to_be_disabled()
    dialog.get_by_label("The customer said nothing to it").check()
    send(dialog)
    expect(here(detail)).to_contain_text("closed")
    expect(detail.get_by_test_id("exception-acts")).to_have_count(0)
    expect(detail).to_contain_text("delivered the day after")
    ledger = detail.get_by_test_id("ledger").get_by_role("listitem")
    expect(ledger).to_have_count(6)
    expect(ledger.nth(4)).to_contain_text("2 Jan, 18:30")


def test_wrong_data_is_settled_by_what_was_put_right(page: Page, product: Running) -> None:
    number = report(page, product, "info_error", "contact", "report", "investigate")
    detail = open_report(page, product, number)
    dialog = do(page, detail, "Settle…")
    dialog.get_by_label("Result").fill("bound to the other waybill")
    send(dialog)
    expect(here(detail)).to_contain_text("settled")


def test_a_step_that_somebody_else_has_taken_is_refused_in_words(
    page: Page, product: Running
) -> None:
    number = report(page, product, "refused", "contact")
    detail = open_report(page, product, number)
    dialog = do(page, detail, "Reported on…")
    post(page, product, f"/exceptions/{number}/report", {})
    post(page, product, f"/exceptions/{number}/investigate", {})
    dialog.locator("button[type=submit]").click()
    expect(dialog.get_by_role("alert")).to_contain_text(f"{number} is investigating")


def test_a_time_to_come_is_refused_in_words(page: Page, product: Running) -> None:
    detail = open_report(page, product, report(page, product, "other"))
    dialog = do(page, detail, "Customer told…")
    dialog.get_by_label("Customer told").fill("2030-01-02T18:30")
    dialog.locator("button[type=submit]").click()
    expect(dialog.get_by_role("alert")).to_contain_text("is yet to come")
    expect(here(detail)).to_contain_text("received")


def test_what_was_no_exception_is_closed_at_once_and_stays_in_the_ledger(
    page: Page, product: Running
) -> None:
    number = report(page, product, "lost")
    detail = open_report(page, product, number)
    dialog = do(page, detail, "Unfounded…")
    dialog.get_by_label("Result").fill("it was there")
    dialog.get_by_label("Responsible").fill("nobody")
    dialog.get_by_label("feedback").fill("glad")
    send(dialog)
    expect(page.locator(f"[data-exception='{number}']")).to_have_count(0)
    page.get_by_role("tab", name="All").click()
    expect(page.locator(f"[data-exception='{number}']")).to_contain_text("closed")


def test_the_week_adds_up_in_both_languages(page: Page, product: Running) -> None:
    report(page, product, "damaged")
    open_report(page, product, "week")
    week = page.get_by_test_id("week")
    row = week.get_by_role("table", name="By kind").get_by_role("row", name="Damaged")
    expect(row).to_contain_text(re.compile("[1-9]"))
    expect(week.get_by_role("table")).to_have_count(4)
    prefer(page, "lang", "zh")
    expect(week.get_by_role("row", name="破损")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="返回").click()
    expect(page.get_by_test_id("exceptions")).to_be_visible()
