"""The wire between terminals and the gateway: topics, payloads, limits.  Version 1.

Everything is MQTT 3.1.1 (or 5), QoS 1, below ``fleet/v1/<device>/``:

=============  =========  ==========================================================
last part      direction  payload
=============  =========  ==========================================================
``nmea``       up         NMEA 0183 sentences, CRLF separated, of one or more epochs
``event``      up         JSON ``{"time": <s>, "kind": <EventKind>, "value": <any>}``
``status``     up         retained JSON ``{"time": <s>, "online": bool, "reason": str}``;
                          the last will is the same with ``online: false``
``cmd``        down       JSON ``{"id": str, "kind": <CommandKind>, "body": {...}}``
``cmd/ack``    up         JSON ``{"id": str, "time": <s>, "ok": bool, "detail": str}``
=============  =========  ==========================================================

``<s>`` is a number: seconds since 1970-01-01T00:00:00Z by the device's clock.  A device
may publish only below its own topic and subscribe only to its own ``cmd``.

An ``nmea`` message is self-contained: whole sentences, every epoch dated from within the
message.  RMC + GGA (+ VTG, GSA, GSV) of one epoch are one fix.  Joining a torn tail to
the next message of the same connection is a tolerance for in-order streams.

Two limits of brokers decide whether "acknowledged after commit" works: the in-flight
window must hold a full batch (Mosquitto's
``max_inflight_messages`` is 20 by default), and the queue for an absent subscriber must
not drop (``max_queued_messages`` is 1,000 by default and drops what was acknowledged).
"""

from __future__ import annotations

import re
from enum import StrEnum

PREFIX = "fleet/v1"
#: Where a broker that divides the devices hands on what came below ``PREFIX``: the number of
#: the partition follows, then the device.  Nobody publishes here.
PARTED = "fleet/p"
QOS = 1
MAX_PAYLOAD = 64 * 1024  #: bytes; about 450 epochs of RMC + GGA, a quarter of an hour at 2 s
MAX_SENTENCE = 130  #: bytes, '$' to LF; NMEA 0183 says 82, gpsd has met 119 in the field

#: MQTT users of our own: the gateway, the operator's tools, benchmarks.  No device's name.
OUR_USERS = frozenset({"gateway", "operator", "bench"})

_DEVICE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PARTED = re.compile(re.escape(PARTED) + r"/[0-9]+/")


class Kind(StrEnum):
    """The last part of a topic."""

    NMEA = "nmea"
    EVENT = "event"
    STATUS = "status"
    CMD = "cmd"
    ACK = "cmd/ack"


#: What the gateway subscribes to.
UPLINK = (Kind.NMEA, Kind.EVENT, Kind.STATUS, Kind.ACK)


class EventKind(StrEnum):
    """What a terminal reports besides positions; ``value`` in brackets."""

    IGNITION = "ignition"  #: [bool]
    SOS = "sos"  #: [bool]
    POWER_CUT = "power_cut"  #: [bool]
    DOOR = "door"  #: [bool: open]
    ODOMETER = "odometer"  #: [m]
    FUEL = "fuel"  #: [share of the tank, 0 to 1]
    TEMPERATURE = "temperature"  #: [degrees Celsius]


class CommandKind(StrEnum):
    """What a terminal can be told; ``body`` in brackets."""

    INTERVAL = "interval"  #: [{"seconds": s while moving}]
    LOCATE = "locate"  #: [{}] report at once
    MESSAGE = "message"  #: [{"text": str}] show to the driver


def is_device(name: str) -> bool:
    """Whether ``name`` is a device name: 1 to 64 of ``[A-Za-z0-9_-]``, none of our own users."""
    return _DEVICE.fullmatch(name) is not None and name not in OUR_USERS


def topic(device: str, kind: Kind) -> str:
    """The topic of ``kind`` for one device; ``+`` as the device makes a filter for all."""
    return f"{PREFIX}/{device}/{kind}"


def uplink_filters(share: str = "", partition: int | None = None) -> list[str]:
    """What a gateway subscribes to: of all devices, or those of one partition.

    Args:
        share: group of gateways among which the broker divides the messages; "": none.
        partition: number of the partition, where the broker divides the devices.
    """
    before = PREFIX if partition is None else f"{PARTED}/{partition}"
    group = f"$share/{share}/" if share else ""
    return [f"{group}{before}/+/{kind}" for kind in UPLINK]


def parse_topic(text: str) -> tuple[str, Kind] | None:
    """The device and kind that a topic names; None if it is outside this definition.

    A topic of a partition names the same as the one that the device published to.
    """
    head, _, rest = text.partition(f"{PREFIX}/")
    if head:
        parted = _PARTED.match(text)
        if parted is None:
            return None
        rest = text[parted.end() :]
    device, _, kind = rest.partition("/")
    if not is_device(device) or kind not in set(Kind):
        return None
    return device, Kind(kind)
