"""The pictures of docs/screens: ``python dashboards/scripts/screens.py ADDRESS [--into FOLDER]``.

Every screen in both languages and both themes, and the page that lists them.  ``ADDRESS`` is that
of a running console, best of a demonstration that has run for an hour, so that there are tracks,
alerts and something to replay.
"""  # noqa: INP001 - a program beside the console's sources, not a package

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

SCREENS = Path(__file__).resolve().parents[2] / "docs" / "screens"
FLAGS = ["--no-sandbox", "--enable-unsafe-swiftshader"]
LANGS = {"en": "en-GB", "zh": "zh-CN"}
THEMES = ("light", "dark")
DESKTOP, PHONE = (1280, 800), (390, 844)  #: pixels
#: ms; labels fade in, tiles and tracks arrive; software drawing takes its time
SETTLED = 2500
READY = 60_000  #: ms; the first look at the map where graphics are drawn in software
COLOURS = 256  #: of a picture: screens have few, and so it takes a third of the bytes
FAST = 60.0  #: km/h; such a vehicle has probably driven for a while
HOURS = 2  #: that a replay shows


class Console:
    """What a running console has to show; asked once."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser, self.address = browser, address
        self._line = browser.new_context().request

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """The answer of the API; without one there are no pictures."""
        answer = self._line.get(f"{self.address}/api/v1{path}")
        if not answer.ok:
            sys.exit(f"{path}: {answer.status} {answer.text()}")
        return answer.json()

    @cached_property
    def trip(self) -> dict[str, Any]:
        """The trip under way that is most late and has an estimate."""
        trips = self.get("/trips?state=en_route")["trips"]
        found: dict[str, Any] = next(each for each in trips if each["final_eta"])
        return found

    @cached_property
    def plate(self) -> str:
        """Its vehicle."""
        return str(self.trip["vehicle"])

    @cached_property
    def waybill(self) -> str:
        """Number of the one aboard that is most late."""
        found = self.get("/waybills?open=true&late_first=true&limit=200")["waybills"]
        return next(str(each["number"]) for each in found if each["vehicle"])

    @cached_property
    def site(self) -> str:
        """Code of the one at which most vehicles are due."""
        codes = [str(each["code"]) for each in self.get("/sites")]
        return max(codes, key=lambda code: len(self.get(f"/sites/{code}/due")["due"]))

    @cached_property
    def exception(self) -> str:
        """Number of the newest report; empty: there is none."""
        found = self.get("/exceptions?limit=1")["exceptions"]
        return str(found[0]["number"]) if found else ""

    @cached_property
    def link(self) -> str:
        """The address behind a new link to that waybill."""
        path = f"{self.address}/api/v1/waybills/{self.waybill}/shares"
        return str(self._line.post(path, data={"note": "picture"}).json()["url"])

    @cached_property
    def replay(self) -> str:
        """The address of the last hours of that vehicle."""
        now = datetime.now(UTC)  # noqa: TID251 - a shell
        asked = {"vehicle": self.plate, "speed": 60}
        for name, hours in (("from", HOURS), ("to", 0.0), ("at", HOURS / 3)):
            asked[name] = f"{now - timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"
        return f"#/replay?{urlencode(asked)}"


Act = Callable[[Page, Console], None]


@dataclass(frozen=True)
class Screen:
    """One picture."""

    name: str
    what: str  #: for who reads the list
    place: Callable[[Console], str]  #: what follows the "?" of the address, or its "#"
    act: Act = lambda _page, _console: None
    size: tuple[int, int] = DESKTOP


def at(place: str) -> Callable[[Console], str]:
    """Always there."""
    return lambda _console: place


def press(*keys: str) -> Act:
    """Keys, one after the other."""

    def act(page: Page, _console: Console) -> None:
        for key in keys:
            page.keyboard.press(key)
            page.wait_for_timeout(SETTLED / 5)

    return act


def search(page: Page, console: Console) -> None:
    """Part of a plate in the search of everything."""
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").first.wait_for()
    page.keyboard.type(console.plate[:3])


def copied(page: Page, _console: Console) -> None:
    """The desk's answer, its sentence copied."""
    page.get_by_test_id("reply").wait_for()
    page.keyboard.press("c")


def late(page: Page, _console: Console) -> None:
    """The board with the late ones only."""
    page.get_by_test_id("chip-late").click()


ALL = (
    Screen("map", "The live map, and the board beside it", at("")),
    Screen("board", "The board, only what is late", at(""), late),
    Screen("card", "A vehicle with its trip", lambda c: f"?vehicle={quote(c.plate)}"),
    Screen("replay", "The past of a vehicle", lambda c: c.replay),
    Screen("desk", "The desk: the sentence to read out", lambda c: f"#/desk/{c.waybill}", copied),
    Screen("waybills", "The ledger of waybills", at("#/waybills")),
    Screen("waybill", "A waybill with its record", lambda c: f"#/waybills/{c.waybill}"),
    Screen("trips", "The board of trips", at("#/trips")),
    Screen("trip", "A trip that is late, and why", lambda c: f"#/trips/{c.trip['code']}"),
    Screen("alerts", "The inbox of alerts", at("#/alerts"), press("j")),
    Screen("exceptions", "Exception reports", lambda c: f"#/exceptions/{c.exception}"),
    Screen("week", "The week in the ledger of exceptions", at("#/exceptions/week")),
    Screen("sites", "Sites", at("#/sites")),
    Screen("site", "A hub: who is due, who is there", lambda c: f"#/sites/{c.site}"),
    Screen("accuracy", "How good estimates were", at("#/accuracy")),
    Screen("devices", "Devices, and strangers that knock", at("#/devices")),
    Screen("rules", "Who is told what", at("#/rules")),
    Screen("channels", "By which way people are told", at("#/rules/channels")),
    Screen("detectors", "The limits of alerts", at("#/rules/detectors")),
    Screen("log", "What became of notices", at("#/rules/log")),
    Screen("people", "Who may sign in", at("#/people")),
    Screen("keys", "Keys of programs", at("#/people/keys")),
    Screen("rights", "What each role may", at("#/people/rights")),
    Screen("audit", "Who did what", at("#/people/audit")),
    Screen("search", "One search over everything", at(""), search),
    Screen("help", "The keys of the console", at(""), press("?")),
    Screen("sign-in", "Signing in", at("")),
    Screen("phone", "The console on a telephone", at(""), size=PHONE),
    Screen("phone-desk", "The desk on a telephone", lambda c: f"#/desk/{c.waybill}", size=PHONE),
    Screen("share", "What a customer sees behind a link", lambda c: c.link, size=PHONE),
)


def picture(page: Page, screen: Screen, look: tuple[str, str], console: Console) -> None:
    """Have a page show a screen; the console is there already, unless it is the first."""
    lang, theme = look
    place = screen.place(console)
    if screen.name == "share":
        page.goto(place)
        page.get_by_test_id("shared").wait_for()
    else:
        asked, _, anchor = place.partition("#")
        query = "&".join(part for part in (f"lang={lang}&theme={theme}", asked.lstrip("?")) if part)
        page.goto("about:blank")  # a new anchor alone would keep what was open before
        page.goto(f"{console.address}/?{query}" + (f"#{anchor}" if anchor else ""))
        if screen.name != "sign-in":
            page.wait_for_selector("body[data-ready=true]")
    page.wait_for_timeout(SETTLED)
    screen.act(page, console)
    page.mouse.move(screen.size[0] // 2, 5)
    page.wait_for_timeout(SETTLED)


def windows(console: Console, screen: Screen, look: tuple[str, str]) -> BrowserContext:
    """A window without memory, as large as the picture."""
    width, height = screen.size
    context = console.browser.new_context(
        viewport={"width": width, "height": height},
        reduced_motion="reduce",
        locale=LANGS[look[0]],
        color_scheme="dark" if look[1] == "dark" else "light",
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(READY)
    if screen.name == "sign-in":  # as whoever is not known here sees it
        refused = {"title": "Unauthorized", "status": 401, "detail": "Sign in."}
        context.route("**/api/v1/**", lambda route: route.fulfill(status=401, json=refused))
    return context


def keep(shot: bytes, path: Path) -> int:
    """Write a picture with few colours; its bytes."""
    image = Image.open(io.BytesIO(shot)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    return path.stat().st_size


def take(console: Console, screens: list[Screen], into: Path) -> Iterator[str]:
    """Every picture; names of those that could not be taken, with the reason."""
    for look in ((lang, theme) for lang in LANGS for theme in THEMES):
        for screen in screens:
            name = f"{screen.name}-{'-'.join(look)}.png"
            context = windows(console, screen, look)
            try:
                page = context.new_page()
                picture(page, screen, look, console)
                size = keep(page.screenshot(), into / name)
                sys.stdout.write(f"{name}: {size // 1024} KB\n")
                sys.stdout.flush()
            except Error as error:
                yield f"{name}: {error.message.splitlines()[0]}"
            finally:
                context.close()


def tidy(into: Path) -> None:
    """Remove pictures of screens that there are no more."""
    named = {f"{s.name}-{lang}-{theme}.png" for s in ALL for lang in LANGS for theme in THEMES}
    for path in into.glob("*.png"):
        if path.name not in named:
            path.unlink()


def listed() -> str:
    """The page that shows what there is."""
    lines = [
        "# Screens",
        "",
        "Every screen in both languages and both themes, by one command of a running demonstration",
        "(companies, plates and people are invented):",
        "",
        "    python dashboards/scripts/screens.py http://127.0.0.1:8000",
        "",
        "| Screen | English | 中文 |",
        "|---|---|---|",
    ]
    for screen in ALL:
        cells = [
            " · ".join(f"[{theme}]({screen.name}-{lang}-{theme}.png)" for theme in THEMES)
            for lang in LANGS
        ]
        lines.append(f"| {screen.what} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Write all pictures, and the page that lists them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("address", help="of the console, such as http://127.0.0.1:8000")
    parser.add_argument("--only", nargs="*", help="names of screens (default: all)")
    parser.add_argument("--into", type=Path, default=SCREENS, help="default: %(default)s")
    parser.add_argument("--chromium", default="/usr/bin/chromium", help="default: %(default)s")
    asked = parser.parse_args()
    asked.into.mkdir(parents=True, exist_ok=True)
    (asked.into / "README.md").write_text(listed(), encoding="utf-8")
    screens = [screen for screen in ALL if not asked.only or screen.name in asked.only]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=asked.chromium, args=FLAGS)
        failed = list(take(Console(browser, asked.address.rstrip("/")), screens, asked.into))
        browser.close()
    if not asked.only:
        tidy(asked.into)
    if failed:
        sys.exit("not taken:\n" + "\n".join(failed))


if __name__ == "__main__":
    main()
