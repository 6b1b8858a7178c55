"""Named statements from ``sql/*.sql``.

A query is a line ``-- name: x``, then one or more comment lines that say what it is for,
then one statement.  Editors highlight the files, ``psql`` runs them, ``grep`` finds them.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any, LiteralString, cast

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
    """Parameters of a scoped statement: ``everything``, ``parties`` and the given ones."""
    return {
        "everything": scope.parties is None,
        "parties": sorted(scope.parties or ()),
        **parameters,
    }
