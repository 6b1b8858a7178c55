"""NMEA 0183 to fixes: pure, never raises, whatever the bytes.

``decode`` is for what arrives, ``decode_log`` for a file.  Inside: ``sentence`` frames bytes,
``reading`` reads one sentence, ``epoch`` fuses, dates and grades, ``message`` joins what a
terminal cut.  With the same answers, ``hot`` does the ordinary frames of a batch in arrays and
``plain`` an ordinary frame by itself.
"""

from gateway.nmea.decoder import Decoded, decode, decode_slowly
from gateway.nmea.log import DecodedLog, decode_log
from gateway.nmea.message import unfinished
from gateway.nmea.rules import Checksums, Rules

__all__ = [
    "Checksums",
    "Decoded",
    "DecodedLog",
    "Rules",
    "decode",
    "decode_log",
    "decode_slowly",
    "unfinished",
]
