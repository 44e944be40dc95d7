"""Tells a firm's people what happened with its labels, in the transaction in which it happened."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import Language
from bot.clock import Clock
from bot.delivery.model import Audience, AudienceKind, CauseKind, Lane, OutgoingNotification
from bot.delivery.outbox import Outbox
from bot.desks.labels.words import LabelWords
from bot.people.firms.model import Right
from bot.people.model import new_id


class LabelNews:
    """Writes the pushes. Nobody to tell is no error."""

    def __init__(self, clock: Clock, outbox: Outbox, words: LabelWords) -> None:
        self._clock = clock
        self._outbox = outbox
        self._words = words

    async def tell(
        self, connection: AsyncConnection, firm_id: str, sentence: str, /, **values: Mapping[Language, str] | str
    ) -> None:
        """Tell everybody who may act for the firm in its labels. sentence: of the group `push`."""
        audience = firm_audience(firm_id)
        texts = self._words.push(sentence, **values)
        cause = (CauseKind.LABEL, new_id(), Lane.TRANSACTIONAL)
        await self._outbox.add(connection, OutgoingNotification(*cause, audience, texts), self._clock())

    async def wake(self) -> None:
        """After the commit: there is something to send."""
        await self._outbox.wake()


def firm_audience(firm_id: str) -> Audience:
    """All who may act for the firm in its labels when the push goes out: a leaver is told no more."""
    return Audience(AudienceKind.FIRM, f"{firm_id}:{Right.LABELS}")
