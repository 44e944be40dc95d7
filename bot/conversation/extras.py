"""The extras of a turn as one, in their order."""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.model import Incoming, Language, Reply
from bot.conversation.ports import TurnExtra
from bot.people.model import Person


class Extras:
    """Several TurnExtras as one: the first that takes a message answers it; all may add, in the same order.

    first: those that look before all others, such as the one that keeps the bot silent while a person speaks. house: those of
    the house, whose words and buttons are fixed. desks: those of the desks. last: sees what the person gets in the end, as
    learning must.
    """

    def __init__(
        self,
        *,
        first: Sequence[TurnExtra] = (),
        house: Sequence[TurnExtra] = (),
        desks: Sequence[TurnExtra] = (),
        last: Sequence[TurnExtra] = (),
    ) -> None:
        self._extras = (*first, *house, *desks, *last)

    async def take(self, incoming: Incoming, person: Person | None, language: Language) -> list[Reply] | None:
        """See TurnExtra.take."""
        for extra in self._extras:
            replies = await extra.take(incoming, person, language)
            if replies is not None:
                return replies
        return None

    async def add(
        self, incoming: Incoming, person: Person | None, language: Language, replies: list[Reply]
    ) -> list[Reply]:
        """See TurnExtra.add."""
        for extra in self._extras:
            replies = await extra.add(incoming, person, language, replies)
        return replies
