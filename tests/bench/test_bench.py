"""The benchmarks run, and their baselines give the product's answers on their input."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.baseline import Baseline
from bench.fences import Plain, Traffic, fences
from bench.fold import Product, same
from bench.publisher import connect_packet, length, publish_parts
from bench.traffic import PLAIN, Mix, checksum, frames, sentence, world_of
from fleet.records import Flag
from gateway.pipeline import Rules
from geofence.index import Index

ROOT = Path(__file__).parents[2]


def bench(*arguments: str) -> dict[str, Any]:
    """The JSON line of ``python -m bench``; raises if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--json", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_same_seed_gives_the_same_messages() -> None:
    first, second = (list(itertools.islice(frames(50, 7), 300)) for _ in range(2))
    assert first == second
    assert first != list(itertools.islice(frames(50, 8), 300))


def test_sentences_carry_the_checksum_of_the_standard() -> None:
    # IEC 61162-1's way by hand: one exclusive or after another.
    body, held = b"GPGLL,5300.97914,N,00259.98174,E,125926,A", 0
    for byte in body:
        held ^= byte
    assert checksum(body) == held == 0x28
    assert sentence(body.decode()) == b"$" + body + b"*28\r\n"


@pytest.mark.parametrize("size", [1, 10, 400])
def test_the_baseline_gives_the_rows_of_the_fold(size: int) -> None:
    faulty = Mix(twice=0.1, blind=0.05, void=0.1, jump=0.1, damaged=0.05, backlog=0.3)
    world, source = world_of(200), frames(200, 9, mix=faulty)
    ours, theirs = Product.fresh(world), Baseline(world, Rules())
    raised, refused = Flag(0), 0
    for _ in range(6400 // size):  # two minutes: who stands has been seen to
        batch = list(itertools.islice(source, size))
        rows, _ = ours.fold(batch)
        folded = theirs.fold(batch)
        assert same(rows, folded.rows)
        refused += len(folded.rejects)
        for flags in set(rows.flags.tolist()):
            raised |= Flag(flags)
    assert refused
    assert {Flag.VOID, Flag.JUMP, Flag.DRIFT} <= set(raised)


def test_rows_that_differ_in_one_bit_are_not_the_same() -> None:
    world, batch = world_of(40), list(itertools.islice(frames(40, 9, mix=PLAIN), 20))
    rows, _ = Product.fresh(world).fold(batch)
    folded = Baseline(world, Rules()).fold(batch)
    assert same(rows, folded.rows)
    folded.rows[3] = (*folded.rows[3][:-2], 1, folded.rows[3][-1])
    assert not same(rows, folded.rows)
    assert not same(rows, folded.rows[1:])


@pytest.mark.parametrize(
    ("size", "encoded"),
    [
        (0, b"\0"),
        (127, b"\x7f"),
        (128, b"\x80\x01"),
        (16_383, b"\xff\x7f"),
        (16_384, b"\x80\x80\x01"),
    ],
)
def test_the_publisher_writes_lengths_as_mqtt_does(size: int, encoded: bytes) -> None:
    assert length(size) == encoded  # MQTT 3.1.1, table 2.4


def test_the_publisher_writes_packets_as_mqtt_does() -> None:
    assert publish_parts("a/b", b"hi") == (b"\x32\x09\x00\x03a/b", b"hi")  # 2 of packet id between
    packet = connect_packet("c", "u", "p")
    assert packet == b"\x10\x13\x00\x04MQTT\x04\xc2\x00\x00\x00\x01c\x00\x01u\x00\x01p"


def test_a_name_that_is_no_benchmark_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "flod"], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 2
    assert b"there is no benchmark flod" in done.stderr


def test_fold_prints_ratios() -> None:
    (program,) = bench("fold", "--quick")["programs"]
    at = {ratio["what"]: ratio for ratio in program["ratios"]}
    assert at["batches of 1,000"]["required"] == 20
    assert at["batches of 10"]["required"] == 1
    for ratio in at.values():
        assert ratio["product"] > 0
        assert ratio["ratio"] == pytest.approx(ratio["baseline"] / ratio["product"], rel=0.8)
    assert program["figures"]["decode, us/message at 1,000"] > 0


@pytest.mark.slow
def test_fences_prints_its_cost_beside_that_of_decoding() -> None:
    (program,) = bench("fences", "--quick")["programs"]
    at = {ratio["what"]: ratio for ratio in program["ratios"]}
    budget = at["10,000 fences, budget"]
    assert (budget["baseline"], budget["required"]) == (20, 1)
    assert 0 < budget["product"] < at["10,000 fences, budget, visits included"]["product"]
    assert program["figures"]["decode, us/message"] > 0
    assert 0.4 < program["figures"]["10,000 fences: inside of, per fix"] < 1


def test_the_baseline_of_fences_holds_what_the_index_calls_inside() -> None:
    versions = fences(2000, np.random.default_rng(4))
    index, plain = Index.build(versions, 1), Plain.build(versions)
    traffic, nowhere, both = Traffic(np.random.default_rng(5)), np.full(1000, np.nan), 0
    for _ in range(5):
        track = traffic.batch()
        found = index.relate(track.time, track.lon, track.lat, track.sigma, nowhere, nowhere)
        ours = set(zip(found.row[found.inside].tolist(), found.slot[found.inside], strict=True))
        theirs = {(row, slot) for row, own in enumerate(plain.inside(track)) for slot in own}
        assert len(ours ^ theirs) <= 2  # at the rim of a circle: the baseline's has 64 corners
        both += len(ours & theirs)
    assert both > 300


@pytest.mark.db
@pytest.mark.slow
def test_commit_stores_the_same_number_both_ways() -> None:
    (program,) = bench("commit", "--quick")["programs"]
    figures = program["figures"]
    assert figures["fixes stored by the writer"] == figures["rows copied"] > 5000
    assert all(0 < ratio["ratio"] < 2 for ratio in program["ratios"])


@pytest.mark.e2e
@pytest.mark.slow
def test_load_goes_through_all_its_steps() -> None:
    (program,) = bench("load", "--quick")["programs"]
    sustained, _, ten = program["ratios"]
    assert (sustained["required"], ten["required"]) == (0.6, 3.0)
    assert min(sustained["product"], sustained["baseline"], ten["product"]) > 100
    figures = program["figures"]
    for what, budgets in (("committed", (60, 250)), ("at a live client", (120, 500))):
        p50, p99 = (
            figures[f"at 50%: sent to {what} {name}, ms (budget {most})"]
            for name, most in zip(("p50", "p99"), budgets, strict=True)
        )
        assert 0 < p50 <= p99
    assert figures["broker alone: messages/s"] > 100
    assert figures["trips that have an estimate"] > 400
    assert figures["0.05 min at half: memory of gateway, most, MiB"] > 20


@pytest.mark.broker
@pytest.mark.slow
def test_simulator_keeps_up_with_its_clocks() -> None:
    (program,) = bench("simulator", "--quick")["programs"]
    assert [ratio["baseline"] for ratio in program["ratios"]] == [20, 2]
    assert all(ratio["product"] > 0 for ratio in program["ratios"])


def test_every_key_of_the_lookup_finds_what_it_is_of() -> None:
    (program,) = bench("lookup", "--quick")["programs"]
    assert len(program["ratios"]) == 10
    assert all(ratio["product"] > 0 for ratio in program["ratios"])
