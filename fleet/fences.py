"""Fences: what a person draws, and what the engine judges by.

A **fence** belongs to a site and is known by its code.  It never changes: an edit ends one
**version** and begins another, and a fix is judged by the version that was valid at its own
time.  Positions are degrees WGS 84 whatever they were entered in; lengths are metres.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MINUTES_PER_DAY = 24 * 60


class ShapeKind(StrEnum):
    """What the outline is made of."""

    CIRCLE = "circle"  #: a point and a radius
    POLYGON = "polygon"  #: a polygon with holes, or several
    CORRIDOR = "corridor"  #: a line, or several, and how far to each side


class Role(StrEnum):
    """What a fence is for."""

    ORIGIN = "origin"
    HUB = "hub"
    DESTINATION = "destination"
    REST_AREA = "rest_area"
    CUSTOMS = "customs"
    FORBIDDEN = "forbidden"
    OTHER = "other"


class StopRule(StrEnum):
    """What makes a vehicle inside have arrived."""

    PASS = "pass"  # noqa: S105 - a word, no secret  #: a via point: being there is all; the node is "passed"
    STAY = "stay"  #: it stood still, or stayed 300 s
    STAND = (
        "stand"  #: it stood still; for a fence that a public road crosses, where a jam is no visit
    )


class Confidence(StrEnum):
    """How sure the outline is; of the last two, nodes are provisional until a person confirms."""

    SURVEYED = "surveyed"
    DRAWN = "drawn"
    GEOCODED = "geocoded"
    NEEDS_REVIEW = "needs_review"

    @property
    def is_provisional(self) -> bool:
        """Whether nobody has looked at it yet."""
        return self in (Confidence.GEOCODED, Confidence.NEEDS_REVIEW)


class Datum(StrEnum):
    """What the coordinates were entered in; they are stored as WGS 84."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"  #: the datum of public maps in mainland China
    BD09 = "bd09"  #: Baidu's, on top of GCJ-02


@dataclass(frozen=True, slots=True)
class Hours:
    """One weekly stretch in which a fence can be entered, in its site's zone.

    ``closes`` may be up to two days after midnight of the day: 22:00 to 06:00 is 1320 to 1800.
    """

    days: tuple[int, ...]  #: 0 Monday to 6 Sunday: the days on which it opens
    opens: int  #: minutes after midnight, 0 to 1439
    closes: int  #: minutes after the same midnight, exclusive; greater than ``opens``


@dataclass(frozen=True, slots=True)
class Outline:
    """A place on the ground."""

    kind: ShapeKind
    wkb: bytes  #: Point, (Multi)Polygon or (Multi)LineString, degrees WGS 84, longitude first
    radius: float = 0.0  #: m: of a circle, or to each side of a corridor; 0 of a polygon


@dataclass(frozen=True, slots=True)
class FenceTerms:
    """All that one version of a fence says; the defaults by role are ``geofence.shapes.terms``."""

    outline: Outline
    role: Role
    node_level: bool  #: its visits become nodes; a dock inside a yard has visits only
    margin: float  #: m outside the outline within which a vehicle has not left
    dwell_in: float  #: s between the first and last fix inside before it has arrived
    dwell_out: float  #: s between the first and last fix outside before it has departed
    stop_rule: StopRule
    hours: tuple[Hours, ...] = ()  #: when it can be entered; empty: always
    confidence: Confidence = Confidence.DRAWN
    datum: Datum = Datum.WGS84  #: of entry


@dataclass(frozen=True, slots=True)
class FenceVersion:
    """One version of a fence, as the engine judges by it.  Keys are opaque, from the store."""

    fence: int
    version: int  #: from 1
    site: int
    parent: int  #: the fence that this one lies in; 0 none.  Inside it is inside its parent
    zone: str  #: IANA zone of the site, for ``hours``
    valid_from: float
    valid_to: float  #: exclusive; inf while it lasts
    terms: FenceTerms


@dataclass(frozen=True, slots=True)
class Expected:
    """A vehicle is expected at a site: the near-miss catch and unverified visits need to know."""

    vehicle: int  #: row in the world
    site: int  #: key
    valid_from: float
    valid_to: float
