"""Map cells: where the clients of the binary form look, coarse enough to be shared by many.

Every client has a box of its own, so nothing encoded for a box is shared.  A cell is: a
client is sent the cells that its box touches, each encoded once for all whose rights are equal.
"""

from __future__ import annotations

import math

#: Degrees a cell is wide and high.  A working view of 4 to 10 degrees touches 9 to 36 cells: few
#: enough to look up one by one, fine enough that at most about half of what is sent is outside.
SIZE = 2.0

#: Cells of a view.  Beyond it the map shows a country, where joining cells costs more than the
#: vehicles that are left out save: such a view is told of everything.
MOST = 64

COLUMNS = round(360 / SIZE)
ROWS = round(180 / SIZE)

Box = tuple[float, float, float, float]  #: west, south, east, north in degrees, -180..180
View = frozenset[int] | None  #: cells in sight; None: all of them


def cell_of(lon: float, lat: float) -> int:
    """The cell of a place in degrees; a border belongs to the east and the north."""
    return _row(lat) * COLUMNS + _column(lon)


def view_of(box: Box | None) -> View:
    """The cells that ``box`` touches; None if they are too many, or if there is no box.

    A box whose west is greater than its east crosses the antimeridian (RFC 7946, 5.2).
    """
    if box is None:
        return None
    west, south, east, north = box
    if west == 180:  # noqa: PLR2004 (degrees: the same meridian)
        west, east = -180.0, -180.0 if east == 180 else east  # noqa: PLR2004
    first, last = _column(west), _column(east)
    # West and east may lie in one column with the rest of the earth between them.
    around = east - west > 360 - SIZE or (west > east and last >= first)
    wide = COLUMNS if around else (last - first) % COLUMNS + 1
    low, high = _row(south), _row(north)
    if wide * (high - low + 1) > MOST:
        return None
    columns = [(first + step) % COLUMNS for step in range(wide)]
    return frozenset(row * COLUMNS + column for row in range(low, high + 1) for column in columns)


def _column(lon: float) -> int:
    return math.floor((lon + 180) / SIZE) % COLUMNS


def _row(lat: float) -> int:
    return min(ROWS - 1, max(0, math.floor((lat + 90) / SIZE)))
