"""What the tests of progress share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fleet.trips import Line
from route.lines import Lines
from route.progress import Located, Roads, Rules, empty_progress, locate

RULES = Rules()
KM = 1000.0
STRAIGHT = KM * np.array([[0, 0], [40, 0]])
THERE_AND_BACK = KM * np.array([[0, 0], [20, 0], [0, 0]])


def located(line: Line, fixes: Roads, memory: NDArray[np.void] | None = None) -> Located:
    return locate(
        fixes, Lines.build([line]), empty_progress(1) if memory is None else memory, RULES
    )
