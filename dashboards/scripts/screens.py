"""The pictures of the README: ``python dashboards/scripts/screens.py ADDRESS [--into FOLDER]``.

``ADDRESS`` is that of a running console, best of a demonstration that has run for some minutes,
so that there are tracks.
"""  # noqa: INP001 - a program beside the console's sources, not a package

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

SCREENS = Path(__file__).resolve().parents[2] / "docs" / "screens"
FLAGS = ["--no-sandbox", "--enable-unsafe-swiftshader"]
#: ms; labels fade in and the card's track arrives
SETTLED = 2500
FAST = 60.0  #: km/h; such a vehicle has probably driven for a while
NEAR = 2.0  #: degrees; what is in sight around it
STEPS_BACK = 3  #: zoom levels, from the fitted track to its neighbours


PHONE = (390, 844)  #: pixels
DESKTOP = (1366, 768)


@dataclass(frozen=True)
class Screen:
    """One picture."""

    name: str
    lang: str
    theme: str
    #: what is open: a vehicle on the map, the trips board, the trip that is most late; the
    #: answer about the waybill that is most late, that waybill, its page behind a link; a page
    of: Literal["vehicle", "board", "trip", "desk", "waybill", "share", "page"] = "vehicle"
    size: tuple[int, int] = (1440, 900)
    page: str = ""  #: of a page: its name in the address


ALL = [
    Screen("live-map", "en", "dark"),
    Screen("live-map-zh", "zh", "light"),
    Screen("trips", "en", "dark", "board"),
    Screen("trip", "en", "dark", "trip"),
    Screen("trip-zh", "zh", "light", "trip"),
    Screen("desk", "en", "dark", "desk", (1366, 768)),
    Screen("desk-zh", "zh", "light", "desk", (1366, 768)),
    Screen("waybill", "en", "dark", "waybill"),
    Screen("alerts", "en", "light", "page", DESKTOP, "alerts"),
    Screen("alerts-zh", "zh", "dark", "page", DESKTOP, "alerts"),
    Screen("exceptions", "en", "dark", "page", DESKTOP, "exceptions"),
    Screen("exceptions-zh", "zh", "light", "page", DESKTOP, "exceptions"),
    Screen("detectors", "en", "light", "page", DESKTOP, "rules/detectors"),
    Screen("rules-zh", "zh", "dark", "page", DESKTOP, "rules"),
    Screen("people", "en", "dark", "page", DESKTOP, "people/rights"),
    Screen("share", "en", "light", "share", PHONE),
    Screen("share-zh", "zh", "light", "share", PHONE),
]


def busiest(page: Page, address: str) -> str:
    """The plate of a vehicle that drives where most others are."""
    features = page.request.get(f"{address}/api/v1/positions").json()["features"]
    places = {each["id"]: each["geometry"]["coordinates"] for each in features}
    fast = [e["id"] for e in features if (e["properties"]["position"]["speed_kmh"] or 0) > FAST]

    def company(plate: str) -> int:
        lon, lat = places[plate][:2]
        return sum(math.hypot(x - lon, y - lat) < NEAR for x, y, *_ in places.values())

    return str(max(fast, key=company))


def latest(page: Page, address: str) -> str:
    """The code of the trip under way that is most late and has an estimate."""
    trips = page.request.get(f"{address}/api/v1/trips?state=en_route").json()["trips"]
    return next(str(each["code"]) for each in trips if each["final_eta"])


def goods(page: Page, address: str) -> str:
    """The number of the waybill aboard that is most late."""
    found = page.request.get(f"{address}/api/v1/waybills?open=true&late_first=true&limit=200")
    return next(str(each["number"]) for each in found.json()["waybills"] if each["vehicle"])


def link(page: Page, address: str) -> str:
    """The address of a new link to that waybill."""
    made = page.request.post(
        f"{address}/api/v1/waybills/{goods(page, address)}/shares", data={"note": "picture"}
    )
    return str(made.json()["url"])


def ask(page: Page, number: str) -> None:
    """The desk with the answer about a number, its reply copied."""
    page.goto(f"{page.url.partition('#')[0]}#/desk")
    page.fill("#desk-box", number)
    page.keyboard.press("Enter")
    page.get_by_test_id("reply").wait_for()
    page.keyboard.press("c")


def choose(page: Page, plate: str) -> None:
    """Open the card of a vehicle, its track in sight and its neighbours around it."""
    page.fill("#filter", plate)
    page.locator(".row").first.click()
    page.fill("#filter", "")
    page.get_by_test_id("track").wait_for()
    page.locator(".actions .button").nth(1).click()
    page.wait_for_timeout(SETTLED)
    for _ in range(STEPS_BACK):
        page.locator(".controls .tool").nth(1).click()
        page.wait_for_timeout(SETTLED)


def take(browser: Browser, address: str, screen: Screen, plate: str | None, into: Path) -> Path:
    """One picture of the console."""
    width, height = screen.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        reduced_motion="reduce",
        locale="zh-CN" if screen.lang == "zh" else "en-GB",
        permissions=["clipboard-write"],
    )
    page = context.new_page()
    if screen.of == "share":
        page.goto(link(page, address))
        page.get_by_test_id("shared").wait_for()
    else:
        page.goto(f"{address}/?lang={screen.lang}&theme={screen.theme}")
        page.wait_for_selector("body[data-ready=true]")
    match screen.of:
        case "desk":
            ask(page, goods(page, address))
        case "waybill":
            page.goto(f"{page.url.partition('#')[0]}#/waybills/{goods(page, address)}")
            page.get_by_test_id("timeline").wait_for()
        case "page":
            page.goto(f"{page.url.partition('#')[0]}#/{screen.page}")
            page.wait_for_timeout(SETTLED)
            page.keyboard.press("j")  # the first of a list
            page.keyboard.press("Enter" if screen.page == "exceptions" else "j")
        case "vehicle":
            choose(page, plate or busiest(page, address))
        case "board":
            page.goto(f"{page.url.partition('#')[0]}#/trips")
            page.get_by_test_id("trips-table").locator("tbody tr").first.wait_for()
        case "trip":
            page.goto(f"{page.url.partition('#')[0]}#/trips/{latest(page, address)}")
            page.get_by_test_id("plot").locator("svg").first.wait_for()
    page.wait_for_timeout(SETTLED)
    page.mouse.move(width // 2, 5)
    path = into / f"{screen.name}.png"
    page.screenshot(path=path)
    context.close()
    return path


def main() -> None:
    """Write all pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("address", help="of the console, such as http://127.0.0.1:8000")
    parser.add_argument("--plate", help="the vehicle whose card is open (default: one that moves)")
    parser.add_argument("--only", nargs="*", help="names of pictures (default: all)")
    parser.add_argument("--into", type=Path, default=SCREENS, help="default: %(default)s")
    parser.add_argument("--chromium", default="/usr/bin/chromium", help="default: %(default)s")
    asked = parser.parse_args()
    asked.into.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=asked.chromium, args=FLAGS)
        for screen in ALL:
            if asked.only and screen.name not in asked.only:
                continue
            path = take(browser, asked.address.rstrip("/"), screen, asked.plate, asked.into)
            sys.stdout.write(f"{path}: {path.stat().st_size // 1024} KB\n")
        browser.close()


if __name__ == "__main__":
    main()
