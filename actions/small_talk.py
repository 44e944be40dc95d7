"""Everything that is neither a question about the border nor a task."""

from __future__ import annotations

import re
from collections.abc import Sequence

from actions.base import JsonReply, KouanAction
from actions.follow_ups import FollowUp
from actions.remembered import read_last
from actions.turn import Turn
from bot.errors import KouanError
from knowledge.answer import Reply, ReplyButton
from knowledge.emergency import emergency_replies
from knowledge.model import Language
from knowledge.text import normalise

_LANGUAGE_NAMES: tuple[tuple[Language, re.Pattern[str]], ...] = (
    ("en", re.compile(r"英文|英语|english|\ben\b")),
    ("zh-Hant", re.compile(r"繁体|繁中|traditional|zh hant")),
    ("zh-Hans", re.compile(r"简体|中文|汉语|普通话|国语|chinese|mandarin|simplified|zh hans")),
)
_LANGUAGE_BUTTONS: tuple[tuple[str, Language], ...] = (
    ("简体中文", "zh-Hans"),
    ("繁體中文", "zh-Hant"),
    ("English", "en"),
)


class ActionChitchat(KouanAction):
    """A short answer to a greeting and the like; each such intent has a sentence of its own name."""

    action_name = "action_chitchat"
    question_stays = True

    async def replies(self, turn: Turn) -> Sequence[Reply | JsonReply]:
        """See the class."""
        phrase = turn.intent if turn.intent in _CHITCHAT else "chitchat"
        return [self.say(phrase, turn, kind="chitchat")]


_CHITCHAT = frozenset({"greet", "goodbye", "thanks", "bot_identity", "chitchat", "affirm", "deny", "start_over"})


class ActionHelp(KouanAction):
    """What the bot can do."""

    action_name = "action_help"
    question_stays = True

    async def replies(self, turn: Turn) -> Sequence[Reply | JsonReply]:
        """See the class."""
        return [self.say("help", turn, kind="chitchat")]


class ActionEmergency(KouanAction):
    """The numbers to call: what the service's own look for emergencies did not see, and the classifier did."""

    action_name = "action_emergency"

    async def replies(self, turn: Turn) -> Sequence[Reply | JsonReply]:
        """See the class."""
        urgent = self.parts.emergencies.find(turn.text) or self.parts.emergencies.general()
        return emergency_replies(self.parts.knowledge, urgent, turn.language, turn.today)


class ActionHumanHandoff(KouanAction):
    """The desk where people answer; where that cannot be, the numbers. Sources: fact sheet on travellers, SV-01, SV-03, SV-05."""

    action_name = "action_human_handoff"

    async def replies(self, turn: Turn) -> Sequence[Reply | JsonReply]:
        """See the class."""
        try:
            told = await self.parts.service.ask_for_person(turn.key, turn.language)
            return [reply.model_dump(mode="json") for reply in told]
        except KouanError:
            # Not private, or the desk is away: whoever wants a person must get a way to one all the same.
            pass
        return [self.say("human_handoff", turn, kind="handoff", topic="complaint_contact")]


class ActionChangeLanguage(KouanAction):
    """Keeps the language that the person names, and gives the last answer in it; asks which when none is named."""

    action_name = "action_change_language"
    question_stays = True

    async def replies(self, turn: Turn) -> Sequence[Reply | JsonReply]:
        """See the class."""
        wanted = _wanted_language(turn)
        if wanted is None:
            buttons = [ReplyButton(title, payload=f"t:change_language:{code}") for title, code in _LANGUAGE_BUTTONS]
            return [self.say("language_which", turn, kind="chitchat", buttons=buttons)]
        await self.parts.service.choose_language(turn.key, wanted)
        changed = Reply(text=self.parts.phrases.say("language_changed", wanted), kind="chitchat")
        last = read_last(turn.slots)
        again = FollowUp(self.parts, turn, last).again(wanted) if last is not None else None
        return [changed] if again is None else [changed, again]


def _wanted_language(turn: Turn) -> Language | None:
    # A button's argument is a language code; a text may name the language.
    named = normalise(str(turn.first("argument") or turn.text))
    return next((code for code, pattern in _LANGUAGE_NAMES if pattern.search(named)), None)
