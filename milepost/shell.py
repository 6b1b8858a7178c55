"""What every command does alike: settings, signals, errors, output."""

from __future__ import annotations

import gc
import signal
import sys
import threading
from collections.abc import Mapping
from types import FrameType
from typing import Any

import orjson
from rich.console import Console

from milepost import logs, settings

#: People read this; machines read standard output.  Text is printed as it is: brackets are no
#: markup, and a sentence is one line of a log file however long it is.
console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
#: What people asked for.
out = Console(highlight=False, markup=False)
_YOUNG = 50_000  #: objects between two looks of Python's collector; those of three full batches


def start(process: str, **overrides: Any) -> settings.Settings:  # noqa: ANN401 - setting values
    """Read the settings, with what the command line says instead, and start the logs."""
    loaded = settings.load()
    given = {name: value for name, value in overrides.items() if value is not None}
    loaded = loaded.model_copy(update=given)
    logs.configure(loaded.log_level, loaded.log_format, process)
    return loaded


def stop_on_signals() -> threading.Event:
    """An event that Ctrl-C or SIGTERM sets; a second Ctrl-C ends at once."""
    stop = threading.Event()

    def handle(number: int, _frame: FrameType | None) -> None:
        if stop.is_set() and number == signal.SIGINT:
            signal.default_int_handler(number, None)
        stop.set()

    signal.signal(signal.SIGINT, handle)
    signal.signal(signal.SIGTERM, handle)
    return stop


def emit(result: Mapping[str, Any]) -> None:
    """Write one line of JSON to standard output."""
    sys.stdout.buffer.write(orjson.dumps(result, option=orjson.OPT_SERIALIZE_NUMPY) + b"\n")
    sys.stdout.flush()


def spare_the_collector() -> None:
    """Have Python not look again and again for what nobody needs in what was just read.

    What a process reads at its start stays until it is edited, and then goes by itself: nothing
    in it points in a circle.  A batch's messages go with its commit.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 20)
