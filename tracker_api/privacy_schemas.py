"""What requests and answers about privacy look like."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field

from store.erasure import Erased, Kind, Subject
from store.holds import Hold
from store.purging import Logged
from store.retention import Kept, Profile, Retained
from tracker_api.schemas import PRINTABLE, In, Instant, Plate

Word = Annotated[str, Field(min_length=1, max_length=200, pattern=PRINTABLE)]
Why = Annotated[
    str,
    Field(min_length=3, max_length=500, pattern=PRINTABLE, description="It stands on the trail."),
]


class RetainedOut(BaseModel):
    """How long one kind of data is kept, and by which rule."""

    kind: Kept
    days: int
    source: str = Field(description="The law, standard or practice that the figure follows.")
    setting: str = Field(description="The variable that changes it.")

    @classmethod
    def of(cls, rule: Retained) -> Self:
        """As JSON has it."""
        return cls(kind=rule.kind, days=rule.days, source=rule.source, setting=rule.setting)


class RetentionOut(BaseModel):
    """What is in force."""

    profile: Profile
    rules: list[RetainedOut]


class PurgeOut(BaseModel):
    """One removal, or what an erasure did to one table."""

    id: int
    at: Instant
    what: str = Field(description="A table, or a part of one.", examples=["fix"])
    before: Instant = Field(description="What was older went.")
    rows: int = Field(description="How many; of `fix` days.")
    rule: str = Field(examples=["eu: history 60 days", "erasure"])
    subject: str = Field(description="Of an erasure: the pseudonym; else empty.")

    @classmethod
    def of(cls, logged: Logged) -> Self:
        """As JSON has it."""
        return cls(
            id=logged.id,
            at=logged.at,
            what=logged.what,
            before=logged.before,
            rows=logged.rows,
            rule=logged.rule,
            subject=logged.subject,
        )


class PurgesOut(BaseModel):
    """A page of the log."""

    purges: list[PurgeOut]
    more: bool


class SubjectIn(In):
    """Whom it is about."""

    kind: Kind = Field(description="How they are known: as a driver, a contact or a user.")
    name: Word
    phone: Annotated[str, Field(max_length=30, pattern=r"^[+0-9 .()/-]*$")] = Field(
        default="", description="Of a contact: tells namesakes apart."
    )
    also: Annotated[list[Word], Field(max_length=20)] = Field(
        default_factory=list, description="Further words by which they are known."
    )

    @property
    def subject(self) -> Subject:
        """As the store asks for it."""
        return Subject(self.kind, self.name, self.phone, tuple(self.also))


class DemandIn(SubjectIn):
    """What is asked for, and why."""

    why: Why


class KnownOut(BaseModel):
    """What would be told or erased."""

    words: list[str]
    rows: dict[str, int] = Field(description="By table: in how many rows a word stands.")
    obstacle: str | None = Field(description="Why it cannot be erased yet.")


class ErasedOut(BaseModel):
    """What an erasure did."""

    stand_in: str = Field(description="What stands for the person now.")
    rows: dict[str, int]

    @classmethod
    def of(cls, erased: Erased) -> Self:
        """As JSON has it."""
        return cls(stand_in=erased.stand_in, rows=dict(erased.rows))


class HoldIn(In):
    """What is to be kept until somebody lifts the hold."""

    kind: Literal["person", "waybill", "trip"]
    subject: Word
    why: Why


class HoldOut(BaseModel):
    """A hold in force."""

    id: str
    kind: str
    subject: str
    reason: str
    author: str
    at: Instant

    @classmethod
    def of(cls, hold: Hold) -> Self:
        """As JSON has it."""
        return cls(
            id=hold.id,
            kind=hold.kind,
            subject=hold.subject,
            reason=hold.reason,
            author=hold.author,
            at=hold.at,
        )


class HoldsOut(BaseModel):
    """Holds in force, oldest first."""

    holds: list[HoldOut]


class PrivateIn(In):
    """Whether a vehicle is driven privately between its trips."""

    private: bool
    why: Why


class PrivateOut(BaseModel):
    """Plates of private vehicles."""

    plates: list[str]


class PrivateTrackIn(In):
    """Which track of a private vehicle is to be told, and why."""

    plate: Plate
    start: datetime = Field(alias="from")
    end: datetime = Field(alias="to")
    why: Why
