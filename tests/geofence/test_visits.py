"""The fold of visits: cut anywhere it says the same, with the gate and without."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from math import inf, isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.fences import Expected, FenceVersion, Hours, StopRule
from fleet.nodes import Basis, Visit, VisitState
from geofence.index import Index
from geofence.memory import Machine, Memory, Phase
from geofence.visits import FEW, Rules, Track, empty_places, follow, pack, unpack
from tests.geofence.plain_index import PlainIndex
from tests.geofence.tracks import START, Drive, box, circle, expect, together, track, visits_of

RULES = Rules()
VEHICLES = 3


def world(rng: np.random.Generator) -> list[FenceVersion]:
    """Some fences that overlap, lie in each other, are edited, end, open and close."""
    fences: list[FenceVersion] = []
    for fence in range(1, 8):
        x, y = rng.uniform(-700, 700, 2)
        size = float(rng.choice([40, 100, 200, 400]))
        rule = [StopRule.STAY, StopRule.STAY, StopRule.STAND, StopRule.PASS][rng.integers(4)]
        terms = {
            "stop_rule": rule,
            "node_level": bool(rng.random() < 0.7),
            "margin": float(rng.choice([0, 30, 100])),
            "site": int(rng.integers(1, 4)),
        }
        if rng.random() < 0.2:
            terms["hours"] = (Hours((0, 1, 2, 3, 4, 5, 6), 16 * 60 + 20, 17 * 60),)
        if rng.random() < 0.5:
            whole = circle(fence, x, y, size, **terms)
        else:
            whole = box(fence, x - size, y - size, x + size, y + 2 * size, **terms)
        fences += edited(rng, whole)
        if rng.random() < 0.3:
            fences.append(circle(fence + 10, x, y, size / 3, parent=fence, **terms))
    return fences


def edited(rng: np.random.Generator, whole: FenceVersion) -> list[FenceVersion]:
    """Perhaps moved, or ended, during the day."""
    if rng.random() < 0.6:
        return [whole]
    when = START + float(rng.uniform(0, 5000))
    versions = [replace(whole, valid_to=when)]
    if rng.random() < 0.6:
        other = circle(whole.fence, rng.uniform(-800, 800), rng.uniform(-800, 800), 300.0)
        terms = replace(whole.terms, outline=other.terms.outline)
        versions.append(replace(whole, version=2, valid_from=when, terms=terms))
    return versions


def walk(rng: np.random.Generator, vehicle: int, count: int = 150) -> Track:
    """Driving, standing, silent, with noise and doubtful fixes."""
    gaps = rng.choice(
        [10.0, 10.0, 10.0, 30.0, 60.0, 400.0], count, p=[0.3, 0.3, 0.2, 0.1, 0.07, 0.03]
    )
    time = np.cumsum(gaps)
    moving = np.repeat(rng.random(count // 30 + 1) < 0.5, 30)[:count]
    heading = np.repeat(rng.uniform(0, 2 * np.pi, count // 5 + 1), 5)[:count]
    step = moving * np.minimum(gaps, 30.0) * rng.uniform(0, 18, count)
    x = rng.uniform(-800, 800) + np.cumsum(step * np.cos(heading))
    y = rng.uniform(-800, 800) + np.cumsum(step * np.sin(heading))
    x, y = (np.abs((axis + 1500) % 6000 - 3000) - 1500 for axis in (x, y))
    x, y = (axis + rng.normal(0, 8, count) + 150 * (rng.random(count) < 0.01) for axis in (x, y))
    walked = track(time, x, y, decides=rng.random(count) > 0.1, vehicle=vehicle)
    return replace(walked, sigma=rng.choice([5.0, 8.0, 25.0], count))


def expectations(rng: np.random.Generator) -> dict[int, tuple[Expected, ...]]:
    begin = START + float(rng.uniform(0, 3000))
    return {0: (Expected(0, 1, begin, begin + 1500), Expected(0, 2, 0.0, inf)), 1: ()}


Told = dict[int, dict[tuple[int, float], Visit]]


def fold(
    pieces: Iterable[Track],
    index: Index,
    expected: dict[int, tuple[Expected, ...]],
    *,
    gate: bool,
) -> tuple[list[str], list[bytes]]:
    """All visits as last told, and the memory as bytes."""
    memory = Memory(empty_places(VEHICLES))
    ended: list[Visit] = []
    now: dict[int, list[Visit]] = {}
    for piece in pieces:
        done = follow(piece, index, memory, RULES, expected, gate=gate)
        for vehicle, visits in done.visits.items():
            ended += [visit for visit in visits if visit.settled < inf]
            now[vehicle] = [visit for visit in visits if visit.settled == inf]
        places, machines = memory.places.copy(), dict(memory.machines)
        places[done.touched] = done.places
        machines.update(done.machines)
        for machine in (m for own in done.machines.values() for m in own):
            assert (machine.entry is None) == (machine.phase is Phase.NEAR)
        memory = Memory(*reloaded(places, machines))
    told = sorted(map(repr, [*ended, *(v for visits in now.values() for v in visits)]))
    return told, bodies(memory)


def reloaded(
    places: np.ndarray, machines: dict[int, tuple[Machine, ...]]
) -> tuple[np.ndarray, dict[int, tuple[Machine, ...]]]:
    """The same memory, through the store."""
    for vehicle in range(VEHICLES):
        body = pack(places[vehicle], machines.get(vehicle, ()))
        row, machines[vehicle] = unpack(body)
        places[vehicle] = row[0]
        assert pack(places[vehicle], machines[vehicle]) == body
    return places, machines


def bodies(memory: Memory) -> list[bytes]:
    return [pack(memory.places[v], memory.machines.get(v, ())) for v in range(VEHICLES)]


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32), data=st.data())
def test_cut_anywhere_and_without_the_gate_it_is_the_same(seed: int, data: st.DataObject) -> None:
    rng = np.random.default_rng(seed)
    index = Index.build(world(rng), 1)
    fixes = together(*(walk(rng, vehicle) for vehicle in range(VEHICLES)))
    expected = expectations(rng)
    whole = fold([fixes], index, expected, gate=False)
    times = np.unique(fixes.time)
    cuts = sorted(data.draw(st.lists(st.sampled_from(times.tolist()), max_size=40)))
    edges = [-inf, *cuts, inf]
    pieces = [
        fixes.rows((fixes.time >= begin) & (fixes.time < end)) for begin, end in pairwise(edges)
    ]
    assert fold(pieces, index, expected, gate=True) == whole
    assert fold(pieces, index, expected, gate=False) == whole
    assert fold([fixes], index, expected, gate=True) == whole


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_handful_of_fixes_one_by_one_is_the_same_as_in_arrays(seed: int) -> None:
    rng = np.random.default_rng(seed)
    index, places = Index.build(world(rng), 1), empty_places(VEHICLES)
    fixes = together(*(walk(rng, vehicle, 60) for vehicle in range(VEHICLES)))
    expected, machines = expectations(rng), dict[int, tuple[Machine, ...]]()
    order, at = np.argsort(fixes.time, kind="stable"), 0
    while at < len(fixes):
        size = int(rng.integers(1, FEW + 1))  # now and then some that were there before
        piece = fixes.rows(np.sort(order[max(0, at - int(rng.integers(3))) :][:size]))
        memory = Memory(places, machines)
        done = follow(piece, index, memory, RULES, expected)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("geofence.visits.FEW", 0)
            patch.setattr("geofence.index.FEW", 0)
            other = follow(piece, index, memory, RULES, expected)
        assert done.touched.tobytes() == other.touched.tobytes()
        assert done.places.tobytes() == other.places.tobytes()
        assert repr((done.machines, done.visits)) == repr((other.machines, other.visits))
        places[done.touched] = done.places
        machines |= done.machines
        at += size


def test_a_child_at_rest_takes_its_parent_along_though_that_was_drawn_elsewhere() -> None:
    # The parent is moved away, and the dock in it is not: inside the dock is inside the parent.
    hub, moved = circle(1, 0, 0, 300), circle(1, 5000, 0, 300)
    index = Index.build(
        [
            replace(hub, valid_to=START + 400),
            replace(moved, version=2, valid_from=START + 400),
            circle(2, 0, 0, 60, parent=1),
        ],
        1,
    )
    wander = np.where(np.arange(200) % 7 < 4, 0.0, 56.0)  # now and then not surely in the dock
    fixes = track(10.0 * np.arange(200), wander, np.zeros(200))
    assert fold([fixes], index, {}, gate=True) == fold([fixes], index, {}, gate=False)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_one_by_one_and_delivered_again_it_is_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    index = Index.build(world(rng), 1)
    fixes = together(*(walk(rng, vehicle, 60) for vehicle in range(VEHICLES)))
    expected = expectations(rng)
    order = np.argsort(fixes.time, kind="stable")
    pieces = [fixes.rows(order[row : row + 1]) for row in range(len(fixes))]
    twice = [fixes.rows(np.sort(order[max(0, row - 3) : row + 1])) for row in range(len(fixes))]
    whole = fold([fixes], index, expected, gate=True)
    assert fold(pieces, index, expected, gate=True) == whole
    assert fold(twice, index, expected, gate=True) == whole


@pytest.mark.parametrize("seed", range(5))
def test_the_index_and_every_fence_by_itself_say_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    fences = world(rng)
    fixes = walk(rng, 0)
    found = [
        follow(fixes, index, Memory(empty_places(1)), RULES).visits.get(0, ())  # type: ignore[arg-type]  # it answers like an index
        for index in (Index.build(fences, 1), PlainIndex(fences))
    ]
    assert [_bare(visit) for visit in found[0]] == [_bare(visit) for visit in found[1]]


def _bare(visit: Visit) -> tuple[object, ...]:
    ends = [end for end in (visit.entry, visit.exit) if end is not None]
    times = [round(end.time, 1) for end in ends]
    return visit.fence, visit.version, visit.state, visit.flaps, visit.yielded_to, times


def test_memory_is_not_written_to() -> None:
    fixes = Drive.at(-2000, 0).to(0, 0).wait(600).fixes()
    index = Index.build([circle(1, 0, 0, 300)], 1)
    first = follow(fixes.rows(slice(0, 30)), index, Memory(empty_places(1)), RULES)
    memory = Memory(first.places, first.machines)
    before = pack(memory.places[0], memory.machines[0])
    follow(fixes.rows(slice(30, None)), index, memory, RULES)
    assert pack(memory.places[0], memory.machines[0]) == before


def test_a_vehicle_that_rests_is_not_stirred() -> None:
    drive = Drive.at(-2000, 0).to(0, 0).wait(3000)
    fixes = drive.fixes()
    index = Index.build([circle(1, 0, 0, 300), circle(2, 0, 0, 900, node_level=False)], 1)
    first = follow(fixes.rows(slice(0, 100)), index, Memory(empty_places(1)), RULES)
    assert first.machines.keys() == {0}
    memory = Memory(first.places, first.machines)
    second = follow(fixes.rows(slice(100, None)), index, memory, RULES)
    assert not second.machines
    assert not second.visits
    assert second.places["newest"][0] == fixes.time[-1]


def test_nothing_in_nothing_out() -> None:
    index = Index.build([circle(1, 0, 0, 300)], 1)
    done = follow(track([], [], []), index, Memory(empty_places(2)), RULES)
    assert not len(done.touched)
    assert not done.visits


def test_a_visit_says_when_how_known_and_what_proves_it() -> None:
    drive = Drive.at(-3000, 0).to(0, 0).wait(900).to(3000, 0)
    (visit,) = visits_of(drive.fixes(), circle(1, 0, 0, 300))
    assert (visit.fence, visit.version, visit.left_version) == (1, 1, 1)
    assert visit.state is VisitState.DEPARTED
    assert visit.entry.time - START == pytest.approx(225, abs=0.2)
    assert visit.entry.basis is Basis.INTERPOLATED
    assert (visit.entry.earliest - START, visit.entry.latest - START) == (220, 230)
    assert visit.stopped - START == 250
    assert visit.arrived - START == 350
    assert [time - START for _, time in visit.entry.evidence] == [220, 230, 350]
    assert visit.exit is not None
    assert visit.exit.time - START == pytest.approx(1175, abs=0.2)
    assert [time - START for _, time in visit.exit.evidence] == [1170, 1180, 1220]
    assert {device for device, _ in visit.exit.evidence} == {7}
    assert visit.departed - START == 1220
    assert visit.settled - START == 1260  # the first fix more than 1 km away


def test_fixes_a_second_apart_have_seen_the_crossing() -> None:
    drive = Drive.at(-500, 0).to(0, 0).wait(200)
    (visit,) = visits_of(drive.fixes(1.0), circle(1, 0, 0, 300))
    assert visit.entry.basis is Basis.OBSERVED


def test_the_first_fix_ever_inside_knows_nothing_before() -> None:
    (visit,) = visits_of(Drive.at(0, 0).wait(600).fixes(), circle(1, 0, 0, 300))
    assert visit.state is VisitState.ARRIVED
    assert visit.entry.basis is Basis.GAP_BOUNDED
    assert isnan(visit.entry.earliest)
    assert visit.entry.time == visit.entry.latest == START
    assert visit.entry.evidence == ((7, START), (7, START + 120))


def test_a_doubtful_fix_neither_begins_nor_ends() -> None:
    x = [-2000.0] * 5 + [0.0] * 30 + [-2000.0] * 15
    time = 10.0 * np.arange(len(x))
    weak = np.ones(len(x), np.bool_)
    weak[5:35] = False
    assert not visits_of(track(time, x, np.zeros(len(x)), decides=weak), circle(1, 0, 0, 300))
    weak[5:25], weak[35:] = True, False
    (visit,) = visits_of(track(time, x, np.zeros(len(x)), decides=weak), circle(1, 0, 0, 300))
    assert visit.state is VisitState.ARRIVED  # that it left, no fix says that decides


def test_a_doubtful_fix_confirms() -> None:
    x = [-700.0, *[0.0] * 31, *[400.0] * 13]
    time = 10.0 * np.arange(len(x))
    weak = np.ones(len(x), np.bool_)
    weak[25:31] = False  # they, too, say that it stays
    weak[-1] = False  # and this one that it left
    fence = circle(1, 0, 0, 300)
    (visit,) = visits_of(track(time, x, np.zeros(len(x)), decides=weak), fence)
    assert visit.state is VisitState.DEPARTED
    assert visit.departed == START + time[-1]


def test_a_fence_to_stand_in_takes_no_jam_for_a_visit() -> None:
    crawl = Drive.at(-1000, 0).to(-290, 0).to(290, 0, speed=1.5).to(1500, 0)
    assert visits_of(crawl.fixes(), circle(1, 0, 0, 300))[0].state is VisitState.DEPARTED
    stand = circle(1, 0, 0, 300, stop_rule=StopRule.STAND)
    assert visits_of(crawl.fixes(), stand)[0].state is VisitState.PASSED


def test_a_via_point_is_passed_however_long_it_stands_there() -> None:
    drive = Drive.at(-1000, 0).to(0, 0).wait(3600).to(1500, 0)
    (visit,) = visits_of(drive.fixes(), circle(1, 0, 0, 300, stop_rule=StopRule.PASS))
    assert visit.state is VisitState.PASSED
    assert isnan(visit.arrived)


def test_driving_through_a_large_fence_is_passing_however_long_it_takes() -> None:
    drive = Drive.at(-12_000, 0).to(12_000, 0, speed=40 / 3.6)
    (visit,) = visits_of(drive.fixes(), circle(1, 0, 0, 10_000))
    assert visit.state is VisitState.PASSED


def test_expected_only_matters_where_it_is_expected() -> None:
    drive = Drive.at(-1000, 0).to(-340, 0).wait(600).to(-2000, 0)
    fence = circle(1, 0, 0, 300)
    assert not visits_of(drive.fixes(), fence)
    assert not visits_of(drive.fixes(), fence, expected=expect(2))
    (visit,) = visits_of(drive.fixes(), fence, expected=expect(1))
    assert visit.entry.basis is Basis.NEAR_FENCE


def test_bytes_that_are_no_memory_are_refused() -> None:
    body = pack(empty_places(1)[0], (Machine(1, 1, Phase.ENTERING),))
    for wrong in (b"", bytes([99]) + body[1:], body[:-1], body + b"\0"):
        with pytest.raises(ValueError, match="memory"):
            unpack(wrong)
