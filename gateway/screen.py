"""The screens that look at fixes by themselves: age, and one fix per instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fleet.records import FixBatch, Flag, Frame, Reason, Reject

_WEEKS_1024 = 1024 * 7 * 86400.0  #: s; GPS weeks are sent in ten bits (IS-GPS-200)
_MS_BITS = 43  #: milliseconds since 1970 up to the year 2248


@dataclass(frozen=True, slots=True)
class AgeRules:
    """How far a device's clock may be from ours."""

    future: float = 120.0  #: s ahead of the receive time; beyond it the clock is wrong
    repair: float = 72 * 3600.0  #: s; older fixes are history only and repair nothing
    history: float = 183 * 86400.0  #: s; older than what the store keeps: a dead letter


def rollover(fixes: FixBatch, rules: AgeRules) -> FixBatch:
    """Undo week rollovers: dates that receivers with ten-bit week counters let fall back.

    Only a date that would be refused as too old is moved, by as many 1,024 weeks as bring it
    to the latest of that series that the receive time allows; a date that the rules accept
    is believed as it stands, so that recordings of long ago can be replayed.
    """
    behind = fixes.received - fixes.time
    old = behind > rules.history
    if not old.any():
        return fixes
    turns = np.floor((behind + rules.future) / _WEEKS_1024)
    old &= turns > 0
    ms = np.rint(fixes.time * 1000) + np.where(old, turns, 0) * (_WEEKS_1024 * 1000)
    return replace(fixes.flagged(Flag.ROLLOVER, old), time=ms / 1000)


def age(fixes: FixBatch, frames: Sequence[Frame], rules: AgeRules) -> tuple[FixBatch, list[Reject]]:
    """Refuse fixes from the future and from before history; flag the old ones.

    A refused fix becomes part of one reject per frame and reason, with the whole payload,
    so that it can be taken in again when the rule was wrong.  Borders are allowed.
    """
    ahead = fixes.time - fixes.received
    if not ((ahead > rules.future) | (ahead < -rules.repair)).any():
        return fixes, []
    reason = np.select([ahead > rules.future, ahead < -rules.history], [1, 2], 0)
    rejects = []
    for code, why in ((1, Reason.FUTURE), (2, Reason.TOO_OLD)):
        found, first, count = np.unique(
            fixes.frame[reason == code], return_index=True, return_counts=True
        )
        by = ahead[reason == code]
        for frame, at, parts in zip(found.tolist(), first.tolist(), count.tolist(), strict=True):
            side = "ahead of" if code == 1 else "behind"
            detail = f"{parts} fixes; the first is {abs(by[at]):.0f} s {side} the receive time"
            rejects.append(Reject(why, frames[frame].payload, frame, detail, parts))
    kept = fixes.flagged(Flag.OLD, ahead < -rules.repair)
    return (kept.rows(reason == 0) if rejects else kept), rejects


def rank(fixes: FixBatch) -> list[NDArray[np.generic]]:
    """Sort keys, most significant first, that put the better of two fixes of one instant first.

    What came too late for the fold comes last: it cannot take the place of what the fold has
    gone by.  Then a quality that the receiver told comes before one that is assumed (an RMC
    whose GGA came later), then grade, then fewer unknown columns, then the canonical values
    (as the store keeps them, unknown last).  A total order of the content, whoever came first.
    """
    values = [
        getattr(fixes, name).astype(np.float32)
        for name in ("altitude", "speed", "course", "hdop", "satellites")
    ]
    unknown = np.sum([np.isnan(v) for v in values], axis=0)
    intrinsic = fixes.flags & np.uint16(Flag.INTRINSIC)
    assumed = np.isnan(fixes.hdop)
    old = (fixes.flags & np.uint16(Flag.OLD)) > 0
    return [old, assumed, fixes.grade, unknown, fixes.lat, fixes.lon, *values, intrinsic]


def once(fixes: FixBatch) -> tuple[FixBatch, FixBatch, int]:
    """One fix per device and time: the batch sorted by vehicle and time, the losers, the repeats.

    Of several fixes of one instant the first by ``rank`` stays.  One of another position is
    a loser (to be kept as a conflict); one of the same position is a repeat and is counted.
    """
    key = (fixes.vehicle.astype(np.int64) + 1) << _MS_BITS
    key |= np.rint(fixes.time * 1000).astype(np.int64)
    order = np.argsort(key)
    key = key[order]
    same = key[1:] == key[:-1]
    if not same.any():
        return fixes.rows(order), fixes.rows(slice(0, 0)), 0
    # Few rows share an instant: only these are put in the order of their rank.
    shared = np.flatnonzero(np.append(False, same) | np.append(same, False))
    those = fixes.rows(order[shared])
    order[shared] = order[shared][np.lexsort((*rank(those)[::-1], those.device, key[shared]))]
    batch = fixes.rows(order)
    same = (batch.device[1:] == batch.device[:-1]) & (batch.time[1:] == batch.time[:-1])
    first = np.append(True, ~same)
    winner = np.maximum.accumulate(np.where(first, np.arange(len(batch)), 0))
    moved = (batch.lon != batch.lon[winner]) | (batch.lat != batch.lat[winner])
    losers = batch.rows(~first & moved)
    return batch.rows(first), losers, int((~first & ~moved).sum())
