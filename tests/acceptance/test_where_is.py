"""Where is my truck: what is said, word for word, and what the answer holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from fleet.errors import NotFound
from fleet.rights import Role
from fleet.scope import Scope
from fleet.trips import Risk
from shipment.reply import places
from shipment.reply.cases import Case
from shipment.reply.compose import reply
from store import whereabouts
from tests.acceptance.said import FACTS, SAID
from tests.fix_api import Start
from tests.fix_trips import made
from tests.fix_waybills import KUNSHAN, PLATE, ZONE, GoodsHand, ask
from tracker_api import where


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("case", FACTS)
def test_each_case_is_said_word_for_word(case: Case, language: str) -> None:
    said = reply(FACTS[case])
    assert said.case == case.value
    assert getattr(said, language) == SAID[case][0 if language == "zh" else 1]


@pytest.mark.parametrize("case", FACTS)
def test_each_sms_is_said_word_for_word(case: Case) -> None:
    assert reply(FACTS[case]).sms == SAID[case][2]


@pytest.fixture
def client(goods: GoodsHand) -> Iterator[httpx.Client]:
    with goods.running.client() as client:
        yield client


def aboard(goods: GoodsHand, **columns: Any) -> str:  # noqa: ANN401 (of the table)
    """A waybill on its way, seen near Kunshan half a minute ago."""
    number = goods.add()
    hours = {"p50": 2, "p90": 2.2}
    estimate = {name: goods.now + timedelta(hours=h) for name, h in hours.items()}
    goods.load(number, **estimate | {"risk": int(Risk.ON_TIME)} | columns)
    goods.move(*KUNSHAN)
    return number


def test_an_answer_says_where_it_is_when_it_comes_and_how_that_is_known(
    goods: GoodsHand, client: httpx.Client
) -> None:
    number = aboard(goods)
    told = ask(client, number.lower())
    assert (told["found"], told["matched_by"], told["reply"]) == (True, "number", "normal")
    assert told["waybill"]["vehicle"] == PLATE
    assert told["place"]["kind"] == "town"
    assert told["place"]["text_zh"].startswith("江苏昆山附近（")
    assert told["place"]["text_en"].startswith("near Kunshan, Jiangsu, ")
    assert (told["position"]["lon"], told["position"]["exact"]) == (KUNSHAN[0], True)
    assert told["disclosure"] == "exact"
    assert 30 <= told["age_s"] < 90
    assert (told["stale"], told["on_route"], told["off_m"]) == (False, True, 12.0)
    assert told["next_stop"]["site"]["code"] == "SUZ-1"
    assert told["next_stop"]["eta"]["p50"] is not None
    assert told["promise_delta_min"] == -120
    assert told["eta"]["window_from"] >= told["eta"]["p50"]
    assert told["risk"] == "on_time"
    assert told["source"] == "gps"
    assert number in told["reply_zh"]
    assert number in told["sms_zh"]


def test_late_goods_come_with_a_cause_and_with_what_is_done(
    goods: GoodsHand, client: httpx.Client
) -> None:
    late = {"risk": int(Risk.LATE), "cause": "traffic_slow", "delay": 3600.0}
    late |= {name: goods.now + timedelta(hours=5) for name in ("p50", "p90")}
    told = ask(client, aboard(goods, **late))
    assert (told["reply"], told["risk"], told["cause"]) == ("late", "late", "traffic_slow")
    assert (told["cause_zh"], told["cause_en"]) == ("道路行驶缓慢", "slow traffic")
    assert told["action_zh"]
    assert told["cause_zh"] in told["reply_zh"]
    assert told["promise_delta_min"] == 60


def test_an_old_position_is_told_with_its_age_and_never_as_now(
    goods: GoodsHand, client: httpx.Client
) -> None:
    number = aboard(goods)
    goods.move(*KUNSHAN, ago=2400.0)
    told = ask(client, number)
    assert (told["reply"], told["stale"]) == ("stale", True)
    assert told["age_s"] >= 2400
    assert "目前" not in told["reply_zh"]
    assert "40分钟前" in told["reply_zh"]


def test_off_its_line_nothing_is_said_of_what_is_left_along_it(
    goods: GoodsHand, client: httpx.Client
) -> None:
    number = aboard(goods)
    # As progress has it, it is 90 m from its destination; it is 80 km from its line.
    goods.conn.execute("UPDATE trip_state SET s = 119000, away = 80000")
    told = ask(client, number)
    assert (told["reply"], told["on_route"]) == ("normal", False)
    assert told["place"]["distance_m"] is None
    assert "公里" not in told["reply_zh"]


def test_what_is_left_is_never_less_than_as_the_crow_flies(
    goods: GoodsHand, client: httpx.Client
) -> None:
    number = aboard(goods, p50=None, p90=None)
    goods.conn.execute("UPDATE trip_state SET s = 119000")  # progress runs ahead of the fix
    told = ask(client, number)
    assert told["place"]["distance_m"] > 14_000  # from Kunshan to the site in Suzhou
    assert told["reply"] != "arriving"


def test_a_parked_vehicle_is_not_stale_as_soon_as_a_moving_one(
    goods: GoodsHand, client: httpx.Client
) -> None:
    number = aboard(goods)
    for ago, speed, stale in ((290, 20.0, False), (310, 20.0, True), (2090, 0.0, False)):
        goods.move(*KUNSHAN, ago=ago, speed=speed)
        assert ask(client, number)["stale"] is stale, (ago, speed)


def test_goods_in_a_hub_are_told_there_and_not_with_the_vehicle_that_went_on(
    goods: GoodsHand, client: httpx.Client
) -> None:
    number = aboard(goods)
    goods.unload(number)
    goods.stands(number, vehicle=None, site="SUZ-1", state="arrived_hub")
    goods.happened(number, "arrived_hub", goods.now - timedelta(minutes=20), "SUZ-1")
    goods.move(120.3, 31.3)
    told = ask(client, number)
    assert (told["reply"], told["position"]) == ("at_hub", None)
    assert told["place"] == {
        "text_zh": "苏州", "text_en": "at Suzhou", "kind": "site", "site": "SUZ-1",
        "distance_m": None,
    }  # fmt: skip
    assert told["waybill"]["vehicle"] is None
    assert [each["kind"] for each in told["timeline"]] == ["arrived_hub"]


def test_without_an_estimate_nothing_is_called_on_time(
    goods: GoodsHand, client: httpx.Client
) -> None:
    told = ask(client, aboard(goods, p50=None, p90=None))
    assert (told["risk"], told["eta"], told["promise_delta_min"]) == ("unknown", None, None)
    assert "运输正常" not in told["reply_zh"]
    assert "on schedule" not in told["reply_en"]


def test_what_was_said_can_be_shown_again_exactly(goods: GoodsHand, client: httpx.Client) -> None:
    number = aboard(goods)
    told = ask(client, number)
    goods.move(120.3, 31.3)
    goods.stands(number, risk=int(Risk.LATE))
    again = made(client.get(f"/api/v1/answers/{told['answer_id']}"), 200)
    assert again == told
    assert client.get(f"/api/v1/answers/{'0' * 32}").status_code == 404
    with pytest.raises(Exception, match="never changed"):
        goods.conn.execute("UPDATE answer SET reply = 'normal'")


def test_what_is_not_found_is_said_with_what_may_be_meant(
    goods: GoodsHand, client: httpx.Client
) -> None:
    number = goods.add()
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    told = ask(client, wrong)
    assert (told["found"], told["reply"], told["waybill"]) == (False, "not_found", None)
    assert told["suggestions"] == [number]
    assert number in told["reply_zh"]
    row = goods.conn.execute("SELECT code FROM waybill WHERE number = %s", [number]).fetchone()
    assert row is not None
    mistyped = row[0][:-1] + str((int(row[0][-1]) + 1) % 10)
    told = ask(client, mistyped)
    assert told["check_failed"]
    assert "校验不符" in told["reply_zh"]


def test_of_one_telephone_the_newest_is_answered_and_the_others_are_listed(
    goods: GoodsHand, client: httpx.Client
) -> None:
    first, second = goods.add(), goods.add()
    told = ask(client, "5678")
    assert (told["matched_by"], told["waybill"]["number"]) == ("phone", second)
    assert [each["number"] for each in told["also"]] == [first]


def test_a_plate_leads_to_what_is_aboard_or_else_to_what_its_trip_is_to_carry(
    goods: GoodsHand, client: httpx.Client
) -> None:
    booked, other = goods.add(), goods.add()
    goods.stands(booked, trip="T-1")
    told = ask(client, PLATE.lower())
    assert (told["matched_by"], told["waybill"]["number"], told["also"]) == ("plate", booked, [])
    goods.load(other)
    assert ask(client, PLATE)["waybill"]["number"] == other


def test_a_hundred_are_asked_at_once_and_no_more(goods: GoodsHand, client: httpx.Client) -> None:
    number = goods.add()
    asked = [number, "nothing", *["x"] * 98]
    told = made(client.post("/api/v1/where-is", json={"numbers": asked}), 200)["answers"]
    assert [each["found"] for each in told[:3]] == [True, False, False]
    assert len({each["answer_id"] for each in told}) == 100
    too_many = client.post("/api/v1/where-is", json={"numbers": [*asked, "y"]})
    assert too_many.status_code == 422


def test_an_exception_is_the_headline_and_the_state_stays_beneath(
    goods: GoodsHand, client: httpx.Client
) -> None:
    number = aboard(goods)
    goods.conn.execute(
        """
        INSERT INTO exception_report (id, number, kind, severity, state, waybill_id, found_at,
                                      description, due_at, author)
        SELECT gen_random_uuid(), 'EX-20260504-0001', 'damaged', 2, 'received', id, now(), 'wet',
               now() + interval '30 minutes', 'li.na' FROM waybill WHERE number = %s
        """,
        [number],
    )
    told = ask(client, number)
    assert told["reply"] == "exception"
    assert told["exception"]["number"] == "EX-20260504-0001"
    assert told["waybill"]["headline"]["kind"] == "damaged"
    assert told["waybill"]["state"] == "in_transit"


CUSTOMER = Scope("wang", frozenset(), Role.CUSTOMER, customers=frozenset({"acme"}))


def told_to(goods: GoodsHand, scope: Scope, q: str) -> dict[str, Any]:
    """The answer to another than the operator."""
    with goods.conn.transaction():
        return where.answer(goods.conn, scope, q, where.eyes_of(scope, goods.now, ZONE))


def test_a_customer_sees_a_cell_ten_minutes_old_and_nothing_to_compute_it_from(
    goods: GoodsHand,
) -> None:
    number = far_off(goods)
    goods.was(120.9512, 31.3821, ago=900)
    told = told_to(goods, CUSTOMER, number)
    seen = told["position"]
    assert (told["disclosure"], seen["exact"], seen["speed_mps"]) == ("coarse", False, None)
    assert (seen["lon"], seen["lat"]) == places.snapped(120.9512, 31.3821)
    assert told["age_s"] >= 600
    assert (told["on_route"], told["off_m"], told["place"]["distance_m"]) == (None, None, None)
    assert told["waybill"]["vehicle"] == PLATE[-3:]
    assert told["waybill"]["trip"] is None
    assert told["next_stop"] is None
    assert "公里" not in told["place"]["text_zh"]
    assert "苏州" not in json.dumps(told, ensure_ascii=False), "a stop of another customer"
    for ends in (told["eta"], told["waybill"]["eta"]):
        assert all(
            at is None or at[14:] in {"00:00Z", "15:00Z", "30:00Z", "45:00Z"}
            for at in ends.values()
        )


def test_a_customer_sees_the_exact_place_when_it_is_near(goods: GoodsHand) -> None:
    number = aboard(goods, p50=None, p90=None)  # three stops are left at most
    told = told_to(goods, CUSTOMER, number)
    assert (told["disclosure"], told["position"]["exact"]) == ("exact", True)


def test_nobody_sees_goods_of_another_customer(goods: GoodsHand) -> None:
    number = goods.add("other")
    told = told_to(goods, CUSTOMER, number)
    assert (told["found"], told["suggestions"], told["also"]) == (False, [], [])
    for scope in (Scope("it", None, Role.IT_ADMIN), Scope("zhao", None, Role.DRIVER)):
        assert not told_to(goods, scope, number)["found"]


def test_who_may_see_no_position_is_told_none(goods: GoodsHand) -> None:
    number = aboard(goods)
    told = told_to(goods, Scope("qa", None, Role.QA), number)
    assert (told["position"], told["disclosure"]) == (None, "none")
    assert told["place"]["kind"] == "unknown"
    assert told["eta"] is not None


def test_an_answer_is_shown_again_to_whoever_asked_it_and_to_no_other_customer(
    goods: GoodsHand,
) -> None:
    said = told_to(goods, CUSTOMER, goods.add())
    assert whereabouts.load_answer(goods.conn, CUSTOMER, said["answer_id"]) == said
    other = replace(CUSTOMER, principal="li", customers=frozenset({"other"}))
    agent = Scope("agent", None, Role.CS_AGENT)
    for scope in (other, agent):
        with pytest.raises(NotFound):
            whereabouts.load_answer(goods.conn, scope, said["answer_id"])
    lead = Scope("lead", None, Role.CS_LEAD)
    assert whereabouts.load_answer(goods.conn, lead, said["answer_id"]) == said


def test_an_exact_position_that_was_read_stands_on_the_trail(
    start_api: Start, goods: GoodsHand
) -> None:
    number = aboard(goods)
    token = "s" * 32
    with start_api(token=token) as running, running.client() as client:
        client.headers["Authorization"] = f"Bearer {token}"
        told = ask(client, number)
        ask(client, goods.add())
    rows = goods.conn.execute("SELECT act, subject, detail FROM audit WHERE kind = 'waybill'")
    read = [row for row in rows if row[0] == "read"]
    assert [(row[1], row[2]["answers"][0]["answer"]) for row in read] == [
        (number, told["answer_id"])
    ]


def far_off(goods: GoodsHand) -> str:
    """A waybill aboard, of which the vehicle has four stops to go before it is unloaded."""
    number = aboard(goods)
    goods.many_stops()
    return number
