"""Devices from the machine itself: registering, passwords, certificates, and who was refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from fleet.certificates import describe
from fleet.errors import Invalid, NotFound
from fleet.scope import OPERATOR
from fleet.wire import is_device
from milepost import places, shell
from milepost.command.authority import authority_of
from milepost.settings import Settings
from milepost.stack.authority import DEVICE_FOR
from milepost.stack.ground import write_private
from store import admin, database, identity, trail
from tracker_api.credentials import new_credential

app_devices = typer.Typer(no_args_is_help=True, help="Terminals, and how they prove who they are.")

Code = Annotated[str, typer.Argument(help="The device's code: its MQTT user name.")]
Json = Annotated[bool, typer.Option("--json", help="One line of JSON each.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(app_devices, name="devices")


@app_devices.command("list")
def list_devices(*, as_json: Json = False) -> None:
    """Print every device, how it proves itself, and how often the broker refused it something.

    Example:

        milepost devices list
    """
    with _store() as (_, conn):
        found = identity.list_identities(conn)
        strangers = identity.list_refusals(conn, None)
    if as_json:
        for one in found:
            shell.emit(
                {
                    "code": one.code,
                    "password": one.has_password,
                    "next_from": one.next_from,
                    "revoked_at": one.revoked_at,
                    "certificates": one.certificates,
                    "ends_at": one.ends_at,
                    "refused": one.refused,
                }
            )
        return
    table = Table("device", "password", "certificates", "ends", "refused", "state")
    for one in found:
        coming = f"another from {one.next_from:%Y-%m-%d %H:%M}" if one.next_from else "yes"
        table.add_row(
            one.code,
            coming if one.has_password else "",
            str(one.certificates or ""),
            f"{one.ends_at:%Y-%m-%d}" if one.ends_at else "",
            str(one.refused or ""),
            "revoked" if one.revoked_at else "",
        )
    shell.out.print(table)
    for kind in strangers:
        shell.out.print(f"strangers: {kind.count} {kind.kind} refused, last {kind.last_at:%F %T}")


@app_devices.command()
def add(code: Code) -> None:
    """Register a device; prints its MQTT password, which is not kept.

    Example:

        milepost devices add truck-1
    """
    made = new_credential()
    with _store() as (_, conn), conn.transaction():
        admin.add_device(conn, code, made.hash)
        identity.note_other_hash(conn, code, made.pbkdf2)
        trail.record(conn, OPERATOR, "create", "device", code)
    _show_password(code, made.password)


@app_devices.command()
def rotate(
    code: Code,
    *,
    after: Annotated[
        int, typer.Option(min=0, max=604_800, help="s until which the old password is good.")
    ] = 0,
) -> None:
    """Give a device another password; prints it.  At once, and its connection is closed.

    With `--after` the old password is good until then; at the embedded broker, which knows one
    password of each device, the new one is good from then on.

    Example:

        milepost devices rotate truck-1 --after 86400
    """
    made = new_credential()
    takes_over = datetime.now(UTC) + timedelta(seconds=after) if after else None
    with _store() as (_, conn), conn.transaction():
        identity.rotate(conn, code, identity.Hashes(made.hash, made.pbkdf2), takes_over)
        trail.record(conn, OPERATOR, "credential", "device", code)
    _show_password(code, made.password)
    if takes_over:
        shell.console.print(f"it takes over at {takes_over:%Y-%m-%d %H:%M:%S} UTC")


@app_devices.command()
def revoke(
    code: Code,
    *,
    serial: Annotated[
        str | None, typer.Option(help="Only the certificate with this serial number.")
    ] = None,
) -> None:
    """Let a device connect no more; its connection is closed within seconds.

    Example:

        milepost devices revoke truck-1
    """
    now = datetime.now(UTC)
    with _store() as (_, conn), conn.transaction():
        if serial is None:
            identity.revoke(conn, code, now)
        else:
            identity.revoke_certificate(conn, code, serial, now)
        why = "" if serial is None else f"serial number {serial.lower()}"
        trail.record(conn, OPERATOR, "revoke", "device", code, why)
    what = "connect" if serial is None else f"connect by certificate {serial}"
    shell.console.print(f"{code} may {what} no more")


@app_devices.command()
def certificate(
    code: Code,
    *,
    out: Annotated[Path, typer.Option(help="Folder to write to; made if absent.")] = Path(),
    days: Annotated[int, typer.Option(min=1, help="How long it is good.")] = DEVICE_FOR.days,
    of_others: Annotated[
        Path | None, typer.Option("--pem", help="Register this one, which others have made.")
    ] = None,
) -> None:
    """Make a certificate by which a device may connect, beside what it has.

    Writes `CODE.pem`, `CODE.key` and `ca.pem`, whom the terminal is to trust.  Brokers ask for
    certificates where `MILEPOST_STACK__BROKER__CLIENT_CERTIFICATES` is on.

    Example:

        milepost devices certificate truck-1 --out /tmp/truck-1
    """
    now = datetime.now(UTC)
    if not is_device(code):
        raise NotFound("device", code)
    with _store() as (settings, conn), conn.transaction():
        if of_others is None:
            authority = authority_of(settings, now)
            papers = authority.for_client(code, now, timedelta(days=days))
            pem = papers.certificate
        else:
            pem = _read(of_others)
        new = describe(pem)
        identity.add_certificate(conn, code, new, now)
        trail.record(conn, OPERATOR, "certificate", "device", code, f"serial number {new.serial}")
        if of_others is None:
            out.mkdir(parents=True, exist_ok=True)
            papers.write(out, code)
            write_private(out / "ca.pem", authority.ca_file.read_text())
    shell.console.print(
        f"{code} may connect by certificate {new.serial} until {new.not_after:%Y-%m-%d}"
    )


def _show_password(code: str, password: str) -> None:
    shell.console.print(f"password of {code}, shown this once:")
    shell.out.print(password)


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, ValueError) as error:
        raise Invalid("--pem", f"{file} cannot be read: {error}") from error


@contextmanager
def _store() -> Iterator[tuple[Settings, Any]]:
    settings = places.with_database(shell.start("devices"))
    conn = database.connect(settings.at_database, application="milepost-devices")
    try:
        with database.away():
            yield settings, conn
    finally:
        conn.close()
