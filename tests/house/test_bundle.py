"""What the console's pages cost before they show something, measured on the bundle that is built.

A dispatcher's line may be slow and a customer's telephone is; so scripts have budgets, in KB
(1,024 bytes) after gzip, as servers send them.  Words are counted in the larger language.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

DIST = Path(__file__).parents[2] / "dashboards" / "dist"
MANIFEST = DIST / ".vite" / "manifest.json"

KB = 1024
#: KB; the first load of the console, with the map's library.
FIRST_LOAD = 400
#: KB; the desk and the page behind a link, before the map.
BEFORE_THE_MAP = 40
#: KB; the map's worker is a thread of its own, fetched beside the page and kept for ever.
WORKER = 160

LANGUAGES = ("en", "zh")


@cache
def _manifest() -> dict[str, dict[str, Any]]:
    if not MANIFEST.is_file():
        pytest.fail(f"{MANIFEST} is not there: `make setup` builds the console")
    manifest: dict[str, dict[str, Any]] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return manifest


def _closure(entries: Iterable[str]) -> set[str]:
    """The entries and all that they import before they run."""
    manifest, seen = _manifest(), set[str]()
    open_ = list(entries)
    while open_:
        name = open_.pop()
        if name not in seen:
            seen.add(name)
            open_ += manifest[name].get("imports", [])
    return seen


def _kilobytes(file: str) -> float:
    return len(gzip.compress((DIST / file).read_bytes(), 9)) / KB


def _cost(entries: Iterable[str], words: Iterable[str] = ()) -> float:
    """KB of script of some entries, with these subjects' words in the larger language."""
    entries, subjects = list(entries), list(words)
    manifest = _manifest()

    def cost(lang: str) -> float:
        spoken = [f"src/i18n/{lang}.ts", *(f"src/i18n/{each}.{lang}.ts" for each in subjects)]
        chunks = _closure([*entries, *(spoken if subjects else [])])
        return sum(_kilobytes(manifest[name]["file"]) for name in chunks)

    return max(map(cost, LANGUAGES))


def test_the_first_load_with_the_map_stays_below_its_budget() -> None:
    cost = _cost(
        [
            "index.html",
            "src/ui/boardPages.tsx",
            "src/ui/mapPages.tsx",
            "src/ui/alarmPages.tsx",
            "src/ui/keys.ts",
            "src/ui/address.ts",
            "src/live/socket.ts",
            "src/map/view.ts",
        ],
        ["fleet", "places", "trips", "card", "alarms"],
    )
    assert cost <= FIRST_LOAD


def test_the_desk_answers_before_it_has_fetched_more_than_its_budget() -> None:
    assert _cost(["index.html", "src/ui/deskPages.tsx"], ["desk"]) <= BEFORE_THE_MAP


def test_the_desk_waits_for_nothing_of_the_map() -> None:
    chunks = _closure(["index.html", "src/ui/deskPages.tsx"])
    code = "".join(
        (DIST / _manifest()[name]["file"]).read_text(encoding="utf-8") for name in chunks
    )
    assert "maplibregl" not in code


def test_the_page_behind_a_link_stays_below_its_budget() -> None:
    assert _cost(["share.html"]) <= BEFORE_THE_MAP


def test_the_worker_of_the_map_stays_below_its_budget() -> None:
    (worker,) = (DIST / "assets").glob("maplibre-gl-worker-*.mjs")
    assert _kilobytes(str(worker.relative_to(DIST))) <= WORKER


def test_a_page_in_one_language_fetches_no_words_of_the_other() -> None:
    for name in _closure(["index.html", "src/ui/deskPages.tsx", "src/ui/mapPages.tsx"]):
        assert not name.endswith((".en.ts", ".zh.ts")), f"{name} brings words of a language"


def test_every_script_is_kept_for_ever_because_its_name_tells_its_content() -> None:
    for chunk in _manifest().values():
        assert chunk["file"].startswith("assets/"), chunk["file"]


def test_whoever_has_a_link_loads_nothing_of_the_console() -> None:
    manifest, reached, open_ = _manifest(), set[str](), {"share.html"}
    while open_:
        reached |= _closure(open_)
        later = {one for name in reached for one in manifest[name].get("dynamicImports", [])}
        open_ = later - reached
    files = {manifest[name]["file"] for name in reached}
    assert any("/style-" in file for file in files), "the map is reached"
    # The frame signs in, listens to the fleet and sets the page's language when it is loaded.
    assert not [file for file in files if "/frame-" in file]
