"""A right that is withdrawn is gone within five seconds, also from a socket that is open."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager

import httpx
import pytest

from fleet.rights import Role
from fleet.scope import Scope
from store import people
from store.keys import NewKey
from tests.acceptance.rights_stand import ACTIVE, IDLE
from tests.fix_api import Ear
from tests.fix_people import Desk

pytestmark = pytest.mark.db

#: s within which a right that was withdrawn is gone (the promise of decision 0017)
SOON = 5.0


def bye(ear: Ear) -> tuple[str, float]:
    """Why the server ended it, and after how many seconds."""
    began = time.monotonic()
    while (message := ear.hear_any())["type"] != "bye":
        assert time.monotonic() - began < SOON, "still open"
    return message["code"], time.monotonic() - began


def plates(ear: Ear) -> set[str]:
    """Of the next snapshot, which must come soon."""
    began = time.monotonic()
    while (message := ear.hear_any())["type"] != "snapshot":
        assert time.monotonic() - began < SOON, "no other view"
    return set(message["vehicles"]["plate"])


@pytest.fixture
def ann(desk: Desk) -> httpx.Client:
    """A dispatcher who has signed in; three vehicles of acme."""
    desk.people.hand.seed(3)
    desk.people.let_in("ann", Role.DISPATCHER)
    return desk.sign_in("ann")


def looking(desk: Desk, client: httpx.Client) -> AbstractContextManager[Ear]:
    return desk.running.listen(headers=desk.cookies(client))


@pytest.mark.parametrize(
    "ending",
    [
        "UPDATE person SET disabled_at = now() WHERE name = 'ann'",
        "UPDATE person SET role = 'it_admin' WHERE name = 'ann'",
        "DELETE FROM session",
        "UPDATE session SET expires_at = now()",
    ],
)
def test_a_socket_ends_within_five_seconds_even_when_no_bell_rings(
    desk: Desk, ann: httpx.Client, ending: str
) -> None:
    with looking(desk, ann) as ear:
        assert len(ear.hear("snapshot")["vehicles"]["plate"]) == 3
        desk.people.hand.conn.execute(ending.encode())
        code, seconds = bye(ear)
    assert code == "forbidden"
    assert seconds < SOON


def test_nothing_is_told_after_a_bell_that_rang(desk: Desk, ann: httpx.Client) -> None:
    hand = desk.people.hand
    with looking(desk, ann) as ear:
        ear.hear("snapshot")
        people.end_sessions(hand.conn, OWNER, "ann")
        code, seconds = bye(ear)
        hand.move({ACTIVE: (121.0, 31.0)})
    assert (code, seconds < 1.0) == ("forbidden", True)


OWNER = Scope("olga", None)


def test_whoever_may_see_less_gets_another_view_and_hears_no_more_of_the_rest(
    desk: Desk, ann: httpx.Client
) -> None:
    hand = desk.people.hand
    hand.conn.execute(
        "UPDATE vehicle SET party_id = (SELECT id FROM party WHERE code = 'other')"
        " WHERE plate = %s",
        [IDLE],
    )
    hand.ring([], "world")
    owner = desk.sign_in("olga")
    with looking(desk, ann) as ear:
        ear.hear("snapshot")
        less = owner.patch("/api/v1/people/ann", json={"parties": ["other"]})
        assert less.status_code == 200
        assert plates(ear) == {IDLE}
        hand.move({ACTIVE: (121.0, 31.0)})
        moved = hand.move({IDLE: (121.0, 31.0)})
        told = ear.hear_until(lambda message: bool(message["vehicles"]["plate"]))
        assert all(message["vehicles"]["plate"] in ([], [IDLE]) for message in told)
        assert told[-1]["vehicles"]["time"] == [round(moved.timestamp() * 1000)]


def test_a_key_that_is_revoked_ends_its_socket(desk: Desk, ann: httpx.Client) -> None:
    del ann
    header = desk.people.key("mp_wall", NewKey("wall", Role.DISPATCHER))
    (key,) = desk.sign_in("olga").get("/api/v1/keys").json()["keys"]
    with desk.running.listen(headers={"authorization": header}) as ear:
        ear.hear("snapshot")
        assert desk.sign_in("olga").delete(f"/api/v1/keys/{key['id']}").status_code == 204
        assert bye(ear)[0] == "forbidden"


def test_the_first_person_ends_what_this_machine_saw_without_one(desk: Desk) -> None:
    desk.people.hand.seed(1)
    with desk.running.listen() as ear:
        ear.hear("snapshot")
        desk.people.let_in("olga", Role.OWNER)
        assert bye(ear)[0] == "forbidden"


def test_a_page_of_elsewhere_opens_no_socket_with_a_cookie(desk: Desk, ann: httpx.Client) -> None:
    foreign = desk.cookies(ann) | {"origin": "https://evil.example"}
    with desk.running.listen(headers=foreign) as ear:
        message = ear.hear()
    assert (message["type"], message["code"]) == ("bye", "forbidden")
