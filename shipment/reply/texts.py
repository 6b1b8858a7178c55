"""The templates of the replies, as data.

``{slot}`` is filled from the facts (``compose.slots``); ``[...]`` is left out when a slot in it
is unknown; a slot named in ``FLAGS`` has no text and only says whether a part applies.  Of a
case the first template is used all of whose slots outside brackets are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from shipment.reply.cases import Case


@dataclass(frozen=True, slots=True)
class Template:
    """One way to say a case."""

    zh: str
    en: str


#: Slots without text.
FLAGS = frozenset({"on_time", "late", "caused", "uncaused", "picked", "misread", "delayed"})

_HELLO_ZH, _HELLO_EN = "{hello}感谢您的耐心等待。", "Hello, and thank you for waiting. "
_SORRY_ZH, _SORRY_EN = "[{dear}]非常抱歉，", "We are sorry: "
_CHECKED_ZH, _CHECKED_EN = "，我们将在{callback}前给您回复。", "; we will reply by {callback}."
_LATE_ZH = (
    "[{late}{caused}非常抱歉，您的货物因{cause}延误。]"
    "[{late}{uncaused}非常抱歉，您的货物延误，原因正在核实。]"
)
_LATE_EN = (
    "[{late}{caused}We are sorry: it is delayed because of {cause}. ]"
    "[{late}{uncaused}We are sorry: it is delayed; the cause is being checked. ]"
)

TEXTS: Mapping[Case, tuple[Template, ...]] = MappingProxyType(
    {
        Case.NORMAL: (
            Template(
                _HELLO_ZH + "您的货物（单号{no}）目前正在运输途中，{seen}[，下一站{next}]，"
                "预计{eta}到达{dest}[，目前运输正常{on_time}]。",
                _HELLO_EN + "Shipment {no} is on its way: {seen}[; next stop {next}]. "
                "It should reach {dest} {eta}[, and is on schedule{on_time}].",
            ),
            Template(
                _HELLO_ZH + "您的货物（单号{no}）目前正在运输途中，{seen}[，下一站{next}]，"
                "到达时间正在核实" + _CHECKED_ZH,
                _HELLO_EN + "Shipment {no} is on its way: {seen}[; next stop {next}]. "
                "Its arrival time is being checked" + _CHECKED_EN,
            ),
            Template(
                _HELLO_ZH + "您的货物（单号{no}）正在运输途中[，预计{eta}到达{dest}]，"
                "所在位置正在核实" + _CHECKED_ZH,
                _HELLO_EN + "Shipment {no} is on its way[ and should reach {dest} {eta}]. "
                "Where it is, is being checked" + _CHECKED_EN,
            ),
        ),
        Case.AT_RISK: (
            Template(
                _HELLO_ZH + "您的货物（单号{no}）目前正在运输途中[，{seen}]，因{cause}"
                "可能比{than}晚到[，最多约{n}]，预计{eta}到达{dest}，我们正在{doing}，"
                "如有变化会及时通知您。",
                _HELLO_EN + "Shipment {no} is on its way[: {seen}]. It may arrive later than {than}"
                "[, by up to about {n},] because of {cause}; the current estimate for {dest} is "
                "{eta}. We are {doing} and will tell you if this changes.",
            ),
            Template(
                _HELLO_ZH + "您的货物（单号{no}）目前正在运输途中[，{seen}]，"
                "可能比{than}晚到[，最多约{n}]，原因正在核实[，预计{eta}到达{dest}]。"
                "我们正在{doing}，将在{callback}前给您回复。",
                _HELLO_EN + "Shipment {no} is on its way[: {seen}]. It may arrive later than {than}"
                "[, by up to about {n}]; the cause is being checked[ and the current estimate for "
                "{dest} is {eta}]. We are {doing} and will reply by {callback}.",
            ),
        ),
        Case.LATE: (
            Template(
                _SORRY_ZH + "您的货物（单号{no}）因{cause}延误[，{seen}]，预计{eta}到达{dest}"
                "[，比{than}晚约{n}]。我们已{done}，将持续跟进并及时通知您。[{registered}]",
                _SORRY_EN + "shipment {no} is delayed because of {cause}.[ {seen_first}.] "
                "It should reach {dest} {eta}[, about {n} later than {than}]. We have {done} "
                "and will keep you informed.[ {registered}]",
            ),
            Template(
                _SORRY_ZH + "您的货物（单号{no}）因{cause}延误[，{seen}][，已比{than}晚约{n}]，"
                "到达时间正在核实。我们已{done}，将在{callback}前给您回复。[{registered}]",
                _SORRY_EN + "shipment {no} is delayed because of {cause}[ and is about {n} later "
                "than {than}].[ {seen_first}.] Its arrival time is being checked. We have {done} "
                "and will reply by {callback}.[ {registered}]",
            ),
            Template(
                _SORRY_ZH
                + "您的货物（单号{no}）延误，原因正在核实[，{seen}][，预计{eta}到达{dest}]"
                "[，比{than}晚约{n}]。我们已{done}，将在{callback}前给您回复。[{registered}]",
                _SORRY_EN + "shipment {no} is delayed[, about {n} later than {than}]; the cause is "
                "being checked.[ {seen_first}.][ It should reach {dest} {eta}.] We have {done} "
                "and will reply by {callback}.[ {registered}]",
            ),
        ),
        Case.AT_HUB: (
            Template(
                "{hello}您的货物（单号{no}）已[于{t}]到达{hub}，正在中转[，预计{etd}发出]，"
                "预计{eta}到达{dest}[，目前运输正常{on_time}]。",
                "Hello. Shipment {no} reached {hub}[ at {t}] and is being transferred[; it leaves "
                "at about {etd}]. It should reach {dest} {eta}[, and is on schedule{on_time}].",
            ),
            Template(
                "{hello}您的货物（单号{no}）已[于{t}]到达{hub}，正在中转[，预计{etd}发出]，"
                "到达时间正在核实" + _CHECKED_ZH,
                "Hello. Shipment {no} reached {hub}[ at {t}] and is being transferred[; it leaves "
                "at about {etd}]. Its arrival time is being checked" + _CHECKED_EN,
            ),
        ),
        Case.ARRIVING: (
            Template(
                "{hello}您的货物（单号{no}）即将送达[，车辆距您约{km}公里][，预计{eta}到达]，"
                "请保持电话畅通。",
                "Hello. Your delivery {no} is close[, about {km} km away]"
                "[, and should arrive {eta}]; please keep your phone at hand.",
            ),
        ),
        Case.ARRIVED: (
            Template(
                _SORRY_ZH + "您的货物（单号{no}）因{cause}[比{than}]晚到[约{n}]{late}，"
                "车辆已[于{t}]到达收货地，我们正在办理交接，尚未签收。",
                _SORRY_EN + "shipment {no} was delayed{late} because of {cause}[ by about {n}]. "
                "The vehicle reached the delivery address[ at {t}]; we are handing over, "
                "and it is not yet signed.",
            ),
            Template(
                _SORRY_ZH + "您的货物（单号{no}）[比{than}]晚到[约{n}]{late}，原因正在核实。"
                "车辆已[于{t}]到达收货地，我们正在办理交接，尚未签收。",
                _SORRY_EN + "shipment {no} was delayed{late}[ by about {n}]; the cause is being "
                "checked. The vehicle reached the delivery address[ at {t}]; we are handing "
                "over, and it is not yet signed.",
            ),
            Template(
                "{hello}您的货物（单号{no}）所在车辆已[于{t}]到达收货地，正在办理交接，尚未签收。",
                "Hello. The vehicle with shipment {no} reached the delivery address[ at {t}]; "
                "hand-over is in progress and not yet signed.",
            ),
        ),
        Case.SIGNED: (
            Template(
                "{hello}您的货物（单号{no}）已[于{t_signed}]签收[，签收人{signer}]。感谢您的信任。",
                "Hello. Shipment {no} was signed for[ at {t_signed}][ by {signer}]. Thank you.",
            ),
        ),
        Case.STALE: (
            Template(
                "{hello}"
                + _LATE_ZH
                + "您的货物（单号{no}）所在车辆最近一次定位是{t_fix}（{age}前）"
                "[，位于{place}]，信号暂时中断，我们正在与司机联系核实，将在{callback}前给您回复。",
                "Hello. "
                + _LATE_EN
                + "Our last position of the vehicle with shipment {no} is from "
                "{t_fix} ({age} ago)[, {place}]; the signal is interrupted. We are checking with "
                "the driver and will reply by {callback}.",
            ),
            Template(
                "{hello}" + _LATE_ZH + "您的货物（单号{no}）所在车辆暂时没有定位信号，"
                "我们正在与司机联系核实，将在{callback}前给您回复。",
                "Hello. " + _LATE_EN + "The vehicle with shipment {no} sends no position. We are "
                "checking with the driver and will reply by {callback}.",
            ),
        ),
        Case.NOT_DEPARTED: (
            Template(
                "{hello}您的货物（单号{no}）[{picked}已揽收，]尚未发出，计划{pln}从{origin}发车"
                "[，预计{eta}到达{dest}]。",
                "Hello. Shipment {no} [{picked}was picked up but ]has not left yet; departure from "
                "{origin} is planned for {pln}[, and it should reach {dest} {eta}].",
            ),
            Template(
                "{hello}您的货物（单号{no}）[{picked}已揽收，]尚未发出，原计划{pln_past}从{origin}"
                "发车，我们正在核实发车安排，将在{callback}前给您回复。",
                "Hello. Shipment {no} [{picked}was picked up but ]has not left yet; departure from "
                "{origin} was planned for {pln_past}. We are checking and will reply by "
                "{callback}.",
            ),
            Template(
                "{hello}您的货物（单号{no}）[{picked}已揽收，]尚未发出，发车时间正在核实"
                + _CHECKED_ZH,
                "Hello. Shipment {no} [{picked}was picked up but ]has not left yet; its departure "
                "is being arranged" + _CHECKED_EN,
            ),
        ),
        Case.EXCEPTION: (
            Template(
                "{hello}您的货物（单号{no}）[{caused}因{cause}]出现延误情况{delayed}"
                "[{uncaused}，原因正在核实]，我们已[于{t_case}]登记处理（编号{case}），"
                "专员将在{due}前与您联系。",
                "Hello. Shipment {no} is delayed{delayed}[{caused} because of {cause}]"
                "[{uncaused}; the cause is being checked]. We have registered it ({case})"
                "[ at {t_case}]; a specialist will contact you by {due}.",
            ),
            Template(
                "{hello}您的货物（单号{no}）出现{type}情况，我们已[于{t_case}]登记处理（编号{case}），"
                "专员将在{due}前与您联系。[{late}{caused}另因{cause}，送达将晚于{than}。]"
                "[{late}{uncaused}送达将晚于{than}，原因正在核实。]",
                "Hello. We have registered a {type} case ({case}) for shipment {no}[ at {t_case}]; "
                "a specialist will contact you by {due}.[{late}{caused} Because of {cause} it will "
                "also arrive later than {than}.][{late}{uncaused} It will also arrive later than "
                "{than}; the cause is being checked.]",
            ),
            Template(
                "{hello}您的货物（单号{no}）出现{type}情况，我们正在核实原因，将在{callback}前给您回复。",
                "Hello. There is a {type} case with shipment {no}. We are checking the cause and "
                "will reply by {callback}.",
            ),
        ),
        Case.CANCELLED: (
            Template(
                "{hello}单号{no}的运输已取消。如需重新安排，请随时告诉我们。",
                "Hello. The transport of shipment {no} was cancelled. Please tell us if you would "
                "like to arrange it again.",
            ),
        ),
        Case.NOT_FOUND: (
            Template(
                "{hello}您提供的16位单号校验不符，可能有一位有误{misread}，请核对[（可能为{suggest}）]，"
                "或提供订单号/手机尾号。",
                "Hello. The check digits of this 16-digit number do not fit{misread}, so one digit "
                "may be wrong; please check it[ (perhaps {suggest})] or give us the order number "
                "or the last four digits of the phone.",
            ),
            Template(
                "{hello}未查询到该单号，请核对[（可能为{suggest}）]，或提供订单号/手机尾号。",
                "Hello. We cannot find this number; please check it[ (perhaps {suggest})] or give "
                "us the order number or the last four digits of the phone.",
            ),
        ),
    }
)
