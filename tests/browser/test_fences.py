"""Fences in the console: drawn, edited, imported, on a running product."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser.preferences import prefer

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

#: Far from every site and lorry; each test draws at a latitude of its own.
LON = 93.0
ZOOM = 13
#: m; by how much a dragged rim may be off the pixel it was dragged to
NEAR = 40.0


class Running(Protocol):
    """What these tests know of the product."""

    @property
    def url(self) -> str: ...


def open_map(page: Page, product: Running, lat: float, query: str = "") -> None:
    """Open the console and look at a place."""
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{product.url}/?lang=en&theme=light{query}")
    page.wait_for_selector("body[data-ready=true]")
    page.evaluate(f"window.__milepost.goTo({LON}, {lat}, {ZOOM})")
    page.wait_for_function(
        """([lon, lat]) => {
            const at = window.__milepost.pixel(lon, lat);
            return at && Math.abs(at.x - 820) < 60 && Math.abs(at.y - 424) < 60;
        }""",
        arg=[LON, lat],
        polling=100,
    )


def pixel(page: Page, lon: float, lat: float) -> tuple[float, float]:
    at = page.evaluate(f"window.__milepost.pixel({lon}, {lat})")
    return at["x"], at["y"]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=6)
    page.mouse.up()


def draw(page: Page, shape: str) -> Locator:
    """Begin a drawing; the form beside it."""
    page.get_by_role("button", name="New fence").click()
    page.get_by_role("menuitem", name=shape).click()
    return page.get_by_test_id("fence-editor")


def sign(editor: Locator, code: str | None = None) -> None:
    """Fill in what every edit needs."""
    if code is not None:
        editor.get_by_role("textbox", name="Code").fill(code)
        editor.get_by_label("Name in Chinese").fill("测试网点")
        editor.get_by_label("Name in English").fill(f"Site {code}")
    editor.get_by_label("Your name").fill("Li Na")
    editor.get_by_label("Reason").fill("new yard")


def fence(page: Page, product: Running, code: str) -> dict[str, Any]:
    answer: dict[str, Any] = page.request.get(f"{product.url}/api/v1/fences/{code}").json()
    return answer


def said(code: str, lat: float, **more: object) -> dict[str, Any]:
    """A square fence of about 2 km, as the API takes it."""
    west, east, south, north = LON - 0.01, LON + 0.01, lat - 0.01, lat + 0.01
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    who = {"author": "M. Lin", "reason": "site plan"}
    return {"code": code, "role": "hub", "geometry": geometry, **who, **more}


def add(page: Page, product: Running, code: str, lat: float) -> None:
    answer = page.request.post(f"{product.url}/api/v1/fences", data=said(code, lat))
    assert answer.status == 201, answer.text()


def test_a_circle_is_drawn_its_radius_typed_and_it_is_saved(page: Page, product: Running) -> None:
    lat = 36.0
    open_map(page, product, lat)
    editor = draw(page, "Circle")
    expect(editor.get_by_test_id("draw-how")).to_contain_text("drag to the rim")
    x, y = pixel(page, LON, lat)
    drag(page, (x, y), (x + 60, y))
    radius = editor.get_by_test_id("radius")
    east = pixel(page, LON + 0.01, lat)[0] - x
    metres = 60 / east * 0.01 * 111_195 * 0.809  # cos 36 degrees
    page.wait_for_function(
        """([metres, near]) => {
            const typed = document.querySelector('[data-testid=radius]').value;
            return Math.abs(Number(typed) - metres) < near;
        }""",
        arg=[metres, NEAR],
        polling=100,
    )
    radius.fill("250")
    sign(editor, "T-CIRCLE")
    editor.get_by_test_id("save-fence").click()
    card = page.get_by_test_id("fence-card")
    expect(card.get_by_test_id("saved")).to_contain_text("Saved as version 1")
    expect(card.get_by_role("heading", level=2)).to_contain_text("Site T-CIRCLE")
    kept = fence(page, product, "T-CIRCLE")
    assert kept["geometry"]["type"] == "Point"
    assert kept["geometry"]["coordinates"] == pytest.approx([LON, lat], abs=1e-3)
    assert kept["properties"]["radius_m"] == 250
    page.wait_for_function("() => window.__milepost.fences().includes('T-CIRCLE')", polling=200)


def test_a_polygon_that_crosses_itself_is_saved_only_when_repaired(
    page: Page, product: Running
) -> None:
    lat = 36.5
    open_map(page, product, lat)
    editor = draw(page, "Polygon")
    x, y = pixel(page, LON, lat)
    corners = [(x - 150, y - 60), (x - 30, y + 60), (x - 30, y - 60), (x - 150, y + 60)]
    for corner in corners:
        page.mouse.click(*corner)
    page.keyboard.press("Enter")
    expect(editor.get_by_test_id("flaws")).to_contain_text("crosses itself (1")
    save = editor.get_by_test_id("save-fence")
    expect(save).to_be_disabled()
    drag(page, corners[1], (x - 90, y - 150))
    expect(editor.get_by_test_id("flaws")).to_be_empty()
    sign(editor)
    save.click()
    expect(editor.get_by_role("alert").filter(has_text="needed")).to_be_visible()
    sign(editor, "T-POLYGON")
    save.click()
    expect(page.get_by_test_id("saved")).to_contain_text("Saved as version 1")
    (ring,) = fence(page, product, "T-POLYGON")["geometry"]["coordinates"]
    assert len(ring) == 5
    assert ring[0] == ring[-1]


def test_a_corner_is_put_in_moved_by_keys_and_deleted(page: Page, product: Running) -> None:
    lat = 37.0
    add(page, product, "T-KEYS", lat)
    open_map(page, product, lat, "&fence=T-KEYS")
    page.get_by_test_id("fence-card").get_by_role("button", name="Edit", exact=True).click()
    editor = page.get_by_test_id("fence-editor")
    size = editor.locator(".size")
    square = size.inner_text()
    x, y = pixel(page, LON, lat - 0.01)  # the middle of the southern edge
    drag(page, (x, y), (x, y + 50))
    expect(size).not_to_have_text(square)
    larger = size.inner_text()
    page.keyboard.press("Shift+ArrowDown")
    expect(size).not_to_have_text(larger)
    page.keyboard.press("Delete")
    expect(size).to_have_text(square)


def test_an_edit_makes_a_version_and_the_history_tells_of_both(
    page: Page, product: Running
) -> None:
    lat = 37.5
    add(page, product, "T-EDIT", lat)
    open_map(page, product, lat, "&fence=T-EDIT")
    card = page.get_by_test_id("fence-card")
    card.get_by_role("button", name="Edit", exact=True).click()
    editor = page.get_by_test_id("fence-editor")
    x, y = pixel(page, LON - 0.01, lat + 0.01)
    drag(page, (x, y), (x - 40, y - 40))
    editor.get_by_label("Exit margin").fill("80")
    sign(editor)
    editor.get_by_test_id("save-fence").click()
    expect(card.get_by_test_id("saved")).to_contain_text("Saved as version 2")
    versions = card.get_by_test_id("versions").locator("li")
    expect(versions).to_have_count(2)
    expect(versions.first).to_contain_text("Li Na: new yard")
    expect(versions.last).to_contain_text("M. Lin: site plan")
    kept = fence(page, product, "T-EDIT")
    assert kept["properties"]["margin_m"] == 80
    assert min(lon for lon, _ in kept["geometry"]["coordinates"][0]) < LON - 0.0101


def test_who_was_faster_is_named_and_nothing_typed_is_lost(page: Page, product: Running) -> None:
    lat = 38.0
    add(page, product, "T-RACE", lat)
    open_map(page, product, lat, "&fence=T-RACE")
    page.get_by_test_id("fence-card").get_by_role("button", name="Edit", exact=True).click()
    editor = page.get_by_test_id("fence-editor")
    sign(editor)
    theirs = said("T-RACE", lat, version=1, author="Zhao Wei", margin_m=70)
    answer = page.request.put(f"{product.url}/api/v1/fences/T-RACE", data=theirs)
    assert answer.ok, answer.text()
    editor.get_by_test_id("save-fence").click()
    conflict = editor.get_by_test_id("conflict")
    expect(conflict).to_contain_text("Zhao Wei was faster: version 2")
    expect(editor.get_by_label("Reason")).to_have_value("new yard")
    conflict.get_by_role("button", name="Save mine after it").click()
    expect(page.get_by_test_id("saved")).to_contain_text("Saved as version 3")
    assert fence(page, product, "T-RACE")["properties"]["author"] == "Li Na"


def test_what_the_server_refuses_stands_at_its_field(page: Page, product: Running) -> None:
    lat = 38.5
    open_map(page, product, lat)
    editor = draw(page, "Circle")
    page.mouse.click(*pixel(page, LON, lat))
    editor.get_by_test_id("radius").fill("999999")
    sign(editor, "T-LARGE")
    editor.get_by_test_id("save-fence").click()
    expect(editor.locator(".outline").get_by_role("alert").last).not_to_be_empty()
    editor.get_by_test_id("radius").fill("300")
    editor.get_by_test_id("save-fence").click()
    expect(page.get_by_test_id("saved")).to_contain_text("Saved as version 1")


def test_escape_takes_back_the_points_and_then_the_drawing(page: Page, product: Running) -> None:
    lat = 39.0
    open_map(page, product, lat)
    editor = draw(page, "Polygon")
    x, y = pixel(page, LON, lat)
    page.mouse.click(x - 60, y)
    page.mouse.click(x - 120, y)
    page.keyboard.press("Backspace")
    expect(editor.get_by_role("button", name="Take back")).to_be_visible()
    page.keyboard.press("Escape")
    expect(editor.get_by_role("button", name="Take back")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(editor).to_have_count(0)


def test_a_fence_is_drawn_without_a_mouse(page: Page, product: Running) -> None:
    lat = 39.5
    open_map(page, product, lat)
    page.get_by_role("button", name="New fence").focus()
    for key in ("Enter", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    editor = page.get_by_test_id("fence-editor")
    for lon, north in ((LON, lat), (LON + 0.01, lat), (LON, lat + 0.01)):
        page.evaluate(f"window.__milepost.goTo({lon}, {north}, {ZOOM})")
        point = editor.get_by_role("button", name="Point at the map")
        point.focus()
        page.keyboard.press("Enter")
    editor.get_by_role("button", name="Finish").focus()
    page.keyboard.press("Enter")
    expect(editor.get_by_role("button", name="Draw anew")).to_be_visible()
    expect(editor.get_by_test_id("flaws")).to_be_empty()


def test_a_file_is_tried_before_it_is_imported(page: Page, product: Running) -> None:
    open_map(page, product, 40.0)
    lines = [
        "code,name_zh,name_en,role,lon,lat,radius_m",
        f"T-FILE,导入,Imported,hub,{LON},40.0,200",
        "T-BAD,坏,Bad,hub,east,40.1,200",
    ]
    page.get_by_role("button", name="New fence").click()
    page.get_by_role("menuitem", name="Import").click()
    dialog = page.get_by_role("dialog", name="Import fences")
    file: FilePayload = {
        "name": "f.csv",
        "mimeType": "text/csv",
        "buffer": "\n".join(lines).encode(),
    }
    dialog.get_by_label("File").set_input_files(file)
    dialog.get_by_label("Your name").fill("Li Na")
    dialog.get_by_role("button", name="Check").click()
    report = dialog.get_by_test_id("report")
    expect(report).to_contain_text("1 new, 0 changed, 0 as they are, 1 refused")
    expect(report.locator("tbody tr").first).to_contain_text("3")
    before = page.request.get(f"{product.url}/api/v1/fences/T-FILE")
    assert before.status == 404
    dialog.get_by_role("button", name="Import 1").click()
    expect(dialog.get_by_role("status")).to_contain_text("Imported: 1 new")
    assert fence(page, product, "T-FILE")["properties"]["radius_m"] == 200


def test_a_click_on_a_fence_opens_its_card_and_it_ends_with_a_reason(
    page: Page, product: Running
) -> None:
    lat = 40.5
    add(page, product, "T-END", lat)
    open_map(page, product, lat)
    page.wait_for_function("() => window.__milepost.fences().includes('T-END')", polling=200)
    card = page.get_by_test_id("fence-card")
    deadline = datetime.now(UTC).timestamp() + 20
    while card.count() == 0 and datetime.now(UTC).timestamp() < deadline:
        page.mouse.click(*pixel(page, LON - 0.003, lat))  # until the outline is drawn, too
        page.wait_for_timeout(200)
    expect(card).to_contain_text("T-END")
    expect(page).to_have_url(re.compile("fence=T-END"))
    card.get_by_role("button", name="End…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Your name").fill("Li Na")
    dialog.get_by_label("Reason").fill("yard closed")
    dialog.get_by_role("button", name="End…").click()
    expect(card).to_contain_text("Ended")
    assert fence(page, product, "T-END")["properties"]["valid_to"] is not None


def test_the_map_speaks_the_language_of_the_page(page: Page, product: Running) -> None:
    lat = 36.0
    open_map(page, product, lat)
    editor = draw(page, "Circle")
    prefer(page, "lang", "zh")
    expect(editor.get_by_role("heading")).to_have_text("新建围栏")
    expect(editor.get_by_test_id("save-fence")).to_have_text("保存")
