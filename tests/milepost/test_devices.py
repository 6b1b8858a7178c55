"""Devices, the authority and the files of other brokers, from the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import bcrypt
import psycopg
import pytest

from store import admin, identity
from store.identity import Refused
from tests.fix_api import NOON, SOON
from tests.milepost.typing_user import Milepost, Told
from tests.waiting import await_true

pytestmark = pytest.mark.db

Typed = Callable[..., Told]


@pytest.fixture
def typed(milepost: Milepost, database_url: str, tmp_path: Path) -> Typed:
    """``milepost`` with a database and a state folder of its own."""
    return partial(
        milepost, MILEPOST_DATABASE_URL=database_url, MILEPOST_STATE=str(tmp_path / "state")
    )


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    """The same database."""
    with closing(psycopg.connect(database_url, autocommit=True)) as connection:
        yield connection


def test_a_device_is_registered_rotated_revoked_and_listed(
    typed: Typed, conn: psycopg.Connection
) -> None:
    added = typed("devices", "add", "T1")
    assert (added.status, added.err) == (0, "password of T1, shown this once:\n")
    assert bcrypt.checkpw(added.out.strip().encode(), admin.credentials(conn)["T1"].encode())
    assert typed("devices", "add", "T1").status == 1
    rotated = typed("devices", "rotate", "T1")
    assert bcrypt.checkpw(rotated.out.strip().encode(), admin.credentials(conn)["T1"].encode())
    later = typed("devices", "rotate", "T1", "--after", "60")
    assert "it takes over at 20" in later.err
    identity.note_refusals(conn, [Refused("T1", "publish", "x"), Refused("?", "login", "?")], NOON)
    told = typed("devices", "list", "--json").lines
    assert [(one["code"], one["password"], one["refused"]) for one in told] == [("T1", True, 1)]
    assert "strangers: 1 login refused" in typed("devices", "list").out
    assert typed("devices", "revoke", "T1").err == "T1 may connect no more\n"
    assert admin.credentials(conn) == {}
    assert typed("devices", "list", "--json").lines[0]["revoked_at"] is not None
    rows = conn.execute("SELECT act FROM audit WHERE subject = 'T1' ORDER BY id").fetchall()
    assert [row[0] for row in rows] == ["create", "credential", "credential", "revoke"]


def test_a_device_gets_certificates_and_loses_one(
    typed: Typed, conn: psycopg.Connection, tmp_path: Path
) -> None:
    typed("devices", "add", "T1")
    out = tmp_path / "T1"
    assert typed("devices", "certificate", "T1", "--out", str(out)).status == 0
    assert sorted(file.name for file in out.iterdir()) == ["T1.key", "T1.pem", "ca.pem"]
    assert {file.stat().st_mode & 0o777 for file in out.iterdir()} == {0o600}
    (kept,) = identity.list_certificates(conn, "T1")
    again = typed("devices", "certificate", "T1", "--pem", str(out / "T1.pem"))
    assert (again.status, "is known" in again.err) == (1, True)
    assert typed("devices", "revoke", "T1", "--serial", kept.serial).status == 0
    assert identity.certificates(conn) == {}
    assert "T1" in admin.credentials(conn)
    shown = typed("authority", "show", "--json").lines
    assert [(one["file"], one["days_left"] > 3000) for one in shown] == [("ca.pem", True)]


@pytest.mark.parametrize(
    "arguments",
    [
        ("devices", "rotate", "nobody"),
        ("devices", "revoke", "nobody"),
        ("devices", "certificate", "nobody"),
        ("devices", "add", "a.b"),
        ("devices", "add", "gateway"),
        ("authority", "server", "not a name"),
        ("broker-files", "--broker", "emqx", "--out", "emqx"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_leaves_nothing(
    typed: Typed,
    conn: psycopg.Connection,
    tmp_path: Path,
    arguments: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    told = typed(*arguments)
    assert told.status == 1
    assert told.err.splitlines()[-1].startswith("milepost: ")
    assert admin.credentials(conn) == {}
    assert not list(tmp_path.glob("*.pem"))


def test_a_server_gets_a_certificate_of_the_authority_which_is_renewed(
    typed: Typed, tmp_path: Path
) -> None:
    out = tmp_path / "server"
    assert typed("authority", "server", "db.example", "--out", str(out)).status == 0
    assert sorted(file.name for file in out.iterdir()) == ["ca.pem", "server.key", "server.pem"]
    before = (out / "ca.pem").read_text()
    assert typed("authority", "renew").status == 0
    after = (tmp_path / "state/authority/ca.pem").read_text()
    assert after.endswith(before)
    assert after != before


def test_the_files_of_mosquitto_follow_what_is_done_to_devices(
    typed: Typed, database_url: str, tmp_path: Path
) -> None:
    out = tmp_path / "files"
    wanted = {
        "MILEPOST_DATABASE_URL": database_url,
        "MILEPOST_BROKER_URL": "mqtt://gateway:secret@broker:1884",
    }
    ours = {name: value for name, value in os.environ.items() if not name.startswith("MILEPOST_")}
    command = ["broker-files", "--broker", "mosquitto", "--out", str(out), "--watch"]
    child = subprocess.Popen(
        [sys.executable, "-m", "milepost", *command], env=ours | wanted, stderr=subprocess.PIPE
    )
    try:

        def users() -> list[str]:
            file = out / "passwords"
            text = file.read_text() if file.exists() else ""
            return [line.partition(":$7$")[0] for line in text.splitlines()]

        await_true(lambda: users() == ["gateway"], "the gateway is known")
        typed("devices", "add", "T1")
        await_true(lambda: users() == ["gateway", "T1"], "a device came")
        typed("devices", "revoke", "T1")
        await_true(lambda: users() == ["gateway"], "it went")
    finally:
        child.terminate()
        _, told = child.communicate(timeout=SOON)
    assert child.returncode == 0, told
    assert b"secret" not in told
    assert not (out / "gateway-password").exists()
