"""The figures as a table for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import Any

from rich.table import Table

from milepost.backtest.figures import Bucket
from milepost.backtest.sets import DataSet

#: What the baselines are called in the table.
TITLES = {
    "schedule": "schedule",
    "schedule_plus_delay": "schedule + current delay",
    "trip_average_speed": "distance / trip-average speed",
    "historical_pace": "distance / historical pace",
    "segment_means": "segment means",
    "segment_means_by_hour": "segment means by hour",
    "segment_means_by_hour_to_date": "segment means by hour, to date",
    "last_vehicle": "last vehicle",
    "operator": "the operator's own",
}


_TITLE, _COLUMN = 32, 13  #: characters of the first column, and of the others with their gap


def width(found: Sequence[Bucket]) -> int:
    """Characters that the table needs."""
    return _TITLE + _COLUMN * len(found)


def table(data: DataSet, found: Sequence[Bucket]) -> Table:
    """One column per bucket; under each baseline how the model compares, by 95 % intervals."""
    shown = Table(
        "",
        *(bucket.name for bucket in found),
        title=f"{data.name}: mean absolute error, s, by true minutes to arrival",
        title_justify="left",
        box=None,
    )
    for column in shown.columns:
        column.no_wrap = True
        column.justify = "left" if column is shown.columns[0] else "right"
    shown.add_row("pairs due", *(f"{bucket.due:,}" for bucket in found), style="dim")
    shown.add_row("answered", *(_share(bucket.predicted, bucket.due) for bucket in found))
    shown.add_row("Milepost", *(_said(bucket.mae) for bucket in found), style="bold")
    shown.add_row("  bias", *(_said(bucket.bias, "+.1f") for bucket in found))
    shown.add_row("  within P90", *(_said(bucket.coverage, ".1%") for bucket in found))
    shown.add_row("  within benchmark", *(_said(bucket.within, ".1%") for bucket in found))
    shown.add_row("  MAPE", *(_said(bucket.mape, ".1%") for bucket in found))
    shown.add_row("  P90 - P50", *(_said(bucket.width) for bucket in found), style="dim")
    for name in found[0].baselines if found else ():
        against = [bucket.baselines[name] for bucket in found]
        shown.add_row(TITLES.get(name, name), *(_said(one.mae) for one in against))
        changes = (one.change / one.mae if one.mae else 0.0 for one in against)
        shown.add_row("  Milepost against it", *(_said(one, "+.1%") for one in changes))
        shown.add_row(
            "  95 % interval, s",
            *(f"{_said(one.low, '+.0f')} {_said(one.high, '+.0f')}" for one in against),
            style="dim",
        )
    return shown


def record(data: DataSet, found: Sequence[Bucket], seconds: float) -> dict[str, Any]:
    """What the last line of JSON says; unknown figures are null.

    ``bias_s`` is true less predicted, as in ``route.score``: above 0 it came later than told.

    ``baselines_mae_s`` is over the pairs that the model answered, ``baselines_mae_due_s`` over
    all, ``change_s`` the model's MAE less the baseline's with the ends of its 95 % interval.
    """
    return {
        "set": data.name,
        "about": data.about,
        "seconds": round(seconds, 1),
        "buckets": [
            {
                "bucket_min": bucket.name,
                "due": bucket.due,
                "predicted": bucket.predicted,
                "n": bucket.predicted,
                "model_mae_s": _rounded(bucket.mae),
                "bias_s": _rounded(bucket.bias),
                "p90_coverage": _rounded(bucket.coverage, 4),
                "p90_width_s": _rounded(bucket.width),
                "benchmark_share": _rounded(bucket.within, 4),
                "mape": _rounded(bucket.mape, 4),
                "baselines_mae_s": {k: _rounded(one.mae) for k, one in bucket.baselines.items()},
                "baselines_mae_due_s": {
                    k: _rounded(one.of_all) for k, one in bucket.baselines.items()
                },
                "change_s": {
                    k: [_rounded(one.change), _rounded(one.low), _rounded(one.high)]
                    for k, one in bucket.baselines.items()
                },
            }
            for bucket in found
        ],
    }


def _rounded(value: float, digits: int = 1) -> float | None:
    return None if isnan(value) else round(value, digits)


def _said(value: float, form: str = ".1f") -> str:
    return "-" if isnan(value) else format(value, form)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"
