"""What the embedded broker refused, read from its log.

MQTT 3.1.1 has no answer for a publish that is forbidden: the broker acknowledges it, throws it
away and writes a line.  Read here, so that it does not stay between the broker and a file.
A line names the connection, not the user; whose it was the broker's monitor tells.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Literal

Kind = Literal["publish", "subscribe", "login", "tls"]

_MOST = 1 << 20  #: bytes of log read at a look; what floods the log is then told of in parts
_VIOLATION = re.compile(
    r'mid:(?P<mid>\d+) - ".*" - (?P<what>Publish|Subscription) Violation - .*'
    r'Subject "(?P<subject>.*?)"(?:, SID .*)?$'
)
_LOGIN = re.compile(r'mid:\d+ - ".*" - authentication error(?: - User "(?P<user>.*)")?$')
_TLS = re.compile(r"mid:\d+ - TLS handshake error: (?P<why>.+)$")
#: Whoever only knocks: a health check, a scan of ports.
_KNOCK = ("EOF", "connection reset by peer")
_LONGEST = 200  #: characters of what a stranger has written


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that the broker did not let somebody do."""

    kind: Kind
    detail: str  #: the topic, the name that was given, or why no encryption came about
    user: str = ""  #: of a login: as it was given; "": nobody known
    connection: int | None = None  #: of a violation: the broker's number of the connection


def parse(line: str) -> Refusal | None:
    """What a line of the log tells; None: of no refusal."""
    if found := _VIOLATION.search(line):
        kind: Kind = "publish" if found["what"] == "Publish" else "subscribe"
        return Refusal(kind, _topic(found["subject"]), connection=int(found["mid"]))
    if found := _LOGIN.search(line):
        user = (found["user"] or "")[:_LONGEST]
        return Refusal("login", user, user=user)
    found = _TLS.search(line)
    if found is None or found["why"].endswith(_KNOCK):
        return None
    return Refusal("tls", found["why"][:_LONGEST])


class LogTail:
    """Reads what is written to a log from now on, across its turning over."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BufferedReader | None = None
        self._torn = b""
        if path.exists():
            self._open().seek(0, 2)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def lines(self) -> Iterator[str]:
        """Whole lines that came since the last look, at most about a megabyte of them."""
        budget = _MOST
        while budget > 0:
            read = self._open().read(budget) if self._path.exists() else b""
            if not read:
                if not self._turned_over():
                    return
                self.close()
                continue
            budget -= len(read)
            *whole, self._torn = (self._torn + read).split(b"\n")
            for line in whole:
                yield line.decode(errors="replace")

    def _open(self) -> BufferedReader:
        if self._file is None:
            self._file = self._path.open("rb")
        return self._file

    def _turned_over(self) -> bool:
        """Whether the path leads to another file than the one that was read to its end."""
        if self._file is None or not self._path.exists():
            return False
        return self._path.stat().st_ino != _inode(self._file)


def _inode(file: BufferedReader) -> int:
    return os.fstat(file.fileno()).st_ino


def _topic(subject: str) -> str:
    """The MQTT topic that the broker writes as a subject; a dot in a level is written ``//``."""
    words = {">": "#", "*": "+"}
    levels = subject.replace("//", "\0").split(".")
    return "/".join(words.get(level, level) for level in levels).replace("\0", ".")[:_LONGEST]
