"""One commit of the gateway: fixes, states, memories and all that came with them.

The gateway calls these inside one transaction, in this order: ``lock`` (and folds again what
another writer has moved), the ``keep_*`` in any order, ``ring`` last.  Nothing here is
row by row.  Arguments speak of world rows; the keys behind them stay in the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.rows import tuple_row

from fleet.records import CommandReply, Event, FixBatch, Flag, Frame, LinkReport, Live, Reject
from fleet.records import WorldRows as Rows
from store import dead_letters
from store.arrays import Bytes, Column, Float4, Float8, Instant, Int2, Int4, Int8
from store.partitions import DayGoneError
from store.queries import load

_SQL = load("commit")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a batch of fixes."""

    stored: int  #: new rows
    replaced: int  #: poorer rows of the same instant that these took the place of
    conflicts: int  #: other positions of the same instant, newly kept aside
    #: per row of the fixes given: False where just that was stored already.  True where it is
    #: new, took the place of a poorer one, or lost against a better one: the past is then not
    #: what the batch says, or was not what is stored.
    changed: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Errands:
    """What waits for the gateway besides frames."""

    world_revision: int
    commands: bool
    reinjects: bool
    refolds: bool


def lock(conn: Connection, rows: Rows, vehicles: Ints) -> NDArray[np.int64]:
    """Hold the states of ``vehicles`` (ascending rows); returns their revisions, -1 if gone."""
    keys = rows.vehicle_key[vehicles]
    revision = np.full(len(keys), -1, np.int64)
    if len(keys):
        cursor = conn.cursor(row_factory=tuple_row, binary=True)
        found = cursor.execute(_SQL["lock_vehicles"], {"vehicles": Int4(keys)}).fetchall()
        at = np.searchsorted(keys, np.array([row[0] for row in found], np.int32))
        revision[at] = [row[1] for row in found]
    return revision


def keep_fixes(conn: Connection, rows: Rows, fixes: FixBatch, losers: FixBatch) -> Kept:
    """Store ``fixes`` (one per device and time), idempotent; the partitions must exist.

    A stored fix of the same device and time is compared by content, never by who came
    first: the better stays, another position is kept as a conflict.

    Raises:
        DayGoneError: a partition does not exist; the transaction is to be done again.
    """
    if not len(fixes):
        return Kept(0, 0, 0, np.empty(0, np.bool_))
    columns = _columns(rows, fixes)
    cursor = conn.cursor(row_factory=tuple_row, binary=True)
    try:
        given = columns | {"size": len(fixes)}
        stored, devices, times = cursor.execute(_SQL["insert_fixes"], given).fetchall()[0]
    except psycopg.errors.CheckViolation as error:  # the table has no other check
        raise DayGoneError from error
    replaced = conflicts = 0
    changed = np.ones(len(fixes), np.bool_)
    if stored < len(fixes):
        changed = _among(
            rows, fixes.device, fixes.time, zip(devices or (), times or (), strict=True)
        )
        bits = {"intrinsic": int(Flag.INTRINSIC), "old": int(Flag.OLD)}
        more = columns | _span(fixes.time) | bits
        replaced, conflicts, other = cursor.execute(_SQL["settle_fixes"], more).fetchall()[0]
        changed[other] = True
    if len(losers):
        found = cursor.execute(_SQL["keep_losers"], _columns(rows, losers)).fetchone()
        conflicts += _number(found)
    return Kept(stored, replaced, conflicts, changed)


def days(time: NDArray[np.float64]) -> set[date]:
    """The UTC days of ``time``."""
    numbers = np.unique(np.floor(time / 86_400)).astype(int)
    return {date(1970, 1, 1) + timedelta(days=int(n)) for n in numbers}


def move_states(conn: Connection, rows: Rows, vehicles: Ints, live: Live, fixes: FixBatch) -> None:
    """Raise the revision of ``vehicles``; show the newest believed fix of those in ``live``.

    ``live.vehicle`` must be part of ``vehicles``; ``live.fix`` are rows of ``fixes``, stored.
    """
    device = np.zeros(len(vehicles), np.int32)  # 0 is no key: keys are drawn from 1
    lon, lat, time = (np.zeros(len(vehicles)) for _ in range(3))
    at = np.searchsorted(vehicles, live.vehicle)
    device[at] = rows.device_key[fixes.device[live.fix]]
    time[at] = fixes.time[live.fix]
    lon[at], lat[at] = live.lon, live.lat
    conn.execute(
        _SQL["move_states"],
        {
            "vehicle": Int4(rows.vehicle_key[vehicles]),
            "device": Int4(device),
            "time": Instant(time),
            "lon": Float8(lon),
            "lat": Float8(lat),
        }
        | _span(fixes.time[live.fix]),
    )


def keep_memories(
    conn: Connection, keys: Ints, revision: NDArray[np.int64], form: int, body: Sequence[bytes]
) -> None:
    """Keep each ``body`` as the memory of the vehicles ``keys`` at ``revision``."""
    values = {"vehicle": Int4(keys), "revision": Int8(revision), "body": Bytes(body)}
    conn.execute(_SQL["keep_memories"], values | {"format": form})


def keep_checkpoints(
    conn: Connection, keys: Ints, time: NDArray[np.float64], form: int, body: Sequence[bytes]
) -> None:
    """Keep each ``body`` as what was remembered of the vehicles ``keys`` after ``time``."""
    values = {"vehicle": Int4(keys), "time": Instant(time), "body": Bytes(body)}
    conn.execute(_SQL["keep_checkpoints"], values | {"format": form})


def forget_checkpoints(conn: Connection, vehicle: int, after: float) -> None:
    """Drop the checkpoints of the vehicle with key ``vehicle`` later than ``after``."""
    conn.execute(_SQL["forget_checkpoints"], {"vehicle": vehicle, "after": after})


def rewrite_flags(conn: Connection, rows: Rows, fixes: FixBatch) -> None:
    """Write the flags of ``fixes`` over the stored ones."""
    columns = {
        "device": Int4(rows.device_key[fixes.device]),
        "time": Instant(fixes.time),
        "flags": Int2(fixes.flags),
    }
    conn.execute(_SQL["rewrite_flags"], columns | _span(fixes.time))


def clear_state(conn: Connection, vehicle: int) -> None:
    """Show no position of the vehicle with key ``vehicle``."""
    conn.execute(_SQL["clear_state"], {"vehicle": vehicle})


def keep_streams(conn: Connection, rows: Rows, carried: Mapping[int, bytes], at: float) -> None:
    """Keep, or end where it is empty, the stream state of devices (by row)."""
    waiting = {row: state for row, state in carried.items() if state}
    ended = [row for row, state in carried.items() if not state]
    if waiting:
        conn.execute(
            _SQL["keep_streams"],
            {
                "device": Int4(rows.device_key[list(waiting)]),
                "carried": list(waiting.values()),
                "at": _instant(at),
            },
        )
    if ended:
        conn.execute(_SQL["end_streams"], {"device": Int4(rows.device_key[ended])})


def keep_events(
    conn: Connection, rows: Rows, events: Sequence[Event]
) -> tuple[int, NDArray[np.bool_]]:
    """Store device events, idempotent; returns how many were new, and which."""
    if not events:
        return 0, np.empty(0, np.bool_)
    values = {
        "device": Int4(rows.device_key[[e.device for e in events]]),
        "time": Instant(np.array([e.time for e in events])),
        "kind": [str(e.kind) for e in events],
        "value": [e.value.decode() for e in events],
        "received": Instant(np.array([e.received for e in events])),
    }
    cursor = conn.cursor(row_factory=tuple_row)
    found = set(cursor.execute(_SQL["keep_events"], values).fetchall())
    fresh = np.zeros(len(events), np.bool_)
    for place, event in enumerate(events):
        name = (int(rows.device_key[event.device]), round(event.time * 1000), event.kind)
        fresh[place] = name in found
        found.discard(name)  # said twice in a batch, it is new once
    return int(fresh.sum()), fresh


def keep_links(conn: Connection, rows: Rows, links: Sequence[LinkReport]) -> Ints:
    """Store what devices say of their connection; returns the rows of those that it was news of."""
    if not links:
        return np.empty(0, np.int32)
    values = {
        "device": Int4(rows.device_key[[link.device for link in links]]),
        "online": [link.online for link in links],
        "time": Instant(np.array([link.time for link in links])),
        "reason": [link.reason for link in links],
        "since": Instant(np.array([link.since for link in links])),
    }
    found = conn.cursor(row_factory=tuple_row).execute(_SQL["keep_links"], values).fetchall()
    return np.searchsorted(rows.device_key, [row[0] for row in found]).astype(np.int32)


def keep_replies(conn: Connection, rows: Rows, replies: Sequence[CommandReply]) -> None:
    """Write devices' answers to the commands that they answer."""
    if not replies:
        return
    values = {
        "device": Int4(rows.device_key[[r.device for r in replies]]),
        "id": [r.id for r in replies],
        "time": Instant(np.array([r.time for r in replies])),
        "ok": [r.ok for r in replies],
        "detail": [r.detail for r in replies],
    }
    conn.execute(_SQL["keep_replies"], values)


def keep_dead_letters(conn: Connection, rejects: Sequence[Reject], frames: Sequence[Frame]) -> int:
    """Store rejects whole, once per content; returns how many parts were not known before."""
    letters = {
        dead_letters.digest(frames[r.frame].device, frames[r.frame].kind, r.reason, r.raw): r
        for r in rejects
    }
    if not letters:
        return 0
    kept = list(letters.values())
    of = [frames[r.frame] for r in kept]
    values = {
        "digest": list(letters),
        "received": Instant(np.array([frame.received for frame in of])),
        "device": [_printable(frame.device) for frame in of],
        "kind": [_printable(frame.kind) for frame in of],
        "reason": [str(r.reason) for r in kept],
        "detail": [_printable(r.detail) for r in kept],
        "raw": [r.raw for r in kept],
        "parts": Int4(np.array([r.parts for r in kept])),
    }
    cursor = conn.cursor(row_factory=tuple_row)
    return _number(cursor.execute(_SQL["keep_dead_letters"], values).fetchone())


def load_errands(conn: Connection) -> Errands:
    """What waits for the gateway besides frames; cheap enough to ask several times a second."""
    row = conn.cursor(row_factory=tuple_row).execute(_SQL["errands"]).fetchone()
    if row is None:
        raise RuntimeError("the table installation has lost its row")
    return Errands(*row)


def take_reinjects(conn: Connection, limit: int, size: int) -> list[tuple[int, Frame]]:
    """Dead letters to take in again, as the frames that they were, held until the commit.

    At most ``limit``, and no more once ``size`` bytes are exceeded.
    """
    cursor = conn.cursor(row_factory=tuple_row, binary=True)
    found = cursor.execute(_SQL["take_reinjects"], {"limit": limit, "size": size}).fetchall()
    return [
        (int(number), Frame(device, kind, bytes(raw), float(received)))
        for number, device, kind, raw, received in found
    ]


def end_reinjects(conn: Connection, ids: Sequence[int]) -> None:
    """These letters have been taken in again."""
    conn.execute(_SQL["end_reinjects"], {"ids": list(ids)})


def take_refold(
    conn: Connection, quiet: float, longest: float
) -> tuple[int, float, list[int]] | None:
    """Key of one vehicle whose past changed, since when, and the errands' ids; None if none.

    While a backlog is arriving its vehicle is asked for again and again, and once is enough:
    only one is taken whose newest errand is ``quiet`` s old, or whose oldest ``longest`` s.
    """
    given = {"quiet": quiet, "longest": longest}
    row = conn.cursor(row_factory=tuple_row).execute(_SQL["take_refold"], given).fetchone()
    return (int(row[0]), float(row[1]), list(row[2])) if row else None


def end_refolds(conn: Connection, ids: Sequence[int]) -> None:
    """These have been folded again."""
    conn.execute(_SQL["end_refolds"], {"ids": list(ids)})


def add_refolds(conn: Connection, keys: Ints, since: NDArray[np.float64], reason: str) -> None:
    """Ask for the vehicles ``keys`` to be folded again, each from its time on."""
    if not len(keys):
        return
    values = {"vehicle": Int4(keys), "since": Instant(since)}
    conn.execute(_SQL["add_refolds"], values | {"reason": reason})


def ring(conn: Connection, kind: str, keys: Ints) -> None:
    """Append to the feed and ring the bell: the last act, it holds the feed until the commit."""
    conn.execute(_SQL["ring"], {"kind": kind, "vehicles": Int4(keys)})


def _columns(rows: Rows, fixes: FixBatch) -> dict[str, Any]:
    columns: dict[str, Column] = {
        "device": Int4(rows.device_key[fixes.device]),
        "time": Instant(fixes.time),
        "received": Instant(fixes.received),
        "lat": Float8(fixes.lat),
        "lon": Float8(fixes.lon),
        "grade": Int2(fixes.grade),
        "flags": Int2(fixes.flags),
    }
    for name in ("altitude", "speed", "course", "hdop", "satellites"):
        columns[name] = Float4(getattr(fixes, name))
    return dict(columns)


def _among(
    rows: Rows, device: Ints, time: NDArray[np.float64], names: Iterable[tuple[int, datetime]]
) -> NDArray[np.bool_]:
    """Which of these devices (rows) and times are among ``names`` (device's key and time)."""
    known = {(key, (at - _EPOCH) // _MILLISECOND) for key, at in names}
    keys = rows.device_key[device].tolist()
    own = zip(keys, np.rint(time * 1000).astype(np.int64).tolist(), strict=True)
    return np.array([name in known for name in own], np.bool_)


def _span(time: NDArray[np.float64]) -> dict[str, datetime]:
    """First and last instant: constants by which the planner leaves partitions out."""
    first, last = (float(time.min()), float(time.max())) if len(time) else (0.0, 0.0)
    return {"first": _instant(first), "last": _instant(last)}


def _instant(seconds: float) -> datetime:
    return _EPOCH + round(seconds * 1000) * _MILLISECOND


def _number(row: tuple[Any, ...] | None) -> int:
    return int(row[0]) if row else 0


def _printable(text: str) -> str:
    """``text`` as PostgreSQL keeps it: no NUL, no lone surrogate, no novel."""
    return text.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()[:500]
