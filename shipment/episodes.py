"""Which alerts open, change and close: episodes that were found against alerts that are kept.

One episode is one alert.  What is found again stays; what is not, and was looked for, ends: it is
over, or it never was.  An alert that a person closed stays closed while its episode lasts.  There
is no hysteresis here: the detectors have theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from types import MappingProxyType

from fleet.alert_views import Change, Closing, Decision, Ending, KeptAlert
from fleet.alerts import AlertKind, AlertState, ClosedHow, Episode, Severity

#: s by which the begin of an episode may move when late fixes come: it is the same, seen better.
MOVED = 600.0
#: s; what changed only by a number (a delay, a speed) is written so often at the most.
FACTS = 60.0
#: s after which an episode that opens is told to have been found late: no sound for it.
BACKFILLED = 900.0
#: s that an alert may be unacknowledged before it is told to somebody else (domain 3.9).
ESCALATES: Mapping[Severity, float] = MappingProxyType(
    {Severity.SAFETY: 300.0, Severity.LATE: 900.0}
)

Key = tuple[str, str, str, str]
_OVER = Ending()


@dataclass(frozen=True, slots=True)
class Looked:
    """What a round has looked at."""

    kinds: frozenset[AlertKind]  #: everywhere
    of_vehicles: frozenset[AlertKind] = frozenset()  #: of the vehicles below only
    vehicles: Collection[int] = ()  #: keys

    def at(self, alert: KeptAlert) -> bool:
        """Whether an episode of ``alert`` would have been found."""
        if alert.kind in self.of_vehicles:
            return alert.vehicle in self.vehicles
        return alert.kind in self.kinds


@dataclass(frozen=True, slots=True)
class Matched:
    """What was found, against what is kept."""

    fresh: tuple[Episode, ...]  #: of which no open alert is known
    again: tuple[tuple[KeptAlert, Episode], ...]
    missing: tuple[KeptAlert, ...]  #: open, looked for and not found


def match(found: Iterable[Episode], kept: Sequence[KeptAlert], looked: Looked) -> Matched:
    """Put episodes and open alerts together by name."""
    by_key = {alert.key: alert for alert in kept}
    again: list[tuple[KeptAlert, Episode]] = []
    fresh: dict[Key, Episode] = {}
    seen: set[Key] = set()
    for episode in found:
        if episode.key in seen:
            continue
        seen.add(episode.key)
        alert = by_key.pop(episode.key, None)
        if alert is None:
            fresh[episode.key] = episode
        else:
            again.append((alert, episode))
    missing = (alert for alert in by_key.values() if looked.at(alert))
    return Matched(tuple(fresh.values()), tuple(again), tuple(missing))


def rename(matched: Matched, closed: Collection[Key]) -> Matched:
    """Also put together what is the same episode, though it is found to have begun otherwise.

    ``closed``: names of ``matched.fresh`` that are kept already.
    """
    fresh = {each.key: each for each in matched.fresh}
    new = {key: each for key, each in fresh.items() if key not in closed}
    renamed = tuple(_renamed(new, matched.missing))
    gone = {alert.id for alert, _ in renamed}
    taken = {episode.key for _, episode in renamed}
    return Matched(
        tuple(each for key, each in fresh.items() if key not in taken),
        (*matched.again, *renamed),
        tuple(alert for alert in matched.missing if alert.id not in gone),
    )


def _renamed(
    fresh: Mapping[Key, Episode], missing: Sequence[KeptAlert]
) -> Iterator[tuple[KeptAlert, Episode]]:
    """Alerts whose episode is found under another name, because it began a little otherwise."""
    near: dict[tuple[str, str, str], list[Episode]] = {}
    for episode in fresh.values():
        near.setdefault(episode.key[:3], []).append(episode)
    for alert in missing:
        others = near.get(alert.key[:3], [])
        chosen = min(others, key=lambda other: abs(other.began - alert.began), default=None)
        if (
            chosen is not None
            and abs(chosen.began - alert.began) <= MOVED
            and chosen.site == alert.site
            and chosen.kind is not AlertKind.DAY_CHECK
        ):
            others.remove(chosen)
            yield alert, chosen


def decide(
    matched: Matched,
    closed: Mapping[Key, KeptAlert],
    endings: Mapping[str, Ending],
    now: float,
) -> Decision:
    """What is to be kept.

    Args:
        matched: what was found, against the open alerts.
        closed: alerts of ``matched.fresh`` that are kept already, and are closed.
        endings: by the id of an alert that is missing: what is known of its end.
        now: of the round.
    """
    opens: list[Episode] = []
    reopens: list[Change] = []
    changes: list[Change] = []
    closes: list[Closing] = []
    for episode in matched.fresh:
        before = closed.get(episode.key)
        if before is None:
            opens.append(_new(episode, now))
        elif episode.over is None and before.closed_how is not ClosedHow.PERSON:
            reopens.append(Change(before, _new(episode, now), worse=False))
    for alert, episode in matched.again:
        if episode.over is not None:
            changes += _changed(alert, episode, now) if _is_worse(alert, episode) else ()
            closes.append(Closing(alert, ClosedHow.OVER, episode.over, ""))
        else:
            changes += _changed(alert, episode, now)
    closes += (_closing(alert, endings.get(alert.id, _OVER), now) for alert in matched.missing)
    return Decision(tuple(opens), tuple(reopens), tuple(changes), tuple(closes))


def _new(episode: Episode, now: float) -> Episode:
    """As it opens: with the moment at which it came to be, and whether it was found long after.

    For what is found late nobody shall start up.
    """
    facts = {**episode.facts, "since": round(episode.since)}
    if now - episode.since >= BACKFILLED:
        facts["backfilled"] = True
    return replace(episode, facts=facts)


def _is_worse(alert: KeptAlert, episode: Episode) -> bool:
    return episode.severity < alert.severity


def _changed(alert: KeptAlert, episode: Episode, now: float) -> Iterator[Change]:
    worse = _is_worse(alert, episode)
    known = {name: alert.facts[name] for name in ("since", "backfilled") if name in alert.facts}
    facts = {**episode.facts, **known}
    grave = worse or episode.severity != alert.severity or episode.name != alert.name
    if grave or (facts != alert.facts and now - alert.changed >= FACTS):
        yield Change(alert, replace(episode, facts=facts), worse)


def _closing(alert: KeptAlert, ending: Ending, now: float) -> Closing:
    at = ending.at if isfinite(ending.at) and ending.at <= now else now
    how = ClosedHow.DISPROVED if ending.never else ClosedHow.OVER
    return Closing(alert, how, at, ending.why)


def escalates(alert: KeptAlert, now: float) -> bool:
    """Whether nobody has taken an alert up for too long; what was found late is no alarm."""
    limit = ESCALATES.get(alert.severity)
    if limit is None or alert.state is not AlertState.OPEN or alert.escalated:
        return False
    begin = max(alert.opened, alert.snoozed) if isfinite(alert.snoozed) else alert.opened
    return now - begin >= limit and "backfilled" not in alert.facts
