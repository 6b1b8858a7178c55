"""Is the process alive, and can it answer?"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from fleet.errors import StoreAway
from store.database import describe
from tracker_api.metrics import MEDIA_TYPE
from tracker_api.runtime import runtime_of
from tracker_api.schemas import LiveOut, ReadyOut

router = APIRouter(tags=["health"])


@router.get("/health/live", operation_id="getLive")
async def live() -> LiveOut:
    """Answers as long as the event loop runs."""
    return LiveOut()


@router.get(
    "/health/ready",
    operation_id="getReady",
    response_model=ReadyOut,
    responses={503: {"model": ReadyOut, "description": "Not ready, and why"}},
)
def ready(request: Request) -> JSONResponse:
    """Whether the database answers, has the schema, and the live feed is current."""
    runtime = runtime_of(request)
    found: dict[str, Any] = {"database": "ok", "timescaledb": None, "migrations": "unknown"}
    try:
        with runtime.door.reading() as conn:
            server = describe(conn)
    except StoreAway as error:
        found["database"] = str(error)
    else:
        found["timescaledb"] = server["timescaledb"]
        found["migrations"] = "pending" if server["pending"] else "ok"
    found["feed"] = "ok" if runtime.feed.is_current() else "behind"
    is_ready = (found["database"], found["migrations"], found["feed"]) == ("ok", "ok", "ok")
    status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse({"ready": is_ready, **found}, status)


@router.get(
    "/metrics",
    operation_id="getMetrics",
    response_class=Response,
    responses={
        200: {
            "description": "Prometheus text format",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    },
)
async def metrics(request: Request) -> Response:
    """Everything that is counted."""
    return Response(runtime_of(request).metrics.render(), headers={"Content-Type": MEDIA_TYPE})
