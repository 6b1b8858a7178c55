"""Progress in the fold: which trip each fix belongs to, and how far along its line it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gateway.runs import Runs
from route.progress import Located, Roads, Rules, locate

Memory = NDArray[np.void]


@dataclass(frozen=True, slots=True)
class Followed:
    """Vehicles that are on trips, and what is remembered of them now."""

    touched: NDArray[np.int32]  #: rows, ascending
    memory: Memory  #: of those


def follow(track: Roads, runs: Runs, memory: Memory, rules: Rules) -> Followed:
    """Follow the vehicles of a batch that are on trips.

    Args:
        track: believed fixes; their ``trip`` and ``line`` are found here.
        runs: which vehicle is on which trip, by time.
        memory: ``PROGRESS`` rows, one per vehicle of the world; not written to.
        rules: thresholds.
    """
    stretch = runs.find(track.vehicle, track.time)
    on = stretch >= 0
    if not on.any():
        return Followed(np.empty(0, np.int32), memory[:0])
    if not on.all():
        track, stretch = track.rows(on), stretch[on]
    trip, line = runs.first(stretch)
    track = replace(track, trip=trip, line=line)
    several = np.isin(track.vehicle, track.vehicle[runs.several(stretch)])
    if not several.any():
        return _kept(locate(track, runs.lines, memory, rules, runs.halts))
    plain = locate(track.rows(~several), runs.lines, memory, rules, runs.halts)
    after = memory.copy()
    after[plain.touched] = plain.memory
    for row in np.flatnonzero(several).tolist():
        vehicle = int(track.vehicle[row])
        known = after[vehicle]
        time = float(track.time[row])
        key, at = runs.choose(int(stretch[row]), time, int(known["trip"]), float(known["s"]))
        one = track.rows(slice(row, row + 1))
        one = replace(one, trip=np.array([key], np.int32), line=np.array([at], np.int32))
        after[vehicle] = locate(one, runs.lines, after, rules, runs.halts).memory[0]
    touched = np.unique(track.vehicle)
    return Followed(touched, after[touched])


def _kept(located: Located) -> Followed:
    return Followed(located.touched, located.memory)
