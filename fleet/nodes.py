"""Visits and nodes: what the engine concludes about a vehicle and a fence.

A **visit** is one stay of a vehicle at a fence, as the fixes show it; it is derived and may
change as fixes come in.  A **node** is the record that people live by; it is kept as versions
that are only ever added.  Times are seconds since 1970 rounded to milliseconds, NaN unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import inf, nan


class Basis(StrEnum):
    """How the time of an arrival or departure is known."""

    OBSERVED = "observed"  #: two fixes at most a second apart saw it
    INTERPOLATED = "interpolated"  #: on the segment between two fixes near in time
    GAP_BOUNDED = "gap_bounded"  #: no fixes for long, or none before: only the bounds are known
    NEAR_FENCE = "near_fence"  #: it stood beside the outline of a place where it was expected
    MANUAL = "manual"  #: a person said so
    SCAN = "scan"  #: goods were scanned there


class VisitState(StrEnum):
    """Where a visit stands.  ``entering`` and ``leaving`` are shown at once and prove nothing."""

    ENTERING = "entering"  #: inside, too short to have arrived
    ARRIVED = "arrived"
    LEAVING = "leaving"  #: outside, too short to have departed
    DEPARTED = "departed"
    PASSED = "passed"  #: went through without a stop; no node, unless that is the fence's rule
    CLOSED = "closed"  #: the fence was edited or ended round the vehicle; nobody saw it depart
    UNVERIFIED = "unverified"  #: expected there, and no fixes while it could have been there


class NodeKind(StrEnum):
    """What happened."""

    ARRIVED = "arrived"
    DEPARTED = "departed"
    PASSED = "passed"


class Source(StrEnum):
    """Who says so; a person outranks the machine."""

    GPS = "gps"
    PERSON = "person"


class Cause(StrEnum):
    """Why there is a new version of a node."""

    FIRST = "first"  #: the node is new
    UPDATED = "updated"  #: moved by at most 60 s, or bounds or evidence changed: no news
    CORRECTED = "corrected"  #: its time moved by more than 60 s
    RETRACTED = "retracted"  #: it did not occur
    MERGED = "merged"  #: the vehicle came back at once: it had not departed (a retraction)
    CONFIRMED = "confirmed"  #: a person confirmed the fence: no longer provisional
    EDITED = "edited"  #: a person's word
    CONFLICT = "conflict"  #: the fixes now say otherwise than the person, or no longer do


#: A fix, by the device's opaque key and its time: unique, and the same under any order.
Evidence = tuple[int, float]


@dataclass(frozen=True, slots=True)
class Crossing:
    """One end of a visit."""

    time: float
    earliest: float  #: NaN: nothing is known before
    latest: float
    basis: Basis
    evidence: tuple[
        Evidence, ...
    ]  #: ascending by time: the fixes on both sides and those that confirm


@dataclass(frozen=True, slots=True)
class Visit:
    """One stay of one vehicle at one fence."""

    fence: int  #: key
    version: int  #: of the fence, at the entry
    state: VisitState
    entry: Crossing
    exit: Crossing | None = None  #: of ``departed`` and ``passed``; ``leaving``: what it would be
    left_version: int = 0  #: of the fence, at the exit; 0 none
    stopped: float = nan  #: since when it stood inside, first time
    arrived: float = nan  #: time of the fix that confirmed the arrival
    departed: float = nan  #: time of the fix that confirmed the departure
    flaps: int = 0  #: short leaves that were none
    yielded_to: int = 0  #: key of the fence that the same standstill was allotted to; 0 none
    settled: float = inf  #: time of the fix after which this cannot change; inf while it can


@dataclass(frozen=True, slots=True)
class KeptVisit:
    """A visit as the store has it, or shall have it."""

    id: str  #: UUID
    vehicle: int  #: row in the world
    visit: Visit


@dataclass(frozen=True, slots=True)
class Node:
    """What one version of a node says."""

    vehicle: int  #: row in the world
    site: int  #: key
    fence: int  #: key; 0: a person's, of a site without a fence
    fence_version: int  #: 0 without a fence
    visit: str  #: id of the visit it follows from; "": a person's alone
    kind: NodeKind
    valid: bool  #: False: it did not occur
    actual: float
    earliest: float
    latest: float
    stopped: float
    confirmed: float
    basis: Basis
    source: Source
    evidence: tuple[Evidence, ...]
    cause: Cause
    was: float = nan  #: the actual time of the version before, where this one moves it
    machine: float = nan  #: what the fixes say, where a person said otherwise
    conflict: bool = False
    provisional: bool = False
    near_fence: bool = False  #: it stood beside the outline: the fence wants a review
    backfilled: bool = False  #: found in fixes older than the newest: no live alert
    planned: float = nan
    estimated: float = nan
    author: str = ""
    reason: str = ""
    note: str = ""
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptNode:
    """One version of a node."""

    id: str  #: UUID
    version: int
    node: Node


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be written about visits and nodes."""

    visits: tuple[KeptVisit, ...] = ()  #: new, or changed
    gone: tuple[str, ...] = ()  #: ids of visits that were none
    nodes: tuple[KeptNode, ...] = ()  #: new versions, in the order in which readers get them
