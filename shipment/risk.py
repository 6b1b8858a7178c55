"""How a stop or a promise stands against its due time, with hysteresis.

``judge`` is elementwise: a row is one stop of one trip, or one promise.  It worsens when two
evaluations 60 s apart, and all between them, say so; it improves when the bound has been kept
by five minutes in two evaluations five minutes apart, and all between them (domain 3.9).
Within an hour of a change it worsens again only for five minutes and more: a narrow band that
swings by three minutes round the due time would else go from on time to late in two steps.

What is shown is never better than unknown without an estimate or an arrival: a row whose
estimate is gone shows ``UNKNOWN`` at once, and goes on from where it was when one comes again.
That the due time has passed, or that it has arrived, is certain and needs no second look.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from math import nan

import numpy as np
from numpy.typing import NDArray

from fleet.trips import Risk

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

WORSE = 60.0  #: s between the evaluations that worsen
BETTER = 300.0  #: s between those that improve
MARGIN = 300.0  #: s by which the bound must be kept to improve
CALM = 3600.0  #: s after a change in which another needs the margin too
FURTHER = 1800.0  #: s; so much later than last told is news while it is late

FORMAT = 1  #: of ``RISK``

#: What is remembered of one stop or promise.
RISK = np.dtype(
    [
        ("state", "<u1"),  # ``Risk``: what is shown
        ("held", "<u1"),  # ``Risk`` by the estimates alone; UNKNOWN before the first
        ("since", "<f8"),  # s; when ``state`` began; NaN never judged
        ("due", "<f8"),  # s; due time with tolerance, by which it was judged
        ("turned", "<f8"),  # s; when ``held`` last changed; NaN not since the first estimate
        ("worse", "<f8"),  # s; since when every evaluation is worse than ``held``; NaN not so
        ("least", "<u1"),  # the mildest of them
        ("better", "<f8"),  # s; since when every evaluation is better by the margin; NaN not so
        ("most", "<u1"),  # the gravest of them
        ("told", "<f8"),  # s; middle estimate that was last told while late; NaN none
        ("arrived", "?"),  # judged by an arrival
    ]
)


class News(IntEnum):
    """What there is to tell after an evaluation."""

    NONE = 0
    CHANGED = 1  #: the state is another
    FURTHER = 2  #: still late, by half an hour more than was told


@dataclass(frozen=True, slots=True)
class Asked:
    """What ``n`` stops or promises are judged by; all columns of shape (n,), NaN unknown."""

    p50: Floats  #: s; estimated arrival
    p90: Floats
    due: Floats  #: s; end of the window, or what was promised; NaN: nothing is due
    tolerance: Floats  #: s after ``due``
    arrived: Floats  #: s; actual arrival
    opens: Floats  #: s; begin of the window
    early: Floats  #: s before ``opens`` that an arrival may be


def empty(count: int) -> NDArray[np.void]:
    """Memory of as many stops of which nothing was ever judged."""
    memory = np.zeros(count, RISK)
    for name in ("since", "due", "turned", "worse", "better", "told"):
        memory[name] = nan
    return memory


def judge(before: NDArray[np.void], now: float | Floats, asked: Asked) -> NDArray[np.void]:
    """The memory after an evaluation at ``now``; ``before`` is not written to.

    Exactly at the due time with tolerance is in time.  A changed due time (another plan)
    begins anew: the first evaluation by it holds at once.
    """
    after = before.copy()
    clock = np.broadcast_to(np.asarray(now, np.float64), before.shape)
    limit = asked.due + asked.tolerance
    arrived = np.isfinite(asked.arrived)
    estimated = np.isfinite(asked.p50) & np.isfinite(asked.p90) & np.isfinite(limit)
    moved = (limit != before["due"]) & ~(np.isnan(limit) & np.isnan(before["due"]))
    anew = moved | (before["arrived"] & ~arrived)
    after["held"][anew] = Risk.UNKNOWN
    for name in ("worse", "better"):
        after[name][anew | arrived] = nan
    after["told"][anew] = after["turned"][anew] = nan
    _follow(after, estimated & ~arrived, clock, (asked.p50, asked.p90, limit))
    state = np.where(estimated, after["held"], Risk.UNKNOWN)
    state = np.where(clock > limit, Risk.OVERDUE, state)
    state = np.where(arrived, _of_arrival(asked, limit), state)
    after["state"], after["due"], after["arrived"] = state, limit, arrived
    changed = (state != before["state"]) | np.isnan(before["since"])
    after["since"] = np.where(changed, clock, before["since"])
    _tell(before, after, asked.p50)
    return after


def news(before: NDArray[np.void], after: NDArray[np.void]) -> NDArray[np.uint8]:
    """``News`` per row.

    An estimate that is gone for a while, and comes again with the same answer, is none.
    """
    was = np.where(before["state"] == Risk.UNKNOWN, before["held"], before["state"])
    gone = (after["state"] == Risk.UNKNOWN) | np.isnan(after["since"])
    changed = (after["state"] != was) & ~gone
    late = (after["state"] == Risk.LATE) & (before["state"] == Risk.LATE)
    further = late & (after["told"] > before["told"])
    told = np.where(changed, News.CHANGED, np.where(further, News.FURTHER, News.NONE))
    return told.astype(np.uint8)


def _of_arrival(asked: Asked, limit: Floats) -> NDArray[np.int64]:
    """The class of an actual arrival; without a due time nothing can be said."""
    early = asked.arrived < asked.opens - asked.early
    timely = np.where(asked.arrived > limit, Risk.LATE, Risk.ON_TIME)
    known = np.where(early, Risk.EARLY, timely)
    return np.where(np.isnan(limit), Risk.UNKNOWN, known)


def _follow(
    after: NDArray[np.void], rows: Bools, clock: Floats, times: tuple[Floats, Floats, Floats]
) -> None:
    """Move ``held`` of the rows that have an estimate."""
    p50, p90, limit = times
    level = _level(p50, p90, limit)
    first = rows & (after["held"] == Risk.UNKNOWN)
    after["held"][first] = level[first]
    held = after["held"].copy()
    slack = np.where(clock - after["turned"] < CALM, MARGIN, 0.0)
    level = _level(p50 - slack, p90 - slack, limit)
    worse = rows & (level > held)
    least = np.where(np.isnan(after["worse"]), level, np.minimum(level, after["least"]))
    _count(after, "worse", rows, worse, clock)
    after["least"] = np.where(worse, least, after["least"])
    eased = _level(p50 + MARGIN, p90 + MARGIN, limit)
    better = rows & (eased < held)
    most = np.where(np.isnan(after["better"]), eased, np.maximum(eased, after["most"]))
    _count(after, "better", rows, better, clock)
    after["most"] = np.where(better, most, after["most"])
    grown = worse & (clock - after["worse"] >= WORSE)
    shrunk = better & (clock - after["better"] >= BETTER)
    after["held"] = np.where(grown, after["least"], np.where(shrunk, after["most"], held))
    after["turned"] = np.where(grown | shrunk, clock, after["turned"])
    for name in ("worse", "better"):
        after[name][grown | shrunk] = nan


def _level(p50: Floats, p90: Floats, limit: Floats) -> NDArray[np.uint8]:
    """``Risk`` by the estimate alone."""
    level = np.where(p50 > limit, Risk.LATE, np.where(p90 > limit, Risk.AT_RISK, Risk.ON_TIME))
    return level.astype(np.uint8)


def _count(after: NDArray[np.void], name: str, rows: Bools, so: Bools, clock: Floats) -> None:
    """Remember since when it is so; a row that was not evaluated is left as it is."""
    since = np.where(np.isnan(after[name]), clock, after[name])
    after[name] = np.where(so, since, np.where(rows, nan, after[name]))


def _tell(before: NDArray[np.void], after: NDArray[np.void], p50: Floats) -> None:
    """Remember what estimate was told while late."""
    late = (after["state"] == Risk.LATE) & ~after["arrived"]
    fresh = late & (np.isnan(before["told"]) | (before["state"] == Risk.ON_TIME))
    further = late & (p50 >= before["told"] + FURTHER)
    after["told"] = np.where(fresh | further, p50, after["told"])
    improved = ~late & np.isin(after["state"], (Risk.ON_TIME, Risk.AT_RISK))
    after["told"][improved] = nan
