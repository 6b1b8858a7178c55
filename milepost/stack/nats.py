"""The MQTT broker as a child process: nats-server, with its store in the state folder.

What was acknowledged to a device is in the store's files and survives ``kill -9``.  It is
kept, though, only for sessions that exist: a message that nobody has subscribed to is
acknowledged and forgotten.  So a broker that starts admits no device; ``set_devices``
lets them in, once the gateway's session is there.
"""

from __future__ import annotations

import http.client
import json
import secrets
import signal
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from fleet.certificates import describe
from fleet.errors import Invalid, StackBroken
from milepost.stack import jetstream, ports
from milepost.stack.authority import (
    CA_FILE,
    SERVER_FILES,
    Authority,
    client_papers,
    server_papers,
)
from milepost.stack.binaries import find_nats
from milepost.stack.child import POLL, Child, Program
from milepost.stack.ground import FolderLock, Ground, read_object
from milepost.stack.leftovers import end_leftovers
from milepost.stack.natsconf import (
    BENCH,
    GATEWAY,
    KEEPER,
    OPERATOR,
    BrokerOptions,
    Listen,
    Place,
    Users,
    render,
)
from milepost.stack.refusals import LogTail, Refusal, parse

NAME = "the MQTT broker"
_START_WITHIN = 120.0  # s; it reads its store's files, 10 GB at the most
_RELOAD_WITHIN = 15.0  # s; 0.6 s with 10,000 devices
_ANSWER_WITHIN = 2.0  # s; the monitor is on loopback
_KEPT_FREE = 8  # th part of the store; a session takes some hundred bytes
_PORT_TRIES = 3  # somebody took a port between our look and the server's
_STOP = ((signal.SIGTERM, 20.0),)
_SESSION = "session"  # in the file of credentials, beside the users
_OLD_SESSION = "milepost-gateway"
_OWN_NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Papers:
    """What a client of an encrypted broker needs besides its URL."""

    ca: Path | None  #: whom to trust; None: the authorities that the system trusts
    folder: Path | None  #: with ``<user>.pem`` and ``.key`` to show; None: a password is enough


class Broker:
    """The MQTT broker of one state folder.

    Not for two threads at once.  ``stop`` is idempotent; a stopped one can be started again
    and then admits no device.  One that died and is started again admits those it had: the
    gateway's session is in its store.
    """

    def __init__(
        self, folder: Path, options: BrokerOptions | None = None, authority: Path | None = None
    ) -> None:
        """Not started.

        Args:
            folder: of its state.
            options: see there.
            authority: folder of our own authority, for ``tls``; by itself one below ``folder``.
        """
        self.options = options or BrokerOptions()
        self._state = folder.absolute()
        self._authority = authority or self._state / "authority"
        self._child: Child | None = None
        self._lock: FolderLock | None = None
        self._ground: Ground | None = None
        self._listen = Listen(0, 0, 0)
        self._credentials: dict[str, str] = {}
        self._subjects: dict[str, str] = {}  # of our own users' certificates
        self._papers: Papers | None = None
        self._devices: tuple[Mapping[str, str], Mapping[str, str]] = {}, {}
        self._conf = ""
        self._tail: LogTail | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """Where MQTT is spoken; only while started."""
        self._started()
        return self._listen.mqtt

    @property
    def child(self) -> Child | None:
        """The running (or died) broker; None before start and after stop."""
        return self._child

    @property
    def session(self) -> str:
        """The client id of the gateway; only while started.

        A broker closes the connection of whoever has a client id when another comes with it, and
        may throw the session away with all that waits in it.  So devices cannot guess it.
        """
        self._started()
        return self._credentials[_SESSION]

    @property
    def papers(self) -> Papers | None:
        """What clients need besides the URL; None: nothing is encrypted.  Only while started."""
        self._started()
        return self._papers

    def url(self, user: str = GATEWAY) -> str:
        """``mqtt[s]://user:password@host:port`` of gateway, operator or bench; while started.

        Without a password where clients show certificates.

        Raises:
            KeyError: there is no such user, or it is a device.
        """
        password = self._credentials[user]
        proof = "" if self.options.client_certificates else f":{password}"
        return f"{self._scheme}://{user}{proof}@{self._reach()}:{self.port}"

    def device_url(self, device: str, password: str) -> str:
        """The same for a device, whose password only the caller knows."""
        return f"{self._scheme}://{device}:{password}@{self._reach()}:{self.port}"

    @property
    def _scheme(self) -> str:
        return "mqtts" if self.options.tls else "mqtt"

    def start(self) -> None:
        """Start the broker and return when it answers; nothing happens if it runs.

        Raises:
            StackBroken: one sentence about what is wrong, and the end of the broker's log.
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
        """Stop the broker in order; what it has acknowledged is in its files."""
        if self._child is not None:
            self._child.stop(_STOP)
            self._child = None
        self._devices = {}, {}
        if self._tail is not None:
            self._tail.close()
            self._tail = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def set_devices(
        self, devices: Mapping[str, str], certificates: Mapping[str, str] | None = None
    ) -> bool:
        """Admit these devices and no others; whether that changed anything.

        Returns when the broker works by it.  Connections of devices that stay are kept, those
        of devices that go are closed.

        Args:
            devices: device name to bcrypt hash of its password.  A broker compares the hash
                at every connection, so its cost is paid for every reconnecting device.
            certificates: subject of a certificate to device name; these count instead where
                ``client_certificates`` is on.

        Raises:
            ValueError: a name is not a device's, or a hash is not bcrypt's.
            StackBroken: the broker is not started, died, or does not take it.
        """
        child, ground = self._started()
        admitted = dict(devices), dict(certificates or {})
        conf = self._render(ground, admitted)
        if conf == self._conf:
            return False
        before = self._monitor("/varz").get("config_load_time")
        ground.write(_conf_file(ground), conf)
        child.send(signal.SIGHUP)
        deadline = time.monotonic() + _RELOAD_WITHIN
        while self._monitor("/varz").get("config_load_time") in {before, None}:
            if child.returncode is not None or time.monotonic() > deadline:
                raise StackBroken(child.obituary("did not take the list of devices"))
            time.sleep(POLL)
        self._conf, self._devices = conf, admitted
        return True

    def keep_room(self) -> bool:
        """Keep a part of the store free of messages; whether that was not so already.

        A gateway that lost its connection writes its session when it comes back.  Messages that
        left no room for it would lie there for ever.  Once the gateway's session exists.

        Raises:
            StackBroken: the broker is not started, or does not take it.
        """
        self._started()
        password = self._credentials[KEEPER]
        door = jetstream.Door(ports.LOOPBACK, self._listen.nats, KEEPER, password)
        size = self.options.max_store
        return jetstream.limit_messages(door, size - size // _KEPT_FREE)

    def backlog(self) -> int | None:
        """Messages that wait for the gateway or for its acknowledgement; None: no answer."""
        answer = self._monitor("/jsz?streams=true")
        streams = [
            stream
            for account in answer.get("account_details", ())
            for stream in account.get("stream_detail", ())
            if stream["name"] == "$MQTT_msgs"
        ]
        return sum(int(stream["state"]["messages"]) for stream in streams) if streams else None

    def refusals(self) -> list[Refusal]:
        """What the broker refused since the last look, each with its user where one is known."""
        if self._tail is None:
            return []
        found = [refusal for line in self._tail.lines() if (refusal := parse(line))]
        users: dict[int, str] = {}
        for number in {refusal.connection for refusal in found}:
            if number is not None:
                users[number] = self._user_of(number)
        return [
            refusal
            if refusal.connection is None
            else replace(refusal, user=users[refusal.connection])
            for refusal in found
        ]

    def _user_of(self, connection: int) -> str:
        """As whom a connection was let in, also one that has ended; "": it is not known."""
        told = self._monitor(f"/connz?auth=1&state=any&cid={connection}")
        for known in told.get("connections", ()):
            return str(known.get("authorized_user", ""))
        return ""

    def _start(self, ground: Ground) -> None:
        program = find_nats(ground)
        end_leftovers(program.name, ground.folder)  # two on one store would ruin it
        self._ground = ground
        self._credentials = _credentials(ground, bench=self.options.bench)
        # Once: the gateway goes on showing what it was started with.
        if self.options.tls and self._papers is None:
            self._papers = self._prepare_papers(ground)
        for attempt in range(1, _PORT_TRIES + 1):
            self._listen = self._choose_ports(ground)
            self._conf = self._render(ground, self._devices)
            ground.write(_conf_file(ground), self._conf)
            child = self._child = Child(_server(ground, program))
            try:
                child.wait_until(self._is_ready, _START_WITHIN)
            except StackBroken:
                taken = "address already in use" in child.log_since_start()
                if not taken or attempt == _PORT_TRIES:
                    raise
            else:
                self._tail = self._tail or LogTail(_log_file(ground))
                return

    def _prepare_papers(self, ground: Ground) -> Papers:
        """Put certificates where the broker can read them, and say where clients find theirs."""
        options, now = self.options, datetime.now(UTC)
        try:
            authority = Authority.open(self._authority, now)
            names = [*_OWN_NAMES, socket.gethostname(), self._reach(), *options.names]
            server = server_papers(authority, names, now)
            trusted = authority.ca_file.read_text()
            if options.ca_file is not None:
                trusted += options.ca_file.read_text()
            if options.cert_file is not None and options.key_file is not None:
                server = options.cert_file, options.key_file
            for source, target in zip(server, _shown(ground), strict=True):
                ground.write(target, source.read_text())
            ground.write(ground.folder / CA_FILE, trusted)
            if options.client_certificates:
                self._show_certificates(authority, now)
        except (OSError, Invalid) as error:
            raise StackBroken(f"{NAME} has no certificate: {error}") from error
        known = authority.ca_file if options.cert_file is None else options.ca_file
        return Papers(known, self._authority if options.client_certificates else None)

    def _show_certificates(self, authority: Authority, now: datetime) -> None:
        """Have our own users known by certificates, too."""
        for user in (GATEWAY, OPERATOR, *([BENCH] if self.options.bench else [])):
            certificate, _ = client_papers(authority, user, now)
            self._subjects[user] = describe(certificate.read_text()).subject

    def _render(self, ground: Ground, devices: tuple[Mapping[str, str], Mapping[str, str]]) -> str:
        certificate, key = _shown(ground)
        place = Place(
            ground.sub("store"), _log_file(ground), certificate, key, ground.folder / CA_FILE
        )
        staff = self._subjects if self.options.client_certificates else self._credentials
        return render(
            self.options, self._listen, place, Users(staff, *devices, self._credentials[KEEPER])
        )

    def _choose_ports(self, ground: Ground) -> Listen:
        chosen = ports.choose(ground.folder / "ports.json", ["mqtt", "nats", "monitor"])
        if self.options.port is not None:
            chosen["mqtt"] = ports.insist(self.options.port, self.options.host, NAME)
        return Listen(**chosen)

    def _is_ready(self) -> bool:
        healthy = self._monitor("/healthz").get("status") == "ok"
        return healthy and ports.answers(self._listen.mqtt, self._reach())

    def _monitor(self, path: str) -> dict[str, Any]:
        """What the broker says about itself; empty if it does not answer."""
        connection = http.client.HTTPConnection(
            ports.LOOPBACK, self._listen.monitor, timeout=_ANSWER_WITHIN
        )
        try:
            connection.request("GET", path)
            answer = json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError):
            return {}
        finally:
            connection.close()
        return answer if isinstance(answer, dict) else {}

    def _reach(self) -> str:
        """The address for clients on this machine."""
        host = self.options.host
        return ports.LOOPBACK if ports.is_wildcard(host) else host

    def _started(self) -> tuple[Child, Ground]:
        if self._child is None or self._ground is None:
            raise StackBroken(f"{NAME} is not started")
        return self._child, self._ground


def _credentials(ground: Ground, *, bench: bool) -> dict[str, str]:
    """The passwords of our own users, and the client id of the gateway; made at the first start."""
    file = ground.folder / "credentials.json"
    known = {str(user): str(password) for user, password in read_object(file).items()}
    wanted = [GATEWAY, OPERATOR, KEEPER, *([BENCH] if bench else [])]
    # A broker of before keeps what waits for the gateway under the name of then.
    made = {_SESSION: _OLD_SESSION if known else f"{_OLD_SESSION}-{secrets.token_hex(8)}"}
    made |= {user: secrets.token_urlsafe(24) for user in wanted}
    if missing := {name: value for name, value in made.items() if name not in known}:
        known |= missing
        ground.write(file, json.dumps(known))
    return {name: known[name] for name in (*wanted, _SESSION)}


def _shown(ground: Ground) -> tuple[Path, Path]:
    """The broker's own certificate and key, where it can read them."""
    certificate, key = (ground.folder / name for name in SERVER_FILES)
    return certificate, key


def _log_file(ground: Ground) -> Path:
    """Made for the broker's user, who turns it over and so needs its folder, too."""
    file = ground.sub("log") / "nats.log"
    if not file.exists():
        ground.write(file, "")
    return file


def _conf_file(ground: Ground) -> Path:
    return ground.folder / "nats.conf"


def _server(ground: Ground, program: Path) -> Program:
    return Program(
        name=NAME,
        command=[str(program), "--config", str(_conf_file(ground))],
        folder=ground.folder,
        log=_log_file(ground),
        owner=ground.owner,
    )
