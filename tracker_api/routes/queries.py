"""The customer service desk: queries from the asking to the reply."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Response

from fleet.calls import Channel, Department, QueryState
from fleet.calls import Query as Asked
from fleet.errors import Conflict, Forbidden, Invalid
from fleet.numbers import normalise
from fleet.rights import Right
from fleet.scope import Scope
from fleet.waybill_views import WaybillBrief
from fleet.waybills import WaybillState
from shipment import calls
from shipment.calls import Act, Said, Way
from store import calls as store_calls
from store import trail, waybill_reads
from store.calls import NewQuery, Wanted
from store.ledger import differences
from store.lookup import look_up
from tracker_api.auth import may
from tracker_api.call_schemas import (
    AnswerIn,
    CloseQueryIn,
    PassOnIn,
    QueriesOut,
    QueryFullOut,
    QueryIn,
    ReplyIn,
    TakeIn,
)
from tracker_api.calling import COLUMNS, by_number, check_reply, entries_out, query_out, way_out
from tracker_api.problems import describe
from tracker_api.report_schemas import Format, Who
from tracker_api.routes.exceptions import ME, MOST_DAYS, MOST_ROWS, NumberQuery
from tracker_api.routes.parameters import PREFIX, FromTime, Running, ToTime, answer, utc, window
from tracker_api.runtime import Runtime
from tracker_api.sheets import FILES, sheet

router = APIRouter(prefix=f"{PREFIX}/queries", tags=["customer service"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_QUERIES))]
Answerer = Annotated[Scope, Depends(may(Right.ANSWER))]
Exporter = Annotated[Scope, Depends(may(Right.EXPORT))]

QueryName = Annotated[
    str,
    Path(
        pattern=r"^(Q-[0-9]{8}-[0-9]{4,6}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$",
        description="Number or id.",
        examples=["Q-20261122-0001"],
    ),
]

#: A mail may lie over a long weekend before somebody logs it.
OLDEST = timedelta(days=7)
#: How far back a list goes that is not of open ones: a year's log is a file to export.
SHOWN = timedelta(days=31)


@router.get("", operation_id="listQueries", response_model=QueriesOut, responses=describe())
def list_queries(  # noqa: PLR0913, PLR0917 (what to filter by)
    scope: Looker,
    running: Running,
    state: QueryState | None = None,
    department: Department | None = None,
    handler: Annotated[Who | None, Query(description="`me`: who asks.")] = None,
    waybill: NumberQuery = None,
    open_: Annotated[bool, Query(alias="open", description="Only open ones.")] = False,  # noqa: FBT002 - a query parameter
    start: Annotated[
        datetime | None,
        Query(alias="from", description="Asked from then on. Default: 31 days ago, unless `open`."),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Response:
    """Queries in the order of their turn.

    Urgent ones first, then the oldest; a normal one that has waited an hour stands among the
    urgent ones. What was replied to comes last.
    """
    now, patience = datetime.now(UTC), running.settings.queries
    since = now - SHOWN if start is None else utc("from", start)
    wanted = Wanted(
        state,
        department,
        scope.principal if handler == ME else handler,
        None if waybill is None else normalise(waybill),
        open_,
        None if open_ and start is None else since,
    )
    with running.door.reading() as conn:
        most = store_calls.MOST_OPEN if open_ else limit
        listed = store_calls.list_queries(conn, scope, wanted, most)
        found = calls.order(listed, now, patience)[:limit]
        counts = store_calls.count_queries(conn, scope)
        briefs = _briefs(conn, scope, found)
    told = [query_out(each, briefs.get(each.waybill or ""), scope, now, patience) for each in found]
    return answer({"queries": told, "counts": counts})


@router.post(
    "",
    status_code=201,
    operation_id="addQuery",
    response_model=QueryFullOut,
    responses=describe(404, 413),
)
def add_query(asked: QueryIn, scope: Answerer, running: Running) -> Response:
    """Log a query; what it is about is looked up, and it is passed on to who can find out."""
    now = _now(running)
    since = now if asked.asked_at is None else utc("/asked_at", asked.asked_at)
    if not now - OLDEST <= since <= now:
        raise Invalid("/asked_at", f"must be in the last {OLDEST.days} days")
    with running.door.writing() as conn:
        given = None if asked.answer_id is None else str(asked.answer_id)
        standing = _standing(conn, scope, asked.asked, given)
        rules = running.settings.queries
        department = calls.department(None if standing is None else standing[1])
        own = rules.urgent if asked.urgent else rules.normal
        wait = own if department is Department.SERVICE else min(own, rules.routed)
        new = NewQuery(
            since,
            asked.channel,
            asked.urgent,
            asked.asker,
            asked.contact,
            asked.asked,
            asked.question,
            department,
            now + timedelta(seconds=wait),
            0 if standing is None else standing[0],
            given,
        )
        query = store_calls.add_query(conn, scope, new, now)
        trail.record(conn, scope, "create", "query", query.number)
        return answer(_full(conn, running, scope, query, now), HTTPStatus.CREATED)


@router.get(
    "/export", operation_id="exportQueries", response_class=Response, responses=FILES | describe()
)
def export_queries(
    scope: Exporter,
    running: Running,
    form: Annotated[Format, Query(alias="format")] = "xlsx",
    start: FromTime = None,
    end: ToTime = None,
) -> Response:
    """The query log (客服查询记录) of what was asked from `from` until before `to`, as a file."""
    since, until = window(start, end, MOST_DAYS)
    with running.door.writing() as conn:
        found = store_calls.list_queries(conn, scope, Wanted(start=since, end=until), MOST_ROWS)
        asked = {"from": since.isoformat(), "to": until.isoformat(), "rows": len(found)}
        trail.record(conn, scope, "export", "query", form, detail=asked)
    rows = ([cell(query) for cell in COLUMNS.values()] for query in reversed(found))
    return sheet(form, "queries", list(COLUMNS), rows, running.zone)


@router.get(
    "/{name}", operation_id="getQuery", response_model=QueryFullOut, responses=describe(404)
)
def get_query(name: QueryName, scope: Looker, running: Running) -> Response:
    """A query with its log, and the way that its reply is to take."""
    with running.door.reading() as conn:
        query = store_calls.load_query(conn, scope, name)
        return answer(_full(conn, running, scope, query, datetime.now(UTC)))


def _post(act: Act, summary: str) -> dict[str, Any]:
    return {
        "path": f"/{{name}}/{act.value}",
        "operation_id": f"{act.value}Query",
        "summary": summary,
        "response_model": QueryFullOut,
        "responses": describe(404, 409, 413),
    }


@router.post(**_post(Act.TAKE, "Take it"))
def take(name: QueryName, asked: TakeIn, scope: Answerer, running: Running) -> Response:
    """Take it, or give it to somebody."""
    _may_assign(scope, asked.handler)
    said = Said(handler=asked.handler or scope.principal)
    return _act(running, scope, name, Act.TAKE, said)


@router.post(**_post(Act.ROUTE, "Pass it on"))
def route(name: QueryName, asked: PassOnIn, scope: Answerer, running: Running) -> Response:
    """Pass it on to who can find out; somebody is reminded after 15 minutes."""
    _may_assign(scope, asked.handler)
    said = Said(department=asked.department, handler=asked.handler)
    return _act(running, scope, name, Act.ROUTE, said, asked.note)


@router.post(**_post(Act.ANSWER, "Say what was found"))
def answer_query(name: QueryName, asked: AnswerIn, scope: Answerer, running: Running) -> Response:
    """Say what was found, and from where; the customer is still to be told."""
    said = Said(
        finding=asked.finding or None,
        source=asked.source,
        answer_id=None if asked.answer_id is None else str(asked.answer_id),
    )
    return _act(running, scope, name, Act.ANSWER, said, asked.note)


@router.post(**_post(Act.REPLY, "Tell the customer"))
def reply(name: QueryName, asked: ReplyIn, scope: Answerer, running: Running) -> Response:
    """Tell the customer, on the channel they asked by.

    What is not said to customers is refused. A text message or mail is sent where a channel for
    it is set up (its code `sms` or `email`, or beginning so); else it is to be read out.
    """
    now = _now(running)
    with running.door.writing() as conn:
        query = store_calls.load_query(conn, scope, name)
        given = str(asked.answer_id) if asked.answer_id is not None else query.answer_id
        way = calls.way_back(query.channel, *store_calls.load_terms(conn, query))
        channel = _channel(way, asked)
        content = None if given is None else store_calls.load_answer(conn, scope, given).content
        found = None if query.waybill is None else store_calls.standing(conn, number=query.waybill)
        check_reply(asked.reply, channel, None if found is None else found[1], content)
        said = Said(reply=asked.reply, channel=channel, source=asked.source, answer_id=given)
        query = _change(conn, running, scope, name, (Act.REPLY, said, asked.why), now)
        sent = store_calls.send_reply(conn, query, asked.reply, now)
        return answer(_full(conn, running, scope, query, now) | {"sent": sent})


@router.post(**_post(Act.CLOSE, "Close it"))
def close(name: QueryName, asked: CloseQueryIn, scope: Answerer, running: Running) -> Response:
    """Close it; where nobody has replied, with a reason."""
    return _act(running, scope, name, Act.CLOSE, Said(why=asked.reason), asked.reason)


def _act(
    running: Runtime, scope: Scope, name: str, act: Act, said: Said, note: str = ""
) -> Response:
    now = _now(running)
    with running.door.writing() as conn:
        if said.answer_id is not None:
            store_calls.load_answer(conn, scope, said.answer_id)
        query = _change(conn, running, scope, name, (act, said, note), now)
        return answer(_full(conn, running, scope, query, now))


def _change(
    conn: Any,  # noqa: ANN401 - only the store names the type
    running: Runtime,
    scope: Scope,
    name: str,
    what: tuple[Act, Said, str],
    now: datetime,
) -> Asked:
    act, said, note = what
    before: list[Asked] = []

    def step(query: Asked) -> Asked:
        before.append(query)
        return calls.step(query, act, said, now.astimezone(UTC), running.settings.queries)

    query = store_calls.change(conn, scope, name, act.value, step, now, note)
    told = differences(before[0], query)
    old, new = ({name: pair[place] for name, pair in told.items()} for place in (0, 1))
    detail = {"before": old, "after": new}
    trail.record(conn, scope, act.value, "query", query.number, note, detail)
    return query


def _full(
    conn: Any,  # noqa: ANN401 - only the store names the type
    running: Runtime,
    scope: Scope,
    query: Asked,
    now: datetime,
) -> dict[str, Any]:
    """A ``QueryFullOut``."""
    briefs = _briefs(conn, scope, [query])
    way = calls.way_back(query.channel, *store_calls.load_terms(conn, query))
    patience = running.settings.queries
    return query_out(query, briefs.get(query.waybill or ""), scope, now, patience) | {
        "way": way_out(way),
        "entries": entries_out(store_calls.load_entries(conn, query), scope),
    }


def _briefs(conn: Any, scope: Scope, queries: Sequence[Asked]) -> dict[str, WaybillBrief]:  # noqa: ANN401 - likewise
    """Of the waybills that these are about, by number."""
    numbers = tuple({query.waybill for query in queries if query.waybill is not None})
    if not numbers:
        return {}
    wanted = waybill_reads.Wanted(open=False, numbers=numbers)
    return by_number(waybill_reads.list_waybills(conn, scope, wanted, len(numbers)))


def _standing(
    conn: Any,  # noqa: ANN401 - likewise
    scope: Scope,
    asked: str,
    given: str | None,
) -> tuple[int, WaybillState] | None:
    """The waybill that is meant: that of the answer, else the only one that is found."""
    if given is not None:
        key = store_calls.load_answer(conn, scope, given).waybill
        return store_calls.standing(conn, key=key) if key else None
    found = look_up(conn, scope, asked).numbers
    return store_calls.standing(conn, number=found[0]) if len(found) == 1 else None


def _channel(way: Way, asked: ReplyIn) -> Channel:
    """The channel that a reply takes: the way back, or another one with a reason."""
    if asked.channel in {None, way.channel}:
        return way.channel
    if asked.channel is Channel.PHONE and way.why_en:
        raise Conflict(f"{way.why_en}: not by telephone")
    if not asked.why:
        raise Invalid("/why", f"the reply goes by {way.channel.value}: say why by another channel")
    return asked.channel or way.channel


def _may_assign(scope: Scope, handler: str | None) -> None:
    if handler not in {None, scope.principal} and not scope.may(Right.ASSIGN_QUERIES):
        raise Forbidden(f"{scope.principal} has no right to {Right.ASSIGN_QUERIES.value}")


def _now(running: Runtime) -> datetime:
    """On the installation's clock: a number carries its day."""
    return datetime.now(ZoneInfo(running.zone))
