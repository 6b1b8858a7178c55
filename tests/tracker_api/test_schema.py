"""The OpenAPI document against the server: no operation answers what it does not document."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from fleet.trips import Risk
from tests.fix_api import SOON, FleetHand, Start
from tests.fix_record import RecordHand
from tests.fix_trips import TRIPS, TripHand, lane, made, soon
from tracker_api.app import openapi
from tracker_api.settings import Serving

#: Requests per operation; all operations together stay below half a minute.
EXAMPLES = 10

#: Whoever is let in by one operation must not keep the others from being asked.
TOKEN = "of-no-other-installation"  # noqa: S105 (of a test)
OPERATOR = {"Authorization": f"Bearer {TOKEN}"}

STRANGE = "milepost_session=" + "A" * 43

load_all_checks()
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
LIMITS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def plan(client: httpx.Client, judge: TripHand, plate: str) -> None:
    """A route and a trip under the codes that the document has as examples."""
    halts = [{"site": "SHA-1"}, {"site": "WUX-1", "arrive_s": 9000}]
    names = {"name_zh": "路", "name_en": "Way", "author": "li.na"}
    route = {"stops": halts, "line": {"format": "straight"}} | names
    made(client.put("/api/v1/routes/SHA-WUH", json=route), 200)
    made(client.post(TRIPS, json=lane(soon(), code="T-20260504-01", vehicle=plate)))
    judge.evaluate("T-20260504-01", soon(), p50=(1, 2), risk=Risk.LATE, delay=60.0)


def test_every_operation_answers_as_documented(
    start_api: Start, hand: FleetHand, judge: TripHand, record: RecordHand
) -> None:
    plates = [f"沪A{number:05}" for number in range(3)]
    hand.move(dict.fromkeys(plates, (121.0, 31.0)))
    hand.letter("stranger", b"$GPRMC")
    record.fence()
    for plate in plates:
        record.node(plate, fence="gate", visit_id=record.visit(plate))
    answered: Counter[str] = Counter()
    with start_api(token=TOKEN) as running:
        with running.client(**OPERATOR) as client:
            plan(client, judge, plates[0])
            said = client.get("/api/v1/openapi.json").json()
        document = schemathesis.openapi.from_dict(said)
        document.config.update(base_url=running.address)
        for found in document.get_all_operations():
            operation = found.ok()  # type: ignore[union-attr]  # an error raises here, as it should

            @LIMITS
            @given(case=operation.as_strategy())
            def answers(case: schemathesis.Case[Any]) -> None:
                response = case.call_and_validate(checks=CHECKS, headers=OPERATOR, timeout=SOON)
                answered[f"{case.operation.label} {response.status_code}"] += 1

            answers()
    paths = openapi()["paths"]
    asked = {label.rpartition(" ")[0] for label in answered}
    assert asked == {f"{m.upper()} {path}" for path, methods in paths.items() for m in methods}
    statuses = {label.rpartition(" ")[2] for label in answered}
    assert {"200", "201", "404", "422"} <= statuses, answered


#: Operations that answer whoever asks: what strangers may see, how to become somebody, what
#: supervisors read; and those of a broker, which are not there until it has a secret.
OPEN = frozenset({
    "GET /api/v1/shared/{token}", "POST /api/v1/track", "POST /api/v1/session",
    "DELETE /api/v1/session", "GET /health/live", "GET /health/ready", "GET /metrics",
    "POST /api/v1/broker/authenticate", "POST /api/v1/broker/authorize",
})  # fmt: skip


def test_nobody_is_answered_without_proof_whatever_is_sent(
    start_api: Start, hand: FleetHand
) -> None:
    """Every operation that is not meant for strangers says 401 before it looks at anything."""
    hand.seed(1)
    generous = Serving(refused=10**6)
    told: dict[str, set[int]] = {}
    with start_api(token=TOKEN, serving=generous) as running, running.client() as client:
        for path, methods in openapi()["paths"].items():
            for method in methods:
                url = re.sub(r"\{\w+\}", "x", path)
                answers = {
                    client.request(method, url, headers=headers, content=b"{").status_code
                    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Cookie": STRANGE})
                }
                told[f"{method.upper()} {path}"] = answers
    assert {label for label, answers in told.items() if answers != {401}} <= OPEN
