"""Alerts: the inbox, what people do about them, and how the detectors are set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from fleet.alerts import AlertKind, AlertState, Severity
from fleet.errors import NotFound
from fleet.rights import Right
from fleet.scope import Scope
from shipment.detect.limits import configured
from store import alert_acts, detectors
from store.alert_acts import Act, Wanted
from tracker_api.alert_schemas import (
    AlertAcknowledgeIn,
    AlertAssignIn,
    AlertBulkIn,
    AlertCloseIn,
    AlertFullOut,
    AlertOut,
    AlertSnoozeIn,
    AlertsOut,
    DetectorIn,
    DetectorOut,
    DetectorsOut,
)
from tracker_api.alerts import alert_out, detector_out, entry_out
from tracker_api.auth import may
from tracker_api.door import Door
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, Store, answer, utc
from tracker_api.schemas import PRINTABLE

router = APIRouter(prefix=PREFIX, tags=["alerts"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_ALERTS))]
Worker = Annotated[Scope, Depends(may(Right.WORK_ALERTS))]
#: Limits are rules like those of notices: who edits them may see them.
Reader = Annotated[Scope, Depends(may(Right.LOOK_NOTICES))]
Editor = Annotated[Scope, Depends(may(Right.EDIT_RULES, everywhere=True))]

AlertId = Annotated[UUID, Path(examples=["0193f1c2-6f4e-7c3b-9d51-8f2f3a5b7c11"])]
Text = Annotated[str | None, Query(max_length=64, pattern=PRINTABLE)]

ME = "me"  #: who asks, in a filter
#: From when on closed alerts are listed unless asked for another time.
BACK = timedelta(days=30)


@router.get("/alerts", operation_id="listAlerts", response_model=AlertsOut, responses=describe())
def list_alerts(  # noqa: PLR0913, PLR0917 (what to filter by)
    scope: Looker,
    store: Store,
    state: Annotated[
        AlertState | None, Query(description="Default: all that are not closed.")
    ] = None,
    kind: AlertKind | None = None,
    severity: Annotated[int | None, Query(ge=1, le=4, description="At least so grave.")] = None,
    subject: Annotated[
        Text, Query(description="Its subject, or the plate, trip or waybill that it touches.")
    ] = None,
    assigned: Annotated[Text, Query(description="`me`: who asks.")] = None,
    start: Annotated[
        datetime | None,
        Query(alias="from", description="Opened then or later; of closed ones default: 30 days."),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Response:
    """Alerts, the gravest first, then the longest open; closed ones, if asked for, newest first."""
    since = None if start is None else utc("from", start)
    if since is None and state is AlertState.CLOSED:
        since = _now() - BACK
    wanted = Wanted(
        is_open=None if state is not None else True,
        state=state,
        kind=kind,
        severity=None if severity is None else Severity(severity),
        subject=subject,
        assigned=scope.principal if assigned == ME else assigned,
        since=since,
    )
    with store.reading() as conn:
        found = alert_acts.list_alerts(conn, scope, wanted, limit)
        counts = alert_acts.count_open(conn, scope)
    return answer(
        {
            "alerts": [alert_out(each) for each in found],
            "counts": {str(level): count for level, count in counts.items()},
        }
    )


@router.get(
    "/alerts/{number}",
    operation_id="getAlert",
    response_model=AlertFullOut,
    responses=describe(404),
)
def get_alert(number: AlertId, scope: Looker, store: Store) -> Response:
    """One alert, with what became of it."""
    with store.reading() as conn:
        found = alert_acts.load_alert(conn, scope, str(number))
        entries = alert_acts.load_entries(conn, found.id)
    return answer(alert_out(found) | {"entries": [entry_out(each) for each in entries]})


@router.post(
    "/alerts/bulk",
    operation_id="actOnAlerts",
    response_model=AlertsOut,
    responses=describe(404, 409, 413),
)
def act_on_alerts(asked: AlertBulkIn, scope: Worker, store: Store) -> Response:
    """Take one act on several alerts: on all of them, or on none."""
    until = None if asked.until is None else utc("/until", asked.until)
    note = asked.reason if asked.act == "close" else asked.note
    act = Act(asked.act, note, asked.to, until)
    with store.writing() as conn:
        found = alert_acts.take(conn, scope, [str(one) for one in asked.ids], act, _now())
        counts = alert_acts.count_open(conn, scope)
    return answer(
        {
            "alerts": [alert_out(each) for each in found],
            "counts": {str(level): count for level, count in counts.items()},
        }
    )


@router.post(
    "/alerts/{number}/acknowledge",
    operation_id="acknowledgeAlert",
    response_model=AlertOut,
    responses=describe(404, 409, 413),
)
def acknowledge(
    number: AlertId, asked: AlertAcknowledgeIn, scope: Worker, store: Store
) -> Response:
    """Say that it was seen: it is told to nobody else."""
    return _act(number, Act("acknowledge", asked.note), scope, store)


@router.post(
    "/alerts/{number}/assign",
    operation_id="assignAlert",
    response_model=AlertOut,
    responses=describe(404, 409, 413),
)
def assign(number: AlertId, asked: AlertAssignIn, scope: Worker, store: Store) -> Response:
    """Say who shall act on it."""
    return _act(number, Act("assign", asked.note, to=asked.to), scope, store)


@router.post(
    "/alerts/{number}/snooze",
    operation_id="snoozeAlert",
    response_model=AlertOut,
    responses=describe(404, 409, 413),
)
def snooze(number: AlertId, asked: AlertSnoozeIn, scope: Worker, store: Store) -> Response:
    """Keep it quiet for a while; then it is as it was."""
    until = None if asked.until is None else utc("/until", asked.until)
    return _act(number, Act("snooze", asked.note, until=until), scope, store)


@router.post(
    "/alerts/{number}/close",
    operation_id="closeAlert",
    response_model=AlertOut,
    responses=describe(404, 409, 413),
)
def close(number: AlertId, asked: AlertCloseIn, scope: Worker, store: Store) -> Response:
    """Close it with a reason: the same episode opens no second one."""
    return _act(number, Act("close", asked.reason), scope, store)


@router.get(
    "/detectors", operation_id="listDetectors", response_model=DetectorsOut, responses=describe()
)
def list_detectors(scope: Reader, store: Store) -> Response:
    """Every detector as it is set, with its limits and what they are by default."""
    del scope  # whoever may see rules sees all
    with store.reading() as conn:
        known = detectors.load_settings(conn)
    return answer({"detectors": [detector_out(kind, known.get(kind)) for kind in AlertKind]})


@router.get(
    "/detectors/{kind}",
    operation_id="getDetector",
    response_model=DetectorOut,
    responses=describe(404),
)
def get_detector(kind: str, scope: Reader, store: Store) -> Response:
    """One detector."""
    del scope  # as above
    chosen = _kind(kind)
    with store.reading() as conn:
        known = detectors.load_settings(conn)
    return answer(detector_out(chosen, known.get(chosen)))


@router.put(
    "/detectors/{kind}",
    operation_id="setDetector",
    response_model=DetectorOut,
    responses=describe(404, 413),
)
def set_detector(kind: str, asked: DetectorIn, scope: Editor, store: Store) -> Response:
    """Set a detector; the next round goes by it."""
    chosen = _kind(kind)
    configured(chosen, asked.limits)
    with store.writing() as conn:
        setting = detectors.change_setting(
            conn,
            scope,
            chosen.value,
            enabled=asked.enabled,
            limits=asked.limits,
            severity=asked.severity,
        )
    return answer(detector_out(chosen, setting))


def _act(number: UUID, act: Act, scope: Scope, store: Door) -> Response:
    with store.writing() as conn:
        [found] = alert_acts.take(conn, scope, [str(number)], act, _now())
    return answer(alert_out(found))


def _kind(name: str) -> AlertKind:
    if name not in set(AlertKind):
        raise NotFound("detector", name)
    return AlertKind(name)


def _now() -> datetime:
    return datetime.now(UTC)
