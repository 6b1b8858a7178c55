from __future__ import annotations

import math
import os
import time
from pathlib import Path

import pytest

from firmware_sim import replay
from firmware_sim.nmea import epoch
from firmware_sim.radio import Broker
from firmware_sim.receiver import Reading
from firmware_sim.recording import read
from fleet.errors import BrokerAway, Invalid
from tests.firmware_sim.stand import Listener, Server, until

pytestmark = pytest.mark.broker

HERE = Reading(
    valid=True, lon=-119.7, lat=39.4, altitude=1378, speed=20, course=90, hdop=1, satellites=10
)
DEVICE = "sim-0001"
FAST = replay.Options(speed=math.inf, keep_time=True)


def log(count: int, step: float = 1.0) -> bytes:
    return b"".join(epoch(1_127_692_800 + i * step, HERE, "GP") for i in range(count))


def recorded(name: str) -> Path:
    folder = os.environ.get("MILEPOST_DATA")
    if not folder:
        pytest.skip("MILEPOST_DATA is not set: it names the folder with recordings")
    return Path(folder) / name


def test_a_recorded_drive_of_4469_epochs_is_sent_untouched(
    sim_broker: Broker, listener: Listener
) -> None:
    path = recorded("nmea/drive/carson_truckee_137km.nmea")
    report = replay.run(path, DEVICE, sim_broker, FAST)
    assert (report.epochs, report.published, report.acknowledged) == (4469, 4469, 4469)
    assert (report.undated, report.duplicates) == (0, 0)
    until(lambda: len(listener.of("nmea")) == 4469)
    sent = b"".join(payload for _, payload, _ in listener.of("nmea"))
    lines = [x.strip() for x in path.read_bytes().splitlines() if x.startswith(b"$")]
    assert sent.split(b"\r\n")[:-1] == lines


def test_by_default_the_recording_ends_when_it_is_sent(
    sim_broker: Broker, listener: Listener
) -> None:
    now = time.time()
    report = replay.run(log(20), DEVICE, sim_broker, replay.Options(speed=10, now=now))
    assert report.acknowledged == 20
    assert report.seconds >= 1.8
    assert report.last == pytest.approx(now + 1.9, abs=1.0)
    assert report.last is not None
    assert report.first == report.last - 19
    until(lambda: len(listener.of("nmea")) == 20)
    back = read(b"".join(payload for _, payload, _ in listener.of("nmea")))
    assert back.epochs[-1].time == report.last
    assert report.last <= time.time()


def test_a_lost_connection_costs_no_epoch(
    sim_server: Server, sim_broker: Broker, listener: Listener
) -> None:
    told: list[int] = []

    def progress(report: replay.Report) -> None:
        told.append(report.published)
        if len(told) == 1:
            sim_server.kill()
            sim_server.start()

    options = replay.Options(speed=100, keep_time=True)
    report = replay.run(log(300), DEVICE, sim_broker, options, on_progress=progress)
    assert report.published == report.acknowledged == 300
    until(lambda: {p for _, p, _ in listener.of("nmea")} >= set(payloads(300)))


def payloads(count: int) -> list[bytes]:
    return [e.payload for e in read(log(count)).epochs]


def test_a_refused_device_is_told_at_once(sim_server: Server) -> None:
    with pytest.raises(BrokerAway, match="refuses device 'stranger'"):
        replay.run(log(2), "stranger", Broker("127.0.0.1", sim_server.port), FAST)


def test_a_broker_that_is_not_there_is_given_up() -> None:
    options = replay.Options(keep_time=True, patience=0.5)
    with pytest.raises(BrokerAway, match="no connection"):
        replay.run(log(2), DEVICE, Broker("127.0.0.1", 1), options)


@pytest.mark.parametrize(
    ("source", "device", "options"),
    [
        (b"nothing here", DEVICE, FAST),
        (log(1), "a/b", FAST),
        (log(1), DEVICE, replay.Options(speed=-1, keep_time=True)),
        (log(1), DEVICE, replay.Options()),
    ],
)
def test_what_cannot_be_replayed_is_said_before_anything_is_sent(
    source: bytes, device: str, options: replay.Options
) -> None:
    with pytest.raises(Invalid):
        replay.run(source, device, Broker("127.0.0.1", 1), options)
