"""Registration: parties, sites, vehicles, devices, and which device is in which vehicle.

Every edit of the world first takes the row ``installation`` (so that a commit of positions
which was judged by the old world is either before it or notices), raises the world's
revision, and as its last act rings ``world``.  What changes the past leaves rows in
``refold`` or ``reinject``: the gateway folds again, nothing here does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import psycopg
from psycopg import Connection

from fleet import wire
from fleet.errors import AlreadyExists, Conflict, Invalid, NotFound
from fleet.views import Party, Site
from store import queries

_SQL = queries.load("admin")


@dataclass(frozen=True, slots=True)
class Registration:
    """A device for ``seed``: its credential and the vehicle it is in from ``valid_from`` on."""

    code: str
    credential: str | None = None  #: bcrypt hash
    plate: str | None = None
    valid_from: datetime | None = None  #: needed with a plate


#: As far as a repair reaches back; a terminal without network rarely keeps more.
BACKLOG = timedelta(hours=72)


def add_party(conn: Connection[Any], party: Party) -> None:
    """Register a company.  Raises ``AlreadyExists``, ``Invalid``."""
    _add(conn, "party", party.code, lambda: _seed_parties(conn, [party]))


def add_site(conn: Connection[Any], site: Site) -> None:
    """Register a place of business.  Raises ``AlreadyExists``, ``Invalid``."""
    _add(conn, "site", site.code, lambda: seed_sites(conn, [site]))


def add_vehicle(conn: Connection[Any], plate: str, party: str | None) -> None:
    """Register a vehicle.  Raises ``AlreadyExists``, ``Invalid``, ``NotFound`` (the party)."""
    _add(conn, "vehicle", plate, lambda: _seed_vehicles(conn, [(plate, party)]))


def add_device(conn: Connection[Any], code: str, credential_hash: str | None) -> None:
    """Register a device.  Raises ``AlreadyExists``, ``Invalid``."""
    _add(conn, "device", code, lambda: _seed_devices(conn, [Registration(code, credential_hash)]))


def set_credential(conn: Connection[Any], code: str, credential_hash: str | None) -> None:
    """Replace the MQTT password hash of a device.  Raises ``NotFound``."""
    parameters = {"code": code, "credential": credential_hash}
    with edit(conn):
        if conn.execute(_SQL["set_credential"], parameters).rowcount == 0:
            raise NotFound("device", code)


def credentials(conn: Connection[Any]) -> dict[str, str]:
    """The bcrypt hash of the MQTT password, for each device that has one."""
    return dict(conn.execute(_SQL["credentials"]).fetchall())


def bind(
    conn: Connection[Any], device: str, plate: str, valid_from: datetime, *, primary: bool = True
) -> None:
    """From ``valid_from`` on, ``device`` is in the vehicle ``plate``.

    What is open at that time ends there: the device's own binding and, if this one is to be
    primary, the vehicle's primary one.  Vehicles whose stored fixes it concerns are folded
    again from that time.

    Raises:
        NotFound: the device or the vehicle.
        Conflict: a binding that begins then or later, or has an end, is in the way.
    """
    device_id, vehicle_id = key_of(conn, "device", device), key_of(conn, "vehicle", plate)
    given = {"device": device_id, "vehicle": vehicle_id, "at": valid_from, "primary": primary}
    with edit(conn):
        concerned = [row[0] for row in conn.execute(_SQL["close_bindings"], given)]
        try:
            with conn.transaction():
                conn.execute(_SQL["bind"], given)
        except psycopg.errors.ExclusionViolation as error:
            raise Conflict(_clash(error, device, plate, valid_from)) from error
        refold(conn, [vehicle_id, *concerned], valid_from, f"{device} was bound to {plate}")


def unbind(conn: Connection[Any], device: str, at: datetime) -> None:
    """From ``at`` on, ``device`` is in no vehicle.

    Raises:
        NotFound: the device.
        Conflict: it is in no vehicle at that time.
    """
    device_id = key_of(conn, "device", device)
    with edit(conn):
        vehicles = [row[0] for row in conn.execute(_SQL["unbind"], {"device": device_id, "at": at})]
        if not vehicles:
            raise Conflict(f"device {device} is in no vehicle at {_say(at)}")
        refold(conn, vehicles, at, f"{device} was unbound")


def adopt(
    conn: Connection[Any],
    device: str,
    *,
    plate: str | None,
    party: str | None,
    credential_hash: str | None,
    valid_from: datetime | None = None,
) -> int:
    """Register a device that is known from its dead letters; returns how many come in again.

    With a ``plate`` it is bound from ``valid_from`` on.  Without that it is bound from the
    arrival of its first letter, or, in a vehicle that never had a device, from 72 h before:
    what the letters hold was seen before they came.  The vehicle is registered for ``party``
    if it is new.

    Raises:
        NotFound: there is no letter of such a device, or no such party.
        AlreadyExists: the device is registered.
        Conflict: the vehicle has another primary device that is in the way.
    """
    with edit(conn):
        first = conn.execute(_SQL["first_letter"], {"device": device}).fetchone()
        if first is None or first[0] is None:
            raise NotFound("unknown device", device)
        if not _seed_devices(conn, [Registration(device, credential_hash)]):
            raise AlreadyExists("device", device)
        if plate is not None:
            _seed_vehicles(conn, [(plate, party)])
            bind(conn, device, plate, valid_from or _since(conn, plate, first[0]))
        return conn.execute(_SQL["reinject_unknown"], {"device": device}).rowcount


def seed(
    conn: Connection[Any],
    parties: Iterable[Party] = (),
    sites: Iterable[Site] = (),
    vehicles: Iterable[tuple[str, str | None]] = (),
    devices: Iterable[Registration] = (),
) -> bool:
    """Register all of these that are not there; returns whether anything was new.

    ``vehicles`` are plates with the code of their party.  What exists is left as it is, so
    a second call changes nothing; a device is bound only if it never was in any vehicle.

    Raises:
        NotFound: a vehicle's party, or a device's vehicle.
        Conflict: two devices for one vehicle.
        Invalid: a value that cannot be.
    """
    devices = list(devices)
    with edit(conn, announce=False):
        new = _seed_parties(conn, list(parties))
        new += seed_sites(conn, list(sites))
        new += _seed_vehicles(conn, list(vehicles))
        new += _seed_devices(conn, devices)
        new += _seed_bindings(conn, [d for d in devices if d.plate is not None])
        if new:
            announce_edit(conn)
    return new > 0


@contextmanager
def edit(conn: Connection[Any], *, announce: bool = True) -> Iterator[None]:
    """One edit: alone at the world, all or nothing, announced at its end."""
    with conn.transaction():
        conn.execute(_SQL["lock_world"])
        yield
        if announce:
            announce_edit(conn)


def announce_edit(conn: Connection[Any]) -> None:
    """What ``edit`` does at its end, for one that finds out only then whether it is one."""
    conn.execute(_SQL["raise_revision"])
    ring_world(conn)


def ring_world(conn: Connection[Any]) -> None:
    """Tell readers that something they show was edited; nothing is judged by it."""
    conn.execute(_SQL["ring_world"])


def _add(conn: Connection[Any], kind: str, name: str, insert: Callable[[], int]) -> None:
    with edit(conn):
        if not insert():
            raise AlreadyExists(kind, name)


def _seed_parties(conn: Connection[Any], parties: Sequence[Party]) -> int:
    for party in parties:
        need("code", party.code)
    columns = {name: [getattr(p, name) for p in parties] for name in Party.__slots__}
    return conn.execute(_SQL["add_parties"], columns).rowcount


def seed_sites(conn: Connection[Any], sites: Sequence[Site]) -> int:
    """Register those of ``sites`` that are not there, within an edit; returns how many."""
    for site in sites:
        _check_site(site)
    columns = {name: [getattr(s, name) for s in sites] for name in Site.__slots__}
    return conn.execute(_SQL["add_sites"], columns).rowcount


def _seed_vehicles(conn: Connection[Any], vehicles: Sequence[tuple[str, str | None]]) -> int:
    for plate, _ in vehicles:
        need("plate", plate)
    parties = {party for _, party in vehicles if party is not None}
    _present(conn, "party", parties)
    columns = {"plates": [plate for plate, _ in vehicles], "parties": [p for _, p in vehicles]}
    return conn.execute(_SQL["add_vehicles"], columns).rowcount


def _seed_devices(conn: Connection[Any], devices: Sequence[Registration]) -> int:
    for device in devices:
        if not wire.is_device(device.code):
            ours = ", ".join(sorted(wire.OUR_USERS))
            why = f"a device code is 1 to 64 of A-Z a-z 0-9 _ -, and none of {ours}"
            raise Invalid("code", why)
    columns = {
        "codes": [d.code for d in devices],
        "credentials": [d.credential for d in devices],
    }
    return conn.execute(_SQL["add_devices"], columns).rowcount


def _seed_bindings(conn: Connection[Any], devices: Sequence[Registration]) -> int:
    _present(conn, "vehicle", {d.plate for d in devices if d.plate is not None})
    if any(d.valid_from is None for d in devices):
        raise Invalid("valid_from", "a device with a plate needs the time it is in there from")
    columns: Mapping[str, Any] = {
        "codes": [d.code for d in devices],
        "plates": [d.plate for d in devices],
        "times": [d.valid_from for d in devices],
    }
    try:
        with conn.transaction():
            return conn.execute(_SQL["bind_new"], columns).rowcount
    except psycopg.errors.ExclusionViolation as error:
        raise Conflict("two primary devices for one vehicle at the same time") from error


def _since(conn: Connection[Any], plate: str, first: datetime) -> datetime:
    """From when a device is in the vehicle ``plate``, whose first letter came at ``first``."""
    taken = conn.execute(_SQL["was_ever_bound"], {"plate": plate}).fetchone()
    return first if taken is not None and taken[0] else first - BACKLOG


def refold(conn: Connection[Any], vehicles: list[int], since: datetime, reason: str) -> None:
    """Have these vehicles (keys) folded again, those that have fixes since then."""
    parameters = {"vehicles": sorted(set(vehicles)), "since": since, "reason": reason}
    conn.execute(_SQL["refold"], parameters)


def key_of(conn: Connection[Any], kind: str, name: str) -> int:
    """The key of a ``device``, ``vehicle`` or ``site``.  Raises ``NotFound``."""
    row = conn.execute(_SQL[f"{kind}_key"], {"name": name}).fetchone()
    if row is None:
        raise NotFound(kind, name)
    key: int = row[0]
    return key


def _present(conn: Connection[Any], kind: str, names: set[str]) -> None:
    row = conn.execute(_SQL[f"absent_{kind}"], {"names": sorted(names)}).fetchone()
    if row is not None:
        raise NotFound(kind, row[0])


def _check_site(site: Site) -> None:
    need("code", site.code)
    try:
        ZoneInfo(site.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Invalid("zone", f"{site.zone!r} is no IANA time zone") from error
    if not -180 <= site.lon <= 180:  # noqa: PLR2004 - the ends of the earth
        raise Invalid("lon", "a longitude is between -180 and 180 degrees")
    if not -90 <= site.lat <= 90:  # noqa: PLR2004 - likewise
        raise Invalid("lat", "a latitude is between -90 and 90 degrees")


def need(where: str, text: str) -> None:
    """Refuse, with ``Invalid``, what no name, code or reason can be."""
    if not text.strip() or text != text.strip() or not text.isprintable():
        raise Invalid(where, "must be printable, not empty, without space at its ends")


def _clash(error: psycopg.errors.ExclusionViolation, device: str, plate: str, at: datetime) -> str:
    if error.diag.constraint_name == "vehicle_has_one_primary":
        return f"vehicle {plate} has another primary device at or after {_say(at)}"
    return f"device {device} is in a vehicle already at or after {_say(at)}"


def _say(at: datetime) -> str:
    return at.isoformat(sep=" ", timespec="seconds")
