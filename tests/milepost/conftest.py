"""The command line in this process: as a user types it, without half a second per start."""

from __future__ import annotations

import io
import logging
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from milepost.__main__ import main
from tests.milepost.typing_user import Milepost, Told


@pytest.fixture
def fresh_logs() -> Iterator[None]:
    """Afterwards logging is as it was."""
    root = logging.getLogger()
    level = root.level
    yield
    for handler in root.handlers[:]:
        if type(handler) is logging.StreamHandler:  # ours; those of pytest are classes of its own
            root.removeHandler(handler)
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def milepost(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    fresh_logs: None,  # noqa: ARG001 - every command begins its own
) -> Iterator[Milepost]:
    """``milepost("decode", "-", stdin=b"…", MILEPOST_…="…")`` in an empty folder."""
    for name in [name for name in os.environ if name.startswith("MILEPOST_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "300")  # help is not broken in the middle of an example
    monkeypatch.chdir(tmp_path)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def run(*arguments: str, stdin: bytes = b"", **environment: str) -> Told:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["milepost", *arguments])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
            for name, value in environment.items():
                patch.setenv(name, value)
            status = 0
            try:
                main()
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else int(end.code is not None)
        said = capsys.readouterr()
        return Told(status, said.out, said.err)

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)
