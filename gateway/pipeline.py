"""The fold: everything the gateway concludes from one batch, on one screen.

``read`` turns frames into fixes, ``conclude`` judges a cut of them against the memory.  Both
are pure: the same input gives the same output, so a failed commit is simply done again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fleet.nodes import Visit
from fleet.records import Event, FixBatch, Flag, Frame, Grade, Live
from gateway import ignition, nmea, roads, screen
from gateway.assemble import Assembled, assemble
from gateway.judge import Judged, judge, sigma
from gateway.judge import Rules as JudgeRules
from gateway.memory import Memory
from gateway.world import World
from geofence import nodes, visits
from route import model, progress


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one commit takes, so that no vehicle and no batch holds the others up."""

    fixes: int = 5000  #: per commit; more gains nothing and costs latency
    per_vehicle: int = 32  #: fixes of one vehicle per commit: each is one round of the fold
    checkpoint: float = 900.0  #: s of event time between two checkpoints of a vehicle


@dataclass(frozen=True, slots=True)
class Share:
    """How many trips commits look at besides those of vehicles of which a visit changed.

    The others are looked at with a later fix, or when there is nothing else to do.
    """

    per_second: float = 100.0  #: trips; a twentieth of a core; where there is time, more
    burst: int = 200  #: trips in one commit after a while of fewer; about 80 ms


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of all stages."""

    nmea: nmea.Rules = field(default_factory=nmea.Rules)
    age: screen.AgeRules = field(default_factory=screen.AgeRules)
    screen: JudgeRules = field(default_factory=JudgeRules)
    visits: visits.Rules = field(default_factory=visits.Rules)
    nodes: nodes.Rules = field(default_factory=nodes.Rules)
    progress: progress.Rules = field(default_factory=progress.Rules)
    estimates: model.Rules = field(default_factory=model.Rules)
    limits: Limits = field(default_factory=Limits)
    looks: Share = field(default_factory=Share)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a commit writes about fixes and visits."""

    fixes: FixBatch  #: one per device and time, sorted by vehicle and time, flagged
    losers: FixBatch  #: other positions of the same device and time
    repeats: int  #: fixes that stood twice in the batch
    late: NDArray[np.bool_]  #: fixes that the fold passed over; news among them is a repair
    late_events: tuple[int, ...]  #: events of which the same is true, by index
    touched: NDArray[np.int32]  #: rows of the vehicles whose memory or history changed
    memory: Memory  #: of those vehicles, after the batch
    due: NDArray[np.bool_]  #: which of those are to get a checkpoint
    live: Live
    visits: Mapping[int, tuple[Visit, ...]]  #: by vehicle: all that were open, began or ended


def read(
    frames: Sequence[Frame], world: World, carried: Mapping[str, bytes], rules: Rules
) -> Assembled:
    """Frames to fixes, with those refused that no clock could have written."""
    said = assemble(frames, world, carried, rules.nmea, rules.age)
    fixes, refused = screen.age(said.fixes, frames, rules.age)
    return replace(said, fixes=fixes, rejects=(*said.rejects, *refused))


def cut(fixes: FixBatch, limits: Limits) -> tuple[FixBatch, FixBatch]:
    """What the next commit takes, and what waits, both in the order of arrival."""
    few = len(fixes) <= limits.per_vehicle
    if len(fixes) <= limits.fixes and (
        few or np.bincount(fixes.device).max() <= limits.per_vehicle
    ):
        return fixes, FixBatch.empty()
    order = np.argsort(fixes.device, kind="stable")
    device = fixes.device[order]
    starts = np.flatnonzero(np.append(True, device[1:] != device[:-1]))
    place = np.empty(len(fixes), np.intp)
    place[order] = np.arange(len(fixes)) - np.repeat(starts, np.diff(np.append(starts, len(fixes))))
    now = place < limits.per_vehicle
    now &= np.cumsum(now) <= limits.fixes
    return fixes.rows(now), fixes.rows(~now)


def conclude(
    fixes: FixBatch, events: Sequence[Event], memory: Memory, world: World, rules: Rules
) -> Outcome:
    """Judge one cut of fixes against what is remembered of every vehicle of the world."""
    single, losers, repeats = screen.once(fixes)
    said, late = ignition.take(events, memory.screen, world, rules.age)
    outcome = _fold(single, said, memory, world, rules)
    return replace(outcome, losers=losers, repeats=repeats, late_events=late)


def conclude_again(
    history: FixBatch, said: ignition.Said, memory: Memory, world: World, rules: Rules
) -> Outcome:
    """Judge stored fixes, in the order of their time, over the memory of a checkpoint."""
    kept = ~int(Flag.CONTEXTUAL | Flag.BACKFILLED) & 0xFFFF
    unjudged = replace(history, flags=history.flags & np.uint16(kept))
    outcome = _fold(unjudged, said, memory, world, rules)
    told = history.flags & np.uint16(Flag.BACKFILLED)  # a fact of the delivery
    return replace(outcome, fixes=replace(outcome.fixes, flags=outcome.fixes.flags | told))


def _fold(
    fixes: FixBatch, said: ignition.Said, memory: Memory, world: World, rules: Rules
) -> Outcome:
    judged = judge(fixes, memory.screen, rules.screen, also=said.vehicle)
    stood = ignition.stand(judged, said, memory.screen, rules.screen)
    followed = visits.follow(
        _track(judged, stood, world, rules),
        world.fences,
        visits.Memory(memory.places, memory.machines),
        rules.visits,
        world.expected,
    )
    driven = _driven(judged, memory, world, rules)
    after = _after(judged, said, followed, driven, memory)
    due = _due(memory.screen.take(judged.touched), after.screen, rules.limits.checkpoint)
    return Outcome(
        fixes=judged.fixes,
        losers=FixBatch.empty(),
        repeats=0,
        late=judged.late,
        late_events=(),
        touched=judged.touched,
        memory=after,
        due=due,
        live=judged.live,
        visits=followed.visits,
    )


def _track(judged: Judged, stood: NDArray[np.float64], world: World, rules: Rules) -> visits.Track:
    """What fences are judged by: the fixes that the vehicles really were at."""
    fixes, rows = judged.fixes, judged.believed
    return visits.Track(
        fixes.vehicle[rows],
        world.rows.device_key[fixes.device[rows]],
        fixes.time[rows],
        fixes.lon[rows],
        fixes.lat[rows],
        sigma(fixes.hdop[rows], rules.screen),
        fixes.grade[rows] <= Grade.B,
        stood[rows],
    )


def _driven(judged: Judged, memory: Memory, world: World, rules: Rules) -> roads.Followed | None:
    """How far vehicles on trips have come; None where there are no trips."""
    if not world.runs:
        return None
    fixes, rows = judged.fixes, judged.believed
    nothing = np.zeros(len(rows), np.int32)
    track = progress.Roads(
        fixes.vehicle[rows],
        fixes.time[rows],
        fixes.lon[rows],
        fixes.lat[rows],
        sigma(fixes.hdop[rows], rules.screen),
        fixes.speed[rows],
        fixes.course[rows],
        nothing,
        nothing,
    )
    return roads.follow(track, world.runs, memory.roads, rules.progress)


def _after(
    judged: Judged,
    said: ignition.Said,
    followed: visits.Followed,
    driven: roads.Followed | None,
    before: Memory,
) -> Memory:
    """The memory of the touched vehicles after the batch."""
    touched = judged.touched
    ways = before.roads.take(touched)
    if driven is not None and len(driven.touched):
        ways.put(np.searchsorted(touched, driven.touched), driven.memory)
    at = np.searchsorted(touched, followed.touched)
    places = before.places.take(touched)  # ten times faster than ``[]``, record by record
    places.put(at, followed.places)
    known, stirred, machines = before.machines, followed.machines, {}
    for place, vehicle in enumerate(touched.tolist()):
        if vehicle in stirred or vehicle in known:  # most have none
            running = stirred[vehicle] if vehicle in stirred else known[vehicle]
            if running:
                machines[place] = running
    return Memory(ignition.remember(judged, said), ways, places, machines)


def _due(before: NDArray[np.void], after: NDArray[np.void], every: float) -> NDArray[np.bool_]:
    """Which vehicles passed a full ``every`` seconds of their own time.

    Not one whose ignition was heard of after its last fix: a fix of the same instant may
    still come in order, and a fold from that checkpoint would miss it.
    """
    was, now = before["seen"], after["seen"]
    passed = np.isfinite(now) & (np.floor(was / every) < np.floor(now / every))
    due: NDArray[np.bool_] = passed & (after["ignition_time"] <= now)
    return due
