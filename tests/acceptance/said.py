"""The facts of each reply, and what is said of them, word for word."""

from __future__ import annotations

from dataclasses import replace

from fleet.reports import ReportKind
from fleet.trips import DelayCause, Risk
from fleet.waybills import WaybillState
from shipment.reply.cases import Case
from shipment.reply.facts import Both, Facts, Trouble
from tests.shipment.replies import HUB, LATE, NORMAL, STALE, at

FACTS: dict[Case, Facts] = {
    Case.NORMAL: NORMAL,
    Case.AT_RISK: replace(
        NORMAL, risk=Risk.AT_RISK, p50=at("16:50"), p90=at("17:30"), cause=DelayCause.LONG_DWELL
    ),
    Case.LATE: LATE,
    Case.AT_HUB: replace(
        NORMAL, aboard=False, place=Both(HUB.zh, f"at {HUB.en}"), place_short=HUB,
        hub=HUB, arrived=at("13:10"), leaves=at("15:00"),
        p50=at("09:00", 5), p90=at("10:50", 5),
    ),
    Case.ARRIVING: replace(NORMAL, near=True, left=8200.0, p50=at("14:25"), p90=at("14:35")),
    Case.ARRIVED: replace(
        NORMAL, state=WaybillState.ARRIVED_DESTINATION, aboard=False, arrived=at("13:55")
    ),
    Case.SIGNED: replace(
        NORMAL, state=WaybillState.DELIVERED, aboard=False, signed=at("16:40", 3), signer="张三丰"
    ),
    Case.STALE: STALE,
    Case.NOT_DEPARTED: replace(
        NORMAL, state=WaybillState.CREATED, aboard=False, leaves=at("18:00"),
        p50=at("20:20"), p90=at("20:40"),
    ),
    Case.EXCEPTION: replace(
        NORMAL,
        trouble=Trouble(ReportKind.DAMAGED, "EX-20260504-0001", at("13:50"), at("14:20")),
    ),
    Case.NOT_FOUND: Facts(
        now=NORMAL.now, zone=NORMAL.zone, asked="JD20260504000007",
        suggestions=("JD20260504000001",),
    ),
}  # fmt: skip

SAID: dict[Case, tuple[str, str, str]] = {
    Case.NORMAL: (
        (
            "您好，感谢您的耐心等待。您的货物（单号JD20260504000001）目前正在运输途中，14:05"
            "位于江苏昆山附近，下一站苏州枢纽，预计15:30至16:15到达无锡，目前运输正常。"
        ),
        (
            "Hello, and thank you for waiting. Shipment JD20260504000001 is on its way: at "
            "14:05 it was near Kunshan, Jiangsu; next stop Suzhou Hub. It should reach Wuxi "
            "between 15:30 and 16:15, and is on schedule."
        ),
        "单号JD20260504000001运输中，14:05位于昆山附近，预计15:30至16:15到达无锡。",
    ),
    Case.AT_RISK: (
        (
            "您好，感谢您的耐心等待。您的货物（单号JD20260504000001）目前正在运输途中，14:05"
            "位于江苏昆山附近，因站点停留时间较长可能比约定时间晚到，最多约30分钟，"
            "预计17:00至17:30"
            "到达无锡，我们正在跟踪站点装卸进度，如有变化会及时通知您。"
        ),
        (
            "Hello, and thank you for waiting. Shipment JD20260504000001 is on its way: at "
            "14:05 it was near Kunshan, Jiangsu. It may arrive later than agreed, by up to about "
            "30 minutes, because of a long stay at a stop; the current estimate for Wuxi is "
            "between 17:00 and 17:30. We are following the loading at the stop and will tell "
            "you if this changes."
        ),
        (
            "单号JD20260504000001因站点停留时间较长可能晚到，最多约30分钟，预计17:00至17:30送达"
            "，我们正在跟踪站点装卸进度。"
        ),
    ),
    Case.LATE: (
        (
            "非常抱歉，您的货物（单号JD20260504000001）因道路行驶缓慢延误，14:05位于江苏昆"
            "山附近，预计17:45至18:30到达无锡，比约定时间晚约45分钟。我们已请调度关注路况并"
            "调整安排，将持续跟进并及时通知您。"
        ),
        (
            "We are sorry: shipment JD20260504000001 is delayed because of slow traffic. At "
            "14:05 it was near Kunshan, Jiangsu. It should reach Wuxi between 17:45 and 18:30, "
            "about 45 minutes later than agreed. We have asked dispatch to watch the road and "
            "adjust the plan and will keep you informed."
        ),
        (
            "抱歉，单号JD20260504000001因道路行驶缓慢延误，预计17:45至18:30到达无锡，我们已"
            "请调度关注路况并调整安排。"
        ),
    ),
    Case.AT_HUB: (
        (
            "您好，您的货物（单号JD20260504000001）已于13:10到达苏州枢纽，正在中转，预计约15:00"
            "发出，预计明天09:00至11:00到达无锡，目前运输正常。"
        ),
        (
            "Hello. Shipment JD20260504000001 reached Suzhou Hub at 13:10 and is being "
            "transferred; it leaves at about 15:00. It should "
            "reach Wuxi between 09:00 and 11:00 tomorrow, "
            "and is on schedule."
        ),
        "单号JD20260504000001已于13:10到达苏州枢纽，正在中转，预计5月5日09:00至11:00到达无锡。",
    ),
    Case.ARRIVING: (
        (
            "您好，您的货物（单号JD20260504000001）即将送达，车辆距您约9公里，预计约14:30到"
            "达，请保持电话畅通。"
        ),
        (
            "Hello. Your delivery JD20260504000001 is close, about 9 km away, and should arrive "
            "at about 14:30; please keep your phone at hand."
        ),
        "单号JD20260504000001即将送达，车辆距您约9公里，预计约14:30到达，请保持电话畅通。",
    ),
    Case.ARRIVED: (
        (
            "您好，您的货物（单号JD20260504000001）所在车辆已于13:55到达收货地，正在办理交"
            "接，尚未签收。"
        ),
        (
            "Hello. The vehicle with shipment JD20260504000001 reached the delivery address "
            "at 13:55; hand-over is in progress and not yet signed."
        ),
        "单号JD20260504000001的车辆13:55到达收货地，正在办理交接，尚未签收。",
    ),
    Case.SIGNED: (
        "您好，您的货物（单号JD20260504000001）已于昨天16:40签收，签收人张*。感谢您的信任。",
        "Hello. Shipment JD20260504000001 was signed for at 16:40 yesterday by 张*. Thank you.",
        "单号JD20260504000001已于5月3日16:40签收，签收人张*，感谢您的信任。",
    ),
    Case.STALE: (
        (
            "您好，您的货物（单号JD20260504000001）所在车辆最近一次定位是12:20（1小时47分钟"
            "前），位于江苏昆山附近，信号暂时中断，我们正在与司机联系核实，将在14:45前给您"
            "回复。"
        ),
        (
            "Hello. Our last position of the vehicle with shipment JD20260504000001 is from "
            "12:20 (1 hour 47 minutes ago), near Kunshan, Jiangsu; the signal is interrupted. "
            "We are checking with the driver and will reply by 14:45."
        ),
        (
            "单号JD20260504000001的车辆12:20位于昆山附近，之后信号中断，我们正在与司机核实"
            "，14:45前回复您。"
        ),
    ),
    Case.NOT_DEPARTED: (
        (
            "您好，您的货物（单号JD20260504000001）尚未发出，计划18:00从上海发车，预计约20:30"
            "到达无锡。"
        ),
        (
            "Hello. Shipment JD20260504000001 has not left yet; departure from Shanghai is "
            "planned for 18:00, and it should reach Wuxi at about 20:30."
        ),
        "单号JD20260504000001尚未发出，计划18:00从上海发车，预计约20:30送达。",
    ),
    Case.EXCEPTION: (
        (
            "您好，您的货物（单号JD20260504000001）出现破损情况，我们已于13:50登记处理（编"
            "号EX-20260504-0001），专员将在14:20前与您联系。"
        ),
        (
            "Hello. We have registered a damage case (EX-20260504-0001) for shipment "
            "JD20260504000001 at 13:50; a specialist will contact you by 14:20."
        ),
        (
            "单号JD20260504000001出现破损情况，已登记处理（编号EX-20260504-0001），专员14:20"
            "前与您联系。"
        ),
    ),
    Case.NOT_FOUND: (
        "您好，未查询到该单号，请核对（可能为JD20260504000001），或提供订单号/手机尾号。",
        (
            "Hello. We cannot find this number; please check it (perhaps JD20260504000001) "
            "or give us the order number or the last four digits of the phone."
        ),
        "未查询到您提供的单号，请核对，或提供订单号/手机尾号。",
    ),
}
