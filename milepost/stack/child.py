"""Child processes that are ready when we say so and never outlive us.

A child is a *direct* child: its process id is ours to wait for, so a zombie or a recycled
id is never taken for a running server.  It has its own session, so Ctrl-C in a terminal
reaches only the supervisor, which then stops its children in order.  If the supervisor is
killed, the kernel sends the child ``death_signal`` (Linux, ``PR_SET_PDEATHSIG``).

The kernel sends that signal when the *thread* that forked ends, not the process.  So
every child is forked by one thread that never ends; ``Child`` may be used from any.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from fleet.errors import StackBroken
from milepost.stack.ground import Owner

POLL = 0.01  #: s between looks at a child that starts; a warm start takes about 100 ms
_QUOTED_LINES = 12  # of the log, in an error: a FATAL with its DETAIL and HINT
_QUOTED_BYTES = 4096
_LOG_LIMIT = 8 << 20  # bytes; a bigger log is moved aside at the next start
_LAUNCHER = Path(__file__).with_name("launch.py")

_errands: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
_forker_lock = threading.Lock()
_forker: list[int] = []  # the process that runs the forking thread, if any


@dataclass(frozen=True, slots=True)
class Program:
    """What to run and how it behaves."""

    name: str  #: for people: "PostgreSQL"
    command: Sequence[str]  #: absolute path first; no shell
    folder: Path  #: working directory
    log: Path  #: standard output and error, appended
    owner: Owner = field(default_factory=Owner)
    environment: Mapping[str, str] = field(default_factory=dict)  #: besides PATH and LC_ALL
    death_signal: signal.Signals = signal.SIGTERM  #: when the supervisor is killed
    stdin: bytes = b""  #: standard input; small (below a pipe's 64 KiB)


class Child:
    """One running program."""

    def __init__(self, program: Program) -> None:
        """Start it.

        Raises:
            StackBroken: it cannot be started at all.
        """
        self.program = program
        self._log_start = _rotate(program.log)
        self._process = _in_forker(lambda: _fork(program))

    @property
    def pid(self) -> int:
        """Its process id, also after its end."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs; else its exit status, negative for a signal."""
        return self._process.poll()

    def wait_until(self, ready: Callable[[], bool], within: float) -> None:
        """Return when ``ready()`` is true.

        Raises:
            StackBroken: it ended before, or ``within`` seconds passed (then it is killed).
        """
        deadline = time.monotonic() + within
        while not ready():
            if self.returncode is not None:
                raise StackBroken(self.obituary("did not start"))
            if time.monotonic() > deadline:
                self.stop([(signal.SIGKILL, None)])
                raise StackBroken(self.obituary(f"was not ready within {within:g} s"))
            time.sleep(POLL)

    def wait(self, within: float | None = None) -> bool:
        """Whether it ended within so many seconds (None: wait for ever)."""
        try:
            self._process.wait(within)
        except subprocess.TimeoutExpired:
            return False
        return True

    def send(self, number: signal.Signals) -> None:
        """Send a signal; nothing happens if it has ended."""
        self._process.send_signal(number)

    def stop(self, steps: Sequence[tuple[signal.Signals, float | None]]) -> int:
        """Send each signal and give it so many seconds; the exit status.

        The last resort, SIGKILL, always follows.
        """
        for number, within in (*steps, (signal.SIGKILL, None)):
            self.send(number)
            if self.wait(within):
                break
        return self._process.returncode

    def log_since_start(self) -> str:
        """What it has written so far, undecodable bytes replaced; the last 4 KiB."""
        with self.program.log.open("rb") as log:
            end = log.seek(0, os.SEEK_END)
            log.seek(max(self._log_start, end - _QUOTED_BYTES))
            return log.read().decode(errors="replace")

    def obituary(self, what: str) -> str:
        """One sentence about what happened, then the end of its log."""
        status = self.returncode
        ended = "" if status is None else f" (exit status {status})"
        lines = self.log_since_start().strip().splitlines()[-_QUOTED_LINES:]
        quoted = "".join(f"\n  {line}" for line in lines) or " It wrote nothing."
        return f"{self.program.name} {what}{ended}; see {self.program.log}.{quoted}"


def run(program: Program, within: float) -> str:
    """Run ``program`` to its end; what it wrote (the last 4 KiB).

    Raises:
        StackBroken: it did not end within so many seconds, or not with status 0.
    """
    child = Child(program)
    if not child.wait(within):
        child.stop([])
        raise StackBroken(child.obituary(f"did not end within {within:g} s"))
    if child.returncode != 0:
        raise StackBroken(child.obituary("failed"))
    return child.log_since_start()


def _fork(program: Program) -> subprocess.Popen[bytes]:
    arguments = [os.getpid(), int(program.death_signal), program.owner.uid, program.owner.gid]
    # -I -S: no site, no user's start-up files; the launcher needs only the bare interpreter.
    launcher = [sys.executable, "-I", "-S", str(_LAUNCHER), *map(str, arguments)]
    # Nothing of our environment: PGPORT, PGDATA and friends would change the server's mind.
    environment = {"PATH": os.defpath, "LC_ALL": "C", **program.environment}
    program.log.touch(mode=0o600)  # what users write may be quoted in it
    with program.log.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command, no shell
            [*launcher, *program.command],
            cwd=program.folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    if process.stdin is not None:
        try:
            process.stdin.write(program.stdin)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it ended already; its exit status tells
    return process


def _in_forker(start: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    """The result of ``start``, called in the one thread that never ends."""
    with _forker_lock:
        if _forker != [os.getpid()]:  # first use, or we are a fork of one that had it
            _forker[:] = [os.getpid()]
            threading.Thread(target=_run_errands, name="stack-forker", daemon=True).start()
    result: Future[subprocess.Popen[bytes]] = Future()

    def errand() -> None:
        try:
            result.set_result(start())
        except (OSError, ValueError) as error:
            result.set_exception(error)

    _errands.put(errand)
    try:
        return result.result()
    except OSError as error:
        raise StackBroken(f"a child process cannot be started: {error}") from error


def _run_errands() -> None:
    while True:
        _errands.get()()


def _rotate(log: Path) -> int:
    """Move a big log aside; the size of what is there, in bytes."""
    size = log.stat().st_size if log.exists() else 0
    if size > _LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
        return 0
    return size
