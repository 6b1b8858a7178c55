from __future__ import annotations

import pytest

from fleet.errors import SettingInvalid
from tracker_api.settings import Api, Routing, is_loopback, require_safe


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "[::1]"])
def test_loopback_needs_no_token(host: str) -> None:
    assert is_loopback(host)
    require_safe(Api(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "fleet.example"])  # noqa: S104 (refused)
def test_other_addresses_need_a_token(host: str) -> None:
    with pytest.raises(SettingInvalid, match="MILEPOST_API_TOKEN"):
        require_safe(Api(host=host))
    require_safe(Api(host=host, token="0123456789abcdef"))  # noqa: S106 (of no system)


def test_a_short_token_is_refused() -> None:
    with pytest.raises(SettingInvalid, match="16 characters"):
        require_safe(Api(token="short"))  # noqa: S106 (of no system)


def test_a_token_is_not_shown() -> None:
    assert "0123456789abcdef" not in repr(Api(token="0123456789abcdef"))  # noqa: S106 (of no system)


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:5000", "https://roads.example/osrm"])
def test_a_routing_engine_is_at_an_address_of_the_web_or_nowhere(url: str) -> None:
    require_safe(Api(routing=Routing(url)))


@pytest.mark.parametrize(
    "url", ["127.0.0.1:5000", "ftp://roads", "http://[", "http://a:b", "http:"]
)
def test_another_address_of_a_routing_engine_is_refused(url: str) -> None:
    with pytest.raises(SettingInvalid, match="MILEPOST_ROUTING_URL"):
        require_safe(Api(routing=Routing(url)))
