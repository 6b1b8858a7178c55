"""Fences, visits and nodes in the API's database, written as the gateway writes them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
import uuid_utils
from psycopg.types.json import Jsonb
from shapely import Point

from store.database import Database
from tests.fix_api import NOON, FleetHand

#: A square kilometre, roughly, round the seeded site.
WEST, SOUTH, EAST, NORTH = 121.465, 31.225, 121.475, 31.235

HOUR = timedelta(hours=1)
DWELL = timedelta(minutes=2)  #: inside before a vehicle has arrived


class RecordHand:
    """Writes the record of one database; the last act of each write is the feed's."""

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self.conn = conn

    def fence(self, code: str = "gate", site: str = "SHA-1", *, node_level: bool = True) -> None:
        """A circle of 300 m, version 1, valid since before everything."""
        with self.conn.transaction():
            self.conn.execute(
                """
                WITH made AS (
                    INSERT INTO fence (code, site_id)
                    SELECT %(code)s, id FROM site WHERE code = %(site)s RETURNING id
                )
                INSERT INTO fence_version (fence_id, version, revision, valid_from, shape, geometry,
                    radius, west, south, east, north, role, node_level, margin, dwell_in, dwell_out,
                    stop_rule, confidence, datum, author, reason)
                SELECT id, 1, 1, '2026-01-01Z', 'circle', %(wkb)s, 300, %(west)s, %(south)s,
                    %(east)s, %(north)s, 'hub', %(level)s, 60, 120, 120, 'stay', 'drawn', 'wgs84',
                    'seed', 'test'
                FROM made
                """,
                {
                    "code": code,
                    "site": site,
                    "wkb": Point((WEST + EAST) / 2, (SOUTH + NORTH) / 2).wkb,
                    "west": WEST,
                    "south": SOUTH,
                    "east": EAST,
                    "north": NORTH,
                    "level": node_level,
                },
            )

    def visit(
        self,
        plate: str,
        fence: str = "gate",
        *,
        state: str = "arrived",
        entered: datetime = NOON,
        left: datetime | None = None,
        number: str | None = None,
    ) -> str:
        """A visit; one that has ended is settled.  Rings the vehicle.  Returns its id."""
        given = {
            "id": number or str(uuid_utils.uuid7()),
            "plate": plate,
            "fence": fence,
            "state": state,
            "entered": entered,
            "left": left,
            "basis": None if left is None else "interpolated",
            "evidence": Jsonb([]),
            "arrived": None if state in {"entering", "passed"} else entered + DWELL,
            "settled": "infinity" if left is None else left + HOUR,
        }
        with self.conn.transaction():
            row = self.conn.execute(
                """
                INSERT INTO visit (id, vehicle_id, fence_id, version, left_version, state,
                    entered_at, entered_earliest, entered_latest, entered_basis, entered_evidence,
                    left_at, left_earliest, left_latest, left_basis, left_evidence, arrived_at,
                    flaps, yielded_to, settled_at)
                SELECT %(id)s, v.id, f.id, 1, 0, %(state)s,
                    %(entered)s, %(entered)s, %(entered)s, 'interpolated', %(evidence)s,
                    %(left)s, %(left)s, %(left)s, %(basis)s, %(evidence)s, %(arrived)s,
                    0, 0, %(settled)s
                FROM vehicle v, fence f WHERE v.plate = %(plate)s AND f.code = %(fence)s
                ON CONFLICT (id) DO UPDATE SET state = excluded.state, left_at = excluded.left_at,
                    left_earliest = excluded.left_earliest, left_latest = excluded.left_latest,
                    left_basis = excluded.left_basis, settled_at = excluded.settled_at
                RETURNING vehicle_id
                """,
                given,
            ).fetchone()
            assert row is not None
            self._ring("positions", int(row[0]))
        return str(given["id"])

    def node(self, plate: str, **columns: Any) -> str:  # noqa: ANN401 (the columns of one row)
        """A version of a node, arrived at noon unless told otherwise; returns the node's id.

        With ``id`` it is the next version of that node.
        """
        given = {
            "id": str(uuid_utils.uuid7()),
            "plate": plate,
            "site": "SHA-1",
            "fence": None,
            "kind": "arrived",
            "valid": True,
            "actual_at": NOON,
            "visit_id": None,
            "was_at": None,
            "source": "gps",
            "basis": "interpolated",
            "cause": "first",
            "evidence": Jsonb([]),
            "backfilled": False,
            "recorded_at": NOON + timedelta(minutes=2),
        } | columns
        with self.conn.transaction():
            key = self._vehicle(plate)
            number = self._ring("node", key)
            self.conn.execute("UPDATE node SET latest = false WHERE id = %(id)s::uuid", given)
            self.conn.execute(
                """
                INSERT INTO node (id, version, change_id, valid, vehicle_id, site_id, fence_id,
                    fence_version, visit_id, kind, actual_at, earliest_at, latest_at, was_at, basis,
                    source, operator, author, reason, evidence, cause, conflict, provisional,
                    near_fence, backfilled, recorded_at)
                SELECT %(id)s, (SELECT count(*) FROM node WHERE id = %(id)s::uuid) + 1, %(change)s,
                    %(valid)s, %(vehicle)s, s.id, f.id, CASE WHEN f.id IS NOT NULL THEN 1 END,
                    %(visit_id)s, %(kind)s, %(actual_at)s, %(actual_at)s, %(actual_at)s, %(was_at)s,
                    %(basis)s, %(source)s, 'acme', %(person)s, %(person)s, %(evidence)s, %(cause)s,
                    false, false, false, %(backfilled)s, %(recorded_at)s
                FROM site s LEFT JOIN fence f ON f.code = %(fence)s WHERE s.code = %(site)s
                """,
                given
                | {
                    "change": number,
                    "vehicle": key,
                    "person": "somebody" if given["source"] == "person" else None,
                },
            )
            self.conn.execute(
                "UPDATE change SET body = jsonb_build_object('id', %(id)s::text, 'version',"
                " (SELECT max(version) FROM node WHERE id = %(id)s::uuid)) WHERE id = %(change)s",
                given | {"change": number},
            )
        return str(given["id"])

    def device_key(self, code: str) -> int:
        """The store's key of a device, for evidence."""
        row = self.conn.execute("SELECT id FROM device WHERE code = %s", [code]).fetchone()
        assert row is not None
        return int(row[0])

    def _vehicle(self, plate: str) -> int:
        row = self.conn.execute("SELECT id FROM vehicle WHERE plate = %s", [plate]).fetchone()
        assert row is not None
        return int(row[0])

    def _ring(self, kind: str, key: int) -> int:
        row = self.conn.execute("SELECT ring(%s, %s::integer[], NULL)", (kind, [key])).fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture
def record(hand: FleetHand) -> RecordHand:
    """Writes nodes on the same connection as ``hand``."""
    return RecordHand(hand.conn)


def record_of(database: Database) -> RecordHand:
    """A further writer, with a connection of its own; close ``.conn``."""
    return RecordHand(psycopg.connect(database.url, autocommit=True))
