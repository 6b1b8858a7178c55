"""Recordings of real receivers: 73 logs with gpsd's own decoding, a drive, terminals' messages."""

from __future__ import annotations

import csv
import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from math import isnan, nan
from pathlib import Path

import pynmea2
import pytest

from fleet import geo
from fleet.records import FixBatch, Flag, Reason
from gateway.nmea import DecodedLog, Rules, decode, decode_log, decode_slowly
from gateway.nmea.decoder import decode_few, decode_many
from gateway.nmea.hot import decode_hot
from gateway.nmea.reading import KNOT, Reading, read
from gateway.nmea.sentence import Sentence, frame
from tests.gateway.nmea.talker import frame as message
from tests.gateway.nmea.talker import rows

pytestmark = pytest.mark.skipif(
    "MILEPOST_DATA" not in os.environ,
    reason="MILEPOST_DATA is not set: it names the folder with recordings of real receivers",
)

MIXED = "bundg_zeus_9.log"  #: interleaves instants; gpsd's rows are of none of them
TURN = 7_168 * 86_400_000  #: ms; 1,024 weeks
#: Per column of the oracle: our column, and how far apart the two may be.
COLUMNS = {
    "lat": ("lat", 2e-6),
    "lon": ("lon", 2e-6),
    "altMSL": ("altitude", 0.06),
    "speed_mps": ("speed", 0.006),
    "track": ("course", 0.06),
}


def folder() -> Path:
    return Path(os.environ["MILEPOST_DATA"]) / "nmea"


def logs() -> Iterator[tuple[str, bool, DecodedLog, list[dict[str, str]]]]:
    """Name, whether its weeks are shifted, our decoding, gpsd's rows."""
    oracle = defaultdict(list)
    with (folder() / "gpsd/oracle.csv").open() as lines:
        for row in csv.DictReader(lines):
            oracle[row["file"]].append(row)
    with (folder() / "gpsd/files.csv").open() as lines:
        for file in csv.DictReader(lines):
            name = file["file"]
            if name != MIXED:
                data = (folder() / "gpsd" / name).read_bytes()
                yield name, file["week_shift_1024"] == "1", decode_log(data), oracle[name]


@dataclass(slots=True)
class Score:
    rows: int = 0
    found: int = 0
    extra: int = 0
    told: Counter[str] = field(default_factory=Counter)
    agreed: Counter[str] = field(default_factory=Counter)


def believed(log: DecodedLog) -> FixBatch:
    return log.fixes.rows((log.fixes.flags & Flag.VOID) == 0)


def instant(text: str, *, shifted: bool) -> int:
    ms = round(datetime.fromisoformat(text).timestamp() * 1000)
    return ms % TURN if shifted else ms


def compare(fixes: FixBatch, want: list[dict[str, str]], score: Score, *, shifted: bool) -> None:
    times = [round(time * 1000) for time in fixes.time.tolist()]
    place = {(time % TURN if shifted else time): at for at, time in enumerate(times)}
    score.rows += len(want)
    score.extra += len(fixes) - len(want)
    for row in want:
        at = place.get(instant(row["time"], shifted=shifted))
        if at is None:
            continue
        score.found += 1
        for theirs, (ours, tolerance) in COLUMNS.items():
            if row[theirs]:
                apart = abs(float(row[theirs]) - getattr(fixes, ours)[at])
                apart = min(apart, 360 - apart) if ours == "course" else apart
                score.told[ours] += 1
                score.agreed[ours] += bool(apart <= tolerance)


def test_gpsd_decodes_the_same_fixes() -> None:
    score = Score()
    for name, shifted, log, want in logs():
        if want:
            compare(believed(log), want, score, shifted=shifted)
        else:
            assert not len(believed(log)), name
    print(score)  # noqa: T201 (the figures, with pytest -s)
    assert score.rows > 1_500
    assert score.found >= 0.98 * score.rows
    assert score.extra <= 0.02 * score.rows
    for column, told in score.told.items():
        assert score.agreed[column] >= 0.995 * told, column


def test_every_log_gives_the_same_in_messages_on_all_ways() -> None:
    taken = 0
    for path in sorted((folder() / "gpsd").glob("*.log")):
        lines = path.read_bytes().splitlines(keepends=True)
        frames = [message(b"".join(lines[i : i + 4]), path.stem) for i in range(0, len(lines), 4)]
        frames += [message(b"".join(two), path.stem) for two in pairs(lines)]
        slow = decode_slowly(frames, {})
        for fast in (decode_few(frames, {}), decode_many(frames, {})):
            assert rows(fast.fixes) == rows(slow.fixes)
            assert fast.rejects == slow.rejects
            assert fast.carried == slow.carried
        taken += int(decode_hot(frames, Rules(), None).taken.sum())
    assert taken > 500


def pairs(lines: list[bytes]) -> list[list[bytes]]:
    """Each RMC or GGA with the next of them: what a fleet's terminal would send."""
    kept = [line for line in lines if line[3:6] in (b"RMC", b"GGA")]
    return [kept[i : i + 2] for i in range(len(kept))]


@pytest.mark.parametrize("size", [1, 7, 64, 509])
def test_where_the_drive_is_cut_does_not_matter(size: int) -> None:
    data = (folder() / "drive/carson_truckee_137km.nmea").read_bytes()[: 8_000 * size][:60_000]
    whole = decode([message(data)], {}, reference=nan)
    chunks = [message(data[i : i + size]) for i in range(0, len(data), size)]
    got = decode(chunks, {}, reference=nan)
    assert {row[0]: row for row in rows(got.fixes)} == {row[0]: row for row in rows(whole.fixes)}


def test_the_drive_crosses_midnight() -> None:
    log = decode_log((folder() / "drive/carson_truckee_137km.nmea").read_bytes())
    fixes = believed(log)
    assert len(fixes) == len(set(fixes.time.tolist())) == 4_469
    days = Counter(datetime.fromtimestamp(time, UTC).date().isoformat() for time in fixes.time)
    assert set(days) == {"2005-09-25", "2005-09-26"}
    assert (fixes.time[1:] > fixes.time[:-1]).all()
    assert geo.length(fixes.lon, fixes.lat) == pytest.approx(137_500, rel=0.01)


#: Two of the messages have had their identity changed, so their checksums are wrong.
STANDARD = ("RMC,", "GGA,", "GLL,")


def test_messages_of_terminals() -> None:
    text = (folder() / "terminals/messages.tsv").read_text()
    for line in text.splitlines()[1:]:
        expected, _, raw = line.partition("\t")
        got = decode([message(raw.encode())], {})
        reasons = {reject.reason for reject in got.rejects}
        assert len(got.fixes) or reasons or got.carried, raw
        if expected == "none" and "$GPRMC" not in raw:
            assert not len(got.fixes), raw
        if expected != "none" and "RMC," in raw:
            allowed = {Reason.NULL_ISLAND, Reason.CHECKSUM}
            assert len(got.fixes) == 1 or reasons <= allowed, raw
        elif expected != "none" and raw.lstrip("0123456789")[3:7] in STANDARD:
            assert reasons <= {Reason.NO_DATE, Reason.CHECKSUM}, raw


#: Our field of a reading, pynmea2's, and ours per theirs.
MEANING: dict[str, list[tuple[str, str, float]]] = {
    "RMC": [("speed", "spd_over_grnd", KNOT), ("course", "true_course", 1)],
    "GGA": [("altitude", "altitude", 1), ("hdop", "horizontal_dil", 1)],
    "GNS": [("altitude", "altitude", 1), ("hdop", "hdop", 1)],
    "GLL": [],
    "VTG": [("speed", "spd_over_grnd_kts", KNOT), ("course", "true_track", 1)],
}


def test_pynmea2_reads_every_sentence_of_the_corpus_the_same() -> None:
    seen: Counter[str] = Counter()
    for path in sorted((folder() / "gpsd").glob("*.log")):
        for part in frame(path.read_bytes()).parts:
            if isinstance(part, Sentence) and part.checked and part.kind in MEANING:
                reading = read(part)
                if isinstance(reading, Reading) and not (part.kind == "VTG" and reading.void):
                    agrees(part, reading)
                    seen[part.kind] += 1
    assert seen["RMC"] > 1_500
    assert seen["GGA"] > 1_500
    assert min(seen[kind] for kind in MEANING) > 100


def agrees(part: Sentence, reading: Reading) -> None:
    theirs = pynmea2.parse(part.raw.decode(), check=True)
    for ours, name, factor in MEANING[part.kind]:
        value = getattr(theirs, name)
        if value in (None, "") or (ours == "hdop" and float(value) == 0):
            assert isnan(getattr(reading, ours)), part.raw
        else:
            assert getattr(reading, ours) == pytest.approx(float(value) * factor, abs=1e-9)
    if part.kind == "VTG":
        return
    if theirs.lat and theirs.lon:
        assert reading.lat == pytest.approx(theirs.latitude, abs=1e-9)
        assert reading.lon == pytest.approx(theirs.longitude, abs=1e-9)
    else:
        assert isnan(reading.lat)
    if isinstance(theirs.timestamp, time):
        said = theirs.timestamp
        ms = (said.hour * 60 + said.minute) * 60_000 + said.second * 1000 + said.microsecond / 1000
        assert reading.clock == pytest.approx(ms, abs=0.51)
    if part.kind == "RMC" and reading.day is not None:
        assert theirs.datestamp == date(1970, 1, 1) + timedelta(days=reading.day)
