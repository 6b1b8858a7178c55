"""Texts that are code somewhere else: in SQL, in headers, in paths, in files that browsers show."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree as ET

import httpx
import pytest

from tests.fix_api import NOON, SOON, FleetHand, Running, Start
from tests.fix_trips import made, refused
from tests.fix_waybills import GoodsHand
from tracker_api.app import openapi

#: Texts that break out of a string, of a pattern, of what a driver fills in.
HOSTILE = "x'; DROP TABLE vehicle; --%') UNION SELECT credential FROM device \\ $1 %s %(x)s {0} --"
MARKUP = ("<script>alert(1)</script>", "=cmd|'/c calc'!A1", 'a"; x="y', "{{7*7}}${7*7}", HOSTILE)


def test_no_parameter_of_any_question_is_code_to_the_database(
    start_api: Start, hand: FleetHand
) -> None:
    hand.seed(2)
    before = counted(hand)
    asked = 0
    with start_api() as running, running.client() as client:
        for path, name, place in parameters():
            url, query = path, {name: HOSTILE}
            if place == "path":
                url, query = path.replace("{" + name + "}", quote(HOSTILE, safe="")), {}
            answer = client.get(re.sub(r"\{\w+\}", "x", url), params=query)
            assert answer.status_code < 500, (path, name, answer.text)
            asked += 1
    assert asked > 100
    assert counted(hand) == before


def parameters() -> Iterator[tuple[str, str, str]]:
    """Path, name and place of every text that a GET takes."""
    for path, methods in openapi()["paths"].items():
        for each in methods.get("get", {}).get("parameters", ()):
            if '"string"' in json.dumps(each["schema"]):
                yield path, each["name"], each["in"]


def counted(hand: FleetHand) -> list[Any]:
    """How much there is that somebody could have removed."""
    tables = ("vehicle", "device", "party", "site", "binding", "installation", "dead_letter")
    found = []
    for table in tables:
        row = hand.conn.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()  # noqa: S608 (ours)
        assert row is not None
        found.append(row[0])
    return found


def test_a_name_is_kept_and_told_as_it_was_written(api: httpx.Client) -> None:
    for number, name in enumerate(MARKUP):
        party = {"code": f"p-{number}", "name_zh": name, "name_en": name}
        made(api.post("/api/v1/parties", json=party))
    told = api.get("/api/v1/parties")
    assert told.headers["content-type"] == "application/json"
    assert {*MARKUP} <= {each["name_en"] for each in told.json()}


def test_a_plate_cannot_leave_the_header_or_the_file_that_it_stands_in(
    start_api: Start, hand: FleetHand
) -> None:
    hand.seed(1)
    hand.drive("dev00000", [(NOON, 121.0, 31.0)])
    evil = 'a"><script>=1&x; filename="b.html'
    hand.conn.execute("UPDATE vehicle SET plate = %s", [evil])
    with start_api() as running, running.client() as client:
        for form in ("gpx", "csv", "geojson"):
            day = {"from": "2026-05-04T00:00:00Z", "to": "2026-05-05T00:00:00Z", "format": form}
            path = f"/api/v1/vehicles/{quote(evil, safe='')}/track"
            answer = client.get(path, params=day)
            assert answer.status_code == 200, answer.text
            assert "html" not in answer.headers["content-disposition"]
            assert answer.headers["x-content-type-options"] == "nosniff"
            if form == "gpx":
                assert ET.fromstring(answer.content) is not None  # noqa: S314 (ours)
                assert "<script" not in answer.text


JPEG = b"\xff\xd8\xff\xe0"
ACTIVE = (
    b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    b"<!doctype html><script>alert(1)</script>",
    b"GIF89a/*<script>alert(1)</script>*/=1",
    b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>",
    b"MZ\x90\x00",
    b"PK\x03\x04",
    b"",
)


def test_evidence_that_a_browser_would_run_is_refused_and_the_rest_is_saved_not_shown(
    goods: GoodsHand,
) -> None:
    with goods.running.client() as client:
        path = f"/api/v1/waybills/{goods.add()}/files"
        for body in ACTIVE:
            refused(client.post(path, params={"name": "a.jpg"}, content=body), 422)
        name = "x\"'; .html"
        hidden = JPEG + ACTIVE[1]
        kept = made(client.post(path, params={"name": name}, content=hidden))["id"]
        answer = client.get(f"{path}/{kept}")
        assert answer.content == hidden
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["content-disposition"] == (
            f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        )


@pytest.fixture
def secret(tmp_path: Path) -> str:
    """Beside the folder of the console there is what nobody may read."""
    (tmp_path / "dist" / "assets").mkdir(parents=True)
    (tmp_path / "dist" / "index.html").write_text("<!doctype html>")
    (tmp_path / "secret.txt").write_text("do not tell")
    (tmp_path / "dist" / "assets" / "way-out").symlink_to(tmp_path / "secret.txt")
    return "do not tell"


WAYS_OUT = (
    "/../secret.txt",
    "/assets/../../secret.txt",
    "/%2e%2e/secret.txt",
    "/assets/%2e%2e%2f%2e%2e%2fsecret.txt",
    "/..%5csecret.txt",
    "/assets/..%c0%af..%c0%afsecret.txt",
    "//secret.txt",
    "/assets//../../secret.txt",
    "/assets/way-out",
    "/%00/../secret.txt",
    "/s/../../secret.txt",
    "/api/v1/shared/..%2f..%2fsecret.txt",
)


def test_no_path_leads_out_of_the_folder_of_the_console(
    start_api: Start, tmp_path: Path, secret: str
) -> None:
    with start_api(console=tmp_path / "dist") as running:
        for path in WAYS_OUT:
            said = spoken(running, path)
            assert secret not in said, path
            assert " 500 " not in said.splitlines()[0], path


def spoken(running: Running, path: str, host: str = "") -> str:
    """The whole answer to a path as it stands: clients would tidy it up."""
    where = urlsplit(running.address)
    with socket.create_connection((where.hostname, where.port or 80), timeout=SOON) as line:
        head = f"GET {path} HTTP/1.1\r\nHost: {host or where.netloc}\r\nConnection: close\r\n\r\n"
        line.sendall(head.encode())
        pieces = []
        while piece := line.recv(65_536):
            pieces.append(piece)
    return b"".join(pieces).decode(errors="replace")


ELSEWHERE = (
    "//evil.example", "//evil.example/", "/\\evil.example/", "/%2f%2fevil.example/",
    "/?next=https://evil.example", "//evil.example/api/v1/vehicles/", "/s//evil.example/",
    "/api/v1/vehicles/?next=//evil.example", "https://evil.example/",
)  # fmt: skip


def test_nobody_is_sent_elsewhere(start_api: Start, tmp_path: Path, secret: str) -> None:
    assert secret
    with start_api(console=tmp_path / "dist") as running:
        for path in ELSEWHERE:
            for line in spoken(running, path).splitlines():
                if line.lower().startswith("location:"):
                    target = line.partition(":")[2].strip()
                    assert target.startswith((running.address, "/")), path
                    assert not re.match(r"/[/\\]", target), path


def test_guesses_at_keys_are_answered_alike_whatever_they_look_like(
    start_api: Start, hand: FleetHand
) -> None:
    hand.seed(1)
    with start_api(token="0123456789abcdef0123") as running:  # noqa: S106 (of a test)
        answers = set()
        for guess in (
            "mp_" + "A" * 43,
            "mp_x",
            "x",
            "A" * 5000,
            "0123456789abcdef0124",
            "mp_\u00e9",
        ):
            with running.client(authorization=b"Bearer " + guess.encode()) as client:  # type: ignore[arg-type]  # bytes are documented
                answer = client.get("/api/v1/vehicles")
            answers.add((answer.status_code, answer.content))
        assert len(answers) == 1
        assert {status for status, _ in answers} == {401}
