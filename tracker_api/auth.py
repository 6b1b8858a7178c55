"""Who asks: the one place where a request becomes a ``Scope``.

Until users exist there is one principal, the local operator.  With a token, whoever sends
it is the operator.  Without one the API listens on loopback only, and a request must also
*name* loopback: a page of a foreign site that was rebound to 127.0.0.1 (DNS rebinding)
still carries the foreign name in ``Host`` and ``Origin``.
"""

from __future__ import annotations

from dataclasses import dataclass
from hmac import compare_digest
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import Headers

from fleet.errors import Forbidden
from fleet.rights import Right
from fleet.scope import OPERATOR, Scope
from tracker_api.problems import NotLocal, Unauthorized
from tracker_api.runtime import runtime_of
from tracker_api.settings import is_loopback

_bearer = HTTPBearer(
    auto_error=False, description="The operator's token; not needed on this machine without one."
)


def principal(
    request: Request,
    sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Scope:
    """The scope of the request.

    Raises:
        Unauthorized: a token is configured and the request does not carry it.
        NotLocal: none is configured and the request does not name this machine.
    """
    expected = runtime_of(request).settings.token
    return admit(expected, None if sent is None else sent.credentials, request.headers)


Reader = Annotated[Scope, Depends(principal)]


@dataclass(frozen=True, slots=True)
class May:
    """A dependency: the scope of a request that may do ``right``."""

    right: Right

    def __call__(self, scope: Reader) -> Scope:
        """The scope.

        Raises:
            Forbidden: it may not.
        """
        if not scope.may(self.right):
            raise Forbidden(f"{scope.principal} has no right to {self.right.value}")
        return scope


def may(right: Right) -> May:
    """What an endpoint depends on, to be for those alone who have ``right``."""
    return May(right)


def operator(scope: Reader) -> Scope:
    """The scope of one who may edit the world.

    Raises:
        Forbidden: the scope is limited to some parties; devices and sites belong to none.
    """
    if scope.parties is not None:
        raise Forbidden(f"{scope.principal} may look, but not edit devices, vehicles or sites")
    return scope


Operator = Annotated[Scope, Depends(operator)]


def admit(expected: str | None, sent: str | None, headers: Headers) -> Scope:
    """The scope of one who sent ``sent`` where ``expected`` is configured; raises as above."""
    if expected is not None:
        if sent is None or not compare_digest(sent.encode(), expected.encode()):
            raise Unauthorized
        return OPERATOR
    if not names_loopback(headers.get("host", ""), headers.get("origin")):
        raise NotLocal
    return OPERATOR


def bearer(headers: Headers) -> str | None:
    """The token of an Authorization header; None if there is none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def names_loopback(host: str, origin: str | None) -> bool:
    """Whether both headers name this machine; a program other than a browser has no origin."""
    return _is_local("//" + host) and (origin is None or _is_local(origin))


def _is_local(url: str) -> bool:
    try:
        name = urlsplit(url).hostname
    except ValueError:  # an unclosed bracket
        return False
    return name is not None and is_loopback(name)
