"""Which of the replies a waybill gets: the first of the list whose condition holds."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from fleet.reports import ReportKind
from fleet.trips import Risk
from fleet.waybills import WaybillState
from shipment.reply.facts import Facts


class Case(StrEnum):
    """A reply; the values are stored: never rename one."""

    NOT_FOUND = "not_found"
    EXCEPTION = "exception"
    SIGNED = "signed"
    CANCELLED = "cancelled"
    ARRIVED = "arrived"  #: at the destination, nobody signed
    STALE = "stale"
    LATE = "late"
    NOT_DEPARTED = "not_departed"
    AT_RISK = "at_risk"
    ARRIVING = "arriving"
    AT_HUB = "at_hub"
    NORMAL = "normal"


_S = WaybillState
_WAITING = frozenset({_S.CREATED, _S.AWAITING_PICKUP, _S.ARRIVED_ORIGIN, _S.PICKED_UP})


def _has_trouble(facts: Facts) -> bool:
    """An exception is the headline; a delay that lasts is told as what it is, with its cause."""
    if facts.trouble is None:
        return False
    return facts.trouble.kind is not ReportKind.DELAY or not _is_told_late(facts)


def _is_told_late(facts: Facts) -> bool:
    arrived = {_S.ARRIVED_DESTINATION, _S.DELIVERED, _S.COMPLETED, _S.CANCELLED, _S.REFUSED}
    return facts.is_late and facts.state not in arrived


_RULES: tuple[tuple[Case, Callable[[Facts], bool]], ...] = (
    (Case.NOT_FOUND, lambda f: not f.number),
    (Case.EXCEPTION, _has_trouble),
    (Case.SIGNED, lambda f: f.state in {_S.DELIVERED, _S.COMPLETED}),
    (Case.CANCELLED, lambda f: f.state is _S.CANCELLED),
    (Case.EXCEPTION, lambda f: f.state is _S.REFUSED),
    (Case.ARRIVED, lambda f: f.state is _S.ARRIVED_DESTINATION),
    (Case.STALE, lambda f: f.is_told_stale),
    (Case.LATE, _is_told_late),
    (Case.NOT_DEPARTED, lambda f: f.state in _WAITING),
    (Case.AT_RISK, lambda f: f.risk is Risk.AT_RISK),
    (Case.ARRIVING, lambda f: f.near and f.aboard),
    (Case.AT_HUB, lambda f: not f.aboard and bool(f.hub)),
)


def choose(facts: Facts) -> Case:
    """The case of ``facts``; what no rule takes is simply on its way."""
    return next((case for case, holds in _RULES if holds(facts)), Case.NORMAL)
