"""How devices prove who they are: rotation and revocation of passwords and certificates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response

from fleet.certificates import describe as read_certificate
from fleet.rights import Right
from fleet.scope import Scope
from store import devices as store_devices
from store import identity
from tracker_api.auth import may, tell_change
from tracker_api.credentials import new_credential
from tracker_api.device_schemas import (
    CertificateIn,
    CertificateOut,
    CredentialOut,
    IdentityOut,
    RotateIn,
)
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, DeviceInPath, Store

router = APIRouter(prefix=PREFIX, tags=["devices"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_DEVICES))]
Editor = Annotated[Scope, Depends(may(Right.EDIT_DEVICES, everywhere=True))]
SerialInPath = Annotated[str, Path(pattern="^[0-9A-Fa-f]{1,40}$", examples=["6c1f"])]


@router.get("/devices/{code}/identity", operation_id="getIdentity", responses=describe(404))
def get_identity(code: DeviceInPath, scope: Looker, store: Store) -> IdentityOut:
    """How a device proves who it is, its certificates, and what the broker refused it."""
    with store.reading() as conn:
        store_devices.load_device(conn, scope, code)
        found = identity.load_identity(conn, code)
        return IdentityOut.of(
            (found.has_password, found.next_from, found.revoked_at),
            identity.list_certificates(conn, code),
            identity.list_refusals(conn, code),
        )


@router.post(
    "/devices/{code}/credential",
    operation_id="renewCredential",
    responses=describe(404, 409, 413),
)
def renew_credential(
    code: DeviceInPath, scope: Editor, store: Store, asked: RotateIn | None = None
) -> CredentialOut:
    """Replace the device's MQTT password, at once or a while later.

    At once the old one no longer works, and a connection that began with it is closed.
    """
    credential = new_credential()
    hashes = identity.Hashes(credential.hash, credential.pbkdf2)
    after = 0 if asked is None else asked.after
    takes_over = datetime.now(UTC) + timedelta(seconds=after) if after else None
    with store.writing() as conn:
        before = _before(conn, scope, code)
        identity.rotate(conn, code, hashes, takes_over)
        tell_change(conn, scope, "credential", "device", code, asked, before=before)
    return CredentialOut(code=code, password=credential.password, valid_from=takes_over)


@router.delete(
    "/devices/{code}/credential",
    status_code=204,
    response_class=Response,
    operation_id="revokeCredential",
    responses=describe(404),
)
def revoke_credential(code: DeviceInPath, scope: Editor, store: Store) -> None:
    """Let the device connect no more, by no password and no certificate.

    Its connection is closed within seconds.  A new password or certificate lets it in again.
    """
    with store.writing() as conn:
        before = _before(conn, scope, code)
        identity.revoke(conn, code, datetime.now(UTC))
        tell_change(conn, scope, "revoke", "device", code, before=before)


@router.post(
    "/devices/{code}/certificates",
    status_code=201,
    operation_id="addCertificate",
    responses=describe(404, 409, 413),
)
def add_certificate(
    code: DeviceInPath, asked: CertificateIn, scope: Editor, store: Store
) -> CertificateOut:
    """Let the device connect by a certificate, beside what it has.

    Who signed it the broker judges, by the authorities that it trusts.
    """
    new = read_certificate(asked.certificate)
    with store.writing() as conn:
        store_devices.load_device(conn, scope, code)
        identity.add_certificate(conn, code, new, datetime.now(UTC))
        tell_change(conn, scope, "certificate", "device", code, why=f"serial number {new.serial}")
        kept = identity.list_certificates(conn, code)
    return next(CertificateOut.of(one) for one in kept if one.fingerprint == new.fingerprint)


@router.delete(
    "/devices/{code}/certificates/{serial}",
    status_code=204,
    response_class=Response,
    operation_id="revokeCertificate",
    responses=describe(404),
)
def revoke_certificate(
    code: DeviceInPath, serial: SerialInPath, scope: Editor, store: Store
) -> None:
    """Let the device connect by this certificate no more; others stay good."""
    with store.writing() as conn:
        store_devices.load_device(conn, scope, code)
        identity.revoke_certificate(conn, code, serial, datetime.now(UTC))
        tell_change(conn, scope, "revoke", "device", code, why=f"serial number {serial.lower()}")


def _before(conn: Any, scope: Scope, code: str) -> identity.Identity:  # noqa: ANN401 - only the store names the type
    """How the device proved itself until now, for the trail."""
    store_devices.load_device(conn, scope, code)
    return identity.load_identity(conn, code)
