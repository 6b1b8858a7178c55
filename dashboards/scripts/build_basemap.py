"""Cut the offline base map into tiles: ``python build_basemap.py input.json basemap.pmtiles``.

The input comes from ``basemap.mjs``.  The tiles use the layer and attribute names of the
Protomaps basemap schema v4 (earth, boundaries, places), so that the console draws this file
and a real Protomaps extract with the same style.

The whole world goes to zoom 6 and no deeper: one unit of a zoom 6 tile (5.6 degrees / 4096)
is 150 m, finer than the lines of Natural Earth 1:10m are true, so deeper tiles would hold no
more detail, and a map that stops at the border of one country goes blank beyond it.
"""  # noqa: INP001 - a program of the console's build, not a package

from __future__ import annotations

import gzip
import json
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import numpy as np
import shapely
from numpy.typing import NDArray
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

MAX_ZOOM = 6
EXTENT = 4096
BUFFER = 64 / EXTENT  #: of a tile's side; hides seams of outlines and clipped labels
#: Natural Earth scale by the zoom from which it is used.
SCALES = {0: "110m", 2: "50m", 5: "10m"}
#: Population from which a place shows, by zoom; chosen so that a screen holds some 20 to 60 names.
WORLD_ZOOMS = ((3, 5_000_000), (4, 2_000_000), (5, 800_000), (6, 300_000), (7, 100_000))
#: Smaller places than these are left out: they would only make the file large.
SMALLEST = {"CN": 5_000}
SMALLEST_ELSEWHERE = 15_000
#: Protomaps' ``population_rank``: the index of the first bound the population does not reach.
RANKS = (200, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 5e6, 1e7, 2e7, 5e7, 1e8, 1e9)

Box = tuple[float, float, float, float]  #: west, north, east, south in Web Mercator
Shape = BaseGeometry
Polygonal = BaseGeometry
Linear = BaseGeometry
#: Land and borders, by the first zoom that draws them.
Levels = dict[int, tuple[Polygonal, Linear]]
POLYGONS = frozenset({"Polygon", "MultiPolygon"})
LINES = frozenset({"LineString", "MultiLineString"})


@dataclass(frozen=True, slots=True)
class Label:
    """A name at a place; ``x`` and ``y`` are Web Mercator, 0 to 1, y down."""

    x: float
    y: float
    properties: dict[str, Any]

    @property
    def min_zoom(self) -> int:
        """The zoom from which the label shows."""
        return int(self.properties["min_zoom"])


def mercator(lon: float, lat: float) -> tuple[float, float]:
    """Web Mercator of a position, 0 to 1, y down; latitudes beyond 85.05 are clamped."""
    lat = max(-85.0511, min(85.0511, lat))
    y = 0.5 - math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) / (2 * math.pi)
    return lon / 360 + 0.5, y


def project(geometry: Shape) -> Shape:
    """The geometry in Web Mercator; ``mercator`` for whole columns at once."""

    def columns(points: NDArray[np.float64]) -> NDArray[np.float64]:
        lat = np.radians(np.clip(points[:, 1], -85.0511, 85.0511))
        y = 0.5 - np.log(np.tan(np.pi / 4 + lat / 2)) / (2 * np.pi)
        return np.column_stack([points[:, 0] / 360 + 0.5, y])

    return shapely.transform(geometry, columns)


def rank(population: float) -> int:
    """Protomaps' rank of a population."""
    return next((i for i, bound in enumerate(RANKS) if population < bound), len(RANKS))


def load_names(path: Path) -> tuple[dict[tuple[str, str], tuple[str, int]], list[Label]]:
    """Chinese names by (GeoNames name, admin code) with their zoom, and the provinces."""
    cities: dict[tuple[str, str], tuple[str, int]] = {}
    regions: list[Label] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        match line.split("\t"):
            case ["region", zh, en, lon, lat]:
                names = {"name": zh, "name:en": en, "name:zh": zh, "ref": "", "ref:en": ""}
                kind = {"kind": "region", "min_zoom": 5, "sort_key": 5}
                regions.append(Label(*mercator(float(lon), float(lat)), names | kind))
            case [name, admin, zh, zoom]:
                cities[name, admin] = (zh, int(zoom))
            case _:
                pass  # a comment
    return cities, regions


def place_labels(
    rows: list[list[Any]], cities: dict[tuple[str, str], tuple[str, int]]
) -> Iterator[Label]:
    """Labels of towns; Chinese towns without a Chinese name wait until zoom 8."""
    found: set[tuple[str, str]] = set()
    for name, country, admin, population, lon, lat in sorted(rows, key=lambda row: -row[3]):
        key = (name, admin)
        chinese = cities.get(key) if country in {"CN", "HK", "MO", "TW"} else None
        if chinese and key not in found:
            found.add(key)
            zh, zoom = chinese
            names = {"name": zh, "name:en": name, "name:zh": zh, "script": "Han"}
        else:
            names = {"name": name, "name:en": name}
            zoom = next((z for z, least in WORLD_ZOOMS if population >= least), 8)
            if country == "CN":
                zoom = 8 if population >= 100_000 else 9  # noqa: PLR2004 - a county town
            if population < SMALLEST.get(country, SMALLEST_ELSEWHERE):
                continue
        yield Label(
            *mercator(lon, lat),
            names
            | {"kind": "locality", "min_zoom": zoom, "sort_key": zoom * 100 - rank(population)}
            | {"population_rank": rank(population), "kind_detail": "city"},
        )
    if missing := sorted(cities.keys() - found):
        print("no GeoNames place for", missing, file=sys.stderr)  # noqa: T201 - a program


def country_labels(countries: list[dict[str, Any]]) -> Iterator[Label]:
    """One label per country, in its largest part."""
    for country in countries:
        geometry = shape(country["geometry"])
        parts = getattr(geometry, "geoms", [geometry])
        largest = max(parts, key=lambda part: part.area)
        if country["code"] in {"TW", "HK", "MO"}:
            continue  # named among the regions, in both languages
        point = largest.point_on_surface()
        zoom = 2 if largest.area > 150 else 3 if largest.area > 20 else 5  # noqa: PLR2004 - square degrees
        names = {"name": country["name"], "name:en": country["name"]}
        if country["zh"]:
            names["name:zh"] = country["zh"]
        yield Label(
            *mercator(point.x, point.y),
            names | {"kind": "country", "min_zoom": zoom, "sort_key": zoom, "population_rank": 12},
        )


def tile_box(z: int, x: int, y: int) -> Box:
    """The bounds of a tile with its buffer."""
    side = 1 / 2**z
    margin = side * BUFFER
    return (x * side - margin, y * side - margin, (x + 1) * side + margin, (y + 1) * side + margin)


def clip(geometry: Shape, box: Box, kinds: frozenset[str]) -> Shape:
    """What lies in the box, without the points and lines that only touch its edge."""
    clipped = shapely.clip_by_rect(geometry, *box)
    if clipped.is_empty or clipped.geom_type in kinds:
        return clipped
    parts = [each for each in getattr(clipped, "geoms", []) if each.geom_type in kinds]
    return shapely.unary_union(parts)


def features(geometry: Shape, properties: dict[str, Any]) -> list[dict[str, Any]]:
    """The geometry as features of one layer; nothing when it is empty."""
    return [] if geometry.is_empty else [{"geometry": geometry, "properties": properties}]


class Cutter:
    """Cuts tiles by descending the tile tree, so that each clips what its parent left."""

    def __init__(self) -> None:
        self.tiles: dict[int, bytes] = {}

    def descend(self, z: int, x: int, y: int, levels: Levels, labels: list[Label]) -> None:
        """Cut tile (z, x, y) and all below it out of its parent's content."""
        box = tile_box(z, x, y)
        levels = {
            first: (clip(land, box, POLYGONS), clip(borders, box, LINES))
            for first, (land, borders) in levels.items()
            if first >= z or first == max(each for each in levels if each <= z)
        }
        labels = [
            each for each in labels if box[0] <= each.x < box[2] and box[1] <= each.y < box[3]
        ]
        if all(land.is_empty for land, _ in levels.values()) and not labels:
            return  # sea, all the way down
        land, borders = levels[max(first for first in levels if first <= z)]
        self.tiles[zxy_to_tileid(z, x, y)] = encode(box, land, borders, self.shown(z, labels))
        if z < MAX_ZOOM:
            for i in range(4):
                self.descend(z + 1, 2 * x + i % 2, 2 * y + i // 2, levels, labels)

    def shown(self, z: int, labels: list[Label]) -> list[Label]:
        """The labels a tile carries; the deepest serves every zoom below it."""
        return [each for each in labels if z == MAX_ZOOM or each.min_zoom <= z + 1]


def encode(box: Box, land: Polygonal, borders: Linear, labels: list[Label]) -> bytes:
    """One gzipped vector tile."""
    points = [
        {"geometry": shapely.Point(each.x, each.y), "properties": each.properties}
        for each in labels
    ]
    boundary = {"kind": "country", "kind_detail": 2, "min_zoom": 0}
    layers = [
        {"name": "earth", "features": features(land, {"kind": "earth"})},
        {"name": "boundaries", "features": features(borders, boundary)},
        {"name": "places", "features": points},
    ]
    margin = (box[2] - box[0]) * BUFFER / (1 + 2 * BUFFER)
    inner = (box[0] + margin, box[1] + margin, box[2] - margin, box[3] - margin)
    options = {"quantize_bounds": inner, "extents": EXTENT, "y_coord_down": True}
    flat = [layer for layer in layers if layer["features"]]
    # The encoder flips y unless told otherwise; ours already grows downwards.
    return gzip.compress(mapbox_vector_tile.encode(flat, default_options=options), 6, mtime=0)


def load_levels(source: dict[str, Any]) -> Levels:
    """Land and borders in Web Mercator, by the first zoom that uses them."""
    levels: Levels = {}
    for zoom, scale in SCALES.items():
        parts = [shapely.make_valid(shape(each)) for each in source[scale]["land"]]
        land = shapely.make_valid(project(shapely.unary_union(parts)))
        levels[zoom] = (land, project(shape(source[scale]["borders"])))
    return levels


def write(path: Path, tiles: dict[int, bytes]) -> None:
    """The archive, tiles in Hilbert order so that it is clustered."""
    with path.open("wb") as file:
        writer: Any = Writer(file)  # type: ignore[no-untyped-call] # the library has no types
        for tile in sorted(tiles):
            writer.write_tile(tile, tiles[tile])
        header = {
            "tile_type": TileType.MVT,
            "tile_compression": Compression.GZIP,
            "min_zoom": 0,
            "max_zoom": MAX_ZOOM,
            "min_lon_e7": -1_800_000_000,
            "min_lat_e7": -850_511_290,
            "max_lon_e7": 1_800_000_000,
            "max_lat_e7": 850_511_290,
            "center_zoom": 4,
            "center_lon_e7": 1_080_000_000,
            "center_lat_e7": 340_000_000,
        }
        attribution = "Natural Earth · GeoNames (CC BY 4.0)"
        writer.finalize(header, {"name": "Milepost offline base map", "attribution": attribution})


def main() -> None:
    """Read the input, cut, write."""
    source = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    target = Path(sys.argv[2])
    cities, labels = load_names(Path(__file__).with_name("china_places.tsv"))
    labels += country_labels(source["countries"])
    labels += place_labels(source["places"], cities)
    levels = load_levels(source["levels"])
    cutter = Cutter()
    cutter.descend(0, 0, 0, levels, labels)
    target.parent.mkdir(exist_ok=True)
    write(target, cutter.tiles)
    size = target.stat().st_size / 1e6
    print(f"base map: {len(cutter.tiles)} tiles, {size:.1f} MB")  # noqa: T201 - a program


if __name__ == "__main__":
    main()
