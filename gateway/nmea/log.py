"""A whole file of NMEA, as ``milepost decode`` reads it: comments, binary stretches and all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import nan

import numpy as np

from fleet.records import FixBatch, Flag, Reason, Reject
from gateway.nmea.decoder import DEFAULTS, to_batch
from gateway.nmea.epoch import repaired
from gateway.nmea.message import decode_whole
from gateway.nmea.rules import Rules

MAX_STEP = 10.0  #: s; over a longer gap the mean speed says little about the speed
EQUATOR = 6_378_137.0  #: m; WGS 84, semi-major axis
ECCENTRICITY_2 = 6.694_379_990_14e-3  #: WGS 84, first eccentricity squared

_COMMENT = re.compile(rb"^#[^\r\n]*(?:\r\n|\r|\n|\Z)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DecodedLog:
    """What a file gave."""

    fixes: FixBatch  #: in order of the file, void ones too; device, vehicle -1; received NaN
    rejects: tuple[Reject, ...]
    comments: int  #: lines that begin with ``#``
    stretches: int  #: stretches of bytes that are no sentence (binary protocols, other text)
    refused: Mapping[Reason, int]  #: the other rejects, by reason


def decode_log(data: bytes, rules: Rules = DEFAULTS, reference: float = nan) -> DecodedLog:
    """Every fix of a file.  Reads no clock and never raises, whatever the bytes.

    Args:
        data: the file; its epochs date each other, as those of one message do.
        rules: the settings.
        reference: s; the instant against which week rollover is repaired; NaN repairs nothing.
    """
    text, comments = _COMMENT.subn(b"", data)
    message = decode_whole(text, rules)
    rows = [repaired(row, reference, rules.ahead) for row in message.rows]
    count = len(rows)
    fixes = to_batch(rows, [nan] * count, [0] * count) if rows else FixBatch.empty()
    fixes = with_speed(fixes)
    rejects = tuple(Reject(r.reason, r.raw, 0, r.detail) for r in message.refused)
    refused = Counter(reject.reason for reject in rejects)
    stretches = refused.pop(Reason.NOT_NMEA, 0)
    return DecodedLog(fixes, rejects, comments, stretches, refused)


def with_speed(fixes: FixBatch) -> FixBatch:
    """Speeds that no sentence gave, from the way since the fix before (at most 10 s earlier).

    Only for files: live, the fix before may be in another message.  Void fixes neither get a
    speed nor give one.
    """
    believed = np.flatnonzero((fixes.flags & Flag.VOID) == 0)
    here, there = believed[1:], believed[:-1]
    dt = fixes.time[here] - fixes.time[there]
    want = np.isnan(fixes.speed[here]) & (dt > 0) & (dt <= MAX_STEP)
    here, there, dt = here[want], there[want], dt[want]
    lat = np.radians((fixes.lat[here] + fixes.lat[there]) / 2)
    bend = 1 - ECCENTRICITY_2 * np.sin(lat) ** 2  # radii of curvature on WGS 84
    east = np.radians((fixes.lon[here] - fixes.lon[there] + 180) % 360 - 180)
    north = np.radians(fixes.lat[here] - fixes.lat[there])
    east *= EQUATOR / np.sqrt(bend) * np.cos(lat)
    north *= EQUATOR * (1 - ECCENTRICITY_2) / bend**1.5
    speed = fixes.speed.copy()
    speed[here] = np.hypot(east, north) / dt
    return replace(fixes, speed=speed)
