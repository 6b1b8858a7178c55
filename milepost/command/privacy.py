"""What is kept how long, and what is known of a person: told, erased, held."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from fleet.errors import Conflict, Invalid
from fleet.scope import OPERATOR
from milepost import places, shell
from store import database, erasure, holds, privates, purging, trail, words
from store.erasure import Kind, Known, Subject

privacy = typer.Typer(no_args_is_help=True, help="What is kept how long, and a person's data.")

Name = Annotated[str, typer.Argument(help="As trips, waybills or the sign-in have it.")]
As = Annotated[Kind, typer.Option("--as", help="How they are known.")]
Phone = Annotated[str, typer.Option(help="Of a contact: tells namesakes apart.")]
Also = Annotated[list[str] | None, typer.Option(help="A further word of theirs; repeatable.")]
Reason = Annotated[str, typer.Option(help="Why; it stands on the trail.")]
Json = Annotated[bool, typer.Option("--json", help="One line of JSON each.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(privacy, name="privacy")


@privacy.command()
def retention(*, as_json: Json = False) -> None:
    """Print what is kept how long, and by which rule.

    Example:

        MILEPOST_RETENTION__PROFILE=eu milepost privacy retention
    """
    keep = shell.start("privacy").retention
    table = Table("what", "days", "rule", "setting", title=f"profile {keep.profile}")
    for rule in keep.rules:
        if as_json:
            told = {"profile": keep.profile, "kind": rule.kind, "days": rule.days}
            shell.emit(told | {"source": rule.source, "setting": rule.setting})
        table.add_row(rule.kind.value, str(rule.days), rule.source, rule.setting)
    if not as_json:
        shell.out.print(table)


@privacy.command()
def purges(
    *, limit: Annotated[int, typer.Option(help="How many.", min=1)] = 50, as_json: Json = False
) -> None:
    """Print what was removed or erased, newest first.

    Example:

        milepost privacy purges --limit 10
    """
    with _store() as conn:
        found = purging.list_purges(conn, limit=limit)
    table = Table("at", "what", "rows", "older than", "rule", "of")
    for one in found:
        if as_json:
            told = {"at": f"{one.at:%Y-%m-%dT%H:%M:%SZ}", "what": one.what, "rows": one.rows}
            before = f"{one.before:%Y-%m-%dT%H:%M:%SZ}"
            shell.emit(told | {"before": before, "rule": one.rule, "subject": one.subject})
        at, before = f"{one.at:%Y-%m-%d %H:%M}", f"{one.before:%Y-%m-%d %H:%M}"
        table.add_row(at, one.what, str(one.rows), before, one.rule, one.subject)
    if not as_json:
        shell.out.print(table)


@privacy.command("export")
def export_person(
    name: Name,
    *,
    out: Annotated[Path, typer.Option(help="The ZIP to write; must not exist.")],
    kind: As = Kind.DRIVER,
    phone: Phone = "",
    also: Also = None,
    reason: Reason = "asked for by the person",
) -> None:
    """Write everything that is known of a person to a ZIP, which only its owner can read.

    Example:

        milepost privacy export 王五 --as contact --phone 13800000001 --out wang.zip
    """
    from tracker_api import personal_export  # noqa: PLC0415 - builds the API's parts, which others need not

    subject = Subject(kind, name, phone, tuple(also or ()))
    with _store() as conn, conn.transaction():
        erasure.be_patient(conn)
        known = erasure.find(conn, subject)
        body = personal_export.pack(
            subject,
            known,
            erasure.rows_of(conn, known),
            erasure.drives_of(conn, known),
            erasure.files_of(conn, known),
            at=datetime.now(UTC),
        )
        trail.record(conn, OPERATOR, "export", "person", name, reason)
    _write(out, body)
    shell.console.print(f"{out} holds what is known of {name}, found by {_told(known)}")


@privacy.command("erase")
def erase_person(
    name: Name,
    *,
    reason: Annotated[str, typer.Option(help="Why; it stands on the trail.")],
    kind: As = Kind.DRIVER,
    phone: Phone = "",
    also: Also = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what it would do.")] = False,
) -> None:
    """Put a pseudonym in the place of every word by which a person is known; for good.

    Refused while something open or held needs them.  Backups keep the words until they are
    removed; after a restore erase again.

    Example:

        milepost privacy erase 王五 --as contact --reason "asked on 4 May" --dry-run
    """
    subject = Subject(kind, name, phone, tuple(also or ()))
    with _store() as conn, conn.transaction():
        erasure.be_patient(conn)
        known = erasure.find(conn, subject)
        if dry_run:
            rows, stand_in = erasure.count(conn, known), "nothing yet"
            _tell_obstacle(conn, known)
        else:
            now, token = datetime.now(UTC), secrets.token_bytes(4)
            done = erasure.erase(conn, OPERATOR, known, reason, words.stand_in(token), now)
            rows, stand_in = dict(done.rows), done.stand_in
    for table, number in sorted(rows.items()):
        shell.console.print(f"{number:8} {table}")
    shell.console.print(f"{_told(known)}: {stand_in} stands for them")


@privacy.command()
def hold(
    kind: Annotated[str, typer.Argument(help="person, waybill or trip.")],
    subject: Annotated[str, typer.Argument(help="Its name, number or code.")],
    *,
    reason: Reason,
) -> None:
    """Keep something from retention and erasure until the hold is lifted.

    Example:

        milepost privacy hold waybill JD20260504000001 --reason "claim 17"
    """
    with _store() as conn, conn.transaction():
        key = holds.add(conn, OPERATOR, kind, subject, reason)
    shell.out.print(key)


@privacy.command()
def lift(key: Annotated[str, typer.Argument(help="As `hold` printed it.")]) -> None:
    """Lift a hold.

    Example:

        milepost privacy lift 0196a1b2-0000-4000-8000-000000000000
    """
    with _store() as conn, conn.transaction():
        holds.lift(conn, OPERATOR, key)
    shell.console.print("the hold is lifted")


@privacy.command("vehicle")
def set_private(
    plate: Annotated[str, typer.Argument(help="Its plate.")],
    *,
    private: Annotated[bool, typer.Option("--private/--open", help="What it is from now on.")],
    reason: Reason = "as agreed with the driver",
) -> None:
    """Hide where a vehicle is between its trips, or show it again.

    Example:

        milepost privacy vehicle 沪A12345 --private
    """
    with _store() as conn:
        privates.set_private(conn, OPERATOR, plate, reason, private=private)
    shell.console.print(f"{plate} is {'hidden' if private else 'shown'} between its trips")


@contextmanager
def _store() -> Iterator[Any]:
    settings = places.with_database(shell.start("privacy"))
    conn = database.connect(settings.at_database, application="milepost-privacy")
    try:
        with database.away():
            yield conn
    finally:
        conn.close()


def _write(out: Path, body: bytes) -> None:
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Invalid("--out", f"{out} cannot be made: {error.strerror}") from error
    with os.fdopen(handle, "wb") as file:
        file.write(body)


def _told(known: Known) -> str:
    return ", ".join(known.words)


def _tell_obstacle(conn: Any, known: Known) -> None:  # noqa: ANN401 - only the store names the type
    try:
        erasure.require_free(conn, known)
    except Conflict as standing:
        shell.console.print(str(standing), style="yellow")
