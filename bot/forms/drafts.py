"""Drafts that wait: which there are, which is in hand, which are too old."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.channels.model import Button, Language, Reply
from bot.clock import Clock
from bot.forms import store as sql
from bot.forms.asking import TASK
from bot.forms.form import Form
from bot.forms.model import KEPT
from bot.forms.words import FormWords
from bot.people.service import PeopleService
from bot.store.engine import Store

logger = logging.getLogger(__name__)

_EXPIRED_AT_ONCE = 200
IN_HAND = timedelta(hours=1)
"""How long a question stands open in a chat; later it takes a word to go on."""


class Drafts:
    """See the module. forms: of all desks. zone: of the ports."""

    def __init__(
        self, store: Store, clock: Clock, zone: ZoneInfo, people: PeopleService, words: FormWords, forms: Sequence[Form]
    ) -> None:
        self._store = store
        self._clock = clock
        self._zone = zone
        self._people = people
        self._words = words
        self._forms = {form.name: form for form in forms}

    async def drafts(self, key: str, language: Language) -> Reply:
        """What the person has not finished, with a button for each. Raises SessionNotPrivateError."""
        person = await self._people.private_person(key)
        async with self._store.read() as connection:
            found = [draft for draft in await sql.open_drafts(connection, person.id) if draft.form in self._forms]
        if not found:
            return self._say("drafts_none", language)
        lines, buttons = [self._words.say("drafts", language)], []
        for draft in found:
            title = self._forms[draft.form].title.get(language)
            when, until = self._day(draft.changed_at), self._day(draft.changed_at + KEPT)
            lines.append(self._words.say("draft_line", language, form=title, when=when, until=until))
            button = self._words.say("drafts_button", language, form=title)
            buttons.append(Button(title=button, payload=f"{TASK}:{draft.form}"))
        return Reply(text="\n".join(lines), kind="task", buttons=buttons)

    async def latest(self, key: str) -> str | None:
        """The form of the draft that the person changed last; None: there is none. Raises SessionNotPrivateError."""
        person = await self._people.private_person(key)
        async with self._store.read() as connection:
            found = [draft.form for draft in await sql.open_drafts(connection, person.id) if draft.form in self._forms]
        return found[0] if found else None

    async def in_hand(self, key: str) -> str | None:
        """The form whose question stands open in a conversation, if it was asked within IN_HAND; None: none."""
        async with self._store.read() as connection:
            draft = await sql.in_hand(connection, key, self._clock() - IN_HAND)
        return draft.form if draft is not None and draft.form in self._forms else None

    async def tick(self) -> None:
        """Close drafts that nobody has gone on with for KEPT. Several workers may do it at once."""
        now = self._clock()
        async with self._store.write() as connection:
            closed = await sql.expire(connection, now - KEPT, now, _EXPIRED_AT_ONCE)
        if closed:
            logger.info("drafts expired", extra={"count": closed})

    def _say(self, sentence: str, language: Language, form: Form | None = None, **values: Any) -> Reply:
        title = {} if form is None else {"form": form.title.get(language)}
        text = self._words.say(sentence, language, **title, **values)
        return Reply(text=text, kind="task", topic=None if form is None else form.topic)

    def _day(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%Y-%m-%d}"
