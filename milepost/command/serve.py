"""The processes of the product: gateway, api, worker, broker."""

from __future__ import annotations

from typing import Annotated

import structlog
import typer

from gateway.service import Gateway
from milepost import places, shell
from milepost.probe import ProbeServer
from milepost.stack import ports
from milepost.supervisor import Supervisor
from worker.service import Worker

log = structlog.get_logger()


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(gateway)
    app.command()(api)
    app.command()(worker)
    app.command()(up)


def gateway() -> None:
    """Take positions from the broker and store them.

    Uses `MILEPOST_BROKER_URL` and `MILEPOST_DATABASE_URL`, or the embedded stack that runs.
    Health and metrics are at the address that it logs (`MILEPOST_PROBE__PORT`).

    Example:

        MILEPOST_DATABASE_URL=postgresql://… MILEPOST_BROKER_URL=mqtt://… milepost gateway
    """
    settings = places.with_broker(places.with_database(shell.start("gateway")))
    stop = shell.stop_on_signals()
    running = Gateway(settings.of_gateway, stop, shell.spare_the_collector)
    with ProbeServer(settings.probe, running.metrics.registry, running.problems) as probe:
        log.info("gateway starts", probe=probe.address)
        running.run()


def worker() -> None:
    """Do what the clock asks for: partitions ahead, retention, compression.

    Example:

        MILEPOST_RETENTION__HISTORY_DAYS=365 milepost worker
    """
    settings = places.with_database(shell.start("worker"))
    running = Worker(settings.of_worker, shell.stop_on_signals())
    with ProbeServer(settings.probe, running.registry, running.problems) as probe:
        log.info("worker starts", probe=probe.address)
        running.run()


def api(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="TCP port; 0 takes a free one.")] = None,
) -> None:
    """Serve the REST API, the live stream and the console.

    Example:

        milepost api --port 8080
    """
    from tracker_api.serve import serve  # noqa: PLC0415 - its routes take a second to build, only this process serves them

    settings = shell.start("api", api_host=host, api_port=port)
    settings = places.with_database(settings)
    if settings.api_port and ":" not in settings.api_host:  # is_free knows no IPv6
        ports.insist(settings.api_port, settings.api_host, "the API")
    serve(
        settings.of_api,
        settings.at_database,
        zone=settings.zone,
        retention=settings.retention,
        on_ready=_listens,
    )


def _listens(address: str) -> None:
    """Requests are taken from now on."""
    shell.spare_the_collector()
    log.info("api listens", address=address)


def up(
    port: Annotated[int | None, typer.Option(help="TCP port of the console.")] = None,
) -> None:
    """Run the whole product on the embedded stack, without a simulated fleet.

    PostgreSQL and the MQTT broker run as child processes; data, passwords and logs are in
    `MILEPOST_STATE` (`.milepost`).  Ctrl-C stops everything; the data stays.

    Example:

        milepost up
        milepost replay drive.nmea --device truck-1     # in another terminal
    """
    settings = shell.start("up", api_port=port)
    stop = shell.stop_on_signals()
    with Supervisor(settings) as running:
        running.start()
        shell.console.print(f"Console      {running.address}", style="bold")
        shell.console.print(f"MQTT         {running.devices_address}")
        shell.console.print(f"State        {settings.state.absolute()}")
        shell.console.print("Ctrl-C stops everything.", style="dim")
        running.watch(stop)
