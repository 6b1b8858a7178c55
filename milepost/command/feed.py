"""Commands that play a terminal: simulate and replay."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from firmware_sim import radio, replay, scenario, service
from fleet import wire
from fleet.errors import FleetError, Invalid
from fleet.geo import length
from milepost import places, shell
from milepost.settings import Settings
from milepost.stack import BENCH, find_running
from milepost.stack.ground import read_object
from store import admin, audit, database

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SETTLE = 30.0  #: s after the last acknowledgement until everything must be stored


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(simulate)
    app.command(name="replay")(replay_file)


def simulate(  # noqa: PLR0913 - options of a command line
    vehicles: Annotated[int, typer.Option(help="Number of terminals.", min=1)] = 96,
    seed: Annotated[int, typer.Option(help="Same seed, same story.")] = 1,
    seconds: Annotated[float, typer.Option(help="How long, s; 0 is until Ctrl-C.", min=0)] = 0,
    *,
    load: Annotated[
        bool, typer.Option("--load", help="Plain terminals for benchmarks, 10 s apart.")
    ] = False,
    numbered: Annotated[
        bool, typer.Option("--numbered", help="Terminals number their messages (TAG block n:).")
    ] = False,
    shared: Annotated[
        int,
        typer.Option(help="Connections that all terminals share (needs the bench user).", min=0),
    ] = 0,
    passwords: Annotated[
        Path | None, typer.Option(help="JSON file with the password of each device.")
    ] = None,
    certificates: Annotated[
        Path | None, typer.Option(help="Folder with DEVICE.pem and DEVICE.key of each.")
    ] = None,
    truth: Annotated[Path | None, typer.Option(help="Write the ground truth here, JSONL.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="End with one line of JSON.")] = False,
) -> None:
    """Run simulated terminals against the broker.

    Each terminal connects as itself, up to 500; more need `--shared`, whose credential
    exists only where `MILEPOST_STACK__BROKER__BENCH` is on.

    Examples:

        milepost simulate --vehicles 20 --passwords .milepost/demo-devices.json
        milepost simulate --load --vehicles 10000 --shared 100 --seconds 60 --json
    """
    settings = shell.start("simulate")
    stop = shell.stop_on_signals()
    fleet = scenario.load(vehicles) if load else scenario.china_trunk(vehicles)
    broker = _broker(settings, shared=shared, passwords=passwords, certificates=certificates)
    options = service.Options(
        seed=seed, seconds=seconds, shared=shared, truth=truth, numbered=numbered
    )
    quiet = not sys.stderr.isatty()
    with shell.console.status("connecting …") as status:

        def progress(now: service.Report) -> None:
            if not quiet:
                status.update(
                    f"{now.published} fixes published, {now.acknowledged} acknowledged, "
                    f"{now.connections} connections, {now.backlog} waiting in terminals"
                )

        report = service.run(fleet, broker, options, stop, progress)
    if as_json:
        shell.emit(asdict(report))


def _broker(
    settings: Settings,
    *,
    shared: int,
    passwords: Path | None = None,
    certificates: Path | None = None,
) -> radio.Broker:
    known: dict[str, Any] = {}
    if passwords is not None:
        known["passwords"] = {k: str(v) for k, v in (read_object(passwords) or {}).items()}
    if not settings.broker_url:
        running = find_running(settings.state)
        if shared and running is not None and running.bench_url is not None:
            settings = places.at(settings, running, BENCH)
        else:
            settings = places.with_broker(settings, operator=True)
    ours = settings.broker
    if ours.ca_file is not None:
        known["ca_file"] = str(ours.ca_file)
    if certificates is not None:
        known["certificates"] = str(certificates)
    elif ours.cert_file is not None:  # we speak for all devices, by a certificate of our own
        known["certificates"] = str(ours.cert_file.parent)
    return radio.Broker.from_url(settings.broker_url, **known)


def replay_file(
    file: Annotated[Path, typer.Argument(help="A recording: NMEA 0183 or GPX.", exists=True)],
    device: Annotated[str, typer.Option(help="Name of the terminal that it plays.")],
    *,
    speed: Annotated[
        float, typer.Option(help="Times as fast as recorded; 0 is as fast as it goes.", min=0)
    ] = 1.0,
    keep_time: Annotated[
        bool, typer.Option("--keep-time", help="Keep the recorded dates (see below).")
    ] = False,
    register_device: Annotated[
        bool,
        typer.Option("--register/--no-register", help="Register the device if it is unknown."),
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="End with one line of JSON.")] = False,
) -> None:
    """Send a recording over MQTT as if the terminal drove again.

    The recording is shifted so that it ends now.  With `--keep-time` it keeps its dates,
    and the gateway's age rule decides what becomes of them: start the gateway with
    `MILEPOST_AGE__HISTORY` and `MILEPOST_RETENTION__HISTORY_DAYS` raised to store
    recordings of long ago.  Ends with what became of every epoch.

    Examples:

        milepost replay drive.nmea --device truck-1 --speed 20
        milepost replay drive.gpx --device truck-1 --speed 0 --json
    """
    settings = shell.start("replay")
    if not wire.is_device(device):
        raise Invalid("--device", f"{device!r} is not 1 to 64 letters, digits, _ or -")
    stop = shell.stop_on_signals()
    store_too = _register(settings, device) if register_device else _database(settings)
    before = _count(store_too, device)
    broker = _broker(settings, shared=1)
    options = replay.Options(speed=speed, keep_time=keep_time, now=time.time())
    columns = (TextColumn("replaying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=shell.console, transient=True) as progress:
        task = progress.add_task("replaying", total=None)
        report = replay.run(
            file,
            device,
            broker,
            options,
            stop,
            lambda now: progress.update(task, total=now.epochs, completed=now.acknowledged),
        )
    _tell(report, store_too, device, before, stop, as_json=as_json)


def _database(settings: Settings) -> Settings | None:
    """``settings`` with a database, where one can be had: replay works without."""
    try:
        return places.with_database(settings)
    except FleetError:
        return None


def _register(settings: Settings, device: str) -> Settings | None:
    """Make ``device`` known, in a vehicle of the same name, unless it is; see ``_database``."""
    reachable = _database(settings)
    if reachable is None:
        return None
    conn = database.connect(reachable.at_database, application="milepost-replay")
    try:
        with database.away():
            made = admin.seed(
                conn,
                vehicles=[(device, None)],
                devices=[admin.Registration(device, None, device, _EPOCH)],
            )
    finally:
        conn.close()
    if made:
        shell.console.print(f"registered device {device} in a vehicle of the same name")
    return reachable


def _count(settings: Settings | None, device: str) -> audit.DeviceCounts | None:
    if settings is None:
        return None
    conn = database.connect(settings.at_database, application="milepost-replay")
    try:
        with database.away():
            return audit.count_device(conn, device)
    finally:
        conn.close()


def _tell(
    report: replay.Report,
    settings: Settings | None,
    device: str,
    before: audit.DeviceCounts | None,
    stop: threading.Event,
    *,
    as_json: bool,
) -> None:
    result: dict[str, Any] = asdict(report)
    counts = before
    deadline = time.monotonic() + _SETTLE
    while settings is not None and before is not None:
        counts = _count(settings, device)
        if counts is None or stop.is_set() or time.monotonic() > deadline:
            break
        if _outcomes(report, counts, before) >= report.published:
            break
        time.sleep(0.2)
    if counts is not None and before is not None:
        result |= _became(report, counts, before)
    for name, value in result.items():
        shell.console.print(f"{name:>22}  {value}")
    if as_json:
        shell.emit(result)


def _outcomes(report: replay.Report, now: audit.DeviceCounts, before: audit.DeviceCounts) -> int:
    """How many of the epochs sent have their outcome: stored, now or before, or refused."""
    return _within(report, now) + _refused(now, before)


def _within(report: replay.Report, counts: audit.DeviceCounts) -> int:
    """Fixes stored from the first to the last time sent; stored times are whole ms."""
    if report.first is None or report.last is None:
        return 0
    sent = (counts.stored > report.first - 0.001) & (counts.stored < report.last + 0.001)
    return int(sent.sum())


def _refused(now: audit.DeviceCounts, before: audit.DeviceCounts) -> int:
    return sum(now.dead_letters.values()) - sum(before.dead_letters.values())


def _became(
    report: replay.Report, now: audit.DeviceCounts, before: audit.DeviceCounts
) -> dict[str, Any]:
    """What the store holds of the device now, and what of it is new."""
    span = (
        [datetime.fromtimestamp(t, UTC).isoformat() for t in now.time[[0, -1]]]
        if len(now.time)
        else [None, None]
    )
    return {
        "stored": len(now.stored) - len(before.stored),
        "stored_before": _within(report, before),
        "dead_letters": _refused(now, before),
        "first_stored": span[0],
        "last_stored": span[1],
        "track_km": round(length(now.lon, now.lat) / 1000, 2),
    }
