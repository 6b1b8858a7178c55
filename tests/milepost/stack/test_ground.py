import os
from pathlib import Path

import pytest

from fleet.errors import StackBroken
from milepost.stack import ground as module
from milepost.stack.ground import (
    FolderLock,
    Ground,
    Owner,
    is_locked,
    read_object,
    write_private,
)

STRANGER = Owner(uid=54321, gid=54321)  # nobody's account; only its number matters
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="not root: cannot give files away")


def test_a_stranger_may_pass_only_where_every_folder_on_the_way_lets_it(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert not STRANGER.may_pass(tmp_path)  # pytest's folder above it is private
    assert STRANGER.may_pass(Path("/"))
    assert STRANGER.may_use(Path("/bin/sh"))
    assert Owner().may_use(tmp_path)  # ourselves


def test_an_ordinary_user_becomes_nobody_else() -> None:
    assert Owner.choose(euid=1000) == Owner()


def test_root_without_an_unprivileged_account_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "UNPRIVILEGED", ("no-such-user",))
    with pytest.raises(StackBroken, match="start Milepost as an ordinary user"):
        Owner.choose(euid=0)


@AS_ROOT
def test_state_that_the_owner_cannot_reach_lies_elsewhere_and_stays_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ELSEWHERE", tmp_path / "var")
    state = tmp_path / "private" / "state"
    first = Ground.prepare(state).folder
    assert first.parent == tmp_path / "var"
    assert Ground.prepare(state).folder == first
    (state / "elsewhere").unlink()  # somebody deleted the state: start afresh
    assert Ground.prepare(state).folder != first


def test_a_folder_that_holds_other_things_keeps_its_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ELSEWHERE", tmp_path / "var")
    home = tmp_path / "home"
    home.mkdir(mode=0o750)
    (home / "letters").touch()
    Ground.prepare(home)
    assert home.stat().st_mode & 0o777 == 0o750


@AS_ROOT
def test_programs_are_borrowed_in_place_or_copied_once_and_opened_up(tmp_path: Path) -> None:
    wheel = tmp_path / "wheel"
    (wheel / "tree" / "bin").mkdir(parents=True)
    (wheel / "tree" / "bin" / "server").write_text("binary")
    (wheel / "tree" / "bin" / "server").chmod(0o700)
    mine = Ground(tmp_path, Owner())
    assert mine.borrow(wheel, ["tree"], "copy-1") == wheel
    theirs = Ground(tmp_path, STRANGER)
    copy = theirs.borrow(wheel, ["tree"], "copy-1")
    assert copy == tmp_path / "copy-1"
    assert (copy / "tree" / "bin" / "server").stat().st_mode & 0o777 == 0o755
    (copy / "mark").touch()
    assert (theirs.borrow(wheel, ["tree"], "copy-1") / "mark").exists()


def test_a_lock_is_held_by_one_and_seen_by_others(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path), FolderLock(tmp_path)
    assert not is_locked(tmp_path)
    first.acquire()
    first.acquire()  # ours already
    assert is_locked(tmp_path)
    with pytest.raises(StackBroken, match=f"process {os.getpid()}"):
        second.acquire()
    first.release()
    assert not is_locked(tmp_path)
    second.acquire()
    second.release()


def test_a_private_file_is_private_and_replaces_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("old")
    write_private(file, '{"a": 1}')
    assert file.stat().st_mode & 0o777 == 0o600
    assert read_object(file) == {"a": 1}
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("text", ["", "{", "[1]", "\xff"])
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "file"
    file.write_text(text, encoding="latin-1")
    with pytest.raises(StackBroken, match="file is damaged"):
        read_object(file)
    assert read_object(tmp_path / "absent") == {}
