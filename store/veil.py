"""What of a trip a scope does not see: who drives, and where on its way it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fleet.rights import Datum, Grant
from fleet.scope import Scope
from fleet.trip_views import Assigned, TripBrief


def driver(scope: Scope, name: str | None) -> str | None:
    """``name`` as ``scope`` sees it: in full, its first character, or not at all."""
    if not name:
        return name
    match scope.sees(Datum.DRIVER):
        case Grant.ALL:
            return name
        case Grant.MASKED:
            return name[0] + "**"
        case Grant.OWN:
            return name if name == scope.driver else None
        case _:
            return None


def brief(scope: Scope, known: TripBrief, *, is_near: bool) -> TripBrief:
    """``known`` as ``scope`` sees it; ``is_near``: its vehicle is within reach."""
    told = replace(known, driver=driver(scope, known.driver))
    # How much of a line is done says where on it the vehicle is.
    return told if is_near else replace(told, share=None, left=None)


def assigned(scope: Scope, every: Sequence[Assigned]) -> tuple[Assigned, ...]:
    """Who served a trip, as ``scope`` sees it."""
    return tuple(replace(each, driver=driver(scope, each.driver)) for each in every)
