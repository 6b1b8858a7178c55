"""The detectors of vehicles and devices, through the store: to the second, once per episode.

An alert opens when its limit is reached and not a second before, stays one however often it is
found, closes by itself, and is taken back when late data show that it never was.
"""

from __future__ import annotations

import pytest

from fleet.records import Flag, Grade
from tests.fix_watch import HOUR, PLATE, Scene, moment

pytestmark = pytest.mark.db

DAY = 86_400.0


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    return shared_scene


def test_a_vehicle_on_no_trip_is_lost_after_half_an_hour_moving(scene: Scene) -> None:
    scene.heard(0, speed=20)
    assert scene.open(1799) == []
    assert scene.open(1800) == ["signal_lost"]
    scene.heard(1900)
    assert scene.look(1901) == [("signal_lost", "closed", "over")]


def test_a_vehicle_on_no_trip_is_lost_after_a_day_parked(scene: Scene) -> None:
    scene.heard(0, speed=0)
    assert scene.open(DAY - 1) == []
    assert scene.open(DAY) == ["signal_lost"]


def test_too_fast_for_a_minute(scene: Scene) -> None:
    fast = 80 / 3.6 * 1.1 + 0.1
    scene.drive([(at, fast) for at in range(0, 60, 10)])
    assert scene.open(59) == []
    scene.drive([(60, fast)])
    assert scene.open(60) == ["overspeed"]
    scene.drive([(70, 20.0), (99, 20.0)])
    assert scene.open(99) == ["overspeed"]
    scene.drive([(100, 20.0)])
    assert scene.look(101) == [("overspeed", "closed", "over")]
    assert scene.look(106) == [("overspeed", "closed", "over")]


def test_ten_percent_above_the_limit_is_not_too_fast_and_doubtful_fixes_say_nothing(
    scene: Scene,
) -> None:
    scene.drive([(at, 80 / 3.6 * 1.1 - 0.01) for at in range(0, 200, 10)])
    assert scene.open(200) == []
    scene.drive([(at, 60.0) for at in range(300, 500, 10)], grade=Grade.C)
    assert scene.open(500) == []


def test_fixes_that_came_late_disprove_speeding(scene: Scene) -> None:
    fast = 30.0
    scene.drive([(at, fast) for at in range(0, 80, 20)])
    assert scene.open(60) == ["overspeed"]
    scene.drive([(30, 10.0)])
    assert scene.open(65) == ["overspeed"]  # it is not folded again yet
    scene.refolded(30)
    assert scene.look(70) == [("overspeed", "closed", "disproved")]


def test_speeding_that_is_found_late_is_kept_without_an_alarm(scene: Scene) -> None:
    scene.drive([(0, 20.0)])
    assert scene.open(0) == []
    scene.drive([(at, 20.0) for at in range(3600, 7200, 600)])
    assert scene.open(7000) == []
    scene.drive([(at, 30.0) for at in range(1800, 1900, 10)] + [(1900, 10.0), (1940, 10.0)])
    scene.refolded(1800)
    assert scene.look(7300) == [("overspeed", "closed", "over")]
    assert scene.facts()["backfilled"] is True


def test_four_hours_at_the_wheel_with_a_warning_before(scene: Scene) -> None:
    # From 06:00 in Shanghai: no night until 22:00.
    morning = 10 * HOUR
    scene.drive([(morning + at, 20.0) for at in range(0, int(3.5 * HOUR), 60)])
    assert scene.open(morning + 3.5 * HOUR) == []
    scene.drive([(morning + 3.5 * HOUR, 20.0)])
    scene.refolded(morning)  # where it is followed from the start
    assert scene.open(morning + 3.5 * HOUR) == ["fatigue"]
    severity = "SELECT severity FROM alert WHERE kind = 'fatigue'"
    assert scene.rows(severity) == [(3,)]
    scene.drive([(morning + at, 20.0) for at in range(int(3.5 * HOUR) + 60, int(4 * HOUR), 60)])
    assert scene.open(morning + 4 * HOUR - 1) == ["fatigue"]
    assert scene.rows(severity) == [(3,)]
    scene.drive([(morning + 4 * HOUR, 20.0)])
    assert scene.open(morning + 4 * HOUR) == ["fatigue"]
    assert scene.rows(severity) == [(1,)]
    scene.drive([(morning + 4 * HOUR + at, 0.0) for at in (60, 660, 1259)])
    assert scene.open(morning + 4 * HOUR + 1259) == ["fatigue"]
    assert ("fatigue", "closed", "over") in scene.look(morning + 4 * HOUR + 1260)


def test_a_vehicle_that_is_elsewhere_without_a_drive(scene: Scene) -> None:
    scene.drive([(0, 0.0)])
    scene.drive([(60, 0.0)], flags=int(Flag.RELOCATION))
    assert scene.open(60) == ["relocation"]
    assert scene.open(60 + DAY - 1)[0] == "relocation"
    assert ("relocation", "closed", "over") in scene.look(60 + DAY)


def test_half_a_minute_in_a_forbidden_zone(scene: Scene) -> None:
    scene.conn.execute(
        """
        WITH f AS (INSERT INTO fence (code, site_id)
                   SELECT 'no-go', id FROM site WHERE code = 'hub' RETURNING id),
        w AS (INSERT INTO fence_version (fence_id, version, revision, valid_from, shape, geometry,
                  radius, west, south, east, north, role, node_level, margin, dwell_in,
                  dwell_out, stop_rule, confidence, datum, author, reason)
              SELECT id, 1, 1, '2024-01-01', 'circle', ''::bytea, 100, 0, 0, 0, 0, 'forbidden',
                     false, 30, 120, 120, 'stay', 'drawn', 'wgs84', 'li.na', 'drawn' FROM f)
        INSERT INTO visit (id, vehicle_id, fence_id, version, left_version, state, entered_at,
                           entered_latest, entered_basis, entered_evidence, flaps, yielded_to,
                           settled_at)
        SELECT gen_random_uuid(), v.id, f.id, 1, 0, 'entering', %s, %s, 'observed', '[]', 0, 0,
               'infinity'
        FROM f, vehicle v WHERE v.plate = %s
        """,
        [moment(0), moment(0), PLATE],
    )
    assert scene.open(29) == []
    assert scene.open(30) == ["forbidden_zone"]
    scene.conn.execute("DELETE FROM visit")
    assert scene.look(35) == [("forbidden_zone", "closed", "disproved")]


def test_a_call_for_help_and_its_end(scene: Scene) -> None:
    scene.said("sos", 0, on=True)
    assert scene.open(1) == ["sos"]
    assert scene.rows("SELECT severity, subject_kind, subject FROM alert") == [
        (1, "vehicle", PLATE)
    ]
    scene.said("sos", 60, on=False)
    assert scene.look(61) == [("sos", "closed", "over")]


def test_a_device_without_power_and_one_that_sends_rubbish(scene: Scene) -> None:
    scene.said("power_cut", 0, on=True)
    assert scene.open(1) == ["device_fault"]
    scene.said("power_cut", 60, on=False)
    for number in range(20):
        scene.conn.execute(
            "INSERT INTO dead_letter (digest, received_at, device, kind, reason, raw)"
            " VALUES (sha256(%s), %s, 'b2', 'nmea', 'checksum', '')",
            [str(number).encode(), moment(60 + number)],
        )
        assert len(scene.open(60 + number)) == (number == 19)
    assert scene.open(679) == []
    assert [how for *_, how in scene.look(680)] == ["over", "over"]


def test_an_alert_that_nobody_takes_up_is_told_to_somebody_else(scene: Scene) -> None:
    scene.said("sos", 0, on=True)
    scene.look(0)
    told = "SELECT escalated_at IS NOT NULL FROM alert"
    scene.look(299)
    assert scene.rows(told) == [(False,)]
    scene.look(300)
    assert scene.rows(told) == [(True,)]
    acts = "SELECT act FROM alert_entry ORDER BY id"
    assert scene.rows(acts) == [("opened",), ("escalated",)]


def test_a_detector_that_is_switched_off_finds_nothing(scene: Scene) -> None:
    scene.said("sos", 0, on=True)
    assert scene.open(1) == ["sos"]
    scene.conn.execute(
        "INSERT INTO detector (kind, enabled, author) VALUES ('sos', false, 'li.na')"
    )
    assert scene.look(6) == [("sos", "closed", "over")]
