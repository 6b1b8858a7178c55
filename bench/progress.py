"""Progress: how right it is, and what it costs a fix beside the decoding of the same run.

How right: simulated drives over lines with what is hard about lines, 6 m of noise, a fix every
10 s; then with ten minutes of silence again and again.  The baseline is the nearest place on the
line, ``shapely.line_locate_point`` in a metric plane, which knows nothing of what was before.

What it costs: 10,000 vehicles on 10,000 trips, each with a line of its own of 1,078 vertices, a
fix every 5 to 10 s in batches of 1,000, a third of the vehicles standing.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

from bench.fences import best, decoding
from bench.measure import Ratio, Report, middle, spread
from bench.roads import Manner, drive, line_of, metres, shapes
from fleet.geo import metres_per_degree
from fleet.trips import Line
from route.line import build_line
from route.lines import Halts, Lines
from route.progress import PROGRESS, Roads, Rules, empty_progress, locate

SEED = 44
BUDGET = 12.0  #: us a fix; of the 30 us that progress and estimate may take together
WITHIN = 100.0  #: m; the issue's limit of the error
DRIVES, QUICK_DRIVES = 12, 2
VEHICLES, QUICK_VEHICLES = 10_000, 2000
BATCH = 1000
VERTICES, APART = 1078, 37.0  #: of a line, and m between them: 40 km
BATCHES, QUICK_BATCHES = 30, 5

Floats = NDArray[np.float64]


def run(*, quick: bool) -> Report:
    """Measure errors, then costs."""
    report = Report(
        "progress",
        "Errors of simulated drives: 'baseline' is the nearest place on the line; 'limit' is "
        f"{WITHIN:g} m over the largest error.  Cost: CPU per fix, batches of {BATCH:,}, the best "
        "of 3 runs of each batch, the median of the batches; 'budget': the ratio of the budget "
        "to it.",
    )
    drives = QUICK_DRIVES if quick else DRIVES
    for name, path in shapes().items():
        for suffix, manner in (("", Manner()), (", gaps of 10 min", Manner(gap=600.0))):
            measure_errors(report, name + suffix, path, manner, drives)
    measure_cost(report, quick=quick)
    return report


def measure_errors(report: Report, name: str, path: Floats, manner: Manner, drives: int) -> None:
    """Drive one line a few times."""
    line = line_of(path)
    ours, theirs = [], []
    for number in range(drives):
        truth, fixes = drive(line, np.random.default_rng([SEED, number]), manner)
        found = locate(fixes, Lines.build([line]), empty_progress(1), Rules())
        assert (np.diff(found.s) >= 0).all()
        ours.append(np.abs(found.s - truth))
        theirs.append(np.abs(nearest(line, fixes) - truth))
    mine, plain = np.concatenate(ours), np.concatenate(theirs)
    for share in (50, 95):
        product, baseline = float(np.percentile(mine, share)), float(np.percentile(plain, share))
        ratio = Ratio(f"{name}: p{share}", product, baseline, "m", baseline / product)
        report.ratios.append(ratio)
    worst = float(mine.max())
    report.ratios.append(Ratio(f"{name}: limit", worst, WITHIN, "m", WITHIN / worst, 0.0, 1.0))
    report.figures[f"{name}: largest error of the nearest place, m"] = float(plain.max())


def nearest(line: Line, fixes: Roads) -> Floats:
    """The baseline."""
    path = shapely.LineString(metres(line.lon, line.lat))
    points = shapely.points(metres(fixes.lon, fixes.lat))
    found: Floats = np.asarray(shapely.line_locate_point(path, points))
    return found


class Traffic:
    """Vehicles on lines of their own; batch by batch the fixes that are due first."""

    def __init__(self, rng: np.random.Generator, vehicles: int) -> None:
        self._rng = rng
        built = [_winding(key, rng) for key in range(1, vehicles + 1)]
        self.lines = Lines.build(built)
        length = self.lines.length
        self.halts = Halts.build(
            {key: np.linspace(0, length[key - 1], 10) for key in range(1, vehicles + 1)}
        )
        self._place = rng.uniform(0, 1500, vehicles)
        self._speed = rng.uniform(5, 25, vehicles)
        self._interval = rng.uniform(5, 10, vehicles)
        self._next = 1.7e9 + rng.uniform(0, self._interval)
        self._stands = np.zeros(vehicles, np.bool_)

    def stand(self) -> None:
        """From now on a third of them stands."""
        self._stands = self._rng.random(len(self._stands)) < 1 / 3

    def batch(self, size: int) -> Roads:
        """The next fixes, each of another vehicle, by vehicle."""
        due = np.sort(np.argpartition(self._next, size)[:size])
        time, rng = self._next[due], self._rng
        self._next[due] += self._interval[due]
        drawn = np.clip(self._speed[due] + rng.normal(0, 0.5, size), 3, 28)
        self._speed[due] = drawn
        speed = np.where(self._stands[due], 0.0, drawn)
        length = self.lines.length[due]
        self._place[due] = np.minimum(self._place[due] + speed * self._interval[due], length)
        lon, lat, course = self._where(due)
        kx, ky = metres_per_degree(lat)
        return Roads(
            vehicle=due.astype(np.int32),
            time=np.round(time, 3),
            lon=lon + rng.normal(0, 6, size) / kx,
            lat=lat + rng.normal(0, 6, size) / ky,
            sigma=np.full(size, 6.0),
            speed=speed,
            course=course,
            trip=(due + 1).astype(np.int32),
            line=due.astype(np.int32),
        )

    def _where(self, due: NDArray[np.intp]) -> tuple[Floats, Floats, Floats]:
        """Longitude, latitude and course on the line."""
        lines = self.lines
        spot = lines.base[due] + self._place[due]
        i = np.minimum(np.searchsorted(lines.along, spot, "right") - 1, lines.start[due + 1] - 2)
        share = (spot - lines.along[i]) / (lines.along[i + 1] - lines.along[i])
        dx, dy = (np.subtract(v[i + 1], v[i], dtype=np.float64) for v in (lines.x, lines.y))
        lon, lat = (lines.x[i] + share * dx) * 1e-7, (lines.y[i] + share * dy) * 1e-7
        kx, ky = metres_per_degree(lat)
        return lon, lat, np.degrees(np.arctan2(dx * kx, dy * ky)) % 360


def _winding(key: int, rng: np.random.Generator) -> Line:
    heading = np.cumsum(rng.normal(0, 0.08, VERTICES))
    lat0, lon0 = rng.uniform(24, 40), rng.uniform(100, 120)
    kx, ky = metres_per_degree(float(lat0))
    x, y = np.cumsum(APART * np.cos(heading)) / kx, np.cumsum(APART * np.sin(heading)) / ky
    return build_line(key, lon0 + x, lat0 + y)


def measure_cost(report: Report, *, quick: bool) -> None:
    """Cost of a fix: at the beginning of a trip, under way, and in smaller batches."""
    vehicles = QUICK_VEHICLES if quick else VEHICLES
    traffic = Traffic(np.random.default_rng(SEED), vehicles)
    memory = empty_progress(vehicles)
    cold = list(_spent(traffic, memory, BATCH, 3))
    warm_up = vehicles // BATCH * 3
    for _ in _spent(traffic, memory, BATCH, warm_up):
        pass
    traffic.stand()
    spent = list(_spent(traffic, memory, BATCH, warm_up + (QUICK_BATCHES if quick else BATCHES)))
    warm = spent[warm_up:]
    decode = decoding(QUICK_BATCHES if quick else 12)
    ratios = [BUDGET / cost for cost in warm]
    cost = middle(warm)
    report.ratios += [
        Ratio("cost, budget", cost, BUDGET, "us/fix", middle(ratios), spread(ratios), 1.0),
        Ratio("cost, decode", cost, decode, "us/fix", decode / cost),
    ]
    report.figures |= {
        "first fix of a trip, us/fix": middle(cold),
        "decode, us/message": decode,
        "memory of a vehicle, bytes": PROGRESS.itemsize,
    }
    for size in (1, 10, 100):
        figure = middle(list(_spent(traffic, memory, size, 40)))
        report.figures[f"batches of {size}, us/fix"] = figure


def _spent(traffic: Traffic, memory: NDArray[np.void], size: int, turns: int) -> Iterator[float]:
    """What each batch costs, us a fix."""
    rules = Rules()
    for _ in range(turns):
        batch = traffic.batch(size)
        spent, found = best(locate, batch, traffic.lines, memory, rules, traffic.halts)
        memory.put(found.touched, found.memory)
        yield spent / size * 1e6
