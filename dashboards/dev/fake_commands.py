"""Words to drivers and orders to terminals of the fake API; what was said lives in memory."""  # noqa: INP001 - beside fake_api.py

from __future__ import annotations

from typing import Any

from fake_places import WORLD, Json, iso, refuse
from fastapi import APIRouter

#: s after which the gateway has sent an order, and after which the terminal has answered it.
SENT, ANSWERED = 1.5, 4.0
LONGEST = 3600  #: s between reports that a terminal takes
SAID: dict[str, list[tuple[float, Json]]] = {}

router = APIRouter(prefix="/api/v1")


def stands(plate: str, asked: float, order: Json) -> Json:
    """How far it has come by now: lorries whose link is down answer nothing."""
    now = WORLD.clock()
    online = next((one.online for one in WORLD.lorries if one.plate == plate), False)
    sent = asked + SENT if now > asked + SENT else None
    over = asked + ANSWERED if online and now > asked + ANSWERED else None
    refused = (order["seconds"] or 0) > LONGEST
    state = "waiting" if sent is None else "sent" if over is None else "confirmed"
    return order | {
        "state": "refused" if over and refused else state,
        "sent_at": iso(sent) if sent else None,
        "confirmed_at": iso(over) if over else None,
        "detail": f"seconds must be 1 to {LONGEST}" if over and refused else None,
    }


def take(plate: str, kind: str, text: str | None, seconds: int | None) -> Any:  # noqa: ANN401
    """A new order."""
    if all(one.plate != plate for one in WORLD.lorries):
        return refuse(404, f"there is no vehicle '{plate}'")
    asked, said = WORLD.clock(), SAID.setdefault(plate, [])
    order = {
        "id": f"{plate}-{len(said)}",
        "kind": kind,
        "text": text,
        "seconds": seconds,
        "requested_by": "operator",
        "requested_at": iso(asked),
        "expires_at": iso(asked + 3600),
    }
    said.insert(0, (asked, order))
    return stands(plate, asked, order)


@router.get("/vehicles/{plate}/commands")
def commands(plate: str) -> list[Json]:
    """Newest first."""
    return [stands(plate, asked, order) for asked, order in SAID.get(plate, [])]


@router.post("/vehicles/{plate}/messages", status_code=201)
def write(plate: str, body: Json) -> Any:  # noqa: ANN401
    """Show the driver a message."""
    return take(plate, "message", body["text"], None)


@router.post("/vehicles/{plate}/interval", status_code=201)
def interval(plate: str, body: Json) -> Any:  # noqa: ANN401
    """Report this often."""
    return take(plate, "interval", None, body["seconds"])
