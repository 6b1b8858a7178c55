from __future__ import annotations

import threading
from datetime import timedelta
from math import inf, nan
from typing import Any

import numpy as np
import pytest
from psycopg import Connection

from fleet.errors import Conflict, Invalid, NotFound
from fleet.nodes import Basis, Cause, Changes, KeptNode, NodeKind, Source
from fleet.records import WorldRows
from fleet.scope import OPERATOR, Scope
from fleet.views import NodeVersion
from geofence.nodes import Found, reconcile
from store import feed, nodes, visits
from tests.store.conftest import NOON
from tests.store.places import MINUTE, ident, keep, moment, node, register, visit

pytestmark = pytest.mark.db

ALPHA = Scope("alpha", frozenset({"alpha"}))
NOBODY = Scope("nobody", frozenset())
SECOND = timedelta(seconds=1)


@pytest.fixture
def rows(conn: Connection[Any], two_parties: None) -> WorldRows:  # noqa: ARG001 - registers them
    return register(conn)


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


def test_a_retracted_node_that_a_person_knows_better_waits_for_another_visit(
    conn: Connection[Any], rows: WorldRows
) -> None:
    """Else the fixes that show it again would make a second node of it."""
    stay = visit()
    keep(conn, rows, versions=[(1, 1, node(valid=False))])  # its visit is gone
    again = correct(conn, valid=True)
    assert (again.valid, again.visit, again.conflict) == (True, None, False)
    kept, versions = visits.load_kept(conn, rows, np.array([0], np.int32), np.array([-inf]))
    known = {(fence.fence, fence.version): fence for fence in rows.fences}
    after = reconcile([Found(0, (stay,))], kept, versions, known, lambda: ident(99))
    assert [(n.id, n.node.visit) for n in after.nodes] == [(ident(1), ident(99))]


def test_a_visit_has_one_departure(conn: Connection[Any], rows: WorldRows) -> None:
    """It was taken back when the vehicle returned at once, and later it did depart."""
    left = node(30, kind=NodeKind.DEPARTED)
    merged = node(20, kind=NodeKind.DEPARTED, valid=False, cause=Cause.MERGED)
    keep(conn, rows, [(1, 0, visit(0, 30))], [(1, 1, node()), (2, 1, merged), (3, 1, left)])
    with pytest.raises(Conflict, match=f"correct node {ident(3)}"):
        correct(conn, 2, valid=True)
    assert correct(conn, 2, note="to the pump").valid is False


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


@pytest.mark.parametrize(
    "said",
    [
        {"actual_at": moment(5)},
        {"actual_at": moment(40)},
        {"valid": False},
        {"actual_at": moment(40), "valid": False},
        {"note": "seen"},
    ],
)
def test_the_gateway_has_nothing_to_add_to_a_correction(
    conn: Connection[Any], rows: WorldRows, said: dict[str, Any]
) -> None:
    """Else every word of a person would be followed by one of the machine's."""
    stay = visit()
    keep(conn, rows, [(1, 0, stay)], [(1, 1, node(provisional=False))])
    correct(conn, **said)
    kept, versions = visits.load_kept(conn, rows, np.array([0], np.int32), np.array([-inf]))
    known = {(fence.fence, fence.version): fence for fence in rows.fences}
    after = reconcile([Found(0, (stay,))], kept, versions, known, lambda: ident(99))
    assert after == Changes()
