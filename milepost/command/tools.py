"""Tools: decode a file, migrate the schema."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table

from fleet.errors import Invalid
from fleet.records import FixBatch, Flag
from gateway import nmea
from milepost import places, shell
from store import migrate as migrations


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(decode)
    app.command()(migrate)


def decode(
    file: Annotated[Path, typer.Argument(help="NMEA 0183 sentences; - is standard input.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per fix.")] = False,
    reference: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"],
            help="Repair GPS week rollover against this date (UTC); without it nothing is.",
        ),
    ] = None,
) -> None:
    """Print the fixes of a recording.

    Reads no clock: an epoch that the file itself cannot date is refused.  What was skipped
    is counted on standard error.  JSON fields: `time` (ISO 8601, UTC), `lat`, `lon`
    (degrees), `altitude` (m above mean sea level), `speed` (m/s), `course` (degrees true);
    an absent field is unknown.

    Examples:

        milepost decode drive.nmea
        milepost decode drive.nmea --json | jq .speed
    """
    settings = shell.start("decode")
    data = sys.stdin.buffer.read() if str(file) == "-" else _read(file)
    against = reference.replace(tzinfo=UTC).timestamp() if reference else math.nan
    log = nmea.decode_log(data, settings.nmea, against)
    fixes = log.fixes.rows((log.fixes.flags & int(Flag.VOID)) == 0)
    if as_json:
        for row in rows(fixes):
            sys.stdout.buffer.write(orjson.dumps(row) + b"\n")
    else:
        _print_table(fixes)
    void = len(log.fixes) - len(fixes)
    skipped = {
        "void": void,
        "comments": log.comments,
        "binary or text stretches": log.stretches,
        **{str(reason): number for reason, number in log.refused.items()},
    }
    told = ", ".join(f"{number} {name}" for name, number in skipped.items() if number)
    shell.console.print(f"{len(fixes)} fixes" + (f"; not printed: {told}" if told else ""))


def rows(fixes: FixBatch) -> Iterator[dict[str, Any]]:
    """Each fix as what ``decode --json`` prints; unknown fields are absent."""
    for i in range(len(fixes)):
        moment = datetime.fromtimestamp(round(float(fixes.time[i]), 3), UTC)
        row: dict[str, Any] = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "lat": float(fixes.lat[i]),
            "lon": float(fixes.lon[i]),
        }
        for name in ("altitude", "speed", "course"):
            value = float(getattr(fixes, name)[i])
            if not math.isnan(value):
                row[name] = value
        yield row


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Invalid(str(file), error.strerror or "cannot be read") from error


def _print_table(fixes: FixBatch) -> None:
    table = Table("time (UTC)", "lat", "lon", "altitude m", "speed m/s", "course", "grade")
    for i, row in enumerate(rows(fixes)):
        table.add_row(
            row["time"],
            f"{row['lat']:.6f}",
            f"{row['lon']:.6f}",
            *(f"{row[n]:.1f}" if n in row else "?" for n in ("altitude", "speed", "course")),
            "ABCX"[int(fixes.grade[i])],
        )
    shell.out.print(table)


def migrate(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="End with one line of JSON.")] = False,
) -> None:
    """Bring the schema of the database up to date.

    Example:

        MILEPOST_DATABASE_URL=postgresql://… milepost migrate
    """
    settings = places.with_database(shell.start("migrate"))
    applied = migrations.migrate(settings.database_url)
    shell.console.print(f"applied {', '.join(applied)}" if applied else "the schema is up to date")
    if as_json:
        shell.emit({"applied": applied})
