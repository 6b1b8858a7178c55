"""The fixtures of ``tests/fix_browser.py``: what a browser leaves behind, and what fails a test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
LOOP = """
import asyncio

async def seven():
    return 7

def test_loop():
    assert asyncio.run(seven()) == 7
"""
PAGE = """
def test_page(page):
    page.set_content("<p>good</p>")
    assert page.inner_text("p") == "good"
"""
BROKEN = """
import pytest

@pytest.fixture
def late(page):
    yield page
    with page.expect_event("pageerror"):
        page.evaluate("setTimeout(() => { throw new Error('broken script') })")

def test_broken(late):
    pass
"""


def run(folder: Path, files: dict[str, str], *options: str) -> tuple[dict[str, int], str]:
    """Outcomes of a run of its own over ``files``, in their order, in one process; what it said."""
    (folder / "conftest.py").write_text("pytest_plugins = ['tests.fix_browser']\n")
    for name, text in files.items():
        (folder / name).write_text(text)
    line = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"]
    ran = subprocess.run(
        [*line, f"--rootdir={folder}", f"--output={folder / 'kept'}", *options, *files],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    last = ran.stdout.strip().splitlines()[-1].split(" in ")[0]
    counts = (part.split() for part in last.split(", "))
    return {words: int(number) for number, words in counts}, ran.stdout


def test_an_event_loop_can_run_after_a_browser_and_a_browser_after_that(tmp_path: Path) -> None:
    files = {"test_a.py": PAGE, "test_b.py": PAGE, "test_c.py": LOOP, "test_d.py": PAGE}
    outcomes, said = run(tmp_path, {**files, "test_e.py": LOOP})
    assert outcomes == {"passed": 5}, said


def test_an_error_of_a_script_fails_its_test_and_leaves_no_loop_either(tmp_path: Path) -> None:
    files = {"test_a.py": BROKEN, "test_b.py": LOOP}
    outcomes, said = run(tmp_path, files, "--tracing=retain-on-failure")
    assert outcomes == {"passed": 2, "error": 1}, said
    assert "broken script" in said
    assert list((tmp_path / "kept").glob("*/trace.zip"))
