"""PostgreSQL and the MQTT broker of one state folder, started and stopped together.

Order matters.  On the way up: the servers start, the gateway opens its persistent session,
the devices are admitted (``stack.broker.set_devices``), and only then ``announce`` tells
other processes of this machine where the broker is; what is published before the session
exists is acknowledged and forgotten by the broker.  On the way down: first the broker, so
that nothing is acknowledged any more, then the database.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from milepost.stack.child import Child
from milepost.stack.ground import FolderLock, Ground, is_locked, read_object, write_private
from milepost.stack.nats import Broker
from milepost.stack.natsconf import BENCH, GATEWAY, OPERATOR, BrokerOptions
from milepost.stack.postgres import Postgres, PostgresOptions

DEFAULT_FOLDER = Path(".milepost")
_FILE = "stack.json"
#: Of the state folder: our own authority, and what it has made.
AUTHORITY = "authority"


@dataclass(frozen=True, slots=True)
class StackOptions:
    """How the embedded stack is set up."""

    postgres: PostgresOptions = field(default_factory=PostgresOptions)
    broker: BrokerOptions = field(default_factory=BrokerOptions)


@dataclass(frozen=True, slots=True)
class Running:
    """Where a running stack is; holds passwords, so never log it."""

    pid: int  #: of the supervisor
    database_url: str = field(repr=False)
    gateway_url: str = field(repr=False)  #: the broker, for the gateway alone
    operator_url: str = field(repr=False)  #: the broker, for ``milepost replay`` and ``simulate``
    bench_url: str | None = field(default=None, repr=False)  #: where the user ``bench`` exists
    session: str | None = field(default=None, repr=False)  #: client id of the gateway
    ca_file: str | None = None  #: whom to trust that it is the broker, where it is encrypted
    #: Folder with ``<user>.pem`` and ``<user>.key``, where the broker asks for certificates.
    certificates: str | None = None


class Stack:
    """The embedded stack of one state folder; as a context manager, for the length of a ``with``.

    Attributes:
        postgres: the database server.
        broker: the MQTT broker.
    """

    postgres: Postgres
    broker: Broker

    def __init__(self, folder: Path = DEFAULT_FOLDER, options: StackOptions | None = None) -> None:
        self._options = options or StackOptions()
        self._folder = folder.absolute()
        self._lock = FolderLock(self._folder)
        self._running = ExitStack()  # what to undo, in order
        self._announced = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start both and return when both are ready; on an error neither runs.

        Raises:
            StackBroken: one sentence about what is wrong, and the end of the program's log.
        """
        ground = Ground.prepare(self._folder)
        with ExitStack() as undo:
            self._lock.acquire()
            undo.callback(self._lock.release)
            (self._folder / _FILE).unlink(missing_ok=True)  # a killed supervisor left it
            self.postgres = undo.enter_context(
                Postgres(ground.folder / "postgres", self._options.postgres)
            )
            self.broker = undo.enter_context(
                Broker(ground.folder / "broker", self._options.broker, self.authority)
            )
            self._running = undo.pop_all()

    def stop(self) -> None:
        """Stop both, the broker first; does nothing if they are stopped."""
        if self._announced:
            (self._folder / _FILE).unlink(missing_ok=True)
            self._announced = False
        self._running.close()

    @property
    def authority(self) -> Path:
        """The folder of our own authority."""
        return self._folder / AUTHORITY

    def where(self) -> Running:
        """Where everything is; only while started."""
        bench = self.broker.url(BENCH) if self.broker.options.bench else None
        papers = self.broker.papers
        return Running(
            pid=os.getpid(),
            database_url=self.postgres.dsn,
            gateway_url=self.broker.url(GATEWAY),
            operator_url=self.broker.url(OPERATOR),
            bench_url=bench,
            session=self.broker.session,
            ca_file=str(papers.ca) if papers and papers.ca else None,
            certificates=str(papers.folder) if papers and papers.folder else None,
        )

    def announce(self) -> None:
        """Tell other processes of this user where the stack is (``find_running``).

        Call it when the gateway's persistent session exists.
        """
        write_private(self._folder / _FILE, json.dumps(asdict(self.where()), indent=1))
        self._announced = True

    def revive(self) -> list[str]:
        """Start again what has died; one sentence about each, none if all is well.

        Raises:
            StackBroken: one does not start again.
        """
        deaths: list[str] = []
        servers: list[tuple[Child | None, Callable[[], None]]] = [
            (self.postgres.child, self.postgres.start),
            (self.broker.child, self.broker.start),
        ]
        for child, start in servers:
            if child is not None and child.returncode is not None:
                deaths.append(child.obituary("died"))
                start()
        if deaths and self._announced:
            self.announce()  # a port may have been taken in between
        return deaths


def find_running(folder: Path = DEFAULT_FOLDER) -> Running | None:
    """Where the stack of ``folder`` is; None if none runs, or not as far as ``announce``.

    Whether one runs is asked of the kernel (it holds the folder's lock), not of a file.
    """
    if not is_locked(folder):
        return None
    found = read_object(folder / _FILE)
    return Running(**found) if found else None
