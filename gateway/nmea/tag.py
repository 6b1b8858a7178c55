r"""The TAG block before a message's first sentence, for the number that it may give.

NMEA 0183 4.10 puts ``\`` parameters ``*`` checksum ``\`` before a sentence; ``n:123`` is a
number that its sender counts up by one.  Terminals that number their messages show what was
lost on the way.  Nothing else of a block is read, and none but the first of a message.
"""

from __future__ import annotations

import re

from gateway.nmea.sentence import checksum

BEGINS = b"\\"
MAX_NUMBER = 2**31

_BLOCK = re.compile(
    rb"\\((?:[ -#%-)+-\[\]-~]*,)?n:(\d{1,10})(?:,[ -#%-)+-\[\]-~]*)?)\*([0-9A-Fa-f]{2})\\"
)
_LONGEST = 80  #: bytes (NMEA 0183 4.10)


def read_tag(payload: bytes) -> tuple[int, bytes] | None:
    """The number that ``payload`` begins with, and what follows its block.

    None where there is no block, its checksum does not hold, or it gives no number.
    """
    match = _BLOCK.match(payload, 0, _LONGEST + len(b"\\\\"))
    if match is None or checksum(match[1]) != int(match[3], 16) or int(match[2]) > MAX_NUMBER:
        return None
    return int(match[2]), payload[match.end() :]
