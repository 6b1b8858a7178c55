"""Rules, channels, limits, messages, keys and audit of the fake API; all in memory."""  # noqa: INP001 - beside fake_api.py

from __future__ import annotations

from typing import Any

from fake_places import WORLD, Json, iso, refuse
from fastapi import APIRouter, Response

from fleet.notice_rules import known_topics
from fleet.rights import MAY, SEES

RULES: dict[str, Json] = {}
CHANNELS: dict[str, Json] = {}
NOTICES: list[Json] = []
KEYS: list[Json] = []
AUDIT: list[Json] = []
LIMITS = {
    "overspeed": ("超速行驶", "Speeding", 3, {"limit": 80 / 3.6, "over": 0.1, "after": 60.0}),
    "transit_stall": ("中转滞留", "Stalled in transit", 2, {"after": 48 * 3600.0}),
    "sos": ("紧急求助", "Emergency button", 1, {}),
}
DETECTORS: dict[str, Json] = {}

router = APIRouter(prefix="/api/v1")


def note(act: str, kind: str, subject: str, after: Json | None = None) -> None:
    """A row of the trail."""
    row = {"at": iso(WORLD.clock()), "principal": "operator", "role": "owner", "act": act,
           "kind": kind, "subject": subject, "why": ""}  # fmt: skip
    AUDIT.insert(0, {"id": len(AUDIT) + 1, **row, "detail": {"after": after} if after else {}})


def detector(kind: str, said: Json) -> Json:
    """As it is set."""
    zh, en, severity, limits = LIMITS[kind]
    given = said.get("limits", {})
    shown = [
        {"name": n, "value": given.get(n, v), "default": v, "least": 0.0, "most": 7_776_000.0}
        for n, v in limits.items()
    ]
    return {
        "kind": kind, "name_zh": zh, "name_en": en, "enabled": said.get("enabled", True),
        "severity": said.get("severity") or severity, "default_severity": severity,
        "limits": shown, "revision": 1 if said else 0, "author": "operator" if said else None,
        "changed_at": iso(WORLD.clock()) if said else None,
    }  # fmt: skip


@router.get("/detectors")
def detectors() -> Json:
    """Every one."""
    return {"detectors": [detector(kind, DETECTORS.get(kind, {})) for kind in LIMITS]}


@router.put("/detectors/{kind}")
def set_detector(kind: str, body: Json) -> Json:
    """Set one."""
    DETECTORS[kind] = body
    note("change", "detector", kind, body)
    return detector(kind, body)


@router.get("/channels")
def channels() -> Json:
    """Every one."""
    return {"channels": list(CHANNELS.values())}


def told(body: Json, code: str) -> Json:
    """A channel without what is secret."""
    scheme, _, rest = body["address"].partition("://")
    host = rest.partition("/")[0] + "/" if body["kind"] == "webhook" else ""
    return {
        "code": code, "kind": body["kind"], "name": body["name"], "address": f"{scheme}://{host}…",
        "direct": "{to}" in rest, "enabled": body["enabled"], "failing_since": None,
        "disabled_why": None,
    }  # fmt: skip


@router.post("/channels", status_code=201)
def add_channel(body: Json) -> Json:
    """A new one; a webhook's secret is told once."""
    if body["code"] in CHANNELS:
        return refuse(409, f"channel '{body['code']}' exists already")
    CHANNELS[body["code"]] = told(body, body["code"])
    note("create", "channel", body["code"])
    return CHANNELS[body["code"]] | {"secret": "whsec_fake" if body["kind"] == "webhook" else None}


@router.put("/channels/{code}")
def set_channel(code: str, body: Json) -> Json:
    """Change one."""
    CHANNELS[code] |= {"name": body["name"], "enabled": body["enabled"]}
    return CHANNELS[code] | {"secret": "whsec_other" if body.get("new_secret") else None}


@router.delete("/channels/{code}", status_code=204)
def remove_channel(code: str) -> Response:
    """Remove one."""
    CHANNELS.pop(code, None)
    return Response(status_code=204)


@router.post("/channels/{code}/test", status_code=202)
def test_channel(code: str, body: Json) -> Json:
    """A test that arrives at once."""
    now = iso(WORLD.clock())
    sent = {
        "id": f"n{len(NOTICES)}", "topic": "test", "subject_kind": "channel", "subject": code,
        "severity": 4, "rule": None, "channel": code, "recipient": f"address:{body['to']}",
        "address": "", "title_zh": "测试", "title_en": "Test", "text_zh": "这是一条测试通知。",
        "text_en": "This is a test notice.", "state": "sent", "happened_at": now,
        "created_at": now, "due_at": None, "sent_at": now, "tries": 1, "corrects": None,
        "attempts": [{"at": now, "ok": True, "status": 204, "detail": "", "seconds": 0.1,
                      "unknown": False}],
    }  # fmt: skip
    NOTICES.insert(0, sent)
    return sent


@router.get("/notice-rules")
def rules() -> Json:
    """Every one."""
    return {"rules": [RULES[code] for code in sorted(RULES)], "topics": known_topics()}


@router.post("/notice-rules", status_code=201)
def add_rule(body: Json) -> Any:  # noqa: ANN401 - JSON, or a problem
    """A new one."""
    if body["code"] in RULES:
        return refuse(409, f"rule '{body['code']}' exists already")
    return put_rule(body["code"], body)


@router.put("/notice-rules/{code}")
def put_rule(code: str, body: Json) -> Json:
    """Change one."""
    RULES[code] = body | {"code": code}
    note("change", "notice_rule", code, body)
    return RULES[code]


@router.delete("/notice-rules/{code}", status_code=204)
def remove_rule(code: str) -> Response:
    """Remove one."""
    RULES.pop(code, None)
    note("remove", "notice_rule", code)
    return Response(status_code=204)


@router.get("/notices")
def notices(state: str = "", channel: str = "") -> Json:
    """The log, newest first."""
    fits = [n for n in NOTICES if state in {"", n["state"]} and channel in {"", n["channel"]}]
    return {"notices": fits, "counts": {"sent": len(NOTICES)}, "more": False}


@router.get("/notices/{key}")
def notice(key: str) -> Json:
    """One with its attempts."""
    return next(each for each in NOTICES if each["id"] == key)


@router.get("/people")
def people() -> Json:
    """Nobody: who is let in closes the door behind them."""
    return {"people": []}


@router.get("/keys")
def keys() -> Json:
    """Every one, newest first."""
    return {"keys": KEYS}


@router.post("/keys", status_code=201)
def add_key(body: Json) -> Json:
    """A new one."""
    made = {"id": f"k{len(KEYS)}", "rights": None, "created_by": "operator", "used_at": None,
            "created_at": iso(WORLD.clock()), "revoked_at": None, "expires_at": None}  # fmt: skip
    KEYS.insert(0, made | body)
    note("create", "key", made["id"], body)
    return KEYS[0] | {"key": "mp_fake"}


@router.delete("/keys/{key}", status_code=204)
def revoke_key(key: str) -> Response:
    """End one."""
    for each in KEYS:
        if each["id"] == key:
            each["revoked_at"] = iso(WORLD.clock())
    note("remove", "key", key)
    return Response(status_code=204)


@router.get("/rights")
def rights() -> Json:
    """The two tables."""
    return {"sees": {role: dict(sees) for role, sees in SEES.items()},
            "may": {role: sorted(acts) for role, acts in MAY.items()}}  # fmt: skip


@router.get("/audit")
def audit(kind: str = "", principal: str = "", subject: str = "") -> Json:
    """The trail, newest first."""
    wanted = (("kind", kind), ("principal", principal), ("subject", subject))
    fits = [row for row in AUDIT if all(value in {"", row[name]} for name, value in wanted)]
    return {"entries": fits, "more": False}


@router.get("/privacy/retention")
def retention() -> Json:
    """What is kept how long."""
    rule = {"kind": "history", "days": 183, "source": "half a year, as is the practice",
            "setting": "MILEPOST_RETENTION__HISTORY_DAYS"}  # fmt: skip
    return {"profile": "cn", "rules": [rule]}


@router.get("/privacy/purges")
def purges() -> Json:
    """What was removed."""
    return {"purges": [], "more": False}
