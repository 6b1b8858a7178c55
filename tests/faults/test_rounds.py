"""Whatever happens to whichever process: nothing is lost, nothing is there twice."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import orjson
import pytest

from tests.faults.kinds import KINDS
from tests.faults.rounds import plan

ROOT = Path(__file__).parents[2]
WRONG = ("lost", "duplicated", "wrong_nodes", "wrong_notifications", "others")
#: s that a round may take at the worst, and a start; the limits within are shorter.
EACH, START = 400, 120


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.timeout(0)  # as many rounds as are asked for; the process has a limit of its own
def test_no_fault_loses_or_doubles_anything(pytestconfig: pytest.Config) -> None:
    """In a process of its own: it has mounts of its own, for a disk that can be full."""
    rounds, seed = pytestconfig.getoption("--rounds"), pytestconfig.getoption("--seed")
    asked = ["--rounds", str(rounds), "--seed", str(seed)]
    played = subprocess.run(
        [sys.executable, "-m", "tests.faults", *asked],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        timeout=START + rounds * EACH,
        check=False,
    )
    said = played.stdout.decode()
    sys.stdout.write(said)
    assert played.returncode == 0, said
    told = orjson.loads(said.splitlines()[-1])
    assert list(told)[:5] == ["rounds", *WRONG[:4]]
    assert told["rounds"] == rounds
    assert [told[name] for name in WRONG] == [0] * len(WRONG)


@pytest.mark.parametrize("rounds", [1, 2, 3, 7, 50])
def test_every_kind_of_fault_comes_as_often_as_any_other(rounds: int) -> None:
    counted = Counter(kind for hand in plan(rounds, 5) for kind in hand)
    assert set(counted) == set(KINDS) or rounds * 3 < len(KINDS)
    assert max(counted.values()) - min(counted.values()) <= 1


def test_the_same_seed_has_the_same_faults_and_another_has_others() -> None:
    assert plan(50, 5) == plan(50, 5) != plan(50, 6)
