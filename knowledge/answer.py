"""From an entry to what the person reads: the answer with all that its grade and its dates demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Literal, Protocol

from knowledge.load import Knowledge
from knowledge.model import Entry, Force, Grade, Language, Source
from knowledge.phrases import Phrase
from knowledge.search import Hit
from knowledge.terms import explain_terms
from knowledge.text import to_traditional

ReplyKind = Literal["answer", "clarify", "task", "chitchat", "out_of_scope", "handoff", "error"]

# Measured on real questions: above the first, about 81 of 100 best hits are on the right subject, and 13 of 100
# questions from outside get there; below the second, most questions are from outside.
CONFIDENT = 0.4
POSSIBLE = 0.2
MAX_CHOICES = 3
HANDOFF_PAYLOAD = "t:human_handoff"
NONE_OF_THESE_PAYLOAD = "t:none_of_these"

_GRADE_NOTES = {
    Grade.REPORTED: Phrase.GRADE_REPORTED,
    Grade.HISTORICAL: Phrase.GRADE_HISTORICAL,
    Grade.SIGNPOST: Phrase.GRADE_SIGNPOST,
}


class Founded(Protocol):
    """What says what it rests on: an entry, or a rule's outcome. The fields mean what they mean in `knowledge.model.Entry`."""

    @property
    def sources(self) -> tuple[str, ...]: ...
    @property
    def grade(self) -> Grade: ...
    @property
    def effective_from(self) -> date | None: ...
    @property
    def effective_to(self) -> date | None: ...
    @property
    def verified_on(self) -> date: ...


@dataclass(frozen=True, slots=True)
class ReplyButton:
    """A button with either a payload (`e:<entry>`, `ask:<text>`, `t:<task>`) or an address."""

    title: str
    payload: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """One source of an answer. Days are ISO 8601; None where the source gives none."""

    title: str
    number: str | None
    publisher: str
    url: str | None
    effective_from: str | None
    verified_on: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to a person, as docs/architecture.md describes it. text: Markdown, never empty."""

    text: str
    kind: ReplyKind
    buttons: tuple[ReplyButton, ...] = ()
    citations: tuple[Citation, ...] = ()
    topic: str | None = None
    entry: str | None = None
    confidence: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """The reply as JSON-ready values; a button carries only the one of payload and url that it has."""
        raw = asdict(self)
        raw["buttons"] = [{key: v for key, v in asdict(b).items() if v is not None} for b in self.buttons]
        raw["citations"] = [asdict(citation) for citation in self.citations]
        return raw


def render(knowledge: Knowledge, entry_id: str, language: Language, *, on: date, confidence: float) -> Reply:
    """The answer of an entry as of a day.

    An expired entry is shown as history under a sentence that says when it expired, one not yet in force under a
    sentence that says from when it will be; neither is stated as a rule. Raises KeyError for an unknown entry.
    """
    entry = knowledge.entry(entry_id)
    paragraphs = [entry.answer.get(language)]
    note = _force_note(knowledge, entry, language, on)
    if note is not None:
        paragraphs.insert(0, note)
    conditions = entry.conditions.get(language)
    if conditions:
        listed = "\n".join(f"- {condition}" for condition in conditions)
        paragraphs.append(f"{knowledge.phrases.say(Phrase.CONDITIONS, language)}\n\n{listed}")
    explained = explain_terms(knowledge.terms, entry.title.get(language), "\n\n".join(paragraphs), language)
    grade = grade_note(knowledge, entry, language)
    paragraphs += filter(None, [explained, grade])
    paragraphs.append(source_line(knowledge, entry, language))
    return Reply(
        text="\n\n".join(paragraphs),
        kind="answer",
        buttons=_entry_buttons(knowledge, entry, language),
        citations=citations(knowledge, entry, language),
        topic=entry.topic,
        entry=entry.id,
        confidence=round(min(1.0, max(0.0, confidence)), 4),
    )


def _force_note(knowledge: Knowledge, entry: Entry, language: Language, on: date) -> str | None:
    force = entry.force(on)
    if force is Force.EXPIRED and entry.effective_to is not None:
        return knowledge.phrases.say(Phrase.EXPIRED, language, effective_to=entry.effective_to)
    if force is Force.NOT_YET and entry.effective_from is not None:
        return knowledge.phrases.say(Phrase.NOT_YET, language, effective_from=entry.effective_from)
    return None


def grade_note(knowledge: Knowledge, founded: Founded, language: Language) -> str | None:
    """The sentence that a grade below official demands, as Markdown; None for an official one."""
    phrase = _GRADE_NOTES.get(founded.grade)
    return None if phrase is None else f"*{knowledge.phrases.say(phrase, language)}*"


def source_line(knowledge: Knowledge, founded: Founded, language: Language) -> str:
    """The line under an answer: its weightiest source, since when it is in force, when it was checked."""
    say = knowledge.phrases.say
    name = _source_name(knowledge.sources[founded.sources[0]], language)
    more = len(founded.sources) - 1
    parts = [
        say(Phrase.SOURCE_AND_MORE, language, source=name, count=more + 1, more=more)
        if more
        else say(Phrase.SOURCE, language, source=name)
    ]
    if founded.effective_from is not None and founded.grade is not Grade.SIGNPOST:
        parts.append(say(Phrase.IN_FORCE_FROM, language, effective_from=founded.effective_from))
    if founded.effective_to is not None:
        parts.append(say(Phrase.IN_FORCE_UNTIL, language, effective_to=founded.effective_to))
    parts.append(say(Phrase.VERIFIED, language, verified_on=founded.verified_on))
    return ("; " if language == "en" else "；").join(parts)


def _source_name(source: Source, language: Language) -> str:
    title = source.title.get(language)
    number = _number(source, language)
    if number is None or number in title:
        return title
    return f"{title} ({number})" if language == "en" else f"{title}（{number}）"


def _number(source: Source, language: Language) -> str | None:
    if source.number is None or language != "zh-Hant":
        return source.number
    return to_traditional(source.number)


def citations(knowledge: Knowledge, founded: Founded, language: Language) -> tuple[Citation, ...]:
    """All sources of an entry or outcome, the weightiest first.

    Only the first carries the day since when the rule is in force: that day belongs to the entry's rule, and the other
    sources may be older or newer.
    """
    effective_from = founded.effective_from.isoformat() if founded.effective_from is not None else None
    return tuple(
        Citation(
            title=source.title.get(language),
            number=_number(source, language),
            publisher=source.publisher.get(language),
            url=source.url,
            effective_from=effective_from if place == 0 else None,
            verified_on=founded.verified_on.isoformat(),
        )
        for place, source in enumerate(map(knowledge.sources.__getitem__, founded.sources))
    )


def entry_button(knowledge: Knowledge, entry_id: str, language: Language) -> ReplyButton:
    """The button that shows an entry, named by its title. Raises KeyError for an unknown entry."""
    return ReplyButton(knowledge.title(entry_id, language), payload=f"e:{entry_id}")


def _entry_buttons(knowledge: Knowledge, entry: Entry, language: Language) -> tuple[ReplyButton, ...]:
    buttons = [entry_button(knowledge, related, language) for related in entry.related if related in knowledge.entries]
    for button in entry.buttons:
        payload = f"ask:{button.ask.get(language)}" if button.ask is not None else None
        buttons.append(ReplyButton(button.label.get(language), payload=payload, url=button.url))
    return tuple(buttons)


def search_replies(
    knowledge: Knowledge, hits: Sequence[Hit], language: Language, *, on: date, note_rasa_away: bool = True
) -> list[Reply]:
    """What to say when search has to answer: the best hit, else up to three titles to choose from, else an honest no.

    hits: from `knowledge.search`, best first. note_rasa_away: whether to say first that this was found by search.
    """
    if hits and hits[0].confidence >= CONFIDENT:
        reply = render(knowledge, hits[0].entry, language, on=on, confidence=hits[0].confidence)
    elif possible := [hit for hit in hits[:MAX_CHOICES] if hit.confidence >= POSSIBLE]:
        entries = [hit.entry for hit in possible]
        reply = did_you_mean(knowledge, entries, language, confidence=round(possible[0].confidence, 4))
    else:
        reply = cannot_help(knowledge, language)
    if not note_rasa_away:
        return [reply]
    note = knowledge.phrases.say(Phrase.RASA_AWAY, language)
    return [replace(reply, text=f"*{note}*\n\n{reply.text}")]


def did_you_mean(
    knowledge: Knowledge, entry_ids: Sequence[str], language: Language, *, confidence: float | None = None
) -> Reply:
    """A question back: the titles of the entries as buttons, and "none of these". Its topic is the first entry's."""
    say = knowledge.phrases.say
    buttons = [entry_button(knowledge, entry_id, language) for entry_id in entry_ids]
    buttons.append(ReplyButton(say(Phrase.NONE_OF_THESE, language), payload=NONE_OF_THESE_PAYLOAD))
    return Reply(
        text=say(Phrase.DID_YOU_MEAN, language),
        kind="clarify",
        buttons=tuple(buttons),
        topic=knowledge.entry(entry_ids[0]).topic,
        confidence=confidence,
    )


def cannot_help(knowledge: Knowledge, language: Language) -> Reply:
    """The honest answer when nothing fits, with the offer of a person."""
    say = knowledge.phrases.say
    return Reply(
        text=f"{say(Phrase.NOT_FOUND, language)}\n\n{say(Phrase.HANDOFF_OFFER, language)}",
        kind="out_of_scope",
        buttons=(ReplyButton(say(Phrase.HANDOFF_BUTTON, language), payload=HANDOFF_PAYLOAD),),
        topic="out_of_scope",
    )
