"""What requests and answers look like; names carry units, because JSON has no docstrings."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

from fleet.fences import Datum
from fleet.views import Command, DeadLetter, Device, Party, Site, UnknownDevice
from fleet.wire import CommandKind
from tracker_api.plain import iso

Instant = Annotated[datetime, PlainSerializer(iso, return_type=str, when_used="json")]

#: Text that PostgreSQL, a log line and a page can hold: no control characters.
PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
#: Text for a driver's screen: also none that turns the direction of what follows it.
SHOWABLE = r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+$"
#: A plate stands in a path, so it has none of its separators and does not begin with a dot.
PLATE = r"^[^\x00-\x20\x7f/\\?#%.;][^\x00-\x1f\x7f/\\?#%;]*$"
DEVICE = r"^[A-Za-z0-9_-]{1,64}$"
CODE = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$"

Plate = Annotated[str, Field(min_length=1, max_length=32, pattern=PLATE, examples=["沪A12345"])]
PartyCode = Annotated[str, Field(pattern=CODE, examples=["acme"])]
DeviceCode = Annotated[str, Field(pattern=DEVICE, examples=["860000000000001"])]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=PRINTABLE)]


class In(BaseModel):
    """What a client sends: exactly these fields, of exactly these types."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class PositionOut(BaseModel):
    """One fix."""

    time: Instant = Field(description="By the device's clock.", examples=["2026-05-04T03:02:01Z"])
    received_at: Instant = Field(examples=["2026-05-04T03:02:02.120Z"])
    lon: float = Field(description="Degrees, WGS 84.", examples=[121.4737])
    lat: float = Field(description="Degrees, WGS 84.", examples=[31.2304])
    altitude_m: float | None = Field(description="Above mean sea level.", examples=[12.5])
    speed_kmh: float | None = Field(examples=[83.2])
    course_deg: float | None = Field(description="Clockwise from true north.", examples=[271.5])
    hdop: float | None = Field(examples=[0.9])
    satellites: int | None = Field(examples=[11])
    grade: str = Field(description="A, B, C or X: how good the fix is.", examples=["A"])
    flags: list[str] = Field(description="What is known against the fix.", examples=[[]])


class VehicleOut(BaseModel):
    """A vehicle with its newest believed fix."""

    plate: str = Field(examples=["沪A12345"])
    party: str | None = Field(description="Code of the company it belongs to.", examples=["acme"])
    device: str | None = Field(description="The primary device in it now.")
    online: bool | None = Field(description="What the device last said; null: nothing yet.")
    link_reason: str | None = Field(description="Why, in the device's words.")
    link_time: Instant | None = Field(description="Since when it is so.")
    position: PositionOut | None


class VehicleIn(In):
    """A vehicle to register."""

    plate: Plate
    party: PartyCode | None = None


class PointGeometry(BaseModel):
    """A GeoJSON point."""

    type: Literal["Point"] = "Point"
    coordinates: list[float] = Field(min_length=2, max_length=3, examples=[[121.4737, 31.2304]])


class PositionFeature(BaseModel):
    """A vehicle at its newest believed position."""

    type: Literal["Feature"] = "Feature"
    id: str = Field(description="The plate.")
    geometry: PointGeometry
    properties: VehicleOut


class PositionCollection(BaseModel):
    """GeoJSON, RFC 7946."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[PositionFeature]


class PartyIn(In):
    """A company to register."""

    code: PartyCode
    name_zh: Name = Field(examples=["远山物流"])
    name_en: Name = Field(examples=["Far Hills Logistics"])

    def record(self) -> Party:
        """The record the store takes."""
        return Party(self.code, self.name_zh, self.name_en)


class PartyOut(BaseModel):
    """A company."""

    code: str
    name_zh: str
    name_en: str


class SiteIn(In):
    """A place of business to register."""

    code: Annotated[str, Field(pattern=CODE, examples=["SHA-1"])]
    name_zh: Name = Field(examples=["上海分拨中心"])
    name_en: Name = Field(examples=["Shanghai hub"])
    zone: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$")] = Field(
        description="IANA time zone of its clocks.", examples=["Asia/Shanghai"]
    )
    lon: float = Field(ge=-180, le=180, examples=[121.4737])
    lat: float = Field(ge=-90, le=90, examples=[31.2304])

    def record(self) -> Site:
        """The record the store takes."""
        return Site(self.code, self.name_zh, self.name_en, self.zone, self.lon, self.lat)


class SiteOut(BaseModel):
    """A place of business."""

    code: str
    name_zh: str
    name_en: str
    zone: str
    lon: float
    lat: float


class DeviceOut(BaseModel):
    """A registered device."""

    code: str
    vehicle: str | None = Field(description="Plate of the vehicle it is in now.")
    has_credential: bool
    online: bool | None
    link_reason: str | None
    link_time: Instant | None
    created_at: Instant
    revoked_at: Instant | None = Field(
        description="Since when it may not connect, whatever it shows."
    )
    refused: int = Field(
        description="Times the broker refused it a login, a topic or a filter; see its identity."
    )

    @classmethod
    def of(cls, device: Device) -> Self:
        """``device`` as JSON."""
        link = device.link
        return cls(
            code=device.code,
            vehicle=device.vehicle,
            has_credential=device.has_credential,
            online=None if link is None else link.online,
            link_reason=None if link is None else link.reason,
            link_time=None if link is None else link.time,
            created_at=device.created_at,
            revoked_at=device.revoked_at,
            refused=device.refused,
        )


class DeviceIn(In):
    """A device to register."""

    code: DeviceCode


class UnknownDeviceOut(BaseModel):
    """A device that sends and that nobody has registered."""

    code: str
    letters: int = Field(description="Dead letters kept of it.")
    first_seen: Instant
    last_seen: Instant

    @classmethod
    def of(cls, device: UnknownDevice) -> Self:
        """``device`` as JSON."""
        return cls(
            code=device.code,
            letters=device.letters,
            first_seen=device.first_seen,
            last_seen=device.last_seen,
        )


class AdoptIn(In):
    """Which vehicle the device is in; a new vehicle is registered for ``party``."""

    plate: Plate | None = None
    party: PartyCode | None = None


class AdoptOut(BaseModel):
    """What adopting did."""

    reinjected: int = Field(description="Dead letters that come in again.")
    password: str = Field(description="For MQTT; shown this once.")


class BindingIn(In):
    """The vehicle a device is in from ``valid_from`` on."""

    plate: Plate
    valid_from: datetime | None = Field(default=None, description="Default: now.")
    primary: bool = Field(
        default=True, description="Whether it, of several devices in there, tells the position."
    )


class IntervalBody(In):
    """How often to report while moving."""

    seconds: int = Field(ge=1, le=86_400, examples=[10])


class LocateBody(In):
    """Nothing to say."""


class MessageBody(In):
    """What to show to the driver."""

    text: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=SHOWABLE),
    ] = Field(examples=["请回电"])


class Expiring(In):
    """An order that is worth sending for some time only."""

    expires_in_s: int = Field(
        default=3600, ge=1, le=604_800, description="When it is no longer worth sending."
    )


class IntervalIn(Expiring):
    """Report at this interval."""

    kind: Literal[CommandKind.INTERVAL]
    body: IntervalBody


class LocateIn(Expiring):
    """Report at once."""

    kind: Literal[CommandKind.LOCATE]
    body: LocateBody = LocateBody()


class MessageIn(Expiring):
    """Show a message."""

    kind: Literal[CommandKind.MESSAGE]
    body: MessageBody


CommandIn = Annotated[IntervalIn | LocateIn | MessageIn, Field(discriminator="kind")]


class CommandOut(BaseModel):
    """An order to a device and what became of it."""

    id: str
    device: str
    kind: str
    body: dict[str, Any]
    requested_by: str
    requested_at: Instant
    expires_at: Instant
    sent_at: Instant | None
    acked_at: Instant | None
    ok: bool | None
    detail: str | None

    @classmethod
    def of(cls, command: Command) -> Self:
        """``command`` as JSON."""
        return cls(**{name: getattr(command, name) for name in Command.__slots__})


class DeadLetterOut(BaseModel):
    """Input that became no fix."""

    id: int
    received_at: Instant
    device: str
    kind: str
    reason: str
    detail: str
    size_bytes: int
    reinjected_at: Instant | None

    @classmethod
    def of(cls, letter: DeadLetter) -> Self:
        """``letter`` without its content."""
        return cls(size_bytes=len(letter.raw), **_letter(letter))


class DeadLetterWhole(DeadLetterOut):
    """Input that became no fix, with the bytes."""

    raw_base64: str
    text: str = Field(description="The bytes as ASCII, what is not printable as \\xNN.")


class ReinjectOut(BaseModel):
    """Whether the letter comes in again with the gateway's next batch."""

    requested: int


class Basemap(BaseModel):
    """What the console draws under the vehicles."""

    kind: Literal["bundled", "pmtiles", "style"] = Field(
        description="bundled: the map in the console itself; pmtiles: tiles at `url`; "
        "style: a MapLibre style at `url`."
    )
    url: str | None = Field(description="Relative to the console's own address, or absolute.")
    datum: Datum = Field(
        description="What it is drawn in. Positions are always told in WGS 84; who draws them on "
        "a map in another datum shifts them."
    )
    borders: bool = Field(description="Whether borders may be drawn at all.")


class ConsoleOut(BaseModel):
    """What the console must know before it draws."""

    version: str
    zone: str = Field(description="IANA zone of the installation.")
    basemap: Basemap
    languages: list[str]


class TrackProperties(BaseModel):
    """Parallel to the coordinates of the geometry, part by part when there are several."""

    plate: str
    complete: bool = Field(description="False: the limit cut off later fixes.")
    times: list[str] | list[list[str]]


class TrackGeometry(BaseModel):
    """A line, or several where fixes are more than ten minutes apart; degrees, metres."""

    type: Literal["LineString", "MultiLineString"]
    coordinates: list[list[float]] | list[list[list[float]]]


class TrackOut(BaseModel):
    """GeoJSON, RFC 7946; no geometry when there are fewer than two fixes."""

    type: Literal["Feature"]
    geometry: TrackGeometry | None
    properties: TrackProperties


class LiveOut(BaseModel):
    """The process runs."""

    live: Literal[True] = True


class ReadyOut(BaseModel):
    """Whether the process can answer, and if not, why."""

    ready: bool
    database: str = Field(description="`ok` or a plain sentence.", examples=["ok"])
    feed: Literal["ok", "behind"] = Field(description="Whether the live map shows the present.")
    timescaledb: str | None = Field(description="Its version, where the server has it.")
    migrations: Literal["ok", "pending", "unknown"]


def _letter(letter: DeadLetter) -> dict[str, Any]:
    return {name: getattr(letter, name) for name in DeadLetter.__slots__ if name != "raw"}
