"""The console with 10,000 vehicles in sight, each with a fix every ten seconds.

The product's API on a database, its console in Chromium (1280x800, drawn in software, motion
not reduced), nobody at the keyboard.  The baseline is what maps usually do with a fleet: the
same stream and base map, every vehicle handed once a second to a GeoJSON source with a symbol
layer over it, no panels beside (``dashboards/dev/geojson``).  CPU is that of the operating
system's threads, in per cent of one core.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench.browser import Clocks, Watched, chromium, flatness
from bench.console_load import INTERVAL, moving
from bench.measure import Ratio, Report, middle
from bench.servers import api, database, temporary_folder

ROOT = Path(__file__).resolve().parents[1]
CONSOLE = ROOT / "dashboards"
DIST = CONSOLE / "dist"  #: where the set-up builds it
VEHICLES, QUICK_VEHICLES = 10_000, 300
MINUTES, QUICK_MINUTES = 10.0, 0.1
WARM_UP = 0.1  #: of the time, before anything counts
LOOKS = 30  #: into the heap, evenly spread
PANNING = 15.0  #: s
CLOSE_ZOOM = 12  #: where motion is worth some frames a second
MAIN_THREAD = 30.0  #: % of a core that it may cost
FLAT = 0.1  #: by how much memory may differ between the first third and the last


@dataclass(slots=True)
class Found:
    """What one page cost."""

    shares: list[Clocks] = field(default_factory=list)
    heap: list[float] = field(default_factory=list)  #: MiB
    resident: list[float] = field(default_factory=list)  #: MiB
    panning: Clocks | None = None
    steps: float = 0.0  #: a second, while panning
    close: Clocks | None = None

    def share(self, name: str) -> float:
        """The median of the stretches, % of a core."""
        return middle([getattr(each, name) for each in self.shares])


def run(*, quick: bool, minutes: float | None = None) -> Report:
    """The report."""
    minutes = minutes or (QUICK_MINUTES if quick else MINUTES)
    vehicles = QUICK_VEHICLES if quick else VEHICLES
    report = Report("console", " ".join((__doc__ or "").split()))
    report.figures["vehicles"] = vehicles
    report.figures["minutes at rest"] = minutes
    with database(vehicles) as db, moving(db) as written, temporary_folder() as folder:
        began, before = time.monotonic(), sum(written)
        with api(db, __CONSOLE=str(DIST)) as (_, port):
            ours = watch(f"http://127.0.0.1:{port}", minutes, is_console=True)
        with api(db, __CONSOLE=str(rival(folder))) as (_, port):
            theirs = watch(f"http://127.0.0.1:{port}", min(minutes, 2.0), is_console=False)
        rate = (sum(written) - before) / (time.monotonic() - began)
    report.figures["fixes a second"] = rate
    _tell(report, ours, theirs)
    if rate < 0.9 * vehicles / INTERVAL:
        report.notes.append("The load fell behind: the machine was busy with something else.")
    return report


def watch(address: str, minutes: float, *, is_console: bool) -> Found:
    """A page at rest with all vehicles in sight, then panned; the console also from near."""
    found = Found()
    with chromium() as browser:
        page = Watched(browser, address)
        stretch = minutes * 60 / LOOKS
        page.rest(minutes * 60 * WARM_UP)
        for _ in range(LOOKS):
            found.shares.append(page.rest(stretch))
            found.heap.append(page.heap())
            found.resident.append(page.resident())
        panning = min(PANNING, minutes * 60)
        found.panning, found.steps = page.pan(panning)
        if is_console:
            page.page.evaluate(f"__milepost.goTo(112.5, 31.5, {CLOSE_ZOOM})")
            page.rest(2.0)
            found.close = page.rest(panning)
        page.close()
    return found


def _tell(report: Report, ours: Found, theirs: Found) -> None:
    main = ours.share("main")
    report.ratios.append(
        Ratio("main thread", main, MAIN_THREAD, "% of a core", MAIN_THREAD / main, 0.0, 1.0)
    )
    for what, name in (
        ("main thread", "main"),
        ("the page's process, all threads", "renderer"),
        ("drawing process", "gpu"),
    ):
        mine, other = ours.share(name), theirs.share(name)
        report.ratios.append(
            Ratio(f"{what}, against GeoJSON", mine, other, "% of a core", other / mine)
        )
    if ours.panning and theirs.panning:
        # Of a shared machine: how many steps there are a second says more of the others.
        for what, name in (("main thread", "main"), ("drawing process", "gpu")):
            mine, other = (
                10 * getattr(page.panning, name) / page.steps for page in (ours, theirs)
            )  # % of a core, a second, over steps a second: ms
            report.ratios.append(
                Ratio(f"{what}, a step of a drag", mine, other, "ms of CPU", other / mine)
            )
    for what, looks, others in (
        ("heap", ours.heap, theirs.heap),
        ("memory of the process", ours.resident, theirs.resident),
    ):
        usual, other = middle(looks), middle(others)
        report.ratios.append(Ratio(what, usual, other, "MiB", other / usual))
        report.figures[f"{what}, first look, MiB"] = looks[0]
        report.figures[f"{what}, last look, MiB"] = looks[-1]
        report.figures[f"{what}, last third against first"] = flatness(looks)
    flat = flatness(ours.heap)
    report.ratios.append(
        Ratio(
            "heap grows by at most 10 %", flat, 1 + FLAT, "of the first", (1 + FLAT) / flat, 0, 1.0
        )
    )
    for what, page in (("console", ours), ("GeoJSON", theirs)):
        waited = page.share("waited")
        report.figures[f"{what}: main thread waiting for a core, % of the time"] = waited
    if ours.close:
        report.figures[f"main thread at zoom {CLOSE_ZOOM}, % of a core"] = ours.close.main
        report.figures[f"drawing process at zoom {CLOSE_ZOOM}, % of a core"] = ours.close.gpu


def rival(folder: Path) -> Path:
    """The page of the baseline, built into ``folder``, with the console's base map."""
    built = folder / "geojson"
    npm = [sys.executable, str(CONSOLE / "scripts" / "npm.py"), "exec", "--", "vite", "build"]
    done = subprocess.run(  # noqa: S603 (our own program)
        [*npm, str(CONSOLE / "dev" / "geojson"), "--outDir", str(built), "--logLevel", "error"],
        cwd=CONSOLE,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the baseline's page does not build: {done.stderr}")
    shutil.copy(DIST / "basemap.pmtiles", built)
    return built
