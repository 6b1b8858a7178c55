from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from fleet.scope import OPERATOR, Scope
from tracker_api.live.mailbox import Mailbox
from tracker_api.live.messages import Filter, NodeNews, State

BOX = Filter((0, 0, 10, 10))
INSIDE, OUTSIDE = 5.0, 50.0


def state(key: int, lon: float = INSIDE, version: int = 0, party: str | None = "acme") -> State:
    plate = f"P{key}"
    return State(plate, party, lon, 5.0, (plate, party, version, *[None] * 10))


def node(number: int, key: int = 1, party: str | None = "acme") -> NodeNews:
    return NodeNews(number, f"P{key}", party, b"{}")


def mailbox(wanted: Filter = BOX, scope: Scope = OPERATOR) -> Mailbox:
    return Mailbox(scope, wanted)


def test_only_the_newest_state_of_a_vehicle_waits() -> None:
    box = mailbox()
    box.offer({1: state(1, version=1)})
    box.offer({1: state(1, version=2)})
    assert box.drain().states == (state(1, version=2),)
    assert box.conflated == 1
    assert not box.drain()


def test_a_vehicle_that_leaves_is_told_gone_once() -> None:
    box = mailbox()
    box.restart({1: state(1)})
    box.offer({1: state(1, OUTSIDE)})
    box.offer({1: state(1, OUTSIDE, 2)})
    letter = box.drain()
    assert (letter.states, letter.gone) == ((), ("P1",))
    box.offer({1: state(1, OUTSIDE, 3)})
    assert not box


def test_a_vehicle_that_was_never_inside_is_not_mentioned() -> None:
    box = mailbox()
    box.restart({1: state(1, OUTSIDE)})
    box.offer({1: state(1, OUTSIDE, 1), 2: state(2, OUTSIDE)})
    assert not box


def test_a_vehicle_that_comes_back_before_it_was_told_gone_is_only_moved() -> None:
    box = mailbox()
    box.restart({1: state(1)})
    box.offer({1: state(1, OUTSIDE)})
    box.offer({1: state(1, version=3)})
    letter = box.drain()
    assert (letter.states, letter.gone) == ((state(1, version=3),), ())


def test_a_vehicle_that_is_no_more_is_gone() -> None:
    box = mailbox(Filter())
    box.restart({1: state(1)})
    box.offer({1: None, 2: None})
    assert box.drain().gone == ("P1",)


def test_a_vehicle_that_leaves_the_scope_is_gone() -> None:
    box = mailbox(Filter(), Scope("carrier", frozenset({"acme"})))
    assert box.restart({1: state(1), 2: state(2, party="other")}) == (state(1),)
    box.offer({1: state(1, party="other"), 2: state(2, version=1, party="other")})
    letter = box.drain()
    assert (letter.states, letter.gone) == ((), ("P1",))


def test_an_edit_of_the_world_is_told_once() -> None:
    box = mailbox()
    box.offer({}, world=True)
    assert box.drain().world
    assert not box.drain().world


def test_catching_up_keeps_what_came_meanwhile() -> None:
    box = mailbox()
    fleet = {1: state(1), 2: state(2, OUTSIDE), 3: state(3, version=1)}
    box.restart(fleet)
    box.offer({3: state(3, version=2)})
    box.catch_up({1, 2, 3, 4}, fleet)
    letter = box.drain()
    assert set(letter.states) == {state(1), state(3, version=2)}
    assert letter.gone == ("P2",)


LONS = st.sampled_from([INSIDE, OUTSIDE])
ROUNDS = st.lists(st.dictionaries(st.integers(0, 4), st.one_of(st.none(), LONS)), max_size=30)


@given(ROUNDS, st.sets(st.integers(0, 29)))
def test_a_client_that_applies_its_letters_sees_what_the_filter_admits(
    rounds: list[dict[int, float | None]], drained: set[int]
) -> None:
    """However seldom it reads, and never more than one state per vehicle waits for it."""
    box = mailbox()
    fleet: dict[int, State | None] = {}
    seen: dict[str, State] = {}

    def read() -> None:
        letter = box.drain()
        seen.update({s.plate: s for s in letter.states})
        for plate in letter.gone:
            seen.pop(plate, None)

    for number, lons in enumerate(rounds):
        changed: Mapping[int, State | None] = {
            key: None if lon is None else state(key, lon, number) for key, lon in lons.items()
        }
        fleet.update(changed)
        box.offer(changed)
        assert len(box) <= 5
        if number in drained:
            read()
    read()
    now = [s for s in fleet.values() if s is not None and BOX.admits(s)]
    assert seen == {s.plate: s for s in now}


def test_nodes_wait_all_and_in_order_while_states_are_conflated() -> None:
    box = mailbox()
    for number in range(5):
        box.offer({1: state(1, version=number)}, [node(number)])
    letter = box.drain()
    assert letter.states == (state(1, version=4),)
    assert [told.number for told in letter.nodes] == [0, 1, 2, 3, 4]
    assert not box.drain()


def test_a_node_is_told_wherever_its_vehicle_is_but_not_beyond_plates_and_scope() -> None:
    wanted = Filter((0, 0, 10, 10), frozenset({"P1", "P3"}))
    box = mailbox(wanted, Scope("carrier", frozenset({"acme"})))
    box.restart({1: state(1, OUTSIDE)})
    box.offer({}, [node(1, 1), node(2, 2), node(3, 3, party="other"), node(4, 3, party=None)])
    assert [told.number for told in box.drain().nodes] == [1]


def test_nodes_survive_a_snapshot_of_states() -> None:
    box = mailbox()
    box.offer({}, [node(1)])
    box.restart({1: state(1)})
    assert [told.number for told in box.drain().nodes] == [1]


def test_recovered_nodes_come_first_and_none_twice() -> None:
    box = mailbox(Filter(plates=frozenset({"P1"})))
    box.offer({}, [node(5), node(6)])
    box.recover([node(3), node(4, 2), node(5)])
    assert [told.number for told in box.drain().nodes] == [3, 5, 6]


def test_another_mailbox_of_the_client_inherits_what_it_may_still_hear() -> None:
    before = mailbox(Filter())
    before.offer({}, [node(1, 1), node(2, 2)], world=True)
    after = mailbox(Filter(plates=frozenset({"P2"})))
    after.inherit(before)
    letter = after.drain()
    assert ([told.number for told in letter.nodes], letter.world) == ([2], True)
