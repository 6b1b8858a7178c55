"""A place in words: at a site, on the way from one to another, near a town.

Pure: towns come as arrays, made by whoever reads them from somewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import atan2, ceil, cos, degrees, floor, isfinite, nan, radians, sin

import numpy as np
from numpy.typing import NDArray

from fleet.geo import EARTH
from fleet.rights import GRID
from shipment.reply.facts import NOTHING, Both

Floats = NDArray[np.float64]

REACH = 60_000.0  #: m; beyond it "near a town" says nothing
HUB_REACH = 150_000.0  #: m; beyond it so does "12 km north of a hub"
#: m by which a town ten times as large may be farther away and still be named: people know it
KNOWN = 4_000.0

_ROAD_ZH = re.compile(r"(?:[一-鿿]{1,6}?|\d{3})(?:高速|国道|省道)|[GS]\d{1,4}(?:国道|省道|高速)?")
_ROAD_EN = re.compile(r"\b[A-Z]\w+ Expressway\b|\b[AEGMS]\d{1,4}\b")
_WINDS_ZH = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")
_WINDS_EN = ("north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest")
_DEGREE = 111_195.0  # m of a degree of latitude on the mean sphere


@dataclass(frozen=True, slots=True)
class Towns:
    """Towns; unit vectors and sizes of shape (n, 3) and (n,), names in the same order."""

    where: Floats
    log_size: Floats  #: log10 of the population, at least 0
    names: tuple[Both, ...]  #: as they are said, with their province where it helps
    short: tuple[Both, ...]  #: without


@dataclass(frozen=True, slots=True)
class Near:
    """A named place and how far it is."""

    name: Both
    short: Both
    distance: float  #: m
    bearing: float = nan  #: degrees from that place, clockwise from north


@dataclass(frozen=True, slots=True)
class Where:
    """What is known of a place; what is not known is empty."""

    site: Both = NOTHING  #: at it
    town: Near | None = None
    origin: Both = NOTHING  #: of the stretch it is on
    ahead: Both = NOTHING  #: the stop at its end
    left: float = nan  #: m to that stop
    road: Both = NOTHING
    hub: Near | None = None  #: the nearest site


@dataclass(frozen=True, slots=True)
class Words:
    """A place in words."""

    kind: str  #: site, road, town or unknown
    text: Both  #: for a sentence: "near Kunshan, Jiangsu"
    short: Both  #: for an SMS


def vectors(lon: Floats, lat: Floats) -> Floats:
    """Unit vectors of positions, shape (n, 3)."""
    phi, theta = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi)], -1)


def nearest(towns: Towns, lon: float, lat: float) -> Near | None:
    """The town that people would name; None: there is none within ``REACH``."""
    if not len(towns.names):
        return None
    here = vectors(np.array([lon]), np.array([lat]))[0]
    cosine = np.clip(towns.where @ here, -1, 1)
    close = np.flatnonzero(cosine >= np.cos(REACH / EARTH))
    if not len(close):
        return None
    away = EARTH * np.arccos(cosine[close])
    best = int(np.argmin(away - KNOWN * towns.log_size[close]))
    row = int(close[best])
    return Near(towns.names[row], towns.short[row], float(away[best]))


def words(where: Where) -> Words:
    """What to call it, the most telling way that is known."""
    if where.site:
        return Words("site", where.site, where.site)
    stretch, town, hub = _stretch(where), _town(where.town), _hub(where.hub)
    if where.road and stretch:
        text = Both(f"{where.road.zh} {stretch.zh}", f"on the {where.road.en}, {stretch.en}")
        return Words("road", text, town or stretch)
    if town and where.town is not None:
        more = stretch or hub
        name = where.town.name
        full = Both(f"{name.zh}附近", f"near {name.en}")
        text = Both(f"{full.zh}（{more.zh}）", f"{full.en}, {more.en}") if more else full
        return Words("town", text, town)
    if stretch:
        return Words("road", stretch, stretch)
    return Words("town", hub, hub) if hub else Words("unknown", Both(), Both())


def road_in(name_zh: str, name_en: str) -> Both:
    """The road that a route is named after; empty: it names none."""
    zh, en = _ROAD_ZH.search(name_zh), _ROAD_EN.search(name_en)
    return Both(zh[0], en[0] if en else zh[0]) if zh else Both()


def snapped(lon: float, lat: float, grid: float = GRID) -> tuple[float, float]:
    """The middle of the cell of the grid that a position is in: all that is told of it.

    Cells are ``grid`` metres high and, at their own latitude, at least as wide, a whole number
    of them round the earth; they are the same for everybody and at every time, so that many looks
    tell no more than one.
    """
    step = grid / _DEGREE
    south = np.floor(lat / step) * step
    middle = float(np.clip(south + step / 2, -90, 90))
    wide = 360 / max(1, floor(360 * cos(radians(middle)) / step))
    west = np.floor((lon + 180) % 360 / wide) * wide - 180
    return float(west + wide / 2), middle


def bearing(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """The direction from the first place to the second, degrees clockwise from north."""
    turn, phi1, phi2 = radians(lon2 - lon1), radians(lat1), radians(lat2)
    east = sin(turn) * cos(phi2)
    north = cos(phi1) * sin(phi2) - sin(phi1) * cos(phi2) * cos(turn)
    return degrees(atan2(east, north)) % 360


def _stretch(where: Where) -> Both:
    """Between two stops, and how far the next one is."""
    if not where.ahead:
        return Both()
    far = isfinite(where.left)
    km = max(1, ceil(where.left / 1000)) if far else 0
    zh = f"{where.origin.zh}—{where.ahead.zh}途中" if where.origin else f"前往{where.ahead.zh}途中"
    en = (
        f"between {where.origin.en} and {where.ahead.en}"
        if where.origin
        else f"on the way to {where.ahead.en}"
    )
    if not far:
        return Both(zh, en)
    zh += f"，距{where.ahead.zh}约{km}公里"
    return Both(zh, f"{en}, about {km} km from {where.ahead.en}")


def _town(town: Near | None) -> Both:
    return Both() if town is None else Both(f"{town.short.zh}附近", f"near {town.short.en}")


def _hub(hub: Near | None) -> Both:
    if hub is None or not hub.distance <= HUB_REACH:
        return Both()
    km = max(1, round(hub.distance / 1000))
    wind = round(hub.bearing / 45) % 8 if isfinite(hub.bearing) else None
    if wind is None:
        return Both(f"距{hub.name.zh}约{km}公里", f"about {km} km from {hub.name.en}")
    return Both(
        f"{hub.name.zh}以{_WINDS_ZH[wind]}约{km}公里",
        f"about {km} km {_WINDS_EN[wind]} of {hub.name.en}",
    )
