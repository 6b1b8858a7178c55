"""The settings of the API, each with its unit and its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from fleet.errors import SettingInvalid
from fleet.fences import Datum
from shipment.calls import Rules as Patience


@dataclass(frozen=True, slots=True)
class Live:
    """Limits and rhythm of the live socket."""

    max_clients: int = 1000
    """Sockets open at once; 1,000 dispatchers cost 5 to 9 % of a core in sends."""
    heartbeat: float = 5.0
    """s; longest silence towards a client, after which a console shows itself as stale."""
    pace: float = 0.1
    """s; shortest time between two deltas: ten a second look smooth, more only cost sends."""
    elsewhere: float = 10.0
    """s; how often positions outside its map are told to a console: its lists say minutes."""
    poll: float = 1.0
    """s; how often the feed is read when no bell rings: what a lost bell costs."""
    first_message: float = 10.0
    """s; a client that has not subscribed by then is told bye."""
    stuck_send: float = 10.0
    """s; a client that takes nothing for so long is closed with 1013 (try again later)."""
    max_message: int = 65_536
    """bytes of a client's message; 1,000 plates of 64 characters fit."""
    max_vehicles: int = 1000
    """Plates in one subscription; who wants more subscribes to all."""
    max_turns: int = 600
    """Subscriptions of one client a minute; a map that is moved without rest asks four a second."""
    max_nodes: int = 10_000
    """Nodes that may wait for a client, none may be left out: about 10 MB, then it is told bye."""


@dataclass(frozen=True, slots=True)
class Routing:
    """The routing engine that planned lines may be asked of; without one they are straight."""

    url: str = ""
    """Address of an OSRM or Valhalla server, http[s]://host:port; empty: none."""
    kind: Literal["osrm", "valhalla"] = "osrm"
    """What it speaks: osrm (`/route/v1/driving`) or valhalla (`/route`, costing truck)."""
    timeout: float = 5.0
    """s for the whole answer; a road across a continent takes an engine one."""
    max_answer: int = 16_777_216
    """bytes of an answer; 10,000 km of road with every bend are about 10 MB."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """Limits of links that strangers open, and of asking by number and telephone."""

    per_address: int = 120
    """Looks a minute from one address; an office has one, and a page looks four times."""
    per_link: int = 60
    """Looks a minute at one link; a family of fifteen pages open at once."""
    failures: int = 5
    """Wrong guesses of one address, or at one number, after which it is locked."""
    locked: int = 15
    """min for which it is; at five guesses in each, four digits take three weeks."""
    watch: float = 2.0
    """s; how often it is looked whether the link of an open socket still leads anywhere."""
    refresh: float = 15.0
    """s between two states told on a socket; a coarse position is older than that anyway."""
    max_sockets: int = 500
    """Sockets of strangers at once; each costs two statements every two seconds."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What a connection may cost before and after it is known who it is of."""

    max_connections: int = 5000
    """Connections at once, sockets not counted; 300 bytes of bookkeeping and a descriptor each."""
    head: float = 10.0
    """s for the head of a request to come in full; the slowest telephone needs two."""
    body: float = 20.0
    """s that a body may take beside what its length has earned it."""
    body_rate: int = 8192
    """bytes/s that a body must bring on average: a telephone at the edge of its cell does."""
    taking: float = 30.0
    """s; a client that takes nothing of its answer for so long is cut off."""
    per_person: int = 1200
    """Requests a minute of one person, on all their screens; a busy console asks 200."""
    per_key: int = 6000
    """Requests a minute of one key: 100 a second is what a program may ask of two cores."""
    refused: int = 60
    """Requests a minute of one address that prove nobody; further ones are not even looked at."""
    proxies: tuple[str, ...] = ("127.0.0.1",)
    """Addresses or networks of reverse proxies, whose X-Forwarded-For and -Proto are believed."""
    certificate: Path | None = None
    """PEM file of a certificate with its chain; with one only HTTPS is spoken."""
    certificate_key: Path | None = None
    """PEM file of its key, if that is not in the same file."""


@dataclass(frozen=True, slots=True)
class Replay:
    """Limits of looking back."""

    max_days: float = 7.0
    """days of one vehicle's replay; a week is what a dispute about a trip goes back to."""
    max_samples: int = 1_000_000
    """Vehicles times steps of one answer about the fleet: 22 MB, and 4 s on one core."""
    max_vehicle_hours: float = 15_000.0
    """Vehicles times hours of one answer: 10,000 vehicles for an hour and a half."""
    max_marks: int = 500
    """Nodes and alerts on one line of time; more are told together, in equal parts of it."""
    max_export_vehicle_days: float = 1000.0
    """Vehicles times days of one file: 8.6 million fixes at one per 10 s, 700 MB of CSV."""


@dataclass(frozen=True, slots=True)
class Api:
    """The API process: where it listens, whom it answers, what it serves."""

    host: str = "127.0.0.1"
    """Address to listen on; one beyond loopback needs a token."""
    port: int = 8080
    """TCP port; 0 takes a free one, which is printed."""
    token: str | None = field(default=None, repr=False)
    """The operator's secret; without one only requests from this machine are answered."""
    broker_secret: str | None = field(default=None, repr=False)
    """What an external broker that asks us about devices proves itself by; without: no answers."""
    console: Path = Path("dashboards/dist")
    """Folder of the built console."""
    basemap_style: str | None = None
    """URL of an online map style; without one the console draws the map that it ships."""
    basemap_pmtiles: Path | None = None
    """A PMTiles file to serve as base map; used when there is no online style."""
    basemap_origins: tuple[str, ...] = ()
    """Further origins that the online style loads tiles, glyphs and sprites from."""
    basemap_datum: Datum = Datum.WGS84
    """What the configured style or file is drawn in: wgs84, gcj02 (Amap, Tencent) or bd09 (Baidu).
    Data stays in WGS 84; the console shifts what it draws.  The map that it ships is WGS 84."""
    basemap_borders: bool = True
    """False: never draw borders of countries and provinces, for installations whose law or
    customers want none; True: everybody chooses with a switch.  Not for an online style."""
    max_body: int = 65_536
    """bytes of a request's body; the largest request that is defined is below 2 KiB."""
    max_outline: int = 1_048_576
    """bytes of a request that draws a fence or a line; 10,000 vertices in full are half of it."""
    max_import: int = 33_554_432
    """bytes of a file of fences, trips or waybills; 10,000 fences of 75 vertices each."""
    max_import_fences: int = 10_000
    """Fences of a file; they are checked within seconds and saved in one edit."""
    max_import_trips: int = 10_000
    """Trips of a file; a day of a large fleet, saved within ten seconds."""
    max_import_waybills: int = 10_000
    """Waybills of a file; a day of a large shipper, saved within ten seconds."""
    max_evidence: int = 8_388_608
    """bytes of a file that shows something of a waybill; a photograph of a telephone in full."""
    max_track_days: float = 31.0
    """days of one track; a month at one fix a second is 2.7 million."""
    max_track_fixes: int = 200_000
    """Fixes of one track; 2.3 days at one a second, and about 20 MB of GeoJSON."""
    max_record_days: float = 366.0
    """days of one list of visits or nodes; a year is what a contract is settled by."""
    shutdown: float = 3.0
    """s; how long open requests may take to finish when the process is asked to stop."""
    threads: int = 16
    """Requests that work at once; each holds a database connection for part of that time."""
    live: Live = field(default_factory=Live)
    routing: Routing = field(default_factory=Routing)
    sharing: Sharing = field(default_factory=Sharing)
    serving: Serving = field(default_factory=Serving)
    queries: Patience = field(default_factory=Patience)
    replay: Replay = field(default_factory=Replay)


#: characters; 16 random bytes written in hexadecimal or base64 are longer
MIN_TOKEN = 16


def is_loopback(host: str) -> bool:
    """Whether ``host`` names this machine and can be reached from nowhere else."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def require_safe(settings: Api) -> None:
    """Refuse settings with which strangers could read the fleet, or lines could not be asked.

    Raises:
        SettingInvalid: it would listen beyond loopback without a token, or the token is short;
            or the routing engine's address is none.
    """
    if settings.token is None and not is_loopback(settings.host):
        raise SettingInvalid(
            f"MILEPOST_API_HOST is {settings.host}, which other machines can reach, "
            "so MILEPOST_API_TOKEN must be set; or listen on 127.0.0.1"
        )
    if not _is_engine(settings.routing.url):
        raise SettingInvalid(
            f"MILEPOST_ROUTING_URL is {settings.routing.url!r}; "
            "expected http://host:port or https://host"
        )
    if settings.serving.certificate_key is not None and settings.serving.certificate is None:
        raise SettingInvalid(
            "MILEPOST_API__SERVING__CERTIFICATE_KEY is set without "
            "MILEPOST_API__SERVING__CERTIFICATE, so nothing would be encrypted"
        )
    if settings.broker_secret is not None and len(settings.broker_secret) < MIN_TOKEN:
        raise SettingInvalid(
            f"MILEPOST_API__BROKER_SECRET must have at least {MIN_TOKEN} characters, "
            "for example the output of: openssl rand -hex 16"
        )
    if settings.token is not None and len(settings.token) < MIN_TOKEN:
        raise SettingInvalid(
            f"MILEPOST_API_TOKEN must have at least {MIN_TOKEN} characters, "
            "for example the output of: openssl rand -hex 16"
        )


def _is_engine(url: str) -> bool:
    """Whether a routing engine could be asked at ``url``; empty: there is none to ask."""
    if not url:
        return True
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # an unclosed bracket, a port that is no number
        return False
