"""Nodes as live clients are told them: each version is written once, for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from fleet.views import NodeVersion
from store import nodes
from tracker_api.live.messages import NodeNews
from tracker_api.record import node_out


def node_news(conn: Any, versions: Sequence[NodeVersion]) -> tuple[NodeNews, ...]:  # noqa: ANN401 (only the store names the type)
    """``versions`` as they go to mailboxes."""
    served = nodes.served_at(conn, versions)
    return tuple(
        NodeNews(
            node.number,
            node.vehicle,
            node.party,
            orjson.dumps(node_out(node)),
            node.site.code,
            served.get(node.number),
        )
        for node in versions
    )
