"""``milepost demo --check``: the promises of the live path, measured end to end.

A simulated fleet publishes, a WebSocket client watches, and the store is counted after a
drain.  A fix's commit time is the database's own commit timestamp of its row; its live time
is when the client held a message with that fix or a newer one of the vehicle.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from websockets.asyncio.client import connect

from firmware_sim import radio, scenario, service
from milepost import shell
from milepost.supervisor import Supervisor
from store import audit, database

_SETTLE = 20.0  #: s after the last acknowledgement until everything must be counted
COMMIT_P99 = 0.250  #: s; budget of device publishes -> committed
LIVE_P99 = 0.500  #: s; budget of device publishes -> marker data at a client
STORED_SHARE = 0.99  #: of published; the rest are epochs that receivers left without a position


@dataclass(slots=True)
class Watcher:
    """What one WebSocket client saw: newest fix time per plate, and when."""

    address: str
    ca_file: Path | None = None  #: whom to trust, where it is encrypted
    updates: int = 0  #: vehicle states in deltas
    seen: list[tuple[str, float, float]] = field(default_factory=list)  # plate, fix time, clock
    problem: str = ""

    async def watch(self, stop: threading.Event, ready: threading.Event) -> None:
        """Read deltas until ``stop`` is set."""
        url = self.address.replace("http", "ws", 1) + "/api/v1/live"
        trust = ssl.create_default_context(cafile=self.ca_file) if url.startswith("wss") else None
        async with connect(url, compression=None, proxy=None, max_size=None, ssl=trust) as socket:
            request = {"type": "subscribe", "v": 1, "token": None, "cursor": None}
            await socket.send(orjson.dumps(request | {"bbox": None, "vehicles": None}).decode())
            while not stop.is_set():
                try:
                    text = await asyncio.wait_for(socket.recv(), 0.25)
                except TimeoutError:
                    continue
                self._take(orjson.loads(text), time.time(), ready)

    def _take(self, message: dict[str, Any], now: float, ready: threading.Event) -> None:
        if message["type"] == "snapshot":
            ready.set()
        elif message["type"] == "bye":
            self.problem = message["reason"]
        elif message["type"] == "delta":
            columns = message["vehicles"]
            self.updates += len(columns["plate"])
            for plate, at in zip(columns["plate"], columns["time"], strict=True):
                if at is not None:
                    self.seen.append((plate, at / 1000, now))


@dataclass(frozen=True, slots=True)
class Result:
    """What was published, what became of it, and how long it took."""

    report: service.Report
    stored: int
    dead_letters: int  #: parts of payloads
    ws_deltas: int
    commit: np.ndarray[tuple[int], np.dtype[np.float64]]  #: s per fix
    live: np.ndarray[tuple[int], np.dtype[np.float64]]  #: s per fix that a client saw
    problem: str

    def figures(self) -> dict[str, Any]:
        """The last line of the output."""
        return {
            "published": self.report.published,
            "stored": self.stored,
            "duplicates": self.report.duplicates,
            "dead_letters": self.dead_letters,
            "ws_deltas": self.ws_deltas,
            "commit_p50_ms": _ms(self.commit, 50),
            "commit_p99_ms": _ms(self.commit, 99),
            "live_p50_ms": _ms(self.live, 50),
            "live_p99_ms": _ms(self.live, 99),
        }


def _ms(seconds: np.ndarray[tuple[int], np.dtype[np.float64]], share: float) -> float | None:
    return round(float(np.percentile(seconds, share)) * 1000, 1) if len(seconds) else None


def run(
    running: Supervisor,
    fleet: scenario.Fleet,
    broker: radio.Broker,
    options: service.Options,
    stop: threading.Event,
) -> Result:
    """Let ``fleet`` drive on the product that runs; returns what was counted and measured."""
    sent: dict[tuple[str, int], float] = {}

    def note(device: str, at: float, clock: float) -> None:
        sent.setdefault((device, round(at * 1000)), clock)

    watcher = Watcher(running.address, running.ca_file)
    over, ready = threading.Event(), threading.Event()
    thread = threading.Thread(
        target=lambda: asyncio.run(watcher.watch(over, ready)), name="watcher", daemon=True
    )
    thread.start()
    if not ready.wait(15):
        watcher.problem = watcher.problem or "no snapshot came within 15 s"
    try:
        with shell.console.status("driving …") as status:
            report = service.run(
                fleet,
                broker,
                options,
                stop,
                lambda now: status.update(
                    f"driving: {now.published} fixes published, {now.connections} connections, "
                    f"{watcher.updates} updates seen, {now.seconds:.0f} of {options.seconds:.0f} s"
                ),
                note,
            )
        counts = _await_counts(running, report)
    finally:
        over.set()
        thread.join(5)
    plates = {truck.device: truck.plate for truck in fleet.trucks}
    return Result(
        report,
        counts.stored,
        counts.dead_letters,
        watcher.updates,
        _commit_delays(counts, sent),
        _live_delays(watcher, sent, plates),
        watcher.problem,
    )


def _await_counts(running: Supervisor, report: service.Report) -> audit.Counts:
    """Counts once everything published has its outcome, or when patience is over."""
    conn = database.connect(running.settings.at_database, application="milepost-check")
    deadline = time.monotonic() + _SETTLE
    try:
        while True:
            with database.away():
                counts = audit.count(conn)
            whole = counts.stored + counts.dead_letters >= report.published + report.broken
            if whole or time.monotonic() > deadline:
                return counts
            time.sleep(0.2)
    finally:
        conn.close()


def _commit_delays(
    counts: audit.Counts, sent: dict[tuple[str, int], float]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    delays = [
        committed - sent[device, at]
        for device, at, committed in counts.commits
        if (device, at) in sent
    ]
    return np.array(delays, np.float64)


def _live_delays(
    watcher: Watcher, sent: dict[tuple[str, int], float], plates: dict[str, str]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    published = {(plates[device], at): clock for (device, at), clock in sent.items()}
    first: dict[tuple[str, int], float] = {}
    for plate, at, clock in watcher.seen:
        first.setdefault((plate, round(at * 1000)), clock)
    delays = [clock - published[key] for key, clock in first.items() if key in published]
    return np.array(delays, np.float64)


def judge(result: Result) -> list[str]:
    """What is not as promised, in plain sentences; empty when all is well."""
    figures, report = result.figures(), result.report
    published = report.published + report.broken
    found = []
    if result.stored + result.dead_letters != published:
        found.append(
            f"{result.stored} stored and {result.dead_letters} dead letters are not "
            f"{published} published"
        )
    if result.stored < STORED_SHARE * report.published:
        found.append(f"only {result.stored} of {report.published} published were stored")
    if not report.drained:
        found.append("not everything published was acknowledged")
    if not result.ws_deltas or result.problem:
        found.append(f"the WebSocket client saw no updates {result.problem}".rstrip())
    for name, delays, limit in (
        ("commit", result.commit, COMMIT_P99),
        ("live", result.live, LIVE_P99),
    ):
        p99 = figures[f"{name}_p99_ms"]
        if not len(delays) or p99 is None or p99 >= limit * 1000:
            found.append(f"{name} p99 is {p99} ms, the budget {limit * 1000:.0f} ms")
    return found
