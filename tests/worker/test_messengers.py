"""Messages to people through Apprise, to a receiver on this machine."""

from __future__ import annotations

import pytest

from shipment.targets import LOCAL_SCHEMES, Guard
from tests.receiver import Answer, Receiver
from worker.messengers import Messengers, judge
from worker.webhooks import Patience

# Apprise looks for a module that Python 3.13 no longer has.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def messengers(*inside: str) -> Messengers:
    """May send to these hosts inside."""
    return Messengers(Guard(inside), Patience(connect=0.5, whole=1.0))


def test_a_recipients_address_stays_one_whatever_is_in_it() -> None:
    with Receiver() as receiver:
        tell = messengers("127.0.0.1").tell
        channel = f"json://127.0.0.1:{receiver.port}/a/{{to}}"
        assert tell(channel, "1/../../b?c=d", "", "x").ok
        assert tell(channel, "+86 138 0000", "", "x").ok
        assert "more than one" in tell(channel, "138,139", "", "x").detail
        first, second = (one.path for one in receiver.accepted)
    assert first.startswith("/a/1")
    assert "?" not in first.removesuffix("?")
    assert second in {"/a/%2B861380000", "/a/+861380000"}


def test_people_are_not_told_where_a_host_sends_us_on_to() -> None:
    with Receiver() as other, Receiver(lambda _: (302, {"location": other.url})) as receiver:
        outcome = messengers("127.0.0.1").tell(f"json://127.0.0.1:{receiver.port}/", "", "", "x")
    assert (outcome.ok, outcome.status, other.seen) == (False, 302, [])


@pytest.mark.parametrize(
    "url",
    ["json://127.0.0.1/x", "mailtos://u:p@localhost?smtp=127.0.0.1&from=a@example.org&to={to}"],
)
def test_people_are_not_told_by_a_host_inside_that_nobody_named(url: str) -> None:
    outcome = messengers().tell(url, "a@example.org", "", "x")
    assert "not a public address" in outcome.detail


@pytest.mark.parametrize("scheme", sorted(LOCAL_SCHEMES))
def test_nothing_is_done_to_this_machine(scheme: str) -> None:
    assert messengers().tell(f"{scheme}://", "", "", "x").detail.startswith("refused")


@pytest.mark.parametrize(
    ("answer", "detail", "unknown"),
    [
        (500, "answered 500", False),
        (504, "answered 504", True),
        ("cut", "nobody knows whether it was taken", True),
        ("hang", "nobody knows whether it was taken", True),
    ],
)
def test_it_is_known_whether_a_message_may_have_been_taken(
    answer: Answer,
    detail: str,
    unknown: bool,  # noqa: FBT001 - a row of the table
) -> None:
    with Receiver(lambda _request: answer) as receiver:
        outcome = messengers("127.0.0.1").tell(f"json://127.0.0.1:{receiver.port}/", "", "", "x")
    assert (outcome.ok, outcome.detail, outcome.unknown) == (False, detail, unknown)


@pytest.mark.parametrize(
    ("said", "detail", "unknown"),
    [
        ("Socket Exception: [Errno 111] Connection refused", "no connection", False),
        ("Max retries exceeded (Caused by NameResolutionError(...))", "no connection", False),
        ("Socket Exception: (535, b'5.7.8 Error')", "the mail server refused it", False),
        ("Connection unexpectedly closed", "nobody knows whether it was taken", True),
        ("", "nobody knows whether it was taken", True),
    ],
)
def test_what_is_not_known_to_be_a_refusal_may_have_been_taken(
    said: str,
    detail: str,
    unknown: bool,  # noqa: FBT001 - a row of the table
) -> None:
    outcome = judge(ok=False, said=said)
    assert (outcome.detail, outcome.unknown) == (detail, unknown)


def test_what_apprise_logs_goes_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    with Receiver(lambda _request: 500) as receiver:
        url = f"json://user:sesame@127.0.0.1:{receiver.port}/"
        messengers("127.0.0.1").tell(url, "", "", "x")
    assert "sesame" not in caplog.text
