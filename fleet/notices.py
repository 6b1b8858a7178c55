"""Notices: what people and systems are told, once each.

A **transition** is a fact that somebody may want to be told of: a milestone, a change of risk,
an alert's opening or end, an exception's step.  **Rules** turn it into notices, one per
recipient and channel, written in the transaction of the fact itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Topic(StrEnum):
    """What it is about; of an alert ``alert.<kind>``, of its end ``alert_over.<kind>``."""

    PICKED_UP = "waybill.picked_up"
    DEPARTED_ORIGIN = "waybill.departed_origin"
    ARRIVED_HUB = "waybill.arrived_hub"
    DEPARTED_HUB = "waybill.departed_hub"
    OUT_FOR_DELIVERY = "waybill.out_for_delivery"  #: about to be delivered
    ARRIVED_DESTINATION = "waybill.arrived_destination"
    DELIVERED = "waybill.delivered"
    REFUSED = "waybill.refused"
    RISK = "waybill.risk"  #: at risk, late, on time again
    WORSE = "waybill.worse"  #: later by another half hour
    EXCEPTION_OPENED = "exception.opened"
    EXCEPTION_CHANGED = "exception.changed"
    EXCEPTION_CLOSED = "exception.closed"
    EXCEPTION_BREACHED = "exception.breached"  #: not handed over in time
    QUERY_REMINDER = "query.reminder"
    SUMMARY = "summary"  #: daily digest, weekly summary of the ledger


@dataclass(frozen=True, slots=True)
class Transition:
    """Something to be told, once per recipient."""

    topic: str
    subject_kind: str  #: waybill, trip, vehicle, device, exception, query
    subject: str  #: its number, code or plate
    name: str  #: of the transition, the same whenever it is derived: milestone key, episode, ...
    at: float  #: when it happened, UTC s
    severity: int = 4
    customer: str = ""  #: party code of the waybill's customer; "" none
    origin: str = ""  #: site codes
    destination: str = ""
    body: Mapping[str, object] | None = None  #: {zh: {title, text}, en: {title, text}, data}
    consignee: str = ""  #: telephone; "" none
    contact: str = "phone"  #: how the consignee wants to be reached
    corrects: str = ""  #: name of the transition that turned out wrong; "" none
    zone: str = ""  #: IANA, of the recipient's place; "" the installation's
    delay: bool = False  #: about a delay: at most one to a customer in two hours
