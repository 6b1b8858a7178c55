"""Where is my truck: by a number, an order, a plate, a telephone; one or a hundred at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from fleet.rights import Right
from fleet.scope import Scope
from store import whereabouts
from tracker_api import where
from tracker_api.auth import Visitor, may, tell_read
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, Running, Store, answer
from tracker_api.schemas import PRINTABLE
from tracker_api.where_schemas import MOST_ASKED, AnswerOut, AnswersOut, NumbersIn

router = APIRouter(prefix=PREFIX, tags=["waybills"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_WAYBILLS))]


@router.get("/where-is", operation_id="whereIs", response_model=AnswerOut, responses=describe())
def where_is(
    scope: Looker,
    visitor: Visitor,
    running: Running,
    q: Annotated[
        str,
        Query(
            max_length=MOST_ASKED,
            pattern=PRINTABLE,
            description="A number, a code of 16 digits, an order number, a plate, or the last "
            "four digits of a telephone, in any case and width.",
        ),
    ],
    salutation: Annotated[
        str, Query(max_length=16, pattern=PRINTABLE, description="Of whoever asks, as 王女士.")
    ] = "",
) -> Response:
    """Where it is, when it comes, why it is late, and the sentence to say so; it is kept."""
    eyes = where.eyes_of(scope, datetime.now(UTC), running.zone, salutation)
    with running.door.writing() as conn:
        said = where.answer(conn, scope, q, eyes)
        _tell(conn, visitor, [said])
    return answer(said)


@router.post("/where-is", operation_id="whereAre", response_model=AnswersOut, responses=describe())
def where_are(asked: NumbersIn, scope: Looker, visitor: Visitor, running: Running) -> Response:
    """The same for up to a hundred at once, each in short."""
    eyes = where.eyes_of(scope, datetime.now(UTC), running.zone)
    with running.door.writing() as conn:
        told = [where.answer(conn, scope, text, eyes) for text in asked.numbers]
        _tell(conn, visitor, told)
    return answer({"answers": [where.shortened(said) for said in told]})


@router.get(
    "/answers/{answer_id}",
    operation_id="getAnswer",
    response_model=AnswerOut,
    responses=describe(404),
)
def get_answer(answer_id: UUID, scope: Looker, store: Store) -> Response:
    """What was said, exactly as it was said."""
    with store.reading() as conn:
        said = whereabouts.load_answer(conn, scope, str(answer_id))
    return answer(said)


def _tell(conn: Any, visitor: Visitor, told: list[where.Answer]) -> None:  # noqa: ANN401 (only the store names the type)
    """Exact positions that were read stand on the trail, in one row for one request."""
    exact = [
        said["waybill"]["number"]
        for said in told
        if said["waybill"] is not None
        and said["position"] is not None
        and said["position"]["exact"]
    ]
    if exact:
        subject = exact[0] if len(exact) == 1 else f"{len(exact)} waybills"
        asked = [{"asked": said["asked"], "answer": said["answer_id"]} for said in told]
        tell_read(conn, visitor, "waybill", subject, {"numbers": exact, "answers": asked})
