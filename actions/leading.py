"""Whose turn it is: what was talked of before, or the message by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from actions.bounds import bounded
from actions.certainty import is_clear
from actions.follow_ups import MAYBE_QUESTIONS, FollowUp
from actions.guiding import Guiding, read_values, start_payload
from actions.parts import Parts
from actions.remembered import Event, LastAnswer, OpenCase, keep_case, keep_last, read_case, read_last
from actions.said import Said, ask
from actions.several import several_questions
from actions.turn import Turn
from knowledge.answer import Reply, ReplyButton
from knowledge.text import normalise

_MOST_OFFERS = 2
_COURTESIES = frozenset({"greet", "thanks", "goodbye", "chitchat", "affirm"})


def lead(parts: Parts, turn: Turn) -> Said | None:
    """The answer where the message belongs to what was talked of before, or has its bounds; None where it stands by itself.

    Buttons say by themselves what they mean, and a form of Rasa's has its own order.
    """
    if turn.is_button or turn.active_form is not None:
        return None
    case = read_case(turn.slots)
    guiding = Guiding(parts, turn)
    refused = bounded(parts, turn)
    if refused is not None:
        again = guiding.ask_again(case) if case is not None and case.is_open else []
        return Said([*refused, *again])
    if case is not None and case.is_open:
        led = guiding.typed(case)
        return None if led is None else Said(led.replies, led.events)
    if turn.is_rewritten:
        return None
    last = read_last(turn.slots)
    return (_follow_up(parts, turn, case, last) if last is not None else None) or _taken_apart(parts, turn)


def _follow_up(parts: Parts, turn: Turn, case: OpenCase | None, last: LastAnswer) -> Said | None:
    changes = parts.cues.has("correction", turn.text) or parts.cues.has("elliptical", turn.text)
    if case is not None and last.entry is None and changes:
        led = Guiding(parts, turn).corrected(case)
        if led is not None:
            return Said(led.replies, led.events)
    follow_up = FollowUp(parts, turn, last)
    clear = turn.intent == "kb" and bool(turn.ranking) and is_clear(turn.ranking)
    return follow_up.about_the_answer() or follow_up.rest_of_a_question(clear=clear)


def _taken_apart(parts: Parts, turn: Turn) -> Said | None:
    """Several questions one after the other; a question behind a greeting that was taken for nothing but a greeting."""
    if turn.intent not in MAYBE_QUESTIONS:
        return None
    questions = several_questions(parts, turn)
    if questions:
        return ask(questions)
    bare = parts.cues.bare(turn.text)
    if turn.intent in _COURTESIES and bare != normalise(turn.text) and parts.cues.has("question", bare):
        return ask([bare])
    return None


def follow_on(parts: Parts, turn: Turn, replies: Sequence[Reply | dict[str, Any]], *, question_stays: bool) -> Said:
    """The replies with what belongs under them: the guides that work it out exactly, and the question that stands open."""
    case = read_case(turn.slots)
    is_open = case is not None and case.is_open
    offered = [_with_offers(parts, turn, r) if isinstance(r, Reply) and not is_open else r for r in replies]
    events: list[Event] = []
    answered = next((r for r in reversed(offered) if isinstance(r, Reply) and r.entry is not None), None)
    if answered is not None and answered.kind == "answer":
        question = "" if turn.is_button else turn.text
        events.append(keep_last(LastAnswer(answered.entry, answered.topic, question, turn.mentions)))
    if case is not None and case.is_open and turn.active_form is None:
        if question_stays:
            offered += Guiding(parts, turn).ask_again(case)
        else:
            events.append(keep_case(replace(case, asked=None)))
    return Said(offered, events)


def _with_offers(parts: Parts, turn: Turn, reply: Reply) -> Reply:
    """An entry's answer with the guides that it leads to, each with what the question told already."""
    if reply.kind != "answer" or reply.entry is None:
        return reply
    offers = []
    for guide in parts.guides.offered_by(reply.entry)[:_MOST_OFFERS]:
        values = {} if turn.is_button else read_values(parts, guide, turn.text, turn, None)
        title = parts.phrases.say("guide_offer", turn.language, guide=guide.title.get(turn.language))
        offers.append(ReplyButton(title, payload=start_payload(guide, values)))
    return replace(reply, buttons=(*offers, *reply.buttons))
