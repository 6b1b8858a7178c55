"""Nodes as live clients are told them: each version is written once, for everybody."""

from __future__ import annotations

import orjson

from fleet.views import NodeVersion
from tracker_api.live.messages import NodeNews
from tracker_api.record import node_out


def node_news(node: NodeVersion) -> NodeNews:
    """``node`` as it goes to mailboxes."""
    return NodeNews(node.number, node.vehicle, node.party, orjson.dumps(node_out(node)))
