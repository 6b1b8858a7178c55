"""One trip of the fake API: what it was to be, where it is, and what people said of it.

A lorry's trip is the lap it is on, late by an amount that its number says, so that all risks,
causes and reasons for no estimate are on the board.
"""  # noqa: INP001 - beside fake_api.py

# ruff: noqa: PLR2004 - made-up numbers are the point

from __future__ import annotations

import itertools
import math
from typing import Protocol

from fake_places import WORLD, Json, iso, seconds

MIN, HOUR, DAY = 60.0, 3600.0, 86_400.0
VERTICES = 90
DELAYS = (2, 47, -4, 11, 152, 0, 24, 68, -50, 7, 5, 33, 1, 96, 3, -2, 19, 8)  #: min, by number
CAUSES = ("traffic_slow", "late_departure", "long_dwell", "stopped_enroute", "driver_rest",
          "off_route", "signal_lost", "unknown")  # fmt: skip
UNSEEN = {"no_vehicle", "no_position", "not_under_way", "silent", "off_route"}
OVER = {"completed", "closed", "cancelled", "aborted", "assumed_completed"}
LEGAL: dict[str, list[str]] = {
    "draft": ["cancel"], "planned": ["cancel"], "assigned": ["cancel"], "armed": ["cancel"],
    "at_origin": ["cancel"], "en_route": ["abort", "complete", "suspend"],
    "at_stop": ["abort", "complete", "suspend"], "arrived_final": ["abort", "complete"],
    "completed": ["close"], "suspended": ["abort", "resume"],
}  # fmt: skip


class Lorry(Protocol):
    """What is needed of a fake vehicle."""

    plate: str
    number: int
    party: str
    parked: bool
    never: bool
    silence: float
    drive: float
    stop: float
    ends: tuple[str, str]

    def phase(self, t: float) -> tuple[int, float]: ...  # noqa: D102 - as in fake_api
    def place(self, t: float) -> tuple[float, float, float]: ...  # noqa: D102
    def last_report(self, t: float) -> float | None: ...  # noqa: D102


class Edits:
    """What people said of one trip."""

    def __init__(self) -> None:
        self.plans: list[Json] = []
        self.assigned: list[Json] = []
        self.steps: list[Json] = []
        self.words: dict[int, Json] = {}
        self.cause: Json | None = None


EDITS: dict[str, Edits] = {}
IMPORTED: dict[str, str] = {}


def edits(code: str) -> Edits:
    """Of a trip."""
    return EDITS.setdefault(code, Edits())


def metres(a: list[float], b: list[float]) -> float:
    """Flat earth."""
    x = (b[0] - a[0]) * math.cos(math.radians((a[1] + b[1]) / 2))
    return math.hypot(x, b[1] - a[1]) * 111_195


class FakeTrip:
    """One trip at one moment."""

    def __init__(self, lorry: Lorry, now: float, ago: int = 0) -> None:
        n = lorry.number
        self.lorry, self.now, self.ago = lorry, now, ago
        lap = lorry.drive + lorry.stop
        count, since = lorry.phase(now)
        count -= ago
        since += ago * lap
        self.code = f"TR-{20_000 + n * 10 + count % 10}"
        self.left_at = now - since
        self.arrives = self.left_at + lorry.drive
        a, b = lorry.ends if count % 2 == 0 else lorry.ends[::-1]
        self.cities = (a, b)
        self.delay = DELAYS[n % len(DELAYS)] * MIN
        self.late_start = min(max(0.0, self.delay * 0.3), 40 * MIN) if n % 3 == 1 else 0.0
        if lorry.parked:  # it should have left long ago, or soon
            self.left_at = now + (n % 7 - 3) * HOUR
            self.arrives = self.left_at + lorry.drive
        self.replanned = n % 6 == 4
        times = [self.left_at + 1 + (lorry.drive - 2) * i / (VERTICES - 1) for i in range(VERTICES)]
        base = now - lorry.phase(now)[1] - ago * lap if lorry.parked else self.left_at
        self.line = [list(lorry.place(base + 1 + t - times[0])[:2]) for t in times]
        if lorry.parked:
            (ax, ay), (bx, by) = (self.at(code) for code in self.cities)
            steps = [i / (VERTICES - 1) for i in range(VERTICES)]
            self.line = [[ax + (bx - ax) * i, ay + (by - ay) * i] for i in steps]
        if n % 25 == 6:  # it does not follow this line
            last = self.line[-1]
            first = self.line[0]
            self.line = [
                [first[k] + (last[k] - first[k]) * i / (VERTICES - 1) for k in (0, 1)]
                for i in range(VERTICES)
            ]
        hops = [metres(p, q) for p, q in itertools.pairwise(self.line)]
        self.s = [0.0, *itertools.accumulate(hops)]
        self.share = 0.0 if lorry.parked else min(1.0, max(0.0, since / lorry.drive))

    def at(self, code: str) -> list[float]:
        """Where a city is."""
        return [WORLD.sites[code]["lon"], WORLD.sites[code]["lat"]]

    @property
    def state(self) -> str:
        """Of its life."""
        said = edits(self.code).steps
        if said:
            return str(said[-1]["to_state"])
        if self.ago:
            return "closed" if self.lorry.number % 4 == 0 else "completed"
        if self.lorry.never:
            return "assigned"
        if self.lorry.parked:
            return "armed" if self.left_at < self.now + HOUR else "assigned"
        return "en_route" if self.share < 1 else "arrived_final"

    @property
    def unseen(self) -> str | None:
        """Why there is no estimate."""
        n = self.lorry.number
        if self.state in OVER or self.state == "suspended":
            return "not_under_way"
        if self.lorry.never:
            return "no_position"
        if self.lorry.silence:
            return "silent"
        return "off_route" if n % 25 == 6 and 0.1 < self.share < 0.9 else None

    def sites(self) -> list[Json]:
        """Origin, cross-dock on the way, destination."""
        a, b = (WORLD.sites[code] for code in self.cities)
        lon, lat = self.line[VERTICES // 2]
        short = [each["name_zh"].removesuffix("分拨中心") for each in (a, b)]
        mid = {"code": f"{a['code']}{b['code']}", "name_zh": f"{short[0]}{short[1]}中转站",
               "name_en": f"{a['name_en'].removesuffix(' hub')}-{b['name_en'].removesuffix(' hub')}"
               " cross-dock", "zone": a["zone"], "lon": lon, "lat": lat}  # fmt: skip
        return [a, mid, b]

    def plan(self, shift: float = 0.0) -> list[Json]:
        """Planned stops; of the baseline with a shift."""
        made = edits(self.code).plans
        if made and shift == 0.0:
            stops: list[Json] = made[-1]["stops"]
            return stops
        due = self.arrives - self.delay - shift
        start = self.left_at - self.late_start - shift
        times = [start, (start + due) / 2, due]
        stops = []
        for i, (site, time) in enumerate(zip(self.sites(), times, strict=True)):
            window = 30 * MIN if i == 2 and self.lorry.number % 2 else 0.0
            stops.append({
                "number": i, "stop": f"s{i}", "site": site["code"],
                "arrive_at": None if i == 0 else iso(time),
                "depart_at": None if i == 2 else iso(time + (20 * MIN if i else 0)),
                "opens_at": iso(time - window), "closes_at": iso(time),
                "service_s": 1200.0 if i == 1 else 0.0, "early_s": 1800.0, "late_s": 900.0,
                "via": False, "s_m": self.s[(0, VERTICES // 2, VERTICES - 1)[i]],
            })  # fmt: skip
        return stops

    def plans(self) -> list[Json]:
        """All revisions."""
        shift = 45 * MIN if self.replanned else 0.0
        born = iso(self.left_at - DAY)
        first = {"revision": 0, "valid_from": None, "strict": True, "author": "M. Lin",
                 "reason": "timetable", "recorded_at": born,
                 "stops": self.plan(shift or 1e-9)}  # fmt: skip
        second = {**first, "revision": 1, "valid_from": iso(self.left_at - 2 * HOUR),
                  "author": "王磊", "reason": "customer asked for a later slot",
                  "recorded_at": iso(self.left_at - 2 * HOUR),
                  "stops": self.plan(1e-9)}  # fmt: skip
        return [first, *([second] if self.replanned else []), *edits(self.code).plans]

    def delays(self, i: int) -> float:
        """Of stop ``i``, at the end."""
        due = seconds(self.plan()[i]["closes_at"])
        return self.truth(i) - due

    def truth(self, i: int) -> float:
        """When it gets there."""
        return (self.left_at, (self.left_at + self.arrives) / 2, self.arrives)[i]

    def reached(self, i: int) -> bool:
        """Whether stop ``i`` is behind it."""
        if self.state in {"draft", "planned", "assigned", "armed"} or self.lorry.silence:
            return self.lorry.silence > 0 and i == 0
        return self.truth(i) <= self.now

    def eta(self, i: int) -> Json | None:
        """Of a stop still ahead."""
        if self.unseen or self.reached(i) or (self.lorry.parked and self.left_at < self.now):
            return None
        p50 = self.truth(i)
        ahead = p50 - self.now
        rest = 1200.0 if ahead > 4 * HOUR else 0.0
        dwell = 1200.0 if i == 2 and not self.reached(1) else 0.0
        deviation = 0.06 * ahead
        parts = {"driving_s": ahead - rest - dwell - deviation, "dwell_s": dwell, "rest_s": rest,
                 "deviation_s": deviation}  # fmt: skip
        return {"p50": iso(p50), "p90": iso(p50 + 240 + 0.09 * ahead), "parts": parts}

    def risk(self, i: int) -> str:
        """Of stop ``i``."""
        due = seconds(self.plan()[i]["closes_at"]) + 900
        if self.reached(i):
            early = seconds(self.plan()[i]["opens_at"]) - 1800
            at = self.truth(i)
            return "late" if at > due else "early" if at < early else "on_time"
        if self.state not in OVER and self.now > due and self.unseen != "no_position":
            return "overdue"
        eta = self.eta(i)
        if eta is None:
            return "unknown"
        if seconds(eta["p50"]) > due:
            return "late"
        return "at_risk" if seconds(eta["p90"]) > due else "on_time"

    def split(self) -> dict[str, float]:
        """The delay by cause."""
        late = self.delays(2)
        if late <= 900 or self.unseen:
            return {}
        n = self.lorry.number
        first = CAUSES[n % len(CAUSES)]
        parts = {"late_departure": self.late_start} if self.late_start > 60 else {}
        rest = late - sum(parts.values())
        parts[first] = parts.get(first, 0.0) + rest * 0.7
        second = CAUSES[(n // 3) % len(CAUSES)]
        parts[second] = parts.get(second, 0.0) + rest * 0.3
        return parts

    def conditions(self) -> list[Json]:
        """Raised by the clock."""
        found: list[Json] = []
        if self.unseen == "off_route":
            found.append({"kind": "off_route", "since": iso(self.now - 1500), "away_m": 4200.0})
        if self.lorry.silence and self.state not in OVER:
            found.append({"kind": "signal_lost", "since": iso(self.now - self.lorry.silence)})
        if self.lorry.number % 18 == 13 and self.state == "en_route":
            found.append({"kind": "unplanned_stop", "since": iso(self.now - 34 * MIN)})
        return found

    def brief(self) -> Json:
        """TripBrief."""
        sites = self.sites()
        plan = self.plan()
        ahead = [i for i in range(3) if not self.reached(i)]
        nxt = ahead[0] if ahead and self.state not in OVER else None
        worst = max(range(3), key=self.delays) if not self.lorry.parked else 2
        risks = [self.risk(i) for i in ahead] or [self.risk(2)]
        order = ("overdue", "late", "at_risk", "unknown", "early", "on_time")
        risk = min(risks, key=order.index)
        split = self.split()
        said = edits(self.code).cause
        delay: float | None = self.delays(worst)
        if risk == "unknown":
            delay = None
        if risk == "overdue" and self.eta(2) is None:
            over = [i for i in ahead if seconds(plan[i]["closes_at"]) < self.now]
            worst = over[0]
            delay = self.now - seconds(plan[worst]["closes_at"])
        cause = said["cause"] if said else max(split, key=lambda k: split[k]) if split else None
        driving = self.state not in {"assigned", "armed"}
        assigned = edits(self.code).assigned
        shift = 45 * MIN if self.replanned else 0.0
        return {
            "code": self.code, "route": f"{self.cities[0]}-{self.cities[1]}", "state": self.state,
            "vehicle": assigned[-1]["vehicle"] if assigned else self.lorry.plate,
            "driver": assigned[-1]["driver"] if assigned else ("张伟", "李娜", "S. Dubois",
                                                               None)[self.lorry.number % 4],
            "party": self.lorry.party, "starts_at": plan[0]["depart_at"],
            "ends_at": plan[-1]["arrive_at"], "origin": sites[0], "destination": sites[2],
            "next_stop": sites[nxt] if nxt is not None else None,
            "next_due": plan[nxt]["closes_at"] if nxt is not None else None,
            "next_eta": self.eta(nxt) if nxt is not None else None,
            "final_eta": self.eta(2), "risk": risk,
            "no_estimate": None if self.eta(2) or not ahead else self.unseen,
            "delay_s": delay, "baseline_delay_s": None if delay is None else delay + shift,
            "late_stop": worst, "cause": cause, "split": split,
            "share": self.share if driving else 0.0,
            "left_m": self.s[-1] * (1 - self.share) if driving else self.s[-1],
            "off_route": self.unseen == "off_route",
            "evaluated_at": None if self.lorry.never else iso(self.now - self.lorry.number % 20),
            "heard_at": iso(heard) if (heard := self.lorry.last_report(self.now)) else None,
            "conditions": self.conditions(), "plan_revision": len(self.plans()) - 1,
        }  # fmt: skip

    def stop_out(self, i: int) -> Json:
        """TripStop."""
        at = self.truth(i) if self.reached(i) else None
        left = at + (1200 if i == 1 else 0) if at and i < 2 else None
        left = left if left and left <= self.now else None
        word = edits(self.code).words.get(i)
        status = "planned"
        if at:
            status = "departed" if left else "arrived"
        elif self.eta(i) and self.truth(i) - self.now < 900:
            status = "approaching"
        delay = self.delays(i) if self.eta(i) or at else None
        planned = self.plan()[i]
        shift = 45 * MIN if self.replanned else 0.0
        out = {
            "number": i, "stop": f"s{i}", "site": self.sites()[i],
            "baseline": self.plans()[0]["stops"][i], "planned": planned, "dropped": False,
            "status": status, "eta": self.eta(i), "risk": self.risk(i),
            "arrived_at": iso(at) if at else None, "departed_at": iso(left) if left else None,
            "earliest_at": iso(at - 15) if at else None, "latest_at": iso(at + 15) if at else None,
            "estimated_at": iso(at - 140) if at and i else None, "delay_s": delay,
            "baseline_delay_s": None if delay is None else delay + shift,
            "departure_delay_s": left - seconds(planned["depart_at"]) if left else None,
            "out_of_sequence": False, "shared": False, "visit": f"v{i}" if at else None,
            "author": None, "reason": None,
        }  # fmt: skip
        if word:
            out |= {"status": word["status"], "author": word["author"], "reason": word["reason"]}
            for name in ("arrived_at", "departed_at"):
                out[name] = word.get(name) or out[name]
        return out

    def steps(self) -> list[Json]:
        """What happened to it."""
        told = [(-20 * HOUR, "assign", "planned", "assigned", "person"),
                (-HOUR, "arm", "assigned", "armed", "clock"),
                (-20 * MIN, "reach_origin", "armed", "at_origin", "gps"),
                (0.0, "depart", "at_origin", "en_route", "gps")]  # fmt: skip
        made = [
            {"at": iso(self.left_at + t), "event": event, "from_state": a, "to_state": b,
             "source": source, "author": "M. Lin" if source == "person" else None,
             "reason": "planned by timetable" if source == "person" else None,
             "recorded_at": iso(self.left_at + t + 12)}
            for t, event, a, b, source in told if self.left_at + t < self.now
        ]  # fmt: skip
        return [*made, *edits(self.code).steps]

    def out(self) -> Json:
        """Trip."""
        brief = self.brief()
        said = edits(self.code).cause
        start = iso(self.left_at - 20 * HOUR)
        first = {"vehicle": self.lorry.plate, "driver": brief["driver"], "from": start, "to": None,
                 "author": "M. Lin", "reason": "planned by timetable"}  # fmt: skip
        swaps = edits(self.code).assigned
        assigned = [first, *swaps]
        for before, after in itertools.pairwise(assigned):
            before["to"] = after["from"]
        index = min(VERTICES - 1, round(self.share * (VERTICES - 1)))
        away = 4200.0 if self.unseen == "off_route" else 18.0
        return {
            **brief, "stops": [self.stop_out(i) for i in range(3)], "plans": self.plans(),
            "assigned": assigned, "steps": self.steps(),
            "line": {"type": "LineString", "coordinates": self.line}, "corridor_m": 500.0,
            "at": None if self.lorry.never else self.line[index],
            "s_m": None if self.lorry.never else self.s[index],
            "away_m": None if self.lorry.never else away,
            "model": None if self.lorry.never else "pace-1",
            "notice": None, "said": {"note": said["note"], "by": said["author"]} if said else None,
            "legal": LEGAL.get(self.state, []),
        }  # fmt: skip

    def estimates(self, stop: int) -> Json:
        """What was expected of a stop, every five minutes."""
        start = self.left_at - HOUR
        end = min(self.now, self.truth(stop))
        final = self.truth(stop) - seconds(self.plan()[stop]["closes_at"])
        due = seconds(self.plan()[stop]["closes_at"])
        points: list[Json] = []
        changes: list[Json] = []
        risk = "unknown"
        for k in range(max(0, int((end - start) // 300))):
            t = start + 300 * k
            grown = min(1.0, (t - start) / max(1.0, (self.truth(stop) - start) * 0.6))
            p50 = due + final * grown**2 + 150 * math.sin(k * 1.7 + self.lorry.number)
            p90 = p50 + 240 + 0.09 * max(0.0, p50 - t)
            silent = 20 < k < 27 and self.lorry.number % 3 == 1
            points.append({"at": iso(t), "p50": None if silent else iso(p50),
                           "p90": None if silent else iso(p90),
                           "no_estimate": "silent" if silent else None, "model": "pace-1",
                           "plan": len(self.plans()) - 1})  # fmt: skip
            new = "late" if p50 > due + 900 else "at_risk" if p90 > due + 900 else "on_time"
            new = "unknown" if silent else new
            if new != risk:
                causes = self.split()
                changes.append({"at": iso(t), "stop": stop, "from": risk, "to": new,
                                "p50_at": None if silent else iso(p50), "due_at": iso(due),
                                "cause": next(iter(causes), None)})  # fmt: skip
                risk = new
        reached = self.truth(stop) <= self.now and not self.lorry.silence
        first = self.plans()[0]["stops"][stop]["closes_at"]
        return {
            "points": points,
            "due": iso(due),
            "baseline_due": first,
            "actual": iso(self.truth(stop)) if reached else None,
            "changes": changes,
        }
