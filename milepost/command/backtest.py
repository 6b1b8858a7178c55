"""The back-test as a command."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from fleet.errors import Invalid
from milepost import shell
from milepost.backtest import baselines, capmetro, figures, kandy, madison, own, plot, report
from milepost.backtest.replay import Done, Options, replay
from milepost.backtest.sets import DataSet, Said
from milepost.settings import Settings


class Known(StrEnum):
    """The sets that are read by name."""

    CAPMETRO = "capmetro"
    MADISON = "madison"
    KANDY = "kandy"


_READERS = {Known.CAPMETRO: capmetro.read, Known.MADISON: madison.read, Known.KANDY: kandy.read}


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(backtest)


def backtest(  # noqa: PLR0913 - options of a command line
    known: Annotated[Known | None, typer.Option("--set", help="A set of the recordings.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder with recordings; else MILEPOST_DATA.")
    ] = None,
    gtfs: Annotated[
        Path | None, typer.Option(help="A set of your own: its GTFS feed, folder or zip.")
    ] = None,
    positions: Annotated[
        Path | None, typer.Option(help="And the positions, CSV: see below.")
    ] = None,
    plot_to: Annotated[
        Path | None, typer.Option("--plot", help="Draw the figures here, .svg or .png.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the draws behind the intervals.", min=0)] = 1,
    *,
    frozen: Annotated[
        bool, typer.Option("--frozen", help="Learn from history only, not during the test.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="End with one line of JSON.")] = False,
) -> None:
    """Replay recorded positions through the fold and see how right the ETA was.

    Positions are taken in the order in which they were received; nothing is predicted from what
    came later.  Simple baselines answer the same questions in the same run.  The
    interval under a baseline holds 95 % of what the difference would be on other days like it.

    A set of your own is a GTFS feed and a CSV file with the columns `vehicle_id`, `timestamp`
    (ISO 8601 with its offset, or seconds since 1970), `latitude`, `longitude`, `trip_id` and, if
    you have them, `speed` (m/s) and `bearing` (degrees); its last day is asked about.

    Examples:

        milepost backtest --set capmetro --data recordings --json
        milepost backtest --gtfs feed.zip --positions seen.csv --plot eta.svg
    """
    settings = shell.start("backtest")
    if plot_to is not None:
        plot.check(plot_to)
    began = time.monotonic()
    with _progress() as (said, done):
        chosen = _read(settings, known, data, (gtfs, positions), said)
        said("asking the baselines")
        others = baselines.answers(chosen)
        options = Options(online=not frozen)
        model = replay(chosen, settings.of_gateway.rules.screen, options, said, done)
        said("drawing intervals")
        found = figures.buckets(chosen, model, others, np.random.default_rng(seed))
    took = time.monotonic() - began
    wide = max(shell.out.width, report.width(found))  # rather than figures cut off
    Console(width=wide, highlight=False, markup=False).print(report.table(chosen, found))
    shell.console.print(f"{chosen.about}; {took:.0f} s")
    if plot_to is not None:
        plot.draw(plot_to, chosen, found)
    if as_json:
        shell.emit(report.record(chosen, found, took))


@contextmanager
def _progress() -> Iterator[tuple[Said, Done]]:
    """A line on the terminal: what is being done, and how far that is."""
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    quiet = not shell.console.is_terminal
    with Progress(*columns, console=shell.console, transient=True, disable=quiet) as shown:
        task = shown.add_task("starting", total=None)

        def said(what: str) -> None:
            shown.update(task, description=what, completed=0, total=None)

        def done(share: float) -> None:
            shown.update(task, completed=share, total=1.0)

        yield said, done


def _read(
    settings: Settings,
    known: Known | None,
    data: Path | None,
    mine: tuple[Path | None, Path | None],
    said: Said,
) -> DataSet:
    feed, recorded = mine
    if known is not None:
        if feed is not None or recorded is not None:
            raise Invalid("--set", "and a set of your own are two things: give one")
        return _READERS[known](data or settings.data, said)
    if feed is None or recorded is None:
        raise Invalid("--set", "is needed, or --gtfs and --positions together")
    return own.read(feed, recorded, said)
