"""The whole product on one machine: the embedded stack and our own processes as children.

Order on the way up: the servers, the schema, the gateway's session at the broker, the
devices' credentials, our processes, and only then the announcement.  On the way down the
simulator and the API first, then the gateway, then the servers.
"""

from __future__ import annotations

import os
import signal
import ssl
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import structlog

from fleet.errors import StackBroken, StoreAway
from gateway import inbox
from milepost import places
from milepost.settings import PREFIX, Settings, as_environment
from milepost.stack import GATEWAY, Stack, StackOptions
from milepost.stack.authority import SERVER_FILES
from milepost.stack.child import Child, Program
from milepost.stack.ports import choose, is_free, is_wildcard
from store import admin, commit, database, identity, migrate

log = structlog.get_logger()

_READY = 30.0  #: s for one of our processes to answer; a cold start takes about 2
_FINISH = 10.0  #: s for one of our processes to stop; the gateway finishes its batch
_LOOK = 1.0  #: s between two looks at children and credentials
_REFUSED = 10_000  #: refusals that may wait for the store; further ones are not counted
_RESTARTS = 5  #: of one process within a minute; then something is wrong that a restart cures not


class Supervisor:
    """Starts, watches and stops everything; as a context manager."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        given = settings.stack.broker
        # One certificate for all; 0.0.0.0 is no name.
        names = (*given.names, *(host for host in (settings.api_host,) if not is_wildcard(host)))
        broker = replace(given, tls=given.tls or settings.stack.tls, names=names)
        self.stack = Stack(settings.state, StackOptions(settings.stack.postgres, broker))
        self._certificates: dict[str, str] = {}  # device by subject
        self._refused: list[identity.Refused] = []  # not in the store yet
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
        self.settings = places.at(self.settings, where, GATEWAY).model_copy(
            update={"database_url": where.database_url}
        )
        self._database = self.settings.at_database
        migrate.migrate(where.database_url)
        for part in self._gateways.values():
            inbox.enrol(replace(self.settings.at_broker, partition=part))
        self.stack.broker.keep_room()

    def start(self) -> None:
        """Start everything and return when the API answers."""
        self.prepare()
        self.run()

    def run(self) -> None:
        """Start our processes on the prepared servers; returns when they are ready."""
        host, wanted = self.settings.api_host, self.settings.api_port
        port = wanted if wanted and is_free(wanted, host) else self._other_port()
        self._certify()
        scheme = "http" if self.settings.api.serving.certificate is None else "https"
        self.address = f"{scheme}://{host}:{port}"
        self.settings = self.settings.model_copy(update={"api_port": port})
        self.admit()
        for name in self._gateways:
            self.spawn(name, ["gateway"])
        for name in ("worker", "api"):
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
        """Tell the broker who may connect, where that changed, and the store who was refused.

        Raises:
            StoreAway: the database does not answer.
            StackBroken: the broker does not take them.
        """
        conn = database.connect(self._database, application="milepost-supervisor")
        try:
            with database.away():
                identity.settle(conn, datetime.now(UTC))
                revision = commit.load_errands(conn).world_revision
                if revision != self._revision:
                    self._certificates = identity.certificates(conn)
                    self.stack.broker.set_devices(admin.credentials(conn), self._certificates)
                    self._revision = revision
                self._tell_refusals(conn)
        finally:
            conn.close()

    def _tell_refusals(self, conn: Any) -> None:  # noqa: ANN401 - only the store names the type
        """Write down what the broker refused; what cannot be written now is kept for later."""
        for refusal in self.stack.broker.refusals():
            device = self._certificates.get(refusal.user, refusal.user)
            self._refused.append(identity.Refused(device, refusal.kind, refusal.detail))
        del self._refused[_REFUSED:]
        identity.note_refusals(conn, self._refused, datetime.now(UTC))
        self._refused.clear()

    def _certify(self) -> None:
        """Give the API the certificate of our own authority, if it is to have one."""
        serving = self.settings.api.serving
        if not self.settings.stack.tls or serving.certificate is not None:
            return
        certificate, key = (self.stack.authority / name for name in SERVER_FILES)
        serving = replace(serving, certificate=certificate, certificate_key=key)
        api = replace(self.settings.api, serving=serving)
        self.settings = self.settings.model_copy(update={"api": api})

    @property
    def devices_address(self) -> str:
        """Where devices connect, without a password."""
        scheme, _, rest = self.stack.where().operator_url.partition("://")
        return f"{scheme}://{self.settings.stack.broker.host}:{rest.rpartition(':')[2]}"

    @property
    def ca_file(self) -> Path | None:
        """What clients of broker and API are given who are to trust them; None: nothing is ours."""
        ca_file = self.stack.where().ca_file
        return None if ca_file is None else Path(ca_file)

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

    @property
    def _gateways(self) -> dict[str, int | None]:
        """The gateways by name, and the partition of each where the broker divides the devices."""
        parts = self.settings.stack.broker.partitions
        if parts == 1:
            return {"gateway": None}
        return {f"gateway-{part}": part for part in range(parts)}

    def _environment(self, name: str) -> dict[str, str]:
        """Our own settings, whoever made them, and nothing that only looks like one."""
        others = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
        probe, gateways = self.settings.probe, self._gateways
        told = self.settings.model_copy(
            update={
                "state": self.settings.state.absolute(),
                "log_format": "json",
                "broker": replace(self.settings.broker, partition=gateways.get(name)),
                # Two processes cannot listen on one port: a fixed one is the first gateway's.
                "probe": probe if name == next(iter(gateways)) else replace(probe, port=0),
            }
        )
        return others | as_environment(told)

    def _await_api(self) -> None:
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        certificate = self.settings.api.serving.certificate
        if certificate is not None:
            handlers.append(urllib.request.HTTPSHandler(context=_only(certificate)))
        opener = urllib.request.build_opener(*handlers)

        def ready() -> bool:
            try:
                with opener.open(f"{self.address}/health/ready", timeout=2) as answer:
                    return bool(answer.status == 200)  # noqa: PLR2004 - HTTP OK
            except (urllib.error.URLError, OSError):
                return False

        self.child("api").wait_until(ready, _READY)


def _only(certificate: Path) -> ssl.SSLContext:
    """Believe who shows this very certificate, whatever name it is for: it is our own child."""
    context = ssl.create_default_context(cafile=certificate)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context
