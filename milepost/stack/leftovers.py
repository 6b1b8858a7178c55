"""Processes of an earlier supervisor's programs, on their way out."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from fleet.errors import StackBroken
from milepost.stack.child import POLL

_LEAVE_WITHIN = 20.0  # s; they were told to stop when their supervisor died: less than one
_KILLED_WITHIN = 10.0  # s; after SIGKILL, unless the disk hangs


def end_leftovers(program: str, folder: Path) -> None:
    """Return when no process of ``program`` works in ``folder``.

    For a supervisor that holds the folder's lock: whatever is there lost its own and is
    stopping, or is a backend of a server that was killed.  What does not end is killed.

    Raises:
        StackBroken: not even that ends it.
    """
    deadline = time.monotonic() + _LEAVE_WITHIN
    while pids := working_in(folder, program):
        late = time.monotonic() - deadline
        if late > _KILLED_WITHIN:
            raise StackBroken(f"processes {pids} of an earlier {program} in {folder} do not end")
        if late > 0:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(POLL)


def working_in(folder: Path, program: str) -> list[int]:
    """The processes of ``program`` whose working directory is ``folder``; zombies have none."""
    folder = folder.resolve()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):  # it ended, or is another user's
                here = (entry / "cwd").readlink() == folder
                # Not an administrator's shell; an upgraded program is "postgres (deleted)".
                if here and (entry / "exe").readlink().name.split(" ")[0] == program:
                    found.append(int(entry.name))
    return found
