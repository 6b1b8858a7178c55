"""Alerts as the plain values of JSON; the models are in ``alert_schemas``."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from fleet.alert_views import AlertEntry, AlertNews, AlertView
from fleet.alerts import AlertKind
from shipment.alert_words import text
from shipment.detect.limits import DEFAULTS, LEAST, MOST, Limits, settled, severity_of
from shipment.playbooks import PLAYBOOKS, steps
from store.detectors import Setting
from tracker_api.plain import iso

#: Of facts: what only the wording needs.
_HIDDEN = frozenset({"zone"})


def alert_out(view: AlertView) -> dict[str, Any]:
    """``view`` as an ``AlertOut``."""
    zh, en = text(view.kind, view.subject_kind, view.subject, view.facts)
    steps_zh, steps_en = steps(view.kind, view.facts)
    book = PLAYBOOKS[view.kind]
    return {
        "id": view.id,
        "kind": view.kind.value,
        "name_zh": book.zh,
        "name_en": book.en,
        "subject_kind": view.subject_kind.value,
        "subject": view.subject,
        "episode": view.name,
        "severity": int(view.severity),
        "state": view.state.value,
        "began_at": iso(view.began_at),
        "opened_at": iso(view.opened_at),
        "changed_at": iso(view.changed_at),
        "closed_at": _iso(view.closed_at),
        "closed_how": None if view.closed_how is None else view.closed_how.value,
        "closed_why": view.closed_why or None,
        "acknowledged_at": _iso(view.acknowledged_at),
        "acknowledged_by": view.acknowledged_by,
        "assigned_to": view.assigned_to,
        "snoozed_until": _iso(view.snoozed_until),
        "escalated_at": _iso(view.escalated_at),
        "vehicle": view.vehicle,
        "trip": view.trip,
        "waybill": view.waybill,
        "site": view.site,
        "text_zh": zh,
        "text_en": en,
        "playbook_zh": steps_zh,
        "playbook_en": steps_en,
        "facts": {name: value for name, value in view.facts.items() if name not in _HIDDEN},
        "exception": view.exception,
    }


def entry_out(entry: AlertEntry) -> dict[str, Any]:
    """``entry`` as an ``AlertEntryOut``."""
    return {
        "number": entry.number,
        "at": iso(entry.at),
        "act": entry.act,
        "author": entry.author,
        "note": entry.note,
        "severity": int(entry.severity),
    }


def news_out(news: AlertNews) -> dict[str, Any]:
    """``news`` as an ``AlertNewsOut``: the alert as it stands, and what became of it."""
    return {**alert_out(news.alert), "entry": entry_out(news.entry)}


def detector_out(kind: AlertKind, setting: Setting | None) -> dict[str, Any]:
    """A detector as it is set, as a ``DetectorOut``."""
    detector = settled([] if setting is None else [setting])[kind]
    limits, severity = DEFAULTS[kind]
    book = PLAYBOOKS[kind]
    return {
        "kind": kind.value,
        "name_zh": book.zh,
        "name_en": book.en,
        "enabled": detector.enabled,
        "severity": int(severity_of(detector)),
        "default_severity": int(severity),
        "limits": _limits_out(kind, detector.limits, limits),
        "revision": detector.revision,
        "author": detector.author or None,
        "changed_at": None if setting is None else iso(setting.changed_at),
        "playbook_zh": list(book.steps_zh),
        "playbook_en": list(book.steps_en),
    }


def _limits_out(kind: AlertKind, now: Limits, before: Limits) -> list[dict[str, Any]]:
    values, defaults = asdict(now), asdict(before)
    return [
        {
            "name": each.name,
            "value": values[each.name],
            "default": defaults[each.name],
            "least": LEAST.get((kind, each.name), 0.0),
            "most": MOST,
        }
        for each in fields(before)
    ]


def _iso(at: datetime | None) -> str | None:
    return None if at is None else iso(at)
