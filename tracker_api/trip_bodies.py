"""What requests about routes and trips look like."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from fleet.trips import DelayCause
from tracker_api.node_schemas import Author, Note, Reason, SiteCode
from tracker_api.schemas import CODE, PRINTABLE, In, Name, Plate

RouteCode = Annotated[str, Field(pattern=CODE, examples=["SHA-WUH"])]
TripCode = Annotated[str, Field(pattern=CODE, examples=["T-20260504-01"])]
Driver = Annotated[str, Field(min_length=1, max_length=100, pattern=PRINTABLE, examples=["王伟"])]
StopKey = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,8}$", examples=["4711"])]

MOST_STOPS = 500  #: of one plan; a bus line has a hundred
WEEK = 7 * 86_400  #: s
LONGEST_OFFSET = 31 * 86_400  #: s after the departure; a voyage overland takes less
EARLY, LATE = 1800.0, 900.0  #: s of tolerance unless said: domain rule of the window

#: m to each side; wide enough for a motorway, its service areas and a village
CORRIDOR = 500.0
#: m; the narrowest is wider than a receiver errs, the widest that of a straight line overland
NARROWEST, WIDEST = 20.0, 1_000_000.0

Span = Annotated[float, Field(ge=0, le=WEEK)]
Offset = Annotated[float, Field(ge=0, le=LONGEST_OFFSET)]
Corridor = Annotated[
    float,
    Field(
        ge=NARROWEST,
        le=WIDEST,
        description="To each side of the line: within it a vehicle follows it. Default: 500; "
        "where the line is straight, as far as a road may stray from it.",
        examples=[500],
    ),
]
LineForm = Literal[
    "geojson", "gpx", "polyline", "polyline6", "straight", "osrm", "valhalla", "history"
]


class PassIn(In):
    """A time in which a vehicle went the whole way."""

    vehicle: Plate
    start: datetime = Field(alias="from")
    end: datetime = Field(alias="to")


class LineIn(In):
    """Where the planned line comes from."""

    format: LineForm = Field(
        description="straight: from stop to stop; osrm, valhalla: by road, from the routing "
        "engine that is configured, and straight with a notice where it does not answer; "
        "history: the middle of earlier passes."
    )
    data: dict[str, Any] | str | None = Field(
        default=None,
        description="geojson: a LineString, MultiLineString or Feature; gpx: the file's text; "
        "polyline, polyline6: the encoded line of precision 5 or 6. Else nothing.",
        examples=[{"type": "LineString", "coordinates": [[121.47, 31.23], [120.62, 31.32]]}],
    )
    history: list[PassIn] = Field(
        default_factory=list, max_length=50, description="Earlier passes; only of `history`."
    )


class _Terms(In):
    """What both a stop of a route and one of a plan may say."""

    site: SiteCode
    service_s: Span = Field(default=0.0, description="Planned work there.")
    early_s: Span = Field(default=EARLY, description="Tolerance before its window opens.")
    late_s: Span = Field(default=LATE, description="Tolerance after its window closes.")
    via: bool = Field(default=False, description="Passed through, not stopped at.")


class RouteStopIn(_Terms):
    """A stop of a route; its times count from the departure from the first stop."""

    arrive_s: Offset | None = None
    depart_s: Offset | None = None


class StopIn(_Terms):
    """A planned stop of a trip."""

    stop: StopKey | None = Field(
        default=None,
        description="Of a replan: the `stop` of an earlier revision that this one is; left out: "
        "one that was not planned before.",
    )
    arrive_at: datetime | None = None
    depart_at: datetime | None = None
    opens_at: datetime | None = Field(
        default=None, description="The window. Where none is said, both ends are `arrive_at`."
    )
    closes_at: datetime | None = None


Stops = Annotated[list[StopIn], Field(min_length=2, max_length=MOST_STOPS)]


class RouteIn(In):
    """A way that trips are planned on; whole: what is left out takes its default."""

    name_zh: Name = Field(examples=["上海-武汉"])
    name_en: Name = Field(examples=["Shanghai to Wuhan"])
    strict: bool = Field(default=False, description="Stops are to be visited in order.")
    corridor_m: Corridor | None = None
    stops: list[RouteStopIn] = Field(min_length=2, max_length=MOST_STOPS)
    line: LineIn
    author: Author


class TripSaid(In):
    """A trip as a person or a file plans it; without stops and route it is a draft."""

    code: TripCode | None = Field(default=None, description="Default: a number is drawn.")
    route: RouteCode | None = Field(
        default=None, description="Its line is taken unless `line` says another."
    )
    starts_at: datetime | None = Field(
        default=None,
        description="Of the first departure: the other times follow from the route. "
        "Not where `stops` are given.",
    )
    strict: bool | None = Field(default=None, description="Default: as the route, else false.")
    corridor_m: Corridor | None = None
    line: LineIn | None = Field(default=None, description="Default: of the route, else straight.")
    stops: Stops | None = None
    vehicle: Plate | None = None
    driver: Driver | None = None


class TripIn(TripSaid):
    """A trip to make."""

    author: Author
    reason: Reason = "planned"


class PlanIn(In):
    """The next revision of a plan, whole; the earlier ones stay as they are."""

    stops: Stops
    line: LineIn | None = Field(default=None, description="Default: the line that it has.")
    corridor_m: Corridor | None = Field(default=None, description="Default: that of the line.")
    strict: bool | None = Field(default=None, description="Default: as it is.")
    at: datetime | None = Field(
        default=None, description="Since when fixes are judged by it. Default: now."
    )
    author: Author
    reason: Reason


class AssignmentIn(In):
    """Which vehicle and driver serve the trip from `at` on; the one before ends there."""

    vehicle: Plate | None = Field(description="null: none any more.")
    driver: Driver | None = None
    at: datetime | None = Field(default=None, description="It may lie in the past. Default: now.")
    author: Author
    reason: Reason


class StepIn(In):
    """A step of the trip's life that a person takes."""

    event: Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,31}$", examples=["cancel"])] = Field(
        description="One of the trip's `legal` ones."
    )
    at: datetime | None = Field(default=None, description="When; not in the future. Default: now.")
    author: Author
    reason: Reason


class StopWordIn(In):
    """What a person says became of a stop; it outranks the visits."""

    status: Literal["planned", "arrived", "departed", "missed", "skipped"] = Field(
        description="`planned` takes back what was said before."
    )
    arrived_at: datetime | None = Field(default=None, description="When; not in the future.")
    departed_at: datetime | None = Field(default=None, description="When; not in the future.")
    author: Author
    reason: Reason


class CauseIn(In):
    """Why the trip is late, in a person's word, which outranks what the positions say."""

    cause: DelayCause
    note: Note = ""
    author: Author
