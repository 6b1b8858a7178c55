"""Rules of the house that no tool checks: sizes, errors, locks, what must not be written."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet import errors
from fleet.errors import FleetError

ROOT = Path(__file__).parents[2]
PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "importlinter"
]["root_packages"]

LONGEST_FILE = 420  #: lines: about 400, as architecture has it
LONGEST_FUNCTION = 60  #: lines, docstring included: about 50 without
#: Files and functions that may be longer, with the reason.  None may.
EXCEPTIONS: dict[str, str] = {}


def modules() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def tracked() -> list[Path]:
    """Every text file that the repository holds."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("this is no clone: what the repository holds is unknown")
    listed = subprocess.run(
        [git, "-c", f"safe.directory={ROOT}", "ls-files", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def text_of(path: Path) -> str:
    """The text in ``path``; nothing if it is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_files_are_short() -> None:
    paths = [*modules(), *sorted((ROOT / "tests").rglob("*.py")), *sorted(ROOT.glob("docs/*.py"))]
    sizes = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in paths
    }
    long = {name: size for name, size in sizes.items() if size > LONGEST_FILE}
    assert long.keys() == {name for name in EXCEPTIONS if "::" not in name}


def test_functions_are_short() -> None:
    long = {
        f"{path.relative_to(ROOT).as_posix()}::{node.name}"
        for path in modules()
        for node in functions(path)
        if (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    }
    assert long == {name for name in EXCEPTIONS if "::" in name}


def test_nothing_of_the_product_prints() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    assert not found


def test_every_error_is_in_the_list_of_errors() -> None:
    described = set(re.findall(r"``(\w+)``:", errors.__doc__ or ""))
    assert described == {kind.__name__ for kind in FleetError.__subclasses__()}


def test_the_lock_file_names_no_host_and_hashes_every_package() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.findall(r"://|^-|index-url|find-links", text, re.MULTILINE)
    packages = re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]
    assert len(packages) > 50
    for package in packages:
        name = package.partition("\n")[0]
        assert re.match(r"[\w.-]+==\S+", name), name
        assert "--hash=sha256:" in package, name


def test_the_consoles_lock_file_names_no_registry_and_hashes_every_package() -> None:
    lock = json.loads((ROOT / "dashboards/package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert not [name for name, entry in packages.items() if "resolved" in entry]
    assert not [name for name, entry in packages.items() if "integrity" not in entry]


def test_the_consoles_lock_file_is_whole() -> None:
    # npm installs without an optional package that it cannot find, and leaves it out of the
    # lock file; `npm ci` then refuses the lock file on every fresh clone.
    lock = json.loads((ROOT / "dashboards/package-lock.json").read_text(encoding="utf-8"))
    packages = lock["packages"]
    wanted = {
        f"node_modules/{name}"
        for entry in packages.values()
        for key in ("dependencies", "optionalDependencies")
        for name in entry.get(key, ())
    }
    present = {re.sub(r"^.*(?=node_modules/)", "", name) for name in packages}
    assert not wanted - present


def test_no_path_of_somebodys_machine_is_in_the_repository() -> None:
    # /home/mosquitto and the like would be a container's; none is needed so far.
    machine = re.compile(r"(?<![\w.~-])/(?:work|home|Users)/")
    mine = Path(__file__).resolve()
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        if path.resolve() != mine
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if machine.search(line)
    ]
    assert not found


def test_recordings_are_named_by_their_setting_alone() -> None:
    beside = re.compile(r"\.\./" + "shared")
    found = {
        path.relative_to(ROOT).as_posix() for path in tracked() if beside.search(text_of(path))
    }
    assert found <= {".ci/run"}
