"""Queries: whose turn it is, who finds out, when somebody is reminded, the way back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.calls import Channel, Department, Query, QueryState
from fleet.errors import Conflict, Invalid
from fleet.waybills import WaybillState
from shipment import calls
from shipment.calls import DEPARTMENT, STEPS, Act, Said
from tests.shipment.asked import MINUTE, NOW, SECOND, query


def test_every_state_of_a_waybill_has_a_department() -> None:
    assert set(DEPARTMENT) == set(WaybillState)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (WaybillState.IN_TRANSIT, Department.DISPATCH),
        (WaybillState.OUT_FOR_DELIVERY, Department.DISPATCH),
        (WaybillState.ARRIVED_HUB, Department.WAREHOUSE),
        (WaybillState.DELIVERED, Department.SERVICE),
        (None, Department.SERVICE),
    ],
)
def test_what_is_on_the_road_goes_to_dispatch_and_what_is_in_a_hub_to_the_warehouse(
    state: WaybillState | None, expected: Department
) -> None:
    assert calls.department(state) is expected


def numbers(queries: list[Query], now: datetime = NOW) -> list[int]:
    return [int(each.number[-4:]) for each in calls.order(queries, now)]


def test_an_urgent_query_comes_before_an_older_normal_one() -> None:
    asked = [query(1, asked_at=NOW - 50 * MINUTE), query(2, urgent=True), query(3)]
    assert numbers(asked) == [2, 1, 3]


def test_a_normal_query_is_lifted_after_an_hour_and_not_a_second_before() -> None:
    old, urgent = query(1, asked_at=NOW - 60 * MINUTE), query(2, urgent=True)
    assert numbers([old, urgent], NOW) == [2, 1]
    assert numbers([old, urgent], NOW + SECOND) == [2, 1]  # the urgent one was there before
    later = query(3, urgent=True, asked_at=NOW + 2 * SECOND)
    assert numbers([old, urgent, later], NOW + 2 * SECOND) == [2, 1, 3]
    assert calls.is_lifted(old, NOW + SECOND)
    assert not calls.is_lifted(old, NOW)


def test_a_query_that_was_replied_to_waits_behind_all_that_were_not() -> None:
    told = query(1, urgent=True, state=QueryState.REPLIED)
    assert numbers([told, query(2)]) == [2, 1]


@given(st.integers(0, 2**32), st.floats(0.1, 0.9))
def test_no_urgent_query_waits_behind_a_normal_one_and_no_normal_one_starves(
    seed: int, share: float
) -> None:
    # One person takes one query every 10 minutes, while more urgent ones come than that.
    random = np.random.default_rng(seed)
    waiting: list[Query] = []
    now, number = NOW, 0
    for _ in range(60):
        for _ in range(int(random.integers(0, 3))):
            number += 1
            urgent = bool(random.random() < share)
            waiting.append(query(number, urgent=urgent, asked_at=now))
        if waiting:
            taken = calls.order(waiting, now)[0]
            if not taken.urgent:
                hour = timedelta(hours=1)
                ahead = [each for each in waiting if each.urgent]
                assert not ahead or now - taken.asked_at > hour
                assert all(each.asked_at >= taken.asked_at + hour for each in ahead)
            waiting.remove(taken)
        now += 10 * MINUTE
        # Never behind an urgent query that was asked after it was lifted.
        turns = calls.order(waiting, now)
        for place, each in enumerate(turns):
            if calls.is_lifted(each, now):
                lifted = each.asked_at + timedelta(hours=1)
                assert all(one.asked_at <= lifted for one in turns[:place] if one.urgent)


@pytest.mark.parametrize(
    ("changes", "minutes"),
    [
        ({"urgent": True}, 5),
        ({}, 30),
        ({"state": QueryState.ROUTED, "routed_at": NOW + 10 * MINUTE}, 25),
        ({"urgent": True, "state": QueryState.ROUTED, "routed_at": NOW + MINUTE}, 6),
    ],
)
def test_somebody_is_reminded_after_a_while(changes: dict[str, Any], minutes: int) -> None:
    asked = query(**changes)
    assert calls.first_reminder(asked) == NOW + minutes * MINUTE
    assert not calls.is_overdue(asked, NOW + minutes * MINUTE - SECOND)
    assert calls.is_overdue(asked, NOW + minutes * MINUTE)
    assert not calls.is_overdue(replace(asked, state=QueryState.REPLIED), NOW + 90 * MINUTE)


@pytest.mark.parametrize("channel", Channel)
def test_the_reply_goes_by_the_channel_it_was_asked_by(channel: Channel) -> None:
    assert calls.way_back(channel, "phone") == calls.Way(channel)


@pytest.mark.parametrize(
    ("contact", "requirements", "expected"),
    [
        ("sms", [], Channel.SMS),
        ("email", [], Channel.EMAIL),
        ("phone", ["fragile", "text_first"], Channel.SMS),
        ("none", [], Channel.PHONE),
    ],
)
def test_who_takes_no_calls_is_not_called_back_and_it_is_said(
    contact: str, requirements: list[str], expected: Channel
) -> None:
    way = calls.way_back(Channel.PHONE, contact, requirements)
    assert way.channel is expected
    assert way.why_zh
    assert way.why_en


def test_a_query_goes_from_the_asking_to_the_close() -> None:
    asked = query(urgent=True)
    asked = calls.step(asked, Act.ROUTE, Said(department=Department.WAREHOUSE), NOW)
    assert asked.state is QueryState.ROUTED
    assert asked.remind_at == NOW + 5 * MINUTE
    found = Said(finding="in bay 3", source="person")
    asked = calls.step(asked, Act.ANSWER, found, NOW + MINUTE)
    assert (asked.state, asked.answered_at) == (QueryState.ANSWERED, NOW + MINUTE)
    said = Said(reply="您好", channel=Channel.PHONE)
    asked = calls.step(asked, Act.REPLY, said, NOW + 2 * MINUTE)
    assert (asked.state, asked.remind_at, asked.source) == (QueryState.REPLIED, None, "person")
    asked = calls.step(asked, Act.CLOSE, Said(), NOW + 3 * MINUTE)
    assert (asked.state, asked.closed_at) == (QueryState.CLOSED, NOW + 3 * MINUTE)


def test_a_reply_at_once_is_an_answer_too() -> None:
    said = Said(reply="您好", channel=Channel.WEB, answer_id="a1", source="gps")
    told = calls.step(query(), Act.REPLY, said, NOW)
    assert (told.answered_at, told.answer_id, told.source) == (NOW, "a1", "gps")


WHOLE = Said(
    handler="li.na", finding="x", reply="x", channel=Channel.PHONE, why="the caller hung up"
)


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("state", QueryState)
def test_an_act_is_legal_where_the_table_says_so(state: QueryState, act: Act) -> None:
    asked = query(state=state)
    if state in STEPS[act][0]:
        assert calls.step(asked, act, WHOLE, NOW).state is (STEPS[act][1] or state)
    else:
        with pytest.raises(Conflict, match="too late"):
            calls.step(asked, act, WHOLE, NOW)


@pytest.mark.parametrize(
    ("act", "where"),
    [
        (Act.TAKE, "handler"),
        (Act.ANSWER, "finding"),
        (Act.REPLY, "text"),
        (Act.CLOSE, "reason"),
    ],
)
def test_an_act_without_what_it_needs_is_refused(act: Act, where: str) -> None:
    with pytest.raises(Invalid) as refused:
        calls.step(query(), act, Said(), NOW)
    assert refused.value.where == where
