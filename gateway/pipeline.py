"""The fold: everything the gateway concludes from one batch, on one screen.

``read`` turns frames into fixes, ``conclude`` judges a cut of them against the memory.  Both
are pure: the same input gives the same output, so a failed commit is simply done again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fleet.records import FixBatch, Frame, Live
from gateway import nmea, screen
from gateway.assemble import Assembled, assemble
from gateway.judge import Rules as JudgeRules
from gateway.judge import judge
from gateway.world import World


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one commit takes, so that no vehicle and no batch holds the others up."""

    fixes: int = 5000  #: per commit; more gains nothing and costs latency
    per_vehicle: int = 32  #: fixes of one vehicle per commit: each is one round of the fold
    checkpoint: float = 900.0  #: s of event time between two checkpoints of a vehicle


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of all stages."""

    nmea: nmea.Rules = field(default_factory=nmea.Rules)
    age: screen.AgeRules = field(default_factory=screen.AgeRules)
    screen: JudgeRules = field(default_factory=JudgeRules)
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a commit writes about fixes."""

    fixes: FixBatch  #: one per device and time, sorted by vehicle and time, flagged
    losers: FixBatch  #: other positions of the same device and time
    repeats: int  #: fixes that stood twice in the batch
    touched: NDArray[np.int32]  #: rows of the vehicles whose memory or history changed
    memory: NDArray[np.void]  #: of those vehicles, after the batch
    due: NDArray[np.bool_]  #: which of those are to get a checkpoint
    live: Live


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


def conclude(fixes: FixBatch, memory: NDArray[np.void], rules: Rules) -> Outcome:
    """Judge one cut of fixes against what is remembered of every vehicle of the world."""
    single, losers, repeats = screen.once(fixes)
    judged = judge(single, memory, rules.screen)
    before, after = memory["time"][judged.touched], judged.memory["time"]
    due = _crossed(before, after, rules.limits.checkpoint)
    return Outcome(judged.fixes, losers, repeats, judged.touched, judged.memory, due, judged.live)


def _crossed(
    before: NDArray[np.float64], after: NDArray[np.float64], every: float
) -> NDArray[np.bool_]:
    """Which vehicles passed a full ``every`` seconds of their own time."""
    return np.isfinite(after) & (np.floor(before / every) < np.floor(after / every))
