"""Base maps in a browser: one that does not answer, answers nonsense, or is in GCJ-02."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.test_console import Running, open_console

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    # The product's policy lets pages ask configured addresses only; these are made up here.
    pytest.mark.browser_context_args(bypass_csp=True),
]

#: The example that circulates with the formulas: a place in Beijing, and where GCJ-02 draws it.
GROUND = (116.404, 39.915)
ON_THE_MAP = (116.410244499, 39.916404282)
#: Hong Kong, where nothing is shifted.
UNSHIFTED = (114.158, 22.2855)
ZOOM = 12
#: m; of the equator, at zoom 0.
METRES_PER_PIXEL = 78_271.517


def use(page: Page, **basemap: str | bool) -> None:
    """The API says that this is the base map."""
    told = {"kind": "style", "url": None, "datum": "wgs84", "borders": True, **basemap}

    def answer(route: Route) -> None:
        before = route.fetch()
        route.fulfill(response=before, json={**before.json(), "basemap": told})

    page.route("**/api/v1/console", answer)


def away(page: Page, place: tuple[float, float]) -> tuple[float, float]:
    """Pixels from the place where nothing is shifted to another, on the map as it is drawn."""
    page.evaluate(
        "([lon, lat, zoom]) => window.__milepost.goTo(lon, lat, zoom)", [*UNSHIFTED, ZOOM]
    )
    page.wait_for_function(
        """([lon, lat, pixels]) => {
            const { x } = window.__milepost.pixel(lon, lat);
            const far = window.__milepost.pixel(lon + 1, lat).x - x;
            return Math.abs(far - pixels) < 1;
        }""",
        arg=[*UNSHIFTED, 512 * 2**ZOOM / 360],
        polling=100,
    )
    found: list[float] = page.evaluate(
        """([from, to]) => {
            const [a, b] = [window.__milepost.pixel(...from), window.__milepost.pixel(...to)];
            return [b.x - a.x, b.y - a.y];
        }""",
        [UNSHIFTED, place],
    )
    return found[0], found[1]


@pytest.mark.parametrize("body", ["<html>no style</html>", '{"version": 7}', '{"version": 8}'])
def test_a_style_that_is_none_is_replaced_by_the_built_in_map(
    page: Page, product: Running, body: str
) -> None:
    use(page, url="https://maps.invalid/style.json")
    page.route("https://maps.invalid/**", lambda route: route.fulfill(body=body))
    with page.expect_response("**/basemap.pmtiles"):
        open_console(page, product)
    expect(page.get_by_test_id("banner")).to_contain_text("built-in map")


def test_a_map_that_never_answers_is_waited_for_three_seconds(page: Page, product: Running) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    use(page, url="https://maps.invalid/style.json")
    page.route("https://maps.invalid/**", hold)
    open_console(page, product)
    expect(page.get_by_test_id("banner")).to_contain_text("built-in map", timeout=15_000)
    assert len(held) == 1


def test_a_file_of_tiles_that_is_none_is_replaced(page: Page, product: Running) -> None:
    use(page, kind="pmtiles", url="tiles.pmtiles")
    page.route("**/tiles.pmtiles", lambda route: route.fulfill(body="not tiles"))
    open_console(page, product)
    expect(page.get_by_test_id("banner")).to_contain_text("built-in map")


def test_on_a_map_in_gcj02_a_vehicle_stands_where_that_map_shows_its_street(
    page: Page, product: Running
) -> None:
    """The same pin overlays to 5 m: what is at the place's own image lies under the vehicle."""
    open_console(page, product)
    image = away(page, ON_THE_MAP)
    plain = away(page, GROUND)
    use(page, kind="pmtiles", url="basemap.pmtiles", datum="gcj02")
    open_console(page, product)
    shifted = away(page, GROUND)
    metres = METRES_PER_PIXEL / 2**ZOOM
    assert shifted == pytest.approx(image, abs=5 / metres)
    assert abs(shifted[0] - plain[0]) * metres > 400  # without the shift it is streets away


def test_borders_that_the_installation_forbids_have_no_switch(page: Page, product: Running) -> None:
    use(page, kind="bundled", borders=False)
    open_console(page, product)
    expect(page.get_by_role("button", name="Hubs", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Borders", exact=True)).to_have_count(0)
