"""Progress in the fold: which trip each fix belongs to, and how far along its line it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gateway.runs import NONE, Runs
from route.progress import Located, Roads, Rules, locate

Memory = NDArray[np.void]


@dataclass(frozen=True, slots=True)
class Followed:
    """Vehicles of which more is known of their trips, and what is remembered of them now."""

    touched: NDArray[np.int32]  #: rows, ascending
    memory: Memory  #: of those


def follow(track: Roads, runs: Runs, memory: Memory, rules: Rules) -> Followed:
    """Follow the vehicles of a batch that are on trips.

    A vehicle that was on a trip and is on none any more is remembered to be on none: what is
    remembered must not speak for a trip that another vehicle has taken over.

    Args:
        track: believed fixes; their ``trip`` and ``line`` are found here.
        runs: which vehicle is on which trip, by time.
        memory: ``PROGRESS`` rows, one per vehicle of the world; not written to.
        rules: thresholds.
    """
    stretch = runs.find(track.vehicle, track.time)
    on = stretch >= 0
    if not on.all():
        counts = on | _has_been(track, on, memory)
        if not counts.any():
            return Followed(np.empty(0, np.int32), memory[:0])
        track, stretch, on = track.rows(counts), stretch[counts], on[counts]
    trip, line = runs.first(stretch)
    track = replace(track, trip=trip, line=line)
    choosing = np.isin(track.vehicle, track.vehicle[runs.several(stretch) | ~on])
    if not choosing.any():
        return _kept(locate(track, runs.lines, memory, rules, runs.halts))
    plain = locate(track.rows(~choosing), runs.lines, memory, rules, runs.halts)
    after = memory.copy()
    after[plain.touched] = plain.memory
    rows = np.flatnonzero(choosing)
    while len(rows):
        rows = rows[_choose(track.rows(rows), stretch[rows], runs, after, rules)]
    touched = np.unique(track.vehicle)
    return Followed(touched, after[touched])


def _choose(
    track: Roads, stretch: NDArray[np.int64], runs: Runs, memory: Memory, rules: Rules
) -> NDArray[np.bool_]:
    """Take the first fixes of each vehicle, as many as are of one trip; which rows are left.

    ``memory`` is written to.
    """
    first = np.append(True, track.vehicle[1:] != track.vehicle[:-1])
    part = np.cumsum(first | np.append(True, stretch[1:] != stretch[:-1]))
    own, heads = np.cumsum(first) - 1, np.flatnonzero(first)
    taken = part == part[heads][own]
    memory["trip"][track.vehicle[heads[stretch[heads] < 0]]] = NONE
    trips = np.zeros((len(heads), 2), np.int32)
    ends = np.full((len(heads), 2), np.inf)
    for n, head in enumerate(heads.tolist()):
        if stretch[head] >= 0:
            known, time = memory[track.vehicle[head]], float(track.time[head])
            at = int(stretch[head])
            trips[n] = runs.choose(at, time, int(known["trip"]), float(known["s"]))
            ends[n] = runs.end_of(at, time, int(trips[n, 0]))
    rows = np.flatnonzero(taken & (stretch >= 0))
    chosen = replace(track.rows(rows), trip=trips[own[rows], 0], line=trips[own[rows], 1])
    found = locate(chosen, runs.lines, memory, rules, runs.halts)
    lasts = _lasts(chosen, found, ends[own[rows]])
    if not lasts.all():
        found = locate(chosen.rows(lasts), runs.lines, memory, rules, runs.halts)
        taken[rows[~lasts]] = False
    memory[found.touched] = found.memory
    left: NDArray[np.bool_] = ~taken
    return left


def _lasts(track: Roads, found: Located, ends: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which rows are still of the trip that the vehicle's first one is of.

    The fix after the one that came to the end is of the next, and any from the end's time on.
    """
    first = np.append(True, track.vehicle[1:] != track.vehicle[:-1])[: len(track)]
    over = track.time >= ends[:, 1]
    over[1:] |= found.s[:-1] >= ends[:-1, 0]
    over[first] = False
    count = np.cumsum(over)
    lasts: NDArray[np.bool_] = count == count[first][np.cumsum(first) - 1]
    return lasts


def _has_been(track: Roads, on: NDArray[np.bool_], memory: Memory) -> NDArray[np.bool_]:
    """Of rows on no trip: the first after one on a trip, be that in the batch or remembered."""
    first = np.append(True, track.vehicle[1:] != track.vehicle[:-1])[: len(on)]
    before = np.append(False, on[:-1])[: len(on)]
    was_on = np.where(first, memory["trip"].take(track.vehicle) != NONE, before)
    found: NDArray[np.bool_] = was_on & ~on
    return found


def _kept(located: Located) -> Followed:
    return Followed(located.touched, located.memory)
