"""Broker configuration beyond one gateway and one node: partitions, and a cluster.  Pure.

**Partitions** divide the devices among gateways.  The broker hands on what the device ``x``
publishes below ``fleet/v1/x/`` under ``fleet/p/<partition>/x/``, by a hash of the name; what
is retained and last wills likewise.  It checks the permission for the subject that it hands
on, so a device is granted ``fleet.p.*.x.>`` and nothing else.  Commands stay where they are.

**A cluster** of three nodes keeps every message on two of them at least before it is
acknowledged.  One node may die; devices connect to another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from fleet.wire import PARTED, PREFIX, UPLINK

CLUSTER = "milepost"
_SUBJECT, _PARTED = (text.replace("/", ".") for text in (PREFIX, PARTED))
_MOST = 256  #: partitions; as many gateways
_REPLICAS = 3  #: of every message; five would survive two nodes and cost half the throughput
#: s; as long a publisher waits for a node that died before it is told to connect anew.  With
#: the server's 5 s nobody was answered for 5 to 11 s when a leader died, with 1 s for 4 to 8.
_ANSWER_WITHIN = 1


@dataclass(frozen=True, slots=True)
class Cluster:
    """This node's place in a cluster of brokers.

    Raises:
        ValueError: fewer than three nodes, or a node without its own route.
    """

    node: str = ""  #: this node's name, another on each; empty: no cluster
    host: str = "127.0.0.1"  #: where the other nodes reach this one
    port: int = 0  #: TCP, for the other nodes
    #: host:port of all nodes, this one too, the same list on each.
    routes: tuple[str, ...] = ()
    secret: str = field(
        default="", repr=False
    )  #: the nodes know each other by it; the same on each

    def __post_init__(self) -> None:
        if self.node and len(self.routes) < _REPLICAS:
            raise ValueError("routes: a cluster has three nodes at least, each with its host:port")
        if self.node and not self.secret:
            raise ValueError("secret: whoever reaches the port of a cluster could join it")


def check_partitions(number: int) -> None:
    """Raise ``ValueError`` if devices cannot be divided into so many."""
    if not 1 <= number <= _MOST:
        raise ValueError(f"partitions: {number}, 1 to {_MOST} are possible")


def mappings(partitions: int) -> dict[str, str]:
    """Subjects that devices publish to, and what becomes of them."""
    if partitions == 1:
        return {}
    part = f"{{{{partition({partitions},1)}}}}.{{{{wildcard(1)}}}}"
    kinds = [str(kind).replace("/", ".") for kind in UPLINK]
    return {f"{_SUBJECT}.*.{kind}": f"{_PARTED}.{part}.{kind}" for kind in kinds}


def publishable(device: str, partitions: int) -> list[str]:
    """Subjects that a device (``*``: every one) is granted to publish to."""
    whole = f"{_SUBJECT}.{device}.>"
    return [whole] if partitions == 1 else [f"{_PARTED}.*.{device}.>"]


def cluster(given: Cluster) -> dict[str, Any]:
    """The part of the configuration that makes a node of it; nothing without a name."""
    if not given.node:
        return {}
    login = {"user": CLUSTER, "password": given.secret}
    known = f"{CLUSTER}:{quote(given.secret, safe='')}"
    return {
        "server_name": given.node,
        "cluster": {
            "name": CLUSTER,
            "listen": f"{given.host}:{given.port}",
            "authorization": login,
            "routes": [f"nats://{known}@{route}" for route in given.routes],
        },
    }


def clustered_mqtt(given: Cluster) -> dict[str, Any]:
    """What a node says of MQTT besides."""
    if not given.node:
        return {}
    return {"stream_replicas": _REPLICAS, "js_api_timeout": f"{_ANSWER_WITHIN}s"}
