"""Alerts in the worker: a thread that detects, keeps what it finds, and has it told.

A round is one transaction: what detectors look at, the alerts that come of it, the exception
reports that grave ones open, and the notices of all that are committed together or not at all.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry, Counter, Histogram

import store
from fleet.alert_views import Decision, KeptAlert
from fleet.alerts import AlertKind, ClosedHow, Episode, Severity, SubjectKind
from fleet.notices import Transition
from shipment import episodes
from shipment.alert_words import body, text
from shipment.detect.limits import Detectors
from shipment.detect.vehicles import DRIVING
from store import alert_facts, alerts, exceptions, notices
from worker import detecting
from worker.driving import Follower
from worker.part import Part

#: name, kind, labels, what it means
METRICS = (
    ("milepost_alerts_opened", Counter, ("kind",), "Alerts that were opened"),
    ("milepost_alerts_closed", Counter, ("kind", "how"), "Alerts that closed by themselves"),
    ("milepost_alert_seconds", Histogram, (), "Time that a round of detectors took, s"),
    ("milepost_alert_failures", Counter, (), "Rounds of detectors that the database refused"),
)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often, and how many at once."""

    look: float = 5.0  #: s between two rounds: an emergency is told within that
    missed: float = 30.0  #: s between two looks at all stops of all trips for missed ones
    opens: int = 500  #: alerts opened in a round; a report each takes some milliseconds
    retry: float = 5.0  #: s until the next try when the database was away


class Detectives:
    """What the worker knows of alerts."""

    def __init__(self, rhythm: Rhythm, zone: str, shift: float) -> None:
        self._rhythm, self._zone = rhythm, zone
        self._follower = Follower(shift)
        self._missed = -inf  # when stops gone by were looked at

    def forget(self) -> None:
        """The last round was not committed."""
        self._follower.forget()

    def round(self, conn: Any, at: datetime) -> alerts.Kept:  # noqa: ANN401 - only the store names the type
        """Detect, keep and tell; what was kept.

        Raises:
            StoreAway: the database did not answer; nothing was kept; then ``forget``.
        """
        with conn.transaction():
            known = detecting.load_detectors(conn)
            missed = at.timestamp() - self._missed >= self._rhythm.missed
            found = detecting.find(conn, at, known, self._zone, missed=missed)
            found += self._driving(conn, at, known)
            opened = alerts.load_open(conn)
            kinds = detecting.EVERYWHERE - (set() if missed else {AlertKind.MISSED_STOP})
            looked = episodes.Looked(kinds, DRIVING, self._follower.followed)
            decision = self._decide(conn, found, opened, looked, (at, known))
            late = [one for one in opened if episodes.escalates(one, at.timestamp())]
            kept = alerts.write(conn, decision, late, at)
            self._report(conn, kept, at)
            notices.enqueue(conn, _transitions(conn, kept, at), at)
            alerts.tell(conn, kept.entries(), at)
        self._missed = at.timestamp() if missed else self._missed
        return kept

    def _driving(self, conn: Any, at: datetime, known: Detectors) -> list[Episode]:  # noqa: ANN401 - as above
        found = self._follower.round(conn, at.timestamp(), known)
        return [replace(each, facts={**each.facts, "zone": self._zone}) for each in found]

    def _decide(
        self,
        conn: Any,  # noqa: ANN401 - as above
        found: Iterable[Episode],
        opened: Sequence[KeptAlert],
        looked: episodes.Looked,
        by: tuple[datetime, Detectors],
    ) -> Decision:
        at, known = by
        matched = episodes.match(found, opened, looked)
        closed = {alert.key: alert for alert in alerts.load_closed(conn, matched.fresh)}
        matched = episodes.rename(matched, closed)
        endings = detecting.find_endings(conn, matched.missing, known)
        decision = episodes.decide(matched, closed, endings, at.timestamp())
        return replace(decision, opens=decision.opens[: self._rhythm.opens])

    def _report(self, conn: Any, kept: alerts.Kept, at: datetime) -> None:  # noqa: ANN401 - as above
        """Of a grave alert a report is opened, which also says when it is over."""
        again = ((each.alert.id, each.episode) for each in (*kept.reopened, *kept.worse))
        local = at.astimezone(ZoneInfo(self._zone))
        for key, episode in (*kept.opened, *again):
            if episode.severity <= Severity.LATE:
                said, _ = text(episode.kind, episode.subject_kind, episode.subject, episode.facts)
                exceptions.open_from_alert(conn, episode, key, local, description=said)
        for ended in kept.closed:
            if ended.alert.severity <= Severity.LATE:
                exceptions.tell_ending(conn, ended.alert.id, ended.how, at, ended.why)


def _transitions(conn: Any, kept: alerts.Kept, at: datetime) -> list[Transition]:  # noqa: ANN401 - as above
    """What there is to tell of a round."""
    opened = [
        *kept.opened,
        *((each.alert.id, each.episode) for each in (*kept.reopened, *kept.worse)),
    ]
    closed = [(each, each.alert.episode()) for each in kept.closed]
    others = [*(episode for _, episode in closed), *(one.episode() for one in kept.escalated)]
    keys = {each.waybill for each in (*(e for _, e in opened), *others) if each.waybill}
    lanes = alert_facts.load_lanes(conn, sorted(keys))
    now = at.timestamp()
    told = [
        _transition(each, f"alert.{each.kind}", f"{key}:{_SAID[each.severity]}", now, lanes)
        for key, each in opened
    ]
    for alert in kept.escalated:
        name = f"{alert.id}:escalated"
        told.append(_transition(alert.episode(), f"alert_escalated.{alert.kind}", name, now, lanes))
    for closing, episode in closed:
        told += _ended(
            closing.alert, episode, closing.at, lanes, wrong=closing.how is ClosedHow.DISPROVED
        )
    return told


#: Of the transition of an alert that opens, or becomes so grave.
_SAID = {
    Severity.SAFETY: "opened:1",
    Severity.LATE: "opened:2",
    Severity.RISK: "opened:3",
    Severity.INFO: "opened:4",
}

Lanes = dict[int, tuple[str, str, str]]


def _ended(
    alert: KeptAlert, episode: Episode, at: float, lanes: Lanes, *, wrong: bool
) -> list[Transition]:
    """That it is over; or, to whoever was told of it, that it never was."""
    if not wrong:
        topic, name = f"alert_over.{alert.kind}", f"{alert.id}:over"
        return [_transition(episode, topic, name, at, lanes, over=True)]
    topic = f"alert.{alert.kind}"
    return [
        replace(
            _transition(episode, topic, f"{alert.id}:{said}:disproved", at, lanes, over=True),
            corrects=f"{alert.id}:{said}",
        )
        for said in _SAID.values()
    ]


def _transition(
    episode: Episode, topic: str, name: str, at: float, lanes: Lanes, *, over: bool = False
) -> Transition:
    customer, origin, destination = lanes.get(episode.waybill, ("", "", ""))
    kind, subject_kind = AlertKind(episode.kind), SubjectKind(episode.subject_kind)
    zone = episode.facts.get("zone")
    return Transition(
        topic=topic,
        subject_kind=subject_kind.value,
        subject=episode.subject,
        name=name,
        at=at,
        severity=int(episode.severity),
        customer=customer,
        origin=origin,
        destination=destination,
        body=body(kind, subject_kind, episode.subject, episode.facts, over=over),
        zone=zone if isinstance(zone, str) else "",
    )


class AlertWatch(Part):
    """Looks for alerts, unless another worker does."""

    def __init__(
        self,
        db: store.Database,
        rhythm: Rhythm,
        zone: str,
        stop: threading.Event,
        registry: CollectorRegistry,
    ) -> None:
        failures = Counter(METRICS[3][0], METRICS[3][3], registry=registry)
        super().__init__("alerts", db, rhythm, stop, failures)
        self._rhythm, self._zone = rhythm, zone
        self._detectives: Detectives | None = None
        self._opened = Counter(METRICS[0][0], METRICS[0][3], METRICS[0][2], registry=registry)
        self._closed = Counter(METRICS[1][0], METRICS[1][3], METRICS[1][2], registry=registry)
        self._seconds = Histogram(METRICS[2][0], METRICS[2][3], registry=registry)

    def _rest(self, took: float) -> float:
        """What is left of ``Rhythm.look``, but some rest in any case."""
        self._seconds.observe(took)
        return max(self._rhythm.look - took, self._rhythm.look / 5)

    def _look(self, conn: Any, now: datetime) -> None:  # noqa: ANN401 - only the store names the type
        """Look at everything once, unless another worker does."""
        if self._detectives is None and not alerts.claim(conn):
            return  # another worker watches; when it is gone this one does
        if self._detectives is None:
            shift = now.astimezone(ZoneInfo(self._zone)).utcoffset() or timedelta()
            self._detectives = Detectives(self._rhythm, self._zone, shift.total_seconds())
        self._count(self._detectives.round(conn, now))

    def _count(self, kept: alerts.Kept) -> None:
        for _, episode in kept.opened:
            self._opened.labels(episode.kind.value).inc()
        for each in kept.closed:
            self._closed.labels(each.alert.kind.value, each.how.value).inc()

    def _leave(self) -> None:
        """Give up the connection, and what was known by it."""
        self._detectives = None
        super()._leave()
