"""``milepost replay`` as a user calls it, on the product as it runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from milepost.settings import Settings
from tests.factories import MORNING, epoch, sentence
from tests.fix_product import Product, running_product

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
DAY = 86_400.0
LONG = 36_500  #: days; recordings are of this century
DRIVE = "nmea/drive/carson_truckee_137km.nmea"


@pytest.fixture(scope="module")
def archive() -> Iterator[Product]:
    """A product without terminals that takes and keeps fixes of any age."""
    ordinary = Settings()
    with running_product(
        simulate=False,
        age=replace(ordinary.age, history=LONG * DAY),
        retention=replace(ordinary.retention, history_days=LONG),
    ) as running:
        yield running


def replay(product: Product, file: Path, device: str, *options: str) -> dict[str, Any]:
    """What ``milepost replay`` says at its end."""
    others = {key: value for key, value in os.environ.items() if not key.startswith("MILEPOST_")}
    done = subprocess.run(
        [
            *[sys.executable, "-m", "milepost", "replay", str(file), "--device", device],
            *["--json", *options],
        ],
        cwd=ROOT,
        env={**others, "MILEPOST_STATE": str(product.supervisor.settings.state)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def drive(count: int, start: float) -> list[tuple[float, float, float]]:
    """Times, longitudes and latitudes of a drive eastwards, a second apart."""
    return [(start + n, 114.30 + 0.0002 * n, 30.60) for n in range(count)]


def test_a_recording_in_nmea_ends_now_and_is_stored_whole(archive: Product, tmp_path: Path) -> None:
    file = tmp_path / "drive.nmea"
    file.write_bytes(b"".join(epoch(*at) for at in drive(60, MORNING)))
    began = datetime.now(UTC).timestamp()
    told = replay(archive, file, "nmea-1", "--speed", "0")
    assert (told["epochs"], told["published"], told["stored"], told["dead_letters"]) == (
        60,
        60,
        60,
        0,
    )
    assert told["track_km"] == pytest.approx(59 * 0.01914, abs=0.02)
    last = datetime.fromisoformat(told["last_stored"]).timestamp()
    assert began - 1 <= last <= began + 60
    assert last - datetime.fromisoformat(told["first_stored"]).timestamp() == 59
    [state] = archive.rows(
        "SELECT lon FROM vehicle_state JOIN vehicle v ON v.id = vehicle_id WHERE v.plate = 'nmea-1'"
    )
    assert state[0] == pytest.approx(114.30 + 0.0002 * 59, abs=1e-4)


def test_a_recording_in_gpx_keeps_its_dates_where_it_is_told_to(
    archive: Product, tmp_path: Path
) -> None:
    file = tmp_path / "drive.gpx"
    points = "".join(
        f'<trkpt lat="{lat}" lon="{lon:.6f}"><ele>40</ele>'
        f"<time>{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}</time></trkpt>"
        for at, lon, lat in drive(60, MORNING)
    )
    file.write_text(
        '<gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1">'
        f"<trk><trkseg>{points}</trkseg></trk></gpx>"
    )
    told = replay(archive, file, "gpx-1", "--speed", "0", "--keep-time")
    assert (told["epochs"], told["stored"], told["dead_letters"]) == (60, 60, 0)
    assert told["first_stored"] == "2026-03-01T08:00:00+00:00"
    assert told["last_stored"] == "2026-03-01T08:00:59+00:00"


def test_the_same_recording_again_stores_nothing_twice_and_ends_as_soon(
    archive: Product, tmp_path: Path
) -> None:
    file = tmp_path / "drive.nmea"
    file.write_bytes(b"".join(epoch(*at) for at in drive(20, MORNING - DAY)))
    first = replay(archive, file, "again-1", "--speed", "0", "--keep-time")
    assert (first["stored"], first["stored_before"]) == (20, 0)
    [(stored,)] = archive.rows("SELECT count(*) FROM fix")
    with file.open("ab") as more:
        more.write(epoch(*drive(21, MORNING - DAY)[-1]))
    began = time.monotonic()
    again = replay(archive, file, "again-1", "--speed", "0", "--keep-time", "--no-register")
    assert time.monotonic() - began < 20  # not after waiting for what cannot come
    assert (again["published"], again["stored"], again["stored_before"]) == (21, 1, 20)
    assert archive.rows("SELECT count(*) FROM fix") == [(stored + 1,)]


def test_epochs_that_are_void_or_refused_have_an_outcome_too(
    archive: Product, tmp_path: Path
) -> None:
    file = tmp_path / "tunnel.nmea"
    good, void, null = drive(3, MORNING)
    file.write_bytes(
        epoch(*good)
        + epoch(*void).replace(b",A,3036.", b",V,3036.").replace(b",1,09,", b",0,09,")
        + epoch(null[0], 0.0, 0.0)
    )
    file.write_bytes(b"".join(checked(line) for line in file.read_bytes().splitlines()))
    began = time.monotonic()
    told = replay(archive, file, "tunnel-1", "--speed", "0")
    assert time.monotonic() - began < 20
    assert (told["published"], told["stored"], told["dead_letters"]) == (3, 2, 1)
    assert told["first_stored"] == told["last_stored"]  # the void one draws no track


def checked(line: bytes) -> bytes:
    """``line`` with the checksum that it must have."""
    return sentence(line.decode()[1:].partition("*")[0])


def test_a_real_drive_of_137_km_across_midnight_is_stored_as_it_was_driven(
    archive: Product,
) -> None:
    folder = os.environ.get("MILEPOST_DATA")
    if not folder:
        pytest.skip("MILEPOST_DATA is not set: it names the folder with recordings")
    told = replay(archive, Path(folder) / DRIVE, "truckee", "--speed", "0", "--keep-time")
    assert (told["epochs"], told["published"], told["stored"]) == (4469, 4469, 4469)
    assert told["dead_letters"] == 0
    assert told["first_stored"] == "2005-09-25T23:52:34+00:00"
    assert told["last_stored"] == "2005-09-26T02:56:32+00:00"
    assert told["track_km"] == pytest.approx(137.5, rel=0.01)
