"""Alerts over HTTP and on the live socket: who sees them, and what people do about them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fleet.alert_views import Decision
from fleet.alerts import AlertKind, Episode, Severity, SubjectKind
from fleet.rights import Right, Role
from fleet.scope import OPERATOR, Scope
from fleet.views import Cursor
from store import Database, alerts
from store.database import connect
from tests.fix_api import FleetHand, Running, Start
from tests.fix_people import Desk
from tracker_api.live.audience import Audience, Wish
from tracker_api.live.messages import AlertNews, Filter

pytestmark = pytest.mark.db

ALERTS = "/api/v1/alerts"
NOW = datetime.now(UTC).replace(microsecond=0)


class Finder:
    """Keeps alerts as the worker would."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, *episodes: Episode) -> list[str]:
        """Keep what was found and tell it; the ids."""
        with closing(connect(self._database, application="test")) as conn, conn.transaction():
            kept = alerts.write(conn, Decision(opens=episodes), [], NOW)
            alerts.tell(conn, kept.entries(), NOW)
        return [key for key, _ in kept.opened]


def episode(subject: str = "沪A00000", kind: AlertKind = AlertKind.SOS, **more: Any) -> Episode:  # noqa: ANN401 (a builder)
    given: dict[str, Any] = {
        "subject_kind": SubjectKind.VEHICLE,
        "name": "n1",
        "began": NOW.timestamp(),
        "since": NOW.timestamp(),
        "severity": Severity.SAFETY,
        "facts": {"vehicle": subject, "zone": "Asia/Shanghai"},
        "vehicle": 1,
        **more,
    }
    return Episode(kind=kind, subject=subject, **given)


@pytest.fixture
def running(start_api: Start, hand: FleetHand) -> Iterator[Running]:
    hand.seed(3)
    with start_api() as api:
        yield api


@pytest.fixture
def finder(api_database: Database) -> Finder:
    return Finder(api_database)


def test_the_inbox_has_the_gravest_first_with_words_and_a_playbook(
    running: Running, finder: Finder
) -> None:
    finder.find(episode(kind=AlertKind.STOPPED, severity=Severity.RISK), episode())
    with running.client() as client:
        found = client.get(ALERTS).json()
    assert [each["kind"] for each in found["alerts"]] == ["sos", "stopped"]
    assert found["counts"] == {"1": 1, "3": 1}
    first = found["alerts"][0]
    assert first["text_zh"] == "车辆 沪A00000发出紧急求助。"
    assert first["text_en"] == "Vehicle 沪A00000 calls for help."
    assert first["playbook_en"][0] == "Call the driver at once"
    assert "zone" not in first["facts"]


def test_filters_leave_the_counts_as_they_are(running: Running, finder: Finder) -> None:
    finder.find(
        episode(kind=AlertKind.STOPPED, severity=Severity.RISK), episode("沪A00001", vehicle=2)
    )
    with running.client() as client:

        def kinds(**asked: Any) -> list[str]:  # noqa: ANN401 (parameters)
            answer = client.get(ALERTS, params=asked).json()
            assert answer["counts"] == {"1": 1, "3": 1}
            return [each["kind"] for each in answer["alerts"]]

        assert kinds(kind="stopped") == ["stopped"]
        assert kinds(severity=2) == ["sos"]
        assert kinds(subject="沪A00001") == ["sos"]
        assert kinds(state="closed") == []
        assert kinds(assigned="me") == []


def test_it_is_acknowledged_assigned_snoozed_and_closed_with_a_reason(
    running: Running, finder: Finder
) -> None:
    [key] = finder.find(episode())
    with running.client() as client:
        seen = client.post(f"{ALERTS}/{key}/acknowledge", json={}).json()
        assert (seen["state"], seen["acknowledged_by"]) == ("acknowledged", "operator")
        taken = client.post(f"{ALERTS}/{key}/assign", json={"to": "wu.min"}).json()
        assert taken["assigned_to"] == "wu.min"
        later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        quiet = client.post(f"{ALERTS}/{key}/snooze", json={"until": later}).json()
        assert quiet["snoozed_until"] is not None
        assert client.post(f"{ALERTS}/{key}/close", json={"reason": " "}).status_code == 422
        closed = client.post(f"{ALERTS}/{key}/close", json={"reason": "a drill"}).json()
        assert (closed["state"], closed["closed_how"], closed["closed_why"]) == (
            "closed",
            "person",
            "a drill",
        )
        assert client.post(f"{ALERTS}/{key}/acknowledge", json={}).status_code == 409
        life = client.get(f"{ALERTS}/{key}").json()["entries"]
    assert [each["act"] for each in life] == [
        "opened",
        "acknowledged",
        "assigned",
        "snoozed",
        "closed",
    ]
    assert [each["author"] for each in life] == [None, *["operator"] * 4]


def test_an_act_on_many_is_taken_on_all_or_none(running: Running, finder: Finder) -> None:
    keys = finder.find(episode(), episode("沪A00001", vehicle=2))
    with running.client() as client:
        strange = [*keys, "0193f1c2-6f4e-7c3b-9d51-8f2f3a5b7c11"]
        asked = {"ids": strange, "act": "close", "reason": "a drill"}
        assert client.post(f"{ALERTS}/bulk", json=asked).status_code == 404
        assert client.get(ALERTS).json()["counts"] == {"1": 2}
        answer = client.post(f"{ALERTS}/bulk", json=asked | {"ids": keys}).json()
    assert [each["state"] for each in answer["alerts"]] == ["closed", "closed"]
    assert answer["counts"] == {}


def test_live_clients_hear_every_entry_once_and_in_order(running: Running, finder: Finder) -> None:
    with running.listen() as ear:
        ear.hear("snapshot")
        [key] = finder.find(episode())
        told = ear.hear_until(lambda message: bool(message["alerts"]))[-1]["alerts"]
        with running.client() as client:
            client.post(f"{ALERTS}/{key}/acknowledge", json={})
            client.post(f"{ALERTS}/{key}/close", json={"reason": "a drill"})
        while len(told) < 3:
            told += ear.hear()["alerts"]
        cursor = ear.cursor
    assert [each["entry"]["act"] for each in told] == ["opened", "acknowledged", "closed"]
    assert {each["id"] for each in told} == {key}
    with running.client() as client:
        finder.find(episode("沪A00001", vehicle=2))
    with running.listen(cursor=cursor) as ear:  # missed while away, and nothing twice
        missed = ear.hear_until(lambda message: bool(message.get("alerts")))[-1]["alerts"]
    assert [each["subject"] for each in missed] == ["沪A00001"]


def test_who_may_not_see_alerts_hears_of_none(desk: Desk, finder: Finder, hand: FleetHand) -> None:
    hand.seed(2)
    desk.people.let_in("qi", Role.CS_AGENT, parties=frozenset({"other"}))
    desk.people.let_in("ann", Role.QA)
    [key] = finder.find(episode())
    agent, judge, owner = (desk.sign_in(name) for name in ("qi", "ann", "olga"))
    assert agent.get(ALERTS).json() == {"alerts": [], "counts": {}}
    assert agent.get(f"{ALERTS}/{key}").status_code == 404
    assert agent.post(f"{ALERTS}/{key}/acknowledge", json={}).status_code == 403
    assert judge.get(ALERTS).status_code == 403
    assert owner.get(ALERTS).json()["counts"] == {"1": 1}
    with (
        desk.running.listen(headers=desk.cookies(agent)) as ear,
        desk.running.listen(headers=desk.cookies(owner)) as other,
    ):
        ear.hear("snapshot")
        other.hear("snapshot")
        finder.find(episode("沪A00001", vehicle=2))
        other.hear_until(lambda message: bool(message["alerts"]))
        hand.ring([], "world")  # whatever came before it was told by then
        told = ear.hear_until(lambda message: bool(message.get("world")))
    assert not any(message.get("alerts") for message in told)


def test_detectors_are_set_within_their_limits(running: Running) -> None:
    with running.client() as client:
        known = {each["kind"]: each for each in client.get("/api/v1/detectors").json()["detectors"]}
        assert len(known) == len(AlertKind)
        stall = known["transit_stall"]
        assert stall["limits"][0]["value"] == 48 * 3600
        asked = {"limits": {"after": 3600 * 72}, "severity": 3}
        changed = client.put("/api/v1/detectors/transit_stall", json=asked).json()
        assert changed["limits"][0]["value"] == 72 * 3600
        assert (changed["severity"], changed["revision"], changed["author"]) == (3, 1, "operator")
        assert client.get("/api/v1/detectors/transit_stall").json() == changed
        for kind, wrong in (
            ("transit_stall", {"limits": {"before": 1}}),
            ("transit_stall", {"limits": {"after": 0}}),
            ("stopped", {"limits": {"after": 60}}),
            ("stopped", {"severity": 5}),
        ):
            assert client.put(f"/api/v1/detectors/{kind}", json=wrong).status_code == 422, wrong
        assert client.put("/api/v1/detectors/none", json={}).status_code == 404


OWN = frozenset({"acme"})


@pytest.mark.parametrize(
    ("scope", "heard"),
    [
        (Scope("op", None), {"goods", "trip", "idle", "nobody"}),
        (Scope("li", None, Role.DISPATCHER), {"goods", "trip", "idle", "nobody"}),
        (Scope("qi", OWN, Role.CS_AGENT, customers=OWN), {"goods", "trip"}),
        (Scope("qi", OWN, Role.CS_AGENT, customers=frozenset()), {"trip"}),
        (Scope("qi", frozenset({"other"}), Role.CS_AGENT, customers=OWN), {"goods"}),
        (Scope("cu", OWN, Role.CUSTOMER, customers=OWN), set()),
        (Scope("wa", OWN, Role.WAREHOUSE, customers=OWN), set()),
        (Scope("dr", OWN, Role.DRIVER), set()),
        (Scope("key", None, rights=frozenset({Right.LOOK_TRIPS})), set()),
    ],
)
def test_what_of_alerts_a_live_client_hears(scope: Scope, heard: set[str]) -> None:
    told = {
        "goods": AlertNews(1, "", None, "acme", b"{}", on_trip=False),
        "trip": AlertNews(2, "沪A1", "acme", None, b"{}", on_trip=True),
        "idle": AlertNews(3, "沪A1", "acme", None, b"{}", on_trip=False),
        "nobody": AlertNews(4, "", None, None, b"{}", on_trip=True),
    }
    letter = Audience(Wish(scope, Filter()), {}, {}).take({}, told.values(), Cursor("e", 5)).letter
    assert {name for name, one in told.items() if one in letter.told} == heard


def test_a_subscription_to_some_vehicles_hears_of_their_alerts_only() -> None:
    mine = AlertNews(1, "沪A1", None, None, b"{}", on_trip=True)
    other = AlertNews(2, "沪A2", None, None, b"{}", on_trip=True)
    wish = Wish(OPERATOR, Filter(plates=frozenset({"沪A1"})))
    told = Audience(wish, {}, {}).take({}, [mine, other], Cursor("e", 2))
    assert told.letter.told == [mine]
