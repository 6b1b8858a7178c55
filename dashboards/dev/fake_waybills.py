"""Waybills, answers and shared links of the fake API.  Edits live in memory."""  # noqa: INP001 - beside fake_api.py

# ruff: noqa: E501 - whole sentences

from __future__ import annotations

import asyncio
import csv
import io
import secrets
from typing import Any

from fake_answer import answer as answer_of
from fake_places import WORLD, Json, iso, refuse
from fake_waybill import FakeWaybill, number_of, said
from fastapi import APIRouter, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse, Response

HOUR = 3600.0
LORRIES = 60
TOKENS: dict[str, Json] = {}  #: shares by token
ANSWERS: dict[str, Json] = {}
WATCH: list[Json] = []  #: exceptions, so that they are headlines; filled by fake_service
FILES: dict[str, tuple[str, bytes]] = {}

router = APIRouter(prefix="/api/v1")


def everything() -> list[FakeWaybill]:
    """All waybills."""
    now = WORLD.clock()
    lorries: list[Any] = [each for each in WORLD.lorries[:LORRIES] if not each.never]  # type: ignore[attr-defined] # a Lorry of fake_api
    return [FakeWaybill(each, k, now) for each in lorries for k in (0, 1)]


def one(number: str) -> FakeWaybill | None:
    """By its number."""
    wanted = number.upper().replace("-", "").replace(" ", "")
    now = WORLD.clock()
    for each in WORLD.lorries[:LORRIES]:
        lorry: Any = each
        for k in (0, 1):
            if not lorry.never and number_of(each.number, k) == wanted:
                return FakeWaybill(lorry, k, now)
    return None


def headline(number: str) -> Json | None:
    """Its open exception."""
    for each in reversed(WATCH):
        if each["waybill"] == number and each["state"] != "closed":
            return {name: each[name] for name in ("number", "kind", "state")}
    return None


def brief_of(waybill: FakeWaybill) -> Json:
    """With its headline."""
    return {**waybill.brief(), "headline": headline(waybill.number)}


def missing(number: str) -> JSONResponse:
    """There is none."""
    return refuse(404, f"there is no waybill '{number}'")


@router.get("/waybills")
def waybills(request: Request) -> Json:
    """The board."""
    asked = request.query_params
    found = [brief_of(each) for each in everything()]
    states, risks = asked.getlist("state"), asked.getlist("risk")
    text = asked.get("q", "").lower()
    found = [e for e in found if not states or e["state"] in states]
    found = [
        e
        for e in found
        if not text or text in f"{e['number']} {e['order_no']} {e['vehicle']}".lower()
    ]
    if asked.get("vehicle"):
        found = [e for e in found if e["vehicle"] == asked["vehicle"]]
    if asked.get("open") == "true":
        found = [e for e in found if e["state"] != "delivered"]
    counts = {s: sum(e["state"] == s for e in found) for s in {e["state"] for e in found}}
    told = {r: sum(e["risk"] == r for e in found) for r in {e["risk"] for e in found}}
    found = [e for e in found if not risks or e["risk"] in risks]
    found.sort(key=lambda e: (e["delay_s"] is None, -(e["delay_s"] or 0)))
    return {"waybills": found, "counts": counts, "risks": told}


@router.post("/waybills/import")
async def import_waybills(request: Request) -> Json:
    """Line by line."""
    text = (await request.body()).decode(errors="replace")
    rows: list[Json] = []
    for line, row in enumerate(csv.DictReader(io.StringIO(text)), 2):
        bad = row.get("origin") not in WORLD.sites
        why = f"there is no site '{row.get('origin')}'" if bad else None
        rows.append(
            {
                "line": line,
                "number": row.get("number"),
                "result": "refused" if bad else "created",
                "reason": why,
            }
        )
    results = [row["result"] for row in rows]
    return {
        **{name: results.count(name) for name in ("created", "unchanged", "changed", "refused")},
        "rows": rows,
    }


@router.get("/waybills/{number}")
def waybill(number: str) -> Any:  # noqa: ANN401 - a problem or the waybill
    """One."""
    found = one(number)
    if found is None:
        return missing(number)
    top = headline(number)
    return {**found.full(), "headline": top, "exceptions": [top] if top else []}


@router.get("/waybills/{number}/track")
def track(number: str) -> Any:  # noqa: ANN401
    """Of its rides."""
    found = one(number)
    if found is None or not found.trip.reached(0):
        return {"type": "FeatureCollection", "features": []}
    start, end = found.trip.left_at, min(found.now, found.trip.truth(2))
    times = [start + (end - start) * i / 60 for i in range(61)]
    line = [list(found.lorry.place(t)[:2]) for t in times]
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "LineString", "coordinates": line},
                "properties": {"vehicle": found.lorry.plate, "times": [iso(t) for t in times]},
            }
        ],
    }


@router.get("/waybills/{number}/position")
def position(number: str) -> Any:  # noqa: ANN401
    """Where it is."""
    found = one(number)
    if found is None:
        return missing(number)
    told = answer_of(found, number, "number")
    if told["position"]:
        return {
            "kind": "aboard",
            "vehicle": found.lorry.plate,
            "site": None,
            "position": {**told["position"], "age_s": told["age_s"]},
        }
    site = found.brief()["site"]
    return {
        "kind": "at_site" if site else "unknown",
        "vehicle": None,
        "position": None,
        "site": site,
    }


@router.post("/waybills/{number}/bookings", status_code=201)
def book(number: str, body: Json) -> Any:  # noqa: ANN401
    """Another trip."""
    found = one(number)
    if found is None:
        return missing(number)
    if not body["trip"].startswith("TR-"):
        return refuse(422, f"there is no trip '{body['trip']}'", "/trip")
    own, before = said(number), found.leg()["booking"]
    own.past.append({**before, "to": iso(found.now)})
    own.booking = {
        "trip": body["trip"],
        "load_stop": 0,
        "unload_stop": 2,
        "from": iso(found.now),
        "to": None,
        "author": "operator",
        "reason": body["reason"],
    }
    return waybill(number)


@router.post("/waybills/{number}/scans", status_code=201)
def scan(number: str, body: Json) -> Any:  # noqa: ANN401
    """A scan."""
    if body["site"] not in WORLD.sites:
        return refuse(422, f"there is no site '{body['site']}'", "/site")
    said(number).scans.append(
        {
            "id": f"scan-{len(said(number).scans)}",
            "kind": body["kind"],
            "site": WORLD.sites[body["site"]],
            "vehicle": body.get("vehicle"),
            "at": body.get("at") or iso(WORLD.clock()),
            "slot": body.get("slot", ""),
            "note": body.get("note", ""),
            "author": "operator",
            "withdrawn_by": None,
            "withdrawn_why": None,
        }
    )
    return waybill(number)


@router.post("/waybills/{number}/scans/{scan_id}/withdrawal", status_code=201)
def withdraw(number: str, scan_id: str, body: Json) -> Any:  # noqa: ANN401
    """It was wrong."""
    for each in said(number).scans:
        if each["id"] == scan_id:
            each |= {"withdrawn_by": "operator", "withdrawn_why": body["reason"]}
    return waybill(number)


@router.post("/waybills/{number}/proof", status_code=201)
def prove(number: str, body: Json) -> Any:  # noqa: ANN401
    """Signed, or not."""
    said(number).proofs.append(
        {
            "id": f"proof-{len(said(number).proofs)}",
            "outcome": body["outcome"],
            "signer": body.get("signer", ""),
            "at": body.get("at") or iso(WORLD.clock()),
            "note": body.get("note", ""),
            "files": body.get("files", []),
            "author": "operator",
        }
    )
    return waybill(number)


@router.post("/waybills/{number}/files", status_code=201)
async def upload(request: Request, number: str, name: str) -> Any:  # noqa: ANN401
    """Evidence."""
    media = request.headers.get("content-type", "")
    if not media.startswith(("image/", "application/pdf")):
        return refuse(415, "only pictures and PDF are taken")
    body, key = await request.body(), f"file-{len(FILES)}"
    FILES[key] = (media, body)
    said(number).files.append({"id": key, "name": name, "media": media, "size": len(body)})
    return {"id": key}


@router.get("/waybills/{number}/files/{key}")
def download(number: str, key: str) -> Response:
    """Evidence."""
    media, body = FILES[key]
    return Response(body, media_type=media, headers={"X-Of": number})


@router.get("/waybills/{number}/shares")
def shares(number: str) -> Json:
    """Its links."""
    return {"shares": said(number).shares[::-1]}


@router.post("/waybills/{number}/shares", status_code=201)
def share(request: Request, number: str, body: Json) -> Json:
    """A link, shown once."""
    token = secrets.token_urlsafe(32)
    now = WORLD.clock()
    made = {
        "id": f"share-{len(TOKENS)}",
        "note": body.get("note", ""),
        "created_by": "operator",
        "created_at": iso(now),
        "expires_at": body.get("expires_at") or iso(now + 7 * 86_400),
        "revoked_at": None,
        "revoked_by": None,
        "works": True,
        "waybill": number,
        "views": 0,
        "viewed_at": None,
    }
    said(number).shares.append(made)
    TOKENS[token] = {"number": number, "share": made}
    return {
        "id": made["id"],
        "url": f"{request.base_url}s/{token}",
        "token": token,
        "expires_at": made["expires_at"],
    }


@router.delete("/shares/{key}", status_code=204)
def revoke(key: str) -> None:
    """End a link."""
    for each in TOKENS.values():
        if each["share"]["id"] == key:
            each["share"] |= {"revoked_at": iso(WORLD.clock()), "works": False}


def seen(token: str) -> Json | None:
    """What the holder of a link sees; None: the link leads nowhere."""
    held = TOKENS.get(token)
    found = one(held["number"]) if held and not held["share"]["revoked_at"] else None
    if found is None:
        return None
    told = answer_of(found, found.number, "share")
    brief, spot = told["waybill"], told["position"]
    grid = None
    if spot is not None:
        middle = {"lon": round(spot["lon"] * 20) / 20, "lat": round(spot["lat"] * 20) / 20}
        grid = {**middle, "time": spot["time"], "speed_mps": None, "exact": False}
    same = ("place", "eta", "promised_at", "cause_zh", "cause_en", "as_of", "stale", "reply",
            "reply_zh", "reply_en", "timeline")  # fmt: skip
    out = {name: told[name] for name in same}
    out["milestones"] = out.pop("timeline")
    names = ("number", "state", "state_zh", "state_en", "origin", "destination")
    return {**out, **{name: brief[name] for name in names}, "position": grid,
            "age_s": told["age_s"] or 60.0, "zone": "Asia/Shanghai",
            "is_late": told["risk"] in {"late", "overdue"}, "expires_at": None,
            "plate_tail": found.lorry.plate[-3:]}  # fmt: skip


@router.get("/shared/{token}")
def shared(token: str, again: str = "false") -> Any:  # noqa: ANN401
    """The waybill behind a link."""
    told = seen(token)
    if told is None:
        return refuse(404, "this link leads nowhere")
    if again != "true":
        share_of = TOKENS[token]["share"]
        share_of |= {"views": share_of["views"] + 1, "viewed_at": iso(WORLD.clock())}
    return told


@router.websocket("/shared/live")
async def live_shared(socket: WebSocket) -> None:
    """The same as it changes."""
    await socket.accept()
    try:
        token = (await socket.receive_json())["token"]
        while (told := seen(token)) is not None:
            await socket.send_json(told)
            await asyncio.sleep(1)
        await socket.close(1008)
    except WebSocketDisconnect:
        return


def search(asked: str) -> tuple[list[FakeWaybill], str]:
    """By whatever was asked."""
    wanted = asked.strip().upper().replace(" ", "").replace("-", "")
    exact = one(wanted)
    if exact:
        return [exact], "number"
    for each in everything():
        brief = each.brief()
        if wanted in {brief["order_no"].replace("-", ""), brief["code"]}:
            return [each], "order"
    aboard = [e for e in everything() if wanted and wanted == e.lorry.plate.upper()]
    return aboard, "plate"


@router.get("/where-is")
def where(q: str) -> Json:
    """The answer."""
    found, by = search(q)
    if not found:
        near = [
            each.number for each in everything()[:40] if each.number[-4:-1] == q.strip()[-4:-1]
        ][:3]
        zh = f"未查询到该单号，请核对{('（可能为' + near[0] + '）') if near else ''}，或提供订单号或手机尾号。"
        en = "We cannot find this number; please check it or give the order number or phone tail."
        nothing = dict.fromkeys(
            (
                "matched_by",
                "waybill",
                "place",
                "position",
                "age_s",
                "on_route",
                "off_m",
                "next_stop",
                "eta",
                "promised_at",
                "promise_delta_min",
                "risk",
                "cause",
                "cause_zh",
                "cause_en",
                "action_zh",
                "action_en",
                "as_of",
                "source",
                "exception",
                "contact",
                "callback_at",
            )
        )
        return {
            **nothing,
            "answer_id": "a-none",
            "risk": "unknown",
            "as_of": iso(WORLD.clock()),
            "place": {
                "text_zh": "",
                "text_en": "",
                "kind": "unknown",
                "site": None,
                "distance_m": None,
            },
            "found": False,
            "check_failed": False,
            "asked": q,
            "also": [],
            "suggestions": near,
            "stale": False,
            "timeline": [],
            "requirements": [],
            "reply": "not_found",
            "reply_zh": zh,
            "reply_en": en,
            "sms_zh": zh[:70],
            "disclosure": "exact",
        }
    told = answer_of(found[0], q, by)
    told["also"] = [brief_of(each) for each in found[1:]]
    told["exception"] = headline(found[0].number)
    ANSWERS[told["answer_id"]] = told
    return told


@router.get("/answers/{key}")
def answer(key: str) -> Any:  # noqa: ANN401
    """What was said then."""
    return ANSWERS.get(key) or refuse(404, "there is no such answer")
