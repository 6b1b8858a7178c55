"""Speed and fatigue: to the second, and the same however the fixes are cut."""

from __future__ import annotations

from itertools import pairwise
from math import isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.records import Flag, Grade
from shipment.detect.driving import (
    Driving,
    Row,
    Rules,
    Spell,
    SpellKind,
    drive,
    lasting,
    pack,
    unpack,
)

HOUR = 3600.0
#: 06:00 of some day in UTC: no night for sixteen hours
DAWN = 20_000 * 86_400.0 + 6 * HOUR
FAST, SLOW, STILL = 30.0, 20.0, 0.0
RULES = Rules()


def row(at: float, speed: float = SLOW, **more: int) -> Row:
    """A fix so many s after dawn, on a straight way."""
    return Row(
        DAWN + at, 121 + at * 20 / 95_000, 31.0, speed, more.get("grade", 0), more.get("flags", 0)
    )


def rows(begin: float, end: float, speed: float = SLOW, every: float = 60.0) -> list[Row]:
    """One each minute, both ends included."""
    found, at = [], begin
    while at < end:
        found.append(row(at, speed))
        at += every
    return [*found, row(end, speed)]


def follow(
    fixes: list[Row], changes: tuple[float, ...] = (), record: Driving | None = None
) -> tuple[Driving, list[Spell]]:
    record = record or Driving()
    return record, drive(record, fixes, [DAWN + at for at in changes], RULES)


def last(record: Driving, at: float) -> list[tuple[SpellKind, float]]:
    """What lasts then: kind, and when it began."""
    found = lasting(record, DAWN + at, RULES)
    return [(each.kind, each.began - DAWN) for each in found if isnan(each.over)]


@pytest.mark.parametrize(("until", "found"), [(59.0, []), (60.0, [(SpellKind.OVERSPEED, 0.0)])])
def test_speeding_is_told_after_a_minute(
    until: float, found: list[tuple[SpellKind, float]]
) -> None:
    record, _ = follow(rows(0, until, FAST, every=10))
    assert last(record, until) == found


def test_one_fix_below_ends_what_was_not_told_yet() -> None:
    record, ended = follow([*rows(0, 50, FAST, 10), row(55, SLOW), *rows(60, 110, FAST, 10)])
    assert (last(record, 110), ended) == ([], [])


@pytest.mark.parametrize(("below", "is_over"), [(29.0, False), (30.0, True)])
def test_speeding_ends_after_half_a_minute_below(below: float, is_over: bool) -> None:  # noqa: FBT001 - a case
    record, ended = follow([*rows(0, 100, FAST, 10), row(110, SLOW), row(110 + below, SLOW)])
    assert [each.over - DAWN for each in ended] == [110.0] * is_over
    assert bool(last(record, 110 + below)) is not is_over


def test_a_short_time_below_is_the_same_spell_and_the_peak_is_kept() -> None:
    fixes = [*rows(0, 100, FAST, 10), row(110), row(120, 33.0), row(130, FAST), row(140), row(170)]
    _, ended = follow(fixes)
    assert [(each.began - DAWN, each.over - DAWN, each.peak) for each in ended] == [(0, 140, 33.0)]


def test_silence_ends_speeding_where_it_was_last_seen() -> None:
    record, _ = follow(rows(0, 100, FAST, 10))
    assert last(record, 220) == [(SpellKind.OVERSPEED, 0.0)]
    assert [each.over - DAWN for each in lasting(record, DAWN + 221, RULES)] == [100.0]
    ended = drive(record, [row(400, SLOW)], (), RULES)
    assert [each.over - DAWN for each in ended] == [100.0]


@pytest.mark.parametrize(
    "doubt", [{"grade": int(Grade.C)}, {"grade": int(Grade.X)}, {"flags": int(Flag.JUMP)}]
)
def test_doubtful_fixes_say_nothing(doubt: dict[str, int]) -> None:
    record, ended = follow([row(float(at), FAST, **doubt) for at in range(0, 300, 10)])
    assert (last(record, 300), ended, isnan(record.time)) == ([], [], True)


@pytest.mark.parametrize(
    ("until", "kinds"),
    [
        (3.5 * HOUR - 1, []),
        (3.5 * HOUR, [SpellKind.WARNING]),
        (4 * HOUR - 1, [SpellKind.WARNING]),
        (4 * HOUR, [SpellKind.FATIGUE]),
    ],
)
def test_four_hours_of_driving_with_a_warning_before(until: float, kinds: list[SpellKind]) -> None:
    record, _ = follow(rows(0, until))
    assert [kind for kind, _ in last(record, until)] == kinds


@pytest.mark.parametrize(("until", "due"), [(2 * HOUR - 1, False), (2 * HOUR, True)])
def test_two_hours_by_night(until: float, due: bool) -> None:  # noqa: FBT001 - a case
    night = 16 * HOUR  # 22:00
    record, _ = follow(rows(night, night + until))
    kinds = [kind for kind, _ in last(record, night + until)]
    assert kinds == [SpellKind.FATIGUE if due else SpellKind.WARNING]
    assert bool(record.nightly) is due


def test_only_what_was_driven_by_night_counts_for_the_night() -> None:
    record, _ = follow(rows(13 * HOUR, 17 * HOUR - 1))  # 19:00 to 23:00
    assert [kind for kind, _ in last(record, 17 * HOUR - 1)] == [SpellKind.WARNING]
    assert not record.nightly


@pytest.mark.parametrize(("stood", "rested"), [(1199.0, False), (1200.0, True)])
def test_a_rest_takes_twenty_minutes(stood: float, rested: bool) -> None:  # noqa: FBT001 - a case
    stop, on = 2 * HOUR, 2 * HOUR + 1 + stood
    fixes = [*rows(0, stop), *rows(stop + 1, on - 1, STILL), *rows(on, on + 2 * HOUR)]
    record, _ = follow(fixes)
    assert bool(last(record, on + 2 * HOUR)) is not rested


def test_split_rests_are_none() -> None:
    fixes: list[Row] = []
    for begin in range(0, int(4.5 * HOUR), int(HOUR)):  # ten minutes in each hour
        fixes += [*rows(begin, begin + 3000), *rows(begin + 3001, begin + 3599, STILL)]
    record, _ = follow(fixes)
    assert [kind for kind, _ in last(record, 4.9 * HOUR)] == [SpellKind.FATIGUE]


def test_another_driver_begins_anew() -> None:
    record, ended = follow(rows(0, 5 * HOUR), changes=(3.9 * HOUR,))
    assert [each.kind for each in ended] == [SpellKind.WARNING]
    assert ended[0].over - DAWN == 3.9 * HOUR
    assert last(record, 5 * HOUR) == []


def test_fatigue_is_over_when_the_rest_is_also_by_the_clock_alone() -> None:
    record, _ = follow([*rows(0, 4 * HOUR), row(4 * HOUR + 1, STILL)])
    assert last(record, 4 * HOUR + 1200) == [(SpellKind.FATIGUE, 0.0)]
    [spell] = lasting(record, DAWN + 4 * HOUR + 1201, RULES)
    assert spell.over - DAWN == 4 * HOUR + 1201
    ended = drive(record, [row(4 * HOUR + 1300, STILL)], (), RULES)
    assert [each.over for each in ended] == [spell.over]


def test_silence_with_room_for_a_rest_is_no_driving() -> None:
    # An hour of silence over what takes half of it: nobody can say that there was no rest.
    gap = Row(DAWN + 3 * HOUR + HOUR, row(3 * HOUR).lon + 0.28, 31.0, SLOW, 0, 0)
    record, _ = follow([*rows(0, 3 * HOUR), gap])
    assert record.driven == 0.0
    # The same way in thirty-five minutes leaves none.
    tight = gap._replace(time=DAWN + 3 * HOUR + 2100)
    record, _ = follow([*rows(0, 3 * HOUR), tight])
    assert record.driven == pytest.approx(3 * HOUR + 1780, abs=30)


def test_a_relocation_is_shown_for_a_day() -> None:
    record, _ = follow([row(0, STILL), row(60, STILL, flags=int(Flag.RELOCATION))])
    assert last(record, 60 + 86_399) == [(SpellKind.RELOCATION, 60.0)]
    assert last(record, 60 + 86_400) == []


def test_a_terminal_without_speeds_is_known_by_its_way() -> None:
    record, _ = follow(rows(0, 4 * HOUR + 60, nan))  # of the first nothing is known
    assert [kind for kind, _ in last(record, 4 * HOUR + 60)] == [SpellKind.FATIGUE]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([5.0, 10.0, 30.0, 60.0, 200.0, 900.0]),
            st.sampled_from([STILL, SLOW, FAST, nan]),
        ),
        min_size=1,
        max_size=60,
    ),
    st.lists(st.integers(0, 60), max_size=6),
)
def test_where_fixes_are_cut_into_batches_does_not_matter(
    steps: list[tuple[float, float]], cuts: list[int]
) -> None:
    at, fixes = 0.0, []
    for span, speed in steps:
        at += span
        fixes.append(row(at, speed))
    whole, ended = follow(fixes)
    record, parts = Driving(), []
    for begin, end in pairwise(sorted({0, len(fixes), *(min(cut, len(fixes)) for cut in cuts)})):
        record = unpack(pack(record))
        parts += drive(record, fixes[begin:end], (), RULES)
        parts += drive(record, fixes[begin:end], (), RULES)  # what was read already says nothing
    assert pack(record) == pack(whole)
    assert parts == ended
