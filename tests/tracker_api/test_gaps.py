"""What the API says about messages that were lost on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest

from store.database import Database

pytestmark = pytest.mark.db

HOUR = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=5)


def test_a_terminal_that_numbers_its_messages_has_gaps(
    api: httpx.Client, api_database: Database
) -> None:
    with psycopg.connect(api_database.url) as conn:
        conn.execute(
            "INSERT INTO message_seen SELECT id, %s, true, '{[10,20),[23,30)}' FROM device"
            " WHERE code = 'dev00000'",
            (HOUR,),
        )
        conn.execute(
            "INSERT INTO device_unconfirmed SELECT id, 7, %s FROM device WHERE code = 'dev00000'",
            (HOUR,),
        )
    told = api.get("/api/v1/devices/dev00000/gaps").json()
    at = HOUR.strftime("%Y-%m-%dT%H:%M:%S")
    assert (told["numbered"], told["missing"]) == (17, 3)
    [gap] = told["gaps"]
    assert (gap["first"], gap["last"]) == (20, 22)
    assert gap["after"].startswith(at)
    assert gap["before"].startswith(at)
    assert told["unconfirmed"]["messages"] == 7
    earlier = {"to": (HOUR - timedelta(hours=1)).isoformat()}
    assert api.get("/api/v1/devices/dev00000/gaps", params=earlier).json()["numbered"] == 0


def test_a_terminal_that_numbers_nothing_has_none(api: httpx.Client) -> None:
    told = api.get("/api/v1/devices/dev00001/gaps").json()
    assert told == {"numbered": 0, "missing": 0, "gaps": [], "unconfirmed": None}


def test_an_unknown_device_and_too_long_a_time_are_problems(api: httpx.Client) -> None:
    assert api.get("/api/v1/devices/nobody/gaps").status_code == 404
    long_ago = {"from": (HOUR - timedelta(days=200)).isoformat()}
    assert api.get("/api/v1/devices/dev00000/gaps", params=long_ago).status_code == 422
