"""Tells people and staff what became of a case, in the transaction in which it became so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import LANGUAGES, Button, Language, Reply
from bot.delivery.model import Audience, AudienceKind, CauseKind, Lane, OutgoingNotification
from bot.delivery.outbox import Outbox
from bot.desks.complaints import store as sql
from bot.desks.complaints.model import MACHINE, Complaint, State
from bot.desks.complaints.words import ComplaintWords
from bot.learning.cases import CaseRatings
from bot.people.model import new_id


class ComplaintNews:
    """Writes outbox rows."""

    def __init__(self, outbox: Outbox, words: ComplaintWords, ratings: CaseRatings) -> None:
        self._outbox = outbox
        self._words = words
        self._ratings = ratings

    async def person(
        self, connection: AsyncConnection, case: Complaint, text: Callable[[Language], str], at: datetime
    ) -> None:
        """Tell the person of a case, with what they can do. Nobody is told of an anonymous one: nobody is known."""
        if case.person_id is None:
            return
        texts = {
            language: Reply(text=text(language), kind="push", buttons=self.buttons(case, language))
            for language in LANGUAGES
        }
        await self._add(connection, case, Audience(AudienceKind.PERSON, case.person_id), texts, at)

    def buttons(self, case: Complaint, language: Language) -> list[Button]:
        """What the person can do with a case: act, or rate how it went when it is over."""
        if case.state in (State.CLOSED, State.REFERRED):
            return self._ratings.buttons(MACHINE.name, case.id, language)
        return self._words.buttons(case, language)

    async def staff(self, connection: AsyncConnection, case: Complaint, sentence: str, at: datetime) -> int:
        """Tell the owner, or where there is none all who may approve; returns how many addresses they have linked."""
        found = await sql.addresses_of(connection, [case.owner] if case.owner else None, case.barred)
        for address_id in found:
            texts = {
                language: Reply(text=self._for_staff(case, sentence, language), kind="push") for language in LANGUAGES
            }
            await self._add(connection, case, Audience(AudienceKind.ADDRESS, address_id), texts, at)
        return len(found)

    async def wake(self) -> None:
        """After the commit."""
        await self._outbox.wake()

    def _for_staff(self, case: Complaint, sentence: str, language: Language) -> str:
        owner = case.owner or self._words.say("nobody", language)
        day = self._words.day(case.due_at or case.answer_by, language)
        return self._words.told(sentence, case, language, day=day, owner=owner)

    async def _add(
        self,
        connection: AsyncConnection,
        case: Complaint,
        audience: Audience,
        texts: dict[Language, Reply],
        at: datetime,
    ) -> None:
        cause = f"{case.id}:{new_id()[:24]}"
        notification = OutgoingNotification(CauseKind.COMPLAINT, cause, Lane.TRANSACTIONAL, audience, texts)
        await self._outbox.add(connection, notification, at)
