"""When the remaining stops of many trips will be reached.

The plan is driven on from where the vehicle is: each remaining piece takes what the plan says
and what was learned above it; a vehicle ahead of its plan waits as much as vehicles were seen
to wait, one behind makes up as much as they were seen to make up; at a stop it stands as
planned and as learned there, not before the window opens; drivers rest as they must.  With
nothing learned that is exactly the plan plus the present delay, except that nobody leaves the
first stop before the planned departure.

All rows are reckoned at once, stop by stop: the ``k``-th remaining stops of all trips together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import nan

import numpy as np
from numpy.typing import NDArray

from fleet.trips import NoEstimate
from route.model import RULES, Model, Rules
from route.plans import SPAN, Bools, Floats, Ints, Plans
from route.rest import pauses, under_way
from route.speeds import hour_of_week

PARTS = ("driving", "dwell", "rest", "deviation")  #: columns of ``Forecast.parts``


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """What is known of ``n`` trips."""

    plan: Ints  #: row in ``Plans``; -1 no plan
    now: Floats
    s: Floats  #: m along the line at the newest believed fix; NaN: not on the line yet
    seen: Floats  #: time of that fix
    first: Ints  #: first stop it has not arrived at; the number of stops when there is none
    here: Floats  #: since when it stands at stop ``first - 1``; NaN it does not
    left: Floats  #: when it departed from stop ``first - 1``; NaN unknown
    driven: Floats  #: s of driving since the last rest; NaN unknown
    off: Bools  #: it is off the planned line
    stands: Floats = field(default_factory=lambda: np.array(nan))  #: since when; NaN: it moves

    def __len__(self) -> int:
        return len(self.now)


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """Estimates of ``n`` trips; those of trip ``i`` are ``start[i]`` to ``start[i + 1]``."""

    start: Ints  #: (n + 1,)
    stop: Ints  #: index in the plan
    p50: Floats  #: UTC s, never before now, never falling from stop to stop
    p90: Floats
    parts: NDArray[np.float32]  #: (m, 4) s: ``PARTS``; they sum to ``p50 - now``
    reason: NDArray[np.uint8]  #: (n,) ``NoEstimate``; a trip with a reason has no stops


@dataclass(slots=True)
class _Table:
    """One row for each remaining stop of all trips, in the order of the ask."""

    row: Ints  #: in the ask
    stop: Ints  #: in the block of all stops
    drive: Floats  #: s from the stop before, or from where it is
    above: Floats  #: s more, as learned
    hold: Floats  #: share of the lead that is lost on the way
    gain: Floats  #: share of the lag that is made up
    hold_stop: Floats  #: and at the stop
    gain_stop: Floats


def predict(ask: Ask, plans: Plans, model: Model, rules: Rules = RULES) -> Forecast:
    """Estimate every remaining stop of every trip, or say why not."""
    reason = _reasons(ask, plans, rules)
    count = np.zeros(len(ask), np.intp)
    good = reason == NoEstimate.NONE
    plan = np.where(good, ask.plan, 0)
    if len(plans.courses):
        count[good] = (plans.stop_first[plan + 1] - plans.stop_first[plan] - ask.first)[good]
    start = np.concatenate([[0], np.cumsum(count)])
    if not start[-1]:
        empty = np.zeros(0)
        none = np.zeros((0, 4), np.float32)
        return Forecast(start, np.zeros(0, np.intp), empty, empty, none, reason)
    table = _survey(ask, plans, model, rules, count)
    arrive, parts = _drive(ask, plans, model, rules, (table, start, count))
    return _banded(ask, model, rules, (table, start, arrive, parts, plans, reason))


def _reasons(ask: Ask, plans: Plans, rules: Rules) -> NDArray[np.uint8]:
    """The first thing that stands in the way of each estimate."""
    reason = np.zeros(len(ask), np.uint8)
    if not len(plans.courses):
        return np.full(len(ask), NoEstimate.NO_LINE, np.uint8)
    place = np.isnan(ask.s) & np.isnan(ask.here) & np.isnan(ask.left)
    reason[ask.now - ask.seen > rules.silent] = NoEstimate.SILENT
    reason[ask.off] = NoEstimate.OFF_ROUTE
    reason[place | np.isnan(ask.seen)] = NoEstimate.NO_POSITION
    reason[(ask.plan < 0) | ~plans.usable[ask.plan]] = NoEstimate.NO_LINE
    return reason


def _where(ask: Ask, plans: Plans) -> Floats:
    """Metres along the line from which each trip drives on."""
    plan = np.maximum(ask.plan, 0)
    before = plans.stop_first[plan] + np.maximum(ask.first - 1, 0)
    stop_s = plans.s[np.minimum(before, len(plans.s) - 1)]
    at_stop = np.isnan(ask.s) | ~np.isnan(ask.here)
    return np.where(at_stop & (ask.first > 0), stop_s, np.nan_to_num(ask.s))


def _survey(ask: Ask, plans: Plans, model: Model, rules: Rules, count: Ints) -> _Table:
    """Sum up the pieces ahead, stop by stop."""
    row = np.repeat(np.arange(len(ask)), count)
    start = np.cumsum(count) - count
    first_stop = plans.stop_first[ask.plan] + ask.first
    stop = first_stop[row] + np.arange(len(row)) - start[row]
    who = np.flatnonzero(count)
    plan, s = ask.plan[who], _where(ask, plans)[who]
    first = np.searchsorted(plans.seek, np.clip(s, 0, SPAN / 2) + plan * SPAN, side="right")
    standing = ~np.isnan(ask.here[who]) | np.isnan(ask.s[who])
    first = np.where(standing, plans.into[first_stop[who]], first)
    many = np.maximum(plans.piece_first[plan + 1] - first, 0)
    piece = np.repeat(first - (np.cumsum(many) - many), many) + np.arange(many.sum())
    owner = np.repeat(np.arange(len(who)), many)
    begin, end = plans.begin[piece], plans.end[piece]
    whole = end - begin
    from_s = s[owner]
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(whole > 0, np.clip((end - from_s) / whole, 0.0, 1.0), 1.0)
    seconds = plans.seconds[piece] * part
    slot = start[who][owner] + np.maximum(plans.stop[piece] - ask.first[who][owner], 0)
    return _learned(ask, plans, model, rules, (row, stop, piece, who[owner], slot, part, seconds))


def _learned(
    ask: Ask,
    plans: Plans,
    model: Model,
    rules: Rules,
    ahead: tuple[Ints, Ints, Ints, Ints, Ints, Floats, Floats],
) -> _Table:
    """What was learned of the pieces ahead, summed by stop."""
    row, stop, piece, trip, slot, part, seconds = ahead
    by, speeds, size = rules.speeds, model.speeds, len(row)
    segment = plans.where("segment", plans.segments, speeds.names)[plans.segment[piece]]
    free = plans.free[piece]
    past = np.cumsum(seconds)
    begin = np.concatenate([[True], trip[1:] != trip[:-1]]) if len(trip) else np.zeros(0, bool)
    base = np.maximum.accumulate(np.where(begin, past - seconds, 0.0))
    lag = past - seconds / 2 - base
    when = hour_of_week(ask.now[trip] + lag, rules.shift)
    above = speeds.above(segment, when, free, ask.now[trip], by) * part
    hold, gain = speeds.holds(segment, by), speeds.gains(segment, by)
    known = np.where(free | ~plans.single[piece], 0.0, 1.0)
    on_way = known * by.basis_drive * np.minimum(seconds, by.cap) / 100
    at_stop = known * by.basis_stop * (plans.last[piece] & plans.timed[piece])

    def by_stop(value: Floats) -> Floats:
        return np.bincount(slot, value, size).astype(np.float64, copy=False)

    return _Table(
        row,
        stop,
        by_stop(seconds),
        by_stop(above),
        np.clip(by_stop(on_way * hold), 0.0, 1.0),
        np.clip(by_stop(on_way * gain), -1.0, 1.0),
        np.clip(by_stop(at_stop * hold), 0.0, 1.0),
        np.clip(by_stop(at_stop * gain), -1.0, 1.0),
    )


def _drive(
    ask: Ask, plans: Plans, model: Model, rules: Rules, ahead: tuple[_Table, Ints, Ints]
) -> tuple[Floats, Floats]:
    """Arrivals at all remaining stops, and how driving, dwell and rest make them up."""
    table, start, count = ahead
    by = rules.speeds
    order = np.argsort(-count, kind="stable")
    order = order[: int(np.count_nonzero(count))]
    time, late, driven, dwell, rest = _departures(ask, plans, model, rules, order)
    site = plans.where("site", plans.sites, model.dwells.names)[plans.site]
    parts = np.zeros((len(table.row), 3))
    arrive = np.zeros(len(table.row))
    total = np.zeros((len(order), 3))
    total[:, 1], total[:, 2] = dwell, rest
    begin = plans.stop_first[ask.plan[order]]
    for k in range(int(count.max())):
        live = int(np.searchsorted(-count[order], -k, side="left"))
        order, time, late, driven, total = (
            order[:live],
            time[:live],
            late[:live],
            driven[:live],
            total[:live],
        )
        at = start[order] + k
        stop = table.stop[at]
        drive = np.maximum(table.drive[at] + table.above[at], rules.slowest * table.drive[at])
        shift = table.hold[at] * by.lead(late) - table.gain[at] * by.lag(late)
        if k == 0:  # of the way to the first, what was driven since the fix is behind it
            total[:, 0] = -np.clip(ask.now[order] - time, 0.0, drive)
        pause, driven = pauses(rules.rest, driven, drive, time, rules.shift)
        time = time + np.maximum(drive + shift, 0.0) + pause
        total = total + np.column_stack([drive, np.zeros(live), pause])
        arrive[at], parts[at] = time, total
        late = np.where(plans.anchored[stop], time - plans.arrive[stop], by.early)
        planned = plans.depart[stop] - plans.arrive[stop]
        stay = planned + model.dwells.above(site[stop], ask.now[order], rules.dwells)
        stay = np.where(plans.via[stop], 0.0, np.maximum(stay, 0.0))
        wait = model.dwells.waits(site[stop], rules.dwells) + table.hold_stop[at]
        wait = np.minimum(wait, 1.0) * by.lead(late) - table.gain_stop[at] * by.lag(late)
        opens = np.maximum(plans.opens[stop] - time, 0.0)
        stay = np.maximum(stay + np.maximum(opens, wait), 0.0)
        total[:, 1] += stay
        time = time + stay
        first = plans.anchored[stop] & (stop == begin[:live])
        time = np.where(first, np.maximum(time, plans.depart[stop]), time)
        late = np.where(plans.anchored[stop], time - plans.depart[stop], by.early)
        driven = np.where(stay >= max(rules.rest.pause, 1.0), 0.0, driven)
    return arrive, parts


def _departures(
    ask: Ask, plans: Plans, model: Model, rules: Rules, order: Ints
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """When each trip drives on, how late that is, driving so far; waiting and rest before it."""
    plan, first, seen = ask.plan[order], ask.first[order], ask.seen[order]
    here, left, s = ask.here[order], ask.left[order], ask.s[order]
    by, now = rules.speeds, ask.now[order]
    before = plans.stop_first[plan] + np.maximum(first - 1, 0)
    begin = plans.stop_first[plan]
    at_origin = (first == 1) & (np.abs(s - plans.s[begin]) < rules.origin) & np.isnan(left)
    standing = ~np.isnan(here)
    site = plans.where("site", plans.sites, model.dwells.names)[plans.site[before]]
    expected = plans.depart[before] - plans.arrive[before]
    extra = model.dwells.above(site, now, rules.dwells)
    expected = np.maximum(expected + np.where(first == 1, 0.0, extra), 0.0)
    stay = model.dwells.left(now - here, expected, rules.dwells)
    ready = np.where(standing, now + stay, np.where(np.isnan(s), left, seen))
    origin = at_origin | (standing & (first == 1))
    planned = plans.depart[before] + np.where(standing & (first == 1), np.maximum(extra, 0), 0.0)
    anchored = plans.anchored[before]
    lead = np.where(anchored, by.lead(now + stay - plans.depart[before]), 0.0)
    wait = np.where(standing, model.dwells.waits(site, rules.dwells) * lead, 0.0)
    time = np.where(origin & anchored, np.maximum(ready, planned), ready + wait)
    wait = time - np.where(standing, now, np.where(np.isnan(s), left, seen))
    driven = np.nan_to_num(ask.driven[order])
    stands = np.broadcast_to(ask.stands, len(ask))[order]
    resting, rested = under_way(rules.rest, driven, stands, now, rules.shift)
    resting &= ~standing
    rest = np.where(resting, rested - now, 0.0)
    driven = np.where(resting | (standing & (time - here >= rules.rest.pause)), 0.0, driven)
    time = np.where(resting, np.maximum(time, rested), time)
    where = np.where(standing | origin | np.isnan(s), plans.depart[before], np.nan)
    where = np.where(np.isnan(where), _profile(plans, plan, np.nan_to_num(s)), where)
    known = anchored | plans.anchored[np.minimum(before + 1, len(plans.s) - 1)]
    late = np.where(known, time - where, by.early)
    return time, late, driven, wait, rest


def _profile(plans: Plans, plan: Ints, s: Floats) -> Floats:
    """Planned time at ``s``."""
    at = np.searchsorted(plans.seek, np.clip(s, 0, SPAN / 2) + plan * SPAN, side="right")
    at = np.minimum(at, plans.piece_first[plan + 1] - 1)
    whole = plans.end[at] - plans.begin[at]
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(whole > 0, np.clip((s - plans.begin[at]) / whole, 0.0, 1.0), 1.0)
    return plans.clock[at] + part * plans.seconds[at]


def _banded(
    ask: Ask,
    model: Model,
    rules: Rules,
    ahead: tuple[_Table, Ints, Floats, Floats, Plans, NDArray[np.uint8]],
) -> Forecast:
    """P50 and P90 from the errors of the past; both never fall from stop to stop."""
    table, start, arrive, parts, plans, reason = ahead
    now = ask.now[table.row]
    horizon = np.maximum(arrive - now, 0.0)
    quiet = np.maximum(now - ask.seen[table.row] - rules.bands.silence_free, 0.0)
    width = np.hypot(model.bands.width(horizon), rules.bands.silence * quiet)
    p50 = _rising(np.maximum(arrive, now), table.row)
    p90 = _rising(p50 + width, table.row)
    deviation = p50 - now - parts.sum(axis=1)
    whole = np.column_stack([parts, deviation]).astype(np.float32)
    stop = table.stop - plans.stop_first[ask.plan[table.row]]
    return Forecast(start, stop, p50, p90, whole, reason)


def _rising(value: Floats, row: Ints) -> Floats:
    """The greatest so far within each trip, by doubling strides."""
    stride = 1
    while stride < len(row) and (same := row[stride:] == row[:-stride]).any():
        value[stride:] = np.where(same, np.maximum(value[stride:], value[:-stride]), value[stride:])
        stride *= 2
    return value
