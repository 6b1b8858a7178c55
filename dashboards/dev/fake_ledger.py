"""The ledger of exceptions of the fake API."""  # noqa: INP001 - beside fake_api.py

from __future__ import annotations

from typing import Any

from fake_places import WORLD, Json, iso, refuse, seconds
from fake_waybills import WATCH
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
CLOSING = ["result", "responsible", "feedback"]
SETTLED_BY = {
    "delay": ["cause", "new_eta", "told_customer_at"],
    "lost": ["claimed_at"],
    "damaged": ["claimed_at"],
    "info_error": ["result"],
}
ACTS = {
    "contact": "contacted",
    "report": "reported",
    "investigate": "investigating",
    "settle": "settled",
    "close": "closed",
}
SAID = ("cause", "new_eta", "told_customer_at", "claimed_at", *CLOSING)

router = APIRouter(prefix="/api/v1")


def tally(group: str, found: list[Json]) -> Json:
    """Of some reports."""
    late = sum(1 for one in found if one["breached_at"])
    handed = [one for one in found if one["assigned_at"]]
    closed = [one for one in found if one["state"] == "closed"]
    return {
        "group": group,
        "reports": len(found),
        "closed": len(closed),
        "breached": late,
        "handed_over": len(handed),
        "in_time": len(handed),
        "hand_over_s": 420.0 if handed else None,
        "longest_hand_over_s": 900.0 if handed else None,
        "handling_s": 5400.0 if closed else None,
        "longest_handling_s": 9000.0 if closed else None,
    }


@router.get("/exceptions/summary")
def summary(week: str = "2026-W47") -> Json:
    """The week."""
    kinds = {kind: [e for e in WATCH if e["kind"] == kind] for kind in {e["kind"] for e in WATCH}}
    by_kind = [tally(kind, found) for kind, found in sorted(kinds.items())]
    rest = [tally("", WATCH)]
    total = tally("", WATCH)
    ways = {"by_kind": by_kind, "by_cause": rest, "by_site": rest, "by_carrier": rest}
    numbers = [one["number"] for one in WATCH]
    return {"week": week, "from": None, "to": None, "total": total, "exceptions": numbers} | ways


@router.get("/exceptions/export")
def export() -> Response:
    """The ledger as a file."""
    numbers = "\n".join(one["number"] for one in WATCH)
    return Response(numbers, media_type="text/csv")


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


def needs(one: Json, act: str) -> list[str]:
    """What is still to be said with an act."""
    if act == "contact":
        return ["told_customer_at"]
    wanted = SETTLED_BY.get(one["kind"], []) if act == "settle" else CLOSING
    return [name for name in wanted if not one.get(name)] if act in {"settle", "close"} else []


def legal(one: Json) -> Json:
    """With what can be done now."""
    closed, step = one["state"] == "closed", NEXT[one["state"]]
    acts = dict.fromkeys(["note"] if closed else ["assign", "contact", step, "note"])
    return {**one, "next": [{"act": act, "needs": needs(one, act)} for act in acts]}


@router.get("/exceptions/{number}")
def exception(number: str) -> Any:  # noqa: ANN401
    """One report."""
    found = [each for each in WATCH if each["number"] == number]
    return legal(found[0]) if found else refuse(404, f"there is no exception '{number}'")


@router.post("/exceptions/{number}/{act}")
def step(number: str, act: str, body: Json) -> Any:  # noqa: ANN401
    """A step."""
    one = next(each for each in WATCH if each["number"] == number)
    now = iso(WORLD.clock())
    if body.pop("unfounded", False):
        one["state"] = "settled"  # closed whichever step is next
    if act == "contact":
        body.setdefault("told_customer_at", now)
    wrong = refusal(one, act, body)
    if wrong:
        return refuse(*wrong)
    changes = {name: body[name] for name in SAID if name in body}
    if act == "assign":
        changes["assigned_to"] = body["to"]
    if act != "note" and not one["assigned_to"]:
        changes = {"assigned_to": "operator", "assigned_at": now} | changes
    if act in ACTS and (act != "contact" or one["state"] == "received"):
        changes["state"] = ACTS[act]
    before = {name: one[name] for name in changes}
    one |= changes
    note = body.get("note", "")
    entry = {"at": now, "act": act, "author": "operator", "before": before, "after": changes}
    one["entries"].append(entry | {"note": note})
    return legal(one)


def refusal(one: Json, act: str, said: Json) -> tuple[Any, ...] | None:
    """Status, words and field, if the act is none."""
    if act in {"report", "investigate", "settle", "close"} and act != NEXT[one["state"]]:
        return 409, f"{one['number']} is {one['state']}: {act} is not the next step"
    told = said.get("told_customer_at")
    if told and seconds(told) > WORLD.clock():
        return 422, "is yet to come", "/told_customer_at"
    missing = [name for name in needs(one, act) if not said.get(name)]
    return (422, f"say the {missing[0]}", f"/{missing[0]}") if missing else None
