"""How the benchmarks measure, and what they hand back.

Figures are ratios to a baseline that runs in the same process, on the same input, turn by
turn with the product: a shared or throttled machine slows both.  Where the work is all in
this process its CPU time is taken, not the clock: another process on the same core is then
not our cost.  A figure is the median of its rounds; the spread is half the distance between
the quartiles, as a share of the median.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from rich.console import Console
from rich.table import Table

console = Console(stderr=True, highlight=False)

Args = ParamSpec("Args")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Ratio:
    """The product against its baseline: above 1 the product is better."""

    what: str
    product: float
    baseline: float
    unit: str
    ratio: float
    spread: float = 0.0  #: of the ratio, relative
    required: float | None = None

    @property
    def met(self) -> bool:
        """Whether the requirement, if there is one, is met."""
        return self.required is None or self.ratio >= self.required


@dataclass(slots=True)
class Report:
    """What one program found."""

    name: str
    method: str  #: what was measured against what, and on what input
    ratios: list[Ratio] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)  #: the unit is part of the name
    notes: list[str] = field(default_factory=list)

    def record(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name,
            "method": self.method,
            "met": all(ratio.met for ratio in self.ratios),
            "ratios": [asdict(ratio) | {"met": ratio.met} for ratio in self.ratios],
            "figures": self.figures,
            "notes": self.notes,
        }

    def show(self) -> None:
        """Tables on standard error."""
        console.rule(f"[bold]{self.name}")
        console.print(self.method, style="dim")
        if self.ratios:
            console.print(self._ratios())
        if self.figures:
            table = Table("figure", "value", box=None, pad_edge=False)
            table.columns[1].justify = "right"
            for name, value in self.figures.items():
                table.add_row(name, said(value))
            console.print(table)
        for note in self.notes:
            console.print(note, markup=False)

    def _ratios(self) -> Table:
        table = Table("", "product", "baseline", "unit", "ratio", "spread", "required", box=None)
        for column in (1, 2, 4, 5, 6):
            table.columns[column].justify = "right"
        for r in self.ratios:
            required = "" if r.required is None else f">= {r.required:g}"
            colour = "green" if r.met else "red"
            table.add_row(
                r.what,
                said(r.product),
                said(r.baseline),
                r.unit,
                f"[bold {colour}]{r.ratio:.2f}",
                f"{r.spread:.0%}",
                required,
            )
        return table


def said(value: float) -> str:
    """A number with three to four digits that say something."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def cpu(
    work: Callable[Args, Result], *args: Args.args, **known: Args.kwargs
) -> tuple[float, Result]:
    """Seconds of this process's CPU, all its threads, that the call took; and its result."""
    began = time.process_time()
    result = work(*args, **known)
    return time.process_time() - began, result


def middle(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def spread(values: Sequence[float]) -> float:
    """Half the distance between the quartiles as a share of the median; 0 for under four."""
    if len(values) < 4:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4)
    return (high - low) / 2 / middle(values)


def cpu_of(pid: int) -> float:
    """Seconds of CPU that the process ``pid``, all its threads, has used so far (Linux)."""
    ticks = 0
    for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        ticks += int(task.read_text(encoding="ascii").split()[0])
    return ticks / 1e9


def rss_of(pid: int) -> float:
    """MiB of memory that the process ``pid`` holds (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


@contextmanager
def stopwatch(clocks: dict[str, float], owner: object, names: Sequence[str]) -> Iterator[None]:
    """Within a ``with``, add the seconds that ``owner``'s functions take to ``clocks``."""
    kept = {name: getattr(owner, name) for name in names}
    for name, function in kept.items():
        setattr(owner, name, _timed(clocks, name, function))
    try:
        yield
    finally:
        for name, function in kept.items():
            setattr(owner, name, function)


def _timed(clocks: dict[str, float], name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def timed(*args: Any, **known: Any) -> Any:  # noqa: ANN401 - any function
        began = time.perf_counter()
        try:
            return function(*args, **known)
        finally:
            clocks[name] = clocks.get(name, 0.0) + time.perf_counter() - began

    return timed
