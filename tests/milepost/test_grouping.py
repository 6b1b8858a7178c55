"""The demonstration has groups to filter by."""

from __future__ import annotations

from contextlib import closing

import pytest

from firmware_sim import scenario
from fleet.scope import OPERATOR
from fleet.views import Party
from milepost import grouping
from store import Database, admin, groups
from store.database import connect
from store.groups import Group

pytestmark = pytest.mark.db


def test_groups_are_made_once_and_what_people_did_to_them_stays(database_url: str) -> None:
    fleet = scenario.china_trunk(24)
    with closing(connect(Database(database_url), application="test")) as conn:
        admin.seed(
            conn,
            [Party(p.code, p.zh, p.en) for p in fleet.parties],
            vehicles=[(truck.plate, truck.party) for truck in fleet.trucks],
        )
        assert grouping.make_groups(conn, fleet) == 3
        found = {group.code: group.plates for group in groups.list_groups(conn, OPERATOR)}
        assert len(found["demo-reefers"]) == 6
        assert 0 < len(found["demo-north"]) < 24
        groups.put_group(conn, OPERATOR, Group("demo-north", "北", "N"))
        assert grouping.make_groups(conn, fleet) == 0
        assert list(groups.list_groups(conn, OPERATOR, "demo-north")[0].plates) == []
