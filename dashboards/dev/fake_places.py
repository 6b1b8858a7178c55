"""The ground, visits and nodes of the fake API: enough to work on the console, and no truth in it.

Lorries stand a while at both ends of their legs; every such stop is a visit with its nodes.
Every few nodes are of the rarer kinds: corrected, retracted, backfilled, provisional, in
conflict with a person.  Fences live in memory; ``fake_fences`` edits them.
"""  # noqa: INP001 - beside fake_api.py

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Protocol

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

Json = dict[str, Any]

ZONES = {"SHE": "Asia/Shanghai", "CTU": "Asia/Urumqi"}  #: one differs, so that zones show
CONFIRMED = 150.0  #: s from an arrival or departure to its node
SHOWN = 90.0  #: s in which "entering" and "leaving" show
DAY = 86_400.0
FRESH = 7200.0  #: s; older nodes are no news
#: Which kind of stop every twelfth one is.
RARITIES = {2: "corrected", 4: "person", 5: "backfilled", 6: "retracted", 7: "provisional",
            9: "gap"}  # fmt: skip
TERMS: Json = {
    "node_level": True, "parent": None, "margin_m": 60.0, "dwell_in_s": 120.0,
    "dwell_out_s": 120.0, "stop_rule": "stay", "hours": [], "confidence": "drawn",
    "datum": "wgs84", "valid_to": None,
}  # fmt: skip

router = APIRouter(prefix="/api/v1")


class Lorry(Protocol):
    """What is needed of a fake vehicle."""

    plate: str
    number: int

    def stops(self, since: float, until: float) -> Iterator[tuple[str, float, float]]:
        """Site, arrival, departure of the stops that began in that time."""
        ...


class World:
    """All that the fake remembers."""

    def __init__(self) -> None:
        self.sites: dict[str, Json] = {}
        self.lorries: list[Lorry] = []
        self.fences: dict[str, list[Json]] = {}  # by code, oldest version first
        self.nodes: list[Json] = []  # versions in the order of their recording
        self.known_until = 0.0
        self.clock: Callable[[], float] = lambda: 0.0

    def start(
        self, sites: dict[str, Json], lorries: list[Lorry], clock: Callable[[], float]
    ) -> None:
        """Draw a fence round every city and tell the nodes of the last day."""
        self.sites, self.lorries, self.clock = sites, lorries, clock
        for number, (code, site) in enumerate(sites.items()):
            first_fence(self, code, site, number)
        self.known_until = clock() - DAY
        self.advance()

    def advance(self) -> None:
        """Tell what happened since last time."""
        until = self.clock()
        news = []
        for lorry in self.lorries:
            for stop in lorry.stops(self.known_until - DAY, until):
                news += [
                    each
                    for each in versions_of(self, lorry, stop)
                    if self.known_until < seconds(each["recorded_at"]) <= until
                ]
        self.nodes += sorted(news, key=lambda each: each["recorded_at"])
        self.known_until = until

    def newest(self) -> dict[str, Json]:
        """The newest version of every node."""
        return {each["id"]: each for each in self.nodes}


WORLD = World()


def iso(when: float) -> str:
    """RFC 3339 with Z."""
    return datetime.fromtimestamp(when, UTC).isoformat().replace("+00:00", "Z")


def seconds(text: str) -> float:
    """And back."""
    return datetime.fromisoformat(text).timestamp()


def site_name(site: Json) -> Json:
    """A site as other answers name it."""
    return {name: site[name] for name in ("code", "name_zh", "name_en", "zone")}


def ring(lon: float, lat: float, metres: float, corners: int) -> list[list[float]]:
    """A closed ring, not quite regular."""
    out = []
    for i in range(corners):
        turn = 2 * math.pi * i / corners
        reach = metres * (1 + 0.22 * math.sin(3 * turn + lon)) / 111_195
        out.append([lon + reach * math.cos(turn) / math.cos(math.radians(lat)),
                    lat + reach * math.sin(turn)])  # fmt: skip
    return [*out, out[0]]


def first_fence(world: World, code: str, site: Json, number: int) -> None:
    """Circles, polygons, a polygon with a hole, a corridor, a forbidden area."""
    lon, lat = site["lon"], site["lat"]
    shapes: list[tuple[str, Json, float | None, Json]] = [
        (code, {"type": "Point", "coordinates": [lon, lat]}, 1200.0, {"role": "hub"})
        if number % 2
        else (code, {"type": "Polygon", "coordinates": [ring(lon, lat, 1500, 9)]}, None,
              {"role": "hub", "confidence": "surveyed"}),
    ]  # fmt: skip
    if number == 0:
        yard = {"type": "Polygon", "coordinates": [ring(lon, lat, 500, 6), ring(lon, lat, 150, 5)]}
        closed = {"type": "Polygon", "coordinates": [ring(lon + 0.04, lat + 0.01, 700, 5)]}
        bends = [[lon + 0.02, lat - 0.02], [lon + 0.05, lat - 0.03], [lon + 0.09, lat - 0.02]]
        road = {"type": "LineString", "coordinates": bends}
        shapes += [
            (f"{code}-DOCK", yard, None, {"role": "other", "node_level": False, "parent": code}),
            (f"{code}-NO", closed, None, {"role": "forbidden", "node_level": False}),
            (f"{code}-REST", road, 250.0, {"role": "rest_area", "node_level": False}),
            (f"{code}-GEO", {"type": "Point", "coordinates": [lon - 0.05, lat + 0.02]}, 600.0,
             {"role": "destination", "confidence": "geocoded"}),
        ]  # fmt: skip
    for name, geometry, radius, terms in shapes:
        said = {"author": "M. Lin", "reason": "drawn from the site plan", **terms}
        put_version(world, name, site, geometry, radius, said)


def put_version(
    world: World,
    code: str,
    site: Json,
    geometry: Json,
    radius: float | None,
    said: Json,
) -> Json:
    """A new version of a fence."""
    now = world.clock()
    before = world.fences.setdefault(code, [])
    kept = before[-1]["properties"] if before else TERMS
    given = {name: value for name, value in said.items() if value is not None}
    shape = {"Point": "circle", "LineString": "corridor", "MultiLineString": "corridor"}
    start = given.get("valid_from") or (iso(now) if before else iso(now - 30 * DAY))
    properties = {
        **{name: kept[name] for name in TERMS},
        **{name: given[name] for name in (*TERMS, "author", "reason", "role") if name in given},
        "code": code, "site": site_name(site), "version": len(before) + 1,
        "shape": shape.get(geometry["type"], "polygon"), "radius_m": radius,
        "valid_from": start, "valid_to": None, "recorded_at": iso(now),
    }  # fmt: skip
    if before:
        before[-1]["properties"]["valid_to"] = start
    fence = {"type": "Feature", "id": code, "geometry": geometry, "properties": properties}
    before.append(fence)
    return fence


def versions_of(world: World, lorry: Lorry, stop: tuple[str, float, float]) -> list[Json]:
    """All versions of the two nodes of a stop."""
    code, arrived, departed = stop
    kind = RARITIES.get(int(lorry.number * 7 + arrived // 1000) % 12, "")
    backfilled = kind == "backfilled"
    delay = 5 * 3600.0 if backfilled else CONFIRMED
    arrival = node(world, lorry.plate, code, "arrived", arrived, delay)
    departure = node(world, lorry.plate, code, "departed", departed, delay)
    for each in (arrival, departure):
        each["backfilled"] = backfilled
        each["provisional"] = kind == "provisional"
        if kind == "gap":
            each.update(basis="gap_bounded", earliest_at=iso(seconds(each["earliest_at"]) - 1500))
    return [arrival, departure, *second_versions(kind, arrival, departure)]


def second_versions(kind: str, arrival: Json, departure: Json) -> list[Json]:
    """What a correction, a person or a retraction adds."""
    arrived, departed = seconds(arrival["actual_at"]), seconds(departure["actual_at"])
    match kind:
        case "corrected":
            later = arrived + 420
            moved = {
                "version": 2, "cause": "corrected", "was_at": arrival["actual_at"],
                "actual_at": iso(later), "earliest_at": iso(later - 15),
                "latest_at": iso(later + 15), "recorded_at": iso(arrived + 900),
                "is_news": False, "backfilled": True,
            }  # fmt: skip
            return [{**arrival, **moved}]
        case "person":
            word = {
                "version": 2, "cause": "edited", "source": "person", "author": "王磊",
                "reason": "gate log", "note": "waited at the gate", "basis": "manual",
                "machine_at": arrival["actual_at"], "was_at": arrival["actual_at"],
                "actual_at": iso(arrived - 1260), "recorded_at": iso(arrived + 1200),
                "conflict": True, "is_news": False,
            }  # fmt: skip
            return [{**arrival, **word}]
        case "retracted":
            gone = {
                "version": 2, "cause": "retracted", "valid": False, "is_news": False,
                "recorded_at": iso(departed + 700),
            }  # fmt: skip
            return [{**departure, **gone}]
        case _:
            return []


def node(
    world: World, plate: str, code: str, kind: str, at: float, delay: float = CONFIRMED
) -> Json:
    """A first version."""
    site = world.sites[code]
    return {
        "id": f"{plate}-{kind}-{round(at)}", "version": 1, "valid": True, "cause": "first",
        "kind": kind, "name": {"zh": kind, "en": kind}, "vehicle": plate,
        "site": site_name(site), "operator": None,
        "fence": {"code": code, "version": 1}, "visit": f"{plate}-{round(at)}",
        "planned_at": None, "estimated_at": None, "actual_at": iso(at),
        "earliest_at": iso(at - 12), "latest_at": iso(at + 18),
        "stopped_at": iso(at + 240) if kind == "arrived" else None,
        "confirmed_at": iso(at + delay),
        "basis": "interpolated", "source": "gps", "author": None, "reason": None, "note": None,
        "evidence": [{"device": "T", "time": iso(60 * round(at / 60) + s)} for s in (-60, 0, 120)],
        "attachments": [], "was_at": None, "machine_at": None, "conflict": False,
        "provisional": False, "near_fence": False, "backfilled": False,
        "is_news": delay < FRESH, "recorded_at": iso(at + delay),
    }  # fmt: skip


def refuse(status: int, detail: str, where: str | None = None) -> JSONResponse:
    """A problem document."""
    body = {"type": "about:blank", "title": "Refused", "status": status, "detail": detail}
    return JSONResponse({**body, "where": where}, status, media_type="application/problem+json")


def chosen_nodes(asked: Callable[[Json], bool], limit: int) -> list[Json]:
    """Newest first."""
    WORLD.advance()
    found = [each for each in WORLD.newest().values() if asked(each)]
    return sorted(found, key=lambda each: str(each["actual_at"]), reverse=True)[:limit]


@router.get("/nodes")
def nodes(
    request: Request,
    vehicle: str | None = None,
    site: str | None = None,
    limit: int = 100,
    *,
    retracted: bool = False,
) -> list[Json]:
    """Newest versions."""
    start = request.query_params.get("from", "")
    end = request.query_params.get("to", "9")
    return chosen_nodes(
        lambda each: vehicle in {None, each["vehicle"]} and site in {None, each["site"]["code"]}
        and start <= each["actual_at"] < end and (retracted or each["valid"]),
        limit,
    )  # fmt: skip


@router.get("/nodes/{identity}")
def node_versions(identity: str) -> Json:
    """All versions."""
    return {"versions": [each for each in WORLD.nodes if each["id"] == identity][::-1]}


@router.post("/nodes", status_code=201)
def add_node(said: Json) -> Any:  # noqa: ANN401
    """A person's node."""
    if not said["author"].strip():
        return refuse(422, "say who you are", "/author")
    now, at = WORLD.clock(), seconds(said["actual_at"])
    if at > now + 120:
        return refuse(422, "actual_at lies in the future", "/actual_at")
    word = {"source": "person", "basis": "manual", "author": said["author"], "evidence": [],
            "earliest_at": None, "latest_at": None, "stopped_at": None, "confirmed_at": None,
            "reason": said["reason"], "note": said.get("note"), "visit": None,
            "attachments": said.get("attachments", []),
            "recorded_at": iso(now), "is_news": now - at <= FRESH}  # fmt: skip
    added = {**node(WORLD, said["vehicle"], said["site"], said["kind"], at), **word}
    WORLD.advance()
    WORLD.nodes.append(added)
    return added


@router.post("/nodes/{identity}/versions", status_code=201)
def correct_node(identity: str, said: Json) -> Any:  # noqa: ANN401
    """A person's correction."""
    newest = WORLD.newest()[identity]
    if said["version"] != newest["version"]:
        return refuse(409, f"version {newest['version']} is the newest of this node")
    changes = {
        name: said[name] for name in ("actual_at", "valid", "note", "attachments") if name in said
    }
    who = {name: said[name] for name in ("author", "reason")}
    added: Json = {**newest, **changes, **who, "version": newest["version"] + 1, "cause": "edited",
             "source": "person", "basis": "manual", "was_at": newest["actual_at"],
             "machine_at": newest["machine_at"] or newest["actual_at"],
             "recorded_at": iso(WORLD.clock()), "is_news": False}  # fmt: skip
    WORLD.nodes.append(added)
    return added


def stops_at(code: str, since: float) -> Iterator[tuple[Lorry, float, float]]:
    """Visits of a site, over or not."""
    now = WORLD.clock()
    for lorry in WORLD.lorries:
        for site, arrived, departed in lorry.stops(since, now):
            if site == code:
                yield lorry, arrived, departed


@router.get("/visits")
def visits(
    site: str | None = None,
    fence: str | None = None,
    limit: int = 500,
    *,
    open: bool | None = None,  # noqa: A002 - the API's word
) -> list[Json]:
    """Visits of the last day; only fences named like their site have any."""
    now = WORLD.clock()
    found: list[Json] = []
    place = fence or site or ""
    for lorry, arrived, departed in stops_at(place, now - DAY):
        left = {"at": iso(departed), "earliest": None, "latest": None, "basis": "interpolated"}
        over = departed < now - SHOWN
        if open is not None and over == open:
            continue
        state = "departed" if over else "entering" if now < arrived + SHOWN else "arrived"
        found.append({
            "id": f"{lorry.plate}-{round(arrived)}", "vehicle": lorry.plate, "fence": place,
            "site": site_name(WORLD.sites[place]), "node_level": True,
            "state": "leaving" if now > departed and not over else state,
            "entered": {**left, "at": iso(arrived)}, "left": left if now > departed else None,
            "stopped_at": iso(arrived + 240), "dwell_s": min(now, departed) - arrived,
            "flaps": 0, "yielded_to": None,
        })  # fmt: skip
    return found[:limit]


@router.get("/sites/{code}/due")
def due(code: str, hours: float = 2.0) -> Any:  # noqa: ANN401
    """Who is to arrive: nobody plans trips here."""
    if code not in WORLD.sites:
        return refuse(404, f"there is no site '{code}'")
    now = WORLD.clock()
    return {"now": iso(now), "until": iso(now + 3600 * hours), "due": []}


@router.get("/sites/{code}/board")
def board(code: str) -> Any:  # noqa: ANN401
    """The hub's page."""
    if code not in WORLD.sites:
        return refuse(404, f"there is no site '{code}'")
    now = WORLD.clock()
    inside = []
    dwells = []
    for lorry, arrived, departed in stops_at(code, now - DAY):
        if departed < now - SHOWN:
            dwells.append(departed - arrived)
            continue
        state = "entering" if now < arrived + SHOWN else "leaving" if now > departed else "inside"
        inside.append({"vehicle": lorry.plate, "state": state, "since": iso(arrived),
                       "stopped_at": iso(arrived + 240) if state == "inside" else None,
                       "fence": code})  # fmt: skip
    told = chosen_nodes(lambda each: each["site"]["code"] == code, 400)
    dwells.sort()
    return {
        "site": site_name(WORLD.sites[code]), "now": iso(now), "inside": inside,
        "arrivals": [each for each in told if each["kind"] == "arrived"],
        "departures": [each for each in told if each["kind"] == "departed"],
        "dwell": {"count": len(dwells), "median_s": dwells[len(dwells) // 2] if dwells else None,
                  "longest_s": dwells[-1] if dwells else None},
    }  # fmt: skip
