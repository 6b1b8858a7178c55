"""All settings, from the environment, read once.

Every module declares its own, with unit and reason; here they are composed under the names
``MILEPOST_<FIELD>`` and ``MILEPOST_<GROUP>__<FIELD>``.  A variable that begins with
``MILEPOST_`` and is none of them refuses to start: a misspelt limit is no limit.
"""

from __future__ import annotations

import difflib
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import datetime, timedelta
from functools import cache, reduce
from pathlib import Path
from typing import Any, Literal, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import orjson
from pydantic import ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

import store
from fleet.errors import SettingInvalid
from gateway import inbox, pipeline, service
from gateway.judge import Rules as ScreenRules
from gateway.nmea import Rules as DecodeRules
from gateway.repair import Coalescing
from gateway.screen import AgeRules
from geofence.nodes import Rules as NodeRules
from geofence.visits import Rules as VisitRules
from milepost.probe import Probe
from milepost.stack import BrokerOptions, PostgresOptions
from route.model import Rules as EstimateRules
from route.progress import Rules as ProgressRules
from route.rest import PROFILES
from store.maintenance import Retention
from store.retention import Kept
from tracker_api.settings import Api
from worker import service as worker_service
from worker.alerts import Rhythm as AlertRhythm
from worker.chaser import Rhythm as ChaserRhythm
from worker.sender import Sending
from worker.trips import Rhythm as TripRhythm

PREFIX = "MILEPOST_"

#: Said at the top level, under a shorter name.
_SHORT = {
    "MILEPOST_BROKER__URL": "MILEPOST_BROKER_URL",
    "MILEPOST_DATABASE__URL": "MILEPOST_DATABASE_URL",
    "MILEPOST_API__HOST": "MILEPOST_API_HOST",
    "MILEPOST_API__PORT": "MILEPOST_API_PORT",
    "MILEPOST_API__TOKEN": "MILEPOST_API_TOKEN",
    "MILEPOST_API__ROUTING__URL": "MILEPOST_ROUTING_URL",
    "MILEPOST_API__ROUTING__KIND": "MILEPOST_ROUTING_KIND",
    "MILEPOST_API__ROUTING__TIMEOUT": "MILEPOST_ROUTING_TIMEOUT",
}


@dataclass(frozen=True, slots=True)
class Embedded:
    """The embedded stack of ``milepost up`` and ``milepost demo``."""

    postgres: PostgresOptions = field(default_factory=PostgresOptions)
    broker: BrokerOptions = field(default_factory=BrokerOptions)
    tls: bool = False
    """Whether broker and API speak encrypted only, by certificates of our own authority where no
    others are set.  The embedded PostgreSQL listens on this machine alone."""


_API = Api()


class Settings(BaseSettings):
    """Everything that can be set; by itself the defaults, ``load`` reads an environment."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    database_url: str = ""
    """PostgreSQL or TimescaleDB, postgresql://user:password@host/name; empty: the embedded one."""
    broker_url: str = ""
    """MQTT 3.1.1 or 5, mqtt[s]://user:password@host:port; empty: the embedded one."""
    api_host: str = _API.host
    """Address the API listens on; one beyond loopback needs a token."""
    api_port: int = _API.port
    """TCP port of the API and the console; 0 takes a free one, which is printed."""
    api_token: str | None = None
    """The operator's secret; without one only requests from this machine are answered."""
    routing_url: str = _API.routing.url
    """An OSRM or Valhalla server that planned lines are asked of, http[s]://host:port."""
    routing_kind: Literal["osrm", "valhalla"] = _API.routing.kind
    """What the routing engine speaks: `/route/v1/driving` of OSRM or `/route` of Valhalla."""
    routing_timeout: float = _API.routing.timeout
    """s that a line may take; then it is straight, with a notice."""
    state: Path = Path(".milepost")
    """Folder of the embedded stack: data, passwords, logs."""
    zone: str = "Asia/Shanghai"
    """IANA zone of the installation: in it times are shown that no site decides."""
    rest: Literal["none", "cn", "eu"] = "none"
    """Rests that plans leave out: none, China's (20 min after 4 h), the EU's (45 after 4.5 h)."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least level that is written."""
    log_format: Literal["auto", "console", "json"] = "auto"
    """auto: for people on a terminal, JSON otherwise."""
    data: Path | None = None
    """Folder with recordings of real receivers, for tests and benchmarks only."""
    test_database_url: str = ""
    """Server on which the tests make their databases instead of the embedded one."""

    broker: inbox.Broker = inbox.Broker()
    database: store.Database = store.Database()
    nmea: DecodeRules = DecodeRules()
    age: AgeRules = AgeRules()
    screen: ScreenRules = ScreenRules()
    visits: VisitRules = VisitRules()
    progress: ProgressRules = ProgressRules()
    nodes: NodeRules = NodeRules()
    limits: pipeline.Limits = pipeline.Limits()
    looks: pipeline.Share = pipeline.Share()
    repair: Coalescing = Coalescing()
    gateway: service.Loop = service.Loop()
    retention: Retention = Retention()
    worker: worker_service.Rhythm = worker_service.Rhythm()
    trips: TripRhythm = TripRhythm()
    chaser: ChaserRhythm = ChaserRhythm()
    alerts: AlertRhythm = AlertRhythm()
    notices: Sending = Sending()
    api: Api = Api()
    probe: Probe = Probe()
    stack: Embedded = Embedded()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_others: PydanticBaseSettingsSource,
        **_more: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what ``load`` passes: which environment is read is an argument, not a global."""
        del settings_cls
        return (init_settings,)

    @property
    def at_database(self) -> store.Database:
        """The database with its address."""
        return replace(self.database, url=self.database_url)

    @property
    def at_broker(self) -> inbox.Broker:
        """The broker with its address."""
        return replace(self.broker, url=self.broker_url)

    @property
    def _kept(self) -> float:
        """How long fixes are kept, s."""
        return self.retention.age(Kept.HISTORY).total_seconds()

    @property
    def of_gateway(self) -> service.Settings:
        """What the gateway needs."""
        rules = pipeline.Rules(
            nmea=self.nmea,
            age=replace(self.age, history=min(self.age.history, self._kept)),
            screen=self.screen,
            visits=self.visits,
            nodes=self.nodes,
            progress=self.progress,
            estimates=self.estimates,
            limits=self.limits,
            looks=self.looks,
        )
        return service.Settings(
            self.at_broker, self.at_database, rules, self.gateway, self.retention, self.repair
        )

    @property
    def of_worker(self) -> worker_service.Settings:
        """What the worker needs."""
        return worker_service.Settings(
            database=self.at_database,
            retention=self.retention,
            rhythm=self.worker,
            trips=self.trips,
            alerts=self.alerts,
            notices=self.notices,
            chaser=self.chaser,
            queries=self.api.queries,
            zone=self.zone,
            estimates=self.estimates,
        )

    @property
    def estimates(self) -> EstimateRules:
        """By what arrivals are estimated, on the clock of the installation."""
        shift = datetime.now(ZoneInfo(self.zone)).utcoffset() or timedelta()
        return EstimateRules(rest=PROFILES[self.rest], shift=shift.total_seconds())

    @property
    def of_api(self) -> Api:
        """What the API needs."""
        routing = replace(
            self.api.routing,
            url=self.routing_url,
            kind=self.routing_kind,
            timeout=self.routing_timeout,
        )
        return replace(
            self.api,
            host=self.api_host,
            port=self.api_port,
            token=self.api_token,
            routing=routing,
        )


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings that the environment says.

    Raises:
        SettingInvalid: an unknown name, or a value that cannot be; names the variable.
    """
    given = os.environ if environment is None else environment
    refuse_strangers(given)
    source = EnvSettingsSource(Settings)
    # It looks for names in small letters, which as they stand in the environment are not ours.
    ours = {name: value for name, value in given.items() if name.startswith(PREFIX)}
    source.env_vars = {name.lower(): value for name, value in ours.items()}
    try:
        settings = Settings(**_with_lists(source(), given))
    except ValidationError as error:
        raise SettingInvalid(_what_is_wrong(error)) from error
    for name, _, _ in names():
        value = _value(settings, name)
        if isinstance(value, float) and math.isnan(value):  # a limit that nothing exceeds
            raise SettingInvalid(f"{name}: NaN is no number")
    try:
        ZoneInfo(settings.zone)
    except (LookupError, ValueError, OSError) as error:
        raise SettingInvalid(f"MILEPOST_ZONE: {settings.zone!r} is no IANA zone") from error
    if _outlives(settings, given):
        raise SettingInvalid(
            "MILEPOST_RETENTION__HISTORY_DAYS keeps fixes for a shorter time than "
            "MILEPOST_AGE__HISTORY accepts them: they would be stored and removed at once"
        )
    return settings


def _outlives(settings: Settings, given: Mapping[str, str]) -> bool:
    """Whether fixes are said to be taken that are older than they are kept.

    Where nothing is said the gateway takes what is kept, whatever the retention profile.
    """
    is_said = "MILEPOST_AGE__HISTORY" in given or settings.retention.history_days > 0
    return is_said and settings.retention.age(Kept.HISTORY).total_seconds() < settings.age.history


def as_environment(settings: Settings) -> dict[str, str]:
    """The variables from which ``load`` makes ``settings``; what has its default is left out."""
    ordinary = Settings()
    told: dict[str, str] = {}
    for name, _, _ in names():
        value = _value(settings, name)
        if value is None or value == _value(ordinary, name):  # None is always the default
            continue
        told[name] = orjson.dumps(value).decode() if isinstance(value, tuple | bool) else str(value)
    return told


def _value(settings: Settings, name: str) -> Any:  # noqa: ANN401 - of any setting
    return reduce(getattr, name.removeprefix(PREFIX).lower().split("__"), settings)


def _with_lists(values: dict[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """``values`` with lists read as JSON, which pydantic-settings does not do in dataclasses."""
    for name, kind, field_name in names():
        if name not in given or get_origin(get_type_hints(kind)[field_name]) is not tuple:
            continue
        *groups, last = name.removeprefix(PREFIX).lower().split("__")
        group: dict[str, Any] = reduce(lambda found, part: found[part], groups, values)
        try:
            group[last] = orjson.loads(given[name])
        except orjson.JSONDecodeError as error:
            raise SettingInvalid(f'{name}: a list is written as JSON, ["a", "b"]') from error
    return values


def _what_is_wrong(error: ValidationError) -> str:
    """One sentence about the first variable that cannot be."""
    first = error.errors()[0]
    place, said = [str(part) for part in first["loc"]], first["msg"]
    if first["type"] == "value_error":  # a module's own check, which says "field: why"
        field_name, _, said = str(first["ctx"]["error"]).partition(": ")
        place.append(field_name)
    known = {name for name, _, _ in names()}
    # An item of a list, or a branch of a union, is no variable: its setting is.
    while len(place) > 1 and PREFIX + "__".join(place).upper() not in known:
        place.pop()
    return f"{PREFIX}{'__'.join(place).upper()}: {said}"


def refuse_strangers(environment: Mapping[str, str]) -> None:
    """Raise ``SettingInvalid`` about the first ``MILEPOST_*`` variable that is no setting."""
    known = {name for name, _, _ in names()}
    for name in sorted(environment):
        if not name.startswith(PREFIX) or name in known:
            continue
        if name in _SHORT:
            raise SettingInvalid(f"{name} is called {_SHORT[name]}")
        # Without the prefix, which makes any two of them alike.
        bare = [one.removeprefix(PREFIX) for one in known]
        near = difflib.get_close_matches(name.removeprefix(PREFIX), bare, 1)
        hint = f"; is {PREFIX}{near[0]} meant?" if near else ""
        raise SettingInvalid(f"{name} is no setting of Milepost{hint}")


def names() -> Iterator[tuple[str, type[Any], str]]:
    """Every setting: variable, the class that declares it, and its field there."""
    yield from _names()


@cache  # looked at several times at every start
def _names() -> tuple[tuple[str, type[Any], str], ...]:
    return tuple(_composed())


def _composed() -> Iterator[tuple[str, type[Any], str]]:
    for name, info in Settings.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and is_dataclass(kind):
            yield from _nested(f"{PREFIX}{name.upper()}__", kind)
        else:
            yield f"{PREFIX}{name.upper()}", Settings, name


def _nested(prefix: str, kind: type[Any]) -> Iterator[tuple[str, type[Any], str]]:
    hints = get_type_hints(kind)
    for item in fields(kind):
        name, inner = f"{prefix}{item.name.upper()}", hints[item.name]
        if isinstance(inner, type) and is_dataclass(inner):
            yield from _nested(f"{name}__", inner)
        elif name not in _SHORT:
            yield name, kind, item.name
