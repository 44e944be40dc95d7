"""SQL of the ids under which pictures may be looked at."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Language
from bot.store.schema import shipment_pictures


async def add(
    connection: AsyncConnection,
    picture_id: str,
    declaration_no: str,
    person_id: str,
    language: Language,
    ends: datetime,
) -> None:
    """Keep an id."""
    await connection.execute(
        shipment_pictures.insert().values(
            id=picture_id, declaration_no=declaration_no, person_id=person_id, language=language, expires_at=ends
        )
    )


async def find(connection: AsyncConnection, picture_id: str, at: datetime) -> tuple[str, Language] | None:
    """Declaration and language; None for an id that is unknown or over."""
    query = select(shipment_pictures).where(shipment_pictures.c.id == picture_id, shipment_pictures.c.expires_at > at)
    row = (await connection.execute(query)).one_or_none()
    return (row.declaration_no, row.language) if row else None


async def forget(connection: AsyncConnection, at: datetime) -> None:
    """Forget those that are over."""
    await connection.execute(delete(shipment_pictures).where(shipment_pictures.c.expires_at <= at))
