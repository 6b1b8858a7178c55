"""Fences from KML 2.2 (OGC 07-147r2): placemarks with a point, line, polygon or several.

Read with expat; a document type or an entity declaration is refused, so that no file can make
the reader fetch or grow.  Tags are known by their local name: files from Google Earth, OGC and
Chinese map tools differ in namespace and in nothing else that matters here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from xml.parsers.expat import ExpatError, ParserCreate

from geofence.draft import CODE, Raw
from geofence.rings import Unusable

#: Elements in each other; a real file has ten or so.
DEEPEST = 64
#: Elements of a file; 10,000 fences with ten properties each have 350,000.
MOST = 500_000

_DECLARED = re.compile(rb"^\s*<\?xml[^>]*encoding=[\"']([A-Za-z0-9_.-]+)[\"']")
#: Encodings of mainland China that expat does not know; GB18030 contains the older two.
_CHINESE = (b"gb2312", b"gbk", b"gb18030")
_SINGLE = ("Point", "LineString", "LinearRing", "Polygon")
_GEOMETRIES = (*_SINGLE, "MultiGeometry")


@dataclass(slots=True)
class Element:
    """One XML element; text of its children is theirs."""

    tag: str
    line: int
    attributes: dict[str, str]
    texts: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its own text, without space round it."""
        return "".join(self.texts).strip()

    def first(self, tag: str) -> Element | None:
        """The first child of this tag."""
        return next((child for child in self.children if child.tag == tag), None)

    def within(self, tag: str) -> Iterator[Element]:
        """Elements of this tag at any depth, in the order of the file."""
        for child in self.children:
            if child.tag == tag:
                yield child
            else:
                yield from child.within(tag)


def placemarks(data: bytes) -> Iterator[Raw | tuple[int, Unusable]]:
    """Every placemark of a file as a fence, or the line and what is wrong with it.

    Raises:
        Unusable: the file is no KML.
    """
    root = _parse(_utf8(data))
    if root.first("kml") is None:
        raise Unusable("file", "no KML: its outermost element is not <kml>")
    for mark in root.within("Placemark"):
        try:
            yield Raw(mark.line, _properties(mark), _geometry_of(mark))
        except Unusable as unusable:
            yield mark.line, unusable


def _utf8(data: bytes) -> bytes:
    """The file in an encoding that expat knows."""
    if data.startswith(b"PK"):
        raise Unusable("file", "a zipped file (KMZ): unpack it and send the .kml inside")
    declared = _DECLARED.match(data[:200])
    if declared is None or declared[1].lower() not in _CHINESE:
        return data
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError as error:
        raise Unusable("file", f"not {declared[1].decode()}, as it says: {error.reason}") from None
    return text.replace(declared[1].decode(), "utf-8", 1).encode()


def _parse(data: bytes) -> Element:
    root = Element("", 0, {})
    stack = [root]
    parser = ParserCreate()
    numbers = count(1)

    def start(tag: str, attributes: dict[str, str]) -> None:
        _check_room(next(numbers), len(stack))
        made = Element(tag.rpartition(":")[2], parser.CurrentLineNumber, attributes)
        stack[-1].children.append(made)
        stack.append(made)

    def end(_tag: str) -> None:
        stack.pop()

    def text(given: str) -> None:
        stack[-1].texts.append(given)

    def refuse(*_: object) -> None:
        raise Unusable("file", "document types and entities are not read")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.buffer_text = True
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat knows no keywords
    except ExpatError as error:
        raise Unusable("file", f"no XML: {error}") from None
    except (LookupError, ValueError) as error:  # an encoding that Python has not, or cannot lend
        raise Unusable("file", f"its encoding cannot be read: {error}") from None
    return root


def _check_room(number: int, depth: int) -> None:
    """Refuse a file with more elements, or deeper ones, than there is memory for."""
    if number > MOST:
        raise Unusable("file", f"more than {MOST} elements: divide the file")
    if depth > DEEPEST:
        raise Unusable("file", f"elements lie more than {DEEPEST} deep in each other")


def _properties(mark: Element) -> dict[str, object]:
    """Its extended data by name, its name, and as code its id or name where that can be one."""
    found: dict[str, object] = {}
    name = mark.first("name")
    if name is not None:
        found["name"] = name.text
    for data in mark.within("Data"):
        value = data.first("value")
        found[data.attributes.get("name", "")] = value.text if value is not None else ""
    for simple in mark.within("SimpleData"):
        found[simple.attributes.get("name", "")] = simple.text
    if not found.get("code"):
        candidates = (mark.attributes.get("id", ""), found.get("name", ""))
        found["code"] = next((one for one in candidates if CODE.fullmatch(str(one))), "")
    return found


def _geometry_of(mark: Element) -> dict[str, object]:
    shapes = [child for child in mark.children if child.tag in _GEOMETRIES]
    if not shapes:
        raise Unusable("geometry", f"none of {', '.join(_GEOMETRIES)}")
    singles = [single for shape in shapes for single in _singles(shape)]
    kinds = {single.tag for single in singles}
    if len(kinds) != 1:
        what = " and ".join(sorted(kinds)) or "nothing"
        raise Unusable("geometry", f"several shapes must be of one kind, not {what}")
    parts = [_coordinates(single) for single in singles]
    kind = singles[0].tag if singles[0].tag != "LinearRing" else "Polygon"
    if len(parts) == 1:
        return {"type": kind, "coordinates": parts[0]}
    if kind == "Point":
        raise Unusable("geometry", "several points are several fences")
    return {"type": f"Multi{kind}", "coordinates": parts}


def _singles(shape: Element) -> Iterator[Element]:
    """The simple shapes of a geometry, however deep."""
    if shape.tag in _SINGLE:
        yield shape
        return
    for child in shape.children:
        if child.tag in _GEOMETRIES:
            yield from _singles(child)


def _coordinates(shape: Element) -> object:
    """GeoJSON coordinates of a simple shape."""
    if shape.tag == "Polygon":
        rings = [
            _listed(ring)
            for border in ("outerBoundaryIs", "innerBoundaryIs")
            for boundary in shape.within(border)
            for ring in boundary.within("LinearRing")
        ]
        if shape.first("outerBoundaryIs") is None:
            raise Unusable("geometry", "a polygon without an outer boundary")
        return rings
    listed = _listed(shape)
    if shape.tag == "Point":
        if len(listed) != 1:
            raise Unusable("geometry", f"a point with {len(listed)} positions")
        return listed[0]
    return [listed] if shape.tag == "LinearRing" else listed


def _listed(shape: Element) -> list[list[float]]:
    """The tuples ``longitude,latitude[,height]`` of an element, set apart by space."""
    given = shape.first("coordinates")
    tuples = given.text.split() if given is not None else []
    positions = []
    for number, one in enumerate(tuples):
        try:
            positions.append([float(part) for part in one.split(",")])
        except ValueError:
            raise Unusable(
                f"coordinates, vertex {number}", f"{one[:60]!r} is not longitude,latitude"
            ) from None
    return positions
