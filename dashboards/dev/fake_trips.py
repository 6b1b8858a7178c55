"""Trips of the fake API: enough to work on the console, and no truth in it.

Edits live in memory.
"""  # noqa: INP001 - beside fake_api.py

# ruff: noqa: PLR2004 - made-up numbers are the point

from __future__ import annotations

import csv
import io
import json
import math
from typing import Any

from fake_places import WORLD, Json, iso, refuse
from fake_trip import DAY, HOUR, IMPORTED, LEGAL, MIN, FakeTrip, edits
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

STEPS = {"cancel": "cancelled", "arm": "armed", "begin": "at_origin", "depart": "en_route",
         "suspend": "suspended", "abort": "aborted", "arrive": "arrived_final",
         "complete": "completed", "close": "closed", "resume": "en_route"}  # fmt: skip
BUCKETS = (("0-30 min", 0, 30), ("30-120 min", 30, 120), ("2-6 h", 120, 360), ("6-24 h", 360, 1440))

router = APIRouter(prefix="/api/v1")

MADE: dict[str, Json] = {}  #: trips of ``POST /trips``, as they are answered


def made_stops(said: list[Json]) -> list[Json]:
    """Planned stops out of what was sent."""
    made = []
    for i, each in enumerate(said):
        due = each.get("arrive_at") or each.get("depart_at")
        made.append({
            "number": i, "stop": f"s{i}", "site": each["site"], "s_m": 0.0, "via": False,
            "arrive_at": each.get("arrive_at"), "depart_at": each.get("depart_at"),
            "opens_at": each.get("opens_at") or due, "closes_at": each.get("closes_at") or due,
            "service_s": 0.0, "early_s": 1800.0, "late_s": 900.0,
        })  # fmt: skip
    return made


def planned_again(code: str, said: Json) -> Json:
    """A made trip with another revision of its plan."""
    one = MADE[code]
    stops = made_stops(said["stops"])
    revision = {"revision": len(one["plans"]), "valid_from": None, "strict": True,
                "author": said["author"], "reason": said.get("reason", "planned"),
                "recorded_at": iso(WORLD.clock()), "stops": stops}  # fmt: skip
    one["plans"].append(revision)
    first = one["plans"][0]["stops"]
    blank_stop = {"dropped": False, "status": "planned", "eta": None, "risk": "unknown",
                  "arrived_at": None, "departed_at": None, "earliest_at": None,
                  "latest_at": None, "estimated_at": None, "delay_s": None,
                  "baseline_delay_s": None, "departure_delay_s": None, "out_of_sequence": False,
                  "shared": False, "visit": None, "author": None, "reason": None}  # fmt: skip
    one["stops"] = [
        {**blank_stop, "number": i, "stop": each["stop"], "site": WORLD.sites[each["site"]],
         "baseline": first[i], "planned": each}
        for i, each in enumerate(stops)
    ]  # fmt: skip
    sites = [WORLD.sites[each["site"]] for each in stops]
    one |= {"origin": sites[0], "destination": sites[-1], "next_stop": sites[0],
            "starts_at": stops[0]["depart_at"], "ends_at": stops[-1]["arrive_at"],
            "next_due": stops[0]["closes_at"], "plan_revision": revision["revision"],
            "line": {"type": "LineString",
                     "coordinates": [[site["lon"], site["lat"]] for site in sites]}}  # fmt: skip
    return one


@router.post("/trips", status_code=201)
def add_trip(said: Json) -> Any:  # noqa: ANN401 - a problem or the trip
    """A trip of somebody's making."""
    code = said["code"]
    if code in MADE:
        return refuse(409, f"there is a trip '{code}' already", "/code")
    state = "assigned" if said.get("vehicle") else "planned"
    one = {**unassigned(WORLD.clock())[0], "code": code, "state": state, "plans": [],
           "vehicle": said.get("vehicle"), "driver": said.get("driver"), "steps": [],
           "assigned": [], "corridor_m": 500.0, "at": None, "s_m": None, "away_m": None,
           "model": None, "said": None, "legal": LEGAL[state], "notice": None,
           "no_estimate": "no_position" if said.get("vehicle") else "no_vehicle"}  # fmt: skip
    MADE[code] = one
    return planned_again(code, said)


def unassigned(now: float) -> list[Json]:
    """Trips that no vehicle serves yet."""
    made = []
    for i, (code, (a, b)) in enumerate({"TR-19001": ("SHA", "BJS"), "TR-19002": ("CAN", "WUH"),
                                        "TR-19003": ("XIY", "CTU")}.items()):  # fmt: skip
        start = now + (i - 1) * 2 * HOUR + 25 * MIN
        end = start + 14 * HOUR
        made.append({
            "code": code, "route": None, "state": "draft" if i == 2 else "planned",
            "vehicle": None, "driver": None, "party": None, "starts_at": iso(start),
            "ends_at": iso(end), "origin": WORLD.sites[a], "destination": WORLD.sites[b],
            "next_stop": WORLD.sites[a], "next_due": iso(start), "next_eta": None,
            "final_eta": None, "risk": "unknown", "no_estimate": "no_vehicle", "delay_s": None,
            "baseline_delay_s": None, "late_stop": None, "cause": None, "split": {}, "share": None,
            "left_m": None, "off_route": False, "evaluated_at": iso(now - 40), "heard_at": None,
            "conditions": [], "plan_revision": 0,
        })  # fmt: skip
    return made


def current(now: float) -> dict[str, FakeTrip]:
    """Trips of this lap and of the one before it."""
    lorries: list[Any] = WORLD.lorries[:70]
    made = [FakeTrip(each, now) for each in lorries]
    made += [FakeTrip(each, now, ago=1) for each in lorries[::4] if not each.parked]
    return {each.code: each for each in made}


TAGS: dict[tuple[int, int], Json] = {}  #: by lorry and stretch of time


def tag(lorry: Any, now: float) -> Json:  # noqa: ANN401 - a Lorry of fake_api
    """The live columns of a vehicle; worked out anew every ten seconds."""
    none = {"trip": None, "risk": None, "delay": None, "next": None, "next_at": None}
    if lorry.number >= 70 or not WORLD.sites:
        return none
    key = (lorry.number, int(now // 10))
    if key not in TAGS:
        TAGS.pop((key[0], key[1] - 1), None)
        brief = FakeTrip(lorry, now).brief()
        eta = brief["next_eta"]
        TAGS[key] = {"trip": brief["code"], "risk": brief["risk"], "delay": brief["delay_s"],
                     "next": brief["next_stop"]["code"] if brief["next_stop"] else None,
                     "next_at": eta["p50"] if eta else None}  # fmt: skip
    return TAGS[key]


@router.get("/trips")
def trips(request: Request) -> Json:
    """The board."""
    now = WORLD.clock()
    found = [each.brief() for each in current(now).values()] + unassigned(now)
    found += list(MADE.values())
    states = request.query_params.getlist("state")
    found = [each for each in found if not states or each["state"] in states]
    found.sort(key=lambda e: (e["delay_s"] is None, -(e["delay_s"] or 0)))
    risks = [str(each["risk"]) for each in found]
    return {"trips": found, "counts": {risk: risks.count(risk) for risk in set(risks)}}


def missing(code: str) -> JSONResponse:
    """There is none."""
    return refuse(404, f"there is no trip '{code}'")


def blank(code: str) -> Json | None:
    """A trip without a vehicle."""
    for each in unassigned(WORLD.clock()):
        if each["code"] == code:
            more = {"stops": [], "plans": [], "assigned": [], "steps": [], "line": None,
                    "corridor_m": None, "at": None, "s_m": None, "away_m": None, "model": None,
                    "said": None, "legal": LEGAL[each["state"]]}  # fmt: skip
            return {**each, **more}
    return None


@router.get("/trips/lines")
def planned_lines(bbox: str) -> Json:
    """Planned ways in sight, the latest first."""
    west, south, east, north = (float(each) for each in bbox.split(","))
    told = [each.out() for each in current(WORLD.clock()).values()]
    told.sort(key=lambda e: (e["delay_s"] is None, -(e["delay_s"] or 0)))
    lines = [
        {"code": each["code"], "risk": each["risk"], "line": each["line"]["coordinates"]}
        for each in told
        if any(west <= x <= east and south <= y <= north for x, y in each["line"]["coordinates"])
    ]
    return {"lines": lines, "complete": True}


@router.get("/trips/{code}")
def trip(code: str) -> Any:  # noqa: ANN401 - a problem or the trip
    """One trip."""
    if code in MADE:
        return MADE[code]
    found = current(WORLD.clock()).get(code)
    return found.out() if found else blank(code) or missing(code)


@router.get("/trips/{code}/estimates")
def estimates(code: str, stop: int = 2) -> Any:  # noqa: ANN401
    """What was expected of a stop."""
    found = current(WORLD.clock()).get(code)
    if not found:
        return {"points": [], "due": None, "baseline_due": None, "actual": None, "changes": []}
    return found.estimates(stop)


@router.post("/trips/{code}/assignments", status_code=201)
def assign(code: str, said: Json) -> Any:  # noqa: ANN401
    """Another vehicle."""
    if said["vehicle"] not in {each.plate for each in WORLD.lorries}:
        return refuse(422, f"there is no vehicle '{said['vehicle']}'", "/vehicle")
    word = {"vehicle": said["vehicle"], "driver": said.get("driver"), "to": None,
            "from": said.get("at") or iso(WORLD.clock()), "author": said["author"],
            "reason": said["reason"]}  # fmt: skip
    edits(code).assigned.append(word)
    if code in MADE:
        MADE[code] |= {"vehicle": said["vehicle"], "driver": said.get("driver"),
                       "state": "assigned", "no_estimate": "no_position"}  # fmt: skip
        MADE[code]["assigned"].append(word)
    return trip(code)


@router.post("/trips/{code}/plans", status_code=201)
def replan(code: str, said: Json) -> Any:  # noqa: ANN401
    """A new revision."""
    if code in MADE:
        return planned_again(code, said)
    found = current(WORLD.clock())[code]
    before = found.plan()
    stops = []
    for old, new in zip(before, said["stops"], strict=True):
        arrive, depart = new.get("arrive_at"), new.get("depart_at")
        if arrive and depart and depart < arrive:
            detail = "it would depart before it arrives"
            return refuse(422, detail, f"/stops/{old['number']}/depart_at")
        window = {"opens_at": new.get("opens_at") or arrive or depart,
                  "closes_at": new.get("closes_at") or arrive or depart}  # fmt: skip
        stops.append({**old, "arrive_at": arrive, "depart_at": depart, **window})
    edits(code).plans.append({
        "revision": len(found.plans()), "valid_from": iso(WORLD.clock()), "strict": True,
        "author": said["author"], "reason": said["reason"], "recorded_at": iso(WORLD.clock()),
        "stops": stops,
    })  # fmt: skip
    return trip(code)


@router.post("/trips/{code}/steps", status_code=201)
def take_step(code: str, said: Json) -> Any:  # noqa: ANN401
    """A step of its life."""
    state = MADE[code]["state"] if code in MADE else current(WORLD.clock())[code].state
    legal = LEGAL.get(state, [])
    if said["event"] not in legal:
        words = ", ".join(legal) or "nothing"
        return refuse(409, f"a trip that is {state} cannot {said['event']}; legal: {words}")
    now = iso(WORLD.clock())
    step = {"at": said.get("at") or now, "event": said["event"], "from_state": state,
            "to_state": STEPS[said["event"]], "source": "person", "author": said["author"],
            "reason": said["reason"], "recorded_at": now}  # fmt: skip
    edits(code).steps.append(step)
    if code in MADE:
        after = STEPS[said["event"]]
        MADE[code] |= {"state": after, "legal": LEGAL.get(after, [])}
        MADE[code]["steps"].append(step)
    return trip(code)


@router.post("/trips/{code}/stops/{number}", status_code=201)
def say_stop(code: str, number: int, said: Json) -> Any:  # noqa: ANN401
    """What became of a stop."""
    if said["status"] in {"arrived", "departed"} and not said.get("arrived_at"):
        return refuse(422, "say when it arrived", "/arrived_at")
    edits(code).words[number] = said
    if code in MADE:
        names = ("status", "author", "reason", "arrived_at", "departed_at")
        MADE[code]["stops"][number] |= {name: said[name] for name in names if name in said}
    return trip(code)


@router.post("/trips/{code}/cause", status_code=201)
def say_cause(code: str, said: Json) -> Any:  # noqa: ANN401
    """Why it is late."""
    edits(code).cause = {"note": None, **said}
    if code in MADE:
        word = {"note": said.get("note", ""), "by": said["author"]}
        MADE[code] |= {"cause": said["cause"], "said": word}
    return trip(code)


@router.post("/trips/import")
async def import_trips(  # noqa: C901 - all in one place
    request: Request,
    format: str,  # noqa: A002 - the API's word
    author: str = "",
) -> Any:  # noqa: ANN401
    """Read a file."""
    if not author.strip():
        return refuse(422, "say who you are", "author")
    raw = await request.body()
    if format == "gtfs":
        return refuse(422, "the fake reads no GTFS", "body")
    text = raw.decode()
    lines = list(csv.DictReader(io.StringIO(text))) if format == "csv" else json.loads(text)
    rows: list[Json] = []
    for number, row in enumerate(lines, 2 if format == "csv" else 1):
        code = str(row.get("trip") or "")
        result, reason = "created", None
        if not code:
            result, reason = "refused", "no trip named"
        elif format == "csv" and row.get("site") not in WORLD.sites:
            result, reason = "refused", f"there is no site '{row.get('site')}'"
        elif IMPORTED.get(code):
            result = "unchanged" if IMPORTED[code] == text else "replanned"
        rows.append({"line": number, "trip": code, "result": result, "reason": reason})
    for row in rows:
        if row["result"] != "refused":
            IMPORTED[row["trip"]] = text
    results = [row["result"] for row in rows]
    names = ("created", "unchanged", "replanned", "refused")
    return {**{name: results.count(name) for name in names}, "rows": rows}


def score(bucket: int, seed: int, scale: float = 1.0) -> Json:
    """Made-up accuracy."""
    name, _, upper = BUCKETS[bucket]
    swing = 1 + 0.2 * math.sin(seed * 2.3 + bucket)
    mae = 42 * (upper**0.62) / 3 * swing * scale
    arrivals = round((220 - 50 * bucket) * (1 + 0.5 * math.sin(seed)) / (1 if seed == 0 else 6))
    few = arrivals < 8
    return {
        "bucket": name,
        "arrivals": arrivals,
        "estimates": arrivals * 14,
        "mae_s": None if few else mae,
        "bias_s": None if few else mae * 0.3 * math.sin(seed + 1),
        "p90_coverage": None if few else 0.9 + 0.06 * math.sin(seed * 1.3 + bucket * 1.9),
        "within": None if few else 0.82 - 0.05 * bucket + 0.03 * math.sin(seed),
        "mape": None if few else 0.11 + 0.02 * bucket,
        "planned_mae_s": None if few else mae * (1.9 - 0.2 * bucket),
        "carried_mae_s": None if few else mae * (1.02 + 0.12 * bucket),
    }


@router.get("/accuracy")
def accuracy(by: str = "all") -> Json:
    """How good estimates were."""
    now = WORLD.clock()
    names = {"all": [""], "hub": list(WORLD.sites)[:9],
             "lane": ["SHA - HGH", "SHA - TNA", "CGO - WUH", "WUH - CSX", "CSX - CAN"],
             "day": [iso(now - (13 - i) * DAY)[:10] for i in range(14)]}[by]  # fmt: skip
    groups = [
        {"group": name, "model": model,
         "buckets": [score(b, k + 3 * (model == "pace-2"), 1.0 if model == "pace-1" else 1.16)
                     for b in range(len(BUCKETS))]}
        for k, name in enumerate(names)
        for model in ("pace-1", "pace-2")
    ]  # fmt: skip
    buckets = [{"name": name, "from_s": a * 60, "to_s": b * 60} for name, a, b in BUCKETS]
    why = "30-120 min: 16 % farther off than pace-1 on the same 140 arrivals"
    models = [
        {"version": "pace-1", "began_at": iso(now - 40 * DAY), "worse": None, "why": None},
        {"version": "pace-2", "began_at": iso(now - 3 * DAY), "worse": True, "why": why},
    ]
    return {"buckets": buckets, "groups": groups, "models": models}
