"""SQL of drafts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Reply
from bot.forms.model import DRAFT_MACHINE, Draft, DraftState
from bot.people.model import new_id
from bot.people.store import insert_new
from bot.store.history import Step, move, opened
from bot.store.schema import form_drafts

_SHORT = 12


def short(draft_id: str) -> str:
    """The part of an id that buttons carry; with the person it names one draft."""
    return draft_id[:_SHORT]


async def open_draft(connection: AsyncConnection, person_id: str, form: str, *, lock: bool = True) -> Draft | None:
    """The person's open draft of a form; None when there is none. lock: its row."""
    found = select(form_drafts).where(
        form_drafts.c.person_id == person_id, form_drafts.c.form == form, form_drafts.c.state == DraftState.OPEN
    )
    return await _one(connection, found, lock=lock)


async def draft_of(connection: AsyncConnection, person_id: str, short_id: str, *, lock: bool = True) -> Draft | None:
    """The person's draft that a button names, in whatever state; None when it is nobody's or another's. lock: its row."""
    found = select(form_drafts).where(
        form_drafts.c.person_id == person_id, form_drafts.c.id.startswith(short_id, autoescape=True)
    )
    return await _one(connection, found, lock=lock)


async def open_drafts(connection: AsyncConnection, person_id: str) -> list[Draft]:
    """All open drafts of a person, the latest change first."""
    rows = await connection.execute(
        select(form_drafts)
        .where(form_drafts.c.person_id == person_id, form_drafts.c.state == DraftState.OPEN)
        .order_by(form_drafts.c.changed_at.desc(), form_drafts.c.id)
    )
    return [_draft(row) for row in rows.mappings()]


async def begin(
    connection: AsyncConnection, person_id: str, form: str, values: dict[str, Any], address_id: str, at: datetime
) -> Draft:
    """A new draft; the one that is open already where somebody else was quicker."""
    draft_id = new_id()
    done = await connection.execute(
        insert_new(connection, form_drafts).values(
            id=draft_id,
            person_id=person_id,
            form=form,
            state=DraftState.OPEN,
            values=values,
            revision=1,
            address_id=address_id,
            outcome=[],
            started_at=at,
            changed_at=at,
        )
    )
    if done.rowcount:
        await opened(connection, DRAFT_MACHINE, draft_id, DraftState.OPEN, Step(f"person:{person_id}", at))
    draft = await open_draft(connection, person_id, form)
    if draft is None:  # pragma: no cover - it was written in this very transaction, or stood in the way of that
        raise AssertionError("a draft just begun is not there")
    return draft


async def keep(connection: AsyncConnection, draft: Draft) -> None:
    """Keep answers, place and whereabouts of an open draft whose row is locked."""
    await connection.execute(
        update(form_drafts)
        .where(form_drafts.c.id == draft.id, form_drafts.c.state == DraftState.OPEN)
        .values(
            values=dict(draft.values),
            asked=draft.asked,
            revision=draft.revision,
            address_id=draft.address_id,
            changed_at=draft.changed_at,
        )
    )


async def put_down(connection: AsyncConnection, person_id: str, address_id: str, but: str) -> None:
    """A conversation has one draft in hand: take all others of the person out of it. but: the id of that one."""
    await connection.execute(
        update(form_drafts)
        .where(form_drafts.c.person_id == person_id, form_drafts.c.address_id == address_id, form_drafts.c.id != but)
        .values(address_id=None)
    )


async def in_hand(connection: AsyncConnection, address_id: str, since: datetime) -> Draft | None:
    """The open draft that a conversation has in hand and that was changed since a moment; None: none."""
    found = select(form_drafts).where(
        form_drafts.c.address_id == address_id,
        form_drafts.c.state == DraftState.OPEN,
        form_drafts.c.changed_at >= since,
    )
    row = (await connection.execute(found.order_by(form_drafts.c.changed_at.desc()).limit(1))).mappings().one_or_none()
    return None if row is None else _draft(row)


async def sent(connection: AsyncConnection, draft: Draft, outcome: Sequence[Reply], at: datetime) -> None:
    """Close a draft as sent, with what was answered. Raises ConflictError when it is not open any more."""
    kept = [reply.model_dump(mode="json") for reply in outcome]
    step = Step(f"person:{draft.person_id}", at)
    await move(
        *(connection, DRAFT_MACHINE, draft.id, DraftState.SENT, step),
        outcome=kept,
        address_id=None,
        changed_at=at,
        revision=draft.revision + 1,
    )


async def cancelled(connection: AsyncConnection, draft: Draft, at: datetime) -> None:
    """Close a draft as given up; its answers go. Raises ConflictError when it is not open any more."""
    step = Step(f"person:{draft.person_id}", at)
    gone: dict[str, Any] = {"values": {}, "asked": None, "address_id": None, "changed_at": at}
    await move(connection, DRAFT_MACHINE, draft.id, DraftState.CANCELLED, step, **gone)


async def expire(connection: AsyncConnection, before: datetime, at: datetime, limit: int) -> int:
    """Close what nobody has gone on with since a moment; returns how many, at most `limit`."""
    old = select(form_drafts.c.id).where(form_drafts.c.state == DraftState.OPEN, form_drafts.c.changed_at < before)
    ids = (await connection.scalars(old.limit(limit).with_for_update(skip_locked=True))).all()
    gone: dict[str, Any] = {"values": {}, "asked": None, "address_id": None, "changed_at": at}
    for draft_id in ids:
        await move(
            connection, DRAFT_MACHINE, draft_id, DraftState.EXPIRED, Step("system", at, "not gone on with"), **gone
        )
    return len(ids)


async def _one(connection: AsyncConnection, found: Select[Any], *, lock: bool = True) -> Draft | None:
    row = (await connection.execute(found.with_for_update() if lock else found)).mappings().one_or_none()
    return None if row is None else _draft(row)


def _draft(row: Any) -> Draft:
    return Draft(
        row["id"],
        row["person_id"],
        row["form"],
        DraftState(row["state"]),
        row["values"],
        row["asked"],
        row["revision"],
        row["address_id"],
        tuple(Reply.model_validate(reply) for reply in row["outcome"]),
        row["started_at"],
        row["changed_at"],
    )


async def before_merge(connection: AsyncConnection, gone: str, kept: str, at: datetime) -> None:
    """Fulfils BeforeMerge: of two open drafts of one form the one that was changed last stays open."""
    theirs = {draft.form: draft for draft in await open_drafts(connection, gone)}
    for own in await open_drafts(connection, kept):
        other = theirs.get(own.form)
        if other is not None:
            older = min(own, other, key=lambda draft: draft.changed_at)
            await cancelled(connection, older, at)
