"""Where vehicles are expected and when: a near miss counts there, and a silent gap is no miss.

An expectation is part of the world that fixes are judged by; one that reaches into the past
has the vehicle folded again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import uuid_utils
from psycopg import Connection

from fleet.errors import Invalid, NotFound
from fleet.scope import Scope
from fleet.views import ExpectedVisit
from store import admin, queries, vehicles

_SQL = queries.load("expected")


def list_expected(  # noqa: PLR0913 - what to filter by
    conn: Connection[Any],
    scope: Scope,
    *,
    vehicle: str | None = None,
    site: str | None = None,
    start: datetime,
    end: datetime,
    limit: int = 1000,
) -> list[ExpectedVisit]:
    """What touches the time from ``start`` until before ``end``, earliest first.

    Raises ``NotFound``: the vehicle or the site.
    """
    if vehicle is not None:
        vehicles.require_vehicle(conn, scope, vehicle)
    if site is not None:
        admin.key_of(conn, "site", site)
    given = queries.within(scope, vehicle=vehicle, site=site, start=start, end=end, limit=limit)
    return [ExpectedVisit(*row) for row in conn.execute(_SQL["list_expected"], given)]


def add_expected(  # noqa: PLR0913 - the fields of a record
    conn: Connection[Any],
    scope: Scope,
    vehicle: str,
    site: str,
    start: datetime,
    end: datetime,
    *,
    author: str,
) -> ExpectedVisit:
    """From ``start`` until before ``end`` (whole milliseconds) the vehicle is expected there.

    Raises:
        NotFound: the vehicle, or the site.
        Invalid: no time is left between them, or no author is named.
    """
    admin.need("author", author)
    start, end = _cut(start), _cut(end)
    if start >= end:
        raise Invalid("to", "must be after `from`")
    vehicles.load_vehicle(conn, scope, vehicle)
    number = str(uuid_utils.uuid7())
    key = admin.key_of(conn, "vehicle", vehicle)
    given = {"id": number, "vehicle": key, "site": admin.key_of(conn, "site", site)}
    with admin.edit(conn):
        conn.execute(_SQL["add_expected"], given | {"start": start, "end": end, "author": author})
        admin.refold(conn, [key], start, f"expected at {site} ({author})")
    return ExpectedVisit(number, vehicle, site, start, end, author)


def remove_expected(conn: Connection[Any], scope: Scope, number: str) -> ExpectedVisit:
    """It is expected no longer; returns what was.  Raises ``NotFound``."""
    with admin.edit(conn):
        given = queries.within(scope, id=number)
        found = conn.execute(_SQL["remove_expected"], given).fetchone()
        if found is None:
            raise NotFound("expected visit", number)
        key, *was = found
        visit = ExpectedVisit(*was)
        admin.refold(conn, [key], visit.start, "expected no longer")
    return visit


def _cut(at: datetime) -> datetime:
    return at - timedelta(microseconds=at.microsecond % 1000)
