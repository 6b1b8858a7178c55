"""What requests about waybills look like."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from fleet.waybills import Outcome, ScanKind
from store.waybills import MOST_LEGS, NewBooking, NewLeg
from tracker_api.node_schemas import Note, Reason, SiteCode
from tracker_api.routes.parameters import utc
from tracker_api.schemas import PRINTABLE, In, PartyCode, Plate
from tracker_api.trip_bodies import MOST_STOPS, TripCode

Short = Annotated[str, Field(pattern=r"^[A-Z]{2,4}$", examples=["JD"])]
Number = Annotated[
    str, Field(pattern=r"^[A-Z]{2,4}[0-9]{8}[0-9]{5,6}$", examples=["JD20241028000001"])
]
Line = Annotated[str, Field(max_length=400, pattern=r"^[^\x00-\x1f\x7f]*$")]
Phone = Annotated[str, Field(pattern=r"^(\+?[0-9]{5,15})?$", examples=["13800000000"])]
Word = Annotated[str, Field(min_length=1, max_length=64, pattern=PRINTABLE)]
Contact = Literal["phone", "sms", "email", "none"]
StopNumber = Annotated[int, Field(ge=0, lt=MOST_STOPS)]
Amount = Annotated[float, Field(ge=0, le=1e9)]
FileId = Annotated[
    str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
]

MOST_GOODS = 200  #: lines of one waybill; a groupage lorry has fewer


class GoodsIn(In):
    """A line of goods."""

    name: Word
    spec: Line | None = None
    quantity: Amount | None = None
    weight_kg: Amount | None = None
    volume_m3: Amount | None = None


Goods = Annotated[list[GoodsIn], Field(max_length=MOST_GOODS)]
Requirements = Annotated[
    list[Word],
    Field(max_length=20, description="As fragile, cold_chain, text_first.", examples=[["fragile"]]),
]


class LegIn(In):
    """A part of the way; with a trip it is booked on it at once."""

    origin: SiteCode = Field(alias="from")
    destination: SiteCode = Field(alias="to")
    trip: TripCode | None = None
    load: StopNumber | None = Field(None, description="Default: the first stop at `from`.")
    unload: StopNumber | None = Field(None, description="Default: the next stop at `to`.")

    def record(self) -> NewLeg:
        """As the store takes it."""
        booking = None if self.trip is None else NewBooking(self.trip, self.load, self.unload)
        return NewLeg(self.origin, self.destination, booking)


class TermsIn(In):
    """What was agreed, and may change."""

    order_no: Line | None = None
    carrier: PartyCode | None = None
    shipper: Line = ""
    consignee: Line = ""
    phone: Phone = ""
    address: Line = ""
    goods: Goods = Field(default_factory=list)
    requirements: Requirements = Field(default_factory=list)
    contact: Contact = Field("phone", description="How the consignee wants to be reached.")
    opens_at: datetime | None = Field(None, description="From then on it can be delivered.")
    promised_at: datetime | None = Field(None, description="Until then it is promised.")
    stored: bool = Field(default=False, description="Storage on the way is planned.")

    def terms(self) -> dict[str, Any]:
        """By the store's names, times in UTC; raises ``Invalid``."""
        values = self.model_dump(include=set(TermsIn.model_fields))
        values["goods"] = tuple(each.model_dump(exclude_none=True) for each in self.goods)
        values["requirements"] = tuple(self.requirements)
        for name in ("opens_at", "promised_at"):
            values[name] = None if values[name] is None else utc(name, values[name])
        return values


class WaybillIn(TermsIn):
    """A waybill to be; with `number` it comes from elsewhere, else a number is drawn."""

    number: Number | None = None
    company: Short | None = Field(None, description="Default: the short of the customer.")
    customer: PartyCode
    origin: SiteCode
    destination: SiteCode
    legs: list[LegIn] = Field(
        default_factory=list,
        max_length=MOST_LEGS,
        description="Default: one leg from `origin` to `destination`.",
    )
    placed_at: datetime | None = Field(None, description="Default: now.")


class ChangeIn(In):
    """What changes of what was agreed; what is not named stays as it is."""

    order_no: Line | None = None
    customer: PartyCode | None = Field(
        None, description="The number was bound to a wrong order: links to it end."
    )
    carrier: PartyCode | None = None
    shipper: Line | None = None
    consignee: Line | None = None
    phone: Phone | None = None
    address: Line | None = None
    goods: Goods | None = None
    requirements: Requirements | None = None
    contact: Contact | None = None
    opens_at: datetime | None = None
    promised_at: datetime | None = None
    stored: bool | None = None
    reason: Reason

    def given(self) -> dict[str, Any]:
        """What was named; null takes away what may be missing.  Raises ``Invalid``."""
        values = self.model_dump(exclude_unset=True, exclude={"reason"})
        if "goods" in values:
            values["goods"] = [each.model_dump(exclude_none=True) for each in self.goods or ()]
        if self.customer is None:
            values.pop("customer", None)
        for name in ("opens_at", "promised_at"):
            if values.get(name) is not None:
                values[name] = utc(name, values[name])
        return {
            name: _EMPTY.get(name) if value is None else value for name, value in values.items()
        }


_EMPTY: dict[str, Any] = {
    **dict.fromkeys(("shipper", "consignee", "phone", "address"), ""),
    "goods": [],
    "requirements": [],
    "contact": "phone",
    "stored": False,
}


class ReasonIn(In):
    """Why."""

    reason: Reason


class BookingIn(In):
    """A trip that shall carry a leg, in place of any other."""

    leg: Annotated[int, Field(ge=0, lt=MOST_LEGS)]
    trip: TripCode
    load: StopNumber | None = Field(None, description="Default: the first stop at its origin.")
    unload: StopNumber | None = Field(None, description="Default: the next stop at its end.")
    at: datetime | None = Field(
        None,
        description="Holds from then on. Default: of the first booking from when the waybill was "
        "placed, else now.",
    )
    reason: Reason
    wrong: bool = Field(default=False, description="The booking before never held.")


class ScanIn(In):
    """What a scanner saw."""

    kind: ScanKind
    site: SiteCode
    vehicle: Plate | None = None
    at: datetime | None = Field(None, description="Default: now.")
    slot: Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    note: Note = ""


class ProofIn(In):
    """What a person says of the delivery; the newest holds."""

    outcome: Outcome
    at: datetime | None = Field(None, description="Default: now.")
    signer: Annotated[str, Field(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    note: Note = ""
    files: list[FileId] = Field(default_factory=list, max_length=20)
