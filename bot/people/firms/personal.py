"""The firms' part of what is stored of a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.firms import store as firm_store
from bot.people.firms.model import News, rows_of
from bot.people.firms.ports import FirmNews
from bot.people.firms.rights import memberships
from bot.people.personal_tables import ERASED, plain
from bot.store.audit import AuditTrail
from bot.store.schema import enterprises, firm_invitations, firm_members, firm_rights, mandates

LAST_ADMIN = "firm_admin"
"""What `erase` says of a firm that is left without an admin."""


class PersonalFirms:
    """Fulfils PersonalData: memberships. The firm, its mandates and its declarations are the firm's own."""

    name = "firms"

    def __init__(self, audit: AuditTrail, news: FirmNews) -> None:
        self._audit = audit
        self._news = news

    async def export(self, connection: AsyncConnection, person_id: str) -> Sequence[Mapping[str, Any]]:
        """See PersonalData.export: each membership, also those that ended."""
        query = (
            select(firm_members, enterprises.c.name, enterprises.c.credit_code)
            .join_from(firm_members, enterprises)
            .where(firm_members.c.person_id == person_id)
            .order_by(firm_members.c.joined_at, firm_members.c.id)
        )
        grants = {key: grants for key, (_, grants) in (await memberships(connection, person_id)).items()}
        return [
            {
                "firm": row.name,
                "credit_code": row.credit_code,
                "as": row.label,
                "admin": row.admin,
                "state": row.state,
                "rights": [list(pair) for pair in rows_of(grants.get(row.id, {}))],
                "joined_at": plain(row.joined_at),
                "ended_at": plain(row.ended_at),
            }
            for row in await connection.execute(query)
        ]

    async def erase(self, connection: AsyncConnection, person_id: str, at: datetime) -> Mapping[str, str]:
        """See PersonalData.erase. A firm that is left without an admin is named; its other people are told."""
        current = await memberships(connection, person_id)
        await firm_store.hold(connection, *(firm.id for firm, _ in current.values()))
        kept: dict[str, str] = {}
        for member_id, (firm, _) in current.items():
            members = await firm_store.members_of(connection, firm.id)
            own = next((member for member in members if member.id == member_id), None)
            others = [member for member in members if member.id != member_id]
            alone = own is not None and own.admin and not any(member.admin for member in others)
            await self._audit.record(connection, at, "system", "firm.erased", f"firm:{firm.credit_code}", last=alone)
            if alone:
                kept[f"{LAST_ADMIN}:{firm.name}"] = "Nobody is its admin any more; the port's staff can name a new one."
                persons = tuple(member.person_id for member in others)
                await self._news.tell(connection, News("without_admin", {"firm": firm.name}, to=persons), at)
        ids = select(firm_members.c.id).where(firm_members.c.person_id == person_id)
        await connection.execute(delete(firm_rights).where(firm_rights.c.member_id.in_(ids)))
        await connection.execute(delete(firm_members).where(firm_members.c.person_id == person_id))
        for table in (firm_invitations, mandates):
            made = table.c.created_by == f"person:{person_id}"
            await connection.execute(update(table).where(made).values(created_by=ERASED))
        return kept
