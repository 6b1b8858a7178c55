import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from fleet.errors import StackBroken
from milepost.stack.child import Child, Program, run

DEADLINE = 20.0


def program(folder: Path, code: str, stdin: bytes = b"") -> Program:
    """A program that runs ``code``."""
    return Program(
        name="the child",
        command=[sys.executable, "-S", "-u", "-c", code],
        folder=folder,
        log=folder / "child.log",
        stdin=stdin,
    )


def says(child: Child, word: str) -> bool:
    return word in child.log_since_start()


def test_a_child_is_ready_when_the_condition_holds(tmp_path: Path) -> None:
    child = Child(program(tmp_path, "print('up'); import time; time.sleep(60)"))
    child.wait_until(lambda: says(child, "up"), DEADLINE)
    assert child.returncode is None
    assert child.stop([(signal.SIGTERM, DEADLINE)]) == -signal.SIGTERM


def test_a_child_that_dies_at_start_is_quoted_in_one_sentence(tmp_path: Path) -> None:
    child = Child(program(tmp_path, "import sys; sys.exit('no disk')"))
    with pytest.raises(
        StackBroken, match=r"the child did not start \(exit status 1\); see .*\n  no disk"
    ):
        child.wait_until(lambda: False, DEADLINE)


def test_only_what_was_written_since_this_start_is_quoted(tmp_path: Path) -> None:
    run(program(tmp_path, "print('old')"), DEADLINE)
    assert run(program(tmp_path, "print('new')"), DEADLINE) == "new\n"


def test_a_child_that_is_never_ready_is_killed(tmp_path: Path) -> None:
    child = Child(program(tmp_path, "import time; time.sleep(60)"))
    with pytest.raises(StackBroken, match=r"was not ready within 0\.1 s.*It wrote nothing"):
        child.wait_until(lambda: False, 0.1)
    assert child.returncode == -signal.SIGKILL


def test_a_child_that_ignores_signals_is_killed_in_the_end(tmp_path: Path) -> None:
    deaf = "import signal; signal.signal(15, signal.SIG_IGN); print('deaf'); signal.pause()"
    child = Child(program(tmp_path, deaf))
    child.wait_until(lambda: says(child, "deaf"), DEADLINE)
    assert child.stop([(signal.SIGTERM, 0.1)]) == -signal.SIGKILL


def test_a_child_outlives_the_thread_that_asked_for_it(tmp_path: Path) -> None:
    children: list[Child] = []
    code = "print('up'); import time; time.sleep(60)"
    thread = threading.Thread(target=lambda: children.append(Child(program(tmp_path, code))))
    thread.start()
    thread.join()
    child = children[0]
    child.wait_until(lambda: says(child, "up"), DEADLINE)
    assert not child.wait(0.2)  # the signal of a dead parent would have come at once
    child.stop([])


def test_a_child_has_no_environment_of_ours_but_its_own_session(tmp_path: Path) -> None:
    code = "import os; print(sorted(os.environ), os.getsid(0) == os.getpid(), os.getppid())"
    said = run(program(tmp_path, code), DEADLINE)
    assert said == f"['LC_ALL', 'PATH'] True {os.getpid()}\n"


def test_standard_input_is_given_and_closed(tmp_path: Path) -> None:
    code = "import sys; print(len(sys.stdin.read()))"
    assert run(program(tmp_path, code, b"x" * 60_000), DEADLINE) == "60000\n"
    assert run(program(tmp_path, code), DEADLINE) == "0\n"


def test_a_run_that_fails_or_takes_too_long_is_a_broken_stack(tmp_path: Path) -> None:
    with pytest.raises(StackBroken, match=r"the child failed \(exit status 3\)"):
        run(program(tmp_path, "raise SystemExit(3)"), DEADLINE)
    with pytest.raises(StackBroken, match=r"did not end within 0\.1 s"):
        run(program(tmp_path, "import time; time.sleep(60)"), 0.1)


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    absent = Program("x", ["/no/such/program"], tmp_path, tmp_path / "x.log")
    with pytest.raises(StackBroken, match=r"/no/such/program: No such file or directory"):
        run(absent, DEADLINE)
    with pytest.raises(StackBroken, match="a child process cannot be started"):
        Child(Program("x", ["/bin/true"], tmp_path / "absent", tmp_path / "x.log"))


def test_a_big_log_is_moved_aside(tmp_path: Path) -> None:
    (tmp_path / "child.log").write_bytes(b"x" * (9 << 20))
    run(program(tmp_path, "print('new')"), DEADLINE)
    assert (tmp_path / "child.log").read_text() == "new\n"
    assert (tmp_path / "child.log.1").stat().st_size == 9 << 20


def test_the_launcher_refuses_to_run_for_a_parent_that_is_gone(tmp_path: Path) -> None:
    launcher = Path(__file__).parents[3] / "milepost" / "stack" / "launch.py"
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, str(launcher), "1", "15", "-1", "-1", "/bin/sleep", "60"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, b"the supervisor is gone\n")
    assert time.monotonic() - began < DEADLINE
