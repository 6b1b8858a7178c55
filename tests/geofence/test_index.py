from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.fences import Outline
from fleet.geo import wrap
from geofence import index as engine
from geofence.index import Index, Side
from geofence.outline import local
from geofence.spines import STRETCH, Spines, prepare
from tests.geofence.outlines import (
    NEAR,
    SEEDS,
    SQUARE,
    batch,
    brute,
    circle,
    fence,
    oracle,
    polygon,
    random_batch,
    random_versions,
    said,
)


@settings(deadline=None, max_examples=60)
@given(SEEDS)
def test_the_index_says_what_asking_every_fence_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    versions = random_versions(rng, 12)
    asked = random_batch(rng, versions, 40)
    expected, close = brute(versions, asked)
    got = said(Index.build(versions, 1).relate(**asked))
    for pair in close:
        expected.pop(pair, None)
        got.pop(pair, None)
    assert got == expected


@settings(deadline=None, max_examples=60)
@given(SEEDS)
def test_a_single_position_gets_the_evidence_of_a_batch(seed: int) -> None:
    rng = np.random.default_rng(seed)
    versions = [replace(v, valid_from=-inf, valid_to=inf) for v in random_versions(rng, 12)]
    asked = random_batch(rng, versions, 40)
    index = Index.build(versions, 1)
    got = said(index.relate(**asked))
    for row, (lon, lat, sigma) in enumerate(
        zip(*(asked[name].tolist() for name in ("lon", "lat", "sigma")), strict=True)
    ):
        for slot in range(len(versions)):
            side, inside, _ = got.get((row, slot), (Side.OUT, False, False))
            assert index.side(slot, lon, lat, sigma) is Side(side)
            assert (index.distance(slot, lon, lat) <= 0) is inside


@settings(deadline=None, max_examples=60)
@given(SEEDS)
def test_crossings_are_where_the_distance_changes_its_sign(seed: int) -> None:
    rng = np.random.default_rng(seed)
    versions = [replace(v, valid_from=-inf, valid_to=inf) for v in random_versions(rng, 12)]
    asked = random_batch(rng, versions, 40)
    index = Index.build(versions, 1)
    got = said(index.relate(**asked))
    names = ("lon", "lat", "before_lon", "before_lat")
    for row, (lon, lat, was_lon, was_lat) in enumerate(
        zip(*(asked[name].tolist() for name in names), strict=True)
    ):
        if np.isnan(was_lon):
            continue
        east, north = float(wrap(lon - was_lon)), lat - was_lat

        def away(slot: int, share: float) -> float:
            return index.distance(slot, was_lon + share * east, was_lat + share * north)  # noqa: B023 - called at once

        for slot in range(len(versions)):
            fractions = index.crossings(slot, was_lon, was_lat, lon, lat)
            ends = away(slot, 0) <= 0, away(slot, 1) <= 0
            assert list(fractions) == sorted(fractions)
            assert len(fractions) % 2 == (ends[0] != ends[1])
            assert all(abs(away(slot, share)) < 1e-3 for share in fractions)
            inside = ends[0]
            for begin, end in zip((0.0, *fractions), (*fractions, 1.0), strict=True):
                middle = away(slot, (begin + end) / 2)
                assert middle <= 0 if inside else middle >= 0 or end - begin < 1e-6
                inside = not inside
            _, _, crossed = got.get((row, slot), (0, False, False))
            assert crossed == (bool(fractions) and not any(ends))


@settings(deadline=None, max_examples=25)
@given(SEEDS)
def test_what_a_walk_in_small_steps_meets_is_crossed(seed: int) -> None:
    rng = np.random.default_rng(seed)
    versions = [replace(v, valid_from=-inf, valid_to=inf) for v in random_versions(rng, 8)]
    asked = random_batch(rng, versions, 20)
    index = Index.build(versions, 1)
    got = said(index.relate(**asked))
    shares = np.linspace(0, 1, 400)
    for row in np.flatnonzero(np.isfinite(asked["before_lon"])).tolist():
        lon, lat, was_lon, was_lat = (
            float(asked[name][row]) for name in ("lon", "lat", "before_lon", "before_lat")
        )
        walk = index.relate(
            **batch(
                wrap(was_lon + shares * wrap(lon - was_lon)).tolist(),
                (was_lat + shares * (lat - was_lat)).tolist(),
            )
        )
        for slot in set(walk.slot[walk.inside].tolist()):
            met = walk.row[walk.inside & (walk.slot == slot)]
            if 0 not in met and len(shares) - 1 not in met:
                assert got[row, slot][2]


@settings(deadline=None, max_examples=25)
@given(SEEDS, st.integers(1, 4))
def test_an_index_built_on_another_says_the_same(seed: int, rounds: int) -> None:
    rng = np.random.default_rng(seed)
    versions = random_versions(rng, 10)
    index = Index.build(versions, 1)
    for turn in range(rounds):
        first = index.relate(**random_batch(np.random.default_rng(seed), versions, 20))
        edited = list(versions)
        for slot in rng.integers(len(edited), size=3).tolist():
            edited[slot] = random_versions(rng, 1)[0]
        rng.shuffle(edited)
        edited = edited[: int(rng.integers(4, 12))] + random_versions(rng, int(rng.integers(3)))
        after = Index.build(edited, turn + 2, index)
        asked = random_batch(rng, edited, 40)
        assert said(after.relate(**asked)) == said(Index.build(edited, 9).relate(**asked))
        again = index.relate(**random_batch(np.random.default_rng(seed), versions, 20))
        assert said(again) == said(first)
        index, versions = after, edited


def test_what_no_version_uses_any_more_is_forgotten() -> None:
    versions = random_versions(np.random.default_rng(3), 40)
    index = Index.build(versions, 1)
    few = Index.build(versions[:4], 2, index)
    assert few.spines.count.sum() == len(few.spines.heads) == len(few.spines.edges)
    assert len(few.spines.heads) < len(index.spines.heads) / 2


@settings(deadline=None, max_examples=25)
@given(SEEDS, st.integers(0, 40))
def test_where_a_batch_is_cut_does_not_matter(seed: int, cut: int) -> None:
    rng = np.random.default_rng(seed)
    versions = random_versions(rng, 12)
    asked = random_batch(rng, versions, 40)
    index = Index.build(versions, 1)
    parts = said(index.relate(**{name: column[:cut] for name, column in asked.items()}))
    rest = said(index.relate(**{name: column[cut:] for name, column in asked.items()}))
    parts |= {(row + cut, slot): what for (row, slot), what in rest.items()}
    assert said(index.relate(**asked)) == parts


def test_pairs_come_by_row_and_then_by_slot_also_of_a_long_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(5)
    versions = random_versions(rng, 30)
    asked = random_batch(rng, versions, 500)
    index = Index.build(versions, 1)
    whole = index.relate(**asked)
    pairs = list(zip(whole.row.tolist(), whole.slot.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    assert len(pairs) > 250
    monkeypatch.setattr(engine, "ROWS", 7)
    assert said(index.relate(**asked)) == said(whole)


def test_the_blocks_in_which_stretches_are_looked_at_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(6)
    versions = random_versions(rng, 30)
    asked = random_batch(rng, versions, 200)
    index = Index.build(versions, 1)
    whole = said(index.relate(**asked))
    monkeypatch.setattr("geofence.measure.BLOCK", 3)
    assert said(index.relate(**asked)) == whole


def test_few_stretches_one_by_one_measure_to_the_bit_what_arrays_measure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(12)
    versions = random_versions(rng, 40)
    asked = random_batch(rng, versions, 40)
    index = Index.build(versions, 1)
    pairs = [
        (slot, lon, lat)
        for slot in range(len(versions))
        for lon, lat in zip(asked["lon"].tolist(), asked["lat"].tolist(), strict=True)
    ]
    one_by_one = [index.distance(*pair) for pair in pairs]
    monkeypatch.setattr("geofence.measure.FEW", 0)
    assert [index.distance(*pair) for pair in pairs] == one_by_one


def test_an_empty_index_says_nothing() -> None:
    index = Index.build([], 7)
    assert index.revision == 7
    assert len(index.relate(**batch([1.0, 2.0], [3.0, 4.0]))) == 0
    assert len(Index.build([fence(SQUARE)], 8, index).relate(**batch([0.005], [0.005]))) == 1
    assert len(Index.build([], 9, Index.build([fence(SQUARE)], 8)).versions) == 0


def test_an_empty_batch_has_no_pairs() -> None:
    found = Index.build([fence(SQUARE)], 1).relate(**batch([], []))
    assert len(found) == 0
    assert found.slot.dtype == np.int32
    assert found.evidence.dtype == np.int8


def test_a_version_judges_the_fixes_of_its_own_time() -> None:
    versions = [
        fence(SQUARE, version=1, valid_to=100.0),
        fence(SQUARE, version=2, valid_from=100.0, valid_to=200.0),
    ]
    index = Index.build(versions, 1)
    asked = batch([0.005] * 4, [0.005] * 4, time=[99.999, 100.0, 199.999, 200.0])
    assert [slot for _, slot in said(index.relate(**asked))] == [0, 1, 1]
    assert [index.slot_at(1, time) for time in (-5.0, 100.0, 200.0)] == [0, 1, -1]
    assert index.slot_at(2, 0.0) == -1


def test_slots_of_a_fence_come_by_the_time_they_begin() -> None:
    versions = [
        fence(SQUARE, version=2, valid_from=5.0, site=4),
        fence(SQUARE, 9, site=3),
        fence(SQUARE, version=1, valid_to=5.0, site=3),
    ]
    index = Index.build(versions, 1)
    assert list(index.slots_of(1)) == [2, 0]
    assert list(index.slots_of(77)) == []
    assert [list(index.of_site(site)) for site in (3, 4, 5)] == [[1, 9], [1], []]
    assert [index.find(version) for version in versions] == [0, 1, 2]
    assert index.find(fence(SQUARE, 9, site=4)) == -1


def test_evidence_follows_the_accuracy_and_the_margin() -> None:
    index = Index.build([fence(circle(0.0, 0.0, 100.0), margin=30.0)], 1)
    for metres, sigma, side in [
        (94.0, 5.0, Side.IN),
        (96.0, 5.0, Side.AMBIGUOUS),
        (51.0, 500.0, Side.AMBIGUOUS),
        (49.0, 500.0, Side.IN),  # half the radius is deep enough whatever the accuracy
        (129.0, 5.0, Side.AMBIGUOUS),
        (131.0, 5.0, Side.OUT),
        (131.0, 32.0, Side.AMBIGUOUS),
        (131.0, 30.0, Side.OUT),
    ]:
        lon = metres / 111_319.49
        assert index.side(0, lon, 0.0, sigma) is side
        found = said(index.relate(**batch([lon], [0.0], sigma=[sigma])))
        assert found.get((0, 0), (Side.OUT,))[0] == side


def test_the_border_is_inside() -> None:
    index = Index.build([fence(SQUARE)], 1)
    border = [(0.0, 0.005), (0.01, 0.005), (0.003, 0.0), (0.003, 0.01), (0.0, 0.0), (0.01, 0.01)]
    found = said(index.relate(**batch(*(list(column) for column in zip(*border, strict=True)))))
    assert found == {(row, 0): (Side.AMBIGUOUS, True, False) for row in range(len(border))}
    assert index.distance(0, 0.0, 0.005) == 0.0


def test_a_hole_is_outside() -> None:
    index = Index.build([fence(polygon(*_holed()), margin=10.0)], 1)
    assert index.side(0, 0.005, 0.005, 5.0) is Side.OUT
    assert index.crossings(0, 0.0045, 0.005, 0.0055, 0.005) == ()
    assert index.crossings(0, 0.001, 0.005, 0.009, 0.005) == pytest.approx((0.375, 0.625))


def _holed() -> list[list[tuple[float, float]]]:
    hole = [(0.004, 0.004), (0.004, 0.006), (0.006, 0.006), (0.006, 0.004)]
    return [[(0, 0), (0.01, 0), (0.01, 0.01), (0, 0.01)], hole]


@pytest.mark.parametrize("turn", [0.0, 360.0])
def test_a_fence_on_the_antimeridian_is_one(turn: float) -> None:
    ring = [(179.99, 0.0), (180.01, 0.0), (180.01, 0.01), (179.99, 0.01)]
    outline = polygon([(lon - turn, lat) for lon, lat in ring])
    index = Index.build([fence(outline), fence(circle(179.9995, 0.005, 200.0), 2)], 1)
    asked = batch([179.995, -179.995, 180.0, -180.0, 0.0], [0.005] * 5)
    found = said(index.relate(**asked))
    assert [row for row, slot in found if slot == 0] == [0, 1, 2, 3]
    assert [row for row, slot in found if slot == 1] == [2, 3]


def test_a_segment_over_the_antimeridian_is_the_short_way() -> None:
    index = Index.build(
        [fence(circle(at, 0.0, 100.0), key) for key, at in enumerate((179.98, -179.98, 0.0), 1)], 1
    )
    asked = batch([-179.95, 179.95], [0.0, 0.0], before_lon=[179.95, -179.95], before_lat=[0, 0])
    crossed = {(row, slot) for (row, slot), (_, _, crossed) in said(index.relate(**asked)).items()}
    assert crossed == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert index.crossings(0, 179.95, 0.0, -179.95, 0.0) == pytest.approx((0.291, 0.309), abs=1e-4)
    assert index.crossings(1, 179.95, 0.0, -179.95, 0.0) == pytest.approx((0.691, 0.709), abs=1e-4)


def test_without_a_fix_before_nothing_is_crossed() -> None:
    index = Index.build([fence(SQUARE, margin=0.0)], 1)
    found = index.relate(**batch([0.02, 0.005], [0.005, 0.005]))
    assert found.row.tolist() == [1]
    assert not found.crossed.any()


def test_a_segment_along_an_edge_grazes() -> None:
    index = Index.build([fence(SQUARE, margin=0.0)], 1)
    ways = [((-0.01, 0.0), (0.02, 0.0)), ((0.01, 0.03), (0.01, -0.03)), ((0, -0.01), (0, 0.02))]
    for (was_lon, was_lat), (lon, lat) in ways:
        asked = batch([lon], [lat], before_lon=[was_lon], before_lat=[was_lat])
        assert said(index.relate(**asked)) == {(0, 0): (Side.OUT, False, True)}
        assert len(index.crossings(0, was_lon, was_lat, lon, lat)) == 2


def test_a_circle_is_round() -> None:
    index = Index.build([fence(circle(10.0, 60.0, 3000.0), margin=0.0)], 1)
    frame, _ = local(circle(10.0, 60.0, 3000.0))
    for angle in np.linspace(0, 2 * np.pi, 97):
        lon, lat = frame.to_degrees(2999.99 * np.cos(angle), 2999.99 * np.sin(angle))
        assert index.distance(0, float(lon), float(lat)) == pytest.approx(-0.01, abs=1e-6)


def test_an_outline_of_thousands_of_vertices_is_measured_alike() -> None:
    angle = np.linspace(0, 2 * np.pi, 5000, endpoint=False)
    reach = 0.01 + 0.002 * np.sin(40 * angle)
    ring = np.column_stack([reach * np.cos(angle), reach * np.sin(angle)])
    outline = polygon([(lon, lat) for lon, lat in ring.tolist()])
    index = Index.build([fence(outline)], 1)
    assert index.spines.count[0] == 5000 // STRETCH
    rng = np.random.default_rng(8)
    for lon, lat in rng.uniform(-0.013, 0.013, (200, 2)).tolist():
        assert index.distance(0, lon, lat) == pytest.approx(oracle(outline, lon, lat), abs=NEAR)


def test_equal_versions_are_not_prepared_again(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = random_versions(np.random.default_rng(11), 20)
    index = Index.build(versions, 1)
    prepared: list[int] = []

    def counting(outlines: list[Outline]) -> Spines:
        prepared.append(len(outlines))
        return prepare(outlines)

    monkeypatch.setattr(engine, "prepare", counting)
    edited = [*map(replace, versions[:19]), replace(versions[19], site=8)]
    assert Index.build(edited, 2, index).versions == tuple(edited)
    assert prepared == [1]


@settings(deadline=None, max_examples=60)
@given(SEEDS)
def test_beyond_is_a_distance_that_is_greater(seed: int) -> None:
    """Whatever box or stretch decides it, corridors included."""
    rng = np.random.default_rng(seed)
    versions = random_versions(rng, 12)
    index = Index.build(versions, 1)
    asked = random_batch(rng, versions, 20)
    for slot in range(len(index.versions)):
        for lon, lat in zip(asked["lon"].tolist(), asked["lat"].tolist(), strict=True):
            distance = index.distance(slot, lon, lat)
            for reach in (0.0, 30.0, 500.0, abs(distance), 1000.0):
                assert index.is_beyond(slot, lon, lat, reach) is bool(distance > reach)
