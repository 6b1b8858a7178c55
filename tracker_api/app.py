"""The application: routes, errors, limits and the live stream put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from typing import Any

import anyio.to_thread
from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from starlette.types import ASGIApp

from store.database import Database
from store.maintenance import Retention
from tracker_api import health, problems, routes, share_page, static
from tracker_api.door import Door
from tracker_api.edge import Edge
from tracker_api.gate import Gate
from tracker_api.live.feed import FeedReader, News
from tracker_api.live.hub import Hub
from tracker_api.live.judge import Judge
from tracker_api.live.socket import router as live_router
from tracker_api.metrics import Metrics
from tracker_api.passwords import Passwords
from tracker_api.routes.console import BASEMAP_PATH, PMTILES_PATH, own_basemap
from tracker_api.routes.tracks import REFERRED
from tracker_api.runtime import Runtime
from tracker_api.settings import Api, require_safe
from tracker_api.turnstile import Turnstile

TITLE = "Milepost"
DESCRIPTION = """Where the vehicles of a fleet are, were, and what their terminals said.

Times are ISO 8601 in UTC, positions are WGS 84 degrees, names of fields carry their unit.
Errors are RFC 9457 problems. The live stream is a WebSocket at `/api/v1/live`."""

TAGS = [
    {"name": "vehicles", "description": "Vehicles, where they are and where they have been."},
    {"name": "replay", "description": "The past of one vehicle, or of the whole fleet."},
    {"name": "nodes", "description": "Arrivals and departures: the record, and what it is from."},
    {"name": "trips", "description": "Routes, trips, plans, estimates and how good they were."},
    {"name": "waybills", "description": "Goods on their way: where they are, what is said of it."},
    {"name": "shares", "description": "Links to one waybill, and what whoever has one sees."},
    {"name": "fences", "description": "Outlines that arrivals and departures are judged by."},
    {"name": "sites", "description": "Companies and places of business."},
    {"name": "alerts", "description": "What somebody should act on, and what finds it."},
    {"name": "devices", "description": "Terminals and the vehicles they are in."},
    {"name": "broker", "description": "What an external MQTT broker asks about devices."},
    {"name": "board", "description": "What vehicles are filtered by, groups, and one search."},
    {"name": "commands", "description": "Orders to terminals."},
    {"name": "dead letters", "description": "Input that became no fix."},
    {"name": "people", "description": "Who may sign in, keys of programs, and who did what."},
    {"name": "privacy", "description": "What is kept how long, and what is known of a person."},
    {"name": "customer service", "description": "Queries of customers, and their replies."},
    {"name": "exceptions", "description": "What went wrong with goods, and its ledger."},
    {"name": "notices", "description": "Who is told what, by which channel, and what was sent."},
    {"name": "console", "description": "What the console must know."},
    {"name": "health", "description": "For supervisors and Prometheus."},
]

#: What the worker keeps by, unless it is told otherwise; the API only tells it.
RETENTION = Retention()

OPENAPI_PATH = "/api/v1/openapi.json"
FENCES = "/api/v1/fences"
ROUTES = "/api/v1/routes"
TRIPS = "/api/v1/trips"
WAYBILLS = "/api/v1/waybills"


class Application(FastAPI):
    """FastAPI with an edge around everything, also around the answer to a bug of ours.

    What ``add_middleware`` adds is inside of the layer that answers those.
    """

    edge: Callable[[ASGIApp], Edge] | None = None

    def build_middleware_stack(self) -> ASGIApp:
        """The layers, outermost first."""
        inner = super().build_middleware_stack()
        return inner if self.edge is None else self.edge(inner)


def create_app(
    settings: Api, database: Database, *, zone: str = "UTC", retention: Retention = RETENTION
) -> FastAPI:
    """The API as an ASGI application; ``zone`` is the installation's IANA zone.

    It starts, and stays up, while the database is away: requests are answered 503 then.

    Raises:
        SettingInvalid: strangers could reach it.
    """
    require_safe(settings)
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = settings.threads
        runtime = replace(_start(settings, database, zone, metrics), retention=retention)
        app.state.runtime = runtime
        runtime.feed.start()
        judging = asyncio.create_task(Judge(runtime.hub, runtime.gate).run())
        try:
            yield
        finally:
            judging.cancel()
            await asyncio.to_thread(runtime.feed.stop)
            await asyncio.to_thread(runtime.door.close)

    # The interactive pages of FastAPI load their scripts from elsewhere; the console's
    # policy forbids that, and a gateway without internet has no elsewhere.
    app = Application(
        title=TITLE,
        version=version("milepost"),
        description=DESCRIPTION,
        openapi_tags=TAGS,
        openapi_url=OPENAPI_PATH,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.metrics = metrics
    problems.install(app)
    app.edge = partial(
        Edge,
        metrics=metrics,
        headers=static.security_headers(settings),
        max_body=settings.max_body,
        larger={
            FENCES: settings.max_outline,
            f"{FENCES}/import": settings.max_import,
            ROUTES: settings.max_outline,
            TRIPS: settings.max_outline,
            f"{TRIPS}/import": settings.max_import,
            f"{WAYBILLS}/": settings.max_evidence,
            f"{WAYBILLS}/import": settings.max_import,
        },
        pace=settings.serving,
    )
    _add_routes(app, settings)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's way to extend it
    return app


def openapi() -> dict[str, Any]:
    """The OpenAPI document; needs no database."""
    return create_app(Api(), Database()).openapi()


def _start(settings: Api, database: Database, zone: str, metrics: Metrics) -> Runtime:
    loop = asyncio.get_running_loop()
    rules = settings.live
    hub = Hub(metrics, pace=rules.pace, max_nodes=rules.max_nodes, elsewhere=rules.elsewhere)

    def publish(news: News) -> None:
        loop.call_soon_threadsafe(hub.take, news)

    door = Door(database)
    turnstile = Turnstile(settings.sharing, metrics, settings.serving)
    return Runtime(
        settings=settings,
        zone=zone,
        version=version("milepost"),
        door=door,
        hub=hub,
        feed=FeedReader(database, publish, metrics, poll=settings.live.poll),
        metrics=metrics,
        gate=Gate(settings.token, door, turnstile),
        passwords=Passwords(),
        turnstile=turnstile,
    )


def _add_routes(app: FastAPI, settings: Api) -> None:
    app.include_router(routes.router)
    app.include_router(live_router)
    app.include_router(health.router)
    app.add_route(share_page.PATH, share_page.share_page, include_in_schema=False)

    def own(_request: Request) -> Response:
        said = own_basemap(settings).model_dump_json()
        return Response(said, media_type="application/json")

    app.add_route(BASEMAP_PATH, own, include_in_schema=False)
    if (tiles := settings.basemap_pmtiles) is not None:

        @app.get(PMTILES_PATH, include_in_schema=False)
        def basemap(_request: Request) -> Response:
            return static.tiles(tiles)

    # Not a mount: a mount would also take what has a route and only the wrong method.
    app.router.default = static.Console(settings.console)


def _openapi(app: FastAPI) -> dict[str, Any]:
    """FastAPI's document with what it cannot know: the models that only contents refer to."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            tags=app.openapi_tags,
            routes=app.routes,
        )
        schemas = document["components"]["schemas"]
        for model in (problems.Problem, *REFERRED):
            schema = model.model_json_schema(
                ref_template="#/components/schemas/{model}", mode="serialization"
            )
            schemas.update(schema.pop("$defs", {}))
            schemas[model.__name__] = schema
        app.openapi_schema = document
    return app.openapi_schema
