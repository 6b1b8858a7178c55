"""What endpoints depend on: whose request it is, and whether that may do what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
) -> None:
    """Put a change on the trail, with what was asked: words and numbers, no outlines and plans.

    Those, and what was before, are kept as versions where they belong.
    """
    given = {} if asked is None else asked.model_dump(mode="json", exclude_unset=True)
    plain = {name: value for name, value in given.items() if not isinstance(value, dict | list)}
    why = why or str(plain.pop("reason", ""))
    trail.record(conn, scope, act, kind, subject, why, {"after": plain} if plain else None)


Reader = Annotated[Scope, Depends(may(None))]
