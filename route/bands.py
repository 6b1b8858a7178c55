"""How wrong estimates are, by how far ahead they look: what makes P90 out of P50.

The errors (actual minus estimated, s) are counted in cells, apart for each *true* time to
arrival, since that is how they are judged: of all estimates made a quarter of an hour before
the arrival, nine of ten shall have a P90 that is not before it.  With ``q(t)`` the error that
nine of ten stay below ``t`` before arrival, P90 is the ``t`` for which ``t - q(t)`` is what the
middle estimate says.  Beyond the longest trips nobody has seen errors at such a ``t``: there
the errors are used that were made when the *estimate* was as far ahead.  Old errors fade, so
that the bands follow the model and the season; few errors lean on a share of the horizon.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from route.plans import Floats, Ints

#: Centres of the times to arrival that are kept apart, s; between two of them is interpolated.
_MINUTES = (0.5, 1, 2, 3, 4.5, 6, 8, 10, 12.5, 15, 20, 25, 30, 40, 50, 60)
_HOURS = (1.5, 2, 3, 4, 6, 8, 12, 24)
HORIZONS = np.array([*(60.0 * m for m in _MINUTES), *(3600.0 * h for h in _HOURS)])
#: Borders of the cells, s: each a seventh wider than the one before, to 12 hours on each side.
_SIDE = 10.0 * (1.14 ** np.arange(1, 49) - 1) / 0.14
EDGES = np.concatenate([-_SIDE[::-1], [0.0], _SIDE])
CELLS = len(EDGES) - 1

#: For want of errors: a fifth of the true, a quarter of the estimated time, at least 90 s.
_GUESS = np.maximum(np.concatenate([0.2 * HORIZONS, 0.25 * HORIZONS]), 90.0)


@dataclass(frozen=True, slots=True)
class BandRules:
    """How bands are drawn."""

    share: float = 0.9  #: of arrivals that come before P90
    memory: float = 3000.0  #: errors of a horizon after which the old ones have faded to a third
    trust_guess: float = 50.0  #: errors that the guess is worth (domain: parametric until 50)
    silence: float = 0.5  #: s of width for each second of silence, added in squares ...
    silence_free: float = 180.0  #: ... from here: longer than the reporting interval of most


@dataclass(frozen=True, slots=True, eq=False)
class Bands:
    """Counts of errors, shape (2 horizons, cells), and what follows from them.

    The first half of the rows is by true, the second by estimated time to arrival.
    """

    counts: Floats
    cautious: Floats  #: s, the error that nine of ten stay below, of each row
    trust: Floats  #: of each row, 0 (it is a guess) to 1

    @classmethod
    def empty(cls) -> Bands:
        """Nothing was ever scored."""
        return cls.of(np.zeros((2 * len(HORIZONS), CELLS)), BandRules())

    @classmethod
    def of(cls, counts: Floats, by: BandRules) -> Bands:
        """Bands by counts."""
        total = counts.sum(axis=1)
        trust = total / (total + by.trust_guess)
        width = trust * _quantile(counts, by.share) + (1 - trust) * _GUESS
        return cls(counts, width, trust)

    def learn(self, horizon: Floats, error: Floats, by: BandRules) -> Bands:
        """These bands and more errors, of estimates made ``horizon`` s before the arrival."""
        good = np.isfinite(horizon) & np.isfinite(error) & (horizon > 0)
        horizon, error = horizon[good], error[good]
        far = np.maximum(horizon - error, 0.0)
        row = np.concatenate([_row(horizon), len(HORIZONS) + _row(far)])
        error = np.concatenate([error, error])
        cell = np.clip(np.searchsorted(EDGES, error, side="right") - 1, 0, CELLS - 1)
        more = np.bincount(row * CELLS + cell, minlength=self.counts.size).reshape(-1, CELLS)
        fade = np.exp(-more.sum(axis=1) / by.memory)
        return Bands.of(self.counts * fade[:, None] + more, by)

    def width(self, ahead: Floats) -> Floats:
        """Seconds from P50, ``ahead`` s from now, to P90; never negative."""
        count = len(HORIZONS)
        by_truth, by_estimate = self.cautious[:count], self.cautious[count:]
        said = np.maximum.accumulate(HORIZONS - by_truth)
        reached = np.interp(ahead, said, HORIZONS)
        reached = np.where(ahead < said[0], ahead + by_truth[0], reached)
        reached = np.where(ahead > said[-1], ahead + by_truth[-1], reached)
        seen = np.maximum.accumulate(self.trust[:count][::-1])[::-1]  # only the far end lacks
        trust = np.interp(reached, HORIZONS, seen)
        width = trust * (reached - ahead)
        width += (1 - trust) * np.interp(ahead, HORIZONS, by_estimate)
        return np.asarray(np.maximum(width, 0.0), np.float64)


def _row(horizon: Floats) -> Ints:
    return np.searchsorted((HORIZONS[1:] + HORIZONS[:-1]) / 2, horizon)


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
