"""A browser: pytest-playwright's fixtures, with Debian's Chromium and an end.

Playwright's plain interface keeps an event loop running in its thread from start to stop, and no
``asyncio.run`` works beside it. The plug-in's own fixtures live as long as the session; so here
they are made anew over a holder that ends with the last of a run of tests that use a browser.
Fixtures and options of the plug-in that are not here (``new_context`` with the mark
``browser_context_args``, ``--headed``, ``--tracing``, ``--screenshot``) are as its pages say.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright
from playwright.sync_api import BrowserType as Engine

CHROMIUM = "/usr/bin/chromium"
#: WebGL is drawn by the processor here; other builds of Chromium ask for the second flag.
FLAGS = ["--no-sandbox", "--enable-unsafe-swiftshader"]
#: ms; software drawing on a shared machine
PATIENCE = 60_000
#: A window without memory; motion is reduced, so that the map rests between fixes.
WINDOW: dict[str, object] = {
    "viewport": {"width": 900, "height": 600},
    "reduced_motion": "reduce",
    "locale": "en-GB",
}
expect.set_options(timeout=PATIENCE / 2)

NewWindow = Callable[..., BrowserContext]


class SharedBrowser:
    """Playwright and its browsers: started when first wanted, until the next test wants none."""

    def __init__(self) -> None:
        self._playwright: Playwright | None = None
        self._browsers: dict[str, Browser] = {}

    def playwright(self, prepare: Callable[[Playwright], None]) -> Playwright:
        """The one that runs, or a new one after ``prepare`` had it in hand."""
        if self._playwright is None:
            self._playwright = sync_playwright().start()
            prepare(self._playwright)
        return self._playwright

    def browser(self, launch: Callable[[], Browser], of: str) -> Browser:
        """The one launched with the options ``of``, or a new one."""
        if of not in self._browsers:
            self._browsers[of] = launch()
        return self._browsers[of]

    def stop(self) -> None:
        """End them all, and with them the event loop."""
        browsers, self._browsers = self._browsers, {}
        playwright, self._playwright = self._playwright, None
        try:
            for each in browsers.values():
                each.close()
        finally:
            if playwright is not None:
                playwright.stop()


SHARED = pytest.StashKey[SharedBrowser]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SHARED] = SharedBrowser()


def pytest_unconfigure(config: pytest.Config) -> None:
    if (shared := config.stash.get(SHARED, None)) is not None:
        shared.stop()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """After the fixtures of the last test with a browser are gone, it ends, too."""
    try:
        return (yield)
    finally:
        if "playwright" not in getattr(nextitem, "fixturenames", ()):
            item.config.stash[SHARED].stop()


@pytest.fixture
def playwright(pytestconfig: pytest.Config, _pw_api_request_contexts: Any) -> Playwright:  # noqa: ANN401 - a private class of the plug-in, whose fixture gives a value
    """As the plug-in's, but no longer than a browser is wanted."""

    def prepare(started: Playwright) -> None:
        if _pw_api_request_contexts is not None:  # where --tracing asks for it
            _pw_api_request_contexts.instrument(started)

    return pytestconfig.stash[SHARED].playwright(prepare)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, whatever else the options say."""
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": FLAGS}


@pytest.fixture
def browser_type(playwright: Playwright) -> Engine:
    """Only Chromium is there."""
    return playwright.chromium


@pytest.fixture
def launch_browser(
    browser_type: Engine, browser_type_launch_args: dict[str, Any]
) -> Callable[..., Browser]:
    def launch(**more: Any) -> Browser:  # noqa: ANN401 - any option of Playwright
        return browser_type.launch(**{**browser_type_launch_args, **more})

    return launch


@pytest.fixture
def browser(
    pytestconfig: pytest.Config,
    launch_browser: Callable[..., Browser],
    browser_type_launch_args: dict[str, Any],
) -> Browser:
    return pytestconfig.stash[SHARED].browser(launch_browser, repr(browser_type_launch_args))


@pytest.fixture
def browser_context_args() -> dict[str, object]:
    """Of every window; a test has others by the mark of the same name."""
    return dict(WINDOW)


@pytest.fixture
def new_context(new_context: NewWindow) -> Iterator[NewWindow]:
    """Windows with our patience; an error of a script in any of their pages fails the test."""
    errors: list[str] = []

    def make(**options: Any) -> BrowserContext:  # noqa: ANN401 - any option of Playwright
        window = new_context(**options)
        window.set_default_timeout(PATIENCE)
        window.on("weberror", lambda error: errors.append(str(error.error)))
        return window

    yield make
    assert errors == []


@pytest.fixture
def context(new_context: NewWindow) -> BrowserContext:
    return new_context()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
