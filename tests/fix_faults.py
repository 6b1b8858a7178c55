"""How many rounds of faults: ``pytest tests/faults --rounds N``, from ``--seed S``."""

from __future__ import annotations

import pytest

from tests.faults.__main__ import SEED

#: Rounds that ``make test`` plays: in two every kind of fault comes once.
ROUNDS = 2


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("faults")
    group.addoption("--rounds", type=int, default=ROUNDS, help="rounds of faults, each of a seed")
    group.addoption("--seed", type=int, default=SEED, help="of the rounds of faults")
