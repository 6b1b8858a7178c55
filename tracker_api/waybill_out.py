"""Waybills as the plain values of JSON, cut to what the reader's role sees of them.

Who is outside the company (a customer, a link) sees nothing by which other customers could be
told: no trip, no stops but those of the own goods, no operator, no author, of a plate its tail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fleet.rights import Datum, Grant, Role
from fleet.scope import Scope
from fleet.views import Party, Site
from fleet.waybill_views import MilestoneView, WaybillBrief
from fleet.waybills import WaybillState
from shipment import status
from shipment.reply import spoken
from tracker_api import trips
from tracker_api.plain import iso

#: Characters of a plate that those outside are told.
TAIL = 3

#: An arrival is as good a ground as an estimate.
_ARRIVED = frozenset(
    {
        WaybillState.ARRIVED_DESTINATION,
        WaybillState.DELIVERED,
        WaybillState.REFUSED,
        WaybillState.COMPLETED,
    }
)
_OUTSIDE = frozenset({Role.CUSTOMER, Role.SHARE})


@dataclass(frozen=True, slots=True)
class Sight:
    """How much of a waybill is shown."""

    position: Grant
    plates: Grant
    estimates: Grant
    outside: bool  #: the reader is not of the company, nor of one that carries for it

    @classmethod
    def of(cls, scope: Scope) -> Sight:
        """That of ``scope``."""
        return cls(
            scope.sees(Datum.POSITION),
            scope.sees(Datum.PLATE),
            scope.sees(Datum.ESTIMATE),
            scope.role in _OUTSIDE,
        )

    def plate(self, plate: str | None) -> str | None:
        """``plate`` as far as it is told."""
        if plate is None or self.plates is Grant.NONE:
            return None
        return plate[-TAIL:] if self.plates is Grant.TAIL else plate

    def is_told(self, site: Site | None, own: Iterable[str]) -> bool:
        """Whether the stop ``site`` may be named; ``own``: codes of the sites of the goods."""
        return site is not None and (not self.outside or site.code in own)


def brief_out(brief: WaybillBrief, sight: Sight) -> dict[str, Any]:
    """``brief`` as a ``WaybillBriefOut``."""
    own = {brief.origin.code, brief.destination.code}
    name_zh, name_en = status.names(brief.state)
    blind = sight.estimates is Grant.NONE
    return {
        "number": brief.number,
        "code": brief.code,
        "order_no": brief.order_no,
        "customer": party_out(brief.customer),
        "carrier": None if brief.carrier is None else party_out(brief.carrier),
        "origin": site_out(brief.origin),
        "destination": site_out(brief.destination),
        "state": brief.state.value,
        "state_zh": name_zh,
        "state_en": name_en,
        "since": instant_out(brief.since),
        "headline": _headline(brief),
        "trip": None if sight.outside else brief.trip,
        "vehicle": sight.plate(brief.vehicle),
        "site": None if brief.site is None else site_out(brief.site),
        "risk": "unknown" if blind else risk_word(brief),
        "delay_s": None if blind else _delay(brief, sight),
        "cause": None if blind or brief.cause is None else brief.cause.value,
        "eta": None if blind else eta_out(brief.p50, brief.p90, sight),
        "promised_at": instant_out(brief.promised_at),
        "opens_at": instant_out(brief.opens_at),
        "next_stop": (
            site_out(brief.next_stop)
            if brief.next_stop is not None and sight.is_told(brief.next_stop, own)
            else None
        ),
        "last_milestone": _last(brief, sight, own),
        "shipped_at": instant_out(brief.shipped_at),
        "goods_text": goods_text(brief.goods),
        "stored": brief.stored,
        "placed_at": iso(brief.placed_at),
        "cancelled_at": instant_out(brief.cancelled_at),
        "judged_at": instant_out(brief.judged_at),
        "alerts": 0 if sight.outside else brief.alerts,
    }


def milestone_out(milestone: MilestoneView, sight: Sight) -> dict[str, Any]:
    """``milestone`` as a ``MilestoneOut``."""
    inside = not sight.outside
    name_zh, name_en = status.names(milestone.kind)
    return {
        "key": milestone.key,
        "kind": milestone.kind,
        "name_zh": name_zh,
        "name_en": name_en,
        "planned_at": instant_out(milestone.planned_at),
        "estimated_at": instant_out(milestone.estimated_at) if inside else None,
        "actual_at": iso(milestone.actual_at),
        "site": None if milestone.site is None else site_out(milestone.site),
        "operator": milestone.operator if inside else None,
        "vehicle": sight.plate(milestone.vehicle),
        "trip": milestone.trip if inside else None,
        "note": milestone.note if inside else "",
        "source": milestone.source,
        "author": milestone.author if inside else None,
        "presumed": milestone.presumed,
        "evidence": [milestone.visit] if inside and milestone.visit else [],
        "files": list(milestone.files) if inside else [],
        "version": milestone.version,
        "cause": milestone.cause,
        "was_at": instant_out(milestone.was_at),
        "recorded_at": iso(milestone.recorded_at),
        "valid": milestone.valid,
    }


def risk_word(brief: WaybillBrief) -> str:
    """How it stands against its promise; without an estimate or an arrival nobody knows."""
    return trips.risk_word(brief.risk, known=brief.p50 is not None or brief.state in _ARRIVED)


def eta_out(
    p50: datetime | None, p90: datetime | None, sight: Sight
) -> dict[str, str | None] | None:
    """An estimate; for those outside rounded up, so that it tells nothing of the exact place."""
    if p50 is None:
        return None
    ends = [None if at is None else _told(at, sight) for at in (p50, p90)]
    return {"p50": ends[0], "p90": ends[1]}


def site_out(site: Site) -> dict[str, Any]:
    """``site`` as a ``SiteOut``."""
    return {
        "code": site.code,
        "name_zh": site.name_zh,
        "name_en": site.name_en,
        "zone": site.zone,
        "lon": site.lon,
        "lat": site.lat,
    }


def party_out(party: Party) -> dict[str, str]:
    """``party`` as a ``PartyOut``."""
    return {"code": party.code, "name_zh": party.name_zh, "name_en": party.name_en}


def instant_out(instant: datetime | None) -> str | None:
    """``instant`` as JSON has it."""
    return None if instant is None else iso(instant)


def goods_text(goods: Iterable[Mapping[str, Any]]) -> str:
    """Goods in a line: "轮胎 x 12; 机油"."""
    parts = []
    for each in goods:
        name, quantity = str(each.get("name") or "").strip(), each.get("quantity")
        if name:
            parts.append(f"{name} x {quantity:g}" if quantity else name)
    return "; ".join(parts)


def _last(brief: WaybillBrief, sight: Sight, own: Iterable[str]) -> dict[str, Any] | None:
    last = brief.last
    if last is None or not (last.site is None or sight.is_told(last.site, own)):
        return None
    return milestone_out(last, sight)


def _headline(brief: WaybillBrief) -> dict[str, str] | None:
    line = brief.headline
    return None if line is None else {"number": line.number, "kind": line.kind, "state": line.state}


def _told(at: datetime, sight: Sight) -> str:
    if not sight.outside:
        return iso(at)
    return iso(datetime.fromtimestamp(spoken.quarter(at.timestamp()), UTC))


def _delay(brief: WaybillBrief, sight: Sight) -> float | None:
    if brief.delay is None or not sight.outside:
        return brief.delay
    return spoken.quarter(brief.delay)
