from __future__ import annotations

from dataclasses import replace
from math import inf, nan

import pytest

from fleet.fences import FenceVersion, Hours, Outline, Role, StopRule
from geofence.frame import Frame
from geofence.shapes import Fault, default_radius, overlaps, read_outline, terms
from geofence.terms import Given, check, meet


def circle(east: float = 0.0, radius: float = 150.0) -> Outline:
    """A circle so many metres east of one place on the antimeridian."""
    lon, lat = Frame(180.0, 31.0).to_degrees(east, 0.0)
    outline = read_outline({"type": "Point", "coordinates": [float(lon), float(lat)]}, radius)
    assert isinstance(outline, Outline)
    return outline


def version(fence: int, outline: Outline, role: Role = Role.HUB, parent: int = 0) -> FenceVersion:
    return FenceVersion(
        fence=fence,
        version=1,
        site=fence,
        parent=parent,
        zone="Asia/Shanghai",
        valid_from=0.0,
        valid_to=inf,
        terms=terms(outline, role),
    )


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


def test_hubs_that_share_ground_are_told_also_across_the_antimeridian() -> None:
    new = version(1, circle(-100))
    beside, far = version(2, circle(150)), version(3, circle(5000))
    assert overlaps(new, [far, beside]) == [2]
    assert overlaps(beside, [new, far]) == [1]


def test_a_sliver_is_no_overlap() -> None:
    assert overlaps(version(1, circle()), [version(2, circle(298))]) == []
    assert overlaps(version(1, circle()), [version(2, circle(250))]) == [2]


def test_one_inside_the_other_overlaps_it() -> None:
    assert overlaps(version(1, circle(radius=1000)), [version(2, circle(radius=50))]) == [2]


def test_another_role_another_time_oneself_and_kin_are_no_overlap() -> None:
    new = version(1, circle(), parent=4)
    ended = replace(version(2, circle()), valid_to=100.0)
    others = [
        version(1, circle(10)),
        version(3, circle(), Role.REST_AREA),
        version(4, circle(radius=900), parent=5),
        version(5, circle(radius=2000)),
        version(6, circle(radius=20), parent=1),
        ended,
    ]
    assert overlaps(replace(new, valid_from=100.0), others) == []
    assert overlaps(replace(new, valid_from=99.0), others) == [2]


def test_parents_in_a_circle_do_not_hang() -> None:
    assert overlaps(version(1, circle(), parent=2), [version(2, circle(), parent=1)]) == []
    others = [version(2, circle(), parent=3), version(3, circle(5000), parent=2)]
    assert overlaps(version(1, circle()), others) == [2]


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ((0, 0, 1, 1), (1, 1, 2, 2), True),
        ((0, 0, 1, 1), (2, 0, 3, 1), False),
        ((0, 0, 1, 1), (0, 2, 1, 3), False),
        ((179, 0, -179, 1), (-179.5, 0, -178, 1), True),
        ((179, 0, -179, 1), (178, 0, 180, 1), True),
        ((179, 0, -179, 1), (-178, 0, 178, 1), False),
        ((-10, 0, 10, 1), (-1, 0, 1, 1), True),
    ],
)
def test_boxes_meet_also_over_the_antimeridian(
    one: tuple[float, float, float, float],
    other: tuple[float, float, float, float],
    together: bool,  # noqa: FBT001 - a column
) -> None:
    assert meet(one, other) is together
    assert meet(other, one) is together
