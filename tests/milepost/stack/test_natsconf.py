import json
from pathlib import Path
from typing import Any

import pytest

from fleet.wire import UPLINK
from milepost.stack.natsconf import BrokerOptions, Listen, Place, Users, render

HASH = "$2b$04$abcdefghijklmnopqrstuu"
PASSWORDS = {"gateway": "g", "operator": "o", "bench": "b"}
PLACE = Place(Path("/s"), Path("/log"), Path("/server.pem"), Path("/server.key"), Path("/ca.pem"))


def users(
    devices: dict[str, str] | None = None,
    options: BrokerOptions | None = None,
    certificates: dict[str, str] | None = None,
) -> dict[str, Any]:
    options = options or BrokerOptions()
    text = render(
        options, Listen(1, 2, 3), PLACE, Users(PASSWORDS, devices or {}, certificates or {})
    )
    return {user["user"]: user for user in json.loads(text)["accounts"]["FLEET"]["users"]}


def test_a_device_may_publish_below_its_topic_and_hear_its_commands_over_mqtt_only() -> None:
    assert users({"T-1_a": HASH})["T-1_a"] == {
        "user": "T-1_a",
        "password": HASH,
        "allowed_connection_types": ["MQTT"],
        "permissions": {"publish": ["fleet.v1.T-1_a.>"], "subscribe": ["fleet.v1.T-1_a.cmd"]},
    }


def test_bench_exists_only_when_asked_for() -> None:
    assert set(users()) == {"gateway", "operator"}
    assert set(users(options=BrokerOptions(bench=True))) == {"gateway", "operator", "bench"}


@pytest.mark.parametrize("name", ["*", ">", "a.b", "a b", "", "x" * 65, "gateway", "a/b", "ä"])
def test_a_name_that_would_reach_further_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"not a device name|a name of our own"):
        users({name: HASH})


def test_a_password_in_the_clear_is_refused() -> None:
    with pytest.raises(ValueError, match="the password of 'T1' is not a bcrypt hash"):
        users({"T1": "secret"})


@pytest.mark.parametrize(
    "values", [{"max_ack_pending": 0}, {"max_ack_pending": 16_384}, {"max_payload": 65_536}]
)
def test_options_that_the_broker_would_misunderstand_are_refused(values: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(values))):
        BrokerOptions(**values)  # type: ignore[arg-type]  # ints for the int fields


def test_the_window_holds_for_every_subscription_of_the_gateway_together() -> None:
    assert BrokerOptions().max_ack_pending * len(UPLINK) <= 65_535


def test_with_certificates_each_is_a_user_of_its_own_with_the_rights_of_its_device() -> None:
    options = BrokerOptions(tls=True, client_certificates=True)
    found = users({"T1": HASH}, options, {"CN=T1": "T1", "SERIALNUMBER=2,CN=T1": "T1"})
    assert set(found) == {"g", "o", "CN=T1", "SERIALNUMBER=2,CN=T1"}
    assert found["CN=T1"]["permissions"] == found["SERIALNUMBER=2,CN=T1"]["permissions"]
    assert found["CN=T1"]["permissions"]["publish"] == ["fleet.v1.T1.>"]
    assert not any("password" in user for user in found.values())
    assert all(user["allowed_connection_types"] == ["MQTT"] for user in found.values())


@pytest.mark.parametrize(
    "values",
    [
        {"client_certificates": True},
        {"cert_file": Path("a"), "key_file": Path("b")},
        {"tls": True, "cert_file": Path("a")},
        {"tls": True, "key_file": Path("b")},
    ],
)
def test_certificates_that_nobody_would_be_shown_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^(tls|key_file): "):
        BrokerOptions(**values)
