"""The screens: stages that raise flags, never delete.  Semantics: what makes a fix believed.

A fix is *believed* when it is not void, graded C or better, no jump and not old.  Believed
fixes move the live state; all others are history with their flags.

``judge`` is a fold over memory that can be run again: the same fixes in event-time order
over the same memory give the same flags, so repair is running it from a checkpoint.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fleet.geo import distance
from fleet.records import FixBatch, Flag, Grade, Live, Reason, Reject

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

MEMORY_FORMAT = 1
#: What is remembered of one vehicle; NaN where nothing is.  Positions in degrees.
MEMORY = np.dtype(
    [
        ("time", "<f8"),  # newest believed fix
        ("lon", "<f8"),  # last believed fix of grade A or B: what jumps are measured from
        ("lat", "<f8"),
        ("sigma", "<f8"),
        ("at", "<f8"),
        ("strikes", "<i4"),  # consecutive fixes that disagree with it and agree with each other
        ("strike_time", "<f8"),
        ("strike_lon", "<f8"),
        ("strike_lat", "<f8"),
        ("stand_since", "<f8"),  # first slow fix of the present standstill
        ("stand_lon", "<f8"),
        ("stand_lat", "<f8"),
    ]
)


@dataclass(frozen=True, slots=True)
class AgeRules:
    """How far a device's clock may be from ours."""

    future: float = 120.0  #: s ahead of the receive time; beyond it the clock is wrong
    repair: float = 72 * 3600.0  #: s; older fixes are history only and repair nothing
    history: float = 183 * 86400.0  #: s; older than what the store keeps: a dead letter


@dataclass(frozen=True, slots=True)
class Rules:
    """When a fix is doubted."""

    max_speed: float = 160 / 3.6  #: m/s; no lorry or van covers ground faster
    relocation: int = 3  #: consistent jumped fixes after which the vehicle really is there
    slow: float = 5 / 3.6  #: m/s; below it a receiver's speed is noise and the course is unreliable
    spread: float = 50.0  #: m; how far a standing vehicle's fixes may lie apart
    standing: float = 60.0  #: s of slow fixes within the spread before it counts as parked
    sigma_per_hdop: float = 5.0  #: m of one-sigma error per unit of HDOP
    min_sigma: float = 5.0  #: m; no receiver in a cab does better
    no_hdop: float = 2.0  #: assumed where the receiver does not say


def empty_memory(vehicles: int) -> NDArray[np.void]:
    """Memory of vehicles that nothing is known of."""
    memory = np.zeros(vehicles, MEMORY)
    for name in MEMORY.names or ():
        if name != "strikes":
            memory[name] = np.nan
    memory["time"] = -np.inf
    return memory


def sigma(hdop: Floats, rules: Rules) -> Floats:
    """Horizontal accuracy, m, one sigma: max(5 m, 5 m x HDOP)."""
    known = np.where(np.isnan(hdop), rules.no_hdop, hdop)
    return np.maximum(rules.min_sigma, rules.sigma_per_hdop * known)


def age(fixes: FixBatch, payloads: list[bytes], rules: AgeRules) -> tuple[FixBatch, list[Reject]]:
    """Refuse fixes from the future and from before history; flag the old ones.

    A refused fix becomes part of one reject per frame and reason, with the whole payload,
    so that it can be taken in again when the rule was wrong.  Borders are allowed.
    """
    ahead = fixes.time - fixes.received
    reason = np.select([ahead > rules.future, ahead < -rules.history], [1, 2], 0)
    rejects = []
    for code, why in ((1, Reason.FUTURE), (2, Reason.TOO_OLD)):
        frames, first, count = np.unique(
            fixes.frame[reason == code], return_index=True, return_counts=True
        )
        by = ahead[reason == code]
        for frame, at, parts in zip(frames.tolist(), first.tolist(), count.tolist(), strict=True):
            side = "ahead of" if code == 1 else "behind"
            detail = f"{parts} fixes; the first is {abs(by[at]):.0f} s {side} the receive time"
            rejects.append(Reject(why, payloads[frame], frame, detail, parts))
    kept = fixes.flagged(Flag.OLD, ahead < -rules.repair)
    return (kept.rows(reason == 0) if rejects else kept), rejects


def rank(fixes: FixBatch) -> list[NDArray[np.generic]]:
    """Sort keys, most significant first, that put the better of two fixes of one instant first.

    Grade, then fewer unknown columns, then the canonical values (as the store keeps them,
    unknown last).  A total order of the *content*: it does not depend on who came first.
    """
    values = [
        getattr(fixes, name).astype(np.float32)
        for name in ("altitude", "speed", "course", "hdop", "satellites")
    ]
    unknown = np.sum([np.isnan(v) for v in values], axis=0)
    intrinsic = fixes.flags & np.uint16(Flag.INTRINSIC)
    return [fixes.grade, unknown, fixes.lat, fixes.lon, *values, intrinsic]


def once(fixes: FixBatch) -> tuple[FixBatch, FixBatch, int]:
    """One fix per device and time: the batch sorted by device and time, the losers, the repeats.

    Of several fixes of one instant the first by ``rank`` stays.  One of another position is
    a loser (to be kept as a conflict); one of the same position is a repeat and is counted.
    """
    if len(fixes) < 2:  # noqa: PLR2004 - nothing to compare
        return fixes, fixes.rows(slice(0, 0)), 0
    order = np.lexsort((fixes.time, fixes.device))
    device, time = fixes.device[order], fixes.time[order]
    same = (device[1:] == device[:-1]) & (time[1:] == time[:-1])
    if not same.any():
        return fixes.rows(order), fixes.rows(slice(0, 0)), 0
    order = np.lexsort((*rank(fixes)[::-1], fixes.time, fixes.device))
    batch = fixes.rows(order)
    first = np.append(True, ~same)
    winner = np.maximum.accumulate(np.where(first, np.arange(len(batch)), 0))
    moved = (batch.lon != batch.lon[winner]) | (batch.lat != batch.lat[winner])
    losers = batch.rows(~first & moved)
    return batch.rows(first), losers, int((~first & ~moved).sum())


def rounds(vehicle: NDArray[np.int32]) -> Iterator[Rows]:
    """Every vehicle's first row, then every second, and so on; ``vehicle`` must be grouped."""
    if not len(vehicle):
        return
    first = np.append(True, vehicle[1:] != vehicle[:-1])
    starts = np.flatnonzero(first)
    place = np.arange(len(vehicle)) - starts[np.cumsum(first) - 1]
    for number in range(int(place.max()) + 1):
        yield np.flatnonzero(place == number)


def judge(
    fixes: FixBatch, memory: NDArray[np.void], rules: Rules
) -> tuple[FixBatch, NDArray[np.void], Live]:
    """Raise the contextual flags and move the memory on.

    Args:
        fixes: at most one per device and time.
        memory: ``MEMORY`` rows, one per vehicle of the world; not written to.
        rules: thresholds.

    Returns:
        The fixes sorted by vehicle and time with their flags, the memory after them, and
        where to draw the vehicles whose newest believed fix is in this batch.
    """
    batch = fixes.rows(np.lexsort((fixes.time, fixes.vehicle)))
    bound = batch.vehicle >= 0
    newest = np.where(bound, memory["time"][batch.vehicle], -np.inf)
    batch = batch.flagged(Flag.BACKFILLED, bound & (batch.time < newest))
    silent = np.uint16(Flag.VOID | Flag.OLD | Flag.BACKFILLED)
    eligible = np.flatnonzero(
        bound & ((batch.flags & silent) == 0) & (batch.grade < Grade.X) & (batch.time >= newest)
    )
    memory = memory.copy()
    raised = np.zeros(len(batch), np.uint16)
    drawn: dict[str, Floats] = {"lon": batch.lon.copy(), "lat": batch.lat.copy()}
    doubt = sigma(batch.hdop, rules)
    for turn in rounds(batch.vehicle[eligible]):
        rows = eligible[turn]
        raised[rows] = _step(batch.rows(rows), doubt[rows], memory, rules)
        stands = (raised[rows] & Flag.DRIFT) != 0
        who = memory[batch.vehicle[rows[stands]]]
        drawn["lon"][rows[stands]], drawn["lat"][rows[stands]] = who["stand_lon"], who["stand_lat"]
    batch = replace(batch, flags=batch.flags | raised)
    return batch, memory, _live(batch, eligible[(raised[eligible] & Flag.JUMP) == 0], drawn)


def _live(batch: FixBatch, believed: Rows, drawn: dict[str, Floats]) -> Live:
    """The last believed row of each vehicle; ``batch`` is sorted by vehicle and time."""
    vehicle = batch.vehicle[believed]
    last = believed[np.append(vehicle[1:] != vehicle[:-1], True)] if len(believed) else believed
    return Live(batch.vehicle[last], last, drawn["lon"][last], drawn["lat"][last])


def _step(
    now: FixBatch, doubt: Floats, memory: NDArray[np.void], rules: Rules
) -> NDArray[np.uint16]:
    """Judge one fix of each of several different vehicles and write their memory on.

    ``memory`` is the caller's own copy.  Returns the flags to raise.
    """
    was = memory[now.vehicle]
    jumped = _apart(now, doubt, was, rules)
    strikes = np.where(jumped, _strikes(now, doubt, was, rules), 0)
    moved = strikes >= rules.relocation
    believed = ~jumped | moved
    stands, since = _standing(now, was, believed & ~moved, rules)

    flags = np.where(jumped & ~moved, np.uint16(Flag.JUMP), np.uint16(0))
    flags |= np.where(moved, np.uint16(Flag.RELOCATION), np.uint16(0))
    parked = stands & (now.time - since >= rules.standing)
    drifted = parked & (now.time > since)
    flags |= np.where(drifted & believed, np.uint16(Flag.DRIFT), np.uint16(0))

    after = was.copy()
    after["time"] = np.where(believed, now.time, was["time"])
    anchor = believed & (now.grade <= Grade.B)
    for name, value in (("at", now.time), ("lon", now.lon), ("lat", now.lat), ("sigma", doubt)):
        after[name] = np.where(anchor, value, was[name])
    held = jumped & ~moved
    after["strikes"] = np.where(held, strikes, 0)
    for name, value in (("time", now.time), ("lon", now.lon), ("lat", now.lat)):
        after[f"strike_{name}"] = np.where(held, value, np.nan)
    fresh = believed & _slow(now, rules) & ~stands
    for name, value in (("since", now.time), ("lon", now.lon), ("lat", now.lat)):
        kept = np.where(stands | ~believed, was[f"stand_{name}"], np.nan)
        after[f"stand_{name}"] = np.where(fresh, value, kept)
    # A fix that the memory knows already, delivered again, must not count again.
    known = (now.time <= was["time"]) | (jumped & (now.time <= was["strike_time"]))
    memory[now.vehicle] = np.where(known, was, after)
    return flags


def _apart(now: FixBatch, doubt: Floats, was: NDArray[np.void], rules: Rules) -> NDArray[np.bool_]:
    """Whether no road vehicle gets from the last A/B fix to here in that time.

    The two accuracies are taken off the distance first: noise alone is no speed.
    """
    way = distance(was["lon"], was["lat"], now.lon, now.lat) - was["sigma"] - doubt
    reach = rules.max_speed * np.maximum(now.time - was["at"], 0)
    jumped: NDArray[np.bool_] = ~np.isnan(was["lon"]) & (way > reach)
    return jumped


def _strikes(
    now: FixBatch, doubt: Floats, was: NDArray[np.void], rules: Rules
) -> NDArray[np.int32]:
    """How many jumped fixes in a row agree with each other, this one included."""
    way = distance(was["strike_lon"], was["strike_lat"], now.lon, now.lat) - 2 * doubt
    since = now.time - was["strike_time"]  # NaN: no strike before; then nothing agrees
    agrees = (way <= rules.max_speed * since) & (since > 0)
    return np.where(agrees, was["strikes"] + 1, 1).astype(np.int32)


def _slow(now: FixBatch, rules: Rules) -> NDArray[np.bool_]:
    """Whether the receiver says it stands, or does not say."""
    return ~(now.speed > rules.slow)


def _standing(
    now: FixBatch, was: NDArray[np.void], believed: NDArray[np.bool_], rules: Rules
) -> tuple[NDArray[np.bool_], Floats]:
    """Which vehicles still stand where they stood, and since when (NaN: nowhere)."""
    near = distance(was["stand_lon"], was["stand_lat"], now.lon, now.lat) <= rules.spread
    return believed & _slow(now, rules) & near, was["stand_since"]
