"""What the desk stores of a person: that they entered events, registered firms, filled lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import case_history, expo_events, expo_exhibitors, label_applications, label_movements

_ERASED = "person:erased"
_KEPT = (
    "goods lists and balances are the firm's; customs control lasts until all is accounted for (Customs Law art. 23)"
)
_MACHINES = ("expo_event", "label_application", "expo_label")


class LabelPersonalData:
    """Fulfils PersonalData."""

    name = "expo_labels"

    async def export(self, connection: AsyncConnection, person_id: str) -> Sequence[Mapping[str, Any]]:
        """See PersonalData.export."""
        found: list[Mapping[str, Any]] = []
        for kind, table, columns in _TABLES:
            chosen = [table.c[column] for column in columns]
            rows = await connection.execute(select(*chosen).where(table.c.person_id == person_id).order_by(table.c.id))
            for row in rows.mappings():
                found.append({"kind": kind, **{name: _plain(value) for name, value in row.items()}})
        steps = await connection.execute(
            select(case_history)
            .where(case_history.c.actor == f"person:{person_id}", case_history.c.machine.in_(_MACHINES[:2]))
            .order_by(case_history.c.seq)
        )
        found += [{"kind": "step", "of": row.machine, "to": row.to_state, "at": row.at.isoformat()} for row in steps]
        return found

    async def erase(self, connection: AsyncConnection, person_id: str, at: datetime) -> Mapping[str, str]:
        """See PersonalData.erase: the person's name goes out of everything, the firm's goods stay."""
        kept = False
        for _, table, _ in _TABLES:
            done = await connection.execute(update(table).where(table.c.person_id == person_id).values(person_id=None))
            kept = kept or bool(done.rowcount)
        actor = f"person:{person_id}"
        await connection.execute(
            update(expo_events).where(expo_events.c.created_by == actor).values(created_by=_ERASED)
        )
        await connection.execute(
            update(case_history)
            .where(case_history.c.actor == actor, case_history.c.machine.in_(_MACHINES))
            .values(actor=_ERASED)
        )
        await connection.execute(update(label_movements).where(label_movements.c.actor == actor).values(actor=_ERASED))
        return {"expo labels": _KEPT} if kept else {}


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value


_TABLES: tuple[tuple[str, Table, tuple[str, ...]], ...] = (
    ("event", expo_events, ("code", "name", "venue", "state", "created_at")),
    ("exhibitor", expo_exhibitors, ("name", "stand", "created_at")),
    ("goods list", label_applications, ("id", "state", "created_at", "submitted_at", "decided_at")),
)
