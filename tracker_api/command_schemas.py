"""What is said to a vehicle's driver and to its terminal, and what became of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, Field

from fleet.views import Command
from tracker_api.schemas import Expiring, Instant, IntervalBody, MessageBody


class CommandState(StrEnum):
    """How far an order has come."""

    WAITING = "waiting"  #: the gateway has not handed it to the broker
    SENT = "sent"  #: the broker has it; the terminal has not answered
    CONFIRMED = "confirmed"  #: the terminal has done it, or shown it
    REFUSED = "refused"  #: the terminal says why not
    EXPIRED = "expired"  #: it was not sent in time, and will not be


def state_of(command: Command, now: datetime) -> CommandState:
    """How far ``command`` has come at ``now``.

    What the broker has taken does not expire: a terminal that comes back gets it still.
    """
    if command.acked_at is not None:
        return CommandState.CONFIRMED if command.ok else CommandState.REFUSED
    if command.sent_at is not None:
        return CommandState.SENT
    return CommandState.EXPIRED if command.expires_at <= now else CommandState.WAITING


class MessageSaid(MessageBody, Expiring):
    """A message to the driver of a vehicle."""


class IntervalSaid(IntervalBody, Expiring):
    """How often the terminal of a vehicle shall report."""


class VehicleCommandOut(BaseModel):
    """An order to the terminal of a vehicle and what became of it."""

    id: str
    kind: str = Field(description="message, interval or locate.", examples=["message"])
    text: str | None = Field(description="Of a message.", examples=["请回电"])
    seconds: int | None = Field(description="Of an interval.")
    state: CommandState
    requested_by: str
    requested_at: Instant
    expires_at: Instant = Field(description="It is not sent any more then.")
    sent_at: Instant | None
    confirmed_at: Instant | None = Field(description="When the terminal answered, by its clock.")
    detail: str | None = Field(description="What the terminal said to it; why it refused.")

    @classmethod
    def of(cls, command: Command, now: datetime) -> Self:
        """``command`` as JSON, as it stands at ``now``."""
        return cls(
            id=command.id,
            kind=command.kind,
            text=command.body.get("text"),
            seconds=command.body.get("seconds"),
            state=state_of(command, now),
            requested_by=command.requested_by,
            requested_at=command.requested_at,
            expires_at=command.expires_at,
            sent_at=command.sent_at,
            confirmed_at=command.acked_at,
            detail=command.detail or None,
        )
