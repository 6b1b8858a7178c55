"""A fake API for work on the console: ``fake_api.py [--port 8100] [--vehicles 200]``.

It answers the console's part of the HTTP API and the live socket with lorries that drive
between Chinese cities on straight lines.  Everything follows from the clock: two runs agree
on where a lorry is, so a restart resumes from a cursor as the real API does.  It holds no
state worth keeping and checks nothing; the product's own demo is ``milepost demo``.
"""  # noqa: INP001 - a program beside the console's sources, not a package

from __future__ import annotations

import argparse
import asyncio
import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fake_admin
import fake_board
import fake_commands
import fake_fences
import fake_ledger
import fake_ops
import fake_places
import fake_replay
import fake_service
import fake_trips
import fake_waybills
import uvicorn
from fastapi import FastAPI, HTTPException, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

VEHICLES = 200
HEARTBEAT = 1.0
SPEED = 22.0  #: m/s
DEGREE = 111_195.0  #: m
EPOCH = "fake"

CITIES = {
    "SHA": ("上海", "Shanghai", 121.47, 31.23),
    "BJS": ("北京", "Beijing", 116.41, 39.90),
    "CAN": ("广州", "Guangzhou", 113.26, 23.13),
    "CTU": ("成都", "Chengdu", 104.07, 30.57),
    "WUH": ("武汉", "Wuhan", 114.30, 30.59),
    "XIY": ("西安", "Xi'an", 108.94, 34.34),
    "CGO": ("郑州", "Zhengzhou", 113.62, 34.75),
    "CSX": ("长沙", "Changsha", 112.94, 28.23),
    "TNA": ("济南", "Jinan", 117.12, 36.65),
    "HGH": ("杭州", "Hangzhou", 120.16, 30.27),
    "CKG": ("重庆", "Chongqing", 106.55, 29.56),
    "SHE": ("沈阳", "Shenyang", 123.43, 41.80),
}
LEGS = [
    ("SHA", "HGH"), ("SHA", "TNA"), ("TNA", "BJS"), ("CGO", "BJS"), ("CGO", "WUH"),
    ("WUH", "CSX"), ("CSX", "CAN"), ("CGO", "XIY"), ("XIY", "CTU"), ("CTU", "CKG"),
    ("CKG", "WUH"), ("WUH", "SHA"), ("BJS", "SHE"), ("HGH", "CSX"), ("TNA", "CGO"),
]  # fmt: skip
PARTIES = {
    "hx": ("华夏速运", "Huaxia Express"),
    "yc": ("远程物流", "Yuancheng Logistics"),
    "nf": ("南风冷链", "Nanfeng Cold Chain"),
    "bd": ("北斗专线", "Beidou Line-haul"),
}
PROVINCES = "沪京粤川鄂陕豫湘鲁浙渝辽"


def now() -> float:
    """Seconds since 1970."""
    return time.time()  # noqa: TID251 - the fake is a shell


def iso(seconds: float | None) -> str | None:
    """ISO 8601 with Z."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


class Lorry:
    """One fake vehicle: its place is a function of the time of its last report."""

    def __init__(self, number: int) -> None:
        self.number = number
        letter = chr(ord("A") + number * 7 % 24)
        self.plate = f"{PROVINCES[number % 12]}{letter}·{10_000 + number * 7_919 % 90_000}"
        self.party = list(PARTIES)[number % len(PARTIES)]
        self.interval = (2, 5, 10, 15, 30)[number % 5]
        self.a, self.b = (CITIES[code][2:] for code in LEGS[number % len(LEGS)])
        kind = number % 23
        self.parked = kind in {3, 7, 11, 17}
        self.silence = {5: 20 * 60.0, 13: 3 * 3600.0, 19: 8 * 60.0}.get(kind, 0.0)
        self.online = kind not in {13, 19}
        self.never = not (number + 1) % 100
        self.shift = number * 137.0
        self.ends = LEGS[number % len(LEGS)]
        (ax, ay), (bx, by) = self.a, self.b
        stretch = math.cos(math.radians((ay + by) / 2))
        self.drive = math.hypot((bx - ax) * stretch, by - ay) * DEGREE / SPEED  # s
        self.stop = 900.0 + number * 531 % 5400  # s at each end

    def phase(self, t: float) -> tuple[int, float]:
        """How many drives and stops it has behind it, and for how long it is on this one."""
        lap = self.drive + self.stop
        t += self.number * 0.37 * lap
        return math.floor(t / lap), t % lap

    def stops(self, since: float, until: float) -> Iterator[tuple[str, float, float]]:
        """Its stops that began in that time: where, from when to when."""
        if self.parked or self.silence or self.never:
            return
        lap = self.drive + self.stop
        count, _ = self.phase(since)
        while (arrived := (count + 1) * lap - self.stop - self.number * 0.37 * lap) < until:
            if arrived >= since:
                yield self.ends[(count + 1) % 2], arrived, arrived + self.stop
            count += 1

    def presence(self, t: float) -> tuple[str | None, str | None]:
        """Site and presence."""
        for code, arrived, departed in self.stops(t - 3 * self.stop, t):
            if t < departed + fake_places.SHOWN:
                early = t < arrived + fake_places.SHOWN
                word = "entering" if early else "inside" if t < departed else "leaving"
                return code, word
        return None, None

    def last_report(self, t: float) -> float | None:
        """When it last reported, seen from ``t``."""
        if self.never:
            return None
        if self.silence:
            return STARTED - self.silence
        step = 60 if self.parked else self.interval
        return math.floor((t - self.shift % step) / step) * step + self.shift % step

    def place(self, t: float) -> tuple[float, float, float]:
        """Longitude, latitude, course at ``t``."""
        (ax, ay), (bx, by) = self.a, self.b
        stretch = math.cos(math.radians((ay + by) / 2))
        if self.parked:
            t = min(t, STARTED - 3 * 3600.0)
        count, since = self.phase(t)
        forth = count % 2 == 0
        share = min(1.0, since / self.drive)
        share = share if forth else 1 - share
        sway = 0.06 * math.sin(share * 14 + self.number) * math.sin(share * math.pi)
        course = math.degrees(math.atan2((bx - ax) * stretch, by - ay)) + (0 if forth else 180)
        return ax + (bx - ax) * share - sway * (by - ay), ay + (by - ay) * share, course % 360

    def stands(self, t: float) -> bool:
        """Whether it does not drive."""
        return self.parked or self.phase(t)[1] > self.drive

    def position(self, t: float) -> dict[str, Any] | None:
        """PositionOut."""
        at = self.last_report(t)
        if at is None:
            return None
        lon, lat, course = self.place(at)
        return {
            "time": iso(at), "received_at": iso(at + 0.4), "lon": lon, "lat": lat,
            "altitude_m": 40.0 + self.number % 90,
            "speed_kmh": 0.0 if self.stands(at) else SPEED * 3.6 + self.number % 9,
            "course_deg": course, "hdop": 0.8, "satellites": 11, "grade": "A", "flags": [],
        }  # fmt: skip

    def out(self, t: float) -> dict[str, Any]:
        """VehicleOut."""
        return {
            "plate": self.plate, "party": self.party, "device": f"T{self.number:05d}",
            "online": None if self.never else self.online,
            "link_reason": None if self.online else "lost",
            "link_time": None if self.never else iso(STARTED - self.number * 61),
            "position": self.position(t),
        }  # fmt: skip

    def row(self, t: float) -> dict[str, Any]:
        """One row of the socket's columns."""
        at = self.last_report(t)
        lon, lat, course = self.place(at) if at else (0.0, 0.0, 0.0)
        known = at is not None
        speed = 0 if at and self.stands(at) else round(SPEED * 100 + self.number % 9 * 28)
        site, presence = self.presence(at) if at else (None, None)
        return {
            "plate": self.plate, "party": self.party,
            "time": round(at * 1000) if at else None,
            "received": round(at * 1000 + 400) if at else None,
            "lon": round(lon * 1e7) if known else None,
            "lat": round(lat * 1e7) if known else None,
            "speed": speed if known else None, "course": round(course * 10) if known else None,
            "grade": 0, "flags": 0, "online": None if self.never else self.online,
            "site": site, "presence": presence, **fake_trips.tag(self, t),
        }  # fmt: skip


STARTED = now()
LORRIES: list[Lorry] = []
BY_PLATE: dict[str, Lorry] = {}
app = FastAPI()
app.include_router(fake_fences.router)
app.include_router(fake_places.router)
app.include_router(fake_board.router)
app.include_router(fake_trips.router)
app.include_router(fake_waybills.router)
app.include_router(fake_ops.router)
app.include_router(fake_ledger.router)
app.include_router(fake_admin.router)
app.include_router(fake_service.router)
app.include_router(fake_commands.router)
app.include_router(fake_replay.router)


def columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Rows turned into columns."""
    return {name: [row[name] for row in rows] for name in LORRIES[0].row(STARTED)}


def lorry(plate: str) -> Lorry:
    """The vehicle, or 404."""
    if plate not in BY_PLATE:
        raise HTTPException(404, "no such vehicle")
    return BY_PLATE[plate]


BASEMAP = {"kind": "bundled", "url": None, "datum": "wgs84", "borders": True}


@app.get("/api/v1/console")
def console() -> dict[str, Any]:
    """What the console needs to know first."""
    zone = "Asia/Shanghai"
    return {"version": "0.1.0", "zone": zone, "basemap": BASEMAP, "languages": ["zh", "en"]}


@app.get("/basemap.json")
def basemap() -> dict[str, Any]:
    """What the page behind a link draws under its place."""
    return BASEMAP


@app.get("/api/v1/sites")
def sites() -> list[dict[str, Any]]:
    """The hubs."""
    return list(fake_places.WORLD.sites.values())


def first_sites() -> dict[str, dict[str, Any]]:
    """A hub in every city."""
    return {
        code: {"code": code, "name_zh": f"{zh}分拨中心", "name_en": f"{en} hub",
               "zone": fake_places.ZONES.get(code, "Asia/Shanghai"), "lon": lon, "lat": lat}
        for code, (zh, en, lon, lat) in CITIES.items()
    }  # fmt: skip


@app.get("/api/v1/parties")
def parties() -> list[dict[str, str]]:
    """The companies."""
    return [{"code": code, "name_zh": zh, "name_en": en} for code, (zh, en) in PARTIES.items()]


@app.get("/api/v1/vehicles")
def vehicles() -> list[dict[str, Any]]:
    """All vehicles."""
    return [each.out(now()) for each in LORRIES]


@app.get("/api/v1/vehicles/{plate}")
def vehicle(plate: str) -> dict[str, Any]:
    """One vehicle."""
    return lorry(plate).out(now())


@app.get("/api/v1/vehicles/{plate}/track")
def track(
    request: Request,
    plate: str,
    format: str = "geojson",  # noqa: A002 - the API's word
) -> Any:  # noqa: ANN401
    """A fix a minute, with a gap of an hour in it."""
    truck = lorry(plate)
    asked = request.query_params
    last = truck.last_report(now()) or now()
    end = min(last, fake_places.seconds(asked["to"]) if "to" in asked else last)
    start = fake_places.seconds(asked["from"]) if "from" in asked else end - 86_400
    times = [60.0 * i for i in range(math.ceil(start / 60), math.floor(end / 60) + 1)]
    parts = [[t for t in times if t < last - 30_000], [t for t in times if t > last - 26_000]]
    parts = [part for part in parts if part]
    lines = [[list(truck.place(t)[:2]) for t in part] for part in parts]
    if format == "csv":
        rows = "\n".join(f"{iso(t)},{lon},{lat}" for part, line in zip(parts, lines, strict=True)
                         for t, (lon, lat) in zip(part, line, strict=True))  # fmt: skip
        return Response("time,lon,lat\n" + rows, media_type="text/csv")
    return {
        "type": "Feature",
        "geometry": {"type": "MultiLineString", "coordinates": lines},
        "properties": {"times": [[iso(t) for t in part] for part in parts]},
    }


@app.get("/api/v1/devices")
def devices() -> list[dict[str, Any]]:
    """Registered devices."""
    born = iso(STARTED - 40 * 86_400)
    return [
        {"code": f"T{each.number:05d}", "vehicle": each.plate, "has_credential": True,
         "online": None if each.never else each.online, "created_at": born,
         "link_reason": None if each.online else "lost",
         "link_time": iso(STARTED - each.number * 61)}
        for each in LORRIES
    ]  # fmt: skip


UNKNOWN = {"NEW-4711": 214, "spare_07": 3}
LETTERS = [
    {"id": 900 - i, "received_at": iso(STARTED - i * 97), "device": device, "kind": "nmea",
     "reason": reason, "detail": detail, "reinjected_at": None}
    for i, (device, reason, detail) in enumerate(
        [("NEW-4711", "unknown-device", ""), ("T00012", "checksum", "*4A, computed *5B"),
         ("T00031", "torn", ""), ("T00044", "future", "3 h 2 min ahead")] * 6)
]  # fmt: skip


@app.get("/api/v1/devices/unknown")
def unknown() -> list[dict[str, Any]]:
    """Devices nobody registered."""
    first, last = iso(STARTED - 7200), iso(STARTED - 20)
    return [
        {"code": code, "letters": count, "first_seen": first, "last_seen": last}
        for code, count in UNKNOWN.items()
    ]


@app.post("/api/v1/devices/{code}/adopt")
def adopt(code: str) -> dict[str, Any]:
    """Adopt an unknown device."""
    if code not in UNKNOWN:
        raise HTTPException(404, "no such unknown device")
    return {"reinjected": UNKNOWN.pop(code), "password": "k7f2-mzq9-1xw4-tb8c"}


@app.get("/api/v1/dead-letters/summary")
def summary() -> dict[str, int]:
    """Letters by reason."""
    reasons = [each["reason"] for each in LETTERS]
    return {str(reason): reasons.count(reason) for reason in dict.fromkeys(reasons)}


@app.get("/api/v1/dead-letters")
def letters(reason: str | None = None) -> list[dict[str, Any]]:
    """Letters, newest first."""
    return [each for each in LETTERS if reason in {None, each["reason"]}]


@app.post("/api/v1/dead-letters/{number}/reinject")
def reinject(number: int) -> dict[str, int]:
    """Mark a letter as sent in again."""
    for each in LETTERS:
        if each["id"] == number:
            each["reinjected_at"] = iso(now())
    return {"reinjected": 1}


@app.websocket("/api/v1/live")
async def live(socket: WebSocket) -> None:
    """The live stream; a cursor is the millisecond up to which the client knows everything."""
    await socket.accept()
    await socket.send_json({"type": "hello", "v": 1, "version": "0.1.0", "heartbeat_s": 5})
    try:
        wish = await socket.receive_json()
        known = float(wish["cursor"].rpartition(":")[2]) / 1000 if wish["cursor"] else None
        if known is None:
            known = now()
            await socket.send_json(
                {"type": "snapshot", "v": 1, "cursor": f"{EPOCH}:{round(known * 1000)}",
                 "vehicles": columns([each.row(known) for each in LORRIES]),
                 "nodes": []})  # fmt: skip
        world = fake_places.WORLD
        told, sites_told = len(world.nodes), len(world.sites)
        alerts_told = len(fake_ops.NEWS)
        while True:
            t = now()
            world.advance()
            nodes, told = world.nodes[told:], len(world.nodes)
            changed, sites_told = sites_told != len(world.sites), len(world.sites)
            alerts, alerts_told = fake_ops.NEWS[alerts_told:], len(fake_ops.NEWS)
            news = [each.row(t) for each in LORRIES if (each.last_report(t) or 0) > known]
            known = t
            await socket.send_json(
                {"type": "delta", "v": 1, "cursor": f"{EPOCH}:{round(known * 1000)}",
                 "vehicles": columns(news), "gone": [], "world": changed,
                 "nodes": nodes, "alerts": alerts})  # fmt: skip
            await asyncio.sleep(HEARTBEAT)
    except WebSocketDisconnect:
        return


def main() -> None:
    """Serve the fake API, and the built console if there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--vehicles", type=int, default=VEHICLES)
    arguments = parser.parse_args()
    LORRIES.extend(Lorry(number) for number in range(arguments.vehicles))
    BY_PLATE.update({each.plate: each for each in LORRIES})
    fake_places.WORLD.start(first_sites(), list(LORRIES), now)
    fake_service.start()
    fake_ops.start()
    bundle = Path(__file__).resolve().parents[1] / "dist"
    if bundle.is_dir():
        app.add_api_route("/s/{token}", lambda token: FileResponse(bundle / "share.html"))  # noqa: ARG005
        app.mount("/", StaticFiles(directory=bundle, html=True))
    uvicorn.run(
        app, host="127.0.0.1", port=arguments.port, log_level="warning",
        ws="websockets-sansio", ws_per_message_deflate=False,
        timeout_graceful_shutdown=int(timedelta(seconds=1).total_seconds()),
    )  # fmt: skip


if __name__ == "__main__":
    main()
