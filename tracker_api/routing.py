"""Ways by road, from a routing engine over HTTP: one port, two engines behind it.

An engine is a convenience.  One that is not configured, does not answer in time, refuses or
answers nonsense is a value (``NoWay``) that says so in a sentence; the caller draws a straight
line then and tells the person.  Nothing here holds a database connection while it waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol

import httpx
import orjson

from route.exchange import read_polyline
from tracker_api.settings import Routing

#: Longitude and latitude, degrees WGS 84.
Place = tuple[float, float]

#: Characters of an engine's own words that a person is told.
_MOST_SAID = 200


@dataclass(frozen=True, slots=True)
class NoWay:
    """There is no way by road; ``why`` says it in words for a person."""

    why: str


class Router(Protocol):
    """Whoever knows roads."""

    @property
    def kind(self) -> str:
        """What a line is said to be from."""

    def way(self, places: Sequence[Place]) -> list[Place] | NoWay:
        """A way for lorries through ``places`` in order; never raises."""


def router_of(settings: Routing) -> Router:
    """The engine that is configured."""
    return _Engine(settings, *_SPEAKS[settings.kind]) if settings.url else _None()


class _None:
    """No engine."""

    kind = "none"

    def way(self, places: Sequence[Place]) -> NoWay:
        del places
        return NoWay("no routing engine is configured (MILEPOST_ROUTING_URL)")


class _Unusable(Exception):
    """An answer that is none; the message says why."""


@dataclass(frozen=True, slots=True)
class _Engine:
    """An engine over HTTP: how it is asked, and how its answer is read."""

    settings: Routing
    request: Callable[[httpx.Client, Sequence[Place]], httpx.Request]
    read: Callable[[Mapping[str, Any]], list[Place]]

    @property
    def kind(self) -> str:
        return self.settings.kind

    def way(self, places: Sequence[Place]) -> list[Place] | NoWay:
        try:
            status, body = self._ask(places)
            return self._understand(status, body)
        except httpx.TimeoutException:
            return NoWay(f"the routing engine did not answer within {self.settings.timeout:g} s")
        except httpx.HTTPError as error:
            said = str(error) or type(error).__name__
            return NoWay(f"the routing engine could not be asked: {said}")
        except _Unusable as error:
            return NoWay(str(error))

    def _ask(self, places: Sequence[Place]) -> tuple[int, bytes]:
        """Status and body, within the time and the size that the settings allow."""
        ends = time.monotonic() + self.settings.timeout
        body = bytearray()
        # An engine stands beside us: neither a proxy nor a redirect leads to it.
        with httpx.Client(
            base_url=self.settings.url, timeout=self.settings.timeout, trust_env=False
        ) as client:
            answer = client.send(self.request(client, places), stream=True)
            try:
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > self.settings.max_answer:
                        raise _Unusable("the routing engine's answer is too long")
                    if time.monotonic() > ends:  # httpx bounds each wait, not their sum
                        raise httpx.ReadTimeout("slow")
            finally:
                answer.close()
        return answer.status_code, bytes(body)

    def _understand(self, status: int, body: bytes) -> list[Place]:
        try:
            said = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise _Unusable(f"the routing engine answered {status} without JSON") from None
        if not isinstance(said, dict):
            raise _Unusable(f"the routing engine answered {status} with JSON that is no object")
        if status != HTTPStatus.OK:
            words = said.get("message") or said.get("error") or said.get("code") or "nothing more"
            raise _Unusable(f"the routing engine refused ({status}): {str(words)[:_MOST_SAID]}")
        try:
            return self.read(said)
        except (LookupError, TypeError, ValueError, AttributeError):
            raise _Unusable("the routing engine's answer holds no line") from None


def _ask_osrm(client: httpx.Client, places: Sequence[Place]) -> httpx.Request:
    through = ";".join(f"{lon:.6f},{lat:.6f}" for lon, lat in places)
    asked = {"overview": "full", "geometries": "geojson", "steps": "false"}
    return client.build_request("GET", f"/route/v1/driving/{through}", params=asked)


def _read_osrm(said: Mapping[str, Any]) -> list[Place]:
    line = said["routes"][0]["geometry"]["coordinates"]
    return [(float(place[0]), float(place[1])) for place in line]


def _ask_valhalla(client: httpx.Client, places: Sequence[Place]) -> httpx.Request:
    asked = {
        "locations": [{"lon": lon, "lat": lat, "type": "break"} for lon, lat in places],
        "costing": "truck",
        "directions_type": "none",
    }
    return client.build_request("POST", "/route", json=asked)


def _read_valhalla(said: Mapping[str, Any]) -> list[Place]:
    line: list[Place] = []
    for leg in said["trip"]["legs"]:
        lon, lat = read_polyline(leg["shape"], 6)
        places = list(zip(lon.tolist(), lat.tolist(), strict=True))
        line += places[1:] if line and places and line[-1] == places[0] else places
    return line


_Asks = Callable[[httpx.Client, Sequence[Place]], httpx.Request]
_Reads = Callable[[Mapping[str, Any]], list[Place]]
_SPEAKS: dict[str, tuple[_Asks, _Reads]] = {
    "osrm": (_ask_osrm, _read_osrm),
    "valhalla": (_ask_valhalla, _read_valhalla),
}
