"""Who may sign in, and as what."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from fleet.errors import Forbidden, Invalid
from fleet.rights import Right
from fleet.scope import Scope
from store import people, reveal, trail
from store.people import NewPerson, Person, Reach
from tracker_api import signing
from tracker_api.auth import Visitor, may
from tracker_api.gate import Shown
from tracker_api.people_schemas import (
    NAME,
    PasswordIn,
    PeopleOut,
    PersonEditIn,
    PersonIn,
    PersonOut,
    RevealIn,
    RevealOut,
)
from tracker_api.problems import Refused, describe
from tracker_api.routes.parameters import PREFIX, Running, Store
from tracker_api.runtime import Runtime

router = APIRouter(prefix=PREFIX, tags=["people"])

Admin = Annotated[Scope, Depends(may(Right.EDIT_PEOPLE))]
Anybody = Annotated[Scope, Depends(may(None))]
Revealer = Annotated[Scope, Depends(may(Right.REVEAL))]

PersonInPath = Annotated[str, Path(pattern=NAME, examples=["li.na"])]

_REACH = ("parties", "customers", "sites", "driver")


@router.get("/people", operation_id="listPeople", responses=describe())
def list_people(_scope: Admin, store: Store) -> PeopleOut:
    """Everybody who may sign in, by name; also who is disabled."""
    with store.reading() as conn:
        return PeopleOut(people=[PersonOut.of(person) for person in people.list_people(conn)])


@router.post(
    "/people", status_code=201, operation_id="addPerson", responses=describe(404, 409, 413)
)
def add_person(asked: PersonIn, scope: Admin, running: Running) -> PersonOut:
    """Let somebody in; the first person must be an owner, and closes the door without a key."""
    new = NewPerson(
        asked.name,
        asked.shown,
        asked.role,
        Reach(asked.parties, asked.customers, asked.sites, asked.driver),
        asked.contact,
        asked.language,
    )
    hashed = None
    if asked.password is not None:
        hashed = running.passwords.hash(asked.password, asked.name, asked.shown)
    with running.door.writing() as conn:
        added = people.add_person(conn, scope, new, hashed)
    running.gate.look_again()
    return PersonOut.of(added)


@router.get("/people/{name}", operation_id="getPerson", responses=describe(404))
def get_person(name: PersonInPath, _scope: Admin, store: Store) -> PersonOut:
    """One person."""
    with store.reading() as conn:
        return PersonOut.of(people.load_person(conn, name))


@router.patch("/people/{name}", operation_id="changePerson", responses=describe(404, 409, 413))
def change_person(name: PersonInPath, asked: PersonEditIn, scope: Admin, store: Store) -> PersonOut:
    """Change rights and the rest; in force at once, also on sockets that are open."""
    given = asked.model_dump(exclude_unset=True, exclude={"why"})
    for field, value in given.items():
        if value is None and field not in {"parties", "customers"}:
            raise Invalid(f"/{field}", "may be left out, but not be null")
    with store.writing() as conn:
        before = people.load_person(conn, name)
        return PersonOut.of(
            people.change_person(conn, scope, name, _changes(before, given), asked.why)
        )


@router.post(
    "/people/{name}/password",
    status_code=204,
    response_class=Response,
    operation_id="setPassword",
    responses=describe(404, 413),
)
def set_password(
    name: PersonInPath,
    asked: PasswordIn,
    request: Request,
    scope: Anybody,
    visitor: Visitor,
    running: Running,
) -> None:
    """Give a person another password: all their sessions end, also one's own."""
    own = visitor.is_person and name == scope.principal
    if own:
        _require_current(running, request, name, asked.current)
    elif not scope.may(Right.EDIT_PEOPLE):
        raise Forbidden(f"{scope.principal} has no right to {Right.EDIT_PEOPLE.value}")
    hashed = running.passwords.hash(asked.password, name)
    with running.door.writing() as conn:
        people.set_password(conn, scope, name, hashed)


@router.delete(
    "/people/{name}/sessions",
    status_code=204,
    response_class=Response,
    operation_id="endSessions",
    responses=describe(404),
)
def end_sessions(name: PersonInPath, scope: Admin, store: Store) -> None:
    """Sign a person out everywhere."""
    with store.writing() as conn:
        people.end_sessions(conn, scope, name)


@router.post("/reveal", operation_id="reveal", responses=describe(404, 413))
def reveal_masked(asked: RevealIn, scope: Revealer, store: Store) -> RevealOut:
    """What is masked, in full; who asked and why is on the trail."""
    with store.writing() as conn:
        if asked.kind == "driver":
            values = reveal.drivers(conn, scope, asked.subject)
            trail.record(conn, scope, "reveal", "trip", asked.subject, asked.why)
        else:
            values = reveal.phones(conn, scope, asked.subject)
            trail.record(conn, scope, "reveal", "waybill", asked.subject, asked.why)
    return RevealOut(values=values)


def _changes(before: Person, given: dict[str, Any]) -> dict[str, Any]:
    """What the store is to change: what a role is given with changes together."""
    reach = {field: given.pop(field) for field in _REACH if field in given}
    if reach:
        kept = Reach(before.parties, before.customers, before.sites, before.driver)
        given["reach"] = replace(kept, **reach)
    return given


def _require_current(running: Runtime, request: Request, name: str, current: str | None) -> None:
    """Whoever found a session open knows no password, and guesses as slowly as a stranger."""
    try:
        if current is not None:
            signing.prove(running, name, current, Shown.by(request))
            return
    except Refused:
        pass
    raise Invalid("/current", "is not the present password")
