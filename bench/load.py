"""What one machine carries, from the terminals' sockets to the screens, each step by its baseline.

Broker, gateway, database, API and terminals, all on this machine; every vehicle is on a planned
trip and there are 1,000 fences.  One after the other:

1. the bare parts: broker alone, broker and paho with manual acknowledgement, a bare COPY;
2. the most that can be sustained with one fix a message, and with ten, turn by turn with
   broker + paho + COPY (``bench.path``);
3. the most of everything together, API and live clients included; and with a quarter, a half and
   three quarters of that: how soon a fix is committed and how soon a
   live client has it, and what each process spends on it;
4. at half of it for ten minutes: whether memory stays;
5. what live clients cost (``bench.fanout``).
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from bench import bare, fanout, listeners, path
from bench.journeys import plan_trips
from bench.measure import Ratio, Report, console, middle, rss_of, said
from bench.path import APART, GATEWAY, ROOT, SEED
from bench.places import FENCES, draw, places
from bench.publisher import Order
from bench.servers import Servers, api, servers

REQUIRED_TEN = 3.0  #: times the fixes of single-fix messages
FLAT = 0.10  #: of memory after a minute, up and down
AREA: listeners.Box = (73.0, 18.0, 135.0, 54.0)  #: degrees; where ``bench.traffic`` drives
_SAMPLE = 5.0  #: s between two looks at memory
_SETTLED = 60.0  #: s until memory is what stays
_EPOCHS = 10  #: fixes in a message of a terminal that sends every tenth


@dataclass(frozen=True, slots=True)
class Plan:
    """How long everything takes."""

    path: path.Plan = field(default_factory=lambda: path.Plan(turns=2))
    bare: float = 4.0  #: s for each bare part
    shares: tuple[float, ...] = (0.25, 0.5, 0.75)  #: of the most of everything together
    seconds: float = 20.0  #: at each of these
    minutes: float = 10.0  #: at half
    clients: int = 5  #: live ones meanwhile, all looking at everything
    fanout: fanout.Plan | None = field(default_factory=fanout.Plan)


QUICK = Plan(
    path.Plan(turns=1, seconds=4.0, warm=1.5, first_looks=2.0, vehicles=800),
    bare=0.5,
    shares=(0.5,),
    seconds=4.0,
    minutes=0.05,
    clients=2,
    fanout=None,
)


@dataclass(frozen=True, slots=True)
class Step:
    """What one share of the most gave."""

    share: float
    rate: float  #: fixes/s
    committed: tuple[float, float]  #: ms from a fix's time to its commit, p50 and p99
    heard: tuple[float, float]  #: ms from a fix's time to a live client, p50 and p99
    costs: dict[str, float]  #: us of CPU per fix, by process


def run(*, quick: bool, minutes: float | None = None) -> Report:
    """Measure; ``minutes`` at half load, ten unless given."""
    plan = QUICK if quick else Plan()
    return measure(plan if minutes is None else replace(plan, minutes=minutes))


def measure(plan: Plan) -> Report:
    """The same, as long and as large as ``plan`` says."""
    vehicles = plan.path.vehicles
    report = Report(
        "load",
        f"{vehicles:,} vehicles, each on a trip of its own, {FENCES:,} fences, 50 connections, "
        f"QoS 1; {plan.clients} live clients that see everything; all on this machine.",
    )
    with servers(vehicles) as of, closing(path.connected(of.database.url)) as conn:
        _bare_parts(report, of, plan)
        draw(conn, places(vehicles, SEED))
        start = path.recent((plan.path.turns + 2) * APART)
        sites = [f"place-{number:05d}" for number in range(1, FENCES + 1)]
        plan_trips(conn, vehicles, SEED, start, sites)
        _sustained(report, of, plan, start)
        with api(of.database, **fanout.PATIENT) as server:
            _say("everything together")
            with _listening(_ears(plan, server[1], 3600.0)):
                after = start + (plan.path.turns + 1) * APART
                together = path.pressed(of, _longer(plan), after, product=True).rate
            report.figures["everything together: fixes/s"] = together
            _under_way(report, of, plan, together, server)
        looked = "SELECT count(DISTINCT trip_id) FROM estimate WHERE no_estimate = 0"
        ((trips,),) = conn.execute(looked).fetchall()
        report.figures["trips that have an estimate"] = trips
    if plan.fanout is not None:
        live = fanout.measure(plan.fanout)
        report.ratios += live.ratios
        report.figures |= {f"live clients: {name}": value for name, value in live.figures.items()}
    return report


def _say(text: str) -> None:
    console.print(f"load: {text}", style="dim")


def _bare_parts(report: Report, of: Servers, plan: Plan) -> None:
    """What broker, client and database do without each other."""
    _say("the bare parts")
    order = Order(
        of.broker.url("bench"), of.monitor, plan.path.vehicles, SEED, plan.bare,
        start=time.time() - 7200, backlog=10**9,
    )  # fmt: skip
    for name, way in (("broker alone", None), ("broker + paho, acknowledged at once", "")):
        with path.publisher(order) as sender, _rival(of, way):
            path.go(sender)
            sent = path.done(sender)
        rate = sent.acknowledged / (sent.ended - sent.began)
        report.figures[f"{name}: messages/s"] = rate
        _forget(of)
    with closing(path.connected(of.database.url)) as conn:
        today = datetime.now(UTC).date()
        bare.make_table(conn, {today - timedelta(days=1), today})
        ready, count, began = bare.rows(5000), 0, time.perf_counter()
        while time.perf_counter() - began < plan.bare:
            number = np.arange(count, count + len(ready))
            ready["device_id"] = number % plan.path.vehicles + 1
            ready["time"] = bare.instant(time.time() - 3600 + number // plan.path.vehicles)
            bare.copy(conn, ready)
            count += len(ready)
        report.figures["bare COPY, 5,000 at once: fixes/s"] = count / (time.perf_counter() - began)
        conn.execute("DROP TABLE bare_fix")


@contextmanager
def _rival(of: Servers, database: str | None) -> Iterator[None]:
    """The rival while it takes messages; None: nobody does."""
    if database is None:
        yield
        return
    with path.rival(of, database, time.time(), 1):
        yield


def _forget(of: Servers) -> None:
    """Have somebody take what waits in the broker, and throw it away."""
    with _rival(of, ""):
        path.drained(of)


def _longer(plan: Plan) -> path.Plan:
    """A turn in which the gateway first looks at every trip."""
    given, first = plan.path, plan.path.first_looks
    return replace(given, warm=given.warm + first, seconds=given.seconds + first)


def _sustained(report: Report, of: Servers, plan: Plan, start: float) -> None:
    """The most, with one fix a message and with ten."""
    _say("the most that can be sustained, turn by turn with its baseline")
    ours, theirs = path.turns(of, _longer(plan), start, APART)
    path.tell(report, ours, theirs)
    most = middle([each.rate for each in ours])
    _say(f"{most:,.0f} fixes/s; ten fixes in a message")
    after = start + plan.path.turns * APART
    ten = path.pressed(of, _longer(plan), after, product=True, epochs=_EPOCHS)
    report.ratios.append(
        Ratio(
            "ten fixes a message, against one",
            ten.rate,
            most,
            "fixes/s",
            ten.rate / most,
            required=REQUIRED_TEN,
        )
    )
    for name, cost in ten.costs.items():
        report.figures[f"ten fixes a message: CPU of {name}, us/fix"] = cost


def _under_way(
    report: Report, of: Servers, plan: Plan, most: float, server: tuple[int, int]
) -> None:
    """Latency at shares of the most, then memory at half of it; one gateway for all of it."""
    fleet = (of.broker.url("bench"), of.monitor, plan.path.vehicles, SEED)
    with path.taking(of, plan.path, 0, product=True) as gateway:
        watched = {
            "gateway": gateway.pid,
            "its backend": path.backend(of.database.url, GATEWAY),
            "broker": of.broker.child.pid if of.broker.child else 0,
            "API": server[0],
        }
        _say("first looks at every trip")
        _send(Order(*fleet, plan.path.first_looks, rate=most / 4))
        path.drained(of)
        for share in plan.shares:
            _say(f"{share:.0%} of the most")
            order = Order(*fleet, plan.seconds, rate=most * share)
            _tell_step(report, _step(of, plan, order, share, watched, server[1]))
        _say(f"{plan.minutes:g} minutes at half of the most")
        order = Order(*fleet, plan.minutes * 60, rate=most / 2)
        _memory(report, order, watched)
        path.drained(of)


def _send(order: Order) -> None:
    with path.publisher(order) as sender:
        path.go(sender)
        path.done(sender)


def _step(
    of: Servers, plan: Plan, order: Order, share: float, watched: dict[str, int], port: int
) -> Step:
    """Send at one rate, with live clients listening."""
    with path.publisher(order) as sender, _listening(_ears(plan, port, order.seconds)) as ears:
        path.go(sender)
        path.go(ears)
        before = path.spent(watched)
        sent = path.done(sender)
        after = path.spent(watched)
        assert ears.stdout is not None
        heard = json.loads(ears.stdout.readline())
    path.drained(of)
    # Of what was sent in the first quarter some was still on its way through caches.
    since = sent.began + order.seconds / 4
    committed = np.quantile(path.delays(of.database.url, since), (0.5, 0.99)) * 1000
    fresh = np.array(heard["delays"])
    live = np.quantile(fresh[len(fresh) // 4 :], (0.5, 0.99)) * 1000
    costs = {name: (after[name] - before[name]) / sent.published * 1e6 for name in watched}
    return Step(
        share,
        order.rate,
        (float(committed[0]), float(committed[1])),
        (float(live[0]), float(live[1])),
        costs,
    )


def _ears(plan: Plan, port: int, seconds: float) -> listeners.Order:
    """Live clients that see everything; two of them read it."""
    return listeners.Order("127.0.0.1", port, plan.clients, "binary", seconds, 1, AREA, ears=2)


@contextmanager
def _listening(order: listeners.Order) -> Iterator[subprocess.Popen[bytes]]:
    """Live clients in a process of their own, each with its snapshot."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.listeners"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(asdict(order)).encode() + b"\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"ready\n", "the live clients did not get ready"
        yield process
    finally:
        process.terminate()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def _tell_step(report: Report, step: Step) -> None:
    at = f"at {step.share:.0%}"
    report.figures[f"{at}: fixes/s"] = step.rate
    for what, (p50, p99), budget in (
        ("committed", step.committed, (60, 250)),
        ("at a live client", step.heard, (120, 500)),
    ):
        wanted = step.share == 0.5
        for name, value, most in (("p50", p50, budget[0]), ("p99", p99, budget[1])):
            limit = f" (budget {most})" if wanted else ""
            report.figures[f"{at}: sent to {what} {name}, ms{limit}"] = value
    for name, cost in step.costs.items():
        report.figures[f"{at}: CPU of {name}, us/fix"] = cost


def _memory(report: Report, order: Order, watched: dict[str, int]) -> None:
    """What the processes hold while half of the most comes in."""
    seen: dict[str, list[float]] = {name: [] for name in watched}
    with path.publisher(order) as sender:
        path.go(sender)
        began = time.monotonic()
        before = path.spent(watched)
        while (passed := time.monotonic() - began) < order.seconds:
            time.sleep(min(_SAMPLE, order.seconds - passed))
            for name, pid in watched.items():
                seen[name].append(rss_of(pid))
        after = path.spent(watched)
        path.done(sender)
    skip = min(int(_SETTLED / _SAMPLE), len(next(iter(seen.values()))) - 1)
    minutes = order.seconds / 60
    for name, values in seen.items():
        kept = np.array(values[skip:])
        report.figures[f"{minutes:g} min at half: memory of {name} after a minute, MiB"] = kept[0]
        report.figures[f"{minutes:g} min at half: memory of {name}, least, MiB"] = kept.min()
        report.figures[f"{minutes:g} min at half: memory of {name}, most, MiB"] = kept.max()
        share = (after[name] - before[name]) / order.seconds * 100
        report.figures[f"{minutes:g} min at half: CPU of {name}, % of a core"] = share
    gateway = np.array(seen["gateway"][skip:])
    apart = float(np.abs(gateway / gateway[0] - 1).max())
    verdict = "flat" if apart <= FLAT else "not flat"
    report.notes.append(
        f"memory of the gateway over {minutes:g} min at {said(order.rate)} fixes/s: within "
        f"{apart:.1%} of what it was after a minute: {verdict} ({FLAT:.0%} allowed)"
    )
