"""How many terminals the simulator carries: shared connections, and one per device.

The service runs in this process, in one thread, as ``milepost simulate`` runs it; the
embedded broker is a process of its own, and nobody takes the messages, so the figures are
the simulator's and not the gateway's.  There is no baseline: what is required is a rate,
so the ratio is the rate achieved to the rate that the fleet's clocks ask for.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import bcrypt

from bench.measure import Ratio, Report, cpu_of
from bench.servers import broker
from firmware_sim.radio import Broker as Address
from firmware_sim.scenario import load
from firmware_sim.service import Options, Service
from milepost.stack import Broker

SEED = 50
PASSWORD = "bench"  # noqa: S105 - of terminals that exist for a minute, on loopback
#: bcrypt's least; a broker compares it at every connection, and that is not what is measured
ROUNDS = 4
WARM = 12.0  #: s; every terminal has sent once, and all connections stand
REQUIRED = 0.98  #: the ends of the time are known to a tenth of a second


@dataclass(frozen=True, slots=True)
class Load:
    """One fleet."""

    name: str
    terminals: int
    shared: int  #: connections; 0 is one per device
    interval: float  #: s between two fixes of a terminal
    seconds: float  #: after the warm-up; whole intervals, since a fleet's clocks bunch


LOADS = (
    Load("10,000 terminals, 100 shared connections", 10_000, 100, 10.0, 20.0),
    Load("500 terminals, 500 connections", 500, 0, 5.0, 15.0),
)


def run(*, quick: bool) -> Report:
    """Both fleets, one after the other."""
    report = Report(
        "simulator",
        "Distinct fixes acknowledged by the embedded broker per second, "
        "against the rate at which the fleet's terminals sample; QoS 1.",
    )
    for chosen in LOADS:
        used = replace(chosen, terminals=chosen.terminals // 50, seconds=2.0) if quick else chosen
        with broker() as (server, _):
            _measure(report, server, used, 3.0 if quick else WARM)
    return report


def _measure(report: Report, server: Broker, chosen: Load, warm: float) -> None:
    fleet = load(chosen.terminals, chosen.interval)
    if not chosen.shared:
        hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(ROUNDS)).decode()
        server.set_devices({truck.device: hashed for truck in fleet.trucks})
    options = Options(
        seed=SEED, shared=chosen.shared, seconds=warm + chosen.seconds + 1.5, persistent=False
    )
    known = {} if chosen.shared else {truck.device: PASSWORD for truck in fleet.trucks}
    service = Service(fleet, Address.from_url(server.url("bench"), passwords=known), options)
    child = server.child.pid if server.child else 0
    marks: list[tuple[float, int, float, float]] = []

    def mark(seconds: float, acknowledged: int) -> None:
        if seconds >= warm:
            marks.append((time.monotonic(), acknowledged, time.process_time(), cpu_of(child)))

    done = service.run(on_progress=lambda now: mark(now.seconds, now.acknowledged))
    t0, n0, own0, broker0 = marks[0]
    t1, n1, own1, broker1 = min(marks, key=lambda at: abs(at[0] - t0 - chosen.seconds))
    span, fixes = t1 - t0, n1 - n0
    wanted = chosen.terminals / chosen.interval
    rate = fixes / span
    report.ratios.append(
        Ratio(chosen.name, rate, wanted, "fixes/s", rate / wanted, required=REQUIRED)
    )
    report.figures |= {
        f"{chosen.name}: share of one core": (own1 - own0) / span,
        f"{chosen.name}: CPU, us/fix": (own1 - own0) / fixes * 1e6,
        f"{chosen.name}: CPU of the broker, us/fix": (broker1 - broker0) / fixes * 1e6,
        f"{chosen.name}: backlog at the end": done.backlog,
        f"{chosen.name}: reconnects": done.reconnects,
        f"{chosen.name}: drained": done.drained,
    }
