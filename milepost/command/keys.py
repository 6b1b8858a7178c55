"""Keys of programs, from the machine itself: to see which are there, and to change or end one."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import typer

from fleet.scope import OPERATOR
from milepost import shell
from milepost.command.opening import opened
from store import keys

app = typer.Typer(no_args_is_help=True, help="Keys of programs.")

KeyId = Annotated[UUID, typer.Argument(help="Its id, as `milepost user key list` has it.")]


@app.command("list")
def list_keys() -> None:
    """Print every key, newest first, a line of JSON each; never its secret.

    Example:

        milepost user key list
    """
    with opened("user") as conn:
        found = keys.list_keys(conn)
    for key in found:
        shell.emit(
            {
                "id": key.id,
                "name": key.name,
                "role": key.role,
                "expires_at": None if key.expires_at is None else key.expires_at.isoformat(),
                "revoked": key.revoked_at is not None,
                "used_at": None if key.used_at is None else key.used_at.isoformat(),
            }
        )


@app.command()
def rotate(
    number: KeyId,
    *,
    keep: Annotated[float, typer.Option(help="Hours for which the old one still holds.")] = 24.0,
) -> None:
    """Make the same key under another secret, which is printed, this once.

    Example:

        milepost user key rotate 0193f1c2-6f4e-7c3b-9d51-8f2f3a5b7c11 --keep 2
    """
    secret = keys.PREFIX + secrets.token_urlsafe(32)
    with opened("user") as conn:
        made = keys.rotate_key(conn, OPERATOR, str(number), secret, timedelta(hours=max(keep, 0.0)))
    shell.console.print(f"key {made.id} takes its place; the old one holds {keep:g} h longer")
    shell.emit({"id": made.id, "key": secret})


@app.command()
def revoke(number: KeyId) -> None:
    """End a key now, also on sockets that are open.

    Example:

        milepost user key revoke 0193f1c2-6f4e-7c3b-9d51-8f2f3a5b7c11
    """
    with opened("user") as conn:
        keys.revoke_key(conn, OPERATOR, str(number))
    shell.console.print(f"key {number} holds no more")
