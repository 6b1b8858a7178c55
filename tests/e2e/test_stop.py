"""Ctrl-C and SIGTERM end everything: in order, soon, with a clean status."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from milepost.stack import find_running
from tests.temporary import temporary_folder

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
START = 60.0  #: s; takes about four on a quiet machine
END = 15.0  #: s; takes about two


@contextmanager
def up(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """``milepost up`` in ``folder``, killed at the end if it still runs."""
    others = {key: value for key, value in os.environ.items() if not key.startswith("MILEPOST_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "milepost", "up", "--port", "0"],
        cwd=ROOT,
        env={**others, "MILEPOST_STATE": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def eventually(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + START
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """All that runs below ``process``."""
    return psutil.Process(process.pid).children(recursive=True)


def test_ctrl_c_ends_the_product_with_all_its_children() -> None:
    with temporary_folder() as folder, up(folder) as process:
        eventually(lambda: find_running(folder) is not None, "it is announced")
        children = family(process)
        assert len(children) >= 5  # PostgreSQL and its own, the broker, gateway, worker, API
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=END)
        assert process.returncode == 0, err
        assert "Traceback" not in err
        assert out == ""
        assert not [child for child in children if child.is_running()]
        assert find_running(folder) is None
        # The data stays, the passwords stay private.
        assert (folder / "postgres").is_dir()
        for name in ("gateway", "worker", "api"):
            assert "Traceback" not in (folder / f"log/{name}.log").read_text(), name


def test_being_told_to_end_while_it_starts_leaves_nobody_behind() -> None:
    """As systemd and docker do it, with SIGTERM."""
    with temporary_folder() as folder, up(folder) as process:
        eventually(lambda: bool(family(process)), "it starts its first child")
        process.send_signal(signal.SIGTERM)
        seen = family(process)
        _, err = process.communicate(timeout=START)
        assert process.returncode == 0, err
        assert "Traceback" not in err
        assert not [child for child in seen if child.is_running()]
        assert find_running(folder) is None
