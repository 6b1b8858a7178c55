"""People and the trail, from the machine itself: what an installation begins with."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from rich.table import Table

from fleet.errors import Invalid
from fleet.rights import Role
from fleet.scope import OPERATOR
from milepost import shell
from milepost.command import keys
from milepost.command.opening import opened
from store import people, trail
from store.people import NewPerson, Reach
from tracker_api.passwords import Passwords

users = typer.Typer(no_args_is_help=True, help="People who may sign in, and keys of programs.")
users.add_typer(keys.app, name="key")
audits = typer.Typer(no_args_is_help=True, help="Who read an exact position or changed something.")

Name = Annotated[str, typer.Argument(help="What they sign in by: a-z, 0-9, . _ @ -.")]
Parties = Annotated[
    list[str] | None, typer.Option("--party", help="Vehicles of this company only; repeatable.")
]
Customers = Annotated[
    list[str] | None, typer.Option("--customer", help="Its waybills only; repeatable.")
]
Sites = Annotated[list[str] | None, typer.Option("--site", help="Of a warehouse; repeatable.")]
Driver = Annotated[str, typer.Option(help="Of a driver: the name as trips have it.")]
Json = Annotated[bool, typer.Option("--json", help="One line of JSON each.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(users, name="user")
    app.add_typer(audits, name="audit")


@users.command()
def add(  # noqa: PLR0913 - what a person is
    name: Name,
    role: Annotated[Role, typer.Option(help="What they do here; the first is an owner.")],
    *,
    shown: Annotated[str, typer.Option(help="As others read it; without: the name.")] = "",
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    party: Parties = None,
    customer: Customers = None,
    site: Sites = None,
    driver: Driver = "",
) -> None:
    """Let somebody in.  The password is asked for, or read from standard input.

    From the first person on, requests from this machine need a session, a key or the
    operator's token.

    Example:

        milepost user add li.na --role owner
    """
    if language not in {"zh", "en"}:
        raise Invalid("--language", f"is zh or en, not {language}")
    with opened("user") as conn:
        people.require_name(name)
        hashed = Passwords().hash(_password())
        new = NewPerson(name, shown or name, role, _reach(party, customer, site, driver), {})
        people.add_person(conn, OPERATOR, new, hashed)
    shell.console.print(f"{name} may sign in as {role.value}")


@users.command("list")
def list_users(*, as_json: Json = False) -> None:
    """Print everybody, also who is disabled.

    Example:

        milepost user list
    """
    with opened("user") as conn:
        found = people.list_people(conn)
    if as_json:
        for person in found:
            shell.emit(
                {
                    "name": person.name,
                    "shown": person.shown,
                    "role": person.role,
                    "parties": person.parties,
                    "customers": person.customers,
                    "sites": person.sites,
                    "driver": person.driver,
                    "disabled": person.disabled_at is not None,
                }
            )
        return
    table = Table("name", "shown", "role", "vehicles of", "waybills of", "sites", "state")
    for person in found:
        table.add_row(
            person.name,
            person.shown,
            person.role,
            _codes(person.parties),
            _codes(person.customers),
            ", ".join(person.sites),
            "disabled" if person.disabled_at else "",
        )
    shell.out.print(table)


@users.command()
def disable(
    name: Name, *, back: Annotated[bool, typer.Option("--back", help="Let them in again.")] = False
) -> None:
    """Sign a person out everywhere, and let them in no more.

    Example:

        milepost user disable li.na
    """
    with opened("user") as conn:
        people.change_person(conn, OPERATOR, name, {"disabled": not back})
    shell.console.print(f"{name} may sign in {'again' if back else 'no more'}")


@users.command()
def password(name: Name) -> None:
    """Give a person another password; their sessions end.  It is asked for, or standard input.

    Example:

        milepost user password li.na
    """
    with opened("user") as conn:
        people.load_person(conn, name)
        people.set_password(conn, OPERATOR, name, Passwords().hash(_password()))
    shell.console.print(f"{name} has another password")


@users.command("role")
def change_role(
    name: Name,
    role: Annotated[Role, typer.Argument(help="What they do from now on.")],
    *,
    party: Parties = None,
    customer: Customers = None,
    site: Sites = None,
    driver: Driver = "",
) -> None:
    """Give a person another role, in force at once; what it is given with is said anew.

    Example:

        milepost user role li.na warehouse --site SHA-1
    """
    changes: dict[str, Any] = {"role": role, "reach": _reach(party, customer, site, driver)}
    with opened("user") as conn:
        people.change_person(conn, OPERATOR, name, changes)
    shell.console.print(f"{name} is {role.value} from now on")


@audits.command()
def verify(*, as_json: Json = False) -> None:
    """Reckon the chain of the trail again: whether a row was changed or taken out.

    Exits with 1 if one was.  Note the head elsewhere: it proves that the end was not cut off.

    Example:

        milepost audit verify
    """
    with opened("audit") as conn:
        chain = trail.verify(conn)
    good = chain.broken is None and not chain.unlinked
    if as_json:
        told = {"rows": chain.rows, "head": chain.head, "broken": chain.broken}
        shell.emit({"ok": good} | told | {"unlinked": chain.unlinked})
    if chain.broken is not None:
        text = f"row {chain.broken} or the one before is not as it was written"
    elif chain.unlinked:
        text = f"{chain.unlinked} rows are not in the chain"
    else:
        text = f"{chain.rows} rows are as they were written; the head is {chain.head or 'none'}"
    shell.console.print(text, style=None if good else "red")
    raise typer.Exit(0 if good else 1)


def _password() -> str:
    """The password: typed twice unseen, or the first line of standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt("password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


def _reach(
    party: list[str] | None, customer: list[str] | None, site: list[str] | None, driver: str
) -> Reach:
    return Reach(party or None, customer or None, site or [], driver)


def _codes(codes: list[str] | None) -> str:
    return "everybody" if codes is None else ", ".join(codes)
