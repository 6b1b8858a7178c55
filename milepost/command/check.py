"""``milepost check``: whether everything that is configured is there, and loses nothing."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from prometheus_client.parser import text_string_to_metric_families

from fleet.errors import FleetError, Invalid
from gateway import inbox, trial
from milepost import places, shell
from milepost.findings import Facts, Finding, Observed, Weight, find, read_mosquitto
from milepost.settings import Settings
from store import database, gaps
from tracker_api.settings import require_safe

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_RECENT = timedelta(days=1)  #: devices that published with QoS 0 longer ago have been mended
_ANSWER = 3.0  #: s for the gateway's health and metrics


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(check)


def check(
    broker_config: Annotated[
        Path | None,
        typer.Option(help="mosquitto.conf: says what cannot be seen from outside.", exists=True),
    ] = None,
    probe: Annotated[
        str | None,
        typer.Option(help="Where a gateway answers, http://host:port; as MILEPOST_PROBE__PORT."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON.")] = False,
) -> None:
    """Connect to everything that is configured and say what is wrong, in plain words.

    Of the broker it tries out, on a topic of its own, whether anything can be lost without
    a trace: how much it keeps for a gateway that is away, whether it has the gateway's
    session, whether shared subscriptions deliver.  Exits with 1 if anything is wrong or can
    be lost; notes are risks that somebody may have chosen.

    Examples:

        milepost check
        milepost check --broker-config /etc/mosquitto/mosquitto.conf --json
    """
    settings = shell.start("check")
    about: dict[str, Any] = {}
    found: dict[str, str] = {}
    findings: list[Finding] = []

    def broker(given: Settings) -> str:
        findings.extend(_findings(given, about, broker_config, probe))
        return inbox.look(places.with_broker(given).at_broker)

    for name, look in (
        ("database", lambda given: _check_database(given, about)),
        ("broker", broker),
        ("api", _check_api),
    ):
        found[name] = _outcome(look, settings)
    lost = any(each.weight is Weight.LOSS for each in findings)
    good = all(text.startswith("ok") for text in found.values()) and not lost
    for name, text in found.items():
        shell.console.print(f"{name:>10}  {text}", style=None if text.startswith("ok") else "red")
    for each in findings:
        style = "red" if each.weight is Weight.LOSS else "yellow"
        shell.console.print(f"{each.weight:>10}  {each.sentence}", style=style)
    if as_json:
        shell.emit({"ok": good} | found | {"findings": [asdict(each) for each in findings]})
    raise typer.Exit(0 if good else 1)


def _outcome(look: Callable[[Settings], str], settings: Settings) -> str:
    try:
        return "ok: " + look(settings)
    except FleetError as error:
        return str(error)


def _check_database(settings: Settings, seen: dict[str, Any]) -> str:
    settings = places.with_database(settings)
    conn = database.connect(settings.at_database, application="milepost-check")
    try:
        with database.away():
            about = database.describe(conn)
            if not about["pending"]:
                recent = gaps.list_unconfirmed(conn, datetime.now(UTC) - _RECENT)
                seen["unconfirmed"] = [code for code, _, _ in recent]
    finally:
        conn.close()
    seen["gateways"] = about["gateways"]
    if about["pending"]:
        raise Invalid("schema", f"run `milepost migrate`: {', '.join(about['pending'])} to apply")
    if about["synchronous_commit"] == "off":
        raise Invalid("synchronous_commit", "is off: an acknowledged fix could be lost")
    if about["standby"]:
        raise Invalid("server", "is a standby and takes no writes")
    timescale = about["timescaledb"]
    kind = f"TimescaleDB {timescale}" if timescale else "plain day partitions"
    return f"PostgreSQL {about['server']}, {kind}"


def _findings(
    settings: Settings, about: dict[str, Any], broker_config: Path | None, probe: str | None
) -> list[Finding]:
    """What is wrong with the delivery through the broker.

    Raises:
        FleetError: the broker, or the gateway where it is asked, does not answer.
    """
    embedded = None if settings.broker_url else settings.stack.broker
    broker = places.with_broker(settings).at_broker
    batch = settings.gateway.batch_messages
    tried = trial.attempt(broker, batch, alone=about.get("gateways") == 0)
    address = inbox.parse_url(broker.url)
    if probe is None and settings.probe.port:
        probe = f"http://{settings.probe.host}:{settings.probe.port}"
    text = broker_config.read_text("utf-8", "replace") if broker_config else ""
    return find(
        Facts(
            tried=tried,
            batch=batch,
            tls=address.tls,
            loopback=address.host in _LOOPBACK,
            embedded=embedded,
            mosquitto=read_mosquitto(text),
            observed=_observe(probe) if probe else None,
            unconfirmed=about.get("unconfirmed", ()),
        )
    )


def _observe(probe: str) -> Observed:
    """What the gateway's metrics say.

    Raises:
        Invalid: nobody answers there.
    """
    if not probe.startswith(("http://", "https://")):
        raise Invalid("--probe", f"{probe!r} is no http://host:port")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{probe}/metrics", timeout=_ANSWER) as answer:
            return observed(answer.read().decode())
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise Invalid("--probe", f"no gateway answers at {probe}: {error}") from error


def observed(text: str) -> Observed:
    """What ``/metrics`` of a gateway says of its delivery."""
    samples = [each for family in text_string_to_metric_families(text) for each in family.samples]
    value = {each.name: each.value for each in samples}
    commits = value.get("milepost_commit_seconds_count", 0.0)
    reached = [
        float(each.labels["le"])
        for each in samples
        if each.name == "milepost_commit_seconds_bucket" and each.value >= commits > 0
    ]
    return Observed(
        slowest=min(reached, default=0.0),
        redelivered=value.get("milepost_redelivered", 0.0),
        overflowed=value.get("milepost_overflowed", 0.0),
        forgotten=value.get("milepost_session_forgotten", 0.0),
        taken=value.get("milepost_session_taken", 0.0),
    )


def _check_api(settings: Settings) -> str:
    require_safe(settings.of_api)
    if not (settings.api.console / "index.html").is_file():
        raise Invalid("console", f"is not built in {settings.api.console}: run `make setup`")
    token = "with a token" if settings.api_token else "this machine only"
    return f"would listen on {settings.api_host}:{settings.api_port}, {token}"
