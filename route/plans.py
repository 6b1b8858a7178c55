"""Plans, prepared for reckoning: when the plan has the vehicle where.

A **course** is one plan cut into **pieces**: every link between two stops, long ones cut about
every ``cut`` metres.  Each piece has a name made of the codes of the stops at its ends, so that
what one trip teaches serves every trip over the same link.  The **profile** of a course is the
planned time as a function of metres along the line: straight within a link, with a step at a
stop where the plan has the vehicle stand.

Links without planned times are **free**: their seconds come from a pace by length, which is no
plan, so nobody is early or late by them.  ``Plans`` is many courses in one block of arrays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fleet.trips import Plan

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

CUT = 10_000.0  #: m; a jam is a few kilometres long, and a learned row must see some traffic

#: A pace for want of anything better, by the length of a link in m: a link's length stands for
#: the class of its roads (city streets, city and outskirts, country roads, motorway).
PACE_TO = np.array([2_000.0, 10_000.0, 50_000.0])
PACE = np.array([6.0, 9.0, 14.0, 19.0])  #: m/s, stops at junctions included

_MINUTE = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """One plan with its pieces; times are seconds since 1970, of a plan without times since 0."""

    plan: Plan
    cut: float
    usable: bool  #: it has a line or times; otherwise there is nothing to go by

    # Of each stop, shape (k,).
    s: Floats  #: m; where the plan has none, seconds of the plan stand for metres
    arrive: Floats
    depart: Floats
    opens: Floats  #: work cannot begin before; -inf where there is no window
    via: Bools
    anchored: Bools  #: ``arrive`` is the plan's word and not a reckoning from a pace
    timed: Bools  #: planned to the whole minute; the others lie between such time points

    # Of each piece, shape (m,).
    begin: Floats  #: m
    end: Floats  #: m; greater than ``begin``, except where two stops are at one place
    seconds: Floats
    clock: Floats  #: planned time at ``begin``
    stop: Ints  #: of the stop that it leads to
    last: Bools  #: it ends at that stop
    free: Bools
    single: Bools  #: it is the whole link; within a longer one nobody is early or late, since
    #: the profile is straight there and the way is not
    segment: tuple[str, ...]  #: its name

    def planned(self, s: Floats) -> Floats:
        """Planned times at ``s`` metres; at a stop, when it departs (at the last: arrives)."""
        at = np.searchsorted(self.begin, s, side="right") - 1
        at = np.clip(at, 0, len(self.begin) - 1)
        return (
            self.clock[at]
            + share(s - self.begin[at], self.end[at] - self.begin[at]) * (self.seconds[at])
        )


def share(part: Floats, whole: Floats) -> Floats:
    """``part / whole`` within 0 to 1; of nothing, everything is done."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(whole > 0, part / whole, 1.0)
    return np.clip(value, 0.0, 1.0)


def course(plan: Plan, cut: float = CUT) -> Course:
    """Prepare a plan."""
    stops, names = plan.stops, plan.names
    if len(names) != len(stops):
        raise ValueError(f"{len(names)} names for {len(stops)} stops")
    s, usable = _places(stops)
    via = np.array(stops["via"], bool)
    length = np.maximum(np.diff(s), 0.0)
    arrive, depart, free = _times(stops, via, length)
    count = np.maximum(np.ceil(length / cut), 1).astype(np.intp)
    stop = np.repeat(np.arange(1, len(stops)), count)
    order = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    part = count[stop - 1]
    window = np.isfinite(stops["opens"]) & (stops["closes"] > stops["opens"])
    return Course(
        plan,
        cut,
        usable and not (np.isnan(stops["s"]).any() and bool(free.any())),
        s,
        arrive,
        depart,
        np.where(window, stops["opens"], -np.inf),
        via,
        np.concatenate([[np.isfinite(depart[0]) and _is_timed(stops)], ~free]),
        np.mod(arrive, _MINUTE) == 0,
        s[stop - 1] + length[stop - 1] * order / part,
        s[stop - 1] + length[stop - 1] * (order + 1) / part,
        (arrive[1:] - depart[:-1])[stop - 1] / part,
        depart[stop - 1] + (arrive[1:] - depart[:-1])[stop - 1] * order / part,
        stop,
        order + 1 == part,
        free[stop - 1],
        part == 1,
        tuple(f"{names[j - 1]}|{names[j]}#{k}" for j, k in zip(stop, order, strict=True)),
    )


def _is_timed(stops: NDArray[np.void]) -> bool:
    return bool(np.isfinite(stops["depart"][0]) or np.isfinite(stops["arrive"][0]))


def _places(stops: NDArray[np.void]) -> tuple[Floats, bool]:
    """Metres along the line, never falling; and whether line or times say anything at all."""
    s = np.array(stops["s"], np.float64)
    known = np.isfinite(s)
    timed = bool(np.isfinite(stops["arrive"][1:]).all()) and _is_timed(stops)
    if known.all():
        return np.maximum.accumulate(s), bool(s[-1] > s[0]) or timed
    if not timed:
        return np.arange(len(s), dtype=np.float64), False
    clock = np.where(np.isfinite(stops["arrive"]), stops["arrive"], stops["depart"])
    return np.maximum.accumulate(clock - clock[0]), True


def _times(stops: NDArray[np.void], via: Bools, length: Floats) -> tuple[Floats, Floats, Bools]:
    """Planned arrivals and departures of all stops, and which links have none of the plan."""
    service = np.where(via, 0.0, np.nan_to_num(stops["service"]))
    said, leaves = np.array(stops["arrive"]), np.array(stops["depart"])
    stay = np.where(np.isfinite(leaves - said), np.maximum(leaves - said, 0.0), service)
    stay[-1] = 0.0
    seconds = length / PACE[np.searchsorted(PACE_TO, length)]
    first = leaves[0] if np.isfinite(leaves[0]) else said[0] + stay[0]
    free = np.ones(len(length), bool)
    known = np.flatnonzero(np.isfinite(said[1:])) + 1
    before, at = first, 0
    for stop in known.tolist() if np.isfinite(first) else ():
        room = said[stop] - before - stay[at + 1 : stop].sum()
        links = slice(at, stop)
        total = seconds[links].sum()
        split = seconds[links] / total if total > 0 else np.full(stop - at, 1 / (stop - at))
        seconds[links], free[links] = max(room, 0.0) * split, False
        before, at = max(said[stop], before) + stay[stop], stop
    steps = np.zeros(2 * len(said) - 1)
    steps[0::2], steps[1::2] = stay, seconds
    steps[0] = first if np.isfinite(first) else 0.0
    clock = np.cumsum(steps)
    arrive = np.concatenate([[clock[0] - stay[0]], clock[1::2]])
    return arrive, clock[0::2], free


@dataclass(frozen=True, slots=True, eq=False)
class Plans:
    """Many courses; the stops of course ``r`` are ``stop_first[r]`` to ``stop_first[r + 1]``."""

    courses: tuple[Course, ...]
    rows: Mapping[int, int]  #: of each trip
    stop_first: Ints
    piece_first: Ints
    # Of each stop, as in ``Course``, and which of ``sites`` it is.
    s: Floats
    arrive: Floats
    depart: Floats
    opens: Floats
    via: Bools
    anchored: Bools
    site: Ints
    # Of each piece, as in ``Course``, and which of ``segments`` it is.
    begin: Floats
    end: Floats
    seconds: Floats
    clock: Floats
    stop: Ints
    last: Bools
    free: Bools
    single: Bools
    timed: Bools  #: it ends at a stop that is planned to the whole minute
    segment: Ints
    into: Ints  #: of each stop, the first piece that leads to it
    seek: Floats  #: ``end`` shifted by course, so that all pieces are in one rising order
    usable: Bools  #: of each course
    segments: tuple[str, ...]
    sites: tuple[str, ...]
    #: where names stood in the tables that were asked last: an index, not part of the value
    known: dict[str, tuple[Mapping[str, int], Ints]] = field(default_factory=dict, repr=False)

    @classmethod
    def build(
        cls,
        plans: Sequence[Plan],
        before: Plans | None = None,
        cut: float = CUT,
    ) -> Plans:
        """Prepare plans, one for each trip; what ``before`` had is reused."""
        numbers = _Numbers(before)
        courses: list[Course] = []
        parts: list[_New | _Taken] = []
        for plan in plans:
            row = before.row_of(plan.trip) if before else -1
            have = before.courses[row] if before and row >= 0 else None
            if before is None or have is None or have.plan is not plan or have.cut != cut:
                have = course(plan, cut)
                segment = numbers.of("segment", have.segment)
                parts.append(_New(have, segment, numbers.of("site", plan.names)))
            elif parts and isinstance(parts[-1], _Taken) and parts[-1].end == row:
                parts[-1].end += 1
            else:
                parts.append(_Taken(before, row, row + 1))
            courses.append(have)
        return _block(tuple(courses), parts, numbers)

    def row_of(self, trip: int) -> int:
        """The row of a trip's plan; -1 if it is not here."""
        return self.rows.get(trip, -1)

    def where(self, what: str, names: tuple[str, ...], table: Mapping[str, int]) -> Ints:
        """Row of each name in ``table``, 0 of unknown ones; remembered while the table is."""
        last = self.known.get(what)
        if last is None or last[0] is not table:
            found = np.fromiter((table.get(name, 0) for name in names), np.intp, len(names))
            last = self.known[what] = (table, found)
        return last[1]


class _Numbers:
    """Numbers of segments and sites; those of the block before keep theirs, used or not."""

    def __init__(self, before: Plans | None) -> None:
        self.names: dict[str, dict[str, int]] = {"segment": {}, "site": {}}
        if before:
            for what, names in (("segment", before.segments), ("site", before.sites)):
                self.names[what] = dict(zip(names, range(len(names)), strict=True))

    def of(self, what: str, names: Sequence[str]) -> Ints:
        """The number of each name."""
        table = self.names[what]
        return np.array([table.setdefault(name, len(table)) for name in names], np.intp)


SPAN = 1e8  #: m; longer than any line, so that courses do not overlap in ``Plans.seek``


@dataclass(frozen=True, slots=True)
class _New:
    """A course that no block has yet, and the numbers of its names."""

    course: Course
    segment: Ints
    site: Ints

    def column(self, name: str) -> NDArray[Any]:
        """As it stands in ``Plans``."""
        if name in {"segment", "site"}:
            own: Ints = getattr(self, name)
            return own
        column: NDArray[Any] = getattr(self.course, name)
        return column[self.course.stop] if name == "timed" else column


@dataclass(slots=True)
class _Taken:
    """Rows of an earlier block that stand together again."""

    block: Plans
    begin: int
    end: int  #: exclusive

    def column(self, name: str) -> NDArray[Any]:
        """Their part of a column."""
        first = self.block.stop_first if name in _OF_STOPS else self.block.piece_first
        column: NDArray[Any] = getattr(self.block, name)
        return column[first[self.begin] : first[self.end]]


_OF_STOPS = frozenset({"s", "arrive", "depart", "opens", "via", "anchored", "site"})


def _block(courses: tuple[Course, ...], parts: Sequence[_New | _Taken], numbers: _Numbers) -> Plans:
    def floats(name: str) -> Floats:
        return np.concatenate([np.zeros(0)] + [part.column(name) for part in parts])

    def bools(name: str) -> Bools:
        return np.concatenate([np.zeros(0, bool)] + [part.column(name) for part in parts])

    def ints(name: str) -> Ints:
        return np.concatenate([np.zeros(0, np.intp)] + [part.column(name) for part in parts])

    def first(sizes: Sequence[int] | Ints) -> Ints:
        return np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp)

    pieces = np.array([len(one.stop) for one in courses], np.intp)
    stop_first, piece_first = first([len(one.s) for one in courses]), first(pieces)
    row = np.repeat(np.arange(len(courses)), pieces)
    stop = ints("stop")
    leads_to = stop_first[row] + stop
    end = floats("end")
    return Plans(
        courses=courses,
        rows={one.plan.trip: at for at, one in enumerate(courses)},
        stop_first=stop_first,
        piece_first=piece_first,
        s=floats("s"),
        arrive=floats("arrive"),
        depart=floats("depart"),
        opens=floats("opens"),
        via=bools("via"),
        anchored=bools("anchored"),
        site=ints("site"),
        begin=floats("begin"),
        end=end,
        seconds=floats("seconds"),
        clock=floats("clock"),
        stop=stop,
        last=bools("last"),
        free=bools("free"),
        single=bools("single"),
        timed=bools("timed"),
        segment=ints("segment"),
        into=np.searchsorted(leads_to, np.arange(stop_first[-1])),
        seek=end + row * SPAN,
        usable=np.array([one.usable for one in courses], bool),
        segments=tuple(numbers.names["segment"]),
        sites=tuple(numbers.names["site"]),
    )
