"""Lorries on long lanes: are the late ones known in time, and why they are late?

    python -m bench.lanes             # about two minutes
    python -m bench.lanes --seed 7    # other lanes, other days
    python -m bench.lanes --quick     # fewer; the figures say little
    python -m bench.lanes --json      # the last line of the output is JSON
    python -m bench.lanes --strict    # status 1 if a figure is missed

A model learns thirty days of ``bench.lorries``, one trip in ten with trouble, and is then frozen.
The test: trips on the same lanes, with one trouble of 45 to 120 minutes each, and without any.

How the figures are meant:

* **Late in time**: of trips with a trouble that reach their last stop 30 minutes or more after
  its planned time, and of which that could be known more than 30 minutes before it, the share
  that was shown late 30 minutes or more before it.  It can be known when the trouble has cost
  half an hour; of a way round, when the lorry is back on its line, since nobody can say what
  lies between.
* **False late**: of trips without trouble that reach every stop within its tolerance, the share
  that was ever shown late at any stop.
* **Cause**: of the trips late by 30 minutes or more, the share of which the greatest part of the
  delay, when they had arrived, is what was wrong.
* **P90 covers**: of all estimates, those of trips with trouble weighted so that they are one in
  ten, as they were when the bands were learned.
* **One hour before**: of the stops of trips without trouble, estimated when an hour was left.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import nan
from pathlib import Path

if not __package__:  # started by its path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from bench.dispatch import TROUBLED, Watched, begin_of, warm_up, watch
from bench.lorries import CAUSE, Lane, Run, Trouble, lanes, plan_of, run_of
from bench.measure import console
from fleet.trips import Risk
from shipment import risk
from shipment.cause import top

Floats = NDArray[np.float64]

AHEAD = LATE = 1800.0  #: s
LANES, WARM_DAYS = 12, 30
EACH, PLAIN = 60, 300  #: test runs with each trouble, and without
#: Horizons, hours: from, to, and whether the bound of P90 is asked of it.
HORIZONS = ((0.0, 1.0), (1.0, 3.0), (3.0, 8.0))
HOUR_BAND = 60.0  #: s round an hour before the arrival


@dataclass(slots=True)
class Found:
    """Figures, and which of them are missed."""

    figures: dict[str, float] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)

    def ask(self, name: str, value: float, low: float = -np.inf, high: float = np.inf) -> str:
        """Keep a figure that shall lie within bounds; says so in colour."""
        self.figures[name] = value
        good = low <= value <= high
        if not good:
            self.missed.append(name)
        return f"[{'green' if good else 'red'}]{value:.3g}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="bench.lanes",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--strict", action="store_true")
    chosen = parser.parse_args(arguments)
    found = run(chosen.seed, quick=chosen.quick)
    met = not found.missed
    console.print("Every figure asked for is met." if met else f"Not met: {found.missed}.")
    if chosen.json:
        print(json.dumps({"seed": chosen.seed, "quick": chosen.quick, "met": met} | found.figures))
    return 1 if found.missed and chosen.strict else 0


def run(seed: int, *, quick: bool = False) -> Found:
    """Learn, watch, and print."""
    rng = np.random.default_rng(seed)
    console.rule(f"[bold]lanes, seed {seed}")
    ways = lanes(3 if quick else LANES, rng)
    model = warm_up(ways, 2 if quick else WARM_DAYS, rng)
    watched = watch(trial_runs(ways, rng, quick=quick), model, rng)
    found = Found()
    _late(watched, found)
    _horizons(watched, found)
    _swing(watched, found, rng)
    return found


def trial_runs(ways: Sequence[Lane], rng: np.random.Generator, *, quick: bool) -> list[Run]:
    """Trips of the week after the days that were learned."""
    each, plain = (1, 4) if quick else (EACH, PLAIN)
    wanted = [*(trouble for trouble in Trouble for _ in range(each)), *[None] * plain]
    long = [way for way in ways if way.is_long]
    runs = []
    for number, trouble in enumerate(wanted, 1):
        fit = long if trouble is Trouble.LONG_REST else ways
        way = fit[int(rng.integers(len(fit)))]
        plan = plan_of(way, number, begin_of(WARM_DAYS + int(rng.integers(7)), rng))
        runs.append(run_of(plan, way, rng, trouble))
    return runs


def _share(good: int, of: int) -> float:
    return good / of if of else nan


def _late(watched: Watched, found: Found) -> None:
    """Who was late, who was said to be, and why."""
    table = Table(
        "", "trips", "late", "knowable", "in time", "lead, min", "cause", "at flag", "not",
        box=None, title="late trips", title_justify="left",
    )  # fmt: skip
    total = np.zeros(5, int)
    for trouble in Trouble:
        total += _row(watched, trouble, table)
    late, knowable, timely, right, right_early = total.tolist()
    console.print(table)
    good, false = _innocent(watched)
    lines = (
        ("late in time, share", _share(timely, knowable), 0.9, np.inf),
        ("cause right, share", _share(right, late), 0.9, np.inf),
        ("cause right when flagged, share", _share(right_early, late), -np.inf, np.inf),
        ("false late, share", _share(false, good), -np.inf, 0.05),
    )
    for name, value, low, high in lines:
        console.print(f"{name}: {found.ask(name, value, low, high)}")
    found.figures |= {"late trips": late, "knowable in time": knowable, "trips in time": good}
    console.print(f"{good} trips without trouble were in time at every stop, {false} shown late")


def _row(watched: Watched, trouble: Trouble, table: Table) -> NDArray[np.int_]:
    numbers = [n for n, run in enumerate(watched.runs) if run.trouble is trouble]
    counts, leads, other = np.zeros(5, int), [], []
    for number in numbers:
        last = int(watched.start[number + 1]) - 1
        due, flagged = watched.due[last], watched.late_from[last]
        if watched.arrived[last] - due < LATE:
            continue
        knowable = watched.runs[number].knowable < due - AHEAD
        named = top(watched.at_end.get(number, {}))
        counts += (
            1,
            knowable,
            knowable and flagged <= due - AHEAD,
            named == CAUSE[trouble],
            top(watched.at_flag.get(number, {})) == CAUSE[trouble],
        )
        leads.append((due - flagged) / 60)
        other += [named] if named != CAUSE[trouble] else []
    table.add_row(
        trouble, str(len(numbers)), *map(str, counts[:3]),
        f"{np.nanmedian(leads):.0f}" if leads else "", str(counts[3]), str(counts[4]),
        ", ".join(f"{name} {other.count(name)}" for name in sorted(set(other))),
    )  # fmt: skip
    return counts


def _innocent(watched: Watched) -> tuple[int, int]:
    """Trips without trouble that were in time everywhere, and those of them shown late."""
    good = false = 0
    for number, trip in enumerate(watched.runs):
        own = slice(int(watched.start[number]) + 1, int(watched.start[number + 1]))
        tolerance = trip.plan.stops["late"][1:]
        if trip.trouble is None and (watched.arrived[own] <= watched.due[own] + tolerance).all():
            good += 1
            false += bool(np.isfinite(watched.late_from[own]).any())
    return good, false


def _horizons(watched: Watched, found: Found) -> None:
    """How far off estimates were, and how often they were cautious enough."""
    table = Table(
        "hours ahead", "estimates", "MAE, min", "bias, min", "bound, min", "P90 covers",
        "MAE with trouble", box=None, title="estimates, trips without trouble",
        title_justify="left",
    )  # fmt: skip
    run, stop, now, p50, p90 = watched.told.T
    arrived = watched.arrived[stop.astype(int)]
    plain = np.array([one.trouble is None for one in watched.runs])[run.astype(int)]
    ahead, error = arrived - now, arrived - p50
    for low, high in HORIZONS:
        within = (ahead > low * 3600) & (ahead <= high * 3600)
        rows = plain & within
        if not rows.any():
            continue
        bound = float(np.maximum(600, 0.1 * ahead[rows]).mean()) / 60
        mae = float(np.abs(error[rows]).mean()) / 60
        name = f"{low:g}-{high:g} h"
        every = within & np.isfinite(p90)
        weight = np.where(plain, 1 - TROUBLED, TROUBLED * plain.sum() / max((~plain).sum(), 1))
        covered = float(np.average((arrived <= p90)[every], weights=weight[every]))
        table.add_row(
            name,
            str(rows.sum()),
            found.ask(f"MAE {name}, min", mae, high=bound),
            f"{error[rows].mean() / 60:.1f}",
            f"{bound:.1f}",
            found.ask(f"P90 covers {name}", covered, 0.85, 0.95),
            f"{np.abs(error[within & ~plain]).mean() / 60:.1f}" if (within & ~plain).any() else "",
        )
    console.print(table)
    hour = plain & (np.abs(ahead - 3600) <= HOUR_BAND / 2)
    near = float((np.abs(error[hour]) <= 600).mean()) if hour.any() else nan
    name = "within 10 min one hour before, share"
    console.print(f"{name}: {found.ask(name, near, low=0.85)} of {hour.sum()}")


def _swing(watched: Watched, found: Found, rng: np.random.Generator) -> None:
    """Estimates of the last stops, made to swing by three minutes round the due time."""
    _, _, now, p50, p90 = watched.told.T
    chosen = rng.integers(len(now), size=1000)
    band = (p90 - p50)[chosen]
    period, phase = rng.uniform(240, 7200, 1000), rng.random(1000)
    limit, hours = 1e6, 6
    fixed = {name: np.full(1000, nan) for name in ("arrived", "opens")}
    memory, changes, last = risk.empty(1000), np.zeros(1000, int), np.full(1000, -np.inf)
    worst = 0
    for clock in np.arange(limit - 60 - hours * 3600, limit - 300, 30.0):
        swing = limit + 180 * np.sin(2 * np.pi * (clock / period + phase))
        asked = risk.Asked(
            swing, swing + band, np.full(1000, limit), np.zeros(1000), early=np.zeros(1000), **fixed
        )
        before, memory = memory, risk.judge(memory, float(clock), asked)
        turned = (memory["state"] != before["state"]) & (before["state"] != Risk.UNKNOWN)
        worst = max(worst, int((turned & (clock - last < 3600)).any()))
        changes += turned
        last[turned] = clock
    name = "state changes within an hour of another, swinging"
    console.print(f"{name}: {found.ask(name, worst, high=0)}; {changes.max()} at most in {hours} h")


if __name__ == "__main__":
    sys.exit(main())
