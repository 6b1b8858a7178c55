"""What is wrong with a delivery, from what was seen of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from prometheus_client import generate_latest

from gateway.metrics import Metrics
from gateway.trial import Tried
from milepost.command.check import observed
from milepost.findings import Facts, Observed, Weight, find, read_mosquitto
from milepost.stack import BrokerOptions

FINE = Tried("", 5000, 5000, 1200, 1200, 0, None, None)
SOUND = "persistence true\nautosave_interval 1\nmax_queued_messages 0\n"


def told(tried: Tried = FINE, **facts: Any) -> list[tuple[Weight, str]]:  # noqa: ANN401 - fields
    """Weight and sentence of each finding."""
    found = find(Facts(tried, 5000, **facts))
    return [(each.weight, each.sentence) for each in found]


def test_of_what_is_in_order_nothing_is_said() -> None:
    options = BrokerOptions(sync_always=True)
    assert told(replace(FINE, shared=True, session=True), embedded=options) == []


@pytest.mark.parametrize(
    ("weight", "word", "seen"),
    [
        (Weight.LOSS, "max_queued_messages 0", {"kept": 1000}),
        (Weight.LOSS, "no session", {"session": False}),
        (Weight.LOSS, "by a shared subscription", {"shared": False}),
        (Weight.NOTE, "sends 20 messages and waits", {"window": 20}),
        (Weight.NOTE, "3 positions or events as retained", {"retained": 3}),
        (Weight.NOTE, "--broker-config", {"version": "mosquitto version 2.0.11"}),
    ],
)
def test_what_was_tried_is_a_finding(weight: Weight, word: str, seen: dict[str, Any]) -> None:
    [(said, sentence)] = told(replace(FINE, **seen))
    assert said is weight
    assert word in sentence


@pytest.mark.parametrize(
    ("weight", "word", "facts"),
    [
        (Weight.LOSS, "QoS 0: a, b", {"unconfirmed": ["a", "b"]}),
        (Weight.LOSS, "d4 and 3 more", {"unconfirmed": [f"d{i}" for i in range(8)]}),
        (Weight.LOSS, "forgotten", {"observed": Observed(forgotten=1)}),
        (Weight.LOSS, "no room", {"observed": Observed(overflowed=4)}),
        (Weight.LOSS, "MILEPOST_BROKER__CLIENT_ID", {"observed": Observed(taken=3)}),
        (Weight.NOTE, "in the clear", {"tls": False, "loopback": False}),
        (Weight.NOTE, "power cut", {"embedded": BrokerOptions()}),
        (
            Weight.NOTE,
            "terminals speak to 0.0.0.0",
            {"embedded": BrokerOptions(host="0.0.0.0", sync_always=True)},  # noqa: S104 - not bound
        ),
        (
            Weight.NOTE,
            "window of 4000 is smaller",
            {"embedded": BrokerOptions(max_ack_pending=4000, sync_always=True)},
        ),
        (
            Weight.NOTE,
            "slowest commit took 10 s, the broker repeats after 10 s",
            {"embedded": BrokerOptions(sync_always=True), "observed": Observed(slowest=10.0)},
        ),
        (Weight.LOSS, "persistence is off", {"mosquitto": {"max_queued_messages": "0"}}),
        (
            Weight.LOSS,
            "sessions end after 1d",
            {"mosquitto": read_mosquitto(f"{SOUND}persistent_client_expiration 1d")},
        ),
        (
            Weight.LOSS,
            "saves every 1800 s",
            {"mosquitto": {"persistence": "true"}},
        ),
        (
            Weight.LOSS,
            "saves every inf s",
            {"mosquitto": {"persistence": "true", "autosave_interval": "0"}},
        ),
        (Weight.NOTE, "the last second", {"mosquitto": read_mosquitto(SOUND)}),
    ],
)
def test_what_was_seen_is_a_finding(weight: Weight, word: str, facts: dict[str, Any]) -> None:
    assert any(said is weight and word in sentence for said, sentence in told(**facts))


def test_losses_come_first() -> None:
    weights = [weight for weight, _ in told(replace(FINE, window=1, kept=0, retained=1))]
    assert weights == [Weight.LOSS, Weight.NOTE, Weight.NOTE]


def test_a_configuration_is_read_without_its_comments() -> None:
    text = "# persistence false\n\n  persistence true\nautosave_interval 5\nautosave_interval 1\n"
    assert read_mosquitto(text) == {"persistence": "true", "autosave_interval": "1"}


def test_a_gateway_s_metrics_tell_its_slowest_commit() -> None:
    metrics = Metrics()
    for seconds in (0.01, 0.2, 1.7):
        metrics.observe("milepost_commit_seconds", seconds)
    metrics.set("milepost_overflowed", 2)
    metrics.set("milepost_session_taken", 3)
    seen = observed(generate_latest(metrics.registry).decode())
    assert seen == Observed(slowest=2.5, overflowed=2, taken=3)
    assert observed("") == Observed()
