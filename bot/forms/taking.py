"""Takes values into a draft: checked, with all that depends on them, and those that need no question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.forms.asking import Teller
from bot.forms.filling import needed_fields, needed_values, open_field, with_answer
from bot.forms.form import Asking, Choice, Field, FieldKind, Form, Trouble
from bot.forms.model import Draft
from bot.forms.reading import Read, Reader
from bot.forms.words import FormWords
from knowledge.model import Localized


@dataclass(frozen=True)
class Step:
    """What becomes of the draft. notes: said before the next question; act: go on as that button would; menu: ask what to
    change; shown: from which choice on; person: offer one.
    """

    draft: Draft
    notes: tuple[str, ...] = ()
    act: str | None = None
    menu: bool = False
    shown: int = 0
    person: bool = False


def moved(draft: Draft, asked: str | None) -> Draft:
    """The draft at another place. asked: a field, LEAVING, or None for the next that lacks an answer."""
    return replace(draft, asked=asked, revision=draft.revision + 1)


class Taking:
    """See the module."""

    def __init__(self, reader: Reader, teller: Teller, words: FormWords) -> None:
        self.reader = reader
        self.teller = teller
        self.words = words

    async def prefilled(
        self, form: Form, draft: Draft, given: Mapping[str, str], text: str, asking: Asking
    ) -> tuple[Draft, list[str]]:
        """The draft with what a button carries and what the text that began it tells beyond doubt; and that it was noted."""
        noted: list[str] = []
        draft = moved(draft, None)
        names = {field.name for field in form.fields}
        for field in form.fields:
            value = given.get(field.name)
            if (value is None and (not text or field.name in draft.values)) or set(field.after) & names - set(
                draft.values
            ):
                continue
            here = self.before(form, draft, field, asking)
            if not field.needed(here.values):
                continue
            choices = await self.teller.choices(field, here)
            read = self._given(field, value, here, choices) if value is not None else None
            read = read or (self.reader.spot(field, text, here, choices) if text else None)
            if read is None or await self._faults(field, read.value, here):
                continue
            draft = replace(draft, values=with_answer(form, draft.values, field.name, read.value))
            noted.append(f"{field.title.get(asking.language)} {await self.teller.shown(field, read.value, here)}")
        draft = await self._only_ones(form, draft, asking)
        return draft, [self.words.say("noted", asking.language, values=" · ".join(noted))] if noted else []

    async def chosen(self, form: Form, draft: Draft, argument: str, asking: Asking) -> Step:
        """Take a button's `<field>:<value>`. A field that is not asked any more, or a value not offered any more, is told."""
        name, _, value = argument.partition(":")
        field = form.field(name)
        if field is None or field not in needed_fields(form, draft.values):
            return Step(draft, (self.words.say("stale", asking.language),))
        here = self.before(form, draft, field, asking)
        choices = await self.teller.choices(field, here)
        read = self._given(field, value, here, choices)
        if read is None:
            return Step(draft, (self.words.say("fault_choice", asking.language),))
        return await self.answered(form, draft, field, read.value, here)

    async def answered(self, form: Form, draft: Draft, field: Field, value: Any, asking: Asking) -> Step:
        """Take a value, unless its check finds something; then all of that is told."""
        language = asking.language
        faults = await self._faults(field, value, self.before(form, draft, field, asking))
        if faults:
            return Step(draft, tuple(fault.get(language) for fault in faults), person=True)
        was_there = field.name in draft.values
        if was_there and draft.values[field.name] == value and self.teller.asked(form, draft) != field:
            return Step(draft)  # the second of two taps
        values = with_answer(form, draft.values, field.name, value)
        notes = []
        if was_there and draft.values[field.name] != value:
            shown = f"{field.title.get(language)} {await self.teller.shown(field, value, asking)}"
            notes.append(self.words.say("changed", language, values=shown))
        changed = replace(draft, values=values, asked=None, revision=draft.revision + 1)
        changed = await self._only_ones(form, changed, asking)
        following = open_field(form, changed.values)
        if following is not None and following.name in draft.values:
            notes.append(self.words.say("asked_again", language))
        return Step(changed, tuple(notes))

    async def troubles(self, form: Form, draft: Draft, asking: Asking) -> list[Trouble]:
        """All that is wrong with the answers as they stand now: what was free may be taken."""
        found: list[Trouble] = []
        for field in needed_fields(form, draft.values):
            value = draft.values[field.name]
            here = self.before(form, draft, field, asking)
            found += [Trouble(fault, field.name) for fault in await self._faults(field, value, here)]
            choices = await self.teller.choices(field, here)
            offered = {choice.value for choice in choices}
            is_closed = field.kind is FieldKind.CHOICE and field.only_choices
            if is_closed and value is not None and value not in offered:
                found.append(Trouble(self.words.all("not_offered"), field.name))
        return found

    def _given(self, field: Field, value: str, asking: Asking, choices: Sequence[Choice]) -> Read | None:
        """A button's value: a choice by its value, anything else as if it were typed."""
        if any(choice.value == value for choice in choices):
            return Read(value)
        if field.kind is FieldKind.CHOICE and field.only_choices:
            return None
        read = self.reader.read(field, value, asking, choices)
        return read if isinstance(read, Read) else None

    async def _only_ones(self, form: Form, draft: Draft, asking: Asking) -> Draft:
        """The draft with every next answer that has no alternative, where the field says that it need not be asked."""
        for _ in form.fields:
            field = open_field(form, draft.values)
            if field is None or not field.alone:
                return draft
            choices = await self.teller.choices(field, self.before(form, draft, field, asking))
            if len(choices) != 1:
                return draft
            draft = replace(draft, values=with_answer(form, draft.values, field.name, choices[0].value))
        return draft

    async def _faults(self, field: Field, value: Any, asking: Asking) -> Sequence[Localized]:
        return [] if field.check is None or value is None else await field.check(value, asking)

    @staticmethod
    def before(form: Form, draft: Draft, field: Field, asking: Asking) -> Asking:
        """The asking as the field sees it: with the answers of the fields before its own."""
        counting = needed_values(form, draft.values)
        names = [one.name for one in form.fields]
        for name in names[names.index(field.name) :]:
            counting.pop(name, None)
        return replace(asking, values=counting)
