"""The model: all that was learned, and how a completed run, or a stretch of one, adds to it.

A model is a value.  ``learn`` takes runs and gives another model; ``calibrate`` moves the bands
by scored estimates.  ``to_rows`` and ``from_rows`` turn it into rows of one table and back:

============  ======================  ====  =========================================
kind          key                     bin   weight, mean, spread; detail
============  ======================  ====  =========================================
``excess``    segment                 0-72  passages, s above plan; spread: day of the last
``live``      segment                 -1    last passages, s above plan; spread: its time
``hold``      segment, ``*`` of all   -1    weight, multiple of the basis
``gain``      segment, ``*`` of all   -1    weight, multiple of the basis
``dwell``     code of a site          -1    stays, s above plan, spread; detail: time
``wait``      code of a site          -1    weight, share of the lead
``band``      row of ``Bands.counts`` -1    errors, 0, the 90 % one; detail: the cells
============  ======================  ====  =========================================
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from fleet.trips import Learned
from route.bands import CELLS, HORIZONS, BandRules, Bands
from route.dwell import DwellRules, Dwells, Stays
from route.plans import Course, Floats, share
from route.rest import NONE, Profile
from route.speeds import BINS, Lesson, Move, SpeedRules, Speeds, hour_of_week

VERSION = "pace-1"  #: of the way to learn; another one begins anew and is compared with this one


@dataclass(frozen=True, slots=True)
class Rules:
    """All that estimates go by; each part says why."""

    speeds: SpeedRules = field(default_factory=SpeedRules)
    dwells: DwellRules = field(default_factory=DwellRules)
    bands: BandRules = field(default_factory=BandRules)
    rest: Profile = NONE
    shift: float = 0.0  #: s, local time minus UTC: for the hour of the week and the night
    origin: float = 60.0  #: m from the first stop within which a vehicle has not set out
    silent: float = 4 * 3600.0  #: s without a fix after which nothing can be said
    slowest: float = 0.25  #: share of the planned driving that is always needed
    gap: float = 900.0  #: s between two fixes from which nothing is learned of the way between
    longest: float = (
        2 * 3600.0
    )  #: s of standing on the way that can be usual, where plans hold rests
    grain: float = 60.0  #: s; fixes nearer in time than this are learned from together


RULES = Rules()
STANDS = 100.0  #: m; who got no further stood
REST = 900.0  #: s; the shortest that may be a part of a legal rest
NEAR = 300.0  #: m along the line from a stop within which a vehicle that stands is at it: a yard


@dataclass(frozen=True, slots=True, eq=False)
class Driven:
    """A trip, or a stretch of one, as it was driven: ``n`` fixes with their progress."""

    course: Course
    time: Floats  #: (n,) rising
    s: Floats  #: (n,) m, never falling, NaN off the line
    arrived: Floats  #: of each stop; NaN unknown, or passed without a stop
    departed: Floats
    idle: Floats = field(default_factory=lambda: np.zeros((0, 2)))  #: rests: no driving


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Everything learned."""

    version: str
    speeds: Speeds
    dwells: Dwells
    bands: Bands

    @classmethod
    def empty(cls, version: str = VERSION) -> Model:
        """Nothing is known: estimates are plan plus delay."""
        return cls(version, Speeds.empty(), Dwells.empty(), Bands.empty())


def learn(model: Model, runs: Sequence[Driven], rules: Rules = RULES) -> Model:
    """The model and what ``runs`` show; each pair of neighbouring fixes shall come once.

    Without a profile in ``rules.rest`` plans hold the rests of drivers, and so does what is
    learned: standing on a link of several pieces is time that the way takes, however long.
    With one, plans and what is learned are driving alone, and the rests are added by it.
    """
    if not runs:
        return model
    lesson = Lesson(model.speeds, {x for run in runs for x in run.course.segment}, rules.speeds)
    stays = Stays(model.dwells, {x for run in runs for x in run.course.plan.names}, rules.dwells)
    table = lesson.speeds.names
    moves = [
        (time, place, move)
        for place, run in enumerate(runs)
        for time, move in moves_of(run, table, rules)
    ]
    moves.sort(key=lambda one: one[:2])
    bins = hour_of_week(np.array([one[0] for one in moves]), rules.shift)
    for (time, _, move), when in zip(moves, bins.tolist(), strict=True):
        lesson.passage(time, when, move)
    for run in runs:
        _stays(run, stays)
    return replace(model, speeds=lesson.speeds, dwells=stays.dwells)


def calibrate(model: Model, horizon: Floats, error: Floats, rules: Rules = RULES) -> Model:
    """The model with bands moved by scored estimates.

    ``horizon`` is the actual arrival minus the time of the estimate, ``error`` the actual
    arrival minus P50, both s.
    """
    return replace(model, bands=model.bands.learn(horizon, error, rules.bands))


def moves_of(run: Driven, table: Mapping[str, int], rules: Rules) -> Iterator[tuple[float, Move]]:
    """What a run shows of driving, one move for each pair of fixes that teaches."""
    course = run.course
    good = np.isfinite(run.s) & np.isfinite(run.time)
    time, s = run.time[good], run.s[good]
    keep = _thinned(time, s, course, rules.grain)
    time, s = time[keep], np.clip(s[keep], course.s[0], course.s[-1])
    planned = course.planned(s)
    held = rules.rest.pause <= 0
    idle = _idle(run) if held else np.concatenate([_idle(run), _rests(time, s)])
    anchored = course.anchored[0] and not course.free.all()
    sets_out = run.departed[0] if np.isfinite(run.departed[0]) else -np.inf
    if anchored:
        sets_out = max(sets_out, course.depart[0])
    for k in range(1, len(time)):
        begun = time[k - 1]
        if s[k - 1] < course.s[0] + rules.origin:
            if s[k] < course.s[0] + rules.origin:
                continue
            begun = min(max(begun, sets_out), time[k])
        rests = held and s[k] - s[k - 1] < STANDS and not _is_single(course, s[k])
        if time[k] - begun > (rules.longest if rests else rules.gap):
            continue
        if s[k] - s[k - 1] < NEAR / 2 and _is_at(course, s[k]):
            continue  # it stands at a stop, or moves to its dock
        away = np.clip(np.minimum(idle[:, 1], time[k]) - np.maximum(idle[:, 0], begun), 0, None)
        took = time[k] - begun - away.sum()
        late = begun - planned[k - 1] if anchored else 0.0
        if abs(late) < 2 * 3600:
            move = _move(run, table, (s[k - 1], s[k]), (took, late, rests), rules)
            yield float(time[k]), move


def _rests(time: Floats, s: Floats) -> Floats:
    """Stretches of time, shape (m, 2), in which it stood as long as one who rests."""
    found, first = [], 0
    for k in range(1, len(s) + 1):
        if k == len(s) or s[k] - s[first] >= STANDS:
            if time[k - 1] - time[first] >= REST:
                found.append((time[first], time[k - 1]))
            first = k
    return np.array(found, np.float64).reshape(-1, 2)


def _move(
    run: Driven,
    table: Mapping[str, int],
    way: tuple[float, float],
    took: tuple[float, float, bool],
    rules: Rules,
) -> Move:
    course, (begin, end) = run.course, way
    a = int(np.clip(np.searchsorted(course.begin, begin, side="right") - 1, 0, len(course.end) - 1))
    b = int(np.clip(np.searchsorted(course.end, end, side="left") + 1, a + 1, len(course.end)))
    pieces = slice(a, b)
    done = np.maximum(
        np.minimum(course.end[pieces], end) - np.maximum(course.begin[pieces], begin), 0.0
    )
    part = share(done, course.end[pieces] - course.begin[pieces])
    planned = course.seconds[pieces] * part
    total = planned.sum()
    passed = course.last[pieces] & (course.end[pieces] <= end)
    stops = course.stop[pieces][passed]
    stood = (course.depart - course.arrive)[stops[np.isnan(run.departed[stops])]].sum()
    by = rules.speeds
    free = course.free[pieces]
    timed = passed & course.timed[course.stop[pieces]]
    basis = by.basis_drive * np.minimum(planned, by.cap) / 100 + by.basis_stop * timed
    if total < 1:  # it stood: the time is spent on the piece ahead
        part, basis = np.zeros(b - a), np.zeros(b - a)
    split = planned / total if total >= 1 else np.full(b - a, 1 / (b - a))
    row = np.array([table[name] for name in course.segment[pieces]])
    basis = np.where(free | ~course.single[pieces], 0.0, basis)
    above = took[0] - total
    above -= np.clip(above, 0, stood)
    return Move(row, part, planned, split, free, basis, took[1], above, took[2])


def _is_single(course: Course, s: float) -> bool:
    """Whether ``s`` is on a link of one piece: a plan has no room for a rest there."""
    piece = np.searchsorted(course.begin, s, side="right") - 1
    return bool(course.single[max(int(piece), 0)])


def _is_at(course: Course, s: float) -> bool:
    """Whether ``s`` is at a stop where the plan has the vehicle stand."""
    stays = (course.depart - course.arrive > 0) & ~course.via
    return bool((stays & (np.abs(course.s - s) < NEAR)).any())


def _thinned(time: Floats, s: Floats, course: Course, grain: float) -> list[int]:
    """Which fixes to learn from: at least ``grain`` apart, and on another piece or 5 grains on."""
    piece = np.searchsorted(course.begin, s, side="right").tolist()
    keep: list[int] = []
    for k, (at, where) in enumerate(zip(time.tolist(), piece, strict=True)):
        if not keep:
            keep.append(k)
            continue
        since = at - time[keep[-1]]
        if since >= 5 * grain or (since >= grain and where != piece[keep[-1]]):
            keep.append(k)
    if keep and len(time) - 1 != keep[-1]:
        keep.append(len(time) - 1)
    return keep


def _idle(run: Driven) -> Floats:
    """Stretches of time that are no driving: stays at stops, and rests."""
    known = np.isfinite(run.arrived) & np.isfinite(run.departed)
    stays = np.column_stack([run.arrived[known], run.departed[known]])
    return np.concatenate([stays, run.idle])


def _stays(run: Driven, into: Stays) -> None:
    """What a run shows of stays."""
    course = run.course
    for stop in np.flatnonzero(np.isfinite(run.departed)):
        arrived, departed = float(run.arrived[stop]), float(run.departed[stop])
        planned = float(course.depart[stop] - course.arrive[stop])
        if stop == len(course.s) - 1 or course.via[stop]:
            continue
        name = course.plan.names[stop]
        if stop == 0 and course.anchored[0]:
            ready = max(course.depart[0], arrived + planned if np.isfinite(arrived) else -np.inf)
            into.stay(name, departed, planned, departed - ready)
        elif np.isfinite(arrived):
            begin = max(arrived, course.opens[stop])
            lead = course.arrive[stop] - arrived if course.anchored[stop] else 0.0
            stood = departed - begin - planned
            if lead > into.by.enough:
                into.waited(name, lead, stood)
            else:
                into.stay(name, departed, planned, stood)


def to_rows(model: Model) -> Iterator[Learned]:
    """All rows that are worth keeping, in the order of the table above."""
    speeds, dwells, bands = model.speeds, model.dwells, model.bands
    for name, row in speeds.names.items():
        for at in np.flatnonzero(speeds.usual[row, :, 0]).tolist():
            weight, total, day = speeds.usual[row, at].tolist()
            yield Learned("excess", name, at, weight, total / weight, day)
        weight, total, time = speeds.live[row].tolist()
        if weight > 0:
            yield Learned("live", name, -1, weight, total / weight, time)
        for kind, cells in (("hold", speeds.hold), ("gain", speeds.gain)):
            weight, total = cells[row].tolist()
            if weight > 0:
                yield Learned(kind, name, -1, weight, total / weight, 0.0)
    yield from _stay_rows(dwells)
    for at, cells in enumerate(bands.counts):
        if cells.any():
            detail = cells.astype("<f8").tobytes()
            width = float(bands.cautious[at])
            yield Learned("band", str(at), -1, float(cells.sum()), 0.0, width, detail)


def _stay_rows(dwells: Dwells) -> Iterator[Learned]:
    for name, row in dwells.names.items():
        if (w := float(dwells.weight[row])) > 0:
            when = np.array([dwells.seen[row]], "<f8").tobytes()
            mean, spread = float(dwells.excess[row]) / w, float(dwells.spread[row]) / w
            yield Learned("dwell", name, -1, w, mean, spread, when)
        if (w := float(dwells.wait_weight[row])) > 0:
            yield Learned("wait", name, -1, w, float(dwells.wait[row]) / w, 0.0)


def from_rows(version: str, rows: Iterable[Learned], rules: Rules = RULES) -> Model:
    """The model that ``to_rows`` gave these rows for; rows of other kinds are passed over."""
    kept = list(rows)
    speeds = Speeds.empty().with_names(
        {row.key for row in kept if row.kind in ("excess", "live", "hold", "gain")}
    )
    dwells = Dwells.empty().with_names({row.key for row in kept if row.kind in ("dwell", "wait")})
    counts = np.zeros((2 * len(HORIZONS), CELLS))
    for row in kept:
        if row.kind == "band":
            counts[int(row.key)] = np.frombuffer(row.detail, "<f8")
        elif row.kind in ("dwell", "wait"):
            _take_stay(dwells, row)
        elif row.kind in ("excess", "live", "hold", "gain"):
            _take_speed(speeds, row)
    return Model(version, speeds, dwells, Bands.of(counts, rules.bands))


def _take_speed(speeds: Speeds, row: Learned) -> None:
    at, total = speeds.names[row.key], row.weight * row.mean
    if row.kind == "excess" and 0 <= row.bin < BINS:
        speeds.usual[at, row.bin] = row.weight, total, row.spread
    elif row.kind == "live":
        speeds.live[at] = row.weight, total, row.spread
    elif row.kind in ("hold", "gain"):
        (speeds.hold if row.kind == "hold" else speeds.gain)[at] = row.weight, total


def _take_stay(dwells: Dwells, row: Learned) -> None:
    at, total = dwells.names[row.key], row.weight * row.mean
    if row.kind == "wait":
        dwells.wait_weight[at], dwells.wait[at] = row.weight, total
        return
    dwells.weight[at], dwells.excess[at] = row.weight, total
    dwells.spread[at] = row.weight * row.spread
    dwells.seen[at] = float(np.frombuffer(row.detail, "<f8")[0])
