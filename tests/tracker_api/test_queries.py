"""The customer service desk over the API: asked, passed on, found out, replied, exported."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import openpyxl
import pytest

from tests.fix_desk import Office
from tests.fix_trips import made, refused

pytestmark = pytest.mark.db

QUERIES = "/api/v1/queries"
NOWHERE = "0193f1c2-6f4e-7c3b-9d51-ffffffffffff"  #: id of no answer
FINE = "您好，感谢您的耐心等待。"
LATE = "非常抱歉，您的货物因车辆故障延误，预计明天10:00到达，我们已安排换车。"


@pytest.fixture
def api(office: Office) -> httpx.Client:
    """Of the module."""
    return office.api


def ask(api: httpx.Client, **said: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
    return made(api.post(QUERIES, json={"channel": "phone", "asked": "nothing"} | said))


def act(api: httpx.Client, query: dict[str, Any], what: str, **said: Any) -> httpx.Response:  # noqa: ANN401 (JSON)
    return api.post(f"{QUERIES}/{query['id']}/{what}", json=said)


def test_a_query_is_passed_on_to_who_can_find_out(api: httpx.Client, office: Office) -> None:
    for state, department, minutes in (
        ("in_transit", "dispatch", 15),
        ("arrived_hub", "warehouse", 15),
        ("delivered", "service", 30),
    ):
        number = office.waybill(state)
        query = ask(api, asked=f"{number[:6]}-{number[6:]}".lower(), asker="王女士")
        assert query["waybill"]["number"] == number
        assert query["department"] == department
        assert query["state"] == ("new" if department == "service" else "routed")
        assert query["way"] == {"channel": "phone", "why_zh": "", "why_en": ""}
        ends = (query["asked_at"], query["remind_at"])
        asked_at, remind_at = (datetime.fromisoformat(at) for at in ends)
        assert remind_at - asked_at == timedelta(minutes=minutes)


def test_a_query_about_nothing_known_stays_at_the_desk(api: httpx.Client) -> None:
    query = ask(api, urgent=True)
    assert (query["waybill"], query["department"], query["state"]) == (None, "service", "new")


def test_a_query_goes_from_the_asking_to_the_close(api: httpx.Client, office: Office) -> None:
    query = ask(api, asked=office.waybill("in_transit"))
    assert made(act(api, query, "take"), 200)["handler"] == "operator"
    routed = made(act(api, query, "route", department="warehouse", note="bay 3?"), 200)
    assert (routed["department"], routed["handler"]) == ("warehouse", None)
    found = made(act(api, query, "answer", finding="in bay 3", source="person"), 200)
    assert (found["state"], found["finding"]) == ("answered", "in bay 3")
    told = made(act(api, query, "reply", reply=FINE), 200)
    assert (told["state"], told["reply_channel"], told["sent"]) == ("replied", "phone", False)
    closed = made(act(api, query, "close"), 200)
    acts = ["asked", "route", "take", "route", "answer", "reply", "close"]
    assert [entry["act"] for entry in closed["entries"]] == acts
    assert closed["entries"][3]["detail"]["note"] == "bay 3?"
    refused(act(api, query, "reply", reply=FINE), 409)
    assert made(api.get(f"{QUERIES}/{query['number']}"), 200)["state"] == "closed"


def test_nobody_replied_so_the_close_needs_a_reason(api: httpx.Client) -> None:
    query = ask(api)
    assert refused(act(api, query, "close"))["where"] == "reason"
    made(act(api, query, "close", reason="hung up"), 200)


def test_the_queue_is_urgent_first_then_oldest_and_a_long_wait_lifts(api: httpx.Client) -> None:
    now = datetime.now(UTC)

    def asked(minutes: float, *, urgent: bool = False) -> str:
        at = (now - timedelta(minutes=minutes)).isoformat()
        return str(ask(api, asked_at=at, urgent=urgent)["number"])

    normal, urgent, old, waiting = (
        asked(5), asked(3, urgent=True), asked(61.5), asked(30),
    )  # fmt: skip
    listed = made(api.get(QUERIES, params={"open": "true"}), 200)
    mine = [each for each in listed["queries"] if each["number"] in {normal, urgent, old, waiting}]
    # The old one was lifted a minute and a half ago, after the urgent one had come.
    assert [each["number"] for each in mine] == [urgent, old, waiting, normal]
    assert [each["lifted"] for each in mine] == [False, True, False, False]
    assert [each["overdue"] for each in mine] == [False, True, True, False]
    assert listed["counts"]["new"] >= 4
    assert listed["counts"]["urgent"] >= 1


def test_who_takes_no_calls_is_not_called_back(api: httpx.Client, office: Office) -> None:
    for terms in ({"contact": "sms"}, {"requirements": ("text_first",)}):
        query = ask(api, asked=office.waybill(**terms))
        assert query["way"]["channel"] == "sms"
        assert query["way"]["why_zh"]
        refused(act(api, query, "reply", reply=FINE, channel="phone", why="quicker"), 409)
        assert made(act(api, query, "reply", reply=FINE), 200)["reply_channel"] == "sms"


def test_another_channel_than_the_one_asked_by_needs_a_reason(api: httpx.Client) -> None:
    query = ask(api, channel="email", contact="kelan@example.com")
    assert refused(act(api, query, "reply", reply=FINE, channel="sms"))["where"] == "/why"
    told = made(act(api, query, "reply", reply=FINE, channel="sms", why="no mail here"), 200)
    assert told["reply_channel"] == "sms"


def test_a_reply_by_mail_is_sent_where_a_channel_for_it_is_set_up(
    api: httpx.Client, office: Office
) -> None:
    office.conn.execute(
        "INSERT INTO channel (code, kind, name, address, author)"
        " VALUES ('post', 'apprise', 'mail', 'mailto://u:p@example.com?to={to}', 'li.na')"
    )
    query = ask(api, channel="email", contact="kelan@example.com")
    assert made(act(api, query, "reply", reply=FINE), 200)["sent"] is True
    found = office.conn.execute(
        "SELECT address, body #>> '{zh,text}' FROM notice WHERE subject = %s", [query["number"]]
    )
    assert found.fetchall() == [("kelan@example.com", FINE)]


def test_what_is_not_said_to_customers_is_refused(api: httpx.Client, office: Office) -> None:
    number = office.waybill("in_transit")
    answers = {
        risk: office.answer(number, stale=risk == "unknown", risk=risk)
        for risk in ("on_time", "unknown", "late")
    }
    query = ask(api, asked=number)
    for risk, reply, why in (
        ("on_time", "不知道", "forbidden"),
        ("on_time", "您好，您的货物已签收。", "nobody signed"),
        ("unknown", "您好，车辆目前位于昆山附近。", "old position"),
        ("late", FINE, "late"),
        ("late", "非常抱歉，您的货物延误了。", "without a cause"),
    ):
        problem = refused(act(api, query, "reply", reply=reply, answer_id=answers[risk]))
        assert problem["where"] == "/reply"
        assert why in problem["detail"]
    fine = made(act(api, query, "reply", reply=LATE, answer_id=answers["late"]), 200)
    assert (fine["answer_id"], fine["state"]) == (answers["late"], "replied")


def test_an_answer_that_is_not_there_is_not_attached(api: httpx.Client) -> None:
    query = ask(api)
    unknown = {"answer_id": NOWHERE}
    refused(act(api, query, "answer", **unknown), 404)
    refused(api.post(QUERIES, json={"channel": "web", "asked": "x"} | unknown), 404)


def test_a_query_that_cannot_be_is_refused(api: httpx.Client) -> None:
    for said, where in (
        ({"channel": "pigeon"}, "/channel"),
        ({"asked_at": "2020-01-01T00:00:00Z"}, "/asked_at"),
        ({"asked": ""}, "/asked"),
    ):
        problem = refused(api.post(QUERIES, json={"channel": "phone", "asked": "x"} | said))
        assert problem["where"] == where


def test_what_is_not_there_is_not_found(api: httpx.Client) -> None:
    refused(api.get(f"{QUERIES}/Q-20200101-0001"), 404)
    refused(api.post(f"{QUERIES}/{NOWHERE}/take", json={}), 404)
    refused(api.get(f"{QUERIES}/nothing"))


def test_the_log_leaves_as_a_file_with_the_headings_of_the_trade(
    api: httpx.Client, office: Office
) -> None:
    number = office.waybill("in_transit")
    query = ask(api, asked=number, asker="+王女士", contact="13800000000", question="到哪了")
    made(act(api, query, "reply", reply=FINE, source="gps"), 200)
    text = api.get(f"{QUERIES}/export?format=csv").content.decode("utf-8-sig")
    (row,) = [row for row in csv.DictReader(io.StringIO(text)) if row["货物单号"] == number]
    assert (row["货物单号"], row["客户姓名"], row["紧急程度"]) == (number, "'+王女士", "普通")
    assert (row["信息来源"], row["回复渠道"], row["渠道"]) == ("车载定位", "电话", "电话")
    book = openpyxl.load_workbook(io.BytesIO(api.get(f"{QUERIES}/export").content))
    assert book.active is not None
    assert [cell.value for cell in next(book.active.iter_rows())] == list(row)
