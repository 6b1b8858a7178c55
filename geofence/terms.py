"""What a role means for its fence where nobody said otherwise, and what may be said.

The figures are domain rules: a place's margin grows with it, within what a noisy fix needs and
what a neighbour leaves; two minutes on each side keep drive-bys and gate queues from counting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict, Unpack

import shapely

from fleet.fences import (
    MINUTES_PER_DAY,
    Confidence,
    Datum,
    FenceTerms,
    FenceVersion,
    Hours,
    Outline,
    Role,
    StopRule,
)
from geofence.outline import box, decode, equivalent_radius, frame_of, ground
from geofence.rings import Fault

MARGIN_SHARE = 0.2  #: of the equivalent radius
LEAST_MARGIN = 30.0  #: m; twice the accuracy of a fair fix, so that noise at the border is no leave
LARGEST_DEFAULT_MARGIN = 150.0  #: m; beyond, a vehicle on the next street would not have left
DWELL = 120.0  #: s; a red light or a queue at the gate is shorter
LARGEST_MARGIN = 5_000.0  #: m
LARGEST_DWELL = 86_400.0  #: s; a day
#: Days a stretch of hours may reach: from its opening day to the end of the next.
LONGEST_HOURS = 2 * MINUTES_PER_DAY
MOST_HOURS = 21  #: stretches; three a day
#: Share of the smaller fence that must be common.  Neighbours drawn by hand along one street
#: always overlap by a sliver, which no fix can tell.
OVERLAP_SHARE = 0.01

#: m; circles drawn without a radius.  A hub is a yard with its queue, a destination a gate.
_RADII = {Role.HUB: 300.0, Role.DESTINATION: 100.0}
_USUAL_RADIUS = 150.0
#: Roles whose visits are no nodes unless asked for: a rest is none of the customer's business,
#: and an alert, not a record, is what a forbidden area is for.
_VISITS_ONLY = (Role.REST_AREA, Role.FORBIDDEN)
#: To be in a forbidden area is enough.  A motorway runs past, and often through, a service area
#: and a customs yard, and a jam there is no visit.
_STOP_RULES = {
    Role.FORBIDDEN: StopRule.PASS,
    Role.REST_AREA: StopRule.STAND,
    Role.CUSTOMS: StopRule.STAND,
}


class Given(TypedDict, total=False):
    """What was said about a fence; the rest follows from its role and outline."""

    node_level: bool
    margin: float
    dwell_in: float
    dwell_out: float
    stop_rule: StopRule
    hours: tuple[Hours, ...]
    confidence: Confidence
    datum: Datum


def default_radius(role: Role) -> float:
    """Metres of a circle drawn without a radius."""
    return _RADII.get(role, _USUAL_RADIUS)


def terms(outline: Outline, role: Role, **given: Unpack[Given]) -> FenceTerms:
    """All terms of a fence: what is given, and defaults for the rest.

    Via points (``StopRule.PASS``) need no dwell, whatever their role.
    """
    stop_rule = given.get("stop_rule", _STOP_RULES.get(role, StopRule.STAY))
    dwell = 0.0 if stop_rule is StopRule.PASS else DWELL
    usual = MARGIN_SHARE * equivalent_radius(outline) if "margin" not in given else 0.0
    return FenceTerms(
        outline=outline,
        role=role,
        node_level=given.get("node_level", role not in _VISITS_ONLY),
        margin=given.get("margin", min(max(usual, LEAST_MARGIN), LARGEST_DEFAULT_MARGIN)),
        dwell_in=given.get("dwell_in", dwell),
        dwell_out=given.get("dwell_out", dwell),
        stop_rule=stop_rule,
        hours=given.get("hours", ()),
        confidence=given.get("confidence", Confidence.DRAWN),
        datum=given.get("datum", Datum.WGS84),
    )


def check(given: Given) -> Fault | None:
    """Why what is given cannot be used; nothing if it can."""
    limits = {"margin": LARGEST_MARGIN, "dwell_in": LARGEST_DWELL, "dwell_out": LARGEST_DWELL}
    for name, largest in limits.items():
        number = given.get(name)
        if number is not None and not (isinstance(number, float) and 0 <= number <= largest):
            return Fault(name, f"{number} is not within 0 to {largest:g}")
    hours = given.get("hours", ())
    if len(hours) > MOST_HOURS:
        return Fault("hours", f"{len(hours)} stretches are more than {MOST_HOURS}")
    for number, stretch in enumerate(hours):
        why = _why_not(stretch)
        if why:
            return Fault(f"hours {number}", why)
    return None


def _why_not(stretch: Hours) -> str:
    """Why a stretch of hours cannot be used; empty if it can."""
    if not stretch.days or len(set(stretch.days)) != len(stretch.days):
        return "each day once, and at least one"
    if not set(stretch.days) <= set(range(7)):
        return "days are 0 (Monday) to 6 (Sunday)"
    if not 0 <= stretch.opens < MINUTES_PER_DAY:
        return f"it opens within the day: 0 to {MINUTES_PER_DAY - 1} minutes after midnight"
    if not stretch.opens < stretch.closes <= LONGEST_HOURS:
        return f"it closes after it opens, at most {LONGEST_HOURS} minutes after that midnight"
    return ""


def overlaps(new: FenceVersion, others: Sequence[FenceVersion]) -> list[int]:
    """Keys of fences of the same role with which ``new`` shares ground at some time, ascending.

    Not those that lie in it or it in them by being parent and child, at any depth that ``others``
    show.  Two overlapping hubs would both claim one standstill.
    """
    parents = {other.fence: other.parent for other in others} | {new.fence: new.parent}
    frame = frame_of(decode(new.terms.outline))
    mine = ground(new.terms.outline, frame)
    near = box(new.terms.outline)
    found = set()
    for other in others:
        if not _concerns(new, other, parents) or not meet(near, box(other.terms.outline)):
            continue
        theirs = ground(other.terms.outline, frame)
        shared = shapely.area(shapely.intersection(mine, theirs))
        if shared > OVERLAP_SHARE * min(shapely.area(mine), shapely.area(theirs)):
            found.add(other.fence)
    return sorted(found)


def _concerns(new: FenceVersion, other: FenceVersion, parents: Mapping[int, int]) -> bool:
    """Whether the two may claim the same stop: one role, one time, and not one in the other."""
    return (
        other.fence != new.fence
        and other.terms.role is new.terms.role
        and max(new.valid_from, other.valid_from) < min(new.valid_to, other.valid_to)
        and not _lies_in(new.fence, other.fence, parents)
        and not _lies_in(other.fence, new.fence, parents)
    )


def _lies_in(inner: int, outer: int, parents: Mapping[int, int]) -> bool:
    """Whether ``outer`` is a parent of ``inner``, or a parent's parent; ends on a loop."""
    seen = {inner}
    parent = parents.get(inner, 0)
    while parent and parent not in seen:
        if parent == outer:
            return True
        seen.add(parent)
        parent = parents.get(parent, 0)
    return False


def meet(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    """Whether two boxes share a position; west > east goes over the antimeridian."""
    if one[1] > other[3] or other[1] > one[3]:
        return False
    return (other[0] - one[0]) % 360.0 <= (one[2] - one[0]) % 360.0 or (
        one[0] - other[0]
    ) % 360.0 <= (other[2] - other[0]) % 360.0
