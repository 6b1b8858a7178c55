"""What people say of goods: scans, proofs of delivery, and the files that show it.

A fact is never changed: a scan is withdrawn, a proof is followed by another.  Every one is told
to the audit trail.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import uuid_utils
from psycopg import Connection

from fleet.errors import Conflict, Forbidden, Invalid, NotFound
from fleet.scope import Scope
from fleet.waybills import Outcome, ScanKind
from store import admin, queries, trail
from store.trip_edits import cut
from store.waybill_found import Found, find

_SQL = queries.load("waybills")

FILES = 20  #: most files of one waybill: photographs of each side and every paper
_TEXT = 400  # characters that a note has room for


@dataclass(frozen=True, slots=True)
class NewScan:
    """Onto a vehicle, off it, into a warehouse, out of it."""

    kind: ScanKind
    site: str  #: code
    at: datetime
    vehicle: str | None = None  #: plate
    slot: str = ""  #: where in the warehouse
    note: str = ""


@dataclass(frozen=True, slots=True)
class NewProof:
    """What a person says of the delivery."""

    outcome: Outcome
    at: datetime
    signer: str = ""  #: who signed; needed for a signature
    note: str = ""
    files: tuple[str, ...] = ()  #: ids of evidence files of the same waybill


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that shows something; its media type was found out from its bytes."""

    name: str
    media: str
    body: bytes


def add_scan(conn: Connection[Any], scope: Scope, number: str, new: NewScan) -> str:
    """Keep a scan; its id.  The same again is the one that is there.

    Raises:
        NotFound: the waybill, the site or the vehicle.
        Conflict: the waybill was cancelled, or the same scan was withdrawn.
        Forbidden: who scans at own sites only, scans there only.
        Invalid: a text that cannot be kept.
    """
    _check_texts(slot=new.slot, note=new.note)
    if scope.sites and new.site not in scope.sites:
        raise Forbidden(f"{scope.principal} may scan at own sites only")
    with conn.transaction():
        found = _alive(find(conn, scope, number))
        given = {
            "id": str(uuid_utils.uuid7()),
            "waybill": found.key,
            "kind": new.kind.value,
            "site": admin.key_of(conn, "site", new.site),
            "vehicle": _vehicle(conn, new.vehicle),
            "at": cut(new.at),
            "slot": new.slot,
            "note": new.note,
            "author": scope.principal,
        }
        if conn.execute(_SQL["add_scan"], given).rowcount:
            detail = {"scan": given["id"], "kind": new.kind.value, "site": new.site}
            trail.record(conn, scope, "create", "waybill", number, "scanned", detail)
            return str(given["id"])
        [(kept, withdrawn)] = conn.execute(_SQL["same_scan"], given).fetchall()
        if withdrawn is not None:
            raise Conflict(f"that scan was withdrawn by {withdrawn}")
        return str(kept)


def withdraw_scan(conn: Connection[Any], scope: Scope, number: str, scan: str, reason: str) -> None:
    """A scan was wrong.

    Raises:
        NotFound: the waybill, or a scan of it that holds; for who scans at own sites only, there.
        Invalid: no reason.
    """
    admin.need("reason", reason)
    with conn.transaction():
        found = find(conn, scope, number)
        given = {
            "id": scan,
            "waybill": found.key,
            "sites": sorted(scope.sites),
            "author": scope.principal,
            "reason": reason,
        }
        if not conn.execute(_SQL["withdraw_scan"], given).rowcount:
            raise NotFound("scan", scan)
        trail.record(conn, scope, "remove", "waybill", number, reason, {"before": {"scan": scan}})


def add_proof(conn: Connection[Any], scope: Scope, number: str, new: NewProof) -> str:
    """Keep what a person says of the delivery; its id.

    Raises:
        NotFound: the waybill, or a file of it.
        Conflict: the waybill was cancelled, or there is nothing to withdraw.
        Forbidden: who works at own sites only, and its destination is none of them.
        Invalid: a signature without a signer.
    """
    _check_texts(signer=new.signer, note=new.note)
    if new.outcome is Outcome.SIGNED and not new.signer.strip():
        raise Invalid("signer", "say who signed")
    with conn.transaction():
        found = _alive(find(conn, scope, number))
        own = [admin.key_of(conn, "site", site) for site in sorted(scope.sites)]
        if own and found.destination not in own:
            raise Forbidden(f"{scope.principal} may tell of deliveries at own sites only")
        _check_files(conn, found, new.files)
        newest = conn.execute(_SQL["newest_proof"], {"waybill": found.key}).fetchone()
        said = Outcome.WITHDRAWN if newest is None else Outcome(newest[0])
        if new.outcome is Outcome.WITHDRAWN and said is Outcome.WITHDRAWN:
            raise Conflict(f"nothing was said of the delivery of waybill {number}")
        given = {
            "id": str(uuid_utils.uuid7()),
            "waybill": found.key,
            "outcome": new.outcome.value,
            "at": cut(new.at),
            "signer": new.signer,
            "note": new.note,
            "files": list(new.files),
            "author": scope.principal,
        }
        conn.execute(_SQL["add_proof"], given)
        detail = {"before": said.value, "after": new.outcome.value, "signer": new.signer}
        trail.record(conn, scope, "create", "waybill", number, "proof of delivery", detail)
        return str(given["id"])


def add_file(conn: Connection[Any], scope: Scope, number: str, new: NewFile) -> str:
    """Keep a file; its id.  The same bytes again are the file that is there.

    Raises:
        NotFound: the waybill.
        Conflict: it has as many files as it may have.
        Invalid: a name that cannot be kept.
    """
    admin.need("name", new.name)
    _check_texts(name=new.name)
    digest = hashlib.sha256(new.body).digest()
    with conn.transaction():
        found = find(conn, scope, number)
        given = {"waybill": found.key, "digest": digest}
        [(count, same)] = conn.execute(_SQL["count_files"], given).fetchall()
        if same is not None:
            return str(same)
        if count >= FILES:
            raise Conflict(f"waybill {number} has {FILES} files already")
        id_ = str(uuid_utils.uuid7())
        columns = given | {
            "id": id_,
            "name": new.name,
            "media": new.media,
            "body": new.body,
            "author": scope.principal,
        }
        conn.execute(_SQL["add_file"], columns)
        detail = {"file": id_, "name": new.name, "sha256": digest.hex()}
        trail.record(conn, scope, "create", "waybill", number, "evidence", detail)
        return id_


def load_file(conn: Connection[Any], scope: Scope, number: str, file: str) -> NewFile:
    """A file of a waybill.  Raises ``NotFound``, also when it is outside ``scope``."""
    given = queries.within(scope, number=number, id=file)
    row = conn.execute(_SQL["load_file"], given).fetchone()
    if row is None:
        raise NotFound("file", file)
    return NewFile(row[0], row[1], bytes(row[2]))


def _alive(found: Found) -> Found:
    if found.cancelled_at is not None:
        raise Conflict(f"waybill {found.number} was cancelled")
    return found


def _vehicle(conn: Connection[Any], plate: str | None) -> int | None:
    return None if plate is None else admin.key_of(conn, "vehicle", plate)


def _check_files(conn: Connection[Any], found: Found, files: Sequence[str]) -> None:
    if not files:
        return
    rows = conn.execute(_SQL["own_files"], {"waybill": found.key, "files": list(files)}).fetchall()
    own = {row[0] for row in rows}
    for file in files:
        if file not in own:
            raise NotFound("file", file)


def _check_texts(**texts: str) -> None:
    for where, text in texts.items():
        if len(text) > _TEXT or not text.replace("\n", " ").isprintable():
            raise Invalid(where, f"printable, at most {_TEXT} characters")
