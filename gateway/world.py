"""The snapshot that a batch is judged against.

Immutable and temporal: bindings carry ``[valid_from, valid_to)`` and a fix is judged by what
was valid at its own time.  A new snapshot replaces the old one between two batches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.fences import Expected, FenceVersion
from fleet.records import FixBatch, WorldRows
from gateway.runs import Runs
from geofence.index import Index

_MS_BITS = 43  #: milliseconds since 1970 up to the year 2248
_HALF_MICROSECOND = 0.0005  #: ms; what a float of seconds may be off
_LAST_MS = (1 << _MS_BITS) - 1


def _key(device: NDArray[np.int32], time: NDArray[np.float64]) -> NDArray[np.int64]:
    """Device and time as one sortable number."""
    ms = np.clip(np.rint(time * 1000), 0, _LAST_MS)
    return (device.astype(np.int64) << _MS_BITS) | ms.astype(np.int64)


class DeviceRows(dict[str, int]):
    """Row of each registered device; -1 for any other, without an entry."""

    def __missing__(self, code: str) -> int:
        """Nobody has registered ``code``."""
        return -1


@dataclass(frozen=True, slots=True)
class World:
    """Devices, vehicles, bindings and fences at one revision."""

    rows: WorldRows
    device_row: DeviceRows
    fences: Index
    versions: Mapping[tuple[int, int], FenceVersion]  #: by fence and version; (fence, 0): the last
    expected: Mapping[int, tuple[Expected, ...]]  #: by row of the vehicle
    runs: Runs  #: who is on which trip
    _starts: NDArray[np.int64]  #: primary bindings, sorted by device and start
    _device: NDArray[np.int32]
    _until: NDArray[np.float64]
    _vehicle: NDArray[np.int32]

    @classmethod
    def build(cls, rows: WorldRows, before: World | None = None) -> World:
        """Index ``rows``; bindings of one device must not overlap (the store sees to it).

        Fences that ``before`` has as well are not prepared again.
        """
        primary = np.flatnonzero(rows.bound_primary)
        # A fix has whole milliseconds: a binding holds from the first one at or after its start.
        since = np.ceil(np.maximum(rows.bound_from[primary], 0) * 1000 - _HALF_MICROSECOND) / 1000
        starts = _key(rows.bound_device[primary], since)
        order = np.argsort(starts, kind="stable")
        chosen = primary[order]
        expected: dict[int, tuple[Expected, ...]] = {}
        for each in rows.expected:
            expected[each.vehicle] = (*expected.get(each.vehicle, ()), each)
        same = before is not None and before.rows.fence_revision == rows.fence_revision
        return cls(
            rows,
            DeviceRows((code, row) for row, code in enumerate(rows.device_code)),
            _fences(rows, None if before is None else before.fences),
            before.versions if before is not None and same else _versions(rows.fences),
            expected,
            _runs(rows, before),
            starts[order],
            rows.bound_device[chosen],
            rows.bound_to[chosen],
            rows.bound_vehicle[chosen],
        )

    @property
    def revision(self) -> int:
        """The revision of the store that this shows."""
        return self.rows.revision

    def find_devices(self, codes: Sequence[str]) -> NDArray[np.int32]:
        """Row of each device; -1 for one that nobody has registered."""
        return np.array(list(map(self.device_row.__getitem__, codes)), np.int32)

    def find_vehicles(
        self, device: NDArray[np.int32], time: NDArray[np.float64]
    ) -> NDArray[np.int32]:
        """Row of the vehicle that each device was the primary one of at ``time``; -1 none."""
        if not len(self._starts):
            return np.full(len(device), -1, np.int32)
        at = np.searchsorted(self._starts, _key(device, time), side="right") - 1
        found = np.maximum(at, 0)
        bound = (at >= 0) & (self._device[found] == device) & (time < self._until[found])
        return np.where(bound & (device >= 0), self._vehicle[found], -1).astype(np.int32)

    def rebind(self, fixes: FixBatch, before: World) -> FixBatch:
        """``fixes`` assembled against an earlier world, with the rows of this one."""
        columns = {name: getattr(fixes, name) for name in fixes.__slots__}
        codes = [before.rows.device_code[row] for row in fixes.device.tolist()]
        columns["device"] = self.find_devices(codes)
        columns["vehicle"] = self.find_vehicles(columns["device"], fixes.time)
        return FixBatch(**columns)


def _fences(rows: WorldRows, before: Index | None) -> Index:
    if before is not None and before.revision == rows.fence_revision:
        return before
    return Index.build(rows.fences, rows.fence_revision, before)


def _runs(rows: WorldRows, before: World | None) -> Runs:
    if before is None:
        return Runs.build(rows)
    known = before.rows
    same = len(rows.trips) == len(known.trips) and len(rows.plate) == len(known.plate)
    if same and all(a is b for a, b in zip(rows.trips, known.trips, strict=True)):
        return before.runs
    return Runs.build(rows, before.runs)


def _versions(fences: Sequence[FenceVersion]) -> dict[tuple[int, int], FenceVersion]:
    last = {(fence.fence, 0): fence for fence in sorted(fences, key=lambda f: f.valid_from)}
    return {**last, **{(fence.fence, fence.version): fence for fence in fences}}
