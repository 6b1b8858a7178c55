"""How devices prove who they are, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, SecretStr

from store.identity import KeptCertificate, Refusals
from tracker_api.schemas import In, Instant

#: s; the longest that two passwords are good: a week, in which every lorry comes home once.
LONGEST = 604_800


class RotateIn(In):
    """When a new password takes over."""

    after: int = Field(
        default=0,
        ge=0,
        le=LONGEST,
        description="s until which the old password is good. The embedded broker knows one "
        "password of each device: there the new one works from then on; a broker that asks us "
        "takes both until then.",
    )


class CredentialOut(BaseModel):
    """The MQTT password of a device; shown this once, stored only as a hash."""

    code: str
    password: str
    valid_from: Instant | None = Field(default=None, description="From when; null: from now on.")


class CertificateIn(In):
    """A certificate that the device is to show."""

    certificate: str = Field(
        max_length=32_768,
        description="PEM. Its subject has one CN, the device, and a serialNumber of its own if the "
        "device has another certificate.",
    )


class CertificateOut(BaseModel):
    """A certificate of a device."""

    serial: str = Field(description="Hexadecimal.")
    subject: str
    fingerprint: str = Field(description="SHA-256, hexadecimal.")
    not_before: Instant
    not_after: Instant
    added_at: Instant
    revoked_at: Instant | None = Field(description="Or when it ended.")

    @classmethod
    def of(cls, kept: KeptCertificate) -> Self:
        """``kept`` as JSON."""
        return cls(**{name: getattr(kept, name) for name in KeptCertificate.__slots__})


class RefusalsOut(BaseModel):
    """How often the broker refused one kind of thing."""

    kind: str = Field(description="publish, subscribe, login or tls.")
    count: int
    first_at: Instant
    last_at: Instant
    detail: str = Field(description="Of the newest: the topic, the name, or the reason.")

    @classmethod
    def of(cls, found: Refusals) -> Self:
        """``found`` as JSON."""
        return cls(**{name: getattr(found, name) for name in Refusals.__slots__})


class IdentityOut(BaseModel):
    """How a device proves who it is, and what it was refused."""

    has_password: bool
    next_from: Instant | None = Field(description="When another password takes over.")
    revoked_at: Instant | None
    certificates: list[CertificateOut]
    refused: list[RefusalsOut]

    @classmethod
    def of(
        cls,
        identity: tuple[bool, datetime | None, datetime | None],
        certificates: list[KeptCertificate],
        refused: list[Refusals],
    ) -> Self:
        """Everything as JSON."""
        has_password, next_from, revoked_at = identity
        return cls(
            has_password=has_password,
            next_from=next_from,
            revoked_at=revoked_at,
            certificates=[CertificateOut.of(one) for one in certificates],
            refused=[RefusalsOut.of(one) for one in refused],
        )


Told = Annotated[str, Field(max_length=1024)]


class LoginIn(In):
    """Who wants to connect to a broker that asks us."""

    username: Told
    password: SecretStr = Field(max_length=1024)
    clientid: Told = ""


class ActIn(In):
    """What a connected client wants to do."""

    username: Told
    topic: Annotated[str, Field(max_length=65_535)]
    action: Literal["publish", "subscribe"]


class VerdictOut(BaseModel):
    """Whether it may; `ignore`: no device's name, ask somebody else."""

    result: Literal["allow", "deny", "ignore"]
    is_superuser: Literal[False] = False
