"""Our own authority, and the files by which brokers of others know our devices."""

from __future__ import annotations

import secrets
import threading
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import typer
from rich.table import Table

from fleet.certificates import describe
from fleet.errors import Invalid
from gateway.inbox import parse_url
from milepost import brokerfiles, places, shell
from milepost.brokerfiles import Known, Listeners
from milepost.settings import Settings
from milepost.stack import AUTHORITY
from milepost.stack.authority import SERVER_FOR, Authority
from milepost.stack.ground import write_private
from store import commit, database, identity
from tracker_api.credentials import mosquitto_hash

authorities = typer.Typer(
    no_args_is_help=True, help="Our own authority for certificates, in the state folder."
)

Out = Annotated[Path, typer.Option(help="Folder to write to; made if absent.")]
Json = Annotated[bool, typer.Option("--json", help="One line of JSON each.")]
_LOOK = 2.0  #: s between two looks whether files must be made anew


class Engine(StrEnum):
    """A broker that files can be made for."""

    MOSQUITTO = "mosquitto"
    EMQX = "emqx"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(authorities, name="authority")
    app.command("broker-files")(broker_files)


def authority_of(settings: Settings, now: datetime) -> Authority:
    """The authority of this installation; made if there is none."""
    return Authority.open(settings.state.absolute() / AUTHORITY, now)


@authorities.command()
def show(*, as_json: Json = False) -> None:
    """Print the certificates in the authority's folder and when they end; makes it if absent.

    Exits with 1 if one has ended.

    Example:

        milepost authority show
    """
    now = datetime.now(UTC)
    folder = authority_of(shell.start("authority"), now).folder
    found = {file.name: describe(file.read_text()) for file in sorted(folder.glob("*.pem"))}
    table = Table("file", "of", "ends", "days left")
    for name, paper in found.items():
        days = (paper.not_after - now).days
        if as_json:
            ends = paper.not_after.isoformat()
            shell.emit({"file": name, "of": paper.name, "ends": ends, "days_left": days})
        table.add_row(name, paper.name, f"{paper.not_after:%Y-%m-%d}", str(days))
    if not as_json:
        shell.out.print(table)
        shell.out.print(str(folder))
    raise typer.Exit(int(any(paper.not_after <= now for paper in found.values())))


@authorities.command()
def server(
    names: Annotated[list[str], typer.Argument(help="Host names and addresses it is reached by.")],
    *,
    out: Out = Path(),
    days: Annotated[int, typer.Option(min=1, help="How long it is good.")] = SERVER_FOR.days,
) -> None:
    """Make a certificate for a server: a broker, the API, PostgreSQL.

    Writes `server.pem`, `server.key` and `ca.pem`, whom clients are to trust.

    Example:

        milepost authority server mqtt.example.com 10.0.0.5 --out /etc/mosquitto/milepost
    """
    now = datetime.now(UTC)
    authority = authority_of(shell.start("authority"), now)
    out.mkdir(parents=True, exist_ok=True)
    paths = authority.for_server(names, now, timedelta(days=days)).write(out, "server")
    write_private(out / "ca.pem", authority.ca_file.read_text())
    shell.console.print(f"wrote {paths[0]}, {paths[1]} and {out / 'ca.pem'}")


@authorities.command()
def renew() -> None:
    """Replace the authority by a new one, which signs from now on.

    `ca.pem` holds both: give it to everybody before servers show certificates of the new one.

    Example:

        milepost authority renew
    """
    now = datetime.now(UTC)
    renewed = authority_of(shell.start("authority"), now).renew(now)
    shell.console.print(f"{renewed.ca_file} holds the new authority and the ones before it")


def broker_files(  # noqa: PLR0913 - options of a command line
    broker: Annotated[Engine, typer.Option(help="Which broker.")],
    out: Out,
    *,
    at: Annotated[str, typer.Option(help="Path of that folder where the broker runs.")] = "",
    data: Annotated[str, typer.Option(help="Where Mosquitto keeps sessions.")] = (
        "/var/lib/mosquitto/"
    ),
    port: Annotated[int, typer.Option(help="TCP port of terminals.")] = 1883,
    gateway_port: Annotated[int, typer.Option(help="TCP port of gateways.")] = 1884,
    gateway_host: Annotated[str, typer.Option(help="Address of that one.")] = "127.0.0.1",
    tls: Annotated[bool, typer.Option("--tls", help="Terminals speak encrypted only.")] = False,
    certificates: Annotated[
        bool, typer.Option("--certificates", help="Terminals show certificates, no passwords.")
    ] = False,
    api: Annotated[str, typer.Option(help="Our API, as EMQX reaches it.")] = (
        "http://127.0.0.1:8080"
    ),
    watch: Annotated[bool, typer.Option("--watch", help="Stay, and keep them true.")] = False,
) -> None:
    """Write the files by which Mosquitto or EMQX knows our devices and their rights.

    The gateway's password is that of `MILEPOST_BROKER_URL`, or made and kept in the folder.
    Tell Mosquitto with SIGHUP when they have changed: who may connect no more is cut off.

    Example:

        milepost broker-files --broker mosquitto --out /etc/mosquitto/milepost --port 8883 --tls
    """
    settings = places.with_database(shell.start("broker-files"))
    listeners = Listeners(port, gateway_port, gateway_host, tls or certificates, certificates)
    folder = PurePosixPath(at or str(out.absolute()))
    out.mkdir(parents=True, exist_ok=True)
    proof = _gateway_password(settings, out)
    stop = shell.stop_on_signals() if watch else threading.Event()
    last: dict[str, str] = {}
    hashed = mosquitto_hash(proof)
    while not stop.is_set():
        known = _hashes(settings)
        if broker is Engine.EMQX:
            secret = settings.api.broker_secret
            if secret is None:
                raise Invalid(
                    "MILEPOST_API__BROKER_SECRET", "must be set: EMQX proves itself by it"
                )
            files = brokerfiles.emqx(Known(proof), listeners, folder, api, secret)
        else:
            files = brokerfiles.mosquitto(Known(hashed, known), listeners, folder, data)
            if certificates:
                files |= _papers(settings)
        for name, text in files.items():
            if last.get(name) != text:
                write_private(out / name, text)
                shell.console.print(f"wrote {out / name}")
        last = files
        if not watch:
            return
        _await_edit(settings, stop)


def _hashes(settings: Settings) -> dict[str, str]:
    """Mosquitto's hash by device; says of which device there is none."""
    conn = database.connect(settings.at_database, application="milepost-broker-files")
    try:
        with database.away():
            identity.settle(conn, datetime.now(UTC))
            found = identity.other_hashes(conn)
    finally:
        conn.close()
    missing = sorted(device for device, hashed in found.items() if hashed is None)
    if missing:
        shell.console.print(
            f"left out: {len(missing)} devices whose password was made before Mosquitto's hash "
            f"of it was kept, the first is {missing[0]}; give them another: milepost devices rotate"
        )
    return {device: hashed for device, hashed in found.items() if hashed is not None}


def _papers(settings: Settings) -> dict[str, str]:
    """Whom Mosquitto trusts, and which certificates no more."""
    now = datetime.now(UTC)
    authority = authority_of(settings, now)
    conn = database.connect(settings.at_database, application="milepost-broker-files")
    try:
        with database.away():
            serials = identity.revoked_serials(conn, now)
    finally:
        conn.close()
    return {"ca.pem": authority.ca_file.read_text(), "revoked.pem": authority.revoked(serials, now)}


def _gateway_password(settings: Settings, out: Path) -> str:
    if settings.broker_url and (password := parse_url(settings.broker_url).password):
        return password
    file = out / "gateway-password"
    if not file.exists():
        write_private(file, secrets.token_urlsafe(24))
        shell.console.print(f"the gateway's password is in {file}")
    return file.read_text().strip()


def _await_edit(settings: Settings, stop: threading.Event) -> None:
    """Return when something of the world was edited, a password's time has come, or to stop."""
    conn: Any = database.connect(settings.at_database, application="milepost-broker-files")
    try:
        with database.away():
            before = commit.load_errands(conn).world_revision
            while not stop.wait(_LOOK):
                due = identity.settle(conn, datetime.now(UTC))
                if due or commit.load_errands(conn).world_revision != before:
                    return
    finally:
        conn.close()
