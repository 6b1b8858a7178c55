"""What the whole path is held against: paho with manual acknowledgement and a bare COPY.

One process, as the gateway is: paho's thread queues messages, the main thread takes what
has arrived, at most 5,000, stores as many rows that were decoded beforehand, commits, and
acknowledges.  It looks at no message.  Same session, same subscriptions as the gateway.
Reads a JSON object with ``broker`` and ``database`` (URLs), ``start`` (s since 1970, time of
its first row) and ``vehicles`` from standard input; without ``database`` it stores nothing.
Says ``listening`` on standard error.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Any

import numpy as np
from paho.mqtt.client import Client, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from bench import bare
from fleet.wire import QOS, UPLINK, topic
from gateway.inbox import Broker, parse_url
from store import Database
from store.database import connect

BATCH = 5000  #: messages, as the gateway's
IDLE = 0.1  #: s, as the gateway's
NAME = "bench-rival"


class Rival:
    """Takes messages until it is told to stop."""

    def __init__(self, url: str) -> None:
        self.stop = threading.Event()
        self._arrived = threading.Condition()
        self._queue: list[int] = []
        address, usual = parse_url(url), Broker(url)
        self._client = client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=usual.client_id,
            clean_session=False,
            protocol=MQTTv311,
            manual_ack=True,
        )
        client.username_pw_set(address.user, address.password)
        client.on_connect = self._subscribe
        client.on_subscribe = lambda *_: print("listening", file=sys.stderr, flush=True)
        client.on_message = self._on_message
        client.connect(address.host, address.port, usual.keepalive)

    def _subscribe(self, client: Client, *_: object) -> None:
        client.subscribe([(topic("+", kind), QOS) for kind in UPLINK])

    def _on_message(self, _client: Client, _user: object, message: MQTTMessage) -> None:
        with self._arrived:
            self._queue.append(message.mid)
            self._arrived.notify()

    def run(self, database: str, start: float, vehicles: int) -> None:
        """Store and acknowledge."""
        conn = connect(Database(database), application=NAME) if database else None
        first = datetime.fromtimestamp(start, UTC).date()
        if conn is not None:
            bare.make_table(conn, {first, first + timedelta(days=1)})
        ready, stored = bare.rows(BATCH), 0
        self._client.loop_start()
        while not self.stop.is_set():
            taken = self._take()
            if not taken:
                continue
            if conn is not None:
                bare.copy(conn, self._keyed(ready[: len(taken)], stored, start, vehicles))
            stored += len(taken)
            for packet in taken:
                self._client.ack(packet, QOS)
        self._client.disconnect()
        self._client.loop_stop()
        if conn is not None:
            conn.close()

    def _take(self) -> list[int]:
        with self._arrived:
            if not self._queue:
                self._arrived.wait(IDLE)
            taken, self._queue = self._queue[:BATCH], self._queue[BATCH:]
            return taken

    @staticmethod
    def _keyed(made: Any, stored: int, start: float, vehicles: int) -> Any:  # noqa: ANN401 - rows
        """A device and a time that no other row has."""
        number = np.arange(stored, stored + len(made))
        made["device_id"] = number % vehicles + 1
        made["time"] = made["received_at"] = bare.instant(start + number // vehicles)
        return made


def main() -> None:
    """Run until SIGTERM."""
    order = json.loads(sys.stdin.readline())
    rival = Rival(order["broker"])

    def end(_number: int, _frame: FrameType | None) -> None:
        rival.stop.set()

    signal.signal(signal.SIGTERM, end)
    rival.run(order["database"], order["start"], order["vehicles"])


if __name__ == "__main__":
    main()
