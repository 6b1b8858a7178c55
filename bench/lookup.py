"""Lookups of "where is my truck" among a million waybills.

Every key that people have at hand is looked up in turn: numbers, codes, order numbers,
telephones, plates, and numbers with one slip in them, for which what may be meant is
suggested.  The baseline is a bare SELECT by primary key of a row of the same table, on the same
connection, turn by turn.  Then whole answers are asked, composed and kept, as over the API.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from typing import Any

from psycopg import Connection

from bench.measure import Args, Ratio, Report, middle
from bench.servers import database
from fleet import numbers
from fleet.scope import OPERATOR
from fleet.views import Party, Site
from store import admin
from store.database import connect
from store.lookup import look_up
from tracker_api import towns, where
from tracker_api.where_facts import Eyes

WAYBILLS, QUICK = 1_000_000, 2_000
TURNS, QUICK_TURNS = 300, 5  #: of each key
DAYS = 365  #: over which they are spread
VEHICLES = 1000
ABOARD = 20  #: of each vehicle, now
SEED = 50
LIMIT = 0.050  #: s; p95 that is allowed
ZONE = "Asia/Shanghai"
BEGAN = datetime(2025, 11, 1, tzinfo=UTC)

COPIED = """
INSERT INTO waybill (number, code, order_no, customer_id, origin_id, destination_id, consignee,
                     phone, promised_at, placed_at, author)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::int[], %s::int[], %s::int[],
                     %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::text[])
"""
#: Of what every waybill has: a leg, and how it stands; those of the last are aboard.
DERIVED = """
INSERT INTO leg (waybill_id, number, from_id, to_id)
SELECT id, 0, origin_id, destination_id FROM waybill;

INSERT INTO waybill_state (waybill_id, state, since, over, derived_at)
SELECT id, 'delivered', placed_at, true, placed_at FROM waybill;

INSERT INTO trip (code, created_by) VALUES ('T-1', 'bench');

INSERT INTO ride (waybill_id, leg_id, trip_id, vehicle_id, valid_from, from_basis, presumed)
SELECT w.id, l.id, t.id, v.id, w.placed_at, 'scan', false
FROM (SELECT id, placed_at FROM waybill ORDER BY id DESC LIMIT {aboard}) w
JOIN leg l ON l.waybill_id = w.id
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM vehicle) v
    ON v.place = 1 + w.id % {vehicles}, trip t;

UPDATE waybill_state s SET state = 'in_transit', over = false, vehicle_id = r.vehicle_id
FROM ride r WHERE r.waybill_id = s.waybill_id;
"""

#: The kind of key that leads nowhere.
NOTHING = "nothing known"

Key = Callable[[], str]


def run(*, quick: bool) -> Report:
    """The report."""
    count, turns = (QUICK, QUICK_TURNS) if quick else (WAYBILLS, TURNS)
    report = Report("lookup", " ".join((__doc__ or "").split()))
    with database(0) as db, closing(connect(db, application="bench")) as conn:
        began = time.perf_counter()
        rows = fill(conn, count)
        report.figures[f"{count:,} waybills written, s"] = time.perf_counter() - began
        for what, key in _keys(random.Random(SEED), rows).items():  # noqa: S311 (no secret)
            _measure(report, conn, what, [key() for _ in range(turns)])
        _answers(report, conn, rows, turns)
    return report


def fill(conn: Connection[Any], count: int) -> list[tuple[str, str, str, str]]:
    """So many waybills; returns number, code, order number and telephone of each."""
    customers, sites = _places(conn)
    rng = random.Random(SEED)  # noqa: S311 (no secret)
    rows = []
    with conn.transaction(), _unhindered(conn):
        for start in range(0, count, 50_000):
            part = [_row(rng, n, count) for n in range(start, min(count, start + 50_000))]
            rows += [row[:4] for row in part]
            times, many = [row[4] for row in part], len(part)
            keys = [list(column) for column in zip(*(row[:4] for row in part), strict=True)]
            given = (
                *keys[:3], [customers[n % 5] for n in range(many)],
                [sites[n % 7] for n in range(many)], [sites[7 + n % 7] for n in range(many)],
                ["王五"] * many, keys[3], [at + timedelta(days=2) for at in times], times,
                ["bench"] * many,
            )  # fmt: skip
            conn.execute(COPIED, given)
        conn.execute(DERIVED.format(vehicles=VEHICLES, aboard=min(count, VEHICLES * ABOARD)))
    conn.execute("SET statement_timeout = 0")
    conn.execute("VACUUM ANALYZE")
    conn.execute("RESET statement_timeout")
    return rows


@contextmanager
def _unhindered(conn: Connection[Any]) -> Iterator[None]:
    """Within a transaction: no triggers, no checks of references, indexes made at the end."""
    conn.execute("SET LOCAL session_replication_role = replica")
    conn.execute("SET LOCAL statement_timeout = 0")
    found = conn.execute(
        """
        SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
        FROM pg_index i
        WHERE i.indrelid IN ('waybill'::regclass, 'waybill_state'::regclass, 'ride'::regclass)
          AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
        """
    ).fetchall()
    for name, _ in found:
        conn.execute(f"DROP INDEX {name}")
    yield
    for _, definition in found:
        conn.execute(definition)


def _places(conn: Connection[Any]) -> tuple[list[int], list[int]]:
    """Keys of five customers and of fourteen sites; ``VEHICLES`` vehicles."""
    admin.seed(
        conn,
        [Party(f"c{n}", f"客户{n}", f"Customer {n}") for n in range(5)],
        [
            Site(f"S-{n}", f"站点{n}", f"Site {n}", ZONE, 115 + n * 0.5, 30 + n * 0.1)
            for n in range(14)
        ],
        [(plate(n), "c0") for n in range(VEHICLES)],
        [],
    )
    conn.execute("UPDATE party SET short = 'JD' WHERE code = 'c0'")
    parties = conn.execute("SELECT id FROM party ORDER BY code").fetchall()
    sites = conn.execute("SELECT id FROM site ORDER BY code").fetchall()
    return [key for (key,) in parties], [key for (key,) in sites]


def plate(number: int) -> str:
    """The plate of a vehicle."""
    return f"沪A{number:05}"


def _row(rng: random.Random, number: int, count: int) -> tuple[str, str, str, str, datetime]:
    placed = BEGAN + timedelta(days=DAYS * number / count)
    day = placed.date()
    return (
        numbers.make_number("JD", day, number % 900_000 + 1),
        numbers.make_code(day, number),
        f"SO-{number:08}",
        f"138{rng.randrange(10**8):08}",
        placed,
    )


def _keys(rng: random.Random, rows: list[tuple[str, str, str, str]]) -> dict[str, Key]:
    """A fresh key of each kind, at random."""

    def slip() -> str:
        number = rng.choice(rows)[0]
        place = rng.randrange(4, len(number))
        return number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]

    return {
        "number": lambda: rng.choice(rows)[0],
        "number in small letters with spaces": lambda: _spaced(rng.choice(rows)[0]),
        "code": lambda: rng.choice(rows)[1],
        "order number": lambda: rng.choice(rows)[2],
        "telephone's tail": lambda: rng.choice(rows)[3][-4:],
        "telephone": lambda: rng.choice(rows)[3],
        "plate": lambda: plate(rng.randrange(VEHICLES)),
        "one wrong digit": slip,
        NOTHING: lambda: f"XX{rng.randrange(10**14):014}",
    }


def _spaced(number: str) -> str:
    return f"{number[:2].lower()} {number[2:10]} {number[10:]}"


def _measure(report: Report, conn: Connection[Any], what: str, keys: list[str]) -> None:
    ours, bare = [], []
    for place, key in enumerate(keys):
        found = look_up(conn, OPERATOR, key)  # also into the cache, as the baseline's row is
        assert bool(found.numbers or found.suggestions) is (what != NOTHING), key
        ours.append(_timed(look_up, conn, OPERATOR, key))
        bare.append(_timed(_bare, conn, place))
    _note(report, what, ours, bare)


def _answers(
    report: Report, conn: Connection[Any], rows: list[tuple[str, str, str, str]], turns: int
) -> None:
    """Whole answers of goods that are aboard, looked up, composed and kept."""
    towns.load()
    aboard, ours, bare = rows[-VEHICLES * ABOARD :], [], []
    for turn in range(turns):
        key = aboard[turn * 97 % len(aboard)][0]
        eyes = where.eyes_of(OPERATOR, datetime.now(UTC), ZONE)
        ours.append(_timed(_answer, conn, key, eyes))
        bare.append(_timed(_bare, conn, turn))
    _note(report, "whole answer, kept", ours, bare)


def _answer(conn: Connection[Any], key: str, eyes: Eyes) -> None:
    with conn.transaction():
        where.answer(conn, OPERATOR, key, eyes)


def _note(report: Report, what: str, ours: list[float], bare: list[float]) -> None:
    worst = quantiles(ours, n=20)[-1]
    report.ratios.append(
        Ratio(
            f"{what}: p95 within 50 ms", worst * 1e3, LIMIT * 1e3, "ms", LIMIT / worst, required=1.0
        )
    )
    report.figures[f"{what}: p50, ms"] = middle(ours) * 1e3
    report.figures[f"{what}: SELECT by key, p50, ms"] = middle(bare) * 1e3


def _timed(work: Callable[Args, object], *given: Args.args, **more: Args.kwargs) -> float:
    began = time.perf_counter()
    work(*given, **more)
    return time.perf_counter() - began


def _bare(conn: Connection[Any], place: int) -> None:
    conn.execute("SELECT number FROM waybill WHERE id = %s", [place + 1]).fetchone()
