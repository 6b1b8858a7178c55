"""A folder for the state of a server that a test starts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.temporary import temporary_folder


@pytest.fixture
def state_folder() -> Iterator[Path]:
    """An empty folder that servers of another user can reach."""
    with temporary_folder() as path:
        yield path
