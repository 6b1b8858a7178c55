"""The goods of the demonstration: invented waybills on its trips, for invented customers.

Some were scanned when they were loaded and some were not, some are promised so tightly that a
late lorry makes them late, and what was unloaded before the demonstration began is signed for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from fleet.scope import OPERATOR
from fleet.views import Party
from fleet.waybills import Outcome, ScanKind
from milepost.timetable import Journey, Way
from store import admin, waybill_facts, waybill_import, waybill_reads, waybills
from store.waybill_facts import NewProof, NewScan
from store.waybill_import import Brought
from store.waybills import NewBooking, NewLeg, NewWaybill

ZONE = "Asia/Shanghai"
SHORT = "DMO"  #: what the numbers of the demonstration begin with
ENDED = "the simulated fleet began anew"

CUSTOMERS = (
    Party("demo-tea", "云岭茶业（演示）", "Cloud Ridge Tea (demo)"),
    Party("demo-parts", "安驰汽配（演示）", "Anchi Auto Parts (demo)"),
    Party("demo-home", "暖居家居（演示）", "Warm House Furniture (demo)"),
)
#: Invented people, who answer at numbers that nobody has: 138 0000 and four digits.
PEOPLE = ("赵敏", "钱伟", "孙莉", "李静", "周涛", "吴倩", "郑凯", "王芳")
STREETS = ("人民路", "解放路", "中山路", "建设路", "和平路")
GOODS = (
    ("茶叶", "礼盒", 8.0),
    ("刹车片", "箱装", 24.0),
    ("滤清器", "箱装", 12.0),
    ("沙发", "三人位", 65.0),
    ("餐桌", "折叠", 40.0),
)
WORDS = ((), ("fragile",), ("cold_chain",), ("text_first",), (), ())

LEAST, MOST = 2, 4  #: waybills on a trip
ROOM = (1800.0, 7200.0, 14_400.0)  #: s between the planned arrival and the promise, in turn
SCANNED = 2 / 3  #: share of those that were loaded of which there is a scan
BEFORE = timedelta(minutes=10)  #: before the departure it was scanned
AFTER = timedelta(minutes=25)  #: after the arrival it was signed for


@dataclass(frozen=True, slots=True)
class _Parcel:
    """An invented waybill, and what had become of it when the demonstration began."""

    new: NewWaybill
    plate: str
    loaded: datetime | None  #: by a scan
    signed: datetime | None
    signer: str


def place_goods(
    conn: Any,  # noqa: ANN401 - only the store names the type
    made: Mapping[str, Way],
    planned: Sequence[Journey],
    now: datetime,
) -> int:
    """Put goods on trips; returns how many waybills were new.

    Those of an earlier demonstration that are still open are cancelled: their lorries began
    anew.
    """
    admin.seed(conn, parties=CUSTOMERS)
    _end_earlier(conn, {one.code for one in planned}, now)
    parcels = [each for one in planned for each in _parcels(one, made[one.way], now)]
    done = waybill_import.bring(conn, OPERATOR, [each.new for each in parcels], ZONE)
    for each, brought in zip(parcels, done, strict=True):
        _say_what_was(conn, each, brought)
    return sum(brought.result == "created" for brought in done)


def list_open(conn: Any, limit: int = 20) -> list[str]:  # noqa: ANN401 - only the store names the type
    """Numbers of waybills of the demonstration that are on their way, the newest first."""
    wanted = waybill_reads.Wanted(open=False, late_first=False)
    found = waybill_reads.list_waybills(conn, OPERATOR, wanted, 5 * limit)
    numbers = [one.number for one in found if one.cancelled_at is None and not one.state.is_over]
    return [number for number in numbers if number.startswith(SHORT)][:limit]


def _parcels(one: Journey, way: Way, now: datetime) -> Iterator[_Parcel]:
    """The goods of one trip, the same for the same trip."""
    seed = int.from_bytes(hashlib.sha256(one.code.encode()).digest()[:8])
    rng = np.random.default_rng(seed)
    for number in range(int(rng.integers(LEAST, MOST + 1))):
        load = int(rng.integers(0, len(way.halts) - 1))
        unload = int(rng.integers(load + 1, len(way.halts)))
        yield _parcel(one, way, (load, unload), f"{one.code}-{number + 1}", rng, now)


def _parcel(
    one: Journey,
    way: Way,
    stops: tuple[int, int],
    order: str,
    rng: np.random.Generator,
    now: datetime,
) -> _Parcel:
    load, unload = (way.halts[number] for number in stops)
    late = timedelta(seconds=one.late)

    def pick(choices: Sequence[Any]) -> Any:  # noqa: ANN401 - one of them
        return choices[int(rng.integers(len(choices)))]

    def at(seconds: float) -> datetime:
        return (one.starts + timedelta(seconds=seconds)).replace(microsecond=0)

    name, spec, weight = pick(GOODS)
    quantity = int(rng.integers(1, 40))
    consignee = pick(PEOPLE)
    new = NewWaybill(
        customer=pick(CUSTOMERS).code,
        origin=load.site,
        destination=unload.site,
        placed_at=min(at(-6 * 3600.0), now).replace(microsecond=0),
        company=SHORT,
        order_no=order,
        shipper=pick(PEOPLE),
        consignee=consignee,
        phone=f"1380000{int(rng.integers(10_000)):04}",
        address=f"{pick(STREETS)}{int(rng.integers(1, 300))}号（演示）",
        goods=({"name": name, "spec": spec, "quantity": quantity, "weight_kg": quantity * weight},),
        requirements=pick(WORDS),
        promised_at=at(unload.arrive + pick(ROOM)),
        legs=(NewLeg(load.site, unload.site, NewBooking(one.code, *stops)),),
        digest=hashlib.sha256(order.encode()).digest(),
    )
    is_scanned = bool(rng.random() < SCANNED) and stops[0] < one.behind
    return _Parcel(
        new,
        one.truck.plate,
        loaded=_seen(at(load.depart) + late - BEFORE, now) if is_scanned else None,
        signed=_seen(at(unload.arrive) + late + AFTER, now) if stops[1] < one.behind else None,
        signer=consignee,
    )


def _seen(at: datetime, now: datetime) -> datetime:
    return min(at, now)


def _say_what_was(conn: Any, each: _Parcel, brought: Brought) -> None:  # noqa: ANN401 - only the store names the type
    if brought.result != "created" or brought.number is None:
        return
    if each.loaded is not None:
        scan = NewScan(ScanKind.LOADED, each.new.origin, each.loaded, each.plate)
        waybill_facts.add_scan(conn, OPERATOR, brought.number, scan)
    if each.signed is not None:
        proof = NewProof(Outcome.SIGNED, each.signed, each.signer, note="演示")
        waybill_facts.add_proof(conn, OPERATOR, brought.number, proof)


def _end_earlier(conn: Any, codes: set[str], now: datetime) -> None:  # noqa: ANN401 - only the store names the type
    """Cancel what an earlier demonstration left open, on trips that are not driven any more."""
    for customer in CUSTOMERS:
        wanted = waybill_reads.Wanted(customer=customer.code)
        for brief in waybill_reads.list_waybills(conn, OPERATOR, wanted, 100_000):
            order = (brief.order_no or "").rpartition("-")[0]
            is_left = brief.number.startswith(SHORT) and order not in codes
            if is_left and brief.cancelled_at is None:  # open ones only are listed
                waybills.cancel(conn, OPERATOR, brief.number, now, ENDED, aboard=True)
