"""What the API counts, for Prometheus; ``METRICS`` is the whole list, and documents itself."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

MEDIA_TYPE = CONTENT_TYPE_LATEST

#: name, kind (and labels), help
METRICS: tuple[tuple[str, str, str], ...] = (
    (
        "milepost_api_requests_total",
        "counter (method, route, status)",
        "Requests answered, by the pattern of the path.",
    ),
    (
        "milepost_api_request_seconds",
        "histogram (method, route)",
        "Time from a request's first byte to the end of its answer.",
    ),
    ("milepost_live_clients", "gauge", "Live sockets open now."),
    (
        "milepost_live_refused_total",
        "counter (code)",
        "Live sockets that were told bye, by its code.",
    ),
    ("milepost_live_snapshots_total", "counter", "Snapshots sent."),
    ("milepost_live_deltas_total", "counter", "Deltas sent, heartbeats included."),
    ("milepost_live_resumes_total", "counter", "Sockets that resumed at their cursor."),
    (
        "milepost_live_conflated_total",
        "counter",
        "States that a slow client was not told because a newer one replaced them.",
    ),
    ("milepost_live_nodes_total", "counter", "Versions of nodes told, once per client."),
    (
        "milepost_shares_refused_total",
        "counter (what)",
        "Strangers turned away: an address, a link or guesses, too often.",
    ),
    (
        "milepost_api_cut_off_total",
        "counter (why)",
        "Connections that were ended: full, or too slow with a head or in taking an answer.",
    ),
    (
        "milepost_api_too_often_total",
        "counter (who)",
        "Requests answered 429: of an address that proves nobody, a person or a key.",
    ),
    ("milepost_shares_viewed_total", "counter", "Links opened."),
    ("milepost_feed_vehicles_total", "counter", "States read from the feed that differed."),
    (
        "milepost_feed_lag_seconds",
        "gauge",
        "Time since the feed's reader last knew that it had read everything.",
    ),
    ("milepost_feed_errors_total", "counter", "Times the feed's reader lost the database."),
)

#: s; a lookup takes a few ms, a month's track a few s
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The instruments of one app, in a registry of its own, so that tests do not share counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        help_of = {name: text for name, _, text in METRICS}

        def counter(name: str, *labels: str) -> Counter:
            return Counter(name, help_of[name], labels, registry=self.registry)

        def gauge(name: str) -> Gauge:
            return Gauge(name, help_of[name], registry=self.registry)

        self.requests = counter("milepost_api_requests_total", "method", "route", "status")
        self.seconds = Histogram(
            "milepost_api_request_seconds",
            help_of["milepost_api_request_seconds"],
            ("method", "route"),
            registry=self.registry,
            buckets=_BUCKETS,
        )
        self.clients = gauge("milepost_live_clients")
        self.refused = counter("milepost_live_refused_total", "code")
        self.snapshots = counter("milepost_live_snapshots_total")
        self.deltas = counter("milepost_live_deltas_total")
        self.resumes = counter("milepost_live_resumes_total")
        self.conflated = counter("milepost_live_conflated_total")
        self.nodes = counter("milepost_live_nodes_total")
        self.shares_refused = counter("milepost_shares_refused_total", "what")
        self.cut_off = counter("milepost_api_cut_off_total", "why")
        self.too_often = counter("milepost_api_too_often_total", "who")
        self.shares_viewed = counter("milepost_shares_viewed_total")
        self.feed_vehicles = counter("milepost_feed_vehicles_total")
        self.feed_lag = gauge("milepost_feed_lag_seconds")
        self.feed_errors = counter("milepost_feed_errors_total")

    def render(self) -> bytes:
        """The text that Prometheus scrapes."""
        return generate_latest(self.registry)
