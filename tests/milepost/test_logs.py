from __future__ import annotations

import json
import logging
import threading
from typing import Any, Literal

import pytest
import structlog

from milepost import logs

pytestmark = pytest.mark.usefixtures("fresh_logs")


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What was logged, a line of JSON each; nothing may be on standard output."""
    said = capsys.readouterr()
    assert said.out == ""
    return [json.loads(line) for line in said.err.splitlines()]


def begin(level: str, form: Literal["auto", "console", "json"], process: str) -> None:
    """Configure the logs as in a process that has just begun: pytest listens to none."""
    logging.getLogger().handlers.clear()
    logs.configure(level, form, process)


def fail_with(password: str) -> None:
    hidden = password * 2
    raise RuntimeError(f"it broke after {len(hidden)} characters")


def log_a_failure(logger: Any) -> None:  # noqa: ANN401 - structlog's or logging's
    try:
        fail_with("geheim")
    except RuntimeError:
        logger.exception("failed")


def test_each_line_is_json_with_its_process(capsys: pytest.CaptureFixture[str]) -> None:
    begin("info", "json", "gateway")
    structlog.get_logger().info("started", batch=7)
    [line] = lines(capsys)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "started", "process": "gateway", "level": "info", "batch": 7}


def test_off_a_terminal_lines_are_json_by_themselves(capsys: pytest.CaptureFixture[str]) -> None:
    begin("info", "auto", "api")
    structlog.get_logger().warning("slow")
    assert lines(capsys)[0]["level"] == "warning"


def test_a_line_from_another_thread_has_the_process_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    begin("info", "json", "worker")
    thread = threading.Thread(target=lambda: structlog.get_logger().info("listening"))
    thread.start()
    thread.join()
    assert lines(capsys)[0]["process"] == "worker"


def test_what_a_library_logs_has_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    begin("info", "json", "api")
    logging.getLogger("psycopg.pool").warning("error connecting in %r", "pool-1")
    [line] = lines(capsys)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "error connecting in 'pool-1'",
        "logger": "psycopg.pool",
        "process": "api",
        "level": "warning",
    }


def test_what_is_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    begin("warning", "json", "api")
    structlog.get_logger().info("chatter")
    logging.getLogger("uvicorn").info("chatter")
    assert lines(capsys) == []


def test_a_value_that_json_does_not_know_is_no_reason_to_lose_the_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    begin("info", "json", "api")
    structlog.get_logger().info("odd", value={1}, kind=object)
    assert lines(capsys)[0]["value"] == "{1}"


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("library", [False, True])
def test_a_traceback_shows_where_but_no_local_variables(
    capsys: pytest.CaptureFixture[str], form: Literal["json", "console"], *, library: bool
) -> None:
    begin("info", form, "gateway")
    log_a_failure(logging.getLogger("library") if library else structlog.get_logger())
    said = capsys.readouterr().err
    assert "fail_with" in said
    assert "it broke after 12 characters" in said
    assert "geheimgeheim" not in said
    assert "locals" not in said


def test_a_traceback_stays_in_its_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    begin("info", "json", "gateway")
    log_a_failure(structlog.get_logger())
    log_a_failure(logging.getLogger("library"))
    assert [line["event"] for line in lines(capsys)] == ["failed", "failed"]
