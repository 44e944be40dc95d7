"""What a button, or the same in words, does to a draft."""

from __future__ import annotations

from dataclasses import replace

from bot.forms.asking import LEAVING
from bot.forms.filling import before
from bot.forms.form import Asking, Field, Form
from bot.forms.model import Draft
from bot.forms.taking import Step, Taking, moved


class Pressing:
    """See the module."""

    def __init__(self, taking: Taking) -> None:
        self._taking = taking

    async def pressed(
        self, form: Form, draft: Draft, act: str, argument: str, asking: Asking, *, is_stale: bool
    ) -> Step:
        """What an act does to an open draft. is_stale: the draft has changed since the button was shown.

        An answer is taken from an old button too: whoever taps another choice of an earlier question changes that answer, and
        the same choice twice changes nothing. Everything else from an old button only shows where the draft stands.
        """
        if act == "is":
            return await self._taking.chosen(form, draft, argument, asking)
        if act == "more" and argument.isdecimal():
            return Step(draft, shown=int(argument))
        if is_stale:
            return self._told(draft, "stale", asking)
        if act == "change" and not argument:
            return Step(draft, menu=True)
        return await self._moved(form, draft, act, argument, asking)

    async def _moved(self, form: Form, draft: Draft, act: str, argument: str, asking: Asking) -> Step:
        field = self._taking.teller.asked(form, draft)
        match act:
            case "back":
                return self._back(form, draft, field, asking)
            case "change" if form.field(argument) is not None:
                return Step(moved(draft, argument))
            case "keep" | "go_on":
                return Step(moved(draft, None))
            case "leave":
                return Step(moved(draft, LEAVING))
            case "restart":
                restarted = replace(moved(draft, None), values={})
                return Step(restarted, (self._taking.words.say("restarted", asking.language),))
            case "skip":
                if field is None or not field.optional:
                    return self._told(draft, "needed_here", asking)
                return await self._taking.answered(form, draft, field, None, asking)
        return self._told(draft, "stale", asking)

    def _back(self, form: Form, draft: Draft, field: Field | None, asking: Asking) -> Step:
        if draft.asked == LEAVING:
            return Step(moved(draft, None))
        to = before(form, draft.values, field.name if field is not None else None)
        return self._told(draft, "first_question", asking) if to is None else Step(moved(draft, to.name))

    def _told(self, draft: Draft, sentence: str, asking: Asking) -> Step:
        return Step(draft, (self._taking.words.say(sentence, asking.language),))
