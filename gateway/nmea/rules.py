"""What the decoder may be told; each number has its unit and its reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Checksums(StrEnum):
    """What to do with a sentence that carries no checksum; a wrong one is always refused."""

    ACCEPT = "accept"  #: believe it, and raise ``Flag.UNCHECKED`` on the fix
    REJECT = "reject"  #: refuse it with ``Reason.UNCHECKED``


@dataclass(frozen=True, slots=True)
class Rules:
    """The decoder's settings."""

    #: many cheap terminals leave the checksum out, and their positions are good
    unchecked: Checksums = Checksums.ACCEPT
    #: s; how far a date may lie after the reference before a week rollover is repaired: a day,
    #: because a reference is often given as a bare date and the log is of that day
    ahead: float = 86_400.0
    #: s; how long a message may continue the one before it: an hour is far beyond any pause
    #: inside one epoch, and short enough that a time of day still names the day
    stream_gap: float = 3_600.0
