from __future__ import annotations

import pytest

from firmware_sim.radio import Broker
from fleet.errors import SettingInvalid


def test_a_device_connects_with_its_own_password_first() -> None:
    broker = Broker.from_url("mqtt://bench:s%40cret@example:1884", passwords={"a": "own"})
    assert (broker.host, broker.port, broker.tls) == ("example", 1884, False)
    assert broker.identity("a") == ("a", "own")
    assert broker.identity("b") == ("bench", "s@cret")


def test_without_a_shared_credential_the_name_is_the_user() -> None:
    broker = Broker.from_url("mqtts://example")
    assert (broker.port, broker.tls) == (8883, True)
    assert broker.identity("b") == ("b", None)


@pytest.mark.parametrize("url", ["http://example", "mqtt://", "example:1883"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(SettingInvalid):
        Broker.from_url(url)


def test_no_password_is_ever_printed() -> None:
    broker = Broker("h", 1, passwords={"a": "geheim"}, shared_password="geheim")  # noqa: S106 - see name
    assert "geheim" not in repr(broker)
