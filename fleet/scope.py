"""Who reads, and what is inside for them.

Every store read, endpoint and mailbox takes a ``Scope`` from the first day, so that no
query exists that forgot it.
"""

from __future__ import annotations

from dataclasses import dataclass

from fleet.rights import MAY, SEES, Datum, Grant, Right, Role


@dataclass(frozen=True, slots=True)
class Scope:
    """One principal with its rights.

    Vehicles inside are those of ``parties``, and of these what ``sees(Datum.POSITION)`` leaves at
    the moment of reading (on a trip, inbound, ...).  Waybills inside are those of ``customers``.
    """

    principal: str  #: who reads; for logs and audits
    parties: frozenset[str] | None  #: codes: whose vehicles; None every one, empty nothing at all
    role: Role = Role.OWNER
    customers: frozenset[str] | None = None  #: codes: whose waybills; None every one
    sites: frozenset[str] = frozenset()  #: codes: of a warehouse, its own
    driver: str = ""  #: of a driver: the name as trips have it
    rights: frozenset[Right] | None = None  #: an API key's, fewer than its role's; None all of it

    def allows(self, party: str | None) -> bool:
        """Whether a vehicle that belongs to ``party`` is inside, as far as companies decide."""
        return self.parties is None or (party is not None and party in self.parties)

    def may(self, right: Right) -> bool:
        """Whether it may take that act."""
        return right in MAY[self.role] and (self.rights is None or right in self.rights)

    def sees(self, datum: Datum) -> Grant:
        """How much of that kind of fact it sees."""
        return SEES[self.role][datum]

    @property
    def past(self) -> Grant:
        """How much it sees of what vehicles did, their visits and nodes.

        As of tracks; but who waits for vehicles at own sites sees them come and go there.
        """
        waits = self.sees(Datum.POSITION) is Grant.INBOUND
        return Grant.INBOUND if waits else self.sees(Datum.TRACK)

    @property
    def is_limited(self) -> bool:
        """Whether not every vehicle is inside at every moment."""
        return self.parties is not None or self.sees(Datum.POSITION) is not Grant.ALL


OPERATOR = Scope("operator", None)
