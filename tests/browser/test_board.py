"""The board beside the map: chips, filters, views, search and keys, in a real browser."""

import re
from typing import Protocol

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

CHIPS = ("late", "at_risk", "on_time", "moving", "stopped", "offline")


class Running(Protocol):
    """What these tests know of the product."""

    @property
    def url(self) -> str: ...


def open_board(page: Page, product: Running, query: str = "") -> None:
    """Open the map with a board and wait until the first snapshot is drawn."""
    page.goto(f"{product.url}/?lang=en&theme=dark#/{query}")
    page.wait_for_selector("body[data-ready=true]")


def counts(page: Page) -> dict[str, int]:
    """What the chips say, by what they stand for; those that are shown."""
    found = {}
    for name in CHIPS:
        chip = page.get_by_test_id(f"chip-{name}")
        if chip.count() > 0:
            found[name] = int(chip.locator("b").inner_text())
    return found


def shown(page: Page) -> int:
    """How many vehicles the list shows."""
    return int(page.get_by_test_id("shown").inner_text().split()[0])


def choose_term(page: Page, facet: str) -> str:
    """Open the menu of filters and take the first value of a facet; returns what it is called."""
    page.get_by_test_id("filter-add").click()
    page.get_by_test_id(f"facet-{facet}").click()
    term = page.locator(".term").first
    name = term.locator("span").first.inner_text()
    term.locator("input").check()
    page.keyboard.press("Escape")
    expect(page.locator("#facet-menu")).to_have_count(0)
    return name


def test_every_vehicle_is_in_one_chip_and_a_chip_filters(page: Page, product: Running) -> None:
    open_board(page, product)
    page.wait_for_function(
        """() => [...document.querySelectorAll('.chip b')]
            .reduce((sum, each) => sum + Number(each.textContent), 0)
            === Number(document.querySelector('[data-testid=shown]').textContent)""",
        polling=200,
    )
    name = max(counts(page).items(), key=lambda each: each[1])[0]
    page.get_by_test_id(f"chip-{name}").click()
    expect(page.locator(f".row:not([data-chip={name}])")).to_have_count(0)
    expect(page.locator(f".row[data-chip={name}]").first).to_be_visible()
    expect(page).to_have_url(re.compile(f"state={name}"))


def test_a_filter_stands_as_a_pill_and_in_the_address_and_opens_from_there(
    page: Page, product: Running
) -> None:
    open_board(page, product)
    page.wait_for_function("() => window.__milepost.size() > 0", polling=200)
    total = shown(page)
    name = choose_term(page, "group")
    pill = page.get_by_test_id("pill-group")
    expect(pill).to_contain_text(name)
    expect(page.get_by_test_id("shown")).to_contain_text("of")
    some = shown(page)
    assert 0 < some < total
    expect(page).to_have_url(re.compile("group="))
    page.reload()
    page.wait_for_selector("body[data-ready=true]")
    expect(pill).to_contain_text(name)
    pill.click()
    expect(page.get_by_test_id("shown")).to_have_text(str(total))


def test_the_map_is_found_again_as_it_was_left(page: Page, product: Running) -> None:
    open_board(page, product, "?sort=plate&view=117.0000,33.0000,6.50")
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page).to_have_url(re.compile("#/trips"))
    page.keyboard.press("g")
    page.keyboard.press("m")
    expect(page).to_have_url(re.compile(r"#/\?sort=plate&view=117\.0000,33\.0000,6\.50"))
    expect(page.locator(".tools select")).to_have_value("plate")


def test_a_view_is_saved_opened_and_forgotten_by_the_keyboard(page: Page, product: Running) -> None:
    open_board(page, product, "?sort=eta")
    page.get_by_test_id("views").press("Enter")
    page.get_by_label("Name of the view").fill("arrivals")
    page.keyboard.press("Enter")
    page.get_by_test_id("view-default").press("Enter")
    expect(page.locator(".tools select")).to_have_value("late")
    page.get_by_test_id("views").press("Enter")
    page.get_by_role("button", name="arrivals", exact=True).press("Enter")
    expect(page.locator(".tools select")).to_have_value("eta")
    page.get_by_test_id("views").press("Enter")
    page.get_by_role("button", name="Forget the view arrivals").press("Enter")
    expect(page.get_by_role("button", name="arrivals", exact=True)).to_have_count(0)


def test_the_search_finds_a_vehicle_a_hub_and_a_trip_by_keys_alone(
    page: Page, product: Running
) -> None:
    open_board(page, product)
    plate = page.locator(".row").first.get_attribute("data-plate") or ""
    page.keyboard.press("Control+k")
    page.keyboard.type(plate)
    first = page.locator("#hits li[data-kind=vehicle][aria-selected=true]")
    expect(first).to_contain_text(plate)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("card")).to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.locator("#hits li[data-kind=vehicle]").first).to_contain_text(plate)  # recent
    site, wanted = (
        page.request.get(f"{product.url}/api/v1/{each}").json() for each in ("sites", "trips")
    )
    page.keyboard.type(site[0]["code"])
    expect(page.locator("#hits li[data-kind=hub]").first).to_be_visible()
    page.get_by_role("combobox", name="Search everything").fill(wanted["trips"][0]["code"])
    trip = page.locator("#hits li[data-kind=trip]").first
    expect(trip).to_be_visible()
    code = trip.locator("b").inner_text()
    for _ in range(20):
        if trip.get_attribute("aria-selected") == "true":
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"#/trips/{re.escape(code)}"))


def test_pointing_at_a_row_holds_the_order_and_marks_the_vehicle_on_the_map(
    page: Page, product: Running
) -> None:
    open_board(page, product)
    row = page.locator(".row").nth(1)
    plate = row.get_attribute("data-plate")
    row.hover()
    expect(page.locator(".row.hover")).to_have_attribute("data-plate", plate or "")
    page.mouse.move(700, 300)
    expect(page.locator(f'.row.hover[data-plate="{plate}"]')).to_have_count(0)
