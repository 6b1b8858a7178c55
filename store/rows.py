"""Rows of statements into records: the columns that several subjects share."""

from __future__ import annotations

from typing import Any

from fleet.views import Link, Position, Vehicle


def vehicle(row: tuple[Any, ...]) -> Vehicle:
    """Columns: plate, party, device, revision, eleven of ``Position``, three of ``Link``."""
    plate, party, device, revision = row[:4]
    position = None if row[4] is None else Position(*row[4:15])
    return Vehicle(plate, party, device, position, link(row[15:18]), revision)


def link(columns: tuple[Any, ...]) -> Link | None:
    """``online, time, reason``; None for a device that never said anything of its connection."""
    return None if columns[0] is None else Link(*columns)
