"""What strangers may ask: the waybill behind a link, or behind a number and a telephone's tail.

An unknown, an expired and a revoked link answer alike, and so do a number that nobody has and
a wrong telephone: who guesses learns nothing, not even how warm it is.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response, WebSocket, WebSocketDisconnect

from fleet import numbers
from fleet.errors import NotFound, StoreAway
from store import shares
from store.shares import Opened
from tracker_api import share_view
from tracker_api.problems import describe, problem
from tracker_api.routes.parameters import PREFIX, Running, answer
from tracker_api.runtime import Runtime, runtime_of
from tracker_api.share_page import UNSEEN
from tracker_api.share_schemas import SharedOut, TrackIn

router = APIRouter(prefix=f"{PREFIX}", tags=["shares"])

TokenInPath = Annotated[str, Path(max_length=128, description="Of the link.")]

NOWHERE = "this link leads nowhere: it may have ended, or a character is missing"
NO_MATCH = "no waybill has this number and this telephone"
TOO_OFTEN = "asked too often; please wait a minute"
LOCKED = "too many wrong guesses; please wait, or ask for a link"

#: RFC 6455: policy violation; what a socket is closed with, whatever the reason.
GONE = 1008
#: RFC 6455's registry: try again later.
LATER = 1013


@router.get(
    "/shared/{token}",
    operation_id="getShared",
    response_model=SharedOut,
    responses=describe(404, 429),
)
def get_shared(
    token: TokenInPath,
    running: Running,
    request: Request,
    again: Annotated[  # noqa: FBT002 (a parameter of the request)
        bool, Query(description="The page looks again: it does not count as opened.")
    ] = False,
) -> Response:
    """The waybill behind a link, as far as strangers may see it."""
    if not running.turnstile.may_look(_address(request), _key(token)):
        return _refuse(HTTPStatus.TOO_MANY_REQUESTS, TOO_OFTEN)
    told = _look(running, token, count=not again)
    return _nowhere() if told is None else _shown(told)


@router.post(
    "/track",
    operation_id="trackByNumber",
    response_model=SharedOut,
    responses=describe(404, 413, 429),
)
def track(asked: TrackIn, running: Running, request: Request) -> Response:
    """The same by a waybill's number or code, and the last four digits of its telephone."""
    address, number = _address(request), numbers.normalise(asked.number)
    if not running.turnstile.may_look(address, f"track {address}"):
        return _refuse(HTTPStatus.TOO_MANY_REQUESTS, TOO_OFTEN)
    if not running.turnstile.may_guess(address, number):
        return _refuse(HTTPStatus.TOO_MANY_REQUESTS, LOCKED)
    now = datetime.now(UTC)
    with running.door.reading() as conn:
        opened = shares.resolve_number(conn, number, asked.phone_tail, now)
        told = None if opened is None else _view(conn, opened, running, now)
    if told is None:
        running.turnstile.miss(address, number)
        return _refuse(HTTPStatus.NOT_FOUND, NO_MATCH)
    return _shown(told)


@router.websocket("/shared/live")
async def live_shared(socket: WebSocket) -> None:
    """The same as it changes; the first message is `{"token": "..."}`.

    Not in the path: servers and proxies write paths into their logs.
    """
    await socket.accept()
    running = runtime_of(socket)
    strangers = running.strangers
    if len(strangers) >= running.settings.sharing.max_sockets:
        await socket.close(LATER)
        return
    strangers.add(socket)
    try:
        await _converse(socket, running)
    except WebSocketDisconnect:
        pass  # leaving is not an error
    finally:
        strangers.discard(socket)


async def _converse(socket: WebSocket, running: Runtime) -> None:
    """Tell states until the link leads nowhere, then close; or until the client leaves."""
    try:
        async with asyncio.timeout(running.settings.live.first_message):
            token = _token(await socket.receive_text())
    except (TimeoutError, KeyError):  # KeyError: it sent bytes
        await socket.close(GONE)
        return
    address = socket.client.host if socket.client else ""
    if not running.turnstile.may_look(address, _key(token)):
        await socket.close(LATER)
        return
    leaving = asyncio.create_task(_until_left(socket))
    try:
        await _tell(socket, running, token, leaving)
    finally:
        leaving.cancel()


async def _tell(
    socket: WebSocket, running: Runtime, token: str, leaving: asyncio.Task[None]
) -> None:
    rules, due = running.settings.sharing, 0.0
    loop = asyncio.get_running_loop()
    while not leaving.done():
        fresh = loop.time() >= due
        try:
            told = await asyncio.to_thread(_watch, running, token, fresh=fresh)
        except StoreAway:
            await socket.close(LATER)
            return
        if told is None:
            await socket.close(GONE)
            return
        if fresh:
            due = loop.time() + rules.refresh
            await socket.send_text(orjson.dumps(told).decode())
        await asyncio.wait([leaving], timeout=rules.watch)


async def _until_left(socket: WebSocket) -> None:
    """Take whatever the client says, which is nothing, until it leaves."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


def _watch(running: Runtime, token: str, *, fresh: bool) -> share_view.View | None:
    """What there is to see; of a look that is not ``fresh`` only whether there is anything."""
    now = datetime.now(UTC)
    with running.door.reading() as conn:
        opened = shares.resolve(conn, token, now)
        if opened is None or not fresh:
            return None if opened is None else {}
        return _view(conn, opened, running, now)


def _look(running: Runtime, token: str, *, count: bool) -> share_view.View | None:
    now = datetime.now(UTC)
    with running.door.writing() as conn:
        opened = shares.resolve(conn, token, now)
        if opened is None:
            return None
        if count and opened.share is not None:
            shares.count_view(conn, opened.share, now)
            running.metrics.shares_viewed.inc()
        return _view(conn, opened, running, now)


def _view(conn: Any, opened: Opened, running: Runtime, now: datetime) -> share_view.View | None:  # noqa: ANN401 (only the store names the type)
    try:
        return share_view.view(conn, opened, now, running.zone)
    except NotFound:  # it was purged between the two reads
        return None


def _token(text: str) -> str:
    """The token of a first message; "" leads nowhere."""
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        return ""
    token = message.get("token") if isinstance(message, dict) else None
    return token if isinstance(token, str) else ""


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _key(token: str) -> str:
    """By what looks at a link are counted: the token itself is kept nowhere."""
    return sha256(token.encode()).hexdigest()


def _shown(told: share_view.View) -> Response:
    response = answer(told)
    response.headers.update(UNSEEN)
    return response


def _nowhere() -> Response:
    return _refuse(HTTPStatus.NOT_FOUND, NOWHERE)


def _refuse(status: HTTPStatus, why: str) -> Response:
    late = {"Retry-After": "60"} if status is HTTPStatus.TOO_MANY_REQUESTS else {}
    return problem(status, why, headers=UNSEEN | late)
