"""Ways between two processes that can be cut, hung and slowed: TCP tunnels of ``pproxy``.

A tunnel is a process of its own.  Stopped (SIGSTOP), the kernel still takes connections and
bytes for it, and nothing comes back: a half-open socket.  Killed, both ends are told.
"""

from __future__ import annotations

import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Self

from milepost.stack import ports
from milepost.stack.child import Child, Program

#: s; a stalled tunnel moves nothing for so long, then for so long everything.
STALL, FLOW = 0.08, 0.02


class Wire:
    """A TCP port of this machine that leads to another one."""

    def __init__(self, target: int, folder: Path) -> None:
        self._target = target
        with socket.socket() as probe:
            probe.bind((ports.LOOPBACK, 0))
            self.port = int(probe.getsockname()[1])
        self._folder = folder
        self._child: Child | None = None

    def __enter__(self) -> Self:
        self.mend()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    def mend(self) -> None:
        """Let connections through again; returns when they are."""
        if self._child is None:
            here, there = (f"{ports.LOOPBACK}:{port}" for port in (self.port, self._target))
            command = [sys.executable, "-m", "pproxy", "-l", f"tunnel{{{there}}}://{here}"]
            log = self._folder / f"wire-{self.port}.log"
            self._child = Child(Program("a tunnel", command, self._folder, log))
            self._child.wait_until(lambda: ports.answers(self.port), 30.0)
        self._child.send(signal.SIGCONT)

    def cut(self) -> None:
        """End every connection; new ones are refused."""
        if self._child is not None:
            self._child.stop([])
            self._child = None

    def hang(self) -> None:
        """Keep every connection, and let nothing through."""
        if self._child is not None:
            self._child.send(signal.SIGSTOP)

    def crawl(self, enough: threading.Event) -> None:
        """Let things through only now and then, until ``enough`` is set."""
        while not enough.is_set():
            self.hang()
            enough.wait(STALL)
            self.mend()
            enough.wait(FLOW)
