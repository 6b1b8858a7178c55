"""The journey of a truck that runs late: what it does, and what people do about it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import httpx
from playwright.sync_api import Locator, Page, expect

from tests.fix_product import Product
from tests.journeys import asked
from tests.lorry import KM, Way

#: Two and a half hours of standing 80 km after the start, which nobody planned.
STUCK = Way(
    "JA",
    {"JA-1": 0.0, "JA-2": 320 * KM},
    dwell={"JA-1": 900.0, "JA-2": 900.0},
    rests={80 * KM: 9000.0},
)
PLATE_A, TRIP_A, GOODS_A = "测A00001", "J-A-1", "JNY2026112200001"
HELD = 7800.0  #: s that it has stood there now
ROOM = 7200.0  #: s that the plan leaves for the drive
NOT_LATE = {"on_time", "early", "at_risk"}
PROMISED = 600.0  #: s after the planned arrival
WORDS = "Please call dispatch when you can stop safely."


def plan(product: Product, leaves: float, arrives: float) -> None:
    """A trip that the lorry serves, and goods on it that are promised for when it is to arrive."""

    def text(at: float) -> str:
        return datetime.fromtimestamp(round(at), UTC).isoformat()

    tell(
        product,
        "/trips",
        {
            "code": TRIP_A,
            "stops": [
                {"site": "JA-1", "depart_at": text(leaves), "service_s": 900},
                {"site": "JA-2", "arrive_at": text(arrives)},
            ],
            "strict": True,
            "vehicle": PLATE_A,
            "driver": "王建国",
            "author": "journey",
        },
    )
    tell(
        product,
        "/waybills",
        {
            "number": GOODS_A,
            "customer": "demo-tea",
            "origin": "JA-1",
            "destination": "JA-2",
            "legs": [{"from": "JA-1", "to": "JA-2", "trip": TRIP_A}],
            "placed_at": text(leaves - 3600),
            "promised_at": text(arrives + PROMISED),
        },
    )


def tell(product: Product, path: str, said: dict[str, Any]) -> None:
    """POST something that is to succeed."""
    answer = httpx.post(f"{product.url}/api/v1{path}", json=said, trust_env=False)
    assert answer.status_code == 201, answer.text


def risk_of(product: Product) -> str:
    return str(asked(product, f"/trips/{TRIP_A}")["risk"])


def alerts_of(product: Product) -> list[tuple[Any, ...]]:
    """Kind and state of every alert about it, ever."""
    statement = "SELECT a.kind, a.state FROM alert a JOIN vehicle v ON v.id = a.vehicle_id "
    return product.rows(f"{statement} WHERE v.plate = '{PLATE_A}' ORDER BY a.kind")


def place_on_board(page: Page) -> int:
    """How many rows stand above it."""
    plates = page.locator(".row").evaluate_all("rows => rows.map(row => row.dataset.plate)")
    return plates.index(PLATE_A) if PLATE_A in plates else len(plates)


def acknowledge(page: Page) -> None:
    """In the inbox, by keys."""
    page.get_by_role("link", name=re.compile("^Alerts")).first.click()
    alert = page.locator("[data-alert=late]", has_text=PLATE_A)
    expect(alert).to_have_count(1)
    alert.click()
    expect(page.get_by_test_id("alert")).to_contain_text(GOODS_A)
    page.keyboard.press("a")
    expect(page.get_by_test_id("alert-life")).to_contain_text("acknowledged")


def find_cause(page: Page, product: Product) -> None:
    """From the alert to its trip, which says why."""
    page.get_by_test_id("alert").get_by_role("link", name=TRIP_A).click()
    expect(page.get_by_test_id("trip-delay")).to_contain_text("stop on the way")
    assert asked(product, f"/trips/{TRIP_A}")["cause"] == "stopped_enroute"
    page.get_by_role("link", name="Map", exact=True).click()


def message(card: Locator) -> None:
    card.get_by_role("button", name="Message", exact=True).click()
    card.get_by_label("Message to the driver", exact=True).fill(WORDS)
    card.get_by_role("button", name="Send", exact=True).click()
    expect(card.get_by_test_id("command").first).to_contain_text(WORDS)


def share(page: Page, card: Locator) -> None:
    """The new time as a sentence for the customer."""
    card.get_by_role("button", name="Share link").click()
    words = page.get_by_test_id("new-time")
    expect(words).to_contain_text(GOODS_A)
    expect(words).to_contain_text("later than promised")
    page.get_by_test_id("copy-new-time").click()
    page.wait_for_function(
        "navigator.clipboard.readText().then(text => text.includes('JNY2026112200001'))"
    )
    page.keyboard.press("Escape")
