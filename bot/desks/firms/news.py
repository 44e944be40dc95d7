"""Tells people what happened in their firms: pushes, reminders of a mandate's end, follows that ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import LANGUAGES, Reply
from bot.delivery.digests import cancel_waiting
from bot.delivery.model import Audience, AudienceKind, CauseKind, Lane, OutgoingNotification
from bot.delivery.outbox import Outbox
from bot.desks.firms.words import FirmWords
from bot.people.firms.model import Mandate, News, Right
from bot.people.model import new_id
from bot.reminders.model import ReminderKind
from bot.reminders.service import ReminderService

BEFORE_THE_END = (timedelta(days=14), timedelta(days=3), timedelta(days=1))
_MOMENTS = frozenset({"from", "until"})


class FirmPushes:
    """Fulfils FirmNews."""

    def __init__(self, outbox: Outbox, reminders: ReminderService, words: FirmWords) -> None:
        self._outbox = outbox
        self._reminders = reminders
        self._words = words

    async def tell(self, connection: AsyncConnection, news: News, at: datetime) -> None:
        """See FirmNews.tell."""
        audiences = [Audience(AudienceKind.PERSON, person_id) for person_id in news.to]
        if news.firm_id is not None:
            audiences.append(managers(news.firm_id))
        values = {
            name: self._words.moment(datetime.fromisoformat(value)) if name in _MOMENTS else value
            for name, value in news.values.items()
        }
        texts = {
            language: Reply(text=self._words.say(f"news_{news.what}", language, **values), kind="push")
            for language in LANGUAGES
        }
        for audience in audiences:
            notification = OutgoingNotification(CauseKind.FIRM, new_id(), Lane.TRANSACTIONAL, audience, texts)
            await self._outbox.add(connection, notification, at)

    async def mandate_dates(self, connection: AsyncConnection, mandate: Mandate, *, ends: bool) -> None:
        """See FirmNews.mandate_dates."""
        kind = ReminderKind.MANDATE_END
        if not ends:
            await self._reminders.cancel(connection, kind, mandate.id)
            return
        values = {"client": mandate.client.name, "broker": mandate.broker.name}
        for firm in (mandate.client, mandate.broker):
            await self._reminders.set_date(
                connection, kind, mandate.id, mandate.valid_until, managers(firm.id), BEFORE_THE_END, values=values
            )

    async def follows_ended(
        self, connection: AsyncConnection, ended: Sequence[tuple[str, str, str]], at: datetime
    ) -> None:
        """See FirmNews.follows_ended."""
        for person_id, kind, target in ended:
            await cancel_waiting(connection, person_id, kind=kind, target=target)

    async def wake(self) -> None:
        """See FirmNews.wake."""
        await self._outbox.wake()


def managers(firm_id: str) -> Audience:
    """All who manage a firm's members."""
    return Audience(AudienceKind.FIRM, f"{firm_id}:{Right.MEMBERS}")
