"""A link to one waybill: what it shows, to whom, for how long, and what nobody learns from it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from time import monotonic
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from fleet.errors import NotFound
from fleet.rights import Role
from fleet.scope import OPERATOR, Scope
from fleet.trips import Risk
from shipment.reply import places
from store import shares
from store.shares import NewShare
from tests.fix_api import Start
from tests.fix_trips import made, refused
from tests.fix_waybills import KUNSHAN, PLATE, GoodsHand
from tracker_api import Api
from tracker_api.settings import Sharing

#: s within which a link that was revoked is gone, open sockets included (issue: 5 s)
SOON = 5.0


@pytest.fixture
def api_settings() -> Api:
    """Sockets are looked after often, so that tests need not wait."""
    return Api(port=0, shutdown=2.0, sharing=Sharing(watch=0.2, refresh=0.4))


@pytest.fixture
def client(goods: GoodsHand) -> Iterator[httpx.Client]:
    with goods.running.client() as client:
        yield client


@pytest.fixture
def number(goods: GoodsHand) -> str:
    """A waybill on its way with four stops to go, near Kunshan a quarter of an hour ago."""
    number = goods.add()
    goods.load(number, risk=int(Risk.ON_TIME))
    goods.stands(number, p50=goods.now + timedelta(hours=2), p90=goods.now + timedelta(hours=3))
    goods.many_stops()
    goods.was(*KUNSHAN, ago=900)
    goods.move(KUNSHAN[0] - 0.2, KUNSHAN[1])
    return number


def share(client: httpx.Client, number: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
    """A new link."""
    return made(client.post(f"/api/v1/waybills/{number}/shares", json=more))


def look(client: httpx.Client, token: str, **params: str) -> httpx.Response:
    """What a link leads to."""
    return client.get(f"/api/v1/shared/{token}", params=params)


def test_a_link_shows_its_waybill_coarsely_and_nothing_of_others(
    goods: GoodsHand, client: httpx.Client, number: str
) -> None:
    link = share(client, number, note="王女士")
    assert link["url"].endswith(f"/s/{link['token']}")
    told = made(look(client, link["token"]), 200)
    assert told["number"] == number
    assert told["plate_tail"] == PLATE[-3:]
    seen = told["position"]
    assert (seen["lon"], seen["lat"]) == places.snapped(*KUNSHAN)
    assert (seen["exact"], seen["speed_mps"]) == (False, None)
    assert told["age_s"] >= 600
    assert all(at[14:] in {"00:00Z", "15:00Z", "30:00Z", "45:00Z"} for at in told["eta"].values())
    goods.happened(number, "departed_origin", goods.now - timedelta(hours=1), "SHA-1")
    goods.happened(number, "arrived_hub", goods.now - timedelta(minutes=40), "SUZ-1")
    whole = look(client, link["token"]).text
    milestones = json.loads(whole)["milestones"]
    assert [(each["kind"], each["site"]["name_en"]) for each in milestones] == [
        ("departed_origin", "Shanghai")
    ]
    for secret in ("苏州", PLATE, "王五", "13812345678", "li.na", "T-1", "acme", "dock 7"):
        assert secret not in whole, secret


def test_near_its_consignee_a_link_shows_the_exact_place(
    goods: GoodsHand, client: httpx.Client, number: str
) -> None:
    link = share(client, number)
    goods.stands(number, p50=goods.now + timedelta(minutes=61))
    assert not look(client, link["token"]).json()["position"]["exact"]
    goods.stands(number, p50=goods.now + timedelta(minutes=59))
    seen = look(client, link["token"]).json()["position"]
    assert (seen["exact"], seen["lon"]) == (True, KUNSHAN[0] - 0.2)


def test_a_position_of_before_the_goods_were_aboard_is_never_shown(
    goods: GoodsHand, client: httpx.Client
) -> None:
    number = goods.add()
    goods.load(number)
    goods.many_stops()
    goods.was(121.2, 31.2, ago=4000)  # it is aboard since 3600 s
    goods.move(*KUNSHAN)
    told = look(client, share(client, number)["token"]).json()
    assert told["position"] is None


def test_from_the_arrival_on_the_vehicle_is_shown_no_more(
    goods: GoodsHand, client: httpx.Client, number: str
) -> None:
    link = share(client, number)  # nobody has scanned: the ride itself goes on
    goods.stands(number, vehicle=None, site="WUX-1", state="arrived_destination")
    told = look(client, link["token"]).json()
    assert (told["position"], told["plate_tail"]) == (None, None)
    assert told["place"]["text_en"] == "at Wuxi"
    assert told["reply"] == "arrived"


def test_unknown_expired_and_revoked_links_answer_alike(
    goods: GoodsHand, client: httpx.Client, number: str
) -> None:
    revoked, expired, ended = (share(client, number) for _ in range(3))
    made(client.delete(f"/api/v1/shares/{revoked['id']}"), 200)
    goods.conn.execute(
        "UPDATE share SET expires_at = now() - interval '1 second' WHERE id = %s", [expired["id"]]
    )
    answers = [look(client, each["token"]) for each in (revoked, expired)]
    goods.stands(number, over=True, state="delivered", since=goods.now - timedelta(hours=24))
    answers += [look(client, ended["token"]), look(client, "A" * 43), look(client, "x")]
    first = answers[0]
    assert first.status_code == 404
    for answer in answers[1:]:
        assert (answer.status_code, answer.content) == (first.status_code, first.content)
        assert answer.headers.keys() == first.headers.keys()
    pages = {client.get(f"/s/{token}").content for token in (revoked["token"], "A" * 43)}
    assert len(pages) == 1


def test_a_link_ends_a_day_after_the_delivery_and_not_before(
    goods: GoodsHand, client: httpx.Client, number: str
) -> None:
    link = share(client, number)
    for since, status in ((timedelta(hours=23, minutes=59), 200), (timedelta(hours=24), 404)):
        goods.stands(number, over=True, state="delivered", since=goods.now - since)
        assert look(client, link["token"]).status_code == status
    [listed] = made(client.get(f"/api/v1/waybills/{number}/shares"), 200)["shares"]
    assert not listed["works"]
    refused(client.post(f"/api/v1/waybills/{number}/shares", json={}), 409)


def test_a_link_lasts_thirty_days_at_most(
    goods: GoodsHand, client: httpx.Client, number: str
) -> None:
    for days, status in ((29, 201), (31, 422), (-1, 422)):
        ends = (goods.now + timedelta(days=days)).isoformat()
        answer = client.post(f"/api/v1/waybills/{number}/shares", json={"expires_at": ends})
        assert answer.status_code == status, days
    link = share(client, number)
    lasts = datetime.fromisoformat(link["expires_at"]) - datetime.fromisoformat(link["created_at"])
    assert lasts == timedelta(days=30)


def test_only_the_hash_of_a_link_is_kept_and_its_address_is_told_once(
    goods: GoodsHand, client: httpx.Client, number: str
) -> None:
    link = share(client, number)
    assert len(link["token"]) == 43  # 256 bits in base64
    row = goods.conn.execute("SELECT digest, row_to_json(share)::text FROM share").fetchone()
    assert row is not None
    assert row[0] == sha256(link["token"].encode()).digest()
    listed = client.get(f"/api/v1/waybills/{number}/shares").text
    audit = goods.conn.execute("SELECT string_agg(a::text, ' ') FROM audit a").fetchone()
    assert audit is not None
    for place in (row[1], listed, audit[0]):
        assert link["token"] not in place
    assert "share" in audit[0]


def test_a_link_stands_in_no_log_and_in_no_metric(
    goods: GoodsHand,
    client: httpx.Client,
    number: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    token = share(client, number)["token"]
    look(client, token)
    client.get(f"/s/{token}")
    with live(goods, token) as socket:
        socket.recv(timeout=SOON)
    goods.conn.execute("ALTER TABLE milestone RENAME TO gone")  # a bug: 500, and it is logged
    with goods.running.client() as another:  # a bug ends its connection
        assert look(another, token).status_code == 500
    written = capfd.readouterr()
    with goods.running.client() as another:
        metrics = another.get("/metrics").text
    assert "/api/v1/shared/{token}" in metrics
    # The clients of this test log what they ask; of the server's paths nobody is told, but
    # pytest listens to loggers that propagate nothing, too.
    assert not logging.getLogger("uvicorn.access").propagate
    others = ("http", "websockets.client", "uvicorn.access")
    logged = [record for record in caplog.records if not record.name.startswith(others)]
    assert logged
    told = "\n".join(record.getMessage() for record in logged)
    for place in (written.out, written.err, metrics, told):
        assert token not in place


def test_nobody_is_to_find_or_keep_a_page_behind_a_link(client: httpx.Client, number: str) -> None:
    token = share(client, number)["token"]
    for answer in (look(client, token), look(client, "x"), client.get(f"/s/{token}")):
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"


def test_views_are_counted_once_per_opening(client: httpx.Client, number: str) -> None:
    token = share(client, number)["token"]
    for _ in range(2):
        look(client, token)
        look(client, token, again="true")
    [listed] = client.get(f"/api/v1/waybills/{number}/shares").json()["shares"]
    assert (listed["views"], listed["works"]) == (2, True)
    assert listed["viewed_at"] is not None


@contextmanager
def live(goods: GoodsHand, token: str) -> Iterator[ClientConnection]:
    """A socket on a link."""
    url = goods.running.address.replace("http://", "ws://") + "/api/v1/shared/live"
    with connect(url) as socket:
        socket.send(json.dumps({"token": token}))
        yield socket


def closed(socket: ClientConnection) -> int | None:
    """Read until it is closed; with what code."""
    deadline = monotonic() + SOON
    while monotonic() < deadline:
        try:
            socket.recv(timeout=deadline - monotonic())
        except ConnectionClosed as end:
            return None if end.rcvd is None else end.rcvd.code
    raise AssertionError(f"the socket was open for {SOON} s")


def test_a_socket_tells_what_changes_and_is_closed_when_its_link_is_revoked(
    goods: GoodsHand, client: httpx.Client, number: str
) -> None:
    link = share(client, number)
    with live(goods, link["token"]) as socket:
        assert json.loads(socket.recv(timeout=SOON))["reply"] == "normal"
        goods.stands(number, risk=int(Risk.LATE), cause="weather")
        deadline = monotonic() + SOON
        while json.loads(socket.recv(timeout=SOON))["cause_en"] != "the weather":
            assert monotonic() < deadline
        made(client.delete(f"/api/v1/shares/{link['id']}"), 200)
        assert closed(socket) == 1008


def test_a_socket_on_no_link_is_closed_as_one_on_a_revoked_link(
    goods: GoodsHand, number: str
) -> None:
    assert number
    for message in (json.dumps({"token": "A" * 43}), "{}", "[]", "no JSON", '{"token": 7}'):
        url = goods.running.address.replace("http://", "ws://") + "/api/v1/shared/live"
        with connect(url) as socket:
            socket.send(message)
            assert closed(socket) == 1008, message


def test_a_link_and_an_address_that_are_asked_too_often_are_turned_away(
    start_api: Start, number: str
) -> None:
    with start_api(sharing=Sharing(per_link=3)) as running, running.client() as client:
        token = share(client, number)["token"]
        for each in (token, "A" * 43):
            statuses = [look(client, each).status_code for _ in range(5)]
            assert statuses[3:] == [429, 429], "whether it leads anywhere or not"
    with start_api(sharing=Sharing(per_address=4)) as running, running.client() as client:
        assert [look(client, f"{n}").status_code for n in range(6)] == [404] * 4 + [429] * 2
        assert look(client, "7").headers["Retry-After"]


def track(client: httpx.Client, number: str, tail: str) -> httpx.Response:
    return client.post("/api/v1/track", json={"number": number, "phone_tail": tail})


def test_number_and_telephone_show_the_same_as_a_link(client: httpx.Client, number: str) -> None:
    told = made(track(client, number.lower(), "5678"), 200)
    assert (told["number"], told["position"]["exact"]) == (number, False)


def test_guessing_numbers_yields_nothing_and_locks_out(
    start_api: Start, client: httpx.Client, number: str
) -> None:
    wrong, nobody = track(client, number, "0000"), track(client, number[:-1] + "9", "5678")
    assert (wrong.status_code, wrong.content) == (404, nobody.content)
    for guess in ("1111", "2222", "3333"):
        assert track(client, number, guess).status_code == 404
    locked = track(client, number, "5678")
    assert locked.status_code == 429, "after five failures the right one is refused, too"
    assert number not in locked.text
    with start_api(sharing=Sharing(failures=2)) as running, running.client() as other:
        for n in range(2):
            assert track(other, f"JD2026050400000{n}", "5678").status_code == 404
        assert track(other, number, "5678").status_code == 429


def test_goods_without_a_telephone_are_shown_to_nobody_by_number(
    goods: GoodsHand, client: httpx.Client
) -> None:
    number = goods.add(phone="")
    assert track(client, number, "0000").status_code == 404


def test_a_link_is_made_listed_and_revoked_inside_the_scope_only(
    goods: GoodsHand, number: str
) -> None:
    mine = Scope("wang", frozenset(), Role.CUSTOMER, customers=frozenset({"acme"}))
    other = replace(mine, principal="li", customers=frozenset({"other"}))
    new = NewShare("0" * 32, number, "t" * 43)
    with goods.conn.transaction():
        made_share = shares.add_share(goods.conn, mine, new, goods.now)
    assert made_share.created_by == "wang"
    for act in (
        lambda: shares.add_share(goods.conn, other, replace(new, id="1" * 32), goods.now),
        lambda: shares.list_shares(goods.conn, other, number),
        lambda: shares.revoke_share(goods.conn, other, made_share.id, goods.now),
    ):
        with pytest.raises(NotFound):
            act()
    with goods.conn.transaction():
        again = shares.revoke_share(goods.conn, OPERATOR, made_share.id, goods.now)
        assert shares.revoke_share(goods.conn, mine, made_share.id, goods.now) == again
    assert again.revoked_by == "operator"
