"""Between the JSON of fences, the engine's outlines and the store's records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from math import inf
from typing import Any

from fleet.errors import Invalid
from fleet.fences import FenceTerms, FenceVersion
from fleet.views import Fence
from geofence.draft import FenceDraft
from geofence.shapes import (
    Fault,
    Given,
    all_overlaps,
    box,
    centre,
    default_radius,
    feature,
    read_outline,
    terms,
)
from geofence.terms import check
from store.boxes import Box
from store.fences import Draft, near
from tracker_api.auth import plain_of
from tracker_api.fence_schemas import FenceEditIn, FenceIn
from tracker_api.plain import iso

#: Codes that would hide behind paths of their own.
RESERVED = frozenset({"import", "export"})

#: degrees; a decimetre, finer than anybody places a site.
_DECIMALS = 6
_PLACES = re.compile(r"(?:part|ring|line|vertex) (\d+)")


def draft_of(code: str, asked: FenceIn | FenceEditIn) -> Draft:
    """What the store is asked to keep; raises ``Invalid``, naming the place in the body."""
    refuse_reserved(code, "/code")
    radius = asked.radius_m
    if radius is None and asked.geometry.get("type") == "Point":
        radius = default_radius(asked.role)
    outline = read_outline(asked.geometry, radius, asked.datum)
    if isinstance(outline, Fault):
        raise Invalid(_pointer(outline), str(outline))
    given = _given(asked)
    fault = check(given)
    if fault is not None:
        raise Invalid("/" + fault.where.replace(" ", "/"), fault.why)
    name_zh, name_en = asked.name_zh or asked.name_en, asked.name_en or asked.name_zh
    drawn = FenceDraft(
        code,
        name_zh or code,
        name_en or code,
        asked.site,
        asked.parent,
        terms(outline, asked.role, **given),
    )
    return to_store(drawn)


def to_store(drawn: FenceDraft) -> Draft:
    """The engine's draft with what only the engine can measure."""
    lon, lat = centre(drawn.terms.outline)
    return Draft(
        code=drawn.code,
        name_zh=drawn.name_zh,
        name_en=drawn.name_en,
        site=drawn.site,
        parent=drawn.parent,
        terms=drawn.terms,
        box=box(drawn.terms.outline, drawn.terms.margin),
        centre=(round(lon, _DECIMALS), round(lat, _DECIMALS)),
    )


def refuse_reserved(code: str, where: str) -> None:
    """Raise ``Invalid`` for a code that no path could reach."""
    if code in RESERVED:
        raise Invalid(where, f"{code!r} is a word of the API")


def fence_out(fence: Fence) -> dict[str, Any]:
    """``fence`` as a ``FenceFeature``; plain, since lists of 10,000 are asked for."""
    made = feature(fence.code, fence.terms)
    properties = made["properties"]
    properties["datum"] = properties.pop("entered_in")
    site = fence.site
    properties |= {
        "site": {
            "code": site.code,
            "name_zh": site.name_zh,
            "name_en": site.name_en,
            "zone": site.zone,
        },
        "parent": fence.parent,
        "version": fence.version,
        "valid_from": iso(fence.valid_from),
        "valid_to": None if fence.valid_to is None else iso(fence.valid_to),
        "author": fence.author,
        "reason": fence.reason,
        "recorded_at": iso(fence.recorded_at),
    }
    return made


def fence_in_file(fence: Fence) -> dict[str, Any]:
    """``fence`` as a feature that an import reads as the same fence.

    A site of its own is not named: where the file is imported anew, it is made again.
    """
    names = {"name_zh": fence.site.name_zh, "name_en": fence.site.name_en}
    site = None if fence.site.code == fence.code else fence.site.code
    more = {"site": site, "parent": fence.parent, **names}
    return feature(fence.code, fence.terms, more)


def warnings_out(codes: Iterable[str]) -> list[dict[str, str]]:
    """Codes of fences that overlap, as ``FenceWarning``s."""
    return [{"kind": "overlap", "fence": code} for code in codes]


def overlapping(conn: Any, drafts: Sequence[Draft], since: datetime) -> dict[str, list[str]]:  # noqa: ANN401 - a connection
    """Codes of fences that each of ``drafts`` overlaps from ``since`` on, by its code."""
    mine = {draft.code: -number for number, draft in enumerate(drafts, 1)}
    keys: dict[int, int] = {}
    codes = {key: code for code, key in mine.items()}
    others: list[FenceVersion] = []
    for role in sorted({draft.terms.role for draft in drafts}):
        drawn = [draft.box for draft in drafts if draft.terms.role is role]
        for code, version in near(conn, _around(drawn), role, since):
            if code in mine:
                keys[version.fence] = mine[code]
            else:
                codes[version.fence] = code
                others.append(version)
    known = {code: key for key, code in codes.items()}
    news = [
        _version(mine[draft.code], known.get(draft.parent or "", 0), draft.terms, since)
        for draft in drafts
    ]
    others = [_under(version, keys) for version in others]
    found = all_overlaps(news, others)
    return {code: sorted(codes[key] for key in found[number]) for code, number in mine.items()}


def _given(asked: FenceIn | FenceEditIn) -> Given:
    """The terms that are said, the others left out."""
    given: Given = {
        "hours": tuple(stretch.record() for stretch in asked.hours),
        "confidence": asked.confidence,
        "datum": asked.datum,
    }
    if asked.node_level is not None:
        given["node_level"] = asked.node_level
    if asked.margin_m is not None:
        given["margin"] = asked.margin_m
    if asked.dwell_in_s is not None:
        given["dwell_in"] = asked.dwell_in_s
    if asked.dwell_out_s is not None:
        given["dwell_out"] = asked.dwell_out_s
    if asked.stop_rule is not None:
        given["stop_rule"] = asked.stop_rule
    return given


def _pointer(fault: Fault) -> str:
    """Where in the body a fault of an outline is: the vertex itself, if it is one."""
    if fault.where == "radius":
        return "/radius_m"
    places = _PLACES.findall(fault.where)
    return "/".join(["/geometry", *(["coordinates"] if places else []), *places])


def _around(boxes: Sequence[Box]) -> Box:
    """A box round all of them; the whole circle if any goes over the antimeridian."""
    if len(boxes) == 1:
        return boxes[0]
    west, south, east, north = zip(*boxes, strict=True)
    if any(w > e for w, e in zip(west, east, strict=True)):
        return -180.0, min(south), 180.0, max(north)
    return min(west), min(south), max(east), max(north)


def _version(key: int, parent: int, said: FenceTerms, since: datetime) -> FenceVersion:
    """A draft as the engine knows fences."""
    return FenceVersion(key, 1, 0, parent, "UTC", since.timestamp(), inf, said)


def _under(version: FenceVersion, keys: dict[int, int]) -> FenceVersion:
    """The same version, its parent under the key of the draft that replaces it."""
    if version.parent not in keys:
        return version
    return replace(version, parent=keys[version.parent])


def plain(fence: Fence) -> dict[str, Any]:
    """What the trail says of a fence; its outline is that of the version."""
    return plain_of(fence.terms) | plain_of(fence)
