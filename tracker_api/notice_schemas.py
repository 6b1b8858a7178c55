"""What requests and answers about notices, their rules and their channels look like."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from pydantic import BaseModel, Field

from fleet.errors import Invalid
from fleet.notice_rules import Channel, ChannelKind, Rule, RuleHours, To, known_topics, takes
from fleet.notice_views import NoticeBrief, NoticeFull, NoticeState, NoticeTry
from shipment.targets import LOCAL_SCHEMES, refuse_form
from tracker_api.fence_schemas import HoursBody
from tracker_api.schemas import CODE, In, Instant, Name, PartyCode

SLUG = r"^[a-z0-9][a-z0-9_-]{0,63}$"
#: A channel's address: an URL whose scheme says what it is.
ADDRESS = r"^[A-Za-z][A-Za-z0-9+.-]*://[^\x00-\x20\x7f]+$"

Slug = Annotated[str, Field(pattern=SLUG, examples=["erp"])]
ChannelAddress = Annotated[
    str,
    Field(
        max_length=2000,
        pattern=ADDRESS,
        description="Of a webhook its URL; else an Apprise URL, in which `{to}` stands for the "
        "recipient's address. It is never told again, as it may hold passwords.",
        examples=["https://erp.example.com/hooks/milepost"],
    ),
]
SiteCode = Annotated[str, Field(pattern=CODE, examples=["SHA-1"])]
Topic = Annotated[str, Field(max_length=64, pattern=r"^[a-z_.*]+$", examples=["waybill.delivered"])]

#: Characters of an address that the log of deliveries shows.
_SHOWN = 4


class ChannelIn(In):
    """A way to reach people or a system."""

    code: Slug
    kind: ChannelKind
    name: Name
    address: ChannelAddress
    enabled: bool = True

    def record(self) -> Channel:
        """As the store takes it.  Raises ``Invalid``: nothing can be sent to that address."""
        address = checked(self.kind, self.address)
        return Channel(0, self.code, self.kind, self.name, address, self.enabled)


class ChannelEditIn(In):
    """What may change of a channel."""

    name: Name
    enabled: bool
    address: ChannelAddress | None = Field(default=None, description="null: as it is.")
    new_secret: bool = Field(default=False, description="Of a webhook: sign with another one.")


class ChannelOut(BaseModel):
    """A channel, without what is secret."""

    code: str
    kind: ChannelKind
    name: str
    address: str = Field(description="As much of it as is no secret.")
    direct: bool = Field(description="Whether each recipient has an address of their own on it.")
    enabled: bool
    failing_since: Instant | None = Field(description="It does not take what it is sent.")
    disabled_why: str | None

    @classmethod
    def of(cls, channel: Channel) -> Self:
        """A channel as readers get it."""
        return cls(
            code=channel.code,
            kind=channel.kind,
            name=channel.name,
            address=channel.shown,
            direct=channel.is_direct,
            enabled=channel.enabled,
            failing_since=channel.failing_since,
            disabled_why=channel.disabled_why,
        )


class ChannelMadeOut(ChannelOut):
    """A channel that was just made or changed."""

    secret: str | None = Field(
        default=None, description="A webhook's new secret, `whsec_...`: shown this once."
    )


class ChannelsOut(BaseModel):
    """Every channel."""

    channels: list[ChannelOut]


class RuleHoursBody(HoursBody):
    """A weekly stretch in which a rule holds."""

    zone: str | None = Field(default=None, description="IANA; default: the installation's.")


class RuleBody(In):
    """Who is told what, by which channel."""

    name: Name
    enabled: bool = True
    topics: list[Topic] = Field(min_length=1, max_length=50, description="`*` at the end: all so.")
    least: int = Field(default=4, ge=1, le=4, description="Of alerts and exceptions.")
    customers: list[PartyCode] = Field(default=[], max_length=1000)
    origins: list[SiteCode] = Field(default=[], max_length=1000)
    destinations: list[SiteCode] = Field(default=[], max_length=1000)
    channel: Slug
    to: To
    recipient: str = Field(
        default="",
        max_length=200,
        pattern=r"^[^\x00-\x1f\x7f]*$",
        description="Role, name of a person, or address, as `to` says.",
    )
    language: Literal["zh", "en", "both"] = "zh"
    hours: list[RuleHoursBody] = Field(default=[], max_length=50, description="None: always.")
    quiet: bool = Field(default=True, description="It waits through the quiet hours.")
    digest_minutes: int = Field(default=0, ge=0, le=1440, description="0: at once.")

    def record(self, code: str, zone: str) -> Rule:
        """As the store takes it; ``zone`` is the installation's.

        Raises:
            Invalid: a topic, a zone or hours that there are not.
        """
        known = known_topics()
        for number, pattern in enumerate(self.topics):
            if not any(takes(pattern, topic) for topic in known):
                raise Invalid(f"/topics/{number}", "no transition has such a topic")
        hours = [_hours(number, one, zone) for number, one in enumerate(self.hours)]
        return Rule(
            code,
            self.name,
            tuple(self.topics),
            self.channel,
            self.to,
            self.recipient,
            self.enabled,
            self.least,
            tuple(self.customers),
            tuple(self.origins),
            tuple(self.destinations),
            self.language,
            tuple(hours),
            self.quiet,
            self.digest_minutes,
        )


class RuleIn(RuleBody):
    """A new rule."""

    code: Slug


class RuleOut(RuleIn):
    """A rule."""

    @classmethod
    def of(cls, rule: Rule) -> Self:
        """A rule as readers get it."""
        hours = [
            RuleHoursBody(
                days=list(one.hours.days),
                opens=one.hours.opens,
                closes=one.hours.closes,
                zone=one.zone,
            )
            for one in rule.hours
        ]
        return cls(
            code=rule.code,
            name=rule.name,
            enabled=rule.enabled,
            topics=list(rule.topics),
            least=rule.least,
            customers=list(rule.customers),
            origins=list(rule.origins),
            destinations=list(rule.destinations),
            channel=rule.channel,
            to=rule.to,
            recipient=rule.recipient,
            language="en" if rule.language == "en" else "both" if rule.language == "both" else "zh",
            hours=hours,
            quiet=rule.quiet,
            digest_minutes=rule.digest_minutes,
        )


class RulesOut(BaseModel):
    """Every rule."""

    rules: list[RuleOut]
    topics: list[str] = Field(description="What a rule may be about.")


class TestIn(In):
    """A test of a channel."""

    to: str = Field(default="", max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")


class ReplayIn(In):
    """Why something is sent again."""

    why: str = Field(default="", max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")


class NoticeOut(BaseModel):
    """One line of the log of deliveries."""

    id: str
    topic: str
    subject_kind: str
    subject: str
    transition: str
    severity: int
    rule: str | None
    channel: str
    recipient: str
    address: str = Field(description="The end of it.")
    title_zh: str
    title_en: str
    text_zh: str
    text_en: str
    state: NoticeState
    happened_at: Instant
    created_at: Instant
    due_at: Instant | None = Field(description="When it is sent; null: it is not waiting.")
    sent_at: Instant | None
    tries: int
    corrects: str | None = Field(description="The notice that turned out wrong.")
    digest: str | None = Field(description="The notice that it was sent in.")

    @classmethod
    def of(cls, notice: NoticeBrief) -> Self:
        """A notice as readers get it: of addresses only the end."""
        kind, _, named = notice.recipient.partition(":")
        zh, en = _said(notice, "zh"), _said(notice, "en")
        return cls(
            id=notice.id,
            topic=notice.topic,
            subject_kind=notice.subject_kind,
            subject=notice.subject,
            transition=notice.transition,
            severity=notice.severity,
            rule=notice.rule,
            channel=notice.channel,
            recipient=f"{kind}:{_tail(named)}" if kind == To.ADDRESS else notice.recipient,
            address=_tail(notice.address),
            title_zh=zh[0],
            title_en=en[0],
            text_zh=zh[1],
            text_en=en[1],
            state=notice.state,
            happened_at=notice.happened_at,
            created_at=notice.created_at,
            due_at=notice.due_at if notice.state is NoticeState.WAITING else None,
            sent_at=notice.sent_at,
            tries=notice.tries,
            corrects=notice.corrects,
            digest=notice.digest,
        )


class NoticesOut(BaseModel):
    """The log of deliveries."""

    notices: list[NoticeOut]
    counts: dict[NoticeState, int] = Field(description="Of the last seven days.")
    more: bool


class TryOut(BaseModel):
    """One attempt to deliver."""

    at: Instant
    ok: bool
    status: int | None
    detail: str
    seconds: float | None
    unknown: bool = Field(description="It may have been taken all the same.")

    @classmethod
    def of(cls, tried: NoticeTry) -> Self:
        """An attempt as readers get it."""
        return cls(
            at=tried.at,
            ok=tried.ok,
            status=tried.status,
            detail=tried.detail,
            seconds=None if tried.seconds is None else round(tried.seconds, 3),
            unknown=tried.unknown,
        )


class NoticeFullOut(NoticeOut):
    """A notice with every attempt."""

    attempts: list[TryOut]

    @classmethod
    def whole(cls, full: NoticeFull) -> Self:
        """A notice and its attempts as readers get them."""
        brief = NoticeOut.of(full.notice).model_dump()
        return cls(**brief, attempts=[TryOut.of(tried) for tried in full.tries])


def checked(kind: ChannelKind, address: str) -> str:
    """The address, if something can be sent to one of that form.

    Which hosts may be reached is the sender's to say, on every try: a name may point elsewhere
    tomorrow.

    Raises:
        Invalid: nothing can.
    """
    if kind is ChannelKind.WEBHOOK:
        why = refuse_form(address)
    elif address.startswith(("http:", "https:")):
        why = "an Apprise URL names a service; for a plain URL add a webhook"
    else:
        is_local = address.partition(":")[0].lower() in LOCAL_SCHEMES
        why = "it would act on the server itself" if is_local else ""
    if why:
        raise Invalid("/address", why)
    return address


def _hours(number: int, body: RuleHoursBody, zone: str) -> RuleHours:
    if body.closes <= body.opens:
        raise Invalid(f"/hours/{number}/closes", "must be later than `opens`")
    if body.zone is not None and body.zone not in available_timezones():
        raise Invalid(f"/hours/{number}/zone", f"{body.zone} is no IANA zone")
    return RuleHours(body.record(), body.zone or zone)


def _said(notice: NoticeBrief, language: str) -> tuple[str, str]:
    words: Any = notice.body.get(language) or {}
    return str(words.get("title", "")), str(words.get("text", ""))


def _tail(address: str) -> str:
    return f"…{address[-_SHOWN:]}" if address else ""
