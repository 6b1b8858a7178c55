"""What becomes of the parts of messages that are no fixes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fleet.records import Frame
from gateway.assemble import Assembled
from gateway.metrics import Metrics
from gateway.world import World
from store import commit, gaps


def keep_messages(
    conn: Any,  # noqa: ANN401 - only the store names the type
    world: World,
    frames: Sequence[Frame],
    said: Assembled,
    metrics: Metrics,
) -> tuple[int, NDArray[np.bool_]]:
    """Write dead letters, torn halves, events, replies and message numbers.

    Part of a transaction.

    Returns:
        New parts among the dead letters, and which of the events were new.
    """
    rows = world.rows
    letters = commit.keep_dead_letters(conn, said.rejects, frames)
    if said.carried:
        states = {world.device_row[code]: state for code, state in said.carried.items()}
        commit.keep_streams(conn, rows, states, frames[-1].received)
    number, new = commit.keep_events(conn, rows, said.events)
    metrics.count("milepost_events", number)
    commit.keep_replies(conn, rows, said.replies)
    if said.numbers:
        gaps.keep_seen(conn, rows, said.numbers)
        metrics.count("milepost_numbered", len(said.numbers))
    for reject in said.rejects:
        metrics.count("milepost_rejects", reject.parts, reject.reason)
    parts = sum(reject.parts for reject in said.rejects)
    metrics.count("milepost_rejects_duplicate", parts - letters)
    return letters, new
