"""The benchmark of the replay runs on a small fleet."""

from __future__ import annotations

from bench import replay


def test_the_replay_prints_what_a_stretch_costs_beside_reading_all_of_it() -> None:
    report = replay.run(quick=True)
    assert [ratio.what for ratio in report.ratios] == [what for what, _, _ in replay.ASKED]
    # Every vehicle at 61 borders, 22 bytes each, and its name.
    assert 0.2 < report.figures["10 min, a step of 10 s, MB"] < 0.4
