"""Builders of waybills on the lane of ``hauls``: a test names only what it is about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from psycopg import Connection

from fleet.scope import OPERATOR, Scope
from fleet.views import Party
from store import admin, waybills
from store.waybills import NewBooking, NewLeg, NewWaybill
from tests.store import hauls

CUSTOMER, OTHER = "acme", "globex"


def register(conn: Connection[Any]) -> None:
    """Three sites eastwards, two customers, of which the first has a short of its own."""
    hauls.register(conn)
    for code in (CUSTOMER, OTHER):
        admin.add_party(conn, Party(code, code, code.title()))
    waybills.set_short(conn, CUSTOMER, "JD")


def waybill(**more: Any) -> NewWaybill:  # noqa: ANN401 - a builder
    """From the port to the shop, placed an hour before noon, promised for six."""
    ordinary = NewWaybill(
        CUSTOMER,
        "port",
        "shop",
        hauls.moment(-1),
        phone="13800000001",
        consignee="王五",
        promised_at=hauls.moment(6),
    )
    return replace(ordinary, **more)


def legs(*trips: str | None) -> tuple[NewLeg, ...]:
    """By the hub, on these trips."""
    ends = (("port", "hub"), ("hub", "shop"))
    return tuple(
        NewLeg(one, two, None if trip is None else NewBooking(trip))
        for (one, two), trip in zip(ends, trips, strict=True)
    )


def place(conn: Connection[Any], scope: Scope = OPERATOR, **more: Any) -> str:  # noqa: ANN401 - a builder
    return waybills.add_waybill(conn, scope, waybill(**more), "Asia/Shanghai")
