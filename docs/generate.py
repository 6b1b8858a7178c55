"""Write the pages that follow from the code, or say which of them are stale.

``python -m docs.generate`` writes them, ``python -m docs.generate --check`` compares only.
A setting, reason or flag whose meaning stands nowhere in the code is an error: whoever adds
one says what it is for, in the line where it is declared.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from docs import meanings
from fleet import wire
from fleet.records import Flag, Grade, Reason
from gateway.metrics import METRICS as GATEWAY_METRICS
from milepost import settings
from tracker_api.app import openapi
from tracker_api.metrics import METRICS as API_METRICS
from worker.service import METRICS as WORKER_METRICS

HERE = Path(__file__).parent
_MADE = "<!-- Made by `make types` from {}. Do not edit. -->\n\n"


class UnexplainedError(Exception):
    """Something public has no meaning in the code; the message names it."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as Prometheus sees it."""

    name: str
    kind: str  #: counter, gauge or histogram
    labels: tuple[str, ...]
    meaning: str

    @property
    def series(self) -> tuple[str, ...]:
        """The names that a query can ask for."""
        if self.kind != "histogram":
            return (self.name,)
        return tuple(f"{self.name}{end}" for end in ("_bucket", "_sum", "_count"))


def metrics() -> dict[str, list[Metric]]:
    """Process to what it counts."""
    made: dict[str, list[Metric]] = {}
    for process, rows in (("gateway", GATEWAY_METRICS), ("worker", WORKER_METRICS)):
        made[process] = [
            _metric(name, kind.__name__.lower(), labels, text) for name, kind, labels, text in rows
        ]
    made["api"] = []
    for name, described, text in API_METRICS:
        kind, _, labels = described.rstrip(")").partition(" (")
        made["api"].append(_metric(name, kind, tuple(filter(None, labels.split(", "))), text))
    return made


def _metric(name: str, kind: str, labels: tuple[str, ...], text: str) -> Metric:
    # The client library appends _total to the name of a counter that lacks it.
    if kind == "counter" and not name.endswith("_total"):
        name += "_total"
    return Metric(name, kind, labels, text.rstrip("."))


def settings_page() -> str:
    """docs/settings.md."""
    groups: dict[type[Any], list[list[str]]] = {}
    silent = []
    for variable, kind, name in settings.names():
        meaning = meanings.of_class(kind).get(name)
        if meaning is None:
            silent.append(f"{variable} ({kind.__module__}.{kind.__qualname__}.{name})")
            continue
        row = [f"`{variable}`", _type(kind, name), _default(kind, name), meaning]
        groups.setdefault(kind, []).append(row)
    if silent:
        raise UnexplainedError(f"no meaning beside the declaration of {', '.join(silent)}")
    text = _MADE.format("the modules that declare them") + "# Settings\n\n"
    text += (
        "Settings are environment variables, read once at the start. A variable that begins "
        "with `MILEPOST_` and is not in this list stops the start: a misspelt limit is no limit. "
        "Lists are written as JSON.\n"
    )
    for kind, rows in groups.items():
        text += f"\n## {meanings.summary(kind).rstrip('.')}\n\nDeclared in `{kind.__module__}`.\n\n"
        text += _table(["variable", "type", "default", "meaning"], rows)
    return text


def metrics_page() -> str:
    """docs/metrics.md."""
    text = _MADE.format("the tables of metrics") + "# Metrics\n\n"
    text += (
        "Every process answers `/metrics` in the text format of Prometheus. A histogram `x` is "
        "asked for as `x_bucket`, `x_sum` and `x_count`. Reasons and flags, the values of two "
        "labels, are explained in [reasons-and-flags.md](reasons-and-flags.md).\n"
    )
    for process, found in metrics().items():
        text += f"\n## {process}\n\n"
        rows = [
            [f"`{m.name}`", m.kind, ", ".join(f"`{x}`" for x in m.labels) or "-", m.meaning]
            for m in found
        ]
        text += _table(["name", "kind", "labels", "meaning"], rows)
    return text


def reasons_page() -> str:
    """docs/reasons-and-flags.md."""
    text = _MADE.format("`fleet/records.py`") + "# Reasons and flags\n\n"
    text += (
        "Nothing is dropped silently. Input that becomes no fix is kept as a dead letter with a "
        "reason. A fix that is doubted is stored with a flag.\n\n## Reasons of dead letters\n\n"
    )
    text += _table(["reason", "meaning"], _members(Reason, lambda m: f"`{m.value}`"))
    text += "\n## Flags of fixes\n\n"
    text += meanings.markdown(_paragraph(Flag, 1)) + "\n\n"
    text += _table(
        ["flag", "bit", "meaning"],
        [[f"`{m.name}`", str(m.value), meaning] for m, meaning in _explained(Flag)],
    )
    text += "\n## Grades of fixes\n\n" + meanings.markdown(_paragraph(Grade, 1)) + "\n\n"
    text += _table(["grade", "stored as"], [[m.name, str(m.value)] for m in Grade])
    return text


def wire_page() -> str:
    """docs/wire.md."""
    head, table, tail = _split_table(wire.__doc__ or "")
    text = _MADE.format("`fleet/wire.py`") + "# The wire\n\n"
    text += meanings.markdown(head) + "\n\n" + _table(table[0], table[1:]) + "\n"
    text += meanings.markdown(tail) + "\n\n## Limits\n\n"
    said = meanings.of_module(wire)
    text += _table(
        ["name", "value", "meaning"],
        [[f"`{n}`", str(getattr(wire, n)), said[n]] for n in ("MAX_PAYLOAD", "MAX_SENTENCE")],
    )
    text += "\n## Events\n\nThe type of `value` stands in brackets.\n\n"
    text += _table(["kind", "value"], _members(wire.EventKind, lambda m: f"`{m.value}`"))
    text += "\n## Commands\n\nThe shape of `body` stands in brackets.\n\n"
    text += _table(["kind", "body"], _members(wire.CommandKind, lambda m: f"`{m.value}`"))
    return text


def openapi_page() -> str:
    """docs/openapi.json."""
    return json.dumps(openapi(), indent=2, ensure_ascii=False) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "metrics.md": metrics_page,
    "reasons-and-flags.md": reasons_page,
    "wire.md": wire_page,
    "openapi.json": openapi_page,
}


def _explained(kind: type[Enum]) -> list[tuple[Enum, str]]:
    said = meanings.of_class(kind)
    silent = [member.name for member in kind if member.name not in said]
    if silent:
        raise UnexplainedError(f"no meaning beside {kind.__name__}.{', '.join(silent)}")
    return [(member, said[member.name]) for member in kind]


def _members(kind: type[Enum], label: Callable[[Enum], str]) -> list[list[str]]:
    return [[label(member), meaning] for member, meaning in _explained(kind)]


def _paragraph(kind: type[Any], number: int) -> str:
    return " ".join((kind.__doc__ or "").split("\n\n")[number].split())


def _split_table(text: str) -> tuple[str, list[list[str]], str]:
    """What stands before a table of reStructuredText, its rows, and what stands after."""
    lines = text.strip().split("\n")
    rules = [number for number, line in enumerate(lines) if line.startswith("===")]
    first, middle, last = rules
    edges = [
        at for at, sign in enumerate(lines[first]) if sign == "=" and _starts(lines[first], at)
    ]
    rows: list[list[str]] = []
    for line in [*lines[first + 1 : middle], *lines[middle + 1 : last]]:
        cells = [line[a:b].strip() for a, b in zip(edges, [*edges[1:], None], strict=True)]
        if cells[0]:
            rows.append([meanings.markdown(cell) for cell in cells])
        else:
            rows[-1][-1] += " " + meanings.markdown(cells[-1])
    return "\n".join(lines[:first]).strip(), rows, "\n".join(lines[last + 1 :]).strip()


def _starts(rule: str, at: int) -> bool:
    return at == 0 or rule[at - 1] == " "


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(
        "| " + " | ".join(c.replace("|", "\\|") for c in line) + " |\n" for line in lines
    )


def _type(kind: type[Any], name: str) -> str:
    return _spell(get_type_hints(kind)[name])


def _spell(hint: Any) -> str:  # noqa: ANN401 - any type that a field may have
    names = {str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path"}
    if get_origin(hint) is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(hint))
    if get_origin(hint) in {Union, UnionType}:
        return " or ".join(_spell(each) for each in get_args(hint) if each is not type(None))
    if get_origin(hint) is tuple:
        return f"list of {_spell(get_args(hint)[0])}"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return " or ".join(f"`{member.value}`" for member in hint)
    return names[hint]


def _default(kind: type[Any], name: str) -> str:
    if kind is settings.Settings:
        value = settings.Settings.model_fields[name].default
    else:
        value = next(item.default for item in fields(kind) if item.name == name)
    match value:
        case None | "" | ():
            return "-"
        case Enum():
            return f"`{value.value}`"
        case bool():
            return f"`{str(value).lower()}`"
        case float():
            return f"`{int(value)}`" if value.is_integer() else f"`{value:.6g}`"
        case _:
            return f"`{value}`"


def main(arguments: Sequence[str]) -> int:
    """Write or check all pages; the exit status."""
    try:
        made = {name: page() for name, page in PAGES.items()}
    except UnexplainedError as error:
        sys.stderr.write(f"docs.generate: {error}\n")
        return 1
    stale = [name for name, text in made.items() if _stored(HERE / name) != text]
    if list(arguments) == ["--check"]:
        if stale:
            pages = ", ".join(f"docs/{name}" for name in stale)
            sys.stderr.write(f"docs.generate: stale: {pages}; `make types` writes them anew\n")
        return 1 if stale else 0
    for name in stale:
        (HERE / name).write_text(made[name], encoding="utf-8")
    return 0


def _stored(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
