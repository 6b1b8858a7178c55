"""Where the embedded stack keeps its state, and whose it is.

PostgreSQL refuses to run as root.  Started by root, the stack's programs run as an
unprivileged user who must own their folders and reach them.  Folders above ours are never
changed: if that user cannot reach the state folder (it is below a private home), the
state lies in ``/var/lib/milepost/`` and the state folder says where.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import secrets
import shutil
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fleet.errors import StackBroken

#: Who runs the programs when we are root: a dedicated account where an administrator made
#: one, else the account that owns nothing.
UNPRIVILEGED = ("milepost", "nobody")
ELSEWHERE = Path("/var/lib/milepost")
_POINTER = "elsewhere"
_LOCK = "lock"
_ENTER = 0o1  # a folder on the way
_USE = 0o5  # a folder to list, a program to read and run


@dataclass(frozen=True, slots=True)
class Owner:
    """The user whom a child process becomes; -1 means: stay who we are."""

    uid: int = -1
    gid: int = -1

    @classmethod
    def choose(cls, *, euid: int) -> Owner:
        """Nobody special for an ordinary user; an unprivileged account for root.

        Raises:
            StackBroken: root, and this system has no such account.
        """
        if euid != 0:
            return cls()
        for name in UNPRIVILEGED:
            try:
                account = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(account.pw_uid, account.pw_gid)
        raise StackBroken(
            "PostgreSQL does not run as root, and there is no user "
            f"{' or '.join(UNPRIVILEGED)} to run it as; start Milepost as an ordinary user"
        )

    def may_use(self, path: Path) -> bool:
        """Whether this user can reach ``path`` and read and run it."""
        return self._may(path, _USE)

    def may_pass(self, folder: Path) -> bool:
        """Whether this user can reach what is in ``folder`` under a known name."""
        return self._may(folder, _ENTER)

    def take(self, path: Path) -> None:
        """Make ``path`` this user's."""
        if self.uid >= 0:
            os.chown(path, self.uid, self.gid)

    def _may(self, path: Path, bits: int) -> bool:
        if self.uid < 0:
            return True
        path = path.resolve()
        return self._granted(path, bits) and all(
            self._granted(folder, _ENTER) for folder in path.parents
        )

    def _granted(self, path: Path, bits: int) -> bool:
        status = path.stat()
        shift = 6 if status.st_uid == self.uid else 3 if status.st_gid == self.gid else 0
        return (status.st_mode >> shift) & bits == bits


class FolderLock:
    """One supervisor per folder; the kernel lets go of it when the supervisor ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: int | None = None

    def acquire(self) -> None:
        """Take it; nothing happens if it is ours already.

        Raises:
            StackBroken: another supervisor has it; says which process.
        """
        if self._file is not None:
            return
        try:
            file = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StackBroken(_unusable(self._folder, error)) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(file, 32).decode() or "?"
            os.close(file)
            raise StackBroken(
                f"another Milepost (process {holder}) is using {self._folder}; "
                "stop it, or choose another state folder"
            ) from None
        os.ftruncate(file, 0)
        os.pwrite(file, str(os.getpid()).encode(), 0)
        self._file = file

    def release(self) -> None:
        """Let go of it; nothing happens if it is not ours."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def is_locked(folder: Path) -> bool:
    """Whether a supervisor, in this process or another, holds ``folder``.

    Raises:
        StackBroken: the folder is another user's.
    """
    try:
        file = os.open(folder / _LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StackBroken(_unusable(folder, error)) from error
    try:
        # Shared, so that two who ask at once do not see each other.
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


@dataclass(frozen=True, slots=True)
class Ground:
    """A folder that holds state, and the user who works in it."""

    folder: Path
    owner: Owner

    @classmethod
    def prepare(cls, state: Path) -> Ground:
        """Make ``state``, and find a place that the owner can reach: it, or elsewhere.

        Raises:
            StackBroken: the folder cannot be made.
        """
        owner = Owner.choose(euid=os.geteuid())
        state = state.absolute()
        try:
            state.mkdir(parents=True, exist_ok=True)
            if (state / _LOCK).exists() or not any(state.iterdir()):  # ours, not somebody's home
                # Another owner must pass through; nobody else has business here.
                state.chmod(0o711 if owner.uid >= 0 else 0o700)
            return cls(state if owner.may_pass(state) else _elsewhere(state), owner)
        except OSError as error:
            raise StackBroken(_unusable(state, error)) from error

    def sub(self, name: str) -> Path:
        """The folder ``name``, the owner's alone; made if absent."""
        path = self.folder / name
        path.mkdir(mode=0o700, exist_ok=True)
        self.owner.take(path)
        return path

    def write(self, path: Path, text: str) -> None:
        """Put a private file of the owner's in place, whole or not at all."""
        write_private(path, text, self.owner)

    def borrow(self, root: Path, parts: Sequence[str], name: str) -> Path:
        """A folder with the programs ``parts``: ``root``, or a copy if the owner cannot go there.

        The copy, made once, is called ``name``; so ``name`` must contain the version.
        """
        if all(self.owner.may_use(root / part) for part in parts):
            return root
        copy = self.folder / name
        if not copy.exists():
            fresh = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=self.folder))
            for part in parts:
                _copy(root / part, fresh / part)
            for path in (fresh, *fresh.rglob("*")):
                _open_up(path)
            fresh.rename(copy)
        return copy


def write_private(path: Path, text: str, owner: Owner | None = None) -> None:
    """Put a file of mode 0600 in place, whole or not at all, also across a power cut."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh = Path(name)
    (owner or Owner()).take(fresh)
    fresh.replace(path)


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in ``path``; empty if there is no such file.

    Raises:
        StackBroken: it is not one.
    """
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise StackBroken(f"{path} is damaged: {error}") from error
    if not isinstance(value, dict):
        raise StackBroken(f"{path} is damaged: not a JSON object")
    return value


def _unusable(folder: Path, error: OSError) -> str:
    hint = "; it is another user's" if isinstance(error, PermissionError) else ""
    return f"the state folder {folder} cannot be used: {error.strerror}{hint}"


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target)


def _open_up(path: Path) -> None:
    """Let others use a program that a strict umask kept from them."""
    if not path.is_symlink():
        mode = stat.S_IMODE(path.stat().st_mode)
        path.chmod(mode | 0o044 | (mode & 0o100) >> 3 | (mode & 0o100) >> 6)


def _elsewhere(state: Path) -> Path:
    """The place that ``state`` points to; a new one if it points nowhere.

    Its name is random, so that a state folder which was deleted and made again starts afresh.
    """
    pointer = state / _POINTER
    if pointer.exists():
        place = Path(pointer.read_text(encoding="utf-8").strip())
        if place.is_dir():
            return place
    place = ELSEWHERE / secrets.token_hex(6)
    place.mkdir(parents=True)
    ELSEWHERE.chmod(0o711)
    place.chmod(0o711)
    write_private(pointer, f"{place}\n")
    return place
