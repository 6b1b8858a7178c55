"""Instants, spans, distances and names as they are said to customers.

Estimates are rounded up to a quarter of an hour, so that nobody is promised a minute.  An
instant of another day than today names its day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from math import ceil, isfinite
from zoneinfo import ZoneInfo

from shipment.reply.facts import Facts

QUARTER = 900.0  #: s; to which estimates are rounded up
WIDE = 1800.0  #: s from P50 to P90 beyond which a window is said (domain 3.13)
CALL_BACK = 1800.0  #: s until a customer is called back: the time of a hand-over

_HOUR, _DAY = 3600.0, 86_400.0
_DAYS: Mapping[tuple[str, int], str] = {
    ("zh", -1): "昨天",
    ("zh", 0): "",
    ("zh", 1): "明天",
    ("en", -1): " yesterday",
    ("en", 0): "",
    ("en", 1): " tomorrow",
}
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905 (one line)


def quarter(instant: float) -> float:
    """``instant`` rounded up to a full quarter of an hour; every zone has full quarters."""
    return ceil(instant / QUARTER) * QUARTER if isfinite(instant) else instant


def local(instant: float, zone: str) -> datetime:
    """``instant`` in ``zone``."""
    return datetime.fromtimestamp(instant, UTC).astimezone(ZoneInfo(zone))


def days_off(instant: float, facts: Facts) -> int:
    """By how many calendar days of the reply's zone ``instant`` is after today."""
    day, today = (local(t, facts.zone).date() for t in (instant, facts.now))
    return (day - today) // timedelta(days=1)


def clock(instant: float, facts: Facts, language: str, *, dated: bool = False) -> str:
    """``instant`` as 14:05, with its day unless that is today; ``dated``: by date, not "tomorrow".

    An SMS is read when it is read: it has dates.
    """
    day = _day(instant, facts, language, dated=dated)
    at = f"{local(instant, facts.zone):%H:%M}"
    return day + at if language == "zh" else at + day


def _day(instant: float, facts: Facts, language: str, *, dated: bool) -> str:
    off, at = days_off(instant, facts), local(instant, facts.zone)
    if off == 0 or (not dated and (language, off) in _DAYS):
        return _DAYS[language, off]
    year = at.year if at.year != local(facts.now, facts.zone).year else None
    if language == "zh":
        return f"{f'{year}年' if year else ''}{at.month}月{at.day}日"
    return f" on {at.day} {_MONTHS[at.month - 1]}" + (f" {year}" if year else "")


def expected(facts: Facts, language: str, *, dated: bool = False) -> str:
    """When it is expected: a window if the band is wide, else about a time; "" unknown.

    An estimate that has passed is as good as now.
    """
    if not isfinite(facts.p50):
        return ""
    low, high = bounds(facts)
    chinese = language == "zh"
    first, last = (clock(t, facts, language, dated=dated) for t in (low, high))
    if not isfinite(facts.p90) or facts.p90 - facts.p50 <= WIDE or high <= low:
        return f"约{first}" if chinese else f"at about {first}"
    if days_off(low, facts) == days_off(high, facts):  # the day is said once
        if chinese:
            last = f"{local(high, facts.zone):%H:%M}"
        else:
            first = f"{local(low, facts.zone):%H:%M}"
    return f"{first}至{last}" if chinese else f"between {first} and {last}"


def bounds(facts: Facts) -> tuple[float, float]:
    """The window of the arrival as it is said; NaN unknown."""
    if not isfinite(facts.p50):
        return facts.p50, facts.p90
    low = quarter(max(facts.p50, facts.now))
    return low, max(low, quarter(facts.p90)) if isfinite(facts.p90) else low


def span(seconds: float, language: str) -> str:
    """A span: minutes, hours and minutes, or days and hours."""
    minutes = max(1, round(seconds / 60))
    hours, rest = divmod(minutes, 60)
    days, left = divmod(hours, 24)
    if language == "zh":
        if days:
            return f"{days}天{left}小时" if left else f"{days}天"
        return f"{minutes}分钟" if not hours else f"{hours}小时" + (f"{rest}分钟" if rest else "")
    parts = [(days, "day"), (left, "hour")] if days else [(hours, "hour"), (rest, "minute")]
    return " ".join(f"{n} {unit}{'s' if n > 1 else ''}" for n, unit in parts if n)


def later(facts: Facts) -> float:
    """By how much it is or will be late, s, rounded up to a quarter of an hour; NaN unknown."""
    if isfinite(facts.promised):
        if isfinite(facts.p50):
            # As the cautious estimate has it while only that is late.
            bound = facts.p50 if facts.is_late else facts.p90
            late = quarter(max(bound, facts.now)) - facts.promised
        else:
            late = facts.now - facts.promised
    else:
        late = facts.delay
    return quarter(late) if late > 0 else float("nan")


def kilometres(metres: float) -> str:
    """Whole kilometres, rounded up: nobody is told 0."""
    return str(max(1, ceil(metres / 1000)))


def call_back(facts: Facts) -> float:
    """By when a customer is told more."""
    return quarter(facts.now + CALL_BACK)


def masked(name: str) -> str:
    """A person's name with only its first letter: 张*; "" stays empty."""
    bare = name.strip()
    return f"{bare[0]}*" if bare else ""


def masked_phone(phone: str) -> str:
    """A telephone number with only its first three and last four digits."""
    digits = phone.strip()
    if len(digits) <= 7:  # noqa: PLR2004 (three and four)
        return "*" * len(digits)
    return f"{digits[:3]}{'*' * (len(digits) - 7)}{digits[-4:]}"
