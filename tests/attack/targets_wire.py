"""What terminals, routing engines and recordings send."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import nan

import numpy as np
import orjson

from firmware_sim import recording
from firmware_sim.device import Settings, Terminal
from fleet import wire
from fleet.errors import Invalid
from fleet.records import Frame, Reason
from fleet.wire import Kind
from gateway.memory import blank, pack
from gateway.nmea import decode_log, decode_slowly
from gateway.nmea.decoder import decode_few, decode_many
from gateway.pipeline import Rules, conclude, read
from tests.attack.target import Target
from tests.factories import MORNING, epoch, frame, sentence, world
from tests.gateway.nmea.talker import rows

_CUT = b"\x00|"  #: between two messages of an input
_DEVICES = ("d0", "d1", "d0", "stranger")
_RULES, _WORLD = Rules(), world()
_TALK = tuple(
    word.encode()
    for word in (
        *("$GPRMC,", "$GNGGA,", "$GPVTG,", "$GPZDA,", "$GNGNS,", "$GPGLL,", "$GPGSA,", "$GPGSV,"),
        *(",A,", ",V,", ",N,", ",E,", "*00", "\r\n", "010326", "080000.000", "\\n:1*hh\\", "$"),
    )
)


def _payloads() -> Sequence[bytes]:
    good = [epoch(MORNING + 10 * i, 114.3 + 0.001 * i, 30.6) for i in range(4)]
    others = [
        sentence("GPZDA,080000.00,01,03,2026,00,00")
        + sentence("GPGLL,3036.0,N,11418.0,E,080000,A"),
        sentence("GNGNS,080000.00,3036.0,N,11418.0,E,AA,09,0.9,40.0,0.0,,") + good[1][:60],
        sentence("GPVTG,90.0,T,,M,20.0,N,37.0,K,A"),
    ]
    return [b"".join(good), _CUT.join([good[0][:50], good[0][50:], good[2]]), *others]


def check_nmea(data: bytes) -> None:
    """The account closes, and the quick ways of the decoder say what the slow one says."""
    frames = [
        frame(_DEVICES[number % len(_DEVICES)], payload, MORNING + 600)
        for number, payload in enumerate(data.split(_CUT))
    ]
    said = read(frames, _WORLD, {}, _RULES)
    outcome = conclude(said.fixes, said.events, blank(3), _WORLD, _RULES)
    ends = len(outcome.fixes) + outcome.repeats + len(outcome.losers)
    assert ends == len(said.fixes), "a fix without an end"
    settled = set(said.fixes.frame.tolist()) | {reject.frame for reject in said.rejects}
    ended = {frames[number].device for number in settled}
    for one in frames:
        assert one.device in ended or said.carried.get(one.device), "a message without an outcome"
    assert all(len(state) <= 4096 for state in said.carried.values())
    assert np.isfinite(outcome.fixes.time).all()
    assert (np.abs(outcome.fixes.lat) <= 90).all()
    assert (np.abs(outcome.fixes.lon) <= 180).all()
    pack(outcome.memory)
    ours = [one for one in frames if one.device != "stranger"]
    slow = decode_slowly(ours, {}, _RULES.nmea, nan)
    for way in (decode_few, decode_many):
        quick = way(ours, {}, _RULES.nmea, nan)
        assert rows(quick.fixes) == rows(slow.fixes), way.__name__
        assert quick.carried == slow.carried, way.__name__
        said_so = sorted((r.frame, r.reason, r.raw) for r in slow.rejects)
        assert sorted((r.frame, r.reason, r.raw) for r in quick.rejects) == said_so


_KINDS = (Kind.EVENT, Kind.STATUS, Kind.ACK)


def _messages() -> Sequence[bytes]:
    said = [
        {"time": MORNING, "kind": "ignition", "value": True},
        {"time": MORNING, "online": False, "reason": "lost"},
        {"id": "c1", "time": MORNING, "ok": True, "detail": ""},
        {"id": "c1", "kind": "interval", "body": {"seconds": 10}},
    ]
    return [b"%d" % number + orjson.dumps(each) for number, each in enumerate(said)]


def check_messages(data: bytes) -> None:
    """JSON of terminals and orders to them, and topics: each has one outcome that can be kept."""
    kind, payload = _KINDS[data[0] % 3 if data else 0], data[1:]
    one = Frame("d0", kind, payload, MORNING + 1, retained=data[:1] > b"8")
    said = read([one], _WORLD, {}, _RULES)
    taken = len(said.events) + len(said.links) + len(said.replies)
    assert taken + len(said.rejects) == 1
    assert all(reject.reason is Reason.BAD_EVENT for reject in said.rejects)
    for event in said.events:
        assert b"\x00" not in event.value
        orjson.loads(event.value)
    kept = [link.reason for link in said.links]
    kept += [text for reply in said.replies for text in (reply.id, reply.detail)]
    for text in kept:
        assert b"\x00" not in text.encode()
    conclude(said.fixes, said.events, blank(3), _WORLD, _RULES)
    _obey(payload)
    _name(payload.decode(errors="replace"))


def _obey(payload: bytes) -> None:
    told = Terminal("d0", Settings())
    told.connected(MORNING)
    for message in told.received(MORNING, payload):
        if message.kind is Kind.ACK:
            json.loads(message.payload)


def _name(topic: str) -> None:
    found = wire.parse_topic(topic)
    assert found is None or wire.topic(*found) == topic


_GPX = (
    b'<?xml version="1.0"?><gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">'
    b'<trk><trkseg><trkpt lat="30.6" lon="114.3"><ele>4</ele><time>2026-03-01T08:00:00Z</time>'
    b'</trkpt><trkpt lat="30.7" lon="114.3"><time>2026-03-01T08:01:00Z</time></trkpt></trkseg>'
    b"</trk></gpx>"
)


def check_recordings(data: bytes) -> None:
    """A log or a track on somebody's disk is read, or refused in words."""
    decode_log(data)
    try:
        found = recording.read(data)
    except Invalid:
        return
    for each in found.shifted(3600).epochs:
        decode_log(each.payload)


TARGETS = (
    Target("nmea", check_nmea, _payloads, _TALK),
    Target(
        "messages",
        check_messages,
        _messages,
        (
            b'"time":',
            b'"kind":',
            b'"value":',
            b'"online":',
            b'"id":',
            b"\\u0000",
            b"\\ud800",
            b"1e999",
            b"fleet/v1/",
            b"/nmea",
            b"/cmd/ack",
            b"interval",
            b"locate",
            b"message",
        ),
    ),
    Target(
        "recordings",
        check_recordings,
        lambda: [*_payloads(), _GPX],
        (*_TALK, b"<trkpt ", b"<wpt ", b"<rtept ", b"<!ENTITY", b"<!DOCTYPE", b"#"),
    ),
)
