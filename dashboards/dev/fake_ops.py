"""Alerts of the fake API.  What people did lives in memory."""  # noqa: INP001 - beside fake_api.py

from __future__ import annotations

from collections import Counter
from typing import Any

from fake_places import WORLD, Json, iso, refuse
from fake_waybills import everything
from fastapi import APIRouter, Request

MIN = 60.0
NAMES = {
    "sos": ("紧急求助", "Emergency", 1),
    "late": ("预计迟到", "Late", 2),
    "off_route": ("偏离路线", "Off route", 3),
    "signal_lost": ("失去信号", "Signal lost", 3),
    "day_check": ("运单回访", "Day check", 4),
}
PLAYBOOK = (
    ["打电话给司机", "联系不上时报警,并告诉位置", "告知客户"],
    ["Call the driver", "Nobody answers: call the police and tell the place", "Tell the customer"],
)
STATES = {"acknowledge": "acknowledged", "close": "closed"}
ENTRY = {
    "acknowledge": "acknowledged",
    "assign": "assigned",
    "snooze": "snoozed",
    "close": "closed",
}
ALERTS: list[Json] = []
#: Of all alerts, in order, as the live stream tells them.
NEWS: list[Json] = []

router = APIRouter(prefix="/api/v1")


def start() -> None:
    """A morning's alerts."""
    now, lorries = WORLD.clock(), WORLD.lorries
    for i, kind in enumerate(("day_check", "off_route", "signal_lost", "late", "late")):
        waybill = everything()[i + 2].number if kind in {"late", "day_check"} else None
        add(kind, None if waybill else lorries[i + 1].plate, now - (i + 1) * 17 * MIN, waybill)


def add(kind: str, vehicle: str | None, began: float, waybill: str | None = None) -> Json:
    """An alert, told to everybody."""
    name_zh, name_en, severity = NAMES[kind]
    subject = waybill or vehicle or ""
    nothing = dict.fromkeys(
        (
            *("closed_at", "closed_how", "closed_why", "acknowledged_at", "acknowledged_by"),
            *("assigned_to", "snoozed_until", "escalated_at", "trip", "site", "exception"),
        )
    )
    alert = {
        **nothing,
        "id": f"{len(ALERTS):08d}-0000-7000-8000-000000000000",
        "kind": kind,
        "name_zh": name_zh,
        "name_en": name_en,
        "subject_kind": "waybill" if waybill else "vehicle",
        "subject": subject,
        "episode": f"{kind}:{began:.0f}",
        "severity": severity,
        "state": "open",
        "began_at": iso(began),
        "opened_at": iso(began),
        "changed_at": iso(began),
        "vehicle": vehicle,
        "waybill": waybill,
        "text_zh": f"{subject}:{name_zh}",
        "text_en": f"{name_en} of {subject}",
        "playbook_zh": PLAYBOOK[0],
        "playbook_en": PLAYBOOK[1],
        "facts": {},
        "entries": [],
    }
    ALERTS.append(alert)
    tell(alert, "opened", None, "", iso(began))
    return alert


def tell(alert: Json, act: str, author: str | None, note: str, at: str | None) -> None:
    """Add to its life."""
    life = alert["entries"]
    entry = {"number": len(NEWS) + 1, "at": at, "act": act, "author": author, "note": note}
    life.append(entry | {"severity": alert["severity"]})
    NEWS.append(plain(alert) | {"entry": entry})


def plain(alert: Json) -> Json:
    """As lists have it."""
    return {name: value for name, value in alert.items() if name != "entries"}


def counts() -> Json:
    """Of those that are not closed, by severity."""
    return dict(Counter(str(one["severity"]) for one in ALERTS if one["state"] != "closed"))


def answered(found: list[Json]) -> Json:
    """A list."""
    return {"alerts": [plain(one) for one in found], "counts": counts()}


@router.get("/alerts")
def alerts(request: Request) -> Json:
    """The inbox."""
    asked = request.query_params
    state, who = asked.get("state"), asked.get("assigned")
    who = "operator" if who == "me" else who
    found = [
        one
        for one in ALERTS
        if (one["state"] == state if state else one["state"] != "closed")
        and who in {None, one["assigned_to"]}
        and one["severity"] <= int(asked.get("severity", 4))
        and asked.get("subject") in {None, one["subject"], one["vehicle"]}
    ]
    return answered(sorted(found, key=lambda one: (one["severity"], one["opened_at"])))


@router.get("/alerts/{key}")
def alert(key: str) -> Any:  # noqa: ANN401
    """One of them, with its life."""
    found = [one for one in ALERTS if one["id"] == key]
    return found[0] if found else refuse(404, f"there is no alert '{key}'")


@router.post("/alerts/bulk")
def bulk(body: Json) -> Any:  # noqa: ANN401
    """An act on all of them, or on none."""
    return take(body["ids"], body["act"], body)


@router.post("/alerts/{key}/{act}")
def act_on_alert(key: str, act: str, body: Json) -> Any:  # noqa: ANN401
    """An act on one."""
    return take([key], act, body)


def take(keys: list[str], act: str, said: Json) -> Any:  # noqa: ANN401
    """An act."""
    found, now = [one for one in ALERTS if one["id"] in keys], iso(WORLD.clock())
    for one in found:
        if one["state"] == "closed":
            return refuse(409, f"alert {one['id']} is closed")
    for one in found:
        one["changed_at"] = now
        one["state"] = STATES.get(act, one["state"])
        match act:
            case "acknowledge":
                one |= {"acknowledged_at": now, "acknowledged_by": "operator"}
            case "assign":
                one["assigned_to"] = said["to"]
            case "snooze":
                one["snoozed_until"] = said["until"]
            case "close":
                one |= {"closed_at": now, "closed_how": "person", "closed_why": said["reason"]}
        tell(one, ENTRY[act], "operator", said.get("reason", ""), now)
    return answered(found)


@router.post("/fake/alarms", status_code=204)
def alarm(body: Json) -> None:
    """A driver presses the button."""
    add("sos", body["vehicle"], WORLD.clock())
