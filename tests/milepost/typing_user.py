"""What a user of the command line gives and gets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Told:
    """What a command ended with."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Standard output, a line of JSON each."""
        return [json.loads(line) for line in self.out.splitlines()]


class Milepost(Protocol):
    """The command, see the fixture ``milepost``."""

    def __call__(self, *arguments: str, stdin: bytes = b"", **environment: str) -> Told: ...
