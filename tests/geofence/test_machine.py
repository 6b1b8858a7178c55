"""The table of the machine, and what one fix at a time does to it."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import isnan, nan

import numpy as np
import pytest

from fleet.nodes import Basis, VisitState
from geofence.machine import NEXT, Seen
from geofence.memory import Phase
from tests.geofence.tracks import START, Drive, circle, expect, track, visits_of

ENDS = (Phase.NOTHING, Phase.PASSED, Phase.SETTLED, Phase.CLOSED)

#: What may be seen in a state, and changes nothing there.  All other pairs cannot be.
NO_CHANGE = {
    (Phase.NEAR, Seen.NOTHING),
    (Phase.ENTERING, Seen.NOTHING),
    (Phase.ENTERING, Seen.IN),
    (Phase.WAVERING, Seen.NOTHING),
    (Phase.WAVERING, Seen.OUT),
    (Phase.ARRIVED, Seen.NOTHING),
    (Phase.ARRIVED, Seen.IN),
    (Phase.LEAVING, Seen.NOTHING),
    (Phase.LEAVING, Seen.OUT),
    (Phase.DEPARTED, Seen.NOTHING),
}

#: Pairs that the weighing never gives: who has arrived needs no more, who is near no leave.
NEVER = {
    *((phase, seen) for phase in (Phase.NEAR, Phase.DEPARTED) for seen in (Seen.OUT, Seen.GONE)),
    *((phase, Seen.ENOUGH) for phase in (Phase.ARRIVED, Phase.LEAVING, Phase.DEPARTED)),
    *product(
        [phase for phase in Phase if phase not in (*ENDS, Phase.NEAR)],
        (Seen.BESIDE, Seen.AWAY, Seen.THROUGH),
    ),
    *((phase, Seen.OVER) for phase in Phase if phase not in (*ENDS, Phase.DEPARTED)),
}


def test_every_state_and_observation_is_in_the_table_or_changes_nothing() -> None:
    pairs = set(product([phase for phase in Phase if phase not in ENDS], Seen))
    assert set(NEXT) | NO_CHANGE | NEVER == pairs
    assert not set(NEXT) & (NO_CHANGE | NEVER)
    assert not NO_CHANGE & NEVER


def test_an_end_is_an_end() -> None:
    assert not [phase for phase, _ in NEXT if phase in ENDS]
    assert {phase for phase in NEXT.values() if phase in ENDS} == set(ENDS) - {Phase.CLOSED}


def after(*fixes: tuple[float, float]) -> list[VisitState]:
    """The states of the visits after fixes at times (s) and places (m east of the middle)."""
    time, x = np.array(fixes).T
    return [v.state for v in visits_of(track(time, x, np.zeros(len(x))), circle(1, 0, 0, 300))]


CAME = [(0.0, -900.0), (10.0, -250.0)]
STAYED = [*CAME, *((10.0 * k, 0.0) for k in range(2, 33))]


def test_entering_shows_at_once_and_proves_nothing() -> None:
    assert after(*CAME) == [VisitState.ENTERING]
    assert after(*CAME, (60, 0)) == [VisitState.ENTERING]


def test_two_fixes_that_far_apart_are_no_arrival_without_a_standstill() -> None:
    assert after(*CAME, (140, 200)) == [VisitState.ENTERING]
    assert after(*CAME, (140, 200), (312, 0)) == [VisitState.ARRIVED]  # it stayed 300 s


def test_a_standstill_arrives_after_the_dwell() -> None:
    stood = [*CAME, *((10.0 * k, -250.0) for k in range(2, 13))]
    assert after(*stood) == [VisitState.ENTERING]
    assert after(*stood, (130, -250)) == [VisitState.ARRIVED]


def test_a_lone_spike_out_of_the_fence_does_not_cost_the_arrival() -> None:
    fixes = [*CAME, (20, 0), (30, 380), *((10.0 * k, 0.0) for k in range(4, 33))]
    time, x = np.array(fixes).T
    (visit,) = visits_of(track(time, x, np.zeros(len(x))), circle(1, 0, 0, 300))
    assert visit.state is VisitState.ARRIVED
    assert visit.flaps == 1
    assert visit.entry.latest == START + 10


def test_entering_in_doubt_is_still_entering_and_then_has_passed() -> None:
    out = [*CAME, (20, 370.0)]
    assert after(*out) == [VisitState.ENTERING]
    assert after(*out, (130, 370)) == [VisitState.ENTERING]
    assert after(*out, (140, 370)) == [VisitState.PASSED]
    assert after(*CAME, (70, 801)) == [VisitState.PASSED]  # 501 m away: beyond doubt


def test_leaving_shows_at_once_and_proves_nothing() -> None:
    assert after(*STAYED, (330, 370)) == [VisitState.LEAVING]
    assert after(*STAYED, (330, 370), (340, 0)) == [VisitState.ARRIVED]
    assert after(*STAYED, (330, 370), (440, 370)) == [VisitState.LEAVING]
    assert after(*STAYED, (330, 370), (450, 370)) == [VisitState.DEPARTED]
    assert after(*STAYED, (400, 801)) == [VisitState.DEPARTED]


def test_within_the_margin_it_has_not_left() -> None:
    assert after(*STAYED, *((330.0 + 60 * k, 359.0) for k in range(30))) == [VisitState.ARRIVED]


def test_back_within_minutes_it_had_not_departed() -> None:
    left = [*STAYED, (330, 500), (460, 500)]
    assert after(*left) == [VisitState.DEPARTED]
    assert after(*left, (900, 0)) == [VisitState.ARRIVED]
    assert after(*left, (930, 0)) == [VisitState.DEPARTED, VisitState.ENTERING]
    far = [*left, (600, 1301)]
    assert after(*far, (900, 0)) == [VisitState.DEPARTED, VisitState.ENTERING]


def test_a_departure_settles_when_it_can_no_longer_change() -> None:
    left = [*STAYED, (330, 500), (460, 500)]
    for fixes, settled in (
        (left, np.inf),
        ([*left, (900, 1299.99)], np.inf),
        ([*left, (900, 1301)], START + 900),
        ([*left, (960, 500)], START + 960),
    ):
        time, x = np.array(fixes).T
        (visit,) = visits_of(track(time, x, np.zeros(len(x))), circle(1, 0, 0, 300))
        assert visit.settled == settled


def test_it_left_at_the_first_way_out_since_it_was_surely_inside() -> None:
    # Inside by 3 m, then outside by 20, inside by 3 again, then gone: 3 m prove nothing.
    fixes = [*STAYED, (330, 297), (340, 320), (350, 297), (360, 320), (400, 900)]
    time, x = np.array(fixes).T
    (visit,) = visits_of(track(time, x, np.zeros(len(x))), circle(1, 0, 0, 300))
    assert visit.exit is not None
    assert 330 < visit.exit.time - START < 340
    assert [time - START for _, time in visit.exit.evidence] == [330, 340, 400]


def test_it_came_in_at_the_last_way_in_before_it_was_surely_inside() -> None:
    fixes = [(0, 320), (10, 297), (20, 320), (30, 297), (40, 298), (50, 200), (400, 200)]
    time, x = np.array(fixes, np.float64).T
    (visit,) = visits_of(track(time, x, np.zeros(len(x))), circle(1, 0, 0, 300))
    assert 20 < visit.entry.time - START < 30
    assert (visit.entry.earliest, visit.entry.latest) == (START + 20, START + 30)


def test_after_a_gap_only_the_bounds_are_known() -> None:
    fixes = [(0, -2000), (331, 0), (341, 0), *((341 + 10.0 * k, 0) for k in range(40)), (1073, 900)]
    time, x = np.array(fixes, np.float64).T
    _, first = np.unique(time, return_index=True)
    (visit,) = visits_of(track(time[first], x[first], x[first] * 0), circle(1, 0, 0, 300))
    assert visit.entry.basis is Basis.GAP_BOUNDED
    assert visit.entry.time == visit.entry.latest == START + 331
    assert visit.entry.earliest == START
    assert visit.exit is not None
    assert visit.exit.basis is Basis.GAP_BOUNDED
    assert visit.exit.time == visit.exit.earliest == START + 731
    assert visit.exit.latest == START + 1073


def test_a_fix_every_five_minutes_is_no_gap() -> None:
    fixes = [(0, -6000), (300, 0), (600, 6000)]
    time, x = np.array(fixes, np.float64).T
    (visit,) = visits_of(track(time, x, x * 0), circle(1, 0, 0, 300))
    assert visit.state is VisitState.PASSED
    assert visit.entry.basis is Basis.INTERPOLATED
    assert visit.entry.time - START == pytest.approx(285, abs=0.1)
    assert visit.exit is not None
    assert visit.exit.time - START == pytest.approx(315, abs=0.1)


def test_a_fence_jumped_between_two_fixes_was_passed() -> None:
    time, x = [0.0, 60.0], [-900.0, 600.0]
    (visit,) = visits_of(track(time, x, [0.0, 0.0]), circle(1, 0, 0, 300))
    assert visit.state is VisitState.PASSED
    assert visit.settled == START + 60
    assert visit.entry.time - START == pytest.approx(24, abs=0.1)
    assert visit.exit is not None
    assert visit.exit.time - START == pytest.approx(48, abs=0.1)
    assert visit.entry.evidence == visit.exit.evidence == ((7, START), (7, START + 60))


def test_a_fence_that_is_only_grazed_was_not() -> None:
    assert not visits_of(track([0.0, 60.0], [-900.0, 600.0], [295.0, 295.0]), circle(1, 0, 0, 300))


def test_two_fixes_just_inside_on_both_sides_are_a_passage() -> None:
    fixes = track([0, 20, 40, 60], [-900, -297, 297, 900], [0, 0, 0, 0])
    (visit,) = visits_of(fixes, circle(1, 0, 0, 300))
    assert visit.state is VisitState.PASSED
    assert visit.entry.time - START == pytest.approx(19.9, abs=0.1)


def test_standing_beside_the_outline_where_it_is_expected_is_an_arrival() -> None:
    drive = Drive.at(-1000, 0).to(-340, 0).wait(900).to(-2000, 0)
    (visit,) = visits_of(drive.fixes(), circle(1, 0, 0, 300), expected=expect(1))
    assert visit.state is VisitState.DEPARTED
    assert visit.entry.basis is Basis.NEAR_FENCE
    assert visit.entry.time == visit.stopped
    assert visit.entry.earliest < visit.entry.time
    assert visit.exit is not None
    assert visit.exit.basis is Basis.NEAR_FENCE
    assert visit.exit.earliest == visit.exit.time < visit.exit.latest
    left = START + (1000 - 340) / 12 + 900
    assert visit.exit.earliest <= left + 2 <= visit.exit.latest + 10


def test_standing_beside_it_before_driving_in_is_no_arrival_of_its_own() -> None:
    drive = Drive.at(-1000, 0).to(-340, 0).wait(900).to(0, 0, speed=3).wait(900).to(-2000, 0)
    (visit,) = visits_of(drive.fixes(), circle(1, 0, 0, 300), expected=expect(1))
    assert visit.entry.basis is Basis.INTERPOLATED
    assert visit.entry.time > START + 900
    assert visit.entry.time <= visit.stopped
    assert visit.entry.time <= visit.arrived
    assert visit.entry.evidence[-1][1] == visit.arrived


@pytest.mark.parametrize("count", [1, 3])
def test_noise_to_the_inside_does_not_move_the_arrival_of_who_stands_beside(count: int) -> None:
    drive = Drive.at(-1000, 0).to(-340, 0).wait(7200).to(-2000, 0)
    fixes = drive.fixes()
    lon, stood = fixes.lon.copy(), fixes.stood.copy()
    lon[400 : 400 + count] += 80 / 95_900  # 40 m inside, and it begins to stand anew
    stood[400 : 400 + count + 6] = nan
    noisy = replace(fixes, lon=lon, stood=stood)
    (visit,) = visits_of(noisy, circle(1, 0, 0, 300), expected=expect(1))
    assert visit.entry.basis is Basis.NEAR_FENCE
    assert visit.entry.time < START + 100


def test_a_short_stop_beside_it_is_a_light() -> None:
    drive = Drive.at(-1000, 0).to(-340, 0).wait(290).to(-2000, 0)
    assert not visits_of(drive.fixes(), circle(1, 0, 0, 300), expected=expect(1))


def test_silence_round_a_place_where_it_is_expected_is_no_miss() -> None:
    drive = Drive.at(-9000, 0).to(9000, 0, speed=15)
    fixes = drive.fixes(without=[(120, 1080)])
    fence = circle(1, 0, 0, 300)
    assert not visits_of(fixes, fence)
    (visit,) = visits_of(fixes, fence, expected=expect(1))
    assert visit.state is VisitState.UNVERIFIED
    assert isnan(visit.arrived)
    way = 9000 - 120 * 15 - 300
    assert visit.entry.earliest - START == pytest.approx(120 + way / (160 / 3.6), abs=1)
    assert visit.entry.latest - START == pytest.approx(1080 - way / (160 / 3.6), abs=1)
    assert visit.settled == START + 1080


def test_silence_too_short_to_have_been_there_says_nothing() -> None:
    drive = Drive.at(-30_000, 0).to(-10_000, 0, speed=20)
    fixes = drive.fixes(without=[(100, 500)])
    assert not visits_of(fixes, circle(1, 0, 0, 300), expected=expect(1))


def test_silence_of_a_vehicle_that_stood_all_the_while_says_nothing() -> None:
    drive = Drive.at(-3000, 0).wait(3600)
    fixes = drive.fixes(without=[(600, 3000)])
    assert not visits_of(fixes, circle(1, 0, 0, 300), expected=expect(1))
