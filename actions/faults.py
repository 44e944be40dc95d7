"""What exactly is wrong with a number that a person sent."""

from __future__ import annotations

from actions.base import CLEARANCE_TOPIC, KouanAction
from actions.turn import Turn
from knowledge.answer import Reply


def number_faults(action: KouanAction, turn: Turn) -> list[Reply]:
    """One reply for each malformed number of the message; empty when there is none."""
    replies = [
        action.say("declaration_no_length", turn, topic=CLEARANCE_TOPIC, length=fault["length"])
        for fault in turn.entities.get("declaration_no_malformed", ())
    ]
    for fault in turn.entities.get("container_no_malformed", ()):
        if fault["reason"] == "check_digit":
            values = {"number": fault["number"], "expected": fault["expected_check_digit"]}
            replies.append(action.say("container_no_check_digit", turn, topic=CLEARANCE_TOPIC, **values))
        else:
            values = {"number": fault["number"], "length": fault["length"]}
            replies.append(action.say("container_no_length", turn, topic=CLEARANCE_TOPIC, **values))
    return replies
