"""Fences where the traffic of ``bench.traffic`` drives.

The vehicles are all over the country, so fences drawn anywhere would never meet one.  Every
``n``-th vehicle gets one: round it, if it stands; else within the next kilometres of its way.
About a tenth of a fleet of 5,000 rests inside of one of a thousand, and a few in a hundred go
in or out within a minute.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import numpy as np
import shapely
from psycopg import Connection

from bench.fences import star_polygons, terms
from bench.traffic import Lorry, lorries
from fleet.fences import FenceVersion
from fleet.geo import metres_per_degree
from geofence.shapes import box, centre
from store import fences as stored
from store.fences import Draft, Edit

FENCES = 1000
AHEAD = 3000.0  #: m; as far ahead of a vehicle that drives its fence may lie
LEAST, MOST = 100.0, 600.0  #: m; radius, logarithmically uniform: a depot to a container port
CIRCLES = 0.2
_SINCE = datetime(2020, 1, 1, tzinfo=UTC)


def places(vehicles: int, seed: int, number: int = FENCES) -> tuple[FenceVersion, ...]:
    """So many fences for ``traffic.frames(vehicles, seed)``, each a site of its own, since ever."""
    fleet = lorries(vehicles, random.Random(seed))  # noqa: S311 - the fleet of ``frames``
    rng = np.random.default_rng(seed)
    chosen = [fleet[at * vehicles // number] for at in range(number)]
    middle = np.array([_ahead(lorry, rng) for lorry in chosen])
    scale = np.column_stack(metres_per_degree(middle[:, 1]))
    radius = np.exp(rng.uniform(np.log(LEAST), np.log(MOST), number))
    is_circle = rng.random(number) < CIRCLES
    stars, area = star_polygons(middle, scale, radius, rng)
    size = np.where(is_circle, radius, np.sqrt(area / np.pi))
    points: Any = shapely.points(middle)
    wkb = shapely.to_wkb(np.where(is_circle, points, stars), byte_order=1)
    rows = zip(wkb, is_circle.tolist(), radius.tolist(), size.tolist(), strict=True)
    return tuple(
        FenceVersion(key, 1, key, 0, "Asia/Shanghai", 0.0, np.inf, terms(*row))
        for key, row in enumerate(rows, 1)
    )


def _ahead(lorry: Lorry, rng: np.random.Generator) -> tuple[float, float]:
    """Where it comes to; one that stands is there."""
    metres = rng.uniform(0, AHEAD)
    if lorry.speed:
        lorry.move(metres / lorry.speed)
    return lorry.lon, lorry.lat


def draw(conn: Connection[Any], fences: tuple[FenceVersion, ...]) -> None:
    """Have the store keep ``fences``."""
    drafts = [
        Draft(
            code=f"place-{fence.fence:05d}",
            name_zh=f"场站 {fence.fence}",
            name_en=f"Place {fence.fence}",
            site=None,
            parent=None,
            terms=fence.terms,
            box=box(fence.terms.outline, fence.terms.margin),
            centre=centre(fence.terms.outline),
        )
        for fence in fences
    ]
    stored.import_fences(conn, drafts, Edit("bench", "the world of the benchmark", _SINCE))
