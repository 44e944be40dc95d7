"""Whose turn it is: what was talked of before, or the message by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from actions.guiding import Guiding, read_values, start_payload
from actions.parts import Parts
from actions.remembered import Event, LastAnswer, keep_case, keep_last, read_case, read_last
from actions.turn import Turn
from knowledge.answer import Reply, ReplyButton

_MOST_OFFERS = 2


@dataclass(frozen=True)
class Said:
    """What is said in a turn, in order, and what is to be remembered. A reply as a mapping is JSON-ready."""

    replies: Sequence[Reply | dict[str, Any]]
    events: Sequence[Event] = field(default_factory=tuple)


def lead(parts: Parts, turn: Turn) -> Said | None:
    """The answer where the message belongs to what was talked of before; None where it stands by itself.

    Buttons say by themselves what they mean, and a form of Rasa's has its own order.
    """
    if turn.is_button or turn.active_form is not None:
        return None
    case = read_case(turn.slots)
    if case is None:
        return None
    guiding = Guiding(parts, turn)
    if case.is_open:
        led = guiding.typed(case)
        return None if led is None else Said(led.replies, led.events)
    last = read_last(turn.slots)
    again = parts.cues.has("correction", turn.text) or parts.cues.has("elliptical", turn.text)
    if last is not None and last.entry is None and again:
        led = guiding.corrected(case)
        return None if led is None else Said(led.replies, led.events)
    return None


def follow_on(parts: Parts, turn: Turn, replies: Sequence[Reply | dict[str, Any]], *, question_stays: bool) -> Said:
    """The replies with what belongs under them: the guides that work it out exactly, and the question that stands open."""
    offered = [_with_offers(parts, turn, reply) if isinstance(reply, Reply) else reply for reply in replies]
    events: list[Event] = []
    answered = next((r for r in reversed(offered) if isinstance(r, Reply) and r.entry is not None), None)
    if answered is not None and answered.kind == "answer":
        question = "" if turn.is_button else turn.text
        events.append(keep_last(LastAnswer(answered.entry, answered.topic, question, turn.mentions)))
    case = read_case(turn.slots)
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
