"""What the API says about messages that were lost on the way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from fleet.gaps import Gap, Hour, find_gaps
from tracker_api.schemas import Instant


class MissingOut(BaseModel):
    """Messages of a terminal that never came."""

    first: int = Field(description="Number of the first one.")
    last: int = Field(description="Number of the last one.")
    after: Instant | None = Field(
        description="Hour of the message before; null: the terminal had restarted."
    )
    before: Instant = Field(description="Hour of the message behind.")

    @classmethod
    def of(cls, gap: Gap) -> Self:
        """``gap`` as JSON."""
        return cls(first=gap.first, last=gap.last, after=gap.after, before=gap.before)


class UnconfirmedOut(BaseModel):
    """Messages that came with QoS 0: nobody confirms them, so any may be lost."""

    messages: int
    last_at: Instant


class GapsOut(BaseModel):
    """What is missing of a terminal that numbers its messages."""

    numbered: int = Field(description="Messages with a number that came; 0: it numbers none.")
    missing: int = Field(description="Messages that never came.")
    gaps: list[MissingOut]
    unconfirmed: UnconfirmedOut | None = Field(
        description="Whether it publishes with QoS 0; null: it never did."
    )

    @classmethod
    def of(cls, hours: Sequence[Hour], unconfirmed: tuple[int, datetime] | None) -> Self:
        """What came in ``hours``, and how many messages with QoS 0 until when."""
        gaps = find_gaps(hours)
        came = sum(last - first + 1 for hour in hours for first, last in hour.numbers)
        told = None
        if unconfirmed is not None:
            told = UnconfirmedOut(messages=unconfirmed[0], last_at=unconfirmed[1])
        return cls(
            numbered=came,
            missing=sum(gap.count for gap in gaps),
            gaps=[MissingOut.of(gap) for gap in gaps],
            unconfirmed=told,
        )
