from __future__ import annotations

import pytest

from shipment.targets import Guard, refuse_address, refuse_url

NOBODY = Guard()


@pytest.mark.parametrize(
    "url",
    [
        "https://erp.example/hooks/1?x=%20",
        "http://erp.example:8080/",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]:8443/a",
    ],
)
def test_what_is_in_the_world_may_be_reached(url: str) -> None:
    assert refuse_url(url, NOBODY) == ""


@pytest.mark.parametrize(
    "url",
    [
        "",
        "erp.example",
        "ftp://erp.example/",
        "file:///etc/passwd",
        "gopher://erp.example/",
        "https:///path",
        "https://user:pw@erp.example/",
        "https://erp.example/#part",
        "https://erp.example/a b",
        "https://erp.example/\r\nX: y",
        "https://erp。example/",
        "https://erp.example:99999/",
        "https://erp.example:6379/",
        "https://erp.example:22/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://127.1/",
        "https://0177.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/latest/meta-data",
        "https://[fe80::1%25eth0]/",
        "https://10.0.0.5/",
        "https://[",
    ],
)
def test_what_is_inside_or_no_web_address_is_refused(url: str) -> None:
    assert refuse_url(url, NOBODY) != ""


@pytest.mark.parametrize(
    "address",
    [
        "0.1.2.3", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1",
        "192.168.1.1", "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "224.0.0.1",
        "240.0.0.1", "255.255.255.255", "::", "::1", "fc00::1", "fd00:ec2::254", "fe80::1",
        "fec0::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::",
        "2001:0:a00:1::", "2001:db8::1", "erp.example",
    ],
)  # fmt: skip
def test_no_address_of_the_house_is_reached(address: str) -> None:
    assert refuse_address(address) != ""


def test_a_host_that_the_installation_names_is_reached_wherever_it_is() -> None:
    guard = Guard(("10.0.0.5", "erp.corp.example"))
    assert refuse_url("http://10.0.0.5:9200/", guard) == ""
    assert refuse_url("http://ERP.corp.example./", guard) == ""
    assert refuse_url("http://10.0.0.6/", guard) != ""
    assert refuse_url("http://user:pw@10.0.0.5/", guard) != ""
