"""What people do with the console all day, each from a started product to what they wanted.

(a) a truck runs late, (b) a caller asks for a waybill, (c) a truck comes out of a dead zone,
(d) a hub manager sees who is due, (e) a supervisor replays yesterday, (f) the API restarts.
"""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from firmware_sim.device import Settings as Terminal
from milepost.command.demo import enlist
from milepost.settings import Settings
from tests.api_gap import NOTHING, Happened, Heard, cry, happened, misplaced, stand
from tests.fix_product import VEHICLES, Product, running_product
from tests.journeys import SHANGHAI, admitted, asked, choose, clock, drawn, open_console
from tests.late_truck import (
    HELD,
    NOT_LATE,
    PLATE_A,
    ROOM,
    STUCK,
    WORDS,
    acknowledge,
    alerts_of,
    find_cause,
    message,
    place_on_board,
    plan,
    risk_of,
    share,
)
from tests.lorry import KM, Way, aboard, longitude, story, truck
from tests.waiting import await_true

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.slow]


#: s; how long after a fix is handed over the console may show it: commit, feed, frame, drawing
AT_ONCE = 10.0
#: s; vehicles out of sight: a fix each 10 s, told at most each 10 s, and as long again
IN_TURN = 30.0


@pytest.fixture(scope="module")
def busy() -> Iterator[Product]:
    """A product whose fleet drives; journeys that kill nothing share it."""
    ordinary = Settings()
    with running_product(
        simulate=True,
        alerts=replace(ordinary.alerts, look=1.0),
        trips=replace(ordinary.trips, look=1.0, quiet=10.0),
    ) as running:
        yield running


# (a) a truck runs late


def test_journey_a(page: Page, busy: Product) -> None:
    """The board moves it up, the alert comes once; acknowledged, explained, told on."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=busy.url)
    fleet = STUCK.fleet(truck("journey-a", PLATE_A))
    told = story(fleet)
    stops = told.arrived["rest 80000"]
    start = time.time() - stops - HELD
    enlist(busy.supervisor, fleet)
    plan(busy, start + told.departed["JA-1"], start + told.arrived["JA-2"] - 9000 + ROOM)
    admitted(busy, "journey-a")
    with aboard(fleet, busy.broker(), start) as cab:
        cab.drive(start + stops - 60)
        cab.connect()
        await_true(lambda: risk_of(busy) in NOT_LATE, "it can still be in time", 60)
        open_console(page, busy)
        before = place_on_board(page)
        assert "late" not in dict(alerts_of(busy))
        cab.drive(time.time())
        # What worsens is believed when two evaluations a minute apart say so.
        await_true(lambda: risk_of(busy) == "late", "it is late", 120)
        row = page.locator(f".row[data-plate='{PLATE_A}']")
        expect(row).to_contain_text(re.compile(r"\+[12] h"))
        await_true(lambda: place_on_board(page) < before, "the board moves it up", 30)
        await_true(
            lambda: [kind for kind, _ in alerts_of(busy)].count("late") == 1, "an alert", 120
        )
        acknowledge(page)
        find_cause(page, busy)
        card = choose(page, PLATE_A)
        message(card)
        await_true(lambda: cab.shown == [WORDS], "the driver reads it", 30)
        state = card.get_by_test_id("command").first.get_by_test_id("command-state")
        expect(state).to_contain_text("confirmed")
        share(page, card)
    late = [state for kind, state in alerts_of(busy) if kind == "late"]
    assert late == ["acknowledged"], "one alert for one delay"


# (b) a caller asks for a waybill


def test_journey_b(page: Page, busy: Product) -> None:
    """Search, read the sentence, copy it, log it."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=busy.url)
    found = asked(busy, "/waybills?open=true&late_first=true&limit=200")["waybills"]
    number = next(one["number"] for one in found if one["vehicle"])
    open_console(page, busy)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search everything")).to_be_focused()
    page.keyboard.type(number)
    expect(page.get_by_role("option", name=re.compile(number)).first).to_be_visible()
    page.keyboard.press("Enter")
    answer = page.get_by_test_id("answer")
    expect(answer).to_contain_text(number)
    sentence = page.get_by_test_id("reply-text")
    expect(sentence).not_to_be_empty()
    page.keyboard.press("c")
    expect(page.get_by_test_id("copied")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == sentence.inner_text()
    page.keyboard.press("n")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Number asked for")).to_have_value(number)
    dialog.get_by_label("Question", exact=True).fill("Where is it, the caller asks")
    dialog.get_by_role("button", name="Log it").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_test_id("desk-queue")).to_contain_text("Where is it, the caller asks")
    kept = busy.rows("SELECT asked, question FROM query ORDER BY asked_at DESC LIMIT 1")
    assert kept == [(number, "Where is it, the caller asks")]


# (c) a truck comes out of a dead zone

#: Two hours of darkness, with half an hour at a hub in it.
DARK = Way(
    "JC",
    {"JC-1": 0.0, "JC-2": 60 * KM, "JC-3": 160 * KM},
    dwell={"JC-1": 900.0, "JC-2": 1800.0, "JC-3": 1800.0},
    dark=(8 * KM, 130 * KM),
    south=0.05,
)
PLATE_C = "测C00001"


def test_journey_c(page: Page, busy: Product) -> None:
    """The live marker is not delayed; nodes of the darkness come late, with their true times."""
    terminal = Terminal(newest_first=True)  # as those do that have a live channel
    fleet = DARK.fleet(truck("journey-c", PLATE_C, terminal))
    told = story(fleet)
    assert told.found - told.lost > 7200
    enlist(busy.supervisor, fleet)
    admitted(busy, "journey-c")
    start = time.time() - told.found - 60
    with aboard(fleet, busy.broker(), start) as cab:
        cab.connect()
        cab.drive(start + told.lost)
        cab.lose()
        open_console(page, busy)
        card = choose(page, PLATE_C)
        expect(card.get_by_test_id("age")).to_contain_text(re.compile(r"\b2 h"))
        cab.drive(time.time())
        before = others(page, busy)
        came = time.monotonic()
        back = threading.Thread(target=cab.connect, name="backlog")
        back.start()
        page.wait_for_function(
            "([plate, lon]) => window.__milepost.drawn(plate)?.lon > lon",
            arg=[PLATE_C, longitude(129 * KM)],
            polling=50,
        )
        assert time.monotonic() - came < AT_ONCE, "its own marker waited"
        back.join()
        expect(card.get_by_test_id("age")).to_contain_text(re.compile(r"^\d\d? s"))
        await_true(lambda: others(page, busy) != before, "the others go on meanwhile", IN_TURN)
        late_node(page, busy, "arrived", start + told.arrived["JC-2"])
        late_node(page, busy, "departed", start + told.departed["JC-2"])
    assert cab.fixes > 600
    stored = "SELECT count(*) FROM fix f JOIN device d ON d.id = f.device_id WHERE d.code = '{}'"
    await_true(
        lambda: busy.rows(stored.format("journey-c")) == [(cab.fixes,)],
        "each fix of the backlog is stored once",
    )


def others(page: Page, product: Product) -> list[dict[str, float] | None]:
    """Where the map has the vehicles of the simulated fleet."""
    plates = [
        one["vehicle"] for one in asked(product, "/devices") if one["code"].startswith("sim-")
    ]
    assert len(plates) == VEHICLES
    return [drawn(page, plate) for plate in plates]


def late_node(page: Page, product: Product, kind: str, at: float) -> None:
    """The card's timeline tells it with the time it had, marked as late data."""
    row = page.get_by_test_id("timeline").locator(f"[data-testid=node][data-kind={kind}]")
    row = row.filter(has_text="Site JC-2")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("late data")
    found = asked(product, f"/nodes?vehicle={PLATE_C}&site=JC-2&kind={kind}")
    (node,) = found
    assert node["backfilled"]
    true = datetime.fromisoformat(node["actual_at"]).timestamp()
    assert true == pytest.approx(at, abs=60)
    expect(row).to_contain_text(clock(node["actual_at"]))


# (d) a hub manager sees who is due in the next two hours


def test_journey_d(page: Page, busy: Product) -> None:
    codes = [site["code"] for site in asked(busy, "/sites")]

    def due(code: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = asked(busy, f"/sites/{code}/due?hours=2")["due"]
        return found

    def expected() -> list[str]:
        return [code for code in codes if any(stop["p50"] for stop in due(code))]

    await_true(lambda: expected() != [], "somebody is on the way to a hub", 60)
    code = max(expected(), key=lambda each: len(due(each)))
    open_console(page, busy, "#/sites")
    page.locator(f"[data-site='{code}']").click()
    panel = page.get_by_test_id("due-panel")
    rows = panel.get_by_test_id("board-due").locator("tbody tr")
    expect(rows.first).to_be_visible()
    soon = datetime.now(UTC) + timedelta(hours=2)
    stops = due(code)
    expect(rows).to_have_count(len(stops))
    for place, stop in enumerate(stops):
        assert datetime.fromisoformat(stop["p50"] or stop["planned_at"]) < soon
        expect(rows.nth(place)).to_contain_text(stop["vehicle"])
        same_as_its_trip(busy, stop)
    first = rows.first
    expect(first).to_contain_text(re.compile(r"\d\d:\d\d"))
    first.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(stops[0]["trip"])


def same_as_its_trip(product: Product, stop: dict[str, Any]) -> None:
    """The page of the trip says the same of that stop, give or take what it drove meanwhile."""
    trip = asked(product, f"/trips/{stop['trip']}")
    (own,) = [each for each in trip["stops"] if each["planned"]["number"] == stop["stop"]]
    assert own["planned"]["arrive_at"] == stop["planned_at"]
    if stop["p50"] and own["eta"]:
        moved = datetime.fromisoformat(own["eta"]["p50"]) - datetime.fromisoformat(stop["p50"])
        assert abs(moved) < timedelta(minutes=5)


# (e) a supervisor replays yesterday at 60x

YESTERDAY = Way(
    "JE", {"JE-1": 0.0, "JE-2": 50 * KM}, dwell={"JE-1": 1200.0, "JE-2": 5400.0}, south=0.1
)
PLATE_E = "测E00001"


def test_journey_e(page: Page, busy: Product) -> None:
    fleet = YESTERDAY.fleet(truck("journey-e", PLATE_E))
    told = story(fleet, hours=2.5)
    nine = datetime.now(SHANGHAI).replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(
        days=1
    )
    start = nine.timestamp()
    enlist(busy.supervisor, fleet)
    admitted(busy, "journey-e")
    with aboard(fleet, busy.broker(), start) as cab:
        cab.drive(start + told.arrived["JE-2"] + 1800)
        cab.connect()
    asks = f"/nodes?vehicle={PLATE_E}&from={(nine - timedelta(hours=1)).isoformat()}"
    await_true(lambda: len(asked(busy, asks)) == 3, "what it did is known", 60)
    open_console(page, busy, "#/replay")
    page.get_by_test_id("replay-vehicle").fill(PLATE_E)
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_test_id("replay")).to_contain_text(PLATE_E)
    expect(page).to_have_url(re.compile("vehicle="))
    page.get_by_test_id("replay-yesterday").click()
    expect(page.get_by_test_id("replay-speed")).to_have_value("60")
    expect(page.get_by_test_id("replay-time")).to_contain_text("Replay")
    page.get_by_test_id("replay-mark").filter(has_text="Departed from Site JE-1").click()
    assert shown_at(page) - start == pytest.approx(told.departed["JE-1"], abs=300)
    first, began = shown_at(page), time.monotonic()
    page.wait_for_function(
        "at => Date.parse(document.querySelector('[data-testid=replay-time]').dataset.at) > at",
        arg=(first + 480) * 1000,
        polling=50,
    )
    second, ended = shown_at(page), time.monotonic()
    # It never overtakes its pace; a busy machine may hold it back.
    assert (second - first) / (ended - began) < 60 * 1.2
    assert ended - began < 60
    page.get_by_test_id("replay-play").click()
    at_rest = shown_at(page)
    place = drawn(page, PLATE_E)
    assert place is not None
    (true,) = busy.rows(
        "SELECT min(lon), max(lon) FROM fix f JOIN device d ON d.id = f.device_id "  # noqa: S608 - numbers
        f"WHERE d.code = 'journey-e' AND abs(extract(epoch FROM f.time) - {at_rest}) < 12"
    )
    assert true[0] - 1e-4 <= place["lon"] <= true[1] + 1e-4
    expect(page.get_by_test_id("replay-chart")).to_be_visible()
    page.keyboard.press("]")
    expect(page.locator("[data-testid=replay-mark][aria-current=time]")).to_contain_text("JE-2")
    page.get_by_role("link", name="Back to the live map").click()
    expect(page.get_by_test_id("replay-time")).to_have_count(0)


def shown_at(page: Page) -> float:
    """The moment that is replayed, s since 1970."""
    told = page.get_by_test_id("replay-time").get_attribute("data-at")
    assert told is not None
    return datetime.fromisoformat(told).timestamp()


# (f) the API restarts under an open console

#: Sites that the lorries of the demonstration never see; one lorry comes by while the API is away.
GAP = Way("JF", {"JF-1": 0.0, "JF-2": 20 * KM}, dwell={"JF-1": 600.0, "JF-2": 3600.0})
PLATE_F = "测F00001"


def test_journey_f(page: Page, still_product: Product) -> None:
    """Nothing is missed: nodes, alerts and positions of the gap are as the database has them."""
    product = still_product
    fleet = GAP.fleet(truck("journey-f", PLATE_F))
    enlist(product.supervisor, fleet)
    product.supervisor.admit()
    heard = Heard(page)
    stand(product, 0.0)
    open_console(page, product)
    page.wait_for_function("() => window.__milepost.phase() === 'live'", polling=200)
    before = happened(product)
    api = product.supervisor.child("api")
    api.send(signal.SIGTERM)
    assert api.wait(20)
    page.wait_for_function("() => window.__milepost.phase() !== 'live'", polling=200)
    expect(page.get_by_test_id("banner")).not_to_be_empty()
    # What happens meanwhile: all stand elsewhere, one drives from hub to hub, one calls for help.
    stand(product, 0.05)
    told = story(fleet, hours=1.0)
    start = time.time() - told.arrived["JF-2"] - 600
    with aboard(fleet, product.broker(), start) as cab:
        cab.connect()
        cab.drive(time.time())
    await_true(lambda: len((happened(product) - before).nodes) >= 3, "nodes of the gap", 60)
    cry(product, "sim-0001")
    await_true(lambda: len((happened(product) - before).entries) >= 1, "the alert of the gap", 60)
    product.supervisor.spawn("api", ["api"])
    page.wait_for_function("() => window.__milepost.phase() === 'live'", polling=200)
    expect(page.get_by_test_id("banner")).to_be_empty()

    def missed() -> Happened:
        return happened(product) - before - heard.all()

    await_true(lambda: missed() == NOTHING, "everything is heard", 30)
    assert heard.said == len(heard.all().nodes) + len(heard.all().entries), "and once"
    await_true(lambda: misplaced(page, product) == [], "everybody is where the database says", 30)
    nodes = choose(page, PLATE_F).get_by_test_id("timeline").get_by_test_id("node")
    expect(nodes).to_have_count(3)
