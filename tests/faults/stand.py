"""The product as an operator runs it, with ways that can be cut and a disk that can be full.

Embedded PostgreSQL and broker, gateway, worker and API are real processes, watched as
``milepost up`` watches them: what dies is started again, unless a fault keeps it down.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import bcrypt
import psutil
import psycopg

from fleet.errors import Conflict, StackBroken, StoreAway
from milepost import settings
from milepost.settings import Settings
from milepost.stack import BrokerOptions, PostgresOptions
from milepost.stack.child import Child, Program
from milepost.supervisor import Supervisor
from shipment.notices import Rules
from store import admin, database, fences
from tests.faults.disks import SmallDisk
from tests.faults.scene import Scene
from tests.faults.shifted import AHEAD
from tests.faults.terminals import known
from tests.faults.wires import Wire
from tests.fix_product import Product
from tests.fleet_day import said
from tests.receiver import Receiver
from tests.waiting import await_true
from worker.alerts import Rhythm as AlertRhythm
from worker.sender import Sending

ROOT = Path(__file__).parents[2]
#: Bytes for the database: its own 100 MB, and what many rounds leave.
DISK = 1 << 30
#: Bytes for the broker: a flood of large messages fills them in a second.
STORE = 48 << 20
LOOK = 1.0  #: s between two looks at what has died; as ``milepost up``
PASSWORD = "terminal"  # noqa: S105 - of simulated terminals
#: s; as a fault may keep it from its work for so long.
PATIENCE = 60.0
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - of a receiver in this process
WORDS = 6  #: lines of a log that are told when something is wrong
OURS = ("gateway", "worker", "api")


class Wired(Supervisor):
    """A supervisor whose gateway reaches its servers by ways that can be cut."""

    database: Wire
    broker: Wire

    def spawn(self, name: str, arguments: list[str]) -> Child:
        """Start a process of ours; the gateway's clock can be set."""
        if name != "gateway":
            return super().spawn(name, arguments)
        folder = self.settings.state.absolute() / "log"
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "tests.faults.shifted", *arguments]
        environment = self._environment(name)
        for key, wire in (
            ("MILEPOST_DATABASE_URL", self.database),
            ("MILEPOST_BROKER_URL", self.broker),
        ):
            way, _, rest = environment[key].partition("@127.0.0.1:")
            port = rest.partition("/")
            environment[key] = f"{way}@127.0.0.1:{wire.port}{port[1]}{port[2]}"
        program = Program(
            "the gateway", command, ROOT, folder / "gateway.log", environment=environment
        )
        child = self._children[name] = Child(program)
        return child


class Stand(Product):
    """See the module; as a context manager, which starts and stops everything."""

    supervisor: Wired

    def __init__(self, folder: Path) -> None:
        chosen = settings.load({}).model_copy(
            update={
                "state": folder / "state",
                "api_port": 0,
                "stack": settings.Embedded(
                    PostgresOptions(max_wal_size=128), BrokerOptions(bench=True, max_store=STORE)
                ),
                "alerts": AlertRhythm(look=1.0),
                # A sender that was killed is followed within seconds, not minutes.
                "notices": Sending(
                    lease=6.0,
                    connect=2.0,
                    timeout=4.0,
                    allowed_hosts=("127.0.0.1",),
                    rules=Rules(quiet_from=0, quiet_to=0, retries=(0.5,) * 40),
                ),
            }
        )
        super().__init__(Wired(chosen), folder / "none")
        self._settings: Settings = chosen
        self._stack = ExitStack()
        self._down: set[str] = set()  # what a fault keeps down
        self._lock = threading.RLock()  # of the supervisor: it is not for two threads
        self._stop = threading.Event()
        self._credential = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
        self.restarts: dict[str, int] = {}

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            folder = self._settings.state
            folder.mkdir(mode=0o755)
            self.disk = SmallDisk(folder / "postgres", DISK)
            undo.callback(self.disk.unmount)
            self.receiver = undo.enter_context(Receiver())
            supervisor = undo.enter_context(self.supervisor)
            supervisor.prepare()
            stack = supervisor.stack
            database = int(stack.postgres.dsn.rpartition(":")[2].partition("/")[0])
            supervisor.database = undo.enter_context(Wire(database, folder))
            supervisor.broker = undo.enter_context(Wire(stack.broker.port, folder))
            self.air = undo.enter_context(Wire(stack.broker.port, folder))
            self._have_told()
            supervisor.run()
            watch = threading.Thread(target=self._watch, name="watch")
            watch.start()
            undo.callback(watch.join)
            undo.callback(self._stop.set)
            self._stack = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def terminals(self) -> Any:  # noqa: ANN401 - the simulator's broker
        """Where terminals connect: by a way that can be cut."""
        return known(replace(self.broker(), port=self.air.port), PASSWORD)

    def register(self, scene: Scene) -> None:
        """The lorries, terminals and fences of a round."""

        def enter(conn: Any) -> None:  # noqa: ANN401 - only the store names the type
            admin.seed(
                conn,
                vehicles=[(plate, None) for plate in scene.plates],
                devices=scene.registrations(self._credential),
            )
            fences.import_fences(conn, scene.drafts(), said(0.0))

        self.insist(enter)
        self.admit()

    def enlist(self, names: list[str]) -> None:
        """Terminals in no lorry."""
        whole = [admin.Registration(name, self._credential) for name in names]
        self.insist(lambda conn: admin.seed(conn, devices=whole))
        self.admit()

    def admit(self) -> None:
        """Have the broker let in whoever is registered; returns when it does."""

        def admitted() -> bool:
            with self._lock, suppress(StoreAway, StackBroken):
                self.supervisor.admit()
                return True
            return False

        await_true(admitted, "the terminals are admitted", PATIENCE)

    def insist(self, edit: Callable[[Any], object]) -> None:
        """Edit the world as people do: again and again while the database is away."""

        def done() -> bool:
            try:
                one = database.connect(self._at_database, application="test")
                with closing(one) as conn, database.away():
                    edit(conn)
            except StoreAway:
                return False
            except Conflict:  # it was done the last time, although nobody said so
                return True
            return True

        await_true(done, "an edit of the world is committed", PATIENCE)

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]] | None:
        """Ask the database; None while it is away."""
        try:
            with psycopg.connect(self.supervisor.settings.database_url, connect_timeout=2) as conn:
                conn.execute("SET statement_timeout = '20s'")
                return conn.execute(statement.encode(), values or None).fetchall()
        except psycopg.OperationalError:
            return None

    def rows_of(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the database, which is there."""
        rows = self.ask(statement, *values)
        assert rows is not None, "the database answers"
        return rows

    def last_words(self) -> Iterator[tuple[str, str]]:
        """The end of each log, by its name."""
        for log in sorted(self._settings.state.rglob("*.log")):
            for line in log.read_text(errors="replace").splitlines()[-WORDS:]:
                yield log.stem, line[:300]

    def processes(self, name: str) -> list[psutil.Process]:
        """A server with all its processes, or one of ours."""
        with self._lock:
            stack = self.supervisor.stack
            servers = {"database": stack.postgres.child, "broker": stack.broker.child}
            child = servers[name] if name in servers else self.supervisor.child(name)
        if child is None or child.returncode is not None:
            return []
        with suppress(psutil.NoSuchProcess):
            one = psutil.Process(child.pid)
            return [one, *one.children(recursive=True)]
        return []

    @contextmanager
    def killed(self, *names: str) -> Iterator[None]:
        """``kill -9``; nobody starts them again until the end."""
        with self._lock:
            self._down.update(names)
        for name in names:
            for process in self.processes(name)[:1]:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        try:
            yield
        finally:
            with self._lock:
                self._down.difference_update(names)

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """Nothing of it moves, and its sockets stay open."""
        stopped = self.processes(name)
        for process in stopped:
            with suppress(psutil.NoSuchProcess):
                process.suspend()
        try:
            yield
        finally:
            for process in stopped:
                with suppress(psutil.NoSuchProcess):
                    process.resume()

    @contextmanager
    def clock(self, ahead: float) -> Iterator[None]:
        """The gateway's clock is wrong."""
        numbers = {shift: number for number, shift in AHEAD.items()}
        self._signal("gateway", numbers[ahead])
        try:
            yield
        finally:
            self._signal("gateway", numbers[0.0])

    def _signal(self, name: str, number: int) -> None:
        for process in self.processes(name)[:1]:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    @property
    def _at_database(self) -> Any:  # noqa: ANN401 - the store's
        return self.supervisor.settings.at_database

    def _have_told(self) -> None:
        """Emergencies are told to a system that counts what it is told."""
        with psycopg.connect(self.supervisor.settings.database_url) as conn:
            conn.execute(
                "INSERT INTO channel (code, kind, name, address, secret, author)"
                " VALUES ('erp', 'webhook', 'erp', %s, %s, 'test')",
                [self.receiver.url, SECRET],
            )
            conn.execute(
                "INSERT INTO notice_rule (code, name, topics, channel_id, to_kind, author)"
                " SELECT 'alarms', 'alarms', '{alert.*}', id, 'system', 'test' FROM channel"
            )

    def _watch(self) -> None:
        while not self._stop.wait(LOOK):
            with self._lock, suppress(StackBroken, StoreAway):
                self._revive()

    def _revive(self) -> None:
        """Start what has died and may live; a database whose disk is full is tried again."""
        stack = self.supervisor.stack
        for name, server in (("database", stack.postgres), ("broker", stack.broker)):
            dead = server.child is None or server.child.returncode is not None
            if dead and name not in self._down:
                self.restarts[name] = self.restarts.get(name, 0) + 1
                server.start()
        for name in OURS:
            if self.supervisor.child(name).returncode is not None and name not in self._down:
                self.restarts[name] = self.restarts.get(name, 0) + 1
                self.supervisor.spawn(name, [name])
        self.supervisor.admit()
