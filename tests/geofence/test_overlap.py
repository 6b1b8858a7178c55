from __future__ import annotations

from dataclasses import replace
from math import inf

from fleet.fences import FenceVersion, Outline, Role
from geofence.frame import Frame
from geofence.shapes import all_overlaps, overlaps, read_outline, terms


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


def test_many_new_ones_are_compared_with_each_other_and_with_those_there() -> None:
    news = [version(-1, circle(0)), version(-2, circle(200)), version(-3, circle(9000))]
    there = [version(7, circle(9100)), version(8, circle(20_000))]
    assert all_overlaps(news, there) == {-1: [-2], -2: [-1], -3: [7]}
