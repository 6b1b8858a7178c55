"""A process of ours whose clock can be set wrong: ``python -m tests.faults.shifted gateway``.

``SIGRTMIN`` puts it right, ``SIGRTMIN + 1`` an hour ahead, ``SIGRTMIN + 2`` an hour behind.
Only ``time.time`` is wrong, which is what the gateway stamps messages with and judges the
terminals' clocks by.
"""

from __future__ import annotations

import signal
import sys
import time

#: s that the clock is ahead, by signal; more than the 120 s that a terminal's clock may be.
AHEAD = {
    int(signal.SIGRTMIN): 0.0,
    int(signal.SIGRTMIN) + 1: 3600.0,
    int(signal.SIGRTMIN) + 2: -3600.0,
}


def main() -> None:
    """Run ``milepost`` with this process's arguments."""
    right, ahead = time.time, [0.0]

    def jump(number: int, _frame: object) -> None:
        ahead[0] = AHEAD[number]

    for number in AHEAD:
        signal.signal(number, jump)
    time.time = lambda: right() + ahead[0]
    from milepost.__main__ import main as milepost  # noqa: PLC0415 - after its clock is ours

    sys.argv = ["milepost", *sys.argv[1:]]
    milepost()


if __name__ == "__main__":
    main()
