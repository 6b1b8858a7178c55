"""Alerts as detectors keep them, in the transaction of what they have looked at.

A round reads the open ones, decides elsewhere what opens, changes and closes, writes that, has
reports and notices made of it, and tells the feed last: the feed is held from there to the
commit.  Nothing is locked before it is written; an alert that a person has closed meanwhile is
left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import nan
from typing import Any

import numpy as np
import orjson
import uuid_utils
from psycopg import Connection
from psycopg.rows import tuple_row

from fleet.alert_views import Change, Closing, Decision, KeptAlert
from fleet.alerts import AlertKind, AlertState, ClosedHow, Episode, Severity, SubjectKind
from store.arrays import Instant, Int2, Int4
from store.queries import load

_SQL = load("alerts")


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that became of an alert, to be told."""

    alert: str  #: id
    act: str
    author: str = ""  #: "" the machine
    note: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was written of a decision; what somebody else was quicker with is left out."""

    opened: tuple[tuple[str, Episode], ...] = ()  #: with their ids; those that last
    passed: tuple[tuple[str, Episode], ...] = ()  #: those that were over when they were found
    reopened: tuple[Change, ...] = ()
    worse: tuple[Change, ...] = ()
    closed: tuple[Closing, ...] = ()
    escalated: tuple[KeptAlert, ...] = ()

    def entries(self) -> list[Entry]:
        """To be told, in the order in which it came about."""
        return [
            *(Entry(key, "opened") for key, _ in (*self.opened, *self.passed)),
            *(Entry(each.alert.id, "reopened") for each in self.reopened),
            *(Entry(each.alert.id, "worse") for each in self.worse),
            *(Entry(each.id, "escalated") for each in self.escalated),
            *(Entry(key, "closed") for key, _ in self.passed),
            *(Entry(each.alert.id, _ACTS[each.how], note=each.why) for each in self.closed),
        ]


_ACTS = {
    ClosedHow.OVER: "closed",
    ClosedHow.PERSON: "closed",
    ClosedHow.DISPROVED: "disproved",
}


def claim(conn: Connection[Any]) -> bool:
    """Whether ``conn`` is, until it is closed, the only one that watches for alerts.

    What is remembered of driving is one worker's: two would take back what the other found.
    """
    return bool(_cursor(conn).execute(_SQL["claim"]).fetchall()[0][0])


def load_open(conn: Connection[Any]) -> list[KeptAlert]:
    """Every open alert."""
    return [_kept(row) for row in _cursor(conn).execute(_SQL["load_open"])]


def load_closed(conn: Connection[Any], episodes: Sequence[Episode]) -> list[KeptAlert]:
    """Those of ``episodes`` that are kept, and closed."""
    if not episodes:
        return []
    columns = zip(*(episode.key for episode in episodes), strict=True)
    names = ("kind", "subject_kind", "subject", "episode")
    given = {name: list(column) for name, column in zip(names, columns, strict=True)}
    return [_kept(row) for row in _cursor(conn).execute(_SQL["load_closed"], given)]


def write(
    conn: Connection[Any],
    decision: Decision,
    escalate: Sequence[KeptAlert],
    now: datetime,
) -> Kept:
    """Write what a round came to, but its entries; what was written."""
    fresh = [(str(uuid_utils.uuid7()), episode) for episode in decision.opens]
    added = _returned(conn, "add_alerts", _new_columns(fresh), now, some=bool(fresh))
    kept = [(key, episode) for key, episode in fresh if key in added]
    changed = _changed(conn, "change_alerts", decision.changes, now)
    reopened = _changed(conn, "reopen_alerts", decision.reopens, now)
    closes = {each.alert.id: each for each in decision.closes}
    closed = _returned(
        conn, "close_alerts", _close_columns(closes.values()), now, some=bool(closes)
    )
    told = {alert.id: alert for alert in escalate}
    given = {"id": list(told)}
    escalated = _returned(conn, "escalate_alerts", given, now, some=bool(told))
    return Kept(
        tuple((key, each) for key, each in kept if each.over is None),
        tuple((key, each) for key, each in kept if each.over is not None),
        tuple(each for each in decision.reopens if each.alert.id in reopened),
        tuple(each for each in decision.changes if each.worse and each.alert.id in changed),
        tuple(each for key, each in closes.items() if key in closed),
        tuple(alert for key, alert in told.items() if key in escalated),
    )


def tell(conn: Connection[Any], entries: Sequence[Entry], now: datetime) -> None:
    """Add entries to the lives of alerts, and to the feed: the last act of a transaction."""
    if not entries:
        return
    given = {
        "id": [each.alert for each in entries],
        "act": [each.act for each in entries],
        "author": [each.author for each in entries],
        "note": [each.note for each in entries],
        "now": now,
    }
    conn.execute(_SQL["append_entries"], given)


def _kept(row: tuple[Any, ...]) -> KeptAlert:
    key, kind, subject_kind, subject, name, severity, state, *more = row
    began, opened, changed, facts, how, vehicle, trip, waybill, site, party, snoozed, told = more
    return KeptAlert(
        key,
        AlertKind(kind),
        SubjectKind(subject_kind),
        subject,
        name,
        Severity(severity),
        AlertState(state),
        began,
        opened,
        changed,
        facts,
        None if how is None else ClosedHow(how),
        snoozed=snoozed,
        escalated=told,
        vehicle=vehicle,
        trip=trip,
        waybill=waybill,
        site=site,
        party=party,
    )


def _new_columns(fresh: Sequence[tuple[str, Episode]]) -> dict[str, Any]:
    episodes = [episode for _, episode in fresh]
    return {
        "id": [key for key, _ in fresh],
        "kind": [each.kind.value for each in episodes],
        "subject_kind": [each.subject_kind.value for each in episodes],
        "subject": [each.subject for each in episodes],
        "episode": [each.name for each in episodes],
        "severity": _shorts(each.severity for each in episodes),
        "began": _instants(each.began for each in episodes),
        "over": _instants(nan if each.over is None else each.over for each in episodes),
        "vehicle": _ints(each.vehicle for each in episodes),
        "trip": _ints(each.trip for each in episodes),
        "waybill": _ints(each.waybill for each in episodes),
        "site": _ints(each.site for each in episodes),
        "party": _ints(each.party for each in episodes),
        "facts": [orjson.dumps(dict(each.facts)).decode() for each in episodes],
    }


def _changed(
    conn: Connection[Any], name: str, changes: Iterable[Change], now: datetime
) -> frozenset[str]:
    by_id = {each.alert.id: each.episode for each in changes}
    episodes = by_id.values()
    given: dict[str, Any] = {
        "id": list(by_id),
        "severity": _shorts(each.severity for each in episodes),
        "facts": [orjson.dumps(dict(each.facts)).decode() for each in episodes],
        "episode": [each.name for each in episodes],
        "began": _instants(each.began for each in episodes),
    }
    return _returned(conn, name, given, now, some=bool(by_id))


def _close_columns(closes: Iterable[Closing]) -> dict[str, Any]:
    kept = list(closes)
    return {
        "id": [each.alert.id for each in kept],
        "at": _instants(each.at for each in kept),
        "how": [each.how.value for each in kept],
        "why": [each.why for each in kept],
    }


def _returned(
    conn: Connection[Any], name: str, given: dict[str, Any], now: datetime, *, some: bool
) -> frozenset[str]:
    """The ids that a statement returns; nothing is asked where there is nothing to write."""
    if not some:
        return frozenset()
    found = _cursor(conn).execute(_SQL[name], given | {"now": now.astimezone(UTC)})
    return frozenset(row[0] for row in found)


def _cursor(conn: Connection[Any]) -> Any:  # noqa: ANN401 - a cursor of tuples
    return conn.cursor(row_factory=tuple_row)


def _ints(values: Iterable[int]) -> Int4:
    return Int4(np.array(list(values), np.int32))


def _shorts(values: Iterable[int]) -> Int2:
    return Int2(np.array([int(value) for value in values], np.int16))


def _instants(values: Iterable[float]) -> Instant:
    return Instant(np.array(list(values), np.float64))
