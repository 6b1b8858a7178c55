"""How good estimates were, as JSON: sums become means, and a model that got worse is named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import isfinite
from typing import Any

from fleet.trip_views import Accuracy
from route.score import BUCKETS
from store.accuracy import ModelVersion
from tracker_api.plain import iso

#: Arrivals of a horizon without which it tells nothing of a model.
ENOUGH = 30
#: By how much more a model must err than the one before to be called worse: below that two
#: halves of the same month differ, too.
MARGIN = 1.02


def accuracy_out(
    found: Sequence[Accuracy], every: Sequence[Accuracy], models: Sequence[ModelVersion]
) -> dict[str, Any]:
    """An ``AccuracyOut``: ``found`` by group, ``every`` not grouped, ``models`` oldest first."""
    groups: dict[tuple[str, str], list[Accuracy]] = {}
    for row in sorted(found, key=lambda row: (row.group, row.model, row.bucket)):
        groups.setdefault((row.group, row.model), []).append(row)
    return {
        "buckets": [
            {"name": bucket.name, "from_s": bucket.begin, "to_s": _end(bucket.end)}
            for bucket in BUCKETS
        ],
        "groups": [
            {"group": group, "model": model, "buckets": [_figures(row) for row in rows]}
            for (group, model), rows in groups.items()
        ],
        "models": models_out(models, every),
    }


def models_out(models: Sequence[ModelVersion], every: Iterable[Accuracy]) -> list[dict[str, Any]]:
    """Each version, and whether it is worse than the one before it.

    Compared is how a model's error stands to that of "plan plus the delay of the moment" over
    the same arrivals, so that neither is blamed for a month of snow; by horizon, because they
    may have been asked at other times; horizons count alike.
    """
    skills: dict[str, dict[int, float]] = {}
    for row in every:
        if row.arrivals >= ENOUGH and row.carried > 0:
            skills.setdefault(row.model, {})[row.bucket] = row.absolute / row.carried
    told: list[dict[str, Any]] = [_model(model, None, None) for model in models[:1]]
    for before, now in pairwise(models):
        old, new = skills.get(before.version, {}), skills.get(now.version, {})
        told.append(_model(now, *_compared(before.version, old, new)))
    return told


def _compared(
    name: str, old: Mapping[int, float], new: Mapping[int, float]
) -> tuple[bool | None, str | None]:
    common = sorted(old.keys() & new.keys())
    if not common:
        return None, f"no horizon has {ENOUGH} arrivals under both this version and {name}"
    mine, theirs = (sum(skill[b] for b in common) / len(common) for skill in (new, old))
    horizons = "1 horizon" if len(common) == 1 else f"{len(common)} horizons"
    why = (
        f"over {horizons} it errs {mine:.3f} times as much as plan plus delay; {name}: {theirs:.3f}"
    )
    return mine > MARGIN * theirs, why


def _model(model: ModelVersion, worse: bool | None, why: str | None) -> dict[str, Any]:  # noqa: FBT001 - None: not known
    return {"version": model.version, "began_at": iso(model.began_at), "worse": worse, "why": why}


def _figures(row: Accuracy) -> dict[str, Any]:
    return {
        "bucket": BUCKETS[row.bucket].name,
        "arrivals": row.arrivals,
        "estimates": row.estimates,
        "mae_s": _share(row.absolute, row.estimates),
        "bias_s": _share(row.signed, row.estimates),
        "p90_coverage": _share(row.covered, row.estimates),
        "within": _share(row.within, row.estimates),
        "mape": _share(row.relative, row.relatives),
        "planned_mae_s": _share(row.planned, row.estimates),
        "carried_mae_s": _share(row.carried, row.estimates),
    }


def _end(end: float) -> float | None:
    return end if isfinite(end) else None


def _share(total: float, of: int) -> float | None:
    return total / of if of else None
