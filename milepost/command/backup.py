"""Everything in one file, and back: what an installation is lost without is in its database."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Annotated, Any

import typer

from fleet.errors import Conflict, Invalid, StackBroken
from fleet.scope import OPERATOR
from milepost import places, shell
from milepost.settings import Settings
from milepost.stack import find_running
from milepost.stack.binaries import find_client
from milepost.stack.postgres import Postgres
from store import database, dumping, trail
from store import migrate as migrations

Json = Annotated[bool, typer.Option("--json", help="End with one line of JSON.")]

_BEGIN = b"""SET client_min_messages = warning;
BEGIN;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
"""
#: A backup of a newer program, or of something else, is refused with nothing changed; cursors of
#: before mean nothing any more, so that readers begin with a snapshot.
_END = """SET LOCAL search_path TO public;
DO $$ BEGIN
  IF EXISTS (SELECT FROM schema_migration WHERE name <> ALL ('{%s}')) THEN
    RAISE EXCEPTION 'the backup is of a newer program: nothing was changed';
  END IF;
END $$;
UPDATE installation SET epoch = gen_random_uuid();
COMMIT;
"""
_PREAMBLE = 4096  #: bytes; the settings of the script are in the first 1,000
_QUOTED = 3  #: lines of what PostgreSQL's program said, in an error


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(backup)
    app.command()(restore)


def backup(
    file: Annotated[Path, typer.Argument(help="Written anew; it must not exist.")],
    *,
    as_json: Json = False,
) -> None:
    """Write the whole installation to one file, while it works.

    The file is a dump of PostgreSQL (custom format, compressed) of one moment: positions, nodes,
    trips, waybills, evidence, people, settings of rules, and the audit with its chain. Passwords
    are in it as hashes, but telephones and the secrets of webhooks as they are: only its owner may
    read it. It appears under its name when it is complete. What terminals have
    sent and the gateway has not committed is not in it: that is with the broker.

    Example:

        milepost backup /backups/milepost-2026-11-22.dump
    """
    settings = places.with_database(shell.start("backup"))
    if file.exists():
        raise Invalid(str(file), "exists already: a backup never writes over another")
    if not file.absolute().parent.is_dir():
        raise Invalid(str(file), "is in a folder that does not exist")
    with closing(database.connect(settings.at_database, application="milepost backup")) as conn:
        if not dumping.look(conn).installed:
            raise Conflict("there is no installation in this database to back up")
    partial = file.with_name(f"{file.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        partial.touch(mode=0o600, exist_ok=False)  # pg_dump keeps the mode of what is there
        _dump(settings, partial)
        partial.rename(file)
    finally:
        partial.unlink(missing_ok=True)
    size = file.stat().st_size
    shell.console.print(f"{file}: {size / 1e6:,.1f} MB")
    if as_json:
        shell.emit({"file": str(file), "bytes": size})


def restore(
    file: Annotated[Path, typer.Argument(help="What `milepost backup` has written.")],
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Remove the installation that is there.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring an installation back as it was when the backup was made.

    Into an empty database, or with --replace in place of what is there; nothing else may work
    with it meanwhile. All or nothing: if it fails, the database is as it was. The schema is
    brought up to date afterwards, and whoever followed the old installation by a cursor begins
    anew. Without MILEPOST_DATABASE_URL the embedded database is started for it.

    Example:

        milepost restore /backups/milepost-2026-11-22.dump --replace
    """
    settings = shell.start("restore")
    if not file.is_file():
        raise Invalid(str(file), "is no file")
    with _server(settings) as at:
        _listed(file)
        with closing(database.connect(at.at_database, application="milepost restore")) as conn:
            _insist_on_room(conn, replace=replace)
            _bring_back(at, file)
            applied = migrations.migrate(conn)
            trail.record(conn, OPERATOR, "restore", "installation", file.name)
            content = dumping.count(conn)
    told = f"{content.fixes:,} fixes, {content.nodes:,} nodes, {content.trips:,} trips"
    until = f", newest fix {content.newest:%Y-%m-%d %H:%M:%S} UTC" if content.newest else ""
    shell.console.print(f"restored: {told}, {content.waybills:,} waybills{until}")
    if as_json:
        shell.emit({**asdict(content), "applied": applied})


@contextmanager
def _server(settings: Settings) -> Iterator[Settings]:
    """The database that is set, or the embedded one, started for this if nothing runs."""
    if settings.database_url or find_running(settings.state) is not None:
        yield places.with_database(settings)
        return
    with Postgres(settings.state / "postgres", settings.stack.postgres) as server:
        yield settings.model_copy(update={"database_url": server.dsn})


def _insist_on_room(conn: Any, *, replace: bool) -> None:  # noqa: ANN401 - only the store names the type
    found = dumping.look(conn)
    if found.others:
        raise Conflict(f"stop Milepost first: {found.others} works with this database")
    if found.tables and not replace:
        whose = "an installation" if found.installed else f"{found.tables} tables"
        raise Conflict(f"the database has {whose} already: --replace removes what is there")
    if found.tables and not found.installed:
        raise Conflict("the database has tables that are not Milepost's: they are not removed")


def _listed(file: Path) -> None:
    """Read the file's table of contents, before anything is removed for it."""
    try:
        _run([str(find_client("pg_restore")), "--list", str(file)])
    except StackBroken as error:
        raise Invalid(str(file), f"is no backup: {error}") from error


def _dump(settings: Settings, file: Path) -> None:
    where, password = dumping.address(settings.database_url)
    options = ["--format=custom", "--no-password", f"--dbname={where}", f"--file={file}"]
    _run([str(find_client("pg_dump")), *options], password)


def _bring_back(settings: Settings, file: Path) -> None:
    """Remove what is there and write what is in the file, in one transaction.

    The last word, COMMIT, is said only when the file was read to its end.
    """
    where, password = dumping.address(settings.database_url)
    read = [str(find_client("pg_restore")), "--no-owner", "--no-privileges", "--file=-", str(file)]
    write = [str(find_client("psql")), "--no-psqlrc", "--quiet", "--no-password",
             f"--dbname={where}", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]  # fmt: skip
    with (
        TemporaryFile() as said,
        subprocess.Popen(read, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as reader,  # noqa: S603 - as in _run
        subprocess.Popen(write, stdin=subprocess.PIPE, stderr=said, env=_with(password)) as writer,  # noqa: S603
    ):
        with suppress(BrokenPipeError):  # the writer has said why
            _pass_on(reader, writer)
        writer.wait()
        reader.kill()  # of no use without the writer
        said.seek(0)
        if writer.returncode:
            raise StackBroken(_quote(said.read(), write))
    if reader.returncode:
        raise Invalid(str(file), "cannot be read to its end; nothing was changed")


def _pass_on(reader: subprocess.Popen[bytes], writer: subprocess.Popen[bytes]) -> None:
    with _pipe(writer.stdin) as into:
        into.write(_BEGIN)
        script = _pipe(reader.stdout)
        # It stands in the preamble; servers before 17 do not know it.
        into.write(script.read(_PREAMBLE).replace(b"SET transaction_timeout = 0;\n", b""))
        shutil.copyfileobj(script, into)
        if reader.wait() == 0:
            into.write((_END % ",".join(migrations.names())).encode())


def _pipe(end: IO[bytes] | None) -> IO[bytes]:
    assert end is not None  # noqa: S101 - both were asked for
    return end


def _with(password: str) -> dict[str, str]:
    return {**os.environ, **({"PGPASSWORD": password} if password else {})}


def _quote(said: bytes, command: Sequence[str]) -> str:
    lines = said.decode(errors="replace").strip().splitlines()[:_QUOTED]
    return " ".join(lines) or f"{Path(command[0]).name} failed"


def _run(command: Sequence[str], password: str = "") -> None:
    """Run PostgreSQL's own program; the password is not on its command line."""
    ended = subprocess.run(  # noqa: S603 - PostgreSQL's own programs, no shell
        command, env=_with(password), capture_output=True, check=False
    )
    if ended.returncode:
        raise StackBroken(_quote(ended.stderr, command))
