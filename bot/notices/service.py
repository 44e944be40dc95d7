"""Use cases of notices: write, review, approve, schedule, send and recall. How they are read: `queries`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NoReturn

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.delivery import store as delivery_store
from bot.delivery.model import CauseKind, DeliveryState
from bot.delivery.outbox import Outbox
from bot.errors import ConflictError, Fault, InvalidInputError, NotPermittedError, SelfApprovalError
from bot.notices import store as notice_store
from bot.notices.dispatch import NoticeDispatch
from bot.notices.extras import PLAIN, TOLD, NoticeExtras, Validity
from bot.notices.model import (
    Notice,
    NoticeContent,
    NoticeState,
    NoticeText,
    Recall,
    checked_content,
    schedule_fault,
)
from bot.notices.placeholders import Finding, Problem
from bot.notices.queries import NoticeQueries, found
from bot.notices.texts import NoticeTexts
from bot.people.model import Role, StaffMember, new_id
from bot.store.audit import AuditTrail
from bot.store.engine import Store


class NoticeService:
    """Policy notices. Every act names the member of staff who does it, and stands in the audit trail."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        audit: AuditTrail,
        outbox: Outbox,
        texts: NoticeTexts,
        queries: NoticeQueries,
        topics: Collection[str],
        entries: Collection[str] | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._outbox = outbox
        self._entries = entries
        self._dispatch = NoticeDispatch(store, clock, audit, outbox, texts)
        self.texts = texts
        self.queries = queries
        self.topics = tuple(topic for topic in topics if topic != "out_of_scope")

    async def create(
        self,
        topic: str,
        base_language: str,
        texts: Mapping[str, NoticeText],
        source_url: str | None,
        extras: NoticeExtras = PLAIN,
        *,
        author: StaffMember,
    ) -> Notice:
        """Keep a draft. Raises InvalidInputError with all that is wrong."""
        content = await self._checked(topic, base_language, texts, source_url, extras)
        notice_id, now = new_id(), self._clock()
        async with self._store.write() as connection:
            await notice_store.add(connection, notice_id, content, author.id, now)
            await self._record(connection, author, "create", notice_id, content=_digest(content))
            return await found(connection, notice_id)

    async def revise(
        self,
        notice_id: str,
        topic: str,
        base_language: str,
        texts: Mapping[str, NoticeText],
        source_url: str | None,
        extras: NoticeExtras = PLAIN,
        *,
        author: StaffMember,
    ) -> Notice:
        """Replace the content of one's own draft.

        Raises InvalidInputError, NotFoundError, NotPermittedError (another's draft) or ConflictError (no draft any more).
        """
        content = await self._checked(topic, base_language, texts, source_url, extras)
        async with self._store.write() as connection:
            await self._own(connection, notice_id, author)
            if not await notice_store.revise(connection, notice_id, content):
                await self._refuse(connection, notice_id)
            await self._record(connection, author, "revise", notice_id, content=_digest(content))
            return await found(connection, notice_id)

    async def submit(self, notice_id: str, *, by: StaffMember) -> Notice:
        """Ask for approval of one's own draft.

        Raises NotFoundError, NotPermittedError, ConflictError, InvalidInputError with all placeholders that lack a value.
        """
        async with self._store.write() as connection:
            await self._own(connection, notice_id, by)
            self._complete((await found(connection, notice_id)).content)
            await self._move(connection, notice_id, NoticeState.SUBMITTED, submitted_at=self._clock())
            await self._record(connection, by, "submit", notice_id)
            return await found(connection, notice_id)

    async def send_back(self, notice_id: str, *, by: StaffMember) -> Notice:
        """Make it a draft again: its author takes it back, or an approver returns it for changes.

        Raises NotFoundError, NotPermittedError, ConflictError.
        """
        async with self._store.write() as connection:
            notice = await found(connection, notice_id)
            if notice.author_id != by.id:
                _needs(by, Role.APPROVER)
            await self._move(connection, notice_id, NoticeState.DRAFT, submitted_at=None)
            await self._record(connection, by, "send_back", notice_id)
            return await found(connection, notice_id)

    async def approve(self, notice_id: str, *, by: StaffMember, revision: int | None = None) -> Notice:
        """Approve what another person wrote; what is sent is fixed by this.

        revision: the one that the approver saw; ConflictError when the texts were changed since.
        Raises NotFoundError, NotPermittedError (role), SelfApprovalError, ConflictError (approved by somebody else first).
        """
        _needs(by, Role.APPROVER)
        now = self._clock()
        async with self._store.write() as connection:
            notice = await found(connection, notice_id)
            if notice.author_id == by.id:
                raise SelfApprovalError("A notice is approved by another person than its author.")
            if revision is not None and revision != notice.revision:
                raise ConflictError("The texts were changed since you saw them; read them again.", state=notice.state)
            await self._move(
                connection,
                notice_id,
                NoticeState.APPROVED,
                revision=notice.revision,
                approver_id=by.id,
                approved_at=now,
                messages=notice_store.as_json(
                    self.texts.messages(notice.content, notice_id), self.texts.variants(notice.content, notice_id)
                ),
            )
            await self._record(connection, by, "approve", notice_id, content=_digest(notice.content))
            return await found(connection, notice_id)

    async def schedule(self, notice_id: str, at: datetime, *, by: StaffMember) -> Notice:
        """Have an approved notice go out by itself, or give it another time.

        at: an aware moment, later than now and at most a year ahead; InvalidInputError otherwise.
        Raises NotFoundError, ConflictError.
        """
        fault = schedule_fault(at, self._clock())
        if fault:
            raise InvalidInputError([fault])
        async with self._store.write() as connection:
            until = (await found(connection, notice_id)).content.extras.valid_until
            if until is not None and until <= at:
                raise InvalidInputError([Fault("at", "past-validity", "The notice no longer holds at that time.")])
            await self._move(connection, notice_id, NoticeState.SCHEDULED, scheduled_for=at)
            await self._record(connection, by, "schedule", notice_id, scheduled_for=at.isoformat())
            return await found(connection, notice_id)

    async def send(self, notice_id: str, *, by: StaffMember) -> Notice:
        """Hand an approved or scheduled notice to delivery, now.

        Raises NotFoundError, ConflictError (also when its validity has ended).
        """
        async with self._store.write() as connection:
            notice = await found(connection, notice_id)
            if notice.content.extras.validity(self._clock()) is Validity.PAST:
                raise ConflictError("Its validity has ended; it is not sent.", state=notice.state)
            await self._move(connection, notice_id, NoticeState.SENDING, sent_at=self._clock())
            await self._dispatch.hand_over(connection, notice_id, actor=_actor(by))
            notice = await found(connection, notice_id)
        await self._outbox.wake()
        return notice

    async def recall(self, notice_id: str, *, by: StaffMember) -> Recall:
        """Stop what is not sent yet; what has arrived stays with those who have it, and is counted.

        Its author, or anybody who may approve. Raises NotFoundError, NotPermittedError, ConflictError (recalled already).
        """
        now = self._clock()
        async with self._store.write() as connection:
            notice = await found(connection, notice_id)
            if notice.author_id != by.id:
                _needs(by, Role.APPROVER)
            await self._move(connection, notice_id, NoticeState.RECALLED, recalled_at=now, stopped_by=by.name)
            cancelled = await delivery_store.cancel_cause(connection, CauseKind.NOTICE, notice_id, now)
            counts = await delivery_store.counts_of(connection, CauseKind.NOTICE, notice_id)
            recall = Recall(counts.get(DeliveryState.SENT, 0), counts.get(DeliveryState.SENDING, 0), cancelled)
            await self._record(
                connection, by, "recall", notice_id, sent=recall.sent, in_hand=recall.in_hand, cancelled=cancelled
            )
        return recall

    async def _checked(
        self,
        topic: str,
        base_language: str,
        texts: Mapping[str, NoticeText],
        source_url: str | None,
        extras: NoticeExtras,
    ) -> NoticeContent:
        content, faults = checked_content(topic, base_language, texts, source_url, self.topics, extras, self._entries)
        named = {part.target for part in extras.audience if part.kind == TOLD} | {extras.supersedes_id} - {None}
        async with self._store.read() as connection:
            faults += [
                Fault(
                    "supersedes" if other == extras.supersedes_id else "audience", "unknown", "There is no such notice."
                )
                for other in sorted(str(one) for one in named)
                if await notice_store.find(connection, other) is None
            ]
        if content is None or faults:
            raise InvalidInputError(faults)
        return content

    def _complete(self, content: NoticeContent) -> None:
        """Refuse placeholders that lack a value, or have one of the wrong kind."""
        lacking = [one for one in self.texts.report(content) if one.problem is not Problem.SURPLUS]
        if lacking:
            raise InvalidInputError([_lack(one) for one in lacking])

    async def _own(self, connection: AsyncConnection, notice_id: str, by: StaffMember) -> None:
        if (await found(connection, notice_id)).author_id != by.id:
            raise NotPermittedError("A draft is changed and submitted by its author.")

    async def _move(
        self,
        connection: AsyncConnection,
        notice_id: str,
        target: NoticeState,
        *,
        revision: int | None = None,
        **values: object,
    ) -> None:
        if not await notice_store.move(connection, notice_id, target, revision=revision, **values):
            await self._refuse(connection, notice_id)

    async def _refuse(self, connection: AsyncConnection, notice_id: str) -> NoReturn:
        state = (await found(connection, notice_id)).state
        raise ConflictError(f"The notice is {state}; this is not possible now.", state=state)

    async def _record(
        self, connection: AsyncConnection, by: StaffMember, act: str, notice_id: str, **detail: object
    ) -> None:
        await self._audit.record(
            connection, self._clock(), _actor(by), f"notice.{act}", f"notice:{notice_id}", **detail
        )


def _actor(member: StaffMember) -> str:
    return f"staff:{member.name}"


def _needs(member: StaffMember, role: Role) -> None:
    if not member.role.may_act_as(role):
        raise NotPermittedError(f"The role {role} is needed.")


def _lack(one: Finding) -> Fault:
    where = "placeholders" if one.part is None else f"audience.{one.part}.given"
    what = "has no value" if one.problem is Problem.MISSING else "has a value of the wrong kind"
    return Fault(f"{where}.{one.name}", one.problem, f"(({one.name})) {what} ({one.language}).")


def _digest(content: NoticeContent) -> str:
    """Names the content in the audit trail, so that it shows what exactly was approved."""
    texts = {language: [text.title, text.body] for language, text in content.texts.items()}
    parts: list[object] = [content.topic, content.base_language, texts, content.source_url]
    if content.extras != PLAIN:
        parts.append(repr(content.extras))
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
