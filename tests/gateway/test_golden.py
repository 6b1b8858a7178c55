"""Golden logs: ``tests/data/nmea/*.nmea`` and what they must decode to.

Adding a receiver is adding two files.  ``pytest --golden-write`` rewrites the expectations; the
difference is then reviewed.  A header line ``# reference: DATE`` is the ``--reference`` of
``milepost decode``.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from math import isnan, nan
from pathlib import Path

import pytest

from fleet.records import FixBatch, Flag, Grade
from gateway.nmea import DecodedLog, Rules, decode_log

LOGS = sorted((Path(__file__).parents[1] / "data/nmea").glob("*.nmea"))
REFERENCE = re.compile(rb"^# reference: (\S+)$", re.MULTILINE)
COLUMNS = ("altitude", "speed", "course", "hdop", "satellites")


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
def test_golden_log_decodes_as_expected(log: Path, request: pytest.FixtureRequest) -> None:
    data = log.read_bytes()
    named = REFERENCE.search(data)
    reference = nan
    if named:
        reference = datetime.fromisoformat(named[1].decode()).replace(tzinfo=UTC).timestamp()
    told = lines(decode_log(data, Rules(), reference))
    expected = log.with_suffix(".expected.jsonl")
    if request.config.getoption("--golden-write", default=False):
        expected.write_text(told)
    assert told == expected.read_text()


def test_every_expectation_has_its_log() -> None:
    assert LOGS
    told = {path.name.partition(".")[0] for path in LOGS[0].parent.glob("*.expected.jsonl")}
    assert told == {log.stem for log in LOGS}


def test_every_golden_log_says_why_it_is_interesting() -> None:
    for log in LOGS:
        head = [line for line in log.read_bytes().splitlines() if line.startswith(b"#")]
        assert len(head) >= 2, log.name


def lines(log: DecodedLog) -> str:
    """One line of JSON per fix, then one per reject."""
    fixes = [fix(log.fixes, at) for at in range(len(log.fixes))]
    rejects = [
        {"reject": reject.reason.value, "raw": reject.raw.decode("latin-1")}
        for reject in log.rejects
    ]
    return "".join(json.dumps(line) + "\n" for line in [*fixes, *rejects])


def fix(fixes: FixBatch, at: int) -> dict[str, object]:
    moment = datetime.fromtimestamp(float(fixes.time[at]), UTC)
    told: dict[str, object] = {
        "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "lat": round(float(fixes.lat[at]), 9),
        "lon": round(float(fixes.lon[at]), 9),
    }
    for name in COLUMNS:
        value = float(getattr(fixes, name)[at])
        if not isnan(value):
            told[name] = round(value, 3)
    flags = Flag(int(fixes.flags[at]))
    told["grade"] = Grade(int(fixes.grade[at])).name
    told["flags"] = [flag.name for flag in flags]
    return told
