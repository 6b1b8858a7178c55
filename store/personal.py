"""Where a person's words may stand in the database: every column of text has its place here.

A test compares this with the database itself, so that a column that is added later cannot be
forgotten by an export or an erasure.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: Columns in which somebody may be named, by table: told by an export, rewritten by an erasure.
PERSONAL: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "alert": ("closed_why", "acknowledged_by", "assigned_to", "facts"),
        "alert_entry": ("author", "note"),
        "answer": ("principal", "asked", "content"),
        "api_key": ("name", "created_by"),
        "assignment": ("driver", "author", "reason"),
        "audit": ("principal", "subject", "why", "detail"),
        "booking": ("author", "reason", "ended_by", "ended_why"),
        "change": ("body",),
        "channel": ("name", "address", "author", "disabled_why"),
        "command": ("body", "requested_by", "detail"),
        "dead_letter": ("detail",),
        "detector": ("author",),
        "device_event": ("value",),
        "device_refusal": ("detail",),
        "evidence_file": ("name", "author"),
        "exception_entry": ("author", "before", "after", "note"),
        "exception_report": (
            "order_no", "description", "assigned_to", "cause", "result", "responsible",
            "feedback", "closed_by", "author",
        ),
        "expected_visit": ("author",),
        "fence_version": ("author", "reason"),
        "legal_hold": ("subject", "reason", "author", "lifted_by"),
        "milestone": ("author", "note"),
        "node": ("author", "reason", "note", "attachments"),
        "notice": ("key", "subject", "transition", "recipient", "address", "body"),
        "notice_rule": ("name", "recipient", "author"),
        "notice_try": ("detail",),
        "person": ("name", "shown", "driver", "contact", "created_by"),
        "plan": ("author", "reason"),
        "proof": ("signer", "note", "author"),
        "query": (
            "asker", "contact", "asked", "question", "handler", "finding", "reply", "author",
        ),
        "query_entry": ("author", "detail"),
        "refold": ("reason",),
        "route": ("author",),
        "scan": ("note", "author", "withdrawn_by", "withdrawn_why"),
        "session": ("address", "agent"),
        "share": ("note", "created_by", "revoked_by"),
        "stop_fact": ("author", "reason"),
        "stop_word": ("author", "reason"),
        "trip": ("created_by",),
        "trip_state": ("said_cause", "said_note", "said_by", "conditions"),
        "trip_step": ("author", "reason"),
        "vehicle_group": ("created_by",),
        "waybill": (
            "order_no", "shipper", "consignee", "phone", "address", "goods", "requirements",
            "author",
        ),
    }
)  # fmt: skip

#: Columns with names and codes of what is no person: companies, places, vehicles, devices, trips,
#: goods.  A person's word that stands in one is refused: it would be taken from the company.
BUSINESS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "alert": ("subject",),
        "channel": ("code",),
        "device": ("code",),
        "device_certificate": ("subject",),
        "fence": ("code",),
        "milestone": ("operator",),
        "node": ("operator",),
        "notice_rule": ("code",),
        "party": ("code", "name_zh", "name_en", "short"),
        "route": ("code", "name_zh", "name_en"),
        "site": ("code", "name_zh", "name_en"),
        "trip": ("code",),
        "vehicle": ("plate",),
        "vehicle_group": ("code", "name_zh", "name_en"),
    }
)

#: Columns with words of ours only (kinds, states, reasons of a list), numbers and measures.
OURS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "alert": ("kind", "subject_kind", "episode", "state", "closed_how"),
        "alert_entry": ("act",),
        "answer": ("role", "reply"),
        "api_key": ("role", "rights", "parties", "customers", "sites"),
        "audit": ("role", "act", "kind"),
        "change": ("kind",),
        "channel": ("kind",),
        "command": ("kind",),
        "dead_letter": ("device", "kind", "reason"),
        "detector": ("kind", "limits"),
        "device_certificate": ("fingerprint", "serial"),
        "device_event": ("kind",),
        "device_link": ("reason",),
        "device_refusal": ("kind",),
        "estimate": ("model",),
        "evidence_file": ("media",),
        "exception_entry": ("act",),
        "exception_report": ("number", "kind", "detail", "state"),
        "fence_version": ("shape", "role", "stop_rule", "hours", "confidence", "datum"),
        "installation": ("zone",),
        "job": ("name",),
        "learned": ("model", "kind", "key"),
        "legal_hold": ("kind",),
        "line": ("source",),
        "milestone": ("key", "kind", "source", "cause"),
        "model": ("version", "note"),
        "node": ("kind", "basis", "source", "evidence", "cause"),
        "notice": ("topic", "subject_kind", "language", "zone", "state"),
        "notice_rule": (
            "topics", "customers", "origins", "destinations", "to_kind", "language", "hours",
        ),
        "person": ("role", "parties", "customers", "sites", "language"),
        "proof": ("outcome",),
        "purge": ("what", "rule", "subject"),
        "query": ("number", "channel", "state", "department", "source", "reply_channel"),
        "query_entry": ("act",),
        "ride": ("from_basis", "to_basis"),
        "risk_change": ("cause", "split"),
        "scan": ("kind", "slot"),
        "schema_migration": ("name", "checksum"),
        "score": ("model",),
        "serial": ("short",),
        "site": ("zone",),
        "stop_fact": ("status",),
        "stop_word": ("status",),
        "trip_state": ("state", "model", "cause", "split"),
        "trip_step": ("event", "from_state", "to_state", "source"),
        "visit": ("state", "entered_basis", "entered_evidence", "left_basis", "left_evidence"),
        "waybill": ("number", "code", "contact"),
        "waybill_state": ("state", "cause"),
    }
)  # fmt: skip

#: Hashes and passwords: never told, and no words.
SECRET: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "channel": ("secret",),
        "device": ("credential", "pbkdf2", "next_credential", "next_pbkdf2"),
        "person": ("password",),
    }
)
