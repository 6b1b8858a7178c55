"""A day of ``bench.order`` as terminals send it to a running product."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

from bench import order
from fleet.records import Frame
from gateway.pipeline import Rules, read
from store import admin, database, fences
from tests.factories import epoch, frame
from tests.fix_product import Product
from tests.fleet_day import draft, said


def as_sent(day: order.Day) -> list[Frame]:
    """One message per fix."""
    fixes = day.fixes
    columns = zip(
        *(getattr(fixes, n).tolist() for n in ("device", "time", "lon", "lat", "speed")),
        strict=True,
    )
    return [
        frame(f"d{device}", epoch(at, lon, lat, speed=speed), time.time())
        for device, at, lon, lat, speed in columns
    ]


def as_decoded(day: order.Day, frames: list[Frame]) -> order.Day:
    """The day as the gateway decodes it."""
    return replace(day, fixes=read(frames, day.before, {}, Rules()).fixes)


def register(product: Product, day: order.Day) -> None:
    """Vehicles, terminals and fences of the day, beside the product's own."""
    rows, ever = day.before.rows, datetime.fromtimestamp(0, UTC)
    with closing(
        database.connect(product.supervisor.settings.at_database, application="test")
    ) as conn:
        admin.seed(
            conn,
            vehicles=[(plate, None) for plate in rows.plate],
            devices=[
                admin.Registration(code, None, rows.plate[i], ever)
                for i, code in enumerate(rows.device_code)
            ],
        )
        for fence in rows.fences:
            fences.add_fence(conn, draft(fence), said(0.0))


def devices(product: Product) -> dict[int, int]:
    """Keys of the day's terminals in the product, by their keys in the day."""
    found = dict(product.rows("SELECT code, id FROM device WHERE code ~ '^d[0-9]+$'"))
    return {int(code[1:]) + 1: key for code, key in found.items()}


def all_in(product: Product, number: int) -> bool:
    """Whether all fixes are stored, and no past waits to be folded again."""
    stored, owed = product.rows(
        "SELECT (SELECT count(*) FROM fix f JOIN device d ON d.id = f.device_id "
        "WHERE d.code ~ '^d[0-9]+$'), (SELECT count(*) FROM refold)"
    )[0]
    return int(stored) == number and int(owed) == 0
