"""Facts of a waybill from Shanghai by Suzhou to Wuxi on an afternoon, for tests of replies."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from fleet.trips import DelayCause, Risk
from fleet.waybills import WaybillState
from shipment.reply.facts import Both, Facts

ZONE = "Asia/Shanghai"


def at(clock: str, day: int = 4) -> float:
    """A time of a day of May 2026 in Shanghai."""
    return datetime.fromisoformat(f"2026-05-{day:02}T{clock}:00+08:00").timestamp()


HUB = Both("苏州枢纽", "Suzhou Hub")

NORMAL = Facts(
    now=at("14:07"),
    zone=ZONE,
    asked="JD20260504000001",
    number="JD20260504000001",
    state=WaybillState.IN_TRANSIT,
    aboard=True,
    place=Both("江苏昆山附近", "near Kunshan, Jiangsu"),
    place_short=Both("昆山附近", "near Kunshan"),
    fix=at("14:05"),
    origin=Both("上海", "Shanghai"),
    destination=Both("无锡", "Wuxi"),
    next_stop=HUB,
    p50=at("15:20"),
    p90=at("16:10"),
    promised=at("17:00"),
    risk=Risk.ON_TIME,
)
LATE = replace(
    NORMAL,
    risk=Risk.LATE,
    p50=at("17:40"),
    p90=at("18:20"),
    cause=DelayCause.TRAFFIC_SLOW,
)
STALE = replace(NORMAL, stale=True, fix=at("12:20"))
