"""A person's data from the command line."""

from __future__ import annotations

import zipfile
from contextlib import closing
from functools import partial
from pathlib import Path

import psycopg
import pytest

from fleet.rights import Role
from fleet.scope import OPERATOR
from store import admin, people, privates
from store.people import NewPerson, Reach
from tests.milepost.typing_user import Milepost

pytestmark = pytest.mark.db


def test_a_person_is_told_held_and_erased(
    milepost: Milepost, database_url: str, tmp_path: Path
) -> None:
    typed = partial(milepost, MILEPOST_DATABASE_URL=database_url)
    with closing(psycopg.connect(database_url, autocommit=True)) as conn:
        for name, role in (("olga", Role.OWNER), ("ann.li", Role.QA)):
            people.add_person(conn, OPERATOR, NewPerson(name, name, role, Reach()), None)
        admin.add_vehicle(conn, "沪A1", None)
        assert typed("privacy", "vehicle", "沪A1", "--private").status == 0
        assert privates.list_private(conn) == ["沪A1"]
    ann = ("ann.li", "--as", "user")
    out = tmp_path / "ann.zip"
    assert typed("privacy", "export", *ann, "--out", str(out)).status == 0
    assert out.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(out) as pack:
        assert b"ann.li" in pack.read("records.json")
    again = typed("privacy", "export", *ann, "--out", str(out))
    assert (again.status, again.err.count("\n")) == (1, 1)
    hold = typed("privacy", "hold", "person", "ann.li", "--reason", "a lawsuit")
    told = typed("privacy", "erase", *ann, "--reason", "left", "--dry-run")
    assert (told.status, "hold person ann.li" in told.err) == (0, True)
    refused = typed("privacy", "erase", *ann, "--reason", "left")
    assert (refused.status, refused.err.startswith("milepost: it cannot be erased yet")) == (
        1,
        True,
    )
    assert typed("privacy", "lift", hold.out.strip()).status == 0
    assert typed("privacy", "erase", *ann, "--reason", "left").status == 0
    lines = typed("privacy", "purges", "--json").lines
    assert {line["rule"] for line in lines} == {"erasure"}
    assert {"person", "audit"} <= {line["what"] for line in lines}
    assert typed("audit", "verify").status == 0
    nobody = typed("privacy", "erase", *ann, "--reason", "left")
    assert (nobody.status, nobody.err) == (1, "milepost: there is no user 'ann.li'\n")


def test_what_is_in_force_is_printed(milepost: Milepost) -> None:
    told = milepost("privacy", "retention", "--json", MILEPOST_RETENTION__PROFILE="eu")
    days = {line["kind"]: line["days"] for line in told.lines}
    assert (days["history"], days["contact"]) == (60, 90)
    assert "60" in milepost("privacy", "retention", MILEPOST_RETENTION__PROFILE="eu").out
