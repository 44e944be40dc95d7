"""What a typed text does to a draft: an answer, a correction, a command, or nothing since it is a digression."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.forms.asking import LEAVING
from bot.forms.filling import needed_fields
from bot.forms.form import Asking, Field, FieldKind, Form
from bot.forms.model import Draft
from bot.forms.reading import Read
from bot.forms.taking import Step, Taking, moved
from knowledge.model import LANGUAGES
from knowledge.text import normalise

Command = Literal["back", "leave", "restart", "send", "later", "skip", "change", "go_on"]
Asks = Literal["open", "any"]

_PUT = re.compile(
    r"^\W*(?:改成|改为|改到|换成|换为|应该是|应为|是|成|为|到|[:：=]|(?:should be|must be|is|to|into|as)\b)\s*"
)
_SORRY = re.compile(
    r"^(?:(?:不对|不是|错了|写错了|填错了|说错了|更正|应该是|其实是?|改成|改为|换成|no|nope|sorry|oops|wrong|actually|i meant?"
    r"|i mean|correction|make it|change it to|it should be|it is|its)\W*)+",
    re.IGNORECASE,
)
# Where the answer is any text, only these mean something else for certain.
_NEVER_TEXT = frozenset({"help", "human_handoff", "change_language", "emergency"})
# Texts of these intents, and no others, may be an answer that was not understood.
_MAYBE_ANSWERS = frozenset({"kb", "out_of_scope", "chitchat", "affirm", "deny", "greet", "thanks", ""})


@dataclass(frozen=True)
class Said:
    """A typed text and what is known of it. intent: as it was taken by itself; command: what it is, if it is nothing else.

    asks: it is a question, `open` for one that no yes or no answers. corrects: it begins as corrections do.
    """

    text: str
    intent: str = ""
    command: Command | None = None
    asks: Asks | None = None
    corrects: bool = False


class Answering:
    """See the module."""

    def __init__(self, taking: Taking) -> None:
        self._taking = taking
        self._reader = taking.reader
        self._teller = taking.teller

    async def said(self, form: Form, draft: Draft, said: Said, asking: Asking) -> Step | None:
        """What a typed text does; None when it is no answer but something else."""
        field = self._teller.asked(form, draft)
        exact = None
        if field is not None:
            asking = self._taking.before(form, draft, field, asking)
        if field is not None and draft.asked != LEAVING:
            exact = self._reader.exact(field, said.text, await self._teller.choices(field, asking))
        if exact is not None and field is not None:
            return await self._taking.answered(form, draft, field, exact.value, asking)
        step = self._command(draft, field, said)
        if step is not None:
            return step
        corrected = await self._corrected(form, draft, field, said, asking)
        if corrected is not None:
            return corrected
        if field is None:
            return self._at_the_review(draft, said)
        return await self._text(form, draft, field, said, asking)

    async def _text(self, form: Form, draft: Draft, field: Field, said: Said, asking: Asking) -> Step | None:
        if self._is_free(field) and self._digresses(field, said):
            return None
        read = self._reader.read(field, said.text, asking, await self._teller.choices(field, asking))
        if isinstance(read, Read):
            if not self._is_free(field) and said.asks == "open" and said.intent == "kb":
                return None
            return await self._taking.answered(form, draft, field, read.value, asking)
        if not self._is_free(field) and (said.asks is not None or said.intent not in _MAYBE_ANSWERS):
            return None
        return Step(draft, tuple(fault.get(asking.language) for fault in read), person=True)

    @staticmethod
    def _is_free(field: Field) -> bool:
        return field.kind is FieldKind.TEXT and not (field.choices and field.only_choices)

    @staticmethod
    def _digresses(field: Field, said: Said) -> bool:
        if said.intent in _NEVER_TEXT:
            return True
        return said.asks is not None and said.intent in {"kb", "out_of_scope"} and not field.takes_questions

    def _at_the_review(self, draft: Draft, said: Said) -> Step | None:
        yes = self._reader.yes_or_no(said.text)
        if yes is not None:
            return Step(draft, act="send") if yes else Step(draft, menu=True)
        return None if said.asks is not None or said.intent not in _MAYBE_ANSWERS else Step(draft, person=True)

    @staticmethod
    def _command(draft: Draft, field: Field | None, said: Said) -> Step | None:
        if said.command is None:
            return None
        if said.command == "send" and field is not None:
            return None
        if said.command == "leave" and (draft.asked == LEAVING or not draft.values):
            return Step(draft, act="drop")
        return Step(draft, act=said.command)

    async def _corrected(
        self, form: Form, draft: Draft, asked: Field | None, said: Said, asking: Asking
    ) -> Step | None:
        """An earlier answer changed by words: "no, change the port to Shenzhen", 把口岸改成深圳, "no, Shenzhen"."""
        answered = [f for f in needed_fields(form, draft.values) if f.name in draft.values and f is not asked]
        for field, rest in _named(answered, said.text):
            put = _PUT.match(rest)
            if not (said.corrects or put):
                continue
            rest = rest[put.end() :] if put else rest.strip()
            if not rest.strip():
                return Step(moved(draft, field.name))
            here = self._taking.before(form, draft, field, asking)
            read = self._reader.read(field, rest, here, await self._teller.choices(field, here))
            if isinstance(read, Read):
                return await self._taking.answered(form, draft, field, read.value, here)
            notes = tuple(fault.get(asking.language) for fault in read)
            return Step(moved(draft, field.name), notes)
        rest = _SORRY.sub("", said.text).strip()
        last = answered[-1] if answered else None
        if not said.corrects or last is None or self._is_free(last) or not rest or rest == said.text.strip():
            return None
        here = self._taking.before(form, draft, last, asking)
        read = self._reader.read(last, rest, here, await self._teller.choices(last, here))
        return await self._taking.answered(form, draft, last, read.value, here) if isinstance(read, Read) else None


def _named(fields: Sequence[Field], text: str) -> list[tuple[Field, str]]:
    """The fields that a text names, the longest name first, each with what stands behind the name."""
    found = []
    for field in fields:
        for name in (*(field.title.get(language) for language in LANGUAGES), *field.also):
            rest = _behind(name, text)
            if rest is not None:
                found.append((len(name), field, rest))
    found.sort(key=lambda one: -one[0])
    return [(field, rest) for _, field, rest in found]


def _behind(name: str, text: str) -> str | None:
    """What stands behind a name; as it was typed, or folded where the name itself was typed in another form."""
    for where, what in ((text, name), (normalise(text), normalise(name))):
        edge = r"\b" if what.isascii() else ""
        match = re.search(f"{edge}{re.escape(what)}{edge}", where, re.IGNORECASE) if what else None
        if match is not None:
            return where[match.end() :]
    return None
