"""What all actions share: the parts they use, reading the turn, sending replies, and saying what went wrong."""

from __future__ import annotations

import logging
import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.form_steps import resumed
from actions.leading import follow_on, lead
from actions.parts import Parts
from actions.said import Said
from actions.turn import Turn, read_turn
from bot.errors import (
    BindingRefusedError,
    KouanError,
    NotEntitledError,
    SessionNotPrivateError,
    TooManyAttemptsError,
)
from knowledge.answer import Reply, ReplyButton, ReplyKind
from knowledge.phrases import Phrase

__all__ = ["CLEARANCE_TOPIC", "HANDOFF_TASK", "Events", "JsonReply", "KouanAction", "Parts"]

Events = list[dict[str, Any]]
JsonReply = dict[str, Any]

logger = logging.getLogger(__name__)

HANDOFF_TASK = "human_handoff"
CLEARANCE_TOPIC = "clearance_status"

_PHRASES_BY_ERROR: dict[type[KouanError], str] = {
    NotEntitledError: "not_entitled",
    BindingRefusedError: "binding_refused",
    SessionNotPrivateError: "session_not_private",
}


class KouanAction(Action):  # type: ignore[misc]  # rasa-sdk carries no types
    """One action: `replies` says what to answer, `events` what to remember."""

    action_name: ClassVar[str]
    # Whether a guide's open question is asked again after these replies; other tasks close it.
    question_stays: ClassVar[bool] = False

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def name(self) -> str:
        """The action's name in the domain."""
        return self.action_name

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Answer the latest message. What the service refuses is said; any other error passes to the server.

        A message that belongs to what was talked of before is answered from there (`actions.leading`), whatever it was taken for.
        """
        turn = read_turn(tracker)
        said = await self._resumed(turn) or lead(self.parts, turn) or await self.answer(turn)
        for reply in said.replies:
            dispatcher.utter_message(json_message=reply.as_dict() if isinstance(reply, Reply) else reply)
        return list(said.events)

    async def _resumed(self, turn: Turn) -> Said | None:
        try:
            return await resumed(self.parts, turn)
        except KouanError:
            # The question stands open at the service; what can be answered without it is.
            logger.warning("an open form was not asked", extra={"conversation": turn.key})
            return None

    async def answer(self, turn: Turn) -> Said:
        """What to answer to a message that stands by itself, and what to remember."""
        try:
            replies = await self.replies(turn)
        except KouanError as error:
            replies = [self.refusal(error, turn)]
        said = follow_on(self.parts, turn, replies, question_stays=self.question_stays)
        return Said(said.replies, [*self.events(turn), *said.events])

    @abstractmethod
    async def replies(self, turn: Turn) -> Sequence[Reply | JsonReply]:
        """What to answer, in order; empty only where another action of the same turn speaks."""

    def events(self, turn: Turn) -> Events:
        """What to remember; nothing unless an action says otherwise."""
        return []

    def say(
        self,
        phrase: str,
        turn: Turn,
        *,
        kind: ReplyKind = "task",
        topic: str | None = None,
        buttons: Sequence[ReplyButton] = (),
        **values: str | int,
    ) -> Reply:
        """One sentence of phrases.yaml as a reply."""
        text = self.parts.phrases.say(phrase, turn.language, **values)
        return Reply(text=text, kind=kind, topic=topic, buttons=tuple(buttons))

    def refusal(self, error: KouanError, turn: Turn) -> Reply:
        """What to tell a person of an error; nothing was done then."""
        if isinstance(error, TooManyAttemptsError):
            minutes = max(1, math.ceil(error.retry_after_s / 60))
            return self.say("too_many_attempts", turn, topic=CLEARANCE_TOPIC, minutes=minutes)
        phrase = _PHRASES_BY_ERROR.get(type(error))
        if phrase is None:
            return self.say("service_away", turn, kind="error")
        return self.say(phrase, turn, topic=CLEARANCE_TOPIC)

    def handoff_button(self, turn: Turn) -> ReplyButton:
        """The offer of a person."""
        title = self.parts.knowledge.phrases.say(Phrase.HANDOFF_BUTTON, turn.language)
        return ReplyButton(title, payload=f"t:{HANDOFF_TASK}")
