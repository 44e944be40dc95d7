"""Learning in the talk: the buttons that rate an answer, and what is kept of a question that got none."""

from __future__ import annotations

from bot.channels.model import Incoming, Language, Reply
from bot.learning.service import LearningService
from bot.people.model import Person, conversation_key

# Where people read answers; a program that calls the API has no thumbs.
_RATED_CHANNELS = frozenset({"web", "telegram"})


class LearningInChat:
    """Fulfils TurnExtra. It stands last: what is learned of is what the person got."""

    def __init__(self, service: LearningService) -> None:
        self._service = service

    async def take(self, incoming: Incoming, person: Person | None, language: Language) -> list[Reply] | None:
        """See TurnExtra.take: buttons that rate an answer or say why it did not help."""
        if incoming.payload is None:
            return None
        rated = await self._service.rated(_key(incoming, person), incoming.payload, language)
        return None if rated is None else [rated]

    async def add(
        self, incoming: Incoming, person: Person | None, language: Language, replies: list[Reply]
    ) -> list[Reply]:
        """See TurnExtra.add: the means to say whether the answer helped. Silence is nothing to learn from."""
        if not replies:
            return replies
        if incoming.text:
            await self._service.heard(_key(incoming, person), incoming.text, language, replies)
        if incoming.channel not in _RATED_CHANNELS:
            return replies
        return self._service.with_rating(replies, language)


def _key(incoming: Incoming, person: Person | None) -> str:
    # A chat that moved keeps its key, and then its person is known.
    return person.address_id if person is not None else conversation_key(incoming.channel, incoming.address)
