from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

import pytest
from psycopg import Connection

from fleet.errors import AlreadyExists, Conflict, Invalid, NotFound
from fleet.fences import Confidence, Hours, Role
from fleet.scope import OPERATOR, Scope
from fleet.views import Site
from store import admin, feed, fences, world
from store.fences import Draft, Edit, Outcome
from tests.store.conftest import NOON
from tests.store.places import draft, edit, terms

pytestmark = pytest.mark.db

HOUR = timedelta(hours=1)


def ranges(conn: Connection[Any], code: str = "f1") -> list[tuple[int, float, float]]:
    """Version, and from when to when it holds, in hours after noon."""
    found = conn.execute(
        "SELECT version, extract(epoch FROM valid_from)::float8,"
        " extract(epoch FROM valid_to)::float8"
        " FROM fence_version v JOIN fence f ON f.id = v.fence_id WHERE code = %s ORDER BY version",
        [code],
    ).fetchall()
    return [(n, *((x - NOON.timestamp()) / 3600 for x in ends)) for n, *ends in found]


def test_a_new_fence_has_a_site_and_is_in_the_world(conn: Connection[Any]) -> None:
    conn.execute("UPDATE installation SET zone = 'Asia/Shanghai'")
    before, start = world.load_world(conn), feed.position(conn)
    hours = (Hours((0, 1, 6), 1320, 1800),)
    added = fences.add_fence(
        conn,
        draft(terms=terms(hours=hours), site="hub"),
        edit(NOON + timedelta(microseconds=1999)),
    )
    assert added.site == Site("hub", "站", "Hub", "Asia/Shanghai", 121.0, 31.0)
    assert (added.code, added.version, added.parent) == ("f1", 1, None)
    assert (added.valid_from, added.valid_to) == (NOON + timedelta(milliseconds=1), None)
    assert (added.author, added.reason) == ("li.na", "drawn")
    assert added.terms == terms(hours=hours)
    after = world.load_world(conn)
    assert after.revision > before.revision
    assert after.fence_revision == 1
    (fence,) = after.fences
    assert fence.terms == added.terms
    assert (fence.version, fence.parent, fence.zone) == (1, 0, "Asia/Shanghai")
    assert (fence.valid_from, fence.valid_to) == (NOON.timestamp() + 0.001, inf)
    assert feed.read(conn, start).world


def test_a_code_is_used_once(conn: Connection[Any]) -> None:
    fences.add_fence(conn, draft(), edit())
    with pytest.raises(AlreadyExists):
        fences.add_fence(conn, draft(), edit())


@pytest.mark.parametrize(
    ("given", "said", "where"),
    [
        (draft(code=" f1"), edit(), "code"),
        (draft(), replace(edit(), author=""), "author"),
        (draft(), replace(edit(), reason="\n"), "reason"),
        (draft(parent="f1"), edit(), "parent"),
    ],
)
def test_what_cannot_be_is_refused_whole(
    conn: Connection[Any], given: Draft, said: Edit, where: str
) -> None:
    with pytest.raises(Invalid) as refused:
        fences.add_fence(conn, given, said)
    assert refused.value.where == where
    assert world.load_world(conn).fence_revision == 0
    assert conn.execute("SELECT FROM site").fetchall() == []


def test_an_edit_ends_one_version_and_begins_another(conn: Connection[Any]) -> None:
    fences.add_fence(conn, draft(), edit())
    known = world.load_world(conn)
    after = fences.edit_fence(conn, draft(lon=121.5), 1, edit(NOON + HOUR))
    assert (after.version, after.site.code, after.terms) == (2, "f1", terms(121.5))
    assert ranges(conn) == [(1, 0, 1), (2, 1, inf)]
    whole, more = world.load_world(conn), world.load_world(conn, known)
    assert more.fences == whole.fences
    assert [v.version for v in more.fences] == [1, 2]
    again = world.load_world(conn, more)
    assert again.fences is more.fences


def test_an_edit_of_the_past_takes_back_what_would_come_later(conn: Connection[Any]) -> None:
    fences.add_fence(conn, draft(), edit())
    fences.edit_fence(conn, draft(lon=121.1), 1, edit(NOON + 2 * HOUR))
    fences.edit_fence(conn, draft(lon=121.2), 2, edit(NOON + 4 * HOUR))
    known = world.load_world(conn)
    fences.edit_fence(conn, draft(lon=121.3), 3, edit(NOON + HOUR))
    assert ranges(conn) == [(1, 0, 1), (2, 2, 2), (3, 4, 4), (4, 1, inf)]
    whole, more = world.load_world(conn), world.load_world(conn, known)
    assert [v.version for v in whole.fences] == [1, 4]
    assert more.fences == whole.fences
    fences.edit_fence(conn, draft(), 4, edit(NOON - HOUR))
    assert ranges(conn)[0] == (1, 0, 0)
    assert [v.version for v in world.load_world(conn, more).fences] == [5]


def test_only_the_newest_version_is_replaced(conn: Connection[Any]) -> None:
    fences.add_fence(conn, draft(), edit())
    fences.edit_fence(conn, draft(), 1, edit(NOON + HOUR))
    with pytest.raises(Conflict, match="version 2"):
        fences.edit_fence(conn, draft(), 1, edit(NOON + HOUR))
    with pytest.raises(NotFound):
        fences.edit_fence(conn, draft("f2"), 1, edit())
    with pytest.raises(Invalid, match="stays at its site"):
        fences.edit_fence(conn, draft(site="elsewhere"), 2, edit())


def test_a_fence_ends_and_may_begin_again(conn: Connection[Any]) -> None:
    fences.add_fence(conn, draft(), edit())
    known = world.load_world(conn)
    ended = fences.end_fence(conn, "f1", 1, edit(NOON + HOUR, "closed down"))
    assert (ended.version, ended.valid_from, ended.reason) == (2, NOON + HOUR, "closed down")
    assert ranges(conn) == [(1, 0, 1), (2, 1, 1)]
    assert [v.version for v in world.load_world(conn, known).fences] == [1]
    assert fences.list_fences(conn, OPERATOR) == []
    with pytest.raises(Conflict, match="version 2"):
        fences.end_fence(conn, "f1", 1, edit(NOON + HOUR))
    with pytest.raises(Conflict, match="ended already"):
        fences.end_fence(conn, "f1", 2, edit(NOON + 2 * HOUR))
    fences.edit_fence(conn, draft(), 2, edit(NOON + 3 * HOUR))
    assert ranges(conn)[2:] == [(3, 3, inf)]
    assert [fence.version for fence in fences.list_versions(conn, OPERATOR, "f1")] == [3, 2, 1]


def test_parents_must_be_there_and_hold_no_circle(conn: Connection[Any]) -> None:
    with pytest.raises(NotFound, match="yard"):
        fences.add_fence(conn, draft("dock", parent="yard"), edit())
    fences.add_fence(conn, draft("yard"), edit())
    dock = fences.add_fence(conn, draft("dock", parent="yard"), edit())
    assert dock.parent == "yard"
    assert [v.parent for v in world.load_world(conn).fences][1] > 0
    fences.add_fence(conn, draft("gate", parent="dock"), edit())
    with pytest.raises(Invalid, match="lie in itself"):
        fences.edit_fence(conn, draft("yard", parent="gate"), 1, edit(NOON + HOUR))


def test_an_import_a_second_time_is_no_edit(conn: Connection[Any]) -> None:
    given = [draft("b", 121.2, parent="a"), draft("a"), draft("c", site="a")]
    assert fences.import_fences(conn, given, edit(), dry_run=True) == [Outcome.ADDED] * 3
    assert fences.list_fences(conn, OPERATOR) == []
    assert fences.import_fences(conn, given, edit()) == [Outcome.ADDED] * 3
    before = world.load_world(conn)
    assert fences.import_fences(conn, given, edit(NOON + HOUR)) == [Outcome.UNCHANGED] * 3
    after = world.load_world(conn)
    assert (after.revision, after.fence_revision) == (before.revision, 1)
    more = [draft("a", terms=terms(margin=30.0)), *given[:1], draft("d"), draft("c")]
    assert fences.import_fences(conn, more, edit(NOON + HOUR)) == [
        Outcome.CHANGED,
        Outcome.UNCHANGED,
        Outcome.ADDED,
        Outcome.UNCHANGED,
    ]
    assert ranges(conn, "a") == [(1, 0, 1), (2, 1, inf)]
    assert [fence.site.code for fence in fences.list_fences(conn, OPERATOR)] == ["a", "b", "a", "d"]


def test_an_import_names_a_code_once_and_moves_no_site(conn: Connection[Any]) -> None:
    with pytest.raises(Invalid, match="2 times"):
        fences.import_fences(conn, [draft(), draft()], edit())
    fences.import_fences(conn, [draft()], edit())
    with pytest.raises(Invalid, match="stays at its site"):
        fences.import_fences(conn, [draft(site="other")], edit())


def test_an_import_does_not_doubt_what_a_person_confirmed(conn: Connection[Any]) -> None:
    doubted = draft(terms=terms(confidence=Confidence.GEOCODED))
    fences.import_fences(conn, [doubted], edit())
    fences.confirm_fence(conn, "f1", Confidence.DRAWN, "li.na")
    assert fences.import_fences(conn, [doubted], edit(NOON + HOUR)) == [Outcome.UNCHANGED]
    moved = replace(doubted, terms=replace(doubted.terms, margin=31.0))
    assert fences.import_fences(conn, [moved], edit(NOON + HOUR)) == [Outcome.CHANGED]
    assert fences.load_fence(conn, OPERATOR, "f1").terms.confidence is Confidence.GEOCODED


def test_fences_are_found_by_place_role_and_name(conn: Connection[Any]) -> None:
    rest = draft("rest", 121.5, terms=terms(121.5, role=Role.REST_AREA), name_en="Quiet Wood")
    line = draft("line", 180.0, box=(179.99, 30.0, -179.99, 31.0))
    for each in (draft(), rest, line):
        fences.add_fence(conn, each, edit())

    def codes(**wanted: Any) -> list[str]:  # noqa: ANN401 - what to filter by
        return [fence.code for fence in fences.list_fences(conn, OPERATOR, **wanted)]

    assert codes() == ["f1", "line", "rest"]
    assert codes(limit=2) == ["f1", "line"]
    assert codes(role=Role.REST_AREA) == ["rest"]
    assert codes(q="WOOD") == ["rest"]
    assert codes(q="站") == ["f1", "line", "rest"]
    assert codes(q="%") == []
    assert codes(box=(121.003, 30, 121.4, 32)) == ["f1"]
    assert codes(box=(121.005, 30, 121.4, 32)) == []
    assert codes(box=(121.4, 30, 121.0, 32)) == ["f1", "line", "rest"]
    assert codes(box=(121.6, 30, 120.0, 32)) == ["line"]
    assert codes(box=(-180, 30, -179.995, 32)) == ["line"]
    assert codes(box=(121, 31.1, 122, 32)) == []
    assert fences.list_fences(conn, Scope("nobody", frozenset())) == []
    assert len(fences.list_fences(conn, Scope("alpha", frozenset({"alpha"})))) == 3


def test_what_may_overlap_is_found_with_its_code(conn: Connection[Any]) -> None:
    fences.add_fence(conn, draft(), edit())
    fences.edit_fence(conn, draft(lon=121.003), 1, edit(NOON + HOUR))
    fences.add_fence(conn, draft("far", 122), edit())
    box = draft().box
    found = fences.near(conn, box, Role.HUB, NOON)
    assert [(code, version.version) for code, version in found] == [("f1", 1), ("f1", 2)]
    assert [v.version for _, v in fences.near(conn, box, Role.HUB, NOON + HOUR)] == [2]
    assert fences.near(conn, box, Role.CUSTOMS, NOON) == []


def test_nobody_reads_a_fence_that_is_not_there(conn: Connection[Any]) -> None:
    with pytest.raises(NotFound):
        fences.load_fence(conn, OPERATOR, "nowhere")
    with pytest.raises(NotFound):
        fences.list_versions(conn, Scope("nobody", frozenset()), "f1")


def test_an_existing_site_keeps_its_names(conn: Connection[Any]) -> None:
    hub = Site("hub", "枢纽", "The hub", "Europe/Berlin", 13.0, 52.0)
    admin.add_site(conn, hub)
    added = fences.add_fence(conn, draft(site="hub"), edit(datetime(2024, 1, 1, tzinfo=UTC)))
    assert added.site == hub
    assert world.load_world(conn).fences[0].zone == "Europe/Berlin"
