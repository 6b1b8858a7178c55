"""Whose vehicles a reader may see.

Every store read, endpoint and mailbox takes a ``Scope`` from the first day, so that no
query exists that forgot it.  Until users exist there is one principal, the operator.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """The vehicles of ``parties``; ``None`` means every vehicle."""

    principal: str  #: who reads; for logs and audits
    parties: frozenset[str] | None  #: party codes; empty means nothing at all

    def allows(self, party: str | None) -> bool:
        """Whether a vehicle that belongs to ``party`` is inside."""
        return self.parties is None or (party is not None and party in self.parties)


OPERATOR = Scope("operator", None)
