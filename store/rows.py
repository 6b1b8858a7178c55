"""Rows of statements into records: the columns that several subjects share."""

from __future__ import annotations

from typing import Any

from fleet.nodes import VisitState
from fleet.trips import Risk
from fleet.views import Link, Position, Presence, TripTag, Vehicle


def vehicle(
    row: tuple[Any, ...], here: tuple[Any, ...] = (None,), trip: tuple[Any, ...] = (None,)
) -> Vehicle:
    """Columns: plate, party, device, revision, eleven of ``Position``, three of ``Link``.

    ``here`` and ``trip``: columns of ``Presence`` and of ``TripTag``, where they are read.
    """
    plate, party, device, revision = row[:4]
    position = None if row[4] is None else Position(*row[4:15])
    presence = None if here[0] is None else Presence(here[0], VisitState(here[1]))
    tag = None if trip[0] is None else TripTag(trip[0], Risk(trip[1]), *trip[2:])
    return Vehicle(plate, party, device, position, link(row[15:18]), revision, presence, tag)


def link(columns: tuple[Any, ...]) -> Link | None:
    """``online, time, reason``; None for a device that never said anything of its connection."""
    return None if columns[0] is None else Link(*columns)
