"""The worker's rounds of detectors: all of a round is kept or nothing, and what is told of it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from store import Database
from store.database import connect
from tests.fix_watch import NOON, PLATE, ZONE, Scene, moment
from tests.waiting import await_true
from worker.alerts import AlertWatch, Detectives, Rhythm

pytestmark = pytest.mark.db

DAY = 86_400.0
ALERTS = "SELECT kind, state, closed_how FROM alert ORDER BY opened_at, kind"
FAST = 30.0


def told(scene: Scene, *topics: str) -> None:
    """A system is told of these topics from now on."""
    scene.conn.execute(
        """
        WITH c AS (INSERT INTO channel (code, kind, name, address, secret, author)
                   VALUES ('hook', 'webhook', 'Hook', 'https://example.org/', 'whsec_x', 'li.na')
                   RETURNING id)
        INSERT INTO notice_rule (code, name, topics, channel_id, to_kind, author)
        SELECT 'all', 'All', %s, id, 'system', 'li.na' FROM c
        """,
        [list(topics)],
    )


def notices(scene: Scene) -> list[tuple[Any, ...]]:
    return scene.rows("SELECT topic, subject, corrects IS NOT NULL, state FROM notice ORDER BY id")


def test_an_alert_is_told_when_it_opens_when_it_escalates_and_when_it_is_over(
    scene: Scene,
) -> None:
    told(scene, "alert.*", "alert_over.*", "alert_escalated.*")
    scene.said("sos", 0, on=True)
    for seconds in (0, 5, 300, 305):
        scene.look(seconds)
    scene.said("sos", 400, on=False)
    scene.look(401)
    assert [topic for topic, *_ in notices(scene)] == [
        "alert.sos",
        "alert_escalated.sos",
        "alert_over.sos",
    ]
    body = scene.rows("SELECT body FROM notice ORDER BY id LIMIT 1")[0][0]
    assert body["zh"]["title"] == f"紧急求助：车辆 {PLATE}"
    assert body["en"]["text"] == f"Vehicle {PLATE} calls for help."
    assert body["data"]["kind"] == "sos"


def test_what_is_disproved_before_it_was_sent_is_cancelled(scene: Scene) -> None:
    told(scene, "alert.*", "alert_over.*")
    scene.ship(promised=moment(9 * DAY))
    scene.look(DAY)
    scene.happened("arrived_hub", DAY - 60)
    scene.goods(told_at=moment(DAY - 60))
    scene.look(DAY + 5)
    assert notices(scene) == [
        ("alert.no_update_after_pickup", "JD20241121000001", False, "cancelled")
    ]


def test_what_is_disproved_after_it_was_sent_is_corrected(scene: Scene) -> None:
    told(scene, "alert.*", "alert_over.*")
    scene.ship(promised=moment(9 * DAY))
    scene.look(DAY)
    scene.conn.execute("UPDATE notice SET state = 'sent', sent_at = now(), tries = 1")
    scene.happened("arrived_hub", DAY - 60)
    scene.goods(told_at=moment(DAY - 60))
    scene.look(DAY + 5)
    assert [correction for *_, correction, _ in notices(scene)] == [False, True]


def test_a_round_that_is_not_committed_never_was(scene: Scene) -> None:
    scene.drive([(at, FAST) for at in range(0, 100, 10)] + [(100, 10.0), (140, 10.0)])
    with scene.conn.transaction(force_rollback=True):
        scene.look(140)
        assert scene.rows(ALERTS) == [("overspeed", "closed", "over")]
    scene.watch.forget()
    assert scene.look(145) == [("overspeed", "closed", "over")]


def test_another_worker_goes_on_where_the_first_was_killed(scene: Scene) -> None:
    scene.drive([(at, FAST) for at in range(0, 70, 10)])
    assert scene.open(65) == ["overspeed"]
    scene.watch = Detectives(Rhythm(), ZONE, 8 * 3600.0)
    assert scene.look(70) == [("overspeed", "open", None)]
    scene.drive([(70, 10.0), (110, 10.0)])
    assert scene.look(111) == [("overspeed", "closed", "over")]


def test_what_is_remembered_of_driving_is_kept_and_read_again(scene: Scene) -> None:
    scene.drive([(0, 20.0)])
    for round_ in range(13):
        scene.look(5.0 * round_)
    assert scene.rows("SELECT count(*) FROM driving") == [(1,)]
    scene.drive([(1000.0 + at, FAST) for at in range(0, 70, 10)])
    scene.watch = Detectives(Rhythm(), ZONE, 8 * 3600.0)
    assert scene.open(1060) == ["overspeed"]


def test_what_was_folded_again_is_kept_at_once(scene: Scene) -> None:
    scene.drive([(at, FAST) for at in range(0, 80, 20)])
    assert scene.open(60) == ["overspeed"]
    scene.drive([(30, 10.0)])
    scene.refolded(30)
    scene.look(65)
    scene.watch = Detectives(Rhythm(), ZONE, 8 * 3600.0)
    assert scene.look(70) == [("overspeed", "closed", "disproved")]
    assert scene.rows("SELECT count(*) FROM driving") == [(1,)]


def test_two_workers_at_once_keep_one_alert(scene: Scene, database_url: str) -> None:
    scene.said("sos", 0, on=True)
    failed: list[BaseException] = []

    def look() -> None:
        try:
            with connect(Database(database_url), application="test") as conn:
                Detectives(Rhythm(), ZONE, 0.0).round(conn, NOON)
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert scene.rows("SELECT act FROM alert_entry") == [("opened",)]


def test_openings_are_limited_and_the_rest_follows(scene: Scene) -> None:
    scene.watch = Detectives(Rhythm(opens=1), ZONE, 0.0)
    scene.said("sos", 0, on=True)
    scene.said("power_cut", 0, on=True)
    assert [len(scene.look(at)) for at in (0, 5, 10)] == [1, 2, 2]


def test_stops_gone_by_are_looked_for_now_and_then_and_stay_open_in_between(
    scene: Scene,
) -> None:
    scene.watch = Detectives(Rhythm(missed=30.0), ZONE, 0.0)
    scene.plan()
    scene.stands()
    assert scene.open(7200) == []
    scene.became(1, "missed")
    assert scene.open(7229) == []
    assert scene.open(7230) == ["missed_stop"]
    scene.became(1, "departed", arrived=7000, departed=7100)
    assert scene.open(7259) == ["missed_stop"]
    assert scene.look(7260) == [("missed_stop", "closed", "disproved")]


def test_the_thread_looks_until_it_is_stopped_and_says_what_is_wrong(
    scene: Scene, database_url: str
) -> None:
    scene.said("sos", 0, on=True)
    stop, registry = threading.Event(), CollectorRegistry()
    watch = AlertWatch(Database(database_url), Rhythm(look=0.05), ZONE, stop, registry)
    thread = threading.Thread(target=watch.run, args=(lambda: NOON + timedelta(seconds=1),))
    thread.start()
    try:
        await_true(lambda: _kinds(scene) == [("sos",)], "no alert was opened")
        await_true(lambda: watch.problem == "", "it says that something is wrong")
    finally:
        stop.set()
        thread.join()
    assert registry.get_sample_value("milepost_alerts_opened_total", {"kind": "sos"}) == 1


def test_one_worker_watches_and_another_when_it_is_gone(scene: Scene, database_url: str) -> None:
    scene.said("sos", 0, on=True)

    def watch() -> tuple[AlertWatch, threading.Event, threading.Thread, CollectorRegistry]:
        stop, registry = threading.Event(), CollectorRegistry()
        one = AlertWatch(Database(database_url), Rhythm(look=0.05), ZONE, stop, registry)
        thread = threading.Thread(target=one.run, args=(lambda: NOON + timedelta(seconds=1),))
        thread.start()
        return one, stop, thread, registry

    first, stop, thread, _ = watch()
    await_true(lambda: _kinds(scene) == [("sos",)], "no alert was opened")
    second, other, spare, registry = watch()
    try:
        await_true(lambda: second.problem == "", "the second did not come")
        scene.said("power_cut", 0, on=True)
        await_true(lambda: len(_kinds(scene)) == 2, "the first did not go on")
        opened = "milepost_alerts_opened_total", {"kind": "device_fault"}
        assert registry.get_sample_value(*opened) is None
        stop.set()
        thread.join()
        scene.conn.execute("UPDATE alert SET state = 'closed', closed_how = 'over'")
        closed = "SELECT count(*) FROM alert WHERE state = 'closed'"
        await_true(lambda: scene.rows(closed) == [(0,)], "the second did not take over")
    finally:
        for event, each in ((stop, thread), (other, spare)):
            event.set()
            each.join()
    assert first.problem == ""


def _kinds(scene: Scene) -> Sequence[tuple[str]]:
    return scene.rows("SELECT kind FROM alert")


def test_a_database_that_is_away_is_told_and_tried_again() -> None:
    stop = threading.Event()
    away = Database("postgresql://nobody@127.0.0.1:1/none", connect_timeout=1.0)
    rhythm = Rhythm(look=0.01, retry=0.01)
    registry = CollectorRegistry()
    watch = AlertWatch(away, rhythm, ZONE, stop, registry)
    thread = threading.Thread(target=watch.run, args=(lambda: NOON,))
    thread.start()
    try:
        await_true(
            lambda: (registry.get_sample_value("milepost_alert_failures_total") or 0) >= 2,
            "it is not tried again",
        )
        assert "database" in watch.problem
    finally:
        stop.set()
        thread.join()


def test_what_becomes_grave_opens_a_report_then(scene: Scene) -> None:
    scene.drive([(36_000.0 + at, 20.0) for at in range(0, 12_601, 60)])
    scene.watch.round(scene.conn, moment(48_600))
    scene.refolded(36_000)
    assert scene.open(48_601) == ["fatigue"]
    reports = "SELECT severity, state FROM exception_report"
    assert scene.rows(reports) == []
    scene.drive([(48_600.0 + at, 20.0) for at in range(60, 1801, 60)])
    assert scene.open(50_401) == ["fatigue"]
    assert scene.rows(reports) == [(1, "received")]
