"""Plans and questions that the tests of travel time share."""

from __future__ import annotations

from dataclasses import fields, replace
from math import inf, nan
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from fleet.trips import STOP, Plan
from route.eta import Ask
from route.model import Driven
from route.plans import course

START = 1_750_000_200.0  #: a whole minute
KM = 1000.0
MINUTE = 60.0

Floats = NDArray[np.float64]


def plan_of(
    s: list[float],
    arrive: list[float],
    depart: list[float] | None = None,
    names: str = "",
    **columns: list[float],
) -> Plan:
    """A plan with stops at ``s`` m; times in s after ``START``; departs as it arrives."""
    stops = np.zeros(len(s), STOP)
    stops["key"] = np.arange(len(s)) + 1
    stops["s"] = s
    stops["arrive"] = START + np.array(arrive)
    stops["depart"] = stops["arrive"] if depart is None else START + np.array(depart)
    stops["opens"] = stops["closes"] = stops["arrive"]
    for name, column in columns.items():
        stops[name] = column
    return Plan(1, 0, -inf, 1, True, stops, tuple(names or "ABCDEFGHIJ"[: len(s)]))  # noqa: FBT003 - the fields of a plan in order


def ask_of(count: int = 1, **columns: object) -> Ask:
    """Questions about row 0, at ``START`` at the first stop; each column as given."""
    values: dict[str, object] = {
        "plan": 0,
        "now": START,
        "s": 0.0,
        "seen": columns.get("now", START),
        "first": 1,
        "here": nan,
        "left": nan,
        "driven": 0.0,
        "off": False,
        "stands": nan,
        **columns,
    }
    kinds = {"plan": np.intp, "first": np.intp, "off": np.bool_}
    arrays: dict[str, Any] = {
        field.name: np.array(
            np.broadcast_to(np.asarray(values[field.name], kinds.get(field.name, float)), count)
        )
        for field in fields(Ask)
    }
    return Ask(**arrays)


def moved(plan: Plan, by: float) -> Plan:
    """The same plan ``by`` s later."""
    stops = plan.stops.copy()
    for name in ("arrive", "depart", "opens", "closes"):
        stops[name] += by
    return replace(plan, stops=stops)


def run_of(plan: Plan, late: float, begin: float = 0.0) -> Driven:
    """A run of the plan ``begin`` s later, ``late`` s more on each link, seen at every stop."""
    found = course(moved(plan, begin))
    unknown = np.full(len(found.s), nan)
    return Driven(found, found.arrive + late * np.arange(len(found.s)), found.s, unknown, unknown)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Plans of 2 to 8 stops with or without times, dwells and windows."""
    count = draw(st.integers(2, 8))
    metres = draw(st.lists(st.floats(50, 60 * KM), min_size=count - 1, max_size=count - 1))
    pace = draw(st.floats(3, 25))
    stay = draw(st.sampled_from([0.0, 30.0, 1800.0]))
    links = np.array(metres) / pace
    arrive = np.concatenate([[0.0], np.cumsum(links + stay)])
    arrive[1:] -= stay if draw(st.booleans()) else 0.0
    timed = draw(st.booleans())
    told = arrive if timed else np.where(np.arange(count) == 0, arrive, nan)
    return plan_of(
        np.concatenate([[0.0], np.cumsum(metres)]).tolist(),
        told.tolist(),
        (told + (stay if timed else 0.0)).tolist(),
        service=[stay] * count,
    )
