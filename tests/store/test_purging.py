"""Retention by profile: what goes when, what stays provable, and the log of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from fleet.rights import Role
from fleet.scope import OPERATOR, Scope
from store import holds, maintenance, privates, purging, retention, trail
from store.maintenance import Retention
from store.purging import Purge
from store.retention import Kept
from tests.store import hauls
from tests.store.conftest import NOON
from tests.store.waybill_rows import legs, place, register

pytestmark = pytest.mark.db

DAY = timedelta(days=1)
ANN = Scope("ann", None, Role.CS_AGENT)
EU, CN = Retention(profile="eu"), Retention()


def test_every_figure_of_every_profile_has_a_source() -> None:
    for profile, rules in retention.PROFILES.items():
        assert rules.keys() == set(Kept), profile
        assert all(rule.days > 0 and len(rule.source) > 20 for rule in rules.values()), profile
        assert rules[Kept.PRIVATE].days >= retention.LEAST_PRIVATE


def test_a_profile_says_what_no_setting_says() -> None:
    assert (EU.age(Kept.HISTORY), CN.age(Kept.HISTORY)) == (60 * DAY, 183 * DAY)
    own = Retention(profile="eu", history_days=2000)
    told = {rule.kind: rule for rule in own.rules}
    assert (told[Kept.HISTORY].days, told[Kept.HISTORY].source) == (2000, retention.SET)
    assert told[Kept.RECORD].days == 2000, "the record outlives what it was made from"
    assert told[Kept.CONTACT].source == retention.PROFILES["eu"][Kept.CONTACT].source
    with pytest.raises(ValueError, match="private_days"):
        Retention(private_days=3)
    with pytest.raises(ValueError, match="audit_days"):
        Retention(audit_days=-1)


# The trail


def read(conn: Connection[Any], days: int) -> None:
    """Somebody reads something, so many days before noon."""
    trail.record(conn, ANN, "read", "vehicle", f"{days} days ago")
    conn.execute("SET session_replication_role = replica")  # to write the past
    conn.execute(
        "UPDATE audit SET at = %s WHERE id = (SELECT max(id) FROM audit)", [NOON - days * DAY]
    )
    conn.execute(
        "UPDATE audit_link l SET chain = audit_chain(coalesce((SELECT chain FROM audit_link p"
        " WHERE p.id < l.id ORDER BY p.id DESC LIMIT 1), ''), l.salt, a) FROM audit a"
        " WHERE a.id = l.audit_id AND l.id = (SELECT max(id) FROM audit_link)"
    )
    conn.execute("SET session_replication_role = DEFAULT")


@pytest.fixture
def old_trail(conn: Connection[Any]) -> str:
    """Rows of which two are older than a year; the head of the chain before they go."""
    for days in (500, 400, 300, 10):
        read(conn, days)
    whole = trail.verify(conn)
    assert (whole.rows, whole.broken) == (4, None)
    return whole.head


def cut(conn: Connection[Any]) -> None:
    purging.remove_audit(conn, Purge(NOON, 366 * DAY, "eu: audit 366 days"))


def test_a_trail_that_was_cut_is_verified_from_its_anchor(
    conn: Connection[Any],
    old_trail: str,  # noqa: ARG001 - writes it
) -> None:
    cut(conn)
    chain = trail.verify(conn)
    assert (chain.rows, chain.broken, chain.unlinked) == (3, None, 0)
    [newest, *_] = trail.list_entries(conn, trail.Wanted())
    assert (newest.principal, newest.act, newest.detail["rows"]) == ("retention", "purge", 2)
    [logged] = purging.list_purges(conn)
    assert (logged.what, logged.rows, logged.rule) == ("audit", 2, "eu: audit 366 days")
    trail.record(conn, ANN, "read", "vehicle", "later")
    assert trail.verify(conn).broken is None
    conn.execute("SET session_replication_role = replica")
    conn.execute("UPDATE audit SET why = 'x' WHERE subject = '300 days ago'")
    assert trail.verify(conn).broken is not None


@pytest.mark.parametrize(
    "forgery",
    [
        "DELETE FROM audit_link WHERE id = (SELECT min(id) FROM audit_link)",
        "DELETE FROM audit_anchor",
        "UPDATE audit_anchor SET chain = sha256('x')",
        (
            "WITH l AS (DELETE FROM audit_link WHERE id = (SELECT min(id) FROM audit_link)"
            " RETURNING id, chain) INSERT INTO audit_anchor (link_id, chain, purge_id)"
            " SELECT l.id, l.chain, p.id FROM l, purge p"
        ),
    ],
)
def test_who_cuts_more_off_or_forges_the_anchor_is_found_out(
    conn: Connection[Any],
    old_trail: str,  # noqa: ARG001 - writes it
    forgery: str,
) -> None:
    cut(conn)
    assert trail.verify(conn).broken is None
    conn.execute("SET session_replication_role = replica")
    conn.execute(forgery.encode())
    assert trail.verify(conn).broken is not None


def test_the_log_of_purges_is_only_ever_added_to(conn: Connection[Any]) -> None:
    with conn.transaction():
        due = Purge(NOON, DAY, "a rule")
        purging.unlock(conn, purging.log(conn, due, purging.Removed("fix", NOON, 3)))
    for statement in ("UPDATE purge SET rows = 0", "DELETE FROM purge", "TRUNCATE purge CASCADE"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            conn.execute(statement.encode())


# People on what is over


@pytest.fixture
def number(conn: Connection[Any], two_parties: None) -> str:  # noqa: ARG001 - registers them
    """A waybill that is over since noon, as its trip is."""
    register(conn)
    hauls.create(conn)
    number = place(conn, legs=legs("t1", None))
    conn.execute("UPDATE trip SET over_at = %s, pending = false", [NOON])
    conn.execute("UPDATE waybill_state SET state = 'delivered', over = true, since = %s", [NOON])
    conn.execute("DELETE FROM waybill_due")
    return number


def retain(conn: Connection[Any], now: datetime, keep: Retention = EU) -> dict[str, int]:
    return {each.what: each.rows for each in maintenance.retain(conn, now, keep)}


def test_names_and_telephones_go_sooner_than_what_they_stand_on(
    conn: Connection[Any],
    number: str,  # noqa: ARG001 - registers it
) -> None:
    assert "waybill_contact" not in retain(conn, NOON + 90 * DAY)
    assert retain(conn, NOON + 91 * DAY)["waybill_contact"] == 1
    assert conn.execute("SELECT phone, consignee FROM waybill").fetchall() == [("", "")]
    assert conn.execute("SELECT count(*) FROM waybill_due").fetchall() == [(0,)], "no new facts"
    logged = [one for one in purging.list_purges(conn) if one.what == "waybill_contact"]
    assert [(one.rows, one.rule) for one in logged] == [(1, "eu: contact 90 days")]


def test_an_open_exception_and_a_hold_keep_people_and_records(
    conn: Connection[Any], number: str
) -> None:
    with conn.transaction():
        held = holds.add(conn, OPERATOR, "waybill", number, "claim 17")
    late = NOON + 5000 * DAY
    gone = retain(conn, late)
    assert not {"waybill", "waybill_contact", "trip"} & gone.keys()
    with conn.transaction():
        holds.lift(conn, OPERATOR, held)
    assert retain(conn, late)["waybill"] == 1


def test_a_closed_report_goes_with_its_ledger_when_three_years_are_over(
    conn: Connection[Any], number: str
) -> None:
    conn.execute(
        "INSERT INTO exception_report (id, number, kind, severity, state, waybill_id, found_at,"
        " description, due_at, result, responsible, feedback, closed_at, author) SELECT"
        " gen_random_uuid(), 'EX-1', 'damaged', 3, 'closed', id, %s, 'x', %s, 'a', 'b', 'c', %s,"
        " 'li' FROM waybill",
        [NOON, NOON, NOON],
    )
    conn.execute(
        "INSERT INTO exception_entry (report_id, act, author) SELECT id, 'note', 'li'"
        " FROM exception_report"
    )
    assert "exception" not in retain(conn, NOON + 1096 * DAY)
    gone = retain(conn, NOON + 1097 * DAY)
    assert (gone["exception"], gone["waybill"]) == (1, 1), number


def test_between_its_trips_a_private_vehicle_leaves_no_positions(
    conn: Connection[Any], two_parties: None, keep_fixes: Callable[..., None]
) -> None:
    del two_parties
    register(conn)
    hauls.create(conn)
    start = hauls.moment(0)
    conn.execute("UPDATE trip SET starts_at = %s, over_at = %s", [start, start + DAY / 24])
    conn.execute("UPDATE assignment SET valid_from = %s", [start - DAY])
    driven = [start, start + timedelta(minutes=30)]
    private = [start + DAY / 4, start + DAY / 3]
    keep_fixes("a1", sorted(driven + private))
    keep_fixes("b1", private)
    assert "private_fix" not in retain(conn, start + 5 * DAY)
    assert privates.set_private(conn, OPERATOR, "沪A1", "agreed")
    assert "private_fix" not in retain(conn, start + 3 * DAY), "a repair may need them"
    assert retain(conn, start + 5 * DAY)["private_fix"] == 2
    left = conn.execute(
        "SELECT d.code, f.time FROM fix f JOIN device d ON d.id = f.device_id ORDER BY 1, 2"
    ).fetchall()
    assert left == [("a1", time) for time in driven] + [("b1", time) for time in private]


def test_nodes_go_with_all_versions_and_their_visits_after_them(
    conn: Connection[Any], number: str
) -> None:
    from tests.fix_record import RecordHand  # noqa: PLC0415 - only here

    del number
    record = RecordHand(conn)
    record.fence("hub", "hub")
    record.node("沪A1", site="hub", actual_at=NOON)
    record.visit("沪A1", "hub", state="departed", entered=NOON, left=NOON + DAY / 24)
    assert not {"node", "visit"} & retain(conn, NOON + 1096 * DAY).keys()
    gone = retain(conn, NOON + 1098 * DAY)
    assert (gone["node"], gone["visit"]) == (1, 1)


def test_a_link_goes_when_nobody_asks_any_more_who_had_it(
    conn: Connection[Any], number: str
) -> None:
    conn.execute(
        "INSERT INTO share (id, digest, waybill_id, created_by, expires_at) SELECT"
        " gen_random_uuid(), 'x', id, 'li', %s FROM waybill",
        [NOON],
    )
    assert "share" not in retain(conn, NOON + 30 * DAY)
    assert retain(conn, NOON + 31 * DAY)["share"] == 1, number
