"""Causes of delay in plain words, and what is done about each.

What is *done* is only what the product itself has done: it told the people whose task it is.
A cause that nobody knows yet has no words; the sentence then says that it is being checked,
and by when the customer is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fleet.reports import KINDS, ReportKind
from fleet.trips import DelayCause
from shipment.reply.facts import Both


@dataclass(frozen=True, slots=True)
class Reason:
    """One cause."""

    cause: Both  #: after 因, "because of"
    doing: Both  #: after 我们正在, "We are"
    done: Both  #: after 我们已, "We have"


def _reason(cause: tuple[str, str], doing: tuple[str, str], done: tuple[str, str]) -> Reason:
    return Reason(Both(*cause), Both(*doing), Both(*done))


_C = DelayCause

REASONS: Mapping[DelayCause, Reason] = MappingProxyType(
    {
        _C.LATE_DEPARTURE: _reason(
            ("发车较晚", "a late departure"),
            ("跟踪后续站点的安排", "following what the stops ahead arrange"),
            ("请调度协调后续站点优先安排", "asked dispatch to arrange priority at the stops ahead"),
        ),
        _C.LONG_DWELL: _reason(
            ("站点停留时间较长", "a long stay at a stop"),
            ("跟踪站点装卸进度", "following the loading at the stop"),
            (
                "请调度督促站点尽快装卸发车",
                "asked dispatch to speed up its release",
            ),
        ),
        _C.TRAFFIC_SLOW: _reason(
            ("道路行驶缓慢", "slow traffic"),
            ("关注前方路况", "watching the road ahead"),
            ("请调度关注路况并调整安排", "asked dispatch to watch the road and adjust the plan"),
        ),
        _C.STOPPED_ENROUTE: _reason(
            ("车辆途中停车", "a stop on the way"),
            ("与司机核实停车情况", "checking the stop with the driver"),
            ("请调度与司机核实停车情况", "asked dispatch to check the stop with the driver"),
        ),
        _C.OFF_ROUTE: _reason(
            ("车辆绕行", "a detour"),
            ("与司机核实行驶路线", "checking the way with the driver"),
            ("请调度与司机核实路线", "asked dispatch to check the way with the driver"),
        ),
        _C.DRIVER_REST: _reason(
            ("司机按规定休息", "a rest that the driver must take"),
            ("跟踪后续站点的安排", "following what the stops ahead arrange"),
            ("请调度与后续站点预留时间", "asked dispatch to keep a slot at the stops ahead"),
        ),
        _C.SIGNAL_LOST: _reason(
            ("车辆信号中断", "an interrupted signal"),
            ("与司机联系核实", "checking with the driver"),
            ("请调度与司机联系核实", "asked dispatch to check with the driver"),
        ),
        _C.BREAKDOWN: _reason(
            ("车辆故障", "a breakdown"),
            ("协调救援和换车", "arranging help and another vehicle"),
            ("请调度安排救援和换车", "asked dispatch for help and another vehicle"),
        ),
        _C.WEATHER: _reason(
            ("天气影响", "the weather"),
            ("关注天气并确保运输安全", "watching the weather and keeping the transport safe"),
            ("请调度在确保安全的前提下安排运输", "asked dispatch to go on as far as it is safe"),
        ),
        _C.ACCIDENT: _reason(
            ("交通事故", "an accident"),
            ("处理现场并安排后续运输", "dealing with it and arranging the onward transport"),
            ("请调度处理并安排后续运输", "asked dispatch to arrange the onward transport"),
        ),
        _C.BORDER: _reason(
            ("口岸通关等待", "a wait at the border"),
            ("跟进通关手续", "following the clearance"),
            ("请调度跟进通关手续", "asked dispatch to follow the clearance"),
        ),
        _C.CONSIGNEE_CLOSED: _reason(
            ("收货方暂不收货", "the receiver being closed"),
            ("与收货方协商收货时间", "agreeing on a time with the receiver"),
            ("请调度与收货方另约时间", "asked dispatch to agree on another time with the receiver"),
        ),
        _C.SITE_QUEUE: _reason(
            ("站点排队等候", "a queue at a stop"),
            ("跟踪站点排队情况", "following the queue at the stop"),
            ("请调度联系站点优先安排", "asked dispatch to see to priority at the stop"),
        ),
    }
)

#: What is done about a cause that is not known yet.
CHECKING = _reason(
    ("", ""),
    ("与司机联系核实", "checking with the driver"),
    ("请调度与司机联系核实", "asked dispatch to check with the driver"),
)

#: What went wrong, before 情况 and "case".
TROUBLES: Mapping[ReportKind, Both] = MappingProxyType(
    {kind: Both(*names) for kind, names in KINDS.items()}
    | {ReportKind.OTHER: Both(KINDS[ReportKind.OTHER][0], "special")}
)


def reason_of(cause: DelayCause | None) -> Reason:
    """Words for a cause; ``CHECKING`` where it is unknown, or only a person's note tells it."""
    return REASONS.get(cause, CHECKING) if cause is not None else CHECKING
