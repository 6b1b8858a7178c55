"""What an external broker asks: whether a client is who it says, and what it may do.

By EMQX's HTTP authentication and authorization.  The broker proves itself by a secret of the
settings in a header; without that setting nobody is answered.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hmac import compare_digest
from typing import Annotated, Literal

import bcrypt
from fastapi import APIRouter, Depends, Header

from fleet.errors import NotFound
from fleet.wire import OUR_USERS, PREFIX, Kind, is_device, topic
from store import identity
from store.identity import Refused
from tracker_api.credentials import NOBODY
from tracker_api.device_schemas import ActIn, LoginIn, VerdictOut
from tracker_api.problems import Unauthorized, describe
from tracker_api.routes.parameters import PREFIX as API
from tracker_api.routes.parameters import Running
from tracker_api.runtime import Runtime


def broker(
    running: Running,
    x_milepost_broker: Annotated[str, Header(max_length=256, description="The secret.")] = "",
) -> Runtime:
    """The runtime, for a request of the broker's.

    Raises:
        NotFound: no secret is set.
        Unauthorized: it is another one.
    """
    secret = running.settings.broker_secret
    if secret is None:
        raise NotFound("setting", "MILEPOST_API__BROKER_SECRET")
    if not compare_digest(x_milepost_broker.encode(), secret.encode()):
        raise Unauthorized
    return running


router = APIRouter(prefix=f"{API}/broker", tags=["broker"])
Asked = Annotated[Runtime, Depends(broker)]

Verdict = Literal["allow", "deny", "ignore"]


@router.post("/authenticate", operation_id="authenticate", responses=describe(404, 413))
def authenticate(asked: LoginIn, running: Asked) -> VerdictOut:
    """Whether a device's password is right, and its client id its own.

    While a password is to be replaced, the old one and the new one are.  Names of our own users
    are not judged.
    """
    if asked.username in OUR_USERS:
        return VerdictOut(result="ignore")
    if not running.guesses.may(asked.username):
        return VerdictOut(result="deny")
    sent = asked.password.get_secret_value().encode()
    known = None
    if is_device(asked.username):
        with running.door.reading() as conn:
            known = identity.accepted(conn, asked.username)
    # One comparison at least: that a name is unknown is not to be read off a clock.
    right = [_proves(sent, hashed) for hashed in known or [NOBODY]]
    if known and any(right) and is_own(asked.clientid, asked.username):
        return VerdictOut(result="allow")
    _note(running, Refused(asked.username, "login", asked.username))
    return VerdictOut(result="deny")


@router.post("/authorize", operation_id="authorize", responses=describe(404, 413))
def authorize(asked: ActIn, running: Asked) -> VerdictOut:
    """Whether a device may publish to a topic, or subscribe to a filter."""
    verdict = judge(asked.username, asked.action, asked.topic)
    if verdict == "deny":
        _note(running, Refused(asked.username, asked.action, asked.topic[:200]))
    return VerdictOut(result=verdict)


def judge(user: str, action: str, name: str) -> Verdict:
    """What ``user`` may do: publish below its own topic, hear its own commands."""
    if user in OUR_USERS:
        return "ignore"
    if not is_device(user):
        return "deny"
    if action == "subscribe":
        return "allow" if name == topic(user, Kind.CMD) else "deny"
    own = f"{PREFIX}/{user}/"
    below = name.startswith(own) and name != own and not set("#+") & set(name)
    return "allow" if below else "deny"


def is_own(client: str, device: str) -> bool:
    """Whether a client id is the device's own: its code, or that, a slash and anything.

    With another's client id it would end that one's connection and take over its session.
    """
    return client == device or client.startswith(f"{device}/")


def _proves(password: bytes, hashed: str) -> bool:
    # bcrypt takes 72 bytes and no more; ours are 24.
    return len(password) <= 72 and bcrypt.checkpw(password, hashed.encode())  # noqa: PLR2004 - see above


def _note(running: Runtime, refused: Refused) -> None:
    """Count a refusal; of one name not more often than it may be noted."""
    if running.guesses.miss(refused.device):
        with running.door.writing() as conn:
            identity.note_refusals(conn, [refused], datetime.now(UTC))
