"""TCP ports on this machine: free ones, remembered ones, answering ones."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from pathlib import Path

from fleet.errors import StackBroken
from milepost.stack.ground import read_object, write_private

LOOPBACK = "127.0.0.1"
_PATIENCE = 1.0  # s, for a connection on loopback; refusal is immediate


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        # As servers do: an old connection in TIME_WAIT does not occupy the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def answers(port: int, host: str = LOOPBACK) -> bool:
    """Whether somebody listens there."""
    try:
        with socket.create_connection((host, port), _PATIENCE):
            return True
    except OSError:
        return False


def choose(file: Path, names: Sequence[str]) -> dict[str, int]:
    """A free port for each name: the one that ``file`` remembers, or a new one, remembered.

    A port may be taken between the choice and its use; then choose again.
    """
    remembered = read_object(file)
    chosen: dict[str, int] = {}
    with_probes: list[socket.socket] = []
    for name in names:
        port = remembered.get(name)
        if isinstance(port, int) and is_free(port):
            chosen[name] = port
            continue
        probe = socket.socket()
        with_probes.append(probe)  # held until all are chosen, so that no two are the same
        probe.bind((LOOPBACK, 0))
        chosen[name] = int(probe.getsockname()[1])
    for probe in with_probes:
        probe.close()
    if chosen != remembered:
        write_private(file, json.dumps(chosen))
    return chosen


def insist(port: int, host: str, what: str) -> int:
    """``port``.

    Raises:
        StackBroken: somebody else listens there.
    """
    if not is_free(port, host):
        raise StackBroken(f"{what} cannot listen on {host}:{port}: the port is taken")
    return port


def is_wildcard(host: str) -> bool:
    """Whether ``host`` stands for every address of this machine, and is none itself."""
    return host in {"0.0.0.0", "::", ""}  # noqa: S104 - compared, not bound
