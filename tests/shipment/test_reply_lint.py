"""Whatever the facts are, a reply may be said; and what may not be said is refused."""

from __future__ import annotations

from dataclasses import replace
from math import nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.reports import ReportKind
from fleet.trips import DelayCause, Risk
from fleet.waybills import WaybillState
from shipment.reply import linter
from shipment.reply.cases import Case, choose
from shipment.reply.compose import reply
from shipment.reply.facts import Both, Facts, Reply, Trouble
from shipment.reply.linter import About, faults
from tests.shipment.replies import LATE, NORMAL, STALE

NOW = NORMAL.now

# Names are whatever people call places: words that the linter refuses among them.
PLACE = st.builds(
    Both,
    st.sampled_from(["苏州枢纽", "目前物流园", "准时达仓", "江苏昆山附近", "喂，仓库"]),
    st.sampled_from(["Suzhou Hub", "Now Foods", "On Time Logistics", "near Kunshan"]),
)
NAMES = st.one_of(st.just(Both()), PLACE)
INSTANTS = st.one_of(st.just(nan), st.floats(NOW - 40 * 86_400, NOW + 40 * 86_400))
PAST = st.one_of(st.just(nan), st.floats(NOW - 400 * 86_400, NOW))
SPANS = st.one_of(st.just(nan), st.floats(-3600, 200_000))
TROUBLES = st.one_of(
    st.none(),
    st.builds(
        Trouble, st.sampled_from(ReportKind), st.just("EX-20260504-0001"), PAST.filter(float), PAST
    ),
)


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    """Anything that a lookup could come to, and much that it could not."""
    p50 = draw(INSTANTS)
    return Facts(
        now=NOW + draw(st.floats(0, 86_400)),
        zone=draw(st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/St_Johns"])),
        asked="x",
        number=draw(st.sampled_from(["", "JD20260504000001", "ABCD20260504000001"])),
        state=draw(st.sampled_from(WaybillState)),
        aboard=draw(st.booleans()),
        place=draw(NAMES),
        place_short=draw(NAMES),
        fix=draw(PAST),
        stale=draw(st.booleans()),
        origin=draw(PLACE),
        destination=draw(PLACE),
        next_stop=draw(NAMES),
        hub=draw(NAMES),
        arrived=draw(PAST),
        leaves=draw(INSTANTS),
        p50=p50,
        p90=p50 + draw(st.one_of(st.just(nan), st.floats(0, 90_000))),
        promised=draw(INSTANTS),
        risk=draw(st.sampled_from(Risk)),
        delay=draw(SPANS),
        cause=draw(st.one_of(st.none(), st.sampled_from(DelayCause))),
        near=draw(st.booleans()),
        left=draw(st.one_of(st.just(nan), st.floats(0, 3e6))),
        signer=draw(st.sampled_from(["", "张三", "李", "Ms Miller"])),
        signed=draw(PAST),
        trouble=draw(TROUBLES),
        suggestions=draw(st.sampled_from([(), ("JD20260504000001", "JD20260504000002")])),
        check_failed=draw(st.booleans()),
        salutation=draw(st.sampled_from(["", "王女士"])),
        foreign=draw(st.booleans()),
    )


@settings(max_examples=200, deadline=None)
@given(facts())
def test_every_reply_that_is_made_may_be_said(known: Facts) -> None:
    said = reply(known)  # the linter looks at it, and would refuse
    assert len(said.sms) <= 70
    assert "{" not in said.zh + said.en + said.sms
    if known.number:
        assert known.number in said.zh
        assert known.number in said.en
        assert known.number in said.sms


@settings(max_examples=80, deadline=None)
@given(facts())
def test_late_goods_are_called_late_with_a_cause_and_what_is_done(known: Facts) -> None:
    known = replace(known, number="JD20260504000001", risk=Risk.LATE, trouble=None)
    case, said = choose(known), reply(known)
    if case in {Case.SIGNED, Case.CANCELLED, Case.EXCEPTION}:
        return
    assert "晚" in said.zh or "延误" in said.zh
    assert "因" in said.zh or "核实" in said.zh
    assert "我们" in said.zh


MUTATIONS = [
    ("a slot is left", NORMAL, "zh", lambda text: text + "{eta}"),
    ("an old position is now", STALE, "zh", lambda text: text.replace("所在车辆", "目前")),
    ("an old position is now", STALE, "en", lambda text: text + " It is now near Kunshan."),
    ("the cause is left out", LATE, "zh", lambda text: text.replace("因道路行驶缓慢", "")),
    (
        "the cause is left out",
        LATE,
        "en",
        lambda text: text.replace(" because of slow traffic", ""),
    ),
    (
        "the action is left out",
        LATE,
        "zh",
        lambda text: text[: text.index("我们已")],
    ),
    ("the action is left out", LATE, "en", lambda text: text[: text.index("We have")]),
    ("late goods are on time", LATE, "zh", lambda text: text + "运输正常。"),
    ("late goods are on time", LATE, "en", lambda text: text + " It is on schedule."),
    ("a forbidden word", NORMAL, "zh", lambda text: text + "具体我也不知道。"),
    ("a forbidden word", NORMAL, "en", lambda text: text + " I don't know more."),
    ("arrived is not signed", NORMAL, "zh", lambda text: text + "已签收。"),
    ("arrived is not signed", NORMAL, "en", lambda text: text + " It was signed for."),
    ("a time of another day", NORMAL, "zh", lambda text: text.replace("15:30", "09:17")),
    ("a time of another day", NORMAL, "en", lambda text: text.replace("15:30", "09:17")),
    ("too long for an SMS", NORMAL, "sms", lambda text: text + "感谢您的耐心等待" * 4),
    ("nothing is said", NORMAL, "zh", lambda _: " "),
]


@pytest.mark.parametrize(("what", "known", "which", "change"), MUTATIONS)
def test_a_sentence_that_was_made_wrong_is_refused(
    what: str, known: Facts, which: str, change: object
) -> None:
    good = reply(known)
    assert callable(change)
    bad: Reply = replace(good, **{which: change(getattr(good, which))})
    assert bad != good, what
    with pytest.raises(linter.Refused):
        linter.require(bad, known)


def test_what_people_write_is_looked_at_too() -> None:
    assert faults("您好，预计15:30到达。", About()) == ()
    assert faults("您好，我不清楚。", About()) == ("forbidden: 不清楚",)
    assert faults("货物延误。", About()) == ("late without a cause", "late without an action")
    assert faults("因天气延误，我们正在跟进。", About()) == ()
    assert faults("货物正在运输。", About(late=True))[0].startswith("it is late")
    assert faults("张三丰已收。", About(secrets=("张三丰",))) == ("a name is told in full",)
    assert faults("It is here now.", About("en", stale=True)) != ()


@pytest.mark.parametrize(
    ("text", "language", "wrong"),
    [
        ("明天09:00至11:00到达", "zh", ()),
        ("5月5日23:30至5月6日00:30到达", "zh", ()),
        ("09:00至明天11:00到达", "zh", ("09:00",)),
        ("between 09:00 and 11:00 tomorrow", "en", ()),
        ("at 09:00 on 5 May", "en", ()),
        ("at 09:00 on 5 May 2027", "en", ()),
        ("between 09:00 and 11:00", "en", ("09:00", "11:00")),
        ("at 14:05", "en", ()),
    ],
)
def test_a_time_of_another_day_needs_its_day(
    text: str, language: str, wrong: tuple[str, ...]
) -> None:
    found = faults(text, About(language, today=frozenset({"14:05"})))
    assert found == tuple(f"{time} without its day" for time in wrong)


@pytest.mark.parametrize("signer", ["an", "by", "签收", "货物", "{x}", "[x]"])
def test_whatever_was_typed_as_the_signer_there_is_a_reply(signer: str) -> None:
    known = replace(
        NORMAL, state=WaybillState.DELIVERED, signed=NORMAL.now - 60, aboard=False, signer=signer
    )
    said = reply(known)
    assert said.case == Case.SIGNED
    assert faults(said.zh, linter.about(replace(known, signer=""))) == ()
