"""A message to an open form of a desk: what is known of it goes to the service, what came of it goes to Rasa's memory."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import ActiveLoop, SlotSet

from actions.parts import Parts
from actions.ports import FormStep
from actions.remembered import Event
from actions.said import Said
from actions.turn import Turn

DESK_FORM = "desk_form"
ANSWER_SLOT, NAME_SLOT, SAID_SLOT = "desk_answer", "desk_form_name", "desk_said"
_REQUESTED = "requested_slot"
# Cues of cues.yaml that are commands to a form, in the order in which they are looked for.
_COMMANDS = (
    ("back", "back"),
    ("later", "later"),
    ("leave", "leave"),
    ("restart", "restart"),
    ("send", "send"),
    ("skip", "skip"),
    ("change_something", "change"),
    ("go_on", "go_on"),
)


# No rule answers these while the form is open, so the form must: Rasa would otherwise fall back again and again.
_WITHOUT_A_RULE = frozenset({"", "deny", "start_over"})


async def resumed(parts: Parts, turn: Turn) -> Said | None:
    """The answer where the service knows of an open question that Rasa has forgotten, and the text is for it; else None.

    Rasa forgets after a restart or a long pause. The loop is active again afterwards.
    """
    if turn.open_form is None or turn.active_form is not None or turn.is_button or turn.is_rewritten:
        return None
    step = await typed(parts, turn, turn.open_form)
    return Said(as_json(step), after(step, turn)) if step.taken else None


async def typed(parts: Parts, turn: Turn, form: str) -> FormStep:
    """Give a typed text to an open form, with what is known of it."""
    command = next((command for cue, command in _COMMANDS if parts.cues.has(cue, turn.text)), None)
    asks = (
        "open"
        if parts.cues.has("open_question", turn.text)
        else "any"
        if parts.cues.has("question", turn.text)
        else None
    )
    intent = turn.intent
    if intent in _WITHOUT_A_RULE:
        asks, intent = None, "chitchat"
    known = {
        "intent": intent,
        "command": command,
        "asks": asks,
        "corrects": parts.cues.has("correction", turn.text),
    }
    return await parts.service.answer_form(turn.key, form, turn.language, turn.text, **known)


def after(step: FormStep, turn: Turn) -> list[Event]:
    """What Rasa is to remember: whether a question stands open, and that this message has been answered."""
    if step.form is None:
        return [
            SlotSet(SAID_SLOT, turn.message_id),
            SlotSet(NAME_SLOT, None),
            SlotSet(_REQUESTED, None),
            ActiveLoop(None),
        ]
    return [
        ActiveLoop(DESK_FORM),
        SlotSet(_REQUESTED, ANSWER_SLOT),
        SlotSet(NAME_SLOT, step.form),
        SlotSet(SAID_SLOT, turn.message_id),
    ]


def as_json(step: FormStep) -> list[dict[str, Any]]:
    """Its replies, JSON-ready."""
    return [reply.model_dump(mode="json") for reply in step.replies]
