"""Places in words, coarse positions, and times as they are said."""

from __future__ import annotations

from dataclasses import replace
from math import log10, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.geo import distance_of
from fleet.rights import GRID
from fleet.trips import Risk
from fleet.waybills import WaybillState
from shipment.reply import places, spoken
from shipment.reply.cases import Case, choose
from shipment.reply.compose import reply
from shipment.reply.facts import NOTHING, Both
from shipment.reply.places import Near, Towns, Where, snapped, words
from tests.shipment.replies import HUB, LATE, NORMAL, STALE, at

TOWN = Near(Both("江苏昆山", "Kunshan, Jiangsu"), Both("昆山", "Kunshan"), 500.0)
SHANGHAI = Both("上海", "Shanghai")


def towns(*known: tuple[str, float, float, int]) -> Towns:
    """Name, lon, lat and population of each."""
    names = tuple(Both(name, name) for name, *_ in known)
    lon, lat = (np.array([one[column] for one in known], float) for column in (1, 2))
    return Towns(places.vectors(lon, lat), np.array([log10(one[3]) for one in known]), names, names)


def test_the_nearest_town_is_named_and_a_known_one_from_a_little_farther() -> None:
    known = towns(("city", 121.0, 31.0, 1_000_000), ("village", 121.1, 31.0, 15_000))
    assert places.nearest(known, 121.1, 31.0).name.en == "village"  # type: ignore[union-attr]
    assert places.nearest(known, 121.055, 31.0).name.en == "city"  # type: ignore[union-attr]
    assert places.nearest(known, 125.0, 31.0) is None
    assert places.nearest(towns(), 121.0, 31.0) is None


def test_the_nearest_town_is_found_across_the_antimeridian() -> None:
    known = towns(("east", 179.9, 0.0, 20_000), ("west", -178.0, 0.0, 20_000))
    found = places.nearest(known, -179.9, 0.0)
    assert found is not None
    assert found.name.en == "east"
    assert found.distance == pytest.approx(distance_of(179.9, 0, -179.9, 0), rel=1e-6)


WHERES = [
    (Where(site=Both("苏州枢纽", "at Suzhou Hub"), town=TOWN), "site", "苏州枢纽", "at Suzhou Hub"),
    (Where(town=TOWN), "town", "江苏昆山附近", "near Kunshan, Jiangsu"),
    (
        Where(town=TOWN, origin=SHANGHAI, ahead=HUB, left=85_200.0),
        "town",
        "江苏昆山附近（上海—苏州枢纽途中，距苏州枢纽约86公里）",
        "near Kunshan, Jiangsu, between Shanghai and Suzhou Hub, about 86 km from Suzhou Hub",
    ),
    (
        Where(town=TOWN, hub=Near(HUB, HUB, 12_300.0, 47.0)),
        "town",
        "江苏昆山附近（苏州枢纽以东北约12公里）",
        "near Kunshan, Jiangsu, about 12 km northeast of Suzhou Hub",
    ),
    (
        Where(town=TOWN, origin=SHANGHAI, ahead=HUB, left=900.0, road=Both("沪蓉高速", "G42")),
        "road",
        "沪蓉高速 上海—苏州枢纽途中，距苏州枢纽约1公里",
        "on the G42, between Shanghai and Suzhou Hub, about 1 km from Suzhou Hub",
    ),
    (Where(ahead=HUB), "road", "前往苏州枢纽途中", "on the way to Suzhou Hub"),
    (Where(hub=Near(HUB, HUB, 200_000.0, 0.0)), "unknown", "", ""),
    (Where(), "unknown", "", ""),
]


@pytest.mark.parametrize(("where", "kind", "zh", "en"), WHERES)
def test_a_place_is_said_the_most_telling_way_that_is_known(
    where: Where, kind: str, zh: str, en: str
) -> None:
    said = words(where)
    assert (said.kind, said.text) == (kind, Both(zh, en))
    assert len(said.short.zh) <= len(said.text.zh)


@pytest.mark.parametrize(
    ("zh", "en", "road"),
    [
        ("上海-合肥 沪蓉高速", "Shanghai-Hefei G42", Both("沪蓉高速", "G42")),
        ("沪宁线（312国道）", "G312", Both("312国道", "G312")),
        ("G2 京沪", "Jinghu Expressway", Both("G2", "Jinghu Expressway")),
        ("上海-合肥", "Shanghai-Hefei", NOTHING),
    ],
)
def test_a_road_is_known_where_a_route_names_it(zh: str, en: str, road: Both) -> None:
    assert places.road_in(zh, en) == road


@given(st.floats(-180, 180), st.floats(-84, 84), st.floats(0, 1), st.floats(0, 1))
def test_a_coarse_position_tells_its_cell_and_no_more(
    lon: float, lat: float, east: float, north: float
) -> None:
    cell = snapped(lon, lat)
    assert distance_of(lon, lat, *cell) <= GRID * 0.75  # half a diagonal, and the cells' rounding
    assert snapped(*cell) == pytest.approx(cell, abs=1e-9)
    # Anywhere else in the cell is told as the same: 49 % of its width from its middle.
    wide = 0.98 * (GRID / 2) / 111_195
    lon_wide = wide / np.cos(np.radians(cell[1]))
    other = cell[0] + (2 * east - 1) * lon_wide, cell[1] + (2 * north - 1) * wide
    assert snapped(*other) == pytest.approx(cell, abs=1e-9)


@pytest.mark.parametrize(
    ("instant", "zh", "en", "dated"),
    [
        (at("09:05"), "09:05", "09:05", "09:05"),
        (at("09:05", 3), "昨天09:05", "09:05 yesterday", "5月3日09:05"),
        (at("09:05", 5), "明天09:05", "09:05 tomorrow", "5月5日09:05"),
        (at("00:00", 5), "明天00:00", "00:00 tomorrow", "5月5日00:00"),
        (at("09:05", 6), "5月6日09:05", "09:05 on 6 May", "5月6日09:05"),
        (
            at("09:05") + 365 * 86_400,
            "2027年5月4日09:05",
            "09:05 on 4 May 2027",
            "2027年5月4日09:05",
        ),
    ],
)
def test_a_time_of_another_day_names_it(instant: float, zh: str, en: str, dated: str) -> None:
    assert spoken.clock(instant, NORMAL, "zh") == zh
    assert spoken.clock(instant, NORMAL, "en") == en
    assert spoken.clock(instant, NORMAL, "zh", dated=True) == dated


@pytest.mark.parametrize(
    ("p50", "p90", "zh"),
    [
        (at("15:00"), at("15:30"), "约15:00"),  # exactly half an hour is no window yet
        (at("15:00"), at("15:30") + 1, "15:00至15:45"),
        (at("15:01"), nan, "约15:15"),
        (at("13:00"), at("13:10"), "约14:15"),  # it has passed: as good as now
        (at("23:50"), at("23:50") + 3600, "明天00:00至01:00"),
        (at("23:40"), at("23:40") + 3600, "23:45至明天00:45"),
        (nan, nan, ""),
    ],
)
def test_an_estimate_is_rounded_up_and_wide_ones_are_a_window(
    p50: float, p90: float, zh: str
) -> None:
    assert spoken.expected(replace(NORMAL, p50=p50, p90=p90), "zh") == zh


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (20, "1分钟", "1 minute"),
        (900, "15分钟", "15 minutes"),
        (3600, "1小时", "1 hour"),
        (5400, "1小时30分钟", "1 hour 30 minutes"),
        (90_000, "1天1小时", "1 day 1 hour"),
        (172_800, "2天", "2 days"),
    ],
)
def test_a_span_is_said_in_its_two_largest_units(seconds: float, zh: str, en: str) -> None:
    assert (spoken.span(seconds, "zh"), spoken.span(seconds, "en")) == (zh, en)


def test_names_and_telephones_are_masked() -> None:
    assert [spoken.masked(name) for name in ("张三丰", " Li ", "")] == ["张*", "L*", ""]
    phones = {"13812345678": "138****5678", "1234567": "*******", "": ""}
    assert {phone: spoken.masked_phone(phone) for phone in phones} == phones


def test_the_case_that_matters_most_is_told_first() -> None:
    late_and_stale = replace(LATE, stale=True)
    assert choose(late_and_stale) is Case.STALE
    assert "延误" in reply(late_and_stale).zh
    waiting = replace(LATE, state=WaybillState.PICKED_UP, aboard=False)
    assert choose(waiting) is Case.LATE
    assert choose(replace(waiting, risk=Risk.UNKNOWN)) is Case.NOT_DEPARTED
    assert choose(replace(STALE, state=WaybillState.DELIVERED)) is Case.SIGNED
    assert choose(replace(NORMAL, state=WaybillState.REFUSED)) is Case.EXCEPTION
    assert choose(replace(NORMAL, state=WaybillState.CANCELLED)) is Case.CANCELLED


def test_in_another_zone_a_reply_says_whose_time_it_tells() -> None:
    abroad = reply(replace(NORMAL, zone="Europe/Berlin", foreign=True))
    assert abroad.zh.endswith("（时间为无锡当地时间）")
    assert "当地时间" in abroad.sms
    assert "08:05" in abroad.zh
