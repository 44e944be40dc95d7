"""The desk's part of "my cases"."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Language
from bot.forms.cases import CaseLine
from bot.handoff import roster_store, store
from bot.handoff.model import HANDOFF
from bot.handoff.words import ASK_PAYLOAD, HandoffWords
from knowledge.model import Localized


class HandoffCases:
    """Fulfils CaseList."""

    def __init__(self, words: HandoffWords) -> None:
        self._words = words

    async def of(self, connection: AsyncConnection, person_id: str, limit: int) -> Sequence[CaseLine]:
        """See CaseList.of. The button tells where an open case stands, and else asks for a person anew."""
        lines = []
        for case in await store.cases_of_person(connection, person_id, limit):
            team = await roster_store.team(connection, case.team_id)
            state = f"state_{case.state}"
            lines.append(
                CaseLine(
                    case.name,
                    Localized(team.names["zh-Hans"], team.names["zh-Hant"], team.names["en"]),
                    Localized(*(self._words.say(state, language) for language in _LANGUAGES)),
                    ASK_PAYLOAD,
                    case.changed_at,
                    case.state not in HANDOFF.final,
                )
            )
        return sorted(lines, key=lambda line: line.changed_at, reverse=True)


_LANGUAGES: tuple[Language, ...] = ("zh-Hans", "zh-Hant", "en")
