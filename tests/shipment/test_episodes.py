"""Alerts open, change and close: one per episode, in whatever order it is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.alert_views import Decision, Ending, KeptAlert
from fleet.alerts import AlertKind, AlertState, ClosedHow, Episode, Severity, SubjectKind
from fleet.errors import Invalid
from shipment import episodes
from shipment.alert_words import body, text
from shipment.detect.endings import Evidence, ending
from shipment.detect.limits import DEFAULTS, Stall, configured, defaults, settled
from shipment.episodes import BACKFILLED, MOVED, Looked, decide, escalates, match, rename
from shipment.playbooks import PLAYBOOKS, steps
from store.detectors import Setting

T0 = 1_700_000_000.0
EVERYTHING = Looked(frozenset(AlertKind))


def found(name: str = "a", began: float = 0.0, **more: Any) -> Episode:  # noqa: ANN401 - a builder
    given: dict[str, Any] = {
        "kind": AlertKind.STOPPED,
        "subject_kind": SubjectKind.TRIP,
        "subject": "t1",
        "name": name,
        "began": T0 + began,
        "since": T0 + began,
        "severity": Severity.RISK,
        "facts": {},
        **more,
    }
    return Episode(**given)


def kept(episode: Episode, **more: Any) -> KeptAlert:  # noqa: ANN401 - a builder
    given: dict[str, Any] = {
        "state": AlertState.OPEN,
        "opened": episode.since,
        "changed": episode.since,
        **more,
    }
    return KeptAlert(
        id=f"{episode.kind}-{episode.subject}-{episode.name}",
        kind=episode.kind,
        subject_kind=episode.subject_kind,
        subject=episode.subject,
        name=episode.name,
        severity=episode.severity,
        began=episode.began,
        facts=dict(episode.facts),
        site=episode.site,
        vehicle=episode.vehicle,
        **given,
    )


def decided(
    episodes_found: Sequence[Episode],
    alerts: Sequence[KeptAlert] = (),
    closed: Sequence[KeptAlert] = (),
    endings: Mapping[str, Ending] | None = None,
    now: float = 60.0,
) -> Decision:
    by_key = {alert.key: alert for alert in closed}
    matched = rename(match(episodes_found, alerts, EVERYTHING), by_key)
    return decide(matched, by_key, endings or {}, T0 + now)


def test_what_is_new_opens_once_however_often_it_is_found() -> None:
    decision = decided([found(), found()])
    assert [each.name for each in decision.opens] == ["a"]
    assert decision.opens[0].facts == {"since": round(T0)}


def test_what_is_found_again_stays_as_it_is() -> None:
    assert decided([found()], [kept(found())]) == Decision()


def test_what_is_not_found_is_over_or_never_was() -> None:
    alert = kept(found())
    [closing] = decided([], [alert], endings={alert.id: Ending(T0 + 30)}).closes
    assert (closing.how, closing.at) == (ClosedHow.OVER, T0 + 30)
    [closing] = decided([], [alert], endings={alert.id: Ending(never=True)}).closes
    assert (closing.how, closing.at) == (ClosedHow.DISPROVED, T0 + 60)


def test_what_was_not_looked_for_stays_open() -> None:
    alert = kept(found(kind=AlertKind.OVERSPEED, vehicle=7))
    looked = Looked(frozenset(AlertKind), frozenset({AlertKind.OVERSPEED}), {8})
    assert match([], [alert], looked).missing == ()
    looked = replace(looked, vehicles={7})
    assert match([], [alert], looked).missing == (alert,)


def test_an_episode_that_says_that_it_is_over_closes_its_alert() -> None:
    [closing] = decided([found(over=T0 + 50)], [kept(found())]).closes
    assert (closing.how, closing.at) == (ClosedHow.OVER, T0 + 50)


def test_a_person_closes_for_good_and_nobody_else_does() -> None:
    for how, reopened in ((ClosedHow.PERSON, 0), (ClosedHow.OVER, 1), (ClosedHow.DISPROVED, 1)):
        alert = kept(found(), state=AlertState.CLOSED, closed_how=how)
        decision = decided([found()], closed=[alert])
        assert (len(decision.reopens), decision.opens) == (reopened, ())


def test_what_began_a_little_otherwise_is_the_same_alert() -> None:
    alert = kept(found("a", 0.0))
    [change] = decided([found("b", MOVED)], [alert]).changes
    assert (change.alert, change.episode.name, change.worse) == (alert, "b", False)
    decision = decided([found("b", MOVED + 1)], [alert])
    assert (len(decision.opens), len(decision.closes)) == (1, 1)
    elsewhere = decided([found("b", 1.0, site=3)], [alert])
    assert (len(elsewhere.opens), len(elsewhere.closes)) == (1, 1)


def test_worse_is_news_and_better_is_not() -> None:
    alert = kept(found())
    [worse] = decided([found(severity=Severity.SAFETY)], [alert]).changes
    [better] = decided([found(severity=Severity.INFO)], [alert]).changes
    assert (worse.worse, better.worse) == (True, False)


def test_numbers_are_written_now_and_then() -> None:
    alert = kept(found(facts={"stood_s": 1}), changed=T0)
    assert decided([found(facts={"stood_s": 2})], [alert], now=59).changes == ()
    assert len(decided([found(facts={"stood_s": 2})], [alert], now=60).changes) == 1


def test_what_is_found_long_after_is_marked_so() -> None:
    for late in (False, True):
        [episode] = decided([found()], now=BACKFILLED - 1 + late).opens
        assert ("backfilled" in episode.facts) is late


@pytest.mark.parametrize(
    ("severity", "limit"), [(Severity.SAFETY, 300.0), (Severity.LATE, 900.0), (Severity.RISK, None)]
)
def test_nobody_takes_it_up(severity: Severity, limit: float | None) -> None:
    alert = kept(found(severity=severity))
    assert not escalates(alert, T0 + (limit or 9e6) - 1)
    assert escalates(alert, T0 + (limit or 9e6)) is (limit is not None)
    at = T0 + 9e6
    assert not escalates(replace(alert, state=AlertState.ACKNOWLEDGED), at)
    assert not escalates(replace(alert, escalated=True), at)
    assert not escalates(replace(alert, snoozed=at - 1), at)
    assert not escalates(replace(alert, facts={"backfilled": True}), at)


@given(st.permutations(range(6)), st.integers(0, 6), st.sets(st.integers(0, 5)))
def test_the_same_facts_keep_the_same_alerts_in_any_order(
    order: list[int], first: int, gone: set[int]
) -> None:
    every = [found(f"e{n}", 10_000.0 * n, subject=f"t{n % 3}") for n in order]
    opened = [kept(each) for each in decided(every[:first]).opens]
    after = [each for n, each in zip(order, every, strict=True) if n not in gone]
    decision = decided(after, opened)
    names = {(each.subject, each.name) for each in decision.opens}
    stay = {(a.subject, a.name) for a in opened} - {
        (c.alert.subject, c.alert.name) for c in decision.closes
    }
    assert names | stay == {(each.subject, each.name) for each in after}
    assert not names & {(alert.subject, alert.name) for alert in opened}


@pytest.mark.parametrize(
    ("kind", "name", "limit"),
    [
        (AlertKind.NO_UPDATE_AFTER_PICKUP, "recorded", 86_400.0),
        (AlertKind.TRANSIT_STALL, "departed", 172_800.0),
        (AlertKind.OVERSTAY, "departed", 5400.0),
        (AlertKind.NOT_DEPARTED, "departed", 900.0),
        (AlertKind.STOPPED, "moved", 1200.0),
        (AlertKind.DAY_CHECK, "recorded", 0.0),
    ],
)
def test_what_ended_before_its_limit_never_was(kind: AlertKind, name: str, limit: float) -> None:
    alert = kept(found(kind=kind, facts={"since": T0 + limit}))
    early: dict[str, Any] = {name: T0 + limit - 1}
    timely: dict[str, Any] = {name: T0 + limit}
    assert ending(alert, Evidence(**early)).never
    assert not ending(alert, Evidence(**timely)).never
    assert not ending(alert, Evidence()).never


def test_what_was_reached_in_time_was_not_overdue_and_what_was_visited_not_missed() -> None:
    overdue = kept(found(kind=AlertKind.OVERDUE))
    assert ending(overdue, Evidence(arrived=T0)).never
    assert not ending(overdue, Evidence(arrived=T0 + 1)).never
    missed = kept(found(kind=AlertKind.MISSED_STOP))
    assert ending(missed, Evidence(arrived=T0 + 9e5)).never
    assert not ending(missed, Evidence()).never


def test_every_kind_has_a_name_steps_and_a_sentence_in_both_languages() -> None:
    for kind in AlertKind:
        assert kind in DEFAULTS
        book = PLAYBOOKS[kind]
        assert len(book.steps_zh) == len(book.steps_en) >= 2
        for facts in ({}, FULL):
            for said in text(kind, SubjectKind.TRIP, "t1", facts):
                assert "t1" in said
                assert "None" not in said
                assert "nan" not in said
            assert steps(kind, facts)
        told = body(kind, SubjectKind.TRIP, "t1", FULL, over=True)
        assert str(told["zh"]).count("已解除") == 1


FULL: dict[str, object] = {
    "site_zh": "上海站",
    "site_en": "Shanghai",
    "to_zh": "无锡站",
    "to_en": "Wuxi",
    "delay_s": 5400,
    "promised": T0,
    "hours": 30,
    "moved_m": 12_000.0,
    "stood_s": 1500,
    "seen": T0,
    "peak_kmh": 97.2,
    "driven_s": 14_500,
    "due": True,
    "fault": "power_cut",
    "day": 2,
    "task": 2,
    "told": T0,
    "zone": "Asia/Shanghai",
}


@pytest.mark.parametrize(
    ("kind", "zh", "en"),
    [
        (
            AlertKind.LATE,
            "运单 JD1预计晚到达无锡站，承诺11月15日06:13前，预计延迟90分钟。",
            "Waybill JD1 will be late at Wuxi, promised until 2023-11-15 06:13, about 90 min late.",
        ),
        (
            AlertKind.NO_UPDATE_AFTER_PICKUP,
            "运单 JD1揽收后已30小时没有新节点（车辆已行驶约12公里）。",
            "Waybill JD1 has had no milestone for 30 h (its vehicle is about 12 km further).",
        ),
        (
            AlertKind.TRANSIT_STALL,
            "运单 JD1在上海站已停留30小时。",
            "Waybill JD1 has stood at Shanghai for 30 h.",
        ),
    ],
)
def test_sentences(kind: AlertKind, zh: str, en: str) -> None:
    assert text(kind, SubjectKind.WAYBILL, "JD1", FULL) == (zh, en)


def test_limits_are_changed_by_name_and_within_reason() -> None:
    assert configured(AlertKind.TRANSIT_STALL, {"after": 3600}) == Stall(3600.0)
    for kind, wrong in (
        (AlertKind.TRANSIT_STALL, {"before": 1}),
        (AlertKind.TRANSIT_STALL, {"after": 0}),
        (AlertKind.TRANSIT_STALL, {"after": nan}),
        (AlertKind.TRANSIT_STALL, {"after": True}),
        (AlertKind.STOPPED, {"after": 1199}),
        (AlertKind.SOS, {"after": 1}),
    ):
        with pytest.raises(Invalid):
            configured(kind, wrong)


def test_a_setting_of_another_version_counts_not() -> None:
    from datetime import UTC, datetime  # noqa: PLC0415 - of this test alone

    at = datetime.now(UTC)
    said = [
        Setting("transit_stall", True, {"gone": 1}, 3, 2, "li.na", at),  # noqa: FBT003 - a row
        Setting("no_such_kind", True, {}, None, 1, "li.na", at),  # noqa: FBT003 - likewise
    ]
    known = settled(said)
    assert known.keys() == defaults().keys()
    assert known[AlertKind.TRANSIT_STALL].limits == Stall()
    assert known[AlertKind.TRANSIT_STALL].severity is Severity.RISK
    assert episodes.ESCALATES.keys() == {Severity.SAFETY, Severity.LATE}
