from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import inf, nan
from typing import Any

import numpy as np
import pytest
from psycopg import Connection

from fleet.errors import Conflict, Invalid, NotFound
from fleet.fences import Role
from fleet.nodes import (
    Basis,
    Cause,
    Changes,
    Crossing,
    KeptNode,
    KeptVisit,
    Node,
    NodeKind,
    Source,
    Visit,
    VisitState,
)
from fleet.records import WorldRows
from fleet.scope import OPERATOR, Scope
from fleet.views import NodeVersion, Party, Presence, Site, VisitEnd
from store import admin, feed, fences, nodes, visits, world
from store.fences import Edit
from store.nodes import Wanted, WantedVisits
from tests.store.conftest import NOON
from tests.store.test_fences import draft, terms

pytestmark = pytest.mark.db

ALPHA = Scope("alpha", frozenset({"alpha"}))
NOBODY = Scope("nobody", frozenset())
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
ALWAYS = (NOON - timedelta(days=9), NOON + timedelta(days=9))


def ident(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012}"


@pytest.fixture
def rows(conn: Connection[Any], two_parties: None) -> WorldRows:  # noqa: ARG001 - registers them
    said = Edit("li.na", "drawn", NOON - timedelta(days=1))
    fences.add_fence(conn, draft("gate", site="hub"), said)
    fences.add_fence(conn, draft("dock", site="hub", terms=terms(node_level=False)), said)
    fences.add_fence(conn, draft("rest", terms=terms(role=Role.REST_AREA)), said)
    return world.load_world(conn)


def moment(minutes: float) -> datetime:
    return NOON + minutes * MINUTE


def crossing(minutes: float) -> Crossing:
    time = moment(minutes).timestamp()
    return Crossing(
        time, time - 10, time + 10, Basis.INTERPOLATED, ((1, time - 10), (1, time + 10))
    )


def visit(entered: float = 0, left: float | None = None, **more: Any) -> Visit:  # noqa: ANN401 - a builder
    ordinary = Visit(1, 1, VisitState.ARRIVED, crossing(entered), arrived=NOON.timestamp() + 120)
    if left is not None:
        settled = moment(left + 10).timestamp()
        state = VisitState.DEPARTED
        ordinary = replace(
            ordinary, state=state, exit=crossing(left), left_version=1, settled=settled
        )
    return replace(ordinary, **more)


def node(minutes: float = 0, **more: Any) -> Node:  # noqa: ANN401 - a builder
    at = crossing(minutes)
    ordinary = Node(
        vehicle=0,
        site=1,
        fence=1,
        fence_version=1,
        visit=ident(1),
        kind=NodeKind.ARRIVED,
        valid=True,
        actual=at.time,
        earliest=at.earliest,
        latest=at.latest,
        stopped=at.time + 60,
        confirmed=at.time + 120,
        basis=at.basis,
        source=Source.GPS,
        evidence=at.evidence,
        cause=Cause.FIRST,
        provisional=True,
    )
    return replace(ordinary, **more)


def keep(
    conn: Connection[Any],
    rows: WorldRows,
    stays: Sequence[tuple[int, int, Visit]] = (),
    versions: Sequence[tuple[int, int, Node]] = (),
) -> None:
    """Visits as id, vehicle and what; nodes as id, version and what."""
    with conn.transaction():
        changes = Changes(
            tuple(KeptVisit(ident(n), vehicle, what) for n, vehicle, what in stays),
            nodes=tuple(KeptNode(ident(n), version, what) for n, version, what in versions),
        )
        visits.keep(conn, rows, changes)


def wanted(**more: Any) -> Wanted:  # noqa: ANN401 - a builder
    return replace(Wanted(None, None, None, *ALWAYS, retracted=False), **more)


def numbers(found: Sequence[NodeVersion]) -> list[tuple[int, int]]:
    return [(int(each.id[-12:]), each.version) for each in found]


def test_a_node_is_read_with_names_in_place_of_keys(conn: Connection[Any], rows: WorldRows) -> None:
    keep(conn, rows, versions=[(1, 1, node())])
    (got,) = nodes.list_nodes(conn, OPERATOR, wanted())
    assert (got.id, got.version, got.cause, got.kind) == (
        ident(1),
        1,
        Cause.FIRST,
        NodeKind.ARRIVED,
    )
    assert (got.vehicle, got.party, got.operator) == ("沪A1", "alpha", "alpha")
    assert got.site == Site("hub", "站", "Hub", "UTC", 121.0, 31.0)
    assert (got.fence, got.visit) == (("gate", 1), ident(1))
    assert (got.actual_at, got.earliest_at) == (NOON, NOON - 10 * SECOND)
    assert (got.latest_at, got.stopped_at) == (NOON + 10 * SECOND, NOON + 60 * SECOND)
    assert (got.basis, got.source) == (Basis.INTERPOLATED, Source.GPS)
    assert got.evidence == (("a1", NOON - 10 * SECOND), ("a1", NOON + 10 * SECOND))
    assert (got.author, got.was_at, got.planned_at, got.attachments) == (None, None, None, ())
    assert got.provisional
    assert not got.conflict
    assert got.number == feed.position(conn).number


def test_nodes_are_listed_by_what_is_asked(conn: Connection[Any], rows: WorldRows) -> None:
    given = [
        (1, 1, node(0)),
        (2, 1, node(10, kind=NodeKind.DEPARTED)),
        (3, 1, node(5, vehicle=1)),
        (4, 1, node(7, site=rows.fences[2].site, fence=3, vehicle=2)),
        (5, 1, node(8, valid=False)),
    ]
    keep(conn, rows, versions=given)
    keep(conn, rows, versions=[(1, 2, node(1, cause=Cause.UPDATED))])

    def got(scope: Scope = OPERATOR, limit: int = 9, **more: Any) -> list[tuple[int, int]]:  # noqa: ANN401 - of ``Wanted``
        return numbers(nodes.list_nodes(conn, scope, wanted(**more), limit=limit))

    assert got() == [(2, 1), (4, 1), (3, 1), (1, 2)]
    assert got(limit=1) == [(2, 1)]
    assert got(retracted=True) == [(2, 1), (5, 1), (4, 1), (3, 1), (1, 2)]
    assert got(vehicle="沪A1") == [(2, 1), (1, 2)]
    assert got(site="rest") == [(4, 1)]
    assert got(kind=NodeKind.DEPARTED) == [(2, 1)]
    assert got(start=moment(1), end=moment(7)) == [(3, 1), (1, 2)]
    assert got(ALPHA) == [(2, 1), (1, 2)]
    assert got(NOBODY) == []
    with pytest.raises(NotFound, match="vehicle"):
        got(ALPHA, vehicle="沪B1")
    with pytest.raises(NotFound, match="site"):
        got(site="nowhere")


def test_the_feed_gives_every_version_once_and_in_order(
    conn: Connection[Any], rows: WorldRows
) -> None:
    keep(conn, rows, versions=[(1, 1, node()), (2, 1, node(1, vehicle=1))])
    keep(conn, rows, versions=[(1, 2, node(2)), (2, 2, node(1, vehicle=1, valid=False))])
    every = [(1, 1), (2, 1), (1, 2), (2, 2)]
    assert numbers(nodes.read_after(conn, OPERATOR, 0, 9)) == every
    read, after = [], 0
    while page := nodes.read_after(conn, OPERATOR, after, 1):
        read += numbers(page)
        after = page[-1].number
    assert read == every
    assert numbers(nodes.read_after(conn, ALPHA, 0, 9)) == [(1, 1), (1, 2)]


def test_all_versions_of_a_node_are_there_newest_first(
    conn: Connection[Any], rows: WorldRows
) -> None:
    keep(conn, rows, versions=[(1, 1, node())])
    keep(conn, rows, versions=[(1, 2, node(2))])
    assert numbers(nodes.load_versions(conn, ALPHA, ident(1))) == [(1, 2), (1, 1)]
    for scope, number in ((NOBODY, ident(1)), (OPERATOR, ident(2))):
        with pytest.raises(NotFound, match="node"):
            nodes.load_versions(conn, scope, number)


def test_visits_are_listed_by_what_is_asked(conn: Connection[Any], rows: WorldRows) -> None:
    stays = [
        (1, 0, visit(0, 30, yielded_to=3)),
        (2, 0, visit(60, fence=2)),
        (3, 1, visit(5, 10, state=VisitState.PASSED)),
        (4, 2, visit(20, fence=3, state=VisitState.CLOSED, settled=moment(40).timestamp())),
        (5, 1, visit(50, 55, state=VisitState.LEAVING, settled=inf)),
    ]
    keep(conn, rows, stays)

    def got(scope: Scope = OPERATOR, limit: int = 9, **more: Any) -> list[int]:  # noqa: ANN401 - of ``WantedVisits``
        asked = replace(WantedVisits(None, None, None, *ALWAYS, is_open=None), **more)
        return [int(v.id[-12:]) for v in nodes.list_visits(conn, scope, asked, limit=limit)]

    assert got() == [2, 5, 4, 3, 1]
    assert got(limit=2) == [2, 5]
    assert got(is_open=True) == [2, 5]
    assert got(is_open=False) == [4, 3, 1]
    assert got(vehicle="沪A1") == [2, 1]
    assert got(site="hub") == [2, 5, 3, 1]
    assert got(fence="dock") == [2]
    assert got(ALPHA) == [2, 1]
    assert got(start=moment(30), end=moment(60)) == [5, 4, 1]
    assert got(start=moment(41), end=moment(60)) == [5]
    assert got(start=moment(90)) == [2, 5]
    with pytest.raises(NotFound, match="fence"):
        got(fence="nowhere")
    asked = WantedVisits(None, None, None, *ALWAYS, is_open=None)
    found = {v.id: v for v in nodes.list_visits(conn, OPERATOR, asked)}
    stay = found[ident(1)]
    assert (stay.vehicle, stay.fence, stay.site.code, stay.node_level) == (
        "沪A1",
        "gate",
        "hub",
        True,
    )
    at = moment(30)
    assert stay.left == VisitEnd(at, at - 10 * SECOND, at + 10 * SECOND, Basis.INTERPOLATED)
    assert (stay.state, stay.yielded_to) == (VisitState.DEPARTED, "rest")
    assert not found[ident(2)].node_level
    assert found[ident(2)].left is None


def add(conn: Connection[Any], scope: Scope = OPERATOR, **more: Any) -> NodeVersion:  # noqa: ANN401 - a builder
    ordinary: dict[str, Any] = {
        "vehicle": "沪A1",
        "site": "hub",
        "kind": NodeKind.ARRIVED,
        "actual_at": NOON,
    }
    return nodes.add_node(conn, scope, **ordinary | {"author": "wang", "reason": "no power"} | more)


@pytest.mark.usefixtures("rows")
def test_a_person_adds_a_node(conn: Connection[Any]) -> None:
    start = feed.position(conn)
    got = add(conn, ALPHA, note="two\nlines", attachments=["BL-1"], basis="scan")
    assert (got.version, got.cause, got.source, got.basis) == (
        1,
        Cause.FIRST,
        Source.PERSON,
        Basis.SCAN,
    )
    assert (got.vehicle, got.site.code, got.fence, got.visit) == ("沪A1", "hub", None, None)
    assert (got.author, got.reason, got.note) == ("wang", "no power", "two\nlines")
    assert (got.actual_at, got.earliest_at, got.attachments) == (NOON, None, ("BL-1",))
    assert feed.read(conn, start).nodes == (got,)


@pytest.mark.usefixtures("rows")
def test_what_a_person_cannot_say_is_refused(conn: Connection[Any]) -> None:
    cases: list[tuple[type[Exception], dict[str, Any]]] = [
        (NotFound, {"vehicle": "x"}),
        (NotFound, {"site": "x"}),
        (NotFound, {"vehicle": "沪B1", "scope": ALPHA}),
        (Invalid, {"author": ""}),
        (Invalid, {"reason": " x"}),
        (Invalid, {"note": "\0"}),
        (Invalid, {"attachments": ["ok", "\ud800"]}),
    ]
    for refused, given in cases:
        with pytest.raises(refused):
            add(conn, **given)
    assert nodes.read_after(conn, OPERATOR, 0, 9) == []


@pytest.mark.usefixtures("rows")
def test_one_event_is_said_once(conn: Connection[Any]) -> None:
    first = add(conn)
    with pytest.raises(Conflict, match=first.id):
        add(conn, actual_at=NOON + 15 * MINUTE)
    add(conn, actual_at=NOON + 16 * MINUTE)
    add(conn, kind=NodeKind.DEPARTED)
    add(conn, vehicle="沪B1")
    add(conn, site="rest")


def correct(conn: Connection[Any], number: int = 1, version: int = 1, **more: Any) -> NodeVersion:  # noqa: ANN401 - a builder
    said = {"author": "wang", "reason": "paper"} | more
    return nodes.correct_node(conn, OPERATOR, ident(number), version=version, **said)


def test_a_person_corrects_a_node(conn: Connection[Any], rows: WorldRows) -> None:
    keep(conn, rows, [(1, 0, visit())], [(1, 1, node(note="seen"))])
    start = feed.position(conn)
    got = correct(conn, actual_at=moment(5) + timedelta(microseconds=1500))
    assert (got.version, got.cause, got.source) == (2, Cause.EDITED, Source.PERSON)
    assert (got.actual_at, got.was_at) == (moment(5) + timedelta(milliseconds=1), NOON)
    assert (got.basis, got.earliest_at, got.latest_at) == (Basis.MANUAL, None, None)
    assert (got.author, got.reason, got.note) == ("wang", "paper", "seen")
    assert (got.valid, got.conflict, got.machine_at, got.provisional) == (True, False, None, False)
    assert got.stopped_at == NOON + 60 * SECOND
    assert len(got.evidence) == 2
    assert feed.read(conn, start).nodes == (got,)
    again = correct(conn, version=2, note="", attachments=["x"], author="li.na")
    assert (again.version, again.actual_at, again.was_at) == (3, got.actual_at, None)
    assert (again.author, again.note, again.attachments) == ("li.na", None, ("x",))
    assert again.basis is Basis.MANUAL


def test_a_person_who_differs_much_from_the_fixes_is_marked(
    conn: Connection[Any], rows: WorldRows
) -> None:
    left = node(30, kind=NodeKind.DEPARTED)
    keep(conn, rows, [(1, 0, visit(0, 30))], [(1, 1, node()), (2, 1, left)])
    far = correct(conn, actual_at=moment(15.1))
    assert (far.conflict, far.machine_at) == (True, NOON)
    near = correct(conn, version=2, actual_at=moment(15))
    assert (near.conflict, near.machine_at) == (False, None)
    never = correct(conn, version=3, actual_at=moment(40), valid=False)
    assert (never.valid, never.conflict, never.machine_at) == (False, False, None)
    assert correct(conn, 2, actual_at=moment(60)).machine_at == moment(30)
    keep(conn, rows, [(1, 0, visit())])  # it did not depart after all
    unseen = correct(conn, 2, 2, actual_at=moment(61))
    assert (unseen.conflict, unseen.machine_at) == (True, None)


def test_only_the_newest_version_is_corrected(conn: Connection[Any], rows: WorldRows) -> None:
    keep(conn, rows, versions=[(1, 1, node())])
    correct(conn, valid=False)
    with pytest.raises(Conflict, match="version 2"):
        correct(conn, valid=True)
    with pytest.raises(NotFound):
        correct(conn, number=2)
    with pytest.raises(NotFound, match="node"):
        nodes.correct_node(conn, NOBODY, ident(1), version=2, author="x", reason="x")


def test_a_person_and_the_gateway_take_turns(
    conn: Connection[Any], other: Connection[Any], rows: WorldRows
) -> None:
    keep(conn, rows, versions=[(1, 1, node())])
    outcome: list[object] = []

    def person() -> None:
        try:
            outcome.append(correct(other))
        except Conflict as conflict:
            outcome.append(conflict)

    thread = threading.Thread(target=person)
    with conn.transaction():
        # As the gateway's commit: the state first, the nodes last.
        conn.execute("SELECT FROM vehicle_state WHERE vehicle_id = 1 FOR UPDATE")
        thread.start()
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while (conn.execute(waits).fetchone() or (0,))[0] == 0:
            assert not outcome
        visits.append(conn, [KeptNode(ident(1), 2, node(3))], [1])
    thread.join(10)
    assert [type(each) for each in outcome] == [Conflict]


def test_changes_hold_every_version_and_other_changes_hold_none(
    conn: Connection[Any], rows: WorldRows
) -> None:
    start = feed.position(conn)
    keep(conn, rows, versions=[(1, 1, node()), (2, 1, node(vehicle=1))])
    keep(conn, rows, versions=[(1, 2, node(1))])
    admin.add_party(conn, Party("gamma", "丙", "Gamma"))
    changes = feed.read(conn, start)
    assert numbers(changes.nodes) == [(1, 1), (2, 1), (1, 2)]
    assert changes.vehicles == set(rows.vehicle_key[:2].tolist())
    pieces, cursor = [], start
    while (piece := feed.read(conn, cursor, limit=1)).cursor != cursor:
        pieces.append(numbers(piece.nodes))
        cursor = piece.cursor
    assert pieces == [[(1, 1)], [(2, 1)], [(1, 2)], []]


def test_a_state_says_at_which_site_the_vehicle_is(conn: Connection[Any], rows: WorldRows) -> None:
    def here(vehicle: int = 0) -> Presence | None:
        key = int(rows.vehicle_key[vehicle])
        ((_, one),) = feed.load_states(conn, OPERATOR, [key])
        assert dict(feed.load_states(conn, OPERATOR, None))[key] == one
        return one.presence

    assert here() is None
    keep(conn, rows, [(1, 0, visit(0, 30)), (2, 0, visit(0, fence=2))])
    assert here() is None  # it has left the one, and a dock makes no nodes
    entering, leaving = VisitState.ENTERING, VisitState.LEAVING
    keep(conn, rows, [(3, 0, visit(5, fence=3, state=entering))])
    assert here() == Presence("rest", entering)
    keep(conn, rows, [(4, 0, visit(4))])
    assert here() == Presence("hub", VisitState.ARRIVED)
    keep(conn, rows, [(4, 0, visit(6, 40, state=leaving, settled=inf))])
    assert here() == Presence("hub", leaving)
    keep(conn, rows, [(4, 0, visit(6, state=leaving, yielded_to=3))])
    assert here() == Presence("rest", entering)
    assert here(1) is None


def test_what_a_person_said_is_what_the_gateway_finds(
    conn: Connection[Any], rows: WorldRows
) -> None:
    keep(conn, rows, [(1, 0, visit())], [(1, 1, node())])
    correct(conn, actual_at=moment(5))
    added = add(conn, kind=NodeKind.DEPARTED, actual_at=moment(50))
    _, found = visits.load_kept(conn, rows, np.array([0], np.int32), np.array([-inf]))
    assert [(kept.id, kept.version, kept.node.source) for kept in found] == [
        (ident(1), 2, Source.PERSON),
        (added.id, 1, Source.PERSON),
    ]
    assert found[0].node.visit == ident(1)
    assert repr(found[1].node.earliest) == repr(nan)
