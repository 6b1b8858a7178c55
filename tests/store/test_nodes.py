from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from math import inf
from typing import Any

import pytest
from psycopg import Connection

from fleet.errors import NotFound
from fleet.nodes import Basis, Cause, NodeKind, Source, VisitState
from fleet.records import WorldRows
from fleet.scope import OPERATOR, Scope
from fleet.views import Party, Presence, Site, VisitEnd
from store import admin, feed, nodes
from store.nodes import Wanted, WantedVisits
from tests.store.conftest import NOON
from tests.store.places import ident, keep, moment, node, numbers, register, visit

pytestmark = pytest.mark.db

ALPHA = Scope("alpha", frozenset({"alpha"}))
NOBODY = Scope("nobody", frozenset())
SECOND = timedelta(seconds=1)
ALWAYS = (NOON - timedelta(days=9), NOON + timedelta(days=9))


@pytest.fixture
def rows(conn: Connection[Any], two_parties: None) -> WorldRows:  # noqa: ARG001 - registers them
    return register(conn)


def wanted(**more: Any) -> Wanted:  # noqa: ANN401 - a builder
    return replace(Wanted(None, None, None, *ALWAYS, retracted=False), **more)


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
