"""Every detector of the table, through the store: at its limit to the second, once per episode.

An alert opens when its limit is reached and not a second before, stays one however often it is
found, closes by itself, and is taken back when late data show that it never was.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.alerts import AlertKind
from fleet.trips import Risk
from tests.fix_watch import HOUR, PLATE, Scene, judged, moment

pytestmark = pytest.mark.db

DAY = 86_400.0


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    return shared_scene


def test_24_hours_without_a_milestone(scene: Scene) -> None:
    scene.ship(promised=moment(9 * DAY))
    assert scene.open(DAY - 1) == []
    assert scene.open(DAY) == ["no_update_after_pickup"]
    assert scene.open(DAY + 1) == ["no_update_after_pickup"]
    scene.goods(state="arrived_hub", since=moment(DAY + 2), told_at=moment(DAY + 2), site="hub")
    scene.happened("arrived_hub", DAY + 2)
    assert scene.look(DAY + 10) == [("no_update_after_pickup", "closed", "over")]
    ended = "SELECT after ->> 'how' FROM exception_entry WHERE act = 'alert_ended'"
    assert scene.rows(ended) == [("over",)]  # the report stays open, and says so


def test_a_milestone_that_came_late_disproves_24_hours_of_silence(scene: Scene) -> None:
    scene.ship(promised=moment(9 * DAY))
    assert scene.open(DAY) == ["no_update_after_pickup"]
    scene.goods(state="arrived_hub", since=moment(DAY - 9), told_at=moment(DAY - 9), site="hub")
    scene.happened("arrived_hub", DAY - 9)
    assert scene.look(DAY + 10) == [("no_update_after_pickup", "closed", "disproved")]


def test_before_the_pickup_nothing_need_be_recorded(scene: Scene) -> None:
    scene.ship(state="awaiting_pickup", promised=moment(9 * DAY))
    assert scene.open(3 * DAY) == []


def test_48_hours_in_a_hub(scene: Scene) -> None:
    scene.ship(state="arrived_hub", site="hub", promised=moment(9 * DAY))
    scene.happened("arrived_hub", 0)
    assert "transit_stall" not in scene.open(2 * DAY - 1)
    assert "transit_stall" in scene.open(2 * DAY)
    scene.goods(state="departed_hub", since=moment(2 * DAY + 5), told_at=moment(2 * DAY + 5))
    scene.happened("departed_hub", 2 * DAY + 5)
    assert ("transit_stall", "closed", "over") in scene.look(2 * DAY + 10)


def test_an_arrival_that_is_taken_back_disproves_the_stall(scene: Scene) -> None:
    scene.ship(state="arrived_hub", site="hub", promised=moment(9 * DAY))
    assert "transit_stall" in scene.open(2 * DAY)
    scene.goods(state="in_transit", since=moment(1))
    assert ("transit_stall", "closed", "disproved") in scene.look(2 * DAY + 10)


def test_planned_storage_is_no_stall(scene: Scene) -> None:
    scene.ship(state="arrived_hub", site="hub", promised=moment(9 * DAY))
    scene.conn.execute("UPDATE waybill SET stored = true")
    assert "transit_stall" not in scene.open(5 * DAY)


def test_a_promise_goes_from_risk_to_late_to_overdue_and_is_kept_or_not(scene: Scene) -> None:
    due = 6 * HOUR
    scene.ship(promised=moment(due), risk=2, risks=judged(Risk.AT_RISK, due))
    assert scene.open(60) == ["at_risk"]
    scene.goods(risk=3, risks=judged(Risk.LATE, due, turned=120), told_at=moment(0))
    assert scene.open(120) == ["late"]
    assert scene.open(180) == ["late"]
    # While there is no estimate the last word holds.
    gone = judged(Risk.LATE, due, turned=120)
    scene.goods(risk=0, risks=bytes([Risk.UNKNOWN]) + gone[1:])
    assert scene.open(240) == ["late"]
    scene.goods(risk=4, risks=judged(Risk.OVERDUE, due, turned=120))
    assert scene.open(due + 1) == ["overdue"]
    scene.goods(
        state="arrived_destination",
        told_at=moment(due + 60),
        risk=3,
        risks=judged(Risk.LATE, due, arrived=True),
    )
    scene.happened("arrived_destination", due + 60)
    assert scene.look(due + 65) == [
        ("at_risk", "closed", "over"),
        ("late", "closed", "over"),
        ("overdue", "closed", "over"),
    ]


def test_an_arrival_in_time_that_became_known_late_disproves_overdue(scene: Scene) -> None:
    due = 6 * HOUR
    scene.ship(promised=moment(due), risk=4, risks=judged(Risk.OVERDUE, due))
    assert scene.open(due + 1) == ["overdue"]
    scene.goods(state="arrived_destination", risk=1, risks=judged(Risk.ON_TIME, due, arrived=True))
    scene.happened("arrived_destination", due)
    assert scene.look(due + 600) == [("overdue", "closed", "disproved")]


def test_a_trip_is_late_itself_only_where_it_carries_no_promise(scene: Scene) -> None:
    scene.plan()
    due = 2 * HOUR + 900
    late = judged(Risk.LATE, due, turned=60)
    calm = judged(Risk.ON_TIME, due)
    scene.stands(risk=3, risks=calm + late + late)
    assert scene.open(60) == ["late"]  # one, of the first stop that is
    assert scene.facts()["number"] == 1
    scene.ship()
    scene.conn.execute(
        "WITH l AS (INSERT INTO leg (waybill_id, number, from_id, to_id)"
        " SELECT id, 0, origin_id, destination_id FROM waybill RETURNING id)"
        " INSERT INTO booking (leg_id, trip_id, load_id, unload_id, valid_from, author, reason)"
        " SELECT l.id, t.id, min(s.id), max(s.id), '2024-11-21', 'li.na', 'planned'"
        " FROM l, trip t JOIN stop s ON s.trip_id = t.id GROUP BY l.id, t.id"
    )
    assert scene.open(120) == []


def test_a_stop_that_is_overdue(scene: Scene) -> None:
    scene.plan()
    due = 2 * HOUR + 900
    calm = judged(Risk.ON_TIME, due)
    scene.stands(risk=4, risks=calm + judged(Risk.OVERDUE, due) + calm)
    assert scene.open(due + 1) == ["overdue"]
    scene.became(1, "arrived", arrived=due + 300)
    scene.stands(risk=1, risks=calm + judged(Risk.LATE, due, arrived=True) + calm)
    assert scene.look(due + 400) == [("overdue", "closed", "over")]


@pytest.mark.parametrize(
    ("condition", "kind", "limit", "stop"),
    [
        ("unplanned_stop", "stopped", 1200.0, None),
        ("overstay", "overstay", 5400.0, 1),
        ("not_departed", "not_departed", 900.0, 0),
        ("wrong_stop", "wrong_stop", 600.0, None),
        ("no_vehicle", "no_vehicle", 0.0, None),
        ("signal_lost", "signal_lost", 1800.0, None),
    ],
)
def test_what_time_tells_of_a_trip(
    scene: Scene, condition: str, kind: str, limit: float, stop: int | None
) -> None:
    scene.plan()
    scene.condition(condition, 0, limit, stop)
    assert scene.open(limit - 1) == []
    assert scene.open(limit) == [kind]
    assert scene.open(limit + 1) == [kind]
    scene.stands(conditions=[])
    assert scene.look(limit + 5) == [(kind, "closed", "over")]


def test_a_departure_that_became_known_late_disproves_an_overstay(scene: Scene) -> None:
    scene.plan()
    scene.condition("overstay", 0, 5400, 1)
    assert scene.open(5400) == ["overstay"]
    scene.became(1, "departed", arrived=0, departed=5399)
    scene.stands(conditions=[])
    assert scene.look(5500) == [("overstay", "closed", "disproved")]


def test_fixes_that_came_late_disprove_a_standstill(scene: Scene) -> None:
    scene.plan()
    scene.condition("unplanned_stop", 0, 1200)
    assert scene.open(1200) == ["stopped"]
    scene.drive([(0, 20.0), (30, 20.0), (600, 20.0)])
    scene.stands(conditions=[])
    assert ("stopped", "closed", "disproved") in scene.look(1210)


def test_a_standstill_that_began_otherwise_is_the_same_alert(scene: Scene) -> None:
    scene.plan()
    scene.condition("unplanned_stop", 0, 1200)
    assert scene.open(1200) == ["stopped"]
    scene.condition("unplanned_stop", -45, 1155)
    assert scene.look(1205) == [("stopped", "open", None)]


def test_a_broken_connection_under_way_is_told_at_once(scene: Scene) -> None:
    scene.plan()
    scene.stands()
    scene.heard(0)
    scene.conn.execute(
        "INSERT INTO device_link (device_id, online, time, reason, since)"
        " SELECT id, false, %s, 'lost', %s FROM device WHERE code = 'a1'",
        [moment(-60), moment(5)],
    )
    assert scene.open(6) == ["signal_lost"]
    scene.heard(20)
    assert scene.look(21) == [("signal_lost", "closed", "over")]


def test_a_stop_that_was_missed_and_then_was_not(scene: Scene) -> None:
    scene.plan()
    scene.stands()
    assert scene.open(2 * HOUR) == []
    scene.became(1, "missed")
    assert scene.open(3 * HOUR) == ["missed_stop"]
    scene.became(1, "departed", arrived=2 * HOUR, departed=2.2 * HOUR)
    assert scene.look(3 * HOUR + 5) == [("missed_stop", "closed", "disproved")]


def test_off_route_as_its_progress_says(scene: Scene) -> None:
    import numpy as np  # noqa: PLC0415 - of this test alone

    from route.memory import State, empty_progress  # noqa: PLC0415 - likewise
    from shipment.cases import ADVANCED  # noqa: PLC0415 - likewise

    scene.plan()
    record = empty_progress(1)
    record["state"], record["off_since"] = State.OFF, moment(0).timestamp()
    place = ADVANCED.pack(np.nan, np.nan) + record.tobytes()
    scene.stands(off_route=True, place=place)
    assert scene.open(180) == ["off_route"]
    assert scene.open(185) == ["off_route"]
    scene.stands(off_route=False)
    assert scene.look(190) == [("off_route", "closed", "over")]


def test_the_daily_check_of_a_waybill(scene: Scene) -> None:
    # Shipped at 20:00 in Shanghai; the first check is at 09:00 the next morning, 13 h later.
    scene.ship(shipped_at=moment(0), told_at=moment(-12 * HOUR), promised=moment(9 * DAY))
    assert "day_check" not in scene.open(13 * HOUR - 1)
    assert "day_check" in scene.open(13 * HOUR)
    scene.goods(told_at=moment(14 * HOUR), state="arrived_hub", since=moment(14 * HOUR), site="hub")
    scene.happened("arrived_hub", 14 * HOUR)
    assert ("day_check", "closed", "over") in scene.look(14 * HOUR + 1)


def test_a_person_closes_for_good_and_grave_ones_open_a_report(scene: Scene) -> None:
    scene.ship(promised=moment(9 * DAY))
    assert scene.open(DAY) == ["no_update_after_pickup"]
    assert scene.rows("SELECT count(*) FROM exception_report")[0][0] == 1
    scene.conn.execute(
        "UPDATE alert SET state = 'closed', closed_how = 'person', closed_at = now()"
    )
    assert scene.open(DAY + 60) == []
    assert scene.rows("SELECT count(*) FROM alert")[0][0] == 1


def test_48_hours_on_the_road_aboard_a_vehicle_that_stands(scene: Scene) -> None:
    scene.plan()
    scene.ship(promised=moment(9 * DAY), told_at=moment(2 * DAY - 60))
    scene.conn.execute(
        "UPDATE waybill_state SET vehicle_id = (SELECT id FROM vehicle WHERE plate = %s),"
        " trip_id = (SELECT id FROM trip)",
        [PLATE],
    )
    scene.condition("unplanned_stop", 0, 1200)
    assert "transit_stall" not in scene.open(2 * DAY - 1)
    assert "transit_stall" in scene.open(2 * DAY)
    scene.stands(conditions=[])
    assert ("transit_stall", "closed", "over") in scene.look(2 * DAY + 5)


def test_that_a_vehicle_went_on_is_noted_and_no_update(scene: Scene) -> None:
    scene.plan()
    scene.ship(promised=moment(9 * DAY))
    scene.conn.execute("UPDATE waybill_state SET vehicle_id = (SELECT min(id) FROM vehicle)")
    scene.happened("departed_origin", 0)
    scene.conn.execute(
        "UPDATE milestone SET site_id = (SELECT id FROM site WHERE code = 'hub')"  # a degree away
    )
    scene.heard(DAY - 30)
    assert "no_update_after_pickup" in scene.open(DAY)
    found = scene.rows("SELECT facts FROM alert WHERE kind = 'no_update_after_pickup'")
    assert found[0][0]["moved_m"] == pytest.approx(95_300, rel=0.01)


def test_a_missed_stop_is_shown_for_a_day_after_the_trip(scene: Scene) -> None:
    scene.plan()
    scene.stands(state="completed")
    scene.conn.execute("UPDATE trip SET over_at = %s", [moment(5 * HOUR)])
    scene.became(1, "missed")
    assert scene.open(5 * HOUR + DAY - 1) == ["missed_stop"]
    assert scene.look(5 * HOUR + DAY) == [("missed_stop", "closed", "over")]


def test_every_kind_of_alert_has_been_met_here() -> None:
    files = Path(__file__).parent.glob("test_detectors*.py")
    written = "".join(file.read_text(encoding="utf-8") for file in files)
    assert [kind for kind in AlertKind if f'"{kind.value}"' not in written] == []
