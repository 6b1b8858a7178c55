"""Named statements from ``sql/*.sql``.

A query is a line ``-- name: x``, then one or more comment lines that say what it is for,
then one statement.  Editors highlight the files, ``psql`` runs them, ``grep`` finds them.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any, LiteralString, cast

from fleet.rights import MAY, Datum, Grant, Right
from fleet.scope import Scope

_NAME = re.compile(r"^-- name: (\w+)\n(?=-- \S)", re.MULTILINE)


def parse(text: str) -> dict[str, LiteralString]:
    """Statement by name.  Our own files are as trusted as our own code.

    Raises:
        ValueError: a name is used twice.
    """
    _, *parts = _NAME.split(text)
    names, bodies = parts[::2], parts[1::2]
    if len(set(names)) != len(names):
        raise ValueError(f"duplicate query name in {sorted(names)}")
    return {
        name: cast("LiteralString", body.strip()) for name, body in zip(names, bodies, strict=True)
    }


@cache
def load(module: str) -> dict[str, LiteralString]:
    """The statements of ``sql/<module>.sql``."""
    return parse(files("store").joinpath("sql", f"{module}.sql").read_text("utf-8"))


def within(scope: Scope, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - what SQL takes
    """Parameters of a scoped statement, and the given ones.

    What a statement asks, with ``p`` the party of a vehicle ``v``, ``c`` the customer of a waybill:

    * where a vehicle is: ``everything`` or (``everywhere`` or p in ``parties``) and
      ``within_reach(v, reach, sites, driver)``;
    * what it did: likewise, and ``within_past(v, time, site, past, sites, driver)``;
    * a trip: (``everywhere`` or p in ``parties``) and ``trip_within(t, trips, sites, driver)``;
    * a waybill: (``all_customers`` or c in ``customers``) and
      ``waybill_within(w, waybills, sites, parties)``;
    * a device, a place: ``everywhere`` or ``parties``.
    """
    return {
        "everything": not scope.is_limited,
        "everywhere": scope.parties is None,
        "parties": sorted(scope.parties or ()),
        "reach": scope.sees(Datum.POSITION).value,
        "past": scope.past.value,
        "trips": scope.sees(Datum.ESTIMATE).value,
        "waybills": _waybills(scope).value,
        "sites": sorted(scope.sites),
        "driver": scope.driver,
        "all_customers": scope.customers is None,
        "customers": sorted(scope.customers or ()),
        **parameters,
    }


def _waybills(scope: Scope) -> Grant:
    """Of waybills, beside whose they are: of one's own sites, by one's own vehicles, or all."""
    if Right.LOOK_WAYBILLS not in MAY[scope.role]:
        return Grant.NONE
    grant = scope.sees(Datum.POSITION)
    return grant if grant in {Grant.INBOUND, Grant.LEGS} else Grant.ALL
