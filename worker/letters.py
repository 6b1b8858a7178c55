"""What is sent for a notice: a CloudEvent for a system, title and text for people.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from standardwebhooks import Webhook

from shipment import wording
from store.outbox import Pending

#: Bytes of a body; receivers of Standard Webhooks need not take more.
LARGEST = 20_000


def body_of(notice: Pending) -> Mapping[str, Any]:
    """What is told; a correction without words of its own says that what was told was wrong."""
    if notice.wrong is not None and not notice.body.get("zh") and not notice.body.get("en"):
        return wording.correction(notice.wrong)
    return notice.body


def event(notice: Pending, source: str) -> bytes:
    """A CloudEvent 1.0 in structured mode; ``source`` and ``id`` together are unique."""
    told = body_of(notice)
    data: dict[str, Any] = {
        "topic": notice.topic,
        "subject_kind": notice.subject_kind,
        "subject": notice.subject,
        "transition": notice.transition,
        "severity": notice.severity,
        "zh": told.get("zh"),
        "en": told.get("en"),
        **({"corrects": notice.corrects} if notice.corrects else {}),
    }
    envelope = {
        "specversion": "1.0",
        "id": notice.id,
        "source": source,
        "type": f"milepost.{notice.topic}" + (".corrected" if notice.corrects else ""),
        "subject": f"{notice.subject_kind}/{notice.subject}",
        "time": notice.happened_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
    }
    whole = orjson.dumps(envelope | {"data": data | {"facts": told.get("data")}})
    if len(whole) <= LARGEST:
        return whole
    return orjson.dumps(envelope | {"data": data | {"facts": None, "shortened": True}})


def headers(notice: Pending, content: bytes, now: datetime) -> dict[str, str]:
    """Of a webhook, signed by Standard Webhooks: the same id on every try, a time of its own.

    Raises:
        ValueError: the channel's secret is none.
    """
    if not notice.secret:
        raise ValueError("its channel has no secret")
    stamp = now.astimezone(UTC).replace(microsecond=0)
    signature = Webhook(notice.secret).sign(notice.id, stamp, content.decode())
    return {
        "content-type": "application/cloudevents+json; charset=utf-8",
        "user-agent": "milepost",
        "webhook-id": notice.id,
        "webhook-timestamp": str(int(stamp.timestamp())),
        "webhook-signature": signature,
    }


def message(notice: Pending) -> tuple[str, str]:
    """Title and text for people.  An SMS has no title: its text stands alone."""
    title, text = wording.message(body_of(notice), notice.language)
    channel = notice.channel
    if channel.is_direct and not channel.is_mail:
        return "", text
    if channel.is_mail and notice.subject not in title:
        return f"{title} {notice.subject}".strip(), text
    return title, text
