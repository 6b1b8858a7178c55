"""What the code says about its own names: the comment or docstring beside a declaration.

The house has two ways to say what a field means: a ``#:`` comment, behind the field or in
the lines above it, or a string below it.  Comments are no part of Python's tree, so they
are found by their tokens.
"""

from __future__ import annotations

import ast
import inspect
import io
import re
import tokenize
from pathlib import Path
from types import ModuleType
from typing import Any


def of_class(kind: type[Any]) -> dict[str, str]:
    """Field or member of ``kind`` to its meaning; one that says nothing is absent."""
    source = _source(inspect.getfile(kind))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef) and node.name == kind.__name__:
            return _meanings(node.body, _comments(source))
    raise LookupError(f"{kind.__qualname__} is not in its own file")


def of_module(module: ModuleType) -> dict[str, str]:
    """Top-level name of ``module`` to its meaning; one that says nothing is absent."""
    source = _source(inspect.getfile(module))
    return _meanings(ast.parse(source).body, _comments(source))


def summary(kind: type[Any]) -> str:
    """The first sentence of a class's docstring."""
    return markdown(inspect.getdoc(kind) or "").partition("\n")[0]


def markdown(text: str) -> str:
    """A docstring's words as Markdown: double backticks become single ones."""
    return re.sub(r"``(.+?)``", r"`\1`", text)


def _source(file: str) -> str:
    return Path(file).read_text(encoding="utf-8")


def _comments(source: str) -> dict[int, tuple[str, bool]]:
    """Line to the text of its ``#:`` comment, and whether it has the line to itself."""
    found = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and token.string.startswith("#:"):
            alone = not token.line[: token.start[1]].strip()
            found[token.start[0]] = (token.string[2:].strip(), alone)
    return found


def _meanings(body: list[ast.stmt], comments: dict[int, tuple[str, bool]]) -> dict[str, str]:
    found = {}
    for node, after in zip(body, [*body[1:], None], strict=True):
        name = _declared(node)
        if name is None:
            continue
        text = _above(node.lineno, comments) or _behind(node, comments) or _below(after)
        if text:
            found[name] = markdown(" ".join(text.split()))
    return found


def _declared(node: ast.stmt) -> str | None:
    match node:
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case _:
            return None


def _above(line: int, comments: dict[int, tuple[str, bool]]) -> str:
    lines: list[str] = []
    while (line := line - 1) in comments and comments[line][1]:
        lines.insert(0, comments[line][0])
    return " ".join(lines)


def _behind(node: ast.stmt, comments: dict[int, tuple[str, bool]]) -> str:
    lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
    return " ".join(comments[line][0] for line in lines if line in comments)


def _below(node: ast.stmt | None) -> str:
    match node:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return inspect.cleandoc(text)
        case _:
            return ""
