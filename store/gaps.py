"""Numbers of messages that came, and devices whose messages nobody confirms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import numpy as np
from psycopg import Connection

from fleet.gaps import Hour, find_gaps
from fleet.records import Numbered
from fleet.records import WorldRows as Rows
from store import queries
from store.arrays import Instant, Int4, Int8

_SQL = queries.load("gaps")

_LARGEST = 16_000  #: bytes of one hour's numbers; 1,000 stretches, of 3,600 messages at most


def keep_seen(conn: Connection[Any], rows: Rows, numbers: Sequence[Numbered]) -> None:
    """Keep that these messages came; idempotent, in any order."""
    values = {
        "device": Int4(rows.device_key[[each.device for each in numbers]]),
        "at": Instant(np.array([each.time for each in numbers])),
        "dated": [each.dated for each in numbers],
        "number": Int8(np.array([each.number for each in numbers], np.int64)),
        "most": _LARGEST,
    }
    conn.execute(_SQL["keep_seen"], values)


def load_seen(conn: Connection[Any], code: str, first: datetime, last: datetime) -> list[Hour]:
    """What came of the device in ``[first, last)``, by hour; the caller knows that it may ask."""
    given = {"code": code, "first": first, "last": last}
    return [_hour(*row) for row in conn.execute(_SQL["load_seen"], given).fetchall()]


def count_missing(conn: Connection[Any], first: datetime) -> int:
    """How many numbers of all devices are missing since ``first``."""
    found = conn.execute(_SQL["load_all_seen"], {"first": first}).fetchall()
    return sum(
        sum(gap.count for gap in find_gaps([_hour(*row[1:]) for row in group]))
        for _, group in groupby(found, lambda row: row[0])
    )


def forget_seen(conn: Connection[Any], before: datetime) -> None:
    """Remove what is older than the history."""
    conn.execute(_SQL["forget_seen"], {"before": before})


def note_unconfirmed(conn: Connection[Any], messages: Mapping[str, int], now: datetime) -> None:
    """Add messages that came with QoS 0, by code of the device; of strangers nothing is kept."""
    given = {"code": list(messages), "messages": list(messages.values()), "now": now}
    conn.execute(_SQL["note_unconfirmed"], given)


def list_unconfirmed(
    conn: Connection[Any], since: datetime, code: str | None = None
) -> list[tuple[str, int, datetime]]:
    """Code, messages and last time of devices that published with QoS 0 since then."""
    given = {"since": since, "code": code}
    return [(name, int(n), at) for name, n, at in conn.execute(_SQL["list_unconfirmed"], given)]


def _hour(at: datetime, dated: bool, first: list[int], last: list[int]) -> Hour:  # noqa: FBT001 - a row
    return Hour(at.astimezone(UTC), dated, tuple(sorted(zip(first, last, strict=True))))
