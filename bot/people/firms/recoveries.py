"""SQL of recoveries: a firm whose admins are gone gets a new one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.firms import store as firm_store
from bot.people.firms.lives_model import MEMBER, RECOVERY, MemberState, RecoveryState
from bot.people.firms.model import Firm, Member, Recovery
from bot.store.history import Step, move
from bot.store.schema import enterprises, firm_recoveries, staff

_asker = staff.alias("asker")
_decider = staff.alias("decider")


async def add(
    connection: AsyncConnection,
    recovery_id: str,
    firm_id: str,
    *,
    reason: str,
    label: str,
    replaces: bool,
    staff_id: str,
    at: datetime,
) -> None:
    """Keep what was asked for."""
    await connection.execute(
        firm_recoveries.insert().values(
            id=recovery_id,
            enterprise_id=firm_id,
            state="requested",
            reason=reason,
            label=label,
            replaces=replaces,
            requested_by=staff_id,
            requested_at=at,
        )
    )


async def of_id(connection: AsyncConnection, recovery_id: str) -> Recovery | None:
    """One recovery; None when there is none of this id."""
    found = await _recoveries(connection, firm_recoveries.c.id == recovery_id)
    return found[0] if found else None


async def open_ones(connection: AsyncConnection, firm_id: str | None = None) -> list[Recovery]:
    """Those that wait for a decision or for the new admin, oldest first. firm_id: None for all firms."""
    which: list[Any] = [firm_recoveries.c.state.in_(("requested", "approved"))]
    if firm_id is not None:
        which.append(firm_recoveries.c.enterprise_id == firm_id)
    return await _recoveries(connection, *which)


async def over(connection: AsyncConnection, asked_before: datetime) -> list[Recovery]:
    """Those that nobody finished, asked for before a moment."""
    return await _recoveries(
        connection,
        firm_recoveries.c.state.in_(("requested", "approved")),
        firm_recoveries.c.requested_at < asked_before,
    )


async def _recoveries(connection: AsyncConnection, *which: Any) -> list[Recovery]:
    rows: Sequence[Any] = (
        await connection.execute(
            select(
                firm_recoveries,
                enterprises.c.name,
                enterprises.c.credit_code,
                _asker.c.name.label("asker"),
                _decider.c.name.label("decider"),
            )
            .join_from(firm_recoveries, enterprises, enterprises.c.id == firm_recoveries.c.enterprise_id)
            .join(_asker, _asker.c.id == firm_recoveries.c.requested_by)
            .outerjoin(_decider, _decider.c.id == firm_recoveries.c.decided_by)
            .where(*which)
            .order_by(firm_recoveries.c.requested_at, firm_recoveries.c.id)
        )
    ).all()
    return [
        Recovery(
            row.id,
            Firm(row.enterprise_id, row.name, row.credit_code),
            RecoveryState(row.state),
            row.reason,
            row.label,
            row.replaces,
            row.asker,
            row.requested_at,
            row.decider,
        )
        for row in rows
    ]


async def recovered(
    connection: AsyncConnection, recovery_id: str, firm: Firm, new_admin_id: str, step: Step
) -> list[Member]:
    """The new admin joined (and holds the firm): the recovery is done. Returns the former admins who were taken out with it."""
    await move(connection, RECOVERY, recovery_id, RecoveryState.DONE, step)
    recovery = await of_id(connection, recovery_id)
    if recovery is None or not recovery.replaces:
        return []
    former = [
        member
        for member in await firm_store.members_of(connection, firm.id)
        if member.admin and member.person_id != new_admin_id
    ]
    for member in former:
        why = Step("system", step.at, "recovery", {"recovery": recovery_id})
        await move(connection, MEMBER, member.id, MemberState.REMOVED, why, ended_at=step.at)
    return former
