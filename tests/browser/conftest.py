"""What the tests of the console have in common; the browser is in ``tests/fix_browser.py``."""

from collections.abc import Generator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Route

from tests.fix_product import SHARED

HERE = Path(__file__).parent


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """After the last test of this folder nobody wants the product any more."""
    try:
        return (yield)
    finally:
        shared = item.config.stash.get(SHARED, None)  # none where a fake stands for the product
        if shared is not None and (nextitem is None or nextitem.path.parent != HERE):
            shared.stop()


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
