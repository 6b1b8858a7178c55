"""What people have changed of detectors; what they come with is ``shipment.detect.limits``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from fleet.scope import Scope
from store import trail
from store.queries import load

_SQL = load("detectors")


@dataclass(frozen=True, slots=True)
class Setting:
    """How a detector differs from what it comes with."""

    kind: str
    enabled: bool
    limits: dict[str, Any]  #: those that were changed
    severity: int | None
    revision: int
    author: str
    changed_at: datetime


def load_settings(conn: Connection[Any]) -> dict[str, Setting]:
    """By kind: every detector that was changed."""
    cursor = conn.cursor(row_factory=class_row(Setting))
    return {row.kind: row for row in cursor.execute(_SQL["load_settings"])}


def change_setting(
    conn: Connection[Any],
    scope: Scope,
    kind: str,
    *,
    enabled: bool,
    limits: Mapping[str, float],
    severity: int | None,
) -> Setting:
    """Set a detector; in a transaction, since the trail tells of it."""
    before = load_settings(conn).get(kind)
    given = {
        "kind": kind,
        "enabled": enabled,
        "limits": Jsonb(dict(limits)),
        "severity": severity,
        "author": scope.principal,
    }
    cursor = conn.cursor(row_factory=class_row(Setting))
    after = cursor.execute(_SQL["change_setting"], given).fetchall()[0]
    detail = {"before": _said(before), "after": _said(after)}
    trail.record(conn, scope, "change", "detector", kind, detail=detail)
    return after


def _said(setting: Setting | None) -> dict[str, Any] | None:
    if setting is None:
        return None
    return {"enabled": setting.enabled, "limits": setting.limits, "severity": setting.severity}
