"""HTTP of changes: staff correct and withdraw what was delivered, and see what became of each recipient."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from bot.channels.model import Language
from bot.notices.changes.model import CHANGE_MEANING, ChangeKind, ChangeState
from bot.notices.changes.service import REASON_MAX_CHARS, ChangeService, ChangeStatus
from bot.notices.model import NoticeText
from bot.notices.schemas import NoticeTextBody
from bot.people.access import Access
from bot.people.model import Role, StaffSession


class CorrectionCreate(BaseModel):
    """Corrected texts, by language, in the place of all those of the notice."""

    model_config = ConfigDict(extra="forbid")

    texts: dict[str, NoticeTextBody]
    reason: str | None = Field(None, max_length=REASON_MAX_CHARS)


class WithdrawalCreate(BaseModel):
    """Why; it stands in the record, not in the messages."""

    model_config = ConfigDict(extra="forbid")

    reason: str


class ChangePublic(BaseModel):
    """A change. outcomes: recipients by outcome (edited, deleted, gone, told, kept); others by their delivery's state."""

    id: str
    notice_id: str
    kind: ChangeKind
    state: ChangeState
    meaning: str
    texts: dict[Language, NoticeTextBody]
    reason: str | None
    successor_id: str | None
    author: str
    approver: str | None
    created_at: datetime
    decided_at: datetime | None
    started_at: datetime | None
    done_at: datetime | None
    outcomes: dict[str, int]


class ChangesPublic(BaseModel):
    """The changes of a notice, the one made last first."""

    changes: list[ChangePublic]


class ProofPublic(BaseModel):
    """What became of one recipient; the address is masked. reason: why it was not done as asked, in the channel's words."""

    address: str
    channel: str
    state: str
    outcome: str | None
    reason: str | None
    at: datetime | None


class ProofsPublic(BaseModel):
    """Recipients, at most 1,000. next: to ask for those after them, null at the end."""

    recipients: list[ProofPublic]
    next: int | None


def _public(status: ChangeStatus) -> ChangePublic:
    change = status.change
    return ChangePublic(
        id=change.id,
        notice_id=change.notice_id,
        kind=change.kind,
        state=change.state,
        meaning=CHANGE_MEANING[change.state],
        texts={language: NoticeTextBody(title=text.title, body=text.body) for language, text in change.texts.items()},
        reason=change.reason,
        successor_id=change.successor_id,
        author=change.author,
        approver=change.approver,
        created_at=change.created_at,
        decided_at=change.decided_at,
        started_at=change.started_at,
        done_at=change.done_at,
        outcomes=dict(status.outcomes),
    )


def changes_router(service: ChangeService, access: Access) -> APIRouter:
    """Routes for staff."""
    router = APIRouter(prefix="/v1/notices", tags=["notices"])
    author = Annotated[StaffSession, Depends(access.staff(Role.AUTHOR))]
    approver = Annotated[StaffSession, Depends(access.staff(Role.APPROVER))]

    @router.get("/{notice_id}/changes")
    async def read_changes(notice_id: str, _: author) -> ChangesPublic:
        """Corrections, withdrawals and supersessions of a notice."""
        return ChangesPublic(changes=[_public(status) for status in await service.of_notice(notice_id)])

    @router.post("/{notice_id}/corrections", status_code=201)
    async def propose_correction(notice_id: str, correction: CorrectionCreate, who: author) -> ChangePublic:
        """Ask for approval of corrected texts; nothing is changed yet."""
        texts = {language: NoticeText(text.title, text.body) for language, text in correction.texts.items()}
        change = await service.propose_correction(notice_id, texts, by=who.staff, reason=correction.reason)
        return _public(await service.find(change.id))

    @router.post("/{notice_id}/withdraw", status_code=201)
    async def withdraw_notice(notice_id: str, withdrawal: WithdrawalCreate, who: author) -> ChangePublic:
        """Stop what is unsent, and take back what was delivered on every channel that can; mark it on the others."""
        change = await service.withdraw(notice_id, by=who.staff, reason=withdrawal.reason)
        return _public(await service.find(change.id))

    @router.get("/changes/{change_id}")
    async def read_change(change_id: str, _: author) -> ChangePublic:
        """A change with live outcomes."""
        return _public(await service.find(change_id))

    @router.post("/changes/{change_id}/approve")
    async def approve_change(change_id: str, who: approver) -> ChangePublic:
        """Approve a correction that another person proposed."""
        await service.approve(change_id, by=who.staff)
        return _public(await service.find(change_id))

    @router.post("/changes/{change_id}/drop")
    async def drop_change(change_id: str, who: author) -> ChangePublic:
        """Give a proposed correction up."""
        await service.drop(change_id, by=who.staff)
        return _public(await service.find(change_id))

    @router.get("/changes/{change_id}/recipients")
    async def read_proofs(change_id: str, _: author, after: Annotated[int, Query(ge=0)] = 0) -> ProofsPublic:
        """What became of each recipient, in pages of 1,000."""
        proofs, following = await service.proofs(change_id, after)
        return ProofsPublic(recipients=[ProofPublic(**vars(proof)) for proof in proofs], next=following)

    return router
