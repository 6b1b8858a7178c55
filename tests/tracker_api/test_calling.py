"""What is told of a query, and what is not said to customers."""

from __future__ import annotations

import pytest

from fleet.calls import Channel, QueryEntry
from fleet.errors import Invalid
from fleet.rights import Role
from fleet.scope import OPERATOR, Scope
from fleet.waybills import WaybillState
from shipment.calls import RULES
from tests.shipment.asked import NOW, query
from tracker_api.calling import check_reply, entries_out, query_out

CUSTOMER = Scope("kelan", None, Role.CUSTOMER, customers=frozenset({"acme"}))


def test_a_customer_is_not_told_who_worked_on_the_query_and_what_they_found() -> None:
    asked = query(handler="li.na", finding="the driver overslept", source="person", reply="您好")
    inside = query_out(asked, None, OPERATOR, NOW, RULES)
    outside = query_out(asked, None, CUSTOMER, NOW, RULES)
    assert (inside["handler"], inside["finding"]) == ("li.na", "the driver overslept")
    assert (outside["handler"], outside["finding"], outside["source"]) == ("", "", "")
    assert (outside["reply"], outside["author"]) == ("您好", "")
    entries = [QueryEntry(NOW, "take", "li.na", {})]
    assert len(entries_out(entries, OPERATOR)) == 1
    assert entries_out(entries, CUSTOMER) == []


def test_a_text_message_has_seventy_characters() -> None:
    check_reply("好" * 70, Channel.SMS, None, None)
    with pytest.raises(Invalid, match="71 characters"):
        check_reply("好" * 71, Channel.SMS, None, None)
    check_reply("好" * 71, Channel.PHONE, None, None)


def test_that_it_was_signed_for_is_said_once_somebody_did() -> None:
    said = "Your shipment was signed for yesterday."
    check_reply(said, Channel.EMAIL, WaybillState.DELIVERED, None)
    with pytest.raises(Invalid, match="nobody signed"):
        check_reply(said, Channel.EMAIL, WaybillState.ARRIVED_DESTINATION, None)


def test_that_it_is_in_time_is_said_where_an_answer_says_so() -> None:
    said = "您好，您的货物运输正常。"
    check_reply(said, Channel.PHONE, WaybillState.IN_TRANSIT, {"risk": "on_time"})
    with pytest.raises(Invalid, match="in time"):
        check_reply(said, Channel.PHONE, WaybillState.IN_TRANSIT, {"risk": "unknown"})
