"""What a role means for its fence where nobody said otherwise, and what may be said.

The figures are domain rules: a place's margin grows with it, within what a noisy fix needs and
what a neighbour leaves; two minutes on each side keep drive-bys and gate queues from counting.
"""

from __future__ import annotations

from typing import TypedDict, Unpack

from fleet.fences import (
    MINUTES_PER_DAY,
    Confidence,
    Datum,
    FenceTerms,
    Hours,
    Outline,
    Role,
    StopRule,
)
from geofence.outline import equivalent_radius
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
