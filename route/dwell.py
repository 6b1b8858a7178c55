"""How long vehicles stand at a site, beyond what was planned; learned by site.

Learned is the excess over the planned stay (over the planned departure, at the first stop), cut
to what is likely and forgotten by age; a site that was seen little leans on the plan.  And what
share of its lead a vehicle loses by waiting for its planned departure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from route.plans import Floats, Ints

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class DwellRules:
    """How fast stays are learned."""

    half_life: float = 60 * DAY  #: s
    trust_plan: float = 2.0  #: stays that the plan is worth
    cut: float = 900.0  #: s to each side of what was expected ...
    cut_share: float = 1.0  #: ... or this share of the planned stay
    over: float = 0.1  #: a stay that lasts longer than expected will last this share longer still
    over_most: float = 900.0  #: s; ... but at most this long
    enough: float = 60.0  #: s of lead from which it teaches how vehicles wait
    trust_none: float = 1.0  #: waits of nobody


@dataclass(frozen=True, slots=True, eq=False)
class Dwells:
    """What is known of ``n`` sites; row 0 is for those that nothing is known of."""

    names: Mapping[str, int]
    weight: Floats  #: (n,)
    excess: Floats  #: s
    spread: Floats  #: s, absolute
    seen: Floats
    wait_weight: Floats
    wait: Floats

    @classmethod
    def empty(cls) -> Dwells:
        """Nothing is known."""
        return cls({"": 0}, *(np.zeros(1) for _ in range(6)))

    def with_names(self, names: set[str]) -> Dwells:
        """A copy that can be written to and has a row for each of ``names``."""
        new = [name for name in sorted(names) if name not in self.names]
        more = {name: len(self.names) + at for at, name in enumerate(new)}
        table = {**self.names, **more} if more else self.names
        columns = {
            field.name: np.concatenate([getattr(self, field.name), np.zeros(len(new))])
            for field in fields(self)[1:]
        }
        return replace(self, names=table, **columns)

    def above(self, row: Ints, now: Floats, by: DwellRules) -> Floats:
        """Seconds above the planned stay."""
        age = np.exp2(np.maximum(now - self.seen[row], 0.0) * (-1 / by.half_life))
        return np.asarray(self.excess[row] * age / (self.weight[row] * age + by.trust_plan))

    def waits(self, row: Ints, by: DwellRules) -> Floats:
        """Share of its lead that a vehicle loses, 0 to 1."""
        return np.clip(self.wait[row] / (self.wait_weight[row] + by.trust_none), 0.0, 1.0)

    def left(self, stood: Floats, expected: Floats, by: DwellRules) -> Floats:
        """Seconds that a stay of ``stood`` s so far will last longer, ``expected`` in all."""
        over = np.minimum(by.over * stood, by.over_most)
        return np.maximum(expected - stood, np.where(stood > 0, over, 0.0))


class Stays:
    """Dwells that are being added to; made and given back within one call of ``learn``."""

    def __init__(self, dwells: Dwells, names: set[str], by: DwellRules) -> None:
        self.dwells = dwells.with_names(names)
        self.by = by

    def stay(self, name: str, time: float, planned: float, above: float) -> None:
        """A vehicle stood ``above`` s longer than the ``planned`` s, and left at ``time``."""
        to, by = self.dwells, self.by
        row = to.names[name]
        at = np.array([row])
        expected = float(to.above(at, np.array([time]), by)[0])
        room = max(by.cut, by.cut_share * planned)
        off = min(max(above - expected, -room), room)
        age = 2 ** (-max(time - to.seen[row], 0.0) / by.half_life)
        to.weight[row] = to.weight[row] * age + 1
        to.excess[row] = to.excess[row] * age + expected + off
        to.spread[row] = to.spread[row] * age + abs(off)
        to.seen[row] = max(to.seen[row], time)

    def waited(self, name: str, lead: float, lost: float) -> None:
        """A vehicle came ``lead`` s early and stood ``lost`` s longer than planned."""
        to, by = self.dwells, self.by
        if lead > by.enough:
            row = to.names[name]
            weight = (min(lead, 600.0) / 100) ** 2
            to.wait_weight[row] += weight
            to.wait[row] += weight * min(max(lost / lead, 0.0), 1.0)
