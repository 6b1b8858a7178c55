from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from dataclasses import fields, replace
from math import inf, nan
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
import pytest
from psycopg import Connection

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
from store import feed, visits, world
from tests.store.conftest import NOON

pytestmark = pytest.mark.db

START = NOON.timestamp()
EVERYTHING = np.array([-inf])


@pytest.fixture
def rows(conn: Connection[Any], two_parties: None) -> WorldRows:  # noqa: ARG001 - registers them
    conn.execute(
        "INSERT INTO site (code, name_zh, name_en, zone, lon, lat)"
        " VALUES ('hub', '站', 'Hub', 'Asia/Shanghai', 121, 31)"
    )
    conn.execute("INSERT INTO fence (code, site_id) SELECT c, 1 FROM unnest('{f1,f2}'::text[]) c")
    return world.load_world(conn)


def uuid(number: int) -> str:
    return str(UUID(int=number))


def crossing(time: float, **more: Any) -> Crossing:  # noqa: ANN401 - a builder
    ordinary = Crossing(
        time, time - 10, time + 10, Basis.INTERPOLATED, ((7, time - 10.5), (7, time))
    )
    return replace(ordinary, **more)


def visit(entered: float = 0.0, **more: Any) -> Visit:  # noqa: ANN401 - a builder
    return replace(Visit(1, 1, VisitState.ENTERING, crossing(START + entered)), **more)


def node(actual: float = 0.0, **more: Any) -> Node:  # noqa: ANN401 - a builder
    time = START + actual
    ordinary = Node(
        vehicle=0,
        site=1,
        fence=1,
        fence_version=1,
        visit=uuid(1),
        kind=NodeKind.ARRIVED,
        valid=True,
        actual=time,
        earliest=time - 10,
        latest=time + 10,
        stopped=nan,
        confirmed=time + 120,
        basis=Basis.INTERPOLATED,
        source=Source.GPS,
        evidence=((7, time),),
        cause=Cause.FIRST,
    )
    return replace(ordinary, **more)


def keep(conn: Connection[Any], rows: WorldRows, changes: Changes) -> None:
    with conn.transaction():
        visits.keep(conn, rows, changes)


def load(
    conn: Connection[Any], rows: WorldRows, vehicle: int = 0, since: float = -inf
) -> tuple[list[KeptVisit], list[KeptNode]]:
    return visits.load_kept(conn, rows, np.array([vehicle], np.int32), np.array([since]))


def same(one: object, other: object) -> bool:
    """Equal, where NaN equals NaN."""
    return repr(one) == repr(other)


def test_nothing_to_do_is_nothing_done(conn: Connection[Any], rows: WorldRows) -> None:
    before = feed.position(conn)
    keep(conn, rows, Changes())
    none = np.empty(0)
    assert visits.load_kept(conn, rows, none.astype(np.int32), none) == ([], [])
    assert feed.position(conn) == before


def moments(random: random.Random) -> Iterator[float]:
    while True:
        yield random.randrange(1_500_000_000_000, 2_000_000_000_000) / 1000


def test_visits_come_back_as_they_were_kept(conn: Connection[Any], rows: WorldRows) -> None:
    chance = random.Random(3)  # noqa: S311 - a seeded day
    when = moments(chance)
    kept = []
    for number in range(200):
        earliest = chance.choice([nan, next(when)])
        entry = Crossing(
            next(when),
            earliest,
            next(when),
            chance.choice(list(Basis)),
            tuple((chance.randrange(1, 2**31), next(when)) for _ in range(chance.randrange(4))),
        )
        each = Visit(
            fence=chance.choice([1, 2]),
            version=chance.randrange(1, 9),
            state=chance.choice(list(VisitState)),
            entry=entry,
            exit=chance.choice([None, replace(entry, time=next(when), earliest=nan)]),
            left_version=chance.randrange(3),
            stopped=chance.choice([nan, next(when)]),
            arrived=chance.choice([nan, next(when)]),
            departed=chance.choice([nan, next(when)]),
            flaps=chance.randrange(5),
            yielded_to=chance.randrange(3),
            settled=chance.choice([inf, next(when)]),
        )
        kept.append(KeptVisit(uuid(number), 0, each))
    keep(conn, rows, Changes(visits=tuple(kept)))
    found, _ = load(conn, rows)
    by_id = {each.id: each for each in found}
    assert all(same(by_id[each.id], each) for each in kept)
    assert [v.visit.entry.time for v in found] == sorted(v.visit.entry.time for v in kept)
    again = [
        replace(v, visit=replace(o.visit, flaps=99))
        for v, o in zip(kept, kept[1:] + kept[:1], strict=True)
    ]
    keep(conn, rows, Changes(visits=tuple(again)))
    by_id = {each.id: each for each in load(conn, rows)[0]}
    assert all(same(by_id[each.id], each) for each in again)


def test_nodes_come_back_as_they_were_kept(conn: Connection[Any], rows: WorldRows) -> None:
    full = node(
        stopped=START + 0.001,
        was=START - 7.123,
        machine=START + 1e6,
        planned=START + 5,
        estimated=START + 6,
        conflict=True,
        provisional=True,
        near_fence=True,
        backfilled=True,
        author="老王",
        reason="纸单",
        note='it said "here"\n',
        attachments=("BL-1", "https://x/y"),
        source=Source.PERSON,
    )
    bare = node(1, earliest=nan, latest=nan, confirmed=nan, evidence=(), valid=False)
    kept = [KeptNode(uuid(1), 1, full), KeptNode(uuid(2), 1, bare)]
    keep(conn, rows, Changes((KeptVisit(uuid(1), 0, visit()),), nodes=tuple(kept)))
    assert same(load(conn, rows)[1], kept)
    assert all(getattr(full, f.name) != f.default for f in fields(Node) if f.name != "valid")


def test_only_what_can_still_change_is_loaded(conn: Connection[Any], rows: WorldRows) -> None:
    given = [(0, 10.0), (1, 20.0), (2, inf), (3, 30.0)]
    kept = [KeptVisit(uuid(n), int(n == 3), visit(n, settled=START + s)) for n, s in given]
    nodes = [
        KeptNode(uuid(10 + n), 1, node(n, visit=uuid(n), vehicle=int(n == 3), valid=n != 1))
        for n, _ in given
    ]
    keep(conn, rows, Changes(tuple(kept), nodes=tuple(nodes)))
    found, versions = load(conn, rows, since=START + 10)
    assert [each.id for each in found] == [uuid(1), uuid(2)]
    assert [(each.id, each.node.valid) for each in versions] == [
        (uuid(11), False),
        (uuid(12), True),
    ]
    both = np.array([0, 1], np.int32)
    found, versions = visits.load_kept(conn, rows, both, START + np.array([20.0, 29.999]))
    assert [(each.id, each.vehicle) for each in found] == [(uuid(2), 0), (uuid(3), 1)]
    assert [each.node.vehicle for each in versions] == [0, 1]


def test_what_people_said_alone_is_loaded_six_hours_back(
    conn: Connection[Any], rows: WorldRows
) -> None:
    alone = {"visit": "", "fence": 0, "fence_version": 0, "source": Source.PERSON}
    alone |= {"author": "a", "reason": "r"}
    kept = [
        KeptNode(uuid(1), 1, node(-6 * 3600, **alone)),
        KeptNode(uuid(2), 1, node(-6 * 3600 + 0.001, **alone)),
        KeptNode(uuid(3), 1, node(0, **alone | {"vehicle": 1})),
        KeptNode(uuid(4), 1, node(0, visit="")),  # of a machine, whose visit is no more
    ]
    keep(conn, rows, Changes(nodes=tuple(kept)))
    _, found = load(conn, rows, since=START)
    assert same(found, kept[1:2])


def test_a_visit_that_was_none_goes_and_its_retracted_node_stays(
    conn: Connection[Any], rows: WorldRows
) -> None:
    first = KeptNode(uuid(2), 1, node())
    keep(conn, rows, Changes((KeptVisit(uuid(1), 0, visit()),), nodes=(first,)))
    after = replace(first, version=2, node=replace(first.node, valid=False, cause=Cause.RETRACTED))
    keep(conn, rows, Changes(gone=(uuid(1),), nodes=(after,)))
    assert load(conn, rows) == ([], [])
    found = conn.execute("SELECT version, latest, valid FROM node ORDER BY version").fetchall()
    assert found == [(1, False, True), (2, True, False)]


def test_every_version_gets_the_next_number_of_the_feed_and_the_bell_rings_once(
    conn: Connection[Any], other: Connection[Any], rows: WorldRows
) -> None:
    feed.listen(other)
    start = feed.position(conn).number
    one, two = KeptNode(uuid(1), 1, node()), KeptNode(uuid(2), 1, node(1, vehicle=1))
    keep(conn, rows, Changes(nodes=(two, one)))
    keep(conn, rows, Changes(nodes=(replace(one, version=2), replace(two, version=2))))
    told = conn.execute("SELECT id, kind, vehicles, body FROM change WHERE id > %s", [start])
    a, b = rows.vehicle_key[:2].tolist()
    assert told.fetchall() == [
        (start + 1, "node", [b], {"id": uuid(2), "version": 1}),
        (start + 2, "node", [a], {"id": uuid(1), "version": 1}),
        (start + 3, "node", [a], {"id": uuid(1), "version": 2}),
        (start + 4, "node", [b], {"id": uuid(2), "version": 2}),
    ]
    numbers = conn.execute("SELECT change_id, operator FROM node ORDER BY change_id").fetchall()
    assert numbers == [(start + n, o) for n, o in enumerate(("beta", "alpha", "alpha", "beta"), 1)]
    assert len(list(other.notifies(timeout=5, stop_after=2))) == 2
    assert list(other.notifies(timeout=0)) == []


def test_a_version_is_never_written_twice(conn: Connection[Any], rows: WorldRows) -> None:
    first = KeptNode(uuid(1), 1, node())
    keep(conn, rows, Changes(nodes=(first,)))
    with pytest.raises(psycopg.errors.UniqueViolation):
        keep(conn, rows, Changes(nodes=(first,)))


def test_two_versions_of_a_node_at_once_leave_the_last_one_standing(
    conn: Connection[Any], rows: WorldRows
) -> None:
    one = KeptNode(uuid(1), 1, node(visit=""))
    keep(conn, rows, Changes(nodes=(one, replace(one, version=2))))
    found = conn.execute("SELECT version FROM node WHERE latest").fetchall()
    assert found == [(2,)]


def test_nobody_draws_a_number_between_a_node_and_its_commit(
    conn: Connection[Any], other: Connection[Any], rows: WorldRows
) -> None:
    """So numbers become visible in order, and a reader that goes by them misses nothing."""
    done = threading.Event()

    def second() -> None:
        keep(other, rows, Changes(nodes=(KeptNode(uuid(2), 1, node(vehicle=1)),)))
        done.set()

    thread = threading.Thread(target=second)
    with conn.transaction():
        visits.keep(conn, rows, Changes(nodes=(KeptNode(uuid(1), 1, node()),)))
        thread.start()
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while (conn.execute(waits).fetchone() or (0,))[0] == 0:
            assert not done.is_set()
    thread.join(10)
    assert done.is_set()
    found = conn.execute("SELECT id::text FROM node ORDER BY change_id").fetchall()
    assert found == [(uuid(1),), (uuid(2),)]
