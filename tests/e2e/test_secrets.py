"""What is secret stands in no log, no answer about an error, no count, no trail and no table."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.fix_api import NO_TLS, SOON
from tests.fix_product import Product, running_product

pytestmark = [pytest.mark.e2e, pytest.mark.db, pytest.mark.broker]

API = "/api/v1"


@dataclass
class Scene:
    """A product at its most talkative, and every secret that went through it."""

    product: Product
    told: dict[str, str] = field(default_factory=dict)  #: secrets by what they are
    refusals: list[httpx.Response] = field(default_factory=list)

    def new(self, what: str) -> str:
        """A secret that nothing else can look like."""
        return self.keep(what, f"{what[0]}{secrets.token_hex(12)}Q")

    def keep(self, what: str, secret: str) -> str:
        """``secret``, which is looked for at the end."""
        self.told[what] = secret
        return secret

    def client(self, **headers: str) -> httpx.Client:
        """A client of a page of ours."""
        ours = {"origin": self.product.url} | headers
        return httpx.Client(base_url=self.product.url, headers=ours, timeout=SOON, verify=NO_TLS)

    def refused(self, answer: httpx.Response) -> None:
        """Keep an answer that must repeat nothing."""
        assert answer.status_code >= 400, answer.text
        self.refusals.append(answer)


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    token = f"t{secrets.token_hex(12)}Q"
    with running_product(simulate=False, api_token=token, log_level="debug") as product:
        scene = Scene(product, {"token": token})
        people(scene)
        programs(scene)
        strangers(scene)
        broken(scene)
        scene.keep("database", urlsplit(product.supervisor.settings.database_url).password or "x")
        yield scene


def people(scene: Scene) -> None:
    """Passwords, right and wrong, and cookies."""
    password, wrong = scene.new("password"), scene.new("wrong password")
    owner = {"name": "olga", "shown": "Olga", "role": "owner", "password": password}
    with scene.client(authorization=f"Bearer {scene.told['token']}") as operator:
        assert operator.post(f"{API}/people", json=owner).status_code == 201
        scene.refused(operator.post(f"{API}/people", json=owner))
        scene.refused(operator.post(f"{API}/people", json=owner | {"name": "?", "x": wrong}))
    with scene.client() as client:
        told = {"name": "olga", "password": wrong}
        scene.refused(client.post(f"{API}/session", json=told))
        # A password that was typed into the field of the name.
        scene.refused(client.post(f"{API}/session", json={"name": wrong, "password": "x"}))
        scene.refused(client.post(f"{API}/session", json=told | {"password": [wrong]}))
        scene.refused(client.post(f"{API}/session", json=told | {"password": wrong * 20}))
        scene.refused(client.post(f"{API}/session", content=f'{{"password": "{wrong}"'))
        assert client.post(f"{API}/session", json=told | {"password": password}).status_code == 200
        for name, value in client.cookies.items():
            scene.keep(f"cookie {name}", value)
        body = {"password": scene.new("next password"), "current": wrong}
        scene.refused(client.post(f"{API}/people/olga/password", json=body))
        body["current"] = password
        assert client.post(f"{API}/people/olga/password", json=body).status_code == 204
        scene.refused(client.get(f"{API}/session"))


def programs(scene: Scene) -> None:
    """Keys, passwords of devices, addresses of channels."""
    with scene.client(authorization=f"Bearer {scene.told['token']}") as operator:
        made = operator.post(f"{API}/keys", json={"name": "erp", "role": "qa"}).json()
        key = scene.keep("key", made["key"])
        with scene.client(authorization=f"Bearer {key}") as program:
            assert program.get(f"{API}/session").status_code == 200
            scene.refused(program.get(f"{API}/people"))
            assert operator.delete(f"{API}/keys/{made['id']}").status_code == 204
            scene.refused(program.get(f"{API}/session"))
        device = operator.post(f"{API}/devices", json={"code": "dev-secret"}).json()
        scene.keep("device", device["password"])
        again = operator.post(f"{API}/devices/dev-secret/credential").json()
        scene.keep("device again", again["password"])


def strangers(scene: Scene) -> None:
    """Tokens, keys and links that lead nowhere: one of another installation, say."""
    guess = scene.new("guess")
    for header in (f"Bearer {guess}", f"Bearer mp_{guess}", f"Basic {guess}"):
        with scene.client(authorization=header) as client:
            scene.refused(client.get(f"{API}/vehicles"))
    with scene.client() as client:
        scene.refused(client.get(f"{API}/shared/{guess}"))
        client.get(f"/s/{guess}")
        scene.refused(client.post(f"{API}/track", json={"number": "X1", "phone_tail": guess}))
    address = scene.product.url.replace("http", "ws")
    for path, first in (
        ("live", f'{{"type": "subscribe", "v": 1, "token": "{guess}"}}'),
        ("live", f'{{"type": "subscribe", "token": "{guess}"'),
        ("shared/live", f'{{"token": "{guess}"}}'),
    ):
        with connect(f"{address}{API}/{path}") as socket:
            socket.send(first)
            assert guess not in all_of(socket)


def all_of(socket: ClientConnection) -> str:
    """What a socket says until it is closed, which it must be."""
    heard = []
    with suppress(ConnectionClosed):
        while True:
            heard.append(str(socket.recv(timeout=SOON)))
    return "".join(heard)


def broken(scene: Scene) -> None:
    """The database goes away in the middle: what it says of that is written down, too."""
    product = scene.product
    product.execute("ALTER TABLE person RENAME COLUMN password TO passw0rd")
    try:
        with scene.client() as client:
            told = {"name": "olga", "password": scene.told["next password"]}
            scene.refused(client.post(f"{API}/session", json=told))
    finally:
        product.execute("ALTER TABLE person RENAME COLUMN passw0rd TO password")


def test_no_log_repeats_a_secret(scene: Scene) -> None:
    folder = Path(scene.product.supervisor.settings.state) / "log"
    logs = {path.name: path.read_text(errors="replace") for path in folder.rglob("*.log*")}
    assert "request failed" in logs["api.log"], "the bug that was made is in the log"
    found = {
        (name, what)
        for name, text in logs.items()
        for what, secret in scene.told.items()
        if secret in text
    }
    assert not found


def test_no_refusal_and_no_count_repeats_a_secret_or_shows_the_inside(scene: Scene) -> None:
    answers = [f"{answer.text} {answer.headers}" for answer in scene.refusals]
    answers += [httpx.get(scene.product.url + path).text for path in ("/metrics", "/health/ready")]
    for text in answers:
        assert not [what for what, secret in scene.told.items() if secret in text], text
        for inside in ("Traceback", "psycopg", "SELECT", "/site-packages/", 'File "', "passw0rd"):
            assert inside not in text
    assert 500 in {answer.status_code for answer in scene.refusals}


def test_no_table_holds_a_secret_in_clear(scene: Scene) -> None:
    with psycopg.connect(scene.product.supervisor.settings.database_url) as conn:
        tables = conn.execute(
            "SELECT quote_ident(table_name) FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        ).fetchall()
        held = set()
        for (table,) in tables:
            for (row,) in conn.execute(f"SELECT t::text FROM {table} t".encode()):  # noqa: S608 (names of tables)
                held |= {(table, what) for what, secret in scene.told.items() if secret in row}
    assert len(tables) > 50
    assert not held
