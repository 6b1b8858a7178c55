"""Towns of the world by their names in Chinese and English."""

from __future__ import annotations

import pytest

from shipment.reply import places
from tracker_api import towns


@pytest.mark.parametrize(
    ("lon", "lat", "zh", "en"),
    [
        (121.47, 31.23, "上海", "Shanghai"),
        (120.95, 31.38, "江苏昆山", "Kunshan, Jiangsu"),
        (117.28, 31.86, "安徽合肥", "Hefei, Anhui"),
        (9.99, 53.55, "汉堡", "Hamburg"),
        (126.97, 37.56, "首尔", "Seoul"),
    ],
)
def test_a_town_is_named_in_both_languages(lon: float, lat: float, zh: str, en: str) -> None:
    found = places.nearest(towns.load(), lon, lat)
    assert found is not None
    assert (found.name.zh, found.name.en) == (zh, en)


def test_the_chinese_name_is_the_simplified_one_of_the_town() -> None:
    assert towns.chinese(["崑山", "崑山市", "昆山", "昆山市", "玉山"]) == "昆山"
    assert towns.chinese(["上海", "上海市", "中国上海", "沪"]) == "上海"
    assert towns.chinese(["Hanoi", "河內", "河內市"]) == "河內"
    assert towns.chinese(["Kaohsiung"]) == ""


def test_in_china_a_town_has_a_chinese_name() -> None:
    known = towns.load()
    # Shaozhuang in Shandong has none in the data: its neighbour is named.
    found = places.nearest(known, 118.328, 36.776)
    assert found is not None
    assert all(ord(char) > 0x2E80 for char in found.name.zh)
