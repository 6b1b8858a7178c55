"""Where the database and the broker are: what is set, else the embedded stack that runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fleet.errors import SettingInvalid
from gateway.inbox import Broker
from milepost.settings import Settings
from milepost.stack import BENCH, GATEWAY, OPERATOR, Running, find_running


def with_database(settings: Settings) -> Settings:
    """``settings`` with a database.

    Raises:
        SettingInvalid: none is set, and no embedded stack runs.
    """
    if settings.database_url:
        return settings
    running = find_running(settings.state)
    if running is None:
        raise SettingInvalid(_nowhere("database", "MILEPOST_DATABASE_URL", settings))
    return settings.model_copy(update={"database_url": running.database_url})


def with_broker(settings: Settings, *, operator: bool = False) -> Settings:
    """``settings`` with a broker: as the gateway, or as the operator who speaks for devices.

    Raises:
        SettingInvalid: none is set, and no embedded stack runs.
    """
    if settings.broker_url:
        return settings
    running = find_running(settings.state)
    if running is None:
        raise SettingInvalid(_nowhere("broker", "MILEPOST_BROKER_URL", settings))
    return at(settings, running, OPERATOR if operator else GATEWAY)


def at(settings: Settings, running: Running, user: str) -> Settings:
    """``settings`` with the broker of ``running``, as ``user`` of ours."""
    broker = settings.broker
    if running.ca_file is not None:
        broker = replace(broker, ca_file=Path(running.ca_file))
    if running.certificates is not None:
        folder = Path(running.certificates)
        broker = replace(broker, cert_file=folder / f"{user}.pem", key_file=folder / f"{user}.key")
    # Who has said what the session is called goes on being called so.
    if user == GATEWAY and running.session and broker.client_id == Broker().client_id:
        broker = replace(broker, client_id=running.session)
    urls = {GATEWAY: running.gateway_url, OPERATOR: running.operator_url, BENCH: running.bench_url}
    url = urls[user] or ""
    return settings.model_copy(update={"broker_url": url, "broker": broker})


def _nowhere(what: str, variable: str, settings: Settings) -> str:
    return (
        f"there is no {what}: set {variable}, or start the embedded one with `milepost up` "
        f"(nothing runs in {settings.state.absolute()})"
    )
