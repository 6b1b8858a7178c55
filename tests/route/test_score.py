"""Scores: buckets, bands, sums and means."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from route.score import BUCKETS, bucket_of, is_within, score, total

MINUTE = 60.0
T = 1_750_000_000.0


def test_buckets_follow_one_another() -> None:
    assert [one.name for one in BUCKETS[:6]] == ["1-3", "3-6", "6-10", "10-15", "15-30", "30-60"]
    assert all(a.end == b.begin for a, b in pairwise(BUCKETS))


@pytest.mark.parametrize(
    ("minutes", "bucket"),
    [
        (0.5, -1),
        (1.0, -1),
        (1.01, 0),
        (3.0, 0),
        (3.01, 1),
        (15, 3),
        (1440, 8),
        (1441, -1),
        (-5, -1),
    ],
)
def test_the_end_belongs_to_a_bucket_and_the_beginning_does_not(
    minutes: float, bucket: int
) -> None:
    assert bucket_of(np.array([minutes * MINUTE])).tolist() == [bucket]


@pytest.mark.parametrize(
    ("minutes", "error", "within"),
    [
        (2, -30, True), (2, -31, False), (2, 90, True), (2, 91, False),
        (5, -60, True), (5, 150, True), (5, 151, False),
        (8, -61, False), (8, 210, True), (12, -90, True), (12, 270, True), (12, 271, False),
    ],
)  # fmt: skip
def test_the_bands_of_the_benchmark(minutes: float, error: float, within: bool) -> None:  # noqa: FBT001 - a column of the table
    bucket = bucket_of(np.array([minutes * MINUTE]))
    assert is_within(bucket, np.array([float(error)])).tolist() == [within]


def test_no_bucket_is_never_within() -> None:
    assert not is_within(np.array([-1]), np.array([0.0]))[0]


def test_sums_of_one_arrival() -> None:
    at = T - MINUTE * np.array([20.0, 12.0, 11.0, 0.5])
    p50 = T + np.array([60.0, -100.0, 300.0, 0.0])
    p90 = p50 + 90
    planned = np.array([T - 600, T - 600, np.nan, T])
    found = score(T, at, p50, p90, planned, np.array([500.0, 500.0, 500.0, 0.0]))
    ten, fifteen = found
    assert (ten.bucket, fifteen.bucket) == (3, 4)
    assert (ten.estimates, ten.absolute, ten.signed) == (2, 400.0, -200.0)
    assert (ten.covered, ten.within, ten.relatives) == (1, 1, 2)
    assert ten.relative == pytest.approx(100 / 720 + 300 / 660)
    assert (ten.planned, ten.carried) == (600.0, 100.0)
    assert (fifteen.signed, fifteen.covered, fifteen.within) == (-60.0, 1, 1)


def test_errors_as_a_share_are_told_from_five_minutes() -> None:
    at = T - np.array([299.0, 300.0])
    (found,) = score(T, at, np.full(2, T), np.full(2, T), np.full(2, T), np.zeros(2))
    assert (found.estimates, found.relatives) == (2, 1)
    means = total([found])[1]
    assert means.mape == 0.0
    near = score(T, at[:1], np.full(1, T), np.full(1, T), np.full(1, T), np.zeros(1))
    assert total(near)[1].mape is None


@given(st.lists(st.tuples(st.floats(61, 80_000), st.floats(-3000, 3000)), min_size=1, max_size=30))
def test_means_over_arrivals_are_those_of_all_estimates(some: list[tuple[float, float]]) -> None:
    ahead, error = np.array(some).T
    p50 = T - error
    parts = [
        each
        for k in range(len(some))
        for each in score(T, T - ahead[[k]], p50[[k]], p50[[k]] + 60, p50[[k]], np.zeros(1))
    ]
    whole = total(score(T, T - ahead, p50, p50 + 60, p50, np.zeros(len(some))))
    for bucket, quality in total(parts).items():
        assert quality.mae == pytest.approx(whole[bucket].mae)
        assert quality.covered == pytest.approx(whole[bucket].covered)
        assert quality.bias == pytest.approx(whole[bucket].bias)
