"""Trips in the console: the board, a trip's page, what people do to it, the ledger."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Protocol

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.preferences import prefer

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

Json = dict[str, Any]
NUMBERS = count(1)
HEADERS = ("Delay", "Trip", "Vehicle", "State", "Next stop", "Expected", "Cause", "Age")


class Running(Protocol):
    """What these tests know of the product."""

    @property
    def url(self) -> str: ...


def open_console(page: Page, product: Running, place: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{product.url}/?lang=en&theme=light{place}")
    # The map behind every page begins with a stall where graphics are drawn in software.
    page.wait_for_selector("body[data-ready=true]")


def get(page: Page, product: Running, path: str) -> Any:  # noqa: ANN401 (JSON)
    return page.request.get(f"{product.url}/api/v1{path}").json()


def at(hours: float) -> str:
    """So many hours from now, to the minute."""
    moment = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=hours)
    return moment.isoformat()


@pytest.fixture
def made(page: Page, product: Running) -> Json:
    """A trip of tomorrow between two sites that no vehicle serves yet."""
    origin, end = get(page, product, "/sites")[:2]
    code = f"TEST-{datetime.now(UTC):%H%M%S}-{next(NUMBERS)}"
    stops = [
        {"site": origin["code"], "depart_at": at(24)},
        {"site": end["code"], "arrive_at": at(32), "service_s": 1800.0},
    ]
    said = {"code": code, "stops": stops, "author": "M. Lin", "reason": "timetable"}
    answer = page.request.post(f"{product.url}/api/v1/trips", data=said)
    assert answer.status == 201, answer.text()
    trip: Json = get(page, product, f"/trips/{code}")
    return trip


def site(code: str) -> Json:
    return {"code": code, "name_zh": f"{code}站", "name_en": f"{code} hub",
            "zone": "Asia/Shanghai", "lon": 121.0, "lat": 31.0}  # fmt: skip


def brief(code: str, risk: str, delay: float | None, **more: Any) -> Json:  # noqa: ANN401
    """A trip on the board, as the API tells of it."""
    parts = {"driving_s": 3000.0, "dwell_s": 0.0, "rest_s": 0.0, "deviation_s": 0.0}
    eta = None if delay is None else {"p50": at(1), "p90": at(1.5), "parts": parts}
    return {
        "code": code, "route": None, "state": "en_route", "vehicle": f"V-{code}", "driver": None,
        "party": None, "starts_at": at(-2), "ends_at": at(1), "origin": site("SHA"),
        "destination": site("WUH"), "next_stop": site("WUH"), "next_due": at(1), "next_eta": eta,
        "final_eta": eta, "risk": risk, "no_estimate": None if eta else "silent",
        "delay_s": delay, "baseline_delay_s": delay, "late_stop": 1, "cause": None, "split": {},
        "share": 0.5, "left_m": 90_000.0, "off_route": False, "evaluated_at": at(0),
        "heard_at": at(0), "conditions": [], "plan_revision": 0, **more,
    }  # fmt: skip


BOARD = [
    brief("EARLY", "on_time", -900.0),
    brief("BLIND", "unknown", None),
    brief("LATE", "late", 2820.0, cause="traffic_slow",
          split={"traffic_slow": 2040.0, "late_departure": 780.0}),
    brief("OVER", "overdue", 7200.0),
]  # fmt: skip


@pytest.fixture
def board(page: Page, product: Running) -> Locator:
    """The board with four trips on it."""

    def tell(route: Route) -> None:
        route.fulfill(json={"trips": BOARD, "counts": {}})

    page.route(re.compile(r"/api/v1/trips\?"), tell)
    open_console(page, product, "#/trips")
    table = page.get_by_test_id("trips-table")
    expect(table.locator("tbody tr")).to_have_count(len(BOARD))
    return table


def expect_codes(table: Locator, codes: list[str]) -> None:
    """Wait until the board has these trips in this order."""
    rows = table.locator("tbody tr")
    expect(rows).to_have_count(len(codes))
    for number, code in enumerate(codes):
        expect(rows.nth(number)).to_have_attribute("data-trip", code)


def test_the_late_ones_stand_first_and_the_unknown_last_with_the_reason(
    page: Page, board: Locator
) -> None:
    expect_codes(board, ["OVER", "LATE", "EARLY", "BLIND"])
    late = board.locator("[data-trip=LATE]")
    expect(late).to_contain_text("+47 min")
    expect(late).to_contain_text(re.compile("slow traffic 34.min"))
    blind = board.locator("[data-trip=BLIND]")
    expect(blind).to_contain_text("Unknown")
    expect(blind).to_contain_text("not heard for too long")
    expect(blind).not_to_contain_text("On time")
    for name in HEADERS:
        expect(board.get_by_role("columnheader", name=name)).to_be_visible()
    prefer(page, "lang", "zh")
    expect(late).to_contain_text("+47 分钟")
    expect(blind).to_contain_text("失联过久")


def test_risks_count_and_filter_and_headers_sort(page: Page, board: Locator) -> None:
    expect(page.get_by_test_id("risk-late")).to_contain_text("1")
    page.get_by_test_id("risk-late").click()
    page.get_by_test_id("risk-unknown").click()
    expect_codes(board, ["LATE", "BLIND"])
    page.get_by_test_id("risk-late").click()
    page.get_by_test_id("risk-unknown").click()
    page.get_by_label("Trip, vehicle, driver, site, route").fill("v-over")
    expect(board.locator("tbody tr")).to_have_count(1)
    page.get_by_label("Trip, vehicle, driver, site, route").fill("")
    board.get_by_role("button", name="Trip").click()
    expect(board.locator("tbody tr").first).to_have_attribute("data-trip", "BLIND")
    head = board.get_by_role("columnheader", name="Trip")
    expect(head).to_have_attribute("aria-sort", "ascending")


def test_the_board_goes_by_keys(page: Page, board: Locator) -> None:
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(board.locator("tr.current")).to_have_attribute("data-trip", "LATE")
    page.keyboard.press("k")
    expect(board.locator("tr.current")).to_have_attribute("data-trip", "OVER")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#/trips/OVER$"))


def test_a_trip_is_on_the_board_and_on_the_map(page: Page, product: Running, made: Json) -> None:
    open_console(page, product, "#/trips")
    page.get_by_label("Trip, vehicle, driver, site, route").fill(made["code"])
    row = page.locator(f"[data-trip='{made['code']}']")
    expect(row).to_contain_text("Unknown")
    expect(row).to_contain_text("no vehicle")
    row.get_by_role("link").click()
    trip = page.get_by_test_id("trip")
    expect(trip.get_by_role("heading", level=1)).to_have_text(made["code"])
    expect(trip.get_by_test_id("stop")).to_have_count(2)
    expect(trip.get_by_test_id("sentence")).to_contain_text("Nobody can say when it arrives")
    wait_for_stops(page, [made["origin"]["code"], made["destination"]["code"]])
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("#/trips$"))
    wait_for_stops(page, [])


def wait_for_stops(page: Page, wanted: list[str]) -> None:
    """Wait until these stops, in this order, are on the map: they follow the address in a while."""
    page.wait_for_function(
        "wanted => window.__milepost.stops().join() === wanted", arg=",".join(wanted), polling=100
    )


def say(page: Page, reason: str) -> Locator:
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Your name").fill("Li Na")
    dialog.get_by_label("Reason").fill(reason)
    return dialog


def test_a_replan_strikes_the_old_time_and_keeps_it(
    page: Page, product: Running, made: Json
) -> None:
    open_console(page, product, f"#/trips/{made['code']}")
    trip = page.get_by_test_id("trip")
    trip.get_by_role("button", name="Replan…").click()
    dialog = say(page, "customer asked for a later slot")
    dialog.get_by_role("button", name="+30 min").click()
    dialog.get_by_role("button", name="Save as plan 1").click()
    expect(dialog).to_have_count(0)
    last = trip.get_by_test_id("stop").last
    expect(last.locator("s").first).to_be_visible()
    last.locator(".stop-open").click()
    expect(last).to_contain_text("Li Na: customer asked for a later slot")
    told = get(page, product, f"/trips/{made['code']}")
    assert told["plans"][0]["stops"] == made["plans"][0]["stops"]
    before, after = (plan["stops"][-1]["arrive_at"] for plan in told["plans"])
    later = datetime.fromisoformat(after) - datetime.fromisoformat(before)
    assert later == timedelta(minutes=30)


def test_a_vehicle_is_assigned_and_the_trip_cancelled_with_who_and_why(
    page: Page, product: Running, made: Json
) -> None:
    plate = str(get(page, product, "/devices")[1]["vehicle"])
    open_console(page, product, f"#/trips/{made['code']}")
    trip = page.get_by_test_id("trip")
    trip.get_by_role("button", name="Assign a vehicle…").click()
    dialog = say(page, "free today")
    dialog.get_by_label("Vehicle", exact=True).fill(plate)
    dialog.get_by_label("Driver").fill("Wang Lei")
    dialog.get_by_role("button", name="Assign").click()
    expect(dialog).to_have_count(0)
    expect(trip.get_by_role("link", name=plate)).to_be_visible()
    trip.get_by_label("Take a step…").select_option("cancel")
    dialog = say(page, "order withdrawn")
    dialog.get_by_role("button", name="Cancel", exact=True).last.click()
    expect(dialog).to_have_count(0)
    expect(trip.get_by_test_id("trip-state")).to_have_text("Cancelled")
    trip.get_by_text("Life cycle").click()
    expect(trip.get_by_test_id("history")).to_contain_text("Li Na: order withdrawn")


def test_a_persons_word_on_a_stop_and_on_the_cause_stands_with_the_name(
    page: Page, product: Running, made: Json
) -> None:
    open_console(page, product, f"#/trips/{made['code']}")
    trip = page.get_by_test_id("trip")
    last = trip.get_by_test_id("stop").last
    last.locator(".stop-open").click()
    last.get_by_role("button", name="Say what became of it…").click()
    dialog = say(page, "consignee moved")
    dialog.get_by_label("This stop").select_option("skipped")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(last).to_contain_text("skipped")
    expect(last).to_contain_text("by hand")
    expect(last).to_contain_text("Li Na: consignee moved")
    trip.get_by_role("button", name="Name a cause…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Cause").select_option("weather")
    dialog.get_by_label("Note").fill("snow on G5")
    dialog.get_by_label("Your name").fill("Li Na")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    delay = trip.get_by_test_id("trip-delay")
    expect(delay).to_contain_text("Cause by Li Na: weather.")
    expect(delay).to_contain_text("snow on G5")


def test_what_the_api_refuses_is_said_in_the_dialog(
    page: Page, product: Running, made: Json
) -> None:
    open_console(page, product, f"#/trips/{made['code']}")
    page.get_by_test_id("trip").get_by_role("button", name="Assign a vehicle…").click()
    dialog = say(page, "free today")
    dialog.get_by_label("Vehicle", exact=True).fill("NOBODY-1")
    dialog.get_by_role("button", name="Assign").click()
    expect(dialog.get_by_role("alert")).to_contain_text("NOBODY-1")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_a_file_of_trips_is_reported_line_by_line(page: Page, product: Running) -> None:
    origin, end = (each["code"] for each in get(page, product, "/sites")[:2])
    code = f"FILE-{datetime.now(UTC):%H%M%S}-{next(NUMBERS)}"
    rows = [
        "trip,stop,site,arrive,depart",
        f"{code},1,{origin},,{at(24)}",
        f"{code},2,{end},{at(30)},",
        f"{code}-BAD,1,NOWHERE,,{at(24)}",
        f"{code}-BAD,2,{end},{at(30)},",
    ]
    open_console(page, product, "#/trips")
    page.get_by_role("button", name="Import").click()
    dialog = page.get_by_role("dialog")
    content = "\n".join(rows).encode()
    file = {"name": "trips.csv", "mimeType": "text/csv", "buffer": content}
    dialog.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type] # a dict is documented
    dialog.get_by_label("Your name").fill("Li Na")
    dialog.get_by_role("button", name="Import").click()
    report = dialog.get_by_test_id("trip-report")
    expect(report.locator("tbody tr").first).to_contain_text("refused")
    expect(report.locator("tbody tr").first).to_contain_text("NOWHERE")
    expect(report).to_contain_text(code)
    expect(report).to_contain_text("new")


def test_a_trip_that_does_not_exist_is_said_so(page: Page, product: Running) -> None:
    open_console(page, product, "#/trips/NOWHERE-1")
    expect(page.get_by_role("region", name="NOWHERE-1")).to_contain_text("does not exist")


def test_a_version_that_is_worse_is_seen_at_once(page: Page, product: Running) -> None:
    score = {"bucket": "30-60", "arrivals": 40, "estimates": 400, "mae_s": 240.0, "bias_s": 20.0,
             "p90_coverage": 0.97, "within": 0.8, "mape": 0.1, "planned_mae_s": 600.0,
             "carried_mae_s": 300.0}  # fmt: skip
    ledger = {
        "buckets": [{"name": "30-60", "from_s": 1800, "to_s": 3600}],
        "groups": [{"group": "", "model": "pace-2", "buckets": [score]}],
        "models": [
            {"version": "pace-1", "began_at": at(-900), "worse": None, "why": None},
            {"version": "pace-2", "began_at": at(-90), "worse": True, "why": "16 % farther off"},
        ],
    }
    page.route("**/api/v1/accuracy?*", lambda route: route.fulfill(body=json.dumps(ledger)))
    open_console(page, product, "#/accuracy")
    expect(page.get_by_test_id("worse")).to_contain_text("16 % farther off")
    table = page.get_by_test_id("accuracy-table")
    expect(table.locator("tbody tr")).to_contain_text(re.compile("30.60 min"))
    expect(table.locator("tbody tr")).to_contain_text("4.0 min")
    expect(table.get_by_title("Outside 85 to 95 %")).to_contain_text("97 %")
