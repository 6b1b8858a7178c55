"""A backup and a restore, as an operator makes them, of fixes as they lie in the store.

``milepost backup`` and ``milepost restore`` as commands, their start included, against a bare
binary COPY of the same fixes out of the table and into one with the same columns and key.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from bench.measure import Ratio, Report
from bench.replay import fill
from bench.servers import database, temporary_folder
from store import Database
from store.database import connect

VEHICLES, QUICK = 10_000, 200  #: with a fix each 10 s for an hour and twenty minutes


def run(*, quick: bool) -> Report:
    """The report."""
    report = Report("backup", " ".join((__doc__ or "").split()))
    with database(0) as full, database(0) as empty, temporary_folder() as folder:
        with closing(connect(full, application="bench")) as conn:
            fixes = fill(conn, QUICK if quick else VEHICLES)
        file, plain = folder / "all.dump", folder / "fix.copy"
        ours = (
            _command("backup", full, str(file)),
            _command("restore", empty, str(file), "--replace"),
        )
        theirs = _copy(full, plain)
        size = file.stat().st_size / 1e6
        with closing(connect(empty, application="bench")) as conn:
            restored = conn.execute("SELECT count(*) FROM fix").fetchall()[0][0]
    assert restored == fixes, f"{restored} of {fixes} fixes came back"
    report.figures["fixes"] = fixes
    report.figures["size of the file, MB"] = size
    for what, product, baseline in zip(("backup", "restore"), ours, theirs, strict=True):
        report.ratios.append(Ratio(what, product, baseline, "s", baseline / product))
    return report


def _command(name: str, of: Database, *arguments: str) -> float:
    """Seconds that ``milepost name`` takes."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MILEPOST_")}
    environment["MILEPOST_DATABASE_URL"] = of.url
    began = time.monotonic()
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "milepost", name, *arguments],
        env=environment,
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return time.monotonic() - began


def _copy(of: Database, file: Path) -> tuple[float, float]:
    """Seconds to read every fix into a file, and from there into another table."""
    with closing(connect(of, application="bench")) as conn:
        conn.execute("SET statement_timeout = 0")
        conn.execute(
            "CREATE TABLE bare (LIKE fix INCLUDING DEFAULTS, PRIMARY KEY (device_id, time))"
        )
        began = time.monotonic()
        with (
            conn.cursor() as cursor,
            cursor.copy("COPY (SELECT * FROM fix) TO STDOUT (FORMAT binary)") as out,
            file.open("wb") as sink,
        ):
            for block in out:
                sink.write(block)
        middle = time.monotonic()
        with (
            conn.cursor() as cursor,
            cursor.copy("COPY bare FROM STDIN (FORMAT binary)") as into,
            file.open("rb") as source,
        ):
            while block := source.read(1 << 20):
                into.write(block)
        return middle - began, time.monotonic() - middle
