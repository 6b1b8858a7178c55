"""Who asks: the one place where what a request shows becomes a ``Scope``.

In this order: the operator's token; a key, which begins with ``mp_``; the cookie of a session;
and, where no token is configured and **no person exists yet**, whoever names this machine: a page
of a foreign site that was rebound to 127.0.0.1 (DNS rebinding) still carries the foreign name in
``Host`` and ``Origin``.  From the first person on, this machine alone is nobody.

A browser sends the cookie along with whatever any page asks of it, so what changes something must
also carry the ``Origin`` of our own page.

How often anybody may ask is counted here, too, for requests and for messages on sockets alike.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from hmac import compare_digest
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from fleet.scope import OPERATOR, Scope
from store import people, sessions
from store.keys import PREFIX as KEY
from store.sessions import digest
from tracker_api.door import Door
from tracker_api.problems import Foreign, NotLocal, Unauthorized
from tracker_api.settings import is_loopback
from tracker_api.turnstile import Turnstile

COOKIE = "milepost_session"

#: Of a browser that somebody has signed in from; it proves nobody, only that it is that one.
BROWSER = "milepost_browser"

#: Before the name of a cookie over TLS: no page of another host or in the clear can have set it.
HOST_ONLY = "__Host-"

#: Methods that change nothing (RFC 9110, 9.2.1).
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

#: s for which it is remembered that there is nobody yet; that there is somebody holds for ever.
NOBODY_FOR = 1.0


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request shows of who sent it."""

    bearer: str | None = None  #: of its Authorization header, or of a message on a socket
    cookie: str | None = None
    host: str = ""
    origin: str | None = None
    is_safe: bool = True  #: it changes nothing
    address: str = ""  #: where it comes from
    is_secure: bool = False  #: it came over TLS
    browser: str | None = None  #: which one it is, if somebody has signed in from it

    @classmethod
    def by(cls, connection: HTTPConnection, *, token: str | None = None) -> Shown:
        """What ``connection`` shows; ``token`` goes before its header.

        A socket counts as unsafe: no other rule keeps pages of elsewhere from opening one.
        """
        headers = connection.headers
        secure = connection.url.scheme in {"https", "wss"}
        return cls(
            token or bearer(headers.get("authorization", "")),
            connection.cookies.get(cookie_name(COOKIE, is_secure=secure)),
            headers.get("host", ""),
            headers.get("origin"),
            connection.scope.get("method") in SAFE,
            connection.client.host if connection.client is not None else "",
            secure,
            connection.cookies.get(cookie_name(BROWSER, is_secure=secure)),
        )

    @property
    def is_local(self) -> bool:
        """Whether it names this machine; a program other than a browser has no origin."""
        return _names_loopback("//" + self.host) and (
            self.origin is None or _names_loopback(self.origin)
        )

    @property
    def is_ours(self) -> bool:
        """Whether a page of ours sent it, and over TLS one that came over TLS itself."""
        if self.origin is None:
            return False
        page = urlsplit(self.origin)
        return page.netloc == self.host and (page.scheme == "https" or not self.is_secure)


@dataclass(frozen=True, slots=True)
class Admitted:
    """Whom a request was admitted as, and by what that may be judged again."""

    scope: Scope
    badge: bytes | None = None  #: digest of its session or key
    is_open: bool = False  #: nobody exists yet
    is_person: bool = False  #: who has signed in; else a key or the operator

    @property
    def is_for_ever(self) -> bool:
        """Whether nothing that happens can end it: the token is of the settings."""
        return self.badge is None and not self.is_open


class Gate:
    """Admits requests and sockets; safe for threads."""

    def __init__(self, token: str | None, door: Door, turnstile: Turnstile) -> None:
        self._token, self._door, self._turnstile = token, door, turnstile
        self._anybody = False
        self._asked = float("-inf")

    def admit(self, shown: Shown) -> Admitted:
        """Whom ``shown`` proves.

        Raises:
            Unauthorized: nobody.
            NotLocal: nobody exists yet, and the request does not name this machine.
            Foreign: the cookie came from a page that is not ours.
            TooOften: whoever it is has asked too often, or strangers of that address have.
            StoreAway: the database does not answer.
        """
        try:
            return self._admit(shown)
        except Unauthorized:
            self._turnstile.require_unproven(shown.address)
            raise

    def _admit(self, shown: Shown) -> Admitted:
        if shown.bearer is not None and self._is_token(shown):
            return Admitted(OPERATOR)
        if shown.bearer is not None and shown.bearer.startswith(KEY):
            return self._by_key(shown.bearer)
        if shown.cookie is not None and (known := self._by_session(shown.cookie, shown)):
            return known
        if self._token is not None or self.is_anybody():
            raise Unauthorized
        if not shown.is_local:
            raise NotLocal
        return Admitted(OPERATOR, is_open=True)

    def judge(self, badges: Iterable[bytes]) -> dict[bytes, Scope]:
        """Scopes of those badges that still hold.  Raises ``StoreAway``."""
        with self._door.reading() as conn:
            return sessions.judge(conn, badges)

    def is_anybody(self) -> bool:
        """Whether a person exists, as of at most ``NOBODY_FOR`` ago.  Raises ``StoreAway``."""
        if not self._anybody and time.monotonic() - self._asked > NOBODY_FOR:
            with self._door.reading() as conn:
                self._anybody = people.is_anybody(conn)
            self._asked = time.monotonic()
        return self._anybody

    def look_again(self) -> None:
        """Forget that nobody exists: somebody may have been let in."""
        self._asked = float("-inf")

    def _by_key(self, key: str) -> Admitted:
        badge = digest(key)
        scope = self.judge([badge]).get(badge)
        if scope is None:
            raise Unauthorized
        self._turnstile.require_key(badge.hex())
        return Admitted(scope, badge)

    def _by_session(self, cookie: str, shown: Shown) -> Admitted | None:
        """None: it has ended, and its cookie says as little as none."""
        badge = digest(cookie)
        scope = None if cookie.startswith(KEY) else self.judge([badge]).get(badge)
        if scope is None:
            return None
        if not shown.is_safe and not shown.is_ours:
            raise Foreign
        self._turnstile.require_person(scope.principal)
        return Admitted(scope, badge, is_person=True)

    def _is_token(self, shown: Shown) -> bool:
        """Whether it is the operator's; that one is of people's making, so guesses are limited."""
        token, sent = self._token, shown.bearer or ""
        if token is None or sent.startswith(KEY):
            return False
        self._turnstile.require_guess(shown.address)
        return compare_digest(sent.encode(), token.encode())


def cookie_name(name: str, *, is_secure: bool) -> str:
    """What the cookie ``name`` is called over TLS and in the clear."""
    return HOST_ONLY + name if is_secure else name


def bearer(header: str) -> str | None:
    """The token of an Authorization header; None if there is none."""
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _names_loopback(url: str) -> bool:
    try:
        name = urlsplit(url).hostname
    except ValueError:  # an unclosed bracket
        return False
    return name is not None and is_loopback(name)
