"""Fences of the fake API: they live in memory, and a restart forgets what was drawn."""  # noqa: INP001 - beside fake_api.py

from __future__ import annotations

import csv
import io
import json
import math
from typing import Any

from fake_places import WORLD, Json, iso, put_version, refuse
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse

RADII = (10.0, 100_000.0)  #: m
NEAR = 0.02  #: degrees; same-role fences this near are called overlapping

router = APIRouter(prefix="/api/v1")


def fence_of(code: str) -> list[Json]:
    """All versions of a fence, or 404."""
    if not WORLD.fences.get(code):
        raise HTTPException(404, f"there is no fence '{code}'")
    return WORLD.fences[code]


def current() -> list[Json]:
    """Fences that are valid now."""
    newest = [each[-1] for each in WORLD.fences.values()]
    return [each for each in newest if each["properties"]["valid_to"] is None]


def corners(geometry: Json) -> list[list[float]]:
    """All positions of a geometry."""
    found: list[list[float]] = []
    todo = [geometry["coordinates"]]
    while todo:
        each = todo.pop()
        if each and isinstance(each[0], list):
            todo.extend(each)
        else:
            found.append(each)
    return found


@router.get("/fences")
def fences(bbox: str | None = None, q: str = "") -> Json:
    """Fences in a box."""
    found = [each for each in current() if q.lower() in each["id"].lower()]
    if bbox:
        west, south, east, north = (float(each) for each in bbox.split(","))
        found = [
            each for each in found
            if any(west <= x <= east and south <= y <= north
                   for x, y, *_ in corners(each["geometry"]))
        ]  # fmt: skip
    return {"type": "FeatureCollection", "complete": True, "features": found}


@router.get("/fences/export")
def export() -> Json:
    """Everything."""
    return {"type": "FeatureCollection", "features": current()}


@router.get("/fences/{code}")
def fence(code: str) -> Json:
    """One fence."""
    return fence_of(code)[-1]


@router.get("/fences/{code}/versions")
def fence_versions(code: str) -> Json:
    """Its history, newest first."""
    return {"versions": fence_of(code)[::-1]}


def keep(said: Json, code: str) -> Json | JSONResponse:
    """Check a little and keep."""
    if not str(said.get("author") or "").strip():
        return refuse(422, "say who you are", "/author")
    radius = said.get("radius_m")
    if said["geometry"]["type"] == "Point" and not RADII[0] <= (radius or 0) <= RADII[1]:
        return refuse(422, "radius_m must be from 10 to 100000", "/radius_m")
    chosen = said.get("site") or code
    if chosen not in WORLD.sites:
        lon, lat = corners(said["geometry"])[0][:2]
        WORLD.sites[chosen] = {"code": chosen, "name_zh": said.get("name_zh") or chosen,
                               "name_en": said.get("name_en") or chosen,
                               "zone": "Asia/Shanghai", "lon": lon, "lat": lat}  # fmt: skip
    saved = put_version(WORLD, code, WORLD.sites[chosen], said["geometry"], radius, said)
    mine = saved["geometry"]
    near = [
        {"kind": "overlap", "fence": each["id"]} for each in current()
        if each["id"] != code and each["properties"]["role"] == said["role"]
        and math.dist(corners(each["geometry"])[0][:2], corners(mine)[0][:2]) < NEAR
    ]  # fmt: skip
    return {"fence": saved, "warnings": near}


@router.post("/fences", status_code=201)
def add_fence(said: Json) -> Any:  # noqa: ANN401 - a problem or the fence
    """A new fence."""
    if said["code"] in WORLD.fences:
        return refuse(409, f"there is a fence '{said['code']}' already", "/code")
    return keep(said, said["code"])


@router.put("/fences/{code}")
def edit_fence(code: str, said: Json) -> Any:  # noqa: ANN401 - a problem or the fence
    """A new version."""
    newest = fence_of(code)[-1]["properties"]
    if said["version"] != newest["version"]:
        return refuse(409, f"version {newest['version']} is the newest of fence '{code}'")
    return keep(said, code)


@router.delete("/fences/{code}")
def end_fence(code: str, version: int, author: str = "") -> Any:  # noqa: ANN401
    """End it now."""
    newest = fence_of(code)[-1]["properties"]
    if not author or version != newest["version"]:
        return refuse(409 if author else 422, "not the newest", "author")
    newest["valid_to"] = iso(WORLD.clock())
    return fence_of(code)[-1]


@router.post("/fences/{code}/confirm")
def confirm(code: str, said: Json) -> Any:  # noqa: ANN401
    """A person looked at it."""
    fence_of(code)[-1]["properties"]["confidence"] = said["confidence"]
    return fence_of(code)[-1]


@router.post("/fences/import")
async def import_fences(
    request: Request,
    format: str,  # noqa: A002 - the API's word
    author: str = "",
    *,
    dry_run: bool = False,
) -> Any:  # noqa: ANN401
    """Read a file; only GeoJSON and points in CSV."""
    text = (await request.body()).decode()
    drafts: list[Json] = []
    faults: list[Json] = []
    if format == "csv":
        for line, row in enumerate(csv.DictReader(io.StringIO(text)), 2):
            try:
                place = {"type": "Point", "coordinates": [float(row["lon"]), float(row["lat"])]}
            except (KeyError, ValueError) as error:
                faults.append(
                    {
                        "line": line,
                        "code": row.get("code", ""),
                        "field": "lon",
                        "why": f"not a number: {error}",
                    }
                )
                continue
            radius = float(row.get("radius_m") or 150)
            drafts.append({**row, "geometry": place, "radius_m": radius, "line": line})
    else:
        try:
            features = json.loads(text)["features"]
        except (ValueError, KeyError):
            return refuse(422, "the file is no GeoJSON FeatureCollection", "body")
        for number, each in enumerate(features, 1):
            said = each.get("properties") or {}
            drafts.append({**said, "code": each.get("id") or said.get("code"),
                           "geometry": each["geometry"], "line": number})  # fmt: skip
    rows = []
    for draft in drafts:
        outcome = "changed" if draft["code"] in WORLD.fences else "added"
        rows.append(
            {"line": draft["line"], "code": draft["code"], "outcome": outcome, "warnings": []}
        )
        if not dry_run:
            keep({"role": "hub", **draft, "site": None, "author": author, "reason": "import"},
                 draft["code"])  # fmt: skip
    outcomes = [each["outcome"] for each in rows]
    sums: Json = {name: outcomes.count(name) for name in ("added", "changed", "unchanged")}
    return {**sums, "faults": faults, "rows": rows, "ignored": [], "encoding": "utf-8"}
