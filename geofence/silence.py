"""Silence: where a vehicle may have been between two fixes that are far apart in time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fleet.fences import FenceVersion, StopRule
from fleet.nodes import Basis, Crossing, Visit, VisitState
from geofence.ends import Fix, Ground, Rules, Spot


class Grounds(Ground, Protocol):
    """What is asked of the index besides."""

    def of_site(self, site: int) -> Sequence[int]: ...  # noqa: D102 - keys of the site's fences


def may_stop_at(version: FenceVersion) -> bool:
    """Whether a stop there would be a node."""
    return version.terms.node_level and version.terms.stop_rule is not StopRule.PASS


def unverified(ground: Grounds, slot: int, between: tuple[Spot, Fix], rules: Rules) -> Visit | None:
    """A visit between two fixes, if it can have gone there and come here."""
    (last, fix), version = between, ground.versions[slot]
    if not may_stop_at(version):
        return None
    there = ground.distance(slot, last.lon, last.lat)
    here = ground.distance(slot, fix.lon, fix.lat)
    earliest = round(last.time + max(there, 0.0) / rules.max_speed, 3)
    latest = round(fix.time - max(here, 0.0) / rules.max_speed, 3)
    if there <= 0 or here <= 0 or earliest > latest or last.time < version.valid_from:
        return None
    if not any(ground.is_open(slot, time) for time in (earliest, latest)):
        return None
    proof = ((last.device, last.time), (fix.device, fix.time))
    entry = Crossing(earliest, earliest, latest, Basis.GAP_BOUNDED, proof)
    return Visit(version.fence, version.version, VisitState.UNVERIFIED, entry, settled=fix.time)
