from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from math import inf
from typing import Any

import pytest
from psycopg import Connection

from fleet.errors import Conflict, Invalid, NotFound
from fleet.fences import Confidence
from fleet.nodes import Source
from fleet.records import WorldRows
from fleet.scope import OPERATOR
from store import expected, feed, fences, world
from tests.store.conftest import NOON
from tests.store.places import draft, edit, ident, keep, node, terms, visit

pytestmark = pytest.mark.db

HOUR = timedelta(hours=1)


def refolds(conn: Connection[Any]) -> list[tuple[str, datetime]]:
    return conn.execute(
        "SELECT plate, from_time FROM refold JOIN vehicle ON vehicle.id = vehicle_id ORDER BY plate"
    ).fetchall()


@pytest.fixture
def rows(conn: Connection[Any], two_parties: None) -> WorldRows:  # noqa: ARG001 - registers them
    fences.add_fence(conn, draft(terms=terms(confidence=Confidence.GEOCODED)), edit(NOON - HOUR))
    return world.load_world(conn)


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
    settled = (inf, later, later - 1)
    keep(conn, rows, [(n, n, visit(settled=time)) for n, time in enumerate(settled)])
    fences.end_fence(conn, "f1", 1, edit(NOON + HOUR))
    assert [plate for plate, _ in refolds(conn)] == ["沪A1", "沪B1"]


@pytest.mark.usefixtures("rows")
def test_vehicles_that_were_expected_there_are_folded_again_wherever_they_are(
    conn: Connection[Any], keep_fixes: Callable[..., None]
) -> None:
    """One that was silent meanwhile may have been there, from further off than any box."""
    for plate, begin, end in (("沪A1", 0, 2), ("沪B1", 0, 1)):
        keep_fixes("a1" if plate == "沪A1" else "b1", [NOON + 2 * HOUR], lat=40.0)
        when = (NOON + begin * HOUR, NOON + end * HOUR)
        expected.add_expected(conn, OPERATOR, plate, "f1", *when, author="li.na")
    conn.execute("DELETE FROM refold")
    fences.end_fence(conn, "f1", 1, edit(NOON + HOUR))
    assert [plate for plate, _ in refolds(conn)] == ["沪A1"]


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


def test_a_person_who_confirms_a_fence_confirms_its_nodes(
    conn: Connection[Any], rows: WorldRows
) -> None:
    doubted = [
        node(2, was=NOON.timestamp()),
        node(1, vehicle=1),
        node(3, valid=False),
        node(4, fence_version=2),
        node(5, source=Source.PERSON, author="wang", reason="paper"),
    ]
    places = (2, 1, 3, 4, 5)
    keep(conn, rows, versions=[(n, 1, each) for n, each in zip(places, doubted, strict=True)])
    start = feed.position(conn).number
    after = fences.confirm_fence(conn, "f1", Confidence.SURVEYED, "li.na")
    assert (after.version, after.terms.confidence) == (1, Confidence.SURVEYED)
    assert after.reason == "drawn (confirmed by li.na)"
    assert world.load_world(conn, rows).fences[0].terms == after.terms
    told = conn.execute(
        "SELECT kind, body ->> 'id' FROM change WHERE id > %s ORDER BY id", [start]
    ).fetchall()
    assert told == [*(("node", ident(n)) for n in (1, 2, 5)), ("world", None)]
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
