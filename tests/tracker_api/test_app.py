from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from store.database import Database
from tests.fix_api import FleetHand
from tracker_api import Api
from tracker_api.app import create_app, openapi
from tracker_api.auth import May
from tracker_api.metrics import METRICS, Metrics

#: Answered to everybody: for supervisors, and to begin with.
OPEN = {
    "GET /health/live",
    "GET /health/ready",
    "GET /metrics",
    "POST /api/v1/session",
    "GET /api/v1/shared/{token}",
    "POST /api/v1/track",
    "POST /api/v1/broker/authenticate",  # to a broker that shows its own secret
    "POST /api/v1/broker/authorize",
}

#: For everybody who is known, whatever their rights.
ANYBODY = {
    "GET /api/v1/console",
    "GET /api/v1/find",  # of each kind it finds what the reader may see
    "GET /api/v1/rights",
    "GET /api/v1/session",
    "DELETE /api/v1/session",
    "GET /api/v1/sessions",
    "DELETE /api/v1/sessions",
    "DELETE /api/v1/sessions/{number}",
    "POST /api/v1/people/{name}/password",
}


#: To look at vehicles, and to take away what is seen.
BOTH = {"GET /api/v1/replay/export"}


def api_routes() -> Iterator[APIRoute]:
    """Every route of the application, those of included routers too."""
    pending: list[Any] = list(create_app(Api(), Database()).routes)
    while pending:
        route = pending.pop()
        if isinstance(route, APIRoute):
            yield route
        else:
            router = getattr(route, "original_router", route)
            pending += getattr(router, "routes", [])


def guards(dependant: Dependant) -> Iterator[May]:
    """What an endpoint asks of whoever calls it."""
    if isinstance(dependant.call, May):
        yield dependant.call
    for further in dependant.dependencies:
        yield from guards(further)


def test_every_endpoint_takes_a_scope() -> None:
    routes = list(api_routes())
    assert len(routes) == sum(len(path) for path in openapi()["paths"].values())
    asked = {
        f"{method} {route.path}": [guard.right for guard in guards(route.dependant)]
        for route in routes
        for method in route.methods or ()
    }
    assert {path for path, rights in asked.items() if not rights} == OPEN
    assert {path for path, rights in asked.items() if rights == [None]} == ANYBODY
    assert {path for path, rights in asked.items() if len(rights) > 1} == BOTH


def test_every_operation_is_documented() -> None:
    document = openapi()
    assert document["openapi"].startswith("3.1")
    tags = {tag["name"] for tag in document["tags"]}
    ids = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            what = f"{method} {path}"
            assert operation["summary"], what
            assert operation["description"], what
            assert set(operation["tags"]) <= tags, what
            ids.append(operation["operationId"])
            if f"{method.upper()} {path}" not in OPEN:
                assert {"401", "403", "422", "429", "500", "503"} <= operation[
                    "responses"
                ].keys(), what
    assert len(ids) == len(set(ids))


def test_every_reference_of_the_document_leads_somewhere() -> None:
    document = openapi()
    schemas = document["components"]["schemas"]
    pending: list[Any] = [document]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            if "$ref" in node:
                assert node["$ref"].removeprefix("#/components/schemas/") in schemas
            pending += node.values()
        elif isinstance(node, list):
            pending += node


def test_every_metric_is_in_the_table() -> None:
    kinds = {}
    for family in Metrics().registry.collect():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        kinds[name] = family.type
    assert kinds == {name: kind.split(" ")[0] for name, kind, _ in METRICS}


def test_metrics_count_requests_by_pattern(api: httpx.Client) -> None:
    api.get("/api/v1/vehicles/沪A00000")
    api.get("/api/v1/vehicles/nobody")
    text = api.get("/metrics").text
    label = 'method="GET",route="/api/v1/vehicles/{plate}"'
    assert f'milepost_api_requests_total{{{label},status="200"}} 1.0' in text
    assert f'milepost_api_requests_total{{{label},status="404"}} 1.0' in text
    assert f"milepost_api_request_seconds_count{{{label}}} 2.0" in text


def test_the_served_document_is_the_generated_one(api: httpx.Client) -> None:
    assert api.get("/api/v1/openapi.json").json() == openapi()


def test_health_says_what_the_server_is(api: httpx.Client, hand: FleetHand) -> None:
    assert api.get("/health/live").json() == {"live": True}
    answer = api.get("/health/ready")
    assert answer.status_code == 200
    got = answer.json()
    assert (got["ready"], got["database"], got["feed"], got["migrations"]) == (
        True,
        "ok",
        "ok",
        "ok",
    )
    hand.conn.execute("DELETE FROM schema_migration")
    answer = api.get("/health/ready")
    assert (answer.status_code, answer.json()["migrations"]) == (503, "pending")


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_supervisors_need_no_token_and_may_name_the_host(api: httpx.Client, path: str) -> None:
    assert api.get(path, headers={"Host": "api.internal"}).status_code == 200
