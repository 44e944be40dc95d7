"""Cases in the talk: shown, withdrawn, reopened, closed and rated by buttons; and the line in "my cases"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Button, Incoming, Language, Reply
from bot.desks.complaints import store as sql
from bot.desks.complaints.model import MACHINE, OPEN, Complaint, State
from bot.desks.complaints.service import ComplaintService
from bot.errors import ConflictError, NotFoundError
from bot.forms.cases import CaseLine
from bot.learning.cases import CaseRatings
from bot.people.model import Person

_ACT = re.compile(r"cp:(show|withdraw|reopen|content):([0-9a-f]{32})")


class ComplaintsInChat:
    """Fulfils TurnExtra."""

    def __init__(self, service: ComplaintService, ratings: CaseRatings) -> None:
        self._service = service
        self._words = service.words
        self._ratings = ratings

    async def take(self, incoming: Incoming, person: Person | None, language: Language) -> list[Reply] | None:
        """See TurnExtra.take: the buttons of a case, and those of a rating."""
        if incoming.payload is None:
            return None
        rated = await self._ratings.rated(incoming.payload, language)
        if rated is not None:
            return [rated]
        match = _ACT.fullmatch(incoming.payload)
        if match is None:
            return None
        if person is None or not person.private:
            return [Reply(text=self._words.say("private_only", language), kind="error")]
        try:
            return [await self._act(match[1], match[2], person, language)]
        except NotFoundError:
            return [Reply(text=self._words.say("none", language), kind="error")]
        except ConflictError as error:
            state = self._words.state(State(error.state), language)
            return [Reply(text=self._words.say("not_now", language, state=state), kind="error")]

    async def add(
        self, incoming: Incoming, person: Person | None, language: Language, replies: list[Reply]
    ) -> list[Reply]:
        """See TurnExtra.add: nothing."""
        return replies

    async def _act(self, act: str, case_id: str, person: Person, language: Language) -> Reply:
        if act == "show":
            return self._words.shown(await self._service.find(person.id, case_id), language)
        if act == "withdraw":
            case = await self._service.withdraw(person.id, case_id)
        elif act == "reopen":
            case = await self._service.reopen(person.id, case_id)
        else:
            case = await self._service.content(person.id, case_id)
        return Reply(
            text=self._words.told(case.state.value, case, language), kind="task", buttons=self._next(case, language)
        )

    def _next(self, case: Complaint, language: Language) -> list[Button]:
        if case.state is State.CLOSED:
            return self._ratings.buttons(MACHINE.name, case.id, language)
        return self._words.buttons(case, language)


class ComplaintCases:
    """Fulfils CaseList."""

    def __init__(self, service: ComplaintService) -> None:
        self._words = service.words

    async def of(self, connection: AsyncConnection, person_id: str, limit: int) -> Sequence[CaseLine]:
        """See CaseList.of."""
        return [
            CaseLine(
                case.number,
                self._words.rules[case.kind].title,
                self._words.each(f"state_{case.state}"),
                f"cp:show:{case.id}",
                case.changed_at,
                is_open=case.state in OPEN or case.state is State.ANSWERED,
            )
            for case in await sql.of_person(connection, person_id, limit)
        ]
