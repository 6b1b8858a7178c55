from __future__ import annotations

from collections.abc import Iterable, Mapping

from hypothesis import given
from hypothesis import strategies as st

from fleet.scope import OPERATOR, Scope
from fleet.views import Cursor
from tracker_api.live.audience import Audience, Wish
from tracker_api.live.mailbox import Mailbox
from tracker_api.live.messages import Filter, NodeNews, State, Told

BOX = Filter((0, 0, 10, 10))
INSIDE, OUTSIDE = 5.0, 50.0
CURSOR = Cursor("e", 1)


def state(key: int, lon: float = INSIDE, version: int = 0, party: str | None = "acme") -> State:
    plate = f"P{key}"
    return State(plate, party, lon, 5.0, (plate, party, version, *[None] * 10))


def node(number: int, key: int = 1, party: str | None = "acme") -> NodeNews:
    return NodeNews(number, f"P{key}", party, b"{}")


class Box:
    """A mailbox and its audience, which hears of everything first."""

    def __init__(
        self,
        wanted: Filter = BOX,
        scope: Scope = OPERATOR,
        states: Mapping[int, State] | None = None,
    ) -> None:
        self.audience = Audience(Wish(scope, wanted), {}, states or {})
        self.mailbox = Mailbox()

    def offer(
        self,
        changed: Mapping[int, State | None],
        told: Iterable[Told] = (),
        *,
        world: bool = False,
    ) -> None:
        """One round."""
        if news := self.audience.take(changed, told, CURSOR, world=world):
            self.mailbox.offer(news)

    def drain(self) -> tuple[set[State], set[str]]:
        """What waited of states: the newest, and plates that are gone."""
        letter = self.mailbox.drain()
        return set(letter.states.values()), set(letter.gone.values())

    def numbers(self) -> list[int]:
        """The nodes that waited."""
        return [told.number for told in self.mailbox.drain().told]


def test_only_the_newest_state_of_a_vehicle_waits() -> None:
    box = Box()
    box.offer({1: state(1, version=1)})
    box.offer({1: state(1, version=2)})
    assert box.drain() == ({state(1, version=2)}, set())
    assert box.mailbox.conflated == 1
    assert not box.mailbox


def test_who_keeps_up_shares_the_round_and_who_is_behind_does_not() -> None:
    box = Box()
    news = box.audience.take({1: state(1)}, (), CURSOR)
    box.mailbox.offer(news)
    assert box.mailbox.shared is news
    box.mailbox.clear()
    assert not box.mailbox
    box.mailbox.offer(news)
    box.offer({2: state(2)})
    assert box.mailbox.shared is None
    assert box.drain() == ({state(1), state(2)}, set())


def test_a_vehicle_that_leaves_is_told_gone_once() -> None:
    box = Box(states={1: state(1)})
    box.offer({1: state(1, OUTSIDE)})
    box.offer({1: state(1, OUTSIDE, 2)})
    assert box.drain() == (set(), {"P1"})
    box.offer({1: state(1, OUTSIDE, 3)})
    assert not box.mailbox


def test_a_vehicle_that_was_never_inside_is_not_mentioned() -> None:
    box = Box(states={1: state(1, OUTSIDE)})
    box.offer({1: state(1, OUTSIDE, 1), 2: state(2, OUTSIDE)})
    assert not box.mailbox


def test_a_vehicle_that_comes_back_before_it_was_told_gone_is_only_moved() -> None:
    box = Box(states={1: state(1)})
    box.offer({1: state(1, OUTSIDE)})
    box.offer({1: state(1, version=3)})
    assert box.drain() == ({state(1, version=3)}, set())


def test_a_vehicle_that_is_no_more_is_gone() -> None:
    box = Box(Filter(), states={1: state(1)})
    box.offer({1: None, 2: None})
    assert box.drain() == (set(), {"P1"})


def test_a_vehicle_that_leaves_the_scope_is_gone() -> None:
    fleet = {1: state(1), 2: state(2, party="other")}
    box = Box(Filter(), Scope("carrier", frozenset({"acme"})), fleet)
    assert set(box.audience.seen.values()) == {state(1)}
    box.offer({1: state(1, party="other"), 2: state(2, version=1, party="other")})
    assert box.drain() == (set(), {"P1"})


def test_an_edit_of_the_world_is_told_once() -> None:
    box = Box()
    box.offer({}, world=True)
    assert box.mailbox.drain().world
    assert not box.mailbox.drain().world


def test_catching_up_keeps_what_came_meanwhile() -> None:
    fleet = {1: state(1), 2: state(2, OUTSIDE), 3: state(3, version=1)}
    box = Box(states=fleet)
    box.offer({3: state(3, version=2)})
    box.mailbox.catch_up({1, 2, 3, 4}, box.audience, fleet | {3: state(3, version=2)})
    assert box.drain() == ({state(1), state(3, version=2)}, {"P2"})


LONS = st.sampled_from([INSIDE, OUTSIDE])
ROUNDS = st.lists(st.dictionaries(st.integers(0, 4), st.one_of(st.none(), LONS)), max_size=30)


@given(ROUNDS, st.sets(st.integers(0, 29)))
def test_a_client_that_applies_its_letters_sees_what_the_filter_admits(
    rounds: list[dict[int, float | None]], drained: set[int]
) -> None:
    """However seldom it reads, and never more than one state per vehicle waits for it."""
    box = Box()
    fleet: dict[int, State | None] = {}
    seen: dict[str, State] = {}

    def read() -> None:
        states, gone = box.drain()
        seen.update({s.plate: s for s in states})
        for plate in gone:
            seen.pop(plate, None)

    for number, lons in enumerate(rounds):
        changed: Mapping[int, State | None] = {
            key: None if lon is None else state(key, lon, number) for key, lon in lons.items()
        }
        fleet.update(changed)
        box.offer(changed)
        assert len(box.mailbox) <= 5
        if number in drained:
            read()
    read()
    now = [s for s in fleet.values() if s is not None and BOX.admits(s)]
    assert seen == {s.plate: s for s in now}


def test_nodes_wait_all_and_in_order_while_states_are_conflated() -> None:
    box = Box()
    for number in range(5):
        box.offer({1: state(1, version=number)}, [node(number)])
    assert box.mailbox.owed == 5
    letter = box.mailbox.drain()
    assert list(letter.states.values()) == [state(1, version=4)]
    assert [told.number for told in letter.told] == [0, 1, 2, 3, 4]
    assert not box.mailbox.drain()


def test_a_node_is_told_wherever_its_vehicle_is_but_not_beyond_plates_and_scope() -> None:
    wanted = Filter((0, 0, 10, 10), frozenset({"P1", "P3"}))
    box = Box(wanted, Scope("carrier", frozenset({"acme"})), {1: state(1, OUTSIDE)})
    box.offer({}, [node(1, 1), node(2, 2), node(3, 3, party="other"), node(4, 3, party=None)])
    assert box.numbers() == [1]


def test_nodes_survive_a_snapshot_of_states() -> None:
    box = Box()
    box.offer({1: state(1)}, [node(1)])
    box.mailbox.restart()
    assert len(box.mailbox) == 0
    assert box.numbers() == [1]


def test_recovered_nodes_come_first_and_none_twice() -> None:
    box = Box()
    box.offer({}, [node(5), node(6)])
    box.mailbox.recover([node(3), node(5)])
    assert box.numbers() == [3, 5, 6]


def test_another_mailbox_of_the_client_inherits_what_it_may_still_hear() -> None:
    before, after = Box(Filter()), Box(Filter(plates=frozenset({"P2"})))
    before.offer({1: state(1)}, [node(1, 1), node(2, 2)], world=True)
    after.mailbox.inherit(before.mailbox, after.audience)
    letter = after.mailbox.drain()
    assert ([told.number for told in letter.told], letter.world) == ([2], True)
    assert not letter.states
