"""Waybills over HTTP: placed, listed, booked, scanned, proved, imported."""

from __future__ import annotations

import io
import json
import re
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from openpyxl import Workbook
from prometheus_client import CollectorRegistry

from fleet.trips import Risk, StopFact, StopStatus
from store import Database, waybills
from tests.fix_api import FleetHand, Start
from tests.fix_trips import LANE, TRIPS, TripHand, lane, made, refused, soon, text
from worker.waybills import Pace, Waybills

pytestmark = pytest.mark.db

PATH = "/api/v1/waybills"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)


@pytest.fixture
def client(start_api: Start, judge: TripHand) -> Iterator[httpx.Client]:
    """An open installation with three vehicles, a lane, and a customer of short JD."""
    waybills.set_short(judge.conn, "acme", "JD")
    with start_api() as running, running.client() as client:
        yield client


@pytest.fixture
def derive(api_database: Database) -> Iterator[Any]:
    """Have the worker look."""
    part = Waybills(api_database, Pace(), threading.Event(), CollectorRegistry())
    yield lambda hours=0.0: part.round(datetime.now(UTC) + timedelta(hours=hours))
    part.close()


def order(**more: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
    """From the first site of the lane to the last."""
    return {
        "customer": "acme",
        "origin": LANE[0],
        "destination": LANE[2],
        "consignee": "王五",
        "phone": "13800000001",
        "goods": [{"name": "轮胎", "quantity": 12}],
        "promised_at": text(soon(6)),
    } | more


def place(client: httpx.Client, **more: Any) -> str:  # noqa: ANN401 (JSON)
    number = made(client.post(PATH, json=order(**more)))["number"]
    assert isinstance(number, str)
    return number


def gone(judge: TripHand, *numbers: int, code: str = "T-1") -> tuple[StopFact, ...]:
    """The vehicle came to these stops and left them, an hour ago."""
    plan = judge.trip(code).plan
    assert plan is not None
    at = datetime.now(UTC).timestamp() - 3600
    return tuple(
        StopFact(
            int(plan.stops["key"][number]),
            StopStatus.DEPARTED,
            arrived=at + 600 * number - 60,
            departed=at + 600 * number,
        )
        for number in numbers
    )


def test_a_waybill_is_placed_read_and_listed(client: httpx.Client) -> None:
    told = made(client.post(PATH, json=order(order_no="SO-1", requirements=["fragile"])))
    number = told["number"]
    assert number.startswith("JD")
    assert number.endswith("000001")
    assert (told["state"], told["risk"], told["phone"]) == ("created", "unknown", "13800000001")
    assert told["goods_text"] == "轮胎 x 12"
    assert made(client.get(f"{PATH}/{number}"), 200) == told
    listed = made(client.get(PATH, params={"q": "so-1", "open": True}), 200)
    assert [each["number"] for each in listed["waybills"]] == [number]
    assert listed["counts"]["created"] == 1
    assert listed["risks"]["unknown"] == 1
    assert made(client.get(PATH, params={"state": "delivered"}), 200)["waybills"] == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"customer": "nobody"}, 404),
        ({"origin": "MOON"}, 404),
        ({"phone": "1380000000"}, 422),
        ({"legs": [{"from": "SHA-1", "to": "SUZ-1"}]}, 422),
        ({"goods": [{"quantity": 1}]}, 422),
        ({"placed_at": text(soon(50))}, 422),
        ({"company": "jd"}, 422),
        ({"surprise": 1}, 422),
    ],
)
def test_what_cannot_be_is_refused(
    client: httpx.Client, changes: dict[str, Any], status: int
) -> None:
    refused(client.post(PATH, json=order(**changes)), status)


def test_what_was_agreed_changes_with_a_reason(client: httpx.Client) -> None:
    number = place(client)
    later = text(soon(9))
    said = {"promised_at": later, "phone": None, "reason": "by phone"}
    told = made(client.patch(f"{PATH}/{number}", json=said), 200)
    assert (told["promised_at"], told["phone"]) == (later, "")
    refused(client.patch(f"{PATH}/{number}", json={"shipper": "x"}))
    told = made(client.post(f"{PATH}/{number}/cancellation", json={"reason": "not wanted"}), 200)
    assert told["cancelled_at"] is not None
    refused(client.patch(f"{PATH}/{number}", json=said), 409)


def test_it_is_aboard_at_sites_and_never_where_the_vehicle_goes_without_it(
    client: httpx.Client,
    judge: TripHand,
    hand: FleetHand,
    derive: Any,  # noqa: ANN401
) -> None:
    made(client.post(TRIPS, json=lane(soon(-3), vehicle="沪A00000", reason="ordered")))
    number = place(
        client,
        destination=LANE[1],
        placed_at=text(soon(-6)),
        legs=[{"from": LANE[0], "to": LANE[1], "trip": "T-1"}],
    )
    left = datetime.now(UTC) - timedelta(hours=1)
    fixes = [(left + timedelta(minutes=m), 121.4 - m / 100, 31.2) for m in range(1, 55, 2)]
    hand.drive("dev00000", fixes)
    judge.evaluate("T-1", datetime.now(UTC), p50=(0.2,), facts=gone(judge, 0))
    derive()
    now = made(client.get(f"{PATH}/{number}/position"), 200)
    assert (now["kind"], now["vehicle"]) == ("aboard", "沪A00000")
    assert now["position"]["lon"] == pytest.approx(fixes[-1][1])
    judge.evaluate("T-1", datetime.now(UTC), p50=(0.2,), facts=gone(judge, 0, 1))
    derive()
    now = made(client.get(f"{PATH}/{number}/position"), 200)
    assert (now["kind"], now["vehicle"], now["position"]) == ("at_site", None, None)
    assert now["site"]["code"] == LANE[1]
    then = text((left + timedelta(minutes=4)).replace(microsecond=0))
    before = made(client.get(f"{PATH}/{number}/position", params={"at": then}), 200)
    assert before["kind"] == "aboard"
    [ride] = made(client.get(f"{PATH}/{number}/track"), 200)["features"]
    assert len(ride["geometry"]["coordinates"]) == 5  # of 27 fixes those of the nine minutes aboard
    told = made(client.get(f"{PATH}/{number}"), 200)
    assert [each["kind"] for each in told["milestones"]][-2:] == [
        "departed_origin",
        "arrived_destination",
    ]
    assert told["milestones"][-1]["name_zh"]
    assert told["eta"] is None


def test_a_leg_goes_from_trip_to_trip(client: httpx.Client) -> None:
    for code in ("T-1", "T-2"):
        made(client.post(TRIPS, json=lane(soon(1), code=code)))
    number = place(client, legs=[{"from": LANE[0], "to": LANE[2], "trip": "T-1"}])
    path = f"{PATH}/{number}/bookings"
    said = {"leg": 0, "trip": "T-2", "reason": "mixed up", "wrong": True}
    assert client.post(path, json=said).status_code == 204
    refused(client.post(path, json=said), 409)
    [leg] = made(client.get(f"{PATH}/{number}"), 200)["legs"]
    assert leg["booking"]["trip"] == "T-2"
    assert [(each["trip"], each["void"]) for each in leg["past"]] == [("T-1", True)]
    assert client.delete(f"{path}/0", params={"reason": "not today"}).status_code == 204
    [leg] = made(client.get(f"{PATH}/{number}"), 200)["legs"]
    assert leg["booking"] is None


def test_scans_evidence_and_proof_make_a_delivery(client: httpx.Client, derive: Any) -> None:  # noqa: ANN401
    number = place(client)
    path = f"{PATH}/{number}"
    said = {"kind": "loaded", "site": LANE[0], "vehicle": "沪A00000"}
    scan = made(client.post(f"{path}/scans", json=said))["id"]
    taken = client.post(f"{path}/scans/{scan}/withdrawal", json={"reason": "another parcel"})
    assert taken.status_code == 204
    refused(client.post(f"{path}/scans/{scan}/withdrawal", json={"reason": "again"}), 404)
    kept = made(client.post(f"{path}/files", params={"name": "a/b/门口.png"}, content=PNG))["id"]
    again = made(client.post(f"{path}/files", params={"name": "same.png"}, content=PNG))["id"]
    assert again == kept
    proof = {"outcome": "signed", "signer": "王五", "files": [kept]}
    made(client.post(f"{path}/proof", json=proof))
    refused(client.post(f"{path}/proof", json={"outcome": "signed"}))
    derive()
    told = made(client.get(path), 200)
    assert told["state"] == "delivered"
    assert told["milestones"][-1]["files"] == [kept]
    assert told["files"][0]["name"] == "门口.png"
    assert told["scans"][0]["withdrawn_why"] == "another parcel"


def test_evidence_is_handed_out_to_be_saved_never_to_be_shown(client: httpx.Client) -> None:
    number = place(client)
    path = f"{PATH}/{number}/files"
    kept = made(client.post(path, params={"name": "door.png"}, content=PNG))["id"]
    found = client.get(f"{path}/{kept}")
    assert found.content == PNG
    assert found.headers["content-type"] == "image/png"
    assert found.headers["content-disposition"].startswith("attachment")
    assert found.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in found.headers["content-security-policy"]
    refused(client.get(f"{PATH}/{place(client)}/files/{kept}"), 404)
    page = b"<html><script>alert(1)</script></html>"
    refused(client.post(path, params={"name": "x.png"}, content=page))
    refused(client.post(path, params={"name": "x.png"}, content=PNG + bytes(8_388_608)), 413)


def test_the_promise_is_told_with_its_estimate(
    client: httpx.Client,
    judge: TripHand,
    derive: Any,  # noqa: ANN401
) -> None:
    made(client.post(TRIPS, json=lane(soon(-2), vehicle="沪A00000", reason="ordered")))
    number = place(
        client,
        placed_at=text(soon(-6)),
        promised_at=text(soon(1)),
        legs=[{"from": LANE[0], "to": LANE[2], "trip": "T-1"}],
    )
    judge.evaluate(
        "T-1", datetime.now(UTC), p50=(1.0, 4.0), facts=gone(judge, 0), cause="traffic_slow"
    )
    derive()
    told = made(client.get(f"{PATH}/{number}"), 200)
    assert (told["risk"], told["cause"]) == ("late", "traffic_slow")
    assert told["delay_s"] > 3600
    assert told["eta"]["p50"] < told["eta"]["p90"]
    assert told["next_stop"]["code"] == LANE[1]
    counts = made(client.get(PATH), 200)["risks"]
    assert counts[Risk.LATE.name.lower()] == 1


ROWS = (
    "order_no,customer,origin,destination,phone,promised_at,goods,quantity\n"
    "SO-1,acme,SHA-1,WUX-1,13800000001,2030-05-04 18:00,轮胎,12\n"
    "SO-1,acme,SHA-1,WUX-1,13800000001,2030-05-04 18:00,机油,3\n"
    "SO-2,acme,SHA-1,MOON,,,,\n"
    "SO-3,acme,SHA-1,SUZ-1,1380000,,,\n"
    "SO-4,acme,SHA-1,SUZ-1,,soon,,\n"
    "SO-5,acme,SHA-1,SUZ-1,,,茶,many\n"
)


def bring(client: httpx.Client, data: bytes | str, form: str = "csv") -> dict[str, Any]:
    return made(client.post(f"{PATH}/import", params={"format": form}, content=data), 200)


def test_a_table_is_brought_in_line_by_line_and_again_without_effect(client: httpx.Client) -> None:
    told = bring(client, ROWS)
    assert (told["created"], told["refused"]) == (1, 4)
    good, *bad = told["rows"]
    assert (good["line"], good["result"]) == (2, "created")
    assert [row["line"] for row in bad] == [4, 5, 6, 7]
    assert [row["reason"].split(":")[0] for row in bad] == [
        "there is no site 'MOON'",
        "phone",
        "promised_at",
        "quantity",
    ]
    full = made(client.get(f"{PATH}/{good['number']}"), 200)
    assert full["goods_text"] == "轮胎 x 12; 机油 x 3"
    assert full["promised_at"] == "2030-05-04T18:00:00Z"
    again = bring(client, ROWS)
    assert (again["created"], again["unchanged"], again["refused"]) == (0, 1, 4)
    changed = bring(client, ROWS.replace("18:00", "20:00"))
    assert (changed["changed"], changed["rows"][0]["number"]) == (1, good["number"])
    full = made(client.get(f"{PATH}/{good['number']}"), 200)
    assert full["promised_at"] == "2030-05-04T20:00:00Z"


def test_an_excel_file_says_the_same(client: httpx.Client) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in ROWS.splitlines()[:3]:
        cells: list[object] = list(row.split(","))
        sheet.append([int(c) if isinstance(c, str) and c in {"12", "3"} else c for c in cells])
    out = io.BytesIO()
    book.save(out)
    told = bring(client, out.getvalue(), "xlsx")
    assert told["created"] == 1
    full = made(client.get(f"{PATH}/{told['rows'][0]['number']}"), 200)
    assert full["goods_text"] == "轮胎 x 12; 机油 x 3"
    refused(client.post(f"{PATH}/import", params={"format": "xlsx"}, content=b"PK no zip"))


def test_json_takes_what_placing_takes_with_numbers_of_their_own(client: httpx.Client) -> None:
    made(client.post(TRIPS, json=lane(soon(1))))
    legs = [{"from": LANE[0], "to": LANE[2], "trip": "T-1"}]
    given = [
        order(number="JD2024112100007", legs=legs),
        order(number="JD2024112100007"),
        order(legs=[legs[0] | {"trip": "T-9"}]),
        order(),
        7,
    ]
    told = bring(client, json.dumps(given), "json")
    assert [row["result"] for row in told["rows"]] == [
        *("created", "refused", "refused", "created", "refused"),
    ]
    full = made(client.get(f"{PATH}/JD2024112100007"), 200)
    assert full["legs"][0]["booking"]["trip"] == "T-1"


@pytest.mark.parametrize(
    ("data", "form"),
    [
        ("customer,origin\na,b\n", "csv"),
        ("customer,origin,destination,colour\na,b,c,d\n", "csv"),
        ("", "csv"),
        ('{"a": 1}', "json"),
        ("[", "json"),
        ("a", "xlsx"),
    ],
)
def test_what_is_no_file_of_waybills_is_refused_as_a_whole(
    client: httpx.Client, data: str, form: str
) -> None:
    refused(client.post(f"{PATH}/import", params={"format": form}, content=data))


@pytest.mark.parametrize(
    ("part", "damage"),
    [
        ("xl/worksheets/sheet1.xml", lambda data: data[:200]),
        ("xl/worksheets/sheet1.xml", lambda data: data.replace(b"<row", b"<row r='x'", 1)),
        ("xl/worksheets/sheet1.xml", lambda data: data.replace(b"A1", b"XFDZZ9", 1)),
        ("xl/workbook.xml", lambda _: b"<x/>"),
        ("[Content_Types].xml", lambda _: b"<x"),
        ("xl/styles.xml", lambda _: b"<x"),
    ],
    ids=["cut off", "row", "cell", "book", "types", "styles"],
)
def test_a_damaged_excel_file_is_refused_as_a_whole(
    client: httpx.Client, part: str, damage: Callable[[bytes], bytes]
) -> None:
    book, whole, broken = Workbook(), io.BytesIO(), io.BytesIO()
    assert book.active is not None
    book.active.append(["customer", "origin", "destination"])
    book.save(whole)
    with zipfile.ZipFile(whole) as good, zipfile.ZipFile(broken, "w") as bad:
        for name in good.namelist():
            data = good.read(name)
            bad.writestr(name, damage(data) if name == part else data)
    answer = client.post(f"{PATH}/import", params={"format": "xlsx"}, content=broken.getvalue())
    refused(answer)


def test_an_encrypted_excel_file_is_refused_as_a_whole(client: httpx.Client) -> None:
    out = io.BytesIO()
    Workbook().save(out)
    data = bytearray(out.getvalue())
    for entry in re.finditer(rb"PK\x01\x02", bytes(data)):
        data[entry.start() + 8] |= 1
    refused(client.post(f"{PATH}/import", params={"format": "xlsx"}, content=bytes(data)))


@pytest.mark.parametrize("time", ["0001-01-01", "9999-12-31T23:59:59-10:00"])
def test_a_time_beyond_the_calendar_is_a_fault_of_its_line(client: httpx.Client, time: str) -> None:
    told = bring(client, f"customer,origin,destination,promised_at\nacme,SHA-1,WUX-1,{time}\n")
    assert (told["refused"], told["rows"][0]["reason"].split(":")[0]) == (1, "promised_at")


def test_what_is_nested_too_deep_is_a_fault_of_its_line(client: httpx.Client) -> None:
    told = bring(client, "[" * 500 + "]" * 500, "json")
    assert (told["refused"], told["rows"][0]["reason"]) == (1, "is nested too deep")
