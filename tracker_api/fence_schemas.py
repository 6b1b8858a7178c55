"""What requests and answers about fences look like."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from fleet.fences import MINUTES_PER_DAY, Confidence, Datum, Hours, Role, ShapeKind, StopRule
from geofence.terms import LARGEST_DWELL, LARGEST_MARGIN, LONGEST_HOURS, MOST_HOURS
from tracker_api.node_schemas import Author, Reason
from tracker_api.schemas import CODE, In, Instant, Name

FenceCode = Annotated[str, Field(pattern=CODE, examples=["SHA-1"])]

GEOMETRY = """GeoJSON, RFC 7946: a Point (a circle of `radius_m`), a Polygon or MultiPolygon, a
LineString or MultiLineString (a corridor of `radius_m` to each side). Edges are straight in
longitude and latitude; a ring that jumps by more than 180 degrees crosses the antimeridian."""

Geometry = Annotated[
    dict[str, Any],
    Field(
        description=GEOMETRY.replace("\n", " "),
        examples=[{"type": "Point", "coordinates": [121.4737, 31.2304]}],
    ),
]
Dwell = Annotated[float | None, Field(ge=0, le=LARGEST_DWELL, examples=[120])]


class HoursBody(In):
    """A weekly stretch in which a fence can be entered, in its site's time zone."""

    days: list[Annotated[int, Field(ge=0, le=6)]] = Field(
        min_length=1, max_length=7, description="0 Monday to 6 Sunday: the days it opens."
    )
    opens: int = Field(ge=0, lt=MINUTES_PER_DAY, description="Minutes after midnight.")
    closes: int = Field(
        gt=0, le=LONGEST_HOURS, description="Minutes after the same midnight; later than `opens`."
    )

    def record(self) -> Hours:
        """The record the engine takes."""
        return Hours(tuple(self.days), self.opens, self.closes)


class _Said(In):
    """What is said about a fence; what is left out follows from its role and outline."""

    site: FenceCode | None = Field(
        default=None,
        description="Code of an existing site. Left out: a new fence gets a site of its own, "
        "an edited one stays at its.",
    )
    name_zh: Name | None = Field(default=None, description="Of the site that a new fence gets.")
    name_en: Name | None = Field(default=None, description="Of the site that a new fence gets.")
    parent: FenceCode | None = Field(
        default=None, description="Code of the fence that this one lies in."
    )
    geometry: Geometry
    radius_m: float | None = Field(
        default=None, description="Of a circle (default by role), or to each side of a line."
    )
    datum: Datum = Field(
        default=Datum.WGS84, description="What the positions are given in; they are stored WGS 84."
    )
    role: Role
    node_level: bool | None = Field(
        default=None, description="Whether visits become nodes. Default: by role."
    )
    margin_m: float | None = Field(
        default=None,
        ge=0,
        le=LARGEST_MARGIN,
        description="So far outside nobody has left. Default: by size, 30 to 150 m.",
    )
    dwell_in_s: Dwell = Field(default=None, description="Inside, before it has arrived.")
    dwell_out_s: Dwell = Field(default=None, description="Outside, before it has departed.")
    stop_rule: StopRule | None = Field(default=None, description="Default: by role.")
    hours: list[HoursBody] = Field(
        default_factory=list, max_length=MOST_HOURS, description="Empty: always."
    )
    confidence: Confidence = Confidence.DRAWN
    valid_from: datetime | None = Field(
        default=None, description="Since when it is so; it may lie in the past. Default: now."
    )
    author: Author
    reason: Reason


class FenceIn(_Said):
    """A fence to make."""

    code: FenceCode


class FenceEditIn(_Said):
    """The next version of a fence, whole: what is left out is not kept but takes its default."""

    code: FenceCode | None = Field(default=None, description="As in the path.")
    version: int = Field(ge=1, le=2**31 - 1, description="The version that it takes the place of.")


class ConfirmIn(In):
    """Somebody has looked at the outline."""

    confidence: Literal[Confidence.DRAWN, Confidence.SURVEYED] = Confidence.DRAWN
    author: Author


class SiteName(BaseModel):
    """The site that a fence belongs to."""

    code: str
    name_zh: str
    name_en: str
    zone: str


class HoursOut(BaseModel):
    """A weekly stretch in which a fence can be entered."""

    days: list[int]
    opens: int
    closes: int


class FenceProperties(BaseModel):
    """One version of a fence."""

    code: str
    site: SiteName
    parent: str | None
    version: int
    shape: ShapeKind
    radius_m: float | None = Field(description="null of a polygon.")
    role: Role
    node_level: bool
    margin_m: float
    dwell_in_s: float
    dwell_out_s: float
    stop_rule: StopRule
    hours: list[HoursOut]
    confidence: Confidence
    datum: Datum = Field(description="What it was entered in; the geometry is WGS 84.")
    valid_from: Instant
    valid_to: Instant | None = Field(description="null while it lasts.")
    author: str
    reason: str
    recorded_at: Instant


class FenceFeature(BaseModel):
    """A fence as a GeoJSON feature."""

    type: Literal["Feature"]
    id: str = Field(description="The code.")
    geometry: dict[str, Any] = Field(description="GeoJSON, WGS 84.")
    properties: FenceProperties


class FenceCollection(BaseModel):
    """GeoJSON, RFC 7946."""

    type: Literal["FeatureCollection"]
    complete: bool = Field(description="False: the limit cut off the rest.")
    features: list[FenceFeature]


class FenceVersions(BaseModel):
    """All versions of a fence."""

    versions: list[FenceFeature] = Field(
        description="Newest first. One that ends when it begins was never in force, or is the end."
    )


class FenceWarning(BaseModel):
    """What is unwise about a fence, and saved all the same."""

    kind: Literal["overlap"] = Field(description="It shares ground with one of the same role.")
    fence: str = Field(description="The other one's code.")


class FenceSaved(BaseModel):
    """A fence as it is now."""

    fence: FenceFeature
    warnings: list[FenceWarning]


class ImportRowOut(BaseModel):
    """A fence of the file that was, or would be, saved."""

    line: int = Field(description="Of the file; of GeoJSON the number of the feature, from 1.")
    code: str
    outcome: Literal["added", "changed", "unchanged"]
    warnings: list[FenceWarning]


class ImportFaultOut(BaseModel):
    """A fence of the file that cannot be saved."""

    line: int = Field(description="As in `rows`.")
    code: str = Field(description="As far as it can be read.")
    field: str = Field(examples=["ring 1 (hole), vertex 7"])
    why: str


class ImportOut(BaseModel):
    """What became of each line."""

    saved: bool = Field(description="False: a dry run.")
    added: int
    changed: int
    unchanged: int
    rows: list[ImportRowOut]
    faults: list[ImportFaultOut]
    ignored: list[str] = Field(description="Properties of the file that nobody reads.")
    encoding: str = Field(description="What the text was read as.", examples=["utf-8"])


class ExportProperties(BaseModel):
    """A fence as a file has it; an import reads it."""

    code: str
    site: str | None = Field(description="null: a site of its own, of the same code.")
    name_zh: str
    name_en: str
    parent: str | None
    shape: ShapeKind
    radius_m: float | None
    role: Role
    node_level: bool
    margin_m: float
    dwell_in_s: float
    dwell_out_s: float
    stop_rule: StopRule
    hours: list[HoursOut]
    confidence: Confidence
    entered_in: Datum = Field(description="The datum of entry; the geometry is WGS 84.")


class ExportFeature(BaseModel):
    """A fence as a GeoJSON feature."""

    type: Literal["Feature"]
    id: str
    geometry: dict[str, Any]
    properties: ExportProperties


class ExportOut(BaseModel):
    """GeoJSON, RFC 7946, as a file."""

    type: Literal["FeatureCollection"]
    datum: Literal["wgs84"]
    features: list[ExportFeature]
