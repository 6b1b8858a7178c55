"""The whole product on one machine: the embedded stack and our own processes as children.

Order on the way up: the servers, the schema, the gateway's session at the broker, the
devices' credentials, our processes, and only then the announcement.  On the way down the
simulator and the API first, then the gateway, then the servers.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Self

import structlog

from fleet.errors import StackBroken, StoreAway
from gateway import inbox
from milepost.settings import PREFIX, Settings, as_environment
from milepost.stack import Stack, StackOptions
from milepost.stack.child import Child, Program
from milepost.stack.ports import choose, is_free
from store import admin, commit, database, migrate

log = structlog.get_logger()

_READY = 30.0  #: s for one of our processes to answer; a cold start takes about 2
_FINISH = 10.0  #: s for one of our processes to stop; the gateway finishes its batch
_LOOK = 1.0  #: s between two looks at children and credentials
_RESTARTS = 5  #: of one process within a minute; then something is wrong that a restart cures not


class Supervisor:
    """Starts, watches and stops everything; as a context manager."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        options = StackOptions(settings.stack.postgres, settings.stack.broker)
        self.stack = Stack(settings.state, options)
        self._children: dict[str, Child] = {}
        self._starts: dict[str, list[float]] = {}
        self._revision = -1
        self._database = settings.at_database

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for name in reversed(list(self._children)):
            self._children.pop(name).stop([(signal.SIGTERM, _FINISH)])
        self.stack.stop()

    def prepare(self) -> None:
        """Start the servers and bring schema and session in place; nothing runs on them yet.

        Raises:
            StackBroken: one does not start.
            BrokerAway: the gateway's session cannot be made.
        """
        self.stack.start()
        where = self.stack.where()
        self.settings = self.settings.model_copy(
            update={"database_url": where.database_url, "broker_url": where.gateway_url}
        )
        self._database = self.settings.at_database
        migrate.migrate(where.database_url)
        inbox.enrol(self.settings.at_broker)

    def start(self) -> None:
        """Start everything and return when the API answers."""
        self.prepare()
        self.run()

    def run(self) -> None:
        """Start our processes on the prepared servers; returns when they are ready."""
        host, wanted = self.settings.api_host, self.settings.api_port
        port = wanted if wanted and is_free(wanted, host) else self._other_port()
        self.address = f"http://{host}:{port}"
        self.settings = self.settings.model_copy(update={"api_port": port})
        self.admit()
        for name in ("gateway", "worker", "api"):
            self.spawn(name, [name])
        self._await_api()
        self.stack.announce()

    def spawn(self, name: str, arguments: list[str]) -> Child:
        """Start ``milepost`` with ``arguments`` as a child called ``name``."""
        log_folder = self.settings.state.absolute() / "log"
        log_folder.mkdir(parents=True, exist_ok=True)
        program = Program(
            name=f"milepost {name}",
            command=[sys.executable, "-m", "milepost", *arguments],
            folder=Path.cwd(),
            log=log_folder / f"{name}.log",
            environment=self._environment(name),
        )
        self._children[name] = child = Child(program)
        self._starts.setdefault(name, []).append(time.monotonic())
        return child

    def child(self, name: str) -> Child:
        """The running child called ``name``."""
        return self._children[name]

    def restart_api(self) -> None:
        """Stop the API, start it again at its address, and wait until it answers."""
        self._children.pop("api").stop([(signal.SIGTERM, _FINISH)])
        self.spawn("api", ["api"])
        self._await_api()

    def admit(self) -> None:
        """Tell the broker the credentials of all registered devices, where they changed.

        Raises:
            StoreAway: the database does not answer.
            StackBroken: the broker does not take them.
        """
        conn = database.connect(self._database, application="milepost-supervisor")
        try:
            with database.away():
                revision = commit.load_errands(conn).world_revision
                if revision != self._revision:
                    self.stack.broker.set_devices(admin.credentials(conn))
                    self._revision = revision
        finally:
            conn.close()

    @property
    def devices_address(self) -> str:
        """Where devices connect, without a password."""
        port = self.stack.where().operator_url.rpartition(":")[2]
        return f"mqtt://{self.settings.stack.broker.host}:{port}"

    def watch(self, stop: threading.Event) -> None:
        """Keep everything running until ``stop`` is set.

        Raises:
            StackBroken: a child dies again and again.
        """
        while not stop.wait(_LOOK):
            for death in self.stack.revive():
                log.warning("restarted", reason=death)
            try:
                self.admit()
            except (StoreAway, StackBroken) as away:  # the next look revives who died
                log.warning("credentials not looked at", reason=str(away))
            for name, child in list(self._children.items()):
                # Who is no longer ours was stopped meanwhile by another thread.
                if child.returncode is not None and self._children.get(name) is child:
                    self._restart(name, child)

    def _restart(self, name: str, child: Child) -> None:
        recent = [at for at in self._starts[name] if at > time.monotonic() - 60]
        if len(recent) >= _RESTARTS:
            raise StackBroken(child.obituary("dies again and again"))
        log.warning("restarted", reason=child.obituary("died"))
        self.spawn(name, list(child.program.command[3:]))

    def _other_port(self) -> int:
        """A free port, the same at every start as long as it stays free."""
        return choose(self.settings.state.absolute() / "api.json", ["api"])["api"]

    def _environment(self, name: str) -> dict[str, str]:
        """Our own settings, whoever made them, and nothing that only looks like one."""
        others = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
        probe = self.settings.probe
        told = self.settings.model_copy(
            update={
                "state": self.settings.state.absolute(),
                "log_format": "json",
                # Two processes cannot listen on one port: a fixed one is the gateway's.
                "probe": probe if name == "gateway" else replace(probe, port=0),
            }
        )
        return others | as_environment(told)

    def _await_api(self) -> None:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

        def ready() -> bool:
            try:
                with opener.open(f"{self.address}/health/ready", timeout=2) as answer:
                    return bool(answer.status == 200)  # noqa: PLR2004 - HTTP OK
            except (urllib.error.URLError, OSError):
                return False

        self.child("api").wait_until(ready, _READY)
