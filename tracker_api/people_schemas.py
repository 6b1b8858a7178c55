"""What requests and answers about people, keys and the trail look like."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field

from fleet.rights import Datum, Grant, Right, Role
from fleet.scope import Scope
from store.keys import Key
from store.people import Person
from store.sessions import Session
from store.trail import Entry
from tracker_api.schemas import CODE, PRINTABLE, In, Instant, Name, PartyCode

#: As the table has it: what people type, so no capitals to remember.
NAME = r"^[a-z0-9][a-z0-9._@-]{0,63}$"

Login = Annotated[str, Field(pattern=NAME, examples=["li.na"])]
Password = Annotated[str, Field(min_length=1, max_length=256)]
Codes = Annotated[list[PartyCode], Field(max_length=1000)]
SiteCodes = Annotated[list[Annotated[str, Field(pattern=CODE)]], Field(max_length=1000)]
Words = Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
Address = Annotated[str, Field(max_length=200, pattern=PRINTABLE)]
Contact = Annotated[dict[Annotated[str, Field(max_length=64, pattern=PRINTABLE)], Address],
                    Field(max_length=20, examples=[{"email": "li.na@example.com"}])]  # fmt: skip


class SignInIn(In):
    """A name and its password."""

    name: Annotated[str, Field(min_length=1, max_length=64, pattern=PRINTABLE)]
    password: Password


class MeOut(BaseModel):
    """Who is asking, and what they may see and do."""

    name: str
    shown: str = Field(description="As others read it.")
    role: Role
    rights: list[Right]
    sees: dict[Datum, Grant] = Field(description="How much of each kind of fact.")
    parties: list[str] | None = Field(description="Whose vehicles; null: every one.")
    customers: list[str] | None = Field(description="Whose waybills; null: every one.")
    sites: list[str]
    language: Literal["zh", "en"] | None

    @classmethod
    def of(cls, scope: Scope, person: Person | None) -> Self:
        """``scope`` as it is told; ``person`` of somebody who has signed in."""
        return cls(
            name=scope.principal,
            shown=scope.principal if person is None else person.shown,
            role=scope.role,
            rights=sorted(right for right in Right if scope.may(right)),
            sees={datum: scope.sees(datum) for datum in Datum},
            parties=None if scope.parties is None else sorted(scope.parties),
            customers=None if scope.customers is None else sorted(scope.customers),
            sites=sorted(scope.sites),
            language=None if person is None else _language(person.language),
        )


class SessionOut(BaseModel):
    """One place where somebody is signed in."""

    id: str
    created_at: Instant
    seen_at: Instant = Field(description="When it was last used, to the minute.")
    expires_at: Instant = Field(description="When it ends at the latest.")
    address: str
    agent: str = Field(description="What the browser said it was.")
    is_this: bool = Field(description="The one that asks.")

    @classmethod
    def of(cls, session: Session) -> Self:
        """``session`` as it is told."""
        return cls(**asdict(session))


class SessionsOut(BaseModel):
    """Where somebody is signed in, newest first."""

    sessions: list[SessionOut]


class PersonIn(In):
    """Somebody who is to sign in; without a password they cannot yet."""

    name: Login
    shown: Name
    role: Role
    password: Password | None = None
    parties: Codes | None = Field(default=None, description="Whose vehicles; null: every one.")
    customers: Codes | None = Field(default=None, description="Whose waybills; null: every one.")
    sites: SiteCodes = Field(default_factory=list)
    driver: Annotated[str, Field(max_length=100)] = ""
    contact: Contact = Field(default_factory=dict)
    language: Literal["zh", "en"] = "zh"


class PersonEditIn(In):
    """What is to change of a person; what is left out stays."""

    shown: Name | None = None
    role: Role | None = None
    parties: Codes | None = None
    customers: Codes | None = None
    sites: SiteCodes | None = None
    driver: Annotated[str, Field(max_length=100)] | None = None
    contact: Contact | None = None
    language: Literal["zh", "en"] | None = None
    disabled: bool | None = None
    why: Words = ""


class PasswordIn(In):
    """A new password; whoever changes their own says the present one."""

    password: Password
    current: Password | None = None


class PersonOut(BaseModel):
    """Somebody who may sign in."""

    name: str
    shown: str
    role: Role
    parties: list[str] | None
    customers: list[str] | None
    sites: list[str]
    driver: str
    contact: dict[str, str]
    language: Literal["zh", "en"]
    has_password: bool
    disabled_at: Instant | None
    created_by: str
    created_at: Instant
    seen_at: Instant | None = Field(description="When a session of theirs was last used.")

    @classmethod
    def of(cls, person: Person) -> Self:
        """``person`` as it is told."""
        return cls(
            name=person.name,
            shown=person.shown,
            role=Role(person.role),
            parties=person.parties,
            customers=person.customers,
            sites=person.sites,
            driver=person.driver,
            contact=person.contact,
            language=_language(person.language),
            has_password=person.has_password,
            disabled_at=person.disabled_at,
            created_by=person.created_by,
            created_at=person.created_at,
            seen_at=person.seen_at,
        )


class PeopleOut(BaseModel):
    """Everybody."""

    people: list[PersonOut]


class KeyIn(In):
    """A key for a program."""

    name: Name
    role: Role
    rights: list[Right] | None = Field(default=None, description="Fewer; null: all of its role.")
    parties: Codes | None = None
    customers: Codes | None = None
    sites: SiteCodes = Field(default_factory=list)
    expires_at: Instant | None = None


class KeyTurnIn(In):
    """A key gets another secret."""

    keep_s: int = Field(
        default=86_400, ge=0, le=604_800, description="How long the old secret holds at most."
    )


class KeyOut(BaseModel):
    """A key, without what is shown once."""

    id: str
    name: str
    role: Role
    rights: list[Right] | None
    parties: list[str] | None
    customers: list[str] | None
    sites: list[str]
    created_by: str
    created_at: Instant
    expires_at: Instant | None
    revoked_at: Instant | None
    used_at: Instant | None

    @classmethod
    def of(cls, key: Key) -> Self:
        """``key`` as it is told."""
        return cls(
            id=key.id,
            name=key.name,
            role=Role(key.role),
            rights=None if key.rights is None else [Right(right) for right in key.rights],
            parties=key.parties,
            customers=key.customers,
            sites=key.sites,
            created_by=key.created_by,
            created_at=key.created_at,
            expires_at=key.expires_at,
            revoked_at=key.revoked_at,
            used_at=key.used_at,
        )


class NewKeyOut(KeyOut):
    """A key with its secret."""

    key: str = Field(description="Shown this once: Authorization: Bearer <key>.")


class KeysOut(BaseModel):
    """Every key, newest first."""

    keys: list[KeyOut]


class EntryOut(BaseModel):
    """One row of the trail."""

    id: int
    at: Instant
    principal: str
    role: str
    act: str
    kind: str
    subject: str
    why: str
    detail: dict[str, Any]

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """``entry`` as it is told."""
        return cls(
            id=entry.id,
            at=entry.at,
            principal=entry.principal,
            role=entry.role,
            act=entry.act,
            kind=entry.kind,
            subject=entry.subject,
            why=entry.why,
            detail=entry.detail,
        )


class AuditOut(BaseModel):
    """A page of the trail, newest first."""

    entries: list[EntryOut]
    more: bool = Field(description="There are older ones: ask with `before`.")


class RightsOut(BaseModel):
    """The two tables that say it all; what is not in them is denied."""

    sees: dict[Role, dict[Datum, Grant]]
    may: dict[Role, list[Right]]


class RevealIn(In):
    """What is masked and is to be seen in full."""

    kind: Literal["driver", "phone"] = Field(description="Of a trip; of a waybill's consignee.")
    subject: Annotated[str, Field(min_length=1, max_length=64, pattern=PRINTABLE)]
    why: Annotated[str, Field(min_length=1, max_length=500, pattern=PRINTABLE)]


class RevealOut(BaseModel):
    """It, in full."""

    values: list[str]


def _language(text: str) -> Literal["zh", "en"]:
    return "en" if text == "en" else "zh"
