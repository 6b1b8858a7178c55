from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from fleet.errors import FleetError, Invalid, NotFound, SettingInvalid, StoreAway
from tests.fix_api import Start
from tracker_api import problems
from tracker_api.problems import INTERNAL, STATUS, pointer, status_of


def descendants(kind: type[FleetError]) -> Iterator[type[FleetError]]:
    for child in kind.__subclasses__():
        yield child
        yield from descendants(child)


def test_every_error_has_a_status_or_is_internal() -> None:
    assert {kind for kind in descendants(FleetError) if kind.__module__ == "fleet.errors"} == (
        STATUS.keys() | INTERNAL
    )


def test_an_heir_is_answered_like_its_parent_and_an_internal_error_as_our_fault() -> None:
    class NoSuchDepot(NotFound):
        pass

    assert status_of(NoSuchDepot("depot", "x")) == 404
    assert status_of(StoreAway("x")) == 503
    assert status_of(Invalid("a", "b")) == 422
    assert status_of(SettingInvalid("x")) == 500


def test_a_pointer_escapes_as_rfc_6901_wants() -> None:
    assert pointer(("body", "a/b", 0, "c~d")) == "/a~1b/0/c~0d"
    assert pointer(("query", "limit")) == "limit"
    assert pointer(("body",)) == ""


def assert_problem(answer: httpx.Response, status: int) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == problems.MEDIA_TYPE
    told: dict[str, object] = answer.json()
    assert told["status"] == status
    assert told["detail"]
    return told


def test_what_is_not_there_is_a_problem(api: httpx.Client) -> None:
    assert "沪X" in str(assert_problem(api.get("/api/v1/vehicles/沪X"), 404)["detail"])
    assert_problem(api.get("/api/v1/nothing"), 404)
    assert_problem(api.get("/api/v1/vehicles/a/b/c"), 404)


def test_a_method_that_is_not_there_is_a_problem(api: httpx.Client) -> None:
    answer = api.put("/api/v1/vehicles")
    assert_problem(answer, 405)
    assert answer.headers["allow"]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "/plate"),
        ({"plate": ""}, "/plate"),
        ({"plate": "a\x00b"}, "/plate"),
        ({"plate": "a/b"}, "/plate"),
        ({"plate": "A", "colour": "red"}, "/colour"),
        ([], ""),
    ],
)
def test_a_body_that_cannot_be_used_says_where(api: httpx.Client, body: object, where: str) -> None:
    told = assert_problem(api.post("/api/v1/vehicles", json=body), 422)
    assert told["where"] == where


def test_a_body_that_is_no_json_is_a_problem(api: httpx.Client) -> None:
    answer = api.post(
        "/api/v1/vehicles", content=b"{", headers={"Content-Type": "application/json"}
    )
    assert_problem(answer, 422)


def test_a_body_that_is_too_large_is_a_problem_also_without_a_length(api: httpx.Client) -> None:
    assert_problem(api.post("/api/v1/vehicles", content=b" " * 70_000), 413)
    chunks = (b" " * 10_000 for _ in range(7))
    assert_problem(
        api.post("/api/v1/vehicles", content=chunks, headers={"Content-Type": "application/json"}),
        413,
    )


def test_a_database_that_is_away_is_a_problem_that_says_when_to_ask_again(
    api: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise StoreAway("the database does not answer")

    monkeypatch.setattr("store.vehicles.list_vehicles", away)
    answer = api.get("/api/v1/vehicles")
    assert_problem(answer, 503)
    assert answer.headers["retry-after"]


def test_a_bug_shows_nothing_of_the_inside(
    api: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("store.vehicles.list_vehicles", bug)
    answer = api.get("/api/v1/vehicles")
    assert_problem(answer, 500)
    assert "secret" not in answer.text


def test_without_a_token_a_foreign_name_or_origin_is_refused(api: httpx.Client) -> None:
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
        assert_problem(api.get("/api/v1/vehicles", headers=headers), 403)


def test_with_a_token_a_request_without_it_is_told_how(start_api: Start) -> None:
    token = "0123456789abcdef"  # noqa: S105 (of no system)
    with start_api(token=token) as running, running.client() as client:
        answer = client.get("/api/v1/vehicles")
        assert_problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"
        admitted = client.get("/api/v1/vehicles", headers={"Authorization": f"Bearer {token}"})
        assert admitted.status_code == 200
