"""A browser, and what the tests of the console have in common."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from tests.fix_product import SHARED

CHROMIUM = "/usr/bin/chromium"
#: WebGL is drawn by the processor here; other builds of Chromium ask for the second flag.
FLAGS = ["--no-sandbox", "--enable-unsafe-swiftshader"]
#: ms; software drawing on a shared machine
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE / 2)
HERE = Path(__file__).parent


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """After the last test of this folder nobody wants the product any more."""
    shared = item.config.stash.get(SHARED, None)  # none where a fake stands for the product
    if shared is not None and (nextitem is None or nextitem.path.parent != HERE):
        shared.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A window without memory; motion is reduced, so that the map rests between fixes."""
    window = browser.new_context(
        viewport={"width": 900, "height": 600}, reduced_motion="reduce", locale="en-GB"
    )
    window.set_default_timeout(PATIENCE)
    yield window
    window.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails its test on any error of the console's script."""
    tab = context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    assert errors == []


@pytest.fixture
def requests_elsewhere(context: BrowserContext) -> list[str]:
    """Addresses off this machine that the page asked for; none of them is let through."""
    wanted: list[str] = []

    def judge(route: Route) -> None:
        host = urlsplit(route.request.url).hostname
        if host in {"127.0.0.1", "localhost", None}:
            route.continue_()
        else:
            wanted.append(route.request.url)
            route.abort()

    context.route("**/*", judge)
    return wanted
