from __future__ import annotations

import base64
from datetime import timedelta

import gpxpy
import httpx
import pytest

from tests.fix_api import NOON, FleetHand

FIRST = "沪A00000"


def test_vehicles_are_told_with_their_newest_position(api: httpx.Client, hand: FleetHand) -> None:
    hand.move({FIRST: (121.5, 31.2)}, speed=20)
    first, second, _ = api.get("/api/v1/vehicles").json()
    assert first["position"] == {
        "time": "2026-05-04T12:00:01Z",
        "received_at": "2026-05-04T12:00:01Z",
        "lon": 121.5,
        "lat": 31.2,
        "altitude_m": None,
        "speed_kmh": 72.0,
        "course_deg": 90.0,
        "hdop": pytest.approx(0.9),
        "satellites": 9,
        "grade": "A",
        "flags": [],
    }
    assert (first["plate"], first["party"], first["device"]) == (FIRST, "acme", "dev00000")
    assert second["position"] is None
    assert api.get(f"/api/v1/vehicles/{FIRST}").json() == first


def test_positions_are_geojson_without_vehicles_that_have_none(
    api: httpx.Client, hand: FleetHand
) -> None:
    hand.move({FIRST: (121.5, 31.2)})
    got = api.get("/api/v1/positions").json()
    assert got["type"] == "FeatureCollection"
    (feature,) = got["features"]
    assert (feature["id"], feature["geometry"]["coordinates"]) == (FIRST, [121.5, 31.2])


def test_a_registered_vehicle_is_listed_and_registered_once(api: httpx.Client) -> None:
    asked = {"plate": "京B·1", "party": "acme"}
    answer = api.post("/api/v1/vehicles", json=asked)
    assert answer.status_code == 201
    assert answer.json()["plate"] == "京B·1"
    assert api.post("/api/v1/vehicles", json=asked).status_code == 409
    assert api.post("/api/v1/vehicles", json={"plate": "C", "party": "nobody"}).status_code == 404
    assert len(api.get("/api/v1/vehicles").json()) == 4


def test_sites_and_parties_are_registered_and_listed(api: httpx.Client) -> None:
    site = {
        "code": "CDU-1",
        "name_zh": "成都",
        "name_en": "Chengdu",
        "zone": "Asia/Shanghai",
        "lon": 104.07,
        "lat": 30.57,
    }
    assert api.post("/api/v1/sites", json=site).status_code == 201
    assert site in api.get("/api/v1/sites").json()
    assert api.post("/api/v1/sites", json=site).status_code == 409
    nowhere = site | {"code": "X", "zone": "Mars/Olympus"}
    answer = api.post("/api/v1/sites", json=nowhere)
    assert (answer.status_code, answer.json()["where"]) == (422, "zone")
    party = {"code": "p1", "name_zh": "甲", "name_en": "One"}
    assert api.post("/api/v1/parties", json=party).status_code == 201
    assert party in api.get("/api/v1/parties").json()


@pytest.fixture
def driven(hand: FleetHand, api: httpx.Client) -> httpx.Client:
    """The first vehicle has driven east, paused for an hour, and gone on."""
    minutes = [0, 1, 2, 62, 63]
    hand.drive("dev00000", [(NOON + timedelta(minutes=m), 121 + m / 100, 31.0) for m in minutes])
    return api


WINDOW = {"from": "2026-05-04T11:00:00Z", "to": "2026-05-04T14:00:00Z"}


def test_a_track_is_geojson_in_parts(driven: httpx.Client) -> None:
    answer = driven.get(f"/api/v1/vehicles/{FIRST}/track", params=WINDOW)
    assert answer.headers["content-type"] == "application/geo+json"
    got = answer.json()
    assert got["geometry"]["type"] == "MultiLineString"
    assert [len(line) for line in got["geometry"]["coordinates"]] == [3, 2]
    assert got["properties"]["times"][1][0] == "2026-05-04T13:02:00Z"
    assert got["properties"]["complete"] is True


def test_a_track_is_simplified_on_request(driven: httpx.Client) -> None:
    asked = WINDOW | {"simplify_m": "10"}
    got = driven.get(f"/api/v1/vehicles/{FIRST}/track", params=asked).json()
    assert [len(line) for line in got["geometry"]["coordinates"]] == [2, 2]


def test_a_track_is_gpx_or_csv_on_request(driven: httpx.Client) -> None:
    got = driven.get(f"/api/v1/vehicles/{FIRST}/track", params=WINDOW | {"format": "gpx"})
    assert got.headers["content-type"] == "application/gpx+xml"
    assert gpxpy.parse(got.text).get_points_no() == 5
    got = driven.get(f"/api/v1/vehicles/{FIRST}/track", params=WINDOW | {"format": "csv"})
    assert got.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in got.headers["content-disposition"]
    assert len(got.text.splitlines()) == 6


def test_a_track_of_a_quiet_day_has_no_geometry(api: httpx.Client) -> None:
    assert api.get(f"/api/v1/vehicles/{FIRST}/track").json()["geometry"] is None
    assert api.get("/api/v1/vehicles/nobody/track").status_code == 404


@pytest.mark.parametrize(
    "window",
    [
        {"from": "2026-05-04T14:00:00Z", "to": "2026-05-04T11:00:00Z"},
        {"from": "2026-01-01T00:00:00Z", "to": "2026-05-04T11:00:00Z"},
        {"from": "0001-01-01T00:00:00+14:00"},
        {"to": "9999-12-31T23:59:59-14:00"},
        {"from": "yesterday"},
    ],
)
def test_a_window_that_cannot_be_is_refused(api: httpx.Client, window: dict[str, str]) -> None:
    assert api.get(f"/api/v1/vehicles/{FIRST}/track", params=window).status_code == 422


def test_a_device_is_registered_bound_and_taken_out(api: httpx.Client) -> None:
    answer = api.post("/api/v1/devices", json={"code": "new-1"})
    assert answer.status_code == 201
    assert len(answer.json()["password"]) >= 22
    bound = api.post("/api/v1/devices/new-1/binding", json={"plate": FIRST}).json()
    assert bound["vehicle"] == FIRST
    assert bound["has_credential"] is True
    assert api.get(f"/api/v1/vehicles/{FIRST}").json()["device"] == "new-1"
    assert api.delete("/api/v1/devices/new-1/binding").status_code == 204
    assert api.get("/api/v1/devices/new-1").json()["vehicle"] is None
    assert api.delete("/api/v1/devices/new-1/binding").status_code == 409
    assert api.post("/api/v1/devices/new-1/binding", json={"plate": "no"}).status_code == 404
    assert len(api.get("/api/v1/devices").json()) == 4


def test_a_renewed_credential_is_another_one(api: httpx.Client) -> None:
    first = api.post("/api/v1/devices/dev00000/credential").json()["password"]
    second = api.post("/api/v1/devices/dev00000/credential").json()["password"]
    assert first != second
    assert api.post("/api/v1/devices/nobody/credential").status_code == 404


def test_an_unknown_device_is_listed_and_adopted(api: httpx.Client, hand: FleetHand) -> None:
    hand.letter("stranger", b"$GPRMC")
    (unknown,) = api.get("/api/v1/devices/unknown").json()
    assert (unknown["code"], unknown["letters"]) == ("stranger", 1)
    adopted = api.post("/api/v1/devices/stranger/adopt", json={"plate": "新1", "party": "acme"})
    assert adopted.json()["reinjected"] == 1
    assert api.get("/api/v1/devices/stranger").json()["vehicle"] == "新1"
    again = api.post("/api/v1/devices/stranger/adopt", json={})
    assert again.status_code in {404, 409}


def test_commands_are_checked_by_their_kind_and_listed(api: httpx.Client) -> None:
    path = "/api/v1/devices/dev00000/commands"
    asked = {"kind": "interval", "body": {"seconds": 30}}
    answer = api.post(path, json=asked)
    assert answer.status_code == 201
    assert answer.json()["body"] == {"seconds": 30}
    assert answer.json()["requested_by"] == "operator"
    assert api.post(path, json={"kind": "locate"}).status_code == 201
    assert [c["kind"] for c in api.get(path).json()] == ["locate", "interval"]
    for wrong in (
        {"kind": "interval", "body": {"seconds": 0}},
        {"kind": "message", "body": {"text": "\x00"}},
        {"kind": "explode", "body": {}},
    ):
        assert api.post(path, json=wrong).status_code == 422


def test_dead_letters_are_listed_counted_shown_and_taken_in_again(
    api: httpx.Client, hand: FleetHand
) -> None:
    numbers = [hand.letter("dev00000", b"$GP\x00\xff%d\r\n" % n, "checksum") for n in range(3)]
    assert api.get("/api/v1/dead-letters/summary").json() == {"checksum": 3}
    listed = api.get("/api/v1/dead-letters", params={"limit": 2, "reason": "checksum"}).json()
    assert [letter["id"] for letter in listed] == [numbers[2], numbers[1]]
    older = api.get("/api/v1/dead-letters", params={"before": numbers[1]}).json()
    assert [letter["id"] for letter in older] == [numbers[0]]
    whole = api.get(f"/api/v1/dead-letters/{numbers[0]}").json()
    assert base64.b64decode(whole["raw_base64"]) == b"$GP\x00\xff0\r\n"
    assert whole["text"] == "$GP\\x00\\xff0\r\n"
    assert api.post(f"/api/v1/dead-letters/{numbers[0]}/reinject").json() == {"requested": 1}
    assert api.get("/api/v1/dead-letters/999999").status_code == 404
    assert api.get("/api/v1/dead-letters", params={"device": "\x00"}).status_code == 422


def test_the_console_is_told_what_it_must_know(api: httpx.Client) -> None:
    got = api.get("/api/v1/console").json()
    bundled = {"kind": "bundled", "url": None, "datum": "wgs84", "borders": True}
    assert got["basemap"] == bundled
    assert (got["zone"], got["languages"]) == ("UTC", ["zh", "en"])
