"""How right the ETA is, against every baseline, on the recordings: ``milepost backtest``.

    MILEPOST_DATA=… python -m bench.eta_backtest                   # CapMetro, Madison, Kandy
    MILEPOST_DATA=… python -m bench.eta_backtest --set kandy --json

All options are those of the command; without ``--set`` or ``--gtfs`` it runs the three sets,
one after the other.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

if not __package__:  # started by its path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import typer

from fleet.errors import FleetError
from milepost.command import backtest
from milepost.shell import console


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; returns the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    backtest.register(app)
    chosen = any(one.startswith(("--set", "--gtfs", "--help")) for one in given)
    for named in [[]] if chosen else [["--set", known.value] for known in backtest.Known]:
        try:
            app([*named, *given], standalone_mode=False)
        except FleetError as error:
            console.print(f"eta_backtest: {error}", style="red")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
