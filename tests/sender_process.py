"""A sender in a process of its own, to be killed: ``python -m tests.sender_process <database>``.

The pauses between tries are short and a dead sender's claims run out soon, so that a test sees
in seconds what takes hours otherwise.
"""

from __future__ import annotations

import sys
import threading
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry

from shipment.notices import Rules
from store import Database
from worker.sender import Sender, Sending

#: s; until another sender takes what one has claimed and not said a word of.
LEASE = 1.5
#: s; a receiver that hangs is left after that.
TIMEOUT = 0.5


def main(url: str) -> None:
    """Send what is due, until somebody kills this process."""
    sending = Sending(
        look=0.05,
        threads=32,
        each=16,
        lease=LEASE,
        connect=TIMEOUT,
        timeout=TIMEOUT,
        allowed_hosts=("127.0.0.1",),
        rules=Rules(
            quiet_from=0, quiet_to=0, retries=(0.02,) * 40, jitter=0.0, unknown_repeats=1000
        ),
    )
    sender = Sender(Database(url), sending, "UTC", threading.Event(), CollectorRegistry())
    sender.run(lambda: datetime.now(UTC))


if __name__ == "__main__":
    main(sys.argv[1])
