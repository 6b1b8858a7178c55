import json
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fleet.errors import StackBroken
from milepost.stack import BrokerOptions, PostgresOptions, Stack, StackOptions, find_running
from milepost.stack.ground import Owner

pytestmark = [pytest.mark.db, pytest.mark.broker]
ROOT = Path(__file__).parents[3]
HOLD = Path(__file__).with_name("hold_stack.py")
DEADLINE = 60.0
#: Nothing here is about a crash of the operating system.
QUICK = StackOptions(postgres=PostgresOptions(durable=False, shared_buffers=16))
SYSTEM_PYTHON = Path("/usr/bin/python3")


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def lives(pid: int) -> bool:
    """Whether a process works; a zombie whose parent died before it does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def environment() -> dict[str, str]:
    """With which any interpreter finds the project and what it needs."""
    site = next(path for path in sys.path if path.endswith("site-packages"))
    return {"PYTHONPATH": f"{ROOT}:{site}", "PYTHONDONTWRITEBYTECODE": "1"}


@contextmanager
def supervisor(
    state_folder: Path, python: str = sys.executable, user: int | None = None
) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    """Another process that holds the stack of ``state_folder``; what it said when all was up."""
    process = subprocess.Popen(
        [python, str(HOLD), str(state_folder)],
        cwd="/",
        env=environment(),
        stdout=subprocess.PIPE,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=DEADLINE)


def test_where_a_running_stack_is_can_be_found_until_it_stops(state_folder: Path) -> None:
    options = replace(QUICK, broker=BrokerOptions(bench=True))
    assert find_running(state_folder) is None
    with Stack(state_folder, options) as stack:
        assert find_running(state_folder) is None  # the gateway's session may not exist yet
        stack.announce()
        found = find_running(state_folder)
        assert found == stack.where()
        assert found.pid == os.getpid()
        assert found.database_url == stack.postgres.dsn
        assert found.bench_url is not None
        assert stack.broker.url("operator") not in repr(found)  # a log is no place for it
        assert (state_folder / "stack.json").stat().st_mode & 0o777 == 0o600
    assert find_running(state_folder) is None


def test_what_died_is_started_again_at_the_same_place(state_folder: Path) -> None:
    with Stack(state_folder, QUICK) as stack:
        stack.announce()
        before = stack.where()
        assert stack.revive() == []
        for child in (stack.postgres.child, stack.broker.child):
            assert child is not None
            child.send(signal.SIGKILL)
            assert child.wait(DEADLINE)
        deaths = stack.revive()
        assert [death.split(";")[0] for death in deaths] == [
            "PostgreSQL died (exit status -9)",
            "the MQTT broker died (exit status -9)",
        ]
        assert stack.where() == before == find_running(state_folder)
        psycopg.connect(stack.postgres.dsn).close()


def test_a_stack_can_be_started_again_after_stop_and_stopped_twice(state_folder: Path) -> None:
    stack = Stack(state_folder, QUICK)
    stack.stop()  # never started
    with stack:
        pass
    with stack:
        psycopg.connect(stack.postgres.dsn).close()
    stack.stop()


def test_children_die_with_a_supervisor_that_is_killed_and_the_next_one_goes_on(
    state_folder: Path,
) -> None:
    with supervisor(state_folder) as (process, said):
        with psycopg.connect(said["url"], autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
        assert all(lives(pid) for pid in said["pids"])
        found = find_running(state_folder)
        assert found is not None
        assert found.pid == process.pid
        with pytest.raises(StackBroken, match=rf"another Milepost \(process {process.pid}\)"):
            Stack(state_folder).start()
        process.kill()
        process.wait(DEADLINE)
        # At once: the children of the other one may still be on their way out.
        with Stack(state_folder, QUICK) as stack, psycopg.connect(stack.postgres.dsn) as connection:
            assert not any(lives(pid) for pid in said["pids"])
            assert connection.execute("SELECT n FROM kept").fetchone() == (1,)


def test_children_of_a_killed_supervisor_end_by_themselves(state_folder: Path) -> None:
    with supervisor(state_folder) as (process, said):
        process.kill()
        process.wait(DEADLINE)
        eventually(lambda: not any(lives(pid) for pid in said["pids"]))
        assert find_running(state_folder) is None  # though stack.json is still there
        assert (state_folder / "stack.json").exists()


def test_ctrl_c_reaches_only_the_supervisor_which_stops_in_order(state_folder: Path) -> None:
    with supervisor(state_folder) as (process, said):
        for pid in said["pids"]:
            assert os.getpgid(pid) != os.getpgid(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE) == 130
        assert not any(lives(pid) for pid in said["pids"])
    log = (state_folder / "postgres" / "postgres.log").read_text()
    assert log.rstrip().endswith("database system is shut down")


def nobody_and_a_python() -> tuple[int, str]:
    """An ordinary user and an interpreter that it may run; skips loudly without."""
    if os.geteuid() != 0:
        pytest.skip("not root: all the other tests run as an ordinary user already")
    account = pwd.getpwnam("nobody")
    owner = Owner(account.pw_uid, account.pw_gid)
    for python in (Path(sys.executable), SYSTEM_PYTHON):
        if python.exists() and owner.may_use(python.resolve()) and owner.may_use(ROOT):
            version = [str(python), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
            if subprocess.run(version, check=False).returncode == 0:
                return account.pw_uid, str(python)
    pytest.skip(f"the user nobody can run no Python >= 3.11, or not read {ROOT}")


def test_an_ordinary_user_runs_the_stack(state_folder: Path) -> None:
    user, python = nobody_and_a_python()
    os.chown(state_folder, user, -1)
    with supervisor(state_folder, python, user) as (process, said):
        psycopg.connect(said["url"]).close()
        for pid in (process.pid, *said["pids"]):
            assert Path(f"/proc/{pid}").stat().st_uid == user


def test_another_users_folder_is_refused_with_a_sentence(state_folder: Path) -> None:
    user, python = nobody_and_a_python()
    with Stack(state_folder, QUICK):
        pass
    program = (
        "import sys, pathlib; from milepost.stack import Stack;"
        "Stack(pathlib.Path(sys.argv[1])).start()"
    )
    done = subprocess.run(
        [python, "-c", program, str(state_folder)],
        cwd="/",
        env=environment(),
        capture_output=True,
        user=user,
        check=False,
    )
    last = done.stderr.decode().splitlines()[-1]
    assert last.startswith("fleet.errors.StackBroken: the state folder ")
    assert last.endswith("it is another user's")
