"""Every page in both themes as axe-core judges it: no finding that is serious or worse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import quote

import pytest
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.slow]

AXE = Path(__file__).parents[2] / "dashboards/node_modules/axe-core/axe.min.js"
GRAVE = {"serious", "critical"}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PLAIN = ("#/", "#/desk", "#/waybills", "#/trips", "#/alerts", "#/exceptions", "#/exceptions/week",
         "#/sites", "#/accuracy", "#/devices", "#/replay", "#/rules", "#/rules/channels",
         "#/rules/detectors", "#/rules/log", "#/people", "#/people/keys", "#/people/rights",
         "#/people/audit")  # fmt: skip
#: A finding in one line: which rule, how grave, where, and why.
JUDGE = """
async () => (await axe.run(document, {resultTypes: ['violations']})).violations.flatMap(
    found => found.nodes.map(node => ({
        impact: found.impact,
        words: `${found.id}: ${node.target} ${node.failureSummary.split('\\n').slice(1).join(';')}`,
    })))
"""

#: To a page as a link leads there; when it is drawn, it is there or says that it is awaited.
SHOW = """
place => new Promise(done => {
    location.hash = place;
    requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done)));
})
"""
#: A colour that fades in is not yet what is read; what turns for ever is not waited for.
RESTED = """
() => Promise.all(document.getAnimations()
    .filter(each => Number.isFinite(each.effect.getComputedTiming().endTime))
    .map(each => each.finished.catch(() => null)))
"""


class Running(Protocol):
    """What this test knows of the product."""

    @property
    def url(self) -> str: ...


def subjects(page: Page, product: Running) -> Iterator[str]:
    """Pages of one thing each, of the first there is; at first the query of a vehicle."""

    def get(path: str) -> Any:  # noqa: ANN401 - JSON
        return page.request.get(f"{product.url}/api/v1{path}").json()

    yield f"&vehicle={quote(get('/devices')[0]['vehicle'])}"
    yield f"#/sites/{get('/sites')[0]['code']}"
    for trip in get("/trips?state=en_route&limit=1")["trips"]:
        yield f"#/trips/{quote(trip['code'])}"
    for waybill in get("/waybills?open=true&limit=1")["waybills"]:
        yield f"#/waybills/{waybill['number']}"
        yield f"#/desk/{waybill['number']}"


def judge(page: Page) -> list[str]:
    """Grave findings on the page as it is."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, str]] = []
    for _ in range(2):  # what a colour was on its way through is not there a second time
        page.evaluate(RESTED)
        found = [each for each in page.evaluate(JUDGE) if each["impact"] in GRAVE]
        if not found:
            break
    return [each["words"] for each in found]


@pytest.mark.timeout(600)  # some thirty pages, judged twice
def test_no_page_has_a_grave_finding_in_either_theme(page: Page, product: Running) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    findings: list[str] = []

    def look(name: str) -> None:
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            page.wait_for_selector(f"html[data-theme={theme}]", state="attached")
            findings.extend(f"{name}, {theme}: {words}" for words in judge(page))

    vehicle, *places = subjects(page, product)
    page.goto(f"{product.url}/?lang=en{vehicle}")
    page.wait_for_selector("body[data-ready=true]")
    for place in (*PLAIN, *places):
        page.evaluate(SHOW, place)
        page.wait_for_function("() => !document.querySelector('.awaited')")
        look(place)
    page.evaluate(SHOW, "#/")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search everything").wait_for()
    look("search")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    look("help")
    assert findings == [], "\n".join(findings)
