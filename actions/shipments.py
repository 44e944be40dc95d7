"""Status of a shipment, following it and stopping that."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import CLEARANCE_TOPIC, Events, JsonReply, KouanAction
from actions.faults import number_faults
from actions.turn import Turn
from knowledge.answer import Reply, ReplyButton

_DECLARATION_NO = re.compile(r"\d{18}")


class ActionClearanceQuery(KouanAction):
    """The status of a declaration that this conversation follows."""

    action_name = "action_clearance_query"

    async def replies(self, turn: Turn) -> Sequence[Reply | JsonReply]:
        """See the class. A wrong number is told what is wrong; without a number, what is followed is offered."""
        number = declaration_no(turn)
        if number is not None:
            status = await self.parts.service.clearance(turn.key, number, turn.language)
            return [status_reply(status.model_dump(mode="json"))]
        faults = number_faults(self, turn)
        if faults:
            return faults
        other = turn.first("container_no") or turn.first("bill_of_lading")
        if other:
            found = await self.parts.service.find_shipments(turn.key, str(other), turn.language)
            return [status_reply(found.model_dump(mode="json"))]
        followed = await self.parts.service.follows(turn.key)
        buttons = [
            ReplyButton(thing.target, payload=f"t:clearance_query:{thing.target}")
            for thing in followed
            if thing.kind == "declaration"
        ]
        return [self.say("which_declaration", turn, topic=CLEARANCE_TOPIC, buttons=buttons[:5])]


class ActionUnfollowShipment(KouanAction):
    """Stops following a declaration."""

    action_name = "action_unfollow_shipment"

    async def replies(self, turn: Turn) -> Sequence[Reply | JsonReply]:
        """See the class."""
        number = declaration_no(turn)
        if number is None:
            faults = number_faults(self, turn)
            if faults:
                return faults
            followed = [f.target for f in await self.parts.service.follows(turn.key) if f.kind == "declaration"]
            if not followed:
                return [self.say("follows_none", turn, topic=CLEARANCE_TOPIC)]
            buttons = [ReplyButton(target, payload=f"t:unfollow_shipment:{target}") for target in followed[:5]]
            return [self.say("which_declaration", turn, topic=CLEARANCE_TOPIC, buttons=buttons)]
        stopped = await self.parts.service.unfollow_declaration(turn.key, number)
        phrase = "unfollowed" if stopped else "was_not_followed"
        return [self.say(phrase, turn, topic=CLEARANCE_TOPIC, number=number)]


class ActionAskDeclarationNo(KouanAction):
    """The form's question for the number, after what was wrong with the last one."""

    action_name = "action_ask_declaration_no"

    async def replies(self, turn: Turn) -> Sequence[Reply | JsonReply]:
        """See the class."""
        return [*number_faults(self, turn), self.say("ask_declaration_no", turn, topic=CLEARANCE_TOPIC)]


class ActionAskBindingCode(KouanAction):
    """The form's question for the code; says so when what came looks like no code."""

    action_name = "action_ask_binding_code"

    async def replies(self, turn: Turn) -> Sequence[Reply | JsonReply]:
        """See the class."""
        asked_before = turn.slots.get("requested_slot") == "binding_code"
        attempt = asked_before and turn.intent == "out_of_scope" and not turn.first("declaration_no")
        hint = [self.say("not_a_binding_code", turn, topic=CLEARANCE_TOPIC)] if attempt else []
        return [*hint, self.say("ask_binding_code", turn, topic=CLEARANCE_TOPIC)]


class ActionFollowShipment(KouanAction):
    """Follows the declaration of the finished form. Number and code are forgotten afterwards, whatever came of it."""

    action_name = "action_follow_shipment"

    async def replies(self, turn: Turn) -> Sequence[Reply | JsonReply]:
        """See the class."""
        number, code = str(turn.slots["declaration_no"]), str(turn.slots["binding_code"])
        status = await self.parts.service.follow_declaration(turn.key, number, code, turn.language)
        return [
            self.say("followed", turn, topic=CLEARANCE_TOPIC),
            status_reply(status.model_dump(mode="json")),
        ]

    def events(self, turn: Turn) -> Events:
        """See the class."""
        return forget_shipment()


class ActionLeaveForm(KouanAction):
    """The form was left."""

    action_name = "action_leave_form"

    async def replies(self, turn: Turn) -> Sequence[Reply | JsonReply]:
        """See the class."""
        return [self.say("left_form", turn, topic=CLEARANCE_TOPIC)]

    def events(self, turn: Turn) -> Events:
        """Number and code are forgotten."""
        return forget_shipment()


class ValidateFollowShipmentForm(Action):  # type: ignore[misc]  # rasa-sdk carries no types
    """Lets only a number of 18 digits into the form, also when a button carried it."""

    def name(self) -> str:
        """The name that Rasa looks for beside the form's."""
        return "validate_follow_shipment_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Empty the slot when its value is no declaration number."""
        value = tracker.slots.get("declaration_no")
        if value is not None and not _DECLARATION_NO.fullmatch(str(value)):
            return [SlotSet("declaration_no", None)]
        return []


def declaration_no(turn: Turn) -> str | None:
    """The number that the message names, or a button's argument; None when there is none of 18 digits."""
    for value in (turn.first("declaration_no"), turn.first("argument")):
        if value is not None and _DECLARATION_NO.fullmatch(str(value)):
            return str(value)
    return None


def forget_shipment() -> Events:
    """Events that empty the form's slots: a number or a code must not stay behind in the conversation."""
    return [SlotSet("declaration_no", None), SlotSet("binding_code", None)]


def status_reply(raw: JsonReply) -> JsonReply:
    """The service's own reply, marked as the task's."""
    return raw | {"kind": "task", "topic": raw.get("topic") or CLEARANCE_TOPIC}
