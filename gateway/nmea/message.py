"""One message to rows and refusals, with what a stream carries from message to message.

A message should be self-contained.  Where a terminal cuts its byte stream anywhere, three things
are carried to its next message: the unfinished sentence, the sentences of the last epoch (its
row is given at once, and again, richer, when the rest has come), and the last instant, which
dates an epoch that has no date.  A message that is self-contained never looks at any of them.

The result of a stream does not depend on where it is cut, from its first date on, with two
exceptions, both when a cut falls exactly behind a self-contained message, after which nothing
is carried: what follows of that epoch is then a message of its own, and is refused if it gives
no fix; and the poorer row of an epoch is graded by itself, so an HDOP above 5 that comes with
the rest makes the richer row the worse one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from fleet.records import Reason
from gateway.nmea.epoch import ALONE, Before, Epoch, Row, fuse, gather, instants
from gateway.nmea.reading import Reading, Unreadable, read
from gateway.nmea.rules import Checksums, Rules
from gateway.nmea.sentence import Framed, Refusal, Sentence, frame

VERSION = b"1"  #: of the carried state; another version is forgotten
MAX_KEPT = 1_200  #: bytes; an epoch of RMC, GGA, GNS, GLL, ZDA, VTG and six GSA
LINE = b"\r\n"
STARTS = (b"$", b"!")

Said = list[tuple[Reading, Sentence]]


@dataclass(frozen=True, slots=True)
class Carried:
    """What is kept of a stream; ``pack`` and ``unpack`` are its stored form."""

    received: float  #: s; of the message it was kept from
    context: int | None = None  #: ms; the last instant
    kept: bytes = b""  #: the sentences of the last epoch, each with its line end
    half: bytes = b""  #: the unfinished sentence
    used: bool = False  #: the half has given its reading already

    def pack(self) -> bytes:
        """At most 2 KiB."""
        context = "-" if self.context is None else str(self.context)
        head = f" {self.received!r} {context} {len(self.kept)} {int(self.used)}\n"
        return VERSION + head.encode() + self.kept + self.half

    @classmethod
    def unpack(cls, state: bytes) -> Carried | None:
        """What ``pack`` made; None for nothing, and for what no present version wrote."""
        head, newline, body = state.partition(b"\n")
        words = head.split(b" ")
        if not newline or words[0] != VERSION or len(words) != 5:  # noqa: PLR2004 (as packed)
            return None
        try:
            received, kept, used = float(words[1]), int(words[3]), words[4] == b"1"
            context = None if words[2] == b"-" else int(words[2])
        except ValueError:
            return None
        return cls(received, context, body[:kept], body[kept:], used)


class Refused(NamedTuple):
    """A reject before it is known from which frame."""

    reason: Reason
    raw: bytes
    detail: str = ""


@dataclass(slots=True)
class Message:
    """What one message gave."""

    rows: list[Row] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    state: bytes = b""


class Content(NamedTuple):
    """A buffer, understood."""

    framed: Framed
    said: Said
    epochs: list[Epoch]
    at: list[int | None]


def decode_message(payload: bytes, state: bytes, received: float, rules: Rules) -> Message:
    """One message of a device whose stream left ``state``.  Never raises, whatever the bytes."""
    carried = Carried.unpack(state) if state else None
    if carried is not None and abs(received - carried.received) > rules.stream_gap:
        message = decode_message(payload, b"", received, rules)
        message.refused[:0] = _lost(carried)
        return message
    message = Message()
    content = _understand(frame(payload), rules, ALONE, message)
    if _self_contained(payload, content):
        _conclude(content, message)
        message.refused[:0] = interrupted(state)
        return message
    if carried is not None:
        return _continued(payload, carried, received, rules)
    _conclude(content, message)
    if content.framed.parts or content.framed.half.startswith(STARTS):
        message.state = _carry(content, received, None)
    if not (message.rows or message.refused or (content.framed.half and message.state)):
        message.refused.append(_empty(payload, content))
    return message


def decode_whole(data: bytes, rules: Rules) -> Message:
    """A file: one message without limit, whose last line needs no line end."""
    message = Message()
    _conclude(_understand(frame(data + LINE), rules, ALONE, message), message)
    return message


def abandoned(state: bytes) -> list[Refused]:
    """What is lost when ``state`` is never continued: an unfinished line."""
    carried = Carried.unpack(state)
    return _lost(carried) if carried is not None else []


def interrupted(state: bytes) -> list[Refused]:
    """What is lost when a self-contained message follows: text before its ``$`` is a prefix."""
    return [refused for refused in abandoned(state) if refused.raw.startswith(STARTS)]


def unfinished(state: bytes) -> list[bytes]:
    """The bytes that are lost when ``state`` is never continued."""
    return [refused.raw for refused in abandoned(state)]


def _lost(carried: Carried) -> list[Refused]:
    return [] if carried.used or not carried.half else [Refused(Reason.TORN, carried.half)]


def _empty(payload: bytes, content: Content) -> Refused:
    """A message that gave neither fix nor refusal: only GSV or TXT, or nothing at all."""
    if content.framed.parts:
        return Refused(Reason.NO_POSITION, payload, "no sentence with a position")
    return Refused(Reason.NOT_NMEA, payload, "no sentence")


def _self_contained(payload: bytes, content: Content) -> bool:
    """Whole sentences, and every epoch complete and dated by itself (or without position)."""
    parts = content.framed.parts
    if content.framed.half or not parts or not content.epochs or payload[:1] in LINE:
        return False
    if isinstance(parts[0], Refusal) and parts[0].reason is Reason.NOT_NMEA:
        return False
    return all(
        epoch.complete and (epoch.day is not None or fuse(epoch, None) is Reason.NO_POSITION)
        for epoch in content.epochs
    )


def _understand(framed: Framed, rules: Rules, before: Before, message: Message) -> Content:
    """Readings, epochs and their instants; what cannot be read is refused."""
    said: Said = []
    for part in framed.parts:
        if isinstance(part, Refusal):
            message.refused.append(Refused(part.reason, part.raw, part.detail))
        elif not part.checked and rules.unchecked is Checksums.REJECT:
            message.refused.append(Refused(Reason.UNCHECKED, part.raw))
        else:
            reading = read(part)
            if isinstance(reading, Reading):
                said.append((reading, part))
            elif isinstance(reading, Unreadable):
                message.refused.append(Refused(reading.reason, part.raw, reading.detail))
    epochs = gather(said)
    return Content(framed, said, epochs, instants(epochs, before))


def _conclude(content: Content, message: Message, first: int = 0) -> None:
    """A row or a refusal for every epoch from ``first`` on that has a position to give."""
    for epoch, at in zip(content.epochs[first:], content.at[first:], strict=True):
        outcome = fuse(epoch, at)
        if isinstance(outcome, Row):
            message.rows.append(outcome)
        elif outcome is not None:
            raw = LINE.join(sentence.raw for sentence in epoch.sentences)
            message.refused.append(Refused(outcome, raw))


def _carry(content: Content, received: float, context: int | None) -> bytes:
    """The state after ``content``; empty if it leaves nothing to continue."""
    framed = content.framed
    if not content.epochs and not framed.half and context is None:
        return b""
    kept = b""
    for sentence in content.epochs[-1].sentences if content.epochs else ():
        line = sentence.raw + LINE
        unfinished = framed.used and sentence is framed.parts[-1]
        if not unfinished and len(kept) + len(line) <= MAX_KEPT:
            kept += line
    context = next((at for at in reversed(content.at) if at is not None), context)
    return Carried(received, context, kept, framed.half, framed.used).pack()


def _continued(payload: bytes, carried: Carried, received: float, rules: Rules) -> Message:
    """A message joined to what its stream carries."""
    message = Message()
    seen = len(carried.kept) + (len(carried.half) if carried.used else 0)
    before = Before(carried.context, int(rules.stream_gap * 1000), min(seen, 1))
    old = _understand(frame(carried.kept + carried.half), rules, before, Message())
    framed = frame(carried.kept + carried.half + payload)
    if carried.used:
        framed = _without_loss(framed, old.framed, len(carried.kept))
    content = _understand(framed, rules, before, message)
    first = 1 if content.epochs and content.epochs[0].sentences[0].start < seen else 0
    if first:
        _revise(old, content, seen, message)
    _conclude(content, message, first)
    message.state = _carry(content, received, carried.context)
    if not payload:
        message.refused.append(Refused(Reason.NOT_NMEA, payload, "no sentence"))
    return message


def _without_loss(framed: Framed, before: Framed, at: int) -> Framed:
    """``framed``, where a sentence that was whole before its line went on stays what it was."""
    parts: Sequence[Sentence | Refusal] = framed.parts
    return Framed(
        [
            before.parts[-1] if isinstance(part, Refusal) and part.start == at else part
            for part in parts
        ],
        framed.half,
        framed.used,
    )


def _revise(old: Content, content: Content, seen: int, message: Message) -> None:
    """Give the carried epoch again if this message has changed it."""
    epoch, at = content.epochs[0], content.at[0]
    outcome = fuse(epoch, at)
    before = fuse(old.epochs[0], old.at[0]) if old.epochs else None
    fresh = [sentence.raw for sentence in epoch.sentences if sentence.start >= seen]
    if isinstance(outcome, Row):
        if outcome != before:
            message.rows.append(outcome)
    elif outcome is not None and fresh:
        message.refused.append(Refused(outcome, LINE.join(fresh)))
