import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from fleet.errors import StackBroken
from milepost.stack import Postgres, PostgresOptions
from milepost.stack.ground import Owner
from milepost.stack.leftovers import working_in
from tests.temporary import temporary_folder

pytestmark = pytest.mark.db
DEADLINE = 20.0


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A state folder after a first start and stop."""
    with temporary_folder() as path:
        with Postgres(path):
            pass
        yield path


@pytest.fixture
def folder(made: Path, state_folder: Path) -> Path:
    """A copy of it for one test: a first start takes seconds on a busy machine."""
    subprocess.run(["/bin/cp", "-a", f"{made}/.", str(state_folder)], check=True)
    return state_folder


def rows(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        found = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert found is not None
    return int(found[0])


def fill(dsn: str, n: int) -> None:
    """``n`` rows, a commit each."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        for number in range(n):
            connection.execute("INSERT INTO kept VALUES (%s)", [number])


def kill_everything(server: Postgres, folder: Path) -> None:
    """SIGKILL to the postmaster and all its processes at once, as a crash would."""
    assert server.child is not None
    for pid in working_in(folder / "data", "postgres"):
        os.kill(pid, signal.SIGKILL)
    assert server.child.wait(DEADLINE)


def test_data_and_port_are_the_same_after_stop_and_start(folder: Path) -> None:
    with Postgres(folder) as server:
        fill(server.dsn, 3)
        before = server.dsn
    with Postgres(folder) as server:
        assert server.dsn == before
        assert rows(server.dsn) == 3


def test_committed_rows_survive_kill_9_of_all_processes(folder: Path) -> None:
    with Postgres(folder) as server:
        fill(server.dsn, 500)
        kill_everything(server, folder)
        server.start()  # the same supervisor revives it
        assert rows(server.dsn) == 500
        kill_everything(server, folder)
    with Postgres(folder) as server:  # and another one does
        assert rows(server.dsn) == 500


def test_backends_of_a_killed_postmaster_are_ended_before_the_next_start(folder: Path) -> None:
    with Postgres(folder) as server:
        fill(server.dsn, 10)
        with psycopg.connect(server.dsn):  # its backend outlives the postmaster for a moment
            assert server.child is not None
            server.child.send(signal.SIGKILL)
            assert server.child.wait(DEADLINE)
            server.start()
        assert rows(server.dsn) == 10


def test_a_pid_file_with_the_number_of_another_program_does_not_prevent_the_start(
    folder: Path,
) -> None:
    with Postgres(folder) as server:
        fill(server.dsn, 3)
        kill_everything(server, folder)
        stale = folder / "data" / "postmaster.pid"
        lines = stale.read_text().splitlines()
        stale.write_text("\n".join([str(os.getpid()), *lines[1:]]))
        server.start()
        assert rows(server.dsn) == 3


def test_the_database_is_utf8_utc_and_safe(folder: Path) -> None:
    names = ["server_encoding", "timezone", "synchronous_commit", "fsync", "data_checksums", "jit"]
    with Postgres(folder) as server, psycopg.connect(server.dsn) as connection:
        values: list[str] = []
        for name in names:
            row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
            values += row or ()
    assert values == ["UTF8", "UTC", "on", "on", "on", "off"]


def test_nobody_enters_without_the_password(folder: Path) -> None:
    with Postgres(folder) as server:
        password = server.dsn.split(":")[2].split("@")[0]
        wrong = server.dsn.replace(password, "guess")
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            psycopg.connect(wrong)
        secret = folder / "credentials.json"
        assert password in secret.read_text()
        assert secret.stat().st_mode & 0o777 == 0o600


def test_a_second_supervisor_is_refused_with_a_sentence(folder: Path) -> None:
    with Postgres(folder) as server:
        with pytest.raises(StackBroken, match=rf"another Milepost \(process {os.getpid()}\)"):
            Postgres(folder).start()
        fill(server.dsn, 1)
        assert rows(server.dsn) == 1


def test_data_of_another_major_version_are_left_alone_with_a_sentence(folder: Path) -> None:
    (folder / "data" / "PG_VERSION").write_text("14\n")
    with pytest.raises(StackBroken, match="was made by PostgreSQL 14, but PostgreSQL"):
        Postgres(folder).start()


def test_a_server_that_does_not_start_is_quoted(folder: Path) -> None:
    (folder / "data" / "postgresql.auto.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(StackBroken, match=r"(?s)did not start.*no_such_setting"):
        Postgres(folder).start()


def test_data_without_their_password_are_left_alone_with_a_sentence(folder: Path) -> None:
    (folder / "credentials.json").unlink()
    with pytest.raises(StackBroken, match="the password of the database beside it, is missing"):
        Postgres(folder).start()


def test_a_first_start_that_was_interrupted_starts_afresh(folder: Path) -> None:
    shutil.rmtree(folder / "data")
    interrupted = folder / "data.new.x"
    interrupted.mkdir()
    (interrupted / "half").touch()
    with Postgres(folder) as server:
        fill(server.dsn, 1)
    assert not interrupted.exists()


def test_a_remembered_port_that_is_taken_is_replaced(folder: Path) -> None:
    with Postgres(folder) as server:
        before = server.dsn
    port = int(before.rsplit(":", 1)[1].split("/")[0])
    with socket.create_server(("127.0.0.1", port)), Postgres(folder) as server:
        assert server.dsn != before
        fill(server.dsn, 1)


def test_a_port_somebody_asked_for_is_insisted_on_and_free_again_after_stop(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StackBroken, match=f"127.0.0.1:{port}: the port is taken"):
            Postgres(folder, PostgresOptions(port=port)).start()
    with Postgres(folder, PostgresOptions(port=port)) as server:
        assert f"127.0.0.1:{port}/" in server.dsn
    socket.create_server(("127.0.0.1", port)).close()


def test_stop_ends_open_connections_and_leaves_no_process(folder: Path) -> None:
    server = Postgres(folder)
    server.start()
    with closing(psycopg.connect(server.dsn)) as connection:
        connection.execute("SELECT 1")
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < DEADLINE
    assert working_in(folder / "data", "postgres") == []
    server.stop()  # twice is once


def test_programs_below_a_private_folder_are_copied_and_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Owner, "may_use", lambda _owner, _path: False)
    folder = Path(tempfile.mkdtemp(prefix="milepost-test-"))  # /dev/shm is often noexec
    for _ in range(2):  # the copy is made once and found again
        with Postgres(folder, PostgresOptions(durable=False)) as server:
            fill(server.dsn, 1)
            assert server.child is not None
            program = Path(f"/proc/{server.child.pid}/exe").readlink()
            assert program.is_relative_to(folder)
    assert len(list(folder.glob("programs-postgres-*"))) == 1
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="not root: there is nobody to become")
def test_root_gives_the_server_to_an_unprivileged_user(folder: Path) -> None:
    with Postgres(folder) as server:
        assert server.child is not None
        owner = Owner.choose(euid=0)
        assert owner.uid > 0
        assert Path(f"/proc/{server.child.pid}").stat().st_uid == owner.uid
        assert (folder / "data").stat().st_uid == owner.uid
