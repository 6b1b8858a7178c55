"""Alerts in the store: machine and people write beside each other, and each reader sees its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection
from psycopg.errors import RestrictViolation

from fleet.alert_views import Change, Closing, Decision
from fleet.alerts import AlertKind, AlertState, ClosedHow, Episode, Severity, SubjectKind
from fleet.errors import Conflict, Invalid, NotFound
from fleet.rights import Role
from fleet.scope import OPERATOR, Scope
from store import alert_acts, alerts, detectors
from store.alert_acts import Act, Wanted
from tests.fix_watch import NUMBER, PLATE, Scene, moment

pytestmark = pytest.mark.db

CONN = Connection[Any]
NOW = moment(0)


def episode(kind: AlertKind = AlertKind.SOS, name: str = "n1", **more: Any) -> Episode:  # noqa: ANN401 - a builder
    given: dict[str, Any] = {
        "subject_kind": SubjectKind.VEHICLE,
        "subject": PLATE,
        "began": NOW.timestamp(),
        "since": NOW.timestamp(),
        "severity": Severity.SAFETY,
        "facts": {},
        "vehicle": 1,
        **more,
    }
    return Episode(kind, name=name, **given)


def keep(conn: CONN, decision: Decision, at: datetime = NOW) -> alerts.Kept:
    with conn.transaction():
        kept = alerts.write(conn, decision, [], at)
        alerts.tell(conn, kept.entries(), at)
    return kept


def opened(conn: CONN, *episodes: Episode) -> list[str]:
    return [key for key, _ in keep(conn, Decision(opens=episodes)).opened]


def take(conn: CONN, key: str, act: Act, scope: Scope = OPERATOR) -> None:
    with conn.transaction():
        alert_acts.take(conn, scope, [key], act, NOW)


def acts(conn: CONN, key: str) -> list[str]:
    return [entry.act for entry in alert_acts.load_entries(conn, key)]


def test_the_same_episode_is_kept_once(scene: Scene) -> None:
    assert len(opened(scene.conn, episode())) == 1
    assert opened(scene.conn, episode()) == []


def test_what_was_over_when_it_was_found_is_kept_closed(scene: Scene) -> None:
    kept = keep(scene.conn, Decision(opens=(episode(over=NOW.timestamp() + 5),)))
    [(key, _)] = kept.passed
    found = alert_acts.load_alert(scene.conn, OPERATOR, key)
    assert (found.state, found.closed_how, found.closed_at) == (
        AlertState.CLOSED,
        ClosedHow.OVER,
        moment(5),
    )
    assert acts(scene.conn, key) == ["opened", "closed"]


def test_what_a_person_closed_meanwhile_is_left_alone(scene: Scene) -> None:
    [key] = opened(scene.conn, episode())
    [alert] = alerts.load_open(scene.conn)
    take(scene.conn, key, Act("close", "a drill"))
    worse = Change(alert, episode(severity=Severity.INFO), worse=True)
    over = Closing(alert, ClosedHow.OVER, NOW.timestamp(), "")
    assert keep(scene.conn, Decision(changes=(worse,), closes=(over,))) == alerts.Kept()
    [closed] = alerts.load_closed(scene.conn, [episode()])
    assert keep(scene.conn, Decision(reopens=(Change(closed, episode(), worse=False),))) == (
        alerts.Kept()
    )
    assert acts(scene.conn, key) == ["opened", "closed"]


def test_what_is_over_and_comes_true_again_is_reopened_as_new(scene: Scene) -> None:
    [key] = opened(scene.conn, episode())
    take(scene.conn, key, Act("acknowledge"))
    [alert] = alerts.load_open(scene.conn)
    keep(scene.conn, Decision(closes=(Closing(alert, ClosedHow.DISPROVED, 5.0, "late"),)))
    [closed] = alerts.load_closed(scene.conn, [episode()])
    keep(scene.conn, Decision(reopens=(Change(closed, episode(), worse=False),)))
    found = alert_acts.load_alert(scene.conn, OPERATOR, key)
    assert (found.state, found.acknowledged_by, found.closed_how) == (AlertState.OPEN, None, None)
    assert acts(scene.conn, key) == ["opened", "acknowledged", "disproved", "reopened"]


def test_acts_need_what_they_need(scene: Scene) -> None:
    [key] = opened(scene.conn, episode())
    for act, error in (
        (Act("close", "  "), Invalid),
        (Act("snooze", until=NOW), Invalid),
    ):
        with pytest.raises(error):
            take(scene.conn, key, act)
    take(scene.conn, key, Act("snooze", until=NOW + timedelta(hours=1)))
    take(scene.conn, key, Act("snooze"))
    take(scene.conn, key, Act("close", "a drill"))
    with pytest.raises(Conflict):
        take(scene.conn, key, Act("assign", to="li.na"))
    with pytest.raises(NotFound):
        take(scene.conn, "0193f1c2-6f4e-7c3b-9d51-8f2f3a5b7c11", Act("acknowledge"))


def test_every_act_stands_in_the_trail_and_entries_never_change(scene: Scene) -> None:
    [key] = opened(scene.conn, episode())
    take(scene.conn, key, Act("assign", to="wu.min"))
    trail = "SELECT principal, act, kind, subject, detail FROM audit"
    told = {"before": {"state": "open"}, "after": {"to": "wu.min"}}
    assert scene.rows(trail) == [("operator", "assign", "alert", key, told)]
    with pytest.raises(RestrictViolation):
        scene.conn.execute("UPDATE alert_entry SET note = 'x'")


def test_each_reader_sees_their_own(scene: Scene) -> None:
    scene.plan()
    scene.ship()
    keys = scene.rows("SELECT t.id, w.id FROM trip t, waybill w")[0]
    opened(
        scene.conn,
        episode(),  # of a vehicle on no trip
        episode(name="n2", trip=keys[0]),
        episode(
            AlertKind.LATE,
            subject_kind=SubjectKind.WAYBILL,
            subject=NUMBER,
            vehicle=0,
            waybill=keys[1],
        ),
        episode(
            AlertKind.NO_VEHICLE,
            subject_kind=SubjectKind.TRIP,
            subject="t1",
            vehicle=0,
            trip=keys[0],
        ),
    )

    def seen(scope: Scope) -> list[str]:
        found = alert_acts.list_alerts(scene.conn, scope, Wanted())
        assert sum(alert_acts.count_open(scene.conn, scope).values()) == len(found)
        news = alert_acts.read_after(scene.conn, scope, 0, None, None)
        assert len(news) == len(found)
        return sorted(f"{each.kind}:{each.name}" for each in found)

    assert len(seen(OPERATOR)) == 4
    alls = frozenset({"acme"})
    agent = Scope("qi", alls, Role.CS_AGENT, customers=alls)
    assert seen(agent) == ["late:n1", "sos:n2"]
    other = frozenset({"other"})
    assert seen(Scope("qi", other, Role.CS_AGENT, customers=other)) == []
    assert seen(Scope("li", None, Role.DISPATCHER)) == seen(OPERATOR)


def test_entries_are_read_in_the_order_of_the_feed(scene: Scene) -> None:
    [first, second] = opened(scene.conn, episode(), episode(name="n2"))
    take(scene.conn, second, Act("acknowledge"))
    take(scene.conn, first, Act("close", "a drill"))
    news = alert_acts.read_after(scene.conn, OPERATOR, 0, None, None)
    assert [(each.alert.id, each.entry.act) for each in news] == [
        (first, "opened"),
        (second, "opened"),
        (second, "acknowledged"),
        (first, "closed"),
    ]
    middle = news[1].entry.number
    later = alert_acts.read_after(scene.conn, OPERATOR, middle, None, 1)
    assert [each.entry.act for each in later] == ["acknowledged"]


def test_a_detector_remembers_who_set_it(scene: Scene) -> None:
    for severity in (3, None):
        with scene.conn.transaction():
            setting = detectors.change_setting(
                scene.conn, OPERATOR, "sos", enabled=False, limits={}, severity=severity
            )
    assert (setting.revision, setting.author, setting.severity) == (2, "operator", None)
    assert detectors.load_settings(scene.conn)["sos"] == setting
    assert scene.rows("SELECT count(*) FROM audit WHERE kind = 'detector'") == [(2,)]
