"""A disk that can be full: a small file system in memory, in a name space of this process.

Mounting needs a privilege.  Root has it; an ordinary user gets it in a user name space of
its own, if the system allows those.  Both must be entered before the process has threads.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

from fleet.errors import StackBroken

_NEW_MOUNTS, _NEW_USERS = 0x0002_0000, 0x1000_0000  # <linux/sched.h>
_PRIVATE, _RECURSIVE = 1 << 18, 1 << 14  # <linux/mount.h>
_DETACH = 2  # <linux/mount.h>
_libc = ctypes.CDLL(None, use_errno=True)


def enter() -> None:
    """Give this process mounts of its own, which its children share.

    Raises:
        StackBroken: the system does not let it; says why.
    """
    user, group = os.geteuid(), os.getegid()
    names = _NEW_MOUNTS if user == 0 else _NEW_MOUNTS | _NEW_USERS
    _must(_libc.unshare(names), "have mounts of its own (as root, or with user name spaces)")
    if user != 0:
        own = Path("/proc/self")
        try:
            (own / "setgroups").write_text("deny")
            (own / "uid_map").write_text(f"{user} {user} 1")
            (own / "gid_map").write_text(f"{group} {group} 1")
        except OSError as error:
            raise StackBroken(f"this process may not have a name space of users: {error}") from None
    _must(_libc.mount(b"none", b"/", None, _PRIVATE | _RECURSIVE, None), "keep its mounts private")


class SmallDisk:
    """A file system of ``size`` bytes on ``folder``."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder, self._ballast = folder, folder / "ballast"
        folder.mkdir(parents=True, exist_ok=True)
        given = f"size={size},mode=0755".encode()
        _must(_libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, given), "mount a small disk")

    def fill(self) -> None:
        """Leave not a byte."""
        free = os.statvfs(self._folder)
        size = free.f_bavail * free.f_frsize
        with self._ballast.open("ab") as file:
            while size >= free.f_frsize:
                try:
                    os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), size)
                except OSError:  # the database was quicker
                    size //= 2

    def free(self) -> None:
        """Give the room back."""
        self._ballast.unlink(missing_ok=True)

    def unmount(self) -> None:
        """Let the folder be removed."""
        _must(_libc.umount2(os.fsencode(self._folder), _DETACH), "unmount the small disk")


def _must(result: int, what: str) -> None:
    if result != 0:
        why = os.strerror(ctypes.get_errno())
        raise StackBroken(f"this process may not {what}: {why}; a disk cannot be filled without")
