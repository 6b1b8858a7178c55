"""The fold as a whole: frames to conclusions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.records import FixBatch, Reason, WorldRows
from fleet.wire import MAX_PAYLOAD, Kind
from gateway.memory import blank, pack
from gateway.pipeline import Limits, Rules, conclude, cut, read
from gateway.world import World
from tests.factories import MORNING, epoch, fixes, frame, world

RULES = Rules()


def test_a_frame_becomes_a_fix_of_the_vehicle_that_carries_the_device() -> None:
    said = read([frame("d2", epoch(MORNING, 114.3, 30.6))], world(), {}, RULES)
    assert (said.fixes.device.tolist(), said.fixes.vehicle.tolist()) == ([2], [2])
    assert said.fixes.speed[0] == pytest.approx(19.0, abs=0.01)
    assert not said.rejects


@pytest.mark.parametrize(
    ("device", "kind", "payload", "reason"),
    [
        ("stranger", Kind.NMEA, epoch(MORNING, 114.3, 30.6), Reason.UNKNOWN_DEVICE),
        ("fleet/v2/d0/nmea", "", b"x", Reason.WRONG_TOPIC),
        ("d0", Kind.CMD, b"x", Reason.WRONG_TOPIC),
        ("d0", Kind.NMEA, b"\x00\xff" * 20, Reason.NOT_NMEA),
        ("d0", Kind.NMEA, b"$" * (MAX_PAYLOAD + 1), Reason.TOO_LARGE),
        ("d0", Kind.NMEA, epoch(MORNING + 500, 114.3, 30.6), Reason.FUTURE),
        ("d0", Kind.NMEA, epoch(MORNING - 200 * 86400, 114.3, 30.6), Reason.TOO_OLD),
        ("d0", Kind.NMEA, epoch(MORNING, 0.0, 0.0), Reason.NULL_ISLAND),
        ("d0", Kind.EVENT, b'{"time": 1, "kind": "coffee"}', Reason.BAD_EVENT),
    ],
)
def test_what_cannot_be_a_fix_is_one_reject_with_its_bytes(
    device: str, kind: str, payload: bytes, reason: Reason
) -> None:
    said = read([frame(device, payload, MORNING, kind)], world(), {}, RULES)
    assert [(r.reason, r.raw.strip()) for r in said.rejects] == [(reason, payload.strip())]
    assert len(said.fixes) == 0


def test_frame_numbers_survive_a_mixed_batch() -> None:
    status = b'{"time": 1772352000, "online": true}'
    frames = [
        frame("d0", status, kind=Kind.STATUS),
        frame("stranger", b"x"),
        frame("d1", epoch(MORNING, 114.3, 30.6)),
        frame("d0", b"rubbish"),
        frame("d0", epoch(MORNING, 114.3, 30.6)),
    ]
    said = read(frames, world(), {}, RULES)
    assert sorted(said.fixes.frame.tolist()) == [2, 4]
    assert sorted(r.frame for r in said.rejects) == [1, 3]
    assert [link.device for link in said.links] == [0]


def test_a_binding_decides_at_the_time_of_the_fix() -> None:
    rows = WorldRows(
        1,
        ("d0", "phone"),
        np.array([1, 2], np.int32),
        ("a", "b"),
        np.array([1, 2], np.int32),
        np.array([0, 0, 1], np.int32),
        np.array([0, 1, 0], np.int32),
        np.array([MORNING, MORNING + 100, 0.0]),
        np.array([MORNING + 100, np.inf, np.inf]),
        np.array([True, True, False]),
    )
    built = World.build(rows)
    times = np.array([MORNING - 1, MORNING, MORNING + 99.999, MORNING + 100, MORNING + 1e6])
    assert built.find_vehicles(np.zeros(5, np.int32), times).tolist() == [-1, 0, 0, 1, 1]
    assert built.find_vehicles(np.ones(5, np.int32), times).tolist() == [-1] * 5  # not primary
    assert built.find_vehicles(np.array([-1], np.int32), times[:1]).tolist() == [-1]


@pytest.mark.parametrize(("beyond", "expected"), [(0.0, [0, 0]), (4e-4, [-1, 0]), (1e-6, [-1, 0])])
def test_a_binding_holds_from_the_first_whole_millisecond(
    beyond: float, expected: list[int]
) -> None:
    """As the statement that reads history compares them, to the microsecond."""
    rows = replace(world(("d0",)).rows, bound_from=np.array([MORNING + 0.123 + beyond]))
    times = MORNING + np.array([0.123, 0.124])
    assert World.build(rows).find_vehicles(np.zeros(2, np.int32), times).tolist() == expected


def test_fixes_that_wait_are_numbered_anew_when_the_world_changes() -> None:
    before, after = world(("d0", "d1")), world(("a", "d1", "d0"), revision=2)
    moved = after.rebind(fixes(device=[0, 1], vehicle=[0, 1]), before)
    assert (moved.device.tolist(), moved.vehicle.tolist()) == ([2, 1], [2, 1])


@given(st.lists(st.integers(0, 4), min_size=0, max_size=300), st.integers(1, 40), st.integers(1, 9))
def test_a_cut_takes_whole_prefixes_of_each_device_and_loses_nothing(
    devices: list[int], total: int, each: int
) -> None:
    batch = fixes(len(devices), device=devices) if devices else FixBatch.empty()
    limits = Limits(fixes=total, per_vehicle=each)
    rest, order, commits = batch, [], 0
    while len(rest):
        now, rest = cut(rest, limits)
        counts = np.unique(now.device, return_counts=True)[1]
        assert len(now) <= max(total, each)
        assert counts.max() <= each
        order += now.frame.tolist()
        commits += 1
        assert commits <= len(devices)
    for device in set(devices):
        mine = [i for i in order if devices[i] == device]
        assert mine == sorted(mine)
    assert sorted(order) == list(range(len(devices)))


def test_a_conclusion_is_repeatable() -> None:
    batch, memory, known = fixes(20), blank(1), world(["d0"])
    first, second = (conclude(batch, (), memory, known, RULES) for _ in range(2))
    assert pack(first.memory) == pack(second.memory)
    assert first.fixes.flags.tolist() == second.fixes.flags.tolist()
    assert (memory.screen["time"] == -np.inf).all()  # nothing was written into what was given


@pytest.mark.slow
def test_every_part_of_100_000_fuzzed_payloads_has_one_outcome() -> None:
    """No crash, and accepted + repeats + conflicts + rejects = parts, whatever the bytes."""
    rng = np.random.default_rng(20261121)
    good = [epoch(MORNING + 10 * i, 114.3 + 0.001 * i, 30.6) for i in range(50)]
    topics = ["d0", "d1", "d2", "d0", "d1", "d2", "d0", "stranger"]
    kinds = [Kind.NMEA] * 8 + [Kind.EVENT, Kind.STATUS, Kind.ACK, "", Kind.CMD]
    carried: dict[str, bytes] = {}
    memory = blank(3)
    parts = accepted = repeats = conflicts = rejected = 0
    for _ in range(100):
        frames = []
        for _ in range(1000):
            payload = fuzzed(rng, good)
            device = topics[int(rng.integers(len(topics)))]
            frames.append(
                frame(device, payload, MORNING + 600, kinds[int(rng.integers(len(kinds)))])
            )
        said = read(frames, world(), carried, RULES)
        carried.update(said.carried)
        outcome = conclude(said.fixes, said.events, memory, world(), RULES)
        memory.update(outcome.touched, outcome.memory)
        parts += len(said.fixes) + sum(r.parts for r in said.rejects)
        accepted += len(outcome.fixes)
        repeats += outcome.repeats
        conflicts += len(outcome.losers)
        rejected += sum(r.parts for r in said.rejects)
        assert all(len(state) <= 4096 for state in carried.values())
    assert accepted + repeats + conflicts + rejected == parts
    assert accepted > 1000
    assert rejected > 10_000


def test_no_message_ends_without_an_outcome() -> None:
    """Taken one by one: a fix, a reject, or a half that waits for the next message."""
    rng = np.random.default_rng(8)
    good = [epoch(MORNING + 10 * i, 114.3 + 0.001 * i, 30.6) for i in range(50)]
    carried: dict[str, bytes] = {}
    for _ in range(3000):
        message = frame("d0", fuzzed(rng, good), MORNING + 600)
        said = read([message], world(), carried, RULES)
        assert len(said.fixes) or said.rejects or said.carried.get("d0"), message.payload
        carried.update(said.carried)


def fuzzed(rng: np.random.Generator, good: list[bytes]) -> bytes:
    """A payload: good, broken, torn, joined, huge, or noise."""
    base = good[int(rng.integers(len(good)))]
    at = int(rng.integers(len(base)))
    broken = bytearray(base)
    for _ in range(int(rng.integers(1, 6))):
        broken[int(rng.integers(len(base)))] = int(rng.integers(256))
    choices = [
        base,
        rng.bytes(int(rng.integers(0, 300))),
        bytes(broken),
        base[:at],
        base[at:],
        base * int(rng.integers(1, 20)),
        base + rng.bytes(20) + good[int(rng.integers(len(good)))],
        b"A" * 70_000 if rng.integers(200) == 0 else base.replace(b"\r\n", b""),
    ]
    return choices[int(rng.integers(len(choices)))]
