"""What is said of a draft: the open question with its buttons, the review, the ways out. It changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from bot.channels.model import Button, Language, Reply
from bot.forms.filling import Answers, before, needed_fields, needed_values, open_field
from bot.forms.form import Asking, Choice, Field, FieldKind, Form
from bot.forms.model import KEPT, Draft
from bot.forms.store import short
from bot.forms.words import FormWords

TASK = "t:form"
LEAVING = "!leave"
"""As a draft's asked field: the person wants to leave, and was asked how."""

_SHOWN_CHOICES = 8
_TITLE_MOST = 120
_VALUE_SHOWN = 300
_HANDOFF = "t:human_handoff"


class Teller:
    """Says where a draft stands."""

    def __init__(self, words: FormWords) -> None:
        self._words = words

    async def choices(self, field: Field, asking: Asking) -> Sequence[Choice]:
        """What a field offers with these answers."""
        return await field.choices(asking) if callable(field.choices) else field.choices

    def asked(self, form: Form, draft: Draft) -> Field | None:
        """The field that is asked now; None: the review."""
        chosen = form.field(draft.asked) if draft.asked else None
        if chosen is not None and chosen in needed_fields(form, draft.values):
            return chosen
        return open_field(form, draft.values)

    async def here(
        self,
        form: Form,
        draft: Draft,
        asking: Asking,
        notes: Sequence[str] = (),
        *,
        shown: int = 0,
        person: bool = False,
    ) -> Reply:
        """Where the draft stands: the ways out, the open question, or the review. asking: with the answers that count.

        notes: paragraphs before it. shown: from which choice on. person: a person is offered, too.
        """
        asking = replace(asking, values=needed_values(form, draft.values))
        if draft.asked == LEAVING:
            reply = self.leaving(form, draft, asking.language)
        elif (field := self.asked(form, draft)) is not None:
            reply = await self._question(form, draft, field, asking, shown)
        else:
            reply = await self._review(form, draft, asking)
        buttons = list(reply.buttons)
        if person:
            buttons.append(Button(title=self._words.say("person", asking.language), payload=_HANDOFF))
        text = "\n\n".join([*dict.fromkeys(filter(None, notes)), reply.text])
        return reply.model_copy(update={"text": text, "buttons": buttons, "topic": form.topic})

    async def _question(self, form: Form, draft: Draft, field: Field, asking: Asking, shown: int) -> Reply:
        language = asking.language
        # A choice sees the answers of the fields before its own, also when those behind have answers already.
        asking = replace(asking, values=_answers_before(form, draft, field))
        choices = await self.choices(field, asking)
        paragraphs = [f"**{field.question.get(language)}**"]
        if field.kind is FieldKind.CHOICE and not choices:
            paragraphs.append(self._words.say("nothing_offered", language))
        if field.hint is not None:
            paragraphs.append(field.hint.get(language))
        if field.name in draft.values:
            value = await self.shown(field, draft.values[field.name], asking)
            paragraphs.append(self._words.say("now_is", language, value=value))
        buttons = self._choice_buttons(draft, field, choices, language, shown)
        if field.kind is FieldKind.YES_NO:
            buttons = [self._value(draft, field, v, self._words.say(f"answer_{v}", language)) for v in ("yes", "no")]
        if field.name in draft.values:
            buttons.append(self.button(draft, "keep", language))
        elif field.optional:
            buttons.append(self.button(draft, "skip", language))
        if before(form, draft.values, field.name) is not None:
            buttons.append(self.button(draft, "back", language))
        buttons.append(self.button(draft, "leave", language))
        return Reply(text="\n\n".join(paragraphs), kind="clarify", buttons=buttons)

    def _choice_buttons(
        self, draft: Draft, field: Field, choices: Sequence[Choice], language: Language, shown: int
    ) -> list[Button]:
        page = choices[shown : shown + _SHOWN_CHOICES]
        buttons = [self._value(draft, field, choice.value, choice.title.get(language)) for choice in page]
        if shown + _SHOWN_CHOICES < len(choices):
            payload = self._payload(draft, "more", str(shown + _SHOWN_CHOICES))
            buttons.append(Button(title=self._words.say("more_choices", language), payload=payload))
        return buttons

    async def _review(self, form: Form, draft: Draft, asking: Asking) -> Reply:
        language = asking.language
        lines, changes = [], []
        for field in needed_fields(form, draft.values):
            value = await self.shown(field, draft.values[field.name], asking)
            title = field.title.get(language)
            lines.append(self._words.say("line", language, title=title, value=value.replace("*", "")))
            changes.append(self.button(draft, "change", language, field.name, title=title))
        extra = [] if form.review is None else [text.get(language) for text in await form.review(asking)]
        heading = self._words.say("review", language, form=form.title.get(language))
        ways = [self.button(draft, act, language) for act in ("back", "later", "drop")]
        text = "\n\n".join([heading, "\n".join(lines), *extra])
        return Reply(text=text, kind="clarify", buttons=[self.button(draft, "send", language), *changes, *ways])

    def leaving(self, form: Form, draft: Draft, language: Language) -> Reply:
        """How to leave: save, cancel, or go on after all."""
        text = self._words.say("leaving", language, form=form.title.get(language), days=KEPT.days)
        buttons = [self.button(draft, act, language) for act in ("later", "drop", "restart", "go_on")]
        return Reply(text=text, kind="clarify", buttons=buttons, topic=form.topic)

    async def what_to_change(self, form: Form, draft: Draft, asking: Asking) -> Reply:
        """All answers so far, each with a button."""
        asking = replace(asking, values=needed_values(form, draft.values))
        buttons = []
        for field in needed_fields(form, draft.values):
            if field.name in draft.values:
                value = await self.shown(field, draft.values[field.name], asking)
                title = f"{field.title.get(asking.language)}: {value}"[:_TITLE_MOST]
                buttons.append(Button(title=title, payload=self._payload(draft, "change", field.name)))
        buttons.append(self.button(draft, "go_on", asking.language))
        text = self._words.say("what_to_change", asking.language)
        return Reply(text=text, kind="clarify", buttons=buttons, topic=form.topic)

    async def shown(self, field: Field, value: Any, asking: Asking) -> str:
        """An answer as people read it."""
        language = asking.language
        if value is None:
            return self._words.say("left_out", language)
        if field.show is not None:
            return field.show(value, language)
        if field.kind is FieldKind.YES_NO:
            return self._words.say("answer_yes" if value else "answer_no", language)
        if field.kind is FieldKind.MOMENT:
            return f"{datetime.fromisoformat(value).astimezone(asking.zone):%Y-%m-%d %H:%M}"
        if field.kind is FieldKind.DATE:
            return date.fromisoformat(value).isoformat()
        if field.kind is FieldKind.FILE:
            return str(value["name"])[:_VALUE_SHOWN]
        choice = next((c for c in await self.choices(field, asking) if c.value == value), None)
        return choice.title.get(language) if choice is not None else " ".join(str(value).split())[:_VALUE_SHOWN]

    def button(self, draft: Draft, act: str, language: Language, argument: str = "", **values: str) -> Button:
        """A button of the draft as it stands now."""
        title = self._words.say(act, language, **values)[:_TITLE_MOST]
        return Button(title=title, payload=self._payload(draft, act, argument))

    def _value(self, draft: Draft, field: Field, value: str, title: str) -> Button:
        return Button(title=title[:_TITLE_MOST], payload=self._payload(draft, "is", f"{field.name}:{value}"))

    def _payload(self, draft: Draft, act: str, argument: str = "") -> str:
        return f"{TASK}:!{short(draft.id)}:{draft.revision}:{act}{':' if argument else ''}{argument}"


def _answers_before(form: Form, draft: Draft, field: Field) -> Answers:
    names = [one.name for one in form.fields]
    before_it = set(names[: names.index(field.name)])
    counting = needed_values(form, draft.values)
    return Answers({name: value for name, value in counting.items() if name in before_it})
