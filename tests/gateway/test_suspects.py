"""A message on which the gateway itself fails is found, put aside, and stops nobody else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

import store
from fleet.records import FixBatch, Frame
from fleet.wire import Kind, topic
from gateway import errands, inbox, pipeline, repair
from gateway.assemble import Assembled
from gateway.inbox import Delivery, parse_url
from gateway.metrics import Metrics
from gateway.pipeline import Rules
from gateway.service import Gateway, Loop, Settings
from gateway.suspects import Suspects
from gateway.writer import Writer
from milepost.stack.nats import Broker
from tests.factories import MORNING, epoch, frame
from tests.waiting import await_true

pytestmark = pytest.mark.db

Ask = Callable[..., list[tuple[Any, ...]]]
MakeWriter = Callable[..., Writer]
POISON = b"POISON"


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The decoder fails on every message that begins with ``POISON``."""

    def read(frames: Sequence[Frame], *rest: Any) -> Assembled:  # noqa: ANN401 - whatever it takes
        for each in frames:
            assert not each.payload.startswith(POISON), "a case that nobody thought of"
        return pipeline.read(frames, *rest)

    monkeypatch.setattr("gateway.writer.read", read)
    return monkeypatch


def delivery(number: int, payload: bytes = b"", device: str = "d0") -> Delivery:
    """A message that waits for its acknowledgement."""
    fix = epoch(MORNING + number, 114.3 + 1e-4 * number, 30.6)
    return Delivery(frame(device, payload or fix, MORNING + 500), number + 1, 0)


def settled(suspects: Suspects) -> list[int]:
    """Packet ids in the order in which they are acknowledged."""
    done: list[int] = []
    while suspects:
        suspects.settle(lambda part: done.extend(each.packet for each in part))
    return done


@pytest.mark.usefixtures("faulty")
def test_each_faulty_message_of_a_batch_is_a_dead_letter_and_the_others_are_stored(
    make_writer: MakeWriter, rows: Ask
) -> None:
    writer, metrics = make_writer(), Metrics()
    batch = [delivery(i) for i in range(100)]
    for number in (0, 37, 38, 99):
        batch[number] = delivery(number, POISON + b"%d\0" % number)
    suspects = Suspects(writer, metrics)
    suspects.add(batch)
    assert settled(suspects) == list(range(1, 101))
    assert rows("SELECT count(*) FROM fix") == [(96,)]
    letters = rows("SELECT device, kind, reason, raw, detail FROM dead_letter ORDER BY id")
    assert [raw for _, _, _, raw, _ in letters] == [POISON + b"%d\0" % n for n in (0, 37, 38, 99)]
    assert {letter[:3] for letter in letters} == {("d0", "nmea", "fault")}
    assert "AssertionError: a case that nobody thought of" in letters[0][4]
    counted = metrics.registry.get_sample_value("milepost_faults_total", {"what": "message"})
    assert counted == 4


@pytest.mark.usefixtures("faulty")
def test_where_everything_fails_nothing_is_acknowledged(make_writer: MakeWriter, rows: Ask) -> None:
    """Not the messages are at fault then: five devices in a row, and the failure is raised."""
    suspects = Suspects(make_writer(), Metrics())
    suspects.add([delivery(i, POISON, f"d{i}") for i in range(40)])
    with pytest.raises(AssertionError, match="nobody thought of"):
        settled(suspects)
    assert suspects
    assert rows("SELECT count(*) FROM dead_letter WHERE reason = 'fault'") == [(5,)]


def test_a_letter_on_which_the_gateway_fails_again_stays_and_the_others_come_in(
    make_writer: MakeWriter, rows: Ask, faulty: pytest.MonkeyPatch
) -> None:
    writer, metrics = make_writer(), Metrics()
    suspects = Suspects(writer, metrics)
    suspects.add([delivery(i, POISON + b"%d" % i) for i in range(3)])
    settled(suspects)
    ask = "INSERT INTO reinject (dead_letter_id) SELECT id FROM dead_letter RETURNING 1"
    assert len(rows(ask)) == 3
    rows("UPDATE dead_letter SET raw = %s WHERE raw <> %s RETURNING 1", b"fine", POISON + b"1")
    assert errands.take_letters(writer, metrics)
    assert rows("SELECT count(*) FROM reinject") == [(0,)]
    still = rows("SELECT raw FROM dead_letter WHERE reason = 'fault' AND reinjected_at IS NULL")
    assert still == [(POISON + b"1",)]
    faulty.undo()
    rows(ask.replace("RETURNING", "WHERE reinjected_at IS NULL AND reason = 'fault' RETURNING"))
    assert errands.take_letters(writer, metrics)
    assert rows("SELECT count(*) FROM dead_letter WHERE reason = 'fault'") == [(3,)]
    assert rows("SELECT count(*) FROM dead_letter WHERE reinjected_at IS NULL") == [(2,)]


def test_a_vehicle_on_which_the_gateway_fails_is_folded_again_later(
    make_writer: MakeWriter, rows: Ask
) -> None:
    writer, at_once = make_writer(), repair.Coalescing(0.0, 0.0)
    writer.write([frame("d0", epoch(MORNING, 114.3, 30.6), MORNING)], FixBatch.empty(), 0)
    rows("INSERT INTO refold (vehicle_id, from_time, reason) VALUES (1, now(), 'x') RETURNING 1")
    errands.put_off_refold(writer, at_once, Metrics())
    assert not repair.refold(writer, Rules(), at_once, Metrics())
    assert rows("SELECT count(*) FROM refold WHERE requested_at > now()") == [(1,)]


@contextmanager
def running(settings: Settings) -> Iterator[Gateway]:
    """A gateway in a thread of its own."""
    stop = threading.Event()
    gateway = Gateway(settings, stop)
    thread = threading.Thread(target=gateway.run)
    thread.start()
    try:
        yield gateway
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


@pytest.mark.broker
@pytest.mark.usefixtures("faulty")
def test_a_faulty_message_at_the_broker_ends_neither_the_gateway_nor_comes_again(
    fleet_url: str, fresh_broker: Broker, rows: Ask
) -> None:
    settings = Settings(
        inbox.Broker(fresh_broker.url("gateway")),
        store.Database(fleet_url),
        loop=Loop(errands=0.05),
    )
    inbox.enrol(settings.broker)
    address = parse_url(fresh_broker.url("bench"))
    client = Client(CallbackAPIVersion.VERSION2, "terminals", protocol=MQTTv311)
    client.username_pw_set(address.user, address.password)
    client.connect(address.host, address.port)
    client.loop_start()
    now = round(time.time())
    for number in range(60):
        payload = epoch(now - 100 + number, 114.3 + 1e-4 * number, 30.6)
        fields = POISON if number == 30 else payload
        info = client.publish(topic("d1", Kind.NMEA), fields, qos=1)
    info.wait_for_publish(10)
    client.disconnect()
    client.loop_stop()
    with running(settings) as gateway:
        await_true(lambda: rows("SELECT count(*) FROM fix") == [(59,)], "the others are stored")
        await_true(lambda: fresh_broker.backlog() == 0, "the broker has every acknowledgement")
        assert gateway.problems() == {"broker": "", "database": ""}
    assert rows("SELECT reason, raw FROM dead_letter") == [("fault", POISON)]
