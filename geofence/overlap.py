"""Fences of one role that share ground: told when they are saved, never refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import shapely
from shapely.geometry.base import BaseGeometry

from fleet.fences import FenceVersion, Outline
from geofence.frame import Frame
from geofence.outline import box, ground, local

#: Share of the smaller fence that must be common.  Neighbours drawn by hand along one street
#: always overlap by a sliver, which no fix can tell.
SHARE = 0.01


def overlaps(new: FenceVersion, others: Sequence[FenceVersion]) -> list[int]:
    """Keys of fences of the same role with which ``new`` shares ground at some time, ascending.

    Not those that lie in it or it in them by being parent and child, at any depth that ``others``
    show.  Two overlapping hubs would both claim one standstill.
    """
    return all_overlaps([new], others)[new.fence]


def all_overlaps(
    news: Sequence[FenceVersion], others: Sequence[FenceVersion]
) -> dict[int, list[int]]:
    """``overlaps`` of each of ``news``, with ``others`` and with each other."""
    versions = [*news, *others]
    parents = {version.fence: version.parent for version in [*others, *news]}
    owners, tree = _tree(versions)
    found: dict[int, set[int]] = {new.fence: set() for new in news}
    for new in news:
        mine: tuple[Frame, BaseGeometry] | None = None
        hits = {owners[hit] for part in _boxes(new.terms.outline) for hit in tree.query(part)}
        for other in (versions[number] for number in sorted(hits)):
            if other.fence in found[new.fence] or not _concerns(new, other, parents):
                continue
            mine = mine or _whole(new.terms.outline)
            if _share_ground(*mine, other.terms.outline):
                found[new.fence].add(other.fence)
    return {fence: sorted(keys) for fence, keys in found.items()}


def _tree(versions: Sequence[FenceVersion]) -> tuple[list[int], shapely.STRtree]:
    """The boxes of all of them, and whose each is."""
    owners: list[int] = []
    boxes: list[BaseGeometry] = []
    for number, version in enumerate(versions):
        for part in _boxes(version.terms.outline):
            owners.append(number)
            boxes.append(part)
    return owners, shapely.STRtree(boxes)


def _boxes(outline: Outline) -> Iterator[BaseGeometry]:
    """The box round an outline in degrees; two where it goes over the antimeridian."""
    west, south, east, north = box(outline)
    if west <= east:
        yield shapely.box(west, south, east, north)
    else:
        yield shapely.box(west, south, 180.0, north)
        yield shapely.box(-180.0, south, east, north)


def _whole(outline: Outline) -> tuple[Frame, BaseGeometry]:
    """Its frame, and all that lies inside."""
    frame, _ = local(outline)
    return frame, ground(outline)


def _share_ground(frame: Frame, mine: BaseGeometry, outline: Outline) -> bool:
    """Whether more than a sliver of the smaller one is common."""
    theirs = ground(outline, frame)
    shared = float(shapely.area(shapely.intersection(mine, theirs)))
    return shared > SHARE * min(float(shapely.area(mine)), float(shapely.area(theirs)))


def _concerns(new: FenceVersion, other: FenceVersion, parents: Mapping[int, int]) -> bool:
    """Whether the two may claim the same stop: one role, one time, and not one in the other."""
    return (
        other.fence != new.fence
        and other.terms.role is new.terms.role
        and max(new.valid_from, other.valid_from) < min(new.valid_to, other.valid_to)
        and not _lies_in(new.fence, other.fence, parents)
        and not _lies_in(other.fence, new.fence, parents)
    )


def _lies_in(inner: int, outer: int, parents: Mapping[int, int]) -> bool:
    """Whether ``outer`` is a parent of ``inner``, or a parent's parent; ends on a loop."""
    seen = {inner}
    parent = parents.get(inner, 0)
    while parent and parent not in seen:
        if parent == outer:
            return True
        seen.add(parent)
        parent = parents.get(parent, 0)
    return False
