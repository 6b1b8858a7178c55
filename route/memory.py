"""What is remembered of a vehicle on its planned line between batches, and by which rules.

Values only, of fixed size: the store keeps the bytes of ``PROGRESS``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

FORMAT = 1  #: of ``PROGRESS``; another one means: fold again


class State(IntEnum):
    """How a vehicle stands to its planned line.  Stored: never renumber."""

    ON = 0  #: it follows the line, or has just left it
    OFF = 1  #: off its route
    TURNED_BACK = 2  #: it goes back along the line
    LOST = 3  #: there is no line, or it has not been on it yet


@dataclass(frozen=True, slots=True)
class Rules:
    """When progress is believed, and when a vehicle has left its route."""

    max_speed: float = 160 / 3.6  #: m/s; no lorry or van covers ground faster
    slow: float = 5 / 3.6  #: m/s; below it a vehicle stands, and its course means nothing
    gap: float = 300.0  #: s; longer without a fix it was silent, and nothing is known of between
    near: float = 100.0  #: m beside the line; farther off, a wider stretch of it is searched
    start: float = 2000.0  #: m; a trip begins here, on round trips too
    off_time: float = 180.0  #: s off the corridor ...
    off_fixes: int = 3  #: ... in as many fixes ...
    off_way: float = 1000.0  #: ... and m: then it is off its route (a lay-by is not)
    back_share: float = 0.7  #: of the corridor: within it ...
    back_time: float = 120.0  #: ... for s: then it is on its route again
    ends: float = 1000.0  #: m round either end of the line that are no detour: yards, ramps
    turned: float = 1000.0  #: m that progress never falls unless the vehicle has turned back
    turned_fixes: int = 3  #: fixes in a row so far behind before it is believed
    forward: float = 300.0  #: m forwards again that end a turning back
    join: float = 500.0  #: m along the line before a place far from its start is believed
    revised: float = 5000.0  #: m by which places on a new line of the same trip may differ
    spread: float = 100.0  #: m within which it stands at one place
    halt: float = 250.0  #: m along the line round a planned stop: standing there is no delay
    stop: float = 300.0  #: s; a shorter standstill is traffic: a light, a gate
    rest: float = 1200.0  #: s; the shortest legal break (CN, 20 min)
    drive: float = 3.5 * 3600  #: s of driving after which a break is the law, not a whim
    cruise: float = 15.0  #: m/s; an ordinary speed, where nobody knows: of a way in silence
    unseen_rest: float = 3600.0  #: s of silence more than the way needs: the driver has rested
    pace_time: float = 120.0  #: s over which the pace along the line is averaged


#: What is remembered of one vehicle; NaN where nothing is.  Metres, s, degrees.
PROGRESS = np.dtype(
    [
        ("trip", "<i4"),  # key; 0 none
        ("line", "<i4"),  # key; 0 none
        ("state", "u1"),  # ``State``
        ("joined", "?"),  # it came onto the line far from its start
        ("rests", "?"),  # the present standstill is a break
        ("off_fixes", "<i4"),  # fixes in a row beyond the corridor
        ("agreed", "<i4"),  # fixes in a row that speak for turning back, or for a place to join
        ("time", "<f8"),  # last fix
        ("lon", "<f8"),
        ("lat", "<f8"),
        ("s", "<f8"),  # progress
        ("at", "<f8"),  # where it is along the line
        ("seen", "<f8"),  # last fix within the corridor
        ("offset", "<f8"),  # of the last fix, m from the line, negative to the left
        ("pace", "<f8"),  # along the line, m/s, averaged
        ("off_since", "<f8"),
        ("off_way", "<f8"),  # m since
        ("off_moved", "<f8"),  # s of driving since
        ("back_since", "<f8"),  # near the line again, after it was off
        ("low", "<f8"),  # the lowest ``at`` since it turned back; where it seems to join
        ("stand_since", "<f8"),  # standing since; NaN while it moves
        ("stand_lon", "<f8"),
        ("stand_lat", "<f8"),
        ("counted", "<f8"),  # s of this standstill away from planned stops
        ("begun", "<f8"),  # first fix of the trip
        # Sums of s since then.  Each second is in at most one of the first three.
        ("standing", "<f8"),  # away from planned stops, and long enough
        ("silent", "<f8"),  # in gaps, beyond what the way needs
        ("moved", "<f8"),  # driving, short standstills included
        ("away", "<f8"),  # of ``moved``: off the route
        ("resting", "<f8"),  # of ``standing``: in breaks that were due
        ("driven", "<f8"),  # driving since the last break, over all trips
    ]
)


_SUMS = frozenset(
    {
        *("pace", "off_way", "off_moved", "counted"),
        *("standing", "away", "silent", "resting", "moved", "driven"),
    }
)


def empty_progress(vehicles: int) -> NDArray[np.void]:
    """Memory of vehicles that nothing is known of."""
    memory = np.zeros(vehicles, PROGRESS)
    for name in PROGRESS.names or ():
        if PROGRESS[name].kind == "f" and name not in _SUMS:
            memory[name] = np.nan
    memory["state"] = State.LOST
    return memory
