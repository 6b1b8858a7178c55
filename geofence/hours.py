"""When a fence can be entered: weekly hours on the clock of its site.

Pure: the rules of time zones come from the IANA data that Python's ``zoneinfo`` finds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from fleet.fences import MINUTES_PER_DAY, Hours

_DAYS = 7
#: Days back on which hours that still last may have begun: they last at most two.
_BACK = range(2)


def is_open(hours: Sequence[Hours], zone: str, time: float) -> bool:
    """Whether the fence can be entered at ``time``; without hours it always can.

    The clock on the wall decides: where it is put forward the hour between never comes, and
    where it is put back the hour comes twice.

    Raises:
        zoneinfo.ZoneInfoNotFoundError: there is no such zone.
    """
    if not hours:
        return True
    wall = datetime.fromtimestamp(time, UTC).astimezone(ZoneInfo(zone))
    minute = wall.hour * 60 + wall.minute
    return any(
        (wall.weekday() - back) % _DAYS in one.days
        and one.opens <= minute + back * MINUTES_PER_DAY < one.closes
        for one in hours
        for back in _BACK
    )
