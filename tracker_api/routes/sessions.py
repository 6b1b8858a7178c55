"""Signing in and out, and who one is."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from fleet.errors import NotFound
from fleet.rights import MAY, SEES
from fleet.scope import Scope
from store import people, sessions, trail
from store.sessions import Client
from tracker_api import signing
from tracker_api.auth import Visitor, may
from tracker_api.gate import BROWSER, COOKIE, Admitted, Shown, cookie_name
from tracker_api.people_schemas import MeOut, RightsOut, SessionOut, SessionsOut, SignInIn
from tracker_api.problems import Foreign, Refused, describe
from tracker_api.routes.parameters import PREFIX, Running

router = APIRouter(prefix=PREFIX, tags=["people"])

Anybody = Annotated[Scope, Depends(may(None))]

SessionId = Annotated[str, Path(pattern="^[0-9a-f]{16}$", examples=["9f86d081884c7d65"])]


@router.post("/session", operation_id="signIn", responses=describe(413))
def sign_in(asked: SignInIn, request: Request, response: Response, running: Running) -> MeOut:
    """Sign in: the cookie that comes with the answer stands for the person from then on.

    A refusal does not tell whether the name, the password or too many tries are the reason.  A
    session that the request still carries ends.
    """
    shown = Shown.by(request)
    if shown.origin is not None and not shown.is_ours:
        raise Foreign
    name = asked.name.strip().lower()
    signing.prove(running, name, asked.password, shown)
    secret, browser = secrets.token_urlsafe(32), shown.browser or secrets.token_urlsafe(32)
    client = Client(browser, shown.address, request.headers.get("user-agent", ""))
    with running.door.writing() as conn:
        if shown.cookie is not None:
            sessions.end(conn, sessions.digest(shown.cookie))
        try:
            sessions.begin(conn, name, secret, client)
            person = people.load_person(conn, name)
        except (LookupError, NotFound):  # disabled since it was checked
            raise Refused from None
        detail = {"address": shown.address}
        trail.record(conn, person.scope, "sign_in", "person", name, detail=detail)
    _give(response, COOKIE, secret, sessions.LONGEST, shown)
    _give(response, BROWSER, browser, sessions.FORGET, shown)
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
def sign_out(
    scope: Anybody, visitor: Visitor, request: Request, response: Response, running: Running
) -> None:
    """Sign out: open sockets of the session end, too."""
    secure = Shown.by(request).is_secure
    response.delete_cookie(cookie_name(COOKIE, is_secure=secure), secure=secure)
    if visitor.badge is None or not visitor.is_person:
        return
    with running.door.writing() as conn:
        sessions.end(conn, visitor.badge)
        trail.record(conn, scope, "sign_out", "person", scope.principal)
        people.ring(conn)


@router.get("/sessions", operation_id="listSessions", responses=describe())
def list_sessions(scope: Anybody, visitor: Visitor, running: Running) -> SessionsOut:
    """Where one is signed in, newest first; a key and the operator's token are nowhere."""
    if visitor.badge is None or not visitor.is_person:
        return SessionsOut(sessions=[])
    with running.door.reading() as conn:
        found = sessions.list_own(conn, scope.principal, visitor.badge)
    return SessionsOut(sessions=[SessionOut.of(session) for session in found])


@router.delete(
    "/sessions",
    status_code=204,
    response_class=Response,
    operation_id="endOtherSessions",
    responses=describe(),
)
def end_other_sessions(scope: Anybody, visitor: Visitor, running: Running) -> None:
    """Sign out everywhere else: on every other machine, sockets that are open included."""
    _end(running, scope, visitor)


@router.delete(
    "/sessions/{number}",
    status_code=204,
    response_class=Response,
    operation_id="endSession",
    responses=describe(404),
)
def end_session(number: SessionId, scope: Anybody, visitor: Visitor, running: Running) -> None:
    """End one session of one's own."""
    if visitor.badge is None or not visitor.is_person:
        raise NotFound("session", number)
    _end(running, scope, visitor, number)


@router.get("/rights", operation_id="getRights", responses=describe())
def get_rights(_scope: Anybody) -> RightsOut:
    """What each role sees and may do."""
    return RightsOut(
        sees={role: dict(sees) for role, sees in SEES.items()},
        may={role: sorted(rights) for role, rights in MAY.items()},
    )


def _end(running: Running, scope: Scope, visitor: Admitted, number: str | None = None) -> None:
    if visitor.badge is None or not visitor.is_person:
        return
    with running.door.writing() as conn:
        sessions.end_own(conn, scope, visitor.badge, number)
        people.ring(conn)


def _give(response: Response, name: str, secret: str, age: timedelta, shown: Shown) -> None:
    """A cookie that no script reads, that comes along from no other site, and from no other way."""
    response.set_cookie(
        cookie_name(name, is_secure=shown.is_secure),
        secret,
        max_age=int(age.total_seconds()),
        secure=shown.is_secure,
        httponly=True,
        samesite="strict",
    )
