"""Moves cases along their state machines, and keeps who did it, when and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import ConflictError, NotFoundError
from bot.states import Machine, State
from bot.store.schema import case_history, metadata


@dataclass(frozen=True)
class Step:
    """Who moves a case, when and why.

    actor: `person:<id>`, `staff:<name>`, `key:<name>` or `system`. detail: JSON that the history shows; no secrets.
    """

    actor: str
    at: datetime
    why: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


async def opened(connection: AsyncConnection, machine: Machine[State], case_id: str, state: State, step: Step) -> None:
    """Note that a case began. Raises ValueError when it may not begin in this state."""
    if state not in machine.start:
        raise ValueError(f"{machine.name} does not begin as {state}")
    await _note(connection, machine.name, case_id, None, state, step)


async def move(
    connection: AsyncConnection, machine: Machine[State], case_id: str, to: State, step: Step, **values: Any
) -> State:
    """Move a case to another state in the caller's transaction, set further columns with it, and return the state before.

    Raises NotFoundError when there is no such case, and ConflictError when the step is not listed: also for the second of two
    who do the same at the same moment.
    """
    table = metadata.tables[machine.table]
    row = await connection.scalar(select(table.c.state).where(table.c.id == case_id).with_for_update())
    if row is None:
        raise NotFoundError(machine.name)
    before = next(state for state in machine.transitions if state.value == row)
    if not machine.allows(before, to):
        raise ConflictError(f"{machine.name} is {before} and cannot become {to}.", state=before.value)
    await connection.execute(update(table).where(table.c.id == case_id).values(state=to.value, **values))
    await _note(connection, machine.name, case_id, before, to, step)
    return before


async def history(connection: AsyncConnection, machine: str, case_id: str) -> Sequence[Mapping[str, Any]]:
    """All that a case went through, oldest first: from_state, to_state, actor, why, detail, at."""
    rows = await connection.execute(
        select(case_history)
        .where(case_history.c.machine == machine, case_history.c.case_id == case_id)
        .order_by(case_history.c.seq)
    )
    return [dict(row) for row in rows.mappings()]


async def _note(
    connection: AsyncConnection, machine: str, case_id: str, before: State | None, after: State, step: Step
) -> None:
    await connection.execute(
        case_history.insert().values(
            machine=machine,
            case_id=case_id,
            from_state=before.value if before is not None else None,
            to_state=after.value,
            actor=step.actor,
            why=step.why,
            detail=dict(step.detail),
            at=step.at,
        )
    )
