"""The verdict on a round sees everything that may be wrong."""

from __future__ import annotations

import numpy as np
import pytest

from tests.faults import scene, verdict
from tests.faults.verdict import Verdict, fixes, nodes, notifications

SENT = {("R1-d0", 1), ("R1-d0", 2), ("R1-d1", 1)}
TOLD = [
    ("n1", "alert.sos", "R1-v0", "opened:", "sent"),
    ("n2", "alert.sos", "R1-v1", "opened:", "sent"),
]
ALARMS = {("alert.sos", "R1-v0"), ("alert.sos", "R1-v1")}


def test_all_is_well_when_what_was_acknowledged_is_stored_once() -> None:
    assert fixes(SENT, SENT, sorted(SENT), "R1-")
    assert notifications(ALARMS, TOLD, {"n1": 1, "n2": 1}) == 0


def test_an_acknowledged_fix_that_is_not_stored_is_lost() -> None:
    assert fixes(SENT, SENT, [("R1-d0", 1), ("R1-d1", 1)], "R1-").lost == 1


def test_a_fix_that_was_sent_and_not_acknowledged_may_be_stored() -> None:
    assert fixes({("R1-d0", 1)}, SENT, sorted(SENT), "R1-")


def test_a_fix_that_is_stored_twice_is_seen() -> None:
    assert fixes(SENT, SENT, [*SENT, ("R1-d0", 2)], "R1-").duplicated == 1


def test_a_fix_that_nobody_sent_is_told_where_nobody_else_may_send() -> None:
    assert not fixes(SENT, SENT, [*SENT, ("R1-d0", 9)], "R1-")
    assert fixes(SENT, SENT, [*SENT, ("storm001", 9)], "R1-")


def test_nodes_differ_by_what_is_on_one_side_only() -> None:
    first, second = ("v0", "F1", 3.0), ("v0", "F2", 4.0)
    assert nodes([first, second], [second, first]) == 0
    assert nodes([first, second], [first]) == 1
    assert nodes([first], [first, first]) == 1
    assert nodes([first], [("v0", "F1", 3.5)]) == 2


@pytest.mark.parametrize(
    ("kept", "taken"),
    [
        (TOLD[:1], {"n1": 1}),  # one is missing
        (TOLD, {"n1": 1}),  # one was never taken
        ([*TOLD, ("n3", *TOLD[0][1:])], {"n1": 1, "n2": 1, "n3": 1}),  # one is told twice
        ([*TOLD, ("n3", "alert.sos", "R1-v0", "again:", "sent")], {"n1": 1, "n2": 1, "n3": 1}),
    ],
)
def test_a_notice_that_is_missing_or_there_twice_is_wrong(
    kept: list[verdict.Told], taken: dict[str, int]
) -> None:
    assert notifications(ALARMS, kept, taken) == 1


def test_a_notice_that_is_on_its_way_is_not_judged() -> None:
    waits = ("n3", "alert.signal_lost", "R1-v0", "opened:", "waiting")
    assert notifications(ALARMS, [*TOLD, waits], {"n1": 1, "n2": 1}) == 0
    assert notifications(ALARMS, [*TOLD, (*waits[:4], "sent")], {"n1": 1, "n2": 1}) == 1


def test_a_message_that_came_twice_under_one_id_is_one() -> None:
    assert notifications(ALARMS, TOLD, {"n1": 2, "n2": 1}) == 0


def test_a_verdict_with_anything_wrong_is_none_of_well() -> None:
    assert Verdict()
    assert not any(
        [Verdict(lost=1), Verdict(duplicated=1), Verdict(wrong_nodes=1), Verdict(others=["x"])]
    )
    assert not Verdict(wrong_notifications=1)


def test_a_scene_has_nodes_alarms_late_fixes_and_clocks_that_jump() -> None:
    drawn = scene.draw(3, np.random.default_rng(7), 1_772_400_000.0)
    keys = {name: number for number, name in enumerate(drawn.of_day, 10)}
    assert len(drawn.nodes(keys)) > 20
    assert len({kind for kind, _ in drawn.alarms}) == 2
    own = [p.fixes[0] for p in drawn.script if p.device == drawn.of_day[0] and p.fixes]
    assert own != sorted(own)
    assert len(own) > len(set(own))
    clock = [p.fixes for p in drawn.script if p.device == f"{drawn.prefix}clock"]
    assert sorted(map(len, clock)) == [0] * 3 + [1] * 9  # ahead: refused; the others are kept


def test_the_rounds_of_one_seed_are_drawn_the_same_again() -> None:
    one, two = (scene.draw(1, np.random.default_rng(4), 1_772_400_000.0) for _ in range(2))
    assert one.script == two.script
