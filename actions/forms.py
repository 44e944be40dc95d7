"""The desks' forms: one Rasa form, `desk_form`, whose questions and answers are the service's.

The truth is the draft that the service keeps. Rasa's active loop says that a question stands open in this conversation, so that
typed texts go to the form first; what the form does not take is a digression, and the question is asked again after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, JsonReply, KouanAction
from actions.form_steps import ANSWER_SLOT, DESK_FORM, NAME_SLOT, SAID_SLOT, after, as_json, typed
from actions.parts import Parts
from actions.ports import FormStep
from actions.remembered import keep_case
from actions.said import Said
from actions.turn import Turn, read_turn
from bot.errors import KouanError, SessionNotPrivateError
from knowledge.answer import Reply, render

FORM_INTENT = "form"
# What Rasa does by itself between a message and the form.
_BEFORE_THE_FORM = frozenset({"action_listen", "action_extract_slots", "action_session_start", DESK_FORM})


class ActionForm(KouanAction):
    """Begins or goes on with a form: by its own intent (`form_<name>`), or by a button (`form`, with what the button carries)."""

    action_name = "action_form"

    async def answer(self, turn: Turn) -> Said:
        """See the class."""
        try:
            step = await self._step(turn)
        except SessionNotPrivateError as error:
            return Said([*self._known(turn), self.refusal(error, turn)])
        except KouanError as error:
            return Said([self.refusal(error, turn)])
        return Said(as_json(step), [*after(step, turn), keep_case(None)])

    def _known(self, turn: Turn) -> Sequence[Reply]:
        """What the knowledge base says of a wish that cannot be carried out where it was typed: how else it is done."""
        best = next((one for one in turn.ranking if one.entry in self.parts.knowledge.entries), None)
        if turn.is_button or best is None:
            return []
        return [render(self.parts.knowledge, best.entry, turn.language, on=turn.today, confidence=best.confidence)]

    async def replies(self, turn: Turn) -> Sequence[Reply | JsonReply]:
        """See `answer`."""
        return (await self.answer(turn)).replies

    async def _step(self, turn: Turn) -> FormStep:
        if turn.intent == FORM_INTENT:
            return await self.parts.service.press_form(turn.key, str(turn.first("argument") or ""), turn.language)
        name = turn.intent.removeprefix(f"{FORM_INTENT}_")
        return await self.parts.service.begin_form(turn.key, name, turn.language, "" if turn.is_button else turn.text)


class ActionAskDeskAnswer(KouanAction):
    """Asks the open question again after a digression. What the form took has been answered with the next question already."""

    action_name = "action_ask_desk_answer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """See the class. Nothing is said twice in one turn."""
        turn = read_turn(tracker)
        if turn.slots.get(SAID_SLOT) == turn.message_id:
            return []
        try:
            name = str(turn.slots.get(NAME_SLOT) or "")
            step = await self.parts.service.form_question(turn.key, name, turn.language)
        except KouanError as error:
            dispatcher.utter_message(json_message=self.refusal(error, turn).as_dict())
            return []
        for reply in as_json(step):
            dispatcher.utter_message(json_message=reply)
        return after(step, turn)

    async def replies(self, turn: Turn) -> Sequence[Reply | JsonReply]:
        """See `run`."""
        raise NotImplementedError


class ValidateDeskForm(Action):  # type: ignore[misc]  # rasa-sdk carries no types
    """Gives a typed text to the service. Where it sets no slot, Rasa knows that it was not taken: another action answers."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._asking = ActionAskDeskAnswer(parts)

    def name(self) -> str:
        """The name that Rasa looks for beside the form's."""
        return f"validate_{DESK_FORM}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """See the class. Rasa calls it once more on the way back from a digression; then there is nothing to do."""
        turn = read_turn(tracker)
        if turn.is_button or _something_was_done(tracker):
            return []
        try:
            step = await typed(self._parts, turn, str(turn.slots.get(NAME_SLOT) or ""))
        except KouanError as error:
            dispatcher.utter_message(json_message=self._asking.refusal(error, turn).as_dict())
            return [SlotSet(ANSWER_SLOT, None), SlotSet(SAID_SLOT, turn.message_id)]
        if not step.taken:
            return []
        for reply in as_json(step):
            dispatcher.utter_message(json_message=reply)
        return [SlotSet(ANSWER_SLOT, None), *after(step, turn)]


def _something_was_done(tracker: Tracker) -> bool:
    """Whether an action answered this message before the form came to it."""
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            return False
        if event.get("event") == "action" and event.get("name") not in _BEFORE_THE_FORM:
            return True
    return False
