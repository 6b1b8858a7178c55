"""The log of deliveries from the machine itself: what was sent, and sending it again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table

from fleet.errors import Invalid
from fleet.notice_views import NoticeState
from fleet.scope import OPERATOR
from milepost import places, shell
from store import database, notice_log

notices = typer.Typer(no_args_is_help=True, help="What people and systems were told.")

Json = Annotated[bool, typer.Option("--json", help="One line of JSON each.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(notices, name="notices")


@notices.command("list")
def list_notices(
    *,
    state: Annotated[NoticeState | None, typer.Option(help="Only those.")] = None,
    channel: Annotated[str | None, typer.Option(help="Only by that channel.")] = None,
    subject: Annotated[str | None, typer.Option(help="Only of that waybill, plate, ...")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: Json = False,
) -> None:
    """Print the newest notices, newest first.

    Example:

        milepost notices list --state failed
    """
    with _store() as conn:
        wanted = notice_log.Wanted(state, subject, channel)
        found = notice_log.list_notices(conn, OPERATOR, wanted, limit=limit)
    if as_json:
        for notice in found:
            shell.emit(
                {
                    "id": notice.id,
                    "state": notice.state,
                    "topic": notice.topic,
                    "subject": notice.subject,
                    "channel": notice.channel,
                    "recipient": notice.recipient,
                    "tries": notice.tries,
                }
            )
        return
    table = Table("id", "state", "topic", "subject", "channel", "recipient", "tries")
    for notice in found:
        table.add_row(
            notice.id,
            notice.state,
            notice.topic,
            notice.subject,
            notice.channel,
            notice.recipient,
            str(notice.tries),
        )
    shell.out.print(table)


@notices.command()
def replay(
    notice: Annotated[UUID | None, typer.Argument(help="Id of a notice.")] = None,
    *,
    failed: Annotated[bool, typer.Option("--failed", help="All that was given up.")] = False,
    channel: Annotated[str | None, typer.Option(help="With --failed: only by that one.")] = None,
    hours: Annotated[float, typer.Option(min=0, help="With --failed: how far back.")] = 72.0,
) -> None:
    """Have notices sent again, under their ids: one, or all that were given up.

    What went to people is sent again only if it was given up; a webhook also if it was sent.

    Example:

        milepost notices replay --failed --channel erp
    """
    if failed == (notice is not None):
        raise Invalid("notices replay", "name one notice, or say --failed")
    now = datetime.now(UTC)
    with _store() as conn, conn.transaction():
        if notice is not None:
            notice_log.replay(conn, OPERATOR, str(notice), now)
            count = 1
        else:
            since = now - timedelta(hours=hours)
            count = notice_log.replay_failed(conn, OPERATOR, since, channel, now)
    shell.console.print(f"{count} will be sent again")


@contextmanager
def _store() -> Iterator[Any]:
    settings = places.with_database(shell.start("notices"))
    conn = database.connect(settings.at_database, application="milepost-notices")
    try:
        with database.away():
            yield conn
    finally:
        conn.close()
