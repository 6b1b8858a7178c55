from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from fleet.certificates import describe
from fleet.errors import Invalid
from milepost.stack.authority import SERVER_FOR, SOON, Authority, server_papers

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.open(tmp_path / "authority", NOW)


def certificate(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode())


def made_by_others(*attributes: tuple[x509.ObjectIdentifier, str]) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(kind, value) for kind, value in attributes])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, NOW, NOW + SOON)
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()


def test_an_authority_is_made_once_and_its_key_is_for_its_owner_alone(
    authority: Authority,
) -> None:
    again = Authority.open(authority.folder, NOW + timedelta(days=1))
    assert again.not_after == authority.not_after
    assert {file.stat().st_mode & 0o777 for file in authority.folder.iterdir()} == {0o600}
    assert authority.folder.stat().st_mode & 0o777 == 0o700


def test_a_servers_certificate_names_hosts_and_addresses(authority: Authority) -> None:
    made = certificate(authority.for_server(["mqtt.example", "10.0.0.5"], NOW).certificate)
    made.verify_directly_issued_by(certificate(authority.ca_file.read_text()))
    held = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert held.get_values_for_type(x509.DNSName) == ["mqtt.example"]
    assert held.get_values_for_type(x509.IPAddress) == [ip_address("10.0.0.5")]
    assert made.not_valid_after_utc == NOW + SERVER_FOR


@pytest.mark.parametrize("names", [[], [""], ["a b"], ["*"], ["ä.example"], ["http://x"]])
def test_what_is_no_name_of_a_server_is_refused(authority: Authority, names: list[str]) -> None:
    with pytest.raises(Invalid):
        authority.for_server(names, NOW)


def test_two_certificates_of_a_device_have_subjects_of_their_own(authority: Authority) -> None:
    first, second = (describe(authority.for_client("T1", NOW).certificate) for _ in range(2))
    assert first.name == second.name == "T1"
    assert first.subject == f"SERIALNUMBER={first.serial},CN=T1"
    assert first.subject != second.subject


def test_nothing_outlives_the_authority(authority: Authority) -> None:
    late = authority.not_after - timedelta(days=1)
    made = describe(authority.for_client("T1", late, timedelta(days=700)).certificate)
    assert made.not_after == authority.not_after


def test_a_server_is_certified_anew_before_the_end_and_for_a_new_name(
    authority: Authority,
) -> None:
    def serial(names: list[str], now: datetime) -> str:
        return describe(server_papers(authority, names, now)[0].read_text()).serial

    first = serial(["localhost", "127.0.0.1"], NOW)
    assert serial(["localhost"], NOW + SERVER_FOR - SOON - timedelta(hours=1)) == first
    second = serial(["localhost", "10.0.0.5"], NOW)
    assert second != first
    assert serial(["localhost"], NOW + SERVER_FOR - SOON + timedelta(hours=1)) != second


def test_a_renewed_authority_is_trusted_beside_the_old_one_until_that_ends(
    authority: Authority,
) -> None:
    old = certificate(authority.ca_file.read_text())
    renewed = authority.renew(NOW + timedelta(days=1))
    known = x509.load_pem_x509_certificates(renewed.ca_file.read_bytes())
    assert len(known) == 2
    assert known[1] == old
    made = certificate(renewed.for_client("T1", NOW).certificate)
    made.verify_directly_issued_by(known[0])
    assert Authority.open(authority.folder, NOW).not_after == renewed.not_after
    last = renewed.renew(old.not_valid_after_utc + timedelta(hours=1))
    assert old not in x509.load_pem_x509_certificates(last.ca_file.read_bytes())


def test_the_list_of_the_revoked_names_them_and_is_signed(authority: Authority) -> None:
    made = describe(authority.for_client("T1", NOW).certificate)
    told = x509.load_pem_x509_crl(authority.revoked([made.serial], NOW).encode())
    assert told.get_revoked_certificate_by_serial_number(int(made.serial, 16)) is not None
    public = certificate(authority.ca_file.read_text()).public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert told.is_signature_valid(public)


def test_a_damaged_authority_is_not_replaced_behind_ones_back(authority: Authority) -> None:
    authority.ca_file.write_text("nonsense")
    with pytest.raises(Invalid, match="no authority of ours"):
        Authority.open(authority.folder, NOW)


@pytest.mark.parametrize(
    "attributes",
    [
        [],
        [(NameOID.ORGANIZATION_NAME, "Acme")],
        [(NameOID.COMMON_NAME, "T1"), (NameOID.COMMON_NAME, "T2")],
        [(NameOID.COMMON_NAME, "T1"), (NameOID.EMAIL_ADDRESS, "a@b")],
    ],
)
def test_a_certificate_whose_subject_could_be_misread_is_refused(
    attributes: list[tuple[x509.ObjectIdentifier, str]],
) -> None:
    with pytest.raises(Invalid, match="one CN"):
        describe(made_by_others(*attributes))


@pytest.mark.parametrize("text", ["", "T1", "-----BEGIN CERTIFICATE-----\nAAAA\n", "\0", "ä"])
def test_what_is_no_certificate_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="no certificate in PEM"):
        describe(text)


def test_a_certificate_of_others_is_described() -> None:
    pem = made_by_others((NameOID.ORGANIZATION_NAME, "Acme, Inc."), (NameOID.COMMON_NAME, "T1"))
    found = describe(pem)
    assert (found.name, found.subject, found.serial) == ("T1", "CN=T1,O=Acme\\, Inc.", "7")
    assert (found.not_before, found.not_after) == (NOW, NOW + SOON)
