from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection

from fleet.errors import NotFound
from fleet.scope import OPERATOR, Scope
from fleet.views import Command
from store import commands, feed

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("two_parties")]

ALPHA = Scope("someone of alpha", frozenset({"alpha"}))
UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def order(conn: Connection[Any], expires_at: datetime, device: str = "a1") -> Command:
    return commands.request(
        conn, OPERATOR, device, "message", {"text": "到了吗"}, by="operator", expires_at=expires_at
    )


def test_an_order_is_written_rings_and_can_be_listed(conn: Connection[Any], noon: datetime) -> None:
    before = feed.position(conn)
    first, second = order(conn, noon), order(conn, noon)
    assert UUID7.fullmatch(first.id)
    assert (first.device, first.kind, first.body) == ("a1", "message", {"text": "到了吗"})
    assert (first.sent_at, first.acked_at, first.ok) == (None, None, None)
    assert first.requested_by == "operator"
    assert commands.list_commands(conn, ALPHA, "a1") == [second, first]
    assert feed.position(conn).number == before.number + 2


def test_orders_to_devices_outside_the_scope_are_refused(
    conn: Connection[Any], noon: datetime
) -> None:
    with pytest.raises(NotFound, match="b1"):
        commands.request(conn, ALPHA, "b1", "locate", {}, by="someone", expires_at=noon)
    with pytest.raises(NotFound, match="b1"):
        commands.list_commands(conn, ALPHA, "b1")


def test_the_gateway_takes_what_is_neither_sent_nor_expired(
    conn: Connection[Any], noon: datetime
) -> None:
    late = order(conn, noon)
    open_one, open_two = (order(conn, noon + timedelta(hours=1), d) for d in ("a1", "b1"))
    with conn.transaction():
        assert commands.take_open(conn, noon) == [open_one, open_two]
        commands.mark_sent(conn, [open_one.id], noon)
    assert commands.take_open(conn, noon) == [open_two]
    assert late in commands.take_open(conn, noon - timedelta(seconds=1))
    sent = next(c for c in commands.list_commands(conn, OPERATOR, "a1") if c.id == open_one.id)
    assert sent.sent_at == noon


def test_two_gateways_do_not_take_the_same_order(
    conn: Connection[Any], other: Connection[Any], noon: datetime
) -> None:
    only = order(conn, noon + timedelta(hours=1))
    with conn.transaction(), other.transaction():
        assert commands.take_open(conn, noon) == [only]
        assert commands.take_open(other, noon) == []
