"""The page about security is whole: a test for every threat, every kind of threat thought of."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs/security.md").read_text()

ROWS = [row.split("|")[1:-1] for row in PAGE.splitlines() if re.match(r"\| [STRIDE, ]+ \|", row)]


def test_every_threat_has_what_stands_against_it_and_a_test() -> None:
    assert len(ROWS) > 50
    for _, threat, against, proof in ROWS:
        assert threat.strip()
        assert against.strip()
        assert re.search(r"`tests/[\w/]+\.py(::\w+)?`", proof), threat


def test_every_kind_of_threat_is_thought_of_at_the_borders_that_strangers_reach() -> None:
    for border in ("1 Terminal and broker", "4 Browser and API"):
        section = PAGE.partition(f"### {border}\n")[2].partition("\n###")[0]
        kinds = {kind for row in section.splitlines() for kind in re.findall(r"^\| (.+?) \|", row)}
        assert {letter for kind in kinds for letter in kind.split(", ")} >= set("STRIDE"), border
