"""The command line.  One plain sentence and a non-zero status when something is wrong."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from fleet.errors import FleetError
from milepost import __version__
from milepost.command import (
    authority,
    backtest,
    backup,
    check,
    demo,
    devices,
    feed,
    notices,
    privacy,
    serve,
    tools,
    users,
)
from milepost.shell import console

app = typer.Typer(
    name="milepost",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="GPS fleet telematics gateway: NMEA over MQTT to a live map.",
)
for module in (
    demo,
    serve,
    feed,
    backtest,
    tools,
    check,
    backup,
    users,
    devices,
    authority,
    notices,
    privacy,
):
    module.register(app)


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it
    if wanted:
        typer.echo(f"milepost {__version__}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show and exit.")
    ] = False,
) -> None:
    """Settings come from the environment: `MILEPOST_*`, see docs/settings.md."""
    del version  # its callback has acted


def main() -> None:
    """Run the command that the command line names."""
    try:
        app()
    except FleetError as error:
        console.print(f"milepost: {error}", style="red")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)  # 128 + SIGINT, as shells have it


if __name__ == "__main__":
    main()
