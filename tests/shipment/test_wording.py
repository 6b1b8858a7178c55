from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from fleet.notices import Topic
from shipment import wording
from shipment.wording import SMS, WaybillFacts

#: 2026-11-22T00:15:00Z
AT = 1_795_306_500.0
LONGEST = WaybillFacts(
    "ABCD20261122123456",
    AT,
    "Asia/Shanghai",
    "上海市浦东新区外高桥保税物流园区三号转运中心",
    "Waigaoqiao",
    AT + 30_000,
    93_000.0,
    "沪蓉高速南京段发生交通事故道路封闭绕行等待放行",
    "an accident",
)
TOPICS = [topic for topic in Topic if topic.startswith("waybill.")]


def said(body: dict[str, Any], language: str) -> tuple[str, str]:
    return body[language]["title"], body[language]["text"]


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("risk", ["on_time", "at_risk", "late", "overdue", "unknown"])
def test_every_text_has_number_and_state_and_fits_one_sms(topic: Topic, risk: str) -> None:
    for facts in (LONGEST, WaybillFacts("HT20261122000001", AT)):
        body = wording.waybill_text(topic, replace(facts, risk=risk))
        title, text = said(body, "zh")
        assert facts.number in text
        assert title
        assert len(text) <= SMS
        assert facts.number in said(body, "en")[1]
        assert not re.search(r"nan|\{|\}|None", text + said(body, "en")[1])


def test_times_are_said_on_the_clock_of_the_place() -> None:
    facts = WaybillFacts("HT20261122000001", AT, "Asia/Shanghai", "武汉分拨中心", "Wuhan")
    body = wording.waybill_text(Topic.PICKED_UP, facts)
    assert said(body, "zh") == (
        "已揽收",
        "单号HT20261122000001已于11月22日08:15揽收（武汉分拨中心）。",
    )
    assert said(body, "en") == (
        "Picked up",
        "Shipment HT20261122000001 was picked up at 08:15 on 22 Nov (Wuhan).",
    )


def test_a_delay_says_how_late_why_and_until_when() -> None:
    facts = WaybillFacts("HT20261122000001", AT, "Asia/Shanghai", eta=AT + 7200, late=4000.0)
    facts = replace(facts, risk="late", cause_zh="交通缓慢", cause_en="slow traffic")
    body = wording.waybill_text(Topic.RISK, facts)
    assert said(body, "zh")[1] == (
        "单号HT20261122000001预计晚到约1小时5分钟，原因：交通缓慢，预计11月22日10:15到达。"
    )
    assert said(body, "en")[1] == (
        "Shipment HT20261122000001 will be late by about 65 min, because of slow traffic,"
        " expected 10:15 on 22 Nov."
    )


def test_an_arrival_never_sounds_like_a_delivery() -> None:
    body = wording.waybill_text(Topic.ARRIVED_DESTINATION, WaybillFacts("HT1", AT))
    assert "尚未签收" in said(body, "zh")[1]
    assert "not yet signed" in said(body, "en")[1]


def test_a_correction_names_what_was_wrong() -> None:
    wrong = wording.waybill_text(Topic.DELIVERED, LONGEST)
    body = wording.correction(wrong)
    assert LONGEST.number in said(body, "zh")[1]
    assert said(wrong, "en")[1] in said(body, "en")[1]
    assert len(said(body, "zh")[1]) <= SMS


@pytest.mark.parametrize(("count", "last"), [(2, "text 1"), (50, "text 49"), (53, "and 3 more")])
def test_a_digest_counts_what_it_has_no_room_for(count: int, last: str) -> None:
    bodies = [wording.body(("题", f"文 {i}"), ("title", f"text {i}")) for i in range(count)]
    title, text = said(wording.digest(bodies), "en")
    assert title == f"{count} notices"
    assert text.splitlines()[-1] == last


@pytest.mark.parametrize(
    ("language", "expected"),
    [("zh", ("题", "文")), ("en", ("title", "text")), ("both", ("题 / title", "文\ntext"))],
)
def test_a_message_is_in_the_language_asked_for(language: str, expected: tuple[str, str]) -> None:
    assert wording.message(wording.body(("题", "文"), ("title", "text")), language) == expected
    assert wording.message(wording.body(("题", "文"), ("", "")), language) == ("题", "文")


@pytest.mark.parametrize("topic", [topic for topic in Topic if topic.startswith("exception.")])
def test_an_exception_is_told_with_number_kind_and_subject(topic: Topic) -> None:
    body = wording.exception_text(topic, "EX-20261122-0001", "货损", "damaged", LONGEST.number)
    assert len(said(body, "zh")[1]) <= SMS
    for language, kind in (("zh", "货损"), ("en", "damaged")):
        assert {"EX-20261122-0001" in said(body, language)[1], kind in said(body, language)[1]} == {
            True
        }
