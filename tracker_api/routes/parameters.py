"""Parameters and dependencies that several endpoints share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated

import orjson
from fastapi import Depends, Path, Query, Request, Response

from fleet.errors import Invalid
from tracker_api.door import Door
from tracker_api.runtime import Runtime, runtime_of
from tracker_api.schemas import CODE, DEVICE, PRINTABLE

#: Of every endpoint; on each router, so that metrics name whole paths.
PREFIX = "/api/v1"

PlateInPath = Annotated[str, Path(max_length=64, pattern=PRINTABLE, examples=["沪A12345"])]
DeviceInPath = Annotated[str, Path(pattern=DEVICE, examples=["860000000000001"])]

PlateQuery = Annotated[str | None, Query(max_length=64, pattern=PRINTABLE, description="A plate.")]
SiteQuery = Annotated[str | None, Query(pattern=CODE, description="Code of a site.")]
FenceQuery = Annotated[
    str | None, Query(max_length=64, pattern=PRINTABLE, description="Code of a fence.")
]
FromTime = Annotated[
    datetime | None, Query(alias="from", description="Default: seven days before `to`.")
]
ToTime = Annotated[datetime | None, Query(alias="to", description="Default: now.")]

SPAN = timedelta(days=7)  #: what a timeline shows unless asked for another time
AHEAD = timedelta(minutes=5)  #: terminals' clocks may be 120 s ahead; that is "now", too

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


def window(
    start: datetime | None, end: datetime | None, most_days: float, span: timedelta = SPAN
) -> tuple[datetime, datetime]:
    """From when until before when to look, in UTC: ``span`` until now unless given.

    Raises:
        Invalid: it is empty, or longer than ``most_days``.
    """
    last = datetime.now(UTC) + AHEAD if end is None else utc("to", end)
    first = max(last - span, EARLIEST) if start is None else utc("from", start)
    if first >= last:
        raise Invalid("from", "must be before `to`")
    if last - first > timedelta(days=most_days) + AHEAD:
        raise Invalid("from", f"must be at most {most_days:g} days before `to`")
    return first, last


def answer(content: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """JSON as it stands: validating 10,000 records that we made ourselves takes a second."""
    return Response(orjson.dumps(content), status, media_type="application/json")
