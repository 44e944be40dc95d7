"""Where the help ends: told in one sentence, with what can be done instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from actions.certainty import is_clear
from actions.cues import Cues
from actions.parts import Parts
from actions.turn import Turn
from knowledge.answer import Reply, ReplyButton, entry_button, render
from knowledge.phrases import Phrase
from knowledge.text import normalise

HANDOFF_PAYLOAD = "t:human_handoff"
EVASION_ENTRY = "avoid-inspection-refused"
_LEGAL_ENTRIES = ("review-how", "litigation-customs", "penalty-hearing")
_OURS = frozenset({"CN", "HK", "MO", "TW"})


def bounded(parts: Parts, turn: Turn) -> Sequence[Reply] | None:
    """The answer to a typed text that asks for what is not given; None for any other.

    Evasion is refused with the rule and the penalty; texts that give orders to the program change nothing; on a single case
    nothing is foretold, unless an entry states the rule it asks for; abuse is met once, calmly, unless there is a question in it.
    What another country's border asks of a traveller is not ours to say.
    """
    if _has(parts, turn, "injection"):
        return [_note(parts, turn, "bound_injection")]
    if _has(parts, turn, "evasion") and not _has(parts, turn, "evasion_told"):
        return _evasion(parts, turn)
    ruled = turn.intent == "kb" and bool(turn.ranking) and is_clear(turn.ranking)
    if _has(parts, turn, "legal_advice") and not ruled:
        return [_legal(parts, turn)]
    if _has(parts, turn, "abuse") and not _has(parts, turn, "question"):
        return [replace(_note(parts, turn, "bound_abuse"), kind="chitchat", topic=None)]
    if is_about_another_border(parts.cues, turn):
        return [_note(parts, turn, "bound_other_country")]
    return None


def is_about_another_border(cues: Cues, turn: Turn) -> bool:
    """Whether a typed text asks how it is in, or at the border of, a country that is not ours, not about goods between there
    and here.
    """
    if any(mention.value in _OURS for mention in turn.mentions if mention.entity == "country"):
        return False
    if turn.entities.get("port") or turn.entities.get("agreement") or cues.has("on_our_side", turn.text):
        return False
    plain = normalise(turn.text)
    for mention in turn.mentions:
        before, found, after = plain.partition(normalise(mention.text))
        if mention.entity == "country" and found and cues.frames("another_border", before, after):
            return True
    return False


def honest_no(parts: Parts, turn: Turn) -> Reply:
    """Not ours. A question on another country's border is told so by name."""
    countries = [mention for mention in turn.mentions if mention.entity == "country" and mention.value not in _OURS]
    if countries and _has(parts, turn, "about_a_border"):
        return _note(parts, turn, "bound_other_country")
    return _note(parts, turn, "out_of_scope")


def _evasion(parts: Parts, turn: Turn) -> Sequence[Reply]:
    if EVASION_ENTRY not in parts.knowledge.entries:
        return [_note(parts, turn, "bound_evasion")]
    rule = render(parts.knowledge, EVASION_ENTRY, turn.language, on=turn.today, confidence=1.0)
    return [replace(rule, text=f"{parts.phrases.say('bound_evasion', turn.language)}\n\n{rule.text}")]


def _legal(parts: Parts, turn: Turn) -> Reply:
    buttons = [entry_button(parts.knowledge, e, turn.language) for e in _LEGAL_ENTRIES if e in parts.knowledge.entries]
    note = _note(parts, turn, "bound_legal")
    return replace(note, kind="clarify", topic="complaint_contact", buttons=(*buttons, *note.buttons))


def _note(parts: Parts, turn: Turn, phrase: str) -> Reply:
    person = ReplyButton(parts.knowledge.phrases.say(Phrase.HANDOFF_BUTTON, turn.language), payload=HANDOFF_PAYLOAD)
    text = parts.phrases.say(phrase, turn.language)
    return Reply(text, "out_of_scope", (person,), topic="out_of_scope")


def _has(parts: Parts, turn: Turn, cue: str) -> bool:
    return parts.cues.has(cue, turn.text)
