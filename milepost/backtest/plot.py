"""The figures as a picture: SVG or PNG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fleet.errors import Invalid
from milepost.backtest.figures import Bucket
from milepost.backtest.report import TITLES
from milepost.backtest.sets import DataSet

KINDS = frozenset({".svg", ".png"})
_WIDTH, _HEIGHT = 9.0, 7.5  #: inches
_GOOD = 0.85, 0.95  #: coverage that a P90 is to have
#: Okabe and Ito's colours, which people with any colour vision tell apart.
_COLOURS = "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#999999"


def check(path: Path) -> None:
    """See that a picture can be made there, before any work is done.

    Raises:
        Invalid: not such a name, no such folder, or matplotlib is not installed.
    """
    if path.suffix not in KINDS:
        raise Invalid(str(path), "is to end in .svg or .png")
    if not path.absolute().parent.is_dir():
        raise Invalid(str(path), "lies in a folder that is not there")
    try:
        import matplotlib as _  # noqa: F401, ICN001, PLC0415 - only who plots needs it
    except ImportError as error:
        raise Invalid("--plot", "needs matplotlib: pip install matplotlib") from error


def draw(path: Path, data: DataSet, found: Sequence[Bucket]) -> None:
    """MAE by bucket of the model and all baselines, and below it how often P90 held.

    Raises:
        Invalid: the file cannot be written.
    """
    import matplotlib as mpl  # noqa: PLC0415 - takes half a second, only who plots needs it
    from matplotlib.figure import Figure  # noqa: PLC0415

    mpl.rcParams["svg.hashsalt"] = "milepost"  # the same figures make the same file
    figure = Figure(figsize=(_WIDTH, _HEIGHT), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    places = list(range(len(found)))
    baselines = list(found[0].baselines) if found else []
    for name, colour in zip(baselines, _COLOURS * 2, strict=False):
        maes = [bucket.baselines[name].mae for bucket in found]
        above.plot(places, maes, "o--", color=colour, label=TITLES.get(name, name), linewidth=1)
    maes = [bucket.mae for bucket in found]
    above.plot(places, maes, "s-", color="black", label="Milepost", linewidth=2.5)
    above.set_ylabel("mean absolute error, s")
    above.set_ylim(bottom=0)
    above.set_title(f"{data.name}: {data.about}", fontsize="medium")
    above.legend(fontsize="small")
    below.axhspan(*_GOOD, color="#009E73", alpha=0.2)
    below.axhline(0.9, color="#009E73", linewidth=1)
    below.plot(places, [bucket.coverage for bucket in found], "s-", color="black")
    below.set_ylim(0.5, 1)
    below.set_ylabel("share within P90")
    below.set_xlabel("true minutes to arrival")
    below.set_xticks(places, [bucket.name for bucket in found])
    for axes in (above, below):
        axes.grid(visible=True, alpha=0.3)
    try:
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    except OSError as error:
        raise Invalid(str(path), error.strerror or "cannot be written") from error
