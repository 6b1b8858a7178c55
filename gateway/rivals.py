"""Whether somebody else takes our session away: another gateway with the same client id.

A broker has one connection per client id and closes the older one.  Two gateways of one name
that both reconnect at once take the session from each other for ever, and neither gets
anything done.  So whoever is put out again and again soon after it came in stays away for
longer and longer, and by chance: one of them then has the time to work.  Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

_SHORT = 10.0  #: s; a connection that lasts no longer is not one that a network lost
_TIMES = 3  #: in a row; a broker that is restarted twice is no rival
_LONGEST = 60  #: s to stay away, at most about; as long a rival works in peace


@dataclass(slots=True)
class Rivals:
    """What became of the latest connections."""

    taken: int = 0  #: that ended soon after they began, in a row
    pause: int = 1  #: s that we stayed away before the present one

    @property
    def suspected(self) -> bool:
        """Whether a rival is likely."""
        return self.taken >= _TIMES

    @property
    def peace(self) -> float:
        """Seconds after which a connection is one that nobody takes away."""
        return _SHORT + 2 * self.pause

    def lost(self, lasted: float, chance: float) -> int:
        """The broker closed a connection after ``lasted`` s; for how many s to stay away.

        ``chance`` is any number of [0, 1).
        """
        self.taken = self.taken + 1 if lasted < self.peace else 1
        if not self.suspected:
            self.pause = 1
        else:
            most = min(2 ** (self.taken - _TIMES + 2), _LONGEST)
            self.pause = 1 + int(chance * most)
        return self.pause
