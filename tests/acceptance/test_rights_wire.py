"""Dispatcher, customer and carrier on the wire: nothing that is not theirs, by no way to it.

Beside the tables (``test_rights.py``): the binary stream, the past of the fleet and its files,
evidence, the search, what lists are filtered by, and names that are guessed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from math import inf

import httpx
import pytest

from fleet.rights import Role
from store import people
from tests import segments
from tests.acceptance.rights_stand import (
    ACTIVE,
    FAR,
    IDLE,
    MINE,
    PAST,
    THEIRS,
    VEHICLES,
    Stand,
    standing,
)
from tests.fix_api import SOON
from tests.fix_people import CHEAP, PASSWORD
from tests.tracker_api.test_replay import read as read_replay

pytestmark = pytest.mark.db

API = "/api/v1"
NOBODYS = "0193f1c2-6f4e-7c3b-9d51-8f2f3a5b7c11"

#: Requests of each kind by which times are compared.
LEAST_ROUNDS, MOST_ROUNDS = 5, 60

#: A one-pixel picture's beginning; the rest is not looked at.
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.fixture(scope="module")
def stand(module_database_url: str) -> Iterator[Stand]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tracker_api.passwords.HASHER", CHEAP)
        with standing(module_database_url) as stand:
            yield stand


@pytest.fixture(scope="module")
def outsider(stand: Stand) -> httpx.Client:
    """A dispatcher of the other company alone."""
    reach = people.Reach(parties=["other"], customers=["other"])
    new = people.NewPerson("otto", "Otto", Role.DISPATCHER, reach)
    people.add_person(stand.hand.conn, stand.scopes[Role.OWNER], new, CHEAP.hash(PASSWORD))
    return stand.desk.sign_in("otto")


def seen_by(stand: Stand, client: httpx.Client) -> set[str] | None:
    """Plates that the binary stream tells of while all vehicles move; None: it is refused."""
    headers = stand.desk.cookies(client)
    with stand.running.listen(headers=headers, format="binary") as ear:
        first = ear.hear()
        if first["type"] == "bye":
            assert first["code"] == "forbidden"
            return None
        plates = dict(zip(first["vehicles"]["slot"], first["vehicles"]["plate"], strict=True))
        told = set(plates.values())
        stand.hand.move({plate: (121.3 + n / 50, 31.2) for n, plate in enumerate(sorted(VEHICLES))})
        deadline = time.monotonic() + SOON
        while time.monotonic() < deadline:
            data = ear.socket.recv(timeout=SOON)
            if isinstance(data, bytes):
                told |= {plates[slot] for slot in segments.spots(data)}
            elif ear.note(data)["type"] == "delta":  # the heartbeat after it: all was told
                return told
        raise AssertionError("no heartbeat came")


def test_the_binary_stream(stand: Stand, outsider: httpx.Client) -> None:
    assert seen_by(stand, stand.clients[Role.DISPATCHER]) == set(VEHICLES)
    assert seen_by(stand, stand.clients[Role.CUSTOMER]) is None
    assert seen_by(stand, stand.clients[Role.PARTNER]) == {FAR}
    assert seen_by(stand, outsider) == {FAR}


def test_the_past_of_the_fleet_and_its_files(stand: Stand, outsider: httpx.Client) -> None:
    start = stand.now - timedelta(hours=4)
    window = {"from": start.isoformat(), "to": stand.now.isoformat()}
    for client, plates in (
        (stand.clients[Role.DISPATCHER], {ACTIVE, FAR}),
        (stand.clients[Role.PARTNER], {FAR}),
        (outsider, {FAR}),
    ):
        fleet = client.get(f"{API}/replay/fleet", params=window)
        assert set(read_replay(fleet.content).plates) == plates
        marks = client.get(f"{API}/replay/marks", params=window).json()["marks"]
        assert {mark["vehicle"] for mark in marks if mark.get("vehicle")} <= plates
        for plate in VEHICLES - plates:
            asked = window | {"vehicles": [plate]}
            if plate not in {IDLE, PAST} or client is outsider:
                assert client.get(f"{API}/replay/fleet", params=asked).status_code == 404
    told = outsider.get(f"{API}/replay/export", params=window)
    assert (told.status_code, ACTIVE in told.text, FAR in told.text) == (200, False, True)
    whole = stand.clients[Role.DISPATCHER].get(f"{API}/replay/export", params=window)
    assert ACTIVE in whole.text
    for role, path in (
        (Role.CUSTOMER, "/replay/fleet"),
        (Role.CUSTOMER, "/replay/marks"),
        (Role.CUSTOMER, f"/vehicles/{ACTIVE}/replay"),
        (Role.CUSTOMER, "/replay/export"),
        (Role.PARTNER, "/replay/export"),
        (Role.CUSTOMER, "/fleet/facets"),
    ):
        assert stand.clients[role].get(API + path, params=window).status_code == 403, path


def test_evidence(stand: Stand, outsider: httpx.Client) -> None:
    owner = stand.clients[Role.OWNER]
    kept = owner.post(f"{API}/waybills/{MINE}/files", params={"name": "a.png"}, content=PICTURE)
    assert kept.status_code == 201
    path = f"/files/{kept.json()['id']}"
    for client, status in (
        (stand.clients[Role.DISPATCHER], 200),
        (stand.clients[Role.CUSTOMER], 200),
        (stand.clients[Role.PARTNER], 404),
        (outsider, 404),
    ):
        answer = client.get(f"{API}/waybills/{MINE}{path}")
        assert answer.status_code == status
        assert client.get(f"{API}/waybills/{THEIRS}{path}").status_code == 404, "of another waybill"
        assert client.get(f"{API}/waybills/{MINE}/files/{NOBODYS}").status_code == 404
        if status == 200:
            assert answer.headers["content-disposition"].startswith("attachment")
            assert "sandbox" in answer.headers["content-security-policy"]


def test_the_search_and_what_is_filtered_by(stand: Stand, outsider: httpx.Client) -> None:
    def finds(client: httpx.Client, typed: str) -> set[str]:
        hits = client.get(f"{API}/find", params={"q": typed}).json()["hits"]
        return {hit["code"] for hit in hits}

    customer, partner = stand.clients[Role.CUSTOMER], stand.clients[Role.PARTNER]
    dispatcher = stand.clients[Role.DISPATCHER]
    for typed, theirs, mine in ((MINE, False, True), (THEIRS, True, False)):
        assert (typed in finds(partner, typed)) is theirs
        assert (typed in finds(outsider, typed)) is theirs
        assert (typed in finds(customer, typed)) is mine
        assert typed in finds(dispatcher, typed)
    for typed in (ACTIVE, "T-ACTIVE", "张三", IDLE):
        for client in (customer, partner, outsider):
            assert not finds(client, typed) & {ACTIVE, IDLE, PAST, "T-ACTIVE", "张三"}, typed
    assert finds(dispatcher, ACTIVE) == {ACTIVE}
    whole = dispatcher.get(f"{API}/fleet/facets").text
    assert ACTIVE in whole
    for client in (partner, outsider):
        told = client.get(f"{API}/fleet/facets").text
        assert not [word for word in (ACTIVE, IDLE, PAST, "张三", "T-ACTIVE") if word in told]


#: What is asked for by name: what is another's, what nobody has, for who has the right to ask.
BY_NAME = (
    ("/vehicles/{}", ACTIVE, "沪A99999"),
    ("/vehicles/{}/track", ACTIVE, "沪A99999"),
    ("/vehicles/{}/replay", ACTIVE, "沪A99999"),
    ("/trips/{}", "T-ACTIVE", "T-NOBODY"),
    ("/trips/{}/estimates", "T-ACTIVE", "T-NOBODY"),
    ("/waybills/{}", MINE, "JD20261122999999"),
    ("/waybills/{}/position", MINE, "JD20261122999999"),
    ("/waybills/{}/track", MINE, "JD20261122999999"),
    ("/devices/{}", "dev00000", "dev99999"),
    ("/nodes/{}", "aboard", NOBODYS),
)


@pytest.mark.parametrize("who", ["partner", "otto"])
def test_what_is_anothers_is_answered_like_what_is_not_there(
    stand: Stand, outsider: httpx.Client, who: str
) -> None:
    client = outsider if who == "otto" else stand.clients[Role.PARTNER]
    asked = 0
    for path, theirs, nobodys in BY_NAME:
        name = stand.nodes.get(theirs, theirs)
        answers = [client.get(API + path.format(each)) for each in (name, nobodys)]
        assert answers[0].status_code == answers[1].status_code
        if answers[0].status_code == 403:  # not a right of this role
            continue
        assert answers[0].status_code == 404, path
        told = [
            str(answer.json()).replace(each, "it")
            for answer, each in zip(answers, (name, nobodys), strict=True)
        ]
        assert told[0] == told[1], path
        asked += 1
    assert asked >= 6


def test_what_is_anothers_takes_as_long_as_what_is_not_there(outsider: httpx.Client) -> None:
    """To five milliseconds, less than a network adds by chance; the quickest of some are compared.

    On a busy machine it takes more of them until both have had a quiet moment.
    """
    for path, theirs, nobodys in (BY_NAME[0], BY_NAME[3], BY_NAME[5]):
        quickest = {theirs: inf, nobodys: inf}
        for round_ in range(MOST_ROUNDS):
            for name, best in quickest.items():
                quickest[name] = min(best, took(outsider, API + path.format(name)))
            apart = abs(quickest[theirs] - quickest[nobodys])
            if round_ >= LEAST_ROUNDS and apart < 0.005:
                break
        assert apart < 0.005, path


def took(client: httpx.Client, path: str) -> float:
    began = time.perf_counter()
    client.get(path)
    return time.perf_counter() - began


def test_whoever_is_nobody_is_told_nothing_also_with_somebody_elses_words(stand: Stand) -> None:
    """Cookies and keys that are made up, cut short, or of another kind."""
    real = stand.clients[Role.OWNER].cookies["milepost_session"]
    for headers in (
        {"cookie": f"milepost_session={real[:-1]}"},
        {"cookie": f"milepost_session={real}x"},
        {"cookie": f"milepost_session=mp_{real}"},
        {"cookie": f"__Host-milepost_session={real}"},
        {"cookie": f"milepost_browser={real}"},
        {"authorization": f"Bearer {real}"},
        {"authorization": f"Bearer mp_{real}"},
        {"authorization": f"Basic {real}"},
        {"x-forwarded-for": "127.0.0.1"},
    ):
        client = stand.desk.client(**headers)
        assert client.get(f"{API}/vehicles").status_code == 401, headers
        with stand.running.listen(headers=headers | {"origin": stand.running.address}) as ear:
            assert ear.hear("bye")["code"] == "forbidden"


def test_a_socket_from_a_page_of_elsewhere_is_nobodys(stand: Stand) -> None:
    cookies = stand.desk.cookies(stand.clients[Role.OWNER])
    for origin in ("https://evil.example", "null"):
        with stand.running.listen(headers=cookies | {"origin": origin}) as ear:
            assert ear.hear("bye")["code"] == "forbidden"
    with stand.running.listen(headers={"cookie": cookies["cookie"]}) as ear:
        assert ear.hear("bye")["code"] == "forbidden"
