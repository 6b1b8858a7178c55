"""The ledger of estimates: how good they were, once the truth was known."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response

from fleet.rights import Right
from fleet.scope import Scope
from store import accuracy as store_accuracy
from tracker_api import ledger
from tracker_api.auth import may
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, FromTime, Running, ToTime, answer, window
from tracker_api.schemas import PRINTABLE
from tracker_api.trip_schemas import AccuracyOut

router = APIRouter(prefix=PREFIX, tags=["trips"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_ACCURACY))]


@router.get(
    "/accuracy", operation_id="getAccuracy", response_model=AccuracyOut, responses=describe()
)
def get_accuracy(
    scope: Looker,
    running: Running,
    by: Literal["all", "hub", "lane", "day"] = "all",
    start: FromTime = None,
    end: ToTime = None,
    model: Annotated[
        str | None, Query(max_length=64, pattern=PRINTABLE, description="Version of the model.")
    ] = None,
) -> Response:
    """Errors of the estimates of arrivals from `from` until before `to`, by horizon."""
    since, until = window(start, end, running.settings.max_record_days)
    with running.door.reading() as conn:
        found = store_accuracy.accuracy(conn, scope, by, since, until, model=model)
        every = store_accuracy.accuracy(conn, scope, "all", since, until)
        models = store_accuracy.list_models(conn)
    return answer(ledger.accuracy_out(found, every, models))
