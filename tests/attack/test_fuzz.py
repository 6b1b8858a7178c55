"""Every input that ever broke a target is read again, and each target is fuzzed for a moment."""

from __future__ import annotations

import random
from itertools import islice

import pytest

from tests.attack.fuzz import mutated, targets
from tests.attack.target import SEEDS, Slow, Target

TARGETS = targets()
KEPT = [(target.name, path.name) for target in TARGETS.values() for path in target.kept()]

#: Mutations of each target; all together take seconds.  ``python -m tests.attack.fuzz`` does more.
TRIES = 40


@pytest.mark.parametrize(("name", "file"), KEPT)
def test_what_once_broke_a_target_breaks_it_no_more(name: str, file: str) -> None:
    TARGETS[name].run((SEEDS / name / file).read_bytes())


@pytest.mark.filterwarnings("ignore:.*:UserWarning:openpyxl")  # it grumbles at what it then reads
@pytest.mark.parametrize("name", TARGETS)
def test_a_target_stands_its_examples_and_some_accidents(name: str) -> None:
    target, chance = TARGETS[name], random.Random(20261122)  # noqa: S311 (mutations)
    corpus = [*target.examples(), *(path.read_bytes() for path in target.kept())]
    for example in corpus:
        target.run(example)
    accidents = (mutated(chance, corpus, target)[: target.largest] for _ in iter(int, 1))
    for data in islice(accidents, TRIES):
        target.run(data)


def test_all_kept_inputs_are_of_a_target() -> None:
    assert {folder.name for folder in SEEDS.iterdir() if any(folder.iterdir())} <= {*TARGETS}


def test_a_target_that_fails_or_dawdles_is_noticed() -> None:
    def dawdle(data: bytes) -> None:
        sum(number for number in range(len(data) * 100_000))

    slow = Target("slow", dawdle, lambda: [b"x"], slowest=1e-6)
    with pytest.raises(Slow):
        slow.run(b"x" * 10)
