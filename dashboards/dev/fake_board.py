"""The board's part of the fake API: facets, groups and the search; edits live in memory."""  # noqa: INP001 - beside fake_api.py

from __future__ import annotations

import hashlib
import json
from functools import reduce
from typing import Any

import fake_waybills
from fake_places import WORLD, Json, refuse
from fake_trip import FakeTrip
from fake_waybill import CUSTOMERS
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

router = APIRouter(prefix="/api/v1")

GROUPS: dict[str, Json] = {}
ON_TRIPS = 70  #: lorries that have one


def names(code: str, zh: str, en: str) -> Json:
    """A term."""
    return {"code": code, "name_zh": zh, "name_en": en}


def facet(every: list[Json], rows: list[list[str]]) -> Json:
    """One column coded by a dictionary, of terms that somebody has."""
    used = {code for row in rows for code in row}
    terms = sorted((term for term in every if term["code"] in used), key=lambda term: term["code"])
    places = {term["code"]: place for place, term in enumerate(terms)}
    return {"terms": terms, "rows": [sorted(places[code] for code in row) for row in rows]}


def groups() -> dict[str, Json]:
    """Three of the first lorries until somebody edits them."""
    if not GROUPS:
        plates = [each.plate for each in WORLD.lorries]
        made = (
            ("north", "北线", "North", plates[:20]),
            ("reefers", "冷藏车", "Reefers", plates[::4]),
            ("contract-1", "一号合同", "Contract 1", plates[5:40:3]),
        )
        GROUPS.update({code: names(code, zh, en) | {"plates": some} for code, zh, en, some in made})
    return GROUPS


def on_trips() -> dict[str, Json]:
    """The trip of every lorry that has one, by plate."""
    now = WORLD.clock()
    some: list[Any] = WORLD.lorries[:ON_TRIPS]
    return {each.plate: FakeTrip(each, now).brief() for each in some}


@router.get("/fleet/facets")
def facets(request: Request) -> Response:
    """What vehicles are filtered by."""
    on = on_trips()
    briefs = [on.get(each.plate) for each in WORLD.lorries]
    nothing: list[list[str]] = [[] for _ in briefs]

    def one(*path: str) -> list[list[str]]:
        """The value at a path in each trip."""
        every = [
            reduce(lambda told, name: told[name], path, each) if each else None for each in briefs
        ]  # type: ignore[misc] # JSON
        return [[each] if each else [] for each in every]

    hubs = [names(code, site["name_zh"], site["name_en"]) for code, site in WORLD.sites.items()]
    ways, drivers = ({each[0] for each in one(name) if each} for name in ("route", "driver"))
    kinds = list(CUSTOMERS)
    content: Json = {
        "plates": [each.plate for each in WORLD.lorries],
        "trips": [each and each["code"] for each in briefs],
        "origins": [each and each["origin"]["code"] for each in briefs],
        "destinations": [each and each["destination"]["code"] for each in briefs],
        "parties": facet([], nothing),
        "groups": facet(
            [names(code, each["name_zh"], each["name_en"]) for code, each in groups().items()],
            [[code for code, group in groups().items() if each.plate in group["plates"]]
             for each in WORLD.lorries],
        ),
        "customers": facet(
            [names(code, zh, en) for code, (zh, en) in CUSTOMERS.items()],
            [[kinds[number % len(kinds)]] if each else [] for number, each in enumerate(briefs)],
        ),
        "routes": facet([names(way, way, way) for way in ways], one("route")),
        "hubs": facet(hubs, one("destination", "code")),
        "drivers": facet([names(name, name, name) for name in drivers], one("driver")),
    }  # fmt: skip
    body = json.dumps(content, ensure_ascii=False).encode()
    revision = hashlib.sha256(body).hexdigest()[:22]
    tag = f'"{revision}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"etag": tag})
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    return JSONResponse({"revision": revision} | content, headers=headers)


def hit(kind: str, code: str, **more: Any) -> Json:  # noqa: ANN401 - JSON
    """One thing that was found."""
    return {"kind": kind, "code": code, "title_zh": code, "title_en": code, "detail_zh": "",
            "detail_en": "", "vehicle": None, "trip": None} | more  # fmt: skip


def bare(text: str) -> str:
    """Without case and what stands between the parts."""
    return "".join(char for char in text.upper() if char not in " -._/·")


@router.get("/find")
def find(q: str, limit: int = 8) -> Json:
    """Anything by part of its name."""
    asked = bare(q)
    if not asked:
        return {"hits": []}
    briefs = list(on_trips().values())
    plates = [each.plate for each in WORLD.lorries if asked in bare(each.plate)]
    found = [[hit("vehicle", plate, vehicle=plate) for plate in plates]]
    found.append([
        hit("trip", brief["code"], vehicle=brief["vehicle"], trip=brief["code"],
            detail_zh=f"{brief['origin']['name_zh']} → {brief['destination']['name_zh']}",
            detail_en=f"{brief['origin']['name_en']} → {brief['destination']['name_en']}")
        for brief in briefs if asked in bare(brief["code"])
    ])  # fmt: skip
    numbers = [each.number for each in fake_waybills.everything()] if len(asked) > 3 else []  # noqa: PLR2004 - made up
    found.append([hit("waybill", number) for number in numbers if asked in number])
    drivers = {brief["driver"]: brief for brief in briefs if brief.get("driver")}
    found.append([
        hit("driver", name, vehicle=brief["vehicle"], trip=brief["code"],
            detail_zh=f"{brief['vehicle']} · {brief['code']}",
            detail_en=f"{brief['vehicle']} · {brief['code']}")
        for name, brief in drivers.items() if asked in bare(name)
    ])  # fmt: skip
    found.append([
        hit("hub", code, title_zh=site["name_zh"], title_en=site["name_en"], detail_zh=code,
            detail_en=code)
        for code, site in WORLD.sites.items()
        if asked in bare(f"{code} {site['name_zh']} {site['name_en']}")
    ])  # fmt: skip
    return {"hits": [each for kind in found for each in kind[:limit]]}


@router.get("/groups")
def list_groups() -> list[Json]:
    """Every group."""
    return sorted(groups().values(), key=lambda group: str(group["code"]))


@router.post("/groups", status_code=201)
def add_group(said: Json) -> Any:  # noqa: ANN401 - a problem or the group
    """A new group."""
    if said["code"] in groups():
        return refuse(409, f"there is a group '{said['code']}' already", "/code")
    groups()[said["code"]] = said
    return said


@router.put("/groups/{code}")
def put_group(code: str, said: Json) -> Any:  # noqa: ANN401 - a problem or the group
    """Other names and vehicles."""
    if code not in groups():
        return refuse(404, f"there is no group '{code}'")
    groups()[code] = said | {"code": code}
    return groups()[code]


@router.delete("/groups/{code}", status_code=204, response_class=Response)
def remove_group(code: str) -> None:
    """No group any more."""
    groups().pop(code, None)
