"""Signing in and out, and who one is."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from fleet.errors import NotFound
from fleet.rights import MAY, SEES, Role
from fleet.scope import Scope
from store import people, sessions, trail
from tracker_api.auth import Visitor, may
from tracker_api.gate import COOKIE, Shown
from tracker_api.people_schemas import MeOut, RightsOut, SignInIn
from tracker_api.problems import Foreign, Refused, describe
from tracker_api.routes.parameters import PREFIX, Running
from tracker_api.runtime import Runtime

router = APIRouter(prefix=PREFIX, tags=["people"])

Anybody = Annotated[Scope, Depends(may(None))]

#: Who fails to sign in, on the trail: what was typed may be a password.
STRANGER = Scope("stranger", frozenset(), Role.SHARE, frozenset())


@router.post("/session", operation_id="signIn", responses=describe(413))
def sign_in(asked: SignInIn, request: Request, response: Response, running: Running) -> MeOut:
    """Sign in: the cookie that comes with the answer stands for the person from then on.

    A refusal does not tell whether the name, the password or too many tries are the reason.
    """
    shown = Shown.by(request)
    if shown.origin is not None and not shown.is_ours:
        raise Foreign
    name = asked.name.strip().lower()
    address = request.client.host if request.client is not None else ""
    _check(running, name, asked.password, address)
    secret = secrets.token_urlsafe(32)
    with running.door.writing() as conn:
        try:
            sessions.begin(conn, name, secret, address, request.headers.get("user-agent", ""))
            person = people.load_person(conn, name)
        except (LookupError, NotFound):  # disabled since it was checked
            raise Refused from None
        trail.record(conn, person.scope, "sign_in", "person", name, detail={"address": address})
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(sessions.LONGEST.total_seconds()),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return MeOut.of(person.scope, person)


@router.get("/session", operation_id="getSession", responses=describe())
def get_session(scope: Anybody, visitor: Visitor, running: Running) -> MeOut:
    """Who one is, and what one may see and do."""
    with running.door.reading() as conn:
        found = people.list_people(conn, scope.principal) if visitor.is_person else []
    return MeOut.of(scope, found[0] if found else None)


@router.delete(
    "/session",
    status_code=204,
    response_class=Response,
    operation_id="signOut",
    responses=describe(),
)
def sign_out(scope: Anybody, visitor: Visitor, response: Response, running: Running) -> None:
    """Sign out: open sockets of the session end, too."""
    response.delete_cookie(COOKIE)
    if visitor.badge is None or not visitor.is_person:
        return
    with running.door.writing() as conn:
        sessions.end(conn, visitor.badge)
        trail.record(conn, scope, "sign_out", "person", scope.principal)
        people.ring(conn)


@router.get("/rights", operation_id="getRights", responses=describe())
def get_rights(_scope: Anybody) -> RightsOut:
    """What each role sees and may do."""
    return RightsOut(
        sees={role: dict(sees) for role, sees in SEES.items()},
        may={role: sorted(rights) for role, rights in MAY.items()},
    )


def _check(running: Runtime, name: str, password: str, address: str) -> None:
    """Whether that is the name's password; as much work whatever is wrong with the two.

    Raises:
        Refused: it is not, or there were too many tries.
    """
    passwords = running.passwords
    if not passwords.is_heard(address):
        raise Refused
    is_open = passwords.is_open(name)
    with running.door.reading() as conn:
        known = sessions.known(conn, name)
    usable = known is not None and not known.is_locked
    right = passwords.is_right(known.password if known and usable else None, password)
    if known is not None and right and is_open:
        passwords.succeed(name)
        if passwords.is_outdated(known.password):
            with running.door.writing() as conn:
                sessions.rehash(conn, name, passwords.hash(password))
        return
    if is_open:
        passwords.fail(name, address)
        with running.door.writing() as conn:
            if usable:
                sessions.fail(conn, name)
            told = name if known is not None else "unknown"
            trail.record(conn, STRANGER, "refused", "person", told, detail={"address": address})
    raise Refused
