"""How wrong estimates are, by how far ahead they look: what makes P90 out of P50.

For each horizon the errors (actual minus estimated, s) are counted in cells; old ones fade, so
that the bands follow the model and the season.  From the cells come the middle error, by which
P50 is set right, and the error that nine of ten stay below.  Few errors lean on ``_guess``,
a share of the horizon.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from route.plans import Floats

#: Centres of the horizons that are kept apart, in s; between two of them is interpolated.
_MINUTES = (0.5, 1, 2, 3, 4.5, 6, 8, 10, 12.5, 15, 20, 25, 30, 40, 50, 60)
_HOURS = (1.5, 2, 3, 4, 6, 8, 12, 24)
HORIZONS = np.array([*(60.0 * m for m in _MINUTES), *(3600.0 * h for h in _HOURS)])
#: Borders of the cells, s: each a seventh wider than the one before, to 12 hours on each side.
_SIDE = 10.0 * (1.14 ** np.arange(1, 49) - 1) / 0.14
EDGES = np.concatenate([-_SIDE[::-1], [0.0], _SIDE])
CELLS = len(EDGES) - 1

_GUESS_SHARE, _GUESS_LEAST = 0.25, 90.0  #: of the horizon; s


@dataclass(frozen=True, slots=True)
class BandRules:
    """How bands are drawn."""

    share: float = 0.9  #: of arrivals that come before P90
    memory: float = 4000.0  #: errors of a horizon after which the old ones have faded to a third
    trust_guess: float = 50.0  #: errors that the guess is worth (domain: parametric until 50)
    trust_middle: float = 200.0  #: errors that a middle error of 0 is worth
    silence: float = 0.5  #: s of width for each second of silence, added in squares ...
    silence_free: float = 180.0  #: ... from here: longer than the reporting interval of most


@dataclass(frozen=True, slots=True, eq=False)
class Bands:
    """Counts of errors, shape (horizons, cells), and what follows from them."""

    counts: Floats
    middle: Floats = field(default_factory=lambda: np.zeros(len(HORIZONS)))  #: s
    cautious: Floats = field(default_factory=lambda: _guess(HORIZONS))  #: s above estimate

    @classmethod
    def empty(cls) -> Bands:
        """Nothing was ever scored."""
        return cls(np.zeros((len(HORIZONS), CELLS)))

    @classmethod
    def of(cls, counts: Floats, by: BandRules) -> Bands:
        """Bands by counts."""
        total = counts.sum(axis=1)
        trust = total / (total + by.trust_middle)
        middle = _quantile(counts, 0.5) * trust
        trust = total / (total + by.trust_guess)
        width = np.where(total > 0, _quantile(counts, by.share), 0.0)
        cautious = trust * width + (1 - trust) * _guess(HORIZONS)
        return cls(counts, middle, np.maximum(cautious, middle))

    def learn(self, horizon: Floats, error: Floats, by: BandRules) -> Bands:
        """These bands and more errors, of estimates that looked ``horizon`` s ahead."""
        good = np.isfinite(horizon) & np.isfinite(error)
        horizon, error = horizon[good], error[good]
        row = nearest(horizon)
        cell = np.clip(np.searchsorted(EDGES, error, side="right") - 1, 0, CELLS - 1)
        more = np.bincount(row * CELLS + cell, minlength=self.counts.size).reshape(-1, CELLS)
        fade = np.exp(-more.sum(axis=1) / by.memory)
        return Bands.of(self.counts * fade[:, None] + more, by)

    def about(self, horizon: Floats) -> tuple[Floats, Floats]:
        """Seconds to add to an estimate for P50, and for P90."""
        return np.interp(horizon, HORIZONS, self.middle), np.interp(
            horizon, HORIZONS, self.cautious
        )

    def shifted(self) -> Bands:
        """A copy that the caller may change."""
        return replace(self, counts=self.counts.copy())


def nearest(horizon: Floats) -> NDArray[np.intp]:
    """Which of ``HORIZONS`` each belongs to."""
    return np.searchsorted((HORIZONS[1:] + HORIZONS[:-1]) / 2, horizon)


def _guess(horizon: Floats) -> Floats:
    return np.maximum(_GUESS_SHARE * horizon, _GUESS_LEAST)


def _quantile(counts: Floats, share: float) -> Floats:
    """The error that ``share`` of each row stays below; straight within a cell; 0 of none."""
    summed = np.cumsum(counts, axis=1)
    total = summed[:, -1:]
    cell = np.minimum((summed < share * total).sum(axis=1), CELLS - 1)
    rows = np.arange(len(counts))
    inside = counts[rows, cell]
    below = summed[rows, cell] - inside
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(inside > 0, (share * total[:, 0] - below) / inside, 0.0)
    value = EDGES[cell] + part * (EDGES[cell + 1] - EDGES[cell])
    return np.where(total[:, 0] > 0, value, 0.0)
