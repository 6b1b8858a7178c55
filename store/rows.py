"""Rows of statements into records: the columns that several subjects share."""

from __future__ import annotations

from typing import Any

from fleet.nodes import VisitState
from fleet.views import Link, Position, Presence, Vehicle


def vehicle(row: tuple[Any, ...], here: tuple[Any, ...] = (None,)) -> Vehicle:
    """Columns: plate, party, device, revision, eleven of ``Position``, three of ``Link``.

    ``here``: columns of ``Presence``, where they are read.
    """
    plate, party, device, revision = row[:4]
    position = None if row[4] is None else Position(*row[4:15])
    presence = None if here[0] is None else Presence(here[0], VisitState(here[1]))
    return Vehicle(plate, party, device, position, link(row[15:18]), revision, presence)


def link(columns: tuple[Any, ...]) -> Link | None:
    """``online, time, reason``; None for a device that never said anything of its connection."""
    return None if columns[0] is None else Link(*columns)
