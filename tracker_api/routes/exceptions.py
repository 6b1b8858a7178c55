"""Exception reports: raising them, the five steps, the ledger, the week."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Response

from fleet.alerts import Severity
from fleet.errors import Invalid
from fleet.numbers import normalise
from fleet.reports import Report, ReportKind, ReportState
from fleet.rights import Right
from fleet.scope import Scope
from shipment import exceptions
from shipment.exceptions import Act, Said
from shipment.ledger import summarise, week, week_of
from store import ledger, notices, trail
from store.exceptions import NewReport
from store.ledger import Wanted
from tracker_api.auth import may
from tracker_api.problems import describe
from tracker_api.report_schemas import (
    Format,
    ReportAssignIn,
    ReportCloseIn,
    ReportFullOut,
    ReportIn,
    ReportOut,
    ReportsOut,
    ReportStepIn,
    ReportSummaryOut,
    Who,
)
from tracker_api.reporting import COLUMNS, entries_out, report_out, summary_out
from tracker_api.routes.parameters import (
    PREFIX,
    FromTime,
    Running,
    Store,
    ToTime,
    answer,
    utc,
    window,
)
from tracker_api.runtime import Runtime
from tracker_api.schemas import PRINTABLE
from tracker_api.sheets import FILES, sheet

router = APIRouter(prefix=f"{PREFIX}/exceptions", tags=["exceptions"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_EXCEPTIONS))]
Raiser = Annotated[Scope, Depends(may(Right.RAISE_EXCEPTION))]
Handler = Annotated[Scope, Depends(may(Right.WORK_EXCEPTIONS))]
Exporter = Annotated[Scope, Depends(may(Right.EXPORT))]

ReportNumber = Annotated[
    str, Path(pattern=r"^EX-[0-9]{8}-[0-9]{4,6}$", examples=["EX-20261122-0001"])
]

NumberQuery = Annotated[
    str | None, Query(max_length=64, pattern=PRINTABLE, description="Number of a waybill.")
]

#: Rows of one file: ten years of a busy house.
MOST_ROWS = 100_000
#: Days of one file.
MOST_DAYS = 3 * 366
#: s that a report may be told of after it was found: what was found longer ago is no exception.
OLDEST = timedelta(days=31)

#: How grave a report is unless somebody says otherwise.
SEVERITY: Mapping[ReportKind, Severity] = MappingProxyType(
    {
        ReportKind.DELAY: Severity.LATE,
        ReportKind.LOST: Severity.SAFETY,
        ReportKind.DAMAGED: Severity.SAFETY,
        ReportKind.INFO_ERROR: Severity.RISK,
        ReportKind.REFUSED: Severity.LATE,
        ReportKind.OTHER: Severity.RISK,
    }
)

ME = "me"  #: who asks, in a filter


@router.get("", operation_id="listExceptions", response_model=ReportsOut, responses=describe())
def list_exceptions(  # noqa: PLR0913, PLR0917 (what to filter by)
    scope: Looker,
    store: Store,
    state: ReportState | None = None,
    kind: ReportKind | None = None,
    handler: Annotated[Who | None, Query(description="`me`: who asks.")] = None,
    waybill: NumberQuery = None,
    open_: Annotated[bool, Query(alias="open", description="Only open ones.")] = False,  # noqa: FBT002 - a query parameter
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Response:
    """Reports: the gravest open ones first, then the oldest; closed ones last."""
    wanted = Wanted(
        state,
        kind,
        scope.principal if handler == ME else handler,
        None if waybill is None else normalise(waybill),
        open_,
    )
    with store.reading() as conn:
        found = ledger.list_reports(conn, scope, wanted, limit)
        counts = ledger.count_reports(conn, scope)
    now = datetime.now(UTC)
    return answer({"exceptions": [report_out(each, now) for each in found], "counts": counts})


@router.post(
    "",
    status_code=201,
    operation_id="raiseException",
    response_model=ReportOut,
    responses=describe(404, 409, 413),
)
def raise_exception(asked: ReportIn, scope: Raiser, running: Running) -> Response:
    """Report an exception; the 30 minutes until somebody has it in hand begin."""
    now = _now(running)
    found = now if asked.found_at is None else utc("/found_at", asked.found_at)
    if not now - OLDEST <= found <= now:
        raise Invalid("/found_at", f"must be in the last {OLDEST.days} days")
    new = NewReport(
        asked.kind,
        found,
        asked.description,
        scope.principal,
        severity=asked.severity or SEVERITY[asked.kind],
        detail=asked.detail,
        files=[str(file) for file in asked.files],
    )
    waybill = None if asked.waybill is None else normalise(asked.waybill)
    with running.door.writing() as conn:
        report = ledger.open_report(conn, scope, new, now, waybill=waybill, trip=asked.trip)
    return answer(report_out(report, now), HTTPStatus.CREATED)


@router.get(
    "/summary",
    operation_id="getExceptionSummary",
    response_model=ReportSummaryOut,
    responses=describe(),
)
def get_summary(
    scope: Looker,
    running: Running,
    which: Annotated[
        str | None, Query(alias="week", max_length=8, description="ISO week. Default: this one.")
    ] = None,
) -> Response:
    """The reports found in a week, added up by type, cause, site and carrier."""
    name = which or week_of(datetime.now(UTC), running.zone)
    span = week(name, running.zone)
    with running.door.reading() as conn:
        wanted = Wanted(start=span[0], end=span[1])
        found = ledger.list_reports(conn, scope, wanted, MOST_ROWS)
    return answer(summary_out(name, span, summarise(found)))


@router.get(
    "/export",
    operation_id="exportExceptions",
    response_class=Response,
    responses=FILES | describe(),
)
def export_exceptions(
    scope: Exporter,
    running: Running,
    form: Annotated[Format, Query(alias="format")] = "xlsx",
    start: FromTime = None,
    end: ToTime = None,
) -> Response:
    """The ledger (异常订单处理台账) of reports found from `from` until before `to`, as a file."""
    since, until = window(start, end, MOST_DAYS)
    with running.door.writing() as conn:
        found = ledger.list_reports(conn, scope, Wanted(start=since, end=until), MOST_ROWS)
        asked = {"from": since.isoformat(), "to": until.isoformat(), "rows": len(found)}
        trail.record(conn, scope, "export", "exception", form, detail=asked)
    rows = ([cell(report) for cell in COLUMNS.values()] for report in found)
    return sheet(form, "exceptions", list(COLUMNS), rows, running.zone)


@router.get(
    "/{number}",
    operation_id="getException",
    response_model=ReportFullOut,
    responses=describe(404),
)
def get_exception(number: ReportNumber, scope: Looker, store: Store) -> Response:
    """A report with its ledger."""
    with store.reading() as conn:
        report = ledger.load_report(conn, scope, number)
        entries = entries_out(ledger.load_entries(conn, report))
    return answer(report_out(report, datetime.now(UTC)) | {"entries": entries})


def _post(act: str, summary: str) -> dict[str, Any]:
    return {
        "path": f"/{{number}}/{act}",
        "operation_id": f"{act}Exception",
        "summary": summary,
        "response_model": ReportFullOut,
        "responses": describe(404, 409, 413),
    }


@router.post(**_post("assign", "Hand it over"))
def assign(
    number: ReportNumber, asked: ReportAssignIn, scope: Handler, running: Running
) -> Response:
    """Give it into somebody's hand: the 30 minutes end."""
    said = Said(assigned_to=asked.to or scope.principal, severity=asked.severity, note=asked.note)
    return _step(running, scope, number, Act.ASSIGN, said)


@router.post(**_post("contact", "The customer was told"))
def contact(
    number: ReportNumber, asked: ReportStepIn, scope: Handler, running: Running
) -> Response:
    """The customer was told, now unless said otherwise; as often as it happens."""
    return _step(running, scope, number, Act.CONTACT, _said(asked))


@router.post(**_post("report", "Whoever is to decide was told"))
def report_up(
    number: ReportNumber, asked: ReportStepIn, scope: Handler, running: Running
) -> Response:
    """Whoever is to decide was told."""
    return _step(running, scope, number, Act.REPORT, _said(asked))


@router.post(**_post("investigate", "It is being investigated"))
def investigate(
    number: ReportNumber, asked: ReportStepIn, scope: Handler, running: Running
) -> Response:
    """It is being investigated."""
    return _step(running, scope, number, Act.INVESTIGATE, _said(asked))


@router.post(**_post("settle", "It was settled"))
def settle(number: ReportNumber, asked: ReportStepIn, scope: Handler, running: Running) -> Response:
    """It was put right or made good: a delay needs cause, new time and word to the customer."""
    return _step(running, scope, number, Act.SETTLE, _said(asked))


@router.post(**_post("close", "Close it"))
def close(number: ReportNumber, asked: ReportCloseIn, scope: Handler, running: Running) -> Response:
    """Close it: with result, responsible and feedback; the ledger stays."""
    act = Act.DISMISS if asked.unfounded else Act.CLOSE
    return _step(running, scope, number, act, _said(asked))


@router.post(**_post("note", "Add a note"))
def note(number: ReportNumber, asked: ReportStepIn, scope: Raiser, running: Running) -> Response:
    """Add a note or files, also after the closing."""
    said = Said(files=tuple(str(file) for file in asked.files), note=asked.note)
    return _step(running, scope, number, Act.NOTE, said)


def _step(running: Runtime, scope: Scope, number: str, act: Act, said: Said) -> Response:
    now = _now(running)

    def step(report: Report) -> Report:
        return exceptions.step(report, act, said, scope.principal, now.astimezone(UTC))

    with running.door.writing() as conn:
        before, after = ledger.change(conn, scope, number, act, step, now, said.note)
        news = exceptions.told(before, after, now.timestamp())
        notices.enqueue(conn, news, now)
        entries = entries_out(ledger.load_entries(conn, after))
    return answer(report_out(after, now) | {"entries": entries})


def _said(asked: ReportStepIn) -> Said:
    def at(name: str, time: datetime | None) -> datetime | None:
        return None if time is None else utc(f"/{name}", time)

    return Said(
        severity=asked.severity,
        cause=asked.cause,
        new_eta=at("new_eta", asked.new_eta),
        told_customer_at=at("told_customer_at", asked.told_customer_at),
        claimed_at=at("claimed_at", asked.claimed_at),
        result=asked.result,
        responsible=asked.responsible,
        feedback=asked.feedback,
        files=tuple(str(file) for file in asked.files),
        note=asked.note,
    )


def _now(running: Runtime) -> datetime:
    """On the installation's clock: a number carries its day."""
    return datetime.now(ZoneInfo(running.zone))
