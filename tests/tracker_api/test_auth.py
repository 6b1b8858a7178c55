from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from fleet.errors import Forbidden
from fleet.scope import OPERATOR, Scope
from tracker_api.auth import admit, bearer, names_loopback, operator
from tracker_api.problems import NotLocal, Unauthorized

TOKEN = "0123456789abcdef"  # noqa: S105 (of no system)
LOCAL = Headers({"host": "127.0.0.1:8080"})
FOREIGN = Headers({"host": "fleet.example"})


@pytest.mark.parametrize(
    ("host", "origin", "local"),
    [
        ("127.0.0.1:8080", None, True),
        ("localhost", "http://localhost:5173", True),
        ("LOCALHOST:80", "http://127.0.0.1", True),
        ("[::1]:8080", None, True),
        ("127.8.9.10", None, True),
        ("", None, False),
        ("[::1", None, False),
        ("evil.example:8080", None, False),
        ("127.0.0.1.evil.example", None, False),
        ("localhost.evil.example", None, False),
        ("127.0.0.1@evil.example", None, False),
        ("127.0.0.1:8080", "https://evil.example", False),
        ("127.0.0.1:8080", "null", False),
        ("10.0.0.1", None, False),
    ],
)
def test_only_names_of_this_machine_are_loopback(
    host: str, origin: str | None, *, local: bool
) -> None:
    assert names_loopback(host, origin) is local


def test_without_a_token_this_machine_is_the_operator() -> None:
    assert admit(None, None, LOCAL) == OPERATOR
    with pytest.raises(NotLocal):
        admit(None, TOKEN, FOREIGN)


def test_with_a_token_whoever_has_it_is_the_operator() -> None:
    assert admit(TOKEN, TOKEN, FOREIGN) == OPERATOR


@pytest.mark.parametrize("sent", [None, "", "0123456789abcdeg", TOKEN + "0", "é"])
def test_with_a_token_nobody_else_is_admitted_not_even_locally(sent: str | None) -> None:
    with pytest.raises(Unauthorized):
        admit(TOKEN, sent, LOCAL)


def test_a_bearer_token_is_found_in_its_header() -> None:
    assert bearer(Headers({"authorization": "bearer abc"})) == "abc"
    assert bearer(Headers({"authorization": "Basic abc"})) is None
    assert bearer(Headers({})) is None


def test_a_limited_scope_may_not_edit() -> None:
    assert operator(OPERATOR) == OPERATOR
    with pytest.raises(Forbidden):
        operator(Scope("carrier", frozenset({"acme"})))
