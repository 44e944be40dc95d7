"""SQL of binding codes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.model import new_id
from bot.store.schema import binding_codes


async def add_binding_code(
    connection: AsyncConnection,
    declaration_no: str,
    code_hash: str,
    *,
    created_by: str,
    at: datetime,
    expires_at: datetime,
    uses: int,
) -> None:
    """Keep the hash of a binding code."""
    await connection.execute(
        binding_codes.insert().values(
            id=new_id(),
            declaration_no=declaration_no,
            code_hash=code_hash,
            created_by=created_by,
            created_at=at,
            expires_at=expires_at,
            uses_left=uses,
        )
    )


async def use_binding_code(connection: AsyncConnection, declaration_no: str, code_hash: str, at: datetime) -> bool:
    """Take one use of a code; False when there is no valid one. The check and the use are one statement."""
    done = await connection.execute(
        update(binding_codes)
        .where(
            binding_codes.c.declaration_no == declaration_no,
            binding_codes.c.code_hash == code_hash,
            binding_codes.c.expires_at > at,
            binding_codes.c.uses_left > 0,
        )
        .values(uses_left=binding_codes.c.uses_left - 1)
    )
    return bool(done.rowcount)


async def opened_by(connection: AsyncConnection, numbers: Sequence[str], code_hash: str, at: datetime) -> str | None:
    """The one of these declarations for which the code is valid; None: for none."""
    found: str | None = await connection.scalar(
        select(binding_codes.c.declaration_no)
        .where(
            binding_codes.c.declaration_no.in_(list(numbers)),
            binding_codes.c.code_hash == code_hash,
            binding_codes.c.expires_at > at,
            binding_codes.c.uses_left > 0,
        )
        .limit(1)
    )
    return found
