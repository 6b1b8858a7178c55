"""The OpenAPI document against the server: no operation answers what it does not document."""

from __future__ import annotations

from collections import Counter
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.fix_api import FleetHand, Start
from tests.fix_record import RecordHand
from tracker_api import openapi

#: Requests per operation; all 46 operations together stay below a minute.
EXAMPLES = 25

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


def test_every_operation_answers_as_documented(
    start_api: Start, hand: FleetHand, record: RecordHand
) -> None:
    plates = hand.seed(3)
    hand.move(dict.fromkeys(plates, (121.0, 31.0)))
    hand.letter("stranger", b"$GPRMC")
    record.fence()
    for plate in plates:
        record.node(plate, fence="gate", visit_id=record.visit(plate))
    answered: Counter[str] = Counter()
    with start_api() as running:
        document = schemathesis.openapi.from_url(f"{running.address}/api/v1/openapi.json")
        for found in document.get_all_operations():
            operation = found.ok()  # type: ignore[union-attr]  # an error raises here, as it should

            @LIMITS
            @given(case=operation.as_strategy())
            def answers(case: schemathesis.Case[Any]) -> None:
                response = case.call_and_validate(checks=CHECKS)
                answered[f"{case.operation.label} {response.status_code}"] += 1

            answers()
    paths = openapi()["paths"]
    asked = {label.rpartition(" ")[0] for label in answered}
    assert asked == {f"{m.upper()} {path}" for path, methods in paths.items() for m in methods}
    statuses = {label.rpartition(" ")[2] for label in answered}
    assert {"200", "201", "404", "422"} <= statuses, answered
