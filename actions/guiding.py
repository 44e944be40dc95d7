"""Leads a person through a guide: one question at a time, with corrections, steps back, digressions and an end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

from actions.parts import Parts
from actions.remembered import Event, LastAnswer, OpenCase, keep_case, keep_last
from actions.turn import Turn
from knowledge.answer import Reply, ReplyButton
from knowledge.phrases import Phrase
from knowledge.rules.guide import VALUE, Choice, Faults, Guide, Outcome, Question
from knowledge.text import normalise

TASK = "t:guide"
BACK, LEAVE, MORE, CHANGE = "!back", "!leave", "!more", "!change"
_HANDOFF = "t:human_handoff"
_MOST_ARGUMENT = 200  # bot.conversation.model, `t:<task>:<argument>`
_MISSED_BEFORE_A_PERSON = 2
_MOST_ROUNDS = 4  # of faults that dropping their slots does not mend
_UNKNOWN = frozenset({"unknown", "dont_know"})
# Texts of these intents, and no others, may be an answer that was not understood.
_MAYBE_ANSWERS = frozenset({"kb", "out_of_scope", "chitchat", "affirm", "deny", ""})


@dataclass(frozen=True)
class Led:
    """What was said, and what to remember."""

    replies: Sequence[Reply]
    events: Sequence[Event] = field(default_factory=tuple)


def start_payload(guide: Guide, values: Mapping[str, str]) -> str:
    """The button that starts a guide with values known already, or gives an open one more values.

    What a button cannot hold any more is left out, and asked.
    """
    argument = guide.name
    for slot, value in values.items():
        longer = f"{argument}{'?' if argument == guide.name else '&'}{slot}={value}"
        argument = longer if len(longer) <= _MOST_ARGUMENT else argument
    return f"{TASK}:{argument}"


def read_values(parts: Parts, guide: Guide, text: str, turn: Turn, asked: str | None) -> dict[str, str]:
    """What a text says to a guide, without anything that its slots or a button could not hold."""
    names = {slot.name for slot in guide.slots}
    found = guide.read(text, on=turn.today, asked=asked)
    return {slot: value for slot, value in found.items() if slot in names and VALUE.fullmatch(value)}


class Guiding:
    """The conversation over the guides, for one turn."""

    def __init__(self, parts: Parts, turn: Turn) -> None:
        self._parts = parts
        self._turn = turn
        self._phrases = parts.phrases

    def begin(self, guide: Guide, values: Mapping[str, str]) -> Led:
        """Open a new case."""
        case = OpenCase(guide.name, {})
        return self._go_on(case.filled(values) if values else case, guide, values)

    def pressed(self, argument: str, open_case: OpenCase | None) -> Led | None:
        """A button of ours: `!back`, `!leave`, `!more`, `!change[?slot]`, or `<guide>[?slot=value&…]`; None for any other."""
        name, _, given = argument.partition("?")
        if not name.startswith("!"):
            guide = self._parts.guides.get(name)
            return None if guide is None else self._given(guide, given, open_case)
        guide = self._parts.guides.get(open_case.guide) if open_case is not None else None
        if guide is None or open_case is None:
            return Led([self._say("guide_gone", None)], [keep_case(None)])
        return self._command(name, given, guide, open_case)

    def _command(self, name: str, given: str, guide: Guide, open_case: OpenCase) -> Led | None:
        if name == BACK:
            return self._go_on(open_case.stepped_back(), guide, {})
        if name == LEAVE:
            return self.leave(guide)
        if name == MORE:
            return self._long_form(guide, open_case)
        if name == CHANGE and not given:
            return Led([self._what_to_change(guide, open_case)])
        if name == CHANGE:
            return self._go_on(open_case.without([given]), guide, {})
        return None

    def leave(self, guide: Guide) -> Led:
        """End it without an outcome."""
        return Led([self._say("guide_left", guide)], [keep_case(None)])

    def _given(self, guide: Guide, given: str, open_case: OpenCase | None) -> Led:
        names = {slot.name for slot in guide.slots}
        values = {slot: value for slot, value in parse_qsl(given) if slot in names and VALUE.fullmatch(value)}
        if open_case is None or open_case.guide != guide.name or not (values and open_case.is_open):
            return self.begin(guide, values)
        return self._go_on(open_case.filled(values), guide, {})

    def typed(self, open_case: OpenCase) -> Led | None:
        """A typed text while a question stands open; None when it is no answer to it but something else."""
        guide = self._parts.guides.get(open_case.guide)
        if guide is None:
            return None
        language = self._parts.cues.language(self._turn.text)
        if language is not None:
            return Led(Guiding(self._parts, replace(self._turn, language=language)).ask_again(open_case))
        command = self._spoken_command(guide, open_case)
        if command is not None:
            return command
        values = self._answer(guide, open_case)
        if values:
            return (
                None if self._is_digression(values, open_case) else self._go_on(open_case.filled(values), guide, values)
            )
        if self._turn.intent not in _MAYBE_ANSWERS or self._has("question"):
            return None
        return self._missed(guide, open_case)

    def corrected(self, case: OpenCase) -> Led | None:
        """A typed text after the outcome that changes the case ("and for two bottles?"); None when it does not."""
        guide = self._parts.guides.get(case.guide)
        if guide is None:
            return None
        values = read_values(self._parts, guide, self._turn.text, self._turn, None)
        changed = {slot: value for slot, value in values.items() if case.case.get(slot) != value}
        return self._go_on(case.filled(changed), guide, changed) if changed else None

    def ask_again(self, open_case: OpenCase) -> list[Reply]:
        """The open question once more, after a digression; empty when nothing is asked any more."""
        guide = self._parts.guides.get(open_case.guide)
        step = guide.step(open_case.case, self._turn.today) if guide is not None else None
        if guide is None or not isinstance(step, Question):
            return []
        return [self._question(guide, step, open_case, before=self._phrase("guide_back_to", guide))]

    def _spoken_command(self, guide: Guide, open_case: OpenCase) -> Led | None:
        if self._has("back"):
            return self._go_on(open_case.stepped_back(), guide, {})
        if self._has("leave"):
            return self.leave(guide)
        if self._has("restart"):
            return self.begin(guide, {})
        return None

    def _answer(self, guide: Guide, open_case: OpenCase) -> dict[str, str]:
        step = guide.step(open_case.case, self._turn.today)
        if isinstance(step, Question):
            chosen = self._chosen(step.choices)
            if chosen is not None:
                return {step.slot: chosen}
        return read_values(self._parts, guide, self._turn.text, self._turn, open_case.asked)

    def _chosen(self, choices: Sequence[Choice]) -> str | None:
        typed = normalise(self._turn.text)
        for choice in choices:
            if typed in (normalise(choice.title.zh_hans), normalise(choice.title.en)):
                return choice.value
        if self._has("dont_know"):
            return next((choice.value for choice in choices if choice.value in _UNKNOWN), None)
        return None

    def _is_digression(self, values: Mapping[str, str], open_case: OpenCase) -> bool:
        """Whether a text that the guide could read something out of asks for a rule instead."""
        if self._has("correction") or self._has("elliptical"):
            return False
        asks = self._turn.intent == "kb" and self._has("open_question")
        return asks if open_case.asked in values else self._has("question")

    def _go_on(self, case: OpenCase, guide: Guide, noted: Mapping[str, str]) -> Led:
        """Decide, and say what came of it. noted: values read out of words, told back so that a slip shows."""
        told: list[str] = []
        for _ in range(_MOST_ROUNDS):
            step = guide.step(case.case, self._turn.today)
            if not isinstance(step, Faults):
                led = self._told(step, case, guide, told or self._noted(guide, noted))
                return self._with_a_person(led) if told else led
            told += [fault.text.get(self._turn.language) for fault in step.faults]
            case = case.without([slot for fault in step.faults for slot in fault.slots])
        buttons = (self._handoff(),)
        reply = Reply("\n\n".join(dict.fromkeys(told)), "clarify", buttons, topic=guide.topic)
        return Led([reply], [keep_case(None)])

    def _with_a_person(self, led: Led) -> Led:
        """What cannot be, or is not known here, may still be somebody's case."""
        *before, last = led.replies
        return replace(led, replies=[*before, replace(last, buttons=(*last.buttons, self._handoff()))])

    def _told(self, step: Question | Outcome, case: OpenCase, guide: Guide, before: Sequence[str]) -> Led:
        if isinstance(step, Question):
            asked = replace(case, asked=step.slot)
            return Led([self._question(guide, step, asked, before="\n\n".join(before))], [keep_case(asked)])
        reply = step.render(self._turn.language)
        reply = replace(reply, buttons=(*reply.buttons, *self._outcome_buttons(step, guide)))
        last = LastAnswer(entry=None, topic=reply.topic)
        return Led([reply], [keep_case(replace(case, asked=None, missed=0)), keep_last(last)])

    def _question(self, guide: Guide, question: Question, case: OpenCase, before: str = "") -> Reply:
        language = self._turn.language
        buttons = [
            ReplyButton(choice.title.get(language), payload=start_payload(guide, {question.slot: choice.value}))
            for choice in question.choices
        ]
        if case.steps:
            buttons.append(self._button("guide_back", BACK))
        buttons.append(self._button("guide_leave", LEAVE))
        paragraphs = [before, f"**{question.text.get(language)}**"]
        if question.hint is not None:
            paragraphs.append(question.hint.get(language))
        return Reply("\n\n".join(filter(None, paragraphs)), "clarify", tuple(buttons), topic=guide.topic)

    def _noted(self, guide: Guide, noted: Mapping[str, str]) -> list[str]:
        language = self._turn.language
        said = [guide.describe(slot, value).get(language) for slot, value in noted.items()]
        return [self._phrase("guide_noted", guide, values=" · ".join(said))] if said else []

    def _outcome_buttons(self, outcome: Outcome, guide: Guide) -> list[ReplyButton]:
        more = [self._button("guide_more", MORE)] if outcome.more(self._turn.language) is not None else []
        return [*more, self._button("guide_change", CHANGE), self._button("guide_again", guide.name)]

    def _long_form(self, guide: Guide, case: OpenCase) -> Led:
        step = guide.step(case.case, self._turn.today)
        more = None if isinstance(step, Question | Faults) else step.more(self._turn.language)
        return Led([more] if more is not None else [self._say("guide_gone", guide)])

    def _what_to_change(self, guide: Guide, case: OpenCase) -> Reply:
        language = self._turn.language
        buttons = [
            ReplyButton(
                f"{slot.title.get(language)}: {guide.describe(slot.name, case.case[slot.name]).get(language)}"[:120],
                payload=f"{TASK}:{CHANGE}?{slot.name}",
            )
            for slot in guide.slots
            if slot.name in case.case
        ]
        text = self._phrase("guide_what_to_change", guide)
        return Reply(text, "clarify", (*buttons, self._button("guide_again", guide.name)), topic=guide.topic)

    def _missed(self, guide: Guide, case: OpenCase) -> Led:
        missed = replace(case, missed=case.missed + 1)
        step = guide.step(case.case, self._turn.today)
        if not isinstance(step, Question):
            return self._go_on(case, guide, {})
        reply = self._question(guide, step, missed, before=self._phrase("guide_missed", guide))
        if missed.missed >= _MISSED_BEFORE_A_PERSON:
            reply = replace(reply, buttons=(*reply.buttons, self._handoff()))
        return Led([reply], [keep_case(missed)])

    def _has(self, cue: str) -> bool:
        return self._parts.cues.has(cue, self._turn.text)

    def _handoff(self) -> ReplyButton:
        title = self._parts.knowledge.phrases.say(Phrase.HANDOFF_BUTTON, self._turn.language)
        return ReplyButton(title, payload=_HANDOFF)

    def _button(self, phrase: str, argument: str) -> ReplyButton:
        return ReplyButton(self._phrases.say(phrase, self._turn.language), payload=f"{TASK}:{argument}")

    def _phrase(self, name: str, guide: Guide, **values: Any) -> str:
        return self._phrases.say(name, self._turn.language, guide=guide.title.get(self._turn.language), **values)

    def _say(self, name: str, guide: Guide | None) -> Reply:
        title = guide.title.get(self._turn.language) if guide is not None else ""
        topic = guide.topic if guide is not None else None
        return Reply(self._phrases.say(name, self._turn.language, guide=title), "task", topic=topic)
