"""How good estimates were, once the truth is known.

``BUCKETS`` is the one list of spans, by true time to the arrival, that the worker, the API and
the back-test go by.  The first four carry the bands of the ETA Accuracy Benchmark of TransitApp
(an estimate is accurate if the vehicle comes no more than so early and no more than so late);
the others carry it on to lorries, with 10 minutes to each side an hour ahead (the accuracy that
is promised there) and 5 % of the time to the arrival beyond.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from route.plans import Bools, Floats, Ints

_MINUTE = 60.0
RELATIVE_FROM = 5 * _MINUTE  #: s to the arrival from which errors are also counted as a share


@dataclass(frozen=True, slots=True)
class Bucket:
    """Estimates made more than ``begin`` and at most ``end`` s before the arrival."""

    name: str  #: minutes
    begin: float
    end: float
    early: float  #: s that the vehicle may come before the estimate
    late: float  #: s that it may come after it

    @classmethod
    def minutes(cls, begin: int, end: int, early: float, late: float) -> Bucket:
        """A bucket by minutes."""
        return cls(
            f"{begin}-{end}", begin * _MINUTE, end * _MINUTE, early * _MINUTE, late * _MINUTE
        )


BUCKETS = (
    Bucket.minutes(1, 3, 0.5, 1.5),  # the benchmark's is 0-3; the last minute proves nothing
    Bucket.minutes(3, 6, 1, 2.5),
    Bucket.minutes(6, 10, 1, 3.5),
    Bucket.minutes(10, 15, 1.5, 4.5),
    Bucket.minutes(15, 30, 3, 6),
    Bucket.minutes(30, 60, 6, 10),
    Bucket.minutes(60, 120, 10, 10),
    Bucket.minutes(120, 360, 12, 12),
    Bucket.minutes(360, 1440, 30, 30),
)
_ENDS = np.array([bucket.end for bucket in BUCKETS])


@dataclass(frozen=True, slots=True)
class Scored:
    """Sums over the estimates of one bucket; spans in s."""

    bucket: int  #: place in ``BUCKETS``
    estimates: int
    absolute: float  #: errors of P50 without sign
    signed: float  #: actual minus P50: positive where it came later than estimated
    covered: int  #: P90 was not before the arrival
    within: int  #: inside the band of the benchmark
    relative: float  #: error as a share of the time to the arrival, from ``RELATIVE_FROM``
    relatives: int
    planned: float  #: what ``absolute`` would be for the plan; estimates without one count 0
    carried: float  #: and for the plan plus the delay of that moment


@dataclass(frozen=True, slots=True)
class Quality:
    """Means of one bucket; None where there is nothing to divide by."""

    estimates: int
    mae: float | None
    bias: float | None
    covered: float | None
    within: float | None
    mape: float | None
    planned_mae: float | None
    carried_mae: float | None


def bucket_of(ahead: Floats) -> Ints:
    """Place in ``BUCKETS`` of each time to the arrival; -1 where it is in none."""
    place = np.searchsorted(_ENDS, ahead, side="left")
    inside = (ahead > BUCKETS[0].begin) & (ahead <= _ENDS[-1])
    return np.where(inside, place, -1)


def is_within(bucket: Ints, error: Floats) -> Bools:
    """Whether each error (actual minus estimated) is inside the band of its bucket."""
    early = np.array([one.early for one in BUCKETS])[bucket]
    late = np.array([one.late for one in BUCKETS])[bucket]
    return (bucket >= 0) & (error >= -early) & (error <= late)


def score(
    actual: float, at: Floats, p50: Floats, p90: Floats, planned: Floats, delay: Floats
) -> list[Scored]:
    """Score the estimates of one arrival at ``actual``, made at ``at``; only buckets with any."""
    ahead, error = actual - at, actual - p50
    bucket = bucket_of(ahead)
    within = is_within(bucket, error)
    scored = []
    for place in np.unique(bucket[bucket >= 0]).tolist():
        own = bucket == place
        far = own & (ahead >= RELATIVE_FROM)
        scored.append(
            Scored(
                bucket=place,
                estimates=int(own.sum()),
                absolute=float(np.abs(error[own]).sum()),
                signed=float(error[own].sum()),
                covered=int((p90[own] >= actual).sum()),
                within=int(within[own].sum()),
                relative=float((np.abs(error[far]) / ahead[far]).sum()),
                relatives=int(far.sum()),
                planned=float(np.nansum(np.abs(actual - planned[own]))),
                carried=float(np.nansum(np.abs(actual - planned[own] - delay[own]))),
            )
        )
    return scored


def total(scored: Sequence[Scored]) -> dict[int, Quality]:
    """The means of each bucket over many scores."""
    found = {}
    for place in sorted({one.bucket for one in scored}):
        own = [one for one in scored if one.bucket == place]
        count = sum(one.estimates for one in own)
        relatives = sum(one.relatives for one in own)

        def mean(sums: float, count: int = count) -> float | None:
            return sums / count if count else None

        found[place] = Quality(
            count,
            mean(sum(one.absolute for one in own)),
            mean(sum(one.signed for one in own)),
            mean(sum(one.covered for one in own)),
            mean(sum(one.within for one in own)),
            mean(sum(one.relative for one in own), relatives),
            mean(sum(one.planned for one in own)),
            mean(sum(one.carried for one in own)),
        )
    return found
