"""What a certificate says of itself, in the words by which brokers know whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from fleet.errors import Invalid

#: nats-server has a word of its own for this attribute; cryptography would write its number.
_WRITTEN = {NameOID.SERIAL_NUMBER: "SERIALNUMBER"}
#: What both write alike; anything else in a subject might name somebody whom we would not read.
_KNOWN = frozenset(
    {
        NameOID.COMMON_NAME,
        NameOID.SERIAL_NUMBER,
        NameOID.ORGANIZATION_NAME,
        NameOID.ORGANIZATIONAL_UNIT_NAME,
        NameOID.COUNTRY_NAME,
        NameOID.LOCALITY_NAME,
    }
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate, without its key."""

    name: str  #: CN of the subject: the device
    subject: str  #: the whole, as nats-server writes it (RFC 4514)
    serial: str  #: hexadecimal, without zeros in front
    fingerprint: str  #: SHA-256 of the whole, hexadecimal
    not_before: datetime
    not_after: datetime


def describe(pem: str) -> Certificate:
    """What the first certificate in ``pem`` says.

    Raises:
        Invalid: there is none, or its subject does not name exactly one device in plain words.
    """
    try:
        found = x509.load_pem_x509_certificate(pem.encode())
        subject = found.subject
        written = subject.rfc4514_string(_WRITTEN)
    except ValueError as error:
        raise Invalid("/certificate", "is no certificate in PEM") from error
    names = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if len(names) != 1 or {attribute.oid for attribute in subject} - _KNOWN:
        raise Invalid(
            "/certificate", "its subject needs one CN, and besides only serialNumber, O, OU, C, L"
        )
    return Certificate(
        name=str(names[0].value),
        subject=written,
        serial=f"{found.serial_number:x}",
        fingerprint=found.fingerprint(SHA256()).hex(),
        not_before=found.not_valid_before_utc,
        not_after=found.not_valid_after_utc,
    )
