"""Structured logs on standard error: for people on a terminal, JSON for machines."""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog
from structlog.tracebacks import ExceptionDictTransformer


def configure(level: str, form: Literal["auto", "console", "json"], process: str) -> None:
    """Write logs of ``level`` and above to standard error, each with its process."""
    pretty = form == "console" or (form == "auto" and sys.stderr.isatty())
    # Local variables would put passwords, tokens and whole batches into the log.
    plain = structlog.dev.plain_traceback
    tracebacks = ExceptionDictTransformer(show_locals=False)
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=plain)
        if pretty
        else structlog.processors.JSONRenderer()
    )
    structlog.contextvars.bind_contextvars(process=process)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if pretty else [structlog.processors.ExceptionRenderer(tracebacks)]),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=level.upper(), stream=sys.stderr, format="%(name)s: %(message)s")
