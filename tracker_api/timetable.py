"""Planned stops in a person's words, checked and made into what the store keeps.

A fault names its place in the body, so that a form can show it there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from fleet.errors import Invalid
from fleet.trip_views import Route, Trip
from store.trips import NewStop
from tracker_api.routes.parameters import utc
from tracker_api.trip_bodies import LONGEST_OFFSET, RouteStopIn, StopIn

#: Longest time from the first to the last planned stop: a voyage overland takes less.
LONGEST = timedelta(seconds=LONGEST_OFFSET)

#: A time, and where in the body it stands.
_Said = tuple[str, datetime]


def stops_of(asked: Sequence[StopIn]) -> tuple[NewStop, ...]:
    """The stops of a plan, not yet on a line; raises ``Invalid``.

    The first says when it is left or reached, the last one by when it is to be reached; times
    do not fall from stop to stop; windows are not empty, and none closes before the vehicle is
    to leave the stop before.  All of it lies within ``LONGEST``: a trip is tracked that long.
    """
    check_ends(asked)
    stops = tuple(_stop(number, stop) for number, stop in enumerate(asked))
    first, last, end = stops[0], stops[-1], len(stops) - 1
    if first.depart_at is None and first.arrive_at is None:
        raise Invalid("/stops/0/depart_at", "when does the trip start?")
    if last.arrive_at is None and last.closes_at is None:
        raise Invalid(f"/stops/{end}/arrive_at", "by when shall it be there?")
    _check_order([said for number, stop in enumerate(stops) for said in _times(number, stop)])
    _check_windows(stops)
    return stops


def on_route(route: Route, start: datetime) -> tuple[NewStop, ...]:
    """The stops of a plan on ``route`` that starts then, placed on its line.

    Raises:
        Invalid: the route does not say its times.
    """

    def at(offset: float | None) -> datetime | None:
        return None if offset is None else start + timedelta(seconds=offset)

    made = []
    for stop in route.stops:
        arrive, depart = at(stop.arrive), at(stop.depart)
        if stop.number == 0 and depart is None:
            depart = start
        made.append(
            NewStop(
                site=stop.site.code,
                stop=None,
                s=stop.s,
                arrive_at=arrive,
                depart_at=depart,
                opens_at=arrive,
                closes_at=arrive,
                service=stop.service,
                early=stop.early,
                late=stop.late,
                via=stop.via,
            )
        )
    if made[-1].arrive_at is None:
        why = f"route {route.code} does not say when its last stop is reached: give `stops`"
        raise Invalid("/starts_at", why)
    return tuple(made)


def placed(stops: Sequence[NewStop], s: Sequence[float]) -> tuple[NewStop, ...]:
    """``stops`` with their places on the line, m."""
    return tuple(replace(stop, s=place) for stop, place in zip(stops, s, strict=True))


def check_offsets(stops: Sequence[RouteStopIn]) -> None:
    """Raise ``Invalid`` where a route's times fall, or it begins or ends in passing."""
    check_ends(stops)
    latest = 0.0
    for number, stop in enumerate(stops):
        for name, offset in (("arrive_s", stop.arrive_s), ("depart_s", stop.depart_s)):
            if offset is None:
                continue
            if offset < latest:
                raise Invalid(f"/stops/{number}/{name}", "is before the time that stands before it")
            latest = offset


def check_ends(stops: Sequence[StopIn] | Sequence[RouteStopIn]) -> None:
    """Raise ``Invalid`` where the first or the last stop is only passed."""
    for number in (0, len(stops) - 1):
        if stops[number].via:
            raise Invalid(f"/stops/{number}/via", "a trip begins and ends with a stop")


def check_keys(asked: Sequence[StopIn], trip: Trip) -> None:
    """Raise ``Invalid`` where a stop says that it is one that it cannot be."""
    known = {stop.stop: stop.site.code for plan in trip.plans for stop in plan.stops}
    taken: set[str] = set()
    for number, stop in enumerate(asked):
        if stop.stop is None:
            continue
        where = f"/stops/{number}/stop"
        if stop.stop not in known:
            raise Invalid(where, f"the trip never had a stop {stop.stop}")
        if stop.stop in taken:
            raise Invalid(where, f"stop {stop.stop} is there twice")
        if known[stop.stop] != stop.site:
            raise Invalid(
                where, f"stop {stop.stop} is at {known[stop.stop]}: another site, a new stop"
            )
        taken.add(stop.stop)


def _stop(number: int, asked: StopIn) -> NewStop:
    where = f"/stops/{number}"

    def at(name: str, instant: datetime | None) -> datetime | None:
        return None if instant is None else utc(f"{where}/{name}", instant)

    arrive, depart = at("arrive_at", asked.arrive_at), at("depart_at", asked.depart_at)
    opens, closes = _window(
        arrive, at("opens_at", asked.opens_at), at("closes_at", asked.closes_at)
    )
    if opens is not None and closes is not None and opens > closes:
        raise Invalid(f"{where}/closes_at", "must not be before the window opens")
    return NewStop(
        site=asked.site,
        stop=asked.stop,
        s=None,
        arrive_at=arrive,
        depart_at=depart,
        opens_at=opens,
        closes_at=closes,
        service=asked.service_s,
        early=asked.early_s,
        late=asked.late_s,
        via=asked.via,
    )


def _window(
    arrive: datetime | None, opens: datetime | None, closes: datetime | None
) -> tuple[datetime | None, datetime | None]:
    """Both ends of a window: an end that is not said is the planned arrival, else the other."""
    if opens is None and closes is None:
        return arrive, arrive
    if opens is None and closes is not None:
        return min(arrive or closes, closes), closes
    if closes is None and opens is not None:
        return opens, max(arrive or opens, opens)
    return opens, closes


def _times(number: int, stop: NewStop) -> Iterator[_Said]:
    for name, instant in (("arrive_at", stop.arrive_at), ("depart_at", stop.depart_at)):
        if instant is not None:
            yield f"/stops/{number}/{name}", instant


def _check_order(said: Sequence[_Said]) -> None:
    """Raise ``Invalid`` where a time is before the one before it, or the plan is too long."""
    for (_, before), (where, now) in pairwise(said):
        if now < before:
            raise Invalid(where, "is before the time that stands before it")
    if said and said[-1][1] - said[0][1] > LONGEST:
        raise Invalid(said[-1][0], f"a trip may take {LONGEST.days} days")


def _check_windows(stops: Sequence[NewStop]) -> None:
    """Raise ``Invalid`` where a window has closed before the vehicle can come, or lies far off."""
    left: datetime | None = None  # from the stop before
    every: list[_Said] = []
    for number, stop in enumerate(stops):
        if left is not None and stop.closes_at is not None and stop.closes_at < left:
            raise Invalid(f"/stops/{number}/closes_at", "is before it leaves the stop before")
        left = stop.depart_at or stop.arrive_at or left
        every += _times(number, stop)
        windows = (("closes_at", stop.closes_at), ("opens_at", stop.opens_at))
        every += [(f"/stops/{number}/{name}", at) for name, at in windows if at is not None]
    departs = next(at for _, at in _times(0, stops[0]))
    for where, at in every:
        if abs(at - departs) > LONGEST:
            raise Invalid(where, f"a trip may take {LONGEST.days} days")
