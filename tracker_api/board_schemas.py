"""What requests and answers of the board look like: groups, facets, what was found."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, Field

from store.find import Hit, HitKind
from store.groups import Group
from tracker_api.schemas import CODE, In, Name, Plate

GroupCode = Annotated[str, Field(pattern=CODE, examples=["reefers"])]

#: Vehicles of one group: a fleet ten times the size that the console is made for.
Plates = Annotated[list[Plate], Field(max_length=100_000)]


class GroupTermsIn(In):
    """What a group is called, and exactly who is in it."""

    name_zh: Name = Field(examples=["冷藏车"])
    name_en: Name = Field(examples=["Reefers"])
    plates: Plates = Field(default_factory=list)

    def record(self, code: str) -> Group:
        """The record the store takes."""
        return Group(code, self.name_zh, self.name_en, sorted(set(self.plates)))


class GroupIn(GroupTermsIn):
    """A group to be."""

    code: GroupCode


class GroupOut(BaseModel):
    """A group of vehicles."""

    code: str = Field(examples=["reefers"])
    name_zh: str = Field(examples=["冷藏车"])
    name_en: str = Field(examples=["Reefers"])
    plates: list[str] = Field(description="Those that the reader may know of, in order.")

    @classmethod
    def of(cls, group: Group) -> Self:
        """As the API tells it."""
        return cls(
            code=group.code,
            name_zh=group.name_zh,
            name_en=group.name_en,
            plates=list(group.plates),
        )


class TermOut(BaseModel):
    """A value that vehicles are filtered by."""

    code: str
    name_zh: str
    name_en: str


class FacetOut(BaseModel):
    """One column, coded by a dictionary."""

    terms: list[TermOut] = Field(description="Every value once, by code.")
    rows: list[list[int]] = Field(
        description="For each vehicle the places in `terms` of the values it has, ascending.",
        examples=[[[0, 2], [], [1]]],
    )


class FacetsOut(BaseModel):
    """What vehicles are filtered by; every column runs parallel to `plates`."""

    revision: str = Field(description="Of the content: the same facts have the same.")
    plates: list[str] = Field(examples=[["沪A12345"]])
    trips: list[str | None] = Field(description="Code of the trip that it is on.")
    origins: list[str | None] = Field(description="Code of the site where that trip begins.")
    destinations: list[str | None] = Field(description="Code of the site where it ends.")
    parties: FacetOut = Field(description="Whose vehicle it is.")
    groups: FacetOut
    customers: FacetOut = Field(description="Whose goods are aboard.")
    routes: FacetOut
    hubs: FacetOut = Field(description="Sites of the stops that are still to come.")
    drivers: FacetOut = Field(description="By name; empty for whom names are masked.")


class HitOut(BaseModel):
    """One thing that was found."""

    kind: HitKind
    code: str = Field(description="Plate, code, number or name.", examples=["TR-20417"])
    title_zh: str
    title_en: str
    detail_zh: str
    detail_en: str
    vehicle: str | None = Field(description="Plate of the vehicle that it leads to.")
    trip: str | None = Field(description="Code of the trip that it leads to.")

    @classmethod
    def of(cls, hit: Hit) -> Self:
        """As the API tells it."""
        return cls(
            kind=hit.kind,
            code=hit.code,
            title_zh=hit.title_zh,
            title_en=hit.title_en,
            detail_zh=hit.detail_zh,
            detail_en=hit.detail_en,
            vehicle=hit.vehicle,
            trip=hit.trip,
        )


class FoundOut(BaseModel):
    """What a text may mean."""

    hits: list[HitOut] = Field(description="Vehicles, trips, waybills, drivers, hubs: in order.")
