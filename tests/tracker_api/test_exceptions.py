"""Exception reports over the API: raised, brought through their steps, added up, exported."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import openpyxl
import pytest

from shipment.ledger import week_of
from tests.fix_desk import Office
from tests.fix_trips import made, refused

pytestmark = pytest.mark.db

EXCEPTIONS = "/api/v1/exceptions"
CLOSING = {"result": "delivered", "responsible": "the carrier", "feedback": "none"}


@pytest.fixture
def api(office: Office) -> httpx.Client:
    """Of the module."""
    return office.api


@pytest.fixture
def waybill(office: Office) -> str:
    """A new one of customer acme."""
    return office.waybill(order_no="A-1")


def raised(api: httpx.Client, **said: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
    asked = {"kind": "delay", "description": "not there yet"} | said
    return made(api.post(EXCEPTIONS, json=asked))


def act(api: httpx.Client, number: str, what: str, **said: Any) -> httpx.Response:  # noqa: ANN401 (JSON)
    return api.post(f"{EXCEPTIONS}/{number}/{what}", json=said)


def test_a_report_goes_from_the_raising_to_the_close(api: httpx.Client, waybill: str) -> None:
    report = raised(api, waybill=f" {waybill.lower()} ")
    number = report["number"]
    assert (report["waybill"], report["order_no"], report["customer"]) == (waybill, "A-1", "acme")
    assert (report["state_zh"], report["kind_zh"], report["severity"]) == ("已接收", "延误", 2)
    assert [step["act"] for step in report["next"]] == ["assign", "contact", "dismiss", "note"]
    told = made(act(api, number, "assign", to="wu.min", note="please"), 200)
    assert told["assigned_to"] == "wu.min"
    assert told["hand_over_s"] < 60
    made(act(api, number, "contact"), 200)
    made(act(api, number, "report"), 200)
    made(act(api, number, "investigate", cause="breakdown"), 200)
    problem = refused(act(api, number, "settle"))
    assert problem["where"] == "new_eta"
    made(act(api, number, "settle", new_eta="2030-01-01T00:00:00Z"), 200)
    assert refused(act(api, number, "close", result="x"))["where"] == "responsible"
    closed = made(act(api, number, "close", **CLOSING), 200)
    assert (closed["state"], closed["closed_by"]) == ("closed", "operator")
    full = made(api.get(f"{EXCEPTIONS}/{number}"), 200)
    acts = ["received", "assign", "contact", "report", "investigate", "settle", "close"]
    assert [entry["act"] for entry in full["entries"]] == acts
    assert full["entries"][3]["before"] == {"state": "contacted"}
    assert full["entries"][1]["note"] == "please"


def test_a_step_out_of_order_is_refused_and_says_why(api: httpx.Client) -> None:
    number = raised(api)["number"]
    problem = refused(act(api, number, "settle"), 409)
    assert "investigating" in problem["detail"]
    assert len(made(api.get(f"{EXCEPTIONS}/{number}"), 200)["entries"]) == 1


def test_a_false_alarm_is_closed_at_once_but_not_without_account(api: httpx.Client) -> None:
    number = raised(api, kind="other")["number"]
    refused(act(api, number, "close", **CLOSING), 409)
    refused(act(api, number, "close", unfounded=True))
    closed = made(act(api, number, "close", unfounded=True, **CLOSING), 200)
    assert closed["entries"][-1]["act"] == "dismiss"


def test_an_open_exception_is_the_headline_of_its_waybill(api: httpx.Client, waybill: str) -> None:
    number = raised(api, waybill=waybill, kind="damaged")["number"]
    query = {"channel": "phone", "asked": waybill}
    told = made(api.post("/api/v1/queries", json=query))["waybill"]
    assert told["headline"] == {"number": number, "kind": "damaged", "state": "received"}
    assert told["state"] == "created"
    made(act(api, number, "close", unfounded=True, **CLOSING), 200)
    assert made(api.post("/api/v1/queries", json=query))["waybill"]["headline"] is None


def test_a_second_delay_of_the_same_goods_is_refused(api: httpx.Client, waybill: str) -> None:
    raised(api, waybill=waybill)
    again = {"kind": "delay", "description": "still not there", "waybill": waybill}
    assert "open report" in refused(api.post(EXCEPTIONS, json=again), 409)["detail"]


def test_a_report_that_cannot_be_is_refused(api: httpx.Client) -> None:
    for said, where in (
        ({"found_at": "2020-01-01T00:00:00Z"}, "/found_at"),
        ({"found_at": "2100-01-01T00:00:00Z"}, "/found_at"),
        ({"kind": "bad luck"}, "/kind"),
        ({"severity": 5}, "/severity"),
    ):
        asked = {"kind": "delay", "description": "x"} | said
        assert refused(api.post(EXCEPTIONS, json=asked))["where"] == where


def test_what_is_not_there_is_not_found(api: httpx.Client) -> None:
    refused(api.get(f"{EXCEPTIONS}/EX-20200101-0001"), 404)
    refused(act(api, "EX-20200101-0001", "contact"), 404)
    unknown = {"kind": "delay", "description": "x", "waybill": "JD20200101000001"}
    refused(api.post(EXCEPTIONS, json=unknown), 404)


def test_the_list_is_cut_by_what_is_asked_for(api: httpx.Client, waybill: str) -> None:
    mild = raised(api, kind="other", waybill=waybill)["number"]
    grave = raised(api, kind="lost", waybill=waybill)["number"]
    act(api, grave, "assign")

    def found(**asked: str) -> list[str]:
        told = made(api.get(EXCEPTIONS, params={"waybill": waybill, **asked}), 200)
        assert told["counts"]["received"] >= 2
        return [report["number"] for report in told["exceptions"]]

    assert found() == [grave, mild]
    assert found(kind="other", open="true") == [mild]
    assert found(handler="me") == [grave]
    assert found(state="closed") == []


def test_the_week_adds_up_to_its_reports(api: httpx.Client, waybill: str) -> None:
    numbers = {raised(api, kind=kind, waybill=waybill)["number"] for kind in ("lost", "delay")}
    told = made(api.get(f"{EXCEPTIONS}/summary"), 200)
    assert told["week"] == week_of(datetime.now(UTC), "UTC")
    assert numbers <= set(told["exceptions"])
    assert told["total"]["reports"] == len(told["exceptions"])
    for way in ("by_kind", "by_cause", "by_site", "by_carrier"):
        assert sum(each["reports"] for each in told[way]) == told["total"]["reports"]
    empty = made(api.get(f"{EXCEPTIONS}/summary?week=2020-W01"), 200)["total"]
    assert (empty["reports"], empty["hand_over_s"]) == (0, None)
    assert refused(api.get(f"{EXCEPTIONS}/summary?week=2020-W99"))["where"] == "week"


def test_the_ledger_leaves_as_a_file_in_which_nothing_is_a_formula(api: httpx.Client) -> None:
    evil = '=HYPERLINK("http://x","y")'
    number = raised(api, kind="other", description=evil)["number"]
    answer = api.get(f"{EXCEPTIONS}/export?format=xlsx")
    assert answer.headers["content-disposition"].endswith('"exceptions.xlsx"')
    page = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert page is not None
    heading, *rows = page.iter_rows()
    names = [cell.value for cell in heading]
    (row,) = [row for row in rows if row[0].value == number]
    found = dict(zip(names, row, strict=True))
    assert (names[0], found["异常类型"].value) == ("报告编号", "其他异常")
    assert (found["异常描述"].value, found["异常描述"].data_type) == (evil, "s")
    text = api.get(f"{EXCEPTIONS}/export?format=csv").content.decode("utf-8-sig")
    (told,) = [row for row in csv.DictReader(io.StringIO(text)) if row["报告编号"] == number]
    assert told["异常描述"] == "'" + evil
    later = datetime.now(UTC) + timedelta(days=2)
    span = {
        "format": "csv",
        "from": later.isoformat(),
        "to": (later + timedelta(days=1)).isoformat(),
    }
    empty = api.get(f"{EXCEPTIONS}/export", params=span).content.decode("utf-8-sig")
    assert len(empty.splitlines()) == 1
