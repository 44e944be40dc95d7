"""Alembic's environment: always on a connection that the caller opened."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from bot.store.schema import Moment, metadata


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """A migration names no class of ours: they may change, it may not."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
