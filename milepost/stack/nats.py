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
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from fleet.errors import StackBroken
from milepost.stack import ports
from milepost.stack.binaries import find_nats
from milepost.stack.child import POLL, Child, Program
from milepost.stack.ground import FolderLock, Ground, read_object
from milepost.stack.leftovers import end_leftovers
from milepost.stack.natsconf import BENCH, GATEWAY, OPERATOR, BrokerOptions, Listen, render

NAME = "the MQTT broker"
_START_WITHIN = 120.0  # s; it reads its store's files, 10 GB at the most
_RELOAD_WITHIN = 15.0  # s; 0.6 s with 10,000 devices
_ANSWER_WITHIN = 2.0  # s; the monitor is on loopback
_PORT_TRIES = 3  # somebody took a port between our look and the server's
_STOP = ((signal.SIGTERM, 20.0),)


class Broker:
    """The MQTT broker of one state folder.

    Not for two threads at once.  ``stop`` is idempotent; a stopped one can be started again
    and then admits no device.  One that died and is started again admits those it had: the
    gateway's session is in its store.
    """

    def __init__(self, folder: Path, options: BrokerOptions | None = None) -> None:
        self.options = options or BrokerOptions()
        self._state = folder.absolute()
        self._child: Child | None = None
        self._lock: FolderLock | None = None
        self._ground: Ground | None = None
        self._listen = Listen(0, 0, 0)
        self._passwords: dict[str, str] = {}
        self._devices: dict[str, str] = {}
        self._conf = ""

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

    def url(self, user: str = GATEWAY) -> str:
        """``mqtt://user:password@host:port`` of gateway, operator or bench; only while started.

        Raises:
            KeyError: there is no such user, or it is a device.
        """
        return f"mqtt://{user}:{self._passwords[user]}@{self._reach()}:{self.port}"

    def device_url(self, device: str, password: str) -> str:
        """The same for a device, whose password only the caller knows."""
        return f"mqtt://{device}:{password}@{self._reach()}:{self.port}"

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
        self._devices = {}
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def set_devices(self, devices: Mapping[str, str]) -> bool:
        """Admit these devices and no others; whether that changed anything.

        Returns when the broker works by it.  Connections of devices that stay are kept, those
        of devices that go are closed.

        Args:
            devices: device name to bcrypt hash of its password.  A broker compares the hash
                at every connection, so its cost is paid for every reconnecting device.

        Raises:
            ValueError: a name is not a device's, or a hash is not bcrypt's.
            StackBroken: the broker is not started, died, or does not take it.
        """
        child, ground = self._started()
        conf = self._render(ground, devices)
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
        self._conf, self._devices = conf, dict(devices)
        return True

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

    def _start(self, ground: Ground) -> None:
        program = find_nats(ground)
        end_leftovers(program.name, ground.folder)  # two on one store would ruin it
        self._ground = ground
        self._passwords = _passwords(ground, bench=self.options.bench)
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
                return

    def _render(self, ground: Ground, devices: Mapping[str, str]) -> str:
        return render(self.options, self._listen, ground.sub("store"), self._passwords, devices)

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
        return ports.LOOPBACK if self.options.host in {"0.0.0.0", "::"} else self.options.host  # noqa: S104 - compared, not bound

    def _started(self) -> tuple[Child, Ground]:
        if self._child is None or self._ground is None:
            raise StackBroken(f"{NAME} is not started")
        return self._child, self._ground


def _passwords(ground: Ground, *, bench: bool) -> dict[str, str]:
    """The passwords of our own users; made at the first start."""
    file = ground.folder / "credentials.json"
    known = {str(user): str(password) for user, password in read_object(file).items()}
    wanted = [GATEWAY, OPERATOR, *([BENCH] if bench else [])]
    missing = [user for user in wanted if user not in known]
    if missing:
        known |= {user: secrets.token_urlsafe(24) for user in missing}
        ground.write(file, json.dumps(known))
    return {user: known[user] for user in wanted}


def _conf_file(ground: Ground) -> Path:
    return ground.folder / "nats.conf"


def _server(ground: Ground, program: Path) -> Program:
    return Program(
        name=NAME,
        command=[str(program), "--config", str(_conf_file(ground))],
        folder=ground.folder,
        log=ground.folder / "nats.log",
        owner=ground.owner,
    )
