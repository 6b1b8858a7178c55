"""What the fake API answers to "where is it?"."""  # noqa: INP001 - beside fake_api.py

# ruff: noqa: E501 - whole sentences

from __future__ import annotations

from fake_places import Json, iso
from fake_waybill import FakeWaybill

WHY = {
    "traffic_slow": ("路况拥堵", "slow traffic"),
    "late_departure": ("发车晚点", "a late departure"),
    "long_dwell": ("停留过久", "a long stop"),
    "stopped_enroute": ("途中停车", "a stop on the way"),
    "driver_rest": ("司机休息", "the driver's rest"),
    "off_route": ("绕行", "a detour"),
    "signal_lost": ("信号中断", "lost signal"),
}


def place(w: FakeWaybill) -> Json:
    """In words."""
    if w.state == "awaiting_pickup" or w.trip.reached(2):
        site = w.sites[2 if w.trip.reached(2) else 0]
        return {
            "text_zh": site["name_zh"],
            "text_en": site["name_en"],
            "kind": "site",
            "site": site["code"],
            "distance_m": 0.0,
        }
    nxt = w.brief_of_trip["next_stop"] or w.sites[2]
    km = round((w.brief_of_trip["left_m"] or 0) / 1000)
    return {
        "text_zh": f"距{nxt['name_zh']}约{km}公里",
        "text_en": f"about {km} km from {nxt['name_en']}",
        "kind": "road",
        "site": None,
        "distance_m": km * 1000.0,
    }


def window(eta: Json | None) -> Json | None:
    """With what customers are told."""
    return None if eta is None else {**eta, "window_from": eta["p50"], "window_to": eta["p90"]}


def case(w: FakeWaybill) -> str:
    """Which reply fits."""
    state, risk = w.state, w.brief_of_trip["risk"]
    if state == "awaiting_pickup":
        return "not_departed"
    if state == "arrived_destination":
        return "unsigned"
    if state == "delivered":
        return "signed"
    if w.lorry.silence:
        return "stale"
    return {"late": "late", "overdue": "late", "at_risk": "at_risk"}.get(risk, "normal")


def replies(w: FakeWaybill) -> tuple[str, str, str]:
    """Ready to read, Chinese and English, and the message."""
    here, brief = place(w), w.brief()
    eta = brief["eta"]["p50"][11:16] if brief["eta"] else "--:--"
    zh_why, en_why = WHY.get(brief["cause"] or "", ("核实中", "being checked"))
    match case(w):
        case "late":
            zh = (
                f"非常抱歉，您的货物（单号{w.number}）因{zh_why}延误，现位于{here['text_zh']}，预计{eta}到达"
                f"{w.sites[2]['name_zh']}。我们已联系司机并调整后续安排，将持续跟进并及时通知您。"
            )
            en = (
                f"We are sorry: shipment {w.number} is delayed because of {en_why}. It is {here['text_en']} and "
                f"should reach {w.sites[2]['name_en']} at {eta}. We have spoken to the driver."
            )
        case "stale":
            zh = f"车辆最近一次定位是3小时前，位于{here['text_zh']}，信号暂时中断，我们正在与司机联系核实。"
            en = f"Our last position is 3 hours old, {here['text_en']}; we are checking with the driver."
        case "signed":
            zh, en = (
                "您的货物已签收，签收人王*。感谢您的信任。",
                "Signed for by Wang *. Thank you.",
            )
        case "unsigned":
            zh, en = (
                "车辆已到达收货地，正在办理交接，尚未签收。",
                "The vehicle is there; not yet signed.",
            )
        case "not_departed":
            zh, en = "您的货物尚未发出。", "It has not left yet."
        case _:
            zh = (
                f"您好，感谢您的耐心等待。您的货物（单号{w.number}）目前正在运输途中，位于{here['text_zh']}，"
                f"预计{eta}到达{w.sites[2]['name_zh']}，目前运输正常。"
            )
            en = (
                f"Hello, and thank you for waiting. Shipment {w.number} is on its way, {here['text_en']}. "
                f"It should reach {w.sites[2]['name_en']} at {eta}, and is on schedule."
            )
    return zh, en, f"您的货物{w.number[-6:]}预计{eta}到达，如有变化会及时通知您。"


def answer(w: FakeWaybill, asked: str, by: str) -> Json:
    """What is said of it."""
    brief = w.brief()
    heard = w.lorry.last_report(w.now)
    zh, en, sms = replies(w)
    aboard = brief["vehicle"] is not None
    lon, lat, _ = w.lorry.place(heard or w.now)
    late = brief["delay_s"]
    why = WHY.get(brief["cause"] or "")
    needs = brief["risk"] in {"late", "overdue", "at_risk"}
    nxt = w.brief_of_trip["next_stop"]
    full = w.full()
    return {
        "answer_id": f"a-{w.number}",
        "found": True,
        "asked": asked,
        "matched_by": by,
        "check_failed": False,
        "also": [],
        "suggestions": [],
        "waybill": brief,
        "place": place(w),
        "position": {
            "lon": lon,
            "lat": lat,
            "time": iso(heard),
            "speed_mps": 22.0,
            "exact": True,
        }
        if aboard and heard
        else None,
        "age_s": w.now - heard if aboard and heard else None,
        "stale": w.lorry.silence > 0,
        "on_route": not w.brief_of_trip["off_route"] if aboard else None,
        "off_m": 4200.0 if w.brief_of_trip["off_route"] else 18.0,
        "next_stop": {"site": nxt, "eta": w.brief_of_trip["next_eta"]} if nxt else None,
        "eta": window(brief["eta"]),
        "promised_at": brief["promised_at"],
        "promise_delta_min": None if late is None else round(late / 60),
        "risk": brief["risk"],
        "cause": brief["cause"],
        "cause_zh": why[0] if why else "核实中" if needs else None,
        "cause_en": why[1] if why else "being checked" if needs else None,
        "action_zh": "已联系司机并调整后续安排" if needs else None,
        "action_en": "we have spoken to the driver and moved what follows" if needs else None,
        "as_of": iso(heard or w.now),
        "source": "gps",
        "timeline": w.milestones(),
        "exception": None,
        "contact": full["contact"],
        "requirements": full["requirements"],
        "reply": case(w),
        "reply_zh": zh,
        "reply_en": en,
        "sms_zh": sms,
        "disclosure": "exact",
        "callback_at": None,
    }
