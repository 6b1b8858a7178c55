"""Who is told what: rules, channels, and the log of deliveries."""

from __future__ import annotations

import base64
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from fleet.notice_rules import ChannelKind, known_topics
from fleet.notice_views import NoticeState
from fleet.rights import Right
from fleet.scope import Scope
from store import notice_log, notice_rules
from tracker_api.auth import may
from tracker_api.notice_schemas import (
    SLUG,
    ChannelEditIn,
    ChannelIn,
    ChannelMadeOut,
    ChannelOut,
    ChannelsOut,
    NoticeFullOut,
    NoticeOut,
    NoticesOut,
    ReplayIn,
    RuleBody,
    RuleIn,
    RuleOut,
    RulesOut,
    TestIn,
    checked,
)
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, Running, Store
from tracker_api.schemas import PRINTABLE

router = APIRouter(prefix=PREFIX, tags=["notices"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_NOTICES))]
Editor = Annotated[Scope, Depends(may(Right.EDIT_RULES))]
CodeInPath = Annotated[str, Path(pattern=SLUG, examples=["erp"])]
NoticeInPath = Annotated[UUID, Path(description="Id of a notice.")]

#: Random bytes of a webhook's secret; Standard Webhooks has 24 to 64.
_SECRET = 32


@router.get("/channels", operation_id="listChannels", responses=describe())
def list_channels(_scope: Looker, store: Store) -> ChannelsOut:
    """Ways to reach people and systems, by code."""
    with store.reading() as conn:
        found = notice_rules.list_channels(conn)
    return ChannelsOut(channels=[ChannelOut.of(channel) for channel in found])


@router.post("/channels", status_code=201, operation_id="addChannel", responses=describe(409, 413))
def add_channel(asked: ChannelIn, scope: Editor, store: Store) -> ChannelMadeOut:
    """Add one; a webhook's secret is told in this answer and never again."""
    secret = _new_secret() if asked.kind is ChannelKind.WEBHOOK else None
    with store.writing() as conn:
        notice_rules.add_channel(conn, scope, asked.record(), secret)
        made = notice_rules.load_channel(conn, asked.code)
    return ChannelMadeOut(**ChannelOut.of(made).model_dump(), secret=secret)


@router.put("/channels/{code}", operation_id="changeChannel", responses=describe(404, 409, 413))
def change_channel(
    code: CodeInPath, asked: ChannelEditIn, scope: Editor, store: Store
) -> ChannelMadeOut:
    """Change one; what is in the outbox goes where it says then."""
    with store.writing() as conn:
        before = notice_rules.load_channel(conn, code)
        is_hook = before.kind is ChannelKind.WEBHOOK
        secret = _new_secret() if is_hook and asked.new_secret else None
        address = before.address if asked.address is None else checked(before.kind, asked.address)
        after = replace(before, name=asked.name, address=address, enabled=asked.enabled)
        notice_rules.change_channel(conn, scope, after, secret)
        made = notice_rules.load_channel(conn, code)
    return ChannelMadeOut(**ChannelOut.of(made).model_dump(), secret=secret)


@router.delete(
    "/channels/{code}",
    status_code=204,
    response_class=Response,
    operation_id="removeChannel",
    responses=describe(404, 409),
)
def remove_channel(code: CodeInPath, scope: Editor, store: Store) -> None:
    """Remove one that was never used."""
    with store.writing() as conn:
        notice_rules.remove_channel(conn, scope, code)


@router.post(
    "/channels/{code}/test",
    status_code=202,
    operation_id="testChannel",
    responses=describe(404, 409, 413),
)
def test_channel(code: CodeInPath, asked: TestIn, scope: Editor, store: Store) -> NoticeFullOut:
    """Have a test sent; what becomes of it is read from the notice."""
    with store.writing() as conn:
        channel = notice_rules.load_channel(conn, code)
        notice = notice_log.send_test(conn, scope, channel, asked.to, datetime.now(UTC))
        # Of a channel's test whoever may test it sees the notice, also where waybills are hidden.
        return NoticeFullOut.whole(notice_log.load_notice(conn, _whole(scope), notice))


@router.get("/notice-rules", operation_id="listNoticeRules", responses=describe())
def list_rules(_scope: Looker, store: Store) -> RulesOut:
    """Who is told what, by code."""
    with store.reading() as conn:
        found = notice_rules.list_rules(conn)
    return RulesOut(rules=[RuleOut.of(rule) for rule in found], topics=known_topics())


@router.post(
    "/notice-rules",
    status_code=201,
    operation_id="addNoticeRule",
    responses=describe(404, 409, 413),
)
def add_rule(asked: RuleIn, scope: Editor, running: Running) -> RuleOut:
    """Add a rule; it is about what comes about from now on."""
    rule = asked.record(asked.code, running.zone)
    with running.door.writing() as conn:
        notice_rules.put_rule(conn, scope, rule, new=True)
    return RuleOut.of(rule)


@router.put("/notice-rules/{code}", operation_id="changeNoticeRule", responses=describe(404, 413))
def change_rule(code: CodeInPath, asked: RuleBody, scope: Editor, running: Running) -> RuleOut:
    """Have a rule say something else from now on."""
    rule = asked.record(code, running.zone)
    with running.door.writing() as conn:
        notice_rules.put_rule(conn, scope, rule, new=False)
    return RuleOut.of(rule)


@router.delete(
    "/notice-rules/{code}",
    status_code=204,
    response_class=Response,
    operation_id="removeNoticeRule",
    responses=describe(404),
)
def remove_rule(code: CodeInPath, scope: Editor, store: Store) -> None:
    """Remove a rule; what it has put into the outbox is sent."""
    with store.writing() as conn:
        notice_rules.remove_rule(conn, scope, code)


@router.get("/notices", operation_id="listNotices", responses=describe())
def list_notices(  # noqa: PLR0913, PLR0917 (what to filter by, and who asks)
    scope: Looker,
    store: Store,
    state: NoticeState | None = None,
    subject: Annotated[str | None, Query(max_length=100, pattern=PRINTABLE)] = None,
    channel: Annotated[str | None, Query(pattern=SLUG)] = None,
    before: Annotated[UUID | None, Query(description="Older than that notice.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> NoticesOut:
    """The log of deliveries, newest first."""
    wanted = notice_log.Wanted(state, subject, channel, None if before is None else str(before))
    with store.reading() as conn:
        found = notice_log.list_notices(conn, scope, wanted, limit=limit + 1)
        counts = notice_log.count_notices(conn, scope, datetime.now(UTC))
    return NoticesOut(
        notices=[NoticeOut.of(notice) for notice in found[:limit]],
        counts={known: counts.get(known, 0) for known in NoticeState},
        more=len(found) > limit,
    )


@router.get("/notices/{notice}", operation_id="getNotice", responses=describe(404))
def get_notice(notice: NoticeInPath, scope: Looker, store: Store) -> NoticeFullOut:
    """One with every attempt to deliver it."""
    with store.reading() as conn:
        return NoticeFullOut.whole(notice_log.load_notice(conn, scope, str(notice)))


@router.post(
    "/notices/{notice}/replay",
    status_code=202,
    operation_id="replayNotice",
    responses=describe(404, 409, 413),
)
def replay_notice(
    notice: NoticeInPath, asked: ReplayIn, scope: Editor, store: Store
) -> NoticeFullOut:
    """Have it sent again under its id: what was given up, and of what was sent a webhook."""
    with store.writing() as conn:
        notice_log.replay(conn, scope, str(notice), datetime.now(UTC), asked.why)
        return NoticeFullOut.whole(notice_log.load_notice(conn, scope, str(notice)))


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET)).decode()


def _whole(scope: Scope) -> Scope:
    return replace(scope, customers=None)
