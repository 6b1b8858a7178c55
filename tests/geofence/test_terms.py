from __future__ import annotations

from math import inf, nan

import pytest

from fleet.fences import Hours, Outline, Role, StopRule
from geofence.frame import Frame
from geofence.shapes import Fault, default_radius, read_outline, terms
from geofence.terms import Given, check


def circle(east: float = 0.0, radius: float = 150.0) -> Outline:
    """A circle so many metres east of one place on the antimeridian."""
    lon, lat = Frame(180.0, 31.0).to_degrees(east, 0.0)
    outline = read_outline({"type": "Point", "coordinates": [float(lon), float(lat)]}, radius)
    assert isinstance(outline, Outline)
    return outline


@pytest.mark.parametrize(
    ("role", "node_level", "stop_rule", "radius"),
    [
        (Role.ORIGIN, True, StopRule.STAY, 150),
        (Role.HUB, True, StopRule.STAY, 300),
        (Role.DESTINATION, True, StopRule.STAY, 100),
        (Role.CUSTOMS, True, StopRule.STAND, 150),
        (Role.OTHER, True, StopRule.STAY, 150),
        (Role.REST_AREA, False, StopRule.STAND, 150),
        (Role.FORBIDDEN, False, StopRule.PASS, 150),
    ],
)
def test_a_role_says_what_a_fence_is_for(
    role: Role,
    node_level: bool,  # noqa: FBT001 - a column
    stop_rule: StopRule,
    radius: float,
) -> None:
    made = terms(circle(), role)
    assert (made.node_level, made.stop_rule) == (node_level, stop_rule)
    assert default_radius(role) == radius
    dwell = 0 if stop_rule is StopRule.PASS else 120
    assert (made.dwell_in, made.dwell_out) == (dwell, dwell)


@pytest.mark.parametrize(("radius", "margin"), [(50, 30), (300, 60), (2000, 150)])
def test_the_margin_grows_with_the_fence_within_bounds(radius: float, margin: float) -> None:
    assert terms(circle(radius=radius), Role.HUB).margin == margin


def test_what_is_given_holds() -> None:
    hours = (Hours((0, 1, 2, 3, 4), 1320, 1800),)
    given: Given = {
        "node_level": True,
        "margin": 5.0,
        "dwell_in": 0.0,
        "stop_rule": StopRule.STAY,
        "hours": hours,
    }
    made = terms(circle(), Role.REST_AREA, **given)
    assert (made.node_level, made.margin, made.dwell_in, made.dwell_out) == (True, 5.0, 0.0, 120.0)
    assert made.hours == hours
    assert check(given) is None


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"margin": -1.0}, "margin"),
        ({"margin": nan}, "margin"),
        ({"margin": 5001.0}, "margin"),
        ({"dwell_in": 86_401.0}, "dwell_in"),
        ({"dwell_out": inf}, "dwell_out"),
        ({"hours": (Hours((), 0, 60),)}, "hours 0"),
        ({"hours": (Hours((0,), 0, 60), Hours((7,), 0, 60))}, "hours 1"),
        ({"hours": (Hours((1, 1), 0, 60),)}, "hours 0"),
        ({"hours": (Hours((1,), 1440, 1500),)}, "hours 0"),
        ({"hours": (Hours((1,), 60, 60),)}, "hours 0"),
        ({"hours": (Hours((1,), 60, 2881),)}, "hours 0"),
        ({"hours": (Hours((1,), 60, 120),) * 22}, "hours"),
    ],
)
def test_what_cannot_be_is_refused_by_field(given: Given, where: str) -> None:
    fault = check(given)
    assert isinstance(fault, Fault)
    assert fault.where == where
