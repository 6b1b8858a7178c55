"""The screens: what is believed, flagged, refused, and in which order it may come."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fleet.geo import distance
from fleet.records import FixBatch, Flag, Grade, Live, Reason
from gateway.judge import Rules, empty_memory
from gateway.judge import judge as judge_sorted
from gateway.screen import AgeRules, age, once, rollover
from tests.factories import MORNING, fixes, frame

RULES = Rules()
METRE = 1 / 111_194.9  #: degrees of latitude


def judge(
    batch: FixBatch, memory: NDArray[np.void], rules: Rules, few: int = 0
) -> tuple[FixBatch, NDArray[np.void], Live]:
    """Judge a batch in any order: flagged and sorted fixes, memory of all, the live ones."""
    judged = judge_sorted(once(batch)[0], memory, rules, few=few)
    after = memory.copy()
    after[judged.touched] = judged.memory
    return judged.fixes, after, judged.live


def flags(batch: FixBatch) -> list[Flag]:
    """The flags of each row."""
    return [Flag(int(bits)) for bits in batch.flags]


def test_a_plain_drive_raises_nothing_and_the_last_fix_is_live() -> None:
    judged, memory, live = judge(fixes(5), empty_memory(1), RULES)
    assert flags(judged) == [Flag(0)] * 5
    assert live.vehicle.tolist() == [0]
    assert judged.time[live.fix].tolist() == [MORNING + 40]
    assert memory["time"][0] == MORNING + 40


def test_a_lone_jump_is_flagged_and_does_not_move_the_vehicle() -> None:
    lat = [30.6, 30.6, 31.6, 30.6, 30.6]  # 111 km in 10 s and back
    judged, memory, live = judge(fixes(lat=lat), empty_memory(1), RULES)
    assert flags(judged) == [Flag(0), Flag(0), Flag.JUMP, Flag(0), Flag(0)]
    assert live.lat.tolist() == [30.6]
    assert memory["strikes"][0] == 0


def test_the_third_consistent_jumped_fix_is_a_relocation() -> None:
    lat = [30.6, 31.6, 31.6, 31.6, 31.6]
    judged, _, live = judge(fixes(lat=lat), empty_memory(1), RULES)
    assert flags(judged) == [Flag(0), Flag.JUMP, Flag.JUMP, Flag.RELOCATION, Flag(0)]
    assert live.lat.tolist() == [31.6]


def test_jumps_to_different_places_are_never_a_relocation() -> None:
    lat = [30.6, 31.6, 33.6, 35.6, 37.6, 39.6]
    judged, _, live = judge(fixes(lat=lat), empty_memory(1), RULES)
    assert flags(judged)[1:] == [Flag.JUMP] * 5
    assert live.lat.tolist() == [30.6]


def test_noise_between_two_close_fixes_is_no_jump() -> None:
    """25 m apart within 0.2 s is 450 km/h, and nothing but two errors of 10 m."""
    time = [MORNING, MORNING + 0.2]
    lat = [30.6, 30.6 + 25 * METRE]
    for hdop, expected in ((2.0, Flag(0)), (0.8, Flag.JUMP)):
        batch = fixes(time=time, lat=lat, lon=114.3, hdop=hdop)
        judged, _, _ = judge(batch, empty_memory(1), RULES)
        assert flags(judged) == [Flag(0), expected]


def test_a_grade_c_fix_moves_the_marker_but_no_jump_is_measured_from_it() -> None:
    batch = fixes(lat=[30.6, 30.601, 30.6], grade=[0, Grade.C, 0])
    judged, memory, _ = judge(batch, empty_memory(1), RULES)
    assert flags(judged) == [Flag(0)] * 3
    assert memory["at"][0] == MORNING + 20
    _, only_c, live = judge(batch.rows(slice(1, 2)), empty_memory(1), RULES)
    assert np.isnan(only_c["lon"][0])
    assert len(live.vehicle) == 1


@pytest.mark.parametrize(
    ("column", "value"),
    [("grade", int(Grade.X)), ("flags", int(Flag.VOID)), ("flags", int(Flag.OLD))],
)
def test_what_is_not_believed_never_moves_the_live_marker(column: str, value: int) -> None:
    columns: dict[str, Any] = {column: [0, value]}
    judged, memory, live = judge(fixes(**columns), empty_memory(1), RULES)
    assert judged.time[live.fix].tolist() == [MORNING]
    assert memory["time"][0] == MORNING


def test_an_older_fix_is_backfilled_and_changes_no_memory() -> None:
    batch = fixes(3)
    _, memory, _ = judge(batch.rows([0, 2]), empty_memory(1), RULES)  # type: ignore[arg-type]  # a list indexes too
    judged, after, live = judge(batch.rows(slice(1, 2)), memory, RULES)
    assert flags(judged) == [Flag.BACKFILLED]
    assert after.tobytes() == memory.tobytes()
    assert len(live.vehicle) == 0


def test_a_parked_vehicle_is_drawn_where_it_stands() -> None:
    wander = np.array([0, 8, -6, 10, 4, -9, 3, 7, -5, 6]) * METRE
    judged, _, live = judge(fixes(lat=30.6 + wander, lon=114.3, speed=0.3), empty_memory(1), RULES)
    assert flags(judged)[:6] == [Flag(0)] * 6
    assert flags(judged)[6:] == [Flag.DRIFT] * 4  # parked from 60 s on
    assert (live.lat.tolist(), live.lon.tolist()) == ([30.6], [114.3])
    assert judged.time[live.fix].tolist() == [MORNING + 90]  # its age is honest


def test_driving_off_ends_the_standstill() -> None:
    n = 12
    speed = [0.2] * 9 + [8.0] * 3
    lat = 30.6 + np.array([0.0] * 9 + [60, 140, 220]) * METRE
    judged, _, live = judge(fixes(n, speed=speed, lat=lat, lon=114.3), empty_memory(1), RULES)
    assert flags(judged)[9:] == [Flag(0)] * 3
    assert live.lat[0] == pytest.approx(lat[-1])


def test_a_vehicle_without_a_binding_gets_no_contextual_flag() -> None:
    judged, _, live = judge(fixes(vehicle=[-1, -1], lat=[30.6, 40.6]), empty_memory(1), RULES)
    assert flags(judged) == [Flag(0), Flag(0)]
    assert len(live.vehicle) == 0


def test_future_and_prehistoric_fixes_become_one_reject_per_frame() -> None:
    offsets = [0.0, 120.0, 121.0, 5000.0, -3 * 86400 - 1, -183 * 86400 - 1]
    batch = fixes(
        time=MORNING + np.array(offsets), received=MORNING, frame=[0, 0, 1, 1, 0, 2], vehicle=0
    )
    kept, rejects = age(
        batch, [frame("d0", payload) for payload in (b"zero", b"one", b"two")], AgeRules()
    )
    assert kept.time.tolist() == [MORNING, MORNING + 120, MORNING - 3 * 86400 - 1]
    assert flags(kept) == [Flag(0), Flag(0), Flag.OLD]
    assert [(r.reason, r.raw, r.parts) for r in rejects] == [
        (Reason.FUTURE, b"one", 2),
        (Reason.TOO_OLD, b"two", 1),
    ]


def test_a_date_of_the_last_week_count_comes_back_unless_the_rules_accept_it() -> None:
    weeks = 1024 * 7 * 86400
    batch = fixes(time=MORNING - np.array([0.0, weeks, 2 * weeks, 90 * 86400]), received=MORNING)
    repaired = rollover(batch, AgeRules())
    assert repaired.time.tolist() == [MORNING, MORNING, MORNING, MORNING - 90 * 86400]
    assert flags(repaired) == [Flag(0), Flag.ROLLOVER, Flag.ROLLOVER, Flag(0)]
    assert rollover(batch, AgeRules(history=1e10)).time.tolist() == batch.time.tolist()


def test_a_told_quality_outranks_an_assumed_one() -> None:
    """The GGA that came after its RMC says how poor the fix is: the same fix, known better."""
    rmc_only = fixes(altitude=np.nan, hdop=np.nan, satellites=np.nan, grade=Grade.B)
    whole = fixes(hdop=7.0, grade=Grade.C)
    for batch in (FixBatch.concat([rmc_only, whole]), FixBatch.concat([whole, rmc_only])):
        kept, losers, repeats = once(batch)
        assert (kept.grade.tolist(), len(losers), repeats) == ([Grade.C], 0, 1)


def test_the_better_of_two_fixes_of_one_instant_stays_whoever_came_first() -> None:
    poor, good = fixes(lat=30.6, grade=Grade.C), fixes(lat=30.7, grade=Grade.A)
    for batch in (FixBatch.concat([poor, good]), FixBatch.concat([good, poor])):
        kept, losers, repeats = once(batch)
        assert (kept.lat.tolist(), losers.lat.tolist(), repeats) == ([30.7], [30.6], 0)


def test_a_better_copy_that_came_too_late_for_the_fold_does_not_take_the_place() -> None:
    """Else the fold would lose a fix that it has gone by, at its next repair."""
    poor, late = fixes(lat=30.6, grade=Grade.C), fixes(lat=30.7, flags=Flag.OLD)
    for batch in (FixBatch.concat([poor, late]), FixBatch.concat([late, poor])):
        kept, losers, repeats = once(batch)
        assert (kept.lat.tolist(), losers.lat.tolist(), repeats) == ([30.6], [30.7], 0)


def test_a_fix_with_more_known_columns_replaces_its_poorer_copy_silently() -> None:
    rmc_only = fixes(altitude=np.nan, hdop=np.nan, satellites=np.nan)
    kept, losers, repeats = once(FixBatch.concat([rmc_only, fixes(1)]))
    assert (kept.altitude.tolist(), len(losers), repeats) == ([40.0], 0, 1)


def walks(seed: int, vehicles: int, count: int) -> FixBatch:
    """Wild drives of several vehicles: stops, jumps, gaps, poor fixes."""
    rng = np.random.default_rng(seed)
    n = vehicles * count
    step = rng.choice([0.0, 5.0, 150.0, 90_000.0], n, p=[0.3, 0.2, 0.45, 0.05]) * METRE
    return fixes(
        n,
        device=np.repeat(np.arange(vehicles), count),
        vehicle=np.repeat(np.arange(vehicles), count),
        time=MORNING + np.tile(np.cumsum(rng.choice([1.0, 10.0, 300.0], count)), vehicles),
        lat=30.0 + np.cumsum(step * rng.choice([-1, 1], n)) % 20,
        lon=114.3,
        speed=rng.choice([0.1, 1.0, 19.0, np.nan], n),
        grade=rng.choice([0, 1, 2, 3], n),
        hdop=rng.choice([0.9, 3.0, 9.0, np.nan], n),
    )


@given(st.integers(0, 500), st.integers(1, 60), st.integers(0, 60))
def test_where_a_drive_is_cut_into_batches_does_not_matter(seed: int, count: int, cut: int) -> None:
    batch = walks(seed, 3, count)
    order = np.argsort(batch.time, kind="stable")
    batch = batch.rows(order)
    whole, end, _ = judge(batch, empty_memory(3), RULES)
    first, middle, _ = judge(batch.rows(slice(cut)), empty_memory(3), RULES)
    second, same_end, _ = judge(batch.rows(slice(cut, None)), middle, RULES)
    parts = FixBatch.concat([first, second])
    parts = parts.rows(np.lexsort((parts.time, parts.vehicle)))
    assert parts.flags.tolist() == whole.flags.tolist()
    assert same_end.tobytes() == end.tobytes()


@given(st.integers(0, 3000), st.integers(6, 40))
def test_the_pass_in_arrays_agrees_with_one_by_one(seed: int, count: int) -> None:
    """Over memory that already knows the vehicles, so that many of them pass."""
    batch, memory = walks(seed, 4, 2 * count), empty_memory(4)
    order = np.argsort(batch.time, kind="stable")
    batch = batch.rows(order)
    _, memory, _ = judge(batch.rows(slice(4 * count)), memory, RULES)
    rest = batch.rows(slice(4 * count, None))
    passed = judge(rest, memory, RULES)
    stepped = judge(rest, memory, RULES, few=len(rest))
    assert passed[0].flags.tolist() == stepped[0].flags.tolist()
    assert passed[1].tobytes() == stepped[1].tobytes()
    assert passed[2].lon.tolist() == stepped[2].lon.tolist()


@given(st.integers(0, 3000))
def test_a_handful_one_by_one_is_the_same_as_in_arrays(seed: int) -> None:
    """With fixes that are void, old, doubtful, delivered again, late, or of no vehicle."""
    rng = np.random.default_rng(seed)
    batch, memory = walks(seed, 4, 60), empty_memory(4)
    odd = rng.choice([0, 0, 0, 0, int(Flag.VOID), int(Flag.OLD)], len(batch)).astype(np.uint16)
    of = np.where(rng.random(len(batch)) < 0.1, -1, batch.vehicle).astype(np.int32)
    grade = rng.choice([0, 1, 2, 3], len(batch), p=[0.6, 0.2, 0.1, 0.1]).astype(np.uint8)
    batch = replace(batch, flags=odd, vehicle=of, grade=grade)
    order = np.argsort(batch.time + rng.normal(0, 15, len(batch)), kind="stable")
    also, at = np.array([2], np.int32), 0
    while at < len(batch):
        size = int(rng.integers(1, 20))
        some = once(batch.rows(order[max(0, at - int(rng.integers(4))) :][:size]))[0]
        arrays = judge_sorted(some, memory, RULES, also=also[: size % 2], few=0)
        single = judge_sorted(some, memory, RULES, also=also[: size % 2], few=20)
        for name in ("late", "believed", "stood", "touched", "memory"):
            assert getattr(arrays, name).tobytes() == getattr(single, name).tobytes(), name
            assert getattr(arrays, name).dtype == getattr(single, name).dtype, name
        for name in Live.__slots__:
            one, other = (getattr(each.live, name) for each in (arrays, single))
            assert (one.tobytes(), one.dtype) == (other.tobytes(), other.dtype), name
        assert arrays.fixes.flags.tobytes() == single.fixes.flags.tobytes()
        memory = memory.copy()
        memory[arrays.touched] = arrays.memory
        memory["ignition_time"][0] = MORNING + 300
        at += size


@given(st.integers(0, 500), st.randoms(use_true_random=False))
def test_the_order_inside_a_batch_does_not_matter(seed: int, random: object) -> None:
    batch = walks(seed, 3, 20)
    order = np.arange(len(batch))
    random.shuffle(order)  # type: ignore[attr-defined]  # hypothesis' Random
    straight, memory, live = judge(batch, empty_memory(3), RULES)
    shuffled, other_memory, other_live = judge(batch.rows(order), empty_memory(3), RULES)
    assert straight.flags.tolist() == shuffled.flags.tolist()
    assert memory.tobytes() == other_memory.tobytes()
    assert live.lat.tolist() == other_live.lat.tolist()


@given(st.integers(0, 500))
def test_vehicles_do_not_influence_each_other(seed: int) -> None:
    batch = walks(seed, 3, 20)
    together, _, _ = judge(batch, empty_memory(3), RULES)
    for vehicle in range(3):
        alone, _, _ = judge(batch.rows(batch.vehicle == vehicle), empty_memory(3), RULES)
        mine = together.flags[together.vehicle == vehicle]
        assert alone.flags.tolist() == mine.tolist()


@given(st.integers(0, 300), st.integers(2, 40), st.randoms(use_true_random=False))
def test_one_fix_per_instant_stays_the_same_in_any_order(
    seed: int, count: int, random: object
) -> None:
    rng = np.random.default_rng(seed)
    batch = fixes(
        count,
        device=rng.integers(0, 2, count),
        time=MORNING + rng.integers(0, 4, count),
        lat=30.0 + rng.integers(0, 3, count),
        lon=114.0,
        altitude=rng.choice([np.nan, 40.0, 41.0], count),
        grade=rng.integers(0, 3, count),
        frame=0,
    )
    order = np.arange(count)
    random.shuffle(order)  # type: ignore[attr-defined]  # hypothesis' Random
    kept, losers, repeats = once(batch)
    again, other_losers, other_repeats = once(batch.rows(order))
    for name in ("device", "time", "lat", "altitude", "grade"):
        left, right = getattr(kept, name), getattr(again, name)
        assert np.array_equal(left, right, equal_nan=True)
    assert len(kept) + len(losers) + repeats == count
    assert len(other_losers) + other_repeats == len(losers) + repeats


@given(st.integers(0, 300))
def test_a_batch_delivered_twice_moves_nothing_the_second_time(seed: int) -> None:
    batch = walks(seed, 2, 20)
    _, memory, _ = judge(batch, empty_memory(2), RULES)
    judged, again, _ = judge(batch, memory, RULES)
    assert again.tobytes() == memory.tobytes()
    late = judged.time < memory["time"][judged.vehicle]
    assert ((judged.flags[late] & Flag.BACKFILLED) > 0).all()


def test_the_implied_speed_limit_is_160_kmh() -> None:
    """A drive at 155 km/h is believed, at 170 km/h it is not."""
    for speed, expected in ((155, Flag(0)), (170, Flag.JUMP)):
        lat = 30.6 + np.array([0.0, speed / 3.6 * 3600]) * METRE
        batch = fixes(lat=lat, lon=114.3, time=[MORNING, MORNING + 3600])
        assert distance(batch.lon[:1], batch.lat[:1], batch.lon[1:], batch.lat[1:])[0] > 0
        judged, _, _ = judge(replace(batch), empty_memory(1), RULES)
        assert flags(judged)[1] == expected
