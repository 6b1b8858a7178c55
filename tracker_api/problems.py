"""Errors as RFC 9457 problems; the only place that knows both errors and status codes."""

from __future__ import annotations

import traceback
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from fleet.errors import (
    AlreadyExists,
    BrokerAway,
    Conflict,
    FleetError,
    Forbidden,
    Invalid,
    NotFound,
    SettingInvalid,
    StackBroken,
    StoreAway,
)
from tracker_api.passwords import Busy

MEDIA_TYPE = "application/problem+json"

STATUS: dict[type[FleetError], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    AlreadyExists: HTTPStatus.CONFLICT,
    Conflict: HTTPStatus.CONFLICT,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Forbidden: HTTPStatus.FORBIDDEN,
    StoreAway: HTTPStatus.SERVICE_UNAVAILABLE,
    BrokerAway: HTTPStatus.SERVICE_UNAVAILABLE,
}

#: Errors that no request can cause: they end processes at their start.
INTERNAL: frozenset[type[FleetError]] = frozenset({SettingInvalid, StackBroken})

#: s; a client that asks again sooner finds the database still starting
RETRY_AFTER = 5


class Problem(BaseModel):
    """What went wrong, RFC 9457."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Not Found",
                    "status": 404,
                    "detail": "there is no vehicle '沪A12345'",
                }
            ]
        }
    )

    type: str = Field(default="about:blank", description="`about:blank`: the status says it all.")
    title: str = Field(description="The status in words.")
    status: int = Field(description="The HTTP status.", ge=400, le=599)
    detail: str = Field(description="One plain sentence.")
    where: str | None = Field(
        default=None, description="JSON pointer (body) or name (parameter) of the value at fault."
    )


class Unauthorized(Exception):
    """The request shows nothing that proves who sent it."""


class Refused(Exception):
    """A sign-in failed; it is not told whether by name, password or too many tries."""


class TooOften(Exception):
    """Whoever asks has asked too often; ``wait``: s after which they may again."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"asked too often; wait for {wait} s")
        self.wait = wait


class Foreign(Exception):
    """A cookie came along with what a page of elsewhere asked."""


class CursorGone(Exception):
    """A cursor is of a feed that is no more: the database was replaced since."""


class NotLocal(Exception):
    """Without a token only this machine is answered, and the request is not from it."""


def problem(
    status: HTTPStatus,
    detail: str,
    *,
    where: str | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """A problem as a response."""
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
    }
    if where is not None:
        content["where"] = where
    return JSONResponse(content, status, headers, MEDIA_TYPE)


def describe(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of an endpoint that may answer with these problems.

    401, 403, 422, 429, 500 and 503 may happen everywhere and are always included.
    """
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
        for status in sorted({401, 403, 422, 429, 500, 503, *statuses})
    }


def install(app: FastAPI) -> None:
    """Have every error of ``app`` answered as a problem."""
    app.add_exception_handler(FleetError, _fleet_error)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Unauthorized, _unauthorized)
    app.add_exception_handler(NotLocal, _not_local)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(Foreign, _foreign)
    app.add_exception_handler(TooOften, _too_often)
    app.add_exception_handler(Busy, _busy)
    app.add_exception_handler(CursorGone, _cursor_gone)
    app.add_exception_handler(Exception, _bug)


def status_of(error: FleetError) -> HTTPStatus:
    """The status that speaks for ``error``; an internal one is our own fault."""
    kinds = [STATUS[kind] for kind in type(error).__mro__ if kind in STATUS]
    return kinds[0] if kinds else HTTPStatus.INTERNAL_SERVER_ERROR


def pointer(loc: tuple[int | str, ...]) -> str:
    """A pydantic location as a JSON pointer (RFC 6901), or as a parameter's name."""
    origin, *path = loc or ("body",)
    if origin != "body":
        return "/".join(str(part) for part in path)
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


async def _fleet_error(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, FleetError):  # Starlette's signature is wider than its promise
        raise error
    status = status_of(error)
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        return await _bug(_request, error)
    where = error.where if isinstance(error, Invalid) else None
    headers = (
        {"Retry-After": str(RETRY_AFTER)} if status is HTTPStatus.SERVICE_UNAVAILABLE else None
    )
    return problem(status, str(error), where=where, headers=headers)


async def _not_valid(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    first = error.errors()[0]
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        str(first["msg"]),
        where=pointer(tuple(first["loc"])),
    )


async def _http_error(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    return problem(HTTPStatus(error.status_code), error.detail, headers=dict(error.headers or {}))


async def _unauthorized(_request: Request, _error: Exception) -> JSONResponse:
    return problem(
        HTTPStatus.UNAUTHORIZED,
        "sign in, or send a key or the operator's token: Authorization: Bearer <token>",
        headers={"WWW-Authenticate": "Bearer"},
    )


async def _refused(_request: Request, _error: Exception) -> JSONResponse:
    return problem(
        HTTPStatus.UNAUTHORIZED,
        "the name or the password is wrong; after five failures wait, at most for 15 minutes",
    )


async def _busy(_request: Request, _error: Exception) -> JSONResponse:
    return problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "too many people sign in at this moment; try again",
        headers={"Retry-After": str(RETRY_AFTER)},
    )


async def _too_often(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, TooOften):  # Starlette's signature is wider than its promise
        raise error
    return problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        "asked too often; please wait",
        headers={"Retry-After": str(error.wait)},
    )


async def _foreign(_request: Request, _error: Exception) -> JSONResponse:
    return problem(
        HTTPStatus.FORBIDDEN,
        "a session may be used by pages of this address only: send their Origin",
    )


async def _not_local(_request: Request, _error: Exception) -> JSONResponse:
    return problem(
        HTTPStatus.FORBIDDEN,
        "no token is configured, so only pages and programs of this machine are answered",
    )


async def _cursor_gone(_request: Request, _error: Exception) -> JSONResponse:
    return problem(
        HTTPStatus.GONE,
        "the cursor is of a database that was replaced; begin anew without one",
        where="cursor",
    )


async def _bug(request: Request, error: Exception) -> JSONResponse:
    # Rendered here, without local variables: those may hold a token or 200,000 fixes.
    told = "".join(traceback.format_exception(error))
    # By the pattern of the path: the path itself may be a link, which is a secret.
    path = getattr(request.scope.get("route"), "path", "other")
    structlog.get_logger().error("request failed", method=request.method, path=path, exception=told)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "this is our fault; the log says more")
