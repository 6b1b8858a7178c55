"""Questions and sessions of the fake API.  What people did lives in memory."""  # noqa: INP001 - beside fake_api.py

# ruff: noqa: PLR2004 - made-up numbers are the point

from __future__ import annotations

from typing import Any

from fake_ledger import raise_exception
from fake_places import WORLD, Json, iso, refuse, seconds
from fake_waybills import WATCH, brief_of, everything, search
from fastapi import APIRouter, Request, Response

MIN = 60.0
OWNER_RIGHTS = [
    "look_vehicles",
    "look_trips",
    "look_places",
    "look_waybills",
    "look_accuracy",
    "look_devices",
    "look_alerts",
    "look_queries",
    "look_exceptions",
    "look_notices",
    "look_audit",
    "edit_nodes",
    "edit_places",
    "edit_trips",
    "edit_waybills",
    "edit_devices",
    "edit_rules",
    "edit_people",
    "scan",
    "answer",
    "assign_queries",
    "share",
    "message",
    "work_alerts",
    "raise_exception",
    "work_exceptions",
    "reveal",
    "export",
]
SERVICE_RIGHTS = [
    "look_vehicles",
    "look_trips",
    "look_places",
    "look_waybills",
    "look_alerts",
    "look_queries",
    "look_exceptions",
    "look_notices",
    "answer",
    "share",
    "raise_exception",
    "reveal",
]
PERSONS = {"li.na": ("correct horse", "李娜", "cs_agent", SERVICE_RIGHTS)}
SESSIONS: dict[str, str] = {}
QUERIES: list[Json] = []

router = APIRouter(prefix="/api/v1")


def start() -> None:
    """A morning's questions and two exceptions."""
    now, all_of_them = WORLD.clock(), everything()
    told = [
        (4, True, "phone", "陈女士", "冷库今天到得了吗?"),
        (66, False, "im", "张先生", "货到哪里了?"),
        (12, False, "email", "Kelan", "Where is our order?"),
        (31, False, "phone", "刘先生", "几点能送到?"),
        (2, False, "web", "", "还没有更新"),
    ]
    for i, (age, urgent, channel, asker, question) in enumerate(told):
        number = all_of_them[(i * 22 + 2) % len(all_of_them)].number
        add(
            {
                "channel": channel,
                "urgent": urgent,
                "asker": asker,
                "contact": f"138000{4000 + i}",
                "asked": number,
                "question": question,
            },
            now - age * MIN,
        )
    for i, kind in ((3, "damaged"), (8, "delay")):
        raise_exception(
            {
                "kind": kind,
                "waybill": all_of_them[i].number,
                "severity": 1 + i % 2,
                "description": "外箱破损 3 件" if kind == "damaged" else "stuck for 3 h",
            }
        )
        WATCH[-1]["found_at"] = iso(now - (24 + i) * MIN)
        WATCH[-1]["due_at"] = iso(now - (24 + i) * MIN + 30 * MIN)


def add(said: Json, at: float) -> Json:
    """A question."""
    found, _ = search(said["asked"])
    brief = brief_of(found[0]) if found else None
    moving = brief is not None and brief["vehicle"] is not None
    query = {
        "id": f"q{len(QUERIES)}",
        "number": f"Q-20261122-{len(QUERIES) + 1:04d}",
        "asked_at": iso(at),
        "age_s": 0.0,
        "channel": said["channel"],
        "urgent": said.get("urgent", False),
        "lifted": False,
        "asker": said.get("asker", ""),
        "contact": said.get("contact", ""),
        "asked": said["asked"],
        "question": said.get("question", ""),
        "waybill": brief,
        "state": "routed" if moving else "new",
        "department": "dispatch" if moving else "warehouse" if brief else "service",
        "handler": None,
        "answer_id": None,
        "finding": "",
        "source": "",
        "reply": "",
        "reply_channel": None,
        "routed_at": iso(at) if moving else None,
        "answered_at": None,
        "replied_at": None,
        "closed_at": None,
        "remind_at": iso(at + 30 * MIN),
        "reminded": 0,
        "overdue": False,
        "entries": [{"at": iso(at), "act": "asked", "author": "operator", "detail": {}}],
    }
    QUERIES.append(query)
    return query


@router.get("/queries")
def queries(request: Request) -> Json:
    """The queue."""
    now = WORLD.clock()
    for each in QUERIES:
        each["age_s"] = now - seconds(each["asked_at"])
        each["lifted"] = not each["urgent"] and each["age_s"] > 3600
        each["overdue"] = each["state"] in {"new", "routed"} and now > seconds(each["remind_at"])
    found = [
        e for e in QUERIES if e["state"] != "closed" or request.query_params.get("open") != "true"
    ]
    found = sorted(found, key=lambda e: (not (e["urgent"] or e["lifted"]), e["asked_at"]))
    return {"queries": found, "counts": {}}


@router.post("/queries", status_code=201)
def ask(body: Json) -> Json:
    """A new question."""
    return add(body, WORLD.clock())


def query_of(key: str) -> Json:
    """By its id."""
    return next(each for each in QUERIES if each["id"] == key)


@router.get("/queries/{key}")
def query(key: str) -> Json:
    """One question."""
    return query_of(key)


@router.post("/queries/{key}/{act}")
def act_on_query(key: str, act: str, body: Json) -> Any:  # noqa: ANN401
    """A step of its life."""
    one, now = query_of(key), iso(WORLD.clock())
    match act:
        case "take":
            one["handler"] = "operator"
        case "route":
            one |= {"department": body["department"], "state": "routed", "routed_at": now}
        case "answer":
            one |= {"finding": body.get("finding", ""), "state": "answered", "answered_at": now}
        case "reply":
            if not body.get("reply"):
                return refuse(422, "say what was replied", "/reply")
            one |= {
                "reply": body["reply"],
                "reply_channel": one["channel"],
                "state": "replied",
                "replied_at": now,
            }
        case "close":
            one |= {"state": "closed", "closed_at": now}
    one["entries"].append({"at": now, "act": act, "author": "operator", "detail": body})
    return one


def me(request: Request) -> Json:
    """Who asks."""
    name = SESSIONS.get(request.cookies.get("milepost_session", ""))
    if name:
        _, shown, role, rights = PERSONS[name]
        return {
            "name": name,
            "shown": shown,
            "role": role,
            "rights": rights,
            "sees": {},
            "language": "zh",
        }
    return {
        "name": "operator",
        "shown": "operator",
        "role": "owner",
        "rights": OWNER_RIGHTS,
        "sees": {},
    }


@router.get("/session")
def session(request: Request) -> Json:
    """Who is signed in."""
    return me(request)


@router.post("/session")
def sign_in(body: Json, response: Response) -> Any:  # noqa: ANN401
    """Sign in."""
    known = PERSONS.get(body["name"])
    if known is None or known[0] != body["password"]:
        return refuse(401, "this name and password do not open the door")
    key = f"s{len(SESSIONS)}"
    SESSIONS[key] = body["name"]
    response.set_cookie("milepost_session", key, httponly=True, samesite="strict")
    return {
        "name": body["name"],
        "shown": known[1],
        "role": known[2],
        "rights": known[3],
        "sees": {},
    }


@router.delete("/session", status_code=204)
def sign_out(response: Response) -> None:
    """Sign out."""
    response.delete_cookie("milepost_session")
