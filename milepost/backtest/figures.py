"""How right the answers were: by bucket of true time to arrival, against every baseline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from milepost.backtest.sets import DataSet, Floats, Pairs
from route.score import RELATIVE_FROM, bucket_of, is_within

Bools = NDArray[np.bool_]

DRAWS = 1000  #: of the bootstrap; the ends of a 95 % interval then rest on 25 draws each
_ENDS = 0.025, 0.975
_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Forecasts:
    """The model's answer to each pair, as instants; NaN where it gives none."""

    p50: Floats
    p90: Floats


@dataclass(frozen=True, slots=True)
class Against:
    """One baseline in one bucket."""

    mae: float  #: s, over the pairs that the model answered and it answers too
    of_all: float  #: s, over all pairs that it answers
    answered: int
    change: float  #: s, the model's MAE less its own, over the same pairs; below 0 is better
    low: float  #: of the change: ends of the 95 % interval, journeys drawn anew
    high: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """The pairs of one range of true time to arrival; NaN where nothing was predicted."""

    name: str
    due: int  #: pairs
    predicted: int  #: of them answered by the model
    mae: float  #: s
    bias: float  #: s, mean of true less predicted: above 0 it came later than was told
    coverage: float  #: share that came no later than P90
    width: float  #: s, mean of P90 less P50
    within: float  #: share inside the band of the ETA Accuracy Benchmark, see ``route.score``
    mape: float  #: error as a share of the true time to the arrival, from 5 minutes up
    baselines: Mapping[str, Against]


def buckets(
    data: DataSet, model: Forecasts, others: Mapping[str, Floats], rng: np.random.Generator
) -> list[Bucket]:
    """The figures, nearest first; before them that of whole trips, where the set asks for it."""
    return [_bucket(name, data.pairs, which, model, others, rng) for name, which in _cuts(data)]


def _cuts(data: DataSet) -> Iterator[tuple[str, Bools]]:
    pairs = data.pairs
    if data.whole:
        last = np.diff(data.journeys.start)[pairs.journey] - 1
        yield data.whole, (pairs.origin == 0) & (pairs.share == 0) & (pairs.stop == last)
    minutes = pairs.ahead / _MINUTE
    for low, high in pairwise(data.edges):
        yield f"{low:g}-{high:g}", (minutes > low) & (minutes <= high)


def _bucket(
    name: str,
    pairs: Pairs,
    which: Bools,
    model: Forecasts,
    others: Mapping[str, Floats],
    rng: np.random.Generator,
) -> Bucket:
    journey, truth = pairs.journey[which], pairs.truth[which]
    error, ahead = model.p50[which] - truth, pairs.ahead[which]
    spread = model.p90[which] - model.p50[which]
    given = ~np.isnan(error)
    against = {
        other: _against(journey, error, answers[which] - truth, rng)
        for other, answers in others.items()
    }
    return Bucket(
        name,
        len(truth),
        int(given.sum()),
        mean(np.abs(error)),
        mean(-error),
        mean(np.where(given, truth <= model.p90[which], np.nan)),
        mean(spread),
        mean(np.where(given, _within(ahead, -error), np.nan)),
        mean(np.where(ahead >= RELATIVE_FROM, np.abs(error) / ahead, np.nan)),
        against,
    )


def _within(ahead: Floats, error: Floats) -> Bools:
    """The benchmark's first band begins at 0, not where we begin to score."""
    return is_within(np.maximum(bucket_of(ahead), 0), error)


def _against(
    journey: NDArray[np.int32], error: Floats, theirs: Floats, rng: np.random.Generator
) -> Against:
    both = ~np.isnan(error) & ~np.isnan(theirs)
    change = np.abs(error) - np.abs(theirs)
    low, high = interval(journey[both], change[both], rng)
    return Against(
        mean(np.abs(theirs[both])), mean(np.abs(theirs)), int((~np.isnan(theirs)).sum()),
        mean(change[both]), low, high,
    )  # fmt: skip


def interval(
    journey: NDArray[np.int32], values: Floats, rng: np.random.Generator
) -> tuple[float, float]:
    """The 95 % interval of the mean, whole journeys drawn anew: their pairs share their fate."""
    if not len(values):
        return np.nan, np.nan
    _, of = np.unique(journey, return_inverse=True)
    total, number = np.bincount(of, values), np.bincount(of)
    drawn = rng.multinomial(len(total), np.full(len(total), 1 / len(total)), DRAWS)
    means = (drawn @ total) / (drawn @ number)
    low, high = np.quantile(means, _ENDS)
    return float(low), float(high)


def mean(values: Floats) -> float:
    """Of those that are known; NaN where none is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
