"""What a device may do on the wire, and that it cannot be another: encrypted, by password and by
certificate, and what the broker refuses is told."""

from __future__ import annotations

import shutil
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import bcrypt
import pytest

from firmware_sim import radio
from fleet.certificates import describe
from fleet.errors import BrokerAway, SettingInvalid
from gateway import inbox
from milepost.stack import Broker, BrokerOptions
from milepost.stack.authority import Authority
from milepost.stack.refusals import Refusal
from tests.temporary import temporary_folder
from tests.terminal import SOON, Shown, Terminal
from tests.waiting import await_true

pytestmark = pytest.mark.broker

WORD = "word"
HASH = bcrypt.hashpw(WORD.encode(), bcrypt.gensalt(4)).decode()
REFUSED = 0x80
FORBIDDEN = ("fleet/v1/T2/nmea", "fleet/v1/T10/nmea", "other", "$SYS/x", "$MQTT/sess/x")
NOT_ITS_OWN = (
    *("#", "+/v1/T1/cmd", "fleet/v1/+/cmd", "fleet/v1/T2/cmd", "fleet/v1/T1/nmea"),
    *("$SYS/#", "$JS/#", "$JS/API/#", "$MQTT/#", "_INBOX/#"),
)


@dataclass
class Stand:
    """A broker, and whom it trusts."""

    broker: Broker
    folder: Path
    authority: Authority

    def trusting(self) -> Shown:
        """Trusts the broker, shows nothing."""
        return Shown(self.authority.ca_file)

    def showing(self, name: str, by: Authority | None = None, *, days: int = 30) -> Shown:
        """Shows a fresh certificate of ``name``."""
        now = datetime.now(UTC) - timedelta(days=30)
        papers = (by or self.authority).for_client(name, now, timedelta(days=30 + days))
        number = len(list(self.folder.iterdir()))
        certificate, key = papers.write(self.folder, f"{name}-{number}")
        return Shown(self.authority.ca_file, certificate, key)

    def device(self, name: str, word: str = WORD, client_id: str = "") -> Terminal:
        """A terminal that knows a password."""
        return Terminal(self.broker.device_url(name, word), self.trusting(), client_id)

    def bearer(self, shown: Shown, client_id: str = "") -> Terminal:
        """A terminal that has a certificate."""
        return Terminal(self.broker.url().replace("gateway@", ""), shown, client_id)

    def gateway(self, client_id: str = "") -> Terminal:
        """Our own gateway."""
        papers = self.broker.papers
        assert papers is not None
        if papers.folder is None:
            return Terminal(self.broker.url(), self.trusting(), client_id)
        mine = papers.folder / "gateway.pem", papers.folder / "gateway.key"
        return Terminal(self.broker.url(), Shown(papers.ca, *mine), client_id)

    def refused(self, kind: str, user: str) -> list[str]:
        """Details of what was refused ``user`` by now, once at least one such thing is told."""
        found: list[Refusal] = []

        def told() -> bool:
            found.extend(self.broker.refusals())
            return any((one.kind, one.user) == (kind, user) for one in found)

        await_true(told, f"{kind} of {user} is told")
        return [one.detail for one in found if (one.kind, one.user) == (kind, user)]


def stand(options: BrokerOptions) -> Iterator[Stand]:
    with (
        temporary_folder() as state,
        temporary_folder() as folder,
        Broker(state, options) as broker,
    ):
        authority = Authority.open(state / "authority", datetime.now(UTC))
        yield Stand(broker, folder, authority)


@pytest.fixture(scope="module")
def passwords() -> Iterator[Stand]:
    """Encrypted; devices have passwords."""
    yield from stand(BrokerOptions(tls=True))


@pytest.fixture(scope="module")
def certificates() -> Iterator[Stand]:
    """Encrypted; devices have certificates."""
    yield from stand(BrokerOptions(tls=True, client_certificates=True))


@pytest.fixture(scope="module")
def stranger() -> Iterator[Authority]:
    """An authority that nobody has heard of."""
    with temporary_folder() as folder:
        yield Authority.open(folder / "authority", datetime.now(UTC))


def subject(shown: Shown) -> str:
    assert shown.certificate is not None
    return describe(shown.certificate.read_text()).subject


def test_what_is_not_encrypted_gets_no_answer(passwords: Stand) -> None:
    passwords.broker.set_devices({"T1": HASH})
    assert not Terminal(passwords.broker.device_url("T1", WORD)).is_let_in()
    assert passwords.device("T1").is_let_in()


def test_a_terminal_does_not_tell_its_password_to_who_only_says_it_is_the_broker(
    passwords: Stand, stranger: Authority
) -> None:
    deceived = Shown(stranger.ca_file).context()
    with (
        socket.create_connection(("127.0.0.1", passwords.broker.port), SOON) as raw,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        deceived.wrap_socket(raw, server_hostname="127.0.0.1")


def test_a_device_is_refused_every_topic_but_its_own_and_each_try_is_told(
    passwords: Stand,
) -> None:
    passwords.broker.set_devices({"T1": HASH, "T2": HASH})
    passwords.broker.refusals()
    with passwords.gateway() as gateway, passwords.device("T1") as terminal:
        gateway.subscribe("#")
        for topic in FORBIDDEN:
            terminal.publish(topic, b"forged")
        for filter_ in NOT_ITS_OWN:
            assert terminal.subscribe(filter_) == REFUSED, filter_
        terminal.publish("fleet/v1/T1/nmea", b"own")
        assert gateway.hear() == ("fleet/v1/T1/nmea", b"own")
        assert gateway.heard.empty()
    assert sorted(passwords.refused("publish", "T1")) == sorted(FORBIDDEN)


def test_filters_that_were_refused_are_told(passwords: Stand) -> None:
    passwords.broker.set_devices({"T3": HASH})
    with passwords.device("T3") as terminal:
        assert terminal.subscribe("fleet/v1/+/nmea") == REFUSED
    assert passwords.refused("subscribe", "T3") == ["fleet/v1/+/nmea"]


def test_a_wrong_password_and_an_unknown_name_are_refused_and_told(passwords: Stand) -> None:
    passwords.broker.set_devices({"T1": HASH})
    passwords.broker.refusals()
    assert not passwords.device("T1", "guess").is_let_in()
    assert passwords.refused("login", "T1") == ["T1"]
    assert not passwords.device("nobody", WORD).is_let_in()
    assert passwords.refused("login", "nobody") == ["nobody"]


def test_a_connection_ends_when_its_device_is_revoked_or_its_password_replaced(
    passwords: Stand,
) -> None:
    other = bcrypt.hashpw(b"another", bcrypt.gensalt(4)).decode()
    passwords.broker.set_devices({"T1": HASH, "T2": HASH, "T3": HASH})
    with (
        passwords.device("T1") as revoked,
        passwords.device("T2") as replaced,
        passwords.device("T3") as untouched,
    ):
        passwords.broker.set_devices({"T2": other, "T3": HASH})
        assert revoked.gone.wait(SOON)
        assert replaced.gone.wait(SOON)
        assert not untouched.gone.is_set()
    assert not passwords.device("T1").is_let_in()
    assert not passwords.device("T2").is_let_in()
    assert passwords.device("T2", "another").is_let_in()


def test_of_two_with_one_credential_and_client_id_the_second_ends_the_first(
    passwords: Stand,
) -> None:
    passwords.broker.set_devices({"T1": HASH})
    with (
        passwords.device("T1", client_id="T1") as first,
        passwords.device("T1", client_id="T1") as second,
    ):
        assert first.gone.wait(SOON)
        second.publish("fleet/v1/T1/nmea", b"it is in")


def test_who_takes_the_client_id_of_another_hears_nothing_of_what_waits_for_it(
    passwords: Stand,
) -> None:
    passwords.broker.set_devices({"T1": HASH, "T2": HASH})
    with passwords.device("T1", client_id="T1") as own:
        assert own.subscribe("fleet/v1/T1/cmd") == 1
    with passwords.gateway() as gateway:
        gateway.publish("fleet/v1/T1/cmd", b"for T1 alone")
        with passwords.device("T2", client_id="T1") as thief:
            assert thief.subscribe("fleet/v1/T2/cmd") == 1
            gateway.publish("fleet/v1/T2/cmd", b"for T2")
            assert thief.hear() == ("fleet/v1/T2/cmd", b"for T2")
            assert thief.heard.empty()


def test_no_device_can_name_the_session_of_the_gateway(passwords: Stand) -> None:
    passwords.broker.set_devices({"T2": HASH})
    session = passwords.broker.session
    assert len(session) == len("milepost-gateway-") + 16
    with passwords.gateway(session) as gateway:
        gateway.subscribe("fleet/v1/+/nmea")
        with passwords.device("T2", client_id="milepost-gateway") as thief:
            thief.publish("fleet/v1/T2/nmea", b"kept")
        assert gateway.hear() == ("fleet/v1/T2/nmea", b"kept")
        assert not gateway.gone.is_set()


def test_a_state_of_before_keeps_the_session_in_which_messages_wait() -> None:
    with temporary_folder() as folder:
        with Broker(folder) as broker:
            file = folder / "credentials.json"
            before = broker.session
        text = file.read_text()
        file.write_text(text.replace(f'"session": "{before}", ', ""))
        with Broker(folder) as broker:
            assert broker.session == "milepost-gateway"
    assert '"session": "' in text


def test_with_certificates_a_device_is_who_its_certificate_names(certificates: Stand) -> None:
    shown = certificates.showing("T1")
    certificates.broker.set_devices({"T1": HASH}, {subject(shown): "T1"})
    with certificates.gateway() as gateway, certificates.bearer(shown) as terminal:
        gateway.subscribe("fleet/v1/+/nmea")
        terminal.publish("fleet/v1/T2/nmea", b"forged")
        terminal.publish("fleet/v1/T1/nmea", b"own")
        assert gateway.hear() == ("fleet/v1/T1/nmea", b"own")
        assert terminal.subscribe("fleet/v1/T2/cmd") == REFUSED
    assert certificates.refused("publish", subject(shown)) == ["fleet/v1/T2/nmea"]


def test_a_name_beside_the_certificate_makes_nobody_another(certificates: Stand) -> None:
    mine, other = certificates.showing("T1"), certificates.showing("T2")
    certificates.broker.set_devices({}, {subject(mine): "T1", subject(other): "T2"})
    pretender = Terminal(certificates.broker.device_url("T2", ""), mine)
    with certificates.gateway() as gateway, pretender:
        gateway.subscribe("fleet/v1/+/nmea")
        pretender.publish("fleet/v1/T2/nmea", b"forged")
        pretender.publish("fleet/v1/T1/nmea", b"own")
        assert gateway.hear() == ("fleet/v1/T1/nmea", b"own")


@pytest.mark.parametrize("who", ["nothing", "a password", "ended", "stranger", "unregistered"])
def test_who_has_no_good_certificate_is_refused(
    certificates: Stand, stranger: Authority, who: str
) -> None:
    good = certificates.showing("T1")
    shown = {
        "nothing": certificates.trusting(),
        "a password": certificates.trusting(),
        "ended": certificates.showing("T1", days=-1),
        "stranger": certificates.showing("T1", stranger),
        "unregistered": certificates.showing("T1"),
    }[who]
    known = {subject(good): "T1"}
    if who in {"ended", "stranger"}:  # registered: what refuses it is what it is
        known[subject(shown)] = "T1"
    certificates.broker.set_devices({"T1": HASH}, known)
    word = WORD if who == "a password" else ""
    if word:
        url = certificates.broker.device_url("T1", word)
        assert not Terminal(url, shown).is_let_in()
    else:
        assert not certificates.bearer(shown).is_let_in()
    assert certificates.bearer(good).is_let_in()


def test_a_device_changes_from_one_certificate_to_the_next_without_being_away(
    certificates: Stand,
) -> None:
    old, new = certificates.showing("T1"), certificates.showing("T1")
    certificates.broker.set_devices({}, {subject(old): "T1", subject(new): "T1"})
    with certificates.bearer(old) as before, certificates.bearer(new) as after:
        certificates.broker.set_devices({}, {subject(new): "T1"})
        assert before.gone.wait(SOON)
        after.publish("fleet/v1/T1/nmea", b"still here")
        assert not after.gone.is_set()


def test_who_needs_no_password_over_mqtt_cannot_come_by_the_other_port(
    certificates: Stand,
) -> None:
    shown = certificates.showing("T1")
    certificates.broker.set_devices({}, {subject(shown): "T1"})
    folder = certificates.broker.papers
    assert folder is not None
    assert folder.folder is not None
    gateway = describe((folder.folder / "gateway.pem").read_text()).subject
    conf = (certificates.authority.folder.parent / "nats.conf").read_text()
    port = int(conf.partition('"listen": "127.0.0.1:')[2].partition('"')[0])
    for user in (gateway, subject(shown)):
        with socket.create_connection(("127.0.0.1", port), SOON) as raw:
            raw.recv(4096)  # INFO
            raw.sendall(b'CONNECT {"user":"%b","pass":"","verbose":true}\r\n' % user.encode())
            assert b"-ERR 'Authorization Violation'" in raw.recv(4096)


def test_our_gateway_and_the_simulators_radio_show_their_certificates(
    certificates: Stand,
) -> None:
    papers = certificates.broker.papers
    assert papers is not None
    assert papers.folder is not None
    gateway = inbox.Broker(
        url=certificates.broker.url(),
        ca_file=papers.ca,
        cert_file=papers.folder / "gateway.pem",
        key_file=papers.folder / "gateway.key",
    )
    assert "lets the gateway read" in inbox.look(gateway)
    with pytest.raises(BrokerAway):
        inbox.look(replace(gateway, cert_file=None, key_file=None), timeout=1.0)

    shown = certificates.showing("T1")
    certificates.broker.set_devices({}, {subject(shown): "T1"})
    assert shown.certificate is not None
    assert shown.key is not None
    with temporary_folder() as folder:
        shutil.copy(shown.certificate, folder / "T1.pem")
        shutil.copy(shown.key, folder / "T1.key")
        modem = radio.Radio(
            radio.Broker.from_url(
                f"mqtts://127.0.0.1:{certificates.broker.port}",
                ca_file=str(papers.ca),
                certificates=str(folder),
            )
        )
        try:
            modem.dial("T1", radio.Login("T1", "T1", None))
            events: list[radio.Event] = []

            def answered() -> bool:
                events.extend(modem.poll(0.05))
                return bool(events)

            await_true(answered, "the broker answers")
            assert events == [radio.Up("T1")]
            modem.dial("T2", radio.Login("T2", "T2", None))  # it has none, which is no crash
            events.clear()
            await_true(answered, "the radio says so")
            assert isinstance(events[0], radio.Down)
        finally:
            modem.close()


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"ca_file": Path("absent.pem")}, "CA_FILE"),
        ({"ca_file": Path(__file__)}, "CA_FILE"),
        ({"cert_file": Path("absent.pem")}, "CERT_FILE"),
    ],
)
def test_a_certificate_that_cannot_be_read_is_named_by_its_setting(
    files: dict[str, Path], named: str
) -> None:
    with pytest.raises(SettingInvalid, match=f"^MILEPOST_BROKER__{named}: "):
        inbox.Inbox(replace(inbox.Broker(url="mqtts://127.0.0.1:1"), **files))  # type: ignore[arg-type]  # paths for its files
