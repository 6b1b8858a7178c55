"""Where is my truck: one question, one answer, kept as it was given.

The answer is a plain value, so that what is kept, what is shown and what is read out are the
same thing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import isfinite
from typing import Any

import uuid_utils

from fleet.errors import NotFound
from fleet.rights import Grant
from fleet.scope import Scope
from fleet.trips import Risk
from fleet.waybill_views import WaybillFull
from shipment.reply import compose, spoken
from shipment.reply.reasons import reason_of
from store import lookup, waybill_reads, whereabouts
from store.lookup import Found
from store.whereabouts import Kept, Whereabouts
from tracker_api import waybill_out, where_facts
from tracker_api.plain import iso
from tracker_api.waybill_out import Sight
from tracker_api.where_facts import Eyes, Known

Answer = dict[str, Any]

#: Fields of an answer in a list of many.
SHORT = (
    "answer_id", "asked", "found", "matched_by", "suggestions", "waybill", "place", "age_s",
    "stale", "eta", "promised_at", "promise_delta_min", "risk", "cause", "as_of", "reply",
    "reply_zh", "reply_en", "sms_zh", "disclosure",
)  # fmt: skip


def eyes_of(scope: Scope, now: datetime, zone: str, salutation: str = "") -> Eyes:
    """Those of ``scope`` at ``now``; ``zone`` is the installation's."""
    return Eyes(Sight.of(scope), now, zone, salutation)


def answer(conn: Any, scope: Scope, text: str, eyes: Eyes) -> Answer:  # noqa: ANN401 (only the store names the type)
    """Look ``text`` up, say what is known, and keep what was said.

    ``conn`` is in a transaction: what was not kept is not said.
    """
    found = lookup.look_up(conn, scope, text)
    full = _load(conn, scope, found)
    if full is None:
        said, number = _nothing(found, text, eyes), None
    else:
        number = full.brief.number
        where = whereabouts.load(conn, scope, number, eyes.now)
        said = tell(conn, full, where, eyes, text) | _matched(conn, scope, found, eyes)
    said = {"answer_id": str(uuid_utils.uuid7()), **said}
    kept = Kept(said["answer_id"], eyes.now, text, number, said["reply"], said)
    whereabouts.keep_answer(conn, scope, kept)
    return said


def shortened(said: Mapping[str, Any]) -> Answer:
    """What of an answer stands in a list of many."""
    return {name: said[name] for name in SHORT}


def tell(
    conn: Any,  # noqa: ANN401 (only the store names the type)
    full: WaybillFull,
    where: Whereabouts,
    eyes: Eyes,
    asked: str,
) -> Answer:
    """Everything that is said of one waybill."""

    def nearest(lon: float, lat: float) -> whereabouts.Place | None:
        return whereabouts.nearest_site(conn, lon, lat)

    known = where_facts.know(full, where, eyes, asked, nearest)
    reply = compose.reply(known.facts)
    return {
        "found": True,
        "asked": asked,
        **_place(known, eyes),
        **_way(full, where, known, eyes),
        **_promise(full, known, eyes),
        "waybill": waybill_out.brief_out(full.brief, eyes.sight),
        "timeline": _timeline(full, eyes),
        "exception": _exception(where, eyes),
        "contact": full.contact,
        "requirements": list(full.requirements),
        "reply": reply.case,
        "reply_zh": reply.zh,
        "reply_en": reply.en,
        "sms_zh": reply.sms,
        "disclosure": _disclosure(known, eyes),
        "callback_at": _iso(spoken.call_back(known.facts)),
    }


def _timeline(full: WaybillFull, eyes: Eyes) -> list[Answer]:
    """What happened to it; of stops of others whoever is outside is told nothing."""
    own = where_facts.own_sites(full)
    return [
        waybill_out.milestone_out(each, eyes.sight)
        for each in full.milestones
        if each.site is None or eyes.sight.is_told(each.site, own)
    ]


def _load(conn: Any, scope: Scope, found: Found) -> WaybillFull | None:  # noqa: ANN401 (as above)
    if not found.numbers:
        return None
    try:
        return waybill_reads.load_waybill(conn, scope, found.numbers[0])
    except NotFound:  # it left the scope between the two reads
        return None


def _matched(conn: Any, scope: Scope, found: Found, eyes: Eyes) -> Answer:  # noqa: ANN401 (as above)
    """By what it was found, and what else was."""
    others: Sequence[str] = found.numbers[1:]
    wanted = waybill_reads.Wanted(open=False, late_first=False, numbers=tuple(others))
    also = waybill_reads.list_waybills(conn, scope, wanted) if others else []
    return {
        "matched_by": None if found.by is None else found.by.value,
        "also": [waybill_out.brief_out(brief, eyes.sight) for brief in also],
        "suggestions": [],
    }


def _nothing(found: Found, asked: str, eyes: Eyes) -> Answer:
    """The answer when nothing was found: no fact but that."""
    facts = where_facts.not_found(eyes, asked, found.suggestions, misread=found.check_failed)
    reply = compose.reply(facts)
    empty = dict.fromkeys(
        (
            "matched_by", "waybill", "position", "age_s", "on_route", "off_m", "next_stop", "eta",
            "promised_at", "promise_delta_min", "cause", "cause_zh", "cause_en", "action_zh",
            "action_en", "source", "exception", "contact",
        )
    )  # fmt: skip
    return empty | {
        "found": False,
        "asked": asked,
        "check_failed": found.check_failed,
        "also": [],
        "suggestions": list(found.suggestions),
        "place": _words("unknown", "", "", None, None),
        "stale": False,
        "risk": "unknown",
        "as_of": iso(eyes.now),
        "timeline": [],
        "requirements": [],
        "reply": reply.case,
        "reply_zh": reply.zh,
        "reply_en": reply.en,
        "sms_zh": reply.sms,
        "disclosure": "none",
        "callback_at": _iso(spoken.call_back(facts)),
    }


def _place(known: Known, eyes: Eyes) -> Answer:
    words = known.words
    code = None if known.site is None else known.site.code
    return {
        "place": _words(words.kind, words.text.zh, words.text.en, code, known.distance),
        "position": where_facts.position_out(known),
        "age_s": where_facts.age(known, eyes.now),
        "stale": known.stale,
        "as_of": iso(known.as_of),
        "source": known.source,
        "check_failed": False,
    }


def _words(kind: str, zh: str, en: str, site: str | None, distance: float | None) -> Answer:
    return {"text_zh": zh, "text_en": en, "kind": kind, "site": site, "distance_m": distance}


def _way(full: WaybillFull, where: Whereabouts, known: Known, eyes: Eyes) -> Answer:
    """How it stands to its line, and what is next; of the line nothing for those outside."""
    brief, ride = full.brief, where.ride
    inside = ride is not None and known.exact and not eyes.sight.outside
    ahead = brief.next_stop if known.facts.next_stop else None
    eta = waybill_out.eta_out(brief.next_p50, brief.next_p90, eyes.sight)
    return {
        "on_route": where_facts.is_on_route(ride) if ride is not None and inside else None,
        "off_m": ride.away if ride is not None and inside else None,
        "next_stop": None if ahead is None else {"site": waybill_out.site_out(ahead), "eta": eta},
    }


def _promise(full: WaybillFull, known: Known, eyes: Eyes) -> Answer:
    """When it is expected, against what was promised, and why not."""
    facts, brief = known.facts, full.brief
    low, high = spoken.bounds(facts)
    late = facts.p50 - facts.promised
    eta = None
    if isfinite(facts.p50):
        ends = waybill_out.eta_out(brief.p50, brief.p90, eyes.sight) or {}
        eta = {**ends, "window_from": _iso(low), "window_to": _iso(high)}
    reason = reason_of(facts.cause)
    told = facts.is_late or facts.risk is Risk.AT_RISK
    action = reason.done if facts.is_late else reason.doing
    if eyes.sight.outside and isfinite(late):
        late = spoken.quarter(late)
    return {
        "eta": eta,
        "promised_at": waybill_out.instant_out(brief.promised_at),
        "promise_delta_min": round(late / 60) if isfinite(late) else None,
        "risk": _risk(full, eyes),
        "cause": None if facts.cause is None else facts.cause.value,
        "cause_zh": (reason.cause.zh or "核实中") if told else None,
        "cause_en": (reason.cause.en or "being checked") if told else None,
        "action_zh": action.zh if told else None,
        "action_en": action.en if told else None,
    }


def _risk(full: WaybillFull, eyes: Eyes) -> str:
    hidden = eyes.sight.estimates is Grant.NONE
    return "unknown" if hidden else waybill_out.risk_word(full.brief)


def _exception(where: Whereabouts, eyes: Eyes) -> Answer | None:
    report = where.trouble
    if report is None:
        return None
    return {
        "number": report.number,
        "kind": report.kind.value,
        "found_at": iso(report.found_at),
        "due_at": None if eyes.sight.outside else iso(report.due_at),
    }


def _disclosure(known: Known, eyes: Eyes) -> str:
    """How much of the position was told: exact, coarse or none."""
    if known.spot is not None:
        return "exact" if known.exact else "coarse"
    if known.facts.aboard:
        return "none"
    return "coarse" if eyes.sight.position is Grant.COARSE else "exact"


def _iso(instant: float) -> str | None:
    return iso(datetime.fromtimestamp(instant, UTC)) if isfinite(instant) else None
