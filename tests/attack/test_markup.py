"""Names and sentences with markup in them are text on every screen, and the policy is unharmed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.fix_api import FleetHand, Running, Start

pytestmark = [pytest.mark.browser]

EVIL = "<img src=x onerror=document.title='run'>"
#: What a document has only where a name has become a part of it.
GROWN = "img[src='x'], [onerror], [onload], script:not([src]), iframe, object, embed"
#: Screens on which names stand, beside the map and the devices.
SCREENS = ("#/fences", "#/waybills", "#/nodes", "#/people")


@pytest.fixture
def running(start_api: Start, hand: FleetHand) -> Iterator[Running]:
    """A fleet in which everything that has a name has an evil one."""
    hand.seed(2)
    hand.conn.execute("UPDATE vehicle SET plate = %s WHERE plate = %s", [EVIL, "沪A00000"])
    for table in ("party", "site"):
        named = f"UPDATE {table} SET name_zh = %(evil)s, name_en = %(evil)s"  # noqa: S608 (ours)
        hand.conn.execute(named.encode(), {"evil": EVIL})
    hand.move({EVIL: (121.47, 31.23), "沪A00001": (121.0, 31.0)})
    hand.letter("stranger", f"$GPRMC,{EVIL}*00\r\n".encode())
    with start_api() as running:
        yield running


def test_markup_in_names_and_sentences_is_text_on_every_screen(
    page: Page, running: Running
) -> None:
    errors: list[str] = []
    page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
    page.on("dialog", lambda dialog: errors.append(dialog.message))
    answer = page.goto(f"{running.address}/?lang=en")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
    row = page.locator(f'.row[data-plate="{EVIL}"]')
    expect(row).to_have_count(1)
    row.click()
    expect(page.get_by_test_id("card")).to_contain_text(EVIL)
    expect(page.locator(GROWN)).to_have_count(0)
    for screen in SCREENS:
        page.goto(f"{running.address}/?lang=en{screen}")
        expect(page.locator("nav").first).to_be_visible()
        expect(page.locator(GROWN)).to_have_count(0)
    page.goto(f"{running.address}/?lang=en#/devices")
    expect(page.locator(".strangers")).to_contain_text("stranger")
    expect(page.locator(GROWN)).to_have_count(0)
    assert page.title() != "run"
    assert [told for told in errors if "Content Security Policy" in told] == []
