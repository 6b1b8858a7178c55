"""Questions, exceptions and sessions of the fake API.  What people did lives in memory."""  # noqa: INP001 - beside fake_api.py

# ruff: noqa: PLR2004 - made-up numbers are the point

from __future__ import annotations

from typing import Any

from fake_places import WORLD, Json, iso, refuse, seconds
from fake_waybills import WATCH, brief_of, everything, search
from fastapi import APIRouter, Request, Response

MIN = 60.0
STEPS = ("received", "contacted", "reported", "investigating", "settled", "closed")
NEXT = {
    "received": "contact",
    "contacted": "report",
    "reported": "investigate",
    "investigating": "settle",
    "settled": "close",
    "closed": "",
}
NEEDS = {
    "settle": ["cause", "new_eta", "told_customer_at"],
    "close": ["result", "responsible", "feedback"],
}
ACTS = {
    "contact": "contacted",
    "report": "reported",
    "investigate": "investigating",
    "settle": "settled",
    "close": "closed",
}
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


@router.get("/exceptions")
def exceptions(request: Request) -> Json:
    """The ledger."""
    asked = request.query_params
    found = [e for e in WATCH if asked.get("open") != "true" or e["state"] != "closed"]
    found = [
        e
        for e in found
        if asked.get("kind") in {None, e["kind"]} and asked.get("state") in {None, e["state"]}
    ]
    states = [e["state"] for e in found]
    return {
        "exceptions": [legal(e) for e in found],
        "counts": {state: states.count(state) for state in set(states)},
    }


@router.post("/exceptions", status_code=201)
def raise_exception(body: Json) -> Json:
    """A report."""
    now = WORLD.clock()
    empty = dict.fromkeys(
        (
            "assigned_to",
            "assigned_at",
            "breached_at",
            "cause",
            "new_eta",
            "told_customer_at",
            "claim_due_at",
            "claimed_at",
            "result",
            "responsible",
            "feedback",
            "closed_at",
            "closed_by",
        )
    )
    made = {
        **empty,
        "id": f"e{len(WATCH)}",
        "number": f"EX-20261122-{len(WATCH) + 1:04d}",
        "kind": body["kind"],
        "detail": body.get("detail", ""),
        "severity": body.get("severity", 2),
        "state": "received",
        "waybill": body.get("waybill"),
        "trip": body.get("trip"),
        "vehicle": None,
        "order_no": "",
        "site": None,
        "found_at": iso(now),
        "description": body["description"],
        "kind_zh": body["kind"],
        "kind_en": body["kind"],
        "state_zh": "已接收",
        "state_en": "received",
        "customer": None,
        "carrier": None,
        "alert": None,
        "overdue": False,
        "hand_over_s": None,
        "files": [],
        "due_at": iso(now + 30 * MIN),
        "author": "operator",
        "entries": [
            {
                "at": iso(now),
                "act": "received",
                "author": "operator",
                "before": {},
                "after": {},
                "note": body["description"],
            }
        ],
    }
    WATCH.append(made)
    return made


def legal(one: Json) -> Json:
    """With what can be done now."""
    act = NEXT[one["state"]]
    steps = [{"act": act, "needs": NEEDS.get(act, [])}] if act else []
    always = [{"act": "note", "needs": []}]
    hand = [] if one["state"] == "closed" else [{"act": "assign", "needs": []}]
    return {**one, "next": steps + hand + always}


@router.get("/exceptions/{number}")
def exception(number: str) -> Any:  # noqa: ANN401
    """One report."""
    found = [each for each in WATCH if each["number"] == number]
    return legal(found[0]) if found else refuse(404, f"there is no exception '{number}'")


@router.post("/exceptions/{number}/{act}")
def step(number: str, act: str, body: Json) -> Any:  # noqa: ANN401
    """A step."""
    one = next(each for each in WATCH if each["number"] == number)
    if act == "close" and not all(body.get(name) for name in ("result", "responsible", "feedback")):
        return refuse(
            422, "closing needs the result, who is responsible and the customer's word", "/result"
        )
    if act == "assign":
        one |= {"assigned_to": body["to"], "assigned_at": iso(WORLD.clock())}
    if act in ACTS:
        one["state"] = ACTS[act]
    one |= {
        name: body[name]
        for name in ("result", "responsible", "feedback", "cause", "new_eta")
        if name in body
    }
    one["entries"].append(
        {
            "at": iso(WORLD.clock()),
            "act": act,
            "author": "operator",
            "before": {},
            "after": body,
            "note": body.get("note", ""),
        }
    )
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
