from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf, nan
from typing import Any

import numpy as np
import pytest
import shapely
from psycopg import Connection

from fleet.errors import AlreadyExists, Conflict, Invalid, NotFound
from fleet.fences import Confidence, FenceTerms, Hours, Outline, Role, ShapeKind, StopRule
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
from fleet.views import Site
from store import admin, feed, fences, visits, world
from store.fences import Draft, Edit, Outcome
from tests.store.conftest import NOON

pytestmark = pytest.mark.db

HOUR = timedelta(hours=1)
ID = "00000000-0000-0000-0000-00000000000"


def terms(lon: float = 121.0, lat: float = 31.0, **more: Any) -> FenceTerms:  # noqa: ANN401 - a builder
    outline = Outline(ShapeKind.CIRCLE, shapely.to_wkb(shapely.Point(lon, lat)), 300.0)
    ordinary = FenceTerms(outline, Role.HUB, True, 60.0, 120.0, 120.0, StopRule.STAY)  # noqa: FBT003 - a builder
    return replace(ordinary, **more)


def draft(code: str = "f1", lon: float = 121.0, **more: Any) -> Draft:  # noqa: ANN401 - a builder
    ordinary = Draft(
        code,
        "站",
        "Hub",
        None,
        None,
        terms(lon),
        (lon - 0.004, 30.996, lon + 0.004, 31.004),
        (lon, 31),
    )
    return replace(ordinary, **more)


def edit(at: datetime = NOON, reason: str = "drawn") -> Edit:
    return Edit("li.na", reason, at)


def ranges(conn: Connection[Any], code: str = "f1") -> list[tuple[int, float, float]]:
    """Version, and from when to when it holds, in hours after noon."""
    found = conn.execute(
        "SELECT version, extract(epoch FROM valid_from)::float8,"
        " extract(epoch FROM valid_to)::float8"
        " FROM fence_version v JOIN fence f ON f.id = v.fence_id WHERE code = %s ORDER BY version",
        [code],
    ).fetchall()
    return [(n, *((x - NOON.timestamp()) / 3600 for x in ends)) for n, *ends in found]


def refolds(conn: Connection[Any]) -> list[tuple[str, datetime]]:
    return conn.execute(
        "SELECT plate, from_time FROM refold JOIN vehicle ON vehicle.id = vehicle_id ORDER BY plate"
    ).fetchall()


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


@pytest.fixture
def rows(conn: Connection[Any], two_parties: None) -> WorldRows:  # noqa: ARG001 - registers them
    fences.add_fence(conn, draft(terms=terms(confidence=Confidence.GEOCODED)), edit(NOON - HOUR))
    return world.load_world(conn)


def kept_visit(number: int, vehicle: int, settled: float) -> KeptVisit:
    entry = Crossing(NOON.timestamp(), nan, NOON.timestamp(), Basis.OBSERVED, ())
    return KeptVisit(
        f"{ID}{number}", vehicle, Visit(1, 1, VisitState.ARRIVED, entry, settled=settled)
    )


def keep(conn: Connection[Any], rows: WorldRows, changes: Changes) -> None:
    with conn.transaction():
        visits.keep(conn, rows, changes)


@pytest.mark.usefixtures("rows")
def test_vehicles_that_were_near_the_old_or_the_new_place_are_folded_again(
    conn: Connection[Any], keep_fixes: Callable[..., None]
) -> None:
    keep_fixes("a1", [NOON + HOUR], lat=31.13)  # 14.5 km north of the old place
    keep_fixes("b1", [NOON + HOUR], lat=31.5)  # of the new one
    keep_fixes("c1", [NOON + HOUR], lat=31.2)  # of neither
    keep_fixes("c1", [NOON], lat=31.0)  # too early
    box = (120.996, 31.496, 121.004, 31.504)
    fences.edit_fence(conn, draft(box=box), 1, edit(NOON + timedelta(minutes=1)))
    at = NOON + timedelta(minutes=1)
    assert refolds(conn) == [("沪A1", at), ("沪B1", at)]
    reason = conn.execute("SELECT DISTINCT reason FROM refold").fetchall()
    assert reason == [("fence f1: drawn (li.na)",)]


def test_vehicles_that_were_there_are_folded_again_wherever_they_are(
    conn: Connection[Any], keep_fixes: Callable[..., None], rows: WorldRows
) -> None:
    for letter in "abc":
        keep_fixes(f"{letter}1", [NOON + 2 * HOUR], lat=40.0)
    later = NOON.timestamp() + 3600
    kept = (kept_visit(1, 0, inf), kept_visit(2, 1, later), kept_visit(3, 2, later - 1))
    keep(conn, rows, Changes(kept))
    fences.end_fence(conn, "f1", 1, edit(NOON + HOUR))
    assert [plate for plate, _ in refolds(conn)] == ["沪A1", "沪B1"]


@pytest.mark.usefixtures("rows")
def test_a_fence_for_tomorrow_folds_nothing_again(
    conn: Connection[Any], keep_fixes: Callable[..., None]
) -> None:
    keep_fixes("a1", [NOON + HOUR])
    fences.edit_fence(conn, draft(), 1, edit(NOON + 2 * HOUR))
    assert refolds(conn) == []


@pytest.mark.usefixtures("rows")
def test_an_import_of_many_fences_folds_all_again_that_moved_since(
    conn: Connection[Any], keep_fixes: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fences, "FEW", 1)
    keep_fixes("a1", [NOON + HOUR], lat=40.0)
    keep_fixes("b1", [NOON - HOUR], lat=40.0)
    fences.import_fences(conn, [draft("x", 122), draft("y", 123)], edit())
    assert refolds(conn) == [("沪A1", NOON)]


def node(number: int, **more: Any) -> KeptNode:  # noqa: ANN401 - a builder
    time = NOON.timestamp() + number
    said = Node(
        vehicle=0,
        site=1,
        fence=1,
        fence_version=1,
        visit=f"{ID}1",
        kind=NodeKind.ARRIVED,
        valid=True,
        actual=time,
        earliest=nan,
        latest=time,
        stopped=nan,
        confirmed=time,
        basis=Basis.OBSERVED,
        source=Source.GPS,
        evidence=(),
        cause=Cause.FIRST,
        provisional=True,
    )
    return KeptNode(f"{ID}{number}", 1, replace(said, **more))


def test_a_person_who_confirms_a_fence_confirms_its_nodes(
    conn: Connection[Any], rows: WorldRows
) -> None:
    nodes = (
        node(2, was=NOON.timestamp()),
        node(1, vehicle=1),
        node(3, valid=False),
        node(4, fence_version=2),
        node(5, source=Source.PERSON, author="wang", reason="paper"),
    )
    keep(conn, rows, Changes(nodes=nodes))
    start = feed.position(conn).number
    after = fences.confirm_fence(conn, "f1", Confidence.SURVEYED, "li.na")
    assert (after.version, after.terms.confidence) == (1, Confidence.SURVEYED)
    assert after.reason == "drawn (confirmed by li.na)"
    assert world.load_world(conn, rows).fences[0].terms == after.terms
    told = conn.execute(
        "SELECT kind, body ->> 'id' FROM change WHERE id > %s ORDER BY id", [start]
    ).fetchall()
    assert told == [("node", f"{ID}1"), ("node", f"{ID}2"), ("node", f"{ID}5"), ("world", None)]
    loaded = visits.load_kept(conn, rows, np.array([0], np.int32), np.array([-inf]))
    assert loaded == ([], [])  # no visit stands behind them here
    found = conn.execute(
        "SELECT right(id::text, 1), version, cause, provisional, author, was_at FROM node"
        " WHERE latest ORDER BY id"
    ).fetchall()
    assert found == [
        ("1", 2, "confirmed", False, "li.na", None),
        ("2", 2, "confirmed", False, "li.na", None),
        ("3", 1, "first", True, None, None),
        ("4", 1, "first", True, None, None),
        ("5", 2, "confirmed", False, "wang", None),
    ]
    assert refolds(conn) == []


def test_only_a_fence_that_lasts_is_confirmed_and_only_for_good(conn: Connection[Any]) -> None:
    with pytest.raises(NotFound):
        fences.confirm_fence(conn, "f1", Confidence.DRAWN, "li.na")
    with pytest.raises(Invalid, match="drawn or surveyed"):
        fences.confirm_fence(conn, "f1", Confidence.NEEDS_REVIEW, "li.na")
    fences.add_fence(conn, draft(), edit())
    fences.end_fence(conn, "f1", 1, edit(NOON + HOUR))
    with pytest.raises(Conflict, match="ended"):
        fences.confirm_fence(conn, "f1", Confidence.DRAWN, "li.na")


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
