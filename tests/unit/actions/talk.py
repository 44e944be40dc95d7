from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher

from bot.conversation.model import rasa_message

from .conftest import tracker_state

_ACTIONS = {
    "kb": "action_answer",
    "out_of_scope": "action_out_of_scope",
    "guide": "action_guide",
    "show_entry": "action_show_entry",
    "my_follows": "action_my_follows",
    "change_language": "action_change_language",
    "form_complaint": "action_form",
    **dict.fromkeys(("greet", "thanks", "deny", "affirm", "chitchat", "start_over", "goodbye"), "action_chitchat"),
    **dict.fromkeys(("may_i_bring", "calculate", "origin_guide", "check_number"), "action_start_guide"),
}
_PRESSED = re.compile(r'/(\w+)(?:\{"(\w+)": "(.*)"\})?')


@dataclass
class Talk:
    """Turns of one conversation as Rasa would lead them: the intent chooses the action, the events fill the slots."""

    executor: ActionExecutor
    language: str = "en"
    slots: dict[str, Any] = field(default_factory=dict)
    replies: list[dict[str, Any]] = field(default_factory=list)

    async def say(self, text: str, *, intent: str = "kb", **state: Any) -> list[dict[str, Any]]:
        """What is answered to a typed text that was taken for the intent."""
        return await self._turn(text, intent, state)

    async def press(self, payload: str) -> list[dict[str, Any]]:
        """What is answered to a button."""
        message = rasa_message(None, payload)
        match = _PRESSED.fullmatch(message)
        assert match is not None, f"{payload} is no button that reaches Rasa"
        entities = {match[2]: match[3]} if match[2] else {}
        return await self._turn(message, match[1], {"entities": entities})

    async def press_titled(self, title: str) -> list[dict[str, Any]]:
        """What is answered to the button of that title under the last reply."""
        [payload] = [b["payload"] for b in self.replies[-1]["buttons"] if b["title"] == title]
        return await self.press(payload)

    def titles(self) -> Sequence[str]:
        """The buttons under the last reply."""
        return [button["title"] for button in self.replies[-1]["buttons"]]

    async def _turn(self, text: str, intent: str, state: dict[str, Any]) -> list[dict[str, Any]]:
        dispatcher = CollectingDispatcher()
        state = {"language": self.language, "slots": dict(self.slots)} | state
        tracker = Tracker.from_dict(tracker_state(text, intent=intent, **state))
        events = await self.executor.actions[_ACTIONS[intent]](dispatcher, tracker, {})
        self.slots |= {event["name"]: event["value"] for event in events if event["event"] == "slot"}
        self.replies = [message["custom"] for message in dispatcher.messages]
        return self.replies
