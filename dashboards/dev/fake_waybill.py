"""One waybill of the fake API: goods aboard a fake trip, and what is answered about them."""  # noqa: INP001 - beside fake_api.py

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fake_places import WORLD, Json, iso, seconds
from fake_trip import FakeTrip

HOUR, MIN = 3600.0, 60.0
CUSTOMERS = {
    "kl": ("科蓝电子", "Kelan Electronics"),
    "ms": ("米粟食品", "Misu Foods"),
    "qh": ("清河医药", "Qinghe Pharma"),
}
PEOPLE = ("王芳", "李强", "赵敏", "S. Dubois", "陈杰")
GOODS = (
    ("电子元件 18 箱", "18 boxes of components"),
    ("冷链食品 6 托", "6 pallets, chilled"),
    ("医药 9 箱", "9 boxes of medicine"),
)
STATES = {
    "created": ("已下单", "Ordered"),
    "awaiting_pickup": ("待揽收", "Awaiting pickup"),
    "in_transit": ("运输中", "In transit"),
    "arrived_hub": ("到达中转站", "At a hub"),
    "departed_hub": ("已离开中转站", "Left a hub"),
    "arrived_destination": ("到达目的地, 待签收", "At destination, not signed"),
    "delivered": ("已签收", "Delivered"),
    "picked_up": ("已揽收", "Picked up"),
    "departed_origin": ("已发出", "Departed"),
    "refused": ("拒收", "Refused"),
    "loaded": ("装车扫描", "Loaded"),
    "unloaded": ("卸车扫描", "Unloaded"),
}


def named(code: str, names: tuple[str, str]) -> Json:
    """A company."""
    return {"code": code, "name_zh": names[0], "name_en": names[1]}


def number_of(lorry: int, k: int) -> str:
    """Of a waybill: company, day, serial."""
    day = datetime.fromtimestamp(WORLD.clock(), UTC)
    return f"HXE{day:%Y%m%d}{1000 + lorry * 7 + k:06d}"


class Said:
    """What people said of one waybill."""

    def __init__(self) -> None:
        self.scans: list[Json] = []
        self.proofs: list[Json] = []
        self.files: list[Json] = []
        self.shares: list[Json] = []
        self.past: list[Json] = []
        self.booking: Json | None = None


SAID: dict[str, Said] = {}


def said(number: str) -> Said:
    """Of a waybill."""
    return SAID.setdefault(number, Said())


class FakeWaybill:
    """One waybill at one moment."""

    def __init__(self, lorry: Any, k: int, now: float) -> None:  # noqa: ANN401 - a Lorry
        self.n, self.k, self.now = lorry.number, k, now
        self.number = number_of(lorry.number, k)
        self.trip = FakeTrip(lorry, now)
        self.brief_of_trip = self.trip.brief()
        self.sites = self.trip.sites()
        self.lorry = lorry

    @property
    def state(self) -> str:
        """Where it stands."""
        proofs = said(self.number).proofs
        if proofs and proofs[-1]["outcome"] != "withdrawn":
            return {"signed": "delivered", "refused": "refused"}[proofs[-1]["outcome"]]
        if not self.trip.reached(0) or self.trip.state in {"assigned", "armed"}:
            return "awaiting_pickup"
        if self.trip.reached(2):
            return "delivered" if self.n % 2 and not proofs else "arrived_destination"
        return "departed_hub" if self.trip.reached(1) else "in_transit"

    def milestone(self, kind: str, i: int, at: float | None, **more: Any) -> Json:  # noqa: ANN401
        """One line of its record."""
        zh, en = STATES[kind]
        planned = self.trip.plan()[i]
        due = planned["arrive_at"] if i else planned["depart_at"]
        eta = self.trip.eta(i)
        return {
            "key": f"{kind}-{i}",
            "kind": kind,
            "name_zh": zh,
            "name_en": en,
            "planned_at": due,
            "estimated_at": eta["p50"] if eta and at is None else None,
            "actual_at": iso(at) if at is not None else None,
            "site": self.sites[i],
            "operator": None,
            "vehicle": self.lorry.plate,
            "trip": self.trip.code,
            "note": None,
            "source": "gps",
            "author": None,
            "presumed": False,
            "evidence": [],
            "files": [],
            "version": 1,
            "cause": "first",
            "was_at": None,
            "valid": True,
            "recorded_at": iso(at + 40) if at is not None else None,
            **more,
        }

    def milestones(self) -> list[Json]:  # noqa: C901 - one line each
        """Its record."""
        left = self.trip.truth(0)
        made = [
            self.milestone(
                "created",
                0,
                left - 9 * HOUR,
                source="person",
                author="m.lin",
                vehicle=None,
                planned_at=None,
            )
        ]
        if self.trip.reached(0):
            made += [
                self.milestone("picked_up", 0, left - 30 * MIN, source="scan", author="wh.sha"),
                self.milestone("departed_origin", 0, left, presumed=self.k == 1),
            ]
        hub = self.trip.truth(1)
        if self.trip.reached(1):
            corrected = {"version": 2, "cause": "corrected", "was_at": iso(hub + 11 * MIN)}
            made.append(
                self.milestone("arrived_hub", 1, hub, **(corrected if self.n % 5 == 1 else {}))
            )
        if self.trip.reached(1) and hub + 1200 <= self.now:
            made.append(self.milestone("departed_hub", 1, hub + 1200))
        if self.trip.reached(2):
            made.append(self.milestone("arrived_destination", 2, self.trip.truth(2)))
        for scan in said(self.number).scans:
            if not scan["withdrawn_by"] and scan["kind"] in STATES:
                made.append(
                    self.milestone(
                        scan["kind"],
                        1,
                        seconds(scan["at"]),
                        site=scan["site"],
                        source="scan",
                        author=scan["author"],
                        planned_at=None,
                        key=scan["id"],
                    )
                )
        for proof in said(self.number).proofs:
            if proof["outcome"] != "withdrawn":
                kind = "delivered" if proof["outcome"] == "signed" else "refused"
                made.append(
                    self.milestone(
                        kind,
                        2,
                        seconds(proof["at"]),
                        source="person",
                        key=proof["id"],
                        author=proof["author"],
                        note=proof["signer"],
                        files=proof["files"],
                    )
                )
        return sorted(
            made, key=lambda e: (e["actual_at"] is None, e["actual_at"] or e["planned_at"])
        )

    def brief(self) -> Json:
        """WaybillBrief."""
        trip = self.brief_of_trip
        state = self.state
        zh, en = STATES[state]
        customer = list(CUSTOMERS)[self.n % 3]
        reached = [each for each in self.milestones() if each["actual_at"]]
        over = state == "delivered"
        eta = None if over else trip["final_eta"]
        aboard = state in {"in_transit", "departed_hub"}
        return {
            "number": self.number,
            "code": f"2611220000{self.n:02d}{self.k:02d}71",
            "order_no": f"PO-{88000 + self.n * 3 + self.k}",
            "customer": named(customer, CUSTOMERS[customer]),
            "carrier": named("hx", ("华夏速运", "Huaxia Express")),
            "origin": self.sites[0],
            "destination": self.sites[2],
            "state": state,
            "state_zh": zh,
            "state_en": en,
            "since": reached[-1]["actual_at"],
            "headline": None,
            "trip": self.trip.code,
            "vehicle": self.lorry.plate if aboard else None,
            "site": None if aboard else self.sites[2 if self.trip.reached(2) else 0],
            "risk": "on_time" if over else trip["risk"],
            "delay_s": trip["delay_s"],
            "cause": trip["cause"],
            "eta": {"p50": eta["p50"], "p90": eta["p90"]} if eta else None,
            "promised_at": self.trip.plan()[2]["closes_at"],
            "opens_at": self.trip.plan()[2]["opens_at"],
            "next_stop": trip["next_stop"],
            "last_milestone": reached[-1],
            "shipped_at": iso(self.trip.left_at) if self.trip.reached(0) else None,
            "goods_text": GOODS[self.n % 3][0],
            "alerts": 1 if trip["risk"] in {"late", "overdue"} else 0,
        }

    def leg(self) -> Json:
        """Its only leg."""
        first = {
            "trip": self.trip.code,
            "load_stop": 0,
            "unload_stop": 2,
            "from": iso(self.trip.left_at - 8 * HOUR),
            "to": None,
            "author": "m.lin",
            "reason": "planned",
        }
        own = said(self.number)
        return {
            "number": 0,
            "from": self.sites[0],
            "to": self.sites[2],
            "booking": own.booking or first,
            "past": own.past,
        }

    def retracted(self) -> list[Json]:
        """What turned out wrong."""
        if self.n % 4 != 1:
            return []
        wrong = {
            "valid": False,
            "cause": "retracted",
            "version": 2,
            "key": "wrong",
            "note": "booked on a wrong trip",
        }
        return [self.milestone("arrived_hub", 1, self.trip.truth(0) + HOUR, **wrong)]

    def full(self) -> Json:
        """Waybill."""
        own = said(self.number)
        end = iso(self.trip.truth(2)) if self.trip.reached(2) else None
        ride = {
            "leg": 0,
            "trip": self.trip.code,
            "vehicle": self.lorry.plate,
            "from": iso(self.trip.left_at),
            "to": end,
            "from_basis": "departed",
            "to_basis": "arrived" if end else None,
            "presumed": self.k == 1,
        }
        return {
            **self.brief(),
            "shipper": "上海科蓝仓",
            "consignee": PEOPLE[self.n % 5],
            "phone": f"138****{4000 + self.n:04d}",
            "address": "工业园区 8 号",
            "goods": [
                {
                    "name": GOODS[self.n % 3][0],
                    "spec": None,
                    "quantity": 18,
                    "weight_kg": 412.0,
                    "volume_m3": 2.6,
                }
            ],
            "requirements": ["fragile", "text_first"] if self.n % 3 == 0 else ["cold_chain"],
            "contact": "sms" if self.n % 2 else "phone",
            "legs": [self.leg()],
            "rides": [ride] if self.trip.reached(0) else [],
            "milestones": self.milestones(),
            "retracted": self.retracted(),
            "scans": own.scans,
            "proofs": own.proofs,
            "files": own.files,
            "exceptions": [],
            "shares": len(own.shares),
        }
