"""Become a child of the embedded stack: drop privileges, die with the parent, exec.

Run as a program by ``milepost.stack.child``, never imported::

    python -I -S launch.py PARENT_PID DEATH_SIGNAL UID GID COMMAND...

``UID`` and ``GID`` of -1 keep what is.  A program between fork and exec, and not a
``preexec_fn``: the latter may deadlock in a process that has threads.  The process id
survives ``exec``, so the command is a direct child of the supervisor.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def main(arguments: list[str]) -> None:
    """Does not return: ``exec``, or exit with a sentence on stderr."""
    parent, death_signal, uid, gid = (int(argument) for argument in arguments[:4])
    command = arguments[4:]
    libc = ctypes.CDLL(None, use_errno=True)  # loaded while we may still read everything
    os.umask(0o077)
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    # After setuid, which clears it; exec keeps it (the command is not a setuid program).
    if libc.prctl(_PR_SET_PDEATHSIG, death_signal) != 0:
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:  # it died before it was watched
        sys.exit("the supervisor is gone")
    try:
        os.execv(command[0], command)  # noqa: S606 - no shell is the point
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
