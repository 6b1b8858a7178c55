"""100,000 bad payloads: nothing raises, and no fix that an intact sentence does not justify."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from datetime import time
from math import nan

import pynmea2
import pytest

from fleet.records import FixBatch, Flag, Frame, Reason
from fleet.wire import MAX_PAYLOAD
from gateway.nmea import Checksums, Rules, decode
from tests.gateway.nmea.accidents import KINDS, good, unchecked
from tests.gateway.nmea.talker import frame, rows

PAYLOADS = 100_000
BATCH = 1_000

CHECKED = re.compile(rb"\$[^$\r\n]*?\*[0-9A-Fa-f]{2}")
UNCHECKED = re.compile(rb"\$[^$*\r\n]*")


def payloads(seed: int) -> Iterator[bytes]:
    chance = random.Random(seed)  # noqa: S311 (a test's seed)
    kinds = list(KINDS.values())
    for number in range(PAYLOADS):
        if number % 2_000 == 0:  # huge: just below, at, and above the limit
            yield (good(chance) * 800)[: MAX_PAYLOAD + chance.choice([-1, 0, 1, 500])]
        else:
            yield kinds[number % len(kinds)](chance)


def places(payload: bytes, pattern: re.Pattern[bytes]) -> set[tuple[float, float, int]]:
    """Latitude, longitude and time of day of every line that pynmea2 believes."""
    found: set[tuple[float, float, int]] = set()
    for line in pattern.findall(payload):
        try:
            said = pynmea2.parse(line.decode("latin-1"), check=pattern is CHECKED)
            spot = (round(said.latitude, 9), round(said.longitude, 9))
            ms = clock(said.timestamp)
        except (ValueError, AttributeError, TypeError):
            continue
        found.add((*spot, ms))
    return found


def clock(said: time | str) -> int:
    """ms of the day; pynmea2 hands a leap second back as text, ours is the next midnight."""
    if isinstance(said, str) and said.startswith("235960"):
        return round(float(f"0{said[6:]}") * 1000)
    if isinstance(said, str):
        raise TypeError(said)
    whole = (said.hour * 60 + said.minute) * 60 + said.second
    return whole * 1000 + round(said.microsecond / 1000)


def justified(fixes: FixBatch, at: int, payload: bytes) -> bool:
    key = (
        round(float(fixes.lat[at]), 9),
        round(float(fixes.lon[at]), 9),
        round(float(fixes.time[at]) * 1000) % 86_400_000,
    )
    if key in places(payload, CHECKED):
        return True
    return bool(fixes.flags[at] & Flag.UNCHECKED) and key in places(payload, UNCHECKED)


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_no_fuzzed_payload_raises_or_makes_a_fix_up() -> None:
    ends: Counter[str] = Counter()
    batch: list[Frame] = []
    for number, payload in enumerate(payloads(20261122)):
        batch.append(frame(payload, f"d{number}"))
        if len(batch) == BATCH:
            ends += account(batch)
            batch = []
    assert ends["payloads"] == PAYLOADS
    assert ends["fixes"] > PAYLOADS / 4
    assert {*Reason} - {*ends} == NEVER_HERE, ends


#: These are found by later stages, or need a policy or a stream.
NEVER_HERE = {
    Reason.UNCHECKED,
    Reason.FUTURE,
    Reason.TOO_OLD,
    Reason.UNKNOWN_DEVICE,
    Reason.WRONG_TOPIC,
    Reason.BAD_EVENT,
    Reason.FAULT,
    Reason.NULL_ISLAND,
}


def account(batch: list[Frame]) -> Counter[str]:
    """Decode a batch; every payload has an outcome, every fix a sentence."""
    got = decode(batch, {}, Rules(), nan)
    ends: Counter[str] = Counter(reject.reason for reject in got.rejects)
    ends["payloads"], ends["fixes"] = len(batch), len(got.fixes)
    believed = got.fixes.rows((got.fixes.flags & Flag.VOID) == 0)
    for at, index in enumerate(believed.frame.tolist()):
        assert justified(believed, at, batch[index].payload), batch[index].payload
    settled = set(got.fixes.frame.tolist()) | {reject.frame for reject in got.rejects}
    for index, one in enumerate(batch):
        assert index in settled or got.carried.get(one.device), one.payload
    for state in got.carried.values():
        assert len(state) <= 2048
    for reject in got.rejects:
        assert reject.raw or not batch[reject.frame].payload
    return ends


def test_no_sentence_without_checksum_passes_where_the_policy_demands_one() -> None:
    chance = random.Random(5)  # noqa: S311 (a test's seed)
    frames = [frame(unchecked(chance), f"d{i}") for i in range(2_000)]
    got = decode(frames, {}, Rules(unchecked=Checksums.REJECT), nan)
    assert not len(got.fixes)
    assert Reason.UNCHECKED in {reject.reason for reject in got.rejects}
    assert len(rows(decode(frames, {}, Rules(), nan).fixes)) > 100
