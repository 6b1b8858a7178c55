from __future__ import annotations

import pytest

from fleet.scope import OPERATOR, Scope

ACME = Scope("acme's dispatcher", frozenset({"acme"}))


@pytest.mark.parametrize("party", ["acme", "", None])
def test_the_operator_sees_every_vehicle_also_those_of_nobody(party: str | None) -> None:
    assert OPERATOR.allows(party)


def test_a_scope_allows_its_parties_and_nobody_else() -> None:
    assert ACME.allows("acme")
    assert not ACME.allows("ACME")
    assert not ACME.allows("other")


def test_a_vehicle_of_nobody_is_seen_by_the_operator_alone() -> None:
    assert not ACME.allows(None)


def test_a_scope_of_no_party_sees_nothing_at_all() -> None:
    nobody = Scope("a customer whose contract ended", frozenset())
    assert not any(nobody.allows(party) for party in ("acme", "", None))
