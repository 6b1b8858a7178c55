"""What nobody is told: exact places to coarse eyes, and private drives to anybody; on the wire."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from fleet.rights import MAY, Right, Role
from fleet.scope import OPERATOR
from shipment.reply import places
from store import people, privates, trail
from store.people import NewPerson, Reach
from tests.acceptance.rights_stand import ACTIVE, IDLE, PAST, Stand, operations, standing
from tests.fix_people import CHEAP, PASSWORD
from tests.fix_trips import made
from tests.fix_waybills import PLATE, GoodsHand

pytestmark = pytest.mark.db

#: Where the goods were a quarter of an hour ago, and are: no other number of the test has these
#: digits, and both lie in one cell of the grid.
WAS, IS = (120.9634127, 31.3867341), (120.9641759, 31.3892573)


def spellings(lon: float, lat: float) -> list[str]:
    """How an exact place could be written: degrees to some 100 m, 1e-7 degrees, radians apart."""
    return [f"{each:.7f}"[:-4] for each in (lon, lat)] + [
        str(round(each * 1e7))[:-3] for each in (lon, lat)
    ]


def packed(lon: float, lat: float) -> list[bytes]:
    """And in bytes, as the live stream and replays have them."""
    return [struct.pack("<i", round(each * 1e7)) for each in (lon, lat)]


@pytest.fixture
def number(goods: GoodsHand) -> str:
    """A waybill of acme on its way with four stops to go."""
    number = goods.add()
    goods.load(number, risk=1)
    goods.stands(number, p50=goods.now + timedelta(hours=2), p90=goods.now + timedelta(hours=3))
    goods.many_stops()
    goods.was(*WAS, ago=900)
    goods.move(*IS)
    return number


def let_in(goods: GoodsHand, name: str, role: Role, **reach: Any) -> httpx.Client:  # noqa: ANN401 (fields of Reach)
    """A client of somebody."""
    new = NewPerson(name, name, role, Reach(**reach))
    people.add_person(goods.conn, OPERATOR, new, CHEAP.hash(PASSWORD))
    client = goods.running.client(origin=goods.running.address)
    said = client.post("/api/v1/session", json={"name": name, "password": PASSWORD})
    assert said.status_code == 200
    return client


@pytest.mark.usefixtures("cheap_passwords")
def test_every_channel_tells_coarse_eyes_one_point_of_the_grid(
    goods: GoodsHand, number: str
) -> None:
    assert places.snapped(*WAS) == places.snapped(*IS), "or the cell would give it away"
    with goods.running.client() as client:  # while nobody exists, this machine may
        token = made(client.post(f"/api/v1/waybills/{number}/shares", json={}))["token"]
        exact = client.get("/api/v1/where-is", params={"q": number}).text
    assert any(each in exact for each in spellings(*IS)), "the search finds what is told"
    heard: list[bytes] = []
    let_in(goods, "olga", Role.OWNER).close()
    with closing(let_in(goods, "kay", Role.CUSTOMER, customers=["acme"])) as kay:
        paths = {path for method, path, _ in operations() if method == "GET"}
        paths |= {path.replace("/x", f"/{number}") for path in paths if "waybills/x" in path}
        for path in sorted(paths):
            heard += [kay.get(path, params=query).content for query in ({}, {"q": number})]
        told = kay.get("/api/v1/where-is", params={"q": number}).json()
        for kind in ("json", "binary"):
            heard += stream(goods, kay, kind)
        shared = goods.running.client()
        heard.append(shared.get(f"/api/v1/shared/{token}").content)
        body = {"number": number, "phone_tail": "5678"}
        heard.append(shared.post("/api/v1/track", json=body).content)
        url = goods.running.address.replace("http://", "ws://") + "/api/v1/shared/live"
        with connect(url) as socket:
            socket.send(json.dumps({"token": token}))
            heard.append(str(socket.recv(timeout=5)).encode())
        shared.close()
    points = [told["position"], *(json.loads(each)["position"] for each in heard[-3:])]
    assert {(point["lon"], point["lat"]) for point in points} == {places.snapped(*WAS)}
    assert {point["speed_mps"] for point in points} == {None}
    for each in heard:
        for place in (WAS, IS):
            found = [word for word in spellings(*place) if word in each.decode("utf8", "ignore")]
            assert not found, each[:300]
            assert not any(word in each for word in packed(*place))
            assert PLATE.encode() not in each


def stream(goods: GoodsHand, client: httpx.Client, form: str) -> list[bytes]:
    """What the live stream says until it closes: who sees no vehicles is sent away."""
    url = goods.running.address.replace("http://", "ws://") + "/api/v1/live"
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    headers = {"cookie": cookie, "origin": goods.running.address}
    with connect(url, additional_headers=headers) as socket:
        socket.send(json.dumps({"type": "subscribe", "format": form}))
        heard: list[bytes] = []
        with suppress(ConnectionClosed):
            while True:
                said = socket.recv(timeout=5)
                heard.append(said if isinstance(said, bytes) else said.encode())
        return heard


# Private drives


@pytest.fixture(scope="module")
def stand(module_database_url: str) -> Iterator[Stand]:
    """The stand of the rights, on which every vehicle of acme is private."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tracker_api.passwords.HASHER", CHEAP)
        with standing(module_database_url) as stand:
            client = stand.clients[Role.OWNER]
            with stand.running.listen(headers=stand.desk.cookies(client)) as ear:
                assert IDLE in ear.hear("snapshot")["vehicles"]["plate"]
                for plate in (ACTIVE, IDLE, PAST):
                    body = {"private": True, "why": "agreed"}
                    answer = client.put(f"/api/v1/vehicles/{plate}/private", json=body)
                    assert answer.status_code == 204, answer.text
                gone = set[str]()
                while gone != {IDLE, PAST}:
                    gone |= set(ear.hear()["gone"])
            yield stand


ALL = [Role.OWNER, Role.DISPATCHER]


@pytest.mark.parametrize("role", ALL)
def test_between_its_trips_nobody_is_told_where_a_private_vehicle_is(
    stand: Stand, role: Role
) -> None:
    client = stand.clients[role]
    shown = {each["plate"] for each in client.get("/api/v1/vehicles").json()}
    assert shown & {ACTIVE, IDLE, PAST} == {ACTIVE}, "it is on a trip"
    features = client.get("/api/v1/positions").json()["features"]
    assert {each["id"] for each in features} == shown
    assert client.get(f"/api/v1/vehicles/{IDLE}").status_code == 404
    with stand.running.listen(headers=stand.desk.cookies(client)) as ear:
        assert set(ear.hear("snapshot")["vehicles"]["plate"]) == shown
    since = {"from": (stand.now - timedelta(days=60)).isoformat(), "limit": "1000"}
    for path, ids in (("nodes", stand.nodes), ("visits", stand.visits)):
        found = {each["id"] for each in client.get(f"/api/v1/{path}", params=since).json()}
        names = {name for name, key in ids.items() if key in found}
        assert names == {"aboard", "far", "past", "long ago"}, path
    node = client.get(f"/api/v1/nodes/{stand.nodes['between']}")
    assert node.status_code == 404


def window(stand: Stand, days: float) -> dict[str, str]:
    """Around the fix of so many days ago."""
    middle = stand.now - timedelta(days=days) + timedelta(hours=1)
    return {
        "from": (middle - timedelta(minutes=5)).isoformat(),
        "to": (middle + timedelta(minutes=5)).isoformat(),
    }


@pytest.mark.parametrize("role", ALL)
@pytest.mark.parametrize(("days", "fixes"), [(10, 1), (20, 0)])
def test_a_track_and_a_replay_have_its_trips_only(
    stand: Stand, role: Role, days: int, fixes: int
) -> None:
    client = stand.clients[role]
    asked = window(stand, days)
    track = client.get(f"/api/v1/vehicles/{PAST}/track", params=asked | {"format": "csv"}).text
    assert track.count("\n") == fixes + 1
    replay = client.get(f"/api/v1/vehicles/{PAST}/replay", params=asked)
    assert replay.status_code == 200, replay.text
    assert len(replay.json()["fixes"]["time"]) == fixes
    step = asked | {"step": "30"}
    fleet = client.get("/api/v1/replay/fleet", params=step)
    assert (PAST.encode() in fleet.content) is bool(fixes), fleet.text[:200]


def test_who_has_the_right_and_a_reason_is_told_and_stands_on_the_trail(stand: Stand) -> None:
    body = {"plate": PAST, **window(stand, 20), "why": "theft 17"}
    for role, client in stand.clients.items():
        answer = client.post("/api/v1/privacy/track", json=body)
        if role is Role.SHARE:
            assert answer.status_code == 401
        else:
            assert (answer.status_code == 200) is (Right.LOOK_PRIVATE in MAY[role])
    entries = trail.list_entries(stand.hand.conn, trail.Wanted(act="reveal", subject=PAST))
    assert [(each.principal, each.why, each.detail["fixes"]) for each in entries] == [
        ("owner", "theft 17", 1)
    ]
    without = stand.clients[Role.OWNER].post("/api/v1/privacy/track", json=body | {"why": ""})
    assert without.status_code == 422


def test_a_vehicle_that_is_private_no_more_is_seen_again(stand: Stand) -> None:
    conn = stand.hand.conn
    with stand.running.listen(headers=stand.desk.cookies(stand.clients[Role.DISPATCHER])) as ear:
        ear.hear("snapshot")
        assert privates.set_private(conn, OPERATOR, IDLE, "sold", private=False)
        while IDLE not in ear.hear()["vehicles"]["plate"]:
            pass
    assert not privates.set_private(conn, OPERATOR, IDLE, "sold", private=False)
    assert privates.set_private(conn, OPERATOR, IDLE, "agreed")
    assert privates.list_private(conn) == sorted([ACTIVE, IDLE, PAST])
