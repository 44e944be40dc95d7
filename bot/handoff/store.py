"""SQL of cases and their messages."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.model import DELIVERY_FINAL, CauseKind
from bot.handoff.model import (
    OPEN,
    TO_PERSON,
    WAITS_FROM_LAST,
    WAITS_LOOKED_AT,
    Case,
    CaseState,
    ClosedBy,
    OpenedBy,
    PastWait,
    Said,
    Side,
)
from bot.people.store import insert_new
from bot.store.schema import deliveries, handoff_cases, handoff_messages, outbox, staff
from bot.store.serial import one_at_a_time

_C = handoff_cases.c
_M = handoff_messages.c


def case_of(row: Row[Any]) -> Case:
    """A row of the table."""
    return Case(
        id=row.id,
        number=row.number,
        person_id=row.person_id,
        address_id=row.address_id,
        channel=row.channel,
        language=row.language,
        state=CaseState(row.state),
        team_id=row.team_id,
        owner_id=row.owner_id,
        opened_by=OpenedBy(row.opened_by),
        topic=row.topic,
        urgent=row.urgent,
        shows_history=row.shows_history,
        history=row.history or [],
        passed_to=row.passed_to,
        pass_reason=row.pass_reason,
        opened_at=row.opened_at,
        waiting_since=row.waiting_since,
        taken_at=row.taken_at,
        owned_since=row.owned_since,
        heard_at=row.heard_at,
        spoke_at=row.spoke_at,
        closed_at=row.closed_at,
        closed_by=ClosedBy(row.closed_by) if row.closed_by else None,
        changed_at=row.changed_at,
    )


async def open_case(connection: AsyncConnection, address_id: str) -> Case | None:
    """The open case of a conversation; there is one at most."""
    row = (
        await connection.execute(select(handoff_cases).where(_C.address_id == address_id, _C.state.in_(list(OPEN))))
    ).one_or_none()
    return None if row is None else case_of(row)


async def case_numbered(connection: AsyncConnection, number: int) -> Case | None:
    """A case by its number."""
    row = (await connection.execute(select(handoff_cases).where(_C.number == number))).one_or_none()
    return None if row is None else case_of(row)


async def lock_case(connection: AsyncConnection, number: int) -> Case | None:
    """A case, held until the transaction ends: whoever acts on it meanwhile sees what this one did."""
    query = select(handoff_cases).where(_C.number == number).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else case_of(row)


async def lock_by_id(connection: AsyncConnection, case_id: str) -> Case | None:
    """The same, by id."""
    query = select(handoff_cases).where(_C.id == case_id).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else case_of(row)


async def case_by_id(connection: AsyncConnection, case_id: str) -> Case | None:
    """A case by its id."""
    row = (await connection.execute(select(handoff_cases).where(_C.id == case_id))).one_or_none()
    return None if row is None else case_of(row)


async def cases_of_person(connection: AsyncConnection, person_id: str, limit: int) -> list[Case]:
    """A person's cases, the newest first."""
    rows = await connection.execute(
        select(handoff_cases).where(_C.person_id == person_id).order_by(_C.number.desc()).limit(limit)
    )
    return [case_of(row) for row in rows]


async def add_case(connection: AsyncConnection, **values: Any) -> int | None:
    """Keep a new case and return its number; None when the conversation has an open one already."""
    await one_at_a_time(connection, "handoff:number")
    if await open_case(connection, values["address_id"]) is not None:
        return None
    number: int = (await connection.scalar(select(func.max(_C.number))) or 0) + 1
    await connection.execute(handoff_cases.insert().values(number=number, **values))
    return number


async def change(connection: AsyncConnection, case_id: str, at: datetime, **values: Any) -> None:
    """Set columns of a case, beside its state."""
    await connection.execute(update(handoff_cases).where(_C.id == case_id).values(changed_at=at, **values))


async def change_if(connection: AsyncConnection, case_id: str, at: datetime, *conditions: Any, **values: Any) -> bool:
    """Set columns where the conditions still hold; False where somebody was quicker."""
    done = await connection.execute(
        update(handoff_cases).where(_C.id == case_id, *conditions).values(changed_at=at, **values)
    )
    return bool(done.rowcount)


def _ahead_of(urgent: bool, waiting_since: datetime, number: int) -> Any:
    earlier = or_(_C.waiting_since < waiting_since, and_(_C.waiting_since == waiting_since, _C.number < number))
    return and_(_C.urgent.is_(True), earlier) if urgent else or_(_C.urgent.is_(True), earlier)


async def place_of(connection: AsyncConnection, case: Case) -> int:
    """Which place a waiting case has in its team's queue: emergencies first, then who waits longest."""
    since = case.waiting_since or case.opened_at
    ahead = await connection.scalar(
        select(func.count())
        .select_from(handoff_cases)
        .where(
            _C.state == CaseState.WAITING,
            _C.team_id == case.team_id,
            _C.id != case.id,
            _ahead_of(case.urgent, since, case.number),
        )
    )
    return (ahead or 0) + 1


async def recent_waits(connection: AsyncConnection, team_id: str, now: datetime, *, in_hours: bool) -> list[PastWait]:
    """How long the last cases of a team waited, of those begun in (or out of) its hours. Emergencies tell nothing of others."""
    rows = await connection.execute(
        select(_C.opened_at, _C.taken_at, _C.first_place)
        .where(
            _C.team_id == team_id,
            _C.taken_at > now - WAITS_FROM_LAST,
            _C.opened_in_hours.is_(in_hours),
            _C.urgent.is_(False),
        )
        .order_by(_C.taken_at.desc())
        .limit(WAITS_LOOKED_AT)
    )
    return [PastWait((row.taken_at - row.opened_at).total_seconds(), row.first_place) for row in rows]


async def queue(connection: AsyncConnection, team_ids: Collection[str] | None, limit: int) -> list[Case]:
    """Open cases of teams (or offered to them), None: of all; in the order in which somebody should look at them."""
    query = select(handoff_cases).where(_C.state.in_(list(OPEN)))
    if team_ids is not None:
        ids = list(team_ids)
        query = query.where(or_(_C.team_id.in_(ids), _C.passed_to.in_(ids)))
    rows = await connection.execute(query.order_by(_C.urgent.desc(), _C.opened_at, _C.number).limit(limit))
    return [case_of(row) for row in rows]


async def owned(connection: AsyncConnection, staff_id: str) -> list[Case]:
    """The open cases for which somebody is responsible."""
    rows = await connection.execute(
        select(handoff_cases).where(_C.owner_id == staff_id, _C.state.in_(list(OPEN))).order_by(_C.number)
    )
    return [case_of(row) for row in rows]


async def lengths(connection: AsyncConnection) -> Mapping[str, tuple[int, datetime]]:
    """How many wait in each team's queue, and since when the first; teams without any are left out."""
    rows = await connection.execute(
        select(_C.team_id, func.count().label("length"), func.min(_C.waiting_since).label("since"))
        .where(_C.state == CaseState.WAITING)
        .group_by(_C.team_id)
    )
    return {row.team_id: (row.length, row.since) for row in rows}


async def add_message(connection: AsyncConnection, **values: Any) -> int | None:
    """Keep a message and return its number; None when that ref is kept already."""
    number: int | None = await connection.scalar(
        insert_new(connection, handoff_messages).values(**values).returning(_M.seq)
    )
    return number


async def is_kept(connection: AsyncConnection, ref: str) -> bool:
    """Whether the incoming message is kept already."""
    return await connection.scalar(select(_M.seq).where(_M.ref == ref)) is not None


async def messages(connection: AsyncConnection, case_id: str) -> list[Said]:
    """All that was said in a case, in order."""
    rows = await connection.execute(select(handoff_messages).where(_M.case_id == case_id).order_by(_M.seq))
    return [
        Said(row.seq, Side(row.side), row.staff_id, row.text, row.files or [], row.entry, row.at, bool(row.released_at))
        for row in rows
    ]


async def with_unreleased(connection: AsyncConnection, limit: int) -> list[str]:
    """The ids of cases with messages whose turn has not come, where somebody is there to get them."""
    rows = await connection.scalars(
        select(_M.case_id)
        .join_from(handoff_messages, handoff_cases)
        .where(_M.released_at.is_(None), or_(_M.side.in_(list(TO_PERSON)), _C.owner_id.is_not(None)))
        .distinct()
        .limit(limit)
    )
    return list(rows)


async def unreleased(connection: AsyncConnection, case_id: str, sides: Collection[Side]) -> Sequence[Row[Any]]:
    """The messages of these sides that wait for their turn, in order."""
    rows = await connection.execute(
        select(handoff_messages)
        .where(_M.case_id == case_id, _M.side.in_(list(sides)), _M.released_at.is_(None))
        .order_by(_M.seq)
    )
    return rows.all()


async def release(connection: AsyncConnection, seqs: Sequence[int], at: datetime) -> None:
    """These went to delivery, or were shown."""
    await connection.execute(update(handoff_messages).where(_M.seq.in_(list(seqs))).values(released_at=at))


async def is_under_way(connection: AsyncConnection, case_id: str, sides: Collection[Side]) -> bool:
    """Whether the last message of these sides that went to delivery has not reached its end there.

    Only the next one waits for it: what is sent side by side may arrive in another order.
    """
    last = await connection.scalar(
        select(func.max(_M.seq)).where(_M.case_id == case_id, _M.side.in_(list(sides)), _M.released_at.is_not(None))
    )
    if last is None:
        return False
    of_message = (outbox.c.cause_kind == CauseKind.HANDOFF) & or_(
        outbox.c.cause_id == f"m{last}", outbox.c.cause_id.like(f"m{last}:%")
    )
    not_final = exists().where(
        deliveries.c.outbox_id == outbox.c.id, deliveries.c.state.not_in([str(state) for state in DELIVERY_FINAL])
    )
    found = await connection.scalar(
        select(outbox.c.id).where(of_message, or_(outbox.c.state == "pending", not_final)).limit(1)
    )
    return found is not None


async def unanswered_since(connection: AsyncConnection, case: Case) -> datetime:
    """Since when the owner owes an answer: since they own the case, after their first word since the next."""
    owned_since = case.owned_since or case.opened_at
    if case.spoke_at is None or case.spoke_at < owned_since:
        return owned_since
    first = await connection.scalar(
        select(func.min(_M.at)).where(_M.case_id == case.id, _M.side == Side.PERSON, _M.at > case.spoke_at)
    )
    return first or case.heard_at


async def names(connection: AsyncConnection, staff_ids: Collection[str]) -> dict[str, str]:
    """The names of members of staff, by id."""
    rows = await connection.execute(select(staff.c.id, staff.c.name).where(staff.c.id.in_(list(staff_ids))))
    return {row.id: row.name for row in rows}


async def is_disabled(connection: AsyncConnection, staff_id: str) -> bool:
    """Whether a member of staff may not log in any more."""
    return await connection.scalar(select(staff.c.disabled_at).where(staff.c.id == staff_id)) is not None
