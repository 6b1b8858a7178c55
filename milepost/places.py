"""Where the database and the broker are: what is set, else the embedded stack that runs."""

from __future__ import annotations

from fleet.errors import SettingInvalid
from milepost.settings import Settings
from milepost.stack import find_running


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
    url = running.operator_url if operator else running.gateway_url
    return settings.model_copy(update={"broker_url": url})


def _nowhere(what: str, variable: str, settings: Settings) -> str:
    return (
        f"there is no {what}: set {variable}, or start the embedded one with `milepost up` "
        f"(nothing runs in {settings.state.absolute()})"
    )
