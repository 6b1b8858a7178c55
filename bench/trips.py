"""What trips cost: progress, estimates, and a whole look at each, with 10,000 trips under way.

Each fix of a batch of 1,000 is of another vehicle, each vehicle on a trip of its own of ten
stops.  Baseline is the decoding of the same number of messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import nan

import numpy as np
from numpy.typing import NDArray

from bench.fences import best, decoding
from bench.measure import Ratio, Report, middle, spread
from bench.progress import Traffic
from bench.roads import START
from fleet.trips import (
    STOP,
    Assignment,
    Place,
    Plan,
    Standing,
    StopFact,
    StopStatus,
    TripRow,
    TripState,
)
from route.answer import answer, place_of
from route.model import VERSION, Model, Rules
from route.plans import Plans
from route.progress import Rules as ProgressRules
from route.progress import empty_progress, locate
from shipment.cases import Case, ask
from shipment.evaluate import conclude

SEED = 4
VEHICLES, QUICK_VEHICLES = 10_000, 2_000
BATCH, BATCHES, QUICK_BATCHES = 1_000, 30, 5
STOPS = 10
BUDGET = 30.0  #: us per fix for progress and estimate together
PACE = 18.0  #: m/s that the plan counts on


def run(*, quick: bool) -> Report:
    """Measure."""
    report = Report(
        "trips",
        f"CPU, batches of {BATCH:,}, the best of 3 runs of each batch, the median of the batches; "
        "'budget': the ratio of the budget to it.",
    )
    vehicles = QUICK_VEHICLES if quick else VEHICLES
    traffic = Traffic(np.random.default_rng(SEED), vehicles)
    rows = [_row(number, float(traffic.lines.length[number])) for number in range(vehicles)]
    plans = Plans.build([row.plans[0] for row in rows])
    model, rules = Model.empty(VERSION), Rules()
    memory = empty_progress(vehicles)
    warm_up = vehicles // BATCH * 3
    for _ in _passes(traffic, memory, warm_up):
        pass
    spent: dict[str, list[float]] = {"progress": [], "estimate": [], "look": []}
    for took, touched in _passes(traffic, memory, QUICK_BATCHES if quick else BATCHES):
        cases = [_case(rows[v], memory[v].tobytes(), traffic) for v in touched.tolist()]
        now = float(memory["time"][touched].max())
        asked = ask(cases, now)
        estimate, forecast = best(answer, asked.question, plans, model, rules)
        look, _ = best(_look, cases, now, forecast)
        spent["progress"].append(took)
        spent["estimate"].append(estimate / len(cases) * 1e6)
        spent["look"].append(look / len(cases) * 1e6)
    both = [a + b for a, b in zip(spent["progress"], spent["estimate"], strict=True)]
    ratios = [BUDGET / cost for cost in both]
    decode = decoding(QUICK_BATCHES if quick else 12)
    cost = middle(both)
    report.ratios += [
        Ratio(
            "progress + estimate, budget",
            cost,
            BUDGET,
            "us/fix",
            middle(ratios),
            spread(ratios),
            1.0,
        ),
        Ratio("decode", cost, decode, "us/fix", decode / cost),
    ]
    report.figures |= {
        "progress, us/fix": middle(spent["progress"]),
        "estimate of ten stops, us/fix": middle(spent["estimate"]),
        "a look: facts, risk, cause, what is to be kept, us/trip": middle(spent["look"]),
    }
    return report


def _passes(
    traffic: Traffic, memory: NDArray[np.void], turns: int
) -> Iterator[tuple[float, NDArray[np.int32]]]:
    """Progress batch by batch: us per fix, and the vehicles."""
    rules = ProgressRules()
    for _ in range(turns):
        batch = traffic.batch(BATCH)
        took, found = best(locate, batch, traffic.lines, memory, rules, traffic.halts)
        memory.put(found.touched, found.memory)
        yield took / BATCH * 1e6, found.touched


def _look(cases: list[Case], now: float, forecast: object) -> object:
    return conclude(cases, ask(cases, now), forecast, now, VERSION)  # type: ignore[arg-type]  # as answered


def _row(number: int, length: float) -> TripRow:
    stops = np.zeros(STOPS, STOP)
    stops["key"] = np.arange(STOPS) + number * STOPS + 1
    stops["site"] = np.arange(STOPS) + 1
    stops["s"] = np.linspace(0.0, length, STOPS)
    stops["arrive"] = START + stops["s"] / PACE
    stops["depart"] = stops["arrive"]
    stops["opens"] = stops["closes"] = stops["arrive"]
    stops["early"], stops["late"] = 1800.0, 900.0
    names = tuple(f"site {n}" for n in range(STOPS))
    plan = Plan(number + 1, 0, -np.inf, number + 1, strict=True, stops=stops, names=names)
    assigned = Assignment(number + 1, number, -np.inf, np.inf)
    return TripRow(number + 1, str(number), (plan,), (assigned,))


def _case(row: TripRow, packed: bytes, traffic: Traffic) -> Case:
    place = place_of(packed, traffic.lines)
    assert isinstance(place, Place)
    keys = row.plans[0].stops["key"].tolist()
    facts = (
        StopFact(keys[0], StopStatus.DEPARTED, "", START, START),
        *(StopFact(key, StopStatus.PLANNED) for key in keys[1:]),
    )
    state = TripState.EN_ROUTE
    standing = Standing(row.key, state, facts, (), (), b"", -1, nan, nan)
    return Case(row, standing, facts, row.assigned[0].vehicle, place, packed)
