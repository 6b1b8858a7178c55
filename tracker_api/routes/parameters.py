"""Parameters and dependencies that several endpoints share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Path, Request

from fleet.errors import Invalid
from tracker_api.door import Door
from tracker_api.runtime import Runtime, runtime_of
from tracker_api.schemas import DEVICE, PRINTABLE

#: Of every endpoint; on each router, so that metrics name whole paths.
PREFIX = "/api/v1"

PlateInPath = Annotated[str, Path(max_length=64, pattern=PRINTABLE, examples=["沪A12345"])]
DeviceInPath = Annotated[str, Path(pattern=DEVICE, examples=["860000000000001"])]

#: The years for which GPS can speak; also what PostgreSQL and Python both can hold.
EARLIEST = datetime(1980, 1, 6, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def _runtime(request: Request) -> Runtime:
    return runtime_of(request)


def _door(request: Request) -> Door:
    return runtime_of(request).door


Running = Annotated[Runtime, Depends(_runtime)]
Store = Annotated[Door, Depends(_door)]


def utc(where: str, instant: datetime) -> datetime:
    """``instant`` in UTC; one without an offset is taken as UTC.

    Raises:
        Invalid: it is outside the years that GPS knows.
    """
    aware = instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)
    if not EARLIEST <= aware <= LATEST:
        raise Invalid(where, f"must be between {EARLIEST:%Y} and {LATEST:%Y}")
    return aware.astimezone(UTC)
