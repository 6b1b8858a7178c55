from __future__ import annotations

from pathlib import Path

import pytest

from fleet.fences import Datum
from tests.fix_api import Start
from tracker_api.routes.console import basemap, own_basemap
from tracker_api.settings import Api
from tracker_api.static import security_headers


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """What a bundler writes."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Console</title>")
    (folder / "assets" / "app-3f2a.mjs").write_text("export {}")
    (folder / "map.pmtiles").write_bytes(bytes(range(256)))
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@pytest.mark.parametrize("path", ["/", "/index.html", "/vehicles/沪A1"])
def test_the_index_stands_for_every_path_of_the_console(
    start_api: Start, bundle: Path, path: str
) -> None:
    with start_api(console=bundle) as running, running.client() as client:
        answer = client.get(path)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
        assert "<title>Console</title>" in answer.text


def test_hashed_assets_are_kept_for_ever_under_their_type(start_api: Start, bundle: Path) -> None:
    with start_api(console=bundle) as running, running.client() as client:
        answer = client.get("/assets/app-3f2a.mjs")
        assert answer.headers["content-type"].startswith("text/javascript")
        assert "immutable" in answer.headers["cache-control"]


def test_map_tiles_are_served_in_ranges(start_api: Start, bundle: Path) -> None:
    with (
        start_api(console=bundle, basemap_pmtiles=bundle / "map.pmtiles") as running,
        running.client() as client,
    ):
        for path in ("/map.pmtiles", "/tiles.pmtiles"):
            answer = client.get(path, headers={"Range": "bytes=16-31"})
            assert (answer.status_code, answer.content) == (206, bytes(range(16, 32)))
            assert answer.headers["content-type"] == "application/vnd.pmtiles"
        assert client.get("/api/v1/console").json()["basemap"] == {
            "kind": "pmtiles",
            "url": "tiles.pmtiles",
            "datum": "wgs84",
            "borders": True,
        }


def test_a_file_of_tiles_that_is_gone_is_not_found(start_api: Start, bundle: Path) -> None:
    gone = bundle / "none.pmtiles"
    with start_api(console=bundle, basemap_pmtiles=gone) as running, running.client() as client:
        assert client.get("/tiles.pmtiles").status_code == 404


def test_strangers_get_a_map_that_needs_no_other_machine() -> None:
    """An online style is for the console alone; its datum and the rule on borders are told."""
    file = Api(basemap_pmtiles=Path("x"), basemap_datum=Datum.GCJ02, basemap_borders=False)
    assert own_basemap(file).model_dump() == {
        "kind": "pmtiles",
        "url": "tiles.pmtiles",
        "datum": "gcj02",
        "borders": False,
    }
    both = Api(
        basemap_style="https://tiles.example/s.json",
        basemap_pmtiles=Path("x"),
        basemap_datum=Datum.BD09,
    )
    assert (basemap(both).kind, basemap(both).datum) == ("style", "bd09")
    assert (own_basemap(both).kind, own_basemap(both).datum) == ("bundled", "wgs84")


def test_what_the_shared_page_draws_is_told_without_a_token(start_api: Start, bundle: Path) -> None:
    token = "0123456789abcdef"  # noqa: S105 (of no system)
    with start_api(console=bundle, token=token) as running, running.client() as client:
        assert client.get("/api/v1/console").status_code == 401
        answer = client.get("/basemap.json")
        assert answer.json() == {"kind": "bundled", "url": None, "datum": "wgs84", "borders": True}


@pytest.mark.parametrize(
    "path",
    ["/assets/missing.js", "/api/nothing", "/api/v2/x", "/../secret.txt", "/%2e%2e/secret.txt"],
)
def test_what_is_no_page_is_not_found(start_api: Start, bundle: Path, path: str) -> None:
    with start_api(console=bundle) as running, running.client() as client:
        answer = client.get(path)
        assert (answer.status_code, answer.json()["status"]) == (404, 404)


def test_a_missing_bundle_says_how_to_build_it(start_api: Start, tmp_path: Path) -> None:
    with start_api(console=tmp_path / "none") as running, running.client() as client:
        answer = client.get("/")
        assert answer.status_code == 503
        assert "make setup" in answer.text


def test_every_answer_carries_the_security_headers(start_api: Start, bundle: Path) -> None:
    with start_api(console=bundle) as running, running.client() as client:
        for path in ("/", "/api/v1/vehicles", "/api/v1/nothing", "/assets/app-3f2a.mjs"):
            headers = client.get(path).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            policy = headers["content-security-policy"]
            assert {"default-src 'self'", "frame-ancestors 'none'"} <= set(policy.split("; "))
            assert "unsafe" not in policy, "neither scripts nor styles in line, and no eval"


def test_only_the_configured_map_may_be_loaded_from_elsewhere() -> None:
    assert "http" not in security_headers(Api())["Content-Security-Policy"]
    online = Api(
        basemap_style="https://tiles.example/style.json?key=1",
        basemap_origins=("https://fonts.example",),
    )
    policy = security_headers(online)["Content-Security-Policy"]
    assert "connect-src 'self' https://tiles.example https://fonts.example;" in policy
    assert "script-src" not in policy
