"""Messages on which the fold failed: the one at fault is found and put aside.

A message that raises would end the process, come again with the next one, and end that too.
So a batch that raised is halved until it works or is one message.  That one becomes a dead
letter with reason ``fault``, whole, and can be taken in again when the fault is mended.

Where message after message of different devices fails and none works in between, it is not
the messages: then the failure is raised, the process ends and nothing is acknowledged.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Sequence

import structlog

from fleet.records import FixBatch, Frame, Reason, Reject
from gateway.inbox import Delivery
from gateway.metrics import Metrics
from gateway.pipeline import Limits
from gateway.writer import Writer
from store import commit, database
from store.faults import REFUSED

log = structlog.get_logger()

#: What a mistake of ours raises on a message that nobody thought of.
BUGS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    *REFUSED,
)
#: All fixes of a message in one commit: none may be left to wait behind it.
AT_ONCE = Limits(fixes=sys.maxsize, per_vehicle=sys.maxsize)
_DEVICES = 5  #: that fail in a row; more than one firmware has the same fault by chance


class Suspects:
    """Deliveries among which is one that fails; taken and settled part by part."""

    def __init__(self, writer: Writer, metrics: Metrics) -> None:
        self._writer, self._metrics = writer, metrics
        self._parts: list[Sequence[Delivery]] = []
        self._failed: set[str] = set()  # devices in a row, since a message last worked

    def __bool__(self) -> bool:
        """Whether any are left."""
        return bool(self._parts)

    def add(self, deliveries: Sequence[Delivery]) -> None:
        """Suspect these: together they failed."""
        self._parts.append(deliveries)

    def settle(self, ack: Callable[[Sequence[Delivery]], object]) -> None:
        """Commit the next part and ``ack`` it, or split it; one message alone is put aside.

        Raises:
            StoreAway: nothing of the part was committed; the next call tries it again.
        """
        part = self._parts[-1]
        try:
            frames = [delivery.frame for delivery in part]
            self._writer.write(frames, FixBatch.empty(), 0, AT_ONCE)
        except BUGS as error:
            if len(part) > 1:
                middle = len(part) // 2
                self._parts[-1:] = [part[middle:], part[:middle]]  # the older half is next
                return
            self._put_aside(part[0].frame, error)
        else:
            self._failed.clear()
        self._parts.pop()
        ack(part)

    def _put_aside(self, frame: Frame, error: BaseException) -> None:
        """Make a dead letter of the message, or raise ``error`` where it is not to blame."""
        self._failed.add(frame.device)
        if len(self._failed) > _DEVICES:
            raise error
        why = f"{type(error).__name__}: {error}"
        log.error("a message failed", device=frame.device, kind=frame.kind, exc_info=error)
        with database.away(), self._writer.conn.transaction():
            reject = Reject(Reason.FAULT, frame.payload, 0, why)
            commit.keep_dead_letters(self._writer.conn, [reject], [frame])
        self._metrics.count("milepost_faults", 1, "message")
        self._metrics.count("milepost_rejects", 1, Reason.FAULT)
