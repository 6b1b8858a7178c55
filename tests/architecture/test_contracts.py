"""The layers hold, and each contract is shown to break when somebody breaks it."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LINTER: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
    "tool"
]["importlinter"]
CONTRACTS = {contract["id"]: contract for contract in LINTER["contracts"]}

#: contract -> (module, line to plant there)
VIOLATIONS = [
    ("layers", "fleet/geo.py", "import store"),
    ("layers", "store/feed.py", "import gateway.screen"),
    ("layers", "gateway/screen.py", "import tracker_api.settings"),
    ("layers", "tracker_api/tracks.py", "import worker.service"),
    ("layers", "geofence/visits.py", "import store"),
    ("layers", "store/visits.py", "import geofence.visits"),
    ("layers", "worker/service.py", "import firmware_sim.scenario"),
    ("layers", "worker/service.py", "import milepost.shell"),
    ("pure-core", "fleet/wire.py", "import os"),
    ("pure-core", "gateway/nmea/epoch.py", "import logging"),
    ("pure-core", "gateway/judge.py", "import time"),
    ("pure-core", "gateway/pipeline.py", "import structlog"),
    ("pure-core", "geofence/machine.py", "import time"),
    ("pure-core", "tracker_api/live/mailbox.py", "import asyncio"),
    ("pure-core", "firmware_sim/device.py", "import random"),
    ("sql-has-one-owner", "gateway/writer.py", "import psycopg"),
    ("sql-has-one-owner", "tracker_api/door.py", "import psycopg_pool"),
    ("mqtt-has-two-doors", "gateway/service.py", "import paho.mqtt.client"),
    ("mqtt-has-two-doors", "firmware_sim/service.py", "import paho.mqtt.client"),
    ("simulator-is-a-stranger", "firmware_sim/nmea.py", "import fleet.records"),
    ("simulator-is-a-stranger", "firmware_sim/service.py", "import store.admin"),
]


def verdicts(folder: Path) -> dict[str, bool]:
    """Name of each contract to whether it was kept, by the linter's own word."""
    found = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = re.findall(r"^(.+) (KEPT|BROKEN)\b", found.stdout, re.MULTILINE)
    assert lines, found.stdout + found.stderr
    judged = {name: word == "KEPT" for name, word in lines}
    assert (found.returncode == 0) is all(judged.values())
    return judged


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The packages' modules and their contracts, in a place where planting does no harm."""
    for package in LINTER["root_packages"]:
        shutil.copytree(
            ROOT / package,
            tmp_path / package,
            ignore=lambda folder, names: {
                name
                for name in names
                if name == "__pycache__"
                or ((Path(folder) / name).is_file() and not name.endswith(".py"))
            },
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_all_contracts_hold() -> None:
    assert verdicts(ROOT) == {contract["name"]: True for contract in CONTRACTS.values()}


@pytest.mark.parametrize(("contract", "module", "line"), VIOLATIONS)
def test_a_planted_import_breaks_its_contract(
    copy: Path, contract: str, module: str, line: str
) -> None:
    planted = copy / module
    planted.write_text(f"{planted.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    assert verdicts(copy)[CONTRACTS[contract]["name"]] is False


def test_every_contract_is_shown_to_break() -> None:
    assert {contract for contract, _, _ in VIOLATIONS} == set(CONTRACTS)


def test_contracts_name_modules_that_exist() -> None:
    named = {
        name.strip()
        for contract in CONTRACTS.values()
        for key in ("layers", "source_modules", "forbidden_modules", "allowed_importers")
        for entry in contract.get(key, ())
        for name in entry.split("|")
    }
    missing = {name for name in named if importlib.util.find_spec(name) is None}
    assert not missing


def test_every_module_of_the_gateway_is_core_or_a_shell() -> None:
    shells = {"eager", "errands", "inbox", "looks", "messages", "metrics"} | {
        *("repair", "service", "suspects", "trial", "writer"),
    }
    modules = {path.stem for path in (ROOT / "gateway").glob("*.py")} - {"__init__"}
    folders = {path.parent.name for path in (ROOT / "gateway").glob("*/__init__.py")}
    core = {
        name.removeprefix("gateway.")
        for name in CONTRACTS["pure-core"]["source_modules"]
        if name.startswith("gateway.")
    }
    assert core | shells == modules | folders
    assert not core & shells


def test_every_package_stands_in_a_layer() -> None:
    layers = " | ".join(CONTRACTS["layers"]["layers"]).replace(" ", "").split("|")
    assert sorted(layers) == sorted(LINTER["root_packages"])
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert folders - {"docs", "bench"} == set(layers)
