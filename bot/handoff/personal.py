"""What the desk stores of a person, to be shown and erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, null, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.handoff import store
from bot.handoff.model import HANDOFF, CaseState, ClosedBy
from bot.store.history import Step, move
from bot.store.schema import handoff_cases, handoff_messages

_ALL = 1_000_000
_KEPT = "Number, unit, times and steps without what was said: who was responsible for a case, and when, must stay accountable."


class HandoffPersonal:
    """Fulfils PersonalData."""

    name = "handoff"

    async def export(self, connection: AsyncConnection, person_id: str) -> Sequence[Mapping[str, Any]]:
        """See PersonalData.export: each case with what was said in it."""
        return [
            {
                "number": case.name,
                "state": case.state,
                "team": case.team_id,
                "opened_at": case.opened_at.isoformat(),
                "closed_at": case.closed_at.isoformat() if case.closed_at else None,
                "shown_history": list(case.history),
                "messages": [
                    {"side": said.side, "text": said.text, "at": said.at.isoformat()}
                    for said in await store.messages(connection, case.id)
                ],
            }
            for case in await store.cases_of_person(connection, person_id, _ALL)
        ]

    async def erase(self, connection: AsyncConnection, person_id: str, at: datetime) -> Mapping[str, str]:
        """See PersonalData.erase: all that was said goes; an open case ends."""
        cases = await store.cases_of_person(connection, person_id, _ALL)
        if not cases:
            return {}
        ids = [case.id for case in cases]
        await connection.execute(delete(handoff_messages).where(handoff_messages.c.case_id.in_(ids)))
        await connection.execute(
            update(handoff_cases)
            .where(handoff_cases.c.id.in_(ids))
            .values(history=null(), shows_history=False, topic=None, changed_at=at)
        )
        for case in cases:
            if case.state not in HANDOFF.final:
                waited = case.state is CaseState.WAITING
                await move(
                    connection,
                    HANDOFF,
                    case.id,
                    CaseState.ABANDONED if waited else CaseState.CLOSED,
                    Step(f"person:{person_id}", at, "erased"),
                    closed_at=at,
                    closed_by=ClosedBy.PERSON,
                    passed_to=None,
                    changed_at=at,
                )
        return {"handoff": _KEPT}
