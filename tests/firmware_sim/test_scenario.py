from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from firmware_sim import scenario
from firmware_sim.device import Message
from firmware_sim.faults import NONE, Faults
from firmware_sim.scenario import Fleet, assemble, china_trunk, load, named
from firmware_sim.service import seeds
from firmware_sim.unit import Truth, Unit
from firmware_sim.vehicle import DEGREE
from fleet import wire
from fleet.errors import NotFound
from fleet.wire import Kind

START = 1_800_000_000.0


def metres(lon: np.ndarray, lat: np.ndarray, at: tuple[float, float]) -> np.ndarray:
    east = (lon - at[0]) * np.cos(np.radians(at[1]))
    return np.asarray(DEGREE * np.hypot(east, lat - at[1]))


def drive(unit: Unit, steps: int) -> tuple[list[Message], list[Truth]]:
    """The unit on a perfect network."""
    unit.terminal.connected(START)
    sent: list[Message] = []
    truths: list[Truth] = []
    for _ in range(steps):
        fresh, truth = unit.step()
        truths.append(truth)
        while fresh:
            sent += fresh
            fresh = [more for m in fresh for more in unit.terminal.acknowledged(m.token)]
    return sent, truths


def digest(fleet: Fleet, seed: int, faults: Faults = NONE) -> str:
    """Everything that a fleet sends in two minutes, and the truth, as one number."""
    state = sha256()
    for unit in assemble(fleet, START, seeds(seed), faults):
        sent, truths = drive(unit, 120)
        state.update(b"".join(m.payload for m in sent))
        state.update(json.dumps([t.record() for t in truths]).encode())
    return state.hexdigest()


def test_the_same_seed_gives_the_same_bytes() -> None:
    faults = Faults(duplicate=0.1, reorder=0.1, checksum=0.1, torn=0.1)
    fleet = china_trunk(12)
    assert digest(fleet, 7, faults) == digest(fleet, 7, faults)
    assert digest(fleet, 7, faults) != digest(fleet, 8, faults)


def test_a_terminal_sends_the_same_in_a_fleet_of_another_size() -> None:
    fleet = china_trunk(12)
    alone = replace(fleet, trucks=fleet.trucks[:1])
    sent = [drive(assemble(f, START, seeds(7))[0], 60)[0] for f in (fleet, alone)]
    assert [m.payload for m in sent[0]] == [m.payload for m in sent[1]]


def test_the_geography_is_that_of_china() -> None:
    fleet = china_trunk()
    assert len(fleet.sites) >= 16
    for site in fleet.sites:
        assert ZoneInfo(site.zone).key == "Asia/Shanghai"
        assert 97 < site.lon < 132
        assert 20 < site.lat < 48
    kilometres = {code: r.road.line.length / 1000 for code, r in fleet.routes.items()}
    # Road distances by the expressway, from any road atlas.
    assert kilometres["G1-BJS-SHE"] == pytest.approx(680, rel=0.07)
    assert kilometres["G4-WUH-SZX"] == pytest.approx(1_080, rel=0.07)
    assert kilometres["G85-CKG-CTU"] == pytest.approx(335, rel=0.07)


def test_every_route_stops_inside_its_sites_and_has_no_straight_stretch() -> None:
    fleet = china_trunk()
    sites = {site.code: site for site in fleet.sites}
    for route in fleet.routes.values():
        line = route.road.line
        for stop in route.road.stops:
            if stop.name in sites:
                site = sites[stop.name]
                lon = np.interp([stop.along], line.along, line.lon)
                lat = np.interp([stop.along], line.along, line.lat)
                assert metres(lon, lat, (site.lon, site.lat)) < site.radius
        assert np.diff(line.along).max() < 700
        assert len(line.along) > line.length / 700


def test_identities_are_unique_and_allowed_on_the_wire() -> None:
    fleet = china_trunk(120)
    assert len({t.device for t in fleet.trucks}) == len({t.plate for t in fleet.trucks}) == 120
    assert all(wire.is_device(t.device) and len(t.plate) == 7 for t in fleet.trucks)
    parties = {p.code for p in fleet.parties}
    assert {t.party for t in fleet.trucks} == parties
    assert {t.route for t in fleet.trucks} == set(fleet.routes)


def test_the_map_is_alive_at_once() -> None:
    states = [unit.truth(START) for unit in assemble(china_trunk(), START, seeds(1))]
    speeds = np.array([s.speed * 3.6 for s in states])
    assert ((speeds > 60) & (speeds < 91)).mean() > 0.6
    assert (speeds == 0).any()
    places = np.array([(s.lon, s.lat) for s in states])
    assert len(np.unique(places.round(1), axis=0)) > 80


def test_the_truth_is_where_the_terminal_says_within_its_error() -> None:
    unit = assemble(china_trunk(4), START, seeds(3))[2]
    sent, truths = drive(unit, 300)
    by_time = {t.time: t.state for t in truths}
    fixes = [m for m in sent if m.kind is Kind.NMEA]
    assert len(fixes) >= 25
    for message in fixes:
        state = by_time[message.fixes[0]]
        fields = message.payload.split(b"\r\n")[0].split(b",")
        lat = int(fields[3][:2]) + float(fields[3][2:]) / 60
        lon = int(fields[5][:3]) + float(fields[5][3:]) / 60
        assert metres(np.array(lon), np.array(lat), (state.lon, state.lat)) < 60


def test_arrivals_and_departures_are_in_the_truth() -> None:
    fleet = china_trunk(20)
    unit = assemble(replace(fleet, tick=60.0, trucks=fleet.trucks[:1]), START, seeds(1))[0]
    _, truths = drive(unit, 24 * 60)
    arrived = [t.arrived for t in truths if t.arrived]
    departed = [t.departed for t in truths if t.departed]
    assert arrived.count("NKG") == 2
    assert departed.count("NKG") == 2
    assert "WUH" in arrived


def test_a_load_fleet_shares_its_drives_and_samples_at_an_even_rate() -> None:
    units = assemble(load(200, interval=10.0), START, seeds(1))
    assert len({u.device for u in units}) == 200
    per_second = np.bincount([int(u.due - START) for u in units], minlength=10)
    assert per_second.min() >= 18
    sent = [m for unit in units[:20] for m in drive(unit, 6)[0] if m.kind is Kind.NMEA]
    assert len(sent) >= 20 * 6 * 0.9


def test_fleets_have_names() -> None:
    assert named("china-trunk").name == scenario.CHINA_TRUNK
    assert len(named("load", 50).trucks) == 50
    with pytest.raises(NotFound):
        named("atlantis")
