"""SQL of questions asked in vain and of ratings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Language
from bot.learning.model import AskedQuestion, EntryRating, QuestionKind, QuestionState, Reason
from bot.store.schema import asked_questions, entry_ratings


async def add_question(
    connection: AsyncConnection, day: date, language: Language, kind: QuestionKind, text: str, entry: str | None = None
) -> int:
    """Keep a question; returns its number."""
    added = await connection.execute(
        asked_questions.insert()
        .values(day=day, language=language, kind=kind, text=text, entry=entry, state=QuestionState.OPEN)
        .returning(asked_questions.c.id)
    )
    return int(added.scalar_one())


async def set_reason(connection: AsyncConnection, number: int, reason: Reason) -> None:
    """Say why the answer to a question did not help; what was said once stays."""
    await connection.execute(
        update(asked_questions)
        .where(
            asked_questions.c.id == number,
            asked_questions.c.kind == QuestionKind.POOR,
            asked_questions.c.reason.is_(None),
        )
        .values(reason=reason)
    )


async def open_questions(connection: AsyncConnection, limit: int) -> list[AskedQuestion]:
    """Those that nobody has looked at yet, the newest first."""
    rows = await connection.execute(
        select(asked_questions)
        .where(asked_questions.c.state == QuestionState.OPEN)
        .order_by(asked_questions.c.id.desc())
        .limit(limit)
    )
    return [_question(row) for row in rows.mappings()]


def _question(row: Any) -> AskedQuestion:
    return AskedQuestion(
        row["id"],
        row["day"],
        row["language"],
        QuestionKind(row["kind"]),
        row["text"],
        row["entry"],
        Reason(row["reason"]) if row["reason"] else None,
    )


async def close_questions(connection: AsyncConnection, numbers: Sequence[int], state: QuestionState) -> int:
    """Take open questions off the list; returns how many were open."""
    done = await connection.execute(
        update(asked_questions)
        .where(asked_questions.c.id.in_(numbers), asked_questions.c.state == QuestionState.OPEN)
        .values(state=state)
    )
    return done.rowcount


async def count_rating(connection: AsyncConnection, entry: str, language: Language, day: date, *, good: bool) -> None:
    """Count one rating."""
    insert: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    column = entry_ratings.c.good if good else entry_ratings.c.bad
    await connection.execute(
        insert(entry_ratings)
        .values(entry=entry, language=language, day=day, good=int(good), bad=int(not good))
        .on_conflict_do_update(index_elements=["entry", "language", "day"], set_={column.name: column + 1})
    )


async def worst_rated(connection: AsyncConnection, since: date, limit: int) -> list[EntryRating]:
    """The entries that helped least often, most complaints first."""
    bad, good = func.sum(entry_ratings.c.bad), func.sum(entry_ratings.c.good)
    rows = await connection.execute(
        select(entry_ratings.c.entry, good, bad)
        .where(entry_ratings.c.day >= since)
        .group_by(entry_ratings.c.entry)
        .having(bad > 0)
        .order_by(bad.desc(), entry_ratings.c.entry)
        .limit(limit)
    )
    return [EntryRating(entry, int(g), int(b)) for entry, g, b in rows]


async def forget_before(connection: AsyncConnection, day: date) -> int:
    """Delete questions and ratings of earlier days; returns how many questions."""
    gone = await connection.execute(delete(asked_questions).where(asked_questions.c.day < day))
    await connection.execute(delete(entry_ratings).where(entry_ratings.c.day < day))
    return gone.rowcount
