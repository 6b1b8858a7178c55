"""Stored fixes as the detectors of driving read them, and what these remember."""

from __future__ import annotations

import pytest

from store import driving
from tests.fix_watch import NOON, PLATE, Scene, moment

pytestmark = pytest.mark.db

T0 = NOON.timestamp()


def key(scene: Scene, plate: str = PLATE) -> int:
    number: int = scene.rows("SELECT id FROM vehicle WHERE plate = %s", plate)[0][0]
    return number


def test_fixes_are_read_after_a_time_each_vehicle_its_own_and_the_oldest_first(
    scene: Scene,
) -> None:
    scene.drive([(at, 20.0) for at in (0, 10, 20, 30)])
    mine, other = key(scene), key(scene, "沪B2")
    found = driving.load_fixes(scene.conn, {mine: T0 + 5, other: T0}, 2)
    assert [(row.vehicle, row.time - T0) for row in found] == [(mine, 10), (mine, 20)]
    assert found[0].speed == pytest.approx(20.0)
    assert driving.load_fixes(scene.conn, {mine: T0 + 30}, 9) == []
    assert driving.load_fixes(scene.conn, {}, 9) == []
    assert driving.load_newest(scene.conn) == {mine: T0 + 30}


def test_fixes_are_those_of_the_device_that_was_in_the_vehicle_then(scene: Scene) -> None:
    scene.drive([(at, 20.0) for at in (0, 10, 20)])
    scene.conn.execute(
        "UPDATE binding SET valid_to = %s WHERE vehicle_id = %s", [moment(10), key(scene)]
    )
    found = driving.load_fixes(scene.conn, {key(scene): T0 - 60}, 9)
    assert [row.time - T0 for row in found] == [0]


def test_another_driver_is_told_and_the_same_again_is_not(scene: Scene) -> None:
    scene.plan()

    for at, driver in ((600, "老王"), (1200, "小李"), (1800, "小李")):
        scene.conn.execute(
            "UPDATE assignment SET valid_to = %s WHERE valid_to = 'infinity'", [moment(at)]
        )
        scene.conn.execute(
            "INSERT INTO assignment (trip_id, vehicle_id, driver, valid_from, author, reason)"
            " SELECT t.id, %s, %s, %s, 'li.na', 'a swap' FROM trip t",
            [key(scene), driver, moment(at)],
        )
    found = driving.load_changes(scene.conn, [key(scene)], T0 - 86_400)
    assert found == {key(scene): [T0 + 1200]}


def test_what_is_remembered_comes_back_in_its_format_only(scene: Scene) -> None:
    driving.keep_driving(scene.conn, 1, {key(scene): (T0, b"one")})
    driving.keep_driving(scene.conn, 1, {key(scene): (T0 + 5, b"two")})
    driving.keep_driving(scene.conn, 1, {})
    assert driving.load_driving(scene.conn, 1) == {key(scene): (T0 + 5, b"two")}
    assert driving.load_driving(scene.conn, 2) == {}


def test_a_vehicle_that_was_folded_again_is_due_from_the_earliest_time(scene: Scene) -> None:
    for at in (300, 100, 200):
        scene.refolded(at)
    assert driving.take_due(scene.conn, 9) == {key(scene): T0 + 100}
    assert driving.take_due(scene.conn, 9) == {}
