from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_sim import service
from firmware_sim.faults import Faults
from firmware_sim.radio import Broker
from firmware_sim.scenario import Fleet, china_trunk, load
from firmware_sim.vehicle import Span
from fleet.errors import BrokerAway
from tests.firmware_sim.stand import Listener, Server, until

pytestmark = pytest.mark.broker


def epochs(messages: list[tuple[str, bytes, bool]]) -> set[tuple[str, bytes]]:
    """(device, time field) of every RMC; the test's own reading, by splitting at commas."""
    return {
        (topic.split("/")[2], line.split(b",")[9] + line.split(b",")[1])
        for topic, payload, _ in messages
        for line in payload.split(b"\r\n")
        if line[3:6] == b"RMC"
    }


def said(listener: Listener, reason: str) -> set[str]:
    """Topics of the devices whose status told ``reason``."""
    statuses = listener.of("status")
    return {topic for topic, payload, _ in statuses if json.loads(payload)["reason"] == reason}


def bench_as_devices(count: int) -> Fleet:
    """A load fleet whose terminals have the names, and so the credentials, of devices."""
    fleet = load(count, interval=0.5)
    trucks = (replace(t, device=f"sim-{i + 1:04d}") for i, t in enumerate(fleet.trucks))
    return replace(fleet, trucks=tuple(trucks))


def test_fifty_devices_on_their_own_connections_lose_nothing(
    sim_broker: Broker, listener: Listener, tmp_path: Path
) -> None:
    truth = tmp_path / "truth.jsonl"
    seen: list[tuple[str, float, float]] = []
    fleet = china_trunk(50)
    brisk = tuple(replace(t, settings=replace(t.settings, moving=1.0)) for t in fleet.trucks)
    report = service.run(
        replace(fleet, trucks=brisk),
        sim_broker,
        service.Options(seconds=5, truth=truth),
        on_publish=lambda *row: seen.append(row),
    )
    assert report.drained
    assert report.published == report.acknowledged == len(seen) > 50
    assert report.duplicates == report.broken == 0
    until(lambda: len(epochs(listener.of("nmea"))) == report.published)
    assert len({topic for topic, _, _ in listener.of("nmea")}) > 40  # some have no fix yet
    rows = [json.loads(line) for line in truth.read_text().splitlines()]
    assert {row["device"] for row in rows} == {f"sim-{i + 1:04d}" for i in range(50)}
    until(lambda: len(said(listener, "connected")) == len(said(listener, "shutdown")) == 50)
    assert {json.loads(p)["kind"] for _, p, _ in listener.of("event")} >= {"ignition"}


def test_a_thousand_terminals_share_ten_connections(sim_broker: Broker, listener: Listener) -> None:
    options = service.Options(seconds=4, shared=10)
    report = service.run(load(1000, interval=2.0), sim_broker, options)
    assert report.drained
    assert report.published == report.acknowledged >= 1000
    assert report.duplicates == 0
    until(lambda: len(epochs(listener.of("nmea"))) == report.published)


def test_faults_are_counted_apart(sim_broker: Broker, listener: Listener) -> None:
    faults = Faults(duplicate=0.3, reorder=0.3, checksum=0.2)
    options = service.Options(seconds=4, faults=faults)
    report = service.run(bench_as_devices(40), sim_broker, options)
    assert report.drained
    assert report.published == report.acknowledged
    assert report.duplicates > 20
    assert report.broken > 20
    until(lambda: len(epochs(listener.of("nmea"))) == report.published)


def test_a_killed_broker_costs_duplicates_but_no_fix(
    sim_server: Server, sim_broker: Broker, listener: Listener
) -> None:
    fleet = bench_as_devices(40)
    stop = threading.Event()
    running = service.Service(fleet, sim_broker, service.Options(drain=60))
    thread = threading.Thread(target=running.run, args=(stop,))
    thread.start()
    until(lambda: running.report.published > 100)
    sim_server.kill()
    until(lambda: running.report.reconnects >= 40)
    sim_server.start()
    before = running.report.published
    until(lambda: running.report.published > before + 100, seconds=60)
    stop.set()
    thread.join()
    report = running.report
    assert report.drained
    assert report.published == report.acknowledged
    until(lambda: len(epochs(listener.of("nmea"))) == report.published)


def test_a_story_from_the_past_catches_up_and_goes_on_live(
    sim_broker: Broker, listener: Listener
) -> None:
    ahead: list[float] = []
    times: list[float] = []

    def note(_device: str, told: float, handed: float) -> None:
        ahead.append(told - handed)
        times.append(told)

    begin = time.time() - 600
    options = service.Options(start=begin, speed=200, seconds=5)
    report = service.run(bench_as_devices(5), sim_broker, options, on_publish=note)
    assert report.drained
    assert max(ahead) <= 0.001
    assert min(times) < begin + 5
    assert max(times) > begin + 602
    until(lambda: len(epochs(listener.of("nmea"))) == report.published)


def holed(fleet: Fleet) -> Fleet:
    """The fleet on roads of which every other 2 km have no network, looked at every 5 s."""
    holes = tuple(Span(k * 4_000.0, k * 4_000.0 + 2_000) for k in range(150))
    routes = {
        code: replace(route, road=replace(route.road, dead_zones=holes))
        for code, route in fleet.routes.items()
    }
    often = (replace(t, settings=replace(t.settings, moving=10, parked=10)) for t in fleet.trucks)
    return replace(fleet, trucks=tuple(often), routes=routes, tick=5.0)


def test_who_leaves_a_dead_zone_while_the_broker_is_away_has_everything_acknowledged_later(
    sim_server: Server, sim_broker: Broker, listener: Listener
) -> None:
    stop = threading.Event()
    options = service.Options(start=time.time() - 36_000, speed=100, shared=2, drain=60)
    running = service.Service(holed(bench_as_devices(20)), sim_broker, options)
    thread = threading.Thread(target=running.run, args=(stop,))
    thread.start()
    until(lambda: running.report.published > 100)
    sim_server.kill()
    until(lambda: running.report.reconnects >= 6, seconds=60)  # 2 s each: a hole and its end
    sim_server.start()
    before = running.report.published
    until(lambda: running.report.published > before + 100, seconds=60)
    stop.set()
    thread.join()
    assert running.report.drained
    assert running.report.published == running.report.acknowledged
    until(lambda: len(epochs(listener.of("nmea"))) == running.report.published)


def test_a_dead_zone_fires_the_will_and_is_followed_by_the_backlog(
    sim_broker: Broker, listener: Listener
) -> None:
    fleet = holed(bench_as_devices(1))
    (truck,) = fleet.trucks
    fleet = replace(fleet, trucks=(replace(truck, offset=0.1),))
    options = service.Options(start=time.time() - 3_600, speed=100, seconds=8)
    report = service.run(fleet, sim_broker, options)
    assert report.drained
    assert report.published == report.acknowledged
    until(lambda: len(epochs(listener.of("nmea"))) == report.published)
    states = [json.loads(payload) for _, payload, _ in listener.of("status")]
    lost = [state for state in states if state["reason"] == "lost"]
    assert lost
    assert not any(state["online"] for state in lost)
    assert [s["time"] for s in states] == sorted(s["time"] for s in states)
    assert any(payload.count(b"RMC") > 3 for _, payload, _ in listener.of("nmea"))


def test_a_command_is_obeyed_and_acknowledged(sim_broker: Broker, listener: Listener) -> None:
    stop = threading.Event()
    running = service.Service(china_trunk(1), sim_broker)
    thread = threading.Thread(target=running.run, args=(stop,))
    thread.start()
    until(lambda: running.report.published > 0)
    command = {"id": "c1", "kind": "interval", "body": {"seconds": 1}}
    until(lambda: listener.of("status"))
    listener.client.publish("fleet/v1/sim-0001/cmd", json.dumps(command), 1)
    until(lambda: listener.of("cmd/ack"))
    answer = json.loads(listener.of("cmd/ack")[0][1])
    stop.set()
    thread.join()
    assert (answer["id"], answer["ok"]) == ("c1", True)
    assert running.report.commands == 1


def test_a_wrong_password_ends_the_run_with_a_reason(sim_server: Server) -> None:
    broker = Broker("127.0.0.1", sim_server.port, password="wrong")  # noqa: S106 - that is the point
    with pytest.raises(BrokerAway, match="refused"):
        service.run(china_trunk(2), broker, service.Options(patience=1.0))
