"""Structured logs on standard error: for people on a terminal, JSON for machines."""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor


def configure(level: str, form: Literal["auto", "console", "json"], process: str) -> None:
    """Write logs of ``level`` and above to standard error, each with its process.

    That includes what libraries write through ``logging``: one form for all lines.
    """
    pretty = form == "console" or (form == "auto" and sys.stderr.isatty())

    def name_process(_logger: object, _method: str, event: EventDict) -> EventDict:
        # Not a context variable: a thread begins without those of its maker.
        event.setdefault("process", process)
        return event

    first: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        name_process,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last = _last(pretty=pretty)
    structlog.configure(
        processors=[*first, *last],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    foreign = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *first],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(foreign)
    logging.basicConfig(level=level.upper(), handlers=[handler])


def _last(*, pretty: bool) -> list[Processor]:
    """What makes the line.  Tracebacks go without local variables.

    Those would put passwords, tokens and whole batches into the log.
    """
    if pretty:
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(exception_formatter=plain)]
    tracebacks = ExceptionDictTransformer(show_locals=False)
    return [
        structlog.processors.ExceptionRenderer(tracebacks),
        structlog.processors.JSONRenderer(default=str),
    ]
