"""The past of the fake API: lorries drive backwards in time as they do forwards."""  # noqa: INP001 - beside fake_api.py

# ruff: noqa: PLR2004 - made-up numbers are the point

from __future__ import annotations

import itertools
import json
import math
import struct
from array import array
from typing import Any

import fake_ops
from fake_places import WORLD, Json, chosen_nodes, iso, refuse, seconds
from fake_trip import FakeTrip
from fastapi import APIRouter, Request, Response

router = APIRouter(prefix="/api/v1")

EVERY = 60.0  #: s between fixes of the past
LATE = 7200.0  #: s that a backlog came late
UNKNOWN = 65_535


def span(request: Request) -> tuple[float, float]:
    """What is asked for; a day unless it is said."""
    asked = request.query_params
    end = min(seconds(asked["to"]) if "to" in asked else WORLD.clock(), WORLD.clock())
    return (seconds(asked["from"]) if "from" in asked else end - 86_400), end


def fixes(lorry: Any, start: float, end: float, step: float) -> list[tuple[float, ...]]:  # noqa: ANN401
    """Time, lon, lat, speed, course, flags, lag; silent for half an hour, then a backlog."""
    if lorry.never:
        return []
    found: list[tuple[float, ...]] = []
    first = math.ceil(start / step) * step
    for n in range(int((end - first) // step) + 1):
        t = first + n * step
        phase = (t + lorry.number * 977) % 43_200
        if 20_000 < phase < 21_800:
            continue
        lon, lat, course = lorry.place(t)
        late = LATE if 21_800 <= phase < 25_000 else 1.0
        speed = 0.0 if lorry.stands(t) else 22.0
        found.append((t, lon, lat, speed, course, 1024 if late > 1 else 0, late))
    return found


@router.get("/replay/fleet")
def fleet(request: Request) -> Response:
    """The binary answer, as ``tracker_api.replay_wire`` describes it."""
    start, end = span(request)
    step = float(request.query_params.get("step_s", 10))
    longs: list[array[int]] = [array("i") for _ in range(3)]
    shorts: list[array[int]] = [array("H") for _ in range(4)]
    plates, first = [], array("I", [0])
    for lorry in WORLD.lorries:
        rows = fixes(lorry, start - EVERY, end, max(step, EVERY))
        if not rows:
            continue
        for t, lon, lat, speed, course, flags, lag in rows:
            values = (round((t - start) * 1000), round(lon * 1e7), round(lat * 1e7))
            for column, value in zip(longs, values, strict=True):
                column.append(value)
            small = (round(speed * 100), round(course * 10), int(flags), int(lag))
            for column, value in zip(shorts, small, strict=True):
                column.append(min(value, UNKNOWN))
        plates.append(lorry.plate)
        first.append(len(longs[0]))
    names = json.dumps({"plates": plates, "parties": [None] * len(plates)}).encode()
    head = struct.pack(
        "<BBHIIIddd",
        *(0x52, 1, 0, len(plates), len(longs[0]), len(names)),
        *(start * 1000, end * 1000, step * 1000),
    )
    columns = b"".join(each.tobytes() for each in (first, *longs, *shorts))
    return Response(head + columns + names, media_type="application/vnd.milepost.replay")


@router.get("/vehicles/{plate}/replay")
def vehicle(request: Request, plate: str) -> Any:  # noqa: ANN401
    """One lorry's past."""
    lorry = next((each for each in WORLD.lorries if each.plate == plate), None)
    if lorry is None:
        return refuse(404, f"there is no vehicle {plate!r}")
    start, end = span(request)
    rows = fixes(lorry, start, end, EVERY)
    names = ("time", "lon", "lat", "speed", "course", "flags", "lag_s")
    columns: Json = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    columns["time"] = [round(t * 1000) for t in columns["time"]]
    silent = itertools.pairwise(rows)
    gaps = [{"from": iso(a[0]), "to": iso(b[0])} for a, b in silent if b[0] - a[0] > 10 * EVERY]
    trip = FakeTrip(lorry, WORLD.clock())
    due = seconds(trip.plan()[-1]["closes_at"])
    late = [
        {"at": point["at"], "trip": trip.out()["code"], "no_estimate": point["no_estimate"],
         "delay_s": point["p50"] and seconds(point["p50"]) - due,
         "high_s": point["p90"] and seconds(point["p90"]) - due}
        for point in trip.estimates(len(trip.plan()) - 1)["points"]
        if start <= seconds(point["at"]) < end
    ]  # fmt: skip
    return {
        "vehicle": plate, "from": iso(start), "to": iso(end), "fixes": columns, "complete": True,
        "gaps": gaps, "visits": [], "delay": late, "trips": [trip.out()],
        "nodes": chosen_nodes(lambda each: each["vehicle"] == plate
                              and iso(start) <= each["actual_at"] < iso(end), 1000),
        "alerts": [each for each in fake_ops.ALERTS if each.get("vehicle") == plate],
    }  # fmt: skip


@router.get("/replay/marks")
def marks(request: Request) -> Json:
    """Nodes and alerts of everybody, the first 500."""
    start, end = (iso(each) for each in span(request))
    plain: Json = {"severity": None, "site": None, "site_zh": None, "site_en": None, "count": 1}
    found = [
        {**plain, "at": each["actual_at"], "what": "node", "kind": each["kind"], "id": each["id"],
         "vehicle": each["vehicle"], "name_zh": each["name"]["zh"], "name_en": each["name"]["en"],
         "late": each["backfilled"] or each["version"] > 1}
        for each in chosen_nodes(lambda one: start <= one["actual_at"] < end and one["valid"], 400)
    ] + [
        {**plain, "at": each["began_at"], "what": "alert", "kind": each["kind"], "id": each["id"],
         "vehicle": each["vehicle"], "severity": each["severity"], "late": False,
         "name_zh": each["name_zh"], "name_en": each["name_en"]}
        for each in fake_ops.ALERTS[:100] if start <= each["began_at"] < end
    ]  # fmt: skip
    return {"marks": sorted(found, key=lambda each: each["at"])}


@router.get("/replay/export")
def export(request: Request) -> Response:
    """A CSV of whatever is asked for."""
    start, end = span(request)
    wanted = request.query_params.getlist("vehicles")
    lines = ["plate,time,lon_deg,lat_deg"]
    for lorry in WORLD.lorries:
        if not wanted or lorry.plate in wanted:
            rows = fixes(lorry, start, end, 600.0)
            lines += [f"{lorry.plate},{iso(row[0])},{row[1]:.7f},{row[2]:.7f}" for row in rows]
    return Response("\n".join(lines) + "\n", media_type="text/csv")
