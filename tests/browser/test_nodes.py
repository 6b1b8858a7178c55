"""Nodes in the console: the vehicle's timeline, the site's page, the newest, live."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.browser.preferences import prefer

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

LIVE = "**/api/v1/live"
COLUMNS = [
    *("plate", "party", "time", "received", "lon", "lat"),
    *("speed", "course", "grade", "flags", "online", "site", "presence"),
]


class Running(Protocol):
    """What these tests know of the product."""

    @property
    def url(self) -> str: ...


def open_console(page: Page, product: Running, query: str = "", page_name: str = "") -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{product.url}/?lang=en&theme=light{query}{page_name}")
    page.wait_for_selector("body[data-ready=true]")


def get(page: Page, product: Running, path: str) -> Any:  # noqa: ANN401 (JSON)
    return page.request.get(f"{product.url}/api/v1{path}").json()


def plate_of(page: Page, product: Running, place: int) -> str:
    return str(get(page, product, "/devices")[place]["vehicle"])


def site_of(page: Page, product: Running, place: int = 0) -> dict[str, Any]:
    site: dict[str, Any] = get(page, product, "/sites")[place]
    return site


def ago(minutes: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=minutes)


def add(
    page: Page, product: Running, plate: str, site: str, at: datetime, kind: str = "arrived"
) -> dict[str, Any]:
    """A node by a person, as another console would add it."""
    said = {"vehicle": plate, "site": site, "kind": kind, "actual_at": at.isoformat()}
    who = {"author": "M. Lin", "reason": "gate log"}
    answer = page.request.post(f"{product.url}/api/v1/nodes", data={**said, **who})
    assert answer.status == 201, answer.text()
    node: dict[str, Any] = answer.json()
    return node


def entry(timeline: Locator, site: dict[str, Any]) -> Locator:
    """The newest node of a site in a timeline."""
    return timeline.get_by_test_id("node").filter(has_text=site["name_en"]).first


def opened_news(page: Page) -> Locator:
    """The panel of the newest nodes, which is shut until somebody wants it."""
    news = page.get_by_test_id("news")
    news.get_by_role("button", name="Newest nodes").click()
    return news


def test_a_node_shows_at_once_in_the_timeline_and_among_the_newest(
    page: Page, product: Running
) -> None:
    plate, site = plate_of(page, product, 0), site_of(page, product)
    open_console(page, product, f"&vehicle={plate}")
    timeline = page.get_by_test_id("timeline")
    expect(timeline).to_be_visible()
    at = ago(7)
    add(page, product, plate, site["code"], at)
    node = entry(timeline, site)
    expect(node).to_contain_text("Arrived")
    expect(node).to_contain_text("by hand")
    newest = opened_news(page).locator("li").first
    expect(newest).to_contain_text(plate)
    expect(newest).to_contain_text(site["name_en"])


def test_a_node_is_added_by_hand_in_the_zone_of_its_site(page: Page, product: Running) -> None:
    plate, site = plate_of(page, product, 1), site_of(page, product, 1)
    open_console(page, product, f"&vehicle={plate}")
    timeline = page.get_by_test_id("timeline")
    timeline.get_by_role("button", name="Add by hand").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Site").select_option(site["code"])
    expect(dialog.get_by_text(site["zone"])).to_be_visible()
    dialog.get_by_label("What happened").select_option("departed")
    dialog.get_by_label("Your name").fill("Li Na")
    dialog.get_by_label("Reason").fill("driver called")
    dialog.get_by_label("Note").fill("left by the north gate")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    node = entry(timeline, site)
    node.locator(".node-head").click()
    for words in ("Departed", "Li Na", "driver called", "left by the north gate"):
        expect(node).to_contain_text(words)
    # The vehicle drives meanwhile: newer nodes may be the machine's.
    (added,) = [
        node for node in get(page, product, f"/nodes?vehicle={plate}") if node["author"] == "Li Na"
    ]
    age = datetime.now(UTC) - datetime.fromisoformat(added["actual_at"])
    assert age < timedelta(minutes=5)


def test_a_correction_strikes_the_old_time_and_keeps_every_version(
    page: Page, product: Running
) -> None:
    plate, site = plate_of(page, product, 2), site_of(page, product, 2)
    at = ago(30)
    first = add(page, product, plate, site["code"], at)
    open_console(page, product, f"&vehicle={plate}")
    node = entry(page.get_by_test_id("timeline"), site)
    node.locator(".node-head").click()
    node.get_by_role("button", name="Correct…").click()
    dialog = page.get_by_role("dialog")
    time = dialog.get_by_label(re.compile("Time"))
    local = datetime.fromisoformat(time.input_value())
    time.fill((local - timedelta(minutes=12)).isoformat(timespec="seconds"))
    dialog.get_by_label("Your name").fill("Li Na")
    dialog.get_by_label("Reason").fill("gate camera")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(node.locator(".node-time s")).to_be_visible()
    node.get_by_role("button", name="Versions (2)").click()
    expect(node.locator(".versions li")).to_have_count(2)
    expect(node.locator(".versions li").first).to_contain_text("Li Na: gate camera")
    versions = get(page, product, f"/nodes/{first['id']}")["versions"]
    moved = datetime.fromisoformat(versions[0]["actual_at"])
    assert moved == at - timedelta(minutes=12)


def test_a_retracted_node_leaves_the_timeline_but_not_the_record(
    page: Page, product: Running
) -> None:
    plate, site = plate_of(page, product, 3), site_of(page, product, 3)
    add(page, product, plate, site["code"], ago(20), "passed")
    open_console(page, product, f"&vehicle={plate}")
    timeline = page.get_by_test_id("timeline")
    node = entry(timeline, site)
    node.locator(".node-head").click()
    node.get_by_role("button", name="Correct…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("It did not happen").check()
    dialog.get_by_label("Your name").fill("Li Na")
    dialog.get_by_label("Reason").fill("another vehicle")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    kept = timeline.locator("[data-kind=passed]").filter(has_text=site["name_en"])
    expect(kept).to_have_count(0)
    timeline.get_by_label("Show retracted").check()
    expect(kept.first).to_contain_text("retracted")


def test_a_site_page_tells_of_comings_and_goings_as_they_happen(
    page: Page, product: Running
) -> None:
    plate, site = plate_of(page, product, 4), site_of(page, product, 4)
    open_console(page, product, "", "#/sites")
    page.get_by_label("Filter sites").fill(site["name_en"])
    page.locator(f"[data-site={site['code']}]").click()
    board = page.get_by_test_id("site-board")
    expect(board.get_by_role("heading", level=1)).to_have_text(site["name_en"])
    expect(board).to_contain_text(f"Times are those of {site['zone']}")
    expect(board.get_by_test_id("board-dwell")).to_be_visible()
    at = ago(3)
    add(page, product, plate, site["code"], at, "departed")
    node = board.get_by_test_id("board-departures").locator("li").filter(has_text=plate).first
    expect(node).to_contain_text("by hand")
    prefer(page, "lang", "zh")
    expect(board.get_by_role("heading", level=1)).to_have_text(site["name_zh"])
    expect(node).to_contain_text("人工")
    page.reload()
    expect(board.get_by_role("heading", level=1)).to_have_text(site["name_zh"])


def test_an_unknown_site_is_said_to_be_unknown(page: Page, product: Running) -> None:
    open_console(page, product, "", "#/sites/NOWHERE")
    expect(page.get_by_role("alert")).to_contain_text("does not exist")


class Stream:
    """A live stream that says what a test wants."""

    def __init__(self, page: Page, rows: list[tuple[Any, ...]]) -> None:
        self.columns = {name: [row[i] for row in rows] for i, name in enumerate(COLUMNS)}
        self.sockets: list[WebSocketRoute] = []
        page.route_web_socket(LIVE, self.serve)

    def serve(self, socket: WebSocketRoute) -> None:
        hello = {"type": "hello", "v": 1, "version": "0", "heartbeat_s": 5}
        snapshot = {"type": "snapshot", "v": 1, "cursor": "e:1", "vehicles": self.columns}
        socket.send(json.dumps(hello))
        socket.on_message(lambda _: socket.send(json.dumps({**snapshot, "nodes": []})))
        self.sockets.append(socket)

    def tell(self, rows: list[tuple[Any, ...]], nodes: list[dict[str, Any]]) -> None:
        columns = {name: [row[i] for row in rows] for i, name in enumerate(COLUMNS)}
        delta = {"type": "delta", "v": 1, "cursor": "e:2", "gone": [], "world": False}
        self.sockets[-1].send(json.dumps({**delta, "vehicles": columns, "nodes": nodes}))


def row(plate: str, site: str | None, presence: str | None) -> tuple[Any, ...]:
    now = round(datetime.now(UTC).timestamp() * 1000)
    lon, lat = 1_200_000_000, 300_000_000
    return (plate, None, now, now, lon, lat, 0, 0, 0, 0, True, site, presence)


def test_entering_and_leaving_show_at_once(page: Page, product: Running) -> None:
    site = site_of(page, product)
    stream = Stream(page, [row("A1", None, None)])
    open_console(page, product, "&vehicle=A1")
    presence = page.get_by_test_id("presence")
    expect(page.get_by_test_id("card")).to_be_visible()
    expect(presence).to_have_count(0)
    for word, text in (("entering", "Entering"), ("inside", "At"), ("leaving", "Leaving")):
        stream.tell([row("A1", site["code"], word)], [])
        expect(presence).to_have_text(f"{text} {site['name_en']}")
    expect(presence.get_by_role("link")).to_have_attribute("href", f"#/sites/{site['code']}")
    stream.tell([row("A1", None, None)], [])
    expect(presence).to_have_count(0)


def test_old_news_is_no_news_and_a_retraction_is_told(page: Page, product: Running) -> None:
    plate, site = plate_of(page, product, 5), site_of(page, product, 5)
    told = add(page, product, plate, site["code"], ago(1))
    page.route("**/api/v1/nodes?*", lambda route: route.fulfill(json=[]))
    stream = Stream(page, [row("A1", None, None)])
    open_console(page, product)
    late = {**told, "id": "late", "vehicle": "LATE", "is_news": False, "backfilled": True}
    fresh = {**told, "id": "fresh", "vehicle": "FRESH", "is_news": True, "valid": True}
    stream.tell([], [late, fresh])
    newest = opened_news(page)
    expect(newest).to_contain_text("FRESH")
    expect(newest).not_to_contain_text("LATE")
    stream.tell([], [{**fresh, "version": 2, "valid": False, "is_news": False}])
    expect(newest).to_contain_text("retracted")
    newest.get_by_role("button", name="Newest nodes").click()
    expect(newest).not_to_contain_text("FRESH")
