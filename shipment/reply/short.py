"""The templates of the SMS, as data: longest first, the first that fits is sent.

Slots are those of ``texts``, with dates instead of "tomorrow" (``compose``), and short names.
Every case ends with one that fits whatever the facts are.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shipment.reply.cases import Case

MOST = 70  #: characters; one SMS in UCS-2

_BY_THEN = "单号{no}最新情况，我们将在{callback}前回复您。"

SHORT: Mapping[Case, tuple[str, ...]] = MappingProxyType(
    {
        Case.NORMAL: (
            "单号{no}运输中，{t_fix}位于{place}，预计{eta}到达{dest}。",
            "单号{no}运输中，预计{eta}到达{dest}。",
            "单号{no}运输中，预计{eta}送达。",
            "单号{no}运输中，{t_fix}位于{place}，送达时间核实中，{callback}前回复您。",
            "单号{no}运输中，送达时间核实中，{callback}前回复您。",
        ),
        Case.AT_RISK: (
            "单号{no}因{cause}可能晚到，最多约{n}，预计{eta}到达{dest}，我们正在{doing}。",
            "单号{no}因{cause}可能晚到，最多约{n}，预计{eta}送达，我们正在{doing}。",
            "单号{no}因{cause}可能晚到，我们正在{doing}，{callback}前回复您。",
            "单号{no}可能晚到，原因核实中，{callback}前回复您。",
        ),
        Case.LATE: (
            "抱歉，单号{no}因{cause}延误，预计{eta}到达{dest}，我们已{done}。",
            "抱歉，单号{no}因{cause}延误，预计{eta}送达，我们已{done}。",
            "抱歉，单号{no}因{cause}延误，我们已{done}，{callback}前回复您。",
            "抱歉，单号{no}延误，原因核实中，预计{eta}送达，{callback}前回复您。",
            "抱歉，单号{no}延误，原因核实中，{callback}前回复您。",
        ),
        Case.AT_HUB: (
            "单号{no}已于{t}到达{hub}，正在中转，预计{eta}到达{dest}。",
            "单号{no}正在{hub}中转，预计{eta}送达。",
            "单号{no}中转中，预计{eta}送达。",
            "单号{no}中转中，送达时间核实中，{callback}前回复您。",
        ),
        Case.ARRIVING: (
            "单号{no}即将送达，车辆距您约{km}公里，预计{eta}到达，请保持电话畅通。",
            "单号{no}即将送达，预计{eta}到达，请保持电话畅通。",
            "单号{no}即将送达，请保持电话畅通。",
        ),
        Case.ARRIVED: (
            "单号{no}的车辆{t}到达收货地，正在办理交接，尚未签收。",
            "单号{no}的车辆已到达收货地，正在办理交接，尚未签收。",
        ),
        Case.SIGNED: (
            "单号{no}已于{t_signed}签收，签收人{signer}，感谢您的信任。",
            "单号{no}已于{t_signed}签收，感谢您的信任。",
            "单号{no}已签收，感谢您的信任。",
        ),
        Case.STALE: (
            "抱歉，单号{no}延误{late}，车辆信号中断，原因核实中，{callback}前回复您。",
            "单号{no}的车辆{t_fix}位于{place}，之后信号中断，我们正在与司机核实，{callback}前回复您。",
            "单号{no}的车辆信号中断，我们正在与司机核实，{callback}前回复您。",
        ),
        Case.NOT_DEPARTED: (
            "单号{no}尚未发出，计划{pln}从{origin}发车，预计{eta}送达。",
            "单号{no}尚未发出，计划{pln}从{origin}发车。",
            "单号{no}尚未发出，计划{pln}发车。",
            "单号{no}尚未发出，发车时间核实中，{callback}前回复您。",
        ),
        Case.EXCEPTION: (
            "单号{no}因{cause}延误{delayed}，已登记处理（编号{case}），专员{due}前与您联系。",
            "单号{no}延误{delayed}，原因核实中，已登记（编号{case}），专员{due}前与您联系。",
            "单号{no}出现{type}情况，已登记处理（编号{case}），专员{due}前与您联系。",
            "单号{no}出现{type}情况，我们正在核实，{callback}前回复您。",
        ),
        Case.CANCELLED: ("单号{no}的运输已取消，如有疑问请与我们联系。",),
        Case.NOT_FOUND: ("未查询到您提供的单号，请核对，或提供订单号/手机尾号。",),
    }
)

#: Where everything else is too long.
LAST = _BY_THEN
