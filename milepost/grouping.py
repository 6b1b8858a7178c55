"""The groups of the demonstration: invented, so that the board has some to filter by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from firmware_sim import scenario
from fleet.scope import OPERATOR
from store import groups
from store.groups import Group

#: Every so many lorries keep their goods cold, or drive under the first contract.
REEFER_EVERY, CONTRACT_EVERY = 4, 5
FAR_NORTH = 34.0  #: degrees; routes that go beyond it are the north's: about the Yellow River


def make_groups(conn: Any, fleet: scenario.Fleet) -> int:  # noqa: ANN401 - only the store names the type
    """Make the groups that are not there; returns how many were new."""
    trucks = fleet.trucks
    lat = {site.code: site.lat for site in fleet.sites}
    north = {
        code
        for code, route in fleet.routes.items()
        if any(lat[site] > FAR_NORTH for site in route.sites if site in lat)
    }
    northern = [truck for truck in trucks if truck.route in north]
    return groups.seed_groups(
        conn,
        OPERATOR,
        [
            _group("demo-north", "北线（演示）", "North (demo)", northern),
            _group("demo-reefers", "冷藏车（演示）", "Reefers (demo)", trucks[::REEFER_EVERY]),
            _group(
                "demo-contract",
                "一号合同（演示）",
                "Contract 1 (demo)",
                trucks[1::CONTRACT_EVERY],
            ),
        ],
    )


def _group(code: str, name_zh: str, name_en: str, trucks: Sequence[scenario.Truck]) -> Group:
    return Group(code, name_zh, name_en, tuple(truck.plate for truck in trucks))
