"""A served API for a whole module, with goods that stand as a test of the desk wants them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from psycopg.types.json import Jsonb

from fleet.scope import OPERATOR
from fleet.views import Site
from store import admin, waybills
from store.database import Database
from store.waybills import NewWaybill
from tests.fix_api import FleetHand, serving
from tracker_api import Api

_ANSWER = "0193f1c2-6f4e-7c3b-9d51-{:012}"


class Office:
    """What tests of the desk share: each names its own waybills and looks at no others."""

    def __init__(self, api: httpx.Client, hand: FleetHand) -> None:
        self.api, self.conn = api, hand.conn
        self._answers = 0
        admin.add_site(hand.conn, Site("WUX-1", "无锡", "Wuxi", "Asia/Shanghai", 120.25, 31.30))

    def waybill(self, state: str = "created", **more: Any) -> str:  # noqa: ANN401 - a builder
        """One of customer acme that stands so; its number."""
        new = NewWaybill("acme", "SHA-1", "WUX-1", datetime.now(UTC), company="JD", **more)
        number = waybills.add_waybill(self.conn, OPERATOR, new)
        self.conn.execute(
            "INSERT INTO waybill_state (waybill_id, state, over, derived_at)"
            " SELECT id, %s, false, now() FROM waybill WHERE number = %s"
            " ON CONFLICT (waybill_id) DO UPDATE SET state = excluded.state",
            [state, number],
        )
        return number

    def answer(self, number: str, **content: Any) -> str:  # noqa: ANN401 - JSON
        """What was said to "where is it"; its id."""
        self._answers += 1
        key = _ANSWER.format(self._answers)
        self.conn.execute(
            "INSERT INTO answer (id, principal, role, asked, waybill_id, reply, content)"
            " SELECT %s, 'operator', 'owner', number, id, 'late', %s FROM waybill"
            " WHERE number = %s",
            [key, Jsonb(content), number],
        )
        return key


@pytest.fixture(scope="module")
def office(module_database_url: str) -> Iterator[Office]:
    """One for all tests of a module."""
    database = Database(url=module_database_url, pool_size=4, pool_timeout=1.0)
    with closing(FleetHand(module_database_url)) as hand:
        hand.seed(1)
        with serving(Api(port=0, shutdown=2.0), database) as running, running.client() as client:
            yield Office(client, hand)
