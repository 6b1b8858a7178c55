"""The rest that drivers must take: how much of it lies on the way.

The rules are those of the profile: so much driving, then a pause of at least so long.  The
night's shorter limit holds where the driving would reach it by night.  A stay at a stop of at
least a pause's length is a pause.  Daily and weekly rest is not reckoned: no plan here is
longer than a shift.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from route.plans import Floats

HOUR = 3600.0
NEARLY = 7 / 8  #: of the limit: drivers rest where there is room, before they must
SETTLED = 300.0  #: s; a shorter standstill is a jam
NIGHT_FROM, NIGHT_TO = 22.0, 6.0  #: local hours


@dataclass(frozen=True, slots=True)
class Profile:
    """The rules of one country."""

    name: str
    day: float  #: s of driving before a pause
    night: float  #: the same from 22:00 to 06:00 local time
    pause: float  #: s

    def limit(self, begin: Floats, driven: Floats, shift: float) -> Floats:
        """Seconds of driving allowed to one who drives on at ``begin``, ``driven`` s by then.

        ``shift`` is local time minus UTC, s.
        """
        reached = begin + np.maximum(self.night - driven, 0.0)
        hour = ((reached + shift) / HOUR) % 24
        return np.where((hour >= NIGHT_FROM) | (hour < NIGHT_TO), self.night, self.day)


NONE = Profile("none", inf, inf, 0.0)
#: Regulation on the road traffic safety law of China, article 62: 20 min after 4 h; by night 2 h.
CN = Profile("cn", 4 * HOUR, 2 * HOUR, 20 * 60.0)
#: Regulation (EC) 561/2006, article 7: 45 min after 4.5 h.
EU = Profile("eu", 4.5 * HOUR, 4.5 * HOUR, 45 * 60.0)
PROFILES = {one.name: one for one in (NONE, CN, EU)}


def pauses(
    profile: Profile, driven: Floats, drive: Floats, begin: Floats, shift: float
) -> tuple[Floats, Floats]:
    """Seconds of rest within ``drive`` s of driving begun at ``begin``, and driving since then.

    ``driven`` is the driving since the last rest.  Who arrives when the limit is reached rests
    there and not before.
    """
    if profile.pause <= 0:
        return np.zeros_like(drive), driven + drive
    limit = profile.limit(begin, driven, shift)
    total = driven + drive
    count = np.where(drive > 0, np.maximum(np.ceil(total / limit) - 1, 0.0), 0.0)
    return count * profile.pause, total - count * limit


def under_way(
    profile: Profile, driven: Floats, stands: Floats, now: Floats, shift: float
) -> tuple[NDArray[np.bool_], Floats]:
    """Which vehicles are resting, as it seems, and when each will have rested.

    One that stands away from stops since ``stands`` (NaN: it moves) rests if it has driven most
    of what it may: otherwise its rest would be expected in full until the moment it is over.
    """
    if profile.pause <= 0:
        return np.zeros(len(now), np.bool_), now
    limit = profile.limit(stands, driven, shift)
    resting = (driven >= NEARLY * limit) & (now - stands >= SETTLED)
    return resting, np.maximum(stands + profile.pause, now)
