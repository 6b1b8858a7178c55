"""The same nodes through a real broker, whatever the order, and whoever is killed meanwhile."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from bench import order
from fleet.records import Frame
from gateway.pipeline import Rules, read
from store import admin, database, fences
from tests.e2e.test_faults import await_true
from tests.e2e.test_shuffled import publish
from tests.factories import epoch, frame
from tests.fix_product import Product
from tests.fleet_day import CANON, asked, draft, said, told

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

PLAN = order.Plan(fixes=300, conflicts=0.0)


def test_a_shuffled_day_with_a_gateway_that_is_killed_ends_with_the_nodes_of_the_day_in_order(
    still_product: Product,
) -> None:
    """``kill -9`` four times, with a fence edited and a terminal moved in between."""
    product, rng = still_product, np.random.default_rng(20261122)
    day = order.day(replace(PLAN, start=time.time() - 12 * 3600), rng)
    frames = as_sent(day)
    decoded = as_decoded(day, frames)
    expected = order.deliver(decoded, order.in_order(decoded), Rules()).canon()
    assert len(expected) > 20
    register(product, day)
    shuffled = [frames[i] for i in rng.permutation(np.repeat(np.arange(len(frames)), 2))]
    parts = np.array_split(np.arange(len(shuffled)), 4)
    for number, part in enumerate(parts):
        publish(product, [shuffled[i] for i in part.tolist()])
        product.kill("gateway")
        if number < len(day.edits):
            edit(product, day, number)
    await_true(lambda: all_in(product, len(frames)), 120, "everything is stored and repaired")
    assert asked(product.rows(CANON)) == told(expected, devices(product))


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


def edit(product: Product, day: order.Day, number: int) -> None:
    """What people do to the past."""
    change, rows = day.edits[number], day.before.rows
    with closing(
        database.connect(product.supervisor.settings.at_database, application="test")
    ) as conn:
        if number == 0:
            (new,) = (fence for fence in change.world.rows.fences if fence.version == 2)
            fences.edit_fence(conn, draft(new), 1, said(new.valid_from))
        else:
            moved = datetime.fromtimestamp(change.since[0], UTC)
            admin.bind(conn, rows.device_code[0], rows.plate[-1], moved)


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
