from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.wire import MAX_SENTENCE, PREFIX, UPLINK, Kind, is_device, parse_topic, topic

DEVICES = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=64)
KINDS = st.sampled_from(Kind)


@given(DEVICES, KINDS)
def test_a_topic_names_its_device_and_kind(device: str, kind: Kind) -> None:
    assert is_device(device)
    assert parse_topic(topic(device, kind)) == (device, kind)


@given(st.text())
def test_whatever_is_read_as_a_topic_is_written_as_the_same_text(text: str) -> None:
    for candidate in (text, f"{PREFIX}/{text}", f"{PREFIX}/{text}/nmea", f"{PREFIX}/d/{text}"):
        read = parse_topic(candidate)
        if read is not None:
            assert topic(*read) == candidate


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fleet/v1",
        "fleet/v1/",
        "fleet/v1/truck-1",
        "fleet/v1/truck-1/",
        "fleet/v1//nmea",
        "fleet/v1/truck-1/nmea/",
        "fleet/v1/truck-1/nmea/more",
        "fleet/v1/truck-1/NMEA",
        "fleet/v1/truck-1/ack",
        "fleet/v1/truck-1/cmd/",
        "fleet/v1/+/nmea",
        "fleet/v1/#",
        "fleet/v2/truck-1/nmea",
        "/fleet/v1/truck-1/nmea",
        "x/fleet/v1/truck-1/nmea",
        "fleet/v1/fleet/v1/truck-1/nmea",
        "fleet/v1/truck 1/nmea",
        "fleet/v1/卡车/nmea",
        "fleet/v1/truck-1\n/nmea",
        "fleet/v1/truck-1/nmea\n",
        f"fleet/v1/{'d' * 65}/nmea",
    ],
)
def test_a_topic_outside_the_definition_is_refused(text: str) -> None:
    assert parse_topic(text) is None


@pytest.mark.parametrize("name", ["", "d" * 65, "a.b", "a/b", "a b", "a\n", "é", "+", "#", "１"])  # noqa: RUF001 - a full-width digit is the point
def test_a_name_that_could_reach_other_topics_is_no_device(name: str) -> None:
    assert not is_device(name)


def test_the_gateway_reads_all_that_goes_up_and_nothing_that_goes_down() -> None:
    assert set(UPLINK) == set(Kind) - {Kind.CMD}
    assert topic("+", Kind.ACK) == "fleet/v1/+/cmd/ack"
    assert MAX_SENTENCE > 119  # the longest that has been met in the field
