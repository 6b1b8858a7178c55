"""A broker that divides the devices: each partition hears its own; rights stay what they are."""

from __future__ import annotations

import json
from contextlib import ExitStack
from itertools import product

import bcrypt
import pytest

from fleet.wire import Kind, parse_topic, topic, uplink_filters
from milepost.stack import Broker, BrokerOptions
from milepost.stack.natsparts import Cluster
from tests.milepost.stack.test_nats import REFUSED, Mqtt, eventually

pytestmark = pytest.mark.broker

WORD = "word"
HASH = bcrypt.hashpw(WORD.encode(), bcrypt.gensalt(4)).decode()
DIVIDED = pytest.mark.parametrize(
    "fresh_broker", [BrokerOptions(bench=True, partitions=3)], indirect=True, ids=["three"]
)
NAMES = [f"T{number}" for number in range(30)]


@DIVIDED
def test_every_device_belongs_to_one_partition_with_all_it_says(fresh_broker: Broker) -> None:
    kinds = (Kind.NMEA, Kind.EVENT, Kind.STATUS, Kind.ACK)
    with ExitStack() as stack:
        gateways = [
            stack.enter_context(Mqtt(fresh_broker.url(), f"gateway-{part}")) for part in range(3)
        ]
        for part, gateway in enumerate(gateways):
            assert [gateway.subscribe(each) for each in uplink_filters(partition=part)] == [1] * 4
        terminals = stack.enter_context(Mqtt(fresh_broker.url("bench")))
        for name, kind in product(NAMES, kinds):
            terminals.publish(topic(name, kind), f"{name} {kind}".encode())
        eventually(lambda: sum(g.arrived.qsize() for g in gateways) == len(NAMES) * len(kinds))
        heard = [[gateway.next() for _ in range(gateway.arrived.qsize())] for gateway in gateways]
    for each in heard:
        found = [(parse_topic(name), payload) for name, payload in each]
        assert all(at and f"{at[0]} {at[1]}".encode() == payload for at, payload in found)
        assert len({at[0] for at, _ in found if at}) * len(kinds) == len(each) > 0


@DIVIDED
def test_a_device_still_speaks_only_for_itself(fresh_broker: Broker) -> None:
    fresh_broker.set_devices({"T1": HASH, "T2": HASH})
    url = fresh_broker.device_url("T1", WORD)
    status = topic("T1", Kind.STATUS)
    with Mqtt(fresh_broker.url()) as gateway, Mqtt(url, will=(status, b"gone")) as terminal:
        gateway.subscribe("#")
        for forged in ("fleet/v1/T2/nmea", "fleet/p/0/T2/nmea", "fleet/p/1/T2/event", "other"):
            terminal.publish(forged, b"forged")
        terminal.publish("fleet/v1/T1/nmea", b"own")
        terminal.publish(status, b"here", retain=True)
        heard = [gateway.next() for _ in range(2)]
        assert [parse_topic(name) for name, _ in heard] == [
            ("T1", Kind.NMEA),
            ("T1", Kind.STATUS),
        ]
        assert terminal.subscribe("fleet/p/#") == REFUSED
        assert terminal.subscribe(topic("T1", Kind.CMD)) == 1
        gateway.publish(topic("T1", Kind.CMD), b"command")
        assert terminal.next() == (topic("T1", Kind.CMD), b"command")
        gateway.next()  # it hears everything, its command too
        assert gateway.arrived.empty()


def test_a_cluster_needs_three_nodes_and_a_secret() -> None:
    routes = ("a:1", "b:1", "c:1")
    with pytest.raises(ValueError, match="routes"):
        Cluster("one", routes=routes[:2], secret="x")  # noqa: S106 - of a test
    with pytest.raises(ValueError, match="secret"):
        Cluster("one", routes=routes)


@pytest.mark.parametrize("number", [0, -1, 257])
def test_a_number_of_partitions_that_cannot_be_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="partitions"):
        BrokerOptions(partitions=number)


def test_one_partition_is_none() -> None:
    assert "fleet/p" not in json.dumps([parse_topic("fleet/p/0/"), uplink_filters()])
