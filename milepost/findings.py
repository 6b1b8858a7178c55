"""What is wrong with a delivery, told from what was seen of it.  Pure.

A **loss** is a way in which a fix that was acknowledged to its terminal can vanish without a
trace; a **note** is a risk that somebody may have chosen.  Each says what it is, what it
costs and what to set.  Where the figures come from: decision 0027.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.trial import Tried
from milepost.stack import BrokerOptions

_SLOW = 0.5  #: share of ``ack_wait`` that a commit may take; a busy machine doubles it
_NAMED = 5  #: devices that are named; of the others there is a number
_SAVED = 60.0  #: s; what Mosquitto may lose at a crash is about as long as this setting


class Weight(StrEnum):
    """How bad it is."""

    LOSS = "loss"  #: fixes vanish without a trace; ``milepost check`` fails
    NOTE = "note"  #: a risk to know of


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    weight: Weight
    what: str  #: a plain sentence
    cost: str  #: what it may cost
    remedy: str  #: what to set

    @property
    def sentence(self) -> str:
        """All of it."""
        return f"{self.what}: {self.cost}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class Observed:
    """What a running gateway says of itself; its ``/metrics``."""

    slowest: float = 0.0  #: s; the slowest commit, as far as the histogram tells
    redelivered: float = 0.0
    overflowed: float = 0.0
    forgotten: float = 0.0  #: times that the broker had forgotten its session
    taken: float = 0.0  #: connections in a row that ended soon


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that was seen; what was not has its default and gives no finding."""

    tried: Tried
    batch: int  #: messages of one batch of the gateway
    tls: bool = True
    loopback: bool = True  #: whether the broker is on this machine
    embedded: BrokerOptions | None = None  #: its own settings, where it is ours
    mosquitto: Mapping[str, str] = field(default_factory=dict)  #: its file, if it was given
    observed: Observed | None = None
    unconfirmed: Sequence[str] = ()  #: devices that published with QoS 0 in the last day


def find(facts: Facts) -> list[Finding]:
    """What is wrong, losses first."""
    found = [
        *_tried(facts.tried),
        *_observed(facts),
        *_devices(facts.unconfirmed),
        *_address(facts),
        *_embedded(facts),
        *_mosquitto(facts),
    ]
    return sorted(found, key=lambda each: each.weight is Weight.NOTE)


def _loss(what: str, cost: str, remedy: str) -> Finding:
    return Finding(Weight.LOSS, what, cost, remedy)


def _note(what: str, cost: str, remedy: str) -> Finding:
    return Finding(Weight.NOTE, what, cost, remedy)


def _tried(tried: Tried) -> Iterator[Finding]:
    if tried.kept < tried.left:
        yield _loss(
            f"of {tried.left} messages for a gateway that was away the broker kept {tried.kept}",
            "it acknowledged the others to the terminals and dropped them",
            "Mosquitto: max_queued_messages 0; EMQX: mqtt.max_mqueue_len = infinity",
        )
    if tried.session is False:
        yield _loss(
            "the broker has no session of the gateway, and no gateway runs",
            "it acknowledges what terminals publish now and forgets it",
            "start `milepost gateway` once before terminals are let in",
        )
    if tried.shared is False:
        yield _loss(
            "the broker delivers nothing by a shared subscription",
            "a gateway with MILEPOST_BROKER__SHARE would hear nothing, and does not start",
            "use partitions (MILEPOST_STACK__BROKER__PARTITIONS), or a broker that has them",
        )
    if tried.window < tried.asked:
        yield _note(
            f"the broker sends {tried.window} messages and waits, a batch is {tried.asked}",
            "batches stay small and the gateway slow; nothing is lost by this alone",
            "Mosquitto: max_inflight_messages 0; EMQX: mqtt.max_inflight = 65535",
        )
    if tried.retained:
        yield _note(
            f"the broker keeps {tried.retained} positions or events as retained messages",
            "they come again, as old as they are, with every new session",
            "let terminals retain nothing but their status, and clear these with empty ones",
        )


def _observed(facts: Facts) -> Iterator[Finding]:
    seen = facts.observed or Observed()
    wait = facts.embedded.ack_wait if facts.embedded else 0.0
    if seen.forgotten:
        yield _loss(
            f"the broker has forgotten the gateway's session {seen.forgotten:.0f} times",
            "what waited in it was acknowledged and is lost",
            "Mosquitto: persistence true, no persistent_client_expiration; "
            "EMQX: durable sessions, a long session_expiry_interval",
        )
    if seen.overflowed:
        yield _loss(
            f"{seen.overflowed:.0f} messages of QoS 0 found no room",
            "they are lost, and nobody was told",
            "have terminals publish with QoS 1",
        )
    if seen.taken >= 3:  # noqa: PLR2004 - as gateway.rivals
        yield _loss(
            "two gateways take the session from each other",
            "neither gets anything done; what the broker has no room for is lost",
            "give each gateway a MILEPOST_BROKER__CLIENT_ID of its own",
        )
    if wait and seen.slowest > _SLOW * wait:
        yield _note(
            f"the slowest commit took {seen.slowest:g} s, the broker repeats after {wait:g} s",
            "every message of a slow batch comes twice, when there is least time for it",
            "raise MILEPOST_STACK__BROKER__ACK_WAIT",
        )


def _devices(unconfirmed: Sequence[str]) -> Iterator[Finding]:
    if unconfirmed:
        names = ", ".join(unconfirmed[:_NAMED])
        more = len(unconfirmed) - _NAMED
        yield _loss(
            "devices publish with QoS 0: " + (f"{names} and {more} more" if more > 0 else names),
            "nobody acknowledges these messages, so each may be lost",
            "set them to QoS 1",
        )


def _address(facts: Facts) -> Iterator[Finding]:
    if not facts.tls and not facts.loopback:
        yield _note(
            "the broker is on another machine and spoken to in the clear",
            "whoever is in between reads passwords and positions",
            "use mqtts:// (MILEPOST_STACK__BROKER__TLS of the embedded one)",
        )


def _embedded(facts: Facts) -> Iterator[Finding]:
    options = facts.embedded
    if options is None:
        return
    if options.max_ack_pending < facts.batch:
        yield _note(
            f"the window of {options.max_ack_pending} is smaller than a batch of {facts.batch}",
            "batches stay small and the gateway slow",
            "raise MILEPOST_STACK__BROKER__MAX_ACK_PENDING",
        )
    if not options.sync_always:
        yield _note(
            "the broker acknowledges before a message is on the disk",
            "a power cut may lose two minutes of what no gateway had committed; a crash nothing",
            "MILEPOST_STACK__BROKER__SYNC_ALWAYS, at about a tenth of the throughput",
        )
    if not options.tls and options.host not in {"127.0.0.1", "localhost", "::1"}:
        yield _note(
            f"terminals speak to {options.host} in the clear",
            "whoever is in between reads passwords and positions, and may take a terminal's place",
            "MILEPOST_STACK__BROKER__TLS",
        )


def _mosquitto(facts: Facts) -> Iterator[Finding]:
    given = facts.mosquitto
    if not given:
        if facts.tried.version.startswith("mosquitto"):
            yield _note(
                f"{facts.tried.version} does not tell how it keeps messages",
                "without persistence a restart loses all that waits",
                "run `milepost check --broker-config mosquitto.conf` where its file is",
            )
        return
    if given.get("persistence", "false") != "true":
        yield _loss(
            "persistence is off",
            "a restart of Mosquitto loses every session and all that waits",
            "persistence true",
        )
    elif (every := _seconds(given.get("autosave_interval", "1800"))) > _SAVED:
        yield _loss(
            f"Mosquitto saves every {every:g} s",
            "a crash loses what arrived since and no gateway had taken",
            "autosave_interval 1",
        )
    else:
        yield _note(
            "Mosquitto acknowledges before it saves",
            "a crash while the gateway is away loses about the last second",
            "a broker that saves first (the embedded one), where that matters",
        )
    if "persistent_client_expiration" in given:
        yield _loss(
            f"sessions end after {given['persistent_client_expiration']} of absence",
            "a gateway that is away for longer loses all that waits",
            "no persistent_client_expiration",
        )


def _seconds(text: str) -> float:
    """A whole number; 0, which is "never", and what is none, are for ever."""
    return float(text) if text.isdigit() and text != "0" else math.inf


def read_mosquitto(text: str) -> dict[str, str]:
    """Option to value of a ``mosquitto.conf``; of several the last one counts."""
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition(" ") for line in lines if line and not line.startswith("#"))
    return {name: value.strip() for name, _, value in pairs}
