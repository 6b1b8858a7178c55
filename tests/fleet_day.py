"""A database with the fleet of a day, gateways that can die, and the nodes that come of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import orjson

import store
from bench import order
from bench.ledger import Canon, Edit
from fleet.fences import FenceVersion
from fleet.records import FixBatch
from gateway import repair
from gateway.metrics import Metrics
from gateway.pipeline import Limits, Rules
from gateway.writer import Writer
from geofence.outline import box, centre
from store import admin, database, fences

Pieces = list[FixBatch | Edit | None]

AT_ONCE = repair.Coalescing(0.0, 0.0)
WHOLE = Limits(fixes=100_000, per_vehicle=100_000)

CANON = """
SELECT v.plate, s.code, f.code, n.fence_version, n.kind,
       extract(epoch FROM n.actual_at)::float8, extract(epoch FROM n.latest_at)::float8, n.basis,
       extract(epoch FROM n.earliest_at)::float8, n.evidence::text
FROM node n JOIN vehicle v ON v.id = n.vehicle_id JOIN site s ON s.id = n.site_id
JOIN fence f ON f.id = n.fence_id WHERE n.latest AND n.valid ORDER BY 1, 6
"""


class Stand:
    """A database with the fleet of a day, and gateways on it."""

    def __init__(self, url: str, day: order.Day, rules: Rules | None = None) -> None:
        self._url, self._day, self._rules = url, day, rules or Rules()
        self._rows, self.metrics = day.before.rows, Metrics()
        with self.connect() as conn:
            admin.seed(
                conn,
                vehicles=[(plate, None) for plate in self._rows.plate],
                devices=[
                    admin.Registration(
                        code, None, self._rows.plate[i], datetime.fromtimestamp(0, UTC)
                    )
                    for i, code in enumerate(self._rows.device_code)
                ],
            )
            for fence in self._rows.fences:
                fences.add_fence(conn, draft(fence), said(0.0))
        self.writer = self.open()
        assert self.writer.world.rows.device_code == self._rows.device_code  # the day's own rows

    def connect(self) -> Any:  # noqa: ANN401 - only the store names the type
        return closing(database.connect(store.Database(self._url), application="test"))

    def open(self) -> Writer:
        writer = Writer(store.Database(self._url), self._rules, self.metrics)
        writer.open()
        return writer

    def close(self) -> None:
        self.writer.close()

    def die(self) -> None:
        """What a killed gateway leaves: nothing but what is committed."""
        self.writer.close()
        self.writer = self.open()

    def take(self, pieces: Pieces, *, between: Callable[[], None] = lambda: None) -> None:
        for piece in pieces:
            if piece is None:
                self.repair(between)
            elif isinstance(piece, Edit):
                self.edit(piece)
            else:
                self.writer.catch_up()
                vehicle = self.writer.world.find_vehicles(piece.device, piece.time)
                self.writer.write([], _with(piece, vehicle), 0, WHOLE)
            between()
        self.repair(between)

    def repair(self, between: Callable[[], None] = lambda: None) -> None:
        while repair.refold(self.writer, Rules(), AT_ONCE, self.metrics):
            between()

    def edit(self, edit: Edit) -> None:
        """As people do it: through the store's door."""
        with self.connect() as conn:
            if edit is self._day.edits[0]:
                (new,) = (f for f in edit.world.rows.fences if f.version == 2)
                fences.edit_fence(conn, draft(new), 1, said(new.valid_from))
            else:
                moved = datetime.fromtimestamp(edit.since[0], UTC)
                admin.bind(conn, self._rows.device_code[0], self._rows.plate[-1], moved)

    def nodes(self) -> list[tuple[Any, ...]]:
        with self.connect() as conn:
            return list(conn.execute(CANON).fetchall())

    def owed(self) -> int:
        with self.connect() as conn:
            return int(conn.execute("SELECT count(*) FROM refold").fetchone()[0])


def _with(piece: FixBatch, vehicle: Any) -> FixBatch:  # noqa: ANN401 - an array
    columns = {name: getattr(piece, name) for name in FixBatch.__slots__}
    return FixBatch(**{**columns, "vehicle": vehicle})


def draft(fence: FenceVersion) -> fences.Draft:
    """A fence as a person would enter it."""
    outline = fence.terms.outline
    code = f"F{fence.fence}"
    return fences.Draft(
        code, code, code, None, None, fence.terms, box(outline, fence.terms.margin), centre(outline)
    )


def said(since: float) -> fences.Edit:
    """Somebody says so, and since when."""
    return fences.Edit("A. Li", "moved", datetime.fromtimestamp(since, UTC))


def told(canon: Canon, devices: Mapping[int, int] | None = None) -> list[tuple[Any, ...]]:
    """Nodes of a ledger as a database would list them, whose devices have other keys."""
    rows = []
    for vehicle, _, fence, version, kind, actual, latest, basis, evidence, earliest in canon:
        fixes = [
            [devices[device] if devices else device, round(time * 1000)]
            for device, time in evidence  # type: ignore[attr-defined]  # of a node
        ]
        name = (f"v{vehicle}", f"F{fence}", f"F{fence}", version, str(kind))
        rows.append((*name, actual, latest, str(basis), earliest, fixes))
    return sorted(rows, key=lambda row: (row[0], row[5], row[4]))


def asked(nodes: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    rows = [(*row[:9], orjson.loads(row[9])) for row in nodes]
    return sorted(rows, key=lambda row: (row[0], row[5], row[4]))
