"""Use cases of forms: begin or go on, answer, press a button, send. One transaction each; the draft's row is locked in it."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.model import FileRef, Language, Reply
from bot.clock import Clock
from bot.errors import ConflictError, InvalidInputError, NotFoundError, NotPermittedError
from bot.forms import store as sql
from bot.forms.answering import Answering, Said
from bot.forms.asking import Teller
from bot.forms.drafts import IN_HAND, Drafts
from bot.forms.filling import needed_values
from bot.forms.form import Asking, FieldKind, Filled, Form, FormRefusedError, Trouble
from bot.forms.model import KEPT, Draft, DraftState
from bot.forms.pressing import Pressing
from bot.forms.reading import Reader
from bot.forms.taking import Step, Taking
from bot.forms.words import FormWords
from bot.people.model import Person
from bot.people.service import PeopleService
from bot.store.engine import Store

logger = logging.getLogger(__name__)

_PRESSED = re.compile(r"!([0-9a-f]{12}):(\d{1,9}):([a-z_]{1,12})(?::(.{1,120}))?")
# What a service may answer when things have changed since the question; anything else is a fault of ours and passes.
_NOT_DONE = (ConflictError, InvalidInputError, NotFoundError, NotPermittedError)


@dataclass(frozen=True)
class FormTurn:
    """What came of one message. form: of the draft that is in hand now, None: none. taken: it was for the form."""

    replies: tuple[Reply, ...]
    form: str | None = None
    taken: bool = True


class FormService(Drafts):
    """See the module. forms: of all desks. zone: of the ports."""

    def __init__(
        self, store: Store, clock: Clock, zone: ZoneInfo, people: PeopleService, words: FormWords, forms: Sequence[Form]
    ) -> None:
        super().__init__(store, clock, zone, people, words, forms)
        self._teller = Teller(words)
        self._taking = Taking(Reader(words), self._teller, words)
        self._answering = Answering(self._taking)
        self._pressing = Pressing(self._taking)

    @property
    def forms(self) -> Mapping[str, Form]:
        """All forms, by name."""
        return self._forms

    async def begin(self, key: str, name: str, language: Language, given: Mapping[str, str], text: str) -> FormTurn:
        """Begin a form, or go on with its open draft. given: answers known already; text: what was typed to begin it.

        Raises SessionNotPrivateError. What of `given` cannot be read is asked.
        """
        form = self._forms.get(name)
        if form is None:
            return FormTurn((self._say("unknown_form", language),))
        person = await self._people.private_person(key)
        async with self._store.write() as connection:
            asking = self._asking(connection, person, language)
            draft = await sql.open_draft(connection, person.id, name)
            if draft is None:
                refused = await form.refuse(asking) if form.refuse is not None else ()
                if refused:
                    return FormTurn(tuple(refused))
                draft = await sql.begin(connection, person.id, name, {}, key, asking.now)
                intro = [] if form.intro is None else [form.intro.get(language)]
            else:
                intro = (
                    [self._words.say("begun_before", language, form=form.title.get(language))] if draft.values else []
                )
            draft, notes = await self._taking.prefilled(form, draft, given, text, asking)
            draft = await self._kept(draft, asking)
            return self._turn(form, await self._teller.here(form, draft, asking, [*intro, *notes]))

    async def answer(self, key: str, name: str, said: Said, language: Language) -> FormTurn:
        """Take a typed text as an answer, a command or a correction; `taken` is False for a digression.

        Raises SessionNotPrivateError.
        """
        form = self._forms.get(name)
        person = await self._people.private_person(key)
        async with self._store.write() as connection:
            asking = self._asking(connection, person, language)
            draft = await sql.open_draft(connection, person.id, name)
            if form is None or draft is None:
                return FormTurn((), None, taken=False)
            step = await self._answering.said(form, draft, said, asking)
            if step is None:
                return FormTurn((), name, taken=False)
            if step.act is None:
                return await self._after(form, step, asking)
        return await self._act(person, form, draft, step.act, "", language)

    async def press(self, key: str, argument: str, language: Language) -> FormTurn:
        """Take a button: `<form>[?field=value&…]` begins or goes on, all others carry their draft and its revision.

        Raises SessionNotPrivateError.
        """
        pressed = _PRESSED.fullmatch(argument)
        if pressed is None:
            name, _, given = argument.partition("?")
            return await self.begin(key, name, language, dict(parse_qsl(given)), "")
        person = await self._people.private_person(key)
        async with self._store.read() as connection:
            draft = await sql.draft_of(connection, person.id, pressed[1], lock=False)
        form = None if draft is None else self._forms.get(draft.form)
        if draft is None or form is None:
            return FormTurn((self._say("gone", language),))
        if draft.state is not DraftState.OPEN:
            return FormTurn(self._closed(draft, language))
        act, revision, argument = pressed[3], int(pressed[2]), pressed[4] or ""
        return await self._act(person, form, draft, act, argument, language, revision)

    async def question(self, key: str, name: str, language: Language) -> FormTurn:
        """The open question once more, after a digression. Raises SessionNotPrivateError."""
        form = self._forms.get(name)
        person = await self._people.private_person(key)
        async with self._store.read() as connection:
            asking = self._asking(connection, person, language)
            draft = await sql.open_draft(connection, person.id, name, lock=False)
            if form is None or draft is None:
                return FormTurn(())
            back = self._words.say("back_to", language, form=form.title.get(language))
            return self._turn(form, await self._teller.here(form, draft, asking, [back]))

    async def go_on(self, key: str, language: Language) -> FormTurn | None:
        """Take the draft that was changed last in hand here; None when there is none. Raises SessionNotPrivateError."""
        name = await self.latest(key)
        return None if name is None else await self.begin(key, name, language, {}, "")

    async def take_files(self, key: str, files: Sequence[FileRef], language: Language) -> FormTurn | None:
        """Take the first of some files as the answer that the open question waits for; None when none waits for a file.

        Raises SessionNotPrivateError.
        """
        person = await self._people.private_person(key)
        async with self._store.write() as connection:
            asking = self._asking(connection, person, language)
            found = await sql.in_hand(connection, key, asking.now - IN_HAND)
            form = None if found is None else self._forms.get(found.form)
            draft = None if form is None else await sql.open_draft(connection, person.id, form.name)
            field = None if form is None or draft is None else self._teller.asked(form, draft)
            if form is None or draft is None or field is None or field.kind is not FieldKind.FILE:
                return None
            file = files[0]
            value = {"id": file.id, "name": file.name, "kind": file.kind, "size": file.size_bytes}
            return await self._after(form, await self._taking.answered(form, draft, field, value, asking), asking)

    async def _act(
        self,
        person: Person,
        form: Form,
        draft: Draft,
        act: str,
        argument: str,
        language: Language,
        revision: int | None = None,
    ) -> FormTurn:
        """One act on an open draft. revision: the one that the button carries; None: typed, it means what stands now."""
        if act == "send":
            return await self._send(person, form, draft.id, language, revision)
        async with self._store.write() as connection:
            asking = self._asking(connection, person, language)
            locked = await sql.draft_of(connection, person.id, sql.short(draft.id))
            if locked is None or locked.state is not DraftState.OPEN:
                return FormTurn(self._closed(locked, language))
            is_stale = revision is not None and revision != locked.revision
            if act == "drop" and not is_stale:
                await sql.cancelled(connection, locked, asking.now)
                return FormTurn((self._say("dropped", language, form),))
            if act == "later" and not is_stale:
                await sql.keep(connection, replace(locked, asked=None, address_id=None, changed_at=asking.now))
                until = self._day(asking.now + KEPT)
                return FormTurn((self._say("saved", language, form, until=until),))
            step = await self._pressing.pressed(form, locked, act, argument, asking, is_stale=is_stale)
            return await self._after(form, step, asking)

    async def _after(self, form: Form, step: Step, asking: Asking) -> FormTurn:
        """Keep what a step made of the draft, and say where it stands."""
        draft = await self._kept(step.draft, asking)
        if step.menu:
            return self._turn(form, await self._teller.what_to_change(form, draft, asking))
        here = self._teller.here(form, draft, asking, step.notes, shown=step.shown, person=step.person)
        return self._turn(form, await here)

    async def _send(
        self, person: Person, form: Form, draft_id: str, language: Language, revision: int | None
    ) -> FormTurn:
        try:
            async with self._store.write() as connection:
                return await self._sent(connection, person, form, draft_id, language, revision)
        except FormRefusedError as error:
            troubles: Sequence[Trouble] = error.troubles
        except _NOT_DONE as error:
            logger.warning("form not sent: %s", error.code, extra={"form": form.name})
            troubles = [Trouble(self._words.all("not_done"))]
        return await self._not_sent(person, form, draft_id, troubles, language)

    async def _sent(
        self,
        connection: AsyncConnection,
        person: Person,
        form: Form,
        draft_id: str,
        language: Language,
        revision: int | None,
    ) -> FormTurn:
        """Send it: the service's work and the end of the draft are one transaction. Raises what the service raises."""
        asking = self._asking(connection, person, language)
        draft = await sql.draft_of(connection, person.id, sql.short(draft_id))
        if draft is None or draft.state is not DraftState.OPEN:
            return FormTurn(self._closed(draft, language))
        is_stale = revision is not None and revision != draft.revision
        if is_stale or self._teller.asked(form, draft) is not None:
            note = self._words.say("stale_send", language)
            return self._turn(form, await self._teller.here(form, draft, asking, [note]))
        troubles = await self._taking.troubles(form, draft, asking)
        if troubles:
            raise FormRefusedError(troubles)
        values = needed_values(form, draft.values)
        filled = Filled(connection, person, values, language, asking.now, self._zone, draft.id)
        replies = tuple(await form.submit(filled))
        await sql.sent(connection, draft, replies, asking.now)
        return FormTurn(replies)

    async def _not_sent(
        self, person: Person, form: Form, draft_id: str, troubles: Sequence[Trouble], language: Language
    ) -> FormTurn:
        """Tell all that stands in the way, and ask what is to be mended first. A transaction of its own: the other is undone."""
        async with self._store.write() as connection:
            asking = self._asking(connection, person, language)
            draft = await sql.draft_of(connection, person.id, sql.short(draft_id))
            if draft is None or draft.state is not DraftState.OPEN:
                return FormTurn(self._closed(draft, language))
            first = next((trouble.field for trouble in troubles if trouble.field and form.field(trouble.field)), None)
            draft = await self._kept(replace(draft, asked=first, revision=draft.revision + 1), asking)
            told = [trouble.text.get(language) for trouble in troubles]
            notes = [self._words.say("not_sent", language), *told]
            return self._turn(form, await self._teller.here(form, draft, asking, notes, person=True))

    async def _kept(self, draft: Draft, asking: Asking) -> Draft:
        """Keep the draft as in hand in this conversation."""
        kept = replace(draft, address_id=asking.person.address_id, changed_at=asking.now)
        await sql.keep(asking.connection, kept)
        await sql.put_down(asking.connection, asking.person.id, asking.person.address_id, but=kept.id)
        return kept

    def _closed(self, draft: Draft | None, language: Language) -> tuple[Reply, ...]:
        if draft is not None and draft.state is DraftState.SENT:
            return (self._say("sent_before", language), *draft.outcome)
        return (self._say("gone", language),)

    def _asking(self, connection: AsyncConnection, person: Person, language: Language) -> Asking:
        return Asking(connection, person, {}, language, self._clock(), self._zone)

    def _turn(self, form: Form, reply: Reply) -> FormTurn:
        return FormTurn((reply,), form.name)
