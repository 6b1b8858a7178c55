from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from fleet.fences import Datum
from geofence.datum import from_wgs84
from tests.fix_api import FleetHand, Start
from tracker_api import problems
from tracker_api.fence_schemas import (
    ExportOut,
    FenceCollection,
    FenceFeature,
    FenceSaved,
    FenceVersions,
    ImportOut,
)
from tracker_api.plain import iso

pytestmark = pytest.mark.db

URL = "/api/v1/fences"
SQUARE = [[121.46, 31.22], [121.48, 31.22], [121.48, 31.24], [121.46, 31.24], [121.46, 31.22]]
#: Inside the square.
INSIDE = (121.47, 31.23)


def asked(code: str = "YARD", **more: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
    """A square hub in Shanghai."""
    return {
        "code": code,
        "geometry": {"type": "Polygon", "coordinates": [SQUARE]},
        "role": "hub",
        "author": "li.na",
        "reason": "surveyed in May",
    } | more


def circle(
    code: str,
    lon: float = INSIDE[0],
    lat: float = INSIDE[1],
    **more: Any,  # noqa: ANN401 (JSON)
) -> dict[str, Any]:
    """A circular hub there."""
    return asked(code, geometry={"type": "Point", "coordinates": [lon, lat]}) | more


def saved(answer: httpx.Response, status: int = 201) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


def refused(answer: httpx.Response, status: int, where: str | None = None) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == problems.MEDIA_TYPE
    told = answer.json()
    assert told.get("where") == where, told
    return str(told["detail"])


def codes(answer: httpx.Response) -> list[str]:
    return [feature["id"] for feature in saved(answer, 200)["features"]]


def test_a_fence_gets_a_site_of_its_own_and_the_defaults_of_its_role(api: httpx.Client) -> None:
    made = asked(name_zh="浦东场站", valid_from="2026-05-01T00:00:00Z")
    told = saved(api.post(URL, json=made))
    fence = told["fence"]
    assert told["warnings"] == []
    assert fence["geometry"] == made["geometry"]
    assert fence["properties"].pop("recorded_at").endswith("Z")
    assert fence["properties"] == {
        "code": "YARD",
        "site": {"code": "YARD", "name_zh": "浦东场站", "name_en": "浦东场站", "zone": "UTC"},
        "parent": None,
        "version": 1,
        "shape": "polygon",
        "radius_m": None,
        "role": "hub",
        "node_level": True,
        "margin_m": 150,
        "dwell_in_s": 120,
        "dwell_out_s": 120,
        "stop_rule": "stay",
        "hours": [],
        "confidence": "drawn",
        "datum": "wgs84",
        "valid_from": "2026-05-01T00:00:00Z",
        "valid_to": None,
        "author": "li.na",
        "reason": "surveyed in May",
    }
    got = api.get(f"{URL}/YARD").json()
    got["properties"].pop("recorded_at")
    assert got == fence
    (site,) = [site for site in api.get("/api/v1/sites").json() if site["code"] == "YARD"]
    assert (site["lon"], site["lat"]) == pytest.approx(INSIDE, abs=1e-6)


def test_a_fence_of_a_site_that_is_there_with_all_terms_said(api: httpx.Client) -> None:
    terms: dict[str, Any] = {
        "node_level": False,
        "margin_m": 12.5,
        "dwell_in_s": 0,
        "dwell_out_s": 30,
        "stop_rule": "stand",
        "hours": [{"days": [0, 1, 2, 3, 4], "opens": 1320, "closes": 1800}],
        "confidence": "geocoded",
        "radius_m": 80,
    }
    saved(api.post(URL, json=asked("YARD")))
    said = circle("DOCK", site="SHA-1", parent="YARD", **terms)
    fence = saved(api.post(URL, json=said))["fence"]
    assert {name: fence["properties"][name] for name in terms} == terms
    assert fence["properties"]["site"]["code"] == "SHA-1"
    assert fence["properties"]["parent"] == "YARD"


def test_what_is_drawn_on_a_chinese_map_is_stored_where_it_is(api: httpx.Client) -> None:
    lon, lat = map(float, from_wgs84(*INSIDE, Datum.GCJ02))
    told = saved(api.post(URL, json=circle("A", lon, lat, datum="gcj02")))["fence"]
    assert told["geometry"]["coordinates"] == pytest.approx(INSIDE, abs=1e-7)
    assert told["properties"]["datum"] == "gcj02"
    assert told["properties"]["radius_m"] == 300


@pytest.mark.parametrize(
    ("change", "where", "why"),
    [
        ({"geometry": {"type": "Polygon", "coordinates": [SQUARE, [[0, 0], [1, 99]]]}},
         "/geometry/coordinates/1/1", "ring 1 (hole), vertex 1: latitude 99"),
        ({"geometry": {"type": "Polygon", "coordinates": [[*SQUARE[:2], *SQUARE[3:1:-1],
                                                          SQUARE[0]]]}},
         "/geometry/coordinates/0/1", "crosses"),
        ({"geometry": {"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE]]}},
         "/geometry/coordinates/1", "overlaps part 0"),
        ({"geometry": {"type": "LineString", "coordinates": SQUARE[:2]}}, "/radius_m", "needs one"),
        ({"geometry": {"type": "Circle"}}, "/geometry", "none of"),
        ({"radius_m": 50}, "/radius_m", "has none"),
        ({"geometry": "here"}, "/geometry", "dictionary"),
        ({"role": "harbour"}, "/role", "'hub'"),
        ({"margin_m": -1}, "/margin_m", "greater"),
        ({"dwell_in_s": 1e9}, "/dwell_in_s", "less"),
        ({"hours": [{"days": [7], "opens": 0, "closes": 1}]}, "/hours/0/days/0", "less"),
        ({"hours": [{"days": [6], "opens": 9, "closes": 9}]}, "/hours/0", "closes after it opens"),
        ({"hours": [{"days": [6, 6], "opens": 0, "closes": 9}]}, "/hours/0", "each day once"),
        ({"code": "浦东"}, "/code", "pattern"),
        ({"code": "import"}, "/code", "word of the API"),
        ({"author": ""}, "/author", "at least 1"),
        ({"valid_from": "1970-01-01T00:00:00Z"}, "/valid_from", "between"),
        ({"raduis_m": 50}, "/raduis_m", "permitted"),
    ],
)  # fmt: skip
def test_what_cannot_be_says_where_and_why(
    api: httpx.Client, change: dict[str, Any], where: str, why: str
) -> None:
    assert why in refused(api.post(URL, json=asked() | change), 422, where)


def test_what_is_not_there_and_what_is_there_already(api: httpx.Client) -> None:
    refused(api.post(URL, json=asked(site="NOWHERE")), 404)
    refused(api.post(URL, json=asked(parent="NOWHERE")), 404)
    saved(api.post(URL, json=asked()))
    refused(api.post(URL, json=asked()), 409)
    for answer in (
        api.get(f"{URL}/X"),
        api.get(f"{URL}/X/versions"),
        api.put(f"{URL}/X", json=asked("X", version=1)),
        api.delete(f"{URL}/X", params={"version": 1, "author": "a", "reason": "b"}),
        api.post(f"{URL}/X/confirm", json={"author": "a"}),
    ):
        refused(answer, 404)


def test_fences_are_found_by_place_role_and_name(api: httpx.Client) -> None:
    saved(api.post(URL, json=circle("EAST", 179.9999, -17, name_zh="斐济东")))
    saved(api.post(URL, json=circle("SHA", site="SHA-1")))
    saved(api.post(URL, json=circle("REST", 121.6, role="rest_area")))
    assert codes(api.get(URL)) == ["EAST", "REST", "SHA"]
    assert codes(api.get(URL, params={"role": "hub"})) == ["EAST", "SHA"]
    assert codes(api.get(URL, params={"q": "上海"})) == ["SHA"]
    assert codes(api.get(URL, params={"q": "斐济"})) == ["EAST"]
    assert codes(api.get(URL, params={"bbox": "121.45,31.2,121.5,31.3"})) == ["SHA"]
    assert codes(api.get(URL, params={"bbox": "170,-20,-170,-10"})) == ["EAST"]
    # Its west is before the antimeridian, its east behind it.
    assert codes(api.get(URL, params={"bbox": "-180,-20,-179.999,-10"})) == ["EAST"]
    cut = api.get(URL, params={"limit": 2}).json()
    assert (len(cut["features"]), cut["complete"]) == (2, False)
    for bbox in ("1,2,3", "a,b,c,d", "0,0,200,1", "0,5,1,4", "nan,0,1,1"):
        refused(api.get(URL, params={"bbox": bbox}), 422, "bbox")


def test_fences_of_one_role_that_overlap_are_warned_about_and_saved(api: httpx.Client) -> None:
    saved(api.post(URL, json=asked("YARD")))
    told = saved(api.post(URL, json=circle("INNER")))
    assert told["warnings"] == [{"kind": "overlap", "fence": "YARD"}]
    told = saved(api.post(URL, json=circle("DOCK", parent="YARD", radius_m=50)))
    assert told["warnings"] == [{"kind": "overlap", "fence": "INNER"}]
    assert saved(api.post(URL, json=circle("BAN", role="forbidden")))["warnings"] == []
    told = saved(api.put(f"{URL}/INNER", json=circle("INNER", 122.0, version=1)), 200)
    assert told["warnings"] == []


def test_an_edit_is_a_new_version_and_the_old_one_stays(api: httpx.Client) -> None:
    first = saved(api.post(URL, json=asked(valid_from="2026-05-01T00:00:00Z")))["fence"]
    edit = circle("YARD", version=1, radius_m=200, reason="it has moved", author="wang")
    second = saved(api.put(f"{URL}/YARD", json=edit), 200)["fence"]
    assert second["properties"]["version"] == 2
    assert second["properties"]["shape"] == "circle"
    assert second["properties"]["author"] == "wang"
    refused(api.put(f"{URL}/YARD", json=edit), 409)
    newest, oldest = api.get(f"{URL}/YARD/versions").json()["versions"]
    assert newest == second
    assert oldest["geometry"] == first["geometry"]
    assert oldest["properties"]["valid_to"] == newest["properties"]["valid_from"]
    assert api.get(f"{URL}/YARD").json() == second
    other = circle("OTHER", version=2)
    refused(api.put(f"{URL}/YARD", json=other), 422, "/code")
    refused(api.put(f"{URL}/YARD", json=circle("YARD", version=2, site="SHA-1")), 422, "site")


def test_an_edit_of_the_past_replaces_what_held_since_and_has_the_past_folded_again(
    api: httpx.Client, hand: FleetHand
) -> None:
    # Not long ago: only half a year of fixes is ever folded again.
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    first, second, third = (noon - timedelta(days=days) for days in (3, 2, 1))
    hand.drive("dev00000", [(third, *INSIDE), (third + timedelta(minutes=1), *INSIDE)])
    hand.drive("dev00001", [(third, 100.0, 30.0)])
    saved(api.post(URL, json=asked(valid_from=first.isoformat())))
    hand.conn.execute("DELETE FROM refold")
    edit = asked(version=1, valid_from=third.isoformat(), margin_m=10)
    saved(api.put(f"{URL}/YARD", json=edit), 200)
    rows = hand.conn.execute(
        "SELECT v.plate, r.from_time FROM refold r JOIN vehicle v ON v.id = r.vehicle_id"
    ).fetchall()
    assert rows == [("沪A00000", third)]
    again = asked(version=2, valid_from=second.isoformat(), margin_m=20)
    saved(api.put(f"{URL}/YARD", json=again), 200)
    versions = [one["properties"] for one in api.get(f"{URL}/YARD/versions").json()["versions"]]
    spans = [(one["version"], one["valid_from"], one["valid_to"]) for one in versions]
    # What version 2 said about the time since then was never in force.
    assert spans == [
        (3, iso(second), None),
        (2, iso(third), iso(third)),
        (1, iso(first), iso(second)),
    ]


def test_an_ended_fence_is_listed_no_more_but_known(api: httpx.Client) -> None:
    saved(api.post(URL, json=asked(valid_from="2026-05-01T00:00:00Z")))
    why: dict[str, Any] = {
        "version": 1,
        "author": "wang",
        "reason": "given up",
        "at": "2026-05-02T00:00:00Z",
    }
    refused(api.delete(f"{URL}/YARD", params={**why, "version": 7}), 409)
    refused(api.delete(f"{URL}/YARD", params={**why, "at": "1970-01-01T00:00:00Z"}), 422, "at")
    ended = saved(api.delete(f"{URL}/YARD", params=why), 200)["properties"]
    assert (ended["valid_to"], ended["author"]) == ("2026-05-02T00:00:00Z", "wang")
    assert codes(api.get(URL)) == []
    versions = api.get(f"{URL}/YARD/versions").json()["versions"]
    assert versions[-1]["properties"]["valid_to"] == "2026-05-02T00:00:00Z"
    again = {**why, "version": ended["version"]}
    refused(api.delete(f"{URL}/YARD", params=again), 409)


def test_a_provisional_fence_is_confirmed_by_a_person(api: httpx.Client) -> None:
    saved(api.post(URL, json=asked(confidence="geocoded")))
    said = {"author": "wang", "confidence": "surveyed"}
    told = saved(api.post(f"{URL}/YARD/confirm", json=said), 200)["properties"]
    assert (told["confidence"], told["version"]) == ("surveyed", 1)
    doubt = {"author": "wang", "confidence": "geocoded"}
    refused(api.post(f"{URL}/YARD/confirm", json=doubt), 422, "/confidence")


def send(api: httpx.Client, data: bytes, form: str, **more: str | bool) -> httpx.Response:
    query: dict[str, str | bool] = {"format": form, "author": "wang", **more}
    headers = {"Content-Type": "application/geo+json"}
    return api.post(f"{URL}/import", params=query, content=data, headers=headers)


SHEET = """code,name_zh,role,lon,lat,radius_m,site,parent
A,甲,hub,121.47,31.23,200,,
B,乙,hub,121.4701,31.23,200,SHA-1,A
C,丙,harbour,121,31,,,
D,丁,hub,121,31,,NOWHERE,
E,戊,hub,121,31,,,D
export,己,hub,121,31,,,
F,庚,hub,121.47,31.23,100,,
""".encode("gb18030")


def test_an_import_saves_what_can_be_saved_and_reports_every_line(api: httpx.Client) -> None:
    told = saved(send(api, SHEET, "csv", dry_run=True), 200)
    assert told["saved"] is False
    assert codes(api.get(URL)) == []
    assert "A" not in [site["code"] for site in api.get("/api/v1/sites").json()]
    real = saved(send(api, SHEET, "csv"), 200)
    assert real == told | {"saved": True}
    assert (real["added"], real["changed"], real["unchanged"]) == (3, 0, 0)
    assert [(row["line"], row["code"], row["outcome"]) for row in real["rows"]] == [
        (2, "A", "added"),
        (3, "B", "added"),
        (8, "F", "added"),
    ]
    overlap = [[one["fence"] for one in row["warnings"]] for row in real["rows"]]
    assert overlap == [["F"], ["F"], ["A", "B"]]
    assert [(fault["line"], fault["code"], fault["field"]) for fault in real["faults"]] == [
        (4, "C", "role"),
        (5, "D", "site"),
        (6, "E", "parent"),
        (7, "export", "code"),
    ]
    assert (real["encoding"], real["ignored"]) == ("gb18030", [])
    assert codes(api.get(URL)) == ["A", "B", "F"]
    assert api.get(f"{URL}/A").json()["properties"]["site"]["name_zh"] == "甲"


def test_the_same_file_again_changes_nothing_and_a_changed_one_only_what_changed(
    api: httpx.Client,
) -> None:
    saved(send(api, SHEET, "csv"), 200)
    again = saved(send(api, SHEET, "csv"), 200)
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 3)
    assert api.get(f"{URL}/A").json()["properties"]["version"] == 1
    moved = saved(send(api, SHEET.replace(b"121.4701", b"121.4702"), "csv", reason="moved"), 200)
    assert [row["outcome"] for row in moved["rows"]] == ["unchanged", "changed", "unchanged"]
    second = api.get(f"{URL}/B").json()["properties"]
    assert (second["version"], second["reason"], second["author"]) == (2, "moved", "wang")


def test_an_export_is_imported_as_what_it_was(api: httpx.Client) -> None:
    saved(api.post(URL, json=asked("YARD", name_zh="场站", datum="gcj02", confidence="surveyed")))
    hours = [{"days": [6], "opens": 60, "closes": 120}]
    saved(api.post(URL, json=circle("DOCK", parent="YARD", site="SHA-1", hours=hours)))
    road = {"type": "LineString", "coordinates": [[179.99, 10], [-179.99, 10]]}
    saved(api.post(URL, json=asked("ROAD", geometry=road, radius_m=40, margin_m=0)))
    answer = api.get(f"{URL}/export")
    assert answer.headers["content-type"] == "application/geo+json"
    assert "fences.geojson" in answer.headers["content-disposition"]
    file = answer.json()
    assert (len(file["features"]), file["datum"]) == (3, "wgs84")
    told = saved(send(api, answer.content, "geojson"), 200)
    assert told["ignored"] == []
    assert told["faults"] == []
    outcome = {row["code"]: row["outcome"] for row in told["rows"]}
    assert outcome["YARD"] == outcome["DOCK"] == "unchanged"
    refused(send(api, answer.content, "geojson", datum="bd09"), 422, "body")


def test_answers_are_what_the_document_says(api: httpx.Client) -> None:
    saved(api.post(URL, json=asked(hours=[{"days": [6], "opens": 60, "closes": 120}])))
    told = saved(api.post(URL, json=circle("DOCK")))
    one, many = api.get(f"{URL}/DOCK").json(), api.get(URL).json()
    versions, file = api.get(f"{URL}/DOCK/versions").json(), api.get(f"{URL}/export").json()
    report = saved(send(api, SHEET, "csv", dry_run=True), 200)
    for model, answer in (
        (FenceSaved, told),
        (FenceFeature, one),
        (FenceCollection, many),
        (FenceVersions, versions),
        (ExportOut, file),
        (ImportOut, report),
    ):
        # What the model does not know would be lost in going through it.
        assert model.model_validate(answer).model_dump(mode="json") == answer


def test_a_file_that_is_none_is_refused_whole(api: httpx.Client) -> None:
    assert "no JSON" in refused(send(api, b"{", "geojson"), 422, "body")
    assert "no KML" in refused(send(api, b"<a/>", "kml"), 422, "body")
    refused(send(api, b"", "xlsx"), 422, "format")
    refused(api.post(f"{URL}/import", params={"format": "csv"}, content=SHEET), 422, "author")


def test_files_and_outlines_may_be_larger_than_other_requests(
    start_api: Start, hand: FleetHand
) -> None:
    hand.seed(1)
    fine = [[121 + number * 1e-5, 31.0] for number in range(5000)]
    outline = {"type": "Polygon", "coordinates": [[*fine, [121.0, 31.1], fine[0]]]}
    drawn = json.dumps(asked(geometry=outline)).encode()
    feature = {"type": "Feature", "geometry": outline, "properties": {"code": "A"}}
    limits = {"max_body": 1_000, "max_outline": len(drawn), "max_import": 2 * len(drawn)}
    with start_api(**limits) as running, running.client() as api:
        headers = {"Content-Type": "application/json"}
        saved(api.post(URL, content=drawn, headers=headers))
        refused(api.post(URL, content=drawn + b" ", headers=headers), 413)
        many = {"type": "FeatureCollection", "features": [feature, feature]}
        told = saved(send(api, json.dumps(many).encode()[: 2 * len(drawn)], "geojson"), 200)
        assert (told["added"], len(told["faults"])) == (1, 1)
        refused(send(api, b" " * (2 * len(drawn) + 1), "geojson"), 413)
        refused(api.post("/api/v1/sites", content=b" " * 1_001, headers=headers), 413)
