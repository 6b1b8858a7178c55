from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from psycopg import Connection

from fleet import numbers
from fleet.rights import Role
from fleet.scope import OPERATOR, Scope
from store.lookup import Found, MatchedBy, look_up
from tests.store import waybill_rows
from tests.store.waybill_rows import CUSTOMER, OTHER, place

ACME = Scope("wang", frozenset(), Role.CUSTOMER, customers=frozenset({CUSTOMER}))
GLOBEX = Scope("li", frozenset(), Role.CUSTOMER, customers=frozenset({OTHER}))


@pytest.fixture
def goods(conn: Connection[Any]) -> dict[str, str]:
    """A waybill with everything that it can be found by: its keys."""
    waybill_rows.register(conn)
    number = place(conn, order_no="SO-2026/0042", phone="13812345678")
    row = conn.execute("SELECT code FROM waybill WHERE number = %s", [number]).fetchone()
    assert row is not None
    return {"number": number, "code": row[0]}


def ask(conn: Connection[Any], text: str, scope: Scope = OPERATOR) -> Found:
    return look_up(conn, scope, text)


def wide(text: str) -> str:
    """As somebody types who left the full-width letters on."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def test_a_number_is_found_in_any_case_and_width_and_with_anything_between(
    conn: Connection[Any], goods: dict[str, str]
) -> None:
    number = goods["number"]
    typed = [
        number,
        number.lower(),
        wide(number),
        wide(number.lower()),
        f"  {number[:2]} {number[2:10]}-{number[10:]} ",
        f"{number[:2]}\u3000{number[2:10]}—{number[10:]}",
    ]
    for text in typed:
        assert ask(conn, text) == Found(number, MatchedBy.NUMBER, (number,)), text


def test_a_number_of_old_with_five_digits_is_found(conn: Connection[Any]) -> None:
    waybill_rows.register(conn)
    old = place(conn, number="JD2024102800001")
    assert ask(conn, "jd-20241028-00001").numbers == (old,)


def test_sixteen_digits_are_found_by_the_code(conn: Connection[Any], goods: dict[str, str]) -> None:
    code = goods["code"]
    spaced = " ".join(code[place : place + 4] for place in range(0, 16, 4))
    for text in (code, spaced, wide(code)):
        assert ask(conn, text) == Found(code, MatchedBy.CODE, (goods["number"],))


def test_a_wrong_digit_in_a_code_is_told_as_such_and_the_right_one_suggested(
    conn: Connection[Any], goods: dict[str, str]
) -> None:
    code = goods["code"]
    wrong = code[:9] + str((int(code[9]) + 1) % 10) + code[10:]
    found = ask(conn, wrong)
    assert (found.by, found.check_failed) == (None, True)
    assert found.suggestions == (goods["number"],)


def test_a_code_that_nobody_has_is_not_called_mistyped(
    conn: Connection[Any], goods: dict[str, str]
) -> None:
    other = numbers.make_code(date(2026, 5, 4), 7)
    assert goods["code"] != other
    assert ask(conn, other) == Found(other, None)


@pytest.mark.parametrize("text", ["SO-2026/0042", "so20260042", "ＳＯ 2026 0042"])  # noqa: RUF001 (full width is the point)
def test_an_order_number_is_found_however_it_is_written(
    conn: Connection[Any], goods: dict[str, str], text: str
) -> None:
    found = ask(conn, text)
    assert (found.by, found.numbers) == (MatchedBy.ORDER, (goods["number"],))


def test_a_telephone_is_found_by_its_tail_and_whole(
    conn: Connection[Any], goods: dict[str, str]
) -> None:
    for text in ("5678", "138 1234 5678", "138-1234-5678"):
        found = ask(conn, text)
        assert (found.by, found.numbers) == (MatchedBy.PHONE, (goods["number"],)), text
    assert ask(conn, "139 1234 5678").by is None


@pytest.mark.parametrize(
    ("before", "key"),
    [("单号：", "number"), ("运单号 ", "number"), ("No. ", "number"), ("订单号:", "order")],
)
def test_what_people_write_before_a_number_is_left_out(
    conn: Connection[Any], goods: dict[str, str], before: str, key: str
) -> None:
    texts = {"number": goods["number"], "order": "SO-2026/0042"}
    assert ask(conn, before + texts[key]).numbers == (goods["number"],)


@pytest.mark.parametrize("country", ["+86 ", "86-", "0086"])
def test_a_telephone_is_found_with_its_country(
    conn: Connection[Any], goods: dict[str, str], country: str
) -> None:
    found = ask(conn, f"{country}138 1234 5678")
    assert (found.by, found.numbers) == (MatchedBy.PHONE, (goods["number"],))


def test_of_one_telephone_the_newest_comes_first_and_what_is_over_last(
    conn: Connection[Any], goods: dict[str, str]
) -> None:
    second = place(conn, phone="13812345678")
    third = place(conn, phone="13912345678")
    conn.execute(
        "UPDATE waybill_state SET over = true FROM waybill w"
        " WHERE w.id = waybill_id AND w.number = %s",
        [third],
    )
    assert ask(conn, "5678").numbers == (second, goods["number"], third)


def test_a_plate_leads_to_what_is_aboard(conn: Connection[Any], goods: dict[str, str]) -> None:
    second = place(conn)
    conn.execute("INSERT INTO vehicle (plate) VALUES ('沪A·12345')")
    conn.execute("INSERT INTO trip (code, created_by) VALUES ('T-7', 'test')")
    for number, ends in ((goods["number"], "infinity"), (second, "2024-11-21T12:00Z")):
        conn.execute(
            """
            INSERT INTO ride (waybill_id, leg_id, trip_id, vehicle_id, valid_from, valid_to,
                              from_basis, presumed)
            SELECT w.id, l.id, t.id, v.id, '2024-11-21T10:00Z', %s, 'scan', false
            FROM waybill w JOIN leg l ON l.waybill_id = w.id, trip t, vehicle v
            WHERE w.number = %s AND t.code = 'T-7' AND v.plate = '沪A·12345' AND l.number = 0
            """,
            [ends, number],
        )
    for text in ("沪A12345", "沪a·12345", "沪A 12345"):
        found = ask(conn, text)
        assert (found.by, found.numbers) == (MatchedBy.PLATE, (goods["number"],)), text
    assert ask(conn, "沪A12345", ACME).by is None, "who sees its end is not told that it is right"


SLIPS: dict[str, Callable[[str], str]] = {
    "another digit": lambda n: n[:-1] + str((int(n[-1]) + 3) % 10),
    "two swapped": lambda n: n[:2] + n[3] + n[2] + n[4:],
    "one left out": lambda n: n[:5] + n[6:],
    "one too many": lambda n: n[:5] + "7" + n[5:],
    "another company": lambda n: "JB" + n[2:],
}


@pytest.mark.parametrize("slip", SLIPS)
def test_what_is_one_slip_away_is_suggested(
    conn: Connection[Any], goods: dict[str, str], slip: str
) -> None:
    found = ask(conn, SLIPS[slip](goods["number"]))
    assert found.by is None
    assert found.suggestions == (goods["number"],)


@pytest.mark.parametrize("text", ["", "   ", "-", "XYZ", "12", "沪Z99999", "%", "JD%", "'; --"])
def test_what_leads_nowhere_finds_and_suggests_nothing(
    conn: Connection[Any], goods: dict[str, str], text: str
) -> None:
    assert goods
    found = ask(conn, text)
    assert (found.by, found.numbers, found.suggestions) == (None, (), ())


def test_nothing_outside_the_scope_is_found_or_suggested(
    conn: Connection[Any], goods: dict[str, str]
) -> None:
    number, code = goods["number"], goods["code"]
    assert ask(conn, number, ACME).numbers == (number,)
    near = [slip(number) for slip in SLIPS.values()]
    wrong_code = code[:-1] + str((int(code[-1]) + 1) % 10)
    for text in (number, code, "SO-2026/0042", "5678", *near, wrong_code):
        found = ask(conn, text, GLOBEX)
        assert (found.by, found.numbers, found.suggestions) == (None, (), ()), text
    driver = Scope("zhao", None, Role.DRIVER, driver="zhao")
    assert ask(conn, number, driver).by is None


def test_no_more_are_told_than_asked_for(conn: Connection[Any]) -> None:
    waybill_rows.register(conn)
    made = [place(conn) for _ in range(4)]
    assert look_up(conn, OPERATOR, "0001", 3).numbers == tuple(reversed(made))[:3]
