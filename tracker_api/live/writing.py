"""Nodes and alerts as live clients are told them: each is written once, for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from fleet import alert_views
from fleet.alerts import SubjectKind
from fleet.views import NodeVersion
from store import nodes
from tracker_api.alerts import news_out
from tracker_api.live.messages import AlertNews, NodeNews, Told
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


def alert_news(found: Sequence[alert_views.AlertNews]) -> tuple[AlertNews, ...]:
    """Entries of alerts as they go to mailboxes."""
    return tuple(
        AlertNews(
            news.entry.number,
            news.alert.vehicle or "",
            news.alert.party,
            news.alert.customer if news.alert.subject_kind is SubjectKind.WAYBILL else None,
            orjson.dumps(news_out(news)),
            news.alert.trip is not None,
        )
        for news in found
    )


def in_order(
    conn: Any,  # noqa: ANN401 (as above)
    versions: Sequence[NodeVersion],
    alerts: Sequence[alert_views.AlertNews],
) -> tuple[Told, ...]:
    """Both, in the order of the feed."""
    told: list[Told] = [*node_news(conn, versions), *alert_news(alerts)]
    return tuple(sorted(told, key=lambda one: one.number))
