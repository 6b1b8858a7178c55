"""What one running API consists of; requests find it at ``app.state.runtime``."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket

from store.maintenance import Retention
from tracker_api.door import Door
from tracker_api.gate import Gate
from tracker_api.guesses import Guesses
from tracker_api.live.feed import FeedReader
from tracker_api.live.hub import Hub
from tracker_api.metrics import Metrics
from tracker_api.passwords import Passwords
from tracker_api.settings import Api
from tracker_api.shelf import Shelf
from tracker_api.turnstile import Turnstile
from tracker_api.ways import Ways


@dataclass(frozen=True, slots=True)
class Runtime:
    """The parts, made when the app starts."""

    settings: Api
    zone: str  #: IANA zone of the installation
    version: str
    door: Door
    hub: Hub
    feed: FeedReader
    metrics: Metrics
    gate: Gate
    passwords: Passwords
    turnstile: Turnstile
    retention: Retention = field(default_factory=Retention)  #: what the worker keeps by
    ways: Ways = field(default_factory=Ways)
    guesses: Guesses = field(default_factory=Guesses)  #: at a broker that asks us
    facets: Shelf = field(default_factory=Shelf)  #: of the fleet, by rights
    strangers: set[WebSocket] = field(default_factory=set)  #: sockets of links that are open


def runtime_of(connection: HTTPConnection) -> Runtime:
    """The runtime that serves this request or socket."""
    runtime: Runtime = connection.app.state.runtime
    return runtime
