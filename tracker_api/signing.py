"""Whether somebody is who they say: a password looked at, and every try counted.

Strangers who guess are slowed down together, by name and by address; a browser that somebody has
signed in from before has a count of its own, so nobody can lock another out by guessing.
"""

from __future__ import annotations

from fleet.rights import Role
from fleet.scope import Scope
from store import sessions, trail
from store.sessions import Try
from tracker_api.gate import Shown
from tracker_api.problems import Refused
from tracker_api.runtime import Runtime

#: Who fails to sign in, on the trail: what was typed may be a password.
STRANGER = Scope("stranger", frozenset(), Role.SHARE, frozenset())


def prove(running: Runtime, name: str, password: str, shown: Shown) -> None:
    """Return if that is the name's password; as much work whatever is wrong with the two.

    Raises:
        Refused: it is not, or there were too many tries.
        Busy: too many are being checked.
        StoreAway: the database does not answer.
    """
    passwords, browser = running.passwords, shown.browser or ""
    heard = passwords.is_heard(shown.address)
    if not heard and not browser:
        raise Refused
    tried: list[Try] = []

    def fetch() -> str | None:
        with running.door.writing() as conn:
            tried.append(sessions.try_in(conn, name, browser, heard=heard))
        if not heard and not tried[0].is_known:
            raise Refused  # at no cost: a cookie of nobody's must not buy work
        return tried[0].password if tried[0].is_open else None

    right = passwords.check(fetch, password)
    (found,) = tried
    if right and found.password is not None:
        _welcome(running, name, password, found.password, browser)
        return
    if found.is_open:
        if not found.is_known:
            passwords.fail(shown.address)
        told = "unknown" if found.password is None else name
        with running.door.writing() as conn:
            detail = {"address": shown.address}
            trail.record(conn, STRANGER, "refused", "person", told, detail=detail)
    raise Refused


def _welcome(running: Runtime, name: str, password: str, stored: str, browser: str) -> None:
    """Forget what failed before, and keep the password under the parameters of today."""
    with running.door.writing() as conn:
        sessions.forgive(conn, name, browser)
        if running.passwords.is_outdated(stored):
            sessions.rehash(conn, name, running.passwords.hasher.hash(password))
