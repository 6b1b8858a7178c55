"""What endpoints depend on: whose request it is, and whether that may do what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from fleet.errors import Forbidden
from fleet.rights import Right, Role
from fleet.scope import Scope
from store import trail
from tracker_api.gate import Admitted, Shown
from tracker_api.runtime import runtime_of

#: For the document of the API; what it finds is read by ``Shown``.
_bearer = HTTPBearer(
    auto_error=False,
    description="The operator's token, or a key (`mp_...`); people sign in at `/api/v1/session`.",
)


def admitted(request: Request, _sent: Annotated[object, Depends(_bearer)]) -> Admitted:
    """Whom the request is from; raises as ``Gate.admit``."""
    return runtime_of(request).gate.admit(Shown.by(request))


Visitor = Annotated[Admitted, Depends(admitted)]


@dataclass(frozen=True, slots=True)
class May:
    """A dependency: the scope of a request that may do ``right``; None: of anybody known."""

    right: Right | None
    everywhere: bool = False  #: not for a scope that is limited to some parties

    def __call__(self, visitor: Visitor) -> Scope:
        """The scope.

        Raises:
            Forbidden: it may not.
        """
        scope = visitor.scope
        if self.right is not None and not scope.may(self.right):
            raise Forbidden(f"{scope.principal} has no right to {self.right.value}")
        if self.everywhere and scope.parties is not None:
            raise Forbidden(f"{scope.principal} may do so for some companies only, not for all")
        return scope


def may(right: Right | None, *, everywhere: bool = False) -> May:
    """What an endpoint depends on, to be for those alone who have ``right``.

    ``everywhere``: what it edits belongs to no party, so a limited scope may not.
    """
    return May(right, everywhere)


def author_of(scope: Scope, given: str | None) -> str:
    """Who did it: the principal; only an owner may speak for somebody else."""
    return given if given and scope.role is Role.OWNER else scope.principal


def tell_read(
    conn: Any,  # noqa: ANN401 (only the store names the type)
    visitor: Admitted,
    kind: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Put on the trail that ``visitor`` reads exact positions, unless nobody exists yet."""
    if not visitor.is_open:
        trail.record(conn, visitor.scope, "read", kind, subject, detail=detail)


def tell_change(  # noqa: PLR0913, PLR0917 (who did what to which, why, and as asked)
    conn: Any,  # noqa: ANN401 (only the store names the type)
    scope: Scope,
    act: str,
    kind: str,
    subject: str,
    asked: BaseModel | None = None,
    why: str = "",
    before: object = None,
) -> None:
    """Put a change on the trail: what was before, and what was asked; outlines and plans not.

    Those are kept as versions where they belong; ``before`` is the record as a reader saw it, a
    dataclass or a mapping, and names its version.
    """
    given = {} if asked is None else asked.model_dump(mode="json", exclude_unset=True)
    after = {name: value for name, value in given.items() if not isinstance(value, dict | list)}
    why = why or str(after.pop("reason", ""))
    detail = {"before": plain_of(before), "after": after}
    told = {name: values for name, values in detail.items() if values}
    trail.record(conn, scope, act, kind, subject, why, told)


def plain_of(record: object) -> dict[str, Any]:
    """The words and numbers of a record, as JSON has them; of what is itself a record its code."""
    if record is None:
        return {}
    if isinstance(record, Mapping):
        items = dict(record)
    elif is_dataclass(record):
        items = {each.name: getattr(record, each.name) for each in fields(record)}
    else:
        raise TypeError(f"{type(record).__name__} is no record")
    plain = ((name, _word(value)) for name, value in items.items())
    return {name: value for name, value in plain if value is not None}


def _word(value: object) -> str | float | None:
    """``value`` as one word or number; None: it is none, or more than one."""
    if isinstance(value, Enum):
        return str(value.value) if isinstance(value, str) else value.name.lower()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str | int | float):
        return value
    code = getattr(value, "code", None)
    return code if isinstance(code, str) else None


Reader = Annotated[Scope, Depends(may(None))]
