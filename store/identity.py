"""How devices prove who they are: passwords, certificates, and what the broker refused them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from fleet.certificates import Certificate
from fleet.errors import Conflict, Invalid, NotFound
from store import queries
from store.admin import edit, key_of

_SQL = queries.load("identity")


@dataclass(frozen=True, slots=True)
class Hashes:
    """What is kept of one password, for each kind of broker."""

    bcrypt: str = field(repr=False)
    pbkdf2: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeptCertificate:
    """A certificate that is, or was, good for a device."""

    serial: str
    subject: str
    fingerprint: str
    not_before: datetime
    not_after: datetime
    added_at: datetime
    revoked_at: datetime | None  #: or when it ended


@dataclass(frozen=True, slots=True)
class Refused:
    """One thing that the broker did not let somebody do."""

    device: str  #: or what a stranger called itself
    kind: str  #: publish, subscribe, login or tls
    detail: str


@dataclass(frozen=True, slots=True)
class Refusals:
    """How often one kind of thing was refused."""

    kind: str
    count: int
    first_at: datetime
    last_at: datetime
    detail: str  #: of the newest


@dataclass(frozen=True, slots=True)
class Identity:
    """How one device proves itself."""

    code: str
    has_password: bool
    next_from: datetime | None  #: when another password takes over
    revoked_at: datetime | None
    certificates: int  #: good ones
    ends_at: datetime | None  #: when the first of them ends
    refused: int


def note_other_hash(conn: Connection[Any], code: str, pbkdf2: str) -> None:
    """Keep the password of a device that was just registered for other brokers, too."""
    conn.execute(_SQL["note_other_hash"], {"code": code, "pbkdf2": pbkdf2})


def rotate(
    conn: Connection[Any], code: str, hashes: Hashes, takes_over: datetime | None = None
) -> None:
    """Give a device another password, at once or at a time to come.

    Until then the old one is good; at the embedded broker, which knows one password of each, the
    new one is not yet.  What was revoked may connect again.

    Raises:
        NotFound: there is no such device.
        Conflict: it has no password that could stay good until then.
    """
    given = {"code": code, "credential": hashes.bcrypt, "pbkdf2": hashes.pbkdf2}
    with edit(conn):
        key_of(conn, "device", code)
        if takes_over is None:
            conn.execute(_SQL["rotate_now"], given)
            return
        if not load_identity(conn, code).has_password:
            raise Conflict(f"device {code} has no password that could be good until then")
        conn.execute(_SQL["rotate_later"], given | {"takes_over": takes_over})


def settle(conn: Connection[Any], now: datetime) -> bool:
    """Have passwords take over whose time has come, and certificates end; whether any did."""
    due = conn.execute(_SQL["is_due"], {"now": now}).fetchone()
    if due is None or not due[0]:
        return False
    with edit(conn):
        conn.execute(_SQL["settle_passwords"], {"now": now})
        conn.execute(_SQL["settle_certificates"], {"now": now})
    return True


def revoke(conn: Connection[Any], code: str, now: datetime) -> None:
    """Let a device connect no more, by no password and no certificate.

    Raises:
        NotFound: there is no such device.
    """
    with edit(conn):
        key_of(conn, "device", code)
        conn.execute(_SQL["revoke"], {"code": code, "now": now})
        conn.execute(_SQL["revoke_certificates"], {"code": code, "serial": None, "now": now})


def add_certificate(conn: Connection[Any], code: str, new: Certificate, now: datetime) -> None:
    """Let a device connect by a certificate, beside what it has.

    Raises:
        NotFound: there is no such device.
        Invalid: it names another, or has ended.
        Conflict: it, or another one of the same subject, is known.
    """
    with edit(conn):
        key_of(conn, "device", code)
        if new.name != code:
            raise Invalid("/certificate", f"names {new.name!r}, not {code!r}")
        if new.not_after <= now:
            raise Invalid("/certificate", "has ended")
        given = {name: getattr(new, name) for name in Certificate.__slots__}
        if conn.execute(_SQL["add_certificate"], given | {"code": code}).rowcount == 0:
            raise Conflict(
                f"a certificate with the subject {new.subject} is known; "
                "another one needs a serialNumber of its own in it"
            )
        conn.execute(_SQL["unrevoke"], {"code": code})


def revoke_certificate(conn: Connection[Any], code: str, serial: str, now: datetime) -> None:
    """Let a device connect by one of its certificates no more.

    Raises:
        NotFound: there is no such device, or no good certificate of it has that serial number.
    """
    given = {"code": code, "serial": serial.lower(), "now": now}
    with edit(conn):
        key_of(conn, "device", code)
        if conn.execute(_SQL["revoke_certificates"], given).rowcount == 0:
            raise NotFound("certificate", serial)


def list_certificates(conn: Connection[Any], code: str) -> list[KeptCertificate]:
    """Certificates of a device, the newest first; whoever asks may see the device."""
    cursor = conn.cursor(row_factory=class_row(KeptCertificate))
    return cursor.execute(_SQL["list_certificates"], {"code": code}).fetchall()


def certificates(conn: Connection[Any]) -> dict[str, str]:
    """Device by the subject of each certificate that is good."""
    return dict(conn.execute(_SQL["certificates"]).fetchall())


def revoked_serials(conn: Connection[Any], now: datetime) -> list[str]:
    """Serial numbers of certificates that were revoked before their end."""
    return [row[0] for row in conn.execute(_SQL["revoked_serials"], {"now": now})]


def other_hashes(conn: Connection[Any]) -> dict[str, str | None]:
    """PBKDF2 hash by device with a password; None: its password was made without one."""
    return dict(conn.execute(_SQL["other_hashes"]).fetchall())


def accepted(conn: Connection[Any], code: str) -> list[str] | None:
    """Bcrypt hashes of passwords that prove the device now; None: nobody has registered it."""
    row = conn.execute(_SQL["accepted"], {"code": code}).fetchone()
    return None if row is None else [hashed for hashed in row if hashed is not None]


def note_refusals(conn: Connection[Any], refused: Sequence[Refused], now: datetime) -> None:
    """Count what the broker refused, by device and kind; strangers are counted together."""
    if not refused:
        return
    counts = Counter((one.device, one.kind) for one in refused)
    newest = {(one.device, one.kind): one.detail.replace("\0", "") for one in refused}
    conn.execute(
        _SQL["note_refusals"],
        {
            "now": now,
            "devices": [device.replace("\0", "") for device, _ in counts],
            "kinds": [kind for _, kind in counts],
            "counts": list(counts.values()),
            "details": [newest[key] for key in counts],
        },
    )


def list_refusals(conn: Connection[Any], code: str | None) -> list[Refusals]:
    """What was refused a device, by kind; None: strangers."""
    cursor = conn.cursor(row_factory=class_row(Refusals))
    return cursor.execute(_SQL["list_refusals"], {"code": code}).fetchall()


def load_identity(conn: Connection[Any], code: str) -> Identity:
    """How one device proves itself; whoever asks may see the device.

    Raises:
        NotFound: there is no such device.
    """
    for found in _identities(conn, code):
        return found
    raise NotFound("device", code)


def list_identities(conn: Connection[Any]) -> list[Identity]:
    """How every registered device proves itself, by code."""
    return _identities(conn, None)


def _identities(conn: Connection[Any], code: str | None) -> list[Identity]:
    return [Identity(*row) for row in conn.execute(_SQL["identities"], {"code": code})]
