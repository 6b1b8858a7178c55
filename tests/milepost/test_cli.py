"""Every command as a user types it; those that run for ever have tests of their own."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from gateway import inbox
from milepost.__main__ import app
from milepost.stack import GATEWAY
from milepost.stack.nats import Broker
from tests.milepost.typing_user import Milepost

ROOT = Path(__file__).parents[2]
LOGS = sorted((ROOT / "tests/data/nmea").glob("*.nmea"))
REFERENCE = re.compile(rb"^# reference: (\S+)$", re.MULTILINE)
COMMANDS = sorted(
    str(command.name or getattr(command.callback, "__name__", ""))
    for command in app.registered_commands
)
#: Those of a group, as they are typed.
GROUPED = sorted(
    f"{group.name} {command.name or getattr(command.callback, '__name__', '')}"
    for group in app.registered_groups
    if group.typer_instance is not None
    for command in group.typer_instance.registered_commands
)
#: The least that each command asks for, so that settings are the first thing to go wrong.
LEAST = {
    "decode": [str(LOGS[0])],
    "replay": [str(LOGS[0]), "--device", "truck-1"],
    "demo": ["--check"],
    "backup": ["new.dump"],
    "restore": ["old.dump"],
    "broker-files": ["--broker", "mosquitto", "--out", "files"],
}


def golden_rows(log: Path) -> list[dict[str, Any]]:
    """What a golden log must decode to: fixes, then rejects."""
    return [
        json.loads(line) for line in log.with_suffix(".expected.jsonl").read_text().splitlines()
    ]


def test_the_version_is_that_of_the_distribution(milepost: Milepost) -> None:
    told = milepost("--version")
    assert (told.status, told.out) == (0, f"milepost {version('milepost')}\n")


def test_without_a_command_the_commands_are_listed(milepost: Milepost) -> None:
    told = milepost()
    assert all(command in told.out + told.err for command in COMMANDS)


@pytest.mark.parametrize("command", [*COMMANDS, *GROUPED])
def test_the_help_of_every_command_has_an_example(milepost: Milepost, command: str) -> None:
    told = milepost(*command.split(), "--help")
    assert told.status == 0
    _, _, examples = told.out.partition("Example")
    assert f"milepost {command}" in examples


@pytest.mark.parametrize("command", COMMANDS)
def test_a_misspelt_setting_refuses_every_command_with_a_hint(
    milepost: Milepost, command: str
) -> None:
    told = milepost(command, *LEAST.get(command, []), MILEPOST_API_PROT="1")
    hint = "milepost: MILEPOST_API_PROT is no setting of Milepost; is MILEPOST_API_PORT meant?\n"
    assert (told.status, told.out, told.err) == (1, "", hint)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_value_that_cannot_be_refuses_every_command_and_names_its_setting(
    milepost: Milepost, command: str
) -> None:
    told = milepost(command, *LEAST.get(command, []), MILEPOST_AGE__FUTURE="soon")
    assert (told.status, told.out) == (1, "")
    assert told.err.startswith("milepost: MILEPOST_AGE__FUTURE: ")
    assert told.err.count("\n") == 1


def test_an_unknown_command_is_a_usage_error(milepost: Milepost) -> None:
    told = milepost("drive")
    assert told.status == 2
    assert "drive" in told.err


# decode


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
def test_decode_prints_the_fixes_of_a_golden_log_but_not_the_void_ones(
    milepost: Milepost, log: Path
) -> None:
    named = REFERENCE.search(log.read_bytes())
    reference = ["--reference", named[1].decode()] if named else []
    told = milepost("decode", str(log), "--json", *reference)
    assert told.status == 0
    golden = golden_rows(log)
    expected = [row for row in golden if "time" in row and "VOID" not in row["flags"]]
    assert [row["time"] for row in told.lines] == [row["time"] for row in expected]
    fields = ("lat", "lon", "altitude", "speed", "course")
    for row, its in zip(told.lines, expected, strict=True):
        assert list(row) == ["time", *(field for field in fields if field in its)]
        assert row == pytest.approx({name: its[name] for name in row}, abs=1e-3)


def test_decode_counts_on_standard_error_what_it_did_not_print(milepost: Milepost) -> None:
    log = ROOT / "tests/data/nmea/tunnel.nmea"
    told = milepost("decode", str(log), "--json")
    golden = golden_rows(log)
    void = sum("VOID" in row.get("flags", []) for row in golden)
    comments = sum(line.startswith("#") for line in log.read_text().splitlines())
    first, _, rest = told.err.removesuffix("\n").partition("; not printed: ")
    assert first == f"{len(told.lines)} fixes"
    counts = {name: int(n) for n, name in (part.split(" ", 1) for part in rest.split(", "))}
    assert (counts.pop("void"), counts.pop("comments")) == (void, comments)
    assert sum(counts.values()) == sum("reject" in row for row in golden)


def test_decode_reads_standard_input(milepost: Milepost) -> None:
    log = ROOT / "tests/data/nmea/rmc_gga.nmea"
    from_file = milepost("decode", str(log), "--json")
    piped = milepost("decode", "-", "--json", stdin=log.read_bytes())
    assert piped == from_file
    assert len(piped.lines) == 6


def test_decode_draws_a_table_for_people(milepost: Milepost) -> None:
    told = milepost("decode", str(ROOT / "tests/data/nmea/rmc_gga.nmea"))
    assert told.status == 0
    assert "speed m/s" in told.out
    assert "2026-11-21T08:00:02.000Z" in told.out
    assert "30.252064" in told.out


@pytest.mark.parametrize("data", [b"", b"\x00\xff" * 500, b"hello\n", b"$GPRMC,\r\n"])
def test_decode_of_what_is_no_recording_prints_no_fix(milepost: Milepost, data: bytes) -> None:
    told = milepost("decode", "-", "--json", stdin=data)
    assert (told.status, told.out) == (0, "")
    assert told.err.startswith("0 fixes")


def test_decode_of_a_missing_file_says_so_in_one_sentence(milepost: Milepost) -> None:
    told = milepost("decode", "no-such.nmea")
    said = "milepost: no-such.nmea: No such file or directory\n"
    assert (told.status, told.out, told.err) == (1, "", said)


def test_decode_of_a_folder_says_so_in_one_sentence(milepost: Milepost, tmp_path: Path) -> None:
    folder = tmp_path / "[logs]"
    folder.mkdir()
    told = milepost("decode", str(folder))
    assert (told.status, told.err) == (1, f"milepost: {folder}: Is a directory\n")


def test_decode_obeys_the_decoders_settings(milepost: Milepost) -> None:
    log = str(ROOT / "tests/data/nmea/unchecked_terminal.nmea")
    taken = milepost("decode", log, "--json")
    refused = milepost("decode", log, "--json", MILEPOST_NMEA__UNCHECKED="reject")
    assert len(refused.lines) < len(taken.lines)
    assert "no-checksum" in refused.err


def test_decode_into_a_pipe_that_closes_ends_without_a_traceback() -> None:
    sentences = LOGS[0].read_bytes() * 1000
    with subprocess.Popen(
        [sys.executable, "-m", "milepost", "decode", "-", "--json"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        _, err = process.communicate(sentences, timeout=60)
    assert b"Traceback" not in err


# replay


def test_replay_refuses_a_name_that_is_no_device(milepost: Milepost) -> None:
    told = milepost("replay", str(LOGS[0]), "--device", "a/b")
    assert told.status == 1
    assert told.err == "milepost: --device: 'a/b' is not 1 to 64 letters, digits, _ or -\n"


# check


def test_check_without_anything_says_what_to_do_in_plain_sentences(milepost: Milepost) -> None:
    told = milepost("check", "--json")
    assert told.status == 1
    assert told.err.count("milepost up") == 2
    assert "Traceback" not in told.err
    [found] = told.lines
    assert found["ok"] is False
    assert found["database"].startswith("there is no database: set MILEPOST_DATABASE_URL, or ")
    assert found["broker"].startswith("there is no broker: set MILEPOST_BROKER_URL, or ")
    assert found["api"].startswith("console: is not built in ")


def test_check_tells_no_password(milepost: Milepost) -> None:
    told = milepost(
        "check",
        "--json",
        MILEPOST_DATABASE_URL="postgresql://u:geheim@127.0.0.1:1/x",
        MILEPOST_BROKER_URL="http://u:geheim@127.0.0.1:1",
    )
    assert told.status == 1
    assert "geheim" not in told.out + told.err
    assert "Connection refused" in told.lines[0]["database"]
    assert told.lines[0]["broker"].startswith("MILEPOST_BROKER_URL is no mqtt://")


@pytest.mark.parametrize("command", ["check", "migrate", "worker"])
def test_an_address_that_is_none_is_a_sentence(milepost: Milepost, command: str) -> None:
    told = milepost(command, MILEPOST_DATABASE_URL="nonsense geheim")
    assert told.status == 1
    assert "MILEPOST_DATABASE_URL is no postgresql://" in told.err
    assert "geheim" not in told.err
    assert "Traceback" not in told.err


@pytest.mark.db
@pytest.mark.broker
def test_check_of_what_is_in_order_is_ok(
    milepost: Milepost, tmp_path: Path, database_url: str, broker: Broker
) -> None:
    (tmp_path / "index.html").touch()
    named = inbox.Broker(broker.url(GATEWAY), client_id="checked")

    def check() -> tuple[int, dict[str, Any]]:
        told = milepost(
            "check",
            "--json",
            MILEPOST_DATABASE_URL=database_url,
            MILEPOST_BROKER_URL=named.url,
            MILEPOST_BROKER__CLIENT_ID=named.client_id,
            MILEPOST_API__CONSOLE=str(tmp_path),
        )
        [found] = told.lines
        return told.status, found

    status, found = check()
    assert (status, found["ok"]) == (1, False)
    [lost] = found["findings"]
    assert (lost["weight"], lost["what"]) == (
        "loss",
        "the broker has no session of the gateway, and no gateway runs",
    )
    inbox.enrol(named)
    status, found = check()
    assert (status, found.pop("ok"), found.pop("findings")) == (0, True, []), found
    assert all(text.startswith("ok: ") for text in found.values())
    assert set(found) == {"database", "broker", "api"}


@pytest.mark.db
def test_check_names_the_migrations_that_are_missing(
    milepost: Milepost, empty_database_url: str
) -> None:
    told = milepost("check", "--json", MILEPOST_DATABASE_URL=empty_database_url)
    assert told.status == 1
    assert told.lines[0]["database"].startswith("schema: run `milepost migrate`: ")


# api


def test_an_api_whose_port_is_taken_says_so_in_one_sentence(milepost: Milepost) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        told = milepost("api", "--port", str(port), MILEPOST_DATABASE_URL="postgresql://db/x")
    said = f"milepost: the API cannot listen on 127.0.0.1:{port}: the port is taken\n"
    assert (told.status, told.err) == (1, said)


def test_an_api_that_strangers_could_read_is_refused(milepost: Milepost) -> None:
    told = milepost(
        *["api", "--host", "0.0.0.0", "--port", "0"],  # noqa: S104 - the point of the test
        MILEPOST_DATABASE_URL="postgresql://db/x",
    )
    assert told.status == 1
    assert "so MILEPOST_API_TOKEN must be set" in told.err


# migrate


@pytest.mark.db
def test_migrate_twice_applies_everything_once(milepost: Milepost, empty_database_url: str) -> None:
    first = milepost("migrate", "--json", MILEPOST_DATABASE_URL=empty_database_url)
    again = milepost("migrate", "--json", MILEPOST_DATABASE_URL=empty_database_url)
    assert (first.status, again.status) == (0, 0)
    assert first.lines[0]["applied"]
    assert again.lines == [{"applied": []}]
    assert again.err == "the schema is up to date\n"


def test_migrate_without_a_database_says_what_to_do(milepost: Milepost, tmp_path: Path) -> None:
    told = milepost("migrate", MILEPOST_STATE=str(tmp_path / "[state]"))
    assert (told.status, told.out) == (1, "")
    assert told.err == (
        "milepost: there is no database: set MILEPOST_DATABASE_URL, or start the embedded one "
        f"with `milepost up` (nothing runs in {tmp_path}/[state])\n"
    )
