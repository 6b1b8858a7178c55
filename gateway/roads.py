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
    singly = np.isin(track.vehicle, track.vehicle[runs.several(stretch) | ~on])
    if not singly.any():
        return _kept(locate(track, runs.lines, memory, rules, runs.halts))
    plain = locate(track.rows(~singly), runs.lines, memory, rules, runs.halts)
    after = memory.copy()
    after[plain.touched] = plain.memory
    for row in np.flatnonzero(singly).tolist():
        vehicle = int(track.vehicle[row])
        if not on[row]:
            after["trip"][vehicle] = NONE
            continue
        known = after[vehicle]
        time = float(track.time[row])
        key, at = runs.choose(int(stretch[row]), time, int(known["trip"]), float(known["s"]))
        one = track.rows(slice(row, row + 1))
        one = replace(one, trip=np.array([key], np.int32), line=np.array([at], np.int32))
        after[vehicle] = locate(one, runs.lines, after, rules, runs.halts).memory[0]
    touched = np.unique(track.vehicle)
    return Followed(touched, after[touched])


def _has_been(track: Roads, on: NDArray[np.bool_], memory: Memory) -> NDArray[np.bool_]:
    """Of rows on no trip: the first after one on a trip, be that in the batch or remembered."""
    first = np.append(True, track.vehicle[1:] != track.vehicle[:-1])[: len(on)]
    before = np.append(False, on[:-1])[: len(on)]
    was_on = np.where(first, memory["trip"].take(track.vehicle) != NONE, before)
    found: NDArray[np.bool_] = was_on & ~on
    return found


def _kept(located: Located) -> Followed:
    return Followed(located.touched, located.memory)
