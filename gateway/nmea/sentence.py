"""Bytes to sentences: framing and checksums.

A sentence is ``$`` (or ``!``), an address, ``,``, fields, ``*`` and two hexadecimal digits: the
exclusive or of everything between ``$`` and ``*`` (NMEA 0183, 5.3).  It ends at CR, LF, the next
``$``, or any byte that is not printable ASCII.  What terminals do beyond that and is tolerated:

* text before ``$`` on the same line (an IMEI, a tag block), up to 64 bytes;
* text after the checksum, and blanks around the star (``A * 72``);
* no checksum (a policy) and lower-case digits; no line end after the last sentence;
* sentences without a line end between them.

Everything else comes back as a ``Refusal``; bytes that are no sentence are one per stretch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from fleet.records import Reason

MAX_PREFIX = 64  #: bytes; an IMEI, a unit number or an NMEA 4.10 tag block
MAX_HALF = 512  #: bytes; an unfinished line longer than this is no sentence (the wire says 130)

#: Sentences with at least so many fields hold all that we read, also where the last is cut.
WHOLE = {"RMC": 11, "GGA": 14}

_CANDIDATE = re.compile(rb"(?:\$|!(?=[A-Z]{5},))[ -#%-~]*")
#: Talker and type, or P, maker and type; at the end of the bytes also the beginning of one.
_ADDRESS = re.compile(rb"[$!](?:(?:[A-Z][A-Z0-9]{4}|P[A-Z0-9]{2,9})[,*]|P?[A-Z0-9]{0,5}\Z)")
#: The ordinary sentence, whole; tried first because it is nearly all there is.
_ORDINARY = re.compile(rb"\$([A-OQ-Z][A-Z0-9]{4},[ -#%-)+-~]*)\*([0-9A-Fa-f]{2})\r\n")
_CHECKED = re.compile(rb"([^*]*)\*[ ]?([0-9A-Fa-f]{2})(.*)")
_TEXT_TAIL = re.compile(rb"[ -~]*\Z")
_BLANK = b"\r\n\t "


class Sentence(NamedTuple):
    """One sentence whose checksum holds, or is missing and nobody minds."""

    start: int  #: offset of ``$`` in the bytes given
    kind: str  #: ``RMC`` of ``$GPRMC``, but all of ``PGRMZ``: P is no talker
    fields: list[str]  #: what stands between the commas after the address
    checked: bool
    raw: bytes


class Refusal(NamedTuple):
    """A stretch of bytes that gave no sentence, and why."""

    start: int
    reason: Reason
    raw: bytes
    detail: str = ""


class Framed(NamedTuple):
    """What one buffer holds, in order."""

    parts: list[Sentence | Refusal]
    half: bytes = b""  #: the unfinished line at the end; empty if there is none
    used: bool = False  #: the half is also the last of ``parts`` (a sentence without checksum)


def checksum(body: bytes) -> int:
    """The exclusive or of all bytes.

    Folds one big integer onto itself: five times faster than a loop over a sentence.
    """
    number = int.from_bytes(body, "little")
    shift = 8 << max((len(body) - 1).bit_length(), 0)
    while shift > 8:  # noqa: PLR2004 (bits in a byte)
        shift >>= 1
        number ^= number >> shift
    return number & 0xFF


def frame(data: bytes) -> Framed:
    """Split ``data`` into sentences and refusals.  Never raises, whatever the bytes."""
    framer = _Framer(data)
    while framer.plain() or framer.candidate():
        pass
    return framer.rest()


@dataclass(slots=True)
class _Framer:
    """Where framing stands in one buffer."""

    data: bytes
    parts: list[Sentence | Refusal] = field(default_factory=list)
    done: int = 0  #: everything before is accounted for
    at: int = 0  #: where to look on; beyond ``done`` in a stretch that is no sentence
    half: bytes = b""
    used: bool = False

    def plain(self) -> bool:
        """Take the ordinary sentence that begins here, if one does."""
        match = _ORDINARY.match(self.data, self.at) if self.at == self.done else None
        if match is None or checksum(match[1]) != int(match[2], 16):
            return False
        kind, *fields = match[1].decode("ascii").split(",")
        raw = match[0][: -len(b"\r\n")]
        self.parts.append(Sentence(self.at, kind[2:], fields, checked=True, raw=raw))
        self.done = self.at = match.end()
        return True

    def candidate(self) -> bool:
        """Take the next thing that begins like a sentence; False at the end."""
        match = _CANDIDATE.search(self.data, self.at)
        if match is None or self.half:
            return False
        text, start, self.at = match[0], match.start(), match.end()
        if _ADDRESS.match(text) is None or (len(text) == 1 and self.at < len(self.data)):
            return True  # a "$" in a binary stretch, or in another vendor's text
        if start > self.done:
            _between(self.data[self.done : start], self.done, self.parts)
        after = self.data[self.at : self.at + 1]
        part, half, self.used = _read(text, start, after)
        self.done = self.at
        if part is not None:
            self.parts.append(part)
        if half:
            self.half = text
        elif self.data.startswith(b"\r\n", self.at):
            self.done = self.at = self.at + len(b"\r\n")
        return True

    def rest(self) -> Framed:
        """What was found, and the unfinished line behind it."""
        if self.half:
            return Framed(self.parts, self.half, self.used)
        start = _unfinished(self.data, self.done)
        if start > self.done:
            _junk(self.data[self.done : start], self.done, self.parts)
        return Framed(self.parts, self.data[start:])


def _between(gap: bytes, start: int, parts: list[Sentence | Refusal]) -> None:
    """Account for the bytes before a sentence: a prefix on its line is part of it."""
    tail = _TEXT_TAIL.search(gap)
    length = 0 if tail is None else len(tail[0])
    _junk(gap[: len(gap) - length] if length <= MAX_PREFIX else gap, start, parts)


def _junk(gap: bytes, start: int, parts: list[Sentence | Refusal]) -> None:
    if gap.strip(_BLANK):
        parts.append(Refusal(start, Reason.NOT_NMEA, gap))


def _unfinished(data: bytes, done: int) -> int:
    """Where an unfinished line without an address begins; ``len(data)`` if there is none."""
    tail = _TEXT_TAIL.search(data, max(done, len(data) - MAX_HALF - 1))
    if tail is None or len(tail[0]) > MAX_HALF or not tail[0].strip(_BLANK):
        return len(data)
    return tail.start()


def _read(text: bytes, start: int, after: bytes) -> tuple[Sentence | Refusal | None, bool, bool]:
    """One candidate, and the byte after it (none at the end of the buffer).

    Returns:
        What it is; whether it may go on in the next message; whether it is used already.
    """
    open_end = not after and len(text) <= MAX_HALF
    if b"*" not in text:
        return _unchecked(text, start, after)
    match = _CHECKED.match(text)
    if match is None:
        if open_end:
            return None, True, False
        reason = Reason.TORN if after == b"$" else Reason.CHECKSUM
        return Refusal(start, reason, text, "the checksum is cut short"), False, False
    body, given, rest = match.groups()
    wanted = int(given, 16)
    held = checksum(body[1:]) == wanted
    if not held and body.endswith(b" "):
        body = body.rstrip()  # "A * 72": the blank is the terminal's, not the receiver's
        held = checksum(body[1:]) == wanted
    if not held:
        return Refusal(start, Reason.CHECKSUM, text), False, False
    goes_on = open_end and bool(rest)
    return _sentence(body, start, text, checked=True), goes_on, goes_on


def _unchecked(
    text: bytes, start: int, after: bytes
) -> tuple[Sentence | Refusal | None, bool, bool]:
    """A candidate without a star: whole at a line end, torn at ``$`` or binary, else half."""
    if after in (b"\r", b"\n"):
        if b"," not in text:
            return Refusal(start, Reason.MALFORMED, text), False, False
        return _sentence(text, start, text, checked=False), False, False
    if after or len(text) > MAX_HALF:
        return Refusal(start, Reason.TORN, text), False, False
    sentence = _sentence(text, start, text, checked=False)
    whole = len(sentence.fields) >= WHOLE.get(sentence.kind, MAX_HALF)
    return (sentence if whole else None), True, whole


def _sentence(body: bytes, start: int, raw: bytes, *, checked: bool) -> Sentence:
    """Split a body.  An address that begins with P is a maker's own, not a talker's."""
    address, *fields = body.decode("ascii").split(",")
    talker = len(address) == len("$GPRMC") and address[1] != "P"
    return Sentence(start, address[3:] if talker else address[1:], fields, checked, raw)
