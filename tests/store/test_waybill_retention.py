from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection

from fleet.scope import OPERATOR
from store import maintenance, waybill_facts
from store.maintenance import Retention
from store.waybill_facts import NewFile
from tests.store import hauls
from tests.store.conftest import NOON
from tests.store.waybill_rows import legs, place, register

pytestmark = pytest.mark.db

DAY = timedelta(days=1)
KEPT = 1096 * DAY  #: three years


@pytest.fixture(autouse=True)
def number(conn: Connection[Any], two_parties: None) -> str:  # noqa: ARG001 - registers them
    """A waybill on a trip; both are over since noon."""
    register(conn)
    hauls.create(conn)
    number = place(conn, legs=legs("t1", None))
    waybill_facts.add_file(conn, OPERATOR, number, NewFile("door.png", "image/png", b"png"))
    conn.execute("UPDATE trip SET over_at = %s, pending = false", [NOON])
    conn.execute("UPDATE waybill_state SET state = 'delivered', over = true, since = %s", [NOON])
    return number


def retain(conn: Connection[Any], now: datetime) -> dict[str, int]:
    return {each.what: each.rows for each in maintenance.retain(conn, now, Retention())}


def test_a_trip_stays_as_long_as_a_waybill_was_on_it(conn: Connection[Any]) -> None:
    assert "trip" not in retain(conn, NOON + KEPT)
    gone = retain(conn, NOON + KEPT + timedelta(seconds=1))
    assert (gone["waybill"], gone["trip"]) == (1, 1)
    [(files,)] = conn.execute("SELECT count(*) FROM evidence_file").fetchall()
    assert files == 0


def test_what_somebody_refers_to_stays(conn: Connection[Any], number: str) -> None:
    conn.execute(
        "INSERT INTO answer (id, at, principal, role, asked, waybill_id, reply, content)"
        " SELECT gen_random_uuid(), %s, 'x', 'owner', %s, id, 'in_transit', '{}' FROM waybill",
        [NOON + DAY, number],
    )
    assert "waybill" not in retain(conn, NOON + KEPT + DAY)
    assert "waybill" in retain(conn, NOON + KEPT + 2 * DAY)


def test_an_open_waybill_is_never_removed(conn: Connection[Any]) -> None:
    conn.execute("UPDATE waybill_state SET state = 'arrived_destination', over = false")
    assert "waybill" not in retain(conn, NOON + 2 * KEPT)
