"""Waybills out of files: those that can be are kept, with a report line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response

from fleet.errors import Invalid
from store import waybill_import
from store.waybill_import import Brought
from store.waybills import NewWaybill
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, Running, answer
from tracker_api.routes.waybill_acts import body
from tracker_api.routes.waybills import Editor, new_waybill
from tracker_api.waybill_files import (
    FileWaybill,
    WaybillFault,
    WaybillFile,
    read_csv,
    read_json,
    read_xlsx,
)
from tracker_api.waybill_page_schemas import WaybillImportOut

router = APIRouter(prefix=f"{PREFIX}/waybills", tags=["waybills"])

_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post(
    "/import",
    operation_id="importWaybills",
    response_model=WaybillImportOut,
    responses=describe(413),
    openapi_extra=_FILE,
)
def import_waybills(
    scope: Editor,
    running: Running,
    data: Annotated[bytes, Depends(body)],
    form: Annotated[Literal["csv", "xlsx", "json"], Query(alias="format")],
) -> Response:
    """Place or change the waybills of a file; the same file again changes nothing.

    csv, xlsx (the first sheet): a line per line of goods, with the columns `number`, `company`,
    `order_no`, `customer`, `carrier`, `origin`, `destination`, `shipper`, `consignee`, `phone`,
    `address`, `requirements`, `contact`, `stored`, `trip`, `placed_at`, `opens_at`,
    `promised_at`, `goods`, `spec`, `quantity`, `weight_kg`, `volume_m3`; customer, origin and
    destination are needed. Lines with one number, else with one order number of a customer, are
    one waybill. Times are ISO 8601; without an offset they are of the installation's zone. Codes
    stand for companies and sites. json: a list of waybills as `POST /waybills` takes them.
    """
    most, zone = running.settings.max_import_waybills, running.zone
    if form == "json":
        read = read_json(data, most)
    else:
        read = (read_csv if form == "csv" else read_xlsx)(data, most, zone)
    good, faults = _checked(read, datetime.now(UTC))
    # Not in one transaction: the serials of a company are held by each portion only.
    with running.door.reading() as conn:
        done = waybill_import.bring(conn, scope, [new for _, new in good], zone)
    return answer(_report([each for each, _ in good], done, faults))


def _checked(
    read: WaybillFile, now: datetime
) -> tuple[list[tuple[FileWaybill, NewWaybill]], list[WaybillFault]]:
    good: list[tuple[FileWaybill, NewWaybill]] = []
    faults = list(read.faults)
    for each in read.waybills:
        try:
            good.append((each, replace(new_waybill(each.said, now), digest=each.digest)))
        except Invalid as error:
            faults.append(WaybillFault(each.line, each.said.number, str(error)))
    return good, faults


def _report(
    good: Sequence[FileWaybill], done: Sequence[Brought], faults: Sequence[WaybillFault]
) -> dict[str, Any]:
    """A ``WaybillImportOut``, by line."""
    rows: list[dict[str, Any]] = [
        {
            "line": each.line,
            "number": outcome.number,
            "result": outcome.result,
            "reason": outcome.reason,
        }
        for each, outcome in zip(good, done, strict=True)
    ]
    rows += [
        {"line": fault.line, "number": fault.number, "result": "refused", "reason": fault.why}
        for fault in faults
    ]
    rows.sort(key=lambda row: int(row["line"]))
    told = [row["result"] for row in rows]
    words = ("created", "unchanged", "changed", "refused")
    return {word: told.count(word) for word in words} | {"rows": rows}
