"""What a transition says to people: short texts in Chinese and English.

A text stands alone: it begins with the number and holds the state, and the Chinese one fits one
SMS.  What a text has no fact for it leaves out, it never fills a gap with a guess.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isnan, nan
from zoneinfo import ZoneInfo

from fleet.notices import Topic

#: Characters of one SMS in UCS-2.
SMS = 70

#: Lines of a digest; what is beyond is counted.
MOST_LINES = 50

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class WaybillFacts:
    """What is known of a waybill's transition; times UTC s, NaN unknown, "" unknown."""

    number: str
    at: float
    zone: str = "UTC"  #: IANA, in which times are said
    site_zh: str = ""
    site_en: str = ""
    eta: float = nan  #: at the destination
    late: float = nan  #: s behind the promise
    cause_zh: str = ""
    cause_en: str = ""
    risk: str = ""  #: of RISK and WORSE: on_time, at_risk, late, overdue, unknown


@dataclass(frozen=True, slots=True)
class _Words:
    """Of one topic: titles, and what follows the number; ``{site}`` is left out where unknown."""

    title_zh: str
    title_en: str
    zh: str
    en: str


_WAYBILL: Mapping[str, _Words] = {
    Topic.PICKED_UP: _Words("已揽收", "Picked up", "已于{t}揽收", "was picked up at {t}"),
    Topic.DEPARTED_ORIGIN: _Words("已发出", "Departed", "已于{t}发出", "left its origin at {t}"),
    Topic.ARRIVED_HUB: _Words(
        "到达中转站", "At a hub", "已于{t}到达中转站", "reached a hub at {t}"
    ),
    Topic.DEPARTED_HUB: _Words(
        "离开中转站", "Left a hub", "已于{t}离开中转站", "left a hub at {t}"
    ),
    Topic.OUT_FOR_DELIVERY: _Words(
        "即将派送", "Out for delivery", "即将派送，请保持电话畅通", "is out for delivery"
    ),
    Topic.ARRIVED_DESTINATION: _Words(
        "到达目的地",
        "At the destination",
        "已于{t}到达目的地，尚未签收",
        "reached its destination at {t}, not yet signed for",
    ),
    Topic.DELIVERED: _Words("已签收", "Delivered", "已于{t}签收", "was signed for at {t}"),
    Topic.REFUSED: _Words("已拒收", "Refused", "已于{t}被拒收", "was refused at {t}"),
    Topic.WORSE: _Words("延误加重", "Later still", "延误加重", "is later still"),
}

_RISK: Mapping[str, _Words] = {
    "on_time": _Words("恢复正常", "On time again", "预计可按时到达", "is expected on time again"),
    "at_risk": _Words("可能延误", "May be late", "可能晚到", "may be late"),
    "late": _Words("延误", "Late", "预计晚到", "will be late"),
    "overdue": _Words("已超时", "Overdue", "已超过约定时间", "is past its promised time"),
    "unknown": _Words("无法预计", "No estimate", "暂时无法预计到达时间", "cannot be estimated now"),
}

_EXCEPTION: Mapping[str, _Words] = {
    Topic.EXCEPTION_OPENED: _Words("异常登记", "Exception", "已登记", "was registered"),
    Topic.EXCEPTION_CHANGED: _Words("异常进展", "Exception", "有新进展", "has moved on"),
    Topic.EXCEPTION_CLOSED: _Words("异常结案", "Exception closed", "已结案", "was closed"),
    Topic.EXCEPTION_BREACHED: _Words(
        "异常超时未转交", "Not handed over", "超时未转交", "was not handed over in time"
    ),
}


def body(
    zh: tuple[str, str], en: tuple[str, str], data: Mapping[str, object] | None = None
) -> dict[str, object]:
    """The body of a transition; ``zh`` and ``en`` are title and text, ``data`` is for systems."""
    return {
        "zh": {"title": zh[0], "text": zh[1]},
        "en": {"title": en[0], "text": en[1]},
        "data": dict(data or {}),
    }


def waybill_text(topic: str, facts: WaybillFacts) -> dict[str, object]:
    """The body of a waybill's transition.

    Raises:
        KeyError: nothing is said of that topic, or of that risk.
    """
    words = _RISK[facts.risk] if topic == Topic.RISK else _WAYBILL[topic]
    zone = ZoneInfo(facts.zone)
    told = datetime.fromtimestamp(facts.at, UTC).astimezone(zone)
    zh = f"单号{facts.number}{words.zh.format(t=_zh(told))}"
    en = f"Shipment {facts.number} {words.en.format(t=_en(told))}"
    parts_zh, parts_en = [], []
    if facts.site_zh or facts.site_en:
        parts_zh.append(f"（{facts.site_zh or facts.site_en}）")
        parts_en.append(f" ({facts.site_en or facts.site_zh})")
    if topic in {Topic.RISK, Topic.WORSE} and facts.risk != "on_time":
        parts_zh, parts_en = _delay(facts)
    if not isnan(facts.eta) and topic not in {Topic.DELIVERED, Topic.REFUSED}:
        eta = datetime.fromtimestamp(facts.eta, UTC).astimezone(zone)
        parts_zh.append(f"，预计{_zh(eta)}到达")
        parts_en.append(f", expected {_en(eta)}")
    return body(
        (words.title_zh, _fit(zh, parts_zh)),
        (words.title_en, "".join((en, *parts_en, "."))),
        {"number": facts.number, **({"risk": facts.risk} if facts.risk else {})},
    )


def exception_text(
    topic: str, number: str, kind_zh: str, kind_en: str, subject: str = ""
) -> dict[str, object]:
    """The body of an exception report's transition; ``subject`` is its waybill or trip.

    Raises:
        KeyError: nothing is said of that topic.
    """
    words = _EXCEPTION[topic]
    zh = [f"（{subject}）"] if subject else []
    en = f" ({subject})" if subject else ""
    return body(
        (words.title_zh, _fit(f"异常{number}{kind_zh}{words.zh}", zh)),
        (words.title_en, f"Exception {number}, {kind_en}, {words.en}{en}."),
        {"number": number, "subject": subject},
    )


def correction(wrong: Mapping[str, object]) -> dict[str, object]:
    """The body that takes ``wrong``, the body of what was sent, back."""
    zh, en = _said(wrong, "zh"), _said(wrong, "en")
    return body(
        ("更正", _clip(f"更正：此前通知有误，请以后续通知为准。原文：{zh[1] or zh[0]}")),
        ("Correction", f"Correction: this message was wrong: {en[1] or en[0]}"),
        _data(wrong),
    )


def digest(gathered: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """One body of many, in their order; beyond ``MOST_LINES`` they are only counted."""
    more = len(gathered) - MOST_LINES
    texts = {}
    for language, rest in (("zh", f"另有{more}条"), ("en", f"and {more} more")):
        lines = [_said(one, language)[1] for one in gathered[:MOST_LINES]]
        texts[language] = "\n".join(lines + ([rest] if more > 0 else []))
    count = len(gathered)
    return body((f"通知汇总（{count}条）", texts["zh"]), (f"{count} notices", texts["en"]))


def message(told: Mapping[str, object], language: str) -> tuple[str, str]:
    """Title and text in ``language``: zh, en or both; whatever there is where that is missing."""
    zh, en = _said(told, "zh"), _said(told, "en")
    if language == "both" and zh[1] and en[1]:
        return f"{zh[0]} / {en[0]}", f"{zh[1]}\n{en[1]}"
    first, second = (en, zh) if language == "en" else (zh, en)
    return first if first[1] else second


def _said(told: Mapping[str, object], language: str) -> tuple[str, str]:
    """Title and text of a body in one language; "" where it has none."""
    words = told.get(language)
    if not isinstance(words, Mapping):
        return "", ""
    return str(words.get("title", "")), str(words.get("text", ""))


def _data(told: Mapping[str, object]) -> dict[str, object]:
    data = told.get("data")
    return dict(data) if isinstance(data, Mapping) else {}


def _delay(facts: WaybillFacts) -> tuple[list[str], list[str]]:
    """How late and why, as far as it is known; whole five minutes, as nobody knows it better."""
    zh, en = [], []
    if facts.late > 0:
        minutes = max(5, 5 * round(facts.late / 300))
        hours, rest = divmod(minutes, 60)
        said = (f"{hours}小时" if hours else "") + (f"{rest}分钟" if rest else "")
        zh.append(f"约{said}")
        en.append(f" by about {minutes} min")
    if facts.cause_zh or facts.cause_en:
        zh.append(f"，原因：{facts.cause_zh or facts.cause_en}")
        en.append(f", because of {facts.cause_en or facts.cause_zh}")
    return zh, en


def _fit(beginning: str, parts: Sequence[str]) -> str:
    """The beginning, and as many of the parts as one SMS has room for, the first ones first."""
    text = beginning
    for part in parts:
        if len(text) + len(part) < SMS:
            text += part
    return f"{text}。"


def _clip(text: str) -> str:
    return text if len(text) <= SMS else f"{text[: SMS - 1]}…"


def _zh(wall: datetime) -> str:
    return f"{wall.month}月{wall.day}日{wall:%H:%M}"


def _en(wall: datetime) -> str:
    return f"{wall:%H:%M} on {wall.day} {_MONTHS[wall.month - 1]}"
