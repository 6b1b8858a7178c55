"""What whoever has a link sees of a waybill: nothing exact until it is near, nothing of others."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fleet.rights import Role
from fleet.scope import Scope
from store import waybill_reads, whereabouts
from store.shares import Opened
from tracker_api import where
from tracker_api.waybill_out import instant_out

View = dict[str, Any]

#: Of an answer, as it is.
_TOLD = (
    "position", "age_s", "stale", "as_of", "promised_at", "cause_zh", "cause_en", "reply_zh",
    "reply_en",
)  # fmt: skip


def view(conn: Any, opened: Opened, now: datetime, zone: str) -> View:  # noqa: ANN401 (only the store names the type)
    """The waybill as strangers see it who were given the link, or know number and telephone.

    Raises ``NotFound``: it is gone.
    """
    customers = frozenset({opened.customer})
    reader = Scope("share", frozenset(), Role.OWNER, customers=customers)
    stranger = Scope("share", frozenset(), Role.SHARE, customers=customers)
    eyes = where.eyes_of(stranger, now, zone)
    full = waybill_reads.load_waybill(conn, reader, opened.number)
    there = whereabouts.load(conn, stranger, opened.number, now)
    said = where.tell(conn, full, there, eyes, opened.number)
    return {name: said[name] for name in _TOLD} | {
        "number": said["waybill"]["number"],
        "state": said["waybill"]["state"],
        "state_zh": said["waybill"]["state_zh"],
        "state_en": said["waybill"]["state_en"],
        "reply": said["reply"],
        "risk": said["risk"],
        "is_late": said["risk"] in {"late", "overdue"},
        "origin": _named(said["waybill"]["origin"]),
        "destination": _named(said["waybill"]["destination"]),
        "zone": full.brief.destination.zone,
        "place": {name: said["place"][name] for name in ("text_zh", "text_en", "kind")},
        "eta": _window(said),
        "plate_tail": said["waybill"]["vehicle"],
        "milestones": _milestones(said),
        "expires_at": instant_out(opened.expires_at),
    }


def _window(said: where.Answer) -> View | None:
    eta = said["eta"]
    return None if eta is None else {name: eta[name] for name in ("window_from", "window_to")}


def _milestones(said: where.Answer) -> list[View]:
    return [
        {
            "kind": each["kind"],
            "name_zh": each["name_zh"],
            "name_en": each["name_en"],
            "planned_at": each["planned_at"],
            "estimated_at": each["estimated_at"],
            "actual_at": each["actual_at"],
            "site": _named(each["site"]),
            "presumed": each["presumed"],
        }
        for each in said["timeline"]
    ]


def _named(site: View | None) -> View | None:
    """A site by its names: where exactly it is, is nobody's business."""
    told = ("name_zh", "name_en", "zone")
    return None if site is None else {name: site[name] for name in told}
