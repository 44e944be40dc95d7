"""The turn: a message in, an answer out."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from bot import metrics
from bot.channels.model import Incoming, Language, Reply
from bot.clock import Clock
from bot.conversation.checks import has_words, is_other_script
from bot.conversation.model import AnsweredBy, CircuitBreaker, RecentLanguages, Turn, rasa_message
from bot.conversation.phrases import ConversationPhrases, Say
from bot.conversation.ports import ConversationLocks, Dialogue, OpenForms, TurnExtra
from bot.errors import NluUnavailableError
from bot.people.model import Person
from bot.people.service import PeopleService
from knowledge.answer import search_replies
from knowledge.emergency import Emergencies, emergency_replies
from knowledge.load import Knowledge
from knowledge.search import Index
from knowledge.text import detect_language

logger = logging.getLogger(__name__)

_SEARCH_CHOICES = 5
_SILENCE = "silence"


class ConversationService:
    """Answers messages of every channel.

    message_max_chars: longest text that is looked at. timeout_s: seconds that Rasa gets before search answers.
    """

    def __init__(
        self,
        dialogue: Dialogue,
        knowledge: Knowledge,
        index: Index,
        people: PeopleService,
        locks: ConversationLocks,
        phrases: ConversationPhrases,
        breaker: CircuitBreaker,
        clock: Clock,
        zone: ZoneInfo,
        emergencies: Emergencies,
        *,
        message_max_chars: int,
        timeout_s: float,
        extra: TurnExtra | None = None,
        forms: OpenForms | None = None,
    ) -> None:
        self._extra = extra
        self._forms = forms
        self._dialogue = dialogue
        self._knowledge = knowledge
        self._index = index
        self._people = people
        self._locks = locks
        self._phrases = phrases
        self._breaker = breaker
        self._clock = clock
        self._zone = zone
        self._emergencies = emergencies
        self._message_max_chars = message_max_chars
        self._timeout_s = timeout_s
        self._languages = RecentLanguages()

    def renew(self, knowledge: Knowledge, index: Index) -> None:
        """Search in another state of the knowledge base from now on."""
        self._knowledge = knowledge
        self._index = index

    async def turn(self, incoming: Incoming) -> Turn:
        """Answer one message. Never raises for what the message holds; database errors pass through."""
        began = time.perf_counter()
        key = await self._people.key_of(incoming.channel, incoming.address)
        async with self._locks.hold(key):
            person = await self._person(incoming, key)
            language = self._language(incoming, key, person)
            if person is not None and person.private and not person.language_chosen and person.language != language:
                await self._people.note_language(person, language)
            turn = await self._with_extra(incoming, key, person, language)
        metrics.turns.labels(incoming.channel, turn.by, turn.replies[0].kind if turn.replies else _SILENCE).inc()
        metrics.turn_seconds.labels(turn.by).observe(time.perf_counter() - began)
        return turn

    async def _with_extra(self, incoming: Incoming, key: str, person: Person | None, language: Language) -> Turn:
        turn = self._urgent(incoming, language)
        if self._extra is None:
            return turn or await self._answer(incoming, key, language)
        turn = turn or await self._taken(self._extra, incoming, person, language)
        turn = turn or await self._answer(incoming, key, language)
        return replace(turn, replies=await self._extra.add(incoming, person, language, turn.replies))

    async def _taken(
        self, extra: TurnExtra, incoming: Incoming, person: Person | None, language: Language
    ) -> Turn | None:
        own = await extra.take(incoming, person, language)
        return None if own is None else Turn(own, language, "dialogue" if own else "person")

    async def handle(self, incoming: Incoming) -> list[Reply]:
        """The replies alone, as channels ask for them."""
        return (await self.turn(incoming)).replies

    async def _person(self, incoming: Incoming, key: str) -> Person | None:
        if incoming.private:
            return await self._people.meet(
                incoming.channel, incoming.address, private=True, language=incoming.language_hint
            )
        return await self._people.find(key)

    def _language(self, incoming: Incoming, key: str, person: Person | None) -> Language:
        if person is not None and person.language_chosen and person.language is not None:
            return person.language
        if incoming.locale is not None:
            return incoming.locale
        known = self._languages.get(key) or (person.language if person else None)
        default = known or incoming.language_hint or "zh-Hans"
        language = detect_language(incoming.text, default) if incoming.text else default
        self._languages.set(key, language)
        return language

    async def _answer(self, incoming: Incoming, key: str, language: Language) -> Turn:
        fault = self._fault(incoming, language)
        if fault is not None:
            return Turn([fault], language, "dialogue")
        try:
            message = rasa_message(incoming.text, incoming.payload)
        except ValueError:
            return Turn([self._phrases.reply(Say.UNKNOWN_BUTTON, language)], language, "dialogue")
        replies, by = await self._replies(message, incoming, key, language)
        return Turn(replies, language, by)

    def _fault(self, incoming: Incoming, language: Language) -> Reply | None:
        if incoming.kind == "unsupported":
            return self._phrases.reply(Say.UNSUPPORTED, language)
        if incoming.payload is not None:
            return None
        text = incoming.text or ""
        if len(text) > self._message_max_chars:
            return self._phrases.reply(Say.TOO_LONG, language, length=len(text), limit=self._message_max_chars)
        if not has_words(text):
            return self._phrases.reply(Say.NO_WORDS, language)
        if is_other_script(text):
            return self._phrases.reply(Say.OTHER_LANGUAGE, language)
        return None

    def _urgent(self, incoming: Incoming, language: Language) -> Turn | None:
        """Where to call, when somebody needs help at once: before all else, so that no form, load, failure or person who
        answers here stands before it.
        """
        text = incoming.text or ""
        if incoming.payload is not None or not text or len(text) > self._message_max_chars:
            return None
        emergency = self._emergencies.find(text)
        if emergency is None:
            return None
        replies = emergency_replies(self._knowledge, emergency, language, self._today())
        return Turn([Reply.model_validate(reply.as_dict()) for reply in replies], language, "dialogue")

    def _today(self) -> date:
        return self._clock().astimezone(self._zone).date()

    async def _replies(
        self, message: str, incoming: Incoming, key: str, language: Language
    ) -> tuple[list[Reply], AnsweredBy]:
        if not self._breaker.allows():
            metrics.nlu_failures.labels("circuit open").inc()
            return self._from_search(message, incoming, language), "search"
        today = self._today()
        try:
            form = None if self._forms is None else await self._forms.in_hand(key)
            replies = await self._dialogue.answer(
                key, message, language, today=today, timeout_s=self._timeout_s, form=form
            )
        except NluUnavailableError as error:
            self._breaker.failed()
            metrics.nlu_failures.labels(error.code).inc()
            logger.warning("rasa gave no answer: %s", error.code, extra={"conversation": key})
            return self._from_search(message, incoming, language), "search"
        self._breaker.succeeded()
        return replies, "dialogue"

    def _from_search(self, message: str, incoming: Incoming, language: Language) -> list[Reply]:
        """What search answers; a button that shows an entry shows it, tasks wait for Rasa."""
        today = self._today()
        text = self._words(message, incoming)
        hits = self._index.search(text, limit=_SEARCH_CHOICES, on=today)
        return [
            Reply.model_validate(reply.as_dict()) for reply in search_replies(self._knowledge, hits, language, on=today)
        ]

    def _words(self, message: str, incoming: Incoming) -> str:
        if not message.startswith("/"):
            return message
        entry = (incoming.payload or "").removeprefix("e:")
        return self._knowledge.title(entry, "zh-Hans") if entry in self._knowledge.entries else ""
