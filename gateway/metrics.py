"""What the gateway counts.  One table; docs/metrics.md is made from it."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from fleet.records import Reason

#: s; from a quick commit to far past the budget (p99 < 250 ms)
_SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

_SIZES = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, 5000.0)

#: name, kind, labels, what it means
METRICS: tuple[tuple[str, type[Counter | Gauge | Histogram], tuple[str, ...], str], ...] = (
    ("milepost_frames", Counter, ("kind",), "MQTT messages taken in"),
    ("milepost_fixes_stored", Counter, (), "Fixes that became new rows"),
    ("milepost_fixes_duplicate", Counter, (), "Fixes that were there already"),
    ("milepost_fixes_replaced", Counter, (), "Poorer rows of an instant replaced by a better fix"),
    ("milepost_fixes_conflict", Counter, (), "Other positions of an instant, kept aside"),
    ("milepost_fixes_flagged", Counter, ("flag",), "Fixes judged with a flag"),
    ("milepost_rejects", Counter, ("reason",), "Parts of payloads that became dead letters"),
    ("milepost_rejects_duplicate", Counter, (), "Parts whose dead letter was there already"),
    ("milepost_events", Counter, (), "Device events stored"),
    ("milepost_commits", Counter, (), "Transactions committed"),
    ("milepost_commit_seconds", Histogram, (), "Duration of one commit, fold included"),
    (
        "milepost_delay_seconds",
        Histogram,
        (),
        "From arrival at the gateway to commit, of the first and the last message of each batch",
    ),
    ("milepost_batch_fixes", Histogram, (), "Fixes per commit"),
    ("milepost_retries", Counter, ("why",), "Batches folded again: world, vehicle, day"),
    ("milepost_inbox_waiting", Gauge, (), "Messages not yet acknowledged"),
    ("milepost_fixes_waiting", Gauge, (), "Decoded fixes that wait for a later commit"),
    ("milepost_redelivered", Gauge, (), "Messages that came again while the first copy waited"),
    ("milepost_overflowed", Gauge, (), "Messages of QoS 0 dropped because too many waited"),
    ("milepost_unconfirmed", Counter, (), "Messages that came with QoS 0: nobody confirms them"),
    (
        "milepost_session_taken",
        Gauge,
        (),
        "Connections in a row that ended soon after they began; from 3 on a rival is likely",
    ),
    ("milepost_session_forgotten", Gauge, (), "Times that the broker had forgotten our session"),
    ("milepost_numbered", Counter, (), "Messages of terminals that number theirs"),
    (
        "milepost_numbers_missing",
        Gauge,
        (),
        "Numbers of messages that never came in the last two hours; looked at once an hour",
    ),
    ("milepost_commands_sent", Counter, (), "Commands that the broker has taken"),
    ("milepost_refolds", Counter, (), "Vehicles folded again because their past changed"),
    ("milepost_nodes", Counter, ("cause",), "Versions of nodes written, by what caused them"),
    ("milepost_evaluations", Counter, (), "Trips looked at because their vehicle was heard of"),
    ("milepost_looks_owed", Gauge, (), "Trips whose look waits until there is time for it"),
    ("milepost_reinjected", Counter, (), "Dead letters taken in again"),
    (
        "milepost_faults",
        Counter,
        ("what",),
        "Put aside because the gateway failed on it: a message, a letter, a refold",
    ),
    ("milepost_ready", Gauge, ("part",), "1 while the broker or the database answers"),
)


class Metrics:
    """The counters of one gateway, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._made: dict[str, Counter | Gauge | Histogram] = {}
        for name, kind, labels, text in METRICS:
            if kind is Histogram:
                buckets = _SECONDS if name.endswith("_seconds") else _SIZES
                self._made[name] = Histogram(
                    name, text, labels, registry=self.registry, buckets=buckets
                )
            else:
                self._made[name] = kind(name, text, labels, registry=self.registry)
        for reason in Reason:
            self.count("milepost_rejects", 0, reason)

    def count(self, name: str, by: float = 1, *labels: str) -> None:
        """Add to a counter."""
        made = self._made[name]
        if not isinstance(made, Counter):
            raise TypeError(f"{name} is no counter")
        (made.labels(*labels) if labels else made).inc(by)

    def set(self, name: str, value: float, *labels: str) -> None:
        """Set a gauge."""
        made = self._made[name]
        if not isinstance(made, Gauge):
            raise TypeError(f"{name} is no gauge")
        (made.labels(*labels) if labels else made).set(value)

    def observe(self, name: str, *values: float) -> None:
        """Add to a histogram."""
        made = self._made[name]
        if not isinstance(made, Histogram):
            raise TypeError(f"{name} is no histogram")
        for value in values:
            made.observe(value)
