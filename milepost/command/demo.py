"""The demonstration: the whole product, a simulated fleet, and a check of the promises."""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.progress import Progress, SpinnerColumn, TextColumn
from shapely import Point

from firmware_sim import radio, scenario, service
from fleet.fences import Role, ShapeKind
from fleet.scope import OPERATOR
from fleet.views import Party, Site
from geofence import outline, shapes
from milepost import invented, rehearsal, shell
from milepost.settings import Settings
from milepost.stack.ground import read_object, write_private
from milepost.supervisor import Supervisor
from store import admin, database, fences
from tracker_api.credentials import new_credential

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(demo)


def demo(
    vehicles: Annotated[int, typer.Option(help="Size of the simulated fleet.", min=1)] = 96,
    port: Annotated[int | None, typer.Option(help="TCP port of the console.")] = None,
    *,
    tls: Annotated[
        bool, typer.Option("--tls", help="Encrypt everything, by an authority of its own.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Run without a screen, measure, and judge.")
    ] = False,
    seconds: Annotated[float, typer.Option(help="Length of --check, s.", min=5)] = 60,
    as_json: Annotated[bool, typer.Option("--json", help="End --check with one line of JSON.")] = (
        False
    ),
) -> None:
    """Run the product with a simulated fleet and print the address of the map.

    Everything runs on this machine: PostgreSQL, the MQTT broker, gateway, API, worker, and
    terminals that drive trunk routes between Chinese hubs.  Companies, plates and drivers
    are invented.  `--check` uses a folder of its own, drains, counts and measures.

    Examples:

        milepost demo
        milepost demo --tls
        milepost demo --check --seconds 60 --json
    """
    settings = shell.start("demo", api_port=port)
    if tls:
        settings = settings.model_copy(update={"stack": replace(settings.stack, tls=True)})
    stop = shell.stop_on_signals()
    if check:
        sys.exit(_check(settings, vehicles, seconds, stop, as_json=as_json))
    _show(settings, vehicles, stop)


def _show(settings: Settings, vehicles: int, stop: threading.Event) -> None:
    fleet = scenario.china_trunk(vehicles)
    with Supervisor(settings) as running:
        with Progress(
            SpinnerColumn(), TextColumn("{task.description}"), console=shell.console, transient=True
        ) as progress:
            progress.add_task("Starting PostgreSQL and the MQTT broker …")
            running.prepare()
            progress.add_task("Registering the fleet …")
            passwords = enlist(running, fleet)
            progress.add_task("Starting gateway, worker and API …")
            running.run()
            running.spawn(
                "simulate",
                ["simulate", "--vehicles", str(vehicles), "--passwords", str(passwords)],
            )
        shell.console.print(f"\n  Live map   [bold]{running.address}[/bold]", markup=True)
        shell.console.print(f"  Fleet      {vehicles} simulated vehicles, invented companies")
        shell.console.print(f"  API        {running.address}/api/v1/openapi.json")
        shell.console.print(f"  MQTT       {running.devices_address}")
        if running.ca_file is not None:
            shell.console.print(f"  Trust      {running.ca_file}")
        shell.console.print("\n  Ctrl-C stops everything.\n", style="dim")
        running.watch(stop)


def enlist(running: Supervisor, fleet: scenario.Fleet) -> Path:
    """Register ``fleet`` in the prepared store; the file with its devices' passwords."""
    file = running.settings.state.absolute() / "demo-devices.json"
    known: Mapping[str, Any] = read_object(file) or {}
    made = {truck.device: known.get(truck.device) for truck in fleet.trucks}
    credentials = {device: new_credential() for device, old in made.items() if old is None}
    passwords = {
        device: str(old) if old is not None else credentials[device].password
        for device, old in made.items()
    }
    write_private(file, orjson.dumps(dict(known) | passwords).decode())
    conn = database.connect(running.settings.at_database, application="milepost-demo")
    try:
        with database.away():
            admin.seed(
                conn,
                [Party(p.code, p.zh, p.en) for p in fleet.parties],
                [Site(s.code, s.zh, s.en, s.zone, s.lon, s.lat) for s in fleet.sites],
                [(truck.plate, truck.party) for truck in fleet.trucks],
                [
                    admin.Registration(truck.device, _hash(credentials, truck), truck.plate, _EPOCH)
                    for truck in fleet.trucks
                ],
            )
            _fence_in(conn, fleet)
            if fleet.name == scenario.CHINA_TRUNK:  # the fleets of benchmarks have no plans
                invented.plan_trips(conn, fleet, datetime.now(UTC))
    finally:
        conn.close()
    return file


def _fence_in(conn: Any, fleet: scenario.Fleet) -> None:  # noqa: ANN401 - only the store names the type
    """A fence round each site that has none; what somebody has redrawn since stays."""
    known = {fence.code for fence in fences.list_fences(conn, OPERATOR)}
    drafts = []
    for site in fleet.sites:
        circle = outline.encode(ShapeKind.CIRCLE, Point(site.lon, site.lat), site.radius)
        terms = shapes.terms(circle, Role.HUB)
        drafts.append(
            fences.Draft(
                code=site.code,
                name_zh=site.zh,
                name_en=site.en,
                site=site.code,
                parent=None,
                terms=terms,
                box=outline.box(circle, terms.margin),
                centre=outline.centre(circle),
            )
        )
    new = [draft for draft in drafts if draft.code not in known]
    fences.import_fences(conn, new, fences.Edit("demo", "invented with its fleet", _EPOCH))


def _hash(credentials: Mapping[str, Any], truck: scenario.Truck) -> str | None:
    made = credentials.get(truck.device)
    return None if made is None else str(made.hash)


def _check(
    settings: Settings,
    vehicles: int,
    seconds: float,
    stop: threading.Event,
    *,
    as_json: bool,
) -> int:
    folder = Path(tempfile.mkdtemp(prefix="milepost-check-"))
    settings = settings.model_copy(update={"state": folder, "api_port": 0})
    fleet = scenario.china_trunk(vehicles)
    try:
        with Supervisor(settings) as running:
            running.prepare()
            passwords = read_object(enlist(running, fleet))
            running.run()
            broker = radio.Broker.from_url(
                running.devices_address,
                passwords={k: str(v) for k, v in passwords.items()},
                ca_file=None if running.ca_file is None else str(running.ca_file),
            )
            options = service.Options(seconds=seconds, drain=30.0)
            result = rehearsal.run(running, fleet, broker, options, stop)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    verdict = rehearsal.judge(result)
    for sentence in verdict:
        shell.console.print(f"not as promised: {sentence}", style="red")
    if not verdict:
        shell.console.print("everything as promised", style="green")
    if as_json:
        shell.emit(result.figures())
    return 1 if verdict else 0
