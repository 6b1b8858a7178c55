"""The sentence of an alert, in Chinese and English, out of its facts.

A text says what is wrong with what, where and since when; what nobody knows it leaves out.  Times
are on the clock that ``facts["zone"]`` names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from fleet.alerts import AlertKind, SubjectKind
from shipment.playbooks import PLAYBOOKS

Facts = Mapping[str, object]
Text = tuple[str, str]

MINUTE, HOUR = 60, 3600

_SUBJECT: Mapping[SubjectKind, Text] = MappingProxyType(
    {
        SubjectKind.VEHICLE: ("车辆 {}", "Vehicle {}"),
        SubjectKind.TRIP: ("车次 {}", "Trip {}"),
        SubjectKind.WAYBILL: ("运单 {}", "Waybill {}"),
        SubjectKind.DEVICE: ("终端 {}", "Device {}"),
    }
)


def title(kind: AlertKind, subject_kind: SubjectKind, subject: str) -> Text:
    """What is wrong with what."""
    book, (zh, en) = PLAYBOOKS[kind], _SUBJECT[subject_kind]
    return f"{book.zh}：{zh.format(subject)}", f"{book.en}: {en.format(subject)}"


def text(kind: AlertKind, subject_kind: SubjectKind, subject: str, facts: Facts) -> Text:
    """A sentence of what is wrong."""
    zh, en = _SUBJECT[subject_kind]
    said_zh, said_en = _SAYS[kind](facts)
    return f"{zh.format(subject)}{said_zh}。", f"{en.format(subject)} {said_en}."


def _number(facts: Facts, name: str) -> float | None:
    value = facts.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _word(facts: Facts, name: str) -> str:
    value = facts.get(name)
    return value if isinstance(value, str) else ""


def span(seconds: float) -> Text:
    """A length of time: minutes below two hours, hours below two days, then days."""
    minutes = max(round(seconds / MINUTE), 1)
    if minutes < 120:  # noqa: PLR2004 - as said
        return f"{minutes}分钟", f"{minutes} min"
    hours = round(seconds / HOUR)
    if hours < 48:  # noqa: PLR2004 - as said
        return f"{hours}小时", f"{hours} h"
    days = round(hours / 24)
    return f"{days}天", f"{days} days"


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name or "UTC")


def _clock(facts: Facts, name: str) -> Text | None:
    """A time of day, with the date."""
    at = _number(facts, name)
    if at is None:
        return None
    wall = datetime.fromtimestamp(at, UTC).astimezone(_zone(_word(facts, "zone")))
    return f"{wall.month}月{wall.day}日{wall:%H:%M}", f"{wall:%Y-%m-%d %H:%M}"


def _place(facts: Facts) -> Text:
    return (_word(facts, "site_zh") or _word(facts, "site")), (
        _word(facts, "site_en") or _word(facts, "site")
    )


def _at(facts: Facts) -> Text:
    zh, en = _place(facts)
    return (f"在{zh}", f" at {en}") if zh else ("", "")


def _late_by(facts: Facts) -> Text:
    delay = _number(facts, "delay_s")
    if delay is None or delay < MINUTE:
        return "", ""
    zh, en = span(delay)
    return f"，预计延迟{zh}", f", about {en} late"


def _to(facts: Facts) -> Text:
    zh = _word(facts, "to_zh") or _place(facts)[0]
    en = _word(facts, "to_en") or _place(facts)[1]
    return (f"到达{zh}", f" at {en}") if zh else ("到达", "")


def _due(facts: Facts) -> Text:
    promised, due = _clock(facts, "promised"), _clock(facts, "due")
    if promised is not None:
        return f"，承诺{promised[0]}前", f", promised until {promised[1]}"
    return (f"，应于{due[0]}前", f", due until {due[1]}") if due is not None else ("", "")


def _promise(zh: str, en: str) -> Callable[[Facts], Text]:
    def say(facts: Facts) -> Text:
        to, due, late = _to(facts), _due(facts), _late_by(facts)
        return f"{zh}{to[0]}{due[0]}{late[0]}", f"{en}{to[1]}{due[1]}{late[1]}"

    return say


def _plain(zh: str, en: str) -> Callable[[Facts], Text]:
    def say(facts: Facts) -> Text:
        at = _at(facts)
        return f"{at[0]}{zh}", f"{en}{at[1]}"

    return say


def _no_update(facts: Facts) -> Text:
    hours = _number(facts, "hours") or 24
    zh, en = span(hours * HOUR)
    moved = _number(facts, "moved_m")
    note = ("", "")
    if moved is not None and moved >= 5000:  # noqa: PLR2004 - m; less is a yard (domain 3.9)
        km = round(moved / 1000)
        note = f"（车辆已行驶约{km}公里）", f" (its vehicle is about {km} km further)"
    return f"揽收后已{zh}没有新节点{note[0]}", f"has had no milestone for {en}{note[1]}"


def _stall(facts: Facts) -> Text:
    zh, en = span((_number(facts, "hours") or 48) * HOUR)
    place = _at(facts)
    where = place if place[0] else ("在途中", " on the road")
    return f"{where[0]}已停留{zh}", f"has stood{where[1]} for {en}"


def _stand(zh: str, en: str) -> Callable[[Facts], Text]:
    def say(facts: Facts) -> Text:
        at, stood = _at(facts), _number(facts, "stood_s")
        time = span(stood) if stood else ("", "")
        tail = (f"{time[0]}", f" for {time[1]}") if stood else ("", "")
        return f"{at[0]}{zh}{tail[0]}", f"{en}{at[1]}{tail[1]}"

    return say


def _lost(facts: Facts) -> Text:
    seen = _clock(facts, "seen")
    if _word(facts, "cause") == "connection":
        return "与平台的连接中断", "has lost its connection"
    if seen is None:
        return "没有信号", "is not heard of"
    return f"自{seen[0]}起没有信号", f"was last heard of at {seen[1]}"


def _fast(facts: Facts) -> Text:
    peak = _number(facts, "peak_kmh")
    if peak is None:
        return "超速行驶", "drives too fast"
    return f"超速行驶，最高{peak:.0f}公里/小时", f"drives too fast, up to {peak:.0f} km/h"


def _tired(facts: Facts) -> Text:
    driven = span(_number(facts, "driven_s") or HOUR)
    if facts.get("due") is True:
        return f"已连续驾驶{driven[0]}未休息", f"has been driven for {driven[1]} without a rest"
    return (
        f"已连续驾驶{driven[0]}，应尽快休息",
        f"has been driven for {driven[1]}; a rest is due soon",
    )


_FAULTS: Mapping[str, Text] = MappingProxyType(
    {
        "power_cut": ("电源被切断", "has lost its power"),
        "letters": ("发来大量无法识别的数据", "sends much that cannot be read"),
    }
)


def _fault(facts: Facts) -> Text:
    return _FAULTS.get(_word(facts, "fault"), ("故障", "is faulty"))


def _day(facts: Facts) -> Text:
    day = _number(facts, "day") or 1
    told = _clock(facts, "told")
    zh, en = f"发货后第{day:.0f}天跟踪不正常", f"is not tracked as it should be on D+{day:.0f}"
    if told is None:
        return zh, en
    return f"{zh}，最近节点{told[0]}", f"{en}; last milestone {told[1]}"


_SAYS: Mapping[AlertKind, Callable[[Facts], Text]] = MappingProxyType(
    {
        AlertKind.NO_UPDATE_AFTER_PICKUP: _no_update,
        AlertKind.TRANSIT_STALL: _stall,
        AlertKind.LATE: _promise("预计晚", "will be late"),
        AlertKind.AT_RISK: _promise("可能晚", "may be late"),
        AlertKind.OVERDUE: _promise("逾期未", "is overdue"),
        AlertKind.OFF_ROUTE: _plain("偏离计划路线", "is off its route"),
        AlertKind.STOPPED: _stand("途中停车", "stands on the way"),
        AlertKind.OVERSTAY: _stand("停留超时", "stays too long"),
        AlertKind.NOT_DEPARTED: _plain("未按时发车", "has not departed"),
        AlertKind.NO_VEHICLE: _plain("尚未指派车辆", "has no vehicle"),
        AlertKind.SIGNAL_LOST: _lost,
        AlertKind.OVERSPEED: _fast,
        AlertKind.FATIGUE: _tired,
        AlertKind.FORBIDDEN_ZONE: _plain("进入禁区", "is in a forbidden zone"),
        AlertKind.DEVICE_FAULT: _fault,
        AlertKind.RELOCATION: _plain("位置跳转，并非行驶所致", "is elsewhere without a drive"),
        AlertKind.WRONG_STOP: _stand(
            "停在计划外的站点", "stands at a place that is not in its plan"
        ),
        AlertKind.MISSED_STOP: _plain("漏停", "has missed its stop"),
        AlertKind.SOS: _plain("发出紧急求助", "calls for help"),
        AlertKind.DAY_CHECK: _day,
    }
)


def body(
    kind: AlertKind, subject_kind: SubjectKind, subject: str, facts: Facts, *, over: bool = False
) -> dict[str, object]:
    """What a notice says of an alert, or of its end."""
    head, said = title(kind, subject_kind, subject), text(kind, subject_kind, subject, facts)
    if over:
        head = f"已解除：{head[0]}", f"Over: {head[1]}"
    data = {"kind": kind.value, "subject_kind": subject_kind.value, "subject": subject}
    return {
        "zh": {"title": head[0], "text": said[0]},
        "en": {"title": head[1], "text": said[1]},
        "data": {**data, "over": over, "facts": dict(facts)},
    }
