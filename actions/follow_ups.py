"""Turns that live from the answer before: "source?", "since when?", "英文怎么说", "what about Macao", "那从香港呢"."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from actions.guiding import Guiding, read_values
from actions.parts import Parts
from actions.remembered import LastAnswer, OpenCase, read_case
from actions.said import Said, ask
from actions.turn import Turn
from knowledge.answer import Citation, Reply, render
from knowledge.model import Force, Language
from knowledge.phrases import day
from knowledge.rules.guide import Faults, Question
from knowledge.text import HAN

# Texts taken for one of these may be the rest of a question; any other intent was said in full.
MAYBE_QUESTIONS = frozenset({"kb", "out_of_scope", "chitchat", "affirm", "deny", "greet", "thanks", "goodbye", ""})
_THINGS = frozenset(
    {"traveller_allowance", "traveller_prohibited", "traveller_medicine", "traveller_pets", "special_items_biological"}
)
_SHORT_HAN, _SHORT_WORDS = 6, 4
_HAN = re.compile(f"[{HAN}]")


class FollowUp:
    """What a turn says to the last answer."""

    def __init__(self, parts: Parts, turn: Turn, last: LastAnswer) -> None:
        self._parts = parts
        self._turn = turn
        self._last = last

    def about_the_answer(self) -> Said | None:
        """Its words in another language, its sources, its dates, more of it; None when the turn asks for none of these."""
        language = self._parts.cues.language(self._turn.text)
        if language is not None:
            return self._said(self.again(language))
        if self._has("source"):
            return self._said(self._sources())
        if self._has("since") or self._has("still_valid"):
            return self._said(self._dates())
        return self._said(self._more()) if self._has("more") else None

    def rest_of_a_question(self, *, clear: bool) -> Said | None:
        """The question of which the turn names only what is different, asked whole; None when the turn is whole itself.

        clear: whether the turn by itself leads to one entry.
        """
        if self._turn.intent not in MAYBE_QUESTIONS or not self._last.question:
            return None
        rest = self._parts.cues.stripped("elliptical", self._turn.text)
        elliptical = self._has("elliptical")
        if not rest or not ((elliptical and (not clear or _is_short(rest))) or (self._has("pointing") and not clear)):
            return None
        return self._in_a_guide() or ask([self._whole_question(rest)])

    def _in_a_guide(self) -> Said | None:
        """Where a guide belongs to the last answer and both texts give it something, it works out the new case."""
        if self._last.entry is None:
            return None
        for guide in self._parts.guides.offered_by(self._last.entry):
            now = read_values(self._parts, guide, self._turn.text, self._turn, None)
            before = read_values(self._parts, guide, self._last.question, self._turn, None)
            if now and before:
                led = Guiding(self._parts, self._turn).begin(guide, {**before, **now})
                return Said(led.replies, led.events)
        return None

    def _whole_question(self, rest: str) -> str:
        question = self._last.question
        for mention in self._turn.mentions:
            for before in self._last.mentions:
                if mention.entity == before.entity and before.text in question:
                    question = question.replace(before.text, mention.text)
        if question != self._last.question:
            return question
        if self._last.topic in _THINGS and not self._parts.cues.has("open_question", rest) and _is_short(rest):
            return f"can I bring {rest}" if self._turn.language == "en" else f"能带{rest}吗"
        return f"{question} {rest}"

    def again(self, language: Language) -> Reply | None:
        """The last answer once more; None when it is no longer there."""
        if self._last.entry is not None:
            if self._last.entry not in self._parts.knowledge.entries:
                return None
            return render(self._parts.knowledge, self._last.entry, language, on=self._turn.today, confidence=1.0)
        case = read_case(self._turn.slots)
        guide = self._parts.guides.get(case.guide) if case is not None else None
        step = guide.step(case.case, self._turn.today) if guide is not None and case is not None else None
        return None if step is None or isinstance(step, Question | Faults) else step.render(language)

    def _sources(self) -> Reply | None:
        answer = self.again(self._turn.language)
        if answer is None or not answer.citations:
            return None
        lines = [f"- {_cited(citation)}" for citation in answer.citations]
        text = "\n".join([self._say("last_sources", title=self._title()), "", *lines])
        return replace(answer, text=text, buttons=(), kind="answer")

    def _dates(self) -> Reply | None:
        answer = self.again(self._turn.language)
        if answer is None or not answer.citations:
            return None
        first = answer.citations[0]
        verified = self._day(first.verified_on)
        if first.effective_from is not None:
            told = [
                self._say("last_since", title=self._title(), since=self._day(first.effective_from), verified=verified)
            ]
        else:
            told = [self._say("last_no_date", title=self._title(), verified=verified)]
        told += self._force()
        return replace(answer, text=" ".join(told), buttons=())

    def _force(self) -> list[str]:
        entry = self._parts.knowledge.entries.get(self._last.entry or "")
        today = day(self._turn.today, self._turn.language)
        until = [] if entry is None or entry.effective_to is None else [
            self._say("last_until", until=day(entry.effective_to, self._turn.language))
        ]  # fmt: skip
        if entry is not None and entry.force(self._turn.today) is Force.EXPIRED:
            return [*until, self._say("last_expired", today=today)]
        return [*until, self._say("last_in_force", today=today)]

    def _more(self) -> Reply | None:
        if self._last.entry is None:
            case = read_case(self._turn.slots)
            return self._long_form(case) if case is not None else None
        answer = self.again(self._turn.language)
        if answer is None:
            return None
        return replace(answer, text=self._say("last_no_more", title=self._title()), citations=())

    def _long_form(self, case: OpenCase) -> Reply | None:
        guide = self._parts.guides.get(case.guide)
        step = guide.step(case.case, self._turn.today) if guide is not None else None
        return None if step is None or isinstance(step, Question | Faults) else step.more(self._turn.language)

    def _title(self) -> str:
        if self._last.entry is not None:
            return self._parts.knowledge.title(self._last.entry, self._turn.language)
        case = read_case(self._turn.slots)
        guide = self._parts.guides.get(case.guide) if case is not None else None
        return guide.title.get(self._turn.language) if guide is not None else ""

    def _said(self, reply: Reply | None) -> Said | None:
        return None if reply is None else Said([reply])

    def _day(self, written: str) -> str:
        return day(date.fromisoformat(written), self._turn.language)

    def _say(self, phrase: str, **values: str) -> str:
        return self._parts.phrases.say(phrase, self._turn.language, **values)

    def _has(self, cue: str) -> bool:
        return self._parts.cues.has(cue, self._turn.text)


def _cited(citation: Citation) -> str:
    title = f"[{citation.title}]({citation.url})" if citation.url else citation.title
    number = f" ({citation.number})" if citation.number and citation.number not in citation.title else ""
    return f"{title}{number} · {citation.publisher}"


def _is_short(rest: str) -> bool:
    """Whether little is left of a text without its cue: a thing or a place, no sentence."""
    return len(_HAN.findall(rest)) <= _SHORT_HAN if _HAN.search(rest) else len(rest.split()) <= _SHORT_WORDS
