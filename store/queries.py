"""Named statements from ``sql/*.sql``.

A query is a line ``-- name: x``, then one or more comment lines that say what it is for,
then one statement.  Editors highlight the files, ``psql`` runs them, ``grep`` finds them.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any, LiteralString, cast

from fleet.rights import Datum
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

    Of vehicles: ``everything`` (no further question), else ``everywhere`` or ``parties``, and
    ``reach``, ``sites`` and ``driver`` for ``within_reach``.  Of waybills: ``all_customers`` or
    ``customers``.
    """
    return {
        "everything": not scope.is_limited,
        "everywhere": scope.parties is None,
        "parties": sorted(scope.parties or ()),
        "reach": scope.sees(Datum.POSITION).value,
        "sites": sorted(scope.sites),
        "driver": scope.driver,
        "all_customers": scope.customers is None,
        "customers": sorted(scope.customers or ()),
        **parameters,
    }
