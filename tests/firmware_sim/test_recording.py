from __future__ import annotations

import math
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.nmea import checksum, epoch, sentence
from firmware_sim.receiver import Reading
from firmware_sim.recording import read
from fleet.errors import Invalid

HERE = Reading(
    valid=True, lon=-119.7, lat=39.4, altitude=1378, speed=20, course=90, hdop=1, satellites=10
)
MIDNIGHT = datetime(2005, 9, 26, tzinfo=UTC).timestamp()


def log(times: list[float]) -> bytes:
    return b"".join(epoch(t, HERE, "GP") for t in times)


def test_epochs_are_cut_where_the_time_of_day_changes() -> None:
    extra = sentence("PGRME,2.3,M,3.3,M,4.0,M")
    data = b"".join(epoch(MIDNIGHT - 4 + i, HERE, "GP", detail=True) + extra for i in range(8))
    recording = read(data)
    assert [e.time for e in recording.epochs] == [MIDNIGHT - 4 + i for i in range(8)]
    assert all(e.lines[-1].startswith(b"$PGRME") for e in recording.epochs)
    assert b"".join(e.payload for e in recording.epochs) == data
    assert recording.skipped == 0


def test_comments_and_binary_stretches_are_skipped_and_counted() -> None:
    data = b"# log\n" + log([MIDNIGHT]) + b"\xb5\x62\x01\x07\x00$GP\n\n****\n" + log([MIDNIGHT + 1])
    recording = read(data)
    assert (len(recording.epochs), recording.skipped) == (2, 4)


@given(
    st.lists(st.integers(1, 5_000_000), min_size=1, max_size=20), st.integers(-(8 * 10**8), 10**9)
)
def test_shifting_keeps_every_interval_and_every_checksum_right(
    gaps: list[int], seconds: int
) -> None:
    times = [MIDNIGHT]
    for gap in gaps:
        times.append(round(times[-1] + gap / 1000, 3))
    recording = read(log(times))
    moved = recording.shifted(seconds)
    again = read(b"".join(e.payload for e in moved.epochs))
    found = [e.time for e in again.epochs]
    assert found == pytest.approx([t + seconds for t in times], abs=1e-6)
    for line in (line for e in moved.epochs for line in e.lines):
        body, _, stated = line[1:].partition(b"*")
        assert int(stated, 16) == checksum(body)


def test_everything_but_time_and_date_stays_as_it_was() -> None:
    (source,) = read(log([MIDNIGHT + 0.25])).epochs
    (moved,) = read(log([MIDNIGHT + 0.25])).shifted(86_400 + 3_600).epochs
    for before, after in zip(source.lines, moved.lines, strict=True):
        a, b = before.split(b"*")[0].split(b","), after.split(b"*")[0].split(b",")
        changed = [i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y]
        assert changed == ([1, 9] if b"RMC" in before else [1])


def test_all_timed_sentences_are_moved_and_broken_ones_left_alone() -> None:
    lines = [
        b"$GPGLL,3925.9702,N,11945.9354,W,000000,A,A*57",
        b"$GPZDA,000000,26,09,2005,00,00*42",
        b"$GNGNS,000000,3925.97,N,11945.93,W,AA,10,0.8,1378,-22,,",
        b"$GPGGA,000000,3925.9702,N,11945.9354,W,1,10,0.8,1378.6,M,-22.1,M,,*00",
    ]
    recording = read(b"\n".join(lines))
    (moved,) = recording.shifted(3_661).epochs
    gll, zda, gns, broken = moved.lines
    assert b",010101,A,A*" in gll
    assert b"ZDA,010101,26,09,2005" in zda
    assert gns.startswith(b"$GNGNS,010101,")
    assert b"*" not in gns
    assert broken == lines[3]


def test_an_epoch_without_a_date_of_its_own_is_dated_across_midnight() -> None:
    only_gga = [epoch(MIDNIGHT + i, HERE).split(b"\r\n")[1] + b"\r\n" for i in (-2, -1, 0, 1)]
    dated = epoch(MIDNIGHT - 3, HERE)
    recording = read(dated + b"".join(only_gga))
    assert [e.time for e in recording.epochs] == [MIDNIGHT + i for i in (-3, -2, -1, 0, 1)]
    assert recording.epochs[3].payload.startswith(b"$GPZDA,000000.000,26,09,2005,00,00*")
    later = read(b"".join(only_gga) + epoch(MIDNIGHT + 2, HERE))
    assert [e.time for e in later.epochs] == [MIDNIGHT + i for i in (-2, -1, 0, 1, 2)]


def test_a_recording_without_any_date_stays_undated() -> None:
    gga = epoch(MIDNIGHT, HERE).split(b"\r\n")[1] + b"\r\n"
    recording = read(gga)
    assert recording.undated == 1
    assert recording.shifted(5).epochs[0].payload == gga


GPX = """<?xml version="1.0"?><gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1">
<trk><trkseg>{points}</trkseg></trk></gpx>"""
POINT = '<trkpt lat="{lat}" lon="113.0"><ele>40</ele>{time}</trkpt>'


def test_a_gpx_track_becomes_epochs_with_speed_and_course() -> None:
    points = "".join(
        POINT.format(lat=30 + i * 0.002, time=f"<time>2026-05-01T00:00:{10 * i:02d}Z</time>")
        for i in range(4)
    )
    recording = read(GPX.format(points=points + POINT.format(lat=31, time="")).encode())
    assert (len(recording.epochs), recording.skipped) == (4, 1)
    times = [e.time for e in recording.epochs if e.time is not None]
    assert [b - a for a, b in pairwise(times)] == [10, 10, 10]
    fields = recording.epochs[1].lines[0].split(b",")
    assert float(fields[7]) * 0.514444 == pytest.approx(22.24, abs=0.05)
    assert float(fields[8]) == pytest.approx(0, abs=0.1)
    assert all(math.isfinite(t) for t in times)


def test_a_broken_gpx_is_refused() -> None:
    with pytest.raises(Invalid, match="gpx"):
        read(b"<gpx><trk>")
