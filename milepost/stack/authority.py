"""A certificate authority of one's own, for demonstrations and small installations.

Two files in a folder: ``ca.key``, which never leaves it, and ``ca.pem``, which everybody is
given who is to trust it.  After ``renew`` the latter holds the authorities of before as well, so
that terminals may be given it long before the first certificate of the new one is used.

A device's certificate names it as ``CN`` and, so that two of one device can be told apart and
one of them revoked, carries its own serial number in the subject.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fleet.errors import Invalid
from milepost.stack.ground import write_private

CA_FILE = "ca.pem"
#: Of what is reached on this machine: its certificate and key.
SERVER_FILES = ("server.pem", "server.key")
_KEY_FILE = "ca.key"

CA_FOR = timedelta(days=3650)  #: as long as a terminal lives
SERVER_FOR = timedelta(days=397)  #: what browsers accept at most is 398 days
DEVICE_FOR = timedelta(days=730)  #: two years; a terminal is seen by a mechanic once a year
SOON = timedelta(days=30)  #: before its end a certificate of ours is made anew
#: Terminals start with a clock that is wrong: a certificate is good from an hour ago.
_EARLIER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Papers:
    """A certificate and its private key, both PEM."""

    certificate: str
    key: str = field(repr=False)

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Put ``name.pem`` and ``name.key`` there, for their owner's eyes only."""
        paths = folder / f"{name}.pem", folder / f"{name}.key"
        write_private(paths[0], self.certificate)
        write_private(paths[1], self.key)
        return paths


class Authority:
    """The authority of one folder."""

    def __init__(
        self, folder: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
    ) -> None:
        self.folder = folder
        self._certificate, self._key = certificate, key

    @classmethod
    def open(cls, folder: Path, now: datetime) -> Self:
        """The authority of ``folder``, which is made if there is none.

        Raises:
            Invalid: what is there is damaged.
        """
        file, key_file = folder / CA_FILE, folder / _KEY_FILE
        if not key_file.exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return cls._make(folder, now, [])
        try:
            key = load_pem_private_key(key_file.read_bytes(), None)
            certificate = x509.load_pem_x509_certificate(file.read_bytes())
        except (OSError, ValueError, TypeError) as error:
            raise Invalid(str(folder), f"holds no authority of ours: {error}") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise Invalid(str(key_file), "is no key of ours")
        return cls(folder, certificate, key)

    @classmethod
    def _make(cls, folder: Path, now: datetime, before: Iterable[str]) -> Self:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name(
            [x509.NameAttribute(NameOID.COMMON_NAME, f"Milepost {secrets.token_hex(4)}")]
        )
        builder = _builder(name, name, key.public_key(), now, CA_FOR)
        builder = builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        builder = builder.add_extension(_usage(signs=True), critical=True)
        certificate = builder.sign(key, hashes.SHA256())
        pem = certificate.public_bytes(Encoding.PEM).decode()
        # The key first: without its certificate it is not taken for an authority by anybody.
        write_private(folder / CA_FILE, "".join([pem, *before]))
        write_private(folder / _KEY_FILE, _pem(key))
        return cls(folder, certificate, key)

    @property
    def ca_file(self) -> Path:
        """What others are given who are to trust it."""
        return self.folder / CA_FILE

    @property
    def not_after(self) -> datetime:
        """When it ends, and everything that it has signed."""
        return self._certificate.not_valid_after_utc

    def renew(self, now: datetime) -> Self:
        """Another authority in its place; ``ca.pem`` holds both until the old one has ended."""
        known = x509.load_pem_x509_certificates(self.ca_file.read_bytes())
        lasting = [old for old in known if old.not_valid_after_utc > now]
        return self._make(
            self.folder, now, [old.public_bytes(Encoding.PEM).decode() for old in lasting]
        )

    def for_server(
        self, names: Sequence[str], now: datetime, lasts: timedelta = SERVER_FOR
    ) -> Papers:
        """Papers of a server that is reached by ``names``: host names and addresses.

        Raises:
            Invalid: there is no name, or one is none.
        """
        if not names:
            raise Invalid("names", "a server's certificate needs a name or an address")
        alternative = x509.SubjectAlternativeName([_alternative(name) for name in names])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
        return self._issue(
            subject, now, lasts, [(alternative, False)], ExtendedKeyUsageOID.SERVER_AUTH
        )

    def for_client(self, name: str, now: datetime, lasts: timedelta = DEVICE_FOR) -> Papers:
        """Papers of a device, or of a user of ours, called ``name``."""
        number = x509.random_serial_number()
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COMMON_NAME, name),
                x509.NameAttribute(NameOID.SERIAL_NUMBER, f"{number:x}"),
            ]
        )
        return self._issue(subject, now, lasts, [], ExtendedKeyUsageOID.CLIENT_AUTH, number)

    def revoked(self, serials: Iterable[str], now: datetime) -> str:
        """The list of revoked certificates, PEM, for brokers that read one; good to its own end."""
        builder = x509.CertificateRevocationListBuilder(
            issuer_name=self._certificate.subject, last_update=now, next_update=self.not_after
        )
        for serial in serials:
            entry = x509.RevokedCertificateBuilder(int(serial, 16), now).build()
            builder = builder.add_revoked_certificate(entry)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()

    def _issue(
        self,
        subject: x509.Name,
        now: datetime,
        lasts: timedelta,
        extensions: Sequence[tuple[x509.ExtensionType, bool]],
        usage: x509.ObjectIdentifier,
        serial: int | None = None,
    ) -> Papers:
        key = ec.generate_private_key(ec.SECP256R1())
        lasts = min(lasts, self.not_after - now)  # nothing outlives who vouches for it
        builder = _builder(
            subject, self._certificate.subject, key.public_key(), now, lasts, serial
        ).add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(signs=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
            critical=False,
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        certificate = builder.sign(self._key, hashes.SHA256())
        return Papers(certificate.public_bytes(Encoding.PEM).decode(), _pem(key))


def server_papers(authority: Authority, names: Sequence[str], now: datetime) -> tuple[Path, Path]:
    """``server.pem`` and ``server.key`` of ``authority``'s folder, good for ``names``.

    They are made anew when they end within ``SOON``, or when a name is missing.
    """
    return _lasting(
        authority.folder, "server", now, set(names), lambda: authority.for_server(names, now)
    )


def client_papers(authority: Authority, name: str, now: datetime) -> tuple[Path, Path]:
    """``<name>.pem`` and ``<name>.key`` there, likewise."""
    return _lasting(authority.folder, name, now, set(), lambda: authority.for_client(name, now))


def _lasting(
    folder: Path, name: str, now: datetime, names: set[str], issue: Callable[[], Papers]
) -> tuple[Path, Path]:
    file, key = folder / f"{name}.pem", folder / f"{name}.key"
    if not (file.exists() and key.exists() and _serves(file, names, now)):
        issue().write(folder, name)
    return file, key


def _serves(file: Path, names: set[str], now: datetime) -> bool:
    """Whether the certificate in ``file`` is good for ``names``, and for some time yet."""
    try:
        found = x509.load_pem_x509_certificate(file.read_bytes())
    except ValueError:
        return False
    if found.not_valid_after_utc < now + SOON:
        return False
    if not names:
        return True
    held = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {_alternative(name) for name in names} <= set(held)


def _alternative(name: str) -> x509.GeneralName:
    """A host name, or an address, as a server is reached by.

    Raises:
        Invalid: it is none.
    """
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        pass
    if not name or not name.isascii() or not name.replace("-", "").replace(".", "").isalnum():
        raise Invalid("names", f"{name!r} is no host name and no address")
    return x509.DNSName(name)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    lasts: timedelta,
    serial: int | None = None,
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(issuer, subject, key, serial or x509.random_serial_number())
    builder = builder.not_valid_before(now - _EARLIER).not_valid_after(now + lasts)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _usage(*, signs: bool) -> x509.KeyUsage:
    """What a key is for: to sign certificates, or to prove oneself."""
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    # The file is its owner's alone; a pass phrase would have to lie beside it.
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
