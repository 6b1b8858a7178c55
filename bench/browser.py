"""A browser under observation: the CPU of its threads, its frames, its heap."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from bench.measure import cpu_of, rss_of

SIZE = (1280, 800)  #: pixels
FLAGS = ["--no-sandbox", "--enable-unsafe-swiftshader", "--js-flags=--expose-gc"]
READY = 60_000  #: ms

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Processes:
    """Of one page, by the operating system's numbers."""

    renderer: int  #: its first thread is the page's main thread
    gpu: int


@dataclass(frozen=True, slots=True)
class Clocks:
    """Seconds of CPU so far."""

    at: float  #: s, monotonic
    main: float  #: of the page's main thread
    renderer: float  #: of all threads of its process: workers, raster, the main one too
    gpu: float  #: of the process that draws; without a graphics card it is the graphics card
    waited: float  #: of the main thread for a core that others had: much of it, and less was drawn

    def since(self, before: Clocks) -> Clocks:
        """Shares of one core since then, %."""
        took = (self.at - before.at) / 100
        return Clocks(
            self.at,
            (self.main - before.main) / took,
            (self.renderer - before.renderer) / took,
            (self.gpu - before.gpu) / took,
            (self.waited - before.waited) / took,
        )


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium without a window, drawing in software."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Watched:
    """A page of its own process, motion not reduced, and what it costs."""

    def __init__(self, browser: Browser, address: str) -> None:
        width, height = SIZE
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark",
            locale="en-US",
            reduced_motion="no-preference",
        )
        self.page: Page = context.new_page()
        self.page.goto(address)
        self.page.wait_for_selector("body[data-ready]", state="attached", timeout=READY)
        self._cdp: CDPSession = context.new_cdp_session(self.page)
        self._cdp.send("HeapProfiler.enable")
        self._processes = _processes(browser, self._cdp)

    def close(self) -> None:
        """Forget the page."""
        self.page.context.close()

    def clocks(self) -> Clocks:
        """What was used so far."""
        renderer, gpu = self._processes.renderer, self._processes.gpu
        first = Path(f"/proc/{renderer}/task/{renderer}/schedstat").read_text(encoding="ascii")
        ran, waited = (int(each) / 1e9 for each in first.split()[:2])
        return Clocks(time.monotonic(), ran, cpu_of(renderer), cpu_of(gpu), waited)

    def heap(self) -> float:
        """MiB of the page's scripts after everything that nobody needs was thrown away."""
        self._cdp.send("HeapProfiler.collectGarbage")
        return float(self._cdp.send("Runtime.getHeapUsage")["usedSize"]) / _MIB

    def resident(self) -> float:
        """MiB of the page's process."""
        return rss_of(self._processes.renderer)

    def rest(self, seconds: float) -> Clocks:
        """Shares of a core while nobody touches the page for so long."""
        before = self.clocks()
        self.page.wait_for_timeout(seconds * 1000)
        return self.clocks().since(before)

    def pan(self, seconds: float) -> tuple[Clocks, float]:
        """Likewise while the map is dragged to and fro; and steps of that, each drawn, a second."""
        width, height = SIZE
        x, y = width * 0.6, height / 2
        frames = "() => new Promise((done) => requestAnimationFrame(() => done(performance.now())))"
        before, count = self.clocks(), 0
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        step = 0
        while time.monotonic() - before.at < seconds:
            step += 1
            self.page.mouse.move(x + 100 * abs(step % 40 - 20) / 20, y + (step % 20))
            self.page.evaluate(frames)
            count += 1
        self.page.mouse.up()
        shares = self.clocks().since(before)
        return shares, count / (shares.at - before.at)


def _processes(browser: Browser, cdp: CDPSession) -> Processes:
    """The page's process is the one that has just worked most of all renderers that are new."""
    own: dict[str, Any] = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")
    found = {each["id"]: each["type"] for each in own["processInfo"]}
    renderers = [key for key, kind in found.items() if kind == "renderer"]
    before = {key: cpu_of(key) for key in renderers}
    cdp.send(
        "Runtime.evaluate",
        {"expression": "for (const end = performance.now() + 300; performance.now() < end;);"},
    )
    worked = {key: cpu_of(key) - before[key] for key in renderers}
    (gpu,) = [key for key, kind in found.items() if kind == "GPU"]
    return Processes(max(worked, key=lambda key: worked[key]), gpu)


def flatness(samples: list[float]) -> float:
    """The median of the last third against that of the first: 1 is flat."""
    third = max(1, len(samples) // 3)
    return statistics.median(samples[-third:]) / statistics.median(samples[:third])
