"""SQL of mandates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.firms.lives_model import MandateState
from bot.people.firms.model import Firm, Grants, Mandate, grants_of, rows_of
from bot.store.schema import enterprises, firm_members, mandate_rights, mandates

_client = enterprises.alias("client")
_broker = enterprises.alias("broker")
_OPEN = ("offered", "active")


async def add(connection: AsyncConnection, mandate: Mandate, *, actor: str, at: datetime) -> None:
    """Keep a new mandate with its rights."""
    await connection.execute(
        mandates.insert().values(
            id=mandate.id,
            client_id=mandate.client.id,
            broker_id=mandate.broker.id,
            state=mandate.state,
            valid_from=mandate.valid_from,
            valid_until=mandate.valid_until,
            created_by=actor,
            created_at=at,
        )
    )
    await connection.execute(
        mandate_rights.insert(),
        [
            {"mandate_id": mandate.id, "right_name": right, "declaration_no": number}
            for right, number in rows_of(mandate.grants)
        ],
    )


async def of_id(connection: AsyncConnection, mandate_id: str) -> Mandate | None:
    """One mandate; None when there is none of this id."""
    found = await _mandates(connection, mandates.c.id == mandate_id)
    return found[0] if found else None


async def open_of(connection: AsyncConnection, firm_id: str) -> list[Mandate]:
    """Those offered or active in which a firm is client or broker, the first to end first."""
    concerns = or_(mandates.c.client_id == firm_id, mandates.c.broker_id == firm_id)
    return await _mandates(connection, mandates.c.state.in_(_OPEN), concerns)


async def over(connection: AsyncConnection, at: datetime, limit: int) -> list[Mandate]:
    """Those whose time is over, and of which nobody has noted it yet."""
    return (await _mandates(connection, mandates.c.state.in_(_OPEN), mandates.c.valid_until <= at))[:limit]


async def people_of(connection: AsyncConnection, firm_id: str) -> list[str]:
    """Who belongs to a firm: ids of persons."""
    query = select(firm_members.c.person_id).where(
        firm_members.c.enterprise_id == firm_id, firm_members.c.state == "active"
    )
    return list(await connection.scalars(query.order_by(firm_members.c.person_id)))


async def _mandates(connection: AsyncConnection, *which: Any) -> list[Mandate]:
    rows = (
        await connection.execute(
            select(
                mandates,
                _client.c.name.label("client_name"),
                _client.c.credit_code.label("client_code"),
                _broker.c.name.label("broker_name"),
                _broker.c.credit_code.label("broker_code"),
            )
            .join_from(mandates, _client, _client.c.id == mandates.c.client_id)
            .join(_broker, _broker.c.id == mandates.c.broker_id)
            .where(*which)
            .order_by(mandates.c.valid_until, mandates.c.id)
        )
    ).all()
    grants = await _grants(connection, [row.id for row in rows])
    return [
        Mandate(
            row.id,
            Firm(row.client_id, row.client_name, row.client_code),
            Firm(row.broker_id, row.broker_name, row.broker_code),
            MandateState(row.state),
            row.valid_from,
            row.valid_until,
            grants[row.id],
        )
        for row in rows
    ]


async def _grants(connection: AsyncConnection, ids: list[str]) -> dict[str, Grants]:
    pairs: dict[str, list[tuple[str, str]]] = {mandate_id: [] for mandate_id in ids}
    if ids:
        for row in await connection.execute(select(mandate_rights).where(mandate_rights.c.mandate_id.in_(ids))):
            pairs[row.mandate_id].append((row.right_name, row.declaration_no))
    return {mandate_id: grants_of(listed) for mandate_id, listed in pairs.items()}
